/* SPDX-License-Identifier: MIT */
#include "tls/peer.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <duet/tls.h>

#include "base/mem.h"
#include "base/opts.h"
#include "base/str.h"
#include "cert/ossl.h"
#include "cert/words.h"
#include "tls/engine.h"
#include "tls/engine_int.h"
#include "tls/facts.h"
#include "tls/server_name.h"

enum {
	NAME_BYTES = 512,
	ALPN_BYTES = 256,
	GROUP_BYTES = 64,
};

struct duet_peer_text {
	char subject[NAME_BYTES];
	char issuer[NAME_BYTES];
	char alpn[ALPN_BYTES];
	char group[GROUP_BYTES];
	BIO *chain_pem;
};

void duet_peer_text_free(struct duet_peer_text *text)
{
	if (text == NULL)
		return;
	(void)BIO_free(text->chain_pem);
	duet_mem_free(text);
}

static const char *or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* The name people know: OpenSSL says "x25519" and "secp256r1" for it. */
static void describe_group(const SSL *ssl, struct duet_peer_text *text,
			   struct duet_peer *peer)
{
	static const struct {
		const char *ours;
		const char *theirs;
	} names[] = {
		{ "X25519", "x25519" },   { "X448", "x448" },
		{ "P-256", "secp256r1" }, { "P-256", "prime256v1" },
		{ "P-384", "secp384r1" }, { "P-521", "secp521r1" },
	};
	SSL *unconst = (SSL *)ssl;
	const char *name;
	int group;
	size_t i;

	group = (int)SSL_get_negotiated_group(unconst);
	if (group == NID_undef || group == 0)
		return;
	name = SSL_group_to_name(unconst, group);
	if (name == NULL)
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (duet_str_eq_nocase(name, names[i].theirs)) {
			peer->group = names[i].ours;
			return;
		}
	duet_str_printable(text->group, sizeof(text->group), duet_str(name));
	peer->group = text->group;
}

static void describe_connection(const SSL *ssl, struct duet_peer_text *text,
				struct duet_peer *peer)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	const unsigned char *alpn = NULL;
	struct duet_bytes chosen;
	unsigned len = 0;

	peer->version = or_empty(SSL_get_version(ssl));
	if (cipher != NULL)
		peer->cipher = or_empty(SSL_CIPHER_get_name(cipher));
	describe_group(ssl, text, peer);
	SSL_get0_alpn_selected(ssl, &alpn, &len);
	chosen.data = alpn;
	chosen.len = len;
	duet_str_printable(text->alpn, sizeof(text->alpn), chosen);
	peer->alpn = text->alpn;
	peer->resumed = SSL_session_reused(ssl) == 1;
}

static int write_chain(const SSL *ssl, X509 *leaf, BIO *out)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
	int first = 0;
	int i;

	/* A client's list begins with the peer's own, a server's does not; a
	 * resumed session has no list. */
	if (sk_X509_num(chain) > 0 &&
	    X509_cmp(sk_X509_value(chain, 0), leaf) == 0)
		first = 1;
	if (PEM_write_bio_X509(out, leaf) != 1)
		return DUET_E_NOMEM;
	for (i = first; i < sk_X509_num(chain); i++)
		if (PEM_write_bio_X509(out, sk_X509_value(chain, i)) != 1)
			return DUET_E_NOMEM;
	return DUET_OK;
}

/* Of a certificate that was refused OpenSSL keeps only the list it came in. */
static X509 *leaf_of(const SSL *ssl)
{
	X509 *leaf = SSL_get0_peer_certificate(ssl);

	if (leaf != NULL || SSL_is_server(ssl))
		return leaf;
	return sk_X509_value(SSL_get_peer_cert_chain(ssl), 0);
}

static int describe_certificate(const SSL *ssl, struct duet_peer_text *text,
				struct duet_peer *peer)
{
	X509 *leaf = leaf_of(ssl);
	unsigned len = sizeof(peer->sha256);
	char *data = NULL;
	long n;

