/* SPDX-License-Identifier: MIT */
/*
 * cert/rounds.h - how many rounds of key derivation somebody else's file asks
 * us for, before they are done: one number in it would decide on our time.
 */
#ifndef DUET_CERT_ROUNDS_H
#define DUET_CERT_ROUNDS_H

#include <openssl/pkcs12.h>

enum {
	/* OpenSSL writes 2048 and OWASP asks for 600 000. */
	DUET_ROUNDS_MAX = 2 * 1000 * 1000,
};

/* Of PBES2 with PBKDF2, of PBES1 and of PKCS#12's own schemes; 0 for what has
 * none, LONG_MAX for more than a long holds. */
long duet_rounds(const X509_ALGOR *algor);
/*
 * Of the MAC and of all that is encrypted, together. What is inside of what is
 * encrypted is looked at too, with passphrase (NULL: none), once its outside
 * asks for no more than DUET_ROUNDS_MAX. What cannot be opened counts for 0.
 */
long duet_rounds_p12(const PKCS12 *p12, const char *passphrase);

#endif
