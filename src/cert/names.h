/* SPDX-License-Identifier: MIT */
/*
 * cert/names.h - the names a certificate is for, told apart by their form, and
 * the subtrees of names a CA may be held to. No OpenSSL here.
 */
#ifndef DUET_CERT_NAMES_H
#define DUET_CERT_NAMES_H

#include <duet/error.h>

enum duet_name_kind {
	DUET_NAME_DNS = 0,
	DUET_NAME_WILDCARD, /* a DNS name whose first label is "*" */
	DUET_NAME_IP,
	DUET_NAME_EMAIL,
};

struct duet_name {
	enum duet_name_kind kind;
	const char *text; /* within what was parsed, without "email:" */
	uint8_t ip[16];
	size_t ip_len; /* 4 or 16, of an address */
};

/* DUET_OK or DUET_E_ARGUMENT with a sentence about text. */
DUET_CHECK int duet_name_parse(const char *text, struct duet_name *ret,
			       struct duet_error *err);

/* A wildcard is one too. */
bool duet_name_is_dns(const struct duet_name *name);

/* RFC 5280 s4.2.1.10. */
struct duet_subtree {
	enum duet_name_kind kind; /* never a wildcard */
	const char *text;
	uint8_t range[32]; /* of addresses: the network, then its mask */
	size_t range_len;  /* 8 or 32 */
};

/*
 * "localhost" and ".corp" for DNS (the latter only what is below corp),
 * "127.0.0.0/8", "::1/128" or a lone address, "email:x.org", "email:.x.org" or
 * "email:a@x.org". As duet_name_parse().
 */
DUET_CHECK int duet_subtree_parse(const char *text, struct duet_subtree *ret,
				  struct duet_error *err);

#endif
