/* SPDX-License-Identifier: MIT */
/*
 * get/list.h - the URLs of one run: those of the command line, then those of
 * the file of --input, and where the body of each goes.
 *
 *	# a remark
 *	https://example.org/a
 *	https://example.org/b	saved as this
 *
 * A name is all that follows the blanks after a URL.
 */
#ifndef DUET_GET_LIST_H
#define DUET_GET_LIST_H

#include "get/options.h"

struct duet_get_item {
	const char *url;
	bool given;       /* -o or -O, or what stands for them */
	const char *name; /* of -o; NULL with .given: -O */
	size_t line;      /* of --input, from 1; 0: of the command line */
};

/* All zero is empty. */
struct duet_get_list {
	struct duet_get_item *items;
	size_t n;
	size_t cap;
	struct duet_buffer text; /* of the file; items point into it */
};

/* Borrows all it is given. DUET_E_SYSTEM, DUET_E_LIMIT: the file cannot be
 * read; DUET_E_NOMEM. */
DUET_CHECK int duet_get_list_init(struct duet_get_list *list,
				  const struct duet_get_options *options,
				  char **urls, int count,
				  struct duet_error *err);
/* The lines of a text, which is cut up in place. DUET_OK or DUET_E_NOMEM. */
DUET_CHECK int duet_get_list_parse(struct duet_get_list *list, char *text,
				   size_t len, bool remote_name_all,
				   struct duet_error *err);
/*
 * What nothing can come of: no URL at all, one that options refuse; and where
 * several are fetched at once, or come from a file, two that would be saved
 * under one name, or be mixed on one pipe. DUET_OK, DUET_E_ARGUMENT or
 * DUET_E_NOMEM; the sentence names the line of a file.
 */
DUET_CHECK int duet_get_list_check(const struct duet_get_list *list,
				   const struct duet_get_options *options,
				   struct duet_error *err);
void duet_get_list_done(struct duet_get_list *list);

#endif
