/* SPDX-License-Identifier: MIT */
#include "tls/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/error.h"
#include "base/str.h"
#include "cert/ossl.h"
#include "tls/engine_int.h"
#include "tls/explain_int.h"

enum {
	SENTENCE_BYTES = 512,
	FIRST_BYTES = 32, /* of what is not TLS, in a sentence */
	RECORD_HANDSHAKE = 22,
	SERVER_HELLO = 2,
	/* In a ServerHello in its record: type, then length, then version. */
	AT_TYPE = 5,
	AT_VERSION = 9,
};

void duet_explain_who(const struct duet_tls *tls, char *dst, size_t cap)
{
	char name[DUET_WHO_BYTES - 32] = "";

	if (tls->server_name != NULL)
		duet_str_printable(name, sizeof(name),
				   duet_str(tls->server_name));
	if (!tls->is_server)
		(void)snprintf(dst, cap, "'%s'", name);
	else if (name[0] != '\0')
		(void)snprintf(dst, cap, "the client asking for '%s'", name);
	else
		(void)snprintf(dst, cap, "the client");
}

int duet_explain_say(const struct duet_tls *tls, int code,
		     struct duet_error *err, const char *fmt, ...)
{
	char sentence[SENTENCE_BYTES];
	char who[DUET_WHO_BYTES];
	struct duet_error own;
	va_list args;

	if (err == NULL)
		err = &own;
	duet_explain_who(tls, who, sizeof(who));
	va_start(args, fmt);
	(void)vsnprintf(sentence, sizeof(sentence), fmt, args);
	va_end(args);
	(void)duet_ossl_error_set(err, code, "%s: %s", who, sentence);
	if (err->code != DUET_E_NOMEM) {
		err->alert = tls->alert;
		err->alert_from = tls->alert_from;
	}
	return err->code;
}

const char *duet_explain_version(unsigned version)
{
	switch (version) {
	case SSL3_VERSION:
		return "SSL 3.0";
	case TLS1_VERSION:
		return "TLS 1.0";
	case TLS1_1_VERSION:
		return "TLS 1.1";
	case TLS1_2_VERSION:
		return "TLS 1.2";
	case TLS1_3_VERSION:
		return "TLS 1.3";
	default:
		return "an unknown version";
	}
}

const char *duet_explain_our_versions(const struct duet_tls *tls)
{
	switch (SSL_get_min_proto_version(tls->ssl)) {
	case TLS1_3_VERSION:
		return "TLS 1.3";
	case TLS1_2_VERSION:
		return "TLS 1.2 or 1.3";
	default:
		return "ours"; /* insecure_old_versions, or an SSL_CTX's */
	}
}

/* The version a server chose in its first message, or 0. */
static unsigned chosen_version(const struct duet_wire *wire)
{
	const uint8_t *p = wire->head;

	if (wire->n_head < AT_VERSION + 2 || p[0] != RECORD_HANDSHAKE ||
	    p[AT_TYPE] != SERVER_HELLO)
		return 0;
	return (unsigned)(p[AT_VERSION] << 8 | p[AT_VERSION + 1]);
}

static int no_common_version(const struct duet_tls *tls, struct duet_error *err)
{
	unsigned version = tls->is_server ? tls->hello.max_version
					  : chosen_version(tls->wire);

	if (tls->is_server && version != 0)
		return duet_explain_say(tls, DUET_E_TLS_VERSION, err,
					"it offers %s at most, and we speak %s: the client must be updated",
					duet_explain_version(version),
					duet_explain_our_versions(tls));
	if (version == 0 || version >= TLS1_2_VERSION)
		return duet_explain_say(tls, DUET_E_TLS_VERSION, err,
					"it speaks another version of TLS than %s: it must be updated",
					duet_explain_our_versions(tls));
	return duet_explain_say(tls, DUET_E_TLS_VERSION, err,
				"the server offers %s, which is not safe any more, and we speak %s: the server must be updated",
				duet_explain_version(version),
				duet_explain_our_versions(tls));
}

static int nothing_in_common(const struct duet_tls *tls, struct duet_error *err)
{
	if (tls->is_server)
		return duet_explain_say(tls, DUET_E_TLS_CIPHER, err,
					"it offers no cipher suite that we accept with our certificate: the client must be updated, or needs a certificate of another kind (RSA, ECDSA)");
	return duet_explain_say(tls, DUET_E_TLS_CIPHER, err,
				"the server chose a cipher suite that we did not offer: it is broken or must be updated");
}

