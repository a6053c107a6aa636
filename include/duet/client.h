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
	const char *host; /* "*": every host on that port not named itself */
	uint16_t port;
	const char *address; /* an IP literal */
};

/*
 * Where TLS sessions are kept that outlive the client, on disk perhaps. They
 * are secrets. settings stands for all that decides who is believed and who we
 * are: a session of others is refused. take copies at most cap bytes and
 * forgets them, since each session is used once (RFC 8446 sC.4), by whomever;
 * 0: there is none. Both are called while connections open and close.
 */
struct duet_session_key {
	const char *host;
	uint16_t port;
	const char *settings; /* a name of 64 hexadecimal digits */
};
typedef void duet_session_keep_fn(void *arg, const struct duet_session_key *key,
				  struct duet_bytes session);
typedef size_t duet_session_take_fn(void *arg,
				    const struct duet_session_key *key,
				    void *buf, size_t cap);

/* What is meant for one place goes to another; certificates, Host and cookies
 * stay those of the URL. The first that fits is obeyed. */
struct duet_connect_to {
	const char *host;    /* "": any */
	uint16_t port;       /* 0: any */
	const char *to_host; /* "": the same */
	uint16_t to_port;    /* 0: the same */
};

enum duet_family {
	DUET_FAMILY_ANY = 0,
	DUET_FAMILY_IPV4 = 4,
	DUET_FAMILY_IPV6 = 6,
};
struct duet_cookies; /* both: duet/state.h */
struct duet_hsts;

/*
 * Who we are to a server: asked for each request and each redirect that has no
 * Authorization and no user in its URL, over https only. "name:password",
 * which is copied at once, or NULL: nobody. redirected: the server before this
 * one has led here, and not the user.
 */
typedef const char *duet_credentials_fn(void *arg, const char *host,
					bool redirected);

