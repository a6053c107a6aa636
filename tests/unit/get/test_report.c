/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/error.h"
#include "get/report.h"
#include "support/unit.h"

static const struct duet_head head = {
	.size = sizeof(head),
	.status = 200,
	.content_length = 1000,
};

static struct duet_get_outcome whole(void)
{
	struct duet_get_outcome outcome = {
		.url = "https://localhost/a",
		.method = "GET",
		.final_url = "https://localhost/b",
		.head = &head,
		.file = "b",
		.written = 1000,
	};
	struct duet_facts *facts = &outcome.facts;

	facts->size = sizeof(*facts);
	facts->evidence = DUET_BY_LENGTH;
	facts->redirects = 1;
	facts->close_notify = true;
	facts->body_bytes = 1000;
	facts->wire_bytes = 4321;
	facts->request_bytes = 77;
	facts->address = "127.0.0.1:443";
	facts->resolved_us = -1;
	facts->connected_us = 1500;
	facts->total_us = 12345;
	facts->tls_version = "TLSv1.3";
	facts->tls_cipher = "TLS_AES_256_GCM_SHA384";
	facts->tls_group = "X25519";
	facts->alpn = "";
	facts->peer_subject = "CN=localhost";
	facts->peer_issuer = "CN=ca";
	facts->not_after = 1764000000;
	facts->verified = true;
	outcome.error.alert = -1;
	return outcome;
}

static const json_t *member(const json_t *object, const char *path)
{
	char name[40];
	size_t n = strcspn(path, ".");

	assert_in_range(n, 1, sizeof(name) - 1);
	memcpy(name, path, n);
	name[n] = '\0';
	object = json_object_get(object, name);
	assert_non_null(object);
	return path[n] == '.' ? member(object, path + n + 1) : object;
}

static const char *text_of(const json_t *object, const char *path)
{
	return json_string_value(member(object, path));
}

static void says_all_there_is_to_say_of_a_whole_answer(void **state)
{
	struct duet_get_outcome outcome = whole();
	json_t *object = duet_get_report_object(&outcome);

	(void)state;
	assert_non_null(object);
	assert_string_equal(text_of(object, "url"), "https://localhost/a");
	assert_string_equal(text_of(object, "final_url"),
			    "https://localhost/b");
	assert_string_equal(text_of(object, "method"), "GET");
	assert_int_equal(json_integer_value(member(object, "status")), 200);
	assert_int_equal(json_integer_value(member(object, "redirects")), 1);
	assert_int_equal(json_integer_value(member(object, "sizes.expected")),
			 1000);
	assert_int_equal(json_integer_value(member(object, "sizes.sent")), 77);
	assert_int_equal(json_integer_value(member(object, "sizes.wire")),
			 4321);
	assert_true(json_is_null(member(object, "timings_ms.resolved")));
	assert_true(json_real_value(member(object, "timings_ms.connected")) ==
		    1.5);
	assert_string_equal(text_of(object, "tls.version"), "TLSv1.3");
	assert_string_equal(text_of(object, "tls.group"), "X25519");
	assert_true(json_is_null(member(object, "tls.alpn")));
	assert_true(json_is_true(member(object, "tls.verified")));
	assert_true(json_is_false(member(object, "tls.resumed")));
	assert_string_equal(text_of(object, "tls.subject"), "CN=localhost");
	assert_string_equal(text_of(object, "tls.not_after"),
			    "2025-11-24T16:00:00Z");
	assert_string_equal(text_of(object, "evidence"), "length");
	assert_true(json_is_null(member(object, "cut")));
	assert_true(json_is_true(member(object, "close_notify")));
	assert_string_equal(text_of(object, "file"), "b");
	assert_true(json_is_null(member(object, "part")));
	assert_true(json_is_null(member(object, "error")));
	json_decref(object);
}

