/* SPDX-License-Identifier: MIT */
#include "tls/engine.h"

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <duet/openssl.h>
#include <duet/tls.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cert/ossl.h"
#include "tls/engine_int.h"
#include "tls/explain.h"
#include "tls/peer.h"
#include "tls/revocation.h"
#include "tls/server_name.h"
#include "tls/verify.h"

struct duet_tls *duet_tls_of(const SSL *ssl)
{
	BIO *bio = SSL_get_rbio(ssl);

	return bio != NULL ? duet_wire_owner(bio) : NULL;
}

/* While a client waits for the answer to its hello, SSL_version() is what it
 * hopes for, and servers of TLS 1.2 warn of names they do not know. */
static bool is_tls13(const SSL *ssl)
{
	OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl);

	/* A server's "early data" comes after its first flight. */
	if (state == TLS_ST_EARLY_DATA && !SSL_is_server(ssl))
		return false;
	return SSL_version(ssl) == TLS1_3_VERSION &&
	       state != TLS_ST_CW_CLNT_HELLO;
}

/* RFC 8446 s6: in TLS 1.3 all alerts but these two are fatal, and the level
 * "can safely be ignored". */
static bool is_fatal(const SSL *ssl, int level, int alert)
{
	return (level == SSL3_AL_FATAL || is_tls13(ssl)) &&
	       alert != SSL_AD_CLOSE_NOTIFY && alert != SSL_AD_USER_CANCELLED;
}

static void info_cb(const SSL *ssl, int where, int value)
{
	struct duet_tls *tls;
	int alert = value & 0xff;

	if ((where & SSL_CB_ALERT) == 0)
		return;
	tls = duet_tls_of(ssl);
	if (tls == NULL)
		return;
	if ((where & SSL_CB_READ) != 0 && alert == SSL_AD_CLOSE_NOTIFY) {
		tls->close_seen = true;
		if (tls->cut == DUET_CUT_NONE)
			tls->cut = DUET_CUT_CLOSE_NOTIFY;
	}
	if (!is_fatal(ssl, value >> 8, alert) || tls->alert >= 0)
		return;
	tls->alert = alert;
	tls->alert_from =
		(where & SSL_CB_READ) != 0 ? DUET_SIDE_PEER : DUET_SIDE_US;
	if (tls->cut == DUET_CUT_NONE)
		tls->cut = DUET_CUT_ALERT;
}

static int set_up(struct duet_tls *tls, struct duet_error *err)
{
	BIO *bio;

	tls->wire = duet_mem_zalloc(sizeof(*tls->wire));
	if (tls->wire == NULL)
		return duet_error_nomem(err);
	duet_wire_init(tls->wire, tls);
	tls->ssl = SSL_new(tls->config->ctx);
	bio = duet_wire_bio_new(tls->config->bio, tls->wire);
	if (tls->ssl == NULL || bio == NULL) {
		(void)BIO_free(bio);
		return duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
					   "OpenSSL makes no connection of this configuration");
	}
	SSL_set_bio(tls->ssl, bio, bio);
	if (SSL_is_dtls(tls->ssl))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "this SSL_CTX is for DTLS: a connection needs one for TLS");
	/* An SSL_CTX of the host's may have it otherwise: see step_write()
	 * and duet_tls_pending(). */
	(void)SSL_set_mode(tls->ssl,
			   SSL_MODE_ENABLE_PARTIAL_WRITE |
				   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				   SSL_MODE_AUTO_RETRY);
	SSL_set_read_ahead(tls->ssl, 0);
	SSL_set_info_callback(tls->ssl, info_cb);
	if (!tls->config->is_foreign)
		duet_verify_set_time(tls);
	return DUET_OK;
}

static struct duet_tls *new_engine(struct duet_config *config, bool is_server,
				   struct duet_error *err)
{
	struct duet_tls *tls = duet_mem_zalloc(sizeof(*tls));

	if (tls == NULL) {
		(void)duet_error_nomem(err);
		return NULL;
	}
	tls->config = duet_config_retain(config);
	tls->alert = -1;
	tls->fd = -1;
	tls->is_server = is_server;
	if (set_up(tls, err) != DUET_OK) {
		duet_tls_free(tls);
		return NULL;
	}
	return tls;
}

static int check_side(const struct duet_config *config, bool is_server,
		      struct duet_error *err)
{
	if (config == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a connection needs a configuration");
	if (config->is_foreign || config->is_server == is_server)
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "a %s cannot be made of a %s's configuration",
			      is_server ? "server" : "client",
			      is_server ? "client" : "server");
}

struct duet_tls *duet_tls_client(struct duet_config *config,
				 const char *server_name,
				 struct duet_error *err)
{
	struct duet_ossl_queue queue;
	struct duet_tls *tls = NULL;
	bool match;

	if (check_side(config, false, err) != DUET_OK)
		return NULL;
	match = !config->any_name && !config->any_certificate;
	duet_ossl_queue_save(&queue);
	tls = new_engine(config, false, err);
	if (tls != NULL) {
		SSL_set_connect_state(tls->ssl);
		if (duet_server_name_set(tls->ssl, server_name, match,
					 &tls->server_name, err) != DUET_OK) {
			duet_tls_free(tls);
			tls = NULL;
		}
	}
	duet_ossl_queue_restore(&queue);
	return tls;
}

struct duet_tls *duet_tls_server(struct duet_config *config,
				 struct duet_error *err)
{
	struct duet_ossl_queue queue;
	struct duet_tls *tls;

	if (check_side(config, true, err) != DUET_OK)
		return NULL;
	duet_ossl_queue_save(&queue);
	tls = new_engine(config, true, err);
	if (tls != NULL)
		SSL_set_accept_state(tls->ssl);
	duet_ossl_queue_restore(&queue);
	return tls;
}