	if (leaf == NULL)
		return DUET_OK;
	peer->has_certificate = true;
	duet_facts_name(text->subject, sizeof(text->subject),
			X509_get_subject_name(leaf));
	duet_facts_name(text->issuer, sizeof(text->issuer),
			X509_get_issuer_name(leaf));
	peer->subject = text->subject;
	peer->issuer = text->issuer;
	peer->not_before = duet_words_time(X509_get0_notBefore(leaf));
	peer->not_after = duet_words_time(X509_get0_notAfter(leaf));
	if (X509_digest(leaf, EVP_sha256(), peer->sha256, &len) != 1)
		return DUET_E_NOMEM;
	if (text->chain_pem == NULL) {
		text->chain_pem = BIO_new(BIO_s_mem());
		if (text->chain_pem == NULL ||
		    write_chain(ssl, leaf, text->chain_pem) != DUET_OK)
			return DUET_E_NOMEM;
	}
	n = BIO_get_mem_data(text->chain_pem, &data);
	peer->chain_pem.data = data;
	peer->chain_pem.len = n > 0 ? (size_t)n : 0;
	return DUET_OK;
}

/* Nothing was waived, and OpenSSL found nothing. */
static bool is_verified(const struct duet_tls *tls)
{
	const struct duet_config *config = tls->config;

	return !config->any_certificate && !config->any_name &&
	       !config->any_time &&
	       (SSL_get_verify_mode(tls->ssl) & SSL_VERIFY_PEER) != 0 &&
	       SSL_get_verify_result(tls->ssl) == X509_V_OK;
}

static void clear_peer(struct duet_peer *peer)
{
	memset(peer, 0, sizeof(*peer));
	peer->version = "";
	peer->cipher = "";
	peer->group = "";
	peer->alpn = "";
	peer->server_name = "";
	peer->subject = "";
	peer->issuer = "";
}

/* The strings are kept with the engine, which is all that changes. */
static struct duet_peer_text *fresh_text(const struct duet_tls *tls)
{
	struct duet_tls *keeper = duet_wire_owner(SSL_get_rbio(tls->ssl));

	duet_peer_text_free(keeper->peer);
	keeper->peer = duet_mem_zalloc(sizeof(*keeper->peer));
	return keeper->peer;
}

/* What both sides have agreed on is known from the server's first message on.
 */
static bool has_begun(const struct duet_tls *tls)
{
	return tls->open || SSL_get_pending_cipher(tls->ssl) != NULL;
}

int duet_tls_peer(const struct duet_tls *tls, struct duet_peer *ret_peer)
{
	struct duet_ossl_queue queue;
	struct duet_peer_text *text;
	struct duet_peer peer;
	int rc = DUET_OK;

	clear_peer(&peer);
	peer.server_name = or_empty(tls->server_name);
	duet_ossl_queue_save(&queue);
	if (has_begun(tls)) {
		text = fresh_text(tls);
		if (text == NULL) {
			rc = DUET_E_NOMEM;
			goto out;
		}
		describe_connection(tls->ssl, text, &peer);
		peer.certificate_wanted = tls->cert_wanted;
		rc = describe_certificate(tls->ssl, text, &peer);
		peer.verified =
			tls->open && peer.has_certificate && is_verified(tls);
	}
	if (rc == DUET_OK)
		duet_opts_return(ret_peer, &peer, sizeof(peer));
out:
	duet_ossl_queue_restore(&queue);
	return rc;
}

bool duet_tls_vouches_for(const struct duet_tls *tls, const char *name)
{
	struct duet_ossl_queue queue;
	X509 *leaf;
	bool vouches;

	if (!tls->open || !is_verified(tls))
		return false;
	duet_ossl_queue_save(&queue);
	leaf = SSL_get0_peer_certificate(tls->ssl);
	vouches = leaf != NULL && duet_server_name_is_of(leaf, name);
	duet_ossl_queue_restore(&queue);
	return vouches;
}
