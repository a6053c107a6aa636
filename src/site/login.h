/* SPDX-License-Identifier: MIT */
/*
 * site/login.h - whether whoever asks has a name and the password to it.
 *
 * A desk is one of a process, or of a server's thread: of that thread in what
 * follows. It has a thread of its own that computes hashes, one after the
 * other, since a good one takes 50 ms and more. Made after fork(2), as threads
 * are not inherited.
 *
 * What is right is remembered for a while (site/proven.h), so that a queue, be
 * it ever so full of guesses, is not in the way of those who are in. The same
 * question, asked by many at once, is computed once. Refusals take the same
 * time for names that exist and names that do not.
 */
#ifndef DUET_SITE_LOGIN_H
#define DUET_SITE_LOGIN_H

#include "site/users.h"

enum {
	DUET_LOGIN_WAITING_MAX = 64, /* questions, the one at work included */
	DUET_LOGIN_SHARE = 16,       /* of them, of one client */
	DUET_LOGIN_CLIENT_BYTES = 56,
};

struct duet_desk;
struct duet_login_ask;

enum duet_login {
	DUET_LOGIN_OK,
	DUET_LOGIN_REFUSED,
	DUET_LOGIN_LATER,
	DUET_LOGIN_BUSY,
};

/* Run fn(arg) on the desk's thread, as duet_server_post() does; called on any
 * thread. DUET_OK or DUET_E_NOMEM, when it is tried again later. */
typedef int duet_desk_post_fn(void (*fn)(void *arg), void *arg, void *post_arg);
/* OK, REFUSED, or BUSY if there was no memory to tell. It may ask and forget,
 * but not stop or free the desk. */
typedef void duet_login_fn(enum duet_login verdict, void *arg);

/* DUET_E_NOMEM, DUET_E_SYSTEM (no thread, no random bytes),
 * DUET_E_UNSUPPORTED (see cert/mac.h). */
DUET_CHECK int duet_desk_new(duet_desk_post_fn *post, void *post_arg,
			     struct duet_desk **ret, struct duet_error *err);
/*
 * Before what is posted to is freed: joins the thread, waiting for one hash at
 * most. From now on nothing is posted, no fn is called (also not by what was
 * posted before), and whoever asks hears OK, REFUSED or BUSY. To forget is
 * still fine, as is to stop again.
 */
void duet_desk_stop(struct duet_desk *desk);
/* When nothing that was posted will run any more, and nobody will forget.
 * Stops it first. NULL is fine. */
void duet_desk_free(struct duet_desk *desk);

/*
 * authorization: the value of that field, or NULL. client: who asks, as text
 * that is the same for all it may come from (its network, by duet_prefix_cut()
 * and duet_prefix_text()). NULL: not known, and its share is not limited.
 *
 * OK, REFUSED: that is it, and *ret_ask is untouched.
 * LATER: fn will be called once, from the loop and not from here, unless it is
 *   forgotten. *ret_ask is there until then. Nothing else is needed any more.
 * BUSY: too many wait, all in all or of that client: 503 with Retry-After.
 */
DUET_CHECK enum duet_login duet_desk_ask(struct duet_desk *desk,
					 const struct duet_users *users,
					 const char *authorization,
					 const char *client, duet_login_fn *fn,
					 void *arg,
					 struct duet_login_ask **ret_ask);
/* Whoever asked is gone: fn is not called. Not after it has been. */
void duet_desk_forget(struct duet_desk *desk, struct duet_login_ask *ask);

/* For whoever watches. */
struct duet_desk_counts {
	uint64_t computed;   /* hashes whose outcome has been told */
	uint64_t remembered; /* OK without one */
	uint64_t busy;
	size_t waiting; /* questions, now */
};
void duet_desk_count(const struct duet_desk *desk,
		     struct duet_desk_counts *ret);

#endif
