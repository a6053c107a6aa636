/* SPDX-License-Identifier: MIT */
/*
 * support/pair.h - both ends of a connection in memory. Bytes go from one to
 * the other by memcpy, in steps as small as wished, and may be cut anywhere.
 */
#ifndef DUET_TESTS_PAIR_H
#define DUET_TESTS_PAIR_H

#include <duet/http.h>

/* One direction. */
struct wire {
	size_t step;     /* bytes moved at once; 0: as many as fit */
	size_t left;     /* bytes that still arrive; SIZE_MAX: all */
	size_t moved;    /* bytes that have arrived */
	int end_errno;   /* what the receiver sees then: 0 a FIN */
	bool end_at_cut; /* tell the receiver of the end when left is 0 */
	bool ended;
};

/* What came out of one end, as text: one line an event, DATA joined. */
struct trace {
	char text[4096];
	char body[8192];
	size_t body_len;
	size_t body_total; /* also past what fits into body */
	uint64_t stream;   /* of the last event */
	int failure;       /* the last status below zero */
	struct duet_error err;
	bool closed;
	int ends;
	int aborts;
	enum duet_evidence evidence;
	enum duet_cut cut;
	enum duet_cut closed_by;
	int32_t status; /* of the head, or the answer an abort deserves */
};

enum tls_version {
	TLS_NONE, /* plain HTTP */
	TLS_1_2,
	TLS_1_3,
};
extern const char *const tls_version_names[];

/* 1: every position is tried. More by $DUET_PAIR_STRIDE, under tools that make
 * all of it last too long. */
size_t pair_stride(void);

/* The configurations that all tests of a group share; the server is
 * "localhost". Group set-up and tear-down for cmocka; without TLS neither is
 * needed. */
extern struct pair_configs {
	struct duet_config *client;
	struct duet_config *server;
} pair_configs;
int pair_set_up(void **state);
int pair_tear_down(void **state);

/* One end that speaks just that version; the tls for TLS_1_2 and up. Never
 * NULL: the test fails instead. */
struct duet_tls *pair_client(enum tls_version version);
struct duet_tls *pair_server(enum tls_version version);
struct duet_conn *pair_client_conn(enum tls_version version);
struct duet_conn *pair_server_conn(enum tls_version version);

/* All of text comes at once to an end without TLS. */
void pair_give(struct duet_conn *conn, const char *text);
/* Whatever it has to send is gone. */
void pair_take(struct duet_conn *conn);
/* GET / with that end: what duet_conn_request() says. */
int pair_ask(struct duet_conn *conn, uint64_t *ret_stream);
struct duet_conn_state pair_state(struct duet_conn *conn);

/* Move once; how many bytes went. */
size_t wire_tls_to_conn(struct wire *wire, struct duet_tls *from,
			struct duet_conn *to);
size_t wire_conn_to_tls(struct wire *wire, struct duet_conn *from,
			struct duet_tls *to);
size_t wire_conn_to_conn(struct wire *wire, struct duet_conn *from,
			 struct duet_conn *to);

/* Pull all there is now; true if anything came. */
bool trace_pull(struct trace *trace, struct duet_conn *conn);

#endif
