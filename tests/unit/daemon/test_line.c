/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/error.h"
#include "daemon/line.h"
#include "support/unit.h"

#define WALL_US INT64_C(1795486539123456) /* 2026-11-24 02:15:39.123456 */
#define TIME    "{\"time\":\"2026-11-24T02:15:39.123Z\","

static const struct duet_header fields[] = {
	{ "Host", "www.example.org" },
	{ "Hostess", "not this one" },
	{ "User-Agent", "curl/7.88.1" },
	{ "user-agent", "nor a second one" },
	{ "REFERER", "https://example.org/?a=\"b\"" },
	{ NULL, NULL },
};

static const struct duet_head get = { .size = sizeof(get),
				      .method = "GET",
				      .target = "/a?b",
				      .major = 1,
				      .minor = 1 };

/* All that can be known of one. */
static const struct duet_head get2 = { .size = sizeof(get2),
				       .method = "GET",
				       .target = "/a?b",
				       .major = 2,
				       .headers = fields };

static struct duet_error shrank;

static const struct duet_report known = {
	.size = sizeof(known),
	.peer = "192.0.2.7:51234",
	.head = &get2,
	.status = 200,
	.sent_bytes = 1042,
	.received_bytes = 7,
	.duration_us = 12000312,
	.tls_version = "TLSv1.3",
	.request = DUET_BY_END_STREAM,
	.reply = DUET_BY_END_STREAM,
	.cut = DUET_CUT_RESET,
	.cut_by = DUET_SIDE_PEER,
	.error = &shrank,
	.id = "7d2kx0m4tq1v9c3b6zh8",
	.tls_cipher = "TLS_AES_256_GCM_SHA384",
	.server_name = "example.org",
	.tls_resumed = true,
	.user = "al ice\t",
	.label = "a.test",
};

/* The least. */
static const struct duet_report unknown = {
	.size = sizeof(unknown),
	.tls_version = "",
	.tls_cipher = "",
	.server_name = "",
};

/* Ended by NUL instead of its end of the line. */
static const char *make(enum duet_line_format format,
			const struct duet_report *report)
{
	static char line[DUET_LINE_BYTES];
	size_t n = duet_line_make(line, format, report, WALL_US);

	assert_in_range(n, 1, DUET_LINE_BYTES);
	assert_int_equal(line[n - 1], '\n');
	line[n - 1] = '\0';
	assert_int_equal(strlen(line), n - 1);
	assert_null(strchr(line, '\n'));
	return line;
}

static json_t *parse(const char *line)
{
	json_error_t where;
	json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &where);

	if (object == NULL)
		fail_msg("%s at %d: %s", where.text, where.position, line);
	assert_true(json_is_object(object));
	return object;
}

/* ---- JSON ---- */

static void json_has_all_that_is_known_in_this_order(void **state)
{
	(void)state;
	(void)duet_error_set(&shrank, DUET_E_TRUNCATED, "the \"file\" shrank");
	assert_string_equal(make(DUET_LINE_JSON, &known), TIME
			    "\"id\":\"7d2kx0m4tq1v9c3b6zh8\","
			    "\"client\":\"192.0.2.7:51234\","
			    "\"user\":\"al ice\\u0009\","
			    "\"method\":\"GET\",\"target\":\"/a?b\","
			    "\"protocol\":\"HTTP/2\",\"host\":\"www.example.org\","
			    "\"site\":\"a.test\","
			    "\"status\":200,\"bytes\":1042,\"received\":7,"
			    "\"duration_ms\":12000.312,"
			    "\"user_agent\":\"curl/7.88.1\","
			    "\"referer\":\"https://example.org/?a=\\\"b\\\"\","
			    "\"tls\":{\"version\":\"TLSv1.3\","
			    "\"cipher\":\"TLS_AES_256_GCM_SHA384\","
			    "\"resumed\":true,\"sni\":\"example.org\"},"
			    "\"end\":\"end-stream\",\"request_end\":\"end-stream\","
			    "\"cut_by\":\"peer\",\"cut\":\"reset\","
			    "\"why\":\"the \\\"file\\\" shrank\"}");
	json_decref(parse(make(DUET_LINE_JSON, &known)));
}

static void json_leaves_out_what_is_not_known(void **state)
{
	(void)state;
	assert_string_equal(make(DUET_LINE_JSON, &unknown),
			    TIME "\"bytes\":0,\"received\":0,"
				 "\"duration_ms\":0.000}");
}

