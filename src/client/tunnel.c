/* SPDX-License-Identifier: MIT */
/*
 * One tunnel:
 *
 *	TLS -- handshake, or there is none --> TALK -- opened --> OVER
 *	 |                                      |
 *	 +---- failure, or fn wanted no more ---+---------------> OVER
 *
 * Whatever wakes it, it goes on as far as that goes without waiting. What is
 * said in TALK is the business of an engine, http/h1 or net/socks; here bytes
 * are moved between that and the pipe. OVER: fn has been called.
 */
#include "client/tunnel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/headers.h"
#include "http/h1.h"
#include "net/resolve.h"
#include "net/socks.h"
#include "tls/engine.h"

enum {
	REASON_BYTES = 80,
	TLS_ALERT = 0x15, /* RFC 8446 s5.1: content types */
	TLS_HANDSHAKE = 0x16,
	SOCKS_VERSION = 5, /* RFC 1928 s3 */
};

struct duet_tunnel {
	struct duet_pipe *pipe;
	struct duet_tunnel_to to;
	struct duet_watch *watch;
	enum {
		TUNNEL_TLS,
		TUNNEL_TALK,
		TUNNEL_OVER,
	} state;
	struct duet_h1 *h1; /* NULL: it is SOCKS */
	struct duet_socks socks;
	bool heard; /* a byte of its answer */
	duet_tunnel_fn *fn;
	void *arg;
};

/* A word, and no part of a name: neither 'server' nor server.example. */
static bool is_word(const struct duet_error *err, const char *p, size_t len)
{
	char after = p[len];

	if (p > err->text && p[-1] != ' ' && p[-1] != '(')
		return false;
	if (after == '.')
		after = p[len + 1];
	return !duet_is_alpha((unsigned char)after) &&
	       !duet_is_digit((unsigned char)after) && after != '-' &&
	       after != '_';
}

/* Words about a server are about the proxy here. */
static void mean_the_proxy(struct duet_error *err)
{
	static const char server[] = "server";
	static const char proxy[] = "proxy";
	char *p = err->text;

	while ((p = strstr(p, server)) != NULL) {
		if (is_word(err, p, sizeof(server) - 1)) {
			memcpy(p, proxy, sizeof(proxy) - 1);
			memmove(p + sizeof(proxy) - 1, p + sizeof(server) - 1,
				strlen(p + sizeof(server) - 1) + 1);
		}
		p++;
	}
}

/* Bytes may still be on their way: what the proxy said matters more. */
static int ended(struct duet_tunnel *tunnel, int sys_errno,
		 struct duet_error *err)
{
	if (sys_errno == ENOMEM)
		return duet_error_nomem(err);
	if (sys_errno == EPROTO) {
		duet_pipe_explain(tunnel->pipe, err);
		mean_the_proxy(err);
		return err->code;
	}
	(void)duet_error_set(err, DUET_E_PROXY,
			     "it ended the connection %s its answer",
			     tunnel->heard ? "in the middle of" : "before");
	if (sys_errno != 0)
		err->sys = sys_errno;
	duet_error_append(err, "; check its port, and look into its log");
	return DUET_E_PROXY;
}

/* DUET_OK with *ret_n; DUET_WANT_READ: not now. */
static int move(struct duet_tunnel *tunnel, ssize_t n, size_t *ret_n,
		struct duet_error *err)
{
	if (n > 0) {
		*ret_n = (size_t)n;
		return DUET_OK;
	}
	if (n == 0)
		return ended(tunnel, 0, err);
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return DUET_WANT_READ;
	return ended(tunnel, errno, err);
}

static int send_some(struct duet_tunnel *tunnel, struct duet_bytes bytes,
		     size_t *ret_n, struct duet_error *err)
{
	return move(tunnel, duet_pipe_send(tunnel->pipe, bytes.data, bytes.len),
		    ret_n, err);
}

static int recv_some(struct duet_tunnel *tunnel, struct duet_room room,
		     size_t *ret_n, struct duet_error *err)
{
	return move(tunnel, duet_pipe_recv(tunnel->pipe, room.data, room.len),
		    ret_n, err);
}

/* SOCKS5 */

