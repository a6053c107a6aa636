/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* SOCK_CLOEXEC, getaddrinfo */
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/str.h"
#include "net/address.h"

enum {
	HOST_BYTES = 256,
	/* How often a port the system chose for one family may turn out to be
	 * taken in the other. */
	PORT_TRIES = 16,
};

struct place {
	const char *where; /* as it was given, for the sentences */
	char host[HOST_BYTES];
	uint16_t port;
	bool reuse_port;
};

static int open_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Close in a failing branch that still needs errno. */
static void close_keeping_errno(int fd)
{
	int kept = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = kept;
}

static int explain(const struct place *place, int sys_errno,
		   struct duet_error *err)
{
	const char *remedy;

	switch (sys_errno) {
	case EADDRINUSE:
		remedy =
			"stop the program that has this port, or choose another port (0 lets the system choose)";
		break;
	case EACCES:
	case EPERM:
		remedy =
			"ports below 1024 are reserved: choose 8443, say, or run setcap cap_net_bind_service=+ep on this program, or let the service manager give it CAP_NET_BIND_SERVICE";
		break;
	case EADDRNOTAVAIL:
		remedy =
			"no interface of this machine has that address: see 'ip address', or leave the host out to listen on all";
		break;
	case EAFNOSUPPORT:
		remedy =
			"this machine has no such kind of address: try the other of IPv4 and IPv6";
		break;
	default:
		return duet_error_sys(err, DUET_E_SYSTEM, sys_errno,
				      "cannot listen on '%s'", place->where);
	}
	(void)duet_error_sys(err, DUET_E_SYSTEM, sys_errno,
			     "cannot listen on '%s'", place->where);
	duet_error_append(err, "; %s", remedy);
	return DUET_E_SYSTEM;
}

/* -1 with errno. */
static int bind_one(const struct place *place,
		    const struct duet_address *address, bool v6_only)
{
	int fd = open_socket(address->storage.ss_family);
	int yes = 1;
	int only = v6_only;

	if (fd < 0)
		return -1;
	/* A restart must not wait for the old connections' TIME_WAIT. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
	    (place->reuse_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes,
					     sizeof(yes)) != 0) ||
	    (address->storage.ss_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) !=
		     0) ||
	    bind(fd, (const struct sockaddr *)&address->storage,
		 address->len) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		close_keeping_errno(fd);
		return -1;
	}
	return fd;
}

/* ":443": both families through one socket, or IPv4 where there is no IPv6. */
static int listen_everywhere(const struct place *place, int ret_fds[2],
			     size_t *ret_n, struct duet_error *err)
{
	struct duet_address any;
	int fd;

	if (!duet_address_parse(&any, "::", place->port))
		return duet_error_set(err, DUET_E_UNSUPPORTED, "no IPv6");
	fd = bind_one(place, &any, false);
	if (fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) &&
	    duet_address_parse(&any, "0.0.0.0", place->port))
		fd = bind_one(place, &any, true);
	if (fd < 0)
		return explain(place, errno, err);
	ret_fds[0] = fd;
	*ret_n = 1;
	return DUET_OK;
}

/*
 * Bind each address; a family this machine lacks is left out as long as the
 * other one works. The port the system chose for the first is used for the
 * second too. 0, or an errno with nothing bound.
 */
static int bind_all(const struct place *place, struct duet_address *addresses,
		    size_t n, int fds[2], size_t *ret_bound)
{
	struct duet_address bound;
	size_t n_bound = 0;
	int failure = 0;
	size_t i;
	int fd;

	for (i = 0; i < n; i++) {
		if (n_bound > 0 && place->port == 0 &&
		    duet_address_of(fds[0], &bound, NULL) == DUET_OK)
			duet_address_set_port(&addresses[i],
					      duet_address_port(&bound));
		fd = bind_one(place, &addresses[i], true);
		if (fd >= 0) {
			fds[n_bound++] = fd;
			continue;
		}
		failure = errno;
		if (failure != EADDRNOTAVAIL && failure != EAFNOSUPPORT)
			break;
	}
	if (n_bound > 0 && i == n) {
		*ret_bound = n_bound;
		return 0;
	}
	while (n_bound > 0)
		(void)close(fds[--n_bound]);
	return failure;
}

static int listen_on(const struct place *place, struct duet_address *addresses,
		     size_t n, int ret_fds[2], size_t *ret_n,
		     struct duet_error *err)
{
	int fds[2];
	int failure;
	size_t bound = 0;
	size_t i;
	int tries = 0;

	do {
		for (i = 0; i < n; i++)
			duet_address_set_port(&addresses[i], place->port);
		failure = bind_all(place, addresses, n, fds, &bound);
	} while (failure == EADDRINUSE && place->port == 0 && n > 1 &&
		 ++tries < PORT_TRIES);
	if (failure != 0)
		return explain(place, failure, err);
	memcpy(ret_fds, fds, bound * sizeof(fds[0]));
	*ret_n = bound;
	return DUET_OK;
}

/* The first address of each family; 0 when there is none. */
static size_t pick(const struct addrinfo *list, struct duet_address picked[2])
{
	const struct addrinfo *ai;
	size_t n = 0;

	for (ai = list; ai != NULL && n < 2; ai = ai->ai_next) {
		if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
			continue;
		if (n == 1 && picked[0].storage.ss_family == ai->ai_family)
			continue;
		memset(&picked[n], 0, sizeof(picked[n]));
		memcpy(&picked[n].storage, ai->ai_addr, ai->ai_addrlen);
		picked[n].len = ai->ai_addrlen;
		n++;
	}
	return n;
}

