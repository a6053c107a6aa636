/* SPDX-License-Identifier: MIT */
/*
 * The test's thread is the desk's: what is posted is run when the test says so.
 * Where it has to be at a certain point, the clerk stops at a gate within his
 * check, which tells that he is there.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/mem.h"
#include "site/login_int.h"
#include "site/password.h"
#include "support/tempdir.h"
#include "support/unit.h"

/* Of "secret". */
#define BCRYPT "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"
#define SHA512                                                \
	"$6$rounds=1000$salt$HNxBeBnDfSfUrTj6KiLnmd7tGCvHEmc" \
	"Exh8kl/S0cZ5WrCciNZgfhbpkeFQ4JfkHX.8vPq45lY0iINnCx1Lkm."

enum {
	VALUE_BYTES = 256,
	ANSWERS = 128,
};

/* ---- what the desk is given ---- */

/* One post, as the desk never has two. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void (*fn)(void *arg);
	void *arg;
	int posts;
	int to_fail;   /* so many posts find no memory */
	bool is_held;  /* the clerk waits */
	bool is_there; /* he does */
	int checks;
	int rc;
	sigset_t mask; /* his */
} street = { .lock = PTHREAD_MUTEX_INITIALIZER,
	     .changed = PTHREAD_COND_INITIALIZER };

static int post(void (*fn)(void *arg), void *arg, void *post_arg)
{
	int rc = DUET_OK;

	assert_ptr_equal(post_arg, &street);
	(void)pthread_mutex_lock(&street.lock);
	street.posts++;
	if (street.to_fail > 0) {
		street.to_fail--;
		rc = DUET_E_NOMEM;
	} else {
		street.fn = fn;
		street.arg = arg;
		(void)pthread_cond_broadcast(&street.changed);
	}
	(void)pthread_mutex_unlock(&street.lock);
	return rc;
}

static int check(const char *password, const char *hash, bool *ret)
{
	int rc;

	(void)pthread_mutex_lock(&street.lock);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &street.mask);
	street.checks++;
	street.is_there = true;
	(void)pthread_cond_broadcast(&street.changed);
	while (street.is_held)
		(void)pthread_cond_wait(&street.changed, &street.lock);
	street.is_there = false;
	rc = street.rc;
	(void)pthread_mutex_unlock(&street.lock);
	return rc != DUET_OK ? rc : duet_password_matches(password, hash, ret);
}

static void hold(bool is_held)
{
	(void)pthread_mutex_lock(&street.lock);
	street.is_held = is_held;
	(void)pthread_cond_broadcast(&street.changed);
	(void)pthread_mutex_unlock(&street.lock);
}

static void wait_for_clerk(void)
{
	(void)pthread_mutex_lock(&street.lock);
	while (!street.is_there)
		(void)pthread_cond_wait(&street.changed, &street.lock);
	(void)pthread_mutex_unlock(&street.lock);
}

/* Wait for a post and run it. */
static void run_post(void)
{
	void (*fn)(void *arg);
	void *arg;

	(void)pthread_mutex_lock(&street.lock);
	while (street.fn == NULL)
		(void)pthread_cond_wait(&street.changed, &street.lock);
	fn = street.fn;
	arg = street.arg;
	street.fn = NULL;
	(void)pthread_mutex_unlock(&street.lock);
	fn(arg);
}

static int checks(void)
{
	int n;

	(void)pthread_mutex_lock(&street.lock);
	n = street.checks;
	(void)pthread_mutex_unlock(&street.lock);
	return n;
}

/* ---- who asks ---- */

struct answer {
	bool is_there;
	enum duet_login verdict;
	int number; /* in the order in which they came */
};

static struct answer answers[ANSWERS];
static int n_answers;
static struct duet_desk *desk;
static struct duet_users *users;
static struct duet_login_ask *ask;

static void on_answer(enum duet_login verdict, void *arg)
{
	struct answer *answer = arg;

	assert_false(answer->is_there);
	answer->is_there = true;
	answer->verdict = verdict;
	answer->number = n_answers++;
}

static struct duet_users *read_users(const char *text)
{
	struct duet_users *ret = NULL;
	FILE *file = fopen("users", "w");
	struct duet_error err;

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	if (duet_users_read("users", NULL, NULL, &ret, &err) != DUET_OK)
		fail_msg("%s", err.text);
	return ret;
}

static enum duet_login ask_as(const char *client, const char *pair, int number)
{
	char value[VALUE_BYTES] = "Basic ";