static void leave_out_head(struct duet_report *report)
{
	report->head = NULL;
}

static void leave_out_fields(struct duet_report *report)
{
	report->head = &get;
}

static void leave_out_id(struct duet_report *report)
{
	report->id = NULL;
}

static void leave_out_peer(struct duet_report *report)
{
	report->peer = "";
}

static void leave_out_user(struct duet_report *report)
{
	report->user = NULL;
}

static void leave_out_site(struct duet_report *report)
{
	report->label = NULL;
}

static void leave_out_status(struct duet_report *report)
{
	report->status = 0;
}

static void leave_out_tls(struct duet_report *report)
{
	report->tls_version = "";
}

static void leave_out_cipher_and_sni(struct duet_report *report)
{
	report->tls_cipher = NULL;
	report->server_name = "";
}

static void leave_out_ends(struct duet_report *report)
{
	report->reply = DUET_BY_NONE;
	report->request = DUET_BY_NONE;
}

static void leave_out_cut(struct duet_report *report)
{
	report->cut = DUET_CUT_NONE;
	report->cut_by = DUET_SIDE_NONE;
	report->error = NULL;
}

static void each_is_left_out_by_itself(void **state)
{
	static const struct {
		void (*leave_out)(struct duet_report *report);
		const char *keys[8]; /* "tls.sni" */
	} cases[] = {
		{ leave_out_head,
		  { "method", "target", "protocol", "host", "user_agent",
		    "referer" } },
		{ leave_out_fields, { "host", "user_agent", "referer" } },
		{ leave_out_id, { "id" } },
		{ leave_out_peer, { "client" } },
		{ leave_out_user, { "user" } },
		{ leave_out_site, { "site" } },
		{ leave_out_status, { "status" } },
		{ leave_out_tls, { "tls" } },
		{ leave_out_cipher_and_sni, { "tls.cipher", "tls.sni" } },
		{ leave_out_ends, { "end", "request_end" } },
		{ leave_out_cut, { "cut_by", "cut", "why" } },
	};
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		json_t *all = parse(make(DUET_LINE_JSON, &known));
		struct duet_report report = known;
		json_t *some;

		cases[i].leave_out(&report);
		some = parse(make(DUET_LINE_JSON, &report));
		for (k = 0; cases[i].keys[k] != NULL; k++) {
			const char *key = cases[i].keys[k];
			json_t *from = all;

			if (strncmp(key, "tls.", 4) == 0) {
				from = json_object_get(all, "tls");
				key += 4;
			}
			assert_int_equal(json_object_del(from, key), 0);
		}
		if (cases[i].leave_out == leave_out_fields)
			(void)json_object_set_new(all, "protocol",
						  json_string("HTTP/1.1"));
		assert_true(json_equal(all, some));
		json_decref(all);
		json_decref(some);
	}
}

static void json_keeps_what_strangers_wrote(void **state)
{
	static const struct {
		const char *target;
		const char *shown;
		const char *read; /* NULL: the target */
	} cases[] = {
		{ "/\" 200 \"", "/\\\" 200 \\\"", NULL },
		{ "/\r\n", "/\\u000d\\u000a", NULL },
		{ "/\x1b[2J\x7f", "/\\u001b[2J\\u007f", NULL },
		{ "/\\u0022", "/\\\\u0022", NULL },
		{ "/\xc3\xa9", "/\xc3\xa9", NULL },
		{ "/\xe2\x82\xac\xf0\x9f\x98\x80",
		  "/\xe2\x82\xac\xf0\x9f\x98\x80", NULL },
		/* a C1 control */
		{ "/\xc2\x9b"
		  "2J",
		  "/\\u009b2J", NULL },
		/* Latin-1 */
		{ "/\xe9t\xe9", "/\\u00e9t\\u00e9", "/\xc3\xa9t\xc3\xa9" },
		/* cut short, too long, a surrogate, above U+10FFFF */
		{ "\xe2\x82", "\\u00e2\\u0082", "\xc3\xa2\xc2\x82" },
		{ "\xc0\xaf", "\\u00c0\\u00af", "\xc3\x80\xc2\xaf" },
		{ "\xed\xa0\x80", "\\u00ed\\u00a0\\u0080",
		  "\xc3\xad\xc2\xa0\xc2\x80" },
		{ "\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080",
		  "\xc3\xb4\xc2\x90\xc2\x80\xc2\x80" },
		{ "\xc2", "\\u00c2", "\xc3\x82" },
		{ "", "", NULL },
	};
	char expected[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_report report = known;
		struct duet_head head = get2;
		const char *line;
		json_t *object;

		head.target = cases[i].target;
		report.head = &head;
		line = make(DUET_LINE_JSON, &report);
		(void)snprintf(expected, sizeof(expected),
			       "\"target\":\"%s\",\"protocol\"",
			       cases[i].shown);
		if (strstr(line, expected) == NULL)
			fail_msg("not %s in %s", expected, line);
		object = parse(line);
		assert_string_equal(json_string_value(
					    json_object_get(object, "target")),
				    cases[i].read != NULL ? cases[i].read
							  : cases[i].target);
		json_decref(object);
	}
}

