/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <openssl/ssl.h>

#include <duet/openssl.h>

#include "unit/tls/ends.h"

/* 2026-11-24 12:00:00 UTC: what the clocks of these tests say. */
#define NOW INT64_C(1795521600)
enum {
	DAY = 86400,
};

static struct mint *root;
static struct mint *middle;
static struct mint *other;

static int64_t fixed_clock(void *arg)
{
	(void)arg;
	return NOW;
}

static int set_up(void **state)
{
	(void)state;
	root = mint_new(NULL, MINT(.cn = "Test Root", .ca = true,
				   .not_before = NOW - 1000 * DAY,
				   .not_after = NOW + 1000 * DAY));
	middle = mint_new(root, MINT(.cn = "Test Intermediate", .ca = true,
				     .not_before = NOW - 100 * DAY,
				     .not_after = NOW + 100 * DAY));
	other = mint_new(NULL, MINT(.cn = "Other Root", .ca = true,
				    .not_before = NOW - 1000 * DAY,
				    .not_after = NOW + 1000 * DAY));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mint_free(other);
	mint_free(middle);
	mint_free(root);
	return 0;
}

/* A server of plain OpenSSL, which takes whatever certificate it is given. */
static struct duet_config *lax_server(const struct mint *mint, int max_version,
				      const char *ciphers)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	struct duet_config *config;

	SSL_CTX_set_security_level(ctx, 0);
	assert_int_equal(SSL_CTX_use_certificate(ctx, mint->cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, mint->key), 1);
	assert_int_equal(SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(ctx, max_version), 1);
	assert_int_equal(SSL_CTX_set_cipher_list(ctx, ciphers), 1);
	config = duet_config_from_ssl_ctx(ctx, DUET_CLOSE_STRICT, NULL);
	assert_non_null(config);
	SSL_CTX_free(ctx);
	return config;
}

static struct duet_config *own_server(const struct mint *mint, bool wants_cert)
{
	struct duet_identity *identity = identity_of(mint);
	struct duet_trust *trust = wants_cert ? trust_in(other) : NULL;
	struct duet_config *config;
	struct duet_error err;

	config =
		duet_config_server(DUET_SERVER_CONFIG(
						   .identities = &identity,
						   .n_identities = 1,
						   .client_trust = trust,
						   .client_cert =
							   wants_cert
								   ? DUET_CLIENT_CERT_REQUIRE
								   : DUET_CLIENT_CERT_NONE,
						   .clock = fixed_clock),
				   &err);
	if (config == NULL)
		fail_msg("%s", err.text);
	duet_identity_release(identity);
	duet_trust_release(trust);
	return config;
}

/* One way for a server to be wrong. */
struct wrong {
	const char *name;
	struct mint_spec spec;
	enum { BY_ROOT, BY_MIDDLE, BY_OTHER, BY_ITSELF } by;
	bool leaf_only; /* the intermediate is not sent */
	bool lax;
	int max_version;     /* of a lax one */
	const char *ciphers; /* of a lax one */
	bool wants_cert;
	bool revoked;
	int code;
	const char *says[4];
	const char *server_says; /* of the alert that it gets; NULL */
};

static const struct mint *issuer_of(const struct wrong *wrong)
{
	switch (wrong->by) {
	case BY_MIDDLE:
		return middle;
	case BY_OTHER:
		return other;
	case BY_ITSELF:
		return NULL;
	case BY_ROOT:
	default:
		return root;
	}
}

static struct duet_config *client_of(const struct mint *revoked)
{
	const struct mint *const list[] = { revoked, NULL };
	struct duet_config *config;
	struct duet_error err;
	struct duet_trust *trust;
	char *crl = NULL;

	if (revoked != NULL)
		crl = mint_crl(root, list, NOW - DAY, NOW + DAY);
	trust = duet_trust_new(DUET_TRUST(.ca_pem = duet_str(root->cert_pem),
					  .crl_pem = duet_str(crl)),
			       &err);
	if (trust == NULL)
		fail_msg("%s", err.text);
	config = duet_config_client(DUET_CLIENT_CONFIG(.trust = trust,
						       .clock = fixed_clock),
				    &err);
	if (config == NULL)
		fail_msg("%s", err.text);
	duet_trust_release(trust);
	free(crl);
	return config;
}

