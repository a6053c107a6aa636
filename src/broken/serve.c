/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* accept4, ppoll */
#include "broken/serve.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "broken/play.h"

static volatile sig_atomic_t stopping;

static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };

enum {
	N_HELD = sizeof(held) / sizeof(held[0]),
};

struct serving {
	const struct duet_broken_doors *doors;
	const struct duet_broken_certs *certs;
	struct duet_broken_scene scene;
	struct pollfd *polls; /* two for each door */
	nfds_t n_polls;
	pid_t children[DUET_BROKEN_CONNECTIONS];
	size_t n_children;
};

static void on_signal(int number)
{
	if (number != SIGCHLD)
		stopping = 1;
}

static bool is_ignored(int number)
{
	struct sigaction before;

	return sigaction(number, NULL, &before) == 0 &&
	       before.sa_handler == SIG_IGN;
}

int duet_broken_hold_signals(struct duet_error *err)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t set;
	size_t i;

	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&set);
	for (i = 0; i < N_HELD; i++) {
		(void)sigaddset(&set, held[i]);
		if (held[i] == SIGHUP && is_ignored(SIGHUP))
			continue; /* nohup(1) */
		if (sigaction(held[i], &action, NULL) != 0)
			return duet_error_sys(err, DUET_E_SYSTEM, errno,
					      "cannot catch signals");
	}
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "cannot hold signals back");
	return DUET_OK;
}

/* As it was before there was a handler. */
static void release_signals(void)
{
	sigset_t set;
	size_t i;

	(void)sigemptyset(&set);
	for (i = 0; i < N_HELD; i++) {
		(void)signal(held[i], SIG_DFL);
		(void)sigaddset(&set, held[i]);
	}
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* One connection; in a process of its own, which ends here. */
static _Noreturn void play(const struct serving *serving,
			   const struct duet_broken_case *row, int fd)
{
	struct duet_broken_link link;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	release_signals();
	(void)alarm(DUET_BROKEN_CONNECTION_S);
	if (duet_broken_link_open(&link, fd,
				  serving->certs->configs[row->identity]))
		duet_broken_play(&link, row, &serving->scene);
	else
		duet_broken_link_fin(&link);
	duet_broken_link_end(&link);
	_exit(0);
}

static void welcome(struct serving *serving, size_t i)
{
	const struct duet_broken_door *door =
		&serving->doors->doors[i / DUET_BROKEN_FAMILIES];
	int fd = accept4(serving->polls[i].fd, NULL, NULL, SOCK_CLOEXEC);
	pid_t pid;

	if (fd < 0)
		return; /* it has gone again */
	pid = fork();
	if (pid == 0)
		play(serving, door->row, fd);
	if (pid > 0)
		serving->children[serving->n_children++] = pid;
	(void)close(fd);
}

static void reap(struct serving *serving)
{
	size_t i = 0;

	while (i < serving->n_children)
		if (waitpid(serving->children[i], NULL, WNOHANG) != 0)
			serving->children[i] =
				serving->children[--serving->n_children];
		else
			i++;
}

static void end_children(struct serving *serving)
{
	size_t i;

	for (i = 0; i < serving->n_children; i++)
		(void)kill(serving->children[i], SIGKILL);
	for (i = 0; i < serving->n_children; i++)
		(void)waitpid(serving->children[i], NULL, 0);
}

static bool is_full(const struct serving *serving)
{
	return serving->n_children == DUET_BROKEN_CONNECTIONS;
}

/* Signals come in while it waits, and only then. */
static int run(struct serving *serving, struct duet_error *err)
{
	sigset_t none;
	size_t i;
	int n;

	(void)sigemptyset(&none);
	while (stopping == 0) {
		n = ppoll(serving->polls,
			  is_full(serving) ? 0 : serving->n_polls, NULL, &none);
		if (n < 0 && errno != EINTR)
			return duet_error_sys(err, DUET_E_SYSTEM, errno,
					      "cannot wait for clients");
		reap(serving);
		for (i = 0; n > 0 && i < serving->n_polls; i++)
			if (serving->polls[i].revents != 0 && !is_full(serving))
				welcome(serving, i);
	}
	return DUET_OK;
}

int duet_broken_serve(const struct duet_broken_doors *doors,
		      const struct duet_broken_certs *certs,
		      struct duet_error *err)
{
	const struct duet_broken_door *plain =
		duet_broken_doors_find(doors, DUET_BROKEN_PLAIN);
	struct serving serving = { .doors = doors, .certs = certs };
	size_t i;
	int rc;

	serving.n_polls = doors->n * DUET_BROKEN_FAMILIES;
	serving.polls = duet_mem_array(serving.n_polls, sizeof(*serving.polls));
	if (serving.polls == NULL)
		return duet_error_nomem(err);
	for (i = 0; i < serving.n_polls; i++) {
		const struct duet_broken_door *door =
			&doors->doors[i / DUET_BROKEN_FAMILIES];

		/* One below 0 is passed over. */
		serving.polls[i].fd = door->fds[i % DUET_BROKEN_FAMILIES];
		serving.polls[i].events = POLLIN;
	}
	serving.scene.plain_port = plain->port;
	serving.scene.crl =
		(struct duet_bytes){ certs->crl_der.data, certs->crl_der.len };
	rc = run(&serving, err);
	end_children(&serving);
	duet_mem_free(serving.polls);
	return rc;
}
