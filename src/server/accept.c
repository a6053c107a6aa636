/* SPDX-License-Identifier: MIT */
/*
 * Listening sockets.
 *
 * They are watched while there is a place for one more connection. When the
 * system refuses (no descriptors, no memory) they are not watched for a
 * moment: level-triggered readiness would otherwise turn the loop into a spin.
 */
#define _GNU_SOURCE /* accept4 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "server/handler.h"
#include "server/server_int.h"

enum {
	ACCEPTS_A_TURN = 16,
	ACCEPTS_AT_STOP = 1024, /* others may share the socket, and go on */
	BREATH_MS = 200,
	MAX_LISTENERS = 256,
};

static void pause_accepting(struct duet_server *server)
{
	size_t i;

	server->accepting = false;
	for (i = 0; i < server->n_listeners; i++)
		if (duet_watch_set(server->listeners[i]->watch, 0) != DUET_OK)
			server->accepting = true; /* some of them */
}

void duet_listeners_resume(struct duet_server *server)
{
	size_t i;

	if (server->accepting || server->deaf ||
	    server->n_connections >= server->max_connections)
		return;
	server->accepting = true;
	for (i = 0; i < server->n_listeners; i++)
		if (duet_watch_set(server->listeners[i]->watch,
				   DUET_READABLE) != DUET_OK)
			server->accepting = false;
	if (!server->accepting)
		duet_timer_set(server->breath,
			       duet_loop_now_ms(server->loop) + BREATH_MS);
}

static void on_breath(void *arg)
{
	duet_listeners_resume(arg);
}

/* Said once, until an accept succeeds: this may come back every moment. */
static void refuse(struct duet_listener *listener, int sys_errno)
{
	struct duet_server *server = listener->server;
	struct duet_error why;

	if (!server->refused) {
		(void)duet_error_sys(&why, DUET_E_SYSTEM, sys_errno,
				     "%s: cannot accept a connection (%zu are open); raise the limit of open files (ulimit -n) or lower max_connections",
				     listener->text, server->n_connections);
		duet_server_trouble(server, &why, "");
	}
	server->refused = true;
	pause_accepting(server);
	duet_timer_set(server->breath,
		       duet_loop_now_ms(server->loop) + BREATH_MS);
}

/* Of one connection that is gone already, and no news (accept(2)). */
static bool is_passing(int sys_errno)
{
	switch (sys_errno) {
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
	case EPERM:
		return true;
	default:
		return false;
	}
}

/* false: there is none, or none can be had now. */
static bool accept_one(struct duet_listener *listener)
{
	struct duet_server *server = listener->server;
	struct duet_address address = { .len = sizeof(address.storage) };
	char peer[DUET_ADDRESS_TEXT_BYTES];
	struct duet_error why;
	int fd;

	if (server->n_connections >= server->max_connections && !server->deaf) {
		pause_accepting(server); /* until one of them ends */
		return false;
	}
	fd = accept4(listener->fd, (struct sockaddr *)&address.storage,
		     &address.len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return false;
		if (is_passing(errno))
			return true;
		refuse(listener, errno);
		return false;
	}
	server->refused = false;
	duet_address_text(peer, &address);
	if (duet_connection_new(server, fd, peer, listener->plain, &why) < 0)
		duet_server_trouble(server, &why, peer);
	return true;
}

static void on_ready(void *arg, int ready)
{
	int i;

	(void)ready;
	for (i = 0; i < ACCEPTS_A_TURN; i++)
		if (!accept_one(arg))
			break;
}

/* Sockets that are accepted inherit it from the one that listens. */
static void want_no_delay(int fd)
{
	int yes = 1;

	/* Fails for unix sockets, which have no such delay. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

static int add(struct duet_server *server, int fd, bool ours,
	       struct duet_error *err)
{
	struct duet_listener *listener = NULL;
	struct duet_listener **list;
	struct duet_address address;
	int rc;

	rc = duet_address_of(fd, &address, err);
	if (rc < 0)
		goto out;
	if (server->n_listeners == MAX_LISTENERS) {
		rc = duet_error_set(err, DUET_E_LIMIT,
				    "a server listens on at most %d sockets",
				    MAX_LISTENERS);
		goto out;
	}
	list = duet_mem_resize(server->listeners,
			       (server->n_listeners + 1) * sizeof(*list));
	if (list != NULL)
		server->listeners = list;
	listener = duet_mem_zalloc(sizeof(*listener));
	if (list == NULL || listener == NULL) {
		rc = duet_error_nomem(err);
		goto out;
	}
	listener->server = server;
	listener->fd = fd;
	listener->ours = ours;
	listener->plain = server->tls == NULL;
	listener->port = duet_address_port(&address);
	duet_address_text(listener->text, &address);
	want_no_delay(fd);
	rc = duet_watch_new(server->loop, fd, on_ready, listener,
			    &listener->watch, err);
	if (rc < 0)
		goto out;
	server->listeners[server->n_listeners++] = listener;
	listener = NULL; /* the server owns it now, and fd with it */
	return DUET_OK;
out:
	duet_mem_free(listener);
	(void)close(fd);
	return rc;
}

