/* SPDX-License-Identifier: MIT */
/*
 * daemon/service_int.h - what the processes of one service have in common.
 *
 *   supervisor ---- workers.c ---- worker.c    a process, many connections
 *      |  \-------- isolate.c ---- isolate.c   a process for one connection
 *      |  \-------- admin.c ------ admin_child.c  one that tells how it is
 *      |
 *      holds the listening sockets, the log's descriptor and the reins;
 *      parses nothing that strangers send
 *
 * SIGUSR1: the supervisor opens the log by its path once more, for children to
 * come, and if that succeeded sends SIGUSR1 to those there are, which do the
 * same for themselves. They have it blocked and read it from a signalfd(2), so
 * that a service manager that sends it to every process ends none of them.
 */
#ifndef DUET_DAEMON_SERVICE_INT_H
#define DUET_DAEMON_SERVICE_INT_H

#include <sys/types.h>

#include <duet/server.h>

#include "daemon/admin.h"
#include "daemon/credentials.h"
#include "daemon/hosts.h"
#include "daemon/log.h"
#include "daemon/ratchet.h"
#include "daemon/reins.h"
#include "daemon/service.h"
#include "daemon/sockets.h"
#include "daemon/tally.h"
#include "site/files.h"

/* What is opened for a route's gate, to be freed; what is not said is NULL. */
struct duet_opened_gate {
	struct duet_access *access;
	struct duet_throttle *throttle;
	struct duet_users *users;
};

/* Made before any child is, so that every mistake is found while there is
 * somebody to tell, and so that all children share one ticket key. */
struct duet_service {
	const struct duet_service_config *config;
	size_t n_workers;          /* 1 when isolated */
	uint32_t max_connections;  /* of one process */
	struct duet_files **files; /* each directory of a site or route */
	size_t n_files;
	struct duet_opened_gate
		*gates; /* of each route of each site, by site */
	size_t n_gates;
	bool has_users;              /* a gate */
	struct duet_routes **routes; /* of each of config's sites */
	struct duet_hosts *hosts;
	struct duet_kept_back *kept_back;
	/* Those of the default site first, or of the first site. */
	struct duet_credentials *credentials;
	size_t n_credentials;
	struct duet_config *tls;
	struct duet_ratchet ratchet; /* of its tickets */
	size_t n_errors;             /* that on_problem has been told of */
	struct duet_sockets sockets;
	struct duet_sockets admin; /* none, without one */
	struct duet_tally *tally;  /* of numbers, if there is an admin */
	struct duet_reins reins;
	int log_fd;
	struct duet_trouble trouble; /* of this process */
	int ready_fd;                /* config's, until it has been told */
	int signals;                 /* the supervisor's signalfd(2) */
	int ready[2];                /* a byte from each worker that accepts */
};

/* estate.c: read what is to be served and by which certificates. The status of
 * duet_service_new(). */
DUET_CHECK int duet_estate_open(struct duet_service *service,
				struct duet_error *err);
void duet_estate_done(struct duet_service *service);
/* The worker in that place, if there was one, is dead: what it counted is over.
 */
void duet_estate_reset_worker(struct duet_service *service, size_t w);

/*
 * supervisor.c: fork(2) for this service: in the child (0) signals are as a
 * child wants them, SIGUSR1 blocked, and the supervisor's descriptors are
 * closed, all but the listening sockets, the admin's too, and ready[1]. -1 with
 * errno.
 */
pid_t duet_service_fork(struct duet_service *service);
/* service.c: each process turns the keys of tickets itself. Returns ms until it
 * is due again; -1: never. */
int32_t duet_service_turn_keys(struct duet_service *service);
/* supervisor.c: run it, from made to over. */
DUET_CHECK int duet_supervisor_run(struct duet_service *service,
				   struct duet_error *err);

