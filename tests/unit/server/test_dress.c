/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "server/handler.h"

/* "Name: value; " of each. */
static void assert_becomes(const struct duet_dress *dress, int status,
			   const char *expected)
{
	struct duet_header list[16] = {
		{ "Date", "now" },
		{ "ETag", "\"a\"" },
		{ "Vary", "Accept" },
		{ "vary", "Range" },
	};
	char text[512] = "";
	size_t len = 0;
	size_t n = duet_dress_apply(dress, status, false, list, 4);
	size_t i;

	for (i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s: %s; ", list[i].name,
					list[i].value);
	assert_string_equal(text, expected);
}

static void rules_are_obeyed_in_their_order(void **state)
{
	static const struct duet_field_rule rules[] = {
		{ DUET_FIELD_ADD, "VARY", "Cookie" },
		{ DUET_FIELD_SET, "X", "1" },
		{ DUET_FIELD_SET, "x", "2" },
		{ DUET_FIELD_REMOVE, "etag", NULL },
		{ DUET_FIELD_REMOVE, "absent", NULL },
	};
	const struct duet_dress all = { .rules = rules, .n_rules = 5 };
	const struct duet_dress none = { .rules = NULL };
	static const struct duet_field_rule last = { DUET_FIELD_SET, "Vary",
						     "Z" };
	const struct duet_dress replaced = { .rules = &last, .n_rules = 1 };

	(void)state;
	assert_becomes(&none, 200,
		       "Date: now; ETag: \"a\"; Vary: Accept; vary: Range; ");
	assert_becomes(&all, 500,
		       "Date: now; Vary: Accept; vary: Range; VARY: Cookie; x: 2; ");
	assert_becomes(&replaced, 200, "Date: now; ETag: \"a\"; Vary: Z; ");
}

static void cache_control_is_of_replies_with_content(void **state)
{
	static const int with[] = { 200, 203, 206, 304 };
	static const int without[] = { 201, 204, 301, 404, 412, 416, 500 };
	static const struct duet_field_rule set = { DUET_FIELD_SET,
						    "cache-control", "b" };
	const struct duet_dress dress = { .cache_control = "a" };
	const struct duet_dress overruled = { .cache_control = "a",
					      .rules = &set,
					      .n_rules = 1 };
	struct duet_header list[8] = { { "Cache-Control", "own" } };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(with); i++) {
		assert_int_equal(duet_dress_apply(&dress, with[i], false, list,
						  0),
				 1);
		assert_string_equal(list[0].value, "a");
	}
	for (i = 0; i < COUNT(without); i++)
		assert_int_equal(duet_dress_apply(&dress, without[i], false,
						  list, 0),
				 0);
	list[0].value = "own";
	assert_int_equal(duet_dress_apply(&dress, 200, false, list, 1), 1);
	assert_string_equal(list[0].value, "own");
	assert_int_equal(duet_dress_apply(&overruled, 200, false, list, 1), 1);
	assert_string_equal(list[0].value, "b");
}

static void the_type_of_parts_stays(void **state)
{
	static const struct duet_field_rule rules[] = {
		{ DUET_FIELD_SET, "Content-type", "text/csv" },
		{ DUET_FIELD_REMOVE, "content-type", NULL },
	};
	static const char *const types[] = {
		"multipart/byteranges; boundary=a",
		"text/plain",
	};
	struct duet_header list[8];
	size_t i;

	(void)state;
	for (i = 0; i < 2 * COUNT(rules); i++) {
		const struct duet_dress one = { .rules = &rules[i / 2],
						.n_rules = 1 };
		bool parts = i % 2 == 0;
		size_t n;

		list[0].name = "Content-Type";
		list[0].value = types[i % 2];
		n = duet_dress_apply(&one, 206, false, list, 1);
		assert_int_equal(n, parts || i / 2 == 0);
		if (n > 0)
			assert_string_equal(list[0].value,
					    parts ? types[0] : "text/csv");
	}
}

static void a_type_may_be_kept_and_nothing_else(void **state)
{
	static const struct duet_field_rule rules[] = {
		{ DUET_FIELD_SET, "X", "1" },
		{ DUET_FIELD_SET, "CONTENT-TYPE", "text/csv" },
	};
	const struct duet_dress dress = { .rules = rules, .n_rules = 2 };
	struct duet_header list[8] = { { "Content-Type", "text/html" } };

	(void)state;
	assert_int_equal(duet_dress_apply(&dress, 404, true, list, 1), 2);
	assert_string_equal(list[0].value, "text/html");
	assert_string_equal(list[1].value, "1");
	assert_int_equal(duet_dress_apply(&dress, 404, false, list, 1), 2);
	assert_string_equal(list[1].value, "text/csv");
}

