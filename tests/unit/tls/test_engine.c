/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "tls/engine_int.h"
#include "unit/tls/both.h"

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static void open_ends(struct ends *ends, int version)
{
	begin(ends, client_config, "localhost", server_config);
	at_most(ends, version);
	shaken(ends);
}

static void shakes_hands_at_any_step(void **state)
{
	static const size_t steps[] = { 1, 2, 3, 7, 64, 1000, WHOLE };
	struct ends ends;
	size_t v;
	size_t i;

	(void)state;
	for (v = 0; v < COUNT(versions); v++)
		for (i = 0; i < COUNT(steps); i++) {
			begin(&ends, client_config, "localhost", server_config);
			at_most(&ends, versions[v]);
			ends.step = steps[i];
			shaken(&ends);
			tell(ends.client, ends.server);
			tell(ends.server, ends.client);
			done(&ends);
		}
}

/* Send all of it, then close; everything must arrive, in steps. */
static void send_all(struct ends *ends, size_t total, size_t step)
{
	static uint8_t sent[300000];
	static uint8_t got[sizeof(sent) + 1];
	size_t n_sent = 0;
	size_t n_got = 0;
	int rc = DUET_OK;
	size_t i;
	size_t n;

	for (i = 0; i < total; i++)
		sent[i] = (uint8_t)(i * 7);
	while (rc != DUET_EOF) {
		if (n_sent < total) {
			rc = duet_tls_write(ends->client, sent + n_sent,
					    total - n_sent, &n, NULL);
			assert_true(rc == DUET_OK || rc == DUET_WANT_WRITE);
			n_sent += n;
		} else {
			rc = duet_tls_close(ends->client, NULL);
			assert_true(rc == DUET_OK || rc == DUET_WANT_WRITE);
		}
		(void)carry(ends->client, ends->server, step);
		rc = duet_tls_read(ends->server, got + n_got,
				   sizeof(got) - n_got, &n, NULL);
		assert_true(rc >= 0);
		n_got += n;
	}
	assert_int_equal(n_got, total);
	assert_memory_equal(sent, got, total);
}

static void carries_bytes_and_their_end_at_any_step(void **state)
{
	static const size_t steps[] = { 7, 1000, 16384, WHOLE };
	struct ends ends;
	size_t v;
	size_t i;

	(void)state;
	for (v = 0; v < COUNT(versions); v++)
		for (i = 0; i < COUNT(steps); i++) {
			open_ends(&ends, versions[v]);
			send_all(&ends, steps[i] < 1000 ? 5000 : 300000,
				 steps[i]);
			assert_true(duet_tls_closed_cleanly(ends.server));
			assert_int_equal(duet_tls_cut(ends.server),
					 DUET_CUT_CLOSE_NOTIFY);
			done(&ends);
		}
}

static void takes_128_kib_at_once_and_no_more(void **state)
{
	static char big[1 << 20];
	struct duet_bytes bytes;
	struct ends ends;
	size_t n;

	(void)state;
	open_ends(&ends, TLS1_3_VERSION);
	assert_int_equal(duet_tls_write(ends.server, big, sizeof(big), &n,
					NULL),
			 DUET_OK);
	assert_true(n >= 128 * 1024);
	bytes = duet_tls_send_bytes(ends.server);
	assert_true(bytes.len > n && bytes.len <= 164 * 1024);
	assert_int_equal(duet_tls_write(ends.server, big, sizeof(big), &n,
					NULL),
			 DUET_WANT_WRITE);
	assert_int_equal(n, 0);
	done(&ends);
}

