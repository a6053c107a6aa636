/* SPDX-License-Identifier: MIT */
/*
 * One dial:
 *
 *	RESOLVING -- on_resolved --> TRYING -- win --> OVER
 *	    |                          |
 *	    +------ fail, on_deadline -+-------------> OVER
 *
 * While TRYING, addresses[0..next) have been begun; those with an open fd in
 * attempts are still connecting (n_live of them). The next one begins when the
 * stagger timer fires, or at once when an attempt fails. OVER: nothing is
 * open, no timer runs, fn has been called.
 */
#define _DEFAULT_SOURCE         /* SOCK_CLOEXEC, SO_BINDTODEVICE */
#define _POSIX_C_SOURCE 200809L /* strerror_r as POSIX has it */
#include "net/dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/resolve.h"

enum {
	STAGGER_MS = 250, /* RFC 8305 s5: Connection Attempt Delay */
	TRIED_BYTES = 300,
};

struct attempt {
	struct duet_dial *dial;
	const struct duet_address *address;
	struct duet_watch *watch;
	int fd; /* -1: not begun, or failed */
};

struct duet_dial {
	struct duet_loop *loop;
	struct duet_lookup *lookup;
	struct duet_timer *stagger;
	struct duet_timer *deadline;
	char host[DUET_HOST_BYTES]; /* printable */
	uint16_t port;
	int32_t time_limit_ms;
	sa_family_t family;
	struct duet_address from; /* .len 0: any */
	char device[IF_NAMESIZE]; /* "": any */
	int64_t resolved_us;

	struct duet_address addresses[DUET_RESOLVE_MAX];
	struct attempt attempts[DUET_RESOLVE_MAX];
	size_t n;
	size_t next;
	size_t n_live;

	/* What was tried and what came of it, for the sentence. */
	char tried[TRIED_BYTES];
	size_t n_untold; /* that did not fit */
	int last_errno;

	duet_dial_aside_fn *aside; /* to be asked, or NULL */
	duet_dial_fn *fn;          /* NULL: OVER */
	void *arg;
};

static void stop_attempt(struct attempt *attempt)
{
	if (attempt->fd < 0)
		return;
	duet_watch_free(attempt->watch);
	attempt->watch = NULL;
	(void)close(attempt->fd);
	attempt->fd = -1;
	attempt->dial->n_live--;
}

static void stop(struct duet_dial *dial)
{
	size_t i;

	for (i = 0; i < dial->next; i++)
		stop_attempt(&dial->attempts[i]);
	duet_timer_set(dial->stagger, INT64_MAX);
	duet_timer_set(dial->deadline, INT64_MAX);
	duet_lookup_free(dial->lookup);
	dial->lookup = NULL;
}

/* Last in every path: fn may free the dial. */
static void finish(struct duet_dial *dial, const struct duet_dialled *dialled,
		   const struct duet_error *err)
{
	duet_dial_fn *fn = dial->fn;

	stop(dial);
	dial->fn = NULL;
	fn(dial->arg, dialled, err);
}

static void finish_failed(struct duet_dial *dial, const struct duet_error *err)
{
	const struct duet_dialled nothing = { .fd = -1,
					      .resolved_us =
						      dial->resolved_us };

	finish(dial, &nothing, err);
}

static void note(struct duet_dial *dial, const struct duet_address *address,
		 const char *outcome)
{
	char text[DUET_ADDRESS_TEXT_BYTES];
	size_t used = strlen(dial->tried);
	int n;

	duet_address_text(text, address);
	n = snprintf(dial->tried + used, sizeof(dial->tried) - used, "%s%s: %s",
		     used > 0 ? ", " : "", text, outcome);
	if (n >= 0 && (size_t)n < sizeof(dial->tried) - used)
		return;
	dial->tried[used] = '\0';
	dial->n_untold++;
}