void duet_tls_free(struct duet_tls *tls)
{
	struct duet_ossl_queue queue;

	if (tls == NULL)
		return;
	duet_ossl_queue_save(&queue);
	/* OpenSSL takes a session for broken whose connection goes without
	 * close_notify, and nobody could resume it. */
	if (tls->ssl != NULL && tls->open && tls->failed == DUET_OK)
		SSL_set_shutdown(tls->ssl,
				 SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(tls->ssl);
	SSL_SESSION_free(tls->imported);
	if (tls->wire != NULL)
		duet_wire_done(tls->wire);
	duet_mem_free(tls->wire);
	duet_peer_text_free(tls->peer);
	duet_mem_free(tls->server_name);
	duet_mem_free(tls->failure);
	duet_mem_free(tls->verdict);
	duet_revocation_free(tls->revocation);
	duet_config_release(tls->config);
	duet_mem_free(tls);
	duet_ossl_queue_restore(&queue);
}

SSL *duet_tls_ssl(struct duet_tls *tls)
{
	return tls->ssl;
}

int duet_tls_recv_room(struct duet_tls *tls, struct duet_room *room)
{
	if (tls->failed != DUET_OK || tls->read_end != 0) {
		room->data = NULL;
		room->len = 0;
		return DUET_OK;
	}
	return duet_wire_room(tls->wire, room);
}

void duet_tls_recv_done(struct duet_tls *tls, size_t n)
{
	duet_wire_filled(tls->wire, n);
}

void duet_tls_recv_end(struct duet_tls *tls, int sys_errno)
{
	if (tls->wire->ended)
		return;
	tls->wire->ended = true;
	tls->wire->end_errno = sys_errno;
}

struct duet_bytes duet_tls_send_bytes(const struct duet_tls *tls)
{
	return duet_wire_bytes(tls->wire);
}

void duet_tls_send_done(struct duet_tls *tls, size_t n)
{
	duet_wire_sent(tls->wire, n);
}

static void keep_words(struct duet_tls *tls, const struct duet_error *why)
{
	if (tls->failure == NULL)
		tls->failure = duet_mem_dup(why, sizeof(*why));
	else
		*tls->failure = *why;
}

int duet_tls_fail(struct duet_tls *tls, const struct duet_error *why,
		  struct duet_error *err)
{
	tls->failed = why->code;
	keep_words(tls, why);
	return duet_error_copy(err, why);
}

void duet_tls_end_writing(struct duet_tls *tls, const struct duet_error *why)
{
	tls->write_end = why->code;
	keep_words(tls, why);
}

/* Without read-ahead OpenSSL drinks up what there is before it asks for more,
 * so that what is left in the input can be read. */
bool duet_tls_pending(const struct duet_tls *tls)
{
	if (tls->failed != DUET_OK || tls->read_end != 0)
		return false;
	return duet_wire_unread(tls->wire) > 0 || SSL_pending(tls->ssl) > 0;
}

bool duet_tls_closed_cleanly(const struct duet_tls *tls)
{
	return tls->close_seen;
}

bool duet_tls_handshake_done(const struct duet_tls *tls)
{
	return tls->open;
}

/*
 * CVE-2024-4741: SSL_free_buffers() frees what a record is being read into,
 * and a peer needs but its header to have that. OpenSSL is asked, which may be
 * another than we were built with: mended in 3.0.14, 3.1.6, 3.2.2 and 3.3.1.
 * Where a distribution has mended an older one, memory is all that is lost.
 */
bool duet_tls_may_free_buffers(unsigned long openssl)
{
	static const unsigned long mended[] = { 0x300000e0, 0x30100060,
						0x30200020, 0x30300010 };
	unsigned long minor = openssl >> 20 & 0xff;

	return openssl >> 28 > 3 ||
	       minor >= sizeof(mended) / sizeof(mended[0]) ||
	       openssl >= mended[minor];
}

void duet_tls_give_back(struct duet_tls *tls)
{
	if (tls->open && duet_tls_may_free_buffers(OpenSSL_version_num()))
		(void)SSL_free_buffers(tls->ssl);
	duet_wire_give_back(tls->wire);
}

enum duet_cut duet_tls_cut(const struct duet_tls *tls)
{
	return tls->cut;
}

const char *duet_tls_server_name(const struct duet_tls *tls)
{
	return tls->server_name;
}

enum duet_closure duet_tls_closure(const struct duet_tls *tls)
{
	return tls->config->closure;
}

bool duet_tls_chose(const struct duet_tls *tls, const char *protocol)
{
	const unsigned char *chosen = NULL;
	unsigned len = 0;

	SSL_get0_alpn_selected(tls->ssl, &chosen, &len);
	return duet_bytes_eq((struct duet_bytes){ chosen, len }, protocol);
}

bool duet_tls_offers(const struct duet_tls *tls, const char *protocol)
{
	return duet_config_offers(tls->config, protocol);
}

bool duet_config_offers(const struct duet_config *config, const char *protocol)
{
	const uint8_t *at = config->alpn;
	size_t left = config->alpn_len;

	/* What an SSL_CTX of the host's offers OpenSSL does not tell. */
	if (config->is_foreign)
		return true;
	/* one byte of length before each name */
	while (left > 0) {
		size_t len = at[0];

		if (duet_bytes_eq((struct duet_bytes){ at + 1, len }, protocol))
			return true;
		at += 1 + len;
		left -= 1 + len;
	}
	return false;
}

bool duet_config_asks_revocation(const struct duet_config *config)
{
	return config->revocation != DUET_REVOCATION_OFF;
}
