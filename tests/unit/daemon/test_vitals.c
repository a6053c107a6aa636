/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "daemon/vitals.h"
#include "support/unit.h"

#define NOW   INT64_C(1795486539) /* 2026-11-24T02:15:39Z */
#define A_DAY INT64_C(86400)

static char plain_name[] = "example.org";
static char hostile_name[] = "<b>\"x\\\n";
static const struct duet_credentials credentials[] = {
	{ .name = plain_name, .kind = "ECDSA", .not_after = NOW + 89 * A_DAY },
	{ .name = hostile_name, .kind = "RSA", .not_after = NOW + 3 * A_DAY },
};

typedef int form_fn(struct duet_buf *buf, const struct duet_vitals *vitals);

static const char *const names[] = { "example.org", "www.example.org", NULL };
static const struct duet_service_site sites[] = {
	{ .names = names, .n_names = 2 },
	{ .n_names = 0 },
};

/* Two workers, the second of which has not begun to accept. */
static struct duet_tally *new_tally(bool is_shared)
{
	const struct duet_tally_options options = { .n_places = 2,
						    .is_shared = is_shared,
						    .n_sites = COUNT(sites),
						    .now = NOW - 60 };
	static const struct duet_head head = {
		.size = sizeof(head), .method = "GET", .target = "/", .major = 2
	};
	const struct duet_report report = {
		.size = sizeof(report),
		.head = &head,
		.status = 404,
		.sent_bytes = 1432,
		.duration_us = 2500000,
		.request = DUET_BY_LENGTH,
		.cut = DUET_CUT_RESET,
		.cut_by = DUET_SIDE_PEER,
	};
	const struct duet_error error = { .code = DUET_E_NOT_TLS };
	const struct duet_connection_report failed = {
		.size = sizeof(failed),
		.event = DUET_CONNECTION_FAILED,
		.error = &error,
	};
	struct duet_tally *tally = NULL;

	assert_int_equal(duet_tally_new(&options, &tally, NULL), DUET_OK);
	duet_tally_set_state(tally, DUET_TALLY_SERVING);
	duet_tally_report(tally, 0, &report);
	duet_tally_connection(tally, 0, &failed);
	if (is_shared)
		return tally;
	duet_tally_born(tally, 0, 17, NOW - 60);
	duet_tally_born(tally, 1, 18, NOW - 60);
	duet_tally_stage(tally, 0, DUET_TALLY_ACCEPTS);
	duet_tally_under_way(tally, 0, 3);
	duet_tally_site(tally, 0, 1);
	return tally;
}

static void take(struct duet_vitals *vitals, const struct duet_tally *tally)
{
	const struct duet_vitals_facts facts = {
		.sites = sites,
		.credentials = credentials,
		.n_credentials = COUNT(credentials),
		.usage = { 12345678, 4096, -1 },
		.now = NOW,
	};

	assert_int_equal(duet_vitals_take(vitals, tally, &facts), DUET_OK);
}

static struct duet_buffer text_of(form_fn *form, const struct duet_tally *tally)
{
	struct duet_buffer text = { NULL, 0 };
	struct duet_vitals vitals;
	struct duet_buf buf;

	duet_buf_init(&buf, DUET_VITALS_MAX_BYTES);
	take(&vitals, tally);
	assert_int_equal(form(&buf, &vitals), DUET_OK);
	assert_int_equal(duet_buf_take(&buf, &text), DUET_OK);
	duet_vitals_done(&vitals);
	return text;
}

static void assert_has(const struct duet_buffer *text, const char *part)
{
	if (strstr(text->data, part) == NULL)
		fail_msg("there is no '%s' in:\n%s", part,
			 (const char *)text->data);
}