static void run_wrong(const struct wrong *wrong, struct ends *ends)
{
	struct mint_spec spec = wrong->spec;
	struct duet_config *server;
	struct duet_config *client;
	struct mint *leaf;
	char byte;
	size_t n;

	if (spec.not_before == 0)
		spec.not_before = NOW - DAY;
	if (spec.not_after == 0)
		spec.not_after = NOW + DAY;
	leaf = mint_new(issuer_of(wrong), &spec);
	if (wrong->leaf_only)
		leaf->issuer = NULL;
	server = wrong->lax
			 ? lax_server(leaf, wrong->max_version, wrong->ciphers)
			 : own_server(leaf, wrong->wants_cert);
	client = client_of(wrong->revoked ? leaf : NULL);
	memset(ends, 0, sizeof(*ends));
	ends->step = 100000;
	ends->client = duet_tls_client(client, "localhost", NULL);
	ends->server = duet_tls_server(server, NULL);
	shake(ends);
	/* With TLS 1.3 only the first read tells what a server thinks. */
	if (ends->client_rc == DUET_OK)
		ends->client_rc = duet_tls_read(ends->client, &byte, 1, &n,
						&ends->client_err);
	duet_config_release(server);
	duet_config_release(client);
	mint_free(leaf);
}

static const struct wrong wrongs[] = {
	{ .name = "expired",
	  .spec = { .cn = "x",
		    .names = "localhost",
		    .not_before = NOW - 10 * DAY,
		    .not_after = NOW - 3 * DAY - 7200 },
	  .code = DUET_E_EXPIRED,
	  .says = { "'localhost': ", "3 days ago", "2026-11-21 10:00:00 UTC",
		    "new one" },
	  .server_says = "expired" },
	{ .name = "not yet valid",
	  .spec = { .cn = "x",
		    .names = "localhost",
		    .not_before = NOW + 2 * DAY,
		    .not_after = NOW + 20 * DAY },
	  .code = DUET_E_NOT_YET_VALID,
	  .says = { "in 2 days", "2026-11-26 12:00:00 UTC", "clock",
		    "2026-11-24 12:00:00 UTC" },
	  .server_says = "not yet valid" },
	{ .name = "wrong name",
	  .spec = { .cn = "x", .names = "a.example,*.b.example,IP:192.0.2.1" },
	  .code = DUET_E_NAME,
	  .says = { "'localhost'", "a.example, *.b.example", "192.0.2.1" },
	  .server_says = "for another name" },
	{ .name = "self-signed",
	  .spec = { .cn = "Me", .names = "localhost" },
	  .by = BY_ITSELF,
	  .code = DUET_E_SELF_SIGNED,
	  .says = { "self-signed", "'Me'", "trust anchor" } },
	{ .name = "unknown CA",
	  .spec = { .cn = "x", .names = "localhost" },
	  .by = BY_OTHER,
	  .code = DUET_E_UNTRUSTED,
	  .says = { "unknown CA 'Other Root'", "trust anchor" },
	  .server_says = "without a CRL that it wants" },
	{ .name = "missing intermediate",
	  .spec = { .cn = "x", .names = "localhost" },
	  .by = BY_MIDDLE,
	  .leaf_only = true,
	  .code = DUET_E_NO_ISSUER,
	  .says = { "without the intermediate 'Test Intermediate'",
		    "whole chain" } },
	{ .name = "for clients only",
	  .spec = { .cn = "x", .names = "localhost", .eku = "clientAuth" },
	  .code = DUET_E_PURPOSE,
	  .says = { "may not be used by a server",
		    "TLS Web Client Authentication" } },
	{ .name = "RSA 1024",
	  .spec = { .cn = "x", .names = "localhost", .key = MINT_RSA1024 },
	  .lax = true,
	  .ciphers = "DEFAULT",
	  .code = DUET_E_WEAK,
	  .says = { "RSA 1024", "too weak", "2048" } },
	{ .name = "SHA-1",
	  .spec = { .cn = "x", .names = "localhost", .digest = "SHA1" },
	  .lax = true,
	  .ciphers = "DEFAULT",
	  .code = DUET_E_WEAK,
	  .says = { "signed with", "SHA1", "'Test Root'", "SHA-256" } },
	{ .name = "TLS 1.1 only",
	  .spec = { .cn = "x", .names = "localhost" },
	  .lax = true,
	  .max_version = TLS1_1_VERSION,
	  .ciphers = "ALL:@SECLEVEL=0",
	  .code = DUET_E_TLS_VERSION,
	  .says = { "TLS 1.1", "TLS 1.2 or 1.3", "updated" } },
	{ .name = "client certificate wanted",
	  .spec = { .cn = "x", .names = "localhost" },
	  .wants_cert = true,
	  .code = DUET_E_CLIENT_CERT,
	  .says = { "wants a client certificate", "'Other Root'",
		    "give one" } },
	{ .name = "no common cipher",
	  .spec = { .cn = "x", .names = "localhost", .key = MINT_RSA2048 },
	  .lax = true,
	  .max_version = TLS1_2_VERSION,
	  .ciphers = "AES128-SHA:@SECLEVEL=0",
	  .code = DUET_E_TLS_CIPHER,
	  .says = { "cipher suite", "updated" } },
	{ .name = "revoked",
	  .spec = { .cn = "x", .names = "localhost" },
	  .revoked = true,
	  .code = DUET_E_REVOKED,
	  .says = { "revoked by 'Test Root'", "ago" },
	  .server_says = "revoked" },
};

