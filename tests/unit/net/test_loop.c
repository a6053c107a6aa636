/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* pipe2 */
#include <sys/socket.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "base/clock.h"
#include "net/loop.h"
#include "support/unit.h"

/* Milliseconds that go by between the start of a timer and what follows. */
static uint64_t lost_ms;

int uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t timeout,
		   uint64_t repeat)
{
	static int (*start)(uv_timer_t *, uv_timer_cb, uint64_t, uint64_t);
	uint64_t until = uv_hrtime() + lost_ms * 1000000;
	void *found;
	int rc;

	if (start == NULL) { /* libuv's, in whose place this one stands */
		found = dlsym(RTLD_NEXT, "uv_timer_start");
		assert_non_null(found);
		memcpy(&start, &found, sizeof(start));
	}
	rc = start(timer, cb, timeout, repeat);
	while (uv_hrtime() < until) {
	}
	return rc;
}

struct seen {
	int calls;
	int ready;
	struct duet_loop *loop;
	struct duet_watch *watch;
	struct duet_timer *timer;
};

static struct duet_loop *new_loop(void)
{
	struct duet_loop *loop = NULL;

	assert_int_equal(duet_loop_new(&loop, NULL), DUET_OK);
	return loop;
}

static void on_ready(void *arg, int ready)
{
	struct seen *seen = arg;

	seen->calls++;
	seen->ready = ready;
}

static void on_ready_free(void *arg, int ready)
{
	struct seen *seen = arg;

	on_ready(arg, ready);
	duet_watch_free(seen->watch);
}

static void on_time(void *arg)
{
	((struct seen *)arg)->calls++;
}

static void on_time_free(void *arg)
{
	struct seen *seen = arg;

	seen->calls++;
	duet_timer_free(seen->timer);
}

static void on_time_again(void *arg)
{
	struct seen *seen = arg;

	seen->calls++;
	duet_timer_set(seen->timer, 0);
}

static void step(struct duet_loop *loop, int32_t wait_ms)
{
	assert_int_equal(duet_loop_step(loop, wait_ms, NULL), DUET_OK);
}

static void tells_when_a_descriptor_can_be_read(void **state)
{
	struct duet_loop *loop = new_loop();
	struct duet_watch *watch = NULL;
	struct seen seen = { 0 };
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(duet_watch_new(loop, fds[0], on_ready, &seen, &watch,
					NULL),
			 DUET_OK);
	assert_int_equal(write(fds[1], "x", 1), 1);
	step(loop, 0);
	assert_int_equal(seen.calls, 0); /* nothing is wanted yet */
	assert_int_equal(duet_watch_set(watch, DUET_READABLE), DUET_OK);
	step(loop, -1);
	step(loop, -1); /* level-triggered */
	assert_int_equal(seen.calls, 2);
	assert_int_equal(seen.ready, DUET_READABLE);
	assert_int_equal(duet_watch_set(watch, 0), DUET_OK);
	step(loop, 0);
	assert_int_equal(seen.calls, 2);
	duet_watch_free(watch);
	(void)close(fds[0]);
	(void)close(fds[1]);
	duet_loop_free(loop);
}

static void tells_of_a_peer_that_left_or_reset(void **state)
{
	static const bool reset[] = { false, true };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(reset); i++) {
		struct duet_loop *loop = new_loop();
		struct duet_watch *watch = NULL;
		struct seen seen = { 0 };
		int fds[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		assert_int_equal(duet_watch_new(loop, fds[0], on_ready, &seen,
						&watch, NULL),
				 DUET_OK);
		assert_int_equal(duet_watch_set(watch, DUET_READABLE), DUET_OK);
		/* Closed with bytes unread, the pair gives ECONNRESET. */
		if (reset[i])
			assert_int_equal(write(fds[0], "x", 1), 1);
		(void)close(fds[1]);
		step(loop, -1);
		step(loop, -1);
		assert_int_equal(seen.calls, 2);
		assert_true((seen.ready & DUET_READABLE) != 0);
		duet_watch_free(watch);
		(void)close(fds[0]);
		duet_loop_free(loop);
	}
}

static void refuses_to_watch_what_is_not_open(void **state)
{
	struct duet_loop *loop = new_loop();
	struct duet_watch *watch = NULL;
	struct duet_error err = { 0 };

	(void)state;
	assert_int_equal(duet_watch_new(loop, 9999, on_ready, NULL, &watch,
					&err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "9999"));
	assert_null(watch);
	duet_loop_free(loop);
}

