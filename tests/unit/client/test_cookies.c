/* SPDX-License-Identifier: MIT */
/* What is kept and sent. A script is lines "URL < Set-Cookie" and "URL > what
 * Cookie is then", one after the other. */
#include <stdio.h>
#include <string.h>

#include "client/cookies.h"
#include "support/memory.h"
#include "support/unit.h"

#define NOW 1790000000

static void take(struct duet_cookies *cookies, const char *url_text,
		 const char *field, int64_t now)
{
	const struct duet_header headers[] = { { "X", "y" },
					       { "set-cookie", field },
					       { NULL, NULL } };
	struct duet_url url;

	assert_int_equal(duet_url_parse(&url, url_text, NULL), DUET_OK);
	assert_int_equal(duet_cookies_take(cookies, &url, headers, now),
			 DUET_OK);
	duet_url_done(&url);
}

/* NULL: none are sent. */
static char *sent(struct duet_cookies *cookies, const char *url_text,
		  int64_t now)
{
	char *field = NULL;
	struct duet_url url;

	assert_int_equal(duet_url_parse(&url, url_text, NULL), DUET_OK);
	assert_int_equal(duet_cookies_field(cookies, &url, now, &field),
			 DUET_OK);
	duet_url_done(&url);
	return field;
}

struct step {
	const char *url;
	char what; /* '<' a Set-Cookie, '>' the Cookie, '+' seconds pass */
	const char *text;
};

static void run(const struct step *steps)
{
	struct duet_cookies *cookies = duet_cookies_new(NULL);
	int64_t now = NOW;
	size_t i;

	assert_non_null(cookies);
	for (i = 0; steps[i].what != '\0'; i++) {
		char *field;

		if (steps[i].what == '<')
			take(cookies, steps[i].url, steps[i].text, now);
		if (steps[i].what == '+')
			now += (int64_t)strlen(steps[i].text);
		if (steps[i].what != '>')
			continue;
		field = sent(cookies, steps[i].url, now);
		if (strcmp(field != NULL ? field : "", steps[i].text) != 0)
			fail_msg("step %zu: %s: '%s', not '%s'", i,
				 steps[i].url, field, steps[i].text);
		duet_mem_free(field);
	}
	duet_cookies_free(cookies);
}

#define A  "https://a.example.org/"
#define AX "https://a.example.org/x/"
#define B  "https://b.example.org/"
#define E  "https://example.org/"
#define H  "http://a.example.org/"

static void goes_where_it_came_from(void **state)
{
	static const struct step steps[] = {
		{ A, '>', "" },
		{ A, '<', "k=1" },
		{ A, '>', "k=1" },
		{ AX, '>', "k=1" },
		{ B, '>', "" },
		{ E, '>', "" },
		{ "https://x.a.example.org/", '>', "" },
		{ "https://a.example.org:8443/", '>', "k=1" },
		{ H, '>', "k=1" },
		{ "https://xa.example.org/", '>', "" },
		{ 0 },
	};

	(void)state;
	run(steps);
}

static void goes_to_those_below_its_domain(void **state)
{
	static const struct step steps[] = {
		{ A, '<', "k=1; Domain=example.org" },
		{ A, '>', "k=1" },
		{ B, '>', "k=1" },
		{ E, '>', "k=1" },
		{ "https://badexample.org/", '>', "" },
		{ "https://example.com/", '>', "" },
		{ 0 },
	};

	(void)state;
	run(steps);
}

static void goes_to_its_path_and_below(void **state)
{
	static const struct step steps[] = {
		{ A, '<', "k=1; Path=/x" },
		{ A, '>', "" },
		{ "https://a.example.org/x", '>', "k=1" },
		{ "https://a.example.org/x/y", '>', "k=1" },
		{ "https://a.example.org/xy", '>', "" },
		{ "https://a.example.org/?/x", '>', "" },
		{ 0 },
	};

	(void)state;
	run(steps);
}

static void the_secure_ones_go_over_https_only(void **state)
{
	static const struct step steps[] = {
		{ A, '<', "s=1; Secure" },
		{ A, '<', "t=2" },
		{ A, '>', "s=1; t=2" },
		{ H, '>', "t=2" },
		{ H, '<', "u=3; Secure" },
		{ A, '>', "s=1; t=2" },
		{ 0 },
	};

	(void)state;
	run(steps);
}