	duet_base64_encode(value + strlen(value), duet_str(pair));
	return duet_desk_ask(desk, users, value, client, on_answer,
			     &answers[number], &ask);
}

static enum duet_login ask_for(const char *pair, int number)
{
	return ask_as(NULL, pair, number);
}

static void wait_for(int number)
{
	while (!answers[number].is_there)
		run_post();
}

/* Once, to the end. */
static enum duet_login login(const char *pair)
{
	enum duet_login verdict;

	answers[0].is_there = false;
	verdict = ask_for(pair, 0);
	if (verdict != DUET_LOGIN_LATER)
		return verdict;
	wait_for(0);
	return answers[0].verdict;
}

static int open_desk(void **state)
{
	(void)state;
	memset(answers, 0, sizeof(answers));
	n_answers = 0;
	ask = NULL;
	street.fn = NULL;
	street.posts = 0;
	street.to_fail = 0;
	street.is_held = false;
	street.is_there = false;
	street.checks = 0;
	street.rc = DUET_OK;
	assert_int_equal(duet_desk_new(post, &street, &desk, NULL), DUET_OK);
	desk->check = check;
	users = read_users("alice:" BCRYPT "\nbob:" SHA512 "\n");
	return 0;
}

static int close_desk(void **state)
{
	(void)state;
	hold(false);
	duet_desk_free(desk);
	duet_users_free(users);
	desk = NULL;
	users = NULL;
	return 0;
}

static int set_up(void **state)
{
	static char dir[TEMP_DIR_BYTES];

	temp_dir_make(dir);
	*state = dir;
	return chdir(dir);
}

static int tear_down(void **state)
{
	assert_int_equal(chdir("/"), 0);
	return temp_dir_remove(*state);
}

/* ---- verdicts ---- */

static void a_name_and_its_password_may_come_in(void **state)
{
	(void)state;
	assert_int_equal(login("alice:secret"), DUET_LOGIN_OK);
	assert_int_equal(login("bob:secret"), DUET_LOGIN_OK);
	assert_int_equal(login("alice:wrong"), DUET_LOGIN_REFUSED);
	assert_int_equal(login("bob:"), DUET_LOGIN_REFUSED);
	assert_int_equal(login("Alice:secret"), DUET_LOGIN_REFUSED);
	assert_int_equal(checks(), 5);
}

/* However right it would be for the user whose hash is computed instead. */
static void a_name_that_is_none_costs_a_hash_and_stays_out(void **state)
{
	(void)state;
	assert_int_equal(login("carol:secret"), DUET_LOGIN_REFUSED);
	assert_int_equal(login("carol:secret"), DUET_LOGIN_REFUSED);
	assert_int_equal(login(":secret"), DUET_LOGIN_REFUSED);
	assert_int_equal(checks(), 3);
}

static void what_is_no_name_and_password_is_refused_at_once(void **state)
{
	static const char *const values[] = {
		"",
		"Basic",
		"Basic ",
		"Bearer YWxpY2U6c2VjcmV0",
		"Basic YWxpY2U6c2VjcmV0 ",
		"Basic YWxpY2U6c2VjcmV",
		"Basic YWxpY2U6c2VjcmV0YWxpY2U6c2VjcmV0=",
		"Basic alice:secret",
		"Basic YWxpY2U=",     /* alice */
		"Basic YWxpY2U6AA==", /* alice:NUL */
		"Basic YWxpY2U6c2VjcmV0AA==",
		"Basic YWxpY2U6DQo=", /* alice:CR LF */
	};
	size_t i;

	(void)state;
	assert_int_equal(duet_desk_ask(desk, users, NULL, NULL, on_answer,
				       &answers[0], &ask),
			 DUET_LOGIN_REFUSED);
	for (i = 0; i < COUNT(values); i++)
		assert_int_equal(duet_desk_ask(desk, users, values[i], NULL,
					       on_answer, &answers[0], &ask),
				 DUET_LOGIN_REFUSED);
	assert_null(ask);
	assert_int_equal(checks(), 0);
	/* Nor is it the scheme's letters. */
	assert_int_equal(duet_desk_ask(desk, users, "bASIC YWxpY2U6c2VjcmV0",
				       NULL, on_answer, &answers[0], &ask),
			 DUET_LOGIN_LATER);
	wait_for(0);
	assert_int_equal(answers[0].verdict, DUET_LOGIN_OK);
}

