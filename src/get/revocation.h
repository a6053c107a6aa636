/* SPDX-License-Identifier: MIT */
/* get/revocation.h - what is known of the revocation of a server's
 * certificates, for people and programs. */
#ifndef DUET_GET_REVOCATION_H
#define DUET_GET_REVOCATION_H

#include <jansson.h>

#include <duet/client.h>

#include "get/outcome.h"

enum {
	DUET_GET_REVOCATION_LINE = 1024,
};

/* One line about one certificate, for -v. */
void duet_get_revocation_line(char dst[DUET_GET_REVOCATION_LINE],
			      const struct duet_revocation_facts *facts,
			      size_t at);
/* An array with an object for each certificate; null where nobody asked. NULL
 * without memory. */
json_t *duet_get_revocation_json(const struct duet_facts *facts);
/* Say on standard error what should be known and is not. */
void duet_get_revocation_warn(const struct duet_get_outcome *outcome);

#endif
