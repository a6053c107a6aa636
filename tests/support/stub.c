/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* SOCK_CLOEXEC, memmem */
#include "support/stub.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <duet/openssl.h>

#include "support/certs.h"
#include "tls/engine_int.h"

void stub_tls_new(struct stub_tls *tls)
{
	struct mint *root = mint_new(NULL, MINT(.cn = "Stub Root", .ca = true));
	struct mint *leaf =
		mint_new(root,
			 MINT(.cn = "stub", .names = "localhost,IP:127.0.0.1"));
	struct duet_identity *identity;
	struct duet_trust *trust;

	identity = duet_identity_new(DUET_IDENTITY(.cert_pem = duet_str(
							   leaf->cert_pem),
						   .key_pem = duet_str(
							   leaf->key_pem)),
				     NULL);
	trust = duet_trust_new(DUET_TRUST(.ca_pem = duet_str(root->cert_pem)),
			       NULL);
	tls->server =
		duet_config_server(DUET_SERVER_CONFIG(.identities = &identity,
						      .n_identities = 1),
				   NULL);
	tls->client =
		duet_config_client(DUET_CLIENT_CONFIG(.trust = trust), NULL);
	tls->strict =
		duet_config_client(DUET_CLIENT_CONFIG(
						   .trust = trust,
						   .closure =
							   DUET_CLOSE_STRICT),
				   NULL);
	if (tls->server == NULL || tls->client == NULL || tls->strict == NULL)
		abort();
	duet_identity_release(identity);
	duet_trust_release(trust);
	mint_free(leaf);
	mint_free(root);
}

void stub_tls_done(struct stub_tls *tls)
{
	duet_config_release(tls->server);
	duet_config_release(tls->client);
	duet_config_release(tls->strict);
}

static size_t receive(struct stub_peer *peer, void *buf, size_t cap)
{
	size_t n = 0;
	ssize_t got;

	if (peer->tls != NULL)
		return duet_tls_read(peer->tls, buf, cap, &n, NULL) == DUET_OK
			       ? n
			       : 0;
	if (peer->fd < 0)
		return 0;
	got = recv(peer->fd, buf, cap, 0);
	return got > 0 ? (size_t)got : 0;
}

void stub_say_bytes(struct stub_peer *peer, const void *data, size_t len)
{
	const char *p = data;
	size_t n = 0;
	ssize_t sent;

	while (len > 0 && peer->fd >= 0) {
		if (peer->tls != NULL) {
			if (duet_tls_write(peer->tls, p, len, &n, NULL) !=
			    DUET_OK)
				return;
		} else {
			sent = send(peer->fd, p, len, MSG_NOSIGNAL);
			if (sent <= 0)
				return;
			n = (size_t)sent;
		}
		p += n;
		len -= n;
	}
}

void stub_say(struct stub_peer *peer, const char *text)
{
	stub_say_bytes(peer, text, strlen(text));
}

void stub_reply(struct stub_peer *peer, int status, const char *body)
{
	char head[128];

	(void)snprintf(head, sizeof(head),
		       "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n", status,
		       strlen(body));
	stub_say(peer, head);
	stub_say(peer, body);
}

static void note_asked(struct stub *stub, const char *head, size_t n)
{
	(void)pthread_mutex_lock(&stub->lock);
	if (n < sizeof(stub->asked) - stub->n_asked) {
		memcpy(stub->asked + stub->n_asked, head, n);
		stub->n_asked += n;
		stub->asked[stub->n_asked] = '\0';
	}
	(void)pthread_mutex_unlock(&stub->lock);
}

static bool receive_more(struct stub_peer *peer)
{
	size_t got = receive(peer, peer->ahead + peer->n_ahead,
			     sizeof(peer->ahead) - peer->n_ahead);

	peer->n_ahead += got;
	return got > 0;
}

static void consume(struct stub_peer *peer, size_t n)
{
	peer->n_ahead -= n;
	memmove(peer->ahead, peer->ahead + n, peer->n_ahead);
}

bool stub_read_head(struct stub_peer *peer)
{
	const char *end;
	size_t len;

	while ((end = memmem(peer->ahead, peer->n_ahead, "\r\n\r\n", 4)) ==
	       NULL)
		if (peer->n_ahead == sizeof(peer->ahead) || !receive_more(peer))
			return false;
	len = (size_t)(end - peer->ahead) + 4;
	memcpy(peer->head, peer->ahead, len);
	peer->head[len] = '\0';
	note_asked(peer->stub, peer->head, len);
	consume(peer, len);
	return true;
}

bool stub_read(struct stub_peer *peer, size_t n)
{
	size_t now;

	while (n > 0) {
		if (peer->n_ahead == 0 && !receive_more(peer))
			return false;
		now = peer->n_ahead < n ? peer->n_ahead : n;
		consume(peer, now);
		n -= now;
	}
	return true;
}

size_t stub_drain(struct stub_peer *peer)
{
	size_t total = peer->n_ahead;

	peer->n_ahead = 0;
	while (receive_more(peer)) {
		total += peer->n_ahead;
		peer->n_ahead = 0;
	}
	return total;
}

