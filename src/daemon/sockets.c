/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* SO_REUSEPORT, F_DUPFD_CLOEXEC */
#include "daemon/sockets.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

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

	if (duet_address_is_unix(text)) { /* nothing like SO_REUSEPORT */
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

/* NULL: the text is of no socket file. */
static const char *path_of(const char *text)
{
	return duet_address_is_unix(text) ? text + strlen("unix:") : NULL;
}

static struct duet_socket_file file_of(const char *text)
{
	const char *path = path_of(text);
	struct stat st;

	if (path == NULL || lstat(path, &st) != 0)
		return (struct duet_socket_file){ 0, 0 };
	return (struct duet_socket_file){ st.st_dev, st.st_ino };
}

/* Bind one place for all workers; the sockets of worker 0 are in fds. */
static int open_place(struct duet_sockets *sockets, const char *place,
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
		sockets->fds[sockets->n_places + i] = fds[i];
	for (i = 0; rc == DUET_OK && i < n; i++) {
		struct duet_address address;

		rc = duet_address_of(fds[i], &address, err);
		if (rc != DUET_OK)
			break;
		duet_address_text(sockets->texts[sockets->n_places + i],
				  &address);
		sockets->files[sockets->n_places + i] =
			file_of(sockets->texts[sockets->n_places + i]);
		if (sockets->n_workers > 1 &&
		    address.storage.ss_family != AF_UNIX)
			rc = allow_sharing(fds[i], place, err);
	}
	sockets->n_places += n;
	return rc;
}

/* Names of hosts may lead to what another place has. */
static void blame_ourselves(const struct duet_sockets *sockets, size_t n,
			    const char *place, struct duet_error *err)
{
	const char *port = strrchr(place, ':');
	size_t i;

	if (err->sys != EADDRINUSE || duet_address_is_unix(place))
		return;
	for (i = 0; i < n; i++) {
		const char *text = sockets->texts[i];

		if (duet_address_is_unix(text) ||
		    strcmp(strrchr(text, ':'), port) != 0)
			continue;
		duet_error_append(err,
				  "; or it is this service itself, which has '%s' already: leave one of them out",
				  text);
		return;
	}
}

/* Into the list of the first worker. */
static int open_places(struct duet_sockets *sockets, const char *const *places,
		       struct duet_error *err)
{
	size_t i;
	int rc = DUET_OK;

	for (; rc == DUET_OK && *places != NULL; places++) {
		i = sockets->n_places;
		rc = open_place(sockets, *places, err);
		if (rc == DUET_E_SYSTEM)
			blame_ourselves(sockets, i, *places, err);
		while (i < sockets->n_places)
			sockets->origins[i++] = *places;
	}
	return rc;
}

int duet_sockets_open(struct duet_sockets *sockets, const char *const *places,
		      const char *const *plain, size_t n_workers,
		      struct duet_error *err)
{
	static const char *const none[] = { NULL };
	size_t max = (count(places) + count(plain != NULL ? plain : none)) *
		     MAX_FAMILIES;
	size_t w;
	size_t i;
	int rc = DUET_OK;

	*sockets = (struct duet_sockets){ .n_workers = n_workers };
	sockets->fds = duet_mem_array(max * n_workers, sizeof(int));
	sockets->texts = duet_mem_array(max, sizeof(*sockets->texts));
	sockets->origins = duet_mem_array(max, sizeof(*sockets->origins));
	sockets->files = duet_mem_array(max, sizeof(*sockets->files));
	if (sockets->fds == NULL || sockets->texts == NULL ||
	    sockets->origins == NULL || sockets->files == NULL) {
		rc = duet_error_nomem(err);
		goto out;
	}
	for (i = 0; i < max * n_workers; i++)
		sockets->fds[i] = -1;
	rc = open_places(sockets, places, err);
	i = sockets->n_places;
	if (rc == DUET_OK && plain != NULL)
		rc = open_places(sockets, plain, err);
	sockets->n_plain = sockets->n_places - i;
	for (w = 1; rc == DUET_OK && w < n_workers; w++)
		for (i = 0; rc == DUET_OK && i < sockets->n_places; i++)
			rc = follow(sockets->fds[i], sockets->origins[i],
				    sockets->texts[i],
				    &sockets->fds[w * sockets->n_places + i],
				    err);
out:
	if (rc != DUET_OK) {
		duet_sockets_unlink(sockets);
		duet_sockets_done(sockets);
	}
	return rc;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void duet_sockets_keep(struct duet_sockets *sockets, size_t w)
{
	size_t n = sockets->n_places * sockets->n_workers;
	size_t i;

	for (i = 0; i < n; i++)
		if (i / sockets->n_places != w)
			close_one(&sockets->fds[i]);
}

void duet_sockets_close(struct duet_sockets *sockets)
{
	size_t n = sockets->n_places * sockets->n_workers;
	size_t i;

	for (i = 0; sockets->fds != NULL && i < n; i++)
		close_one(&sockets->fds[i]);
}

void duet_sockets_unlink(const struct duet_sockets *sockets)
{
	size_t i;

	for (i = 0; sockets->files != NULL && i < sockets->n_places; i++) {
		struct duet_socket_file made = sockets->files[i];
		struct duet_socket_file now = file_of(sockets->texts[i]);

		if (now.ino != 0 && now.ino == made.ino && now.dev == made.dev)
			(void)unlink(path_of(sockets->texts[i]));
	}
}

void duet_sockets_done(struct duet_sockets *sockets)
{
	duet_sockets_close(sockets);
	duet_mem_free(sockets->fds);
	duet_mem_free(sockets->texts);
	duet_mem_free(sockets->origins);
	duet_mem_free(sockets->files);
	*sockets = (struct duet_sockets){ 0 };
}
