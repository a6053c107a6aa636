/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "rig.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/address.h"

enum {
	STEP_MS = 2,
};

static void copy_text(char *dst, size_t cap, const char *src)
{
	(void)snprintf(dst, cap, "%s", src != NULL ? src : "");
}

static void on_report(const struct duet_report *report, void *arg)
{
	struct rig *rig = arg;
	struct rig_report *kept = &rig->reports[rig->n_reports++];

	assert_true(rig->n_reports <= RIG_LOG_MAX);
	assert_int_equal(report->size, sizeof(*report));
	kept->facts = *report;
	kept->has_head = report->head != NULL;
	if (report->head != NULL) {
		copy_text(kept->method, sizeof(kept->method),
			  report->head->method);
		copy_text(kept->target, sizeof(kept->target),
			  report->head->target);
	}
	copy_text(kept->peer, sizeof(kept->peer), report->peer);
	copy_text(kept->tls_version, sizeof(kept->tls_version),
		  report->tls_version);
	copy_text(kept->tls_cipher, sizeof(kept->tls_cipher),
		  report->tls_cipher);
	copy_text(kept->server_name, sizeof(kept->server_name),
		  report->server_name);
	copy_text(kept->id, sizeof(kept->id), report->id);
	copy_text(kept->user, sizeof(kept->user),
		  report->user != NULL ? report->user : "");
	if (report->error != NULL) {
		kept->code = report->error->code;
		copy_text(kept->text, sizeof(kept->text), report->error->text);
	}
}

static void on_trouble(const struct duet_error *error, const char *peer,
		       void *arg)
{
	struct rig *rig = arg;
	struct rig_trouble *kept = &rig->troubles[rig->n_troubles++];

	assert_true(rig->n_troubles <= RIG_LOG_MAX);
	kept->code = error->code;
	kept->alert_from = error->alert_from;
	copy_text(kept->text, sizeof(kept->text), error->text);
	copy_text(kept->peer, sizeof(kept->peer), peer);
}

static void on_request(struct duet_exchange *exchange, void *arg)
{
	struct rig *rig = arg;

	rig->calls++;
	rig->exchange = exchange;
	rig->handler(exchange, rig);
}

static void make_configs(struct rig *rig, const char *protocol)
{
	static const char *const names[] = { "localhost", "127.0.0.1", NULL };
	const char *const alpn[] = { protocol, NULL };
	struct duet_buffer cert = { NULL, 0 };
	struct duet_buffer pem = { NULL, 0 };
	struct duet_identity *identity;
	struct duet_trust *trust;
	struct duet_key *key;

	key = duet_key_new(DUET_KEY_P256, NULL);
	assert_non_null(key);
	assert_int_equal(duet_cert_self_signed(key, DUET_CERT(.names = names),
					       &cert, NULL),
			 DUET_OK);
	assert_int_equal(duet_key_write(key, NULL, &pem, NULL), DUET_OK);
	identity = duet_identity_new(DUET_IDENTITY(.cert_pem = { cert.data,
								 cert.len },
						   .key_pem = { pem.data,
								pem.len }),
				     NULL);
	trust = duet_trust_new(DUET_TRUST(.ca_pem = { cert.data, cert.len }),
			       NULL);
	rig->server_tls =
		duet_config_server(DUET_SERVER_CONFIG(.identities = &identity,
						      .n_identities = 1,
						      .alpn = alpn),
				   NULL);
	rig->client_tls = duet_config_client(DUET_CLIENT_CONFIG(.trust = trust,
								.alpn = alpn),
					     NULL);
	assert_non_null(rig->server_tls);
	assert_non_null(rig->client_tls);
	duet_identity_release(identity);
	duet_trust_release(trust);
	duet_buffer_free(&cert);
	duet_buffer_free(&pem);
	duet_key_free(key);
}

void rig_init(struct rig *rig, bool tls, duet_handler *handler)
{
	memset(rig, 0, sizeof(*rig));
	rig->handler = handler;
	if (tls)
		make_configs(rig, "http/1.1");
}