static void no_memory_to_tell_is_no_refusal(void **state)
{
	(void)state;
	street.rc = DUET_E_NOMEM;
	assert_int_equal(login("alice:secret"), DUET_LOGIN_BUSY);
	street.rc = DUET_OK;
	assert_int_equal(login("alice:secret"), DUET_LOGIN_OK);
	assert_int_equal(checks(), 2);
}

/* ---- what is remembered ---- */

static void what_was_right_costs_one_hash(void **state)
{
	struct duet_desk_counts counts;
	int i;

	(void)state;
	assert_int_equal(login("alice:secret"), DUET_LOGIN_OK);
	for (i = 0; i < 50; i++)
		assert_int_equal(ask_for("alice:secret", 1), DUET_LOGIN_OK);
	assert_int_equal(checks(), 1);
	duet_desk_count(desk, &counts);
	assert_int_equal(counts.computed, 1);
	assert_int_equal(counts.remembered, 50);
	assert_int_equal(counts.busy, 0);
	assert_int_equal(counts.waiting, 0);
	assert_false(answers[1].is_there);
}

static void what_was_wrong_is_not_remembered(void **state)
{
	(void)state;
	assert_int_equal(login("alice:wrong"), DUET_LOGIN_REFUSED);
	assert_int_equal(login("alice:wrong"), DUET_LOGIN_REFUSED);
	assert_int_equal(checks(), 2);
	assert_int_equal(login("alice:secret"), DUET_LOGIN_OK);
	assert_int_equal(login("alice:wrong"), DUET_LOGIN_REFUSED);
	assert_int_equal(login("alice:secre"), DUET_LOGIN_REFUSED);
	assert_int_equal(login("bob:secret"), DUET_LOGIN_OK);
	assert_int_equal(checks(), 6);
}

/* A file that was read anew, or another one. */
static void what_was_right_does_not_outlive_the_hash(void **state)
{
	(void)state;
	assert_int_equal(login("alice:secret"), DUET_LOGIN_OK);
	duet_users_free(users);
	users = read_users("alice:" SHA512 "\n");
	assert_int_equal(ask_for("alice:secret", 1), DUET_LOGIN_LATER);
	wait_for(1);
	assert_int_equal(checks(), 2);
	/* The hash that alice had is there, and she is not. */
	duet_users_free(users);
	users = read_users("bob:" BCRYPT "\n");
	assert_int_equal(login("alice:secret"), DUET_LOGIN_REFUSED);
	assert_int_equal(checks(), 3);
	/* What is still true is still known. */
	duet_users_free(users);
	users = read_users("bob:" BCRYPT "\nalice:" BCRYPT "\n");
	assert_int_equal(ask_for("alice:secret", 1), DUET_LOGIN_OK);
}

/* ---- several at once ---- */

static void the_same_question_is_computed_once(void **state)
{
	int i;

	(void)state;
	hold(true);
	for (i = 0; i < 3; i++)
		assert_int_equal(ask_for("alice:secret", i), DUET_LOGIN_LATER);
	assert_int_equal(ask_for("alice:wrong", 3), DUET_LOGIN_LATER);
	assert_int_equal(ask_for("alice:wrong", 4), DUET_LOGIN_LATER);
	hold(false);
	wait_for(4);
	for (i = 0; i < 5; i++) {
		assert_true(answers[i].is_there);
		assert_int_equal(answers[i].number, i);
		assert_int_equal(answers[i].verdict,
				 i < 3 ? DUET_LOGIN_OK : DUET_LOGIN_REFUSED);
	}
	assert_int_equal(checks(), 2);
}

/* alice's question is like carol's but for the name, if hers is the hash that
 * carol is given; neither has the answer of the other. */
static void a_name_that_is_none_shares_no_answer(void **state)
{
	(void)state;
	duet_users_free(users);
	users = read_users("alice:" BCRYPT "\n");
	hold(true);
	assert_int_equal(ask_for("carol:secret", 0), DUET_LOGIN_LATER);
	assert_int_equal(ask_for("alice:secret", 1), DUET_LOGIN_LATER);
	hold(false);
	wait_for(0);
	wait_for(1);
	assert_int_equal(answers[0].verdict, DUET_LOGIN_REFUSED);
	assert_int_equal(answers[1].verdict, DUET_LOGIN_OK);
	assert_int_equal(checks(), 2);
}

static void ask_many(int from, int to, const char *client)
{
	char pair[32];
	int i;

	for (i = from; i < to; i++) {
		(void)snprintf(pair, sizeof(pair), "alice:guess%d", i);
		assert_int_equal(ask_as(client, pair, i), DUET_LOGIN_LATER);
	}
}