static void why_is_in_words_that_options_have(void **state)
{
	struct duet_report report = unknown;
	struct duet_error err;

	(void)state;
	(void)duet_error_set(&err, DUET_E_TIMEOUT,
			     "nothing within 9 ms (limit head_ms)");
	report.error = &err;
	report.cut = DUET_CUT_TIMEOUT;
	report.cut_by = DUET_SIDE_US;
	assert_non_null(strstr(make(DUET_LINE_JSON, &report),
			       ",\"cut_by\":\"us\",\"cut\":\"timeout\","
			       "\"why\":\"nothing within 9 ms\"}"));
}

/* ---- the longest ---- */

/* Every text of strangers is that unit again and again, every number has all
 * its digits. */
struct longest {
	char text[9001];
	struct duet_header fields[4];
	struct duet_head head;
	struct duet_error err;
	struct duet_report report;
};

static void make_longest(struct longest *longest, const char *unit)
{
	size_t n = strlen(unit);
	size_t i;

	for (i = 0; i + n < sizeof(longest->text); i += n)
		memcpy(longest->text + i, unit, n);
	longest->text[i] = '\0';
	(void)duet_error_set(&longest->err, DUET_E_HTTP, "%s", longest->text);
	longest->fields[0] = (struct duet_header){ "host", longest->text };
	longest->fields[1] = (struct duet_header){ "referer", longest->text };
	longest->fields[2] =
		(struct duet_header){ "user-agent", longest->text };
	longest->fields[3] = (struct duet_header){ NULL, NULL };
	longest->head = (struct duet_head){ .size = sizeof(longest->head),
					    .method = longest->text,
					    .target = longest->text,
					    .major = 1,
					    .minor = INT32_MAX,
					    .headers = longest->fields };
	longest->report = (struct duet_report){
		.size = sizeof(longest->report),
		.peer = longest->text,
		.head = &longest->head,
		.status = INT32_MAX,
		.sent_bytes = INT64_MAX,
		.received_bytes = INT64_MAX,
		.duration_us = INT64_MAX,
		.tls_version = longest->text,
		.request = DUET_BY_CLOSE_NOTIFY,
		.reply = DUET_BY_CLOSE_NOTIFY,
		.cut = DUET_CUT_CLOSE_NOTIFY,
		.cut_by = DUET_SIDE_PEER,
		.error = &longest->err,
		.id = longest->text,
		.tls_cipher = longest->text,
		.server_name = longest->text,
		.user = longest->text,
		.label = longest->text,
	};
}

static const char *const units[] = { "x",        "\x01",      "\"",
				     "\\",       "\xff",      "\xc3\xa9",
				     "a\"",      "\\\"",      "\xe2\x82\xac",
				     "\xff\"ab", "ab\xc2\x80" };

static void assert_is_cut(const json_t *object, const char *key, size_t max)
{
	const char *text = json_string_value(json_object_get(object, key));

	assert_non_null(text);
	assert_in_range(strlen(text), max / 6, max);
	assert_string_equal(text + strlen(text) - 3, "...");
}

