/* SPDX-License-Identifier: MIT */
/*
 * daemon/admin.h - where a service tells how it is: /, /status.json, /metrics
 * and /healthz, over plain HTTP, to this machine only.
 *
 *   supervisor ---- admin.c ---- admin_child.c   a process that only reads
 *
 * It has a process of its own, which serves no strangers, holds neither keys
 * nor hashes of passwords, and reads nothing but the tally: what a worker is
 * stuck in, or a stranger has made of it, does not keep it from answering.
 * While connections drain it accepts no more and goes on with those that it
 * has; it ends when no worker is left.
 */
#ifndef DUET_DAEMON_ADMIN_H
#define DUET_DAEMON_ADMIN_H

#include <sys/types.h>

#include <duet/server.h>

struct duet_service;

/* As seen from the supervisor. */
struct duet_admin {
	struct duet_service *service;
	pid_t pid;        /* 0: none */
	int64_t again_ms; /* on duet_clock_ms(); INT64_MAX: never */
};

/* Whether that is a place which nobody else can reach: loopback with a port,
 * or unix:PATH. DUET_E_ARGUMENT says why not. Binds nothing. */
DUET_CHECK int duet_admin_check(const char *place, struct duet_error *err);
/* Bind service->config->admin; a socket file is its user's alone (0600). The
 * statuses of check and of duet_listen(). */
DUET_CHECK int duet_admin_open(struct duet_service *service,
			       struct duet_error *err);

/* Start the process, if there is a place for it. */
DUET_CHECK int duet_admin_start(struct duet_admin *admin,
				struct duet_service *service,
				struct duet_error *err);
/* True: pid was its, and has ended; restart: another takes its place. */
bool duet_admin_ended(struct duet_admin *admin, pid_t pid, int status,
		      bool restart);
/* Start it if its time has come. Returns ms until then; -1: none. */
int32_t duet_admin_step(struct duet_admin *admin);
void duet_admin_signal(const struct duet_admin *admin, int signal);

/* admin_child.c: the whole life of the process; returns its exit code. */
int duet_admin_run(struct duet_service *service);
/* Whether a request that asks for that host may be one of this machine: a page
 * of somebody else's may have made a name of his point here (DNS rebinding). */
bool duet_admin_is_local(struct duet_bytes host);

#endif
