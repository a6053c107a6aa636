/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/address.h"
#include "net/place.h"
#include "support/unit.h"

static void says_what_is_wrong_with_a_form(void **state)
{
	static const struct {
		const char *where, *why;
	} cases[] = {
		{ ":443", NULL },
		{ "localhost:0", NULL },
		{ "a.test:65535", NULL },
		{ "[::1]:443", NULL },
		{ "unix:x", NULL },
		{ "", "it has to end in a port" },
		{ "localhost", "it has to end in a port" },
		{ "18475", "a port alone" },
		{ ":99999", "a number from 0 to 65535" },
		{ ":", "a number from 0 to 65535" },
		{ ":-1", "a number from 0 to 65535" },
		{ "*:443", "leave out the '*'" },
		{ "https://a.test:443", "the scheme" },
		{ "::1:443", "brackets" },
		{ "[::1:443", "not closed" },
		{ "[]:443", "no IPv6 address" },
		{ "[zz]:443", "no IPv6 address" },
		{ "[::1]x]:443", "no IPv6 address" },
		{ "[127.0.0.1]:443", NULL },
		{ "unix:", "the path is missing" },
	};
	char path[sizeof("unix:") + 108] = "unix:";
	char host[300];
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		why = duet_place_wrong(cases[i].where);
		if ((why == NULL) != (cases[i].why == NULL) ||
		    (why != NULL && strstr(why, cases[i].why) == NULL))
			fail_msg("'%s': %s", cases[i].where,
				 why != NULL ? why : "nothing");
	}
	memset(path + 5, 'x', 107);
	assert_null(duet_place_wrong(path));
	path[5 + 107] = 'x';
	assert_non_null(duet_place_wrong(path));
	memset(host, 'x', sizeof(host));
	memcpy(host + sizeof(host) - 5, ":443", 5);
	assert_non_null(duet_place_wrong(host));
	assert_null(duet_place_wrong(host + sizeof(host) - 5 - 255));
}

/* Whoever compares them looks at their form first. */
static void what_is_too_long_is_no_place_and_collides_with_none(void **state)
{
	static const char *const ends[] = { ":443", "]:443" };
	char text[600];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ends); i++) {
		memset(text, 'a', sizeof(text));
		if (*ends[i] == ']')
			text[0] = '[';
		memcpy(text + sizeof(text) - strlen(ends[i]) - 1, ends[i],
		       strlen(ends[i]) + 1);
		assert_non_null(duet_place_wrong(text));
		assert_false(duet_places_collide(text, ":443"));
		assert_false(duet_places_collide(":443", text));
	}
}

static const struct {
	const char *one, *other;
	bool collide;
} pairs[] = {
	{ ":%u", "127.0.0.1:%u", true },
	{ ":%u", "[::1]:%u", true },
	{ ":%u", "localhost:%u", true },
	{ ":%u", ":%u", true },
	{ ":%u", "[::]:%u", true },
	{ ":%u", "0.0.0.0:%u", true },
	{ "0.0.0.0:%u", "127.0.0.1:%u", true },
	{ "0.0.0.0:%u", "[::]:%u", false }, /* IPV6_V6ONLY */
	{ "0.0.0.0:%u", "[::1]:%u", false },
	{ "[::]:%u", "[::1]:%u", true },
	{ "[::]:%u", "127.0.0.1:%u", false },
	{ "127.0.0.1:%u", "127.0.0.2:%u", false },
	{ "127.0.0.1:%u", "127.0.0.1:%u", true },
	{ "localhost:%u", "127.0.0.1:%u", true },
	{ "localhost:%u", "127.0.0.2:%u", false },
	{ "[::1]:%u", "[0:0::1]:%u", true },
	{ "[::1]:%u", "127.0.0.1:%u", false },
	{ ":0", ":%u", false },
	{ ":0", ":0", false },
};

static void say(char text[64], const char *place, unsigned port)
{
	const char *mark = strstr(place, "%u");

	if (mark == NULL)
		(void)snprintf(text, 64, "%s", place);
	else
		(void)snprintf(text, 64, "%.*s%u", (int)(mark - place), place,
			       port);
}

/* One that nobody has, of either family. */
static unsigned free_port(void)
{
	struct duet_address address;
	int fds[2];
	size_t n;

	assert_int_equal(duet_listen(":0", false, fds, &n, NULL), DUET_OK);
	assert_int_equal(duet_address_of(fds[0], &address, NULL), DUET_OK);
	assert_int_equal(close(fds[0]), 0);
	return duet_address_port(&address);
}

static bool are_refused(const char *one, const char *other)
{
	int first[2];
	int second[2];
	size_t n;
	size_t m;
	int rc;

	assert_int_equal(duet_listen(one, false, first, &n, NULL), DUET_OK);
	rc = duet_listen(other, false, second, &m, NULL);
	while (rc == DUET_OK && m > 0)
		(void)close(second[--m]);
	while (n > 0)
		(void)close(first[--n]);
	return rc != DUET_OK;
}

/* As the kernel has it, in either order. */
static void two_collide_where_they_cannot_be_listened_on(void **state)
{
	unsigned port = free_port();
	char one[64];
	char other[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(pairs); i++) {
		say(one, pairs[i].one, port);
		say(other, pairs[i].other, port);
		if (duet_places_collide(one, other) != pairs[i].collide ||
		    duet_places_collide(other, one) != pairs[i].collide ||
		    are_refused(one, other) != pairs[i].collide ||
		    are_refused(other, one) != pairs[i].collide)
			fail_msg("'%s' and '%s'", one, other);
	}
}

static void others_are_compared_as_they_are_written(void **state)
{
	(void)state;
	assert_true(duet_places_collide("unix:a", "unix:a"));
	assert_false(duet_places_collide("unix:a", "unix:b"));
	assert_false(duet_places_collide("unix:a", ":443"));
	assert_true(duet_places_collide("a.test:443", "A.test:443"));
	assert_false(duet_places_collide("a.test:443", "b.test:443"));
	assert_false(duet_places_collide(":443", ":80"));
	assert_false(duet_places_collide("443", "443"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong_with_a_form),
		cmocka_unit_test(
			what_is_too_long_is_no_place_and_collides_with_none),
		cmocka_unit_test(two_collide_where_they_cannot_be_listened_on),
		cmocka_unit_test(others_are_compared_as_they_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
