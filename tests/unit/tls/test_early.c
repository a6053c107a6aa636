/* SPDX-License-Identifier: MIT */
/* Early data, against a server that is given the ear for it by these tests
 * alone: ours has none. */
#include <time.h>

#include "tls/early.h"
#include "tls/engine_int.h"
#include "unit/tls/ends.h"

static struct mint *ca;
static struct mint *leaf;
static struct duet_identity *identity;
static struct duet_trust *trust;

static int set_up(void **state)
{
	(void)state;
	ca = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	leaf = mint_new(ca, MINT(.cn = "x", .names = "a.example,IP:127.0.0.1"));
	identity = identity_of(leaf);
	trust = trust_in(ca);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	duet_trust_release(trust);
	duet_identity_release(identity);
	mint_free(leaf);
	mint_free(ca);
	return 0;
}

static const char *const h2[] = { "h2", "http/1.1", NULL };
static const char *const h1[] = { "http/1.1", NULL };

static struct duet_config *a_client(const char *const *alpn)
{
	return client_with(
		(struct duet_client_config){ .trust = trust, .alpn = alpn });
}

static struct duet_config *a_server(const char *const *alpn)
{
	return server_with((struct duet_server_config){
		.identities = &identity, .n_identities = 1, .alpn = alpn });
}

/* Both ends of a visit: name, max bytes the server hears early. */
static void arrive(struct ends *ends, struct duet_config *client,
		   const char *name, struct duet_config *server, uint32_t max)
{
	SSL *ssl;

	begin(ends, client, name, server);
	ssl = duet_tls_ssl(ends->server);
	assert_int_equal(SSL_set_max_early_data(ssl, max), 1);
	(void)SSL_set_options(ssl, SSL_OP_NO_ANTI_REPLAY);
}

static struct duet_buffer leave_with_session(struct ends *ends)
{
	struct duet_buffer session = { NULL, 0 };
	struct duet_error err;

	shaken(ends);
	tell(ends->server, ends->client);
	if (duet_tls_session_export(ends->client, &session, &err) != DUET_OK)
		fail_msg("%s", err.text);
	done(ends);
	return session;
}

static struct duet_buffer visit(struct duet_config *client,
				struct duet_config *server, uint32_t max)
{
	struct ends ends;

	arrive(&ends, client, "a.example", server, max);
	return leave_with_session(&ends);
}

static void take(struct ends *ends, const struct duet_buffer *session)
{
	struct duet_bytes bytes = { session->data, session->len };
	struct duet_error err;

	if (duet_tls_session_import(ends->client, bytes, &err) != DUET_OK)
		fail_msg("%s", err.text);
}

static void carry_all(struct duet_tls *from, struct duet_tls *to)
{
	while (carry(from, to, WHOLE))
		continue;
}

/* What the server hears before the handshake is done, at most one piece; the
 * handshake is done afterwards. */
static size_t hear(struct ends *ends, char *buf, size_t cap)
{
	SSL *ssl = duet_tls_ssl(ends->server);
	size_t heard = 0;
	size_t n = 0;
	int rc;

	carry_all(ends->client, ends->server);
	do {
		rc = SSL_read_early_data(ssl, buf + heard, cap - heard, &n);
		if (rc == SSL_READ_EARLY_DATA_SUCCESS)
			heard += n;
	} while (rc == SSL_READ_EARLY_DATA_SUCCESS);
	carry_all(ends->server, ends->client);
	ends->client_rc = duet_tls_handshake(ends->client, &ends->client_err);
	carry_all(ends->client, ends->server);
	while (rc != SSL_READ_EARLY_DATA_FINISH) {
		rc = SSL_read_early_data(ssl, buf + heard, cap - heard, &n);
		if (rc == SSL_READ_EARLY_DATA_ERROR &&
		    SSL_get_error(ssl, 0) != SSL_ERROR_WANT_READ)
			break;
		carry_all(ends->server, ends->client);
		ends->client_rc =
			duet_tls_handshake(ends->client, &ends->client_err);
		carry_all(ends->client, ends->server);
	}
	shake(ends);
	return heard;
}

static void say(struct ends *ends, const char *text)
{
	struct duet_error err;

	if (duet_tls_early_write(ends->client, text, strlen(text), &err) !=
	    DUET_OK)
		fail_msg("%s", err.text);
	assert_int_equal(duet_tls_early(ends->client), DUET_EARLY_UNKNOWN);
}