struct duet_server_options rig_options(struct rig *rig)
{
	static const char *const place[] = { "127.0.0.1:0", NULL };
	struct duet_server_options options = {
		.size = sizeof(options),
		.listen = place,
		.tls = rig->server_tls,
		.plain_http = rig->server_tls == NULL,
		.handler = on_request,
		.on_report = on_report,
		.on_trouble = on_trouble,
		.arg = rig,
	};

	return options;
}

void rig_open(struct rig *rig, const struct duet_server_options *options)
{
	struct duet_error err;

	rig->server = duet_server_new(options, &err);
	if (rig->server == NULL)
		fail_msg("%s", err.text);
}

void rig_start_h2(struct rig *rig, duet_handler *handler)
{
	struct duet_server_options options;

	rig_init(rig, false, handler);
	make_configs(rig, "h2");
	options = rig_options(rig);
	rig_open(rig, &options);
}

void rig_start(struct rig *rig, bool tls, duet_handler *handler)
{
	struct duet_server_options options;

	rig_init(rig, tls, handler);
	options = rig_options(rig);
	rig_open(rig, &options);
}

void rig_done(struct rig *rig)
{
	duet_server_free(rig->server);
	duet_config_release(rig->server_tls);
	duet_config_release(rig->client_tls);
}

static bool is_failing(int *fail_in)
{
	return *fail_in > 0 && --*fail_in == 0;
}

static void *alloc(size_t size, void *arg)
{
	return is_failing(arg) ? NULL : malloc(size);
}

static void *resize(void *ptr, size_t size, void *arg)
{
	return is_failing(arg) ? NULL : realloc(ptr, size);
}

static void release(void *ptr, void *arg)
{
	(void)arg;
	free(ptr);
}

/* Allocations fail within a step only: the peers live here too. */
void rig_step(struct rig *rig)
{
	const struct duet_allocator failing = { sizeof(failing), alloc, resize,
						release, &rig->fail_in };
	struct duet_error err;

	if (rig->fail_in > 0)
		duet_mem_set_hook(&failing);
	rig->last_step = duet_server_step(rig->server, STEP_MS, &err);
	duet_mem_set_hook(NULL);
	if (rig->last_step < 0)
		fail_msg("%s", err.text);
}

static void check_patience(int64_t since, const char *what)
{
	if (duet_clock_ms() - since > RIG_PATIENCE_MS)
		fail_msg("waited in vain for %s", what);
}

void rig_await_reports(struct rig *rig, size_t n)
{
	int64_t since = duet_clock_ms();

	while (rig->n_reports < n) {
		rig_step(rig);
		check_patience(since, "a report");
	}
}

void rig_await_troubles(struct rig *rig, size_t n)
{
	int64_t since = duet_clock_ms();

	while (rig->n_troubles < n) {
		rig_step(rig);
		check_patience(since, "a trouble");
	}
}

void rig_await_connections(struct rig *rig, size_t n)
{
	int64_t since = duet_clock_ms();

	while (duet_server_n_connections(rig->server) != n) {
		rig_step(rig);
		check_patience(since, "connections to come or go");
	}
}

void rig_await_calls(struct rig *rig, int n)
{
	int64_t since = duet_clock_ms();

	while (rig->calls < n) {
		rig_step(rig);
		check_patience(since, "a call of the handler");
	}
}

/* room: of its kernel for what it is sent; 0: the usual. */
static void open_with(struct rig *rig, struct peer *peer, int room)
{
	struct duet_address to;
	int flags;

	memset(peer, 0, sizeof(*peer));
	duet_buf_init(&peer->in, (size_t)1 << 30);
	assert_true(
		duet_address_parse(&to, "127.0.0.1",
				   (uint16_t)duet_server_port(rig->server)));
	peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(peer->fd >= 0);
	if (room > 0)
		assert_int_equal(setsockopt(peer->fd, SOL_SOCKET, SO_RCVBUF,
					    &room, sizeof(room)),
				 0);
	assert_int_equal(connect(peer->fd, (struct sockaddr *)&to.storage,
				 to.len),
			 0);
	flags = fcntl(peer->fd, F_GETFL);
	assert_int_equal(fcntl(peer->fd, F_SETFL, flags | O_NONBLOCK), 0);
}