static void a_cut_answer_has_no_evidence_but_a_part(void **state)
{
	struct duet_get_outcome outcome = whole();
	json_t *object;

	(void)state;
	outcome.facts.evidence = DUET_BY_NONE;
	outcome.facts.cut = DUET_CUT_FIN;
	outcome.file = NULL;
	outcome.part = "b.part";
	outcome.exit = 18;
	(void)duet_error_set(&outcome.error, DUET_E_TRUNCATED, "cut");
	object = duet_get_report_object(&outcome);
	assert_non_null(object);
	assert_true(json_is_null(member(object, "evidence")));
	assert_string_equal(text_of(object, "cut"), "fin");
	assert_string_equal(text_of(object, "part"), "b.part");
	assert_true(json_is_null(member(object, "file")));
	assert_string_equal(text_of(object, "error.word"), "truncated");
	assert_int_equal(json_integer_value(member(object, "error.code")),
			 DUET_E_TRUNCATED);
	assert_int_equal(json_integer_value(member(object, "error.exit")), 18);
	assert_string_equal(text_of(object, "error.text"), "cut");
	assert_true(json_is_null(member(object, "error.reason")));
	assert_true(json_is_null(member(object, "error.alert")));
	assert_true(json_is_null(member(object, "error.alert_from")));
	json_decref(object);
}

static void without_an_answer_every_member_is_still_there(void **state)
{
	struct duet_get_outcome answered = whole();
	struct duet_get_outcome failed = {
		.url = "https://nowhere",
		.method = "GET",
		.exit = 35,
	};
	json_t *with = duet_get_report_object(&answered);
	json_t *without;
	void *it;

	(void)state;
	(void)duet_error_set(&failed.error, DUET_E_TLS, "no");
	failed.error.alert = 40;
	failed.error.alert_from = DUET_SIDE_PEER;
	without = duet_get_report_object(&failed);
	assert_non_null(with);
	assert_non_null(without);
	for (it = json_object_iter(with); it != NULL;
	     it = json_object_iter_next(with, it))
		assert_non_null(
			json_object_get(without, json_object_iter_key(it)));
	assert_int_equal(json_object_size(with), json_object_size(without));
	assert_true(json_is_null(member(without, "status")));
	assert_true(json_is_null(member(without, "tls")));
	assert_true(json_is_null(member(without, "sizes.body")));
	assert_int_equal(json_integer_value(member(without, "error.alert")),
			 40);
	assert_string_equal(text_of(without, "error.alert_from"), "peer");
	json_decref(with);
	json_decref(without);
}

static void a_failure_of_our_own_has_a_word_of_its_own(void **state)
{
	struct duet_get_outcome outcome = whole();
	json_t *object;

	(void)state;
	outcome.exit = 22;
	outcome.word = "http_status";
	object = duet_get_report_object(&outcome);
	assert_string_equal(text_of(object, "error.word"), "http_status");
	assert_true(json_is_null(member(object, "error.code")));
	json_decref(object);
}

static void bytes_that_json_cannot_hold_are_shown_harmless(void **state)
{
	struct duet_get_outcome outcome = whole();
	json_t *object;

	(void)state;
	outcome.facts.peer_subject = "CN=\xff\x1b[2J";
	object = duet_get_report_object(&outcome);
	assert_string_equal(text_of(object, "tls.subject"), "CN=\\xff\\x1b[2J");
	json_decref(object);
}

static void says_what_was_decoded(void **state)
{
	struct duet_get_outcome outcome = whole();
	json_t *object;

	(void)state;
	outcome.facts.coding = "br";
	outcome.facts.decoded_bytes = 5000;
	object = duet_get_report_object(&outcome);
	assert_string_equal(text_of(object, "coding"), "br");
	assert_int_equal(json_integer_value(member(object, "sizes.decoded")),
			 5000);
	assert_int_equal(json_integer_value(member(object, "sizes.body")),
			 1000);
	json_decref(object);
	outcome.facts.coding = "";
	object = duet_get_report_object(&outcome);
	assert_true(json_is_null(member(object, "coding")));
	assert_true(json_is_null(member(object, "sizes.decoded")));
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_was_decoded),
		cmocka_unit_test(says_all_there_is_to_say_of_a_whole_answer),
		cmocka_unit_test(a_cut_answer_has_no_evidence_but_a_part),
		cmocka_unit_test(without_an_answer_every_member_is_still_there),
		cmocka_unit_test(a_failure_of_our_own_has_a_word_of_its_own),
		cmocka_unit_test(
			bytes_that_json_cannot_hold_are_shown_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
