/* SPDX-License-Identifier: MIT */
/*
 * The supervisor: starts children, replaces those that crash, and ends the
 * service in good order. It parses nothing that strangers send.
 *
 *   STARTING --all workers accept--> SERVING --SIGTERM, SIGINT--> DRAINING
 *      |  \------------------SIGTERM, SIGINT------------------------^  |
 *      | a worker ended                                 second signal  |
 *      v                                                               v
 *   STOPPING <---------------------------------------------------------+
 *
 * The run is over in DRAINING or STOPPING when no child is left; the admin's
 * process is told to end when the others have. Children that outlive their time
 * are killed.
 * Invariants: every signal we listen to is blocked but in children, and comes
 * through service->signals; after SERVING no listening socket is open here.
 */
#define _GNU_SOURCE
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "daemon/banner.h"
#include "daemon/doubts.h"
#include "daemon/ready.h"
#include "daemon/service_int.h"

enum phase {
	STARTING,
	SERVING,
	DRAINING,
	STOPPING,
};

enum {
	/* What a child may take longer than it should before it is killed. */
	GRACE_MS = 8000,
	BANNER_BYTES = 65536,
	DOUBTS_BYTES = 65536,
	SENTENCE_BYTES = 96,
	SIGNALS_FD = 0, /* in struct supervisor.fds */
	READY_FD,
	FIRST_SOCKET,
};

struct supervisor {
	struct duet_service *service;
	enum phase phase;
	bool isolated;
	bool is_told; /* to end, by a signal */
	size_t n_ready;
	int64_t kill_ms; /* on duet_clock_ms(); INT64_MAX: not yet */
	struct duet_workers workers;
	struct duet_isolate isolate;
	struct duet_admin admin;
	struct pollfd *fds;
	int rc; /* what the whole run returns */
	struct duet_error *err;
};

/* ---- signals ---- */

static void make_set(sigset_t *set)
{
	static const int listened_to[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1,
					   SIGCHLD };
	size_t i;

	(void)sigemptyset(set);
	for (i = 0; i < sizeof(listened_to) / sizeof(listened_to[0]); i++)
		(void)sigaddset(set, listened_to[i]);
}

pid_t duet_service_fork(struct duet_service *service)
{
	pid_t pid = fork();
	sigset_t set;

	if (pid != 0)
		return pid;
	/* The reins tell a child what to do, see reins.h. */
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	make_set(&set);
	(void)sigdelset(&set, SIGUSR1);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	duet_reins_hold(&service->reins);
	service->trouble.n_lost = 0; /* the supervisor's own */
	(void)close(service->signals);
	(void)close(service->ready[0]);
	if (service->ready_fd >= 0)
		(void)close(service->ready_fd);
	return 0;
}

