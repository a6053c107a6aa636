/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "net/prefix.h"
#include "support/unit.h"

static struct duet_prefix parse(const char *text)
{
	struct duet_prefix prefix;
	struct duet_error err;

	if (duet_prefix_parse(text, &prefix, &err) != DUET_OK)
		fail_msg("%s", err.text);
	return prefix;
}

static void reads_addresses_and_blocks_and_shows_them_short(void **state)
{
	static const struct {
		const char *text;
		const char *shown;
	} rows[] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "192.0.2.7/32", "192.0.2.7" },
		{ "10.0.0.0/8", "10.0.0.0/8" },
		{ "10.128.0.0/9", "10.128.0.0/9" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "::1", "::1" },
		{ "::/0", "::/0" },
		{ "2001:DB8:0:0::/32", "2001:db8::/32" },
		{ "2001:0db8::1/128", "2001:db8::1" },
		{ "2001:db8::8000/113", "2001:db8::8000/113" },
		/* RFC 4291 s2.5.5.2: IPv4 in the clothes of IPv6 */
		{ "::ffff:192.0.2.7", "192.0.2.7" },
		{ "::ffff:c000:0207/128", "192.0.2.7" },
		{ "::ffff:10.0.0.0/104", "10.0.0.0/8" },
		{ "::ffff:0:0/96", "0.0.0.0/0" },
		/* its neighbours */
		{ "::fffe:0:0/95", "::fffe:0:0/95" },
		{ "::fffe:192.0.2.7", "::fffe:c000:207" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127" },
	};
	char shown[DUET_PREFIX_TEXT_BYTES];
	struct duet_prefix prefix;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		prefix = parse(rows[i].text);
		duet_prefix_text(shown, &prefix);
		assert_string_equal(shown, rows[i].shown);
	}
}

static void refuses_what_could_mean_something_else(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} rows[] = {
		{ "10.0.0.1/8",
		  "'10.0.0.1/8' has bits behind the first 8 that are not zero; "
		  "write 10.0.0.0/8 for the whole block, or 10.0.0.1 for the "
		  "one address" },
		{ "2001:db8::1/64", "write 2001:db8::/64 for the whole block" },
		{ "::ffff:10.0.0.1/104", "write 10.0.0.0/8 for" },
		{ "::1/0", "write ::/0 for" },
		{ "10.0.0.0/33", "a number from 0 to 32" },
		{ "::/129", "a number from 0 to 128" },
		{ "10.0.0.0/08", "without zeroes in front" },
		{ "10.0.0.0/00", "without zeroes in front" },
		{ "10.0.0.0/", "a number from 0 to 32" },
		{ "10.0.0.0/+8", "a number from 0 to 32" },
		{ "10.0.0.0/ 8", "a number from 0 to 32" },
		{ "10.0.0.0/8/8", "a number from 0 to 32" },
		{ "10.0.0.0/255.0.0.0", "a number from 0 to 32" },
		{ "010.0.0.1", "without zeroes in front" },
		{ "10.1", "four numbers" },
		{ "10.0.0.256", "four numbers" },
		{ "10.0.0.0.0", "four numbers" },
		{ "0x7f.0.0.1", "names are not looked up" },
		{ "localhost", "names are not looked up" },
		{ "localhost/8", "names are not looked up" },
		{ "a.b:80", "leave out the port" },
		{ "192.0.2.7:80", "leave out the port" },
		{ "[2001:db8::1]", "without brackets" },
		{ "[2001:db8::1]:443", "without brackets" },
		{ "fe80::1%eth0", "leave out the zone" },
		{ "fe80::%1/64", "leave out the zone" },
		{ "2001:db8:1", "such as 2001:db8::1" },
		{ "2001:db8::1::2", "such as 2001:db8::1" },
		{ " 192.0.2.7", "is not an address" },
		{ "192.0.2.7 ", "is not an address" },
		{ "*", "is not an address" },
		{ "", "is not an address" },
		{ "/8", "is not an address" },
		{ "\x1b[2J", "'\\x1b[2J'" },
		{ "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111",
		  "is not an address" },
	};
	const struct duet_prefix before = { .bits = 77 };
	struct duet_prefix prefix = before;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(duet_prefix_parse(rows[i].text, &prefix, &err),
				 DUET_E_ARGUMENT);
		if (strstr(err.text, rows[i].words) == NULL)
			fail_msg("'%s' is not in: %s", rows[i].words, err.text);
		assert_memory_equal(&prefix, &before, sizeof(before));
	}
	assert_int_equal(duet_prefix_parse("x", &prefix, NULL),
			 DUET_E_ARGUMENT);
}