/* prefix: what it happened to, if not to the connection itself. */
static void note_errno(struct duet_dial *dial,
		       const struct duet_address *address, const char *prefix,
		       int sys_errno)
{
	char words[128];
	char outcome[256];

	if (strerror_r(sys_errno, words, sizeof(words)) != 0)
		(void)snprintf(words, sizeof(words), "errno %d", sys_errno);
	(void)snprintf(outcome, sizeof(outcome), "%s%s", prefix, words);
	note(dial, address, outcome);
	dial->last_errno = sys_errno;
}

static const char *remedy(int sys_errno)
{
	switch (sys_errno) {
	case ECONNREFUSED:
		return "; nothing listens there: check the port, and that the server runs";
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EADDRNOTAVAIL:
		return "; there is no way there: check the network";
	case ENODEV:
		return "; there is no such interface: 'ip link' shows them";
	case EPERM:
		return "; leaving by an interface wants the right to (CAP_NET_RAW): give its address instead";
	case ENOENT:
		return "; there is no such socket: check the path, and that the server runs";
	case EACCES:
		return "; this user may not write to that socket: ask for the permission";
	case ETIMEDOUT:
		return "; check the address and the port: a firewall may drop what is sent there";
	default:
		return "";
	}
}

static void fail(struct duet_dial *dial, int code)
{
	struct duet_error err;

	(void)duet_error_set(&err, code, "cannot connect to '%s' port %u",
			     dial->host, (unsigned)dial->port);
	if (code == DUET_E_TIMEOUT)
		duet_error_append(&err, " within %d ms",
				  (int)dial->time_limit_ms);
	duet_error_append(&err, ": %s",
			  dial->n > 0
				  ? dial->tried
				  : "it has no address of the family that is asked for; leave that out");
	if (dial->n_untold > 0)
		duet_error_append(&err, " and %zu more", dial->n_untold);
	duet_error_append(&err, "%s", remedy(dial->last_errno));
	err.sys = dial->last_errno;
	finish_failed(dial, &err);
}

static void win(struct attempt *attempt)
{
	struct duet_dial *dial = attempt->dial;
	struct duet_dialled dialled = { .fd = attempt->fd,
					.address = *attempt->address,
					.resolved_us = dial->resolved_us,
					.connected_us = duet_clock_us() };
	int yes = 1;

	/* A request is written whole, and must not wait for an ACK. Fails on
	 * a unix socket, which has no such delay. */
	(void)setsockopt(attempt->fd, IPPROTO_TCP, TCP_NODELAY, &yes,
			 sizeof(yes));
	duet_watch_free(attempt->watch);
	attempt->watch = NULL;
	attempt->fd = -1; /* the caller owns it now */
	dial->n_live--;
	finish(dial, &dialled, NULL);
}

static void begin_next(struct duet_dial *dial);

static void on_connected(void *arg, int ready)
{
	struct attempt *attempt = arg;
	struct duet_dial *dial = attempt->dial;
	int failure = 0;
	socklen_t len = sizeof(failure);

	(void)ready;
	if (getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &failure, &len) != 0)
		failure = errno;
	if (failure == 0) {
		win(attempt);
		return;
	}
	note_errno(dial, attempt->address, "", failure);
	stop_attempt(attempt);
	begin_next(dial);
}

/* Where it leaves from. 0, or the errno and in what. */
static int bind_attempt(const struct attempt *attempt,
			char prefix[DUET_ADDRESS_TEXT_BYTES])
{
	const struct duet_dial *dial = attempt->dial;
	char from[DUET_ADDRESS_TEXT_BYTES];
	int failure;

	if (attempt->address->storage.ss_family == AF_UNIX)
		return 0;
	if (dial->device[0] != '\0' &&
	    setsockopt(attempt->fd, SOL_SOCKET, SO_BINDTODEVICE, dial->device,
		       (socklen_t)strlen(dial->device)) != 0) {
		failure = errno;
		(void)snprintf(prefix, DUET_ADDRESS_TEXT_BYTES,
			       "by interface '%s': ", dial->device);
		return failure;
	}
	if (dial->from.len > 0 &&
	    bind(attempt->fd, (const struct sockaddr *)&dial->from.storage,
		 dial->from.len) != 0) {
		failure = errno;
		duet_address_text(from, &dial->from);
		/* A port of 0 is not worth a word. */
		(void)snprintf(prefix, DUET_ADDRESS_TEXT_BYTES,
			       "from %.*s: ", (int)(strrchr(from, ':') - from),
			       from);
		return failure;
	}
	return 0;
}

