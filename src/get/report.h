/* SPDX-License-Identifier: MIT */
/* get/report.h - --json: one object a URL. */
#ifndef DUET_GET_REPORT_H
#define DUET_GET_REPORT_H

#include <jansson.h>

#include "get/outcome.h"

/*
 * The members, always all of them, null where not known; duet-get(1) lists
 * them. New, or NULL without memory.
 */
DUET_CHECK json_t *duet_get_report_object(
	const struct duet_get_outcome *outcome);
/* Print it to standard output as one line. DUET_OK, DUET_E_NOMEM or
 * DUET_E_SYSTEM. */
DUET_CHECK int duet_get_report_print(const struct duet_get_outcome *outcome,
				     struct duet_error *err);

/* --json and others: what came of the digest fields; null: there were none. */
json_t *duet_get_digests_json(const struct duet_facts *facts);

#endif
