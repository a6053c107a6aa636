/* SPDX-License-Identifier: MIT */
/*
 * The loop of a server: its own or somebody else's; what other threads and
 * signal handlers ask of it; and its end.
 *
 *   running --stop(ms)--> draining --nothing left--> DUET_EOF
 *
 * Draining: nothing is accepted, connections end when they are idle or their
 * reply is over, and at the latest when drain_ms have passed.
 */
#include "server/run.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"

/* Connections that callbacks of others, or calls between two steps, have
 * given something to do. What they cause in turn waits for the next step. */
static void work_off(struct duet_server *server)
{
	struct duet_connection *c = server->ready_first;
	struct duet_connection *next;

	server->ready_first = NULL;
	server->ready_last = NULL;
	for (; c != NULL; c = next) {
		next = c->next_ready;
		c->next_ready = NULL;
		c->queued = false;
		if (c->dead)
			duet_mem_free(c);
		else
			duet_connection_pump(c);
	}
}

static void cut_all(struct duet_server *server)
{
	struct duet_connection *c;
	struct duet_connection *next;
	struct duet_error why;

	(void)duet_error_set(&why, DUET_E_GONE,
			     "the server stopped before this was over");
	for (c = server->connections; c != NULL; c = next) {
		next = c->next;
		duet_connection_cut(c, &why);
	}
}

static void on_drain_end(void *arg)
{
	cut_all(arg);
}

static void drain(struct duet_server *server, int32_t drain_ms)
{
	struct duet_connection *c;

	if (!server->stopping) {
		server->stopping = true;
		duet_listeners_close(server);
		for (c = server->connections; c != NULL; c = c->next)
			duet_connection_retire(c);
	}
	if (drain_ms == 0)
		cut_all(server);
	else
		duet_timer_set(server->drain_end,
			       duet_loop_update_ms(server->loop) + drain_ms);
}

static void run_posts(struct duet_server *server)
{
	struct duet_post *post;
	struct duet_post *next;

	(void)pthread_mutex_lock(&server->post_lock);
	post = server->post_first;
	server->post_first = NULL;
	server->post_last = NULL;
	(void)pthread_mutex_unlock(&server->post_lock);
	for (; post != NULL; post = next) {
		next = post->next;
		post->fn(post->arg);
		duet_mem_free(post);
	}
}

static void on_wake(void *arg)
{
	struct duet_server *server = arg;
	int drain_ms;

	run_posts(server);
	drain_ms = atomic_exchange(&server->stop_wanted, -1);
	if (drain_ms >= 0)
		drain(server, drain_ms);
}

int duet_run_init(struct duet_server *server, struct duet_error *err)
{
	int rc;

	atomic_init(&server->stop_wanted, -1);
	if (pthread_mutex_init(&server->post_lock, NULL) != 0)
		return duet_error_nomem(err);
	server->post_lock_made = true;
	rc = duet_loop_new(&server->loop, err);
	if (rc == DUET_OK)
		rc = duet_wake_new(server->loop, on_wake, server, &server->wake,
				   err);
	if (rc == DUET_OK)
		rc = duet_timer_new(server->loop, on_drain_end, server,
				    &server->drain_end, err);
	return rc;
}

static void forget_posts(struct duet_server *server)
{
	struct duet_post *post;

	while ((post = server->post_first) != NULL) {
		server->post_first = post->next;
		duet_mem_free(post);
	}
}

void duet_run_done(struct duet_server *server)
{
	work_off(server); /* frees the dead; there are no others any more */
	forget_posts(server);
	duet_timer_free(server->drain_end);
	duet_wake_free(server->wake);
	duet_loop_free(server->loop);
	if (server->post_lock_made)
		(void)pthread_mutex_destroy(&server->post_lock);
}

static bool is_over(const struct duet_server *server)
{
	return server->stopping && server->n_connections == 0;
}

int duet_server_step(struct duet_server *server, int32_t wait_ms,
		     struct duet_error *err)
{
	int rc;

	if (server->ready_first != NULL) {
		(void)duet_loop_update_ms(server->loop);
		work_off(server);
	}
	if (is_over(server))
		return DUET_EOF;
	if (server->ready_first != NULL)
		wait_ms = 0;
	rc = duet_loop_step(server->loop, wait_ms, err);
	work_off(server);
	if (rc < 0)
		return rc;
	return is_over(server) ? DUET_EOF : DUET_OK;
}

int duet_server_run(struct duet_server *server, struct duet_error *err)
{
	int rc;

	do
		rc = duet_server_step(server, -1, err);
	while (rc == DUET_OK);
	return rc == DUET_EOF ? DUET_OK : rc;
}

/* Also from signal handlers: nothing here but an atomic and a write(2). */
void duet_server_stop(struct duet_server *server, int32_t drain_ms)
{
	atomic_store(&server->stop_wanted, drain_ms > 0 ? drain_ms : 0);
	duet_wake_up(server->wake);
}

int duet_server_fd(const struct duet_server *server)
{
	return duet_loop_fd(server->loop);
}

int32_t duet_server_wait_ms(const struct duet_server *server)
{
	if (server->ready_first != NULL || is_over(server))
		return 0;
	return duet_loop_wait_ms(server->loop);
}

int duet_server_post(struct duet_server *server, void (*fn)(void *arg),
		     void *arg)
{
	struct duet_post *post = duet_mem_zalloc(sizeof(*post));

	if (post == NULL)
		return DUET_E_NOMEM;
	post->fn = fn;
	post->arg = arg;
	(void)pthread_mutex_lock(&server->post_lock);
	if (server->post_last != NULL)
		server->post_last->next = post;
	else
		server->post_first = post;
	server->post_last = post;
	(void)pthread_mutex_unlock(&server->post_lock);
	duet_wake_up(server->wake);
	return DUET_OK;
}