/* A write that was refused may be followed by another: nothing is half done. */
static void may_change_its_mind_after_want_write(void **state)
{
	static char big[1 << 20];
	static char got[1 << 20];
	struct ends ends;
	size_t wanted = 0;
	size_t n_got = 0;
	size_t n;
	int rc;

	(void)state;
	open_ends(&ends, TLS1_2_VERSION);
	memset(big, 'a', sizeof(big));
	while ((rc = duet_tls_write(ends.server, big, sizeof(big), &n, NULL)) ==
	       DUET_OK)
		wanted += n;
	assert_int_equal(rc, DUET_WANT_WRITE);
	while (carry(ends.server, ends.client, WHOLE))
		while (duet_tls_read(ends.client, got, sizeof(got), &n, NULL) ==
		       DUET_OK)
			n_got += n;
	assert_int_equal(n_got, wanted);
	assert_int_equal(duet_tls_write(ends.server, "b", 1, &n, NULL),
			 DUET_OK);
	assert_true(carry(ends.server, ends.client, WHOLE));
	assert_int_equal(duet_tls_read(ends.client, got, 1, &n, NULL), DUET_OK);
	assert_int_equal(got[0], 'b');
	done(&ends);
}

static void lends_no_room_while_much_is_unread(void **state)
{
	static char big[100000];
	struct duet_room room;
	struct ends ends;
	size_t n;

	(void)state;
	open_ends(&ends, TLS1_3_VERSION);
	assert_int_equal(duet_tls_write(ends.client, big, sizeof(big), &n,
					NULL),
			 DUET_OK);
	while (carry(ends.client, ends.server, WHOLE))
		continue;
	assert_int_equal(duet_tls_recv_room(ends.server, &room), DUET_OK);
	assert_int_equal(room.len, 0);
	assert_true(duet_tls_pending(ends.server));
	while (duet_tls_read(ends.server, big, sizeof(big), &n, NULL) ==
	       DUET_OK)
		continue;
	assert_false(duet_tls_pending(ends.server));
	assert_int_equal(duet_tls_recv_room(ends.server, &room), DUET_OK);
	assert_true(room.len >= 17 * 1024);
	duet_tls_recv_done(ends.server, 0);
	done(&ends);
}

/* Half a record is nothing to read: no reason to spin. */
static void is_not_pending_on_part_of_a_record(void **state)
{
	struct ends ends;
	char byte;
	size_t n;

	(void)state;
	open_ends(&ends, TLS1_3_VERSION);
	assert_int_equal(duet_tls_write(ends.client, "hello", 5, &n, NULL),
			 DUET_OK);
	assert_true(carry(ends.client, ends.server, 9));
	assert_int_equal(duet_tls_read(ends.server, &byte, 1, &n, NULL),
			 DUET_WANT_READ);
	assert_false(duet_tls_pending(ends.server));
	assert_true(carry(ends.client, ends.server, WHOLE));
	assert_int_equal(duet_tls_read(ends.server, &byte, 1, &n, NULL),
			 DUET_OK);
	assert_true(duet_tls_pending(ends.server));
	done(&ends);
}

static void leaves_lent_regions_where_they_are(void **state)
{
	static char big[100000];
	struct duet_room room;
	struct duet_bytes lent;
	struct ends ends;
	uint8_t first[64];
	size_t n;

	(void)state;
	open_ends(&ends, TLS1_3_VERSION);
	assert_int_equal(duet_tls_write(ends.client, "one", 3, &n, NULL),
			 DUET_OK);
	lent = duet_tls_send_bytes(ends.client);
	assert_true(lent.len <= sizeof(first));
	memcpy(first, lent.data, lent.len);
	assert_int_equal(duet_tls_write(ends.client, big, sizeof(big), &n,
					NULL),
			 DUET_OK);
	assert_memory_equal(first, lent.data, lent.len);
	assert_int_equal(duet_tls_recv_room(ends.server, &room), DUET_OK);
	memcpy(room.data, lent.data, lent.len);
	duet_tls_recv_done(ends.server, lent.len);
	duet_tls_send_done(ends.client, lent.len);
	assert_int_equal(duet_tls_read(ends.server, big, sizeof(big), &n, NULL),
			 DUET_OK);
	assert_int_equal(n, 3);
	/* Room is lent behind bytes that are read meanwhile. */
	assert_true(carry(ends.client, ends.server, 3000));
	assert_int_equal(duet_tls_recv_room(ends.server, &room), DUET_OK);
	assert_int_equal(duet_tls_read(ends.server, big, sizeof(big), &n, NULL),
			 DUET_WANT_READ);
	lent = duet_tls_send_bytes(ends.client);
	n = lent.len < room.len ? lent.len : room.len;
	memcpy(room.data, lent.data, n);
	duet_tls_recv_done(ends.server, n);
	duet_tls_send_done(ends.client, n);
	assert_int_equal(duet_tls_read(ends.server, big, sizeof(big), &n, NULL),
			 DUET_OK);
	done(&ends);
}

