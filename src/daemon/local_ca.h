/* SPDX-License-Identifier: MIT */
/*
 * daemon/local_ca.h - HTTPS on localhost without asking anybody: a CA of this
 * user alone, which can vouch for localhost and loopback addresses only (its
 * name constraints are critical), and a certificate from it.
 *
 * In the user's data place (XDG), below duet/local-ca/, mode 0700:
 *
 *   ca.pem        the CA's certificate: 10 years, for people to import once
 *   ca-key.pem    its key, 0600
 *   leaf.pem      a server's certificate, 90 days, and its key, 0600
 *
 * The CA's ten years are what makes importing it worth the while; what a thief
 * of its key could do is bounded by the constraints, not by the date.
 */
#ifndef DUET_DAEMON_LOCAL_CA_H
#define DUET_DAEMON_LOCAL_CA_H

#include <duet/cert.h>
#include <duet/tls.h>

/* Where the CA's certificate is, or would be; yours to duet_mem_free(). NULL
 * without a home directory or memory. Whether it is there is another
 * question. */
char *duet_local_ca_path(void);
/* The same of the files with keys in them. */
char *duet_local_ca_key_path(void);
char *duet_local_ca_leaf_path(void);
/* As the first, and NULL where no CA has been made yet. */
char *duet_local_ca_find(void);
/* Whether it may vouch for a host: localhost, a name below it, or a loopback
 * address, without brackets. */
bool duet_local_ca_covers(const char *host);

/*
 * Whom a client of this user believes: those in ca_file and ca_dir alone; or
 * where both are NULL the system's roots, and with local also the local CA, if
 * there is one. crl: a file or a directory, or NULL. NULL: err says why.
 */
struct duet_trust *duet_local_ca_trust(const char *ca_file, const char *ca_dir,
				       const char *crl, bool local,
				       struct duet_error *err);

struct duet_local_ca {
	struct duet_identity *leaf; /* for localhost, 127.0.0.1, ::1 */
	int64_t leaf_not_after;     /* seconds since 1970 */
	char *ca_path;              /* of its certificate */
	bool made_now;              /* nobody can trust it yet */
};

/*
 * The local CA's server certificate at time now (seconds since 1970), making
 * the CA if there is none, and a new certificate when two thirds of the old
 * one's days are over. Several processes may do so at once: they end up with
 * one CA. DUET_E_STATE (no home directory), DUET_E_SYSTEM, DUET_E_PEM and
 * others for damaged files, with a remedy.
 */
DUET_CHECK int duet_local_ca_open(struct duet_local_ca *ret, int64_t now,
				  struct duet_error *err);
void duet_local_ca_done(struct duet_local_ca *ca);

#endif
