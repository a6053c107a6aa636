/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* strdup */
/* Every allocation of ours and of OpenSSL's fails in turn. */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "tls/engine.h"
#include "unit/tls/ends.h"

/* Which allocation fails: the one of that number, or it and all after it. */
static struct {
	long n;         /* allocations since armed */
	long fail_from; /* -1: none */
	size_t largest; /* of them */
	bool fail_once;
} hook;

static bool fails(size_t size)
{
	long number = hook.n++;

	if (size > hook.largest)
		hook.largest = size;
	if (hook.fail_from < 0 || number < hook.fail_from)
		return false;
	return !hook.fail_once || number == hook.fail_from;
}

static void *alloc(size_t size, void *arg)
{
	(void)arg;
	return fails(size) ? NULL : malloc(size);
}

static void *resize(void *ptr, size_t size, void *arg)
{
	(void)arg;
	return fails(size) ? NULL : realloc(ptr, size);
}

static void release(void *ptr, void *arg)
{
	(void)arg;
	free(ptr);
}

static void arm(long fail_from, bool fail_once)
{
	hook.n = 0;
	hook.largest = 0;
	hook.fail_from = fail_from;
	hook.fail_once = fail_once;
}

static long disarm(void)
{
	hook.fail_from = -1;
	return hook.n;
}

static struct mint *ca;
static struct mint *leaf;
static char *chain;
static char *crl;

