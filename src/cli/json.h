/* SPDX-License-Identifier: MIT */
/* cli/json.h - values that several reports have. */
#ifndef DUET_CLI_JSON_H
#define DUET_CLI_JSON_H

#include <stdint.h>

#include <jansson.h>

/* Values: null for NULL and "". Strangers' bytes that are no UTF-8, which JSON
 * cannot hold, become \xNN. */
json_t *duet_json_text(const char *s);
/* "2026-11-24T02:15:39Z" (RFC 3339); null for 0. */
json_t *duet_json_date(int64_t wall);

#endif
