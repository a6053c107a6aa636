/* SPDX-License-Identifier: MIT */
/*
 * One thread's loop. The handles of libuv live inside objects of ours; a free
 * closes the handle, and libuv gives the object back to us at the end of the
 * step (or in duet_loop_free()), which is why a callback may free what it was
 * called for.
 *
 * A watch    is a uv_poll_t that runs while something is wanted.
 * A timer    is a uv_timer_t that is armed for a moment not later than the
 *            deadline: moving the deadline on is an assignment.
 * A wake     is a uv_async_t.
 */
#define _GNU_SOURCE /* uv.h wants POSIX */
#include "net/loop.h"

#include <assert.h>
#include <pthread.h>

#include <uv.h>

#include "base/error.h"
#include "base/mem.h"

struct duet_loop {
	uv_loop_t uv;
	uv_timer_t bound; /* ends a step that may wait only so long */
};

struct duet_watch {
	uv_poll_t uv;
	int wanted;
	duet_watch_fn *fn;
	void *arg;
};

struct duet_timer {
	uv_timer_t uv;
	int64_t deadline_ms;
	int64_t armed_ms; /* never later than deadline_ms; INT64_MAX: is not */
	bool firing;
	duet_timer_fn *fn;
	void *arg;
};

struct duet_wake {
	uv_async_t uv;
	duet_wake_fn *fn;
	void *arg;
};

/*
 * libuv keeps its allocator for the process, and memory it holds already must
 * not meet the new free: so it is told once, before the first loop.
 */
static void share_allocator(void)
{
	if (duet_mem_is_hooked())
		(void)uv_replace_allocator(duet_mem_alloc, duet_mem_resize,
					   duet_mem_array, duet_mem_free);
}

static void free_closed(uv_handle_t *handle)
{
	duet_mem_free(handle->data);
}

int duet_loop_new(struct duet_loop **ret, struct duet_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct duet_loop *loop;
	int rc;

	(void)pthread_once(&once, share_allocator);
	loop = duet_mem_zalloc(sizeof(*loop));
	if (loop == NULL)
		return duet_error_nomem(err);
	rc = uv_loop_init(&loop->uv);
	if (rc < 0) {
		duet_mem_free(loop);
		return duet_error_sys(err, DUET_E_SYSTEM, -rc,
				      "cannot make an event loop");
	}
	(void)uv_timer_init(&loop->uv, &loop->bound); /* cannot fail */
	*ret = loop;
	return DUET_OK;
}

void duet_loop_free(struct duet_loop *loop)
{
	int rc;

	if (loop == NULL)
		return;
	uv_close((uv_handle_t *)&loop->bound, NULL);
	/* What was freed before is closed in this one turn. */
	(void)uv_run(&loop->uv, UV_RUN_NOWAIT);
	rc = uv_loop_close(&loop->uv);
	assert(rc == 0); /* or something made on it has not been freed */
	(void)rc;
	duet_mem_free(loop);
}

int duet_loop_fd(const struct duet_loop *loop)
{
	return uv_backend_fd(&loop->uv);
}

int32_t duet_loop_wait_ms(const struct duet_loop *loop)
{
	int64_t since_step;
	int timeout;

	if (uv_loop_alive(&loop->uv) == 0)
		return -1;
	timeout = uv_backend_timeout(&loop->uv);
	if (timeout <= 0)
		return timeout;
	/* libuv counts from the end of the last step; the caller from now. */
	since_step =
		(int64_t)(uv_hrtime() / 1000000) - (int64_t)uv_now(&loop->uv);
	if (since_step >= timeout)
		return 0;
	return timeout - (int32_t)(since_step > 0 ? since_step : 0);
}

static void end_step(uv_timer_t *bound)
{
	/* Where it fires before libuv polls, libuv would poll all the same,
	 * until something else happens. */
	uv_stop(bound->loop);
}

int duet_loop_step(struct duet_loop *loop, int32_t wait_ms,
		   struct duet_error *err)
{
	int rc = 0;

	if (wait_ms > 0) {
		uv_update_time(&loop->uv);
		rc = uv_timer_start(&loop->bound, end_step, (uint64_t)wait_ms,
				    0);
	}
	if (rc == 0)
		(void)uv_run(&loop->uv,
			     wait_ms == 0 ? UV_RUN_NOWAIT : UV_RUN_ONCE);
	if (wait_ms > 0)
		(void)uv_timer_stop(&loop->bound);
	if (rc < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, -rc,
				      "cannot wait for events");
	return DUET_OK;
}

int64_t duet_loop_now_ms(const struct duet_loop *loop)
{
	return (int64_t)uv_now(&loop->uv);
}

int64_t duet_loop_update_ms(struct duet_loop *loop)
{
	uv_update_time(&loop->uv);
	return (int64_t)uv_now(&loop->uv);
}

static int to_uv(int wanted)
{
	return ((wanted & DUET_READABLE) != 0 ? UV_READABLE : 0) |
	       ((wanted & DUET_WRITABLE) != 0 ? UV_WRITABLE : 0);
}