static int catch_signals(struct duet_service *service, struct duet_error *err)
{
	sigset_t set;

	make_set(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
		service->signals =
			signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (service->signals >= 0)
		return DUET_OK;
	return duet_error_sys(err, DUET_E_SYSTEM, errno,
			      "cannot listen to signals");
}

/* ---- from phase to phase ---- */

/* Those that serve. */
static size_t n_children(const struct supervisor *sup)
{
	return sup->isolated ? sup->isolate.n : sup->workers.alive;
}

/* Socket files go at once: later that name may be somebody else's. */
static void accept_no_more(struct supervisor *sup)
{
	if (sup->phase >= DRAINING)
		return;
	duet_sockets_unlink(&sup->service->sockets);
	duet_sockets_close(&sup->service->sockets);
	duet_sockets_unlink(&sup->service->admin);
	duet_sockets_close(&sup->service->admin);
}

/* wait_ms: for how long; 0: no longer. */
static void say_what_is_under_way(const struct supervisor *sup, int32_t wait_ms)
{
	struct duet_service *service = sup->service;
	uint64_t n = duet_tally_all_under_way(service->tally);
	char text[SENTENCE_BYTES];
	char until[SENTENCE_BYTES] = "";

	if (service->config->quiet)
		return;
	if (wait_ms > 0)
		(void)snprintf(until, sizeof(until), ", waiting up to %g s",
			       wait_ms / 1000.0);
	(void)snprintf(text, sizeof(text),
		       "stopping%s: %" PRIu64 " request%s under way%s",
		       wait_ms > 0 ? "" : " now", n, n == 1 ? "" : "s", until);
	duet_log_trouble(&service->trouble, NULL, text);
}

static void say_what_was_cut(const struct supervisor *sup)
{
	struct duet_service *service = sup->service;
	uint64_t n = duet_tally_cut_short(service->tally);
	char text[SENTENCE_BYTES] = "stopped; none was cut";

	if (n > 0)
		(void)snprintf(text, sizeof(text),
			       "stopped; %" PRIu64 " request%s cut", n,
			       n == 1 ? " was" : "s were");
	if (n > 0 || !service->config->quiet)
		duet_log_trouble(&service->trouble, NULL, text);
}

static void drain(struct supervisor *sup)
{
	accept_no_more(sup);
	sup->phase = DRAINING;
	duet_tally_set_state(sup->service->tally, DUET_TALLY_DRAINING);
	duet_reins_drain(&sup->service->reins);
	sup->kill_ms =
		duet_clock_ms() + sup->service->config->drain_ms + GRACE_MS;
}

static void stop(struct supervisor *sup)
{
	accept_no_more(sup);
	sup->phase = STOPPING;
	duet_tally_set_state(sup->service->tally, DUET_TALLY_DRAINING);
	duet_reins_stop(&sup->service->reins);
	sup->kill_ms = duet_clock_ms() + GRACE_MS;
}

static void fail(struct supervisor *sup, int rc)
{
	if (sup->rc == DUET_OK)
		sup->rc = rc;
	if (sup->phase < STOPPING)
		stop(sup);
}

/* NULL: localhost is a name of a site. */
static const char *name_shown(const struct duet_service *service)
{
	const char *name =
		duet_hosts_shown(service->hosts, service->config->sites,
				 service->config->n_sites);

	/* Nobody can be sent to a pattern. */
	return name != NULL && name[0] == '*' ? service->credentials->host
					      : name;
}

static void print_banner(const struct duet_service *service)
{
	const struct duet_banner banner = {
		.dir = service->config->file != NULL
			       ? service->config->file
			       : service->config->sites[0].own.root,
		.sockets = &service->sockets,
		.admin = &service->admin,
		.name = name_shown(service),
		.credentials = service->credentials,
		.n_sites = service->config->n_sites,
		.n_credentials = service->n_credentials,
		.now = duet_clock_wall(),
		.pretty = duet_banner_wants_colours(),
	};
	struct duet_bytes bytes;
	struct duet_buf text;

	duet_buf_init(&text, BANNER_BYTES);
	if (duet_banner_text(&text, &banner) == DUET_OK) {
		bytes = duet_buf_bytes(&text);
		(void)!write(STDERR_FILENO, bytes.data, bytes.len);
	}
	duet_buf_done(&text);
}

static void tell_doubts(struct duet_service *service)
{
	struct duet_buf lines;
	char *line;
	char *rest = NULL;
	int rc = DUET_OK;

	duet_buf_init(&lines, DOUBTS_BYTES);
	/* Those of several are told with their places in the file. */
	if (service->config->on_problem == NULL &&
	    service->credentials->doubts != NULL)
		rc = duet_buf_add_str(&lines, service->credentials->doubts);
	if (rc == DUET_OK && service->credentials->ca_path != NULL)
		rc = duet_doubts_places(&lines, &service->sockets);
	if (rc == DUET_OK && duet_buf_add(&lines, "", 1) == DUET_OK) {
		line = strtok_r((char *)lines.data + lines.begin, "\n", &rest);
		for (; line != NULL; line = strtok_r(NULL, "\n", &rest))
			duet_log_trouble(&service->trouble, "warning", line);
	}
	duet_buf_done(&lines);
}

/* Everybody accepts: tell whoever waits for it. */
static void begin_serving(struct supervisor *sup)
{
	struct duet_service *service = sup->service;
	const char *name = name_shown(service);
	int rc = DUET_OK;

	sup->phase = SERVING;
	duet_tally_set_state(service->tally, DUET_TALLY_SERVING);
	if (!service->config->quiet)
		print_banner(service);
	tell_doubts(service);
	if (service->ready_fd >= 0)
		rc = duet_ready_tell(service->ready_fd, &service->sockets,
				     &service->admin,
				     name != NULL ? name
						  : service->credentials->host,
				     sup->err);
	service->ready_fd = -1;
	if (rc != DUET_OK)
		fail(sup, rc);
}

static void signal_children(const struct supervisor *sup, int signal)
{
	if (sup->isolated)
		duet_isolate_signal(&sup->isolate, signal);
	else
		duet_workers_signal(&sup->workers, signal);
}

static void kill_the_rest(struct supervisor *sup)
{
	duet_log_trouble(&sup->service->trouble, NULL,
			 "some processes did not end in time and are killed");
	signal_children(sup, SIGKILL);
	duet_admin_signal(&sup->admin, SIGKILL);
	sup->kill_ms = INT64_MAX;
}

/* ---- events ---- */

static void the_admin_ended(struct supervisor *sup)
{
	if (sup->phase == STARTING)
		fail(sup, duet_error_set(sup->err, DUET_E_STATE,
					 "the admin listener could not start; "
					 "the reason is above"));
}

static void a_child_ended(struct supervisor *sup, pid_t pid, int status)
{
	if (duet_admin_ended(&sup->admin, pid, status, sup->phase == SERVING)) {
		the_admin_ended(sup);
		return;
	}
	if (sup->isolated) {
		duet_isolate_ended(&sup->isolate, pid, status);
		return;
	}
	duet_workers_ended(&sup->workers, pid, status, sup->phase == SERVING);
	if (sup->phase == STARTING)
		fail(sup, duet_error_set(sup->err, DUET_E_STATE,
					 "a worker could not start; the reason "
					 "is above"));
}

static void reap(struct supervisor *sup)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		a_child_ended(sup, pid, status);
}

