/* SPDX-License-Identifier: MIT */
/* explain/probe_int.h - one connection, and what the probes share. */
#ifndef DUET_EXPLAIN_PROBE_INT_H
#define DUET_EXPLAIN_PROBE_INT_H

#include <duet/client.h>

#include "explain/probe.h"

/* A session of the one server, from one connection to the next. */
struct duet_explain_session {
	void *data;
	size_t len;
};

struct duet_explain_prober {
	const struct duet_explain_options *options;
	struct duet_explain_facts *facts;
	struct duet_reach reach;
	struct duet_client_config tls;  /* as duet get has it */
	struct duet_client_config base; /* as further probes have it */
	struct duet_client_options way;
	struct duet_explain_session session;
	char *url;    /* as asked for, without user information */
	char *origin; /* its root: who is not verified learns no more */
	char *plain;  /* the same over http:// */
	struct duet_buffer chain_pem; /* as the server sent it */
	int64_t deadline_ms;
};

/* What is asked for on one connection. */
struct duet_explain_ask {
	const struct duet_client_config *tls;
	const char *url;
	const char *method;
	uint64_t max_body;
	bool plain;        /* http:// */
	bool fresh;        /* say that it is the last request */
	bool sessions;     /* resume, and keep what comes */
	bool in_full;      /* take all the time there is */
	const char *title; /* for -v */
};

/* What came of it; done() in any case. */
struct duet_explain_visit {
	struct duet_client *client;
	struct duet_response *response; /* NULL: there is none */
	struct duet_bytes body;
	struct duet_facts facts;
	struct duet_error error; /* .code DUET_OK: it is whole */
};

/* Ask, and read the answer to its end. false: there is no time for it, and
 * nothing was done. */
DUET_CHECK bool duet_explain_visit(struct duet_explain_prober *prober,
				   const struct duet_explain_ask *ask,
				   struct duet_explain_visit *visit);
void duet_explain_visit_done(struct duet_explain_visit *visit);

/* chain.c: read what was sent, build the path, say all that is wrong with it,
 * and fetch what is missing. */
void duet_explain_chain_probe(struct duet_explain_prober *prober);

/* "trust", "anchor": a certificate, as DER or PEM, as PEM at the end of pem;
 * false: it is none, or there is no memory. */
DUET_CHECK bool duet_explain_add_pem(struct duet_buffer *pem,
				     struct duet_bytes cert);
/* local.c: the file by which somebody of this machine has added this
 * certificate to the system's anchors; "" where none did. */
void duet_explain_local_anchor(char *dst, size_t cap, const char *sha256,
			       const char *const *dirs);

#endif