static int talk_socks(struct duet_tunnel *tunnel, struct duet_error *err)
{
	struct duet_socks *socks = &tunnel->socks;
	struct duet_bytes bytes;
	size_t n = 0;
	int rc = DUET_OK;

	while (rc == DUET_OK) {
		bytes = duet_socks_send_bytes(socks);
		if (bytes.len > 0) {
			rc = send_some(tunnel, bytes, &n, err);
			if (rc == DUET_OK)
				duet_socks_send_done(socks, n);
			continue;
		}
		rc = recv_some(tunnel, duet_socks_room(socks), &n, err);
		if (rc != DUET_OK)
			break;
		tunnel->heard = true;
		rc = duet_socks_received(socks, n, err);
		if (rc == DUET_OK)
			return DUET_OK;
		if (rc == DUET_WANT_READ)
			rc = DUET_OK;
	}
	return rc;
}

/* CONNECT */

/* "Basic" among what it would take (RFC 9110 s11.7.1); its first scheme. */
static bool takes_basic(const struct duet_head *answer, char first[32])
{
	const struct duet_header *field;
	bool basic = false;

	first[0] = '\0';
	for (field = answer->headers; field != NULL && field->name != NULL;
	     field++) {
		struct duet_bytes scheme;

		if (!duet_str_eq_nocase(field->name, "Proxy-Authenticate"))
			continue;
		scheme = (struct duet_bytes){ field->value,
					      strcspn(field->value, " ,") };
		basic = basic || duet_bytes_eq_nocase(scheme, "Basic");
		if (first[0] == '\0')
			duet_str_printable(first, 32, scheme);
	}
	return basic;
}

static int wants_authentication(const struct duet_proxy *proxy,
				const struct duet_head *answer,
				struct duet_error *err)
{
	char first[32];

	if (!takes_basic(answer, first) && first[0] != '\0')
		return duet_error_set(err, DUET_E_PROXY,
				      "it wants authentication by %s (%d), and Basic is all we do; ask its keeper for that",
				      first, (int)answer->status);
	return duet_error_set(err, DUET_E_PROXY, "%s (%d); %s",
			      proxy->userinfo != NULL
				      ? "it refuses this name and password"
				      : "it wants authentication",
			      (int)answer->status,
			      proxy->userinfo != NULL
				      ? "check them"
				      : "give it a name and a password");
}

static const char *remedy(int status)
{
	switch (status) {
	case 403:
		return "its rules do not allow that: ask its keeper";
	case 500:
	case 502:
	case 503:
	case 504:
		return "check the name and the port, and that the server runs";
	case 400:
	case 404:
	case 405:
	case 501:
		return "check that it is a proxy, and one for CONNECT to that port";
	default:
		return "ask its keeper";
	}
}

static int judge(struct duet_tunnel *tunnel, const struct duet_head *answer,
		 struct duet_error *err)
{
	char reason[REASON_BYTES];
	char host[DUET_HOST_BYTES];

	if (answer->status / 100 == 2)
		return DUET_OK;
	/* Some say 401, which is for servers, to a wrong password. */
	if (answer->status == 407 || answer->status == 401)
		return wants_authentication(tunnel->to.proxy, answer, err);
	duet_str_printable(reason, sizeof(reason),
			   duet_str(answer->reason != NULL ? answer->reason
							   : ""));
	duet_str_printable(host, sizeof(host), duet_str(tunnel->to.host));
	return duet_error_set(err, DUET_E_PROXY,
			      "it refuses a way to '%s' port %u: %d%s%s; %s",
			      host, (unsigned)tunnel->to.port,
			      (int)answer->status, reason[0] != '\0' ? " " : "",
			      reason, remedy(answer->status));
}

/* DUET_OK: it is open. DUET_WANT_READ: more bytes are needed. */
static int next_event(struct duet_tunnel *tunnel, struct duet_error *err)
{
	struct duet_event event = { .size = sizeof(event) };
	int rc;

	for (;;) {
		rc = duet_h1_next(tunnel->h1, &event, err);
		if (rc == DUET_WANT_READ || rc == DUET_E_NOMEM)
			return rc;
		if (rc < 0) {
			duet_error_prefix(err,
					  "its answer to CONNECT is no good: ");
			err->code = DUET_E_PROXY;
			return DUET_E_PROXY;
		}
		if (event.type == DUET_EV_HEAD)
			break;
	}
	rc = judge(tunnel, event.head, err);
	if (rc < 0)
		return rc;
	/* Clients speak first in TLS and in HTTP: whoever it is from, nobody
	 * can have asked for it. */
	rc = duet_h1_next(tunnel->h1, &event, err);
	if (rc == DUET_OK && event.type == DUET_EV_DATA)
		return duet_error_set(err, DUET_E_PROXY,
				      "it sends %zu bytes after its answer to CONNECT that nobody asked for; tell its keeper",
				      event.data.len);
	return DUET_OK;
}