static void on_ready(uv_poll_t *uv, int status, int events)
{
	struct duet_watch *watch = uv->data;
	int ready = 0;

	if (status < 0) {
		/*
		 * POLLERR: libuv has stopped the handle. Whoever reads or
		 * writes now learns the error; until then stay level-triggered.
		 */
		ready = watch->wanted;
		(void)uv_poll_start(uv, to_uv(watch->wanted), on_ready);
	}
	if ((events & UV_READABLE) != 0)
		ready |= DUET_READABLE;
	if ((events & UV_WRITABLE) != 0)
		ready |= DUET_WRITABLE;
	watch->fn(watch->arg, ready);
}

int duet_watch_new(struct duet_loop *loop, int fd, duet_watch_fn *fn, void *arg,
		   struct duet_watch **ret, struct duet_error *err)
{
	struct duet_watch *watch = duet_mem_zalloc(sizeof(*watch));
	int rc;

	if (watch == NULL)
		return duet_error_nomem(err);
	rc = uv_poll_init(&loop->uv, &watch->uv, fd);
	if (rc < 0) {
		duet_mem_free(watch);
		return duet_error_sys(err, DUET_E_SYSTEM, -rc,
				      "cannot watch descriptor %d", fd);
	}
	watch->uv.data = watch;
	watch->fn = fn;
	watch->arg = arg;
	*ret = watch;
	return DUET_OK;
}

int duet_watch_set(struct duet_watch *watch, int wanted)
{
	int rc;

	if (watch->wanted == wanted)
		return DUET_OK;
	if (wanted == 0)
		rc = uv_poll_stop(&watch->uv);
	else
		rc = uv_poll_start(&watch->uv, to_uv(wanted), on_ready);
	if (rc < 0)
		return DUET_E_SYSTEM;
	watch->wanted = wanted;
	return DUET_OK;
}

void duet_watch_free(struct duet_watch *watch)
{
	if (watch != NULL)
		uv_close((uv_handle_t *)&watch->uv, free_closed);
}

static void on_time(uv_timer_t *uv);

/* at_least_ms: 1 where a deadline that is past would starve all others. */
static void arm(struct duet_timer *timer, int64_t at_least_ms)
{
	int64_t left = timer->deadline_ms - (int64_t)uv_now(timer->uv.loop);

	if (left < at_least_ms)
		left = at_least_ms;
	/* Fails for a closing handle only. */
	(void)uv_timer_start(&timer->uv, on_time, (uint64_t)left, 0);
	timer->armed_ms = timer->deadline_ms;
}

static void on_time(uv_timer_t *uv)
{
	struct duet_timer *timer = uv->data;

	timer->armed_ms = INT64_MAX;
	if (timer->deadline_ms <= (int64_t)uv_now(uv->loop)) {
		timer->deadline_ms = INT64_MAX;
		/* Something has been done: this step must not wait any more,
		 * which libuv would when a timer fires before it polls. */
		uv_stop(uv->loop);
		timer->firing = true;
		timer->fn(timer->arg);
		timer->firing = false;
	}
	/* libuv runs all timers that are due before it looks at sockets. */
	if (timer->deadline_ms < INT64_MAX &&
	    uv_is_closing((uv_handle_t *)uv) == 0)
		arm(timer, 1);
}

int duet_timer_new(struct duet_loop *loop, duet_timer_fn *fn, void *arg,
		   struct duet_timer **ret, struct duet_error *err)
{
	struct duet_timer *timer = duet_mem_zalloc(sizeof(*timer));

	if (timer == NULL)
		return duet_error_nomem(err);
	(void)uv_timer_init(&loop->uv, &timer->uv); /* cannot fail */
	timer->uv.data = timer;
	timer->deadline_ms = INT64_MAX;
	timer->armed_ms = INT64_MAX;
	timer->fn = fn;
	timer->arg = arg;
	*ret = timer;
	return DUET_OK;
}

void duet_timer_set(struct duet_timer *timer, int64_t deadline_ms)
{
	timer->deadline_ms = deadline_ms;
	if (deadline_ms < timer->armed_ms && !timer->firing)
		arm(timer, 0);
}

void duet_timer_free(struct duet_timer *timer)
{
	if (timer != NULL)
		uv_close((uv_handle_t *)&timer->uv, free_closed);
}

static void on_wake(uv_async_t *uv)
{
	struct duet_wake *wake = uv->data;

	wake->fn(wake->arg);
}

int duet_wake_new(struct duet_loop *loop, duet_wake_fn *fn, void *arg,
		  struct duet_wake **ret, struct duet_error *err)
{
	struct duet_wake *wake = duet_mem_zalloc(sizeof(*wake));
	int rc;

	if (wake == NULL)
		return duet_error_nomem(err);
	rc = uv_async_init(&loop->uv, &wake->uv, on_wake);
	if (rc < 0) {
		duet_mem_free(wake);
		return duet_error_sys(err, DUET_E_SYSTEM, -rc,
				      "cannot be woken by other threads");
	}
	wake->uv.data = wake;
	wake->fn = fn;
	wake->arg = arg;
	*ret = wake;
	return DUET_OK;
}

void duet_wake_up(struct duet_wake *wake)
{
	(void)uv_async_send(&wake->uv); /* fails for a closing handle only */
}

void duet_wake_free(struct duet_wake *wake)
{
	if (wake != NULL)
		uv_close((uv_handle_t *)&wake->uv, free_closed);
}