static void finds_the_address_of_a_peer(void **state)
{
	static const struct {
		const char *peer;
		const char *shown; /* NULL: it has none */
	} rows[] = {
		{ "192.0.2.7:51234", "192.0.2.7" },
		{ "[2001:db8::1]:443", "2001:db8::1" },
		{ "[fe80::1%eth0]:443", "fe80::1" },
		{ "[::ffff:192.0.2.7]:1", "192.0.2.7" },
		{ "unix:", NULL },
		{ "unix:/run/x.sock", NULL },
		{ "unix:[::1]:443", NULL },
		{ "family 40", NULL },
		{ "", NULL },
		{ "192.0.2.7", NULL },
		{ "[::1", NULL },
		{ "[]:443", NULL },
		{ "[192.0.2.7]:443", NULL },
		{ "[1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1]:1",
		  NULL },
	};
	char shown[DUET_PREFIX_TEXT_BYTES];
	struct duet_prefix prefix;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		bool has = duet_prefix_of_peer(rows[i].peer, &prefix);

		assert_int_equal(has, rows[i].shown != NULL);
		if (!has)
			continue;
		duet_prefix_text(shown, &prefix);
		assert_string_equal(shown, rows[i].shown);
	}
}

static void covers_what_begins_with_its_bits(void **state)
{
	static const struct {
		const char *outer;
		const char *inner;
		bool covers;
	} rows[] = {
		{ "10.0.0.0/8", "10.255.255.255", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.0.0.0/8", "9.255.255.255", false },
		{ "10.0.0.0/8", "10.0.0.0/8", true },
		{ "10.0.0.0/8", "10.1.0.0/16", true },
		{ "10.1.0.0/16", "10.0.0.0/8", false },
		{ "10.0.0.128/25", "10.0.0.128", true },
		{ "10.0.0.128/25", "10.0.0.127", false },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "192.0.2.7", false },
		{ "::/0", "::ffff:192.0.2.7", false },
		{ "::ffff:0:0/96", "192.0.2.7", true },
		{ "::/0", "2001:db8::1", true },
		{ "2001:db8::/33", "2001:db8:7fff::", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "2001:db8::1", "2001:db8::2", false },
		{ "a00::/8", "10.0.0.0", false }, /* the same bytes */
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_prefix outer = parse(rows[i].outer);
		struct duet_prefix inner = parse(rows[i].inner);

		if (duet_prefix_covers(&outer, &inner) != rows[i].covers)
			fail_msg("%s, %s", rows[i].outer, rows[i].inner);
	}
}

static void cuts_an_address_down_to_its_network(void **state)
{
	static const struct {
		const char *text;
		uint8_t bits;
		const char *shown;
	} rows[] = {
		{ "192.0.2.7", 24, "192.0.2.0/24" },
		{ "192.0.2.7", 31, "192.0.2.6/31" },
		{ "192.0.2.7", 0, "0.0.0.0/0" },
		{ "192.0.2.7", 32, "192.0.2.7" },
		{ "192.0.2.7", 64, "192.0.2.7" },
		{ "10.0.0.0/8", 24, "10.0.0.0/8" },
		{ "2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::/64" },
		{ "2001:db8::1", 128, "2001:db8::1" },
	};
	char shown[DUET_PREFIX_TEXT_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_prefix prefix = parse(rows[i].text);

		prefix = duet_prefix_cut(&prefix, rows[i].bits);
		duet_prefix_text(shown, &prefix);
		assert_string_equal(shown, rows[i].shown);
	}
}

static int by_order(const void *a, const void *b)
{
	return duet_prefix_order(a, b);
}

static void orders_larger_blocks_before_what_is_in_them(void **state)
{
	static const char *const sorted[] = {
		"0.0.0.0/0", "10.0.0.0/8",  "10.0.0.0/16", "10.0.0.0",
		"11.0.0.0",  "255.0.0.0/8", "::/0",        "::1",
		"a00::/8",   "2001:db8::",
	};
	struct duet_prefix prefixes[COUNT(sorted)];
	char shown[DUET_PREFIX_TEXT_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(sorted); i++)
		prefixes[COUNT(sorted) - 1 - i] = parse(sorted[i]);
	qsort(prefixes, COUNT(prefixes), sizeof(prefixes[0]), by_order);
	for (i = 0; i < COUNT(sorted); i++) {
		duet_prefix_text(shown, &prefixes[i]);
		assert_string_equal(shown, sorted[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			reads_addresses_and_blocks_and_shows_them_short),
		cmocka_unit_test(refuses_what_could_mean_something_else),
		cmocka_unit_test(finds_the_address_of_a_peer),
		cmocka_unit_test(covers_what_begins_with_its_bits),
		cmocka_unit_test(cuts_an_address_down_to_its_network),
		cmocka_unit_test(orders_larger_blocks_before_what_is_in_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
