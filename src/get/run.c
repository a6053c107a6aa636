/* SPDX-License-Identifier: MIT */
/*
 * The loop: begin those whose turn it is, step their clients, let each go on,
 * report those that are over. What a transfer waits for it says itself; that
 * there are others is known here alone.
 */
#define _POSIX_C_SOURCE 200809L
#include "get/run.h"

#include <sys/resource.h>

#include <poll.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/url.h"
#include "get/interrupt.h"
#include "get/naming.h"

enum {
	CLIENTS = 2, /* of get/reach.h */
	/* Those that are getting their names, and those that will next, where
	 * so many files may be open. */
	WHOLE = 2 * DUET_GET_NAMING_MAX,
	OTHER_FILES = 32, /* sockets that listen, records, a terminal, ... */
	FOREVER_MS = 3600000,
};

struct active {
	struct duet_get_transfer *transfer;
	size_t index; /* in the list */
};

struct run {
	struct duet_get *get;
	const struct duet_get_list *list;
	size_t next; /* URL to begin */
	struct active *active;
	size_t n_whole; /* of them, that only have to get their names */
	struct duet_get_naming *naming; /* some of them */
	struct pollfd *fds; /* of them, the clients and the naming */
	size_t n;
	size_t at_once;
	size_t whole_most;                    /* up to WHOLE */
	struct duet_client *clients[CLIENTS]; /* of the active ones */
	int n_clients;
	size_t first_failed; /* its index; list->n: none */
	int exit;
	bool ending; /* what has failed ends all (--fail-early) */
};

static void note_exit(struct run *run, size_t index, int number)
{
	if (number == DUET_EXIT_OK || run->ending || index >= run->first_failed)
		return;
	run->first_failed = index;
	run->exit = number;
	run->ending = run->get->options.fail_early;
}

/* Nobody begins after a signal, or where one failure is enough. */
static bool may_begin(const struct run *run)
{
	return run->next < run->list->n && !run->ending &&
	       duet_get_interrupt_seen() == 0;
}

static bool has_place(const struct run *run)
{
	return run->n - run->n_whole < run->at_once &&
	       run->n < run->at_once + run->whole_most;
}

/* Who waits for a name keeps a file open; those that come need one too, and
 * their connections. */
static size_t room_for_whole(size_t at_once, size_t segments)
{
	size_t others = OTHER_FILES + at_once * (1 + segments);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur >= others + WHOLE)
		return WHOLE;
	return limit.rlim_cur > others ? (size_t)limit.rlim_cur - others : 0;
}

static void begin_next(struct run *run)
{
	size_t index = run->next++;
	const char *url = run->list->items[index].url;
	struct duet_get_transfer *transfer = NULL;
	struct duet_get_target target;
	struct duet_error err;

	/* Its checksum was found before anything was fetched. */
	if (duet_get_target_init(&target, run->get, index, &err) == DUET_OK)
		transfer = duet_get_transfer_new(run->get, url, &target);
	if (transfer == NULL) {
		duet_complain("duet get", "out of memory");
		note_exit(run, index, DUET_EXIT_NOMEM);
		return;
	}
	run->active[run->n].transfer = transfer;
	run->active[run->n].index = index;
	run->n++;
	duet_get_transfer_begin(transfer);
}

/* How many are whole, and whether anybody is not. */
static size_t count_whole(const struct run *run, bool *ret_others)
{
	size_t n = 0;
	size_t i;

	*ret_others = run->at_once > 1 && may_begin(run);
	for (i = 0; i < run->n; i++) {
		const struct duet_get_transfer *transfer =
			run->active[i].transfer;

		if (duet_get_transfer_is_whole(transfer))
			n++;
		else if (!duet_get_transfer_is_over(transfer))
			*ret_others = true;
	}
	return n;
}

/*
 * Many get their names in the time of a few: as long as each step makes more of
 * them whole, they are collected. They keep no place from others meanwhile.
 */
static void name_whole(struct run *run)
{
	struct duet_get_transfer *whole[DUET_GET_NAMING_MAX];
	size_t before = run->n_whole;
	bool grows;
	bool others;
	size_t n = 0;
	size_t i;

	run->n_whole = count_whole(run, &others);
	grows = run->n_whole > before;
	if (others && !duet_get_naming_is_through(run->naming))
		return;
	duet_get_naming_end(run->naming);
	for (i = 0; i < run->n && n < DUET_GET_NAMING_MAX; i++)
		if (duet_get_transfer_is_whole(run->active[i].transfer))
			whole[n++] = run->active[i].transfer;
	run->n_whole = n;
	if (n == 0 || (others && grows && n < DUET_GET_NAMING_MAX))
		return;
	duet_get_naming_begin(run->naming, whole, n, !others);
	if (others)
		return;
	duet_get_naming_end(run->naming);
	run->n_whole = 0;
}

/* Report those that are over. */
static void reap(struct run *run)
{
	size_t i;
	size_t kept = 0;

	for (i = 0; i < run->n; i++) {
		struct duet_get_transfer *transfer = run->active[i].transfer;

		if (duet_get_transfer_is_over(transfer))
			note_exit(run, run->active[i].index,
				  duet_get_transfer_finish(transfer));
		else
			run->active[kept++] = run->active[i];
	}
	run->n = kept;
}

