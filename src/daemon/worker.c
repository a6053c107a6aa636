/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* pipe2 */
#include <sys/signalfd.h>

#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "daemon/service_int.h"
#include "daemon/to_https.h"
#include "daemon/words.h"
#include "site/cache.h"
#include "site/squeeze.h"

enum {
	/* A worker that is told to stop and does not is ended by force. */
	STUCK_MS = 5000,
	/* What malloc(3) maps by itself, and how much it keeps unused. */
	MEMORY_PIECE = 1 << 20,
	MEMORY_KEPT = 4 << 20,
};

/* A file of a site may have changed: see site/notice.h. */
static volatile sig_atomic_t stirred;

static void on_sigio(int number)
{
	(void)number;
	stirred = 1;
}

/* Without memory for it each is opened when it is asked for. */
static void remember_files(struct duet_worker *worker)
{
	const struct duet_service *service = worker->service;
	struct sigaction action;
	struct duet_error err;
	bool is_told;
	size_t i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_sigio;
	action.sa_flags = SA_RESTART;
	is_told = sigaction(SIGIO, &action, NULL) == 0;
	if (duet_files_cache_new(is_told ? &stirred : NULL, &worker->cache,
				 &err) != DUET_OK)
		return;
	for (i = 0; i < service->n_files; i++)
		duet_files_remember(service->files[i], worker->cache);
}

/* After the last reply. */
static void forget_files(struct duet_worker *worker)
{
	const struct duet_service *service = worker->service;
	size_t i;

	for (i = 0; i < service->n_files; i++)
		duet_files_remember(service->files[i], NULL);
	duet_cache_free(worker->cache);
	worker->cache = NULL;
}

/* ---- encoding ---- */

static void do_nothing(void *arg)
{
	(void)arg;
}

/* Called by the squeezer's thread: the loop takes a step. Without memory to
 * tell it, it does within the time that a request waits at most. */
static void wake_loop(void *arg)
{
	(void)!duet_server_post(arg, do_nothing, NULL);
}

/* That this does not work is no reason not to serve. */
static void squeeze_files(struct duet_worker *worker)
{
	static const struct duet_squeezer_limits limits = {
		.results = DUET_WORKER_SQUEEZED_MAX,
		.bytes = DUET_WORKER_SQUEEZED_MAX_BYTES,
		.waiting_bytes = DUET_WORKER_SQUEEZING_MAX_BYTES,
		.file_min_bytes = DUET_WORKER_SQUEEZE_MIN_BYTES,
		.file_max_bytes = DUET_WORKER_SQUEEZE_MAX_BYTES,
	};
	struct duet_service *service = worker->service;
	struct duet_error err;
	size_t i;

	if (service->config->no_compress)
		return;
	if (duet_squeezer_new(&limits, wake_loop, worker->server,
			      &worker->squeezer, &err) != DUET_OK) {
		duet_error_append(&err, "; files are sent as they are");
		duet_log_trouble(&service->trouble, NULL, err.text);
		return;
	}
	for (i = 0; i < service->n_files; i++)
		duet_files_squeeze(service->files[i], worker->squeezer);
}

/* Its thread wakes the server, which is there for longer. */
static void stop_squeezing(struct duet_worker *worker)
{
	const struct duet_service *service = worker->service;
	size_t i;

	for (i = 0; i < service->n_files; i++)
		duet_files_squeeze(service->files[i], NULL);
	duet_squeezer_free(worker->squeezer);
	worker->squeezer = NULL;
}

/* ---- the server ---- */

/* A directory has something to do where a request waits. */
static int32_t step_files(struct duet_worker *worker)
{
	const struct duet_service *service = worker->service;
	int32_t wait_ms =
		worker->cache != NULL ? duet_cache_step(worker->cache) : -1;
	size_t i;

	if (!worker->hands.has_waiting)
		return wait_ms;
	worker->hands.has_waiting = false;
	for (i = 0; i < service->n_files; i++) {
		wait_ms = duet_sooner_ms(wait_ms,
					 duet_files_step(service->files[i]));
		if (duet_files_has_waiting(service->files[i]))
			worker->hands.has_waiting = true;
	}
	return wait_ms;
}

int32_t duet_worker_step(struct duet_worker *worker)
{
	if (worker->squeezer != NULL)
		duet_squeezer_step(worker->squeezer);
	return duet_sooner_ms(duet_service_turn_keys(worker->service),
			      duet_sooner_ms(duet_log_step(&worker->log),
					     step_files(worker)));
}

static void count_under_way(const struct duet_worker *worker)
{
	duet_tally_under_way(worker->service->tally, worker->place,
			     duet_server_n_exchanges(worker->server));
}

static void note_site(const struct duet_worker *worker,
		      struct duet_exchange *exchange, size_t site)
{
	const struct duet_service *service = worker->service;

	duet_tally_site(service->tally, worker->place, site);
	duet_exchange_set_label(exchange,
				duet_service_site_name(
					&service->config->sites[site]));
}

