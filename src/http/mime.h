/* SPDX-License-Identifier: MIT */
/* http/mime.h - the type of a file by its name. */
#ifndef DUET_HTTP_MIME_H
#define DUET_HTTP_MIME_H

#include <duet/http.h>

struct duet_mime {
	/* For Content-Type; charset=utf-8 for text. */
	const char *type;
	/* What is of that type is not compressed yet, as a rule. */
	bool shrinks;
};

/*
 * By the extension of the path's last segment, in any case of letters. What is
 * not known is "application/octet-stream".
 */
struct duet_mime duet_mime_of(const char *path);

#endif