static void is_heard_before_the_handshake(void **state)
{
	struct duet_config *client = a_client(NULL);
	struct duet_config *server = a_server(NULL);
	struct duet_buffer session = visit(client, server, 5000);
	struct duet_peer peer = { .size = sizeof(peer) };
	char heard[64] = "";
	struct ends ends;

	(void)state;
	arrive(&ends, client, "a.example", server, 5000);
	assert_int_equal(duet_tls_early_room(ends.client), 0);
	take(&ends, &session);
	assert_int_equal(duet_tls_early_room(ends.client), 5000);
	assert_int_equal(duet_tls_early(ends.client), DUET_EARLY_NONE);
	say(&ends, "early");
	assert_int_equal(hear(&ends, heard, sizeof(heard)), 5);
	assert_string_equal(heard, "early");
	assert_int_equal(ends.client_rc, DUET_OK);
	assert_int_equal(ends.server_rc, DUET_OK);
	assert_int_equal(duet_tls_early(ends.client), DUET_EARLY_ACCEPTED);
	assert_int_equal(duet_tls_peer(ends.client, &peer), DUET_OK);
	assert_true(peer.resumed);
	assert_true(peer.verified);
	tell(ends.client, ends.server);
	tell(ends.server, ends.client);
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(client);
	duet_config_release(server);
}

/* By a server with other ticket keys, and by ours, which has no ear for it:
 * the handshake succeeds all the same, and what follows is what is heard. */
static void is_not_heard_where_it_is_rejected(void **state)
{
	struct duet_config *client = a_client(NULL);
	struct duet_config *server = a_server(NULL);
	struct duet_config *other = a_server(NULL);
	struct duet_config *servers[] = { server, other };
	char heard[64] = "";
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(servers); i++) {
		struct duet_buffer session = visit(client, server, 5000);
		struct duet_peer peer = { .size = sizeof(peer) };
		struct ends ends;

		arrive(&ends, client, "a.example", servers[i],
		       i == 0 ? 0 : 5000);
		take(&ends, &session);
		say(&ends, "early");
		if (i == 0)
			shaken(&ends);
		else
			assert_int_equal(hear(&ends, heard, sizeof(heard)), 0);
		assert_int_equal(duet_tls_early(ends.client),
				 DUET_EARLY_REJECTED);
		assert_int_equal(duet_tls_peer(ends.client, &peer), DUET_OK);
		assert_int_equal(peer.resumed, i == 0);
		assert_true(peer.verified);
		tell(ends.client, ends.server);
		tell(ends.server, ends.client);
		done(&ends);
		duet_buffer_free(&session);
	}
	duet_config_release(client);
	duet_config_release(server);
	duet_config_release(other);
}

static void there_is_room_for_what_fits_a_record_and_the_session(void **state)
{
	static const struct {
		uint32_t allowed;
		size_t room;
	} rows[] = {
		{ 0, 0 },
		{ 1, 1 },
		{ 16384, 16384 },
		{ UINT32_MAX, DUET_EARLY_MAX },
	};
	struct duet_config *client = a_client(NULL);
	struct duet_config *server = a_server(NULL);
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_buffer session =
			visit(client, server, rows[i].allowed);
		char *text = test_malloc(rows[i].room + 1);
		struct ends ends;

		memset(text, 'x', rows[i].room + 1);
		arrive(&ends, client, "a.example", server, UINT32_MAX);
		take(&ends, &session);
		assert_int_equal(duet_tls_early_room(ends.client),
				 rows[i].room);
		assert_int_equal(duet_tls_early_write(ends.client, text,
						      rows[i].room + 1, &err),
				 DUET_E_STATE);
		assert_int_equal(duet_tls_early_write(ends.client, text, 0,
						      &err),
				 DUET_E_STATE);
		assert_int_equal(duet_tls_early(ends.client), DUET_EARLY_NONE);
		shaken(&ends); /* that was no failure */
		assert_int_equal(duet_tls_early(ends.client), DUET_EARLY_NONE);
		test_free(text);
		done(&ends);
		duet_buffer_free(&session);
	}
	duet_config_release(client);
	duet_config_release(server);
}

static void there_is_none_once_anything_has_been_said(void **state)
{
	struct duet_config *client = a_client(NULL);
	struct duet_config *server = a_server(NULL);
	struct duet_buffer session = visit(client, server, 5000);
	struct duet_error err;
	struct ends ends;

	(void)state;
	arrive(&ends, client, "a.example", server, 5000);
	take(&ends, &session);
	assert_int_equal(duet_tls_handshake(ends.client, &err), DUET_WANT_READ);
	assert_int_equal(duet_tls_early_room(ends.client), 0);
	done(&ends);
	arrive(&ends, client, "a.example", server, 5000);
	take(&ends, &session);
	say(&ends, "early");
	assert_int_equal(duet_tls_early_room(ends.client), 0);
	assert_int_equal(duet_tls_early_write(ends.client, "x", 1, &err),
			 DUET_E_STATE);
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(client);
	duet_config_release(server);
}