/* RFC 6265bis s5.7, "leave secure cookies alone" */
static void http_leaves_secure_ones_alone(void **state)
{
	static const struct step steps[] = {
		{ A, '<', "s=1; Secure; Path=/x" },
		{ H, '<', "s=2; Path=/x" },
		{ AX, '>', "s=1" },
		{ H, '<', "s=2; Path=/x/y" },
		{ "https://a.example.org/x/y", '>', "s=1" },
		{ H, '<', "s=2; Domain=example.org; Path=/x" },
		{ AX, '>', "s=1" },
		{ H, '<', "s=; Max-Age=0; Path=/x" },
		{ AX, '>', "s=1" },
		/* Beside it, and above it: not in its place. */
		{ H, '<', "s=3; Path=/z" },
		{ "https://a.example.org/z", '>', "s=3" },
		{ H, '<', "s=4; Path=/" },
		{ AX, '>', "s=1; s=4" },
		/* over https it may be replaced, by one that is not Secure */
		{ A, '<', "s=5; Path=/x" },
		{ "http://a.example.org/x/", '>', "s=5; s=4" },
		{ 0 },
	};

	(void)state;
	run(steps);
}

/* s5.8.3 */
static void longer_paths_go_first_and_then_older_ones(void **state)
{
	static const struct step steps[] = {
		{ AX, '<', "a=1; Path=/" },
		{ AX, '<', "b=2; Path=/x" },
		{ AX, '<', "c=3; Path=/" },
		{ AX, '<', "d=4; Path=/x/" },
		{ AX, '<', "e=5; Path=/x" },
		{ AX, '>', "d=4; b=2; e=5; a=1; c=3" },
		/* One that is replaced keeps its time of creation. */
		{ AX, '<', "a=6; Path=/" },
		{ A, '>', "a=6; c=3" },
		{ AX, '<', "a=; Max-Age=0; Path=/" },
		{ A, '>', "c=3" },
		{ AX, '<', "a=7; Path=/" },
		{ A, '>', "c=3; a=7" },
		{ 0 },
	};

	(void)state;
	run(steps);
}

static void the_same_is_name_domain_path_and_host_only(void **state)
{
	static const struct step steps[] = {
		{ A, '<', "k=1" },
		{ A, '<', "k=2; Domain=a.example.org" },
		{ A, '>', "k=1; k=2" },
		{ A, '<', "K=3" },
		{ A, '>', "k=1; k=2; K=3" },
		{ A, '<', "k=4; Path=/x" },
		{ AX, '>', "k=4; k=1; k=2; K=3" },
		{ A, '<', "k=5; HttpOnly; Secure" },
		{ A, '>', "k=5; k=2; K=3" },
		{ A, '<', "=n" },
		{ A, '<', "m" },
		{ A, '>', "k=5; k=2; K=3; m" },
		{ 0 },
	};

	(void)state;
	run(steps);
}

static void it_goes_when_its_time_is_over(void **state)
{
	static const struct step steps[] = {
		{ A, '<', "k=1; Max-Age=3" },
		{ A, '<', "l=2" },
		{ A, '>', "k=1; l=2" },
		{ 0, '+', "ss" },
		{ A, '>', "k=1; l=2" },
		{ 0, '+', "s" },
		{ A, '>', "l=2" },
		{ A, '<', "l=; Expires=Thu, 01 Jan 1970 00:00:00 GMT" },
		{ A, '>', "" },
		{ 0 },
	};

	(void)state;
	run(steps);
}

static void addresses_have_their_own(void **state)
{
	static const struct step steps[] = {
		{ "https://127.0.0.1/", '<', "k=1" },
		{ "https://127.0.0.1/", '>', "k=1" },
		{ "https://10.127.0.0.1.example.org/", '>', "" },
		{ "https://[::1]/", '<', "k=2" },
		{ "https://[::1]:81/", '>', "k=2" },
		{ 0 },
	};

	(void)state;
	run(steps);
}

static size_t count(const struct duet_cookies *cookies)
{
	size_t n = 0;

	while (duet_cookies_at(cookies, n) != NULL)
		n++;
	return n;
}

/* RFC 6265bis s5.7, s6.1: those that are not Secure first, and of them those
 * not used for the longest. */
