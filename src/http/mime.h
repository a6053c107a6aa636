/* SPDX-License-Identifier: MIT */
/* http/mime.h - the type of a file by its name. */
#ifndef DUET_HTTP_MIME_H
#define DUET_HTTP_MIME_H

/*
 * The value for Content-Type by the extension of the path's last segment, in
 * any case of letters; charset=utf-8 for text. Never NULL: what is not known
 * is "application/octet-stream".
 */
const char *duet_mime_type(const char *path);

#endif