static void told_to_end(struct supervisor *sup)
{
	if (sup->phase < DRAINING) {
		say_what_is_under_way(sup, sup->service->config->drain_ms);
		sup->is_told = true;
		drain(sup);
	} else if (sup->phase == DRAINING) {
		say_what_is_under_way(sup, 0);
		stop(sup);
	}
}

/* Children learn of it only when it can be opened: one sentence is enough. */
static void reopen_log(struct supervisor *sup)
{
	struct duet_service *service = sup->service;
	struct duet_error err;
	int fd = -1;

	if (!duet_log_is_file(service->config->log)) {
		duet_log_trouble(&service->trouble, NULL,
				 "SIGUSR1: the access log is no file, there is "
				 "nothing to open anew");
		return;
	}
	if (duet_log_reopen(service->config->log, &fd, &err) != DUET_OK) {
		duet_log_trouble(&service->trouble, NULL, err.text);
		return;
	}
	(void)close(service->log_fd);
	service->log_fd = fd;
	signal_children(sup, SIGUSR1);
}

static void read_signals(struct supervisor *sup)
{
	struct signalfd_siginfo info;

	while (read(sup->service->signals, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		/* SIGHUP: its terminal is gone, or somebody wants a reload. */
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT ||
		    (info.ssi_signo == SIGHUP && isatty(STDERR_FILENO) == 1))
			told_to_end(sup);
		else if (info.ssi_signo == SIGUSR1)
			reopen_log(sup);
		else if (info.ssi_signo == SIGHUP)
			duet_log_trouble(&sup->service->trouble, NULL,
					 "SIGHUP: the configuration, "
					 "certificates and users are read at "
					 "the start only; for a change, start "
					 "again after SIGTERM");
	}
	reap(sup);
}

static void read_ready(struct supervisor *sup)
{
	char bytes[64];
	ssize_t n = read(sup->service->ready[0], bytes, sizeof(bytes));

	if (n > 0)
		sup->n_ready += (size_t)n;
	if (sup->phase == STARTING && sup->n_ready >= sup->workers.n)
		begin_serving(sup);
}

static void accept_all(struct supervisor *sup)
{
	size_t i;

	for (i = 0; i < sup->service->sockets.n_places; i++)
		if (sup->fds[FIRST_SOCKET + i].revents != 0)
			duet_isolate_accept(&sup->isolate,
					    sup->fds[FIRST_SOCKET + i].fd,
					    duet_sockets_is_plain(&sup->service
									   ->sockets,
								  i));
}