static void metrics_say_what_was_counted(void **state)
{
	static const char *const lines[] = {
		"\nduet_up 1\n",
		"\nprocess_start_time_seconds 1795486479\n",
		"\nprocess_cpu_seconds_total 12.345678\n",
		"\nprocess_resident_memory_bytes 4096\n",
		"\nduet_requests_in_progress 3\n",
		"\nduet_site_requests_total{site=\"example.org\"} 0\n",
		"\nduet_site_requests_total{site=\"*\"} 1\n",
		"\nduet_workers 2\n",
		"\nduet_workers_accepting 1\n",
		"\nduet_requests_total{protocol=\"HTTP/2\",status=\"404\"} 1\n",
		"\nduet_request_duration_seconds_bucket{le=\"1\"} 0\n",
		"\nduet_request_duration_seconds_bucket{le=\"5\"} 1\n",
		"\nduet_request_duration_seconds_bucket{le=\"+Inf\"} 1\n",
		"\nduet_request_duration_seconds_sum 2.500000\n",
		"\nduet_request_duration_seconds_count 1\n",
		"\nduet_replies_cut_total{by=\"peer\",cut=\"reset\"} 1\n",
		"\nduet_replies_cut_total{by=\"us\",cut=\"reset\"} 0\n",
		"\nduet_tls_handshakes_failed_total{reason=\"not_tls\"} 1\n",
		"{identity=\"1\",name=\"example.org\",key=\"ECDSA\"} 1803176139\n",
		/* shown as on a terminal, and that escaped */
		"{identity=\"2\",name=\"<b>\\\"x\\\\\\\\\\\\x0a\",key=\"RSA\"}",
	};
	struct duet_tally *tally = new_tally(false);
	struct duet_buffer text = text_of(duet_vitals_metrics, tally);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++)
		assert_has(&text, lines[i]);
	assert_null(strstr(text.data, "open_fds")); /* not to be known */
	assert_string_equal((const char *)text.data + text.len - 1, "\n");
	duet_buffer_free(&text);
	duet_tally_free(tally);
}

static json_t *json_of(const struct duet_tally *tally)
{
	struct duet_buffer text = text_of(duet_vitals_json, tally);
	json_error_t error;
	json_t *json =
		json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &error);

	if (json == NULL)
		fail_msg("%s: %s", error.text, (const char *)text.data);
	duet_buffer_free(&text);
	return json;
}

static void json_says_what_was_counted(void **state)
{
	struct duet_tally *tally = new_tally(false);
	json_t *json = json_of(tally);
	const char *status;
	const char *name;
	const char *not_after;
	json_int_t count;
	json_int_t number;
	json_int_t resident;
	const char *worker;
	const char *site;

	(void)state;
	assert_int_equal(json_unpack(json,
				     "{s:s,s:[{},{s:s}],s:[{s:I,s:I}],s:[{},{s:s,s:s}],s:{s:I,s:n},s:[{s:s},{}]}",
				     "state", &status, "workers", "state",
				     &worker, "requests", "status", &number,
				     "count", &count, "certificates", "name",
				     &name, "not_after", &not_after, "usage",
				     "resident_bytes", &resident, "open_fds",
				     "sites", "site", &site),
			 0);
	assert_string_equal(site, "example.org");
	assert_int_equal(resident, 4096);
	assert_string_equal(status, "serving");
	assert_string_equal(worker, "starting");
	assert_int_equal(number, 404);
	assert_int_equal(count, 1);
	assert_string_equal(not_after, "2026-11-27T02:15:39Z");
	/* a line end is no text */
	assert_string_equal(name, "<b>\"x\\\xef\xbf\xbd");
	json_decref(json);
	duet_tally_free(tally);
}

static void a_page_has_no_markup_of_names(void **state)
{
	struct duet_tally *tally = new_tally(false);
	struct duet_buffer text = text_of(duet_vitals_page, tally);

	(void)state;
	assert_has(&text, "<title>Duet is serving</title>");
	assert_has(&text, ">1 of 2 workers accepts connections.</p>");
	assert_has(&text, "&lt;b&gt;");
	assert_null(strstr(text.data, "<b>"));
	assert_has(&text, "<th scope=\"row\">404 Not Found</th>"
			  "<td>0</td><td>1</td><td>1</td>");
	assert_has(&text, "What came was not TLS");
	assert_has(&text, "<th scope=\"row\">example.org</th><td>0</td>");
	assert_has(&text, "<dt>Processor time</dt><dd>12.34 s</dd>");
	assert_null(strstr(text.data, "Files open"));
	/* what ends too soon is marked, by more than its words */
	assert_has(&text, "<td>RSA</td><td class=\"soon\"><time ");
	assert_has(&text, "<td>ECDSA</td><td><time ");
	duet_buffer_free(&text);
	duet_tally_free(tally);
}