void peer_open_raw(struct rig *rig, struct peer *peer)
{
	open_with(rig, peer, 0);
}

static void send_pending(struct peer *peer)
{
	struct duet_bytes bytes;
	ssize_t n;

	while ((bytes = duet_tls_send_bytes(peer->tls)).len > 0) {
		n = send(peer->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			fail_msg("cannot send: errno %d", errno);
		if (n <= 0)
			return;
		duet_tls_send_done(peer->tls, (size_t)n);
	}
}

void peer_shake(struct rig *rig, struct peer *peer)
{
	int64_t since = duet_clock_ms();

	if (rig->client_tls == NULL)
		return;
	peer->tls = duet_tls_client(rig->client_tls, "localhost", NULL);
	assert_non_null(peer->tls);
	while (!duet_tls_handshake_done(peer->tls)) {
		assert_true(duet_tls_handshake(peer->tls, NULL) >= 0);
		send_pending(peer);
		rig_step(rig);
		(void)peer_read(peer);
		check_patience(since, "a handshake");
	}
	send_pending(peer);
}

void peer_open(struct rig *rig, struct peer *peer)
{
	open_with(rig, peer, 0);
	peer_shake(rig, peer);
}

void peer_open_deaf(struct rig *rig, struct peer *peer)
{
	open_with(rig, peer, 4096);
	peer_shake(rig, peer);
	peer->deaf = true;
}

void peer_done(struct peer *peer)
{
	duet_tls_free(peer->tls);
	duet_buf_done(&peer->in);
	if (peer->fd >= 0)
		(void)close(peer->fd);
	peer->fd = -1;
}

void rig_meet(struct rig *rig, bool tls, duet_handler *handler,
	      struct peer *peer)
{
	rig_start(rig, tls, handler);
	peer_open(rig, peer);
}

void rig_part(struct rig *rig, struct peer *peer)
{
	peer_done(peer);
	rig_done(rig);
}

void peer_reset(struct peer *peer)
{
	const struct linger none = { .l_onoff = 1, .l_linger = 0 };

	assert_int_equal(setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &none,
				    sizeof(none)),
			 0);
	(void)close(peer->fd);
	peer->fd = -1;
}

size_t peer_try_send(struct peer *peer, const void *data, size_t len)
{
	size_t taken = 0;
	ssize_t n;

	if (peer->tls != NULL) {
		send_pending(peer);
		if (duet_tls_send_bytes(peer->tls).len > 0)
			return 0;
		if (duet_tls_write(peer->tls, data, len, &taken, NULL) < 0)
			return 0;
		send_pending(peer);
		return taken;
	}
	n = send(peer->fd, data, len, MSG_NOSIGNAL);
	return n > 0 ? (size_t)n : 0;
}

void peer_send_bytes(struct rig *rig, struct peer *peer, const void *data,
		     size_t len)
{
	int64_t since = duet_clock_ms();
	size_t sent = 0;

	while (sent < len) {
		sent += peer_try_send(peer, (const char *)data + sent,
				      len - sent);
		rig_step(rig);
		(void)peer_read(peer);
		check_patience(since, "bytes to be taken");
	}
	while (peer->tls != NULL && duet_tls_send_bytes(peer->tls).len > 0) {
		send_pending(peer);
		rig_step(rig);
		check_patience(since, "bytes to be taken");
	}
}

void peer_send(struct rig *rig, struct peer *peer, const char *text)
{
	peer_send_bytes(rig, peer, text, strlen(text));
}

static void keep(struct peer *peer, const void *data, size_t n)
{
	assert_int_equal(duet_buf_add(&peer->in, data, n), DUET_OK);
}

static void decrypt(struct peer *peer)
{
	char plain[16384];
	size_t n;
	int rc;

	if (!duet_tls_handshake_done(peer->tls)) {
		rc = duet_tls_handshake(peer->tls, NULL);
		if (rc != DUET_OK)
			return;
	}
	while ((rc = duet_tls_read(peer->tls, plain, sizeof(plain), &n,
				   NULL)) == DUET_OK)
		keep(peer, plain, n);
	peer->notify = peer->notify || rc == DUET_EOF;
}

