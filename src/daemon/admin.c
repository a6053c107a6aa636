/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "daemon/admin.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "daemon/service_int.h"

enum {
	AGAIN_MS = 1000, /* until one that has ended is started anew */
	HOST_BYTES = 64,
	SHOWN_BYTES = 128,
	LOOPBACK_NET = 127, /* of IPv4 */
};

/* ---- the place ---- */

static bool is_loopback(const struct duet_address *address)
{
	const struct sockaddr_in *v4 = (const void *)&address->storage;
	const struct sockaddr_in6 *v6 = (const void *)&address->storage;

	switch (address->storage.ss_family) {
	case AF_INET:
		return ntohl(v4->sin_addr.s_addr) >> 24 == LOOPBACK_NET;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	default:
		return address->storage.ss_family == AF_UNIX;
	}
}

/* "localhost" is looked up only when it is bound, and looked at once more. */
static bool is_loopback_host(const char *host)
{
	struct duet_address address;

	return duet_str_eq_nocase(host, "localhost") ||
	       (duet_address_parse(&address, host, 0) && is_loopback(&address));
}

static int refuse(const char *place, struct duet_error *err)
{
	char shown[SHOWN_BYTES];

	duet_str_printable(shown, sizeof(shown), duet_str(place));
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "'%s' is no place for the admin listener, which has no password and is for this machine only: give it loopback (127.0.0.1:9090, [::1]:9090, localhost:9090) or a socket file (unix:PATH); from elsewhere, go through ssh -L or a proxy that asks who comes",
			      shown);
}

int duet_admin_check(const char *place, struct duet_error *err)
{
	const char *colon = strrchr(place, ':');
	char host[HOST_BYTES];
	uint32_t port;
	size_t len;

	if (duet_address_is_unix(place) && place[strlen("unix:")] != '\0')
		return DUET_OK;
	if (colon == NULL || duet_address_is_unix(place) ||
	    !duet_parse_u32(colon + 1, UINT16_MAX, &port))
		return refuse(place, err);
	len = (size_t)(colon - place);
	if (len == 0 || len >= sizeof(host))
		return refuse(place, err);
	memcpy(host, place, len);
	host[len] = '\0';
	/* "::1:9090" would be read as an address and a port by luck. */
	if (host[0] != '[' && strchr(host, ':') != NULL)
		return refuse(place, err);
	return is_loopback_host(host) ? DUET_OK : refuse(place, err);
}

/* What a name led to may be anything. */
static int check_bound(const struct duet_sockets *sockets, const char *place,
		       struct duet_error *err)
{
	struct duet_address address;
	int rc = DUET_OK;
	size_t i;

	for (i = 0; rc == DUET_OK && i < sockets->n_places; i++) {
		rc = duet_address_of(sockets->fds[i], &address, err);
		if (rc == DUET_OK && !is_loopback(&address))
			rc = refuse(place, err);
	}
	return rc;
}

int duet_admin_open(struct duet_service *service, struct duet_error *err)
{
	const char *place = service->config->admin;
	const char *const places[] = { place, NULL };
	mode_t before = 0;
	int rc = duet_admin_check(place, err);

	if (rc != DUET_OK)
		return rc;
	/* From its first moment: chmod(2) would come after it. */
	before = umask(S_IXUSR | S_IRWXG | S_IRWXO);
	rc = duet_sockets_open(&service->admin, places, NULL, 1, err);
	(void)umask(before);
	return rc == DUET_OK ? check_bound(&service->admin, place, err) : rc;
}

/* ---- the process, seen from the supervisor ---- */

/* 0, or errno. */
static int start(struct duet_admin *admin)
{
	pid_t pid = duet_service_fork(admin->service);

	if (pid == 0)
		exit(duet_admin_run(admin->service));
	if (pid < 0)
		return errno;
	admin->pid = pid;
	admin->again_ms = INT64_MAX;
	return 0;
}

int duet_admin_start(struct duet_admin *admin, struct duet_service *service,
		     struct duet_error *err)
{
	int sys_errno;

	*admin = (struct duet_admin){ .service = service,
				      .again_ms = INT64_MAX };
	if (service->config->admin == NULL)
		return DUET_OK;
	sys_errno = start(admin);
	if (sys_errno == 0)
		return DUET_OK;
	return duet_error_sys(err, DUET_E_SYSTEM, sys_errno,
			      "cannot start the process of the admin listener");
}

bool duet_admin_ended(struct duet_admin *admin, pid_t pid, int status,
		      bool restart)
{
	if (admin->pid == 0 || admin->pid != pid)
		return false;
	admin->pid = 0;
	if (restart)
		admin->again_ms = duet_clock_ms() + AGAIN_MS;
	if (restart || status != 0)
		duet_service_mourn(admin->service, pid, status,
				   "of the admin listener",
				   restart ? "; another takes its place" : "");
	return true;
}

int32_t duet_admin_step(struct duet_admin *admin)
{
	int64_t left_ms;

	if (admin->again_ms == INT64_MAX)
		return -1;
	left_ms = admin->again_ms - duet_clock_ms();
	if (left_ms > 0)
		return (int32_t)left_ms;
	if (start(admin) == 0)
		return -1;
	admin->again_ms = duet_clock_ms() + AGAIN_MS;
	return AGAIN_MS;
}

void duet_admin_signal(const struct duet_admin *admin, int signal)
{
	if (admin->pid > 0)
		(void)kill(admin->pid, signal);
}
