/* SPDX-License-Identifier: MIT */
/* tls/engine_int.h - what is inside a struct duet_tls. */
#ifndef DUET_TLS_ENGINE_INT_H
#define DUET_TLS_ENGINE_INT_H

#include <openssl/ssl.h>

#include <duet/tls.h>

#include "tls/config.h"
#include "tls/engine.h"
#include "tls/wire.h"

/* What a ClientHello asked for, for sentences. */
struct duet_hello {
	uint16_t max_version; /* 0x0303: TLS 1.2; 0: none seen */
};

struct duet_revocables;
struct duet_peer_text; /* strings lent by duet_tls_peer() */

enum {
	DUET_NO_DEADLINE = 0,
};

/*
 * Life of an engine:
 *
 *   new --handshake--> open --close--> closing      (our close_notify is sent)
 *    |                  |                |
 *    +-------- any failure: failed ------+          (for good)
 *
 * Reading ends by itself, once, in read_end; writing goes on after it. So does
 * writing, in write_end, when the network takes nothing more: what has come,
 * an answer to what we were still sending, is read all the same.
 */
struct duet_tls {
	SSL *ssl;
	struct duet_config *config;
	struct duet_wire *wire; /* apart, because send_bytes marks it lent */
	char *server_name;      /* asked for; NULL: none */
	int failed;             /* < 0: every later call gives it */
	int write_end;          /* < 0: every later write and close gives it */
	struct duet_error *failure; /* words of either; NULL: no memory */
	int read_end;               /* DUET_EOF or DUET_E_TRUNCATED; or 0 */
	bool open;                  /* the handshake is done */
	bool closing;               /* our close_notify has been written */
	bool close_seen;            /* so has theirs */
	bool is_server;
	bool cert_wanted;           /* a server has asked for our certificate */
	struct duet_error *verdict; /* why the certificate is refused */
	struct duet_revocables *revocation; /* NULL: not asked about */
	bool exempt;                        /* ... and not to be */
	enum duet_cut cut;
	int alert;             /* the fatal one, or -1 */
	int alert_from;        /* enum duet_side */
	SSL_SESSION *imported; /* to resume; NULL: none */
	bool early_sent;       /* early data has been written */
	int64_t holds_until;   /* what it was verified by */
	struct duet_hello hello;
	struct duet_peer_text *peer;
	int fd;         /* attached; -1: no I/O of ours */
	int send_errno; /* what send(2) failed with; 0: it has not */
	int32_t limit_ms;
	int64_t deadline_ms; /* of the call under way */
};

/* The engine that ssl belongs to; NULL for a stranger. */
struct duet_tls *duet_tls_of(const SSL *ssl);
/* Keep why (a whole error) for every later call, and give it in err, which may
 * be NULL. Returns its code. */
int duet_tls_fail(struct duet_tls *tls, const struct duet_error *why,
		  struct duet_error *err);
/* The same for writing only: reading goes on. */
void duet_tls_end_writing(struct duet_tls *tls, const struct duet_error *why);
/* An OpenSSL with this OpenSSL_version_num() frees an SSL's buffers unharmed.
 */
bool duet_tls_may_free_buffers(unsigned long openssl);

/* attach.c, for sockets: a call begins, and its time limit with it. */
void duet_attach_begin(struct duet_tls *tls);
/*
 * Do the I/O that want (DUET_WANT_*) asks for. DUET_OK:
 * try again; a DUET_WANT_*: the socket would block; below 0: failed. Where the
 * socket takes nothing any more, writing is ended and the output dropped: that
 * is no failure of a call that reads, so the others look at write_end.
 */
DUET_CHECK int duet_attach_pump(struct duet_tls *tls, int want,
				struct duet_error *err);
/*
 * What a call with status rc owes the socket before it returns: its output,
 * an alert above all. The status to return; rc itself without a socket.
 */
DUET_CHECK int duet_attach_finish(struct duet_tls *tls, int rc,
				  struct duet_error *err);
/* DUET_OK once all output has gone or been dropped, DUET_WANT_WRITE before. */
DUET_CHECK int duet_attach_flush(struct duet_tls *tls, struct duet_error *err);

#endif
