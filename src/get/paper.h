/* SPDX-License-Identifier: MIT */
/*
 * get/paper.h - a document in JSON that grows with each URL, and is whole at
 * every moment: --receipt and --har. An older one under its name goes at once,
 * so that none tells of another run; each change replaces it in one step.
 */
#ifndef DUET_GET_PAPER_H
#define DUET_GET_PAPER_H

#include <jansson.h>

#include <duet/error.h>

/* All zero is none: what done() accepts. */
struct duet_get_paper {
	const char *option; /* "--receipt" */
	const char *path;
	json_t *root;
	json_t *list; /* part of that */
};

/*
 * Write it without anything in its list, which is part of root. Takes both
 * over, which may be NULL for want of memory. DUET_OK; DUET_E_ARGUMENT: what
 * has that name is no file; DUET_E_SYSTEM, DUET_E_NOMEM.
 */
DUET_CHECK int duet_get_paper_begin(struct duet_get_paper *paper,
				    const char *option, const char *path,
				    json_t *root, json_t *list,
				    struct duet_error *err);
/* Append, as above. Call duet_get_paper_write() when there is no more. */
DUET_CHECK int duet_get_paper_add(struct duet_get_paper *paper, json_t *item,
				  struct duet_error *err);
DUET_CHECK int duet_get_paper_write(const struct duet_get_paper *paper,
				    struct duet_error *err);
void duet_get_paper_done(struct duet_get_paper *paper);

#endif
