/* SPDX-License-Identifier: MIT */
/*
 * site/login_int.h - what a desk is made of: for login.c, desk.c and their
 * test.
 *
 * Two threads: the desk's, on which questions come and answers go, and the
 * clerk, who computes. A question:
 *
 *   WAITS --clerk takes it--> AT_WORK --clerk is done--> ANSWERED --told--.
 *     |                                                                  |
 *     +--forgotten by all who asked------------------------------------> gone
 *
 * One that is forgotten later than that is answered to nobody; if the password
 * was right, that is remembered all the same.
 *
 * The list of questions is changed by the desk's thread alone, under the lock;
 * so it reads it without. The state is changed under the lock by both. What the
 * clerk reads of a question does not change while it is AT_WORK, and what he
 * writes is read once it is ANSWERED. Who asked is none of his business.
 */
#ifndef DUET_SITE_LOGIN_INT_H
#define DUET_SITE_LOGIN_INT_H

#include <pthread.h>

#include "cert/mac.h"
#include "http/basic.h"
#include "site/login.h"
#include "site/proven.h"

enum duet_question_state {
	DUET_QUESTION_WAITS,
	DUET_QUESTION_AT_WORK,
	DUET_QUESTION_ANSWERED,
};

struct duet_login_ask {
	struct duet_login_ask *next;
	struct duet_login_ask *prev;
	struct duet_question *question;
	duet_login_fn *fn;
	void *arg;
};

struct duet_question {
	struct duet_question *next;
	enum duet_question_state state;
	struct duet_login_ask *first; /* who asked first */
	struct duet_login_ask *last;
	uint8_t digest[DUET_MAC_BYTES];
	char client[DUET_LOGIN_CLIENT_BYTES];
	bool is_known; /* there is such a name */
	char *hash;
	char password[DUET_BASIC_PASSWORD_MAX + 1]; /* wiped when checked */
	int rc;                                     /* of the check */
	bool matches;
};

/* duet_password_matches(), but in a test that holds it. */
typedef int duet_desk_check_fn(const char *password, const char *hash,
			       bool *ret);

struct duet_desk {
	/* Of the desk's thread. */
	struct duet_mac *mac;
	struct duet_proven proven;
	struct duet_desk_counts counts;
	bool is_stopped;

	/* Set before the first question. */
	duet_desk_check_fn *check;
	duet_desk_post_fn *post;
	void *post_arg;
	pthread_t clerk;

	pthread_mutex_t lock;
	pthread_cond_t called; /* something below has changed for the clerk */
	struct duet_question *questions; /* the oldest first */
	bool is_posted;                  /* someone will come for answers */
	bool is_stopping;
};

/* And those who asked, who hear nothing. NULL is fine. */
void duet_question_free(struct duet_question *question);
/* The oldest in that state; NULL: none. Under the lock. */
struct duet_question *duet_desk_find(const struct duet_desk *desk,
				     enum duet_question_state state);
/* Give all answers that there are to whoever asked. */
void duet_desk_tell(void *desk);

#endif
