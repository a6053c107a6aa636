/* SPDX-License-Identifier: MIT */
/*
 * cert/crl_scan.h - a CRL as it lies there (RFC 5280 s5), without a copy.
 *
 * A list of a public CA may have a million entries, and one of them is asked
 * for. OpenSSL's X509_CRL takes 1.4 s and 440 MB to be made of such a list; a
 * walk through its bytes takes milliseconds and nothing. Nothing here
 * allocates, and all that is given points into the caller's bytes, which may
 * be a mapped file. They may be hostile: lengths are checked before anything
 * is read.
 */
#ifndef DUET_CERT_CRL_SCAN_H
#define DUET_CERT_CRL_SCAN_H

#include <duet/error.h>

/* What stands before and behind the entries. Names and algorithms are whole
 * TLVs, for OpenSSL to read; the rest are contents. */
struct duet_crl_scan {
	struct duet_bytes der;       /* all of it */
	struct duet_bytes tbs;       /* what is signed */
	struct duet_bytes algorithm; /* of the signature */
	struct duet_bytes signature;
	struct duet_bytes issuer;
	int64_t this_update;      /* seconds since 1970 */
	int64_t next_update;      /* INT64_MAX: it names none */
	struct duet_bytes number; /* CRL number, big-endian; empty: none */
	struct duet_bytes key_id; /* authority key identifier; empty: none */
	struct duet_bytes entries;
	/* Issuing distribution point, s5.2.5. */
	bool has_points;          /* it names where this part is found: */
	struct duet_bytes points; /* GeneralNames; empty: not by URI */
	bool only_user_certs;
	bool only_ca_certs;
	bool only_attribute_certs;
	bool only_some_reasons;
	bool indirect;
};

/* One certificate on the list. */
struct duet_crl_entry {
	int64_t when;
	uint8_t reason; /* s5.3.1; 0: unspecified, or none given */
};

enum {
	DUET_CRL_PIECE = 1 << 20, /* bytes between two calls of passed */
};

/*
 * Called as a walk goes on: it has done with all bytes of the whole before end.
 * For those who map a file and would not have all of it in memory at once.
 */
typedef void duet_crl_passed_fn(void *arg, size_t end);
struct duet_crl_walk {
	duet_crl_passed_fn *passed; /* NULL: nobody cares */
	void *arg;
};

/*
 * Read all but the entries. DUET_OK; DUET_E_PEM: not a CRL in DER, or damaged;
 * DUET_E_UNSUPPORTED: a delta, or with a critical extension that nobody here
 * knows, so that it tells nothing (s5.2). *ret_why then is a phrase that goes
 * after "it is ..." or "it has ...".
 */
DUET_CHECK int duet_crl_scan(struct duet_crl_scan *ret, struct duet_bytes der,
			     const char **ret_why);
/*
 * Look at each entry: DUET_OK, or as above where one is damaged or has a
 * critical extension nobody here knows (s5.3). Once, before a list is believed;
 * duet_crl_find() does not repeat it.
 */
DUET_CHECK int duet_crl_scan_entries(const struct duet_crl_scan *scan,
				     const struct duet_crl_walk *walk,
				     const char **ret_why);
/*
 * Look for a serial number (the contents of its INTEGER). DUET_OK: listed, and
 * *ret is filled; DUET_EOF: not listed; DUET_E_PEM: damaged.
 */
DUET_CHECK int duet_crl_find(const struct duet_crl_scan *scan,
			     struct duet_bytes serial,
			     const struct duet_crl_walk *walk,
			     struct duet_crl_entry *ret);
/* The next of its distribution points that is a URI; false: there is no more.
 * *at begins as 0. */
bool duet_crl_next_uri(const struct duet_crl_scan *scan, size_t *at,
		       struct duet_bytes *ret_uri);
/* Whether one of them is uri, byte for byte (Baseline Requirements 7.2.2.1). */
bool duet_crl_is_for_uri(const struct duet_crl_scan *scan,
			 struct duet_bytes uri);
/* "its key was stolen": what a reason means, for a sentence. */
const char *duet_crl_reason_words(int reason);
/* "keyCompromise", as RFC 5280 has it. */
const char *duet_crl_reason_name(int reason);

#endif