struct ending {
	enum duet_closure closure;
	bool close_notify;
	int sys_errno;
	int rc;
	enum duet_cut cut;
};

static void check_ending(const struct ending *ending, int version)
{
	struct duet_trust *trust = trust_in(ca);
	struct duet_config *config;
	struct duet_error err;
	struct ends ends;
	char buf[16];
	size_t n;

	config = client_with((struct duet_client_config){
		.trust = trust, .closure = (uint8_t)ending->closure });
	begin(&ends, config, "localhost", server_config);
	at_most(&ends, version);
	shaken(&ends);
	assert_int_equal(duet_tls_closure(ends.client), ending->closure);
	assert_int_equal(duet_tls_write(ends.server, "bye", 3, &n, NULL),
			 DUET_OK);
	if (ending->close_notify)
		assert_int_equal(duet_tls_close(ends.server, NULL), DUET_OK);
	while (carry(ends.server, ends.client, WHOLE))
		continue;
	duet_tls_recv_end(ends.client, ending->sys_errno);
	/* What has come is given first. */
	assert_int_equal(duet_tls_read(ends.client, buf, sizeof(buf), &n, &err),
			 DUET_OK);
	assert_int_equal(n, 3);
	assert_int_equal(duet_tls_read(ends.client, buf, sizeof(buf), &n, &err),
			 ending->rc);
	assert_int_equal(n, 0);
	assert_int_equal(duet_tls_read(ends.client, buf, sizeof(buf), &n, &err),
			 ending->rc);
	if (ending->rc < 0)
		assert_int_equal(err.sys, ending->sys_errno);
	assert_int_equal(duet_tls_cut(ends.client), ending->cut);
	assert_int_equal(duet_tls_closed_cleanly(ends.client),
			 ending->close_notify);
	/* Whoever half-closes still gets an answer, over what is left. */
	if (ending->sys_errno == 0)
		tell(ends.client, ends.server);
	else
		assert_int_equal(duet_tls_write(ends.client, "x", 1, &n, &err),
				 DUET_E_GONE);
	done(&ends);
	duet_config_release(config);
	duet_trust_release(trust);
}

static void knows_how_the_wire_ended(void **state)
{
	static const struct ending endings[] = {
		{ DUET_CLOSE_FRAMED, true, 0, DUET_EOF, DUET_CUT_CLOSE_NOTIFY },
		{ DUET_CLOSE_STRICT, true, 0, DUET_EOF, DUET_CUT_CLOSE_NOTIFY },
		{ DUET_CLOSE_LENIENT, true, 0, DUET_EOF,
		  DUET_CUT_CLOSE_NOTIFY },
		{ DUET_CLOSE_FRAMED, false, 0, DUET_E_TRUNCATED, DUET_CUT_FIN },
		{ DUET_CLOSE_STRICT, false, 0, DUET_E_TRUNCATED, DUET_CUT_FIN },
		{ DUET_CLOSE_LENIENT, false, 0, DUET_EOF, DUET_CUT_FIN },
		{ DUET_CLOSE_FRAMED, false, ECONNRESET, DUET_E_TRUNCATED,
		  DUET_CUT_RESET },
		{ DUET_CLOSE_STRICT, false, ECONNRESET, DUET_E_TRUNCATED,
		  DUET_CUT_RESET },
		{ DUET_CLOSE_LENIENT, false, ETIMEDOUT, DUET_E_TRUNCATED,
		  DUET_CUT_RESET },
	};
	size_t v;
	size_t i;

	(void)state;
	for (v = 0; v < COUNT(versions); v++)
		for (i = 0; i < COUNT(endings); i++)
			check_ending(&endings[i], versions[v]);
}