static int no_common_group(const struct duet_tls *tls, struct duet_error *err)
{
	return duet_explain_say(tls, DUET_E_TLS_CIPHER, err,
				"no group for the key exchange and no signature algorithm is common to both sides (we take X25519, P-256 and P-384): the %s must be updated",
				tls->is_server ? "client" : "server");
}

static int too_weak(const struct duet_tls *tls, struct duet_error *err)
{
	return duet_explain_say(tls, DUET_E_WEAK, err,
				"the %s's key for this connection is too weak: it needs RSA or DH of 2048 bits or more, or an elliptic curve",
				tls->is_server ? "client" : "server");
}

static int sent_no_certificate(const struct duet_tls *tls,
			       struct duet_error *err)
{
	return duet_explain_say(tls, DUET_E_CLIENT_CERT, err,
				"it sent no certificate, and one is required here: the client must be given one by a CA we trust");
}

static int no_common_alpn(const struct duet_tls *tls, struct duet_error *err)
{
	return duet_explain_say(tls, DUET_E_TLS, err,
				"it offers none of the protocols that we speak (ALPN, RFC 7301)");
}

static int damaged(const struct duet_tls *tls, struct duet_error *err)
{
	return duet_explain_say(tls, DUET_E_TLS, err,
				"what came was changed on its way, or is not from the peer the handshake was with: a broken or hostile network");
}

typedef int explain_fn(const struct duet_tls *tls, struct duet_error *err);

/* What OpenSSL calls it, and who can say it in words. */
static const struct {
	int reason;
	explain_fn *explain;
} reasons[] = {
	{ SSL_R_UNSUPPORTED_PROTOCOL, no_common_version },
	{ SSL_R_WRONG_SSL_VERSION, no_common_version },
	{ SSL_R_VERSION_TOO_LOW, no_common_version },
	{ SSL_R_NO_PROTOCOLS_AVAILABLE, no_common_version },
	{ SSL_R_NO_SHARED_CIPHER, nothing_in_common },
	{ SSL_R_UNKNOWN_CIPHER_RETURNED, nothing_in_common },
	{ SSL_R_WRONG_CIPHER_RETURNED, nothing_in_common },
	{ SSL_R_NO_SHARED_GROUPS, no_common_group },
	{ SSL_R_NO_SUITABLE_GROUPS, no_common_group },
	{ SSL_R_NO_SUITABLE_KEY_SHARE, no_common_group },
	{ SSL_R_WRONG_CURVE, no_common_group },
	{ SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, no_common_group },
	{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, no_common_group },
	{ SSL_R_WRONG_SIGNATURE_TYPE, no_common_group },
	{ SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED, no_common_group },
	{ SSL_R_DH_KEY_TOO_SMALL, too_weak },
	{ SSL_R_EE_KEY_TOO_SMALL, too_weak },
	{ SSL_R_CA_KEY_TOO_SMALL, too_weak },
	{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, sent_no_certificate },
	{ SSL_R_NO_APPLICATION_PROTOCOL, no_common_alpn },
	{ SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, damaged },
	{ SSL_R_BAD_DIGEST_LENGTH, damaged },
	{ SSL_R_DIGEST_CHECK_FAILED, damaged },
	{ SSL_R_HTTP_REQUEST, duet_explain_not_tls },
	{ SSL_R_HTTPS_PROXY_REQUEST, duet_explain_not_tls },
};

static explain_fn *find_reason(unsigned long code)
{
	size_t i;

	if (ERR_GET_LIB(code) != ERR_LIB_SSL)
		return NULL;
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].reason == ERR_GET_REASON(code))
			return reasons[i].explain;
	return NULL;
}

/* The first record is none: its type or version does not exist. */
static bool is_not_tls(const struct duet_tls *tls)
{
	const struct duet_wire *wire = tls->wire;

	return !tls->open && wire->n_head >= 2 &&
	       (wire->head[0] < 20 || wire->head[0] > 23 || wire->head[1] != 3);
}

static int unknown_site(const struct duet_tls *tls, struct duet_error *err)
{
	if (tls->server_name == NULL)
		return duet_explain_say(tls, DUET_E_SERVER_NAME, err,
					"it does not say which site it wants (SNI), and none is for clients that do not");
	return duet_explain_say(tls, DUET_E_SERVER_NAME, err,
				"there is no certificate of that name here, and unknown names are refused");
}

static int in_openssl_words(const struct duet_tls *tls, unsigned long code,
			    struct duet_error *err)
{
	const char *reason = ERR_reason_error_string(code);