/* The site that answers it as it is, without TLS, or NONE. */
static size_t choose_plain(const struct duet_service *service,
			   struct duet_exchange *exchange)
{
	const struct duet_head *head = duet_exchange_head(exchange);
	struct duet_bytes name = duet_hosts_name(head);
	size_t site = name.len > 0 ? duet_hosts_find(service->hosts, name)
				   : DUET_HOSTS_NONE;

	if (site == DUET_HOSTS_NONE ||
	    !duet_routes_take_plain(service->routes[site], exchange))
		return DUET_HOSTS_NONE;
	duet_exchange_leave_hsts(exchange);
	return site;
}

static void handle(struct duet_exchange *exchange, void *arg)
{
	struct duet_worker *worker = arg;
	const struct duet_service *service = worker->service;
	bool plain = duet_exchange_tls(exchange) == NULL;
	size_t site;

	count_under_way(worker);
	site = plain ? choose_plain(service, exchange)
		     : duet_hosts_choose(service->hosts, exchange);
	if (site == DUET_HOSTS_NONE) {
		if (plain)
			duet_to_https(exchange, service->hosts,
				      duet_to_https_port(&service->sockets));
		return;
	}
	note_site(worker, exchange, site);
	duet_routes_handle(service->routes[site], exchange, &worker->hands);
}

/* A duet_refusal_fn. */
static void refuse(struct duet_exchange *exchange, int status, void *arg)
{
	struct duet_worker *worker = arg;
	const struct duet_service *service = worker->service;
	size_t site;

	count_under_way(worker);
	if (duet_exchange_tls(exchange) == NULL)
		return;
	site = duet_hosts_of_refused(service->hosts, exchange);
	if (site == DUET_HOSTS_NONE)
		return;
	note_site(worker, exchange, site);
	duet_routes_refuse(service->routes[site], exchange, status);
}

static void report(const struct duet_report *report, void *arg)
{
	struct duet_worker *worker = arg;

	count_under_way(worker);
	duet_tally_report(worker->service->tally, worker->place, report);
	duet_log_report(&worker->log, report);
}

static void count(const struct duet_connection_report *report, void *arg)
{
	struct duet_worker *worker = arg;

	duet_tally_connection(worker->service->tally, worker->place, report);
}

static void trouble(const struct duet_error *error, const char *peer, void *arg)
{
	struct duet_worker *worker = arg;
	char text[sizeof(error->text)];

	duet_words_plain(text, sizeof(text), error->text);
	duet_log_trouble(&worker->service->trouble, peer, text);
}

static int post(void (*fn)(void *arg), void *arg, void *server)
{
	return duet_server_post(server, fn, arg);
}

static int open_desk(struct duet_worker *worker, struct duet_error *err)
{
	return worker->service->has_users
		       ? duet_desk_new(post, worker->server,
				       &worker->hands.desk, err)
		       : DUET_OK;
}

static int listen_to_signals(struct duet_worker *worker, struct duet_error *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	worker->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return worker->signals >= 0
		       ? DUET_OK
		       : duet_error_sys(err, DUET_E_SYSTEM, errno,
					"cannot listen to signals");
}

int duet_worker_open(struct duet_worker *worker, struct duet_service *service,
		     size_t place, const int *fds, size_t n_fds, bool plain,
		     struct duet_error *err)
{
	size_t n_plain = n_fds > 0 ? service->sockets.n_plain : 0;
	int rc;

	worker->service = service;
	worker->place = place;
	worker->server = NULL;
	worker->cache = NULL;
	worker->squeezer = NULL;
	/* Processes of connections are one worker to throttles. */
	worker->hands = (struct duet_route_hands){
		.worker = service->n_workers > 1 ? place : 0,
	};
	rc = listen_to_signals(worker, err);
	if (rc != DUET_OK)
		return rc;
	duet_log_init(&worker->log, service->log_fd,
		      (enum duet_line_format)service->config->log_format,
		      &service->trouble);
	worker->server =
		duet_server_new(DUET_SERVER(.listen_fds = fds,
					    .n_listen_fds = n_fds,
					    .n_plain_listen_fds = n_plain,
					    .tls = plain ? NULL : service->tls,
					    .plain_http = plain,
					    .handler = handle,
					    .on_report = report,
					    .on_trouble = trouble,
					    .on_connection =
						    service->config->admin !=
								    NULL
							    ? count
							    : NULL,
					    .arg = worker,
					    .limits = service->config->limits,
					    .max_connections =
						    service->max_connections,
					    .attitude =
						    service->config->attitude),
				err);
	if (worker->server == NULL)
		return err->code;
	duet_server_on_refusal(worker->server, refuse);
	return open_desk(worker, err);
}

void duet_worker_close(struct duet_worker *worker)
{
	if (worker->hands.desk != NULL)
		duet_desk_stop(worker->hands.desk);
	duet_server_free(worker->server);
	duet_desk_free(worker->hands.desk);
	duet_log_done(&worker->log);
	(void)close(worker->signals);
}

