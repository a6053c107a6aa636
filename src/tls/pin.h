/* SPDX-License-Identifier: MIT */
/* tls/pin.h - keys that are expected (RFC 7469 s2.4 has their form). */
#ifndef DUET_TLS_PIN_H
#define DUET_TLS_PIN_H

#include <openssl/x509.h>

#include <duet/tls.h>

struct duet_config;

/* Copy them into a configuration. DUET_OK, DUET_E_LIMIT, DUET_E_NOMEM. */
DUET_CHECK int duet_pin_set(struct duet_config *config,
			    const struct duet_pin *pins, size_t n,
			    struct duet_error *err);
/* Whether the key of the peer's own certificate is one of them; with none,
 * whichever it is. The refusal is put in words. */
bool duet_pin_holds(struct duet_tls *tls, X509 *cert);

#endif
