/* SPDX-License-Identifier: MIT */
/*
 * explain/facts.h - what was found out about a server, without opinion: probes
 * fill it, the judge reads it, and both forms of the report show it.
 *
 * What is zero, "" or UNKNOWN was not found out, and nobody guesses it.
 * Strings are as they came, so strangers' text too: draw.c makes it printable.
 */
#ifndef DUET_EXPLAIN_FACTS_H
#define DUET_EXPLAIN_FACTS_H

#include <duet/tls.h>

enum {
	DUET_EXPLAIN_CHAIN_MAX = 8, /* certificates that are looked at */
	DUET_EXPLAIN_FAULTS_MAX = 4,
	DUET_EXPLAIN_TEXT = 256,
};

enum duet_explain_answer {
	DUET_EXPLAIN_UNKNOWN = 0,
	DUET_EXPLAIN_YES,
	DUET_EXPLAIN_NO,
};

/* One certificate. */
struct duet_explain_cert {
	char name[DUET_EXPLAIN_TEXT]; /* its common name, or what it has */
	char issuer[DUET_EXPLAIN_TEXT];
	char names[DUET_EXPLAIN_TEXT]; /* hosts, ", " between; perhaps cut */
	char key[64];
	char signature[64];
	char sha256[100]; /* hexadecimal with colons */
	char issuer_url[DUET_EXPLAIN_TEXT];
	int64_t not_before;
	int64_t not_after;
	bool is_ca;
	bool self_signed;
};

struct duet_explain_chain {
	struct duet_explain_cert certs[DUET_EXPLAIN_CHAIN_MAX];
	size_t n;
	size_t more; /* that were not looked at, before the last */
};

/* A version, a group or a protocol that was offered alone. */
struct duet_explain_offer {
	const char *name;
	enum duet_explain_answer taken;
};

enum {
	DUET_EXPLAIN_VERSIONS = 4, /* TLS 1.3 first */
	DUET_EXPLAIN_GROUPS = 3,
	DUET_EXPLAIN_PROTOCOLS = 2,
};

/* What came of fetching a certificate that was not sent. */
enum duet_explain_fetch {
	DUET_EXPLAIN_FETCH_NONE = 0, /* nothing was to be fetched */
	DUET_EXPLAIN_FETCH_GOOD,     /* with it the chain is good */
	DUET_EXPLAIN_FETCH_BAD,      /* with it the chain is no better */
	DUET_EXPLAIN_FETCH_FAILED,   /* it could not be had */
};

enum duet_explain_closing {
	DUET_EXPLAIN_CLOSING_UNKNOWN = 0,
	DUET_EXPLAIN_CLOSING_NOTIFY, /* close_notify, as it should be */
	DUET_EXPLAIN_CLOSING_BARE,   /* the connection ends without */
	DUET_EXPLAIN_CLOSING_NEVER,  /* it was asked to close, and did not */
};

enum duet_explain_plain {
	DUET_EXPLAIN_PLAIN_UNKNOWN = 0,
	DUET_EXPLAIN_PLAIN_ANSWER, /* plain_status */
	DUET_EXPLAIN_PLAIN_SILENT, /* it hangs up, or says nothing in HTTP */
};

struct duet_explain_facts {
	char url[2048]; /* with its scheme, without user information */
	char host[DUET_EXPLAIN_TEXT];
	int64_t now;         /* our clock, seconds since 1970 */
	int32_t warn_days;   /* a chain that ends within is near its end */
	bool own_anchors;    /* --cacert or --capath say whom we believe */
	bool own_cert;       /* --cert was given */
	bool old_refused_us; /* --min-tls 1.3 */

	/* The first connection, as duet get would make it. */
	struct duet_error error; /* .code DUET_OK: all went well */
	char address[128];
	char proxy[DUET_EXPLAIN_TEXT];
	int64_t resolved_us; /* since its beginning; -1: did not happen */
	int64_t connected_us;
	int64_t handshake_us;
	int64_t first_byte_us;
	char version[16];
	char cipher[64];
	char group[64];
	char alpn[32];
	int status; /* of the answer, by whichever connection had one */
	bool verified;
	bool certificate_wanted; /* the server has asked for ours */

	/* The server's own word, of a connection that believed anybody. */
	bool asked_unverified;
	int64_t server_date; /* of its Date field; 0: it gave none */

	/* Certificates. */
	struct duet_explain_chain sent;
	struct duet_explain_chain path; /* built; the anchor is the last */
	bool path_whole;
	/* What is wrong with the chain, each with the ones before forgiven. */
	struct duet_error faults[DUET_EXPLAIN_FAULTS_MAX];
	size_t n_faults;
	enum duet_explain_fetch fetch;
	char fetch_url[DUET_EXPLAIN_TEXT];
	char fetch_name[DUET_EXPLAIN_TEXT]; /* of the certificate that came */
	char fetch_words[512];              /* why it could not be had */
	/* The file on this machine by which somebody has added the anchor. */
	char anchor_file[DUET_EXPLAIN_TEXT];

	/* Revocation, of each certificate of the path but the anchor. */
	struct {
		uint8_t state; /* enum duet_revocation_state */
		uint8_t doubt;
		bool stapled;
		char name[DUET_EXPLAIN_TEXT];
		char words[DUET_EXPLAIN_TEXT];
		char number[64];
		char reason[64];
		int64_t this_update;
		int64_t revoked_at;
	} revocation[DUET_EXPLAIN_CHAIN_MAX];
	size_t n_revocation; /* 0: nobody asked */

	/* Offers of one thing at a time. */
	struct duet_explain_offer versions[DUET_EXPLAIN_VERSIONS];
	struct duet_explain_offer groups[DUET_EXPLAIN_GROUPS];
	struct duet_explain_offer protocols[DUET_EXPLAIN_PROTOCOLS];
	enum duet_explain_answer resumes;
	enum duet_explain_closing closing;
	enum duet_explain_plain plain;
	int plain_status;
	bool plain_to_https; /* it redirects there */
	bool by_http_proxy;  /* which answers plain HTTP itself */

	bool out_of_time; /* what is unknown was not asked for lack of time */
};

/* explain/facts.c: all unknown, and what is offered by name. */
void duet_explain_facts_init(struct duet_explain_facts *facts);
/* Read PEM into certificates; of more than fit, the first ones and the last.
 * false: no memory, or none of it is a certificate. */
DUET_CHECK bool duet_explain_chain_read(struct duet_explain_chain *chain,
					struct duet_bytes pem);
/* The common name of an RFC 2253 name, else its organization, else all. */
void duet_explain_short_name(char *dst, size_t cap, const char *dn);
/* Of a status: the chain leads to nobody who is trusted. What else may be wrong
 * with one is looked at once it has been built. */
bool duet_explain_lacks_anchor(int code);
/* Refused for what its certificate is, and not for how the connection went. */
bool duet_explain_is_about_certificate(int code);
/* "Sun, 29 Nov 2026 23:01:38 GMT" in seconds since 1970; 0: it is none. */
int64_t duet_explain_date(const char *value);

#endif