struct duet_client_options {
	size_t size;
	struct duet_config *tls; /* NULL: all defaults */
	const struct duet_limits *limits;
	const struct duet_resolve *resolve; /* ended by a NULL host, or NULL */
	uint32_t max_idle;                  /* kept connections; 0: 16 */
	int32_t connect_ms; /* 0: 30000; all addresses together, and a proxy */
	/* Connections to one scheme, name and port; 0: 6. Requests beyond them
	 * wait their turn, until an answer has been read or freed; only
	 * duet_send() opens one more. With HTTP/2 one is enough: it is shared
	 * by as many as limits->streams. */
	uint32_t max_host;
	/* Both or none; then none are kept in memory. */
	duet_session_keep_fn *session_keep;
	duet_session_take_fn *session_take;
	void *session_arg;
	/* The way there. Of a client it is decided by the URL alone. */
	const struct duet_connect_to *connect_to; /* ended by NULL hosts */
	const char *unix_socket; /* the path of one that is every server */
	/* Of all URLs: "http://[NAME:PASSWORD@]HOST[:PORT]", or https, socks5,
	 * socks5h, which has the proxy resolve names. The environment is not
	 * looked at. */
	const char *proxy;
	const char *proxy_for_http; /* of http:// URLs instead; "": none */
	const char *proxy_user;     /* "NAME:PASSWORD" for both, as it stands */
	/* Hosts without: "example.org,10.0.0.0/8", "*"; duet_client(3). */
	const char *no_proxy;
	struct duet_config *proxy_tls; /* with https proxies; NULL: defaults */
	const char *interface; /* leave by it: an IP address here, or a name */
	uint8_t family;        /* enum duet_family */
	/* What is remembered: read and written by every request, and borrowed
	 * until the client is freed. NULL: nothing is. */
	struct duet_cookies *cookies;
	struct duet_hsts *hsts;
	duet_credentials_fn *credentials; /* NULL: nobody */
	void *credentials_arg;
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
 * DUET_EOF when done (*n may still hold some), below 0 to give up. DUET_PAUSE
 * with none: not now, ask again after duet_client_resume(). A source of
 * duet_send() must wait instead, for nobody else could.
 */
typedef int duet_source_fn(void *arg, void *buf, size_t cap, size_t *n);
/* What the source gives next is the first byte again. DUET_OK, or below 0: it
 * cannot be had again. */
typedef int duet_rewind_fn(void *arg);

/* Everything is copied but the body and the source, which must stay put until
 * the response is there. */
struct duet_request {
	size_t size;
	const char *url;    /* https://..., see insecure_http */
	const char *method; /* NULL: GET, or POST with a body */
	/* Host and User-Agent are ours unless given; a User-Agent whose value
	 * is NULL: send none. "Expect: 100-continue" asks for leave before the
	 * body is sent; without it HTTP/1.1 does so for one above 1 MiB, and
	 * with an empty value never. */
	const struct duet_header *headers;
	struct duet_bytes body; /* whole; or: */
	duet_source_fn *source;
	void *source_arg;
	int64_t source_length; /* 0 or DUET_LENGTH_UNKNOWN: chunked */
	int32_t timeout_ms;    /* 0: 300000; until the response is whole */
	uint8_t max_redirects; /* 0: follow none */
	/* http:// is refused unless asked for, or its host is known to want
	 * https (.hsts). A bare FIN may then end a body: there is no
	 * close_notify to want. */
	uint8_t insecure_http;
	uint8_t fresh;     /* a connection of its own, not kept afterwards */
	uint64_t max_body; /* for duet_response_body, decoded; 0: 16 MiB */
	/* A connected socket, for this one request: nothing is ever dialled
	 * instead of it, so no redirect is followed. Not closed. */
	const int *fd;
	/* With source_arg, so that redirects (307, 308) and second attempts can
	 * send a source's body again. NULL: it gives its bytes once. */
	duet_rewind_fn *rewind;
	/* Fields after the body (RFC 9110 s6.5), ended by a NULL name; they are
	 * announced by a Trailer field. The list stays put like the body: its
	 * values are looked at when that has ended, so that a source may set
	 * them. The body's length is then not told beforehand. */
	const struct duet_header *trailers;
	/* Ask for zstd, br or gzip (unless the headers say Accept-Encoding),
	 * and decode what comes. Not together with a Range: DUET_E_ARGUMENT. */
	uint8_t decode;
	uint64_t max_decoded; /* bytes out of it; 0: 4 GiB */
	/* A body that is not what its Content-Digest or Repr-Digest says is
	 * believed all the same; .digests of the facts tells. */
	uint8_t insecure_any_digest;
	/*
	 * Where a session is kept that allows it, send the request before the
	 * handshake is done (RFC 8446 s2.3), which saves waiting once. Others
	 * can then send it again, as often as servers let them: for GET and
	 * HEAD without a body over https only, or DUET_E_ARGUMENT. Once a
	 * request, and to the origin of .url alone; .early_data of struct
	 * duet_facts tells.
	 */
	uint8_t early_data;
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
/* An unread body drops its connection, or in HTTP/2 its stream; nobody drains
 * it. */
DUET_API void duet_response_free(struct duet_response *response);

/* What a field of RFC 9530 says about a body, and what came of it. */
enum duet_digest_state {
	DUET_DIGEST_UNCHECKED = 0,
	DUET_DIGEST_GOOD = 1,
	DUET_DIGEST_WRONG = 2,
};
struct duet_digest_facts {
	size_t size;
	const char *field;     /* "Repr-Digest" */
	const char *algorithm; /* "sha-256", "sha-512"; others are not told */
	uint8_t state;         /* enum duet_digest_state */
	const char *words;     /* why it is not checked, or "" */
	const char *told;      /* base64 */
	const char *found;     /* of what came, or "" */
};

/* An answer that led on to another, or was refused to. Times as below. */
struct duet_hop {
	size_t size;
	const char *url;
	const struct duet_head *request; /* as of struct duet_facts */
	const struct duet_head *answer;
	const char *address;
	const char *proxy;
	uint64_t body_bytes; /* so much of its body was read */
	bool reused;
	int64_t asked_us;
	int64_t resolved_us;
	int64_t connected_us;
	int64_t handshake_us;
	int64_t first_byte_us;
	int64_t total_us;
};

/* What is known about how it came. Times in us since the request began; -1:
 * did not happen (a kept connection neither resolves nor connects). */
struct duet_facts {
	size_t size;
	enum duet_evidence evidence; /* NONE until the message is whole */
	enum duet_cut cut;
	bool close_notify; /* the peer closed in good form */
	bool reused;       /* a connection that was there already */
	uint32_t redirects;
	uint64_t body_bytes; /* so far */
	/* Received, encrypted, meanwhile: on a connection that is shared, also
	 * what is of others. */
	uint64_t wire_bytes;
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
	/* Of the request's body that were handed on, and whether that was all:
	 * a server may answer before it has read, or been sent, the rest. */
	uint64_t request_bytes;
	bool request_whole;
	const char *proxy; /* "http://192.0.2.7:3128", in between; "": none */
	/* The host as people write it, where the URL has it in xn-- form; "":
	 * it is the same. */
	const char *host_unicode;
	/* By .decode: "gzip", or "" where nothing is decoded, and the bytes
	 * that came out so far. body_bytes are those of the message. */
	const char *coding;
	uint64_t decoded_bytes;
	/* As duet_tls_revocation(), of the whole chain; NULL: nobody asked. */
	const struct duet_revocation_facts *revocation;
	size_t n_revocation;
	/* What answered, or was to, after redirects; and when it was asked: 0
	 * without any. */
	const char *url;
	int64_t asked_us;
	/* Both ended by NULL, or NULL: there are none. */
	const struct duet_hop *const *hops;
	const struct duet_digest_facts *const *digests;
	/* enum duet_early: whether the request was sent before a handshake was
	 * done, be it that the answer is to a later one. Others can send what
	 * was. */
	uint8_t early_data;
	bool certificate_wanted; /* the server has asked for ours */
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
/* Sources that gave DUET_PAUSE are asked again in the next step. */
DUET_API void duet_client_resume(struct duet_client *client);
DUET_API DUET_CHECK int duet_client_step(struct duet_client *client,
					 int32_t wait_ms,
					 struct duet_error *err);

#ifdef __cplusplus
}
#endif
#endif