static void close_fd(struct stub_peer *peer)
{
	if (peer->fd >= 0)
		(void)close(peer->fd);
	peer->fd = -1;
	duet_tls_free(peer->tls);
	peer->tls = NULL;
}

void stub_close_notify(struct stub_peer *peer)
{
	if (peer->tls != NULL && duet_tls_close(peer->tls, NULL) < 0)
		stub_fin(peer);
}

void stub_fin(struct stub_peer *peer)
{
	if (peer->fd >= 0)
		(void)shutdown(peer->fd, SHUT_WR);
}

void stub_reset(struct stub_peer *peer)
{
	const struct linger now = { 1, 0 };

	if (peer->fd >= 0)
		(void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now,
				 sizeof(now));
	close_fd(peer);
}

/* A client that does not want us any more may still be talking. */
static void leave(struct stub_peer *peer)
{
	if (peer->fd < 0)
		return;
	stub_close_notify(peer);
	stub_fin(peer);
	(void)stub_drain(peer);
	close_fd(peer);
}

/* What comes before the handshake is read ahead. The library has no ear for it,
 * so it is given one here. */
static bool hear_early(struct stub_peer *peer)
{
	SSL *ssl = duet_tls_ssl(peer->tls);
	int rc = SSL_READ_EARLY_DATA_SUCCESS;
	size_t n = 0;

	(void)SSL_set_max_early_data(ssl, peer->stub->early);
	(void)SSL_set_options(ssl, SSL_OP_NO_ANTI_REPLAY);
	while (rc != SSL_READ_EARLY_DATA_FINISH) {
		ERR_clear_error();
		rc = SSL_read_early_data(ssl, peer->ahead + peer->n_ahead,
					 sizeof(peer->ahead) - peer->n_ahead,
					 &n);
		if (rc == SSL_READ_EARLY_DATA_SUCCESS) {
			peer->n_ahead += n;
			peer->n_early += n;
		}
		if (rc == SSL_READ_EARLY_DATA_ERROR &&
		    (SSL_get_error(ssl, 0) != SSL_ERROR_WANT_READ ||
		     peer->tls->wire->ended ||
		     duet_attach_pump(peer->tls, DUET_WANT_READ, NULL) !=
			     DUET_OK))
			return false;
	}
	return true;
}

static void *serve(void *arg)
{
	struct stub_peer *peer = arg;
	struct stub *stub = peer->stub;
	bool up = true;

	if (stub->tls != NULL) {
		peer->tls = duet_tls_server(stub->tls, NULL);
		up = peer->tls != NULL &&
		     duet_tls_attach(peer->tls, peer->fd, NULL) == DUET_OK &&
		     (stub->early == 0 || hear_early(peer)) &&
		     duet_tls_handshake(peer->tls, NULL) == DUET_OK;
	}
	if (up)
		stub->talk(peer);
	leave(peer);
	free(peer);
	return NULL;
}

static void accept_all(struct stub *stub)
{
	pthread_t threads[256];
	size_t n = 0;
	int fd;

	while ((fd = accept(stub->fd, NULL, NULL)) >= 0) {
		struct stub_peer *peer = calloc(1, sizeof(*peer));

		if (peer == NULL)
			abort();
		peer->stub = stub;
		peer->fd = fd;
		(void)pthread_mutex_lock(&stub->lock);
		peer->number = stub->connections++;
		(void)pthread_mutex_unlock(&stub->lock);
		if (!stub->parallel)
			(void)serve(peer);
		else if (n == 256 ||
			 pthread_create(&threads[n++], NULL, serve, peer) != 0)
			abort();
	}
	while (n > 0)
		(void)pthread_join(threads[--n], NULL);
}

static void *run(void *arg)
{
	accept_all(arg);
	return NULL;
}

void stub_start(struct stub *stub)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	stub->scheme = stub->tls != NULL ? "https" : "http";
	stub->connections = 0;
	stub->n_asked = 0;
	stub->asked[0] = '\0';
	stub->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (stub->fd < 0 ||
	    bind(stub->fd, (struct sockaddr *)&address, len) != 0 ||
	    listen(stub->fd, 128) != 0 ||
	    getsockname(stub->fd, (struct sockaddr *)&address, &len) != 0 ||
	    pthread_mutex_init(&stub->lock, NULL) != 0 ||
	    pthread_create(&stub->thread, NULL, run, stub) != 0)
		abort();
	stub->port = ntohs(address.sin_port);
	(void)snprintf(stub->url, sizeof(stub->url), "%s://127.0.0.1:%u",
		       stub->scheme, (unsigned)stub->port);
}

void stub_stop(struct stub *stub)
{
	(void)shutdown(stub->fd, SHUT_RDWR); /* wakes accept(2) */
	(void)pthread_join(stub->thread, NULL);
	(void)close(stub->fd);
	(void)pthread_mutex_destroy(&stub->lock);
}
