/* SPDX-License-Identifier: MIT */
/*
 * get/paper.h - a document in JSON that grows with each URL, and is whole at
 * every moment: --receipt and --har. An older one under its name goes at once,
 * so that none tells of another run; it is replaced in one step, and all of it:
 * so not after each URL, but when ten times as long has passed as that took
 * last. A run with many URLs then spends a tenth of its time here at most.
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
	json_t *list;       /* part of that */
	bool unwritten;     /* there is more than in the file */
	int64_t written_us; /* when the last writing ended, by duet_clock_us()
			     */
	int64_t took_us;    /* that writing */
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
/* Append, as above. Nothing is written yet. */
DUET_CHECK int duet_get_paper_add(struct duet_get_paper *paper, json_t *item,
				  struct duet_error *err);
/* How long until it is to be written; 0: now; below 0: all of it is. */
int32_t duet_get_paper_wait_ms(const struct duet_get_paper *paper,
			       int64_t now_us);
/* Write it if that is due. As duet_get_paper_begin(). */
DUET_CHECK int duet_get_paper_keep(struct duet_get_paper *paper, int64_t now_us,
				   struct duet_error *err);
/* ... if there is more than in the file: at the end. */
DUET_CHECK int duet_get_paper_end(struct duet_get_paper *paper,
				  struct duet_error *err);
void duet_get_paper_done(struct duet_get_paper *paper);

#endif