static void so_many_wait_and_no_more(void **state)
{
	struct duet_desk_counts counts;
	int i;

	(void)state;
	assert_int_equal(login("bob:secret"), DUET_LOGIN_OK);
	answers[0].is_there = false;
	hold(true);
	ask_many(0, DUET_LOGIN_WAITING_MAX, NULL);
	assert_int_equal(ask_for("alice:secret", 64), DUET_LOGIN_BUSY);
	assert_int_equal(ask_for("carol:secret", 64), DUET_LOGIN_BUSY);
	/* The same question needs no place, and who is in needs none. */
	assert_int_equal(ask_for("alice:guess7", 65), DUET_LOGIN_LATER);
	assert_int_equal(ask_for("bob:secret", 64), DUET_LOGIN_OK);
	duet_desk_count(desk, &counts);
	assert_int_equal(counts.waiting, DUET_LOGIN_WAITING_MAX);
	assert_int_equal(counts.busy, 2);
	hold(false);
	for (i = 0; i < DUET_LOGIN_WAITING_MAX; i++) {
		wait_for(i);
		assert_int_equal(answers[i].verdict, DUET_LOGIN_REFUSED);
	}
	assert_true(answers[65].is_there);
	duet_desk_count(desk, &counts);
	assert_int_equal(counts.waiting, 0);
	assert_int_equal(ask_for("alice:secret", 64), DUET_LOGIN_LATER);
}

static void a_client_has_its_share_and_no_more(void **state)
{
	(void)state;
	hold(true);
	ask_many(0, DUET_LOGIN_SHARE, "192.0.2.1");
	assert_int_equal(ask_as("192.0.2.1", "alice:secret", 64),
			 DUET_LOGIN_BUSY);
	assert_int_equal(ask_as("192.0.2.1", "alice:guess1", 65),
			 DUET_LOGIN_LATER);
	assert_int_equal(ask_as("192.0.2.11", "alice:secret", 66),
			 DUET_LOGIN_LATER);
	ask_many(20, 20 + DUET_LOGIN_SHARE + 1, NULL);
	ask_many(40, 40 + DUET_LOGIN_SHARE + 1, "");
	hold(false);
	wait_for(66);
	assert_int_equal(answers[66].verdict, DUET_LOGIN_OK);
	assert_int_equal(ask_as("192.0.2.1", "bob:secret", 64),
			 DUET_LOGIN_LATER);
}

/* ---- who does not wait ---- */

static void whoever_is_forgotten_hears_nothing(void **state)
{
	struct duet_login_ask *asks[3];
	int i;

	(void)state;
	hold(true);
	for (i = 0; i < 3; i++) {
		assert_int_equal(ask_for("alice:secret", i), DUET_LOGIN_LATER);
		asks[i] = ask;
	}
	duet_desk_forget(desk, asks[1]);
	hold(false);
	wait_for(2);
	assert_true(answers[0].is_there);
	assert_false(answers[1].is_there);
}

static void what_nobody_asks_any_more_is_not_computed(void **state)
{
	struct duet_desk_counts counts;

	(void)state;
	hold(true);
	assert_int_equal(ask_for("bob:secret", 0), DUET_LOGIN_LATER);
	wait_for_clerk();
	assert_int_equal(ask_for("alice:secret", 1), DUET_LOGIN_LATER);
	duet_desk_forget(desk, ask);
	duet_desk_count(desk, &counts);
	assert_int_equal(counts.waiting, 1);
	hold(false);
	wait_for(0);
	assert_int_equal(checks(), 1);
	assert_int_equal(login("alice:secret"), DUET_LOGIN_OK);
	assert_int_equal(checks(), 2);
	assert_false(answers[1].is_there);
}

static void what_is_computed_for_nobody_is_remembered(void **state)
{
	(void)state;
	hold(true);
	assert_int_equal(ask_for("alice:secret", 1), DUET_LOGIN_LATER);
	wait_for_clerk();
	duet_desk_forget(desk, ask);
	hold(false);
	run_post();
	assert_false(answers[1].is_there);
	assert_int_equal(ask_for("alice:secret", 1), DUET_LOGIN_OK);
	assert_int_equal(checks(), 1);
}

static void an_answer_that_is_under_way_can_be_forgotten(void **state)
{
	(void)state;
	assert_int_equal(ask_for("alice:wrong", 1), DUET_LOGIN_LATER);
	(void)pthread_mutex_lock(&street.lock);
	while (street.fn == NULL)
		(void)pthread_cond_wait(&street.changed, &street.lock);
	(void)pthread_mutex_unlock(&street.lock);
	duet_desk_forget(desk, ask);
	run_post();
	assert_false(answers[1].is_there);
}