/* Which clients are to be stepped, and how long all can wait. */
static int32_t look(struct run *run)
{
	int32_t ms =
		duet_sooner_ms(FOREVER_MS,
			       duet_get_records_wait_ms(&run->get->records));
	size_t i;
	int k;

	run->n_clients = 0;
	for (i = 0; i < run->n; i++) {
		struct duet_get_transfer *transfer = run->active[i].transfer;
		struct duet_client *client = duet_get_transfer_client(transfer);

		ms = duet_sooner_ms(ms, duet_get_transfer_wait_ms(transfer));
		for (k = 0; k < run->n_clients && run->clients[k] != client;)
			k++;
		if (client != NULL && k == run->n_clients && k < CLIENTS)
			run->clients[run->n_clients++] = client;
	}
	return ms;
}

/* Beside the clients, what transfers are to send comes from somewhere. How
 * long a client's own step may wait. */
static int32_t wait_beside(struct run *run, int32_t ms)
{
	struct pollfd *fds = run->fds;
	nfds_t n = 0;
	nfds_t sources;
	size_t k;
	int i;

	fds[n].fd = duet_get_naming_fd(run->naming);
	fds[n].events = POLLIN;
	if (fds[n].fd >= 0)
		n++;
	for (i = 0; i < run->n_clients; i++) {
		fds[n].fd = duet_client_fd(run->clients[i]);
		fds[n++].events = POLLIN;
	}
	sources = n;
	for (k = 0; k < run->n; k++) {
		fds[n].fd = duet_get_transfer_wait_fd(run->active[k].transfer);
		fds[n].events = POLLIN;
		if (fds[n].fd >= 0)
			n++;
	}
	if (run->n_clients == 1 && n == 1)
		return ms; /* the client waits by itself */
	for (i = 0; i < run->n_clients; i++)
		ms = duet_sooner_ms(ms, duet_client_wait_ms(run->clients[i]));
	if (poll(fds, n, ms) <= 0)
		return 0;
	while (n > sources)
		if (fds[--n].revents != 0)
			for (i = 0; i < run->n_clients; i++)
				duet_client_resume(run->clients[i]);
	return 0;
}

/* Wait until something happens, and let the clients see to it. */
static int step(struct run *run, struct duet_error *err)
{
	int32_t ms = wait_beside(run, look(run));
	int rc = DUET_OK;
	int i;

	for (i = 0; i < run->n_clients && rc >= 0; i++)
		rc = duet_client_step(run->clients[i], ms, err);
	if (rc >= 0 && duet_get_interrupt_seen() != 0)
		return duet_error_set(err, DUET_E_GONE, "interrupted");
	return rc < 0 ? rc : DUET_OK;
}

static void go_on(struct run *run)
{
	struct duet_error err;
	size_t i;

	if (step(run, &err) == DUET_OK) {
		for (i = 0; i < run->n; i++)
			duet_get_transfer_advance(run->active[i].transfer);
		return;
	}
	for (i = 0; i < run->n; i++)
		duet_get_transfer_break_off(run->active[i].transfer, &err);
	/* What they were asking for must not take bytes of theirs later. */
	duet_get_reach_hang_up(&run->get->reach);
}

/* It was well until another failed. */
static void give_up(struct run *run, const struct active *active)
{
	char *url = duet_cli_url_public(run->list->items[active->index].url);
	struct duet_error err;
	char shown[200];

	duet_str_printable(shown, sizeof(shown),
			   duet_str(url != NULL ? url : "a URL"));
	duet_mem_free(url);
	(void)duet_error_set(&err, DUET_E_GONE,
			     "%s: given up, since another URL has failed (--fail-early)",
			     shown);
	duet_get_transfer_break_off(active->transfer, &err);
}

static void end_early(struct run *run)
{
	size_t i;

	for (i = 0; i < run->n; i++)
		give_up(run, &run->active[i]);
	duet_get_reach_hang_up(&run->get->reach);
	name_whole(run);
	reap(run);
}

static int loop(struct run *run)
{
	duet_get_interrupt_watch();
	while (run->n > 0 || may_begin(run)) {
		while (has_place(run) && may_begin(run)) {
			begin_next(run);
			reap(run);
		}
		if (run->n > 0 && !run->ending) {
			go_on(run);
			name_whole(run);
			reap(run);
			duet_get_records_keep(&run->get->records);
		}
		if (run->ending)
			end_early(run);
	}
	return run->exit;
}

int duet_get_run(struct duet_get *get)
{
	const struct duet_get_options *options = &get->options;
	struct run run = {
		.get = get,
		.list = &get->list,
		.at_once =
			options->parallel ? (size_t)options->parallel_max : 1,
		.first_failed = get->list.n,
		.exit = DUET_EXIT_NOMEM,
	};

	if (run.at_once > get->list.n)
		run.at_once = get->list.n;
	run.whole_most = room_for_whole(run.at_once, (size_t)options->segments);
	run.naming = duet_get_naming_new();
	run.active = duet_mem_array(run.at_once + WHOLE, sizeof(*run.active));
	run.fds = duet_mem_array(run.at_once + WHOLE + CLIENTS + 1,
				 sizeof(*run.fds));
	if (run.naming != NULL && run.active != NULL && run.fds != NULL) {
		duet_get_board_begin(&get->board, get->list.n, run.at_once > 1,
				     options->progress);
		run.exit = DUET_EXIT_OK;
		run.exit = loop(&run);
	} else {
		duet_complain("duet get", "out of memory");
	}
	duet_get_naming_free(run.naming);
	duet_mem_free(run.active);
	duet_mem_free(run.fds);
	return run.exit;
}
