/* SPDX-License-Identifier: MIT */
/* cli/url.h - what the program itself has to know of a URL. The library
 * parses it in earnest. */
#ifndef DUET_CLI_URL_H
#define DUET_CLI_URL_H

#include <duet/error.h>

#include "base/buf.h"

/* url, with https:// before it where it has no scheme; new. NULL: no memory. */
char *duet_cli_url_complete(const char *url);

/* Without the user information, for people to see; also of a reference. New,
 * or NULL without memory. */
char *duet_cli_url_public(const char *url);

enum {
	DUET_CLI_HOST_BYTES = 256,
};
/* Its host, without brackets; "" for what has none, or a longer one. */
void duet_cli_url_host(const char *url, char host[DUET_CLI_HOST_BYTES]);

/*
 * The URL of -T and of queries that are added, new, or NULL without memory. A
 * path that ends in '/', or is empty, gets name, encoded; the query gets what
 * is in query, as it is. Either may be NULL. A fragment stays out.
 */
char *duet_cli_url_with(const char *url, const char *name, const char *query);

/* Whether duet_cli_url_with() would add a name. */
bool duet_cli_url_wants_name(const char *url);

/* Append text, and percent-encode all but what never means anything in a URL
 * (RFC 3986 s2.3). Status of the buf. */
DUET_CHECK int duet_cli_url_encode(struct duet_buf *dst,
				   struct duet_bytes text);

/*
 * The name of a file for -O: the last segment of the path, decoded. Refused
 * with DUET_E_ARGUMENT, and a remedy, when that is no name for a file in this
 * directory: empty, ".", "..", with a slash or a control character in it.
 */
DUET_CHECK int duet_cli_url_name(const char *url, char **ret_name,
				 struct duet_error *err);

/*
 * Whether the URL is for this very machine: localhost, *.localhost,
 * 127.0.0.0/8, ::1. Only there is the per-user local CA believed.
 */
bool duet_cli_url_is_local(const char *url);

#endif