static void check_says(const struct wrong *wrong, const struct ends *ends)
{
	const char *text = ends->client_err.text;
	size_t i;

	print_message("# %-26s %s\n", wrong->name, text);
	if (ends->client_rc != wrong->code)
		fail_msg("%s: %d (%s), not %d", wrong->name, ends->client_rc,
			 text, wrong->code);
	for (i = 0; i < COUNT(wrong->says) && wrong->says[i] != NULL; i++)
		if (strstr(text, wrong->says[i]) == NULL)
			fail_msg("%s: no '%s' in '%s'", wrong->name,
				 wrong->says[i], text);
	if (wrong->server_says != NULL &&
	    strstr(ends->server_err.text, wrong->server_says) == NULL)
		fail_msg("%s: the server says %s", wrong->name,
			 ends->server_err.text);
}

static void says_what_is_wrong_with_a_server(void **state)
{
	static struct duet_error errors[COUNT(wrongs)];
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(wrongs); i++) {
		struct ends ends;

		run_wrong(&wrongs[i], &ends);
		check_says(&wrongs[i], &ends);
		print_message("# %-26s   server: %s\n", "",
			      ends.server_err.text);
		errors[i] = ends.client_err;
		for (k = 0; k < i; k++)
			assert_string_not_equal(errors[k].text, errors[i].text);
		done(&ends);
	}
}

/* What the peer sends before it ends, if it sends anything. */
struct stranger {
	const char *bytes;
	size_t len;
	int sys_errno;
	int code;
	const char *says;
};

static void feed(struct duet_tls *tls, const struct stranger *stranger)
{
	struct duet_room room;

	assert_int_equal(duet_tls_recv_room(tls, &room), DUET_OK);
	assert_true(room.len >= stranger->len);
	if (stranger->len > 0)
		memcpy(room.data, stranger->bytes, stranger->len);
	duet_tls_recv_done(tls, stranger->len);
	duet_tls_recv_end(tls, stranger->sys_errno);
}

static void check_stranger(struct duet_tls *tls,
			   const struct stranger *stranger)
{
	struct duet_error err;
	int rc;

	rc = duet_tls_handshake(tls, &err);
	assert_true(rc == DUET_WANT_READ || rc < 0);
	feed(tls, stranger);
	rc = duet_tls_handshake(tls, &err);
	print_message("# %s\n", err.text);
	assert_int_equal(rc, stranger->code);
	assert_int_equal(err.sys, stranger->sys_errno);
	if (strstr(err.text, stranger->says) == NULL)
		fail_msg("no '%s' in '%s'", stranger->says, err.text);
	/* Sticky, word for word. */
	assert_int_equal(duet_tls_handshake(tls, NULL), stranger->code);
	duet_tls_free(tls);
}

#define BYTES(text) (text), sizeof(text) - 1