static void a_flood_of_one_domain_is_bounded(void **state)
{
	struct duet_cookies *cookies = duet_cookies_new(NULL);
	char *field;
	char text[64];
	int i;

	(void)state;
	take(cookies, A, "safe=1; Secure", NOW);
	take(cookies, A, "used=1; Path=/used", NOW);
	take(cookies, B, "other=1", NOW);
	for (i = 0; i < 1000; i++) {
		(void)snprintf(text, sizeof(text), "n%d=%d; Path=/n", i, i);
		take(cookies, A, text, NOW);
		field = sent(cookies, "https://a.example.org/used", NOW);
		assert_non_null(strstr(field, "used=1"));
		duet_mem_free(field);
	}
	assert_int_equal(count(cookies), DUET_COOKIES_OF_DOMAIN_MAX + 1);
	field = sent(cookies, "https://a.example.org/used", NOW);
	assert_string_equal(field, "used=1; safe=1");
	duet_mem_free(field);
	field = sent(cookies, B, NOW);
	assert_string_equal(field, "other=1");
	duet_mem_free(field);
	duet_cookies_free(cookies);
}

static void a_flood_of_many_domains_is_bounded(void **state)
{
	struct duet_cookies *cookies = duet_cookies_new(NULL);
	char url[64];
	int i;

	(void)state;
	take(cookies, A, "old=1; Max-Age=1", NOW - 2);
	for (i = 0; i < DUET_COOKIES_MAX + 100; i++) {
		(void)snprintf(url, sizeof(url), "https://h%d.example.org/", i);
		take(cookies, url, "k=v", NOW);
	}
	assert_int_equal(count(cookies), DUET_COOKIES_MAX);
	assert_string_equal(duet_cookies_at(cookies, 0)->domain,
			    "h100.example.org");
	duet_cookies_free(cookies);
}

/* Servers have limits as well. */
static void a_request_carries_so_much_and_no_more(void **state)
{
	struct duet_cookies *cookies = duet_cookies_new(NULL);
	static char text[4200];
	char *field;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		memset(text, 'v', 4000);
		(void)snprintf(text, 8, "n%d=", i);
		text[3] = 'v';
		text[4000] = '\0';
		take(cookies, A, text, NOW);
	}
	field = sent(cookies, A, NOW);
	assert_int_equal(strlen(field), 2 * 4000 + 2);
	duet_mem_free(field);
	for (i = 0; i < 170; i++) {
		(void)snprintf(text, sizeof(text), "m%d=%d; Path=/m", i, i);
		take(cookies, A, text, NOW);
	}
	field = sent(cookies, "https://a.example.org/m", NOW);
	assert_non_null(strstr(field, "; m149=149"));
	assert_null(strstr(field, "m150="));
	duet_mem_free(field);
	duet_cookies_free(cookies);
}

static void survives_without_memory(void **state)
{
	const struct duet_header headers[] = { { "Set-Cookie", "a=b" },
					       { NULL, NULL } };
	struct duet_cookies *cookies;
	struct duet_url url;
	bool failed = true;
	char *field;
	int rc;
	int n;

	(void)state;
	assert_int_equal(duet_url_parse(&url, A, NULL), DUET_OK);
	for (n = 0; failed; n++) {
		memory_fail(n);
		field = NULL;
		rc = DUET_E_NOMEM;
		cookies = duet_cookies_new(NULL);
		if (cookies != NULL)
			rc = duet_cookies_take(cookies, &url, headers, NOW);
		if (rc == DUET_OK)
			rc = duet_cookies_field(cookies, &url, NOW, &field);
		duet_mem_free(field);
		duet_cookies_free(cookies);
		failed = memory_done();
		assert_int_equal(rc, failed ? DUET_E_NOMEM : DUET_OK);
		assert_int_equal(memory.held, 0);
	}
	assert_true(n > 6);
	duet_url_done(&url);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_where_it_came_from),
		cmocka_unit_test(goes_to_those_below_its_domain),
		cmocka_unit_test(goes_to_its_path_and_below),
		cmocka_unit_test(the_secure_ones_go_over_https_only),
		cmocka_unit_test(http_leaves_secure_ones_alone),
		cmocka_unit_test(longer_paths_go_first_and_then_older_ones),
		cmocka_unit_test(the_same_is_name_domain_path_and_host_only),
		cmocka_unit_test(it_goes_when_its_time_is_over),
		cmocka_unit_test(addresses_have_their_own),
		cmocka_unit_test(a_flood_of_one_domain_is_bounded),
		cmocka_unit_test(a_flood_of_many_domains_is_bounded),
		cmocka_unit_test(a_request_carries_so_much_and_no_more),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
