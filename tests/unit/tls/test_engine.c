/* SPDX-License-Identifier: MIT */
#include "unit/tls/ends.h"

static struct mint *ca;
static struct mint *leaf;
static struct duet_config *server_config;
static struct duet_config *client_config;

static int set_up(void **state)
{
	struct duet_identity *identity;
	struct duet_trust *trust;
	struct duet_error err;

	(void)state;
	ca = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	leaf = mint_new(ca, MINT(.cn = "leaf", .names = "localhost"));
	identity = identity_of(leaf);
	trust = trust_in(ca);
	server_config =
		duet_config_server(DUET_SERVER_CONFIG(.identities = &identity,
						      .n_identities = 1),
				   &err);
	if (server_config == NULL)
		fail_msg("%s", err.text);
	client_config =
		duet_config_client(DUET_CLIENT_CONFIG(.trust = trust), &err);
	if (client_config == NULL)
		fail_msg("%s", err.text);
	duet_identity_release(identity);
	duet_trust_release(trust);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	duet_config_release(server_config);
	duet_config_release(client_config);
	mint_free(leaf);
	mint_free(ca);
	return 0;
}

static void begin(struct ends *ends, size_t step)
{
	memset(ends, 0, sizeof(*ends));
	ends->step = step;
	ends->client =
		duet_tls_client(client_config, "localhost", &ends->client_err);
	ends->server = duet_tls_server(server_config, &ends->server_err);
	assert_non_null(ends->client);
	assert_non_null(ends->server);
}

static void shakes_hands_at_any_step(void **state)
{
	static const size_t steps[] = { 1, 2, 3, 7, 64, 1000, 100000 };
	struct duet_peer peer = { .size = sizeof(peer) };
	struct ends ends;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(steps); i++) {
		begin(&ends, steps[i]);
		shake(&ends);
		if (ends.client_rc != DUET_OK)
			fail_msg("%s", ends.client_err.text);
		if (ends.server_rc != DUET_OK)
			fail_msg("%s", ends.server_err.text);
		assert_int_equal(duet_tls_peer(ends.client, &peer), DUET_OK);
		assert_string_equal(peer.version, "TLSv1.3");
		assert_string_equal(peer.group, "X25519");
		assert_string_equal(peer.subject, "CN=leaf");
		assert_true(peer.verified);
		end_free(&ends);
	}
}

static void carries_bytes_both_ways_and_closes(void **state)
{
	static char sent[300000];
	static char got[300000];
	size_t n_sent = 0;
	size_t n_got = 0;
	struct ends ends;
	size_t n;
	int rc = DUET_OK;

	(void)state;
	memset(sent, 'x', sizeof(sent));
	begin(&ends, 1000);
	shake(&ends);
	while (rc != DUET_EOF) {
		if (n_sent < sizeof(sent)) {
			rc = duet_tls_write(ends.client, sent + n_sent,
					    sizeof(sent) - n_sent, &n, NULL);
			assert_true(rc == DUET_OK || rc == DUET_WANT_WRITE);
			n_sent += n;
		} else {
			assert_int_equal(duet_tls_close(ends.client, NULL),
					 DUET_OK);
		}
		(void)carry(ends.client, ends.server, ends.step);
		rc = duet_tls_read(ends.server, got + n_got,
				   sizeof(got) - n_got + 1, &n, NULL);
		assert_true(rc >= 0);
		n_got += n;
	}
	assert_int_equal(n_got, sizeof(got));
	assert_memory_equal(sent, got, sizeof(got));
	assert_true(duet_tls_closed_cleanly(ends.server));
	end_free(&ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shakes_hands_at_any_step),
		cmocka_unit_test(carries_bytes_both_ways_and_closes),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
