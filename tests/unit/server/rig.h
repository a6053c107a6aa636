/* SPDX-License-Identifier: MIT */
/*
 * A server in this process, stepped by the test, and peers that talk to it
 * over loopback: bare sockets, with or without TLS, so that a test decides
 * about every byte and every end.
 */
#ifndef DUET_TESTS_RIG_H
#define DUET_TESTS_RIG_H

#include <duet/cert.h>
#include <duet/server.h>

#include "base/buf.h"
#include "support/unit.h"

enum {
	RIG_LOG_MAX = 64,
	RIG_PATIENCE_MS = 20000, /* a test that needs it has failed */
};

/* A struct duet_report that outlives its callback. */
struct rig_report {
	struct duet_report facts; /* its pointers are not to be followed */
	bool has_head;
	char method[16];
	char target[64];
	char peer[64];
	char tls_version[16];
	char tls_cipher[48];
	char server_name[64];
	char id[32];
	char user[64]; /* "": nobody */
	int code;
	char text[512];
};

struct rig_trouble {
	int code;
	int alert_from;
	char text[512];
	char peer[64];
};

struct rig {
	struct duet_server *server;
	struct duet_config *server_tls; /* NULL: plain HTTP */
	struct duet_config *client_tls;
	struct rig_report reports[RIG_LOG_MAX];
	size_t n_reports;
	struct rig_trouble troubles[RIG_LOG_MAX];
	size_t n_troubles;
	duet_handler *handler;
	void *arg; /* of the handler */
	int last_step;
	int fail_in; /* the server's n-th allocation from now fails; 0: none */
	/* What the last handler did with the exchange. */
	struct duet_exchange *exchange;
	int calls;
	int gone;
};

/* Plain or TLS; the handler gets the rig as its arg. */
void rig_init(struct rig *rig, bool tls, duet_handler *handler);
/* With listen, TLS and callbacks filled in; open it as it is, or changed. */
struct duet_server_options rig_options(struct rig *rig);
void rig_open(struct rig *rig, const struct duet_server_options *options);
/* init, options and open in one. */
void rig_start(struct rig *rig, bool tls, duet_handler *handler);
/* The same with TLS and HTTP/2: peers speak in frames. */
void rig_start_h2(struct rig *rig, duet_handler *handler);
void rig_done(struct rig *rig);

/* One step of the server, which waits a moment at most. */
void rig_step(struct rig *rig);
/* Until there are as many; fails the test when they do not come. */
void rig_await_reports(struct rig *rig, size_t n);
void rig_await_troubles(struct rig *rig, size_t n);
void rig_await_connections(struct rig *rig, size_t n);
void rig_await_calls(struct rig *rig, int n);

struct peer {
	int fd;
	struct duet_tls *tls; /* NULL: none */
	struct duet_buf in;   /* what came, decrypted */
	bool fin;             /* the wire has ended in good order */
	bool notify;          /* ... after a close_notify */
	int failure;          /* errno, when it has not */
	bool deaf;            /* does not read */
};

/* Connected; with TLS the handshake is over. */
void peer_open(struct rig *rig, struct peer *peer);
/* The same without a handshake, whatever the rig speaks. */
void peer_open_raw(struct rig *rig, struct peer *peer);
/* The handshake of one that was opened raw. */
void peer_shake(struct rig *rig, struct peer *peer);
/* Open, with little room for what it is sent, and not reading. */
void peer_open_deaf(struct rig *rig, struct peer *peer);
/* A rig that is started, and a peer of it that is open. */
void rig_meet(struct rig *rig, bool tls, duet_handler *handler,
	      struct peer *peer);
/* At once closed: FIN, or RST where something was left unread. */
void peer_done(struct peer *peer);
void peer_reset(struct peer *peer);
/* The last peer goes, and the rig with it. */
void rig_part(struct rig *rig, struct peer *peer);

/* All of it, stepping the server meanwhile. */
void peer_send(struct rig *rig, struct peer *peer, const char *text);
void peer_send_bytes(struct rig *rig, struct peer *peer, const void *data,
		     size_t len);
/* As much as goes without waiting for anybody. */
size_t peer_try_send(struct peer *peer, const void *data, size_t len);
/* Read what is there; true if anything came. */
bool peer_read(struct peer *peer);
/* Until the text has come, counting from the beginning of what is held. */
void peer_await(struct rig *rig, struct peer *peer, const char *text);
void peer_await_bytes(struct rig *rig, struct peer *peer, size_t n);
/* Until the wire has ended, in whatever way. */
void peer_await_end(struct rig *rig, struct peer *peer);
/* One whole reply with a Content-Length (or without a body), taken out of
 * what is held: its status; its body must be that one, unless NULL. */
int peer_reply(struct rig *rig, struct peer *peer, const char *body);
/* As peer_reply() for a request with HEAD. */
int peer_reply_to_head(struct rig *rig, struct peer *peer);
/* The whole text that is held, with a NUL behind it. */
const char *peer_text(struct peer *peer);

/* Our close_notify, without a FIN. */
void peer_close_notify(struct rig *rig, struct peer *peer);
/* A FIN, without close_notify. */
void peer_fin(struct peer *peer);

#endif