static int set_up(void **state)
{
	(void)state;
	ca = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	leaf = mint_new(ca, MINT(.cn = "x", .names = "localhost"));
	chain = strdup(mint_chain(leaf));
	crl = mint_crl(ca, NULL, 0, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mint_free(leaf);
	mint_free(ca);
	free(chain);
	free(crl);
	return 0;
}

static struct duet_config *server_config;
static struct duet_config *client_config;

/* What went wrong must be said, and must be a lack of memory or follow from
 * one. */
static int said(const struct duet_error *err)
{
	assert_true(err->code < 0);
	assert_true(err->text[0] != '\0');
	return err->code;
}

static int make_configs(void)
{
	static const char *const alpn[] = { "http/1.1", NULL };
	struct duet_identity *identity = NULL;
	struct duet_trust *trust = NULL;
	struct duet_error err = { 0 };
	int rc = -1;

	identity = duet_identity_new(DUET_IDENTITY(.cert_pem = duet_str(chain),
						   .key_pem = duet_str(
							   leaf->key_pem)),
				     &err);
	if (identity != NULL)
		trust = duet_trust_new(DUET_TRUST(.ca_pem = duet_str(
							  ca->cert_pem),
						  .crl_pem = duet_str(crl)),
				       &err);
	if (trust != NULL)
		server_config =
			duet_config_server(DUET_SERVER_CONFIG(
							   .identities =
								   &identity,
							   .n_identities = 1,
							   .alpn = alpn,
							   .client_trust =
								   trust,
							   .client_cert =
								   DUET_CLIENT_CERT_REQUEST),
					   &err);
	if (server_config != NULL)
		client_config =
			duet_config_client(DUET_CLIENT_CONFIG(.trust = trust,
							      .identity =
								      identity,
							      .alpn = alpn),
					   &err);
	rc = client_config != NULL ? DUET_OK : said(&err);
	duet_identity_release(identity);
	duet_trust_release(trust);
	return rc;
}

static void release_configs(void)
{
	duet_config_release(server_config);
	duet_config_release(client_config);
	server_config = NULL;
	client_config = NULL;
}

/* Handshake, a word each way, what is known of the peer, a session, the end:
 * the first failure of either side. */
static int talk(struct duet_tls *client, struct duet_tls *server)
{
	struct duet_peer peer = { .size = sizeof(peer) };
	struct duet_buffer session = { NULL, 0 };
	struct duet_error err = { 0 };
	bool moved = true;
	int client_rc = DUET_OK;
	int server_rc = DUET_OK;
	char buf[100];
	size_t n;

	while (moved && client_rc >= 0 && server_rc >= 0) {
		client_rc = duet_tls_handshake(client, &err);
		if (client_rc >= 0)
			server_rc = duet_tls_handshake(server, &err);
		moved = carry(client, server, WHOLE);
		moved |= carry(server, client, WHOLE);
	}
	if (client_rc < 0 || server_rc < 0)
		return said(&err);
	if (client_rc != DUET_OK || server_rc != DUET_OK)
		return DUET_E_NOMEM; /* the room for it was not to be had */
	if (duet_tls_write(server, "hello", 5, &n, &err) != DUET_OK)
		return said(&err);
	(void)carry(server, client, WHOLE);
	client_rc = duet_tls_read(client, buf, sizeof(buf), &n, &err);
	if (client_rc < 0)
		return said(&err);
	if (duet_tls_session_export(client, &session, &err) == DUET_OK)
		duet_buffer_free(&session);
	if (duet_tls_peer(server, &peer) == DUET_OK)
		assert_true(peer.size == sizeof(peer));
	duet_tls_give_back(client);
	if (duet_tls_close(client, &err) != DUET_OK)
		return said(&err);
	(void)carry(client, server, WHOLE);
	server_rc = duet_tls_read(server, buf, sizeof(buf), &n, &err);
	return server_rc < 0 ? said(&err) : DUET_OK;
}

static int exchange(int version)
{
	struct duet_error err = { 0 };
	struct duet_tls *client;
	struct duet_tls *server = NULL;
	int rc;

	client = duet_tls_client(client_config, "localhost", &err);
	if (client != NULL)
		server = duet_tls_server(server_config, &err);
	if (server == NULL) {
		rc = said(&err);
	} else {
		(void)SSL_set_max_proto_version(duet_tls_ssl(client), version);
		rc = talk(client, server);
	}
	duet_tls_free(client);
	duet_tls_free(server);
	return rc;
}

static int exchange_12(void)
{
	return exchange(TLS1_2_VERSION);
}

static int exchange_13(void)
{
	return exchange(TLS1_3_VERSION);
}

/*
 * Fail each in turn (or, in steps, some of them): once that one alone, which
 * OpenSSL may do without, and once everything from there on.
 */
static void fail_each(const char *what, int (*deed)(void), void (*undo)(void),
		      long step)
{
	/* All of them take minutes. */
	bool every = getenv("DUET_TEST_EVERY") != NULL;
	long alone = 0;
	long all = 0;
	long runs = 0;
	long total;
	long k;

	arm(-1, false);
	assert_int_equal(deed(), DUET_OK);
	total = disarm();
	undo();
	for (k = 0; k < total; k += every ? 1 : step, runs++) {
		arm(k, true);
		alone += deed() < 0;
		(void)disarm();
		undo();
		arm(k, false);
		all += deed() < 0;
		(void)disarm();
		undo();
	}
	print_message("# %s: %ld allocations, %ld tried, %ld of them needed\n",
		      what, total, runs, alone);
	assert_true(alone > 0 && all > runs / 2);
}

static void nothing(void)
{
}

static void fails_to_make_configurations(void **state)
{
	(void)state;
	fail_each("configurations", make_configs, release_configs, 97);
}

static void fails_to_talk(void **state)
{
	(void)state;
	assert_int_equal(make_configs(), DUET_OK);
	fail_each("exchange by TLS 1.3", exchange_13, nothing, 37);
	fail_each("exchange by TLS 1.2", exchange_12, nothing, 41);
	release_configs();
}

static int verify_chain(void)
{
	struct duet_error err = { 0 };
	struct duet_buffer path;
	int rc;

	rc = duet_config_verify(client_config, "localhost", duet_str(chain),
				&path, &err);
	assert_true(rc != DUET_OK || path.len > 0);
	duet_buffer_free(&path);
	return rc == DUET_OK ? rc : said(&err);
}

static void fails_to_verify_a_chain(void **state)
{
	(void)state;
	assert_int_equal(make_configs(), DUET_OK);
	fail_each("a chain", verify_chain, nothing, 7);
	release_configs();
}

/* A request and its reply, kept alive. */
static void request_and_reply(struct ends *ends)
{
	static const char request[200];
	static const char reply[4000];
	char buf[sizeof(reply)];
	size_t n;

	assert_int_equal(duet_tls_write(ends->client, request, sizeof(request),
					&n, NULL),
			 DUET_OK);
	(void)carry(ends->client, ends->server, WHOLE);
	assert_int_equal(duet_tls_read(ends->server, buf, sizeof(buf), &n,
				       NULL),
			 DUET_OK);
	assert_int_equal(duet_tls_write(ends->server, reply, sizeof(reply), &n,
					NULL),
			 DUET_OK);
	(void)carry(ends->server, ends->client, WHOLE);
	assert_int_equal(duet_tls_read(ends->client, buf, sizeof(buf), &n,
				       NULL),
			 DUET_OK);
	assert_int_equal(n, sizeof(reply));
}

/* Of OpenSSL a few bytes a record are its own; buffers are there already. */
static void allocates_no_buffers_for_a_request_once_warm(void **state)
{
	struct ends ends;
	int i;

	(void)state;
	assert_int_equal(make_configs(), DUET_OK);
	begin(&ends, client_config, "localhost", server_config);
	shaken(&ends);
	request_and_reply(&ends);
	arm(-1, false);
	for (i = 0; i < 10; i++)
		request_and_reply(&ends);
	assert_true(disarm() <= 10 * 8);
	assert_true(hook.largest <= 64);
	done(&ends);
	release_configs();
}

static void is_too_late_for_another_allocator(void **state)
{
	const struct duet_allocator allocator = { sizeof(allocator), alloc,
						  resize, release, NULL };
	const struct duet_allocator half = { sizeof(half), alloc, NULL, NULL,
					     NULL };

	(void)state;
	assert_int_equal(duet_set_allocator(&allocator), DUET_E_STATE);
	assert_int_equal(duet_set_allocator(&half), DUET_E_ARGUMENT);
	assert_int_equal(duet_set_allocator(NULL), DUET_E_ARGUMENT);
}

int main(void)
{
	const struct duet_allocator allocator = { sizeof(allocator), alloc,
						  resize, release, NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_too_late_for_another_allocator),
		cmocka_unit_test(allocates_no_buffers_for_a_request_once_warm),
		cmocka_unit_test(fails_to_make_configurations),
		cmocka_unit_test(fails_to_talk),
		cmocka_unit_test(fails_to_verify_a_chain),
	};

	(void)disarm();
	if (duet_set_allocator(&allocator) != DUET_OK)
		return 1;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
