/* SPDX-License-Identifier: MIT */
/*
 * daemon/service.h - `duet serve` as a service: what it is told, and the one
 * call that runs it.
 */
#ifndef DUET_DAEMON_SERVICE_H
#define DUET_DAEMON_SERVICE_H

#include <duet/http.h>

enum duet_isolation {
	DUET_ISOLATION_WORKER = 0, /* a few processes, many connections each */
	DUET_ISOLATION_CONNECTION, /* a process for every connection */
};

enum {
	DUET_SERVICE_WORKERS_MAX = 256,
	DUET_SERVICE_DRAIN_MS = 30000, /* what to put into drain_ms */
};

/* Borrowed until duet_service_run() returns. */
struct duet_service_config {
	const char *dir;
	const char *const *listen; /* as duet_listen(); ended by NULL */
	const char *cert_file;     /* NULL: a certificate of the local CA */
	const char *key_file;
	size_t workers;     /* 0: as many as the processors we may use */
	uint8_t isolation;  /* enum duet_isolation */
	uint8_t attitude;   /* enum duet_attitude */
	int ready_fd;       /* -1: tell nobody; closed after the line */
	const char *log;    /* as duet_log_open() */
	uint8_t log_format; /* enum duet_line_format */
	int32_t drain_ms;   /* how long connections may take to end */
	bool list;          /* directories without an index.html */
	bool quiet;         /* do not say on standard error what is served */
};

/*
 * Serve until SIGTERM or SIGINT has come and everything under way is over (or
 * a second one, which cuts it). DUET_OK then; below 0 when it could not begin.
 * It forks; the caller has no threads.
 */
DUET_CHECK int duet_service_run(const struct duet_service_config *config,
				struct duet_error *err);

#endif
