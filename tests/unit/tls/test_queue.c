/* SPDX-License-Identifier: MIT */
/* What the host program has in its error queue stays there, whatever we do. */
#include <errno.h>

#include <openssl/err.h>

#include "unit/tls/ends.h"

static struct mint *ca;
static struct mint *leaf;

static int set_up(void **state)
{
	(void)state;
	ca = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	leaf = mint_new(ca, MINT(.cn = "x", .names = "localhost"));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mint_free(leaf);
	mint_free(ca);
	return 0;
}

/* Three errors, of a library, of the system, and with data. */
static void litter(void)
{
	ERR_clear_error();
	ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
	ERR_raise(ERR_LIB_SYS, ENOENT);
	ERR_raise_data(ERR_LIB_X509, X509_R_CERT_ALREADY_IN_HASH_TABLE,
		       "number %d", 7);
}

static void check_litter(void)
{
	const char *data;
	const char *func;
	unsigned long e;
	int flags;

	e = ERR_get_error();
	assert_int_equal(ERR_GET_LIB(e), ERR_LIB_SSL);
	assert_int_equal(ERR_GET_REASON(e), SSL_R_BAD_LENGTH);
	e = ERR_get_error();
	assert_int_equal(ERR_GET_LIB(e), ERR_LIB_SYS);
	assert_int_equal(ERR_GET_REASON(e), ENOENT);
	e = ERR_get_error_all(NULL, NULL, &func, &data, &flags);
	assert_int_equal(ERR_GET_LIB(e), ERR_LIB_X509);
	assert_string_equal(data, "number 7");
	assert_string_equal(func, "litter");
	assert_int_equal(ERR_get_error(), 0);
}

static struct duet_config *server;
static struct duet_config *client;

static void makes_configurations(void)
{
	server = plain_server(leaf);
	client = plain_client(ca);
}

static void releases_configurations(void)
{
	duet_config_release(server);
	duet_config_release(client);
}

static void fails_to_read_an_identity(void)
{
	assert_null(
		duet_identity_new(DUET_IDENTITY(.cert_pem = duet_str(
							"-----BEGIN CERTIFICATE-----"
							"\nAAAA\n-----END "
							"CERTIFICATE-----\n")),
				  NULL));
}

static void fails_to_read_a_trust(void)
{
	assert_null(duet_trust_new(DUET_TRUST(.ca_pem = duet_str("nothing")),
				   NULL));
}

static void talks(void)
{
	struct ends ends;
	char byte;
	size_t n;

	begin(&ends, client, "localhost", server);
	shaken(&ends);
	tell(ends.client, ends.server);
	tell(ends.server, ends.client);
	assert_int_equal(duet_tls_close(ends.server, NULL), DUET_OK);
	while (carry(ends.server, ends.client, WHOLE))
		continue;
	assert_int_equal(duet_tls_read(ends.client, &byte, 1, &n, NULL),
			 DUET_EOF);
	done(&ends);
}

static void meets_the_wrong_name(void)
{
	struct duet_peer peer = { .size = sizeof(peer) };
	struct ends ends;

	begin(&ends, client, "other.example", server);
	shake(&ends);
	assert_int_equal(ends.client_rc, DUET_E_NAME);
	assert_int_equal(ends.server_rc, DUET_E_CERTIFICATE);
	assert_int_equal(duet_tls_peer(ends.client, &peer), DUET_OK);
	done(&ends);
}

static void is_cut(void)
{
	struct ends ends;
	char byte;
	size_t n;

	begin(&ends, client, "localhost", server);
	shaken(&ends);
	duet_tls_recv_end(ends.client, 0);
	assert_int_equal(duet_tls_read(ends.client, &byte, 1, &n, NULL),
			 DUET_E_TRUNCATED);
	done(&ends);
}

static void meets_garbage(void)
{
	struct duet_tls *tls = duet_tls_server(server, NULL);
	struct duet_room room;

	assert_int_equal(duet_tls_recv_room(tls, &room), DUET_OK);
	memset(room.data, 0x17, 100);
	duet_tls_recv_done(tls, 100);
	assert_true(duet_tls_handshake(tls, NULL) < 0);
	duet_tls_free(tls);
}

static void imports_and_exports(void)
{
	struct duet_buffer session;
	struct ends ends;

	begin(&ends, client, "localhost", server);
	assert_int_equal(duet_tls_session_import(ends.client,
						 duet_str("no session"), NULL),
			 DUET_E_ARGUMENT);
	shaken(&ends);
	tell(ends.server, ends.client);
	assert_int_equal(duet_tls_session_export(ends.client, &session, NULL),
			 DUET_OK);
	duet_buffer_free(&session);
	done(&ends);
}

static void (*const deeds[])(void) = {
	makes_configurations,    fails_to_read_an_identity,
	fails_to_read_a_trust,   talks,
	meets_the_wrong_name,    is_cut,
	meets_garbage,           imports_and_exports,
	releases_configurations,
};

static void leaves_an_empty_queue_empty(void **state)
{
	size_t i;

	(void)state;
	ERR_clear_error();
	for (i = 0; i < COUNT(deeds); i++) {
		deeds[i]();
		assert_int_equal(ERR_peek_error(), 0);
	}
}

static void leaves_the_errors_of_the_host_as_they_were(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(deeds); i++) {
		litter();
		deeds[i]();
		check_litter();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_an_empty_queue_empty),
		cmocka_unit_test(leaves_the_errors_of_the_host_as_they_were),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
