/* SPDX-License-Identifier: MIT */
/*
 * get/data.h - what -d and its kin ask for: the body of a form or JSON, or a
 * query. Each knows by which option it came.
 */
#ifndef DUET_GET_DATA_H
#define DUET_GET_DATA_H

#include <duet/error.h>

#include "get/body.h"
#include "get/options.h"

/*
 * Append options->data to the body: joined by '&', JSON by nothing. Files of
 * --data-binary and --json-body are read while they are sent, others now.
 * DUET_E_SYSTEM: a file cannot be read; DUET_E_LIMIT, DUET_E_NOMEM.
 */
DUET_CHECK int duet_get_data_body(struct duet_get_body *body,
				  const struct duet_get_options *options,
				  struct duet_error *err);
/*
 * What -G and --url-query add to a query, new, percent-encoded where a query
 * needs it; NULL in *ret: nothing. The same failures.
 */
DUET_CHECK int duet_get_data_query(char **ret,
				   const struct duet_get_options *options,
				   struct duet_error *err);

#endif