/* Whoever adds a reason adds words for people. */
static void every_reason_has_words(void **state)
{
	struct duet_tally *tally = new_tally(false);
	struct duet_vitals vitals;
	struct duet_buffer text;
	struct duet_buf buf;
	char shown[64];
	size_t i;

	(void)state;
	take(&vitals, tally);
	for (i = 0; duet_tally_reason(i) != NULL; i++)
		vitals.sums[DUET_TALLY_FAILED + i] = 1;
	duet_buf_init(&buf, DUET_VITALS_MAX_BYTES);
	assert_int_equal(duet_vitals_page(&buf, &vitals), DUET_OK);
	assert_int_equal(duet_buf_take(&buf, &text), DUET_OK);
	for (i = 0; duet_tally_reason(i) != NULL; i++) {
		(void)snprintf(shown, sizeof(shown), ">%s</th>",
			       duet_tally_reason(i));
		if (strstr(text.data, shown) != NULL)
			fail_msg("there are no words for %s",
				 duet_tally_reason(i));
	}
	duet_buffer_free(&text);
	duet_vitals_done(&vitals);
	duet_tally_free(tally);
}

static void a_worker_that_drains_does_not_accept(void **state)
{
	struct duet_tally *tally = new_tally(false);
	struct duet_buffer text;

	(void)state;
	duet_tally_stage(tally, 0, DUET_TALLY_DRAINS);
	text = text_of(duet_vitals_metrics, tally);
	assert_has(&text, "\nduet_workers_accepting 0\n");
	assert_has(&text, "\nduet_workers_draining 1\n");
	duet_buffer_free(&text);
	text = text_of(duet_vitals_json, tally);
	assert_has(&text, "\"state\":\"draining\",\"connections_open\"");
	duet_buffer_free(&text);
	text = text_of(duet_vitals_page, tally);
	assert_has(&text, "<span class=\"soon\">draining</span>");
	assert_null(strstr(text.data, "accepting"));
	duet_buffer_free(&text);
	duet_tally_free(tally);
}

static void health_is_that_somebody_accepts(void **state)
{
	static const struct {
		enum duet_tally_state state;
		bool is_shared;
		bool accepts;
		bool is_well;
		const char *word;
	} cases[] = {
		{ DUET_TALLY_STARTING, false, true, false, "starting" },
		{ DUET_TALLY_SERVING, false, true, true, "serving" },
		{ DUET_TALLY_SERVING, false, false, false, "down" },
		{ DUET_TALLY_DRAINING, false, true, false, "draining" },
		{ DUET_TALLY_STARTING, true, false, false, "starting" },
		{ DUET_TALLY_SERVING, true, false, true, "serving" },
		{ DUET_TALLY_DRAINING, true, false, false, "draining" },
	};
	struct duet_vitals vitals;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_tally *tally = new_tally(cases[i].is_shared);
		char sentence[DUET_VITALS_SENTENCE_BYTES] = "";

		duet_tally_set_state(tally, cases[i].state);
		if (!cases[i].accepts && !cases[i].is_shared)
			duet_tally_died(tally, 0);
		take(&vitals, tally);
		assert_int_equal(duet_vitals_is_well(&vitals),
				 cases[i].is_well);
		assert_string_equal(duet_vitals_state(&vitals), cases[i].word);
		duet_vitals_sentence(sentence, &vitals);
		assert_true(strlen(sentence) > 20);
		duet_vitals_done(&vitals);
		duet_tally_free(tally);
	}
}

/* CSP3 s6.7.2.3 */
static void assert_policy(const char *text)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned char base64[2 * EVP_MAX_MD_SIZE];
	char source[160];
	unsigned len = 0;

	assert_int_equal(EVP_Digest(text, strlen(text), digest, &len,
				    EVP_sha256(), NULL),
			 1);
	assert_true(EVP_EncodeBlock(base64, digest, (int)len) > 0);
	(void)snprintf(source, sizeof(source), "'sha256-%s'",
		       (const char *)base64);
	if (strstr(duet_vitals_policy, source) == NULL)
		fail_msg("the policy lacks: %s", source);
	assert_null(strstr(text, "</"));
}

static void the_policy_has_the_digests(void **state)
{
	(void)state;
	assert_policy(duet_vitals_style);
	assert_policy(duet_vitals_script);
	assert_null(strstr(duet_vitals_policy, "unsafe"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics_say_what_was_counted),
		cmocka_unit_test(json_says_what_was_counted),
		cmocka_unit_test(a_page_has_no_markup_of_names),
		cmocka_unit_test(every_reason_has_words),
		cmocka_unit_test(a_worker_that_drains_does_not_accept),
		cmocka_unit_test(health_is_that_somebody_accepts),
		cmocka_unit_test(the_policy_has_the_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
