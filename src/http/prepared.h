/* SPDX-License-Identifier: MIT */
/*
 * http/prepared.h - fields of replies that are sent again and again: checked
 * once, and ready in the form that each version wants them in. One allocation,
 * which does not change once it is made.
 */
#ifndef DUET_HTTP_PREPARED_H
#define DUET_HTTP_PREPARED_H

#include <duet/http.h>

struct duet_prepared_field {
	struct duet_bytes name; /* in small letters, as HTTP/2 has them */
	struct duet_bytes value;
};

struct duet_prepared {
	struct duet_bytes text; /* HTTP/1.1: name ": " value CR LF ... */
	size_t n;
	struct duet_prepared_field fields[];
};

/* DUET_OK; DUET_E_ARGUMENT for what could not be sent in any reply, or says
 * something about its connection; DUET_E_NOMEM. */
DUET_CHECK int duet_prepared_new(const struct duet_header *list,
				 struct duet_prepared **ret);
void duet_prepared_free(struct duet_prepared *prepared);

/* None: NULL is fine. */
static inline size_t duet_prepared_count(const struct duet_prepared *prepared)
{
	return prepared != NULL ? prepared->n : 0;
}
static inline struct duet_bytes duet_prepared_text(
	const struct duet_prepared *prepared)
{
	return prepared != NULL ? prepared->text
				: (struct duet_bytes){ NULL, 0 };
}

#endif