	if (reason == NULL)
		reason = "OpenSSL does not say why";
	if (tls->alert >= 0)
		return duet_explain_say(tls, DUET_E_TLS, err,
					"TLS failed on our side, which sent the alert '%s': %s",
					SSL_alert_desc_string_long(tls->alert),
					reason);
	return duet_explain_say(tls, DUET_E_TLS, err, "TLS failed: %s", reason);
}

int duet_explain_failure(const struct duet_tls *tls, struct duet_error *err)
{
	unsigned long code = ERR_peek_error();
	explain_fn *explain = find_reason(code);

	if (tls->verdict != NULL) {
		(void)duet_error_copy(err, tls->verdict);
		err->alert = tls->alert;
		err->alert_from = tls->alert_from;
		duet_ossl_error_note(err);
		return err->code;
	}
	if (tls->alert_from == DUET_SIDE_PEER)
		return duet_explain_alert(tls, err);
	if (tls->is_server && tls->alert == SSL_AD_UNRECOGNIZED_NAME)
		return unknown_site(tls, err);
	if (explain != NULL)
		return explain(tls, err);
	if (is_not_tls(tls))
		return duet_explain_not_tls(tls, err);
	return in_openssl_words(tls, code, err);
}

/* "closed" or "reset", with errno where there is one. */
static int ended(const struct duet_tls *tls, int code, int sys_errno,
		 struct duet_error *err, const char *when)
{
	struct duet_error own;

	if (err == NULL)
		err = &own;
	(void)duet_explain_say(tls, code, err, "%s %s",
			       sys_errno == 0 ? "closed the connection"
					      : "the connection was reset",
			       when);
	err->sys = sys_errno;
	return err->code;
}

int duet_explain_early_end(const struct duet_tls *tls, struct duet_error *err)
{
	int sys_errno = tls->wire->end_errno;

	if (tls->is_server && tls->wire->n_head == 0)
		return ended(tls, DUET_E_TLS, sys_errno, err,
			     "without sending a byte: a port scan, a health check, or a connection opened in advance");
	if (tls->is_server)
		return ended(tls, DUET_E_TLS, sys_errno, err,
			     "in the middle of the TLS handshake without saying why: it may not trust our certificate");
	if (tls->wire->n_head == 0)
		return ended(tls, DUET_E_TLS, sys_errno, err,
			     "at once, without an answer to our TLS hello: the server turns us away, is overloaded, or speaks no TLS on this port");
	return ended(tls, DUET_E_TLS, sys_errno, err,
		     "in the middle of the TLS handshake without saying why: look into the server's log");
}

int duet_explain_truncation(const struct duet_tls *tls, struct duet_error *err)
{
	return ended(tls, DUET_E_TRUNCATED, tls->wire->end_errno, err,
		     "without close_notify: what has come may have been cut short by anybody on the way");
}

int duet_explain_gone(const struct duet_tls *tls, int sys_errno,
		      struct duet_error *err)
{
	return ended(tls, DUET_E_GONE, sys_errno, err,
		     "before all that we had to say was sent");
}

static bool is_http(struct duet_bytes first)
{
	static const char *const starts[] = { "HTTP/", "GET ",    "HEAD ",
					      "POST ", "PUT ",    "OPTIONS ",
					      "PATCH", "DELETE ", "CONNECT " };
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (first.len >= 5 &&
		    memcmp(first.data, starts[i],
			   strlen(starts[i]) < 5 ? strlen(starts[i]) : 5) == 0)
			return true;
	return false;
}

int duet_explain_not_tls(const struct duet_tls *tls, struct duet_error *err)
{
	struct duet_bytes first = { tls->wire->head, tls->wire->n_head };
	char shown[FIRST_BYTES * 4];

	if (is_http(first) && tls->is_server)
		return duet_explain_say(tls, DUET_E_NOT_TLS, err,
					"it sent a plain HTTP request to this TLS port: it must use https://");
	if (is_http(first))
		return duet_explain_say(tls, DUET_E_NOT_TLS, err,
					"the server answers in plain HTTP on this port, without TLS: use the port of its https, or http:// if that must be");
	if (first.len > FIRST_BYTES)
		first.len = FIRST_BYTES;
	duet_str_printable(shown, sizeof(shown), first);
	return duet_explain_say(tls, DUET_E_NOT_TLS, err,
				"what the %s sent is not TLS, it begins with \"%s\": another protocol is spoken on this port",
				tls->is_server ? "client" : "server", shown);
}
