/* SPDX-License-Identifier: MIT */
/*
 * A session as bytes:
 *
 *	"duet-session" 2   what it is, and the version of this form
 *	32 bytes           digest of the policy it was verified under
 *	8 bytes            until when that holds, in seconds since 1970
 *	1 byte, name       the server it is of
 *	the rest           SSL_SESSION in DER
 *
 * A resumed session is not verified again. So it is taken only by a
 * configuration that would have verified the same: the same anchors and CRLs,
 * the same liberties, the same client certificate; and while the certificates
 * and CRLs that vouched for the server have not run out.
 */
#include <limits.h>
#include <string.h>

#include <openssl/ssl.h>

#include <duet/tls.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "cert/ossl.h"
#include "tls/engine.h"
#include "tls/engine_int.h"
#include "tls/verify.h"

static const char magic[] = "duet-session";

enum {
	MAGIC_BYTES = sizeof(magic) - 1,
	VERSION = 2,
	END_BYTES = 8,
	NAME_MAX_BYTES = 255,
	SESSION_MAX = 256 * 1024,
	AT_POLICY = MAGIC_BYTES + 1,
	AT_END = AT_POLICY + DUET_DIGEST_BYTES,
	HEADER_BYTES = AT_END + END_BYTES + 1,
};

/* One that was resumed holds no longer than what it was resumed by. */
static void put_end(const struct duet_tls *tls, uint8_t dst[END_BYTES])
{
	uint64_t until = (uint64_t)(SSL_session_reused(tls->ssl) == 1
					    ? tls->holds_until
					    : duet_verify_holds_until(tls));
	size_t i;

	for (i = 0; i < END_BYTES; i++)
		dst[i] = (uint8_t)(until >> (8 * i));
}

static int64_t get_end(const uint8_t src[END_BYTES])
{
	uint64_t until = 0;
	size_t i;

	for (i = 0; i < END_BYTES; i++)
		until |= (uint64_t)src[i] << (8 * i);
	return (int64_t)until;
}

static int add_header(const struct duet_tls *tls, struct duet_buf *buf)
{
	size_t len = strlen(tls->server_name);
	uint8_t version = VERSION;
	uint8_t end[END_BYTES];
	uint8_t n;
	int rc;

	if (len > NAME_MAX_BYTES)
		return DUET_E_LIMIT;
	n = (uint8_t)len;
	put_end(tls, end);
	rc = duet_buf_add(buf, magic, MAGIC_BYTES);
	if (rc == DUET_OK)
		rc = duet_buf_add(buf, &version, 1);
	if (rc == DUET_OK)
		rc = duet_buf_add(buf, tls->config->policy, DUET_DIGEST_BYTES);
	if (rc == DUET_OK)
		rc = duet_buf_add(buf, end, sizeof(end));
	if (rc == DUET_OK)
		rc = duet_buf_add(buf, &n, 1);
	if (rc == DUET_OK)
		rc = duet_buf_add(buf, tls->server_name, len);
	return rc;
}

static int add_session(struct duet_buf *buf, SSL_SESSION *session)
{
	int len = i2d_SSL_SESSION(session, NULL);
	unsigned char *p;
	int rc;

	if (len <= 0)
		return DUET_E_NOMEM;
	rc = duet_buf_reserve(buf, (size_t)len);
	if (rc != DUET_OK)
		return rc;
	p = buf->data + buf->end;
	if (i2d_SSL_SESSION(session, &p) != len)
		return DUET_E_NOMEM;
	duet_buf_filled(buf, (size_t)len);
	return DUET_OK;
}

static int export_session(struct duet_tls *tls, struct duet_buffer *ret,
			  struct duet_error *err)
{
	SSL_SESSION *session = SSL_get0_session(tls->ssl);
	struct duet_buf buf;
	int rc;

	if (!tls->open || session == NULL ||
	    SSL_SESSION_is_resumable(session) != 1)
		return duet_error_set(err, DUET_E_STATE,
				      "there is no session to resume yet: a server sends its ticket after the handshake, so read first; some send none");
	if (session == tls->imported &&
	    SSL_SESSION_get_protocol_version(session) == TLS1_3_VERSION)
		return duet_error_set(err, DUET_E_STATE,
				      "the ticket of this session is used up, and the server has sent no other yet: read first; some send none");
	duet_buf_init(&buf, SESSION_MAX);
	rc = add_header(tls, &buf);
	if (rc == DUET_OK)
		rc = add_session(&buf, session);
	if (rc == DUET_OK)
		rc = duet_buf_take(&buf, ret);
	duet_buf_done_secret(&buf);
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	if (rc != DUET_OK)
		return duet_error_set(err, rc,
				      "the session is too large to export");
	return DUET_OK;
}

