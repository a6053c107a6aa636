/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cert/crl_points.h"
#include "support/certs.h"
#include "support/unit.h"

static struct duet_crl_points points_of(const char *urls)
{
	struct mint *mint = mint_new(NULL, MINT(.cn = "x", .crl_url = urls));
	struct duet_crl_points points;

	assert_int_equal(duet_crl_points_of(mint->cert, &points), DUET_OK);
	mint_free(mint);
	return points;
}

static void only_plain_http_is_fetched(void **state)
{
	struct duet_crl_points points = points_of(
		"ldap://l.test/x,URI:http://a.test/1.crl,URI:HTTP://b.test/2,URI:https://c.test/3");

	(void)state;
	assert_int_equal(points.n, 2);
	assert_string_equal(points.urls[0], "http://a.test/1.crl");
	assert_string_equal(points.urls[1], "HTTP://b.test/2");
	assert_string_equal(points.other, "URI:ldap://l.test/x");
	duet_crl_points_done(&points);
}

static void there_may_be_none(void **state)
{
	struct duet_crl_points points = points_of(NULL);

	(void)state;
	assert_int_equal(points.n, 0);
	assert_null(points.other);
	duet_crl_points_done(&points);
}

static void strangers_write_no_control_characters(void **state)
{
	struct duet_crl_points points =
		points_of("http://a.test/\x1b[2J,URI:http://a b.test/");

	(void)state;
	assert_int_equal(points.n, 0);
	assert_non_null(points.other);
	assert_null(strchr(points.other, '\x1b'));
	duet_crl_points_done(&points);
}

static void some_are_enough(void **state)
{
	struct duet_crl_points points = points_of(
		"http://1.t/,URI:http://2.t/,URI:http://3.t/,URI:http://4.t/,"
		"URI:http://5.t/,URI:http://6.t/,URI:http://7.t/,URI:http://8.t/,"
		"URI:http://9.t/");

	(void)state;
	assert_int_equal(points.n, DUET_POINTS_MAX);
	duet_crl_points_done(&points);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_plain_http_is_fetched),
		cmocka_unit_test(there_may_be_none),
		cmocka_unit_test(strangers_write_no_control_characters),
		cmocka_unit_test(some_are_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