static void a_callback_may_free_its_own_object(void **state)
{
	struct seen seen = { .loop = new_loop() };
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(duet_watch_new(seen.loop, fds[1], on_ready_free, &seen,
					&seen.watch, NULL),
			 DUET_OK);
	assert_int_equal(duet_watch_set(seen.watch, DUET_WRITABLE), DUET_OK);
	step(seen.loop, -1);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.ready, DUET_WRITABLE);
	assert_int_equal(duet_timer_new(seen.loop, on_time_free, &seen,
					&seen.timer, NULL),
			 DUET_OK);
	duet_timer_set(seen.timer, 0);
	step(seen.loop, -1);
	assert_int_equal(seen.calls, 2);
	(void)close(fds[0]);
	(void)close(fds[1]);
	duet_loop_free(seen.loop);
}

static void a_descriptor_can_be_watched_again_after_a_free(void **state)
{
	struct duet_loop *loop = new_loop();
	struct duet_watch *watch = NULL;
	struct seen seen = { 0 };
	int fds[2];
	int i;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(duet_watch_new(loop, fds[1], on_ready, &seen,
						&watch, NULL),
				 DUET_OK);
		assert_int_equal(duet_watch_set(watch, DUET_WRITABLE), DUET_OK);
		step(loop, -1);
		duet_watch_free(watch);
	}
	assert_int_equal(seen.calls, 3);
	(void)close(fds[0]);
	(void)close(fds[1]);
	duet_loop_free(loop);
}

static void a_timer_fires_once_and_not_before_its_time(void **state)
{
	struct duet_loop *loop = new_loop();
	int64_t deadline = duet_loop_update_ms(loop) + 15;
	struct duet_timer *timer = NULL;
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(duet_timer_new(loop, on_time, &seen, &timer, NULL),
			 DUET_OK);
	duet_timer_set(timer, deadline);
	while (seen.calls == 0) {
		assert_true(duet_loop_now_ms(loop) <= deadline);
		step(loop, -1);
	}
	assert_true(duet_loop_now_ms(loop) >= deadline);
	step(loop, 0);
	assert_int_equal(seen.calls, 1);
	duet_timer_free(timer);
	duet_loop_free(loop);
}

static void a_timer_that_is_moved_fires_at_its_last_deadline(void **state)
{
	struct duet_loop *loop = new_loop();
	int64_t now = duet_loop_update_ms(loop);
	struct duet_timer *timer = NULL;
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(duet_timer_new(loop, on_time, &seen, &timer, NULL),
			 DUET_OK);
	duet_timer_set(timer, now + 5);
	duet_timer_set(timer, now + 600000);
	while (duet_loop_now_ms(loop) < now + 5)
		step(loop, -1);
	step(loop, 0);
	assert_int_equal(seen.calls, 0);
	duet_timer_set(timer, now);
	step(loop, -1);
	assert_int_equal(seen.calls, 1);
	duet_timer_set(timer, now);
	duet_timer_set(timer, INT64_MAX);
	step(loop, 0);
	assert_int_equal(seen.calls, 1);
	duet_timer_free(timer);
	duet_loop_free(loop);
}

static void a_timer_that_sets_itself_lets_others_run(void **state)
{
	struct seen seen = { .loop = new_loop() };
	struct duet_watch *watch = NULL;
	struct seen write = { 0 };
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(duet_watch_new(seen.loop, fds[1], on_ready, &write,
					&watch, NULL),
			 DUET_OK);
	assert_int_equal(duet_watch_set(watch, DUET_WRITABLE), DUET_OK);
	assert_int_equal(duet_timer_new(seen.loop, on_time_again, &seen,
					&seen.timer, NULL),
			 DUET_OK);
	duet_timer_set(seen.timer, 0);
	step(seen.loop, -1);
	assert_true(seen.calls > 0);
	assert_int_equal(write.calls, 1);
	duet_watch_free(watch);
	(void)close(fds[0]);
	(void)close(fds[1]);
	while (seen.calls < 3)
		step(seen.loop, -1);
	duet_timer_free(seen.timer);
	duet_loop_free(seen.loop);
}

/* Nothing else is due, ever: a step that went on to wait would not return. */
static void a_step_ends_when_a_timer_was_due_already(void **state)
{
	struct duet_loop *loop = new_loop();
	struct duet_timer *timer = NULL;
	struct duet_watch *watch = NULL;
	struct seen seen = { 0 };
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(duet_watch_new(loop, fds[0], on_ready, &seen, &watch,
					NULL),
			 DUET_OK);
	assert_int_equal(duet_watch_set(watch, DUET_READABLE), DUET_OK);
	assert_int_equal(duet_timer_new(loop, on_time, &seen, &timer, NULL),
			 DUET_OK);
	duet_timer_set(timer, duet_loop_update_ms(loop));
	step(loop, -1);
	assert_int_equal(seen.calls, 1);
	duet_timer_free(timer);
	duet_watch_free(watch);
	(void)close(fds[0]);
	(void)close(fds[1]);
	duet_loop_free(loop);
}

