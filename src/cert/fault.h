/* SPDX-License-Identifier: MIT */
/*
 * cert/fault.h - certificates that a right client refuses, and that the rest
 * of this room therefore refuses to make. For `duet broken` and for tests: it
 * is part of the program and not of the library.
 */
#ifndef DUET_CERT_FAULT_H
#define DUET_CERT_FAULT_H

#include <duet/cert.h>

/* What is wrong with it; all of it may be false. */
struct duet_cert_fault {
	bool rsa_1024;    /* a key that can be broken */
	bool sha_1;       /* a signature that can be forged */
	bool must_staple; /* RFC 7633: not wrong, but seldom obeyed */
};

/*
 * A new key and a certificate for it, of a spec without usage CA, signed by
 * ca whatever that may sign, and verified by nobody. *ret_pem is both of them,
 * one certificate and its key. Fails as duet_cert_issue().
 */
DUET_CHECK int duet_cert_fault_issue(const struct duet_identity *ca,
				     const struct duet_cert_spec *given,
				     const struct duet_cert_fault *fault,
				     struct duet_buffer *ret_pem,
				     struct duet_error *err);

#endif
