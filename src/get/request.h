/* SPDX-License-Identifier: MIT */
/* get/request.h - what is asked for: method, header lines, body. */
#ifndef DUET_GET_REQUEST_H
#define DUET_GET_REQUEST_H

#include <duet/client.h>

#include "get/body.h"
#include "get/options.h"

/* The same for every URL of a command line. */
struct duet_get_request {
	const char *method;
	struct duet_header *headers; /* ended by one without a name */
	size_t n_headers;
	struct duet_header *trailers; /* the same, or NULL */
	char *authorization;
	char *cookie;
	char *range;
	char *content_type; /* of a form with files */
	char **names;       /* copies of the names in -H; values are borrowed */
	size_t n_names;
	char *query;      /* to be added to every URL; or NULL */
	const char *name; /* ... to one that ends in '/'; or NULL */
	struct duet_get_body body;
	uint8_t max_redirects;
};

/* All zero is what done() accepts. DUET_E_SYSTEM: a file that is sent, or of
 * --user-file, cannot be read, or no terminal asked for a password;
 * DUET_E_ARGUMENT: what such a file says; DUET_E_LIMIT, DUET_E_NOMEM. */
DUET_CHECK int duet_get_request_init(struct duet_get_request *request,
				     const struct duet_get_options *options,
				     struct duet_error *err);
/* What can be read once is not for several URLs: DUET_E_ARGUMENT. */
DUET_CHECK int duet_get_request_check(const struct duet_get_request *request,
				      int urls, struct duet_error *err);
void duet_get_request_done(struct duet_get_request *request);

/* url with its scheme, and what the options add to it; new, or NULL. */
char *duet_get_request_url(const struct duet_get_request *request,
			   const char *url);
/* Method, headers, body and redirects of ret; reading is begun, and borrowed
 * by it as the rest is. */
void duet_get_request_fill(const struct duet_get_request *request,
			   struct duet_get_reading *reading,
			   struct duet_request *ret);

#endif
