/* SPDX-License-Identifier: MIT */
/* daemon/credentials.h - what a service proves itself with. */
#ifndef DUET_DAEMON_CREDENTIALS_H
#define DUET_DAEMON_CREDENTIALS_H

#include <duet/tls.h>

struct duet_credentials {
	struct duet_identity *identity;
	int64_t not_after; /* of the certificate, seconds since 1970 */
	char *name;        /* it is for: the first of its names */
	char **names;      /* n_names: all of them */
	size_t n_names;
	char kind[16]; /* of its key: "ECDSA" */
	char *host;    /* of a URL that it is good for, see below */
	char *ca_path; /* of the local CA that issued it; NULL: given */
	bool ca_is_new;
	char *doubts; /* lines of duet_doubts_certificates(); NULL: none */
	/* Who issued it, if the file has no other certificate; else NULL. */
	char *absent_issuer;
};

/*
 * host is "localhost" where that is among its names, else the first of them
 * that one server can be called by, as URLs write it; "localhost" if there is
 * none: it was not for fetching by name.
 *
 * From files, or with cert_file NULL from the local CA. A certificate without
 * its key, with another's, past its date or not yet valid is refused here,
 * not in every client. The statuses of duet_identity_new(), DUET_E_EXPIRED,
 * DUET_E_NOT_YET_VALID, and those of duet_local_ca_open().
 */
DUET_CHECK int duet_credentials_open(struct duet_credentials *ret,
				     const char *cert_file,
				     const char *key_file, int64_t now,
				     struct duet_error *err);
void duet_credentials_done(struct duet_credentials *credentials);

#endif