/* No HTTP begins so. An answer of SOCKS5 begins with its version. */
static int check_first(struct duet_tunnel *tunnel, const uint8_t *first,
		       struct duet_error *err)
{
	if (!tunnel->heard && *first == SOCKS_VERSION)
		return duet_error_set(err, DUET_E_PROXY,
				      "it speaks SOCKS5; write socks5h:// before its name");
	if (tunnel->heard || (*first != TLS_ALERT && *first != TLS_HANDSHAKE))
		return DUET_OK;
	return duet_error_set(err, DUET_E_PROXY,
			      "it speaks TLS on that port; write https:// before its name");
}

static int talk_connect(struct duet_tunnel *tunnel, struct duet_error *err)
{
	struct duet_room room = { NULL, 0 };
	struct duet_bytes bytes;
	size_t n = 0;
	int rc;

	for (;;) {
		bytes = duet_h1_send_bytes(tunnel->h1);
		if (bytes.len > 0) {
			rc = send_some(tunnel, bytes, &n, err);
			if (rc != DUET_OK)
				return rc;
			duet_h1_send_done(tunnel->h1, n);
			continue;
		}
		rc = next_event(tunnel, err);
		if (rc != DUET_WANT_READ)
			return rc;
		if (duet_h1_recv_room(tunnel->h1, &room) < 0)
			return duet_error_nomem(err);
		rc = recv_some(tunnel, room, &n, err);
		if (rc == DUET_OK)
			rc = check_first(tunnel, room.data, err);
		if (rc != DUET_OK) {
			duet_h1_recv_done(tunnel->h1, 0);
			return rc;
		}
		tunnel->heard = true;
		duet_h1_recv_done(tunnel->h1, n);
	}
}

/* Both */

static int shake_hands(struct duet_tunnel *tunnel, struct duet_error *err)
{
	int rc = duet_pipe_handshake(tunnel->pipe, err);

	if (rc < 0)
		mean_the_proxy(err);
	if (rc != DUET_OK)
		return rc;
	if (tunnel->pipe->tls != NULL &&
	    duet_tls_chose(tunnel->pipe->tls, "h2"))
		return duet_error_set(err, DUET_E_PROXY,
				      "it chooses HTTP/2 (ALPN), which we do not speak with proxies; leave h2 out of .proxy_tls");
	tunnel->state = TUNNEL_TALK;
	return DUET_OK;
}

static int advance(struct duet_tunnel *tunnel, struct duet_error *err)
{
	int rc = DUET_OK;

	if (tunnel->state == TUNNEL_TLS)
		rc = shake_hands(tunnel, err);
	if (rc != DUET_OK || tunnel->to.host == NULL)
		return rc;
	return tunnel->h1 != NULL ? talk_connect(tunnel, err)
				  : talk_socks(tunnel, err);
}

/* Before, or while, something is to be said to the socket. */
static bool wants_to_send(const struct duet_tunnel *tunnel)
{
	if (duet_pipe_is_blocked(tunnel->pipe))
		return true;
	if (tunnel->state != TUNNEL_TALK)
		return false;
	return tunnel->h1 != NULL
		       ? duet_h1_send_bytes(tunnel->h1).len > 0
		       : duet_socks_send_bytes(&tunnel->socks).len > 0;
}

static void finish(struct duet_tunnel *tunnel, struct duet_error *err)
{
	duet_tunnel_fn *fn = tunnel->fn;

	duet_watch_free(tunnel->watch);
	tunnel->watch = NULL;
	tunnel->state = TUNNEL_OVER;
	if (err != NULL)
		duet_error_prefix(err,
				  "the proxy %s: ", tunnel->to.proxy->text);
	fn(tunnel->arg, err);
}

static void on_ready(void *arg, int ready)
{
	struct duet_tunnel *tunnel = arg;
	struct duet_error err = { 0 };
	int wanted = DUET_READABLE;
	int rc;

	(void)ready;
	rc = advance(tunnel, &err);
	if (rc == DUET_WANT_READ) {
		if (wants_to_send(tunnel))
			wanted |= DUET_WRITABLE;
		rc = duet_watch_set(tunnel->watch, wanted);
		if (rc == DUET_OK)
			return;
		(void)duet_error_set(&err, rc, "it cannot be waited for");
	}
	finish(tunnel, rc < 0 ? &err : NULL);
}

