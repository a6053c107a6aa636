/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "site/access.h"
#include "support/memory.h"
#include "support/unit.h"

enum {
	RULES_MAX = 16,
};

static struct duet_prefix parse(const char *text)
{
	struct duet_prefix prefix;
	struct duet_error err;

	if (duet_prefix_parse(text, &prefix, &err) != DUET_OK)
		fail_msg("%s", err.text);
	return prefix;
}

/* "+10.0.0.0/8" is allowed, "-10.1.0.0/16" denied. */
static int make(const char *const *list, struct duet_access **ret,
		struct duet_error *err)
{
	struct duet_access_rule rules[RULES_MAX];
	size_t n = 0;

	for (; list[n] != NULL; n++) {
		assert_true(n < RULES_MAX);
		rules[n].prefix = parse(list[n] + 1);
		rules[n].allow = list[n][0] == '+';
	}
	return duet_access_new(rules, n, ret, err);
}

static void expect(const char *const *list, const char *client, bool allowed)
{
	struct duet_access *access = NULL;
	struct duet_prefix address;

	assert_int_equal(make(list, &access, NULL), DUET_OK);
	if (client != NULL)
		address = parse(client);
	if (duet_access_allows(access, client != NULL ? &address : NULL) !=
	    allowed)
		fail_msg("%s", client != NULL ? client : "no address");
	duet_access_free(access);
}

static void the_longest_prefix_decides_in_any_order(void **state)
{
	static const char *const one[] = { "+10.0.0.0/8", "-10.1.0.0/16",
					   "+10.1.2.3", NULL };
	static const char *const other[] = { "+10.1.2.3", "-10.1.0.0/16",
					     "+10.0.0.0/8", NULL };
	static const struct {
		const char *client;
		bool allowed;
	} rows[] = {
		{ "10.0.0.0", true },       { "10.0.255.255", true },
		{ "10.1.0.0", false },      { "10.1.2.2", false },
		{ "10.1.2.3", true },       { "10.1.2.4", false },
		{ "10.1.255.255", false },  { "10.2.0.0", true },
		{ "10.255.255.255", true }, { "11.0.0.0", false },
		{ "9.255.255.255", false }, { "a00::", false },
		{ "::1", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		expect(one, rows[i].client, rows[i].allowed);
		expect(other, rows[i].client, rows[i].allowed);
	}
}

static void who_is_not_named_comes_in_unless_somebody_is_allowed(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const denied[] = { "-10.0.0.0/8", "-::1", NULL };
	static const char *const allowed[] = { "+10.0.0.0/8", NULL };
	static const char *const both[] = { "-10.0.0.0/8", "+10.1.0.0/16",
					    NULL };
	static const char *const all[] = { "+0.0.0.0/0", "+::/0", NULL };

	(void)state;
	expect(none, "192.0.2.7", true);
	expect(none, NULL, true);
	expect(denied, "192.0.2.7", true);
	expect(denied, "10.0.0.1", false);
	expect(denied, "::1", false);
	expect(denied, "::2", true);
	expect(denied, NULL, true);
	expect(allowed, "192.0.2.7", false);
	expect(allowed, "::1", false);
	expect(allowed, NULL, false);
	expect(both, "192.0.2.7", false);
	expect(all, "192.0.2.7", true);
	expect(all, "2001:db8::1", true);
	expect(all, NULL, false); /* a socket without addresses */
	assert_true(duet_access_allows(NULL, NULL));
}

static void the_same_rule_twice_is_one(void **state)
{
	static const char *const twice[] = { "+10.0.0.0/8", "+10.1.0.0/16",
					     "+10.0.0.0/8", NULL };

	(void)state;
	expect(twice, "10.1.0.1", true);
	expect(twice, "10.2.0.1", true);
	expect(twice, "11.0.0.1", false);
}

static void refuses_what_contradicts_itself(void **state)
{
	static const char *const list[] = { "+10.0.0.0/8", "-192.0.2.7",
					    "+::ffff:192.0.2.7", NULL };
	struct duet_access *access = NULL;
	struct duet_error err;

	(void)state;
	assert_int_equal(make(list, &access, &err), DUET_E_ARGUMENT);
	assert_string_equal(err.text,
			    "192.0.2.7 is allowed and denied; leave one of them out");
	assert_null(access);
}

/* A small world of random blocks, and every rule looked at for every address
 * of it. */
static void agrees_with_looking_at_every_rule(void **state)
{
	enum { N = 300, BYTES = 2, TRIES = 2000 };
	struct duet_access_rule rules[N];
	struct duet_access *access = NULL;
	uint32_t random = 12345;
	size_t denied = 0;
	int i;
	int k;

	(void)state;
	memset(rules, 0, sizeof(rules));
	for (i = 0; i < N; i++) {
		struct duet_prefix *prefix = &rules[i].prefix;

		for (k = 0; k < BYTES; k++) {
			random = random * 1664525 + 1013904223;
			prefix->bytes[k] = (uint8_t)(random >> 24);
		}
		random = random * 1664525 + 1013904223;
		prefix->bits = 32;
		prefix->is_v6 = false;
		*prefix = duet_prefix_cut(prefix, (uint8_t)(random >> 28));
		/* so that no two of the same prefix differ */
		rules[i].allow = (prefix->bits + prefix->bytes[0]) % 3 != 0;
	}
	assert_int_equal(duet_access_new(rules, N, &access, NULL), DUET_OK);
	for (k = 0; k < TRIES; k++) {
		struct duet_prefix client = { .bits = 32 };
		bool allowed = false;
		int longest = -1;

		random = random * 1664525 + 1013904223;
		client.bytes[0] = (uint8_t)(random >> 24);
		client.bytes[1] = (uint8_t)(random >> 16);
		for (i = 0; i < N; i++)
			if (duet_prefix_covers(&rules[i].prefix, &client) &&
			    rules[i].prefix.bits > longest) {
				longest = rules[i].prefix.bits;
				allowed = rules[i].allow;
			}
		assert_int_equal(duet_access_allows(access, &client), allowed);
		denied += !allowed;
	}
	assert_true(denied > TRIES / 10 && denied < TRIES / 10 * 9);
	duet_access_free(access);
}

static void says_so_when_there_is_no_memory(void **state)
{
	static const char *const list[] = { "+10.0.0.0/8", NULL };
	struct duet_access *access = NULL;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		memory_fail(i);
		assert_int_equal(make(list, &access, NULL), DUET_E_NOMEM);
	}
	(void)memory_done();
	assert_null(access);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_prefix_decides_in_any_order),
		cmocka_unit_test(
			who_is_not_named_comes_in_unless_somebody_is_allowed),
		cmocka_unit_test(the_same_rule_twice_is_one),
		cmocka_unit_test(refuses_what_contradicts_itself),
		cmocka_unit_test(agrees_with_looking_at_every_rule),
		cmocka_unit_test(says_so_when_there_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
