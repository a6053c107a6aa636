/* SPDX-License-Identifier: MIT */
/*
 * A question is known by a digest of what its answer depends on: the name, the
 * hash, the password, and whether there is such a name. Neither a file of users
 * that has changed nor another one with the same names can make it wrong.
 */
#include "site/login.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/basic.h"
#include "site/login_int.h"

/* ---- answers ---- */

static void take_out(struct duet_desk *desk, struct duet_question *question)
{
	struct duet_question **at = &desk->questions;

	while (*at != question)
		at = &(*at)->next;
	*at = question->next;
	desk->counts.waiting--;
}

static void unlink_ask(struct duet_login_ask *ask)
{
	struct duet_question *question = ask->question;

	if (ask->prev != NULL)
		ask->prev->next = ask->next;
	else
		question->first = ask->next;
	if (ask->next != NULL)
		ask->next->prev = ask->prev;
	else
		question->last = ask->prev;
}

static enum duet_login judge(struct duet_desk *desk,
			     const struct duet_question *question)
{
	desk->counts.computed++;
	if (question->rc != DUET_OK)
		return DUET_LOGIN_BUSY;
	if (!question->matches || !question->is_known)
		return DUET_LOGIN_REFUSED;
	duet_proven_add(&desk->proven, question->digest, duet_clock_ms());
	return DUET_LOGIN_OK;
}

/* What fn does may change both lists. */
static void answer(struct duet_desk *desk, struct duet_question *question)
{
	enum duet_login verdict = judge(desk, question);
	struct duet_login_ask *ask;
	duet_login_fn *fn;
	void *arg;

	while ((ask = question->first) != NULL) {
		fn = ask->fn;
		arg = ask->arg;
		unlink_ask(ask);
		duet_mem_free(ask);
		fn(verdict, arg);
	}
	duet_question_free(question);
}

static struct duet_question *take_answered(struct duet_desk *desk)
{
	struct duet_question *question;

	(void)pthread_mutex_lock(&desk->lock);
	desk->is_posted = false;
	question = duet_desk_find(desk, DUET_QUESTION_ANSWERED);
	if (question != NULL)
		take_out(desk, question);
	(void)pthread_mutex_unlock(&desk->lock);
	return question;
}

void duet_desk_tell(void *arg)
{
	struct duet_desk *desk = arg;
	struct duet_question *question;

	if (desk->is_stopped)
		return;
	while ((question = take_answered(desk)) != NULL)
		answer(desk, question);
}

void duet_desk_forget(struct duet_desk *desk, struct duet_login_ask *ask)
{
	struct duet_question *question = ask->question;
	bool is_over = false;

	unlink_ask(ask);
	duet_mem_free(ask);
	if (question->first != NULL)
		return;
	(void)pthread_mutex_lock(&desk->lock);
	if (question->state == DUET_QUESTION_WAITS) {
		is_over = true;
		take_out(desk, question);
	}
	(void)pthread_mutex_unlock(&desk->lock);
	if (is_over)
		duet_question_free(question);
}

/* ---- questions ---- */

/* As far as it is known before it is put. */
struct draft {
	const char *client;
	const char *hash;
	const char *password;
	bool is_known;
	uint8_t digest[DUET_MAC_BYTES];
};

static int make_draft(struct duet_desk *desk, const struct duet_users *users,
		      const struct duet_basic *basic, struct draft *ret)
{
	struct duet_bytes parts[4];

	ret->password = basic->password;
	ret->hash = duet_users_hash(users, basic->name, &ret->is_known);
	/* None of them has a NUL: it ends them. */
	parts[0] = (struct duet_bytes){ ret->is_known ? "y" : "n", 1 };
	parts[1] = (struct duet_bytes){ basic->name, strlen(basic->name) + 1 };
	parts[2] = (struct duet_bytes){ ret->hash, strlen(ret->hash) + 1 };
	parts[3] = duet_str(basic->password);
	return duet_mac_sum(desk->mac, parts, 4, ret->digest);
}