/* OpenSSL would fail the handshake, or send the extension without the ticket.
 */
static void there_is_none_for_a_session_that_has_run_out(void **state)
{
	struct duet_config *client = a_client(NULL);
	struct duet_config *server = a_server(NULL);
	struct duet_buffer session = visit(client, server, 5000);
	struct ends ends;
	long now;

	(void)state;
	arrive(&ends, client, "a.example", server, 5000);
	take(&ends, &session);
	now = (long)time(NULL);
	(void)SSL_SESSION_set_time(ends.client->imported, now - 8 * 86400);
	assert_int_equal(duet_tls_early_room(ends.client), 0);
	(void)SSL_SESSION_set_time(ends.client->imported, now + 86400);
	assert_int_equal(duet_tls_early_room(ends.client), 0);
	(void)SSL_SESSION_set_time(ends.client->imported, now);
	assert_int_equal(duet_tls_early_room(ends.client), 5000);
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(client);
	duet_config_release(server);
}

static void it_is_of_the_protocol_of_its_session(void **state)
{
	struct duet_config *both = a_client(h2);
	struct duet_config *old = a_client(h1);
	struct duet_config *none = a_client(NULL);
	struct duet_config *server = a_server(h2);
	struct duet_buffer session = visit(both, server, 5000);
	char heard[64] = "";
	struct ends ends;

	(void)state;
	arrive(&ends, both, "a.example", server, 5000);
	assert_false(duet_tls_early_speaks(ends.client, "h2"));
	take(&ends, &session);
	assert_true(duet_tls_early_speaks(ends.client, "h2"));
	assert_false(duet_tls_early_speaks(ends.client, "http/1.1"));
	say(&ends, "early");
	assert_int_equal(hear(&ends, heard, sizeof(heard)), 5);
	assert_int_equal(duet_tls_early(ends.client), DUET_EARLY_ACCEPTED);
	assert_true(duet_tls_chose(ends.client, "h2"));
	done(&ends);
	arrive(&ends, old, "a.example", server, 5000);
	take(&ends, &session);
	assert_int_equal(duet_tls_early_room(ends.client), 0);
	shaken(&ends);
	done(&ends);
	arrive(&ends, none, "a.example", server, 5000);
	take(&ends, &session);
	assert_int_equal(duet_tls_early_room(ends.client), 0);
	shaken(&ends);
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(both);
	duet_config_release(old);
	duet_config_release(none);
	duet_config_release(server);
}

static void another_protocol_is_a_rejection(void **state)
{
	struct duet_config *client = a_client(h2);
	struct duet_config *server = a_server(h2);
	struct duet_config *old = a_server(h1);
	struct duet_buffer session = visit(client, server, 5000);
	char heard[64] = "";
	struct ends ends;

	(void)state;
	arrive(&ends, client, "a.example", old, 5000);
	take(&ends, &session);
	say(&ends, "early");
	assert_int_equal(hear(&ends, heard, sizeof(heard)), 0);
	assert_int_equal(ends.client_rc, DUET_OK);
	assert_int_equal(duet_tls_early(ends.client), DUET_EARLY_REJECTED);
	assert_true(duet_tls_chose(ends.client, "http/1.1"));
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(client);
	duet_config_release(server);
	duet_config_release(old);
}

/* Names are compared without case, what is sent is not. */
static void a_name_in_other_letters_is_resumed_without(void **state)
{
	struct duet_config *client = a_client(NULL);
	struct duet_config *server = a_server(NULL);
	struct duet_buffer session = visit(client, server, 5000);
	struct ends ends;

	(void)state;
	arrive(&ends, client, "A.Example", server, 5000);
	take(&ends, &session);
	assert_int_equal(duet_tls_early_room(ends.client), 0);
	shaken(&ends);
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(client);
	duet_config_release(server);
}

static void an_address_has_it_too(void **state)
{
	struct duet_config *client = a_client(NULL);
	struct duet_config *server = a_server(NULL);
	struct duet_buffer session;
	char heard[64] = "";
	struct ends ends;

	(void)state;
	arrive(&ends, client, "127.0.0.1", server, 5000);
	session = leave_with_session(&ends);
	arrive(&ends, client, "127.0.0.1", server, 5000);
	take(&ends, &session);
	say(&ends, "early");
	assert_int_equal(hear(&ends, heard, sizeof(heard)), 5);
	assert_int_equal(duet_tls_early(ends.client), DUET_EARLY_ACCEPTED);
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(client);
	duet_config_release(server);
}