/* RFC 8446 s6: the level "can safely be ignored". This one may come in plain,
 * as the client has sent nothing encrypted yet. */
static void knows_a_fatal_alert_whatever_its_level(void **state)
{
	static const uint8_t alert[] = {
		21, 3, 3, 0, 2, SSL3_AL_WARNING, SSL_AD_UNKNOWN_CA
	};
	struct duet_error err;
	struct duet_room room;
	struct ends ends;

	(void)state;
	begin(&ends, client_config, "localhost", server_config);
	assert_int_equal(duet_tls_handshake(ends.client, NULL), DUET_WANT_READ);
	while (carry(ends.client, ends.server, WHOLE))
		continue;
	assert_int_equal(duet_tls_handshake(ends.server, NULL), DUET_WANT_READ);
	assert_int_equal(duet_tls_recv_room(ends.server, &room), DUET_OK);
	memcpy(room.data, alert, sizeof(alert));
	duet_tls_recv_done(ends.server, sizeof(alert));
	assert_int_equal(duet_tls_handshake(ends.server, &err),
			 DUET_E_UNTRUSTED);
	assert_int_equal(err.alert, SSL_AD_UNKNOWN_CA);
	assert_int_equal(err.alert_from, DUET_SIDE_PEER);
	done(&ends);
}

/* Not so in TLS 1.2, which a client does not know of yet. */
static void goes_on_after_a_warning(void **state)
{
	static const uint8_t warning[] = {
		21, 3, 3, 0, 2, SSL3_AL_WARNING, SSL_AD_UNRECOGNIZED_NAME
	};
	struct duet_room room;
	struct ends ends;

	(void)state;
	begin(&ends, client_config, "localhost", server_config);
	assert_int_equal(SSL_set_max_proto_version(duet_tls_ssl(ends.server),
						   TLS1_2_VERSION),
			 1);
	assert_int_equal(duet_tls_handshake(ends.client, NULL), DUET_WANT_READ);
	assert_int_equal(duet_tls_recv_room(ends.client, &room), DUET_OK);
	memcpy(room.data, warning, sizeof(warning));
	duet_tls_recv_done(ends.client, sizeof(warning));
	shaken(&ends);
	assert_int_equal(duet_tls_cut(ends.client), DUET_CUT_NONE);
	done(&ends);
}

/* Open; of a ticket that takes two records the client has the first. */
static void open_with_half_a_ticket(struct ends *ends)
{
	enum { RECORD = 512, FIRST = 5 + RECORD + 1 + 16 };
	struct duet_identity *identity = identity_of(leaf);
	struct duet_trust *trust = trust_in(ca);
	struct duet_config *server = server_with((struct duet_server_config){
		.identities = &identity,
		.n_identities = 1,
		.client_trust = trust,
		.client_cert = DUET_CLIENT_CERT_REQUIRE });
	struct duet_config *client = client_with((struct duet_client_config){
		.trust = trust, .identity = identity });
	bool open = false;

	begin(ends, client, "localhost", server);
	assert_int_equal(SSL_set_max_send_fragment(duet_tls_ssl(ends->server),
						   RECORD),
			 1);
	while (!open) {
		assert_true(duet_tls_handshake(ends->client, NULL) >= 0);
		while (carry(ends->client, ends->server, WHOLE))
			continue;
		open = duet_tls_handshake(ends->server, NULL) == DUET_OK;
		assert_true(carry(ends->server, ends->client,
				  open ? FIRST : WHOLE));
	}
	assert_true(duet_tls_send_bytes(ends->server).len > 0);
	duet_tls_send_done(ends->server, 0);
	duet_config_release(client);
	duet_config_release(server);
	duet_trust_release(trust);
	duet_identity_release(identity);
}

