/* SPDX-License-Identifier: MIT */
/* client/headers.h - lists of header fields that we own. */
#ifndef DUET_CLIENT_HEADERS_H
#define DUET_CLIENT_HEADERS_H

#include <duet/http.h>

/* All zero is empty. list always ends with a NULL name, or is NULL. */
struct duet_headers {
	struct duet_header *list;
	size_t n;
	size_t cap;
};

/* Wipes the values: they may be credentials. */
void duet_headers_done(struct duet_headers *headers);
/* Copied to the end. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_headers_add(struct duet_headers *headers, const char *name,
				const char *value);
/* list ends with a NULL name; NULL is empty. */
DUET_CHECK int duet_headers_add_all(struct duet_headers *headers,
				    const struct duet_header *list);
/* In any case of letters: the first value or NULL; all of that name. */
const char *duet_headers_get(const struct duet_headers *headers,
			     const char *name);
void duet_headers_remove(struct duet_headers *headers, const char *name);

/* A received head that outlives its connection. */
struct duet_kept_head {
	struct duet_head head;
	struct duet_headers headers;
	char *reason;
};
/* ret is untouched on DUET_E_NOMEM. */
DUET_CHECK int duet_kept_head_copy(struct duet_kept_head *ret,
				   const struct duet_head *head);
void duet_kept_head_done(struct duet_kept_head *kept);

#endif
