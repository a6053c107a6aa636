/* SPDX-License-Identifier: MIT */
/*
 * broken/case.h - one misbehaving server: what is wrong with it, what a right
 * client makes of it, and how it goes about it.
 */
#ifndef DUET_BROKEN_CASE_H
#define DUET_BROKEN_CASE_H

#include "broken/script.h"

/* What a server shows, or how it shakes hands. */
enum duet_broken_identity {
	DUET_BROKEN_GOOD = 0,
	DUET_BROKEN_NO_TLS,
	DUET_BROKEN_EXPIRED,
	DUET_BROKEN_NOT_YET_VALID,
	DUET_BROKEN_WRONG_HOST,
	DUET_BROKEN_SELF_SIGNED,
	DUET_BROKEN_UNKNOWN_CA,
	DUET_BROKEN_NO_INTERMEDIATE,
	DUET_BROKEN_CLIENT_USAGE,
	DUET_BROKEN_RSA_1024,
	DUET_BROKEN_SHA_1,
	DUET_BROKEN_REVOKED,
	DUET_BROKEN_MUST_STAPLE,
	DUET_BROKEN_TLS_1_1,
	DUET_BROKEN_NULL_CIPHERS,
	DUET_BROKEN_WANTS_CERT,
	DUET_BROKEN_H2, /* good, and speaks HTTP/2 where the client does */
	DUET_BROKEN_IDENTITIES,
};

enum {
	DUET_BROKEN_ANY = -1, /* so many bytes as there may be */
	DUET_BROKEN_WORDS = 4,
};

struct duet_broken_case {
	const char *name;
	const char *wrong; /* what is, in at most 37 characters */
	uint8_t identity;  /* enum duet_broken_identity */
	int exit;          /* of `duet get`; 0: the answer is to be taken */
	/* What its sentence has in it; ended by NULL unless full. */
	const char *words[DUET_BROKEN_WORDS];
	/* Bytes of body: in the file after exit 0, else in its .part. */
	int64_t body;
	/* How it has to be asked for the fault to show. */
	const char *method; /* NULL: GET */
	bool crl;           /* with the CRL */
	bool slow;          /* with a time limit */
	bool may_take;      /* the RFCs let a client take it all the same */
	const struct duet_broken_step *steps; /* NULL: one small answer */
};

struct duet_broken_group {
	const char *name;
	const char *title;
	const struct duet_broken_case *cases; /* ended by one without a name */
};

/* The tables, one a file; ended by a group without a name. */
extern const struct duet_broken_group duet_broken_groups[];
extern const struct duet_broken_case duet_broken_certificates[];
extern const struct duet_broken_case duet_broken_handshakes[];
extern const struct duet_broken_case duet_broken_endings[];
extern const struct duet_broken_case duet_broken_slow[];
extern const struct duet_broken_case duet_broken_framing[];
extern const struct duet_broken_case duet_broken_heads[];
extern const struct duet_broken_case duet_broken_h2[];

/* The case that speaks plain HTTP, which has the CRL too. */
#define DUET_BROKEN_PLAIN "plain-http"

/* How many there are, and the one at a place in the order of the tables: what
 * --port counts by. ret_group may be NULL. */
size_t duet_broken_count(void);
const struct duet_broken_case *duet_broken_at(
	size_t i, const struct duet_broken_group **ret_group);

/* What a right client does, in two or three words: "refuse it". */
const char *duet_broken_must(const struct duet_broken_case *row);

#endif