/* ---- from within an answer ---- */

static struct duet_login_ask *others[2];

static void forget_others(enum duet_login verdict, void *arg)
{
	on_answer(verdict, arg);
	duet_desk_forget(desk, others[0]);
	duet_desk_forget(desk, others[1]);
	assert_int_equal(ask_for("alice:wrong", 5), DUET_LOGIN_LATER);
	assert_int_equal(ask_for("alice:secret", 6), DUET_LOGIN_OK);
}

static void an_answer_may_ask_and_forget(void **state)
{
	(void)state;
	hold(true);
	assert_int_equal(duet_desk_ask(desk, users, "Basic YWxpY2U6c2VjcmV0",
				       NULL, forget_others, &answers[0], &ask),
			 DUET_LOGIN_LATER);
	assert_int_equal(ask_for("alice:secret", 1), DUET_LOGIN_LATER);
	others[0] = ask;
	assert_int_equal(ask_for("alice:secret", 2), DUET_LOGIN_LATER);
	assert_int_equal(ask_for("bob:wrong", 3), DUET_LOGIN_LATER);
	others[1] = ask;
	hold(false);
	wait_for(5);
	assert_int_equal(answers[0].verdict, DUET_LOGIN_OK);
	assert_false(answers[1].is_there);
	assert_true(answers[2].is_there);
	assert_false(answers[3].is_there);
	assert_int_equal(answers[5].verdict, DUET_LOGIN_REFUSED);
}

/* ---- the thread ---- */

static void a_post_without_memory_is_made_again(void **state)
{
	(void)state;
	street.to_fail = 3;
	assert_int_equal(login("alice:secret"), DUET_LOGIN_OK);
	assert_int_equal(street.posts, 4);
}

static void signals_are_for_others(void **state)
{
	static const int numbers[] = { SIGIO,  SIGUSR1, SIGTERM, SIGINT,
				       SIGHUP, SIGCHLD, SIGALRM, SIGPIPE };
	sigset_t mine;
	size_t i;

	(void)state;
	assert_int_equal(login("alice:secret"), DUET_LOGIN_OK);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mine), 0);
	for (i = 0; i < COUNT(numbers); i++) {
		assert_int_equal(sigismember(&street.mask, numbers[i]), 1);
		assert_int_equal(sigismember(&mine, numbers[i]), 0);
	}
}

static void a_password_that_was_checked_is_wiped(void **state)
{
	static const char nothing[DUET_BASIC_PASSWORD_MAX + 1];
	const struct duet_question *question;

	(void)state;
	hold(true);
	assert_int_equal(ask_for("alice:secret", 0), DUET_LOGIN_LATER);
	wait_for_clerk();
	question = desk->questions;
	assert_string_equal(question->password, "secret");
	hold(false);
	(void)pthread_mutex_lock(&street.lock);
	while (street.fn == NULL)
		(void)pthread_cond_wait(&street.changed, &street.lock);
	(void)pthread_mutex_unlock(&street.lock);
	assert_memory_equal(question->password, nothing, sizeof(nothing));
	run_post();
}

static void *let_go(void *arg)
{
	(void)arg;
	hold(false);
	return NULL;
}

static void a_desk_that_is_stopped_says_nothing_more(void **state)
{
	struct duet_login_ask *asks[3];
	pthread_t thread;
	int i;

	(void)state;
	assert_int_equal(login("bob:secret"), DUET_LOGIN_OK);
	hold(true);
	assert_int_equal(ask_for("alice:secret", 1), DUET_LOGIN_LATER);
	asks[0] = ask;
	wait_for_clerk();
	for (i = 1; i < 3; i++) {
		assert_int_equal(ask_for("alice:wrong", 1 + i),
				 DUET_LOGIN_LATER);
		asks[i] = ask;
	}
	assert_int_equal(pthread_create(&thread, NULL, let_go, NULL), 0);
	duet_desk_stop(desk);
	assert_int_equal(pthread_join(thread, NULL), 0);
	duet_desk_stop(desk);

	if (street.fn != NULL)
		run_post();
	duet_desk_forget(desk, asks[0]);
	duet_desk_forget(desk, asks[1]);
	assert_int_equal(ask_for("bob:secret", 5), DUET_LOGIN_OK);
	assert_int_equal(ask_for("bob:wrong", 5), DUET_LOGIN_BUSY);
	assert_int_equal(ask_for("bob:", 5), DUET_LOGIN_BUSY);
	for (i = 1; i < ANSWERS; i++)
		assert_false(answers[i].is_there);
}

