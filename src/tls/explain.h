/* SPDX-License-Identifier: MIT */
/*
 * tls/explain.h - why it failed: one sentence with what was tried, with whom,
 * the cause and the remedy, and the code of enum duet_status that goes with it.
 */
#ifndef DUET_TLS_EXPLAIN_H
#define DUET_TLS_EXPLAIN_H

#include <openssl/x509.h>

#include <duet/error.h>

struct duet_tls;

/* From the verification callback: keep in tls->failure why this certificate is
 * refused. The first refusal counts. */
void duet_explain_certificate(struct duet_tls *tls, X509_STORE_CTX *store_ctx);
/* From OpenSSL's error queue, the alert, the first bytes and what the
 * callbacks noted. Fills all of err; returns its code. */
int duet_explain_failure(const struct duet_tls *tls, struct duet_error *err);
/* The wire ended before the handshake was over. */
int duet_explain_early_end(const struct duet_tls *tls, struct duet_error *err);
/* The wire ended without close_notify. */
int duet_explain_truncation(const struct duet_tls *tls, struct duet_error *err);
/* The peer is gone, by what sending failed with, and we have more to say. */
int duet_explain_gone(const struct duet_tls *tls, int sys_errno,
		      struct duet_error *err);
/* What came first is not TLS. */
int duet_explain_not_tls(const struct duet_tls *tls, struct duet_error *err);
/* "'example.org'", "the client", "the client asking for 'example.org'" */
void duet_explain_who(const struct duet_tls *tls, char *dst, size_t cap);

#endif