/* worker.c: one process's server and its log. */
enum {
	/* Files that are encoded on the fly. A smaller one fits into a packet
	 * with its head as it is. */
	DUET_WORKER_SQUEEZE_MIN_BYTES = 1024,
	DUET_WORKER_SQUEEZE_MAX_BYTES = 2 << 20,
	DUET_WORKER_SQUEEZED_MAX = 4096,
	DUET_WORKER_SQUEEZED_MAX_BYTES = 16 << 20,
	DUET_WORKER_SQUEEZING_MAX_BYTES = 8 << 20, /* at a time */
};
struct duet_worker {
	struct duet_service *service;
	size_t place; /* of the tally */
	struct duet_server *server;
	struct duet_cache *cache;       /* NULL: files are not remembered */
	struct duet_squeezer *squeezer; /* NULL: nothing is encoded */
	struct duet_log log;
	int signals; /* readable when the log is to be opened anew */
	struct duet_route_hands hands;
};
/* In that place; one at a time. fds are duplicated; none: connections are
 * adopted, plain ones or with TLS. */
DUET_CHECK int duet_worker_open(struct duet_worker *worker,
				struct duet_service *service, size_t place,
				const int *fds, size_t n_fds, bool plain,
				struct duet_error *err);
void duet_worker_close(struct duet_worker *worker);
/* worker->signals is readable: take it. True if it was SIGUSR1. */
DUET_CHECK bool duet_worker_was_told(struct duet_worker *worker);
/* Open the log anew, on the server's thread. */
void duet_worker_reopen(struct duet_worker *worker);
/* Between two steps of its server: do what is due. Returns ms until more will
 * be; -1: nothing is under way. */
int32_t duet_worker_step(struct duet_worker *worker);
/* The whole life of the w-th worker process; returns its exit code. A byte
 * goes to service->ready[1] when it accepts. */
int duet_worker_run(struct duet_service *service, size_t w);

/* workers.c: the worker processes, seen from the supervisor. */
struct duet_workers {
	struct duet_service *service;
	struct duet_worker_slot *slots;
	size_t n;     /* slots */
	size_t alive; /* processes */
};
/* Start all of them. */
DUET_CHECK int duet_workers_start(struct duet_workers *workers,
				  struct duet_service *service,
				  struct duet_error *err);
/* pid has ended; restart: another takes its place when its time has come.
 * Says why on standard error unless all is well. */
void duet_workers_ended(struct duet_workers *workers, pid_t pid, int status,
			bool restart);
/* Start those whose time has come. Returns ms until the next; -1: none. */
int32_t duet_workers_step(struct duet_workers *workers);
void duet_workers_signal(const struct duet_workers *workers, int signal);
void duet_workers_done(struct duet_workers *workers);

/* isolate.c: a process for every connection, seen from the supervisor. */
struct duet_isolate {
	struct duet_service *service;
	pid_t *children;  /* DUET_ISOLATE_MAX places; 0: nobody is there */
	size_t n;         /* of them */
	int waiting;      /* accepted, but fork(2) failed: again later; or -1 */
	bool waits_plain; /* without TLS */
	int64_t again_ms; /* when, on duet_clock_ms() */
};
enum {
	DUET_ISOLATE_MAX = 512, /* processes; more connections wait in line */
};
DUET_CHECK int duet_isolate_start(struct duet_isolate *isolate,
				  struct duet_service *service,
				  struct duet_error *err);
/* Another connection could be served now. */
bool duet_isolate_has_room(const struct duet_isolate *isolate);
/* Take what waits at a listening socket that is readable; plain: it is spoken
 * to without TLS. */
void duet_isolate_accept(struct duet_isolate *isolate, int listener,
			 bool plain);
/* Try again what failed. Returns ms until the next time; -1: none. */
int32_t duet_isolate_step(struct duet_isolate *isolate);
void duet_isolate_ended(struct duet_isolate *isolate, pid_t pid, int status);
void duet_isolate_signal(const struct duet_isolate *isolate, int signal);
void duet_isolate_done(struct duet_isolate *isolate);

/* workers.c: "process 17 (a worker) was killed by signal 11 (Segmentation
 * fault)" on standard error, with what follows; nothing when it ended well. */
void duet_service_mourn(struct duet_service *service, pid_t pid, int status,
			const char *what, const char *then);

#endif
