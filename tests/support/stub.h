/* SPDX-License-Identifier: MIT */
/*
 * support/stub.h - a server that says what it is told, right or wrong, on a
 * thread of its own; with TLS by the engine attached to a blocking socket.
 *
 * Talk functions run on that thread: no cmocka assertions there. What was
 * asked is looked at after stub_stop().
 */
#ifndef DUET_TESTS_STUB_H
#define DUET_TESTS_STUB_H

#include <pthread.h>
#include <stdint.h>

#include <duet/tls.h>

enum {
	STUB_ASKED_BYTES = 64 * 1024,
};

/* Both sides' configurations: the server is "localhost" and 127.0.0.1, the
 * client trusts its issuer and nobody else. */
struct stub_tls {
	struct duet_config *server;
	struct duet_config *client;
	struct duet_config *strict; /* a client of that closure policy */
};
void stub_tls_new(struct stub_tls *tls);
void stub_tls_done(struct stub_tls *tls);

/* One connection, seen from the server. */
struct stub_peer {
	struct stub *stub;
	int fd;
	struct duet_tls *tls; /* NULL: plain */
	int number;           /* 0, 1, 2 ... in order of arrival */
	char head[8192 + 1];  /* the last one stub_read_head() read */
	char ahead[8192];     /* bytes received and not looked at yet */
	size_t n_ahead;
	size_t n_early; /* of these, so many before the handshake */
};
typedef void stub_talk_fn(struct stub_peer *peer);

struct stub {
	const char *scheme;
	struct duet_config *tls;
	stub_talk_fn *talk;
	const void *arg; /* for the talk function */
	bool parallel;   /* a thread a connection, instead of one by one */
	uint32_t early;  /* bytes of early data it hears; 0: as the library */
	uint16_t port;   /* set by stub_start */
	int connections; /* so far */
	int fd;
	pthread_t thread;
	pthread_mutex_t lock;
	char asked[STUB_ASKED_BYTES]; /* every head that was read */
	size_t n_asked;
	char url[64]; /* "http://127.0.0.1:PORT" */
};

/* Set tls (or not), talk and arg before. Listens when it returns. */
void stub_start(struct stub *stub);
/* No further connections; waits for those under way. */
void stub_stop(struct stub *stub);

/* For talk functions. */

/* A request head into peer->head, as a string; false: the client left. */
bool stub_read_head(struct stub_peer *peer);
/* Exactly n bytes, thrown away; false: the client left. */
bool stub_read(struct stub_peer *peer, size_t n);
/* Until the client ends, in any way; how many bytes came. */
size_t stub_drain(struct stub_peer *peer);
void stub_say(struct stub_peer *peer, const char *text);
void stub_say_bytes(struct stub_peer *peer, const void *data, size_t n);
/* A whole reply with that body. */
void stub_reply(struct stub_peer *peer, int status, const char *body);

/* The end of the talk function closes with close_notify and FIN; or before: */
void stub_close_notify(struct stub_peer *peer);
void stub_fin(struct stub_peer *peer);
void stub_reset(struct stub_peer *peer);

#endif
