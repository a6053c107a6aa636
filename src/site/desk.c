/* SPDX-License-Identifier: MIT */
/* A desk's beginning and end, and the clerk who computes behind it. */
#define _GNU_SOURCE /* pthread_condattr_setclock */
#include <sys/random.h>

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "base/error.h"
#include "base/mem.h"
#include "site/login_int.h"
#include "site/password.h"

enum {
	KEY_BYTES = 32,
	POST_AGAIN_MS = 100,
};

void duet_question_free(struct duet_question *question)
{
	struct duet_login_ask *ask;

	if (question == NULL)
		return;
	while ((ask = question->first) != NULL) {
		question->first = ask->next;
		duet_mem_free(ask);
	}
	duet_mem_free(question->hash);
	duet_mem_free_secret(question, sizeof(*question));
}

struct duet_question *duet_desk_find(const struct duet_desk *desk,
				     enum duet_question_state state)
{
	struct duet_question *question = desk->questions;

	while (question != NULL && question->state != state)
		question = question->next;
	return question;
}

/* ---- the clerk ---- */

static void check(struct duet_desk *desk, struct duet_question *question)
{
	question->state = DUET_QUESTION_AT_WORK;
	(void)pthread_mutex_unlock(&desk->lock);
	question->rc = desk->check(question->password, question->hash,
				   &question->matches);
	duet_mem_wipe(question->password, sizeof(question->password));
	(void)pthread_mutex_lock(&desk->lock);
	question->state = DUET_QUESTION_ANSWERED;
}

static void wait_for_call(struct duet_desk *desk, bool is_to_post_again)
{
	struct timespec until;

	if (!is_to_post_again) {
		(void)pthread_cond_wait(&desk->called, &desk->lock);
		return;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += POST_AGAIN_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_cond_timedwait(&desk->called, &desk->lock, &until);
}

/* Have somebody come for answers, if there are any. false: there is no memory
 * to post with. */
static bool post(struct duet_desk *desk)
{
	int rc;

	if (desk->is_posted ||
	    duet_desk_find(desk, DUET_QUESTION_ANSWERED) == NULL)
		return true;
	desk->is_posted = true;
	/* Theirs is a lock as well. */
	(void)pthread_mutex_unlock(&desk->lock);
	rc = desk->post(duet_desk_tell, desk, desk->post_arg);
	(void)pthread_mutex_lock(&desk->lock);
	if (rc == DUET_OK)
		return true;
	desk->is_posted = false;
	return false;
}

static void *work(void *arg)
{
	struct duet_desk *desk = arg;
	struct duet_question *question;
	bool is_told;

	(void)pthread_mutex_lock(&desk->lock);
	while (!desk->is_stopping) {
		question = duet_desk_find(desk, DUET_QUESTION_WAITS);
		if (question != NULL)
			check(desk, question);
		is_told = post(desk);
		/* Both have let go of the lock. */
		if (!desk->is_stopping &&
		    duet_desk_find(desk, DUET_QUESTION_WAITS) == NULL)
			wait_for_call(desk, !is_told);
	}
	(void)pthread_mutex_unlock(&desk->lock);
	return NULL;
}

/* ---- the desk ---- */

static int make_mac(struct duet_desk *desk, struct duet_error *err)
{
	uint8_t key[KEY_BYTES];
	int rc;

	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "there are no random bytes");
	rc = duet_mac_new((struct duet_bytes){ key, sizeof(key) }, &desk->mac,
			  err);
	duet_mem_wipe(key, sizeof(key));
	return rc;
}

/* Against the monotonic clock. */
static int make_condition(pthread_cond_t *ret)
{
	pthread_condattr_t attributes;
	int rc = pthread_condattr_init(&attributes);

	if (rc != 0)
		return rc;
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	rc = pthread_cond_init(ret, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	return rc;
}

/* Signals are the loop's business: SIGIO tells that thread about files. */
static int start_clerk(struct duet_desk *desk)
{
	sigset_t all;
	sigset_t kept;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &kept);
	rc = pthread_create(&desk->clerk, NULL, work, desk);
	(void)pthread_sigmask(SIG_SETMASK, &kept, NULL);
	return rc;
}

static int open_desk(struct duet_desk *desk, struct duet_error *err)
{
	int rc = pthread_mutex_init(&desk->lock, NULL);

	if (rc == 0) {
		rc = make_condition(&desk->called);
		if (rc == 0) {
			rc = start_clerk(desk);
			if (rc == 0)
				return DUET_OK;
			(void)pthread_cond_destroy(&desk->called);
		}
		(void)pthread_mutex_destroy(&desk->lock);
	}
	return duet_error_sys(err, DUET_E_SYSTEM, rc,
			      "cannot start a thread that checks passwords");
}

int duet_desk_new(duet_desk_post_fn *post_fn, void *post_arg,
		  struct duet_desk **ret, struct duet_error *err)
{
	struct duet_desk *desk = duet_mem_zalloc(sizeof(*desk));
	int rc;

	if (desk == NULL)
		return duet_error_nomem(err);
	desk->check = duet_password_matches;
	desk->post = post_fn;
	desk->post_arg = post_arg;
	rc = make_mac(desk, err);
	if (rc == DUET_OK)
		rc = open_desk(desk, err);
	if (rc != DUET_OK) {
		duet_mac_free(desk->mac);
		duet_mem_free(desk);
		return rc;
	}
	*ret = desk;
	return DUET_OK;
}

void duet_desk_stop(struct duet_desk *desk)
{
	if (desk->is_stopped)
		return;
	desk->is_stopped = true;
	(void)pthread_mutex_lock(&desk->lock);
	desk->is_stopping = true;
	(void)pthread_cond_signal(&desk->called);
	(void)pthread_mutex_unlock(&desk->lock);
	(void)pthread_join(desk->clerk, NULL);
}

void duet_desk_free(struct duet_desk *desk)
{
	struct duet_question *question;

	if (desk == NULL)
		return;
	duet_desk_stop(desk);
	while ((question = desk->questions) != NULL) {
		desk->questions = question->next;
		duet_question_free(question);
	}
	(void)pthread_cond_destroy(&desk->called);
	(void)pthread_mutex_destroy(&desk->lock);
	duet_mac_free(desk->mac);
	duet_mem_free_secret(desk, sizeof(*desk));
}