static int bind_place(struct duet_server *server, const char *where,
		      bool reuse_port, struct duet_error *err)
{
	int fds[2] = { -1, -1 };
	size_t n = 0;
	size_t i;
	int rc;

	rc = duet_listen(where, reuse_port, fds, &n, err);
	if (rc < 0)
		return rc;
	for (i = 0; i < n; i++) {
		if (rc < 0)
			(void)close(fds[i]);
		else
			rc = add(server, fds[i], true, err);
	}
	return rc;
}

static int duplicate(struct duet_server *server, int fd, struct duet_error *err)
{
	int listens = 0;
	socklen_t len = sizeof(listens);
	int flags;
	int copy;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 ||
	    listens == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "descriptor %d is not a listening socket",
				      fd);
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "cannot duplicate descriptor %d", fd);
	flags = fcntl(copy, F_GETFL);
	if (flags < 0 || fcntl(copy, F_SETFL, flags | O_NONBLOCK) < 0) {
		(void)duet_error_sys(err, DUET_E_SYSTEM, errno,
				     "cannot set up descriptor %d", fd);
		(void)close(copy);
		return DUET_E_SYSTEM;
	}
	return add(server, copy, false, err);
}

int duet_listeners_open(struct duet_server *server,
			const struct duet_server_options *options,
			struct duet_error *err)
{
	size_t i;
	int rc;

	rc = duet_timer_new(server->loop, on_breath, server, &server->breath,
			    err);
	for (i = 0; rc == DUET_OK && options->listen != NULL &&
		    options->listen[i] != NULL;
	     i++)
		rc = bind_place(server, options->listen[i],
				options->reuse_port != 0, err);
	for (i = 0; rc == DUET_OK && i < options->n_listen_fds; i++) {
		rc = duplicate(server, options->listen_fds[i], err);
		if (rc == DUET_OK)
			server->listeners[server->n_listeners - 1]->plain =
				server->tls == NULL ||
				i + options->n_plain_listen_fds >=
					options->n_listen_fds;
	}
	if (rc == DUET_OK)
		duet_listeners_resume(server);
	return rc;
}

static void close_one(struct duet_listener *listener)
{
	duet_watch_free(listener->watch);
	listener->watch = NULL;
	if (listener->fd < 0)
		return;
	(void)close(listener->fd);
	listener->fd = -1;
	if (listener->ours && duet_str_starts(listener->text, "unix:/"))
		(void)unlink(listener->text + strlen("unix:"));
}

void duet_listeners_close(struct duet_server *server)
{
	struct duet_listener *listener;
	size_t i;
	int left = ACCEPTS_AT_STOP;

	server->deaf = true;
	/* Whoever is in the backlog believes to be connected: so many above
	 * max_connections are better than as many resets. */
	for (i = 0; i < server->n_listeners; i++) {
		listener = server->listeners[i];
		while (left-- > 0 && listener->fd >= 0 && accept_one(listener))
			;
	}
	server->accepting = false;
	for (i = 0; i < server->n_listeners; i++)
		close_one(server->listeners[i]);
}

void duet_server_accept_no_more(struct duet_server *server)
{
	duet_listeners_close(server);
}

void duet_listeners_free(struct duet_server *server)
{
	size_t i;

	for (i = 0; i < server->n_listeners; i++) {
		close_one(server->listeners[i]);
		duet_mem_free(server->listeners[i]);
	}
	duet_mem_free(server->listeners);
	server->listeners = NULL;
	server->n_listeners = 0;
	server->accepting = false;
	duet_timer_free(server->breath);
	server->breath = NULL;
}
