/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* SO_REUSEPORT, F_DUPFD_CLOEXEC */
#include "daemon/listeners.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	MAX_FAMILIES = 2, /* what duet_listen() binds for one place */
};

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list[n] != NULL)
		n++;
	return n;
}

/*
 * Only now, with the socket bound: had it been set before, a second service
 * of the same user on this port would not be refused but share its clients.
 */
static int allow_sharing(int fd, const char *place, struct duet_error *err)
{
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0)
		return DUET_OK;
	return duet_error_sys(err, DUET_E_SYSTEM, errno,
			      "%s: cannot share the port between workers",
			      place);
}

/* The socket of one more worker, for what first is bound to. */
static int follow(int first, const char *place, const char *text, int *ret_fd,
		  struct duet_error *err)
{
	struct duet_address address;
	char every[16];
	int fds[MAX_FAMILIES];
	size_t n = 0;
	int rc;

	if (duet_str_starts(text, "unix:")) { /* nothing like SO_REUSEPORT */
		*ret_fd = fcntl(first, F_DUPFD_CLOEXEC, 0);
		return *ret_fd >= 0 ? DUET_OK
				    : duet_error_sys(err, DUET_E_SYSTEM, errno,
						     "%s", place);
	}
	rc = duet_address_of(first, &address, err);
	if (rc != DUET_OK)
		return rc;
	/* ":443" is both families in one socket; as text that is "[::]:443",
	 * which is IPv6 alone. */
	(void)snprintf(every, sizeof(every), ":%u",
		       (unsigned)duet_address_port(&address));
	rc = duet_listen(*place == ':' ? every : text, true, fds, &n, err);
	if (rc != DUET_OK)
		return rc;
	while (n > 1) /* an address in full is one socket */
		(void)close(fds[--n]);
	*ret_fd = fds[0];
	return DUET_OK;
}

/* Bind one place for all workers; the sockets of worker 0 are in fds. */
static int open_place(struct duet_listeners *listeners, const char *place,
		      struct duet_error *err)
{
	int fds[MAX_FAMILIES];
	size_t n = 0;
	size_t i;
	int rc;

	rc = duet_listen(place, false, fds, &n, err);
	if (rc != DUET_OK)
		return rc;
	for (i = 0; i < n; i++)
		listeners->fds[listeners->n_places + i] = fds[i];
	for (i = 0; rc == DUET_OK && i < n; i++) {
		struct duet_address address;

		rc = duet_address_of(fds[i], &address, err);
		if (rc != DUET_OK)
			break;
		duet_address_text(listeners->texts[listeners->n_places + i],
				  &address);
		if (listeners->n_workers > 1 &&
		    address.storage.ss_family != AF_UNIX)
			rc = allow_sharing(fds[i], place, err);
	}
	listeners->n_places += n;
	return rc;
}

int duet_listeners_open(struct duet_listeners *listeners,
			const char *const *places, size_t n_workers,
			struct duet_error *err)
{
	size_t max = count(places) * MAX_FAMILIES;
	const char **origin = NULL; /* the words each socket comes from */
	size_t w;
	size_t i;
	int rc = DUET_OK;

	*listeners = (struct duet_listeners){ .n_workers = n_workers };
	listeners->fds = duet_mem_array(max * n_workers, sizeof(int));
	listeners->texts = duet_mem_array(max, sizeof(*listeners->texts));
	origin = duet_mem_array(max, sizeof(*origin));
	if (listeners->fds == NULL || listeners->texts == NULL ||
	    origin == NULL) {
		rc = duet_error_nomem(err);
		goto out;
	}
	for (i = 0; i < max * n_workers; i++)
		listeners->fds[i] = -1;
	for (; rc == DUET_OK && *places != NULL; places++) {
		i = listeners->n_places;
		rc = open_place(listeners, *places, err);
		while (i < listeners->n_places)
			origin[i++] = *places;
	}
	for (w = 1; rc == DUET_OK && w < n_workers; w++)
		for (i = 0; rc == DUET_OK && i < listeners->n_places; i++)
			rc = follow(listeners->fds[i], origin[i],
				    listeners->texts[i],
				    &listeners
					     ->fds[w * listeners->n_places + i],
				    err);
out:
	duet_mem_free(origin);
	if (rc != DUET_OK) {
		duet_listeners_unlink(listeners);
		duet_listeners_done(listeners);
	}
	return rc;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void duet_listeners_keep(struct duet_listeners *listeners, size_t w)
{
	size_t n = listeners->n_places * listeners->n_workers;
	size_t i;

	for (i = 0; i < n; i++)
		if (i / listeners->n_places != w)
			close_one(&listeners->fds[i]);
}

void duet_listeners_close(struct duet_listeners *listeners)
{
	size_t n = listeners->n_places * listeners->n_workers;
	size_t i;

	for (i = 0; listeners->fds != NULL && i < n; i++)
		close_one(&listeners->fds[i]);
}

void duet_listeners_unlink(const struct duet_listeners *listeners)
{
	size_t i;

	for (i = 0; listeners->texts != NULL && i < listeners->n_places; i++)
		if (duet_str_starts(listeners->texts[i], "unix:"))
			(void)unlink(listeners->texts[i] + strlen("unix:"));
}

void duet_listeners_done(struct duet_listeners *listeners)
{
	duet_listeners_close(listeners);
	duet_mem_free(listeners->fds);
	duet_mem_free(listeners->texts);
	*listeners = (struct duet_listeners){ 0 };
}