/* 0: under way or connected; else the errno, and in what. */
static int begin(struct attempt *attempt, char prefix[DUET_ADDRESS_TEXT_BYTES])
{
	const struct duet_address *address = attempt->address;
	struct duet_dial *dial = attempt->dial;
	struct duet_error err = { 0 };
	int failure;

	prefix[0] = '\0';
	attempt->fd = socket(address->storage.ss_family,
			     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (attempt->fd < 0)
		return errno;
	dial->n_live++;
	failure = bind_attempt(attempt, prefix);
	if (failure == 0 &&
	    connect(attempt->fd, (const struct sockaddr *)&address->storage,
		    address->len) != 0 &&
	    errno != EINPROGRESS)
		failure = errno;
	if (failure != 0) {
		stop_attempt(attempt);
		return failure;
	}
	/* One that connected at once is writable at once. */
	if (duet_watch_new(dial->loop, attempt->fd, on_connected, attempt,
			   &attempt->watch, &err) < 0 ||
	    duet_watch_set(attempt->watch, DUET_WRITABLE) < 0) {
		stop_attempt(attempt);
		return err.sys != 0 ? err.sys : ENOMEM;
	}
	return 0;
}

static bool is_set_aside(struct duet_dial *dial)
{
	duet_dial_aside_fn *aside = dial->aside;

	dial->aside = NULL;
	return aside != NULL && aside(dial->arg, dial->addresses, dial->n);
}

static void begin_next(struct duet_dial *dial)
{
	char prefix[DUET_ADDRESS_TEXT_BYTES];
	struct attempt *attempt;
	int failure;

	if (is_set_aside(dial))
		return;
	while (dial->next < dial->n) {
		attempt = &dial->attempts[dial->next++];
		failure = begin(attempt, prefix);
		if (failure == 0)
			break;
		note_errno(dial, attempt->address, prefix, failure);
	}
	if (dial->n_live == 0) {
		fail(dial, DUET_E_CONNECT);
		return;
	}
	duet_timer_set(dial->stagger,
		       dial->next < dial->n
			       ? duet_loop_now_ms(dial->loop) + STAGGER_MS
			       : INT64_MAX);
}

static void on_stagger(void *arg)
{
	begin_next(arg);
}

static void on_deadline(void *arg)
{
	struct duet_dial *dial = arg;
	struct duet_error err;
	size_t i;

	if (dial->lookup != NULL) {
		(void)duet_error_set(&err, DUET_E_TIMEOUT,
				     "the name '%s' was not resolved within %d ms; check the network and /etc/resolv.conf",
				     dial->host, (int)dial->time_limit_ms);
		finish_failed(dial, &err);
		return;
	}
	for (i = 0; i < dial->next; i++)
		if (dial->attempts[i].fd >= 0)
			note(dial, dial->attempts[i].address, "no answer");
	for (; i < dial->n; i++)
		note(dial, &dial->addresses[i], "not tried");
	dial->last_errno = ETIMEDOUT;
	fail(dial, DUET_E_TIMEOUT);
}

static bool is_wanted(const struct duet_dial *dial,
		      const struct duet_address *address)
{
	return dial->family == AF_UNSPEC ||
	       address->storage.ss_family == dial->family ||
	       address->storage.ss_family == AF_UNIX;
}

/*
 * RFC 8305 s4: the families in turn, beginning with that of the address the
 * system likes best; within a family the order is the system's. Of one family
 * alone there is no turn.
 */
static void order(struct duet_dial *dial, const struct duet_address *given,
		  size_t n)
{
	sa_family_t first = given[0].storage.ss_family;
	size_t i[2] = { 0, 0 }; /* the next of the first family, of others */
	unsigned turn = 0;

	while ((i[0] < n || i[1] < n) && dial->n < DUET_RESOLVE_MAX) {
		while (i[turn] < n && (given[i[turn]].storage.ss_family ==
				       first) != (turn == 0))
			i[turn]++;
		if (i[turn] < n && is_wanted(dial, &given[i[turn]]))
			dial->addresses[dial->n++] = given[i[turn]];
		i[turn]++;
		turn ^= 1;
	}
	for (i[0] = 0; i[0] < dial->n; i[0]++)
		dial->attempts[i[0]] =
			(struct attempt){ dial, &dial->addresses[i[0]], NULL,
					  -1 };
}

static void on_resolved(void *arg, const struct duet_address *addresses,
			size_t n, const struct duet_error *err)
{
	struct duet_dial *dial = arg;
	struct duet_lookup *lookup = dial->lookup;

	dial->lookup = NULL;
	if (err != NULL) {
		finish_failed(dial, err);
	} else {
		dial->resolved_us = duet_clock_us();
		order(dial, addresses, n);
		begin_next(dial);
	}
	duet_lookup_free(lookup);
}

/* Addresses that are known are tried in the next step, not in this call. */
static int start(struct duet_dial *dial, const struct duet_target *target,
		 struct duet_error *err)
{
	const struct duet_sought sought = { target->host, target->port,
					    target->family };
	const struct duet_address *addresses = target->addresses;
	int64_t now = duet_loop_update_ms(dial->loop);
	struct duet_address literal;
	size_t n = target->n;

	if (target->time_limit_ms > 0)
		duet_timer_set(dial->deadline, now + target->time_limit_ms);
	if (n == 0 &&
	    duet_address_parse(&literal, target->host, target->port)) {
		addresses = &literal;
		n = 1;
	}
	if (n == 0)
		return duet_lookup_new(dial->loop, &sought, on_resolved, dial,
				       &dial->lookup, err);
	order(dial, addresses, n);
	duet_timer_set(dial->stagger, now);
	return DUET_OK;
}

int duet_dial_new(struct duet_loop *loop, const struct duet_target *target,
		  duet_dial_fn *fn, void *arg, struct duet_dial **ret,
		  struct duet_error *err)
{
	struct duet_dial *dial = duet_mem_zalloc(sizeof(*dial));
	int rc;

	if (dial == NULL)
		return duet_error_nomem(err);
	dial->loop = loop;
	duet_str_printable(dial->host, sizeof(dial->host),
			   duet_str(target->host));
	dial->port = target->port;
	dial->time_limit_ms = target->time_limit_ms;
	dial->aside = target->aside;
	dial->family = target->family;
	if (target->from != NULL)
		dial->from = *target->from;
	if (target->device != NULL)
		(void)snprintf(dial->device, sizeof(dial->device), "%s",
			       target->device);
	dial->fn = fn;
	dial->arg = arg;
	rc = duet_timer_new(loop, on_stagger, dial, &dial->stagger, err);
	if (rc == DUET_OK)
		rc = duet_timer_new(loop, on_deadline, dial, &dial->deadline,
				    err);
	if (rc == DUET_OK)
		rc = start(dial, target, err);
	if (rc < 0) {
		duet_dial_free(dial);
		return rc;
	}
	*ret = dial;
	return DUET_OK;
}

void duet_dial_free(struct duet_dial *dial)
{
	size_t i;

	if (dial == NULL)
		return;
	for (i = 0; i < dial->next; i++)
		stop_attempt(&dial->attempts[i]);
	duet_timer_free(dial->stagger);
	duet_timer_free(dial->deadline);
	duet_lookup_free(dial->lookup);
	duet_mem_free(dial);
}