bool peer_read(struct peer *peer)
{
	char bytes[65536];
	struct duet_room room = { bytes, sizeof(bytes) };
	bool over;
	ssize_t n;

	if (peer->deaf || peer->fin || peer->failure != 0)
		return false;
	if (peer->tls != NULL)
		assert_int_equal(duet_tls_recv_room(peer->tls, &room), DUET_OK);
	/* After close_notify or an alert there is only the FIN to come. */
	over = room.len == 0;
	if (over)
		room = (struct duet_room){ bytes, sizeof(bytes) };
	n = recv(peer->fd, room.data, room.len, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	peer->fin = n == 0;
	peer->failure = n < 0 ? errno : 0;
	if (peer->tls == NULL && n > 0)
		keep(peer, bytes, (size_t)n);
	if (peer->tls != NULL && !over) {
		if (n > 0)
			duet_tls_recv_done(peer->tls, (size_t)n);
		else
			duet_tls_recv_end(peer->tls, peer->failure);
		decrypt(peer);
	}
	return true;
}

const char *peer_text(struct peer *peer)
{
	assert_int_equal(duet_buf_add(&peer->in, "", 1), DUET_OK);
	peer->in.end--;
	return (const char *)peer->in.data + peer->in.begin;
}

static bool is_over(const struct peer *peer)
{
	return peer->fin || peer->failure != 0;
}

void peer_await(struct rig *rig, struct peer *peer, const char *text)
{
	int64_t since = duet_clock_ms();

	while (strstr(peer_text(peer), text) == NULL) {
		if (is_over(peer))
			fail_msg("the connection ended (errno %d) before '%s': %s",
				 peer->failure, text, peer_text(peer));
		rig_step(rig);
		(void)peer_read(peer);
		check_patience(since, text);
	}
}

void peer_await_bytes(struct rig *rig, struct peer *peer, size_t n)
{
	int64_t since = duet_clock_ms();

	while (duet_buf_len(&peer->in) < n) {
		if (is_over(peer))
			fail_msg("the connection ended (errno %d) after %zu of %zu bytes",
				 peer->failure, duet_buf_len(&peer->in), n);
		rig_step(rig);
		(void)peer_read(peer);
		check_patience(since, "bytes");
	}
}

void peer_await_end(struct rig *rig, struct peer *peer)
{
	int64_t since = duet_clock_ms();

	while (!is_over(peer)) {
		rig_step(rig);
		(void)peer_read(peer);
		check_patience(since, "the end of the connection");
	}
}

static int take_reply(struct rig *rig, struct peer *peer, const char *body,
		      bool has_body)
{
	const char *text;
	const char *field;
	size_t head_len;
	size_t len = 0;
	int status;

	peer_await(rig, peer, "\r\n\r\n");
	text = peer_text(peer);
	assert_memory_equal(text, "HTTP/1.1 ", 9);
	status = (int)strtol(text + 9, NULL, 10);
	head_len = (size_t)(strstr(text, "\r\n\r\n") + 4 - text);
	field = strstr(text, "Content-Length: ");
	if (has_body && field != NULL && field < text + head_len)
		len = strtoul(field + strlen("Content-Length: "), NULL, 10);
	peer_await_bytes(rig, peer, head_len + len);
	text = peer_text(peer) + head_len;
	if (body != NULL) {
		assert_int_equal(len, strlen(body));
		assert_memory_equal(text, body, len);
	}
	duet_buf_consume(&peer->in, head_len + len);
	return status;
}

int peer_reply(struct rig *rig, struct peer *peer, const char *body)
{
	return take_reply(rig, peer, body, true);
}

int peer_reply_to_head(struct rig *rig, struct peer *peer)
{
	return take_reply(rig, peer, NULL, false);
}

void peer_close_notify(struct rig *rig, struct peer *peer)
{
	assert_true(duet_tls_close(peer->tls, NULL) >= 0);
	send_pending(peer);
	rig_step(rig);
}

void peer_fin(struct peer *peer)
{
	assert_int_equal(shutdown(peer->fd, SHUT_WR), 0);
}
