/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkdtemp */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rig.h"

static void hello(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	assert_int_equal(duet_reply_text(exchange, 200, "hello\n"), DUET_OK);
}

static void a_user_handler(struct duet_exchange *exchange, void *arg)
{
	(void)exchange;
	(void)arg;
}

static void refuses_options_that_make_no_sense_in_words(void **state)
{
	static const struct duet_limits no_size = { .requests = 1 };
	struct rig rig;
	struct duet_error err;
	size_t i;

	(void)state;
	rig_init(&rig, true, hello);
	const struct {
		struct duet_server_options options;
		int code;
		const char *words;
	} rows[] = {
		{ { .handler = a_user_handler },
		  DUET_E_ARGUMENT,
		  ".plain_http" },
		{ { .plain_http = 1 }, DUET_E_ARGUMENT, "handler" },
		{ { .handler = a_user_handler,
		    .plain_http = 1,
		    .tls = rig.server_tls },
		  DUET_E_ARGUMENT,
		  "not both" },
		{ { .handler = a_user_handler,
		    .cert_file = "c.pem",
		    .tls = rig.server_tls },
		  DUET_E_ARGUMENT,
		  "not from both" },
		{ { .handler = a_user_handler,
		    .plain_http = 1,
		    .key_file = "k.pem" },
		  DUET_E_ARGUMENT,
		  "k.pem" },
		{ { .handler = a_user_handler, .cert_file = "/nowhere/c.pem" },
		  DUET_E_SYSTEM,
		  "/nowhere/c.pem" },
		{ { .handler = a_user_handler, .plain_http = 1, .attitude = 7 },
		  DUET_E_ARGUMENT,
		  "7" },
		{ { .handler = a_user_handler,
		    .plain_http = 1,
		    .limits = &no_size },
		  DUET_E_ARGUMENT,
		  "size" },
		{ { .handler = a_user_handler,
		    .plain_http = 1,
		    .listen = DUET_LISTEN("nonsense") },
		  DUET_E_ARGUMENT,
		  "nonsense" },
	};
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_server_options options = rows[i].options;

		options.size = sizeof(options);
		assert_null(duet_server_new(&options, &err));
		assert_int_equal(err.code, rows[i].code);
		if (strstr(err.text, rows[i].words) == NULL)
			fail_msg("'%s' has no '%s'", err.text, rows[i].words);
		assert_null(duet_server_new(&options, NULL));
	}
	assert_null(duet_server_new(NULL, &err));
	assert_int_equal(err.code, DUET_E_ARGUMENT);
	duet_server_free(NULL);
	rig_done(&rig);
}

static void write_file(const char *path, const struct duet_buffer *content)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(content->data, 1, content->len, file),
			 content->len);
	assert_int_equal(fclose(file), 0);
}

static void serves_with_a_certificate_from_files(void **state)
{
	static const char *const names[] = { "localhost", NULL };
	char dir[] = "/tmp/duet-test-XXXXXX";
	struct duet_server_options options;
	struct duet_buffer cert = { NULL, 0 };
	struct duet_buffer pem = { NULL, 0 };
	struct duet_trust *trust;
	struct duet_key *key;
	char cert_file[64];
	char key_file[64];
	struct rig rig;
	struct peer peer;
	struct duet_peer facts = { .size = sizeof(facts) };

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(cert_file, sizeof(cert_file), "%s/cert.pem", dir);
	(void)snprintf(key_file, sizeof(key_file), "%s/key.pem", dir);
	key = duet_key_new(DUET_KEY_P256, NULL);
	assert_int_equal(duet_cert_self_signed(key, DUET_CERT(.names = names),
					       &cert, NULL),
			 DUET_OK);
	assert_int_equal(duet_key_write(key, NULL, &pem, NULL), DUET_OK);
	write_file(cert_file, &cert);
	write_file(key_file, &pem);
	rig_init(&rig, false, hello);
	options = rig_options(&rig);
	options.plain_http = 0;
	options.cert_file = cert_file;
	options.key_file = key_file;
	rig_open(&rig, &options);
	trust = duet_trust_new(DUET_TRUST(.ca_pem = { cert.data, cert.len }),
			       NULL);
	rig.client_tls =
		duet_config_client(DUET_CLIENT_CONFIG(.trust = trust,
						      .alpn = DUET_LISTEN(
							      "http/1.1")),
				   NULL);
	peer_open(&rig, &peer);
	assert_int_equal(duet_tls_peer(peer.tls, &facts), DUET_OK);
	assert_string_equal(facts.alpn, "http/1.1");
	peer_send(&rig, &peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(peer_reply(&rig, &peer, "hello\n"), 200);
	rig_part(&rig, &peer);
	duet_trust_release(trust);
	duet_buffer_free(&cert);
	duet_buffer_free(&pem);
	duet_key_free(key);
	assert_int_equal(unlink(cert_file), 0);
	assert_int_equal(unlink(key_file), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void changes_its_certificate_for_later_connections(void **state)
{
	struct rig rig;
	struct rig other;
	struct peer before;
	struct peer after;
	struct duet_peer a = { .size = sizeof(a) };
	struct duet_peer b = { .size = sizeof(b) };
	struct duet_error err;

	(void)state;
	rig_init(&other, true, hello);
	rig_meet(&rig, true, hello, &before);
	assert_int_equal(duet_server_set_tls(rig.server, NULL, &err),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_server_set_tls(rig.server, other.server_tls,
					     &err),
			 DUET_OK);
	duet_config_release(rig.client_tls);
	rig.client_tls = duet_config_retain(other.client_tls);
	peer_open(&rig, &after);
	assert_int_equal(duet_tls_peer(before.tls, &a), DUET_OK);
	assert_int_equal(duet_tls_peer(after.tls, &b), DUET_OK);
	assert_memory_not_equal(a.sha256, b.sha256, sizeof(a.sha256));
	peer_send(&rig, &before, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(peer_reply(&rig, &before, "hello\n"), 200);
	peer_done(&before);
	rig_part(&rig, &after);
	rig_done(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_options_that_make_no_sense_in_words),
		cmocka_unit_test(serves_with_a_certificate_from_files),
		cmocka_unit_test(changes_its_certificate_for_later_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