static void says_what_a_stranger_of_a_server_is(void **state)
{
	static const struct stranger strangers[] = {
		{ BYTES("HTTP/1.1 400 Bad Request\r\n"), 0, DUET_E_NOT_TLS,
		  "plain HTTP" },
		{ BYTES("SSH-2.0-OpenSSH_9.2\r\n"), 0, DUET_E_NOT_TLS,
		  "\"SSH-2.0-OpenSSH" },
		{ BYTES("\x05\x00\x00\x01\x02\x03"), 0, DUET_E_NOT_TLS,
		  "is not TLS" },
		{ BYTES(""), 0, DUET_E_TLS, "at once" },
		{ BYTES(""), ECONNRESET, DUET_E_TLS, "was reset at once" },
		{ BYTES("\x16\x03\x03\x01"), 0, DUET_E_TLS,
		  "in the middle of the TLS handshake" },
		/* A ServerHello of TLS 1.1, as from before RFC 8446. */
		{ BYTES("\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02"
			"0123456789abcdef0123456789abcdef"
			"\x00\xc0\x13\x00"),
		  0, DUET_E_TLS_VERSION, "offers TLS 1.1" },
		/* Of a certificate that it has not asked for. */
		{ BYTES("\x15\x03\x03\x00\x02\x02\x30"), 0, DUET_E_TLS,
		  "the alert 'unknown CA' (48)" },
		{ BYTES("\x15\x03\x03\x00\x02\x02\x31"), 0, DUET_E_TLS,
		  "the alert 'access denied' (49)" },
		{ BYTES("\x15\x03\x03\x00\x02\x02\x74"), 0, DUET_E_TLS,
		  "the alert" },
		{ BYTES("\x15\x03\x03\x00\x02\x02\x46"), 0, DUET_E_TLS_VERSION,
		  "such as TLS 1.1" },
	};
	struct duet_config *config = client_of(NULL);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(strangers); i++)
		check_stranger(duet_tls_client(config, "localhost", NULL),
			       &strangers[i]);
	duet_config_release(config);
}

static void who_takes_tls_1_3_alone_says_that_it_does(void **state)
{
	static const struct stranger stranger = {
		BYTES("\x15\x03\x03\x00\x02\x02\x46"), 0, DUET_E_TLS_VERSION,
		"does not speak TLS 1.3, the only version that is allowed here"
	};
	struct duet_trust *trust = trust_in(root);
	struct duet_config *config;

	(void)state;
	config =
		duet_config_client(DUET_CLIENT_CONFIG(
						   .trust = trust,
						   .profile =
							   DUET_PROFILE_MODERN),
				   NULL);
	assert_non_null(config);
	duet_trust_release(trust);
	check_stranger(duet_tls_client(config, "localhost", NULL), &stranger);
	duet_config_release(config);
}

static void says_what_a_stranger_of_a_client_is(void **state)
{
	static const struct stranger strangers[] = {
		{ BYTES("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 0, DUET_E_NOT_TLS,
		  "plain HTTP request" },
		{ BYTES("SSH-2.0-Go\r\n"), 0, DUET_E_NOT_TLS, "is not TLS" },
		{ BYTES(""), 0, DUET_E_TLS, "without sending a byte" },
		{ BYTES(""), ECONNRESET, DUET_E_TLS, "was reset" },
		{ BYTES("\x16\x03\x01\x02\x00\x01\x00"), 0, DUET_E_TLS,
		  "in the middle" },
		{ BYTES("\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x02"
			"0123456789abcdef0123456789abcdef"
			"\x00\x00\x02\x00\x2f\x01\x00"),
		  0, DUET_E_TLS_VERSION, "TLS 1.1 at most" },
	};
	struct mint *leaf = mint_new(root, MINT(.cn = "x"));
	struct duet_config *config = own_server(leaf, false);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(strangers); i++)
		check_stranger(duet_tls_server(config, NULL), &strangers[i]);
	duet_config_release(config);
	mint_free(leaf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_a_stranger_of_a_server_is),
		cmocka_unit_test(who_takes_tls_1_3_alone_says_that_it_does),
		cmocka_unit_test(says_what_a_stranger_of_a_client_is),
		cmocka_unit_test(says_what_is_wrong_with_a_server),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
