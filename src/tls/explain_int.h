/* SPDX-License-Identifier: MIT */
/* tls/explain_int.h - what the parts of explain share. */
#ifndef DUET_TLS_EXPLAIN_INT_H
#define DUET_TLS_EXPLAIN_INT_H

#include <duet/error.h>

enum {
	DUET_WHO_BYTES = 192,
	DUET_CN_BYTES = 96, /* of a name in a sentence */
};

struct duet_tls;

/* A sentence that begins with whom it is about. Returns code. */
int duet_explain_say(const struct duet_tls *tls, int code,
		     struct duet_error *err, const char *fmt, ...)
	DUET_PRINTF(4, 5);
/* What a fatal alert of the peer means. Returns its code. */
int duet_explain_alert(const struct duet_tls *tls, struct duet_error *err);
/* The server has asked for a client certificate and we had none. */
int duet_explain_wants_certificate(const struct duet_tls *tls,
				   struct duet_error *err);
/* The certificate is refused, for this. The first refusal counts. */
void duet_explain_keep(struct duet_tls *tls, const struct duet_error *why);
/* "TLS 1.1" */
const char *duet_explain_version(unsigned version);
/* "TLS 1.2 or 1.3": what we speak. */
const char *duet_explain_our_versions(const struct duet_tls *tls);

#endif
