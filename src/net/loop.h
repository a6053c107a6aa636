/* SPDX-License-Identifier: MIT */
/*
 * net/loop.h - one thread's event loop, around libuv. Nobody above net/
 * includes uv.h.
 *
 * Callbacks run inside duet_loop_step() and never inside any other call. A
 * callback may free the object it is called for.
 */
#ifndef DUET_NET_LOOP_H
#define DUET_NET_LOOP_H

#include <duet/error.h>

struct duet_loop;
struct duet_watch; /* readiness of one descriptor */
struct duet_timer; /* one deadline */
struct duet_wake;  /* a call from another thread or a signal handler */

DUET_CHECK int duet_loop_new(struct duet_loop **ret, struct duet_error *err);
/* Everything made on it has been freed before. */
void duet_loop_free(struct duet_loop *loop);

/* For a foreign loop: poll fd for reading, at most wait_ms (-1: no limit). */
int duet_loop_fd(const struct duet_loop *loop);
int32_t duet_loop_wait_ms(const struct duet_loop *loop);
/* Wait at most wait_ms (-1: no limit, 0: not at all) for something to do, and
 * do it. */
DUET_CHECK int duet_loop_step(struct duet_loop *loop, int32_t wait_ms,
			      struct duet_error *err);
/* Monotonic ms, as of when this step began. */
int64_t duet_loop_now_ms(const struct duet_loop *loop);
/* The same, asked of the system now. */
int64_t duet_loop_update_ms(struct duet_loop *loop);

enum duet_readiness {
	DUET_READABLE = 1, /* or ended, or failed: read and see */
	DUET_WRITABLE = 2,
};
typedef void duet_watch_fn(void *arg, int ready);
/* Watches nothing until set. The descriptor stays the caller's. */
DUET_CHECK int duet_watch_new(struct duet_loop *loop, int fd, duet_watch_fn *fn,
			      void *arg, struct duet_watch **ret,
			      struct duet_error *err);
/* The set of enum duet_readiness to be told of, level-triggered; 0: none.
 * Setting what is set costs nothing. */
DUET_CHECK int duet_watch_set(struct duet_watch *watch, int wanted);
/* Stops at once; the descriptor may be closed right after. */
void duet_watch_free(struct duet_watch *watch);

typedef void duet_timer_fn(void *arg);
DUET_CHECK int duet_timer_new(struct duet_loop *loop, duet_timer_fn *fn,
			      void *arg, struct duet_timer **ret,
			      struct duet_error *err);
/*
 * Call once when duet_loop_now_ms() reaches deadline_ms; INT64_MAX: never.
 * Moving it later costs nothing: the timer fires, sees, and goes on.
 */
void duet_timer_set(struct duet_timer *timer, int64_t deadline_ms);
void duet_timer_free(struct duet_timer *timer);

typedef void duet_wake_fn(void *arg);
DUET_CHECK int duet_wake_new(struct duet_loop *loop, duet_wake_fn *fn,
			     void *arg, struct duet_wake **ret,
			     struct duet_error *err);
/* Any thread, any signal handler: fn is called once or more, soon. */
void duet_wake_up(struct duet_wake *wake);
void duet_wake_free(struct duet_wake *wake);

#endif
