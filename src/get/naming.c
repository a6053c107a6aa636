/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "get/naming.h"

#include <sys/eventfd.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "get/transfer_int.h"

enum {
	/* From so many on it is worth it to sync all of a file system. */
	MANY = 8,
};

struct duet_get_naming {
	size_t n; /* 0: nothing is under way */
	struct duet_get_transfer *transfers[DUET_GET_NAMING_MAX];
	struct duet_get_output *outputs[DUET_GET_NAMING_MAX]; /* theirs */
	int status[DUET_GET_NAMING_MAX];
	struct duet_error errors[DUET_GET_NAMING_MAX];
	bool threaded;
	pthread_t thread;
	int fd; /* the thread writes to it at its end; -1: not made yet */
};

struct duet_get_naming *duet_get_naming_new(void)
{
	struct duet_get_naming *naming = duet_mem_alloc(sizeof(*naming));

	if (naming == NULL)
		return NULL;
	naming->n = 0;
	naming->threaded = false;
	naming->fd = -1;
	return naming;
}

void duet_get_naming_free(struct duet_get_naming *naming)
{
	if (naming != NULL && naming->fd >= 0)
		(void)close(naming->fd);
	duet_mem_free(naming);
}

/* Of what is shared with whoever waits it touches the outputs alone. */
static void give_names(struct duet_get_naming *naming)
{
	const struct duet_get_output *before = NULL;
	size_t i;

	if (naming->n >= MANY)
		duet_get_output_sync_all(naming->outputs, naming->n);
	for (i = 0; i < naming->n; i++)
		naming->status[i] = duet_get_output_finish(naming->outputs[i],
							   &naming->errors[i]);
	for (i = 0; i < naming->n; i++) {
		if (naming->status[i] != DUET_OK)
			continue;
		duet_get_output_sync_name(naming->outputs[i], before);
		before = naming->outputs[i];
	}
}

static void *work(void *arg)
{
	struct duet_get_naming *naming = arg;

	give_names(naming);
	(void)eventfd_write(naming->fd, 1);
	return NULL;
}

/* A signal is for the thread that waits for it. */
static bool start(struct duet_get_naming *naming)
{
	sigset_t all;
	sigset_t before;
	bool started;

	if (naming->fd < 0)
		naming->fd = eventfd(0, EFD_CLOEXEC);
	if (naming->fd < 0)
		return false;
	(void)sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return false;
	started = pthread_create(&naming->thread, NULL, work, naming) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

void duet_get_naming_begin(struct duet_get_naming *naming,
			   struct duet_get_transfer *const *transfers, size_t n,
			   bool alone)
{
	size_t i;

	for (i = 0; i < n; i++) {
		naming->transfers[i] = transfers[i];
		naming->outputs[i] = &transfers[i]->output;
	}
	naming->n = n;
	naming->threaded = !alone && start(naming);
	if (!naming->threaded)
		give_names(naming);
}

int duet_get_naming_fd(const struct duet_get_naming *naming)
{
	return naming->threaded ? naming->fd : -1;
}

bool duet_get_naming_is_through(const struct duet_get_naming *naming)
{
	struct pollfd fd = { naming->fd, POLLIN, 0 };

	return !naming->threaded || poll(&fd, 1, 0) == 1;
}

static void take(struct duet_get_transfer *t, int status,
		 const struct duet_error *err)
{
	if (status == DUET_OK) {
		duet_get_holding_forget(&t->holding);
		t->over = true;
		return;
	}
	(void)duet_error_copy(&t->outcome.error, err);
	(void)duet_get_fail_writing(t, status);
}

void duet_get_naming_end(struct duet_get_naming *naming)
{
	eventfd_t ignored;
	size_t i;

	if (naming->threaded) {
		(void)pthread_join(naming->thread, NULL);
		(void)eventfd_read(naming->fd, &ignored);
	}
	naming->threaded = false;
	for (i = 0; i < naming->n; i++)
		take(naming->transfers[i], naming->status[i],
		     &naming->errors[i]);
	naming->n = 0;
}
