/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "broken/doors.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/str.h"

enum {
	BACKLOG = 64,
	TRIES = 16, /* for a port that is free in both families */
	NAME_BYTES = 64,
};

static int unknown_name(const char *name, struct duet_error *err)
{
	const struct duet_broken_group *group;
	const struct duet_broken_case *row;
	struct duet_nearest nearest;
	char shown[NAME_BYTES * 4];
	size_t i;

	duet_str_printable(shown, sizeof(shown), duet_str(name));
	duet_nearest_init(&nearest, name);
	for (i = 0; (row = duet_broken_at(i, &group)) != NULL; i++) {
		duet_nearest_offer(&nearest, row->name);
		duet_nearest_offer(&nearest, group->name);
	}
	if (nearest.best != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--only: there is no '%s'; did you mean %s?",
				      shown, nearest.best);
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "--only: there is no '%s'; see duet broken --list",
			      shown);
}

static bool show(struct duet_broken_doors *doors, const char *name)
{
	bool found = false;
	size_t i;

	for (i = 0; i < doors->n; i++) {
		struct duet_broken_door *door = &doors->doors[i];

		if (strcmp(door->row->name, name) != 0 &&
		    strcmp(door->group->name, name) != 0)
			continue;
		door->shown = true;
		found = true;
	}
	return found;
}

static int show_only(struct duet_broken_doors *doors, const char *only,
		     struct duet_error *err)
{
	char name[NAME_BYTES];
	size_t len;

	for (;; only += len + 1) {
		len = strcspn(only, ",");
		if (len >= sizeof(name))
			return unknown_name(only, err);
		memcpy(name, only, len);
		name[len] = '\0';
		if (!show(doors, name))
			return unknown_name(name, err);
		if (only[len] == '\0')
			return DUET_OK;
	}
}

int duet_broken_doors_new(struct duet_broken_doors *doors, const char *only,
			  struct duet_error *err)
{
	size_t i;
	int k;

	doors->n = duet_broken_count();
	doors->doors = duet_mem_array(doors->n, sizeof(*doors->doors));
	if (doors->doors == NULL) {
		doors->n = 0;
		return duet_error_nomem(err);
	}
	for (i = 0; i < doors->n; i++) {
		struct duet_broken_door *door = &doors->doors[i];

		door->row = duet_broken_at(i, &door->group);
		door->shown = only == NULL;
		for (k = 0; k < DUET_BROKEN_FAMILIES; k++)
			door->fds[k] = -1;
	}
	return only == NULL ? DUET_OK : show_only(doors, only, err);
}

void duet_broken_doors_number(struct duet_broken_doors *doors,
			      uint16_t first_port)
{
	size_t i;

	for (i = 0; i < doors->n; i++)
		doors->doors[i].port =
			first_port > 0 ? (uint16_t)(first_port + i) : 0;
}

/* An address of loopback; its length. */
static socklen_t loopback(struct sockaddr_storage *address, int family,
			  uint16_t port)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
	struct sockaddr_in *four = (struct sockaddr_in *)address;

	memset(address, 0, sizeof(*address));
	address->ss_family = (sa_family_t)family;
	if (family == AF_INET6) {
		six->sin6_port = htons(port);
		six->sin6_addr = in6addr_loopback;
		return sizeof(*six);
	}
	four->sin_port = htons(port);
	four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(*four);
}

/* 0 and the port, or an errno. */
static int listen_on(int family, uint16_t *port, int *ret_fd)
{
	struct sockaddr_storage address;
	socklen_t len = loopback(&address, family, *port);
	const int on = 1;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int why;

	if (fd < 0)
		return errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (family != AF_INET6 ||
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    bind(fd, (struct sockaddr *)&address, len) == 0 &&
	    listen(fd, BACKLOG) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
		*port = ntohs(
			family == AF_INET6
				? ((struct sockaddr_in6 *)&address)->sin6_port
				: ((struct sockaddr_in *)&address)->sin_port);
		*ret_fd = fd;
		return 0;
	}
	why = errno;
	(void)close(fd);
	return why;
}

static bool is_without_ipv6(int why)
{
	return why == EAFNOSUPPORT || why == EADDRNOTAVAIL ||
	       why == EPROTONOSUPPORT;
}

/* Both families at the same port: the second time it may be taken. */
static int open_once(struct duet_broken_door *door)
{
	uint16_t port = door->port;
	int why = listen_on(AF_INET, &port, &door->fds[0]);

	if (why != 0)
		return why;
	why = listen_on(AF_INET6, &port, &door->fds[1]);
	if (why != 0 && !is_without_ipv6(why)) {
		(void)close(door->fds[0]);
		door->fds[0] = -1;
		return why;
	}
	door->port = port;
	return 0;
}

static int open_door(struct duet_broken_door *door, struct duet_error *err)
{
	int tries = door->port == 0 ? TRIES : 1;
	int why;

	do
		why = open_once(door);
	while (why == EADDRINUSE && --tries > 0);
	if (why == 0)
		return DUET_OK;
	return duet_error_sys(err, DUET_E_SYSTEM, why,
			      "cannot listen for '%s' on localhost, port %u",
			      door->row->name, (unsigned)door->port);
}

int duet_broken_doors_open(struct duet_broken_doors *doors,
			   struct duet_error *err)
{
	int rc = DUET_OK;
	size_t i;

	for (i = 0; rc == DUET_OK && i < doors->n; i++) {
		struct duet_broken_door *door = &doors->doors[i];

		/* Others send a client there, for the CRL. */
		if (door->shown ||
		    strcmp(door->row->name, DUET_BROKEN_PLAIN) == 0)
			rc = open_door(door, err);
	}
	return rc;
}

const struct duet_broken_door *duet_broken_doors_find(
	const struct duet_broken_doors *doors, const char *name)
{
	size_t i;

	for (i = 0; i < doors->n; i++)
		if (strcmp(doors->doors[i].row->name, name) == 0)
			return &doors->doors[i];
	return NULL;
}

void duet_broken_doors_done(struct duet_broken_doors *doors)
{
	size_t i;
	int k;

	for (i = 0; i < doors->n; i++)
		for (k = 0; k < DUET_BROKEN_FAMILIES; k++)
			if (doors->doors[i].fds[k] >= 0)
				(void)close(doors->doors[i].fds[k]);
	duet_mem_free(doors->doors);
	doors->doors = NULL;
	doors->n = 0;
}