/* CSP3: another would keep our own style from our own page, and two hold
 * together. Whoever's page has none gets that of the site. */
static void a_page_keeps_its_own_policy(void **state)
{
	static const struct duet_field_rule rules[] = {
		{ DUET_FIELD_SET, "content-security-policy", "theirs" },
		{ DUET_FIELD_ADD, "content-security-policy", "theirs" },
		{ DUET_FIELD_REMOVE, "content-security-policy", NULL },
	};
	static const size_t n_of_others[] = { 1, 2, 0 };
	struct duet_header list[8];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rules); i++) {
		const struct duet_dress one = { .rules = &rules[i],
						.n_rules = 1 };

		list[0].name = "Content-Security-Policy";
		list[0].value = "ours";
		assert_int_equal(duet_dress_apply(&one, 404, true, list, 1), 1);
		assert_string_equal(list[0].value, "ours");
		assert_int_equal(duet_dress_apply(&one, 404, true, list, 0),
				 i < 2);
		list[0].name = "Content-Security-Policy";
		list[0].value = "a handler's";
		assert_int_equal(duet_dress_apply(&one, 200, false, list, 1),
				 n_of_others[i]);
	}
}

/* ---- on a connection ---- */

static const struct duet_field_rule rule = { DUET_FIELD_SET, "X-Dress", "on" };
static const struct duet_dress dress = { .rules = &rule, .n_rules = 1 };

static void count_over(void *arg)
{
	int *count = arg;

	(*count)++;
}

static int n_over;

/* Only what is asked for by "/dressed" is. */
static void dress_some(struct duet_exchange *exchange, void *arg)
{
	const char *target = duet_exchange_head(exchange)->target;

	(void)arg;
	assert_null(duet_exchange_dressed(exchange));
	if (strcmp(target, "/plain") != 0) {
		duet_exchange_dress(exchange, &dress);
		duet_exchange_when_over(exchange, count_over, &n_over);
		assert_ptr_equal(duet_exchange_dressed(exchange), &dress);
	}
	if (strcmp(target, "/nothing") == 0)
		return; /* a mistake, which the server answers with 500 */
	if (strcmp(target, "/cut") == 0)
		duet_exchange_abort(exchange);
	else
		assert_int_equal(duet_reply_text(exchange, 200, "body\n"),
				 DUET_OK);
}

/* That request is reported, and over. */
static void ask_once(struct rig *rig, struct peer *peer, const char *request)
{
	n_over = 0;
	rig_meet(rig, false, dress_some, peer);
	peer_send(rig, peer, request);
	rig_await_reports(rig, 1);
	assert_int_equal(n_over, 1);
}

static void an_exchange_is_dressed_once(void **state)
{
	struct rig rig;
	struct peer peer;
	const char *second;

	(void)state;
	ask_once(&rig, &peer, "GET /dressed HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_send(&rig, &peer, "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n");
	rig_await_reports(&rig, 2);
	peer_await(&rig, &peer, "body\nHTTP");
	peer_await(&rig, &peer, "\r\n\r\nbody\n");
	assert_non_null(strstr(peer_text(&peer), "\r\nX-Dress: on\r\n"));
	second = strstr(peer_text(&peer), "body\nHTTP");
	assert_non_null(second);
	assert_null(strstr(second, "X-Dress"));
	assert_int_equal(n_over, 1);
	rig_part(&rig, &peer);
}

static void replies_of_the_server_are_dressed_too(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	ask_once(&rig, &peer, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
	peer_await(&rig, &peer, "500 Internal Server Error\n");
	assert_non_null(strstr(peer_text(&peer), "\r\nX-Dress: on\r\n"));
	rig_part(&rig, &peer);
}

static void a_cut_exchange_is_over_too(void **state)
{
	struct rig rig;
	struct peer peer;

	(void)state;
	ask_once(&rig, &peer, "GET /cut HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(rig.reports[0].facts.cut, DUET_CUT_LOCAL);
	rig_part(&rig, &peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_obeyed_in_their_order),
		cmocka_unit_test(cache_control_is_of_replies_with_content),
		cmocka_unit_test(the_type_of_parts_stays),
		cmocka_unit_test(a_type_may_be_kept_and_nothing_else),
		cmocka_unit_test(a_page_keeps_its_own_policy),
		cmocka_unit_test(an_exchange_is_dressed_once),
		cmocka_unit_test(replies_of_the_server_are_dressed_too),
		cmocka_unit_test(a_cut_exchange_is_over_too),
	};

	return cmocka_run_group_tests_name("server/dress", tests, NULL, NULL);
}