static struct duet_question *find_same(const struct duet_desk *desk,
				       const struct draft *draft)
{
	struct duet_question *question = desk->questions;

	while (question != NULL &&
	       memcmp(question->digest, draft->digest, DUET_MAC_BYTES) != 0)
		question = question->next;
	return question;
}

static bool has_room(const struct duet_desk *desk, const char *client)
{
	const struct duet_question *question;
	size_t share = 0;

	if (desk->counts.waiting >= DUET_LOGIN_WAITING_MAX)
		return false;
	if (client == NULL || client[0] == '\0')
		return true;
	for (question = desk->questions; question != NULL;
	     question = question->next)
		if (strncmp(question->client, client,
			    DUET_LOGIN_CLIENT_BYTES - 1) == 0)
			share++;
	return share < DUET_LOGIN_SHARE;
}

static struct duet_question *new_question(const struct draft *draft)
{
	struct duet_question *question = duet_mem_zalloc(sizeof(*question));

	if (question == NULL)
		return NULL;
	question->hash = duet_mem_strdup(draft->hash);
	if (question->hash == NULL) {
		duet_question_free(question);
		return NULL;
	}
	question->is_known = draft->is_known;
	memcpy(question->digest, draft->digest, DUET_MAC_BYTES);
	(void)snprintf(question->client, sizeof(question->client), "%s",
		       draft->client != NULL ? draft->client : "");
	(void)snprintf(question->password, sizeof(question->password), "%s",
		       draft->password);
	return question;
}

static void append(struct duet_desk *desk, struct duet_question *question)
{
	struct duet_question **at = &desk->questions;

	(void)pthread_mutex_lock(&desk->lock);
	while (*at != NULL)
		at = &(*at)->next;
	*at = question;
	desk->counts.waiting++;
	(void)pthread_cond_signal(&desk->called);
	(void)pthread_mutex_unlock(&desk->lock);
}

/* The one that is the same, or a new one. NULL: there is no room for it. */
static struct duet_question *put(struct duet_desk *desk,
				 const struct draft *draft)
{
	struct duet_question *question = find_same(desk, draft);

	if (question != NULL || !has_room(desk, draft->client))
		return question;
	question = new_question(draft);
	if (question != NULL)
		append(desk, question);
	return question;
}

static enum duet_login ask_later(struct duet_desk *desk,
				 const struct draft *draft, duet_login_fn *fn,
				 void *arg, struct duet_login_ask **ret_ask)
{
	struct duet_login_ask *ask = duet_mem_zalloc(sizeof(*ask));

	if (ask == NULL)
		return DUET_LOGIN_BUSY;
	ask->question = put(desk, draft);
	if (ask->question == NULL) {
		duet_mem_free(ask);
		return DUET_LOGIN_BUSY;
	}
	ask->fn = fn;
	ask->arg = arg;
	ask->prev = ask->question->last;
	if (ask->prev != NULL)
		ask->prev->next = ask;
	else
		ask->question->first = ask;
	ask->question->last = ask;
	*ret_ask = ask;
	return DUET_LOGIN_LATER;
}

enum duet_login duet_desk_ask(struct duet_desk *desk,
			      const struct duet_users *users,
			      const char *authorization, const char *client,
			      duet_login_fn *fn, void *arg,
			      struct duet_login_ask **ret_ask)
{
	enum duet_login verdict = DUET_LOGIN_BUSY;
	struct draft draft = { .client = client };
	struct duet_basic basic;

	if (authorization == NULL || !duet_basic_read(authorization, &basic))
		return DUET_LOGIN_REFUSED;
	if (make_draft(desk, users, &basic, &draft) == DUET_OK) {
		if (duet_proven_has(&desk->proven, draft.digest,
				    duet_clock_ms()))
			verdict = DUET_LOGIN_OK;
		else if (!desk->is_stopped)
			verdict = ask_later(desk, &draft, fn, arg, ret_ask);
	}
	duet_basic_wipe(&basic);
	if (verdict == DUET_LOGIN_OK)
		desk->counts.remembered++;
	if (verdict == DUET_LOGIN_BUSY)
		desk->counts.busy++;
	return verdict;
}

void duet_desk_count(const struct duet_desk *desk, struct duet_desk_counts *ret)
{
	*ret = desk->counts;
}