/* ---- the loop ---- */

static int32_t step_children(struct supervisor *sup)
{
	/* Those that are yet to be started begin with ours. */
	int32_t wait_ms = duet_service_turn_keys(sup->service);
	int64_t left_ms;

	if (sup->phase == SERVING)
		wait_ms = duet_sooner_ms(wait_ms, duet_admin_step(&sup->admin));
	if (sup->phase == SERVING)
		wait_ms =
			duet_sooner_ms(wait_ms,
				       sup->isolated ? duet_isolate_step(
							       &sup->isolate)
						     : duet_workers_step(
							       &sup->workers));
	if (sup->kill_ms == INT64_MAX)
		return wait_ms;
	left_ms = sup->kill_ms - duet_clock_ms();
	if (left_ms > 0)
		return (int32_t)left_ms;
	kill_the_rest(sup);
	return -1;
}

static void wait_and_act(struct supervisor *sup)
{
	const struct duet_sockets *sockets = &sup->service->sockets;
	int32_t wait_ms = step_children(sup);
	bool accepts = sup->isolated && sup->phase == SERVING &&
		       duet_isolate_has_room(&sup->isolate);
	size_t i;

	for (i = 0; i < sockets->n_places; i++)
		sup->fds[FIRST_SOCKET + i].fd = accepts ? sockets->fds[i] : -1;
	if (poll(sup->fds, FIRST_SOCKET + sockets->n_places, wait_ms) <= 0)
		return;
	if (sup->fds[SIGNALS_FD].revents != 0)
		read_signals(sup);
	if (sup->fds[READY_FD].revents != 0)
		read_ready(sup);
	if (accepts && sup->phase == SERVING)
		accept_all(sup);
}

static int start_children(struct supervisor *sup)
{
	int rc = duet_admin_start(&sup->admin, sup->service, sup->err);

	if (rc != DUET_OK)
		return rc;
	if (!sup->isolated)
		return duet_workers_start(&sup->workers, sup->service,
					  sup->err);
	sup->rc = duet_isolate_start(&sup->isolate, sup->service, sup->err);
	if (sup->rc == DUET_OK)
		begin_serving(sup);
	return sup->rc;
}

static int prepare(struct supervisor *sup)
{
	struct duet_service *service = sup->service;

	sup->fds = duet_mem_array(FIRST_SOCKET + service->sockets.n_places,
				  sizeof(*sup->fds));
	if (sup->fds == NULL)
		return duet_error_nomem(sup->err);
	if (pipe2(service->ready, O_CLOEXEC | O_NONBLOCK) != 0)
		return duet_error_sys(sup->err, DUET_E_SYSTEM, errno,
				      "cannot make a pipe");
	return catch_signals(service, sup->err);
}

int duet_supervisor_run(struct duet_service *service, struct duet_error *err)
{
	struct supervisor sup = { .service = service,
				  .isolated = service->config->isolation ==
					      DUET_ISOLATION_CONNECTION,
				  .kill_ms = INT64_MAX,
				  .isolate.waiting = -1,
				  .err = err };
	size_t i;
	int rc;

	rc = prepare(&sup);
	if (rc == DUET_OK)
		rc = start_children(&sup);
	if (rc != DUET_OK)
		fail(&sup, rc);
	if (sup.fds == NULL)
		return sup.rc;
	for (i = 0; i < FIRST_SOCKET + service->sockets.n_places; i++)
		sup.fds[i].events = POLLIN;
	sup.fds[SIGNALS_FD].fd = service->signals;
	sup.fds[READY_FD].fd = service->ready[0];
	while (sup.phase < DRAINING || n_children(&sup) > 0)
		wait_and_act(&sup);
	if (sup.is_told)
		say_what_was_cut(&sup);
	/* It told of draining to the end; nobody else is left to stop. */
	duet_reins_stop(&service->reins);
	while (sup.admin.pid != 0)
		wait_and_act(&sup);
	duet_log_trouble_done(&service->trouble);
	duet_workers_done(&sup.workers);
	duet_isolate_done(&sup.isolate);
	duet_mem_free(sup.fds);
	return sup.rc;
}
