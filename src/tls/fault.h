/* SPDX-License-Identifier: MIT */
/*
 * tls/fault.h - servers as no configuration of ours lets them be: with an
 * identity that is too weak, with old versions only, with ciphers that nobody
 * takes. For `duet broken` and for tests: it is part of the program and not
 * of the library.
 */
#ifndef DUET_TLS_FAULT_H
#define DUET_TLS_FAULT_H

#include <duet/tls.h>

struct duet_tls_fault {
	struct duet_bytes pem; /* the server's certificate, and its key */
	bool only_tls_1_1;
	bool only_null_ciphers; /* of TLS 1.2: nothing would be encrypted */
};

/* DUET_E_PEM, DUET_E_KEY_MISMATCH, DUET_E_UNSUPPORTED, DUET_E_NOMEM. */
DUET_CHECK struct duet_config *duet_tls_fault_server(
	const struct duet_tls_fault *fault, struct duet_error *err);

#endif
