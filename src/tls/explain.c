/* SPDX-License-Identifier: MIT */
#include "tls/explain.h"

#include <stdio.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cert/ossl.h"
#include "tls/engine_int.h"

void duet_explain_who(const struct duet_tls *tls, char *dst, size_t cap)
{
	char name[160] = "";

	if (tls->server_name != NULL)
		duet_str_printable(name, sizeof(name),
				   duet_str(tls->server_name));
	if (!tls->config->is_server)
		(void)snprintf(dst, cap, "'%s'", name);
	else if (name[0] != '\0')
		(void)snprintf(dst, cap, "the client asking for '%s'", name);
	else
		(void)snprintf(dst, cap, "the client");
}

void duet_explain_certificate(struct duet_tls *tls, X509_STORE_CTX *store_ctx)
{
	int code = X509_STORE_CTX_get_error(store_ctx);
	struct duet_error why;
	char who[192];

	if (tls->verdict_given)
		return;
	duet_explain_who(tls, who, sizeof(who));
	(void)duet_error_set(&why, DUET_E_CERTIFICATE,
			     "%s: the certificate is refused: %s", who,
			     X509_verify_cert_error_string(code));
	why.x509 = code;
	tls->verdict_given = true;
	tls->failure = duet_mem_dup(&why, sizeof(why));
}

int duet_explain_failure(const struct duet_tls *tls, struct duet_error *err)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());
	char who[192];

	if (tls->verdict_given && tls->failure != NULL)
		return duet_error_copy(err, tls->failure);
	duet_explain_who(tls, who, sizeof(who));
	(void)duet_ossl_error_set(err, DUET_E_TLS, "%s: TLS failed: %s", who,
				  reason != NULL ? reason
						 : "for no reason given");
	err->alert = tls->alert;
	err->alert_from = tls->alert_from;
	return err->code;
}

int duet_explain_early_end(const struct duet_tls *tls, struct duet_error *err)
{
	char who[192];

	duet_explain_who(tls, who, sizeof(who));
	return duet_error_set(err, DUET_E_TLS,
			      "%s: the connection ended in the middle of the TLS handshake",
			      who);
}

int duet_explain_truncation(const struct duet_tls *tls, struct duet_error *err)
{
	char who[192];

	duet_explain_who(tls, who, sizeof(who));
	return duet_error_set(err, DUET_E_TRUNCATED,
			      "%s: the connection ended without close_notify",
			      who);
}

int duet_explain_gone(const struct duet_tls *tls, struct duet_error *err)
{
	char who[192];

	duet_explain_who(tls, who, sizeof(who));
	return duet_error_set(err, DUET_E_GONE,
			      "%s: the connection has been reset", who);
}

int duet_explain_not_tls(const struct duet_tls *tls, struct duet_error *err)
{
	char who[192];

	duet_explain_who(tls, who, sizeof(who));
	return duet_error_set(err, DUET_E_NOT_TLS, "%s: does not speak TLS",
			      who);
}