int duet_tls_session_export(struct duet_tls *tls,
			    struct duet_buffer *ret_session,
			    struct duet_error *err)
{
	struct duet_ossl_queue queue;
	int rc;

	if (tls->is_server)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "only a client has a session to export");
	duet_ossl_queue_save(&queue);
	rc = export_session(tls, ret_session, err);
	duet_ossl_queue_restore(&queue);
	return rc;
}

static int refuse(struct duet_error *err, const char *why)
{
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "this session cannot be resumed: %s", why);
}

/* *ret_der becomes what follows the header. */
static int check_header(struct duet_tls *tls, struct duet_bytes session,
			struct duet_bytes *ret_der, struct duet_error *err)
{
	const uint8_t *p = session.data;
	struct duet_bytes name;

	if (session.len < HEADER_BYTES || memcmp(p, magic, MAGIC_BYTES) != 0 ||
	    p[MAGIC_BYTES] != VERSION)
		return refuse(err, "it is none that this library exported");
	name.data = p + HEADER_BYTES;
	name.len = p[HEADER_BYTES - 1];
	if (session.len - HEADER_BYTES < name.len)
		return refuse(err, "it was cut short");
	if (!duet_bytes_eq_nocase(name, tls->server_name))
		return refuse(err, "it is of another server name");
	if (memcmp(p + AT_POLICY, tls->config->policy, DUET_DIGEST_BYTES) != 0)
		return refuse(err,
			      "it was made with other anchors, CRLs, client certificate or insecure settings than this connection has");
	/* Resuming does not look at dates; we do. */
	tls->holds_until = get_end(p + AT_END);
	if (tls->holds_until < duet_config_now(tls->config))
		return refuse(err,
			      "a certificate or CRL that the server was verified by has expired");
	ret_der->data = p + HEADER_BYTES + name.len;
	ret_der->len = session.len - HEADER_BYTES - name.len;
	return DUET_OK;
}

static int use_session(struct duet_tls *tls, struct duet_bytes der,
		       struct duet_error *err)
{
	const unsigned char *p = der.data;
	SSL_SESSION *session;
	int rc = DUET_OK;

	session = der.len <= LONG_MAX ? d2i_SSL_SESSION(NULL, &p, (long)der.len)
				      : NULL;
	if (session == NULL)
		return duet_ossl_error_set(err, DUET_E_ARGUMENT,
					   "this session cannot be resumed: it is damaged");
	if (p != (const unsigned char *)der.data + der.len)
		rc = refuse(err, "it is damaged");
	else if (SSL_set_session(tls->ssl, session) != 1)
		rc = duet_ossl_error_set(err, DUET_E_ARGUMENT,
					 "this session cannot be resumed: OpenSSL refuses it");
	if (rc == DUET_OK) {
		SSL_SESSION_free(tls->imported);
		tls->imported = session;
		session = NULL; /* the engine owns it now */
	}
	SSL_SESSION_free(session);
	return rc;
}

int duet_tls_session_import(struct duet_tls *tls, struct duet_bytes session,
			    struct duet_error *err)
{
	struct duet_ossl_queue queue;
	struct duet_bytes der = { NULL, 0 };
	int rc;

	if (tls->is_server)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "only a client can resume a session by hand");
	if (!SSL_in_before(tls->ssl))
		return duet_error_set(err, DUET_E_STATE,
				      "a session is imported before the handshake");
	rc = check_header(tls, session, &der, err);
	if (rc != DUET_OK)
		return rc;
	duet_ossl_queue_save(&queue);
	rc = use_session(tls, der, err);
	duet_ossl_queue_restore(&queue);
	return rc;
}

void duet_tls_settings(const struct duet_tls *tls,
		       char dst[DUET_TLS_SETTINGS_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < DUET_DIGEST_BYTES; i++) {
		dst[2 * i] = digits[tls->config->policy[i] >> 4];
		dst[2 * i + 1] = digits[tls->config->policy[i] & 0xf];
	}
	dst[2 * i] = '\0';
}
