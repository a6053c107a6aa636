/* SPDX-License-Identifier: MIT */
/* settings/foreign.h - the words of other servers, for those who come from
 * them: what they are called here, or that there is no such thing. */
#ifndef DUET_SETTINGS_FOREIGN_H
#define DUET_SETTINGS_FOREIGN_H

#include <duet/error.h>

/* "write 'names'", for a key that is one of nginx, Apache or Caddy; NULL: it is
 * none that is known. */
const char *duet_foreign_key(struct duet_bytes key);
/* "nginx" or "Caddy", for a file that begins as theirs do; or NULL. */
const char *duet_foreign_file(struct duet_bytes text);
/* Whether a URL has "{host}" or "$request_uri" in it, which would go out as
 * they stand. No URI has braces (RFC 3986 s2), nor a host '$' (RFC 1123 s2.1);
 * elsewhere '$' is taken for itself before what is no name. */
bool duet_foreign_placeholder(const char *url);

#endif
