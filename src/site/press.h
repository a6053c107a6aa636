/* SPDX-License-Identifier: MIT */
/*
 * site/press.h - a thread that encodes files, one after the other.
 *
 *   give --> waiting --thread--> finished --> take
 *
 * It looks at nothing but the form it was given, which does not change, and
 * touches nothing but the job, which is the thread's from give to take.
 */
#ifndef DUET_SITE_PRESS_H
#define DUET_SITE_PRESS_H

#include "site/entry.h"

enum duet_pressed {
	DUET_PRESSED_READY,
	DUET_PRESSED_WORTHLESS, /* it would hardly be shorter */
	/* The file was changed meanwhile or could not be read, or there was no
	 * memory. */
	DUET_PRESSED_FAILED,
};

struct duet_press_job {
	/* Given: a file that is at rest, and not to be closed before the job
	 * is taken; any coding but the identity. */
	const struct duet_form *original;
	enum duet_coding coding;
	/* Made; READY: its body is the taker's. */
	enum duet_pressed outcome;
	struct duet_form form;

	struct duet_press_job *next;
};

struct duet_press;

/* wake is called in the thread whenever there is something to take.
 * DUET_E_SYSTEM, DUET_E_NOMEM. */
DUET_CHECK int duet_press_new(void (*wake)(void *arg), void *arg,
			      struct duet_press **ret, struct duet_error *err);
void duet_press_give(struct duet_press *press, struct duet_press_job *job);
/* What is finished, in order, ended by NULL. */
struct duet_press_job *duet_press_take(struct duet_press *press);
/* Ends with the job it has begun. All jobs that were not taken, in no order;
 * those that were not begun have FAILED. */
struct duet_press_job *duet_press_free(struct duet_press *press);

#endif
