/* SPDX-License-Identifier: MIT */
/* get/write_values.h - what -w knows by name. */
#ifndef DUET_GET_WRITE_VALUES_H
#define DUET_GET_WRITE_VALUES_H

#include <stdio.h>

#include "get/outcome.h"

struct duet_get_value {
	const char *name;
	enum {
		DUET_GET_VALUE_TEXT, /* const char *, in the outcome */
		DUET_GET_VALUE_SIZE, /* uint64_t, in the facts */
		DUET_GET_VALUE_TIME, /* int64_t in us, in the facts */
		DUET_GET_VALUE_BOOL, /* bool, in the facts */
		DUET_GET_VALUE_WORD, /* const char *, in the facts */
		DUET_GET_VALUE_CALL, /* a function */
		DUET_GET_VALUE_STDERR,
		DUET_GET_VALUE_STDOUT,
		DUET_GET_VALUE_ONERROR,
	} kind;
	size_t offset;
	void (*print)(FILE *out, const struct duet_get_outcome *outcome);
};

/* In the order of their names; ended by one without. */
extern const struct duet_get_value duet_get_values[];

/* What a server wrote, harmless for a terminal; nothing for NULL. */
void duet_get_value_print_text(FILE *out, const char *text);
/* One of those that have a value. */
void duet_get_value_print(FILE *out, const struct duet_get_value *value,
			  const struct duet_get_outcome *outcome);

#endif
