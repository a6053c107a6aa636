/* SPDX-License-Identifier: MIT */
/*
 * A process for every connection, as the classic forking server has it: what
 * one client's bytes may do to a process is done to nobody else. A supervisor
 * that parses nothing accepts; the child adopts the connection, serves it to
 * its end and is gone.
 */
#define _GNU_SOURCE /* accept4 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "daemon/service_int.h"

enum {
	AGAIN_MS = 100, /* after the system had no more processes or files */
	A_TURN = 32,    /* connections taken before others are looked at */
};

/* ---- the child ---- */

/* Wait for the connection, for a word by the reins, or for one about the log.
 */
static void wait_and_obey(struct duet_worker *worker, struct pollfd fds[4])
{
	/* First: a request that it answers is something for the server. */
	int32_t wait_ms = duet_worker_step(worker);

	wait_ms = duet_sooner_ms(wait_ms, duet_server_wait_ms(worker->server));
	if (poll(fds, 4, wait_ms) <= 0)
		return;
	if (fds[1].revents != 0) {
		duet_tally_stage(worker->service->tally, worker->place,
				 DUET_TALLY_DRAINS);
		duet_server_stop(worker->server,
				 worker->service->config->drain_ms);
		fds[1].fd = -1;
	}
	if ((fds[2].revents & POLLIN) != 0)
		duet_server_stop(worker->server, 0);
	if (fds[2].revents != 0)
		fds[2].fd = -1;
	if (fds[3].revents != 0 && duet_worker_was_told(worker))
		duet_worker_reopen(worker);
}

static int serve(struct duet_worker *worker, struct duet_error *err)
{
	const struct duet_reins *reins = &worker->service->reins;
	struct pollfd fds[4] = {
		{ .fd = duet_server_fd(worker->server), .events = POLLIN },
		{ .fd = reins->drain[0] },
		{ .fd = reins->stop[0], .events = POLLIN },
		{ .fd = worker->signals, .events = POLLIN },
	};
	int rc = DUET_OK;

	while (rc == DUET_OK && duet_server_n_connections(worker->server) > 0) {
		wait_and_obey(worker, fds);
		rc = duet_server_step(worker->server, 0, err);
	}
	return rc == DUET_EOF ? DUET_OK : rc;
}

static int run_child(struct duet_service *service, size_t place, int fd,
		     bool plain)
{
	struct duet_worker worker;
	struct duet_error err;
	int rc;

	duet_sockets_close(&service->sockets);
	duet_sockets_close(&service->admin);
	(void)close(service->ready[1]);
	rc = duet_worker_open(&worker, service, place, NULL, 0, plain, &err);
	if (rc == DUET_OK) {
		rc = duet_server_adopt(worker.server, fd, &err);
		if (rc == DUET_OK)
			rc = serve(&worker, &err);
		else if (err.sys == ENOTCONN)
			rc = DUET_OK; /* a scan of ports: gone already */
		duet_worker_close(&worker);
	}
	if (rc != DUET_OK)
		duet_log_trouble(&service->trouble, NULL, err.text);
	duet_log_trouble_done(&service->trouble);
	return rc == DUET_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- the supervisor ---- */

int duet_isolate_start(struct duet_isolate *isolate,
		       struct duet_service *service, struct duet_error *err)
{
	*isolate = (struct duet_isolate){ .service = service,
					  .waiting = -1,
					  .again_ms = INT64_MAX };
	isolate->children = duet_mem_array(DUET_ISOLATE_MAX, sizeof(pid_t));
	return isolate->children != NULL ? DUET_OK : duet_error_nomem(err);
}

void duet_isolate_done(struct duet_isolate *isolate)
{
	if (isolate->waiting >= 0)
		(void)close(isolate->waiting);
	isolate->waiting = -1;
	duet_mem_free(isolate->children);
	isolate->children = NULL;
}

bool duet_isolate_has_room(const struct duet_isolate *isolate)
{
	return isolate->n < DUET_ISOLATE_MAX && isolate->again_ms == INT64_MAX;
}

/* The system has run dry: say so and let some time pass. */
static void pause_for(struct duet_isolate *isolate, const char *what)
{
	struct duet_error err;

	(void)duet_error_sys(&err, DUET_E_SYSTEM, errno, "%s, trying again",
			     what);
	duet_log_trouble(&isolate->service->trouble, NULL, err.text);
	isolate->again_ms = duet_clock_ms() + AGAIN_MS;
}

/* There is one: has_room() said so. */
static size_t free_place(const struct duet_isolate *isolate)
{
	size_t i = 0;

	while (isolate->children[i] != 0)
		i++;
	return i;
}

/* fd is the child's now, or waits. */
static void give_to_child(struct duet_isolate *isolate, int fd, bool plain)
{
	size_t place = free_place(isolate);
	pid_t pid = duet_service_fork(isolate->service);

	if (pid == 0)
		_exit(run_child(isolate->service, place, fd, plain));
	isolate->waiting = -1;
	if (pid < 0) {
		isolate->waiting = fd;
		isolate->waits_plain = plain;
		pause_for(isolate, "cannot start a process for a connection");
		return;
	}
	(void)close(fd);
	isolate->children[place] = pid;
	isolate->n++;
	duet_tally_born(isolate->service->tally, place, pid, duet_clock_wall());
}

void duet_isolate_accept(struct duet_isolate *isolate, int listener, bool plain)
{
	int i;

	for (i = 0; i < A_TURN && duet_isolate_has_room(isolate); i++) {
		int fd = accept4(listener, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0)
			give_to_child(isolate, fd, plain);
		else if (errno == EMFILE || errno == ENFILE ||
			 errno == ENOBUFS || errno == ENOMEM)
			pause_for(isolate, "cannot accept a connection");
		else if (errno == EAGAIN)
			return;
		/* all else is this one connection's misfortune: accept(2) */
	}
}

int32_t duet_isolate_step(struct duet_isolate *isolate)
{
	int64_t left_ms;

	if (isolate->again_ms == INT64_MAX)
		return -1;
	left_ms = isolate->again_ms - duet_clock_ms();
	if (left_ms > 0)
		return (int32_t)left_ms;
	isolate->again_ms = INT64_MAX;
	if (isolate->waiting >= 0)
		give_to_child(isolate, isolate->waiting, isolate->waits_plain);
	return isolate->again_ms == INT64_MAX ? -1 : AGAIN_MS;
}

void duet_isolate_ended(struct duet_isolate *isolate, pid_t pid, int status)
{
	size_t i;

	for (i = 0; i < DUET_ISOLATE_MAX && isolate->children[i] != pid; i++)
		;
	if (i == DUET_ISOLATE_MAX)
		return;
	isolate->children[i] = 0;
	isolate->n--;
	duet_tally_died(isolate->service->tally, i);
	if (status != 0)
		duet_service_mourn(isolate->service, pid, status,
				   "of one connection", "");
}

void duet_isolate_signal(const struct duet_isolate *isolate, int signal)
{
	size_t i;

	for (i = 0; isolate->n > 0 && i < DUET_ISOLATE_MAX; i++)
		if (isolate->children[i] != 0)
			(void)kill(isolate->children[i], signal);
}