bool duet_worker_was_told(struct duet_worker *worker)
{
	struct signalfd_siginfo info;

	return read(worker->signals, &info, sizeof(info)) > 0;
}

void duet_worker_reopen(struct duet_worker *worker)
{
	struct duet_service *service = worker->service;
	struct duet_error err;
	int fd = -1;

	/* Only somebody who signals all processes sends it then. */
	if (!duet_log_is_file(service->config->log))
		return;
	if (duet_log_reopen(service->config->log, &fd, &err) != DUET_OK) {
		duet_log_trouble(&service->trouble, NULL, err.text);
		return;
	}
	duet_log_switch(&worker->log, fd);
	service->log_fd = fd;
}

/* The thread that holds the reins, so that the loop has nothing to watch but
 * connections. */
struct holder {
	struct duet_worker *worker;
	int over; /* ends when there is nothing left to obey for */
};

static void reopen(void *arg)
{
	duet_worker_reopen(arg);
}

/* The log is the server's thread's. Without memory to tell it, the file that
 * is open goes on. */
static void pass_on(struct duet_worker *worker)
{
	if (duet_worker_was_told(worker))
		(void)!duet_server_post(worker->server, reopen, worker);
}

/* Wait until something becomes of that rein, and return what (POLLHUP,
 * POLLIN); 0: there is no need any more. */
static int wait_for(const struct holder *holder, int rein)
{
	struct pollfd fds[3] = { { .fd = rein, .events = POLLIN },
				 { .fd = holder->over },
				 { .fd = holder->worker->signals,
				   .events = POLLIN } };

	for (;;) {
		if (poll(fds, 3, -1) < 0)
			continue; /* EINTR */
		if (fds[1].revents != 0)
			return 0;
		if (fds[0].revents != 0)
			return fds[0].revents;
		pass_on(holder->worker);
	}
}

static void *obey(void *arg)
{
	const struct holder *holder = arg;
	struct duet_worker *worker = holder->worker;
	const struct duet_service *service = worker->service;
	struct pollfd over = { .fd = holder->over };
	int32_t left_ms = STUCK_MS;
	int what;

	if (wait_for(holder, service->reins.drain[0]) == 0)
		return NULL;
	duet_tally_stage(service->tally, worker->place, DUET_TALLY_DRAINS);
	duet_server_stop(worker->server, service->config->drain_ms);
	what = wait_for(holder, service->reins.stop[0]);
	if (what == 0)
		return NULL;
	if ((what & POLLIN) != 0)
		duet_server_stop(worker->server, 0);
	else /* the supervisor is gone: nobody else will end us */
		left_ms += service->config->drain_ms;
	if (poll(&over, 1, left_ms) == 0)
		_exit(EXIT_FAILURE);
	return NULL;
}

static int serve(struct duet_worker *worker, struct duet_error *err)
{
	struct holder holder = { .worker = worker };
	pthread_t thread;
	int over[2];
	int rc;

	if (pipe2(over, O_CLOEXEC) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "cannot make a pipe");
	holder.over = over[0];
	duet_tally_stage(worker->service->tally, worker->place,
			 DUET_TALLY_ACCEPTS);
	rc = pthread_create(&thread, NULL, obey, &holder);
	if (rc != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, rc,
				      "cannot start a thread");
	/* Should the supervisor be gone, the reins say so too. */
	(void)!write(worker->service->ready[1], "", 1);
	(void)close(worker->service->ready[1]);
	do
		rc = duet_server_step(worker->server, duet_worker_step(worker),
				      err);
	while (rc == DUET_OK);
	(void)close(over[1]);
	(void)pthread_join(thread, NULL);
	(void)close(over[0]);
	return rc == DUET_EOF ? DUET_OK : rc;
}

/*
 * Buffers of a large reply come and go with it, and the next connection gets
 * the same ones while the processor still has them in its cache. By itself
 * malloc(3) would give them to the kernel and have them cleared each time.
 */
static void keep_memory(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_MMAP_THRESHOLD, MEMORY_PIECE);
	(void)mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
#endif
}

int duet_worker_run(struct duet_service *service, size_t w)
{
	struct duet_worker worker;
	struct duet_error err;
	int rc;

	keep_memory();
	duet_sockets_keep(&service->sockets, w);
	duet_sockets_close(&service->admin);
	rc = duet_worker_open(&worker, service, w,
			      duet_sockets_of(&service->sockets, w),
			      service->sockets.n_places, false, &err);
	duet_sockets_close(&service->sockets);
	if (rc == DUET_OK) {
		remember_files(&worker);
		squeeze_files(&worker);
		rc = serve(&worker, &err);
		stop_squeezing(&worker);
		duet_worker_close(&worker);
		forget_files(&worker);
	}
	if (rc != DUET_OK)
		duet_log_trouble(&service->trouble, NULL, err.text);
	duet_log_trouble_done(&service->trouble);
	return rc == DUET_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