static int listen_on_name(const struct place *place, int ret_fds[2],
			  size_t *ret_n, struct duet_error *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_PASSIVE };
	struct duet_address picked[2];
	struct addrinfo *list = NULL;
	size_t n;
	int rc;

	rc = getaddrinfo(place->host, NULL, &hints, &list);
	if (rc != 0)
		return duet_error_set(err, DUET_E_RESOLVE,
				      "cannot listen on '%s': its host has no address: %s; check the spelling, or give an address",
				      place->where, gai_strerror(rc));
	n = pick(list, picked);
	freeaddrinfo(list);
	if (n == 0)
		return duet_error_set(err, DUET_E_RESOLVE,
				      "cannot listen on '%s': its host has no "
				      "IPv4 and no IPv6 address",
				      place->where);
	return listen_on(place, picked, n, ret_fds, ret_n, err);
}

/* Somebody answers there. */
static bool is_living(const struct sockaddr_un *un)
{
	int fd = open_socket(AF_UNIX);
	bool living;

	if (fd < 0)
		return true;
	/* EAGAIN: alive, with a full backlog. */
	living = connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0 ||
		 errno != ECONNREFUSED;
	(void)close(fd);
	return living;
}

/* A server that was killed leaves its socket file behind. */
static int remove_stale(const struct place *place, const struct sockaddr_un *un,
			struct duet_error *err)
{
	struct stat info;

	if (lstat(un->sun_path, &info) != 0)
		return DUET_OK;
	if (!S_ISSOCK(info.st_mode))
		return duet_error_set(err, DUET_E_SYSTEM,
				      "cannot listen on '%s': something that is not a socket has that name; remove it or choose another",
				      place->where);
	if (is_living(un)) {
		(void)duet_error_sys(err, DUET_E_SYSTEM, EADDRINUSE,
				     "cannot listen on '%s'", place->where);
		duet_error_append(err,
				  "; another program answers there: stop it, or choose another path");
		return DUET_E_SYSTEM;
	}
	if (unlink(un->sun_path) != 0 && errno != ENOENT)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "cannot listen on '%s': cannot remove the stale socket",
				      place->where);
	return DUET_OK;
}

static int explain_path(const struct place *place, int sys_errno,
			struct duet_error *err)
{
	(void)duet_error_sys(err, DUET_E_SYSTEM, sys_errno,
			     "cannot listen on '%s'", place->where);
	if (sys_errno == ENOENT)
		duet_error_append(err, "; make its directory first");
	else if (sys_errno == EACCES || sys_errno == EROFS)
		duet_error_append(err, "; choose a directory that this user "
				       "may write to");
	return DUET_E_SYSTEM;
}

static int listen_on_path(const struct place *place, const char *path,
			  int ret_fds[2], size_t *ret_n, struct duet_error *err)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd;
	int rc;

	if (len == 0 || len >= sizeof(un.sun_path))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "cannot listen on '%s': the path of a socket has 1 to %zu bytes",
				      place->where, sizeof(un.sun_path) - 1);
	memcpy(un.sun_path, path, len);
	rc = remove_stale(place, &un, err);
	if (rc < 0)
		return rc;
	fd = open_socket(AF_UNIX);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&un, sizeof(un)) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		close_keeping_errno(fd);
		return explain_path(place, errno, err);
	}
	ret_fds[0] = fd;
	*ret_n = 1;
	return DUET_OK;
}

/* "HOST:PORT", "[V6]:PORT", ":PORT" */
static int split(struct place *place, struct duet_error *err)
{
	const char *colon = strrchr(place->where, ':');
	const char *host = place->where;
	uint32_t port;
	size_t len;

	if (colon == NULL && duet_parse_u32(host, 65535, &port))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "cannot listen on '%s': a port alone is written with a colon before it, as in :%u",
				      place->where, (unsigned)port);
	if (colon == NULL || duet_str_ends(host, "]"))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "cannot listen on '%s': it has no port; write HOST:PORT, [V6]:PORT, :PORT or unix:PATH",
				      place->where);
	if (!duet_parse_u32(colon + 1, 65535, &port))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "cannot listen on '%s': '%s' is no port, which is a number from 0 to 65535",
				      place->where, colon + 1);
	len = (size_t)(colon - host);
	if (len > 0 && host[0] != '[' && memchr(host, ':', len) != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "cannot listen on '%s': put the IPv6 address in brackets, as in [::1]:8443",
				      place->where);
	if (len >= sizeof(place->host))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "cannot listen on '%.40s...': the host is too long",
				      place->where);
	memcpy(place->host, host, len);
	place->host[len] = '\0';
	place->port = (uint16_t)port;
	return DUET_OK;
}

int duet_listen(const char *where, bool reuse_port, int ret_fds[2],
		size_t *ret_n, struct duet_error *err)
{
	struct place place = { .where = where, .reuse_port = reuse_port };
	struct duet_address address;
	int rc;

	if (duet_address_is_unix(where))
		return listen_on_path(&place, where + 5, ret_fds, ret_n, err);
	rc = split(&place, err);
	if (rc < 0)
		return rc;
	if (place.host[0] == '\0')
		return listen_everywhere(&place, ret_fds, ret_n, err);
	if (duet_address_parse(&address, place.host, place.port))
		return listen_on(&place, &address, 1, ret_fds, ret_n, err);
	if (place.host[0] == '[')
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "cannot listen on '%s': what is in brackets is not an IPv6 address",
				      where);
	return listen_on_name(&place, ret_fds, ret_n, err);
}