static int begin_connect(struct duet_tunnel *tunnel, struct duet_error *err)
{
	const struct duet_tunnel_to *to = &tunnel->to;
	bool v6 = strchr(to->host, ':') != NULL;
	char *authority = duet_mem_printf("%s%s%s:%u", v6 ? "[" : "", to->host,
					  v6 ? "]" : "", (unsigned)to->port);
	struct duet_headers fields = { 0 };
	struct duet_limits limits;
	uint64_t stream;
	int rc;

	rc = duet_limits_fill(&limits, to->limits, err);
	if (rc == DUET_OK)
		tunnel->h1 = duet_h1_new(DUET_ROLE_CLIENT, &limits);
	if (tunnel->h1 == NULL || authority == NULL) {
		duet_mem_free(authority);
		return rc < 0 ? rc : duet_error_nomem(err);
	}
	rc = duet_headers_add(&fields, "Host", authority);
	if (rc == DUET_OK)
		rc = duet_headers_add(&fields, "User-Agent",
				      "duet/" DUET_VERSION);
	if (rc == DUET_OK)
		rc = duet_proxy_authorize(to->proxy, &fields);
	if (rc < 0)
		rc = duet_error_nomem(err);
	else
		rc = duet_h1_request(tunnel->h1,
				     DUET_HEAD(.method = "CONNECT",
					       .target = authority,
					       .headers = fields.list),
				     &stream, err);
	duet_headers_done(&fields);
	duet_mem_free(authority);
	return rc;
}

static int begin_talk(struct duet_tunnel *tunnel, struct duet_error *err)
{
	const struct duet_tunnel_to *to = &tunnel->to;

	if (to->host == NULL)
		return DUET_OK;
	if (!duet_proxy_is_socks(to->proxy))
		return begin_connect(tunnel, err);
	return duet_socks_init(&tunnel->socks,
			       &(struct duet_socks_to){ to->host, to->port,
							to->proxy->userinfo },
			       err);
}

int duet_tunnel_new(struct duet_loop *loop, struct duet_pipe *pipe,
		    const struct duet_tunnel_to *to, duet_tunnel_fn *fn,
		    void *arg, struct duet_tunnel **ret, struct duet_error *err)
{
	struct duet_tunnel *tunnel = duet_mem_zalloc(sizeof(*tunnel));
	int rc;

	if (tunnel == NULL)
		return duet_error_nomem(err);
	tunnel->pipe = pipe;
	tunnel->to = *to;
	tunnel->fn = fn;
	tunnel->arg = arg;
	rc = begin_talk(tunnel, err);
	if (rc < 0)
		duet_error_prefix(err, "the proxy %s: ", to->proxy->text);
	if (rc == DUET_OK)
		rc = duet_watch_new(loop, pipe->fd, on_ready, tunnel,
				    &tunnel->watch, err);
	/* A connected socket can be written to: it begins with the next step.
	 */
	if (rc == DUET_OK)
		rc = duet_watch_set(tunnel->watch, DUET_WRITABLE);
	if (rc < 0) {
		duet_tunnel_free(tunnel);
		return rc;
	}
	*ret = tunnel;
	return DUET_OK;
}

const char *duet_tunnel_doing(const struct duet_tunnel *tunnel)
{
	if (tunnel->state == TUNNEL_TLS)
		return "the TLS handshake with it is not over; it may be one for http://";
	if (tunnel->heard)
		return "its answer is not whole; look into its log";
	return "it is still to answer; check what kind of proxy it is, and look into its log";
}

bool duet_tunnel_may_try_another(const struct duet_tunnel *tunnel)
{
	return tunnel->h1 == NULL && duet_socks_may_try_another(&tunnel->socks);
}

void duet_tunnel_free(struct duet_tunnel *tunnel)
{
	if (tunnel == NULL)
		return;
	duet_watch_free(tunnel->watch);
	duet_h1_free(tunnel->h1);
	duet_socks_done(&tunnel->socks);
	duet_mem_free(tunnel);
}

int duet_tunnel_check_answer(const struct duet_proxy *proxy,
			     const struct duet_head *answer,
			     struct duet_error *err)
{
	int rc;

	if (answer->status != 407)
		return DUET_OK;
	rc = wants_authentication(proxy, answer, err);
	duet_error_prefix(err, "the proxy %s: ", proxy->text);
	return rc;
}