static void a_desk_may_go_with_work_under_way(void **state)
{
	pthread_t thread;
	int i;

	(void)state;
	hold(true);
	ask_many(0, 10, NULL);
	wait_for_clerk();
	assert_int_equal(pthread_create(&thread, NULL, let_go, NULL), 0);
	duet_desk_free(desk);
	desk = NULL;
	assert_int_equal(pthread_join(thread, NULL), 0);
	for (i = 0; i < ANSWERS; i++)
		assert_false(answers[i].is_there);
	duet_desk_free(NULL);
}

/* ---- memory ---- */

static struct {
	pthread_t whose;
	long left; /* allocations that are granted; -1: all */
} memory = { .left = -1 };

static void *alloc(size_t size, void *arg)
{
	(void)arg;
	if (!pthread_equal(pthread_self(), memory.whose) || memory.left < 0)
		return malloc(size);
	return memory.left-- > 0 ? malloc(size) : NULL;
}

static void *resize(void *ptr, size_t size, void *arg)
{
	(void)arg;
	return realloc(ptr, size);
}

static void release(void *ptr, void *arg)
{
	(void)arg;
	free(ptr);
}

static void without_memory_it_is_busy(void **state)
{
	enum duet_login verdict = DUET_LOGIN_BUSY;
	struct duet_desk_counts counts;
	long granted;

	(void)state;
	for (granted = 0; verdict == DUET_LOGIN_BUSY; granted++) {
		memory.left = granted;
		verdict = ask_for("alice:secret", 0);
		memory.left = -1;
		duet_desk_count(desk, &counts);
		assert_int_equal(counts.waiting, verdict == DUET_LOGIN_LATER);
	}
	assert_int_equal(verdict, DUET_LOGIN_LATER);
	assert_true(granted > 3);
	wait_for(0);
	assert_int_equal(answers[0].verdict, DUET_LOGIN_OK);
}

static void without_memory_there_is_no_desk(void **state)
{
	struct duet_desk *other = NULL;
	struct duet_error err;
	int rc = DUET_E_NOMEM;
	long granted;

	(void)state;
	for (granted = 0; rc != DUET_OK; granted++) {
		memory.left = granted;
		rc = duet_desk_new(post, &street, &other, &err);
		memory.left = -1;
		if (rc == DUET_OK)
			continue;
		assert_int_equal(rc, DUET_E_NOMEM);
		assert_string_equal(err.text, "out of memory");
		assert_null(other);
	}
	assert_true(granted > 2);
	duet_desk_free(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)
	const struct CMUnitTest tests[] = {
		TEST(a_name_and_its_password_may_come_in),
		TEST(a_name_that_is_none_costs_a_hash_and_stays_out),
		TEST(what_is_no_name_and_password_is_refused_at_once),
		TEST(no_memory_to_tell_is_no_refusal),
		TEST(what_was_right_costs_one_hash),
		TEST(what_was_wrong_is_not_remembered),
		TEST(what_was_right_does_not_outlive_the_hash),
		TEST(the_same_question_is_computed_once),
		TEST(a_name_that_is_none_shares_no_answer),
		TEST(so_many_wait_and_no_more),
		TEST(a_client_has_its_share_and_no_more),
		TEST(whoever_is_forgotten_hears_nothing),
		TEST(what_nobody_asks_any_more_is_not_computed),
		TEST(what_is_computed_for_nobody_is_remembered),
		TEST(an_answer_that_is_under_way_can_be_forgotten),
		TEST(an_answer_may_ask_and_forget),
		TEST(a_post_without_memory_is_made_again),
		TEST(signals_are_for_others),
		TEST(a_password_that_was_checked_is_wiped),
		TEST(a_desk_that_is_stopped_says_nothing_more),
		TEST(a_desk_may_go_with_work_under_way),
		TEST(without_memory_it_is_busy),
		TEST(without_memory_there_is_no_desk),
	};
#undef TEST
	const struct duet_allocator hook = { sizeof(hook), alloc, resize,
					     release, NULL };
	int failed;

	memory.whose = pthread_self();
	duet_mem_set_hook(&hook);
	failed = cmocka_run_group_tests(tests, set_up, tear_down);
	duet_mem_set_hook(NULL);
	return failed;
}
