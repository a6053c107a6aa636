/* SPDX-License-Identifier: MIT */
/*
 * What a fatal alert of the peer means (RFC 8446 s6.2). The same alert says
 * different things to the two sides: "unknown_ca" is about the certificate of
 * whoever hears it.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/ssl.h>

#include "base/error.h"
#include "cert/identity.h"
#include "tls/engine_int.h"
#include "tls/explain_int.h"
#include "tls/facts.h"
#include "tls/server_name.h"

enum {
	CAS_SHOWN = 3,
	CAS_BYTES = 200,
};

/* About our certificate: what the peer finds wrong with it. An alert stands for
 * several causes, and peers choose differently: all that OpenSSL means. */
static const struct {
	int alert;
	int server_code; /* what a server makes of it */
	const char *what;
} complaints[] = {
	{ SSL_AD_BAD_CERTIFICATE, DUET_E_CERTIFICATE,
	  "damaged, for another name, not yet valid, or too weak" },
	{ SSL_AD_UNSUPPORTED_CERTIFICATE, DUET_E_CERTIFICATE,
	  "of a kind it does not support, or for another purpose" },
	{ SSL_AD_CERTIFICATE_REVOKED, DUET_E_REVOKED, "revoked" },
	{ SSL_AD_CERTIFICATE_EXPIRED, DUET_E_EXPIRED,
	  "expired or not yet valid, or covered by a CRL that has expired" },
	{ SSL_AD_CERTIFICATE_UNKNOWN, DUET_E_CERTIFICATE,
	  "not acceptable, without saying why" },
	{ SSL_AD_UNKNOWN_CA, DUET_E_UNTRUSTED,
	  "issued by a CA that it does not know or accept, or without a CRL that it wants" },
	{ SSL_AD_ACCESS_DENIED, DUET_E_CERTIFICATE, "not allowed in" },
	{ SSL_AD_BAD_CERTIFICATE_STATUS_RESPONSE, DUET_E_CERTIFICATE,
	  "without a valid OCSP answer" },
};

/* "(it takes those of 'A', 'B')", or nothing when the server did not say. */
static void list_cas(const struct duet_tls *tls, char *dst, size_t cap)
{
	STACK_OF(X509_NAME) *names = SSL_get_client_CA_list(tls->ssl);
	int n = sk_X509_NAME_num(names);
	size_t used = 0;
	int i;

	dst[0] = '\0';
	for (i = 0; i < n && i < CAS_SHOWN && used < cap; i++) {
		char name[DUET_CN_BYTES / 2];

		duet_facts_name_short(name, sizeof(name),
				      sk_X509_NAME_value(names, i));
		used += (size_t)snprintf(dst + used, cap - used, "%s'%s'",
					 i > 0 ? ", " : " issued by ", name);
	}
	if (n > CAS_SHOWN && used < cap)
		(void)snprintf(dst + used, cap - used, " or another %d",
			       n - CAS_SHOWN);
}

int duet_explain_wants_certificate(const struct duet_tls *tls,
				   struct duet_error *err)
{
	char cas[CAS_BYTES];

	list_cas(tls, cas, sizeof(cas));
	return duet_explain_say(tls, DUET_E_CLIENT_CERT, err,
				"the server wants a client certificate and we have none: give one%s, with its key",
				cas);
}

static int by_number(const struct duet_tls *tls, struct duet_error *err)
{
	const char *peer = tls->is_server ? "client" : "server";

	return duet_explain_say(tls, DUET_E_TLS, err,
				"the %s ended TLS with the alert '%s' (%d)%s",
				peer, SSL_alert_desc_string_long(tls->alert),
				tls->alert,
				tls->open
					? ""
					: " during the handshake: look into its log");
}

/* Some answer a hello so, and boxes on the way: nobody has asked for ours. A
 * foreign SSL_CTX does not tell. */
static bool is_not_about_ours(const struct duet_tls *tls)
{
	return !tls->is_server && !tls->cert_wanted && !tls->config->is_foreign;
}

static int refuses_ours(const struct duet_tls *tls, size_t i,
			struct duet_error *err)
{
	char name[DUET_CN_BYTES] = "";

	if (tls->is_server)
		return duet_explain_say(tls, complaints[i].server_code, err,
					"it does not trust our certificate, which it finds %s",
					complaints[i].what);
	if (is_not_about_ours(tls))
		return by_number(tls, err);
	if (tls->config->identity == NULL)
		return duet_explain_wants_certificate(tls, err);
	duet_facts_name_short(name, sizeof(name),
			      X509_get_subject_name(duet_identity_leaf(
				      tls->config->identity)));
	return duet_explain_say(tls, DUET_E_CLIENT_CERT, err,
				"the server refuses our client certificate '%s': it finds it %s",
				name, complaints[i].what);
}

static int no_agreement(const struct duet_tls *tls, struct duet_error *err)
{
	/* TLS 1.2 has no alert of its own for a missing certificate. */
	if (tls->cert_wanted && tls->config->identity == NULL)
		return duet_explain_wants_certificate(tls, err);
	return duet_explain_say(tls, DUET_E_TLS_CIPHER, err,
				"the %s finds no cipher suite, group or kind of certificate that both sides accept: one of the two must be updated",
				tls->is_server ? "client" : "server");
}

static int old_version(const struct duet_tls *tls, struct duet_error *err)
{
	const char *peer = tls->is_server ? "client" : "server";

	if (SSL_get_min_proto_version(tls->ssl) == TLS1_3_VERSION)
		return duet_explain_say(tls, DUET_E_TLS_VERSION, err,
					"the %s does not speak TLS 1.3, the only version that is allowed here: it must be updated, or TLS 1.2 allowed",
					peer);
	return duet_explain_say(tls, DUET_E_TLS_VERSION, err,
				"the %s does not speak %s, so only an older version such as TLS 1.1, and refuses ours: it must be updated",
				peer, duet_explain_our_versions(tls));
}

int duet_explain_alert(const struct duet_tls *tls, struct duet_error *err)
{
	size_t i;

	for (i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++)
		if (complaints[i].alert == tls->alert)
			return refuses_ours(tls, i, err);
	switch (tls->alert) {
	case SSL_AD_PROTOCOL_VERSION:
		return old_version(tls, err);
	case SSL_AD_HANDSHAKE_FAILURE:
	case SSL_AD_INSUFFICIENT_SECURITY:
		return no_agreement(tls, err);
	case SSL_AD_CERTIFICATE_REQUIRED:
		return is_not_about_ours(tls)
			       ? by_number(tls, err)
			       : duet_explain_wants_certificate(tls, err);
	case SSL_AD_UNRECOGNIZED_NAME:
		if (tls->server_name != NULL &&
		    duet_server_name_is_ip(tls->server_name))
			return duet_explain_say(tls, DUET_E_SERVER_NAME, err,
						"the server wants to be told which of its sites is meant, and an address does not tell: use a name of the site");
		return duet_explain_say(tls, DUET_E_SERVER_NAME, err,
					"the server has no site of that name: check the name, or ask its operator");
	case SSL_AD_NO_APPLICATION_PROTOCOL:
		return duet_explain_say(tls, DUET_E_TLS, err,
					"the server speaks none of the protocols that we offer (ALPN, RFC 7301)");
	default:
		return by_number(tls, err);
	}
}