static void closes_once_half_a_message_is_whole(void **state)
{
	struct duet_error err;
	struct ends ends;
	char buf[16];
	size_t n;

	(void)state;
	open_with_half_a_ticket(&ends);
	assert_int_equal(duet_tls_read(ends.client, buf, sizeof(buf), &n, NULL),
			 DUET_WANT_READ);
	assert_int_equal(duet_tls_close(ends.client, &err), DUET_WANT_READ);
	assert_int_equal(duet_tls_write(ends.server, "late", 4, &n, NULL),
			 DUET_OK);
	while (carry(ends.server, ends.client, WHOLE))
		continue;
	assert_int_equal(duet_tls_close(ends.client, &err), DUET_OK);
	assert_int_equal(duet_tls_read(ends.client, buf, sizeof(buf), &n, NULL),
			 DUET_OK);
	assert_int_equal(n, 4);
	while (carry(ends.client, ends.server, WHOLE))
		continue;
	assert_int_equal(duet_tls_read(ends.server, buf, sizeof(buf), &n, NULL),
			 DUET_EOF);
	done(&ends);
}

static void cannot_close_when_half_a_message_is_all(void **state)
{
	struct duet_error err;
	struct ends ends;
	char buf[16];
	size_t n;

	(void)state;
	open_with_half_a_ticket(&ends);
	assert_int_equal(duet_tls_read(ends.client, buf, sizeof(buf), &n, NULL),
			 DUET_WANT_READ);
	duet_tls_recv_end(ends.client, 0);
	assert_int_equal(duet_tls_close(ends.client, &err), DUET_E_GONE);
	assert_int_equal(duet_tls_read(ends.client, buf, sizeof(buf), &n, NULL),
			 DUET_E_TRUNCATED);
	done(&ends);
}

