/* SPDX-License-Identifier: MIT */
/* duet/client.h - a client: one call, or many requests, waiting or not. */
#ifndef DUET_CLIENT_H
#define DUET_CLIENT_H

#include <duet/http.h>

#ifdef __cplusplus
extern "C" {
#endif

struct duet_client; /* kept-alive connections, sessions; one thread at a time */
struct duet_response; /* one answer, yours to free */

/* "NAME:PORT" is reached at these addresses instead of being resolved. */
struct duet_resolve {
	const char *host;
	uint16_t port;
	const char *address; /* an IP literal */
};

struct duet_client_options {
	size_t size;
	struct duet_config *tls; /* NULL: all defaults */
	const struct duet_limits *limits;
	const struct duet_resolve *resolve; /* ended by a NULL host, or NULL */
	uint32_t max_idle;                  /* kept connections; 0: 16 */
	int32_t connect_ms; /* 0: 30000; all addresses together */
	/* Where .tls asks for revocation, the lists are fetched by the client
	 * itself, over plain http:// as RFC 5280 s4.2.1.13 has it: they are
	 * signed. Kept in this directory, which is made, for all who share it;
	 * NULL: nowhere. */
	const char *crl_dir;
	int32_t crl_ms;     /* for one list; 0: 10000 */
	uint64_t crl_bytes; /* of one list; 0: 100 MiB */
};
#define DUET_CLIENT(...)                      \
	(&(const struct duet_client_options){ \
		.size = sizeof(struct duet_client_options), __VA_ARGS__ })
/* NULL options: defaults. */
DUET_API DUET_CHECK struct duet_client *duet_client_new(
	const struct duet_client_options *options, struct duet_error *err);
/*
 * Ends what is under way: before it returns the done functions have got
 * DUET_E_GONE, and can begin nothing new. Free the responses first. A done
 * function may call it: the step it is called from is the last, and returns
 * DUET_E_GONE. A source may not.
 */
DUET_API void duet_client_free(struct duet_client *client);

/*
 * Give up to cap bytes of the request's body. DUET_OK with *n bytes,
 * DUET_EOF when done (*n may still hold some), below 0 to give up.
 */
typedef int duet_source_fn(void *arg, void *buf, size_t cap, size_t *n);

/* Everything is copied but the body and the source, which must stay put until
 * the response is there. */
struct duet_request {
	size_t size;
	const char *url;    /* https://..., see insecure_http */
	const char *method; /* NULL: GET, or POST with a body */
	/* Host and User-Agent are ours unless given; a User-Agent whose value
	 * is NULL: send none. */
	const struct duet_header *headers;
	struct duet_bytes body; /* whole; or: */
	duet_source_fn *source;
	void *source_arg;
	int64_t source_length; /* 0 or DUET_LENGTH_UNKNOWN: chunked */
	int32_t timeout_ms;    /* 0: 300000; until the response is whole */
	uint8_t max_redirects; /* 0: follow none */
	/* http:// is refused unless asked for. A bare FIN may then end a body:
	 * there is no close_notify to want. */
	uint8_t insecure_http;
	uint8_t fresh;     /* a connection of its own, not kept afterwards */
	uint64_t max_body; /* for duet_response_body; 0: 16 MiB */
	/* A connected socket, for this one request: nothing is ever dialled
	 * instead of it, so no redirect is followed. Not closed. */
	const int *fd;
};
#define DUET_REQUEST(...)                                                   \
	(&(const struct duet_request){ .size = sizeof(struct duet_request), \
				       __VA_ARGS__ })

/* One shot: GET with defaults, waiting for the head; follows 10 redirects. */
DUET_API DUET_CHECK struct duet_response *duet_get(const char *url,
						   struct duet_error *err);
/* Wait for the head of the answer. */
DUET_API DUET_CHECK struct duet_response *duet_send(
	struct duet_client *client, const struct duet_request *request,
	struct duet_error *err);

DUET_API int duet_response_status(const struct duet_response *response);
DUET_API const struct duet_head *duet_response_head(
	const struct duet_response *response);
/* The URL that answered, after redirects. */
DUET_API const char *duet_response_url(const struct duet_response *response);
/* NULL over http, and once the connection is gone back to the pool. */
DUET_API const struct duet_tls *duet_response_tls(
	const struct duet_response *response);

/*
 * The body, as it comes: DUET_OK with n > 0; DUET_EOF when it is whole, and
 * then duet_response_facts() says by what evidence; below 0 when it was cut,
 * after all that came has been given. A response of duet_start() gives
 * DUET_WANT_READ when there is nothing now: step and ask again.
 */
DUET_API DUET_CHECK int duet_response_read(struct duet_response *response,
					   void *buf, size_t cap, size_t *ret_n,
					   struct duet_error *err);
/* Or whole, at most max_body of the request; borrowed from the response. */
DUET_API DUET_CHECK int duet_response_body(struct duet_response *response,
					   struct duet_bytes *ret_body,
					   struct duet_error *err);
/* An unread body drops its connection; nobody drains it. */
DUET_API void duet_response_free(struct duet_response *response);

/* What is known about how it came. Times in us since the request began; -1:
 * did not happen (a kept connection neither resolves nor connects). */
struct duet_facts {
	size_t size;
	enum duet_evidence evidence; /* NONE until DUET_EOF */
	enum duet_cut cut;
	bool close_notify; /* the peer closed in good form */
	bool reused;       /* a kept connection */
	uint32_t redirects;
	uint64_t body_bytes; /* so far */
	uint64_t wire_bytes; /* received, encrypted */
	const char *address; /* "192.0.2.1:443" */
	int64_t resolved_us;
	int64_t connected_us;
	int64_t handshake_us;
	int64_t first_byte_us;
	int64_t total_us;
	/* TLS, kept after the connection went back to the pool; "" without. */
	const char *tls_version;
	const char *tls_cipher;
	const char *tls_group;
	const char *alpn;
	const char *peer_subject;
	const char *peer_issuer;
	int64_t not_before;
	int64_t not_after;
	bool resumed;
	bool verified;
	struct duet_bytes chain_pem;
	const struct duet_header *trailers; /* or NULL */
	/* What was answered: after redirects another one than was asked for.
	 * Host is among its headers; the lines that frame it follow from
	 * content_length, close and expect_continue. */
	const struct duet_head *request;
	/* As duet_tls_revocation(), of the whole chain; NULL: nobody asked. */
	const struct duet_revocation_facts *revocation;
	size_t n_revocation;
};
DUET_API void duet_response_facts(const struct duet_response *response,
				  struct duet_facts *ret_facts);

/*
 * The same of a request that failed without a response, as far as it came:
 * where it went, when, and TLS with the chain, also where that was refused. In
 * a done function it is the request that is told of, otherwise the last that
 * failed; all borrowed until the next one does, or the client is freed. Of
 * those that never began (a bad URL), or that duet_client_free() ends, nothing
 * is kept. .evidence, .request and .trailers say nothing.
 */
DUET_API void duet_client_failure_facts(const struct duet_client *client,
					struct duet_facts *ret_facts);

/*
 * Not waiting: the same objects, and nothing below ever waits unless told so.
 * done is called from step, with the response (yours) or with the error.
 */
typedef void duet_done_fn(struct duet_response *response,
			  const struct duet_error *error, void *arg);
DUET_API DUET_CHECK int duet_start(struct duet_client *client,
				   const struct duet_request *request,
				   duet_done_fn *done, void *arg,
				   struct duet_error *err);
/* Poll fd for reading, level-triggered, for at most wait_ms (-1: no limit),
 * then step. */
DUET_API int duet_client_fd(const struct duet_client *client);
DUET_API int32_t duet_client_wait_ms(const struct duet_client *client);
DUET_API DUET_CHECK int duet_client_step(struct duet_client *client,
					 int32_t wait_ms,
					 struct duet_error *err);

#ifdef __cplusplus
}
#endif
#endif