static void a_step_waits_no_longer_than_it_may(void **state)
{
	struct duet_loop *loop = new_loop();
	struct duet_watch *watch = NULL;
	struct seen seen = { 0 };
	int64_t begin;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(duet_watch_new(loop, fds[0], on_ready, &seen, &watch,
					NULL),
			 DUET_OK);
	assert_int_equal(duet_watch_set(watch, DUET_READABLE), DUET_OK);
	begin = duet_clock_ms();
	step(loop, 0);
	step(loop, 20);
	assert_in_range(duet_clock_ms() - begin, 15, 5000);
	assert_int_equal(seen.calls, 0);
	duet_watch_free(watch);
	(void)close(fds[0]);
	(void)close(fds[1]);
	duet_loop_free(loop);
}

/* libuv looks at its timers before it polls, and polls all the same. */
static void a_step_whose_time_is_over_before_it_polls_ends(void **state)
{
	struct duet_loop *loop = new_loop();
	struct seen seen = { 0 };
	struct duet_timer *timer;
	int64_t began;

	(void)state;
	assert_int_equal(duet_timer_new(loop, on_time, &seen, &timer, NULL),
			 DUET_OK);
	began = duet_clock_ms();
	duet_timer_set(timer, began + 5000);
	lost_ms = 2;
	step(loop, 1);
	lost_ms = 0;
	assert_int_equal(seen.calls, 0);
	assert_true(duet_clock_ms() < began + 5000);
	duet_timer_free(timer);
	duet_loop_free(loop);
}

static void *wake_from_a_thread(void *arg)
{
	duet_wake_up(arg);
	return NULL;
}

static void another_thread_can_wake_it(void **state)
{
	struct duet_loop *loop = new_loop();
	struct duet_wake *wake = NULL;
	struct seen seen = { 0 };
	pthread_t thread;

	(void)state;
	assert_int_equal(duet_wake_new(loop, on_time, &seen, &wake, NULL),
			 DUET_OK);
	step(loop, 0);
	assert_int_equal(seen.calls, 0);
	assert_int_equal(pthread_create(&thread, NULL, wake_from_a_thread,
					wake),
			 0);
	while (seen.calls == 0)
		step(loop, -1);
	(void)pthread_join(thread, NULL);
	duet_wake_free(wake);
	duet_loop_free(loop);
}

/* Nothing but fd and wait_ms: what a foreign loop has. */
static void a_foreign_loop_can_drive_it(void **state)
{
	struct duet_loop *loop = new_loop();
	struct duet_watch *watch = NULL;
	struct duet_timer *timer = NULL;
	struct seen read = { 0 };
	struct seen time = { 0 };
	struct pollfd poller = { duet_loop_fd(loop), POLLIN, 0 };
	int fds[2];

	(void)state;
	step(loop, 0);
	assert_int_equal(duet_loop_wait_ms(loop), -1);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(duet_timer_new(loop, on_time, &time, &timer, NULL),
			 DUET_OK);
	assert_int_equal(duet_watch_new(loop, fds[0], on_ready, &read, &watch,
					NULL),
			 DUET_OK);
	assert_int_equal(duet_watch_set(watch, DUET_READABLE), DUET_OK);
	duet_timer_set(timer, duet_loop_update_ms(loop) + 10);
	while (time.calls == 0) {
		(void)poll(&poller, 1, duet_loop_wait_ms(loop));
		step(loop, 0);
	}
	assert_int_equal(write(fds[1], "x", 1), 1);
	while (read.calls == 0) {
		assert_int_equal(poll(&poller, 1, duet_loop_wait_ms(loop)), 1);
		step(loop, 0);
	}
	duet_timer_free(timer);
	duet_watch_free(watch);
	(void)close(fds[0]);
	(void)close(fds[1]);
	duet_loop_free(loop);
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	duet_watch_free(NULL);
	duet_timer_free(NULL);
	duet_wake_free(NULL);
	duet_loop_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_when_a_descriptor_can_be_read),
		cmocka_unit_test(tells_of_a_peer_that_left_or_reset),
		cmocka_unit_test(refuses_to_watch_what_is_not_open),
		cmocka_unit_test(a_callback_may_free_its_own_object),
		cmocka_unit_test(
			a_descriptor_can_be_watched_again_after_a_free),
		cmocka_unit_test(a_timer_fires_once_and_not_before_its_time),
		cmocka_unit_test(
			a_timer_that_is_moved_fires_at_its_last_deadline),
		cmocka_unit_test(a_timer_that_sets_itself_lets_others_run),
		cmocka_unit_test(a_step_ends_when_a_timer_was_due_already),
		cmocka_unit_test(a_step_waits_no_longer_than_it_may),
		cmocka_unit_test(
			a_step_whose_time_is_over_before_it_polls_ends),
		cmocka_unit_test(another_thread_can_wake_it),
		cmocka_unit_test(a_foreign_loop_can_drive_it),
		cmocka_unit_test(freeing_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
