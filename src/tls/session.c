/* SPDX-License-Identifier: MIT */
/*
 * A session as bytes:
 *
 *	"duet-session" 1   what it is, and the version of this form
 *	32 bytes           digest of the policy it was verified under
 *	1 byte, name       the server it is of
 *	the rest           SSL_SESSION in DER
 *
 * A resumed session is not verified again. So it is taken only by a
 * configuration that would have verified the same: the same anchors and CRLs,
 * the same liberties, the same client certificate.
 */
#include <limits.h>
#include <string.h>

#include <openssl/ssl.h>

#include <duet/tls.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "cert/ossl.h"
#include "cert/words.h"
#include "tls/engine_int.h"

static const char magic[] = "duet-session";

enum {
	MAGIC_BYTES = sizeof(magic) - 1,
	VERSION = 1,
	NAME_MAX_BYTES = 255,
	SESSION_MAX = 256 * 1024,
	HEADER_BYTES = MAGIC_BYTES + 1 + DUET_DIGEST_BYTES + 1,
};

static int add_header(const struct duet_tls *tls, struct duet_buf *buf)
{
	size_t len = strlen(tls->server_name);
	uint8_t version = VERSION;
	uint8_t n;
	int rc;

	if (len > NAME_MAX_BYTES)
		return DUET_E_LIMIT;
	n = (uint8_t)len;
	rc = duet_buf_add(buf, magic, MAGIC_BYTES);
	if (rc == DUET_OK)
		rc = duet_buf_add(buf, &version, 1);
	if (rc == DUET_OK)
		rc = duet_buf_add(buf, tls->config->policy, DUET_DIGEST_BYTES);
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
static int check_header(const struct duet_tls *tls, struct duet_bytes session,
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
	if (memcmp(p + MAGIC_BYTES + 1, tls->config->policy,
		   DUET_DIGEST_BYTES) != 0)
		return refuse(err,
			      "it was made with other anchors, CRLs, client certificate or insecure settings than this connection has");
	ret_der->data = p + HEADER_BYTES + name.len;
	ret_der->len = session.len - HEADER_BYTES - name.len;
	return DUET_OK;
}

/* Resuming does not look at dates; we do. */
static bool has_expired(const struct duet_tls *tls, SSL_SESSION *session)
{
	X509 *peer = SSL_SESSION_get0_peer(session);

	return peer != NULL && !tls->config->any_time &&
	       !tls->config->any_certificate &&
	       duet_words_time(X509_get0_notAfter(peer)) <
		       duet_config_now(tls->config);
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
	else if (has_expired(tls, session))
		rc = refuse(err, "the server's certificate in it has expired");
	else if (SSL_set_session(tls->ssl, session) != 1)
		rc = duet_ossl_error_set(err, DUET_E_ARGUMENT,
					 "this session cannot be resumed: OpenSSL refuses it");
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