static void the_longest_line_has_all_its_facts(void **state)
{
	struct longest longest;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(units); i++) {
		const char *line;
		json_t *object;

		make_longest(&longest, units[i]);
		line = make(DUET_LINE_JSON, &longest.report);
		object = parse(line);
		assert_is_cut(object, "client", 128);
		assert_is_cut(object, "method", 32);
		assert_is_cut(object, "target", 1216);
		assert_is_cut(object, "host", 256);
		assert_is_cut(object, "referer", 384);
		assert_is_cut(object, "user", 128);
		assert_is_cut(object, "site", 128);
		assert_is_cut(object, "user_agent", 384);
		assert_is_cut(json_object_get(object, "tls"), "sni", 256);
		assert_non_null(json_object_get(object, "why"));
		assert_non_null(
			strstr(line, "...\",\"status\":2147483647,"
				     "\"bytes\":9223372036854775807,"
				     "\"received\":9223372036854775807,"
				     "\"duration_ms\":9223372036854775.807,"));
		assert_non_null(strstr(line,
				       "...\"},\"end\":\"close-notify\","
				       "\"request_end\":\"close-notify\","
				       "\"cut_by\":\"peer\","
				       "\"cut\":\"close-notify\",\"why\":\""));
		json_decref(object);
	}
}

/* Where whole and cut meet: nothing is cut that fits, and what is cut is as
 * long as it may be, less than one character. */
static void a_text_is_cut_only_where_it_must_be(void **state)
{
	enum { MAX = 1216 };
	size_t extra;
	size_t n;

	(void)state;
	for (extra = 0; extra < 12; extra++) {
		struct duet_report report = known;
		struct duet_head head = get2;
		char target[MAX + 16];
		char *begin;
		char *end;

		/* An escape of six bytes ends so much beyond what fits. */
		memset(target, 'x', sizeof(target));
		memcpy(target + MAX - 6 + extra, "\x01", 2);
		head.target = target;
		report.head = &head;
		begin = strstr(make(DUET_LINE_JSON, &report), "\"target\":\"");
		begin += strlen("\"target\":\"");
		end = strchr(begin, '"');
		n = (size_t)(end - begin);
		assert_true(n <= MAX);
		if (extra == 0)
			assert_memory_equal(end - 6, "\\u0001", 6);
		else
			assert_memory_equal(end - 4, "x...", 4);
		if (extra == 0 || extra >= 3)
			assert_int_equal(n, MAX);
	}
}

/* ---- any bytes ---- */

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Bytes of every kind, most often those that matter. */
static void fill(char *text, size_t cap, uint32_t *seed)
{
	static const char often[] = "\"\\\xc2\x80\xe2\x82\xf0\x9f\xed\n\x7f a";
	size_t n = next_random(seed) % cap;
	size_t i;

	for (i = 0; i < n; i++) {
		uint32_t r = next_random(seed);

		text[i] = (r & 1) != 0 ? often[(r >> 1) % (sizeof(often) - 1)]
				       : (char)(1 + (r >> 1) % 255);
	}
	text[n] = '\0';
}

static void whatever_comes_is_json(void **state)
{
	static char texts[8][3000];
	struct duet_header some[] = { { "host", texts[0] },
				      { "user-agent", texts[1] },
				      { "referer", texts[2] },
				      { NULL, NULL } };
	struct duet_head head = get2;
	struct duet_report report = known;
	struct duet_error err = { .code = DUET_E_HTTP };
	uint32_t seed = 1;
	int round;
	size_t i;

	(void)state;
	head.headers = some;
	head.method = texts[3];
	head.target = texts[4];
	report.head = &head;
	report.peer = texts[5];
	report.server_name = texts[6];
	report.error = &err;
	for (round = 0; round < 3000; round++) {
		json_t *object;
		const char *line;

		for (i = 0; i < COUNT(texts); i++)
			fill(texts[i], (size_t)1 << (3 + round % 9), &seed);
		fill(err.text, sizeof(err.text), &seed);
		line = make(DUET_LINE_JSON, &report);
		for (i = 0; line[i] != '\0'; i++)
			assert_in_range((unsigned char)line[i], 0x20, 0xff);
		object = parse(line);
		assert_int_equal(json_integer_value(
					 json_object_get(object, "status")),
				 200);
		assert_string_equal(json_string_value(
					    json_object_get(object, "cut")),
				    "reset");
		json_decref(object);
		(void)make(DUET_LINE_COMBINED, &report);
	}
}

/* ---- common and combined ---- */

