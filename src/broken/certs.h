/* SPDX-License-Identifier: MIT */
/* broken/certs.h - a root of its own, and what each server shows. */
#ifndef DUET_BROKEN_CERTS_H
#define DUET_BROKEN_CERTS_H

#include <duet/cert.h>

#include "broken/case.h"

/* All zero is none. */
struct duet_broken_certs {
	struct duet_buffer ca_pem;  /* what a client is to believe */
	struct duet_buffer crl_pem; /* of the same, for DUET_BROKEN_REVOKED */
	struct duet_buffer crl_der;
	/* NULL for DUET_BROKEN_NO_TLS. */
	struct duet_config *configs[DUET_BROKEN_IDENTITIES];
};

/*
 * Make all of it, in memory; the root's key is forgotten at once. crl_url:
 * where the CRL will be had. Fails as the calls of duet/cert.h do; free with
 * duet_broken_certs_done() in any case.
 */
DUET_CHECK int duet_broken_certs_make(struct duet_broken_certs *certs,
				      const char *crl_url,
				      struct duet_error *err);
void duet_broken_certs_done(struct duet_broken_certs *certs);

#endif