/* RFC 8446 sD.3: "MUST fail". */
static void a_server_that_became_older_fails_it(void **state)
{
	struct duet_config *client = a_client(NULL);
	struct duet_config *server = a_server(NULL);
	struct duet_buffer session = visit(client, server, 5000);
	struct ends ends;

	(void)state;
	arrive(&ends, client, "a.example", server, 0);
	assert_int_equal(SSL_set_max_proto_version(duet_tls_ssl(ends.server),
						   TLS1_2_VERSION),
			 1);
	take(&ends, &session);
	say(&ends, "early");
	shake(&ends);
	assert_true(ends.client_rc == DUET_E_TLS ||
		    ends.client_rc == DUET_E_TLS_VERSION);
	assert_int_equal(duet_tls_early(ends.client), DUET_EARLY_UNKNOWN);
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(client);
	duet_config_release(server);
}

/* RFC 8446 s4.1.4: a second hello is without. */
static void a_server_that_wants_another_group_rejects_it(void **state)
{
	struct duet_config *client = a_client(NULL);
	struct duet_config *server = a_server(NULL);
	struct duet_buffer session = visit(client, server, 5000);
	struct duet_peer peer = { .size = sizeof(peer) };
	char heard[64] = "";
	struct ends ends;

	(void)state;
	arrive(&ends, client, "a.example", server, 5000);
	assert_int_equal(SSL_set1_groups_list(duet_tls_ssl(ends.server),
					      "P-384"),
			 1);
	take(&ends, &session);
	say(&ends, "early");
	assert_int_equal(hear(&ends, heard, sizeof(heard)), 0);
	assert_int_equal(ends.client_rc, DUET_OK);
	assert_int_equal(duet_tls_early(ends.client), DUET_EARLY_REJECTED);
	assert_int_equal(duet_tls_peer(ends.client, &peer), DUET_OK);
	assert_true(peer.resumed);
	assert_string_equal(peer.group, "P-384");
	tell(ends.client, ends.server);
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(client);
	duet_config_release(server);
}

/* While nobody has answered, it may be one of TLS 1.2 that warns. */
static void a_warning_before_the_answer_is_none_of_tls13(void **state)
{
	static const uint8_t warning[] = { 21, 3, 3, 0, 2, 1, 112 };
	struct duet_config *client = a_client(NULL);
	struct duet_config *server = a_server(NULL);
	struct duet_buffer session = visit(client, server, 5000);
	struct duet_error err;
	struct duet_room room;
	struct ends ends;

	(void)state;
	arrive(&ends, client, "a.example", server, 5000);
	take(&ends, &session);
	say(&ends, "early");
	assert_int_equal(duet_tls_recv_room(ends.client, &room), DUET_OK);
	memcpy(room.data, warning, sizeof(warning));
	duet_tls_recv_done(ends.client, sizeof(warning));
	assert_int_equal(duet_tls_handshake(ends.client, &err), DUET_WANT_READ);
	assert_int_equal(duet_tls_cut(ends.client), DUET_CUT_NONE);
	done(&ends);
	duet_buffer_free(&session);
	duet_config_release(client);
	duet_config_release(server);
}

static void its_outcomes_have_names(void **state)
{
	(void)state;
	assert_string_equal(duet_early_name(DUET_EARLY_NONE), "none");
	assert_string_equal(duet_early_name(DUET_EARLY_ACCEPTED), "accepted");
	assert_string_equal(duet_early_name(DUET_EARLY_REJECTED), "rejected");
	assert_string_equal(duet_early_name(DUET_EARLY_UNKNOWN), "unknown");
	assert_string_equal(duet_early_name(4), "unknown");
	assert_string_equal(duet_early_name(-1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_heard_before_the_handshake),
		cmocka_unit_test(is_not_heard_where_it_is_rejected),
		cmocka_unit_test(
			there_is_room_for_what_fits_a_record_and_the_session),
		cmocka_unit_test(there_is_none_once_anything_has_been_said),
		cmocka_unit_test(there_is_none_for_a_session_that_has_run_out),
		cmocka_unit_test(it_is_of_the_protocol_of_its_session),
		cmocka_unit_test(another_protocol_is_a_rejection),
		cmocka_unit_test(a_name_in_other_letters_is_resumed_without),
		cmocka_unit_test(an_address_has_it_too),
		cmocka_unit_test(a_server_that_became_older_fails_it),
		cmocka_unit_test(a_server_that_wants_another_group_rejects_it),
		cmocka_unit_test(a_warning_before_the_answer_is_none_of_tls13),
		cmocka_unit_test(its_outcomes_have_names),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