static void common_is_as_apache_writes_it(void **state)
{
	(void)state;
	/* %t is when it came, twelve seconds before its end. */
	assert_string_equal(make(DUET_LINE_COMMON, &known),
			    "192.0.2.7 - al\\x20ice\\t "
			    "[24/Nov/2026:02:15:27 +0000] "
			    "\"GET /a?b HTTP/2.0\" 200 1042");
	assert_string_equal(make(DUET_LINE_COMBINED, &known),
			    "192.0.2.7 - al\\x20ice\\t "
			    "[24/Nov/2026:02:15:27 +0000] "
			    "\"GET /a?b HTTP/2.0\" 200 1042 "
			    "\"https://example.org/?a=\\\"b\\\"\" "
			    "\"curl/7.88.1\"");
}

static void common_has_a_dash_for_nothing(void **state)
{
	struct duet_report report = known;

	(void)state;
	assert_string_equal(make(DUET_LINE_COMBINED, &unknown),
			    "- - - [24/Nov/2026:02:15:39 +0000] \"-\" - - "
			    "\"-\" \"-\"");
	report.head = &get;
	report.user = NULL;
	report.sent_bytes = 0;
	report.duration_us = 0;
	assert_string_equal(make(DUET_LINE_COMBINED, &report),
			    "192.0.2.7 - - [24/Nov/2026:02:15:39 +0000] "
			    "\"GET /a?b HTTP/1.1\" 200 - \"-\" \"-\"");
}

static void common_has_addresses_without_ports(void **state)
{
	static const struct {
		const char *peer;
		const char *begin;
	} cases[] = {
		{ "192.0.2.7:51234", "192.0.2.7 - - [" },
		{ "[2001:db8::7]:443", "2001:db8::7 - - [" },
		{ "[fe80::7%eth0]:443", "fe80::7%eth0 - - [" },
		{ "unix:", "unix: - - [" },
		{ "unix:/run/a path\"", "unix: - - [" },
		{ NULL, "- - - [" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_report report = known;

		report.peer = cases[i].peer;
		report.user = NULL;
		assert_memory_equal(make(DUET_LINE_COMMON, &report),
				    cases[i].begin, strlen(cases[i].begin));
	}
}

static void common_quotes_as_apache_does(void **state)
{
	static const struct {
		const char *target;
		const char *shown;
	} cases[] = {
		{ "/\" 200 \"", "/\\\" 200 \\\"" },
		{ "/\r\n\t\v\b", "/\\r\\n\\t\\v\\b" },
		{ "/\x1b[2J\x7f\f", "/\\x1b[2J\\x7f\\x0c" },
		{ "/\\", "/\\\\" },
		{ "/\xc3\xa9", "/\\xc3\\xa9" },
		{ "/\xff", "/\\xff" },
	};
	char expected[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_report report = known;
		struct duet_head head = get2;

		head.target = cases[i].target;
		report.head = &head;
		report.user = NULL;
		(void)snprintf(expected, sizeof(expected),
			       "192.0.2.7 - - [24/Nov/2026:02:15:27 +0000] "
			       "\"GET %s HTTP/2.0\" 200 1042",
			       cases[i].shown);
		assert_string_equal(make(DUET_LINE_COMMON, &report), expected);
	}
}

static void the_longest_common_line_has_its_figures(void **state)
{
	struct longest longest;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(units); i++) {
		make_longest(&longest, units[i]);
		assert_non_null(
			strstr(make(DUET_LINE_COMBINED, &longest.report),
			       "... HTTP/1.2147483647\" 2147483647 "
			       "9223372036854775807 \""));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_all_that_is_known_in_this_order),
		cmocka_unit_test(json_leaves_out_what_is_not_known),
		cmocka_unit_test(each_is_left_out_by_itself),
		cmocka_unit_test(json_keeps_what_strangers_wrote),
		cmocka_unit_test(why_is_in_words_that_options_have),
		cmocka_unit_test(the_longest_line_has_all_its_facts),
		cmocka_unit_test(a_text_is_cut_only_where_it_must_be),
		cmocka_unit_test(whatever_comes_is_json),
		cmocka_unit_test(common_is_as_apache_writes_it),
		cmocka_unit_test(common_has_a_dash_for_nothing),
		cmocka_unit_test(common_has_addresses_without_ports),
		cmocka_unit_test(common_quotes_as_apache_does),
		cmocka_unit_test(the_longest_common_line_has_its_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