static void keeps_buffers_where_freeing_them_harms(void **state)
{
	static const unsigned long bad[] = { 0x30000000, 0x300000d0, 0x30100050,
					     0x30200010, 0x30300000 };
	static const unsigned long good[] = { 0x300000e0, 0x30000130,
					      0x30100060, 0x30200020,
					      0x30300010, 0x30400000,
					      0x40000000 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(duet_tls_may_free_buffers(bad[i]));
	for (i = 0; i < COUNT(good); i++)
		assert_true(duet_tls_may_free_buffers(good[i]));
}

/* A failed write ends writing only. */
static void reads_the_answer_before_a_reset(void **state)
{
	struct duet_error err;
	struct ends ends;
	char buf[16];
	size_t n;

	(void)state;
	begin(&ends, client_config, "localhost", server_config);
	shaken(&ends);
	assert_int_equal(duet_tls_write(ends.server, "answer", 6, &n, NULL),
			 DUET_OK);
	assert_int_equal(duet_tls_close(ends.server, NULL), DUET_OK);
	while (carry(ends.server, ends.client, WHOLE))
		continue;
	duet_tls_recv_end(ends.client, ECONNRESET);
	assert_int_equal(duet_tls_write(ends.client, "more", 4, &n, &err),
			 DUET_E_GONE);
	assert_int_equal(err.sys, ECONNRESET);
	assert_int_equal(duet_tls_read(ends.client, buf, sizeof(buf), &n, &err),
			 DUET_OK);
	assert_int_equal(n, 6);
	assert_memory_equal(buf, "answer", 6);
	assert_int_equal(duet_tls_close(ends.client, &err), DUET_E_GONE);
	assert_int_equal(duet_tls_read(ends.client, buf, sizeof(buf), &n, &err),
			 DUET_EOF);
	assert_int_equal(duet_tls_cut(ends.client), DUET_CUT_CLOSE_NOTIFY);
	done(&ends);
}

/* Only the whole reads as an end, wherever the wire is cut before it. */
static void is_not_fooled_by_a_cut_at_any_byte(void **state)
{
	struct duet_bytes bytes;
	struct ends ends;
	size_t positions = 0;
	size_t total = 1;
	size_t v;
	size_t cut;
	char buf[64];
	size_t n;
	int rc;

	(void)state;
	for (v = 0; v < COUNT(versions); v++)
		for (cut = 0; cut <= total; cut++) {
			open_ends(&ends, versions[v]);
			while (carry(ends.server, ends.client, WHOLE))
				continue;
			assert_int_equal(duet_tls_write(ends.server, "message",
							7, &n, NULL),
					 DUET_OK);
			assert_int_equal(duet_tls_close(ends.server, NULL),
					 DUET_OK);
			bytes = duet_tls_send_bytes(ends.server);
			total = bytes.len;
			(void)carry(ends.server, ends.client, cut);
			duet_tls_recv_end(ends.client, 0);
			do
				rc = duet_tls_read(ends.client, buf,
						   sizeof(buf), &n, NULL);
			while (rc == DUET_OK);
			assert_int_equal(rc, cut == total ? DUET_EOF
							  : DUET_E_TRUNCATED);
			positions++;
			done(&ends);
		}
	print_message("# cut at %zu positions\n", positions);
	assert_true(positions > 50);
}

static void answers_after_the_peer_has_closed(void **state)
{
	struct ends ends;
	char byte;
	size_t v;
	size_t n;

	(void)state;
	for (v = 0; v < COUNT(versions); v++) {
		open_ends(&ends, versions[v]);
		assert_int_equal(duet_tls_close(ends.client, NULL), DUET_OK);
		assert_int_equal(duet_tls_close(ends.client, NULL), DUET_OK);
		assert_int_equal(duet_tls_write(ends.client, "x", 1, &n, NULL),
				 DUET_E_STATE);
		while (carry(ends.client, ends.server, WHOLE))
			continue;
		assert_int_equal(duet_tls_read(ends.server, &byte, 1, &n, NULL),
				 DUET_EOF);
		tell(ends.server, ends.client);
		assert_int_equal(duet_tls_close(ends.server, NULL), DUET_OK);
		while (carry(ends.server, ends.client, WHOLE))
			continue;
		assert_int_equal(duet_tls_read(ends.client, &byte, 1, &n, NULL),
				 DUET_EOF);
		done(&ends);
	}
}

/* A failed handshake leaves its alert to be sent, and the peer hears it. */
static void sends_its_alert_when_it_fails(void **state)
{
	struct ends ends;
	char byte;
	size_t n;

	(void)state;
	begin(&ends, client_config, "other.example", server_config);
	shake(&ends);
	assert_int_equal(ends.client_rc, DUET_E_NAME);
	assert_int_equal(ends.client_err.alert, SSL_AD_BAD_CERTIFICATE);
	assert_int_equal(ends.client_err.alert_from, DUET_SIDE_US);
	assert_int_equal(ends.client_err.x509, X509_V_ERR_HOSTNAME_MISMATCH);
	assert_true(ends.client_err.ossl != 0);
	assert_string_equal(ends.client_err.reason,
			    "certificate verify failed");
	assert_int_equal(ends.server_rc, DUET_E_CERTIFICATE);
	assert_int_equal(ends.server_err.alert, SSL_AD_BAD_CERTIFICATE);
	assert_int_equal(ends.server_err.alert_from, DUET_SIDE_PEER);
	assert_int_equal(duet_tls_cut(ends.client), DUET_CUT_ALERT);
	assert_int_equal(duet_tls_cut(ends.server), DUET_CUT_ALERT);
	/* And every later call gives the same. */
	assert_int_equal(duet_tls_read(ends.client, &byte, 1, &n, NULL),
			 DUET_E_NAME);
	assert_int_equal(duet_tls_write(ends.client, "x", 1, &n,
					&ends.server_err),
			 DUET_E_NAME);
	assert_string_equal(ends.client_err.text, ends.server_err.text);
	assert_int_equal(duet_tls_close(ends.client, NULL), DUET_E_NAME);
	done(&ends);
}

static void finds_bytes_that_were_changed(void **state)
{
	struct duet_bytes bytes;
	struct duet_error err;
	struct duet_room room;
	struct ends ends;
	char byte;
	size_t n;

	(void)state;
	open_ends(&ends, TLS1_3_VERSION);
	assert_int_equal(duet_tls_write(ends.client, "hello", 5, &n, NULL),
			 DUET_OK);
	bytes = duet_tls_send_bytes(ends.client);
	assert_int_equal(duet_tls_recv_room(ends.server, &room), DUET_OK);
	memcpy(room.data, bytes.data, bytes.len);
	((char *)room.data)[bytes.len - 1] ^= 1;
	duet_tls_recv_done(ends.server, bytes.len);
	assert_int_equal(duet_tls_read(ends.server, &byte, 1, &n, &err),
			 DUET_E_TLS);
	assert_non_null(strstr(err.text, "changed on its way"));
	assert_int_equal(err.alert, SSL_AD_BAD_RECORD_MAC);
	assert_int_equal(err.alert_from, DUET_SIDE_US);
	assert_true(duet_tls_send_bytes(ends.server).len > 0);
	done(&ends);
}

static void gives_memory_back_when_idle_and_goes_on(void **state)
{
	struct ends ends;
	size_t i;
	size_t v;

	(void)state;
	for (v = 0; v < COUNT(versions); v++) {
		open_ends(&ends, versions[v]);
		for (i = 0; i < 3; i++) {
			duet_tls_give_back(ends.client);
			duet_tls_give_back(ends.server);
			tell(ends.client, ends.server);
			tell(ends.server, ends.client);
		}
		done(&ends);
	}
}

static void refuses_what_makes_no_sense(void **state)
{
	struct duet_error err;
	struct ends ends;
	char byte;
	size_t n;

	(void)state;
	assert_null(duet_tls_client(server_config, "localhost", &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	assert_null(duet_tls_server(client_config, &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	begin(&ends, client_config, "localhost", server_config);
	assert_int_equal(duet_tls_close(ends.client, &err), DUET_E_STATE);
	shaken(&ends);
	assert_int_equal(duet_tls_read(ends.client, &byte, 0, &n, &err),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_tls_write(ends.client, "", 0, &n, &err), DUET_OK);
	done(&ends);
	duet_tls_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shakes_hands_at_any_step),
		cmocka_unit_test(carries_bytes_and_their_end_at_any_step),
		cmocka_unit_test(takes_128_kib_at_once_and_no_more),
		cmocka_unit_test(may_change_its_mind_after_want_write),
		cmocka_unit_test(lends_no_room_while_much_is_unread),
		cmocka_unit_test(is_not_pending_on_part_of_a_record),
		cmocka_unit_test(leaves_lent_regions_where_they_are),
		cmocka_unit_test(knows_how_the_wire_ended),
		cmocka_unit_test(knows_a_fatal_alert_whatever_its_level),
		cmocka_unit_test(goes_on_after_a_warning),
		cmocka_unit_test(closes_once_half_a_message_is_whole),
		cmocka_unit_test(cannot_close_when_half_a_message_is_all),
		cmocka_unit_test(keeps_buffers_where_freeing_them_harms),
		cmocka_unit_test(reads_the_answer_before_a_reset),
		cmocka_unit_test(is_not_fooled_by_a_cut_at_any_byte),
		cmocka_unit_test(answers_after_the_peer_has_closed),
		cmocka_unit_test(sends_its_alert_when_it_fails),
		cmocka_unit_test(finds_bytes_that_were_changed),
		cmocka_unit_test(gives_memory_back_when_idle_and_goes_on),
		cmocka_unit_test(refuses_what_makes_no_sense),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
