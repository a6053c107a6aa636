/* SPDX-License-Identifier: MIT */
/* get/request.h - what is asked for: method, header lines, body. */
#ifndef DUET_GET_REQUEST_H
#define DUET_GET_REQUEST_H

#include <duet/client.h>

#include "get/options.h"

/* The same for every URL of a command line. */
struct duet_get_request {
	const char *method;
	struct duet_header *headers; /* ended by one without a name */
	size_t n_headers;
	char *authorization;
	char *cookie;
	char *range;
	char **names; /* copies of the names in -H; values are borrowed */
	size_t n_names;
	struct duet_buffer body;
	uint8_t max_redirects;
};

/* All zero is what done() accepts. DUET_E_SYSTEM: a file of -d cannot be
 * read; DUET_E_LIMIT, DUET_E_NOMEM. */
DUET_CHECK int duet_get_request_init(struct duet_get_request *request,
				     const struct duet_get_options *options,
				     struct duet_error *err);
void duet_get_request_done(struct duet_get_request *request);

#endif
