/* SPDX-License-Identifier: MIT */
/* SOCKS5, byte by byte: what is said, and what is made of each answer. */
#include <stdio.h>
#include <string.h>

#include "net/socks.h"
#include "support/unit.h"

#define BYTES(...)                                               \
	{                                                        \
		(const uint8_t[]){ __VA_ARGS__ },                \
			sizeof((const uint8_t[]){ __VA_ARGS__ }) \
	}

static void begin(struct duet_socks *socks, const char *host,
		  const char *userinfo)
{
	struct duet_socks_to to = { host, 443, userinfo };

	assert_int_equal(duet_socks_init(socks, &to, NULL), DUET_OK);
}

/* It says these bytes and no others; they are sent. */
static void says(struct duet_socks *socks, struct duet_bytes want)
{
	struct duet_bytes got = duet_socks_send_bytes(socks);

	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.data, want.data, want.len);
	/* in two pieces, as a socket may have it */
	duet_socks_send_done(socks, 1);
	assert_int_equal(duet_socks_send_bytes(socks).len, want.len - 1);
	duet_socks_send_done(socks, want.len - 1);
	assert_int_equal(duet_socks_send_bytes(socks).len, 0);
}

/* Hear bytes one by one; what the last of them brings. */
static int hears(struct duet_socks *socks, struct duet_bytes bytes,
		 struct duet_error *err)
{
	const uint8_t *p = bytes.data;
	int rc = DUET_WANT_READ;
	size_t i;

	for (i = 0; i < bytes.len; i++) {
		struct duet_room room = duet_socks_room(socks);

		assert_int_equal(rc, DUET_WANT_READ);
		assert_true(room.len > 0);
		*(uint8_t *)room.data = p[i];
		rc = duet_socks_received(socks, 1, err);
	}
	return rc;
}

static const struct duet_bytes chosen_none = { "\5\0", 2 };
static const struct duet_bytes chosen_password = { "\5\2", 2 };

static void asks_for_a_name(void **state)
{
	const struct duet_bytes methods = BYTES(5, 1, 0);
	const struct duet_bytes request =
		BYTES(5, 1, 0, 3, 3, 'a', '.', 'b', 1, 0xbb);
	const struct duet_bytes open =
		BYTES(5, 0, 0, 1, 127, 0, 0, 1, 0x12, 0x34);
	struct duet_socks socks;

	(void)state;
	begin(&socks, "a.b", NULL);
	says(&socks, methods);
	assert_int_equal(hears(&socks, chosen_none, NULL), DUET_WANT_READ);
	says(&socks, request);
	assert_int_equal(hears(&socks, open, NULL), DUET_OK);
	assert_int_equal(socks.state, DUET_SOCKS_OPEN);
	/* what follows is not its own */
	assert_int_equal(duet_socks_room(&socks).len, 0);
	duet_socks_done(&socks);
}

static void asks_for_addresses(void **state)
{
	const struct duet_bytes v4 = BYTES(5, 1, 0, 1, 192, 0, 2, 7, 1, 0xbb);
	const struct duet_bytes v6 =
		BYTES(5, 1, 0, 4, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		      0, 0, 7, 1, 0xbb);
	const struct duet_bytes open_v6 =
		BYTES(5, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		      1, 1, 2);
	const struct duet_bytes open_name =
		BYTES(5, 0, 0, 3, 4, 'n', 'a', 'm', 'e', 1, 2);
	struct duet_socks socks;

	(void)state;
	begin(&socks, "192.0.2.7", NULL);
	duet_socks_send_done(&socks, 3);
	assert_int_equal(hears(&socks, chosen_none, NULL), DUET_WANT_READ);
	says(&socks, v4);
	assert_int_equal(hears(&socks, open_v6, NULL), DUET_OK);

	begin(&socks, "2001:db8::7", NULL);
	duet_socks_send_done(&socks, 3);
	assert_int_equal(hears(&socks, chosen_none, NULL), DUET_WANT_READ);
	says(&socks, v6);
	assert_int_equal(hears(&socks, open_name, NULL), DUET_OK);
	duet_socks_done(&socks);
}

static void gives_a_name_and_a_password(void **state)
{
	const struct duet_bytes methods = BYTES(5, 2, 0, 2);
	const struct duet_bytes password =
		BYTES(1, 3, 'b', 'o', 'b', 4, 'a', ':', 'b', 'c');
	const struct duet_bytes good = BYTES(1, 0);
	const struct duet_bytes bad = BYTES(1, 1);
	struct duet_error err = { 0 };
	struct duet_socks socks;

	(void)state;
	begin(&socks, "a.b", "bob:a:bc");
	says(&socks, methods);
	assert_int_equal(hears(&socks, chosen_password, NULL), DUET_WANT_READ);
	says(&socks, password);
	assert_int_equal(hears(&socks, good, NULL), DUET_WANT_READ);
	assert_int_equal(duet_socks_send_bytes(&socks).len, 10);

	begin(&socks, "a.b", "bob");
	duet_socks_send_done(&socks, 4);
	assert_int_equal(hears(&socks, chosen_password, NULL), DUET_WANT_READ);
	duet_socks_send_done(&socks, duet_socks_send_bytes(&socks).len);
	assert_int_equal(hears(&socks, bad, &err), DUET_E_PROXY);
	assert_non_null(strstr(err.text, "refuses this name and password"));
	duet_socks_done(&socks);
	assert_int_equal(socks.password[0], 0);
}

static void says_in_words_why_not(void **state)
{
	static const struct {
		uint8_t code;
		const char *words;
		bool another;
	} replies[] = {
		{ 1, "without saying why", true },
		{ 2, "rules do not allow", false },
		{ 3, "no way to that network", true },
		{ 4, "no way to that host", true },
		{ 5, "refused there", true },
		{ 6, "time to live", true },
		{ 7, "does not do CONNECT", false },
		{ 8, "addresses of that kind", true },
		{ 9, "nobody knows", false },
		{ 255, "nobody knows", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(replies); i++) {
		const struct duet_bytes reply =
			BYTES(5, replies[i].code, 0, 1, 0);
		struct duet_error err = { 0 };
		struct duet_socks socks;
		char code[48];

		begin(&socks, "a.b", NULL);
		assert_int_equal(hears(&socks, chosen_none, NULL),
				 DUET_WANT_READ);
		assert_int_equal(hears(&socks, reply, &err), DUET_E_PROXY);
		assert_non_null(strstr(err.text, replies[i].words));
		(void)snprintf(code, sizeof(code),
			       "'a.b' port 443 (SOCKS reply %d)",
			       (int)replies[i].code);
		assert_non_null(strstr(err.text, code));
		assert_int_equal(duet_socks_may_try_another(&socks),
				 replies[i].another);
	}
}

static void knows_what_is_no_socks(void **state)
{
	const struct {
		struct duet_bytes first;
		const char *words;
	} cases[] = {
		{ BYTES('H', 'T'), "http://" },
		{ BYTES(4, 0x5a), "0x04" },
		{ BYTES(0, 0), "0x00" },
		{ BYTES(5, 0xff), "wants authentication" },
		{ BYTES(5, 2), "method 2, which was not offered" },
		{ BYTES(5, 1), "method 1, which was not offered" },
	};
	const struct duet_bytes bad_type = BYTES(5, 0, 0, 9, 0);
	const struct duet_bytes bad_version = BYTES(4, 0, 0, 1, 0);
	const struct duet_bytes none_is_good = BYTES(5, 0xff);
	struct duet_error err = { 0 };
	struct duet_socks socks;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		begin(&socks, "a.b", NULL);
		assert_int_equal(hears(&socks, cases[i].first, &err),
				 DUET_E_PROXY);
		assert_non_null(strstr(err.text, cases[i].words));
	}
	begin(&socks, "a.b", "bob:x");
	assert_int_equal(hears(&socks, none_is_good, &err), DUET_E_PROXY);
	assert_non_null(strstr(err.text, "another authentication"));
	begin(&socks, "a.b", NULL);
	assert_int_equal(hears(&socks, chosen_none, NULL), DUET_WANT_READ);
	assert_int_equal(hears(&socks, bad_type, &err), DUET_E_PROXY);
	assert_non_null(strstr(err.text, "kind 9"));
	begin(&socks, "a.b", NULL);
	assert_int_equal(hears(&socks, chosen_none, NULL), DUET_WANT_READ);
	assert_int_equal(hears(&socks, bad_version, &err), DUET_E_PROXY);
}

static void refuses_what_cannot_be_said(void **state)
{
	struct duet_error err = { 0 };
	struct duet_socks socks;
	char longest[600];
	char both[1300];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[256] = '\0';
	assert_int_equal(duet_socks_init(&socks,
					 &(struct duet_socks_to){ longest, 1,
								  NULL },
					 &err),
			 DUET_E_PROXY);
	assert_int_equal(duet_socks_init(&socks,
					 &(struct duet_socks_to){ "a", 1,
								  longest },
					 &err),
			 DUET_E_PROXY);
	assert_int_equal(duet_socks_init(&socks,
					 &(struct duet_socks_to){ "a", 1,
								  ":b" },
					 &err),
			 DUET_E_PROXY);
	(void)snprintf(both, sizeof(both), "b:%s", longest);
	assert_int_equal(duet_socks_init(&socks,
					 &(struct duet_socks_to){ "a", 1,
								  both },
					 &err),
			 DUET_E_PROXY);
	/* the longest that goes, of everything */
	longest[255] = '\0';
	(void)snprintf(both, sizeof(both), "%s:%s", longest, longest);
	begin(&socks, longest, both);
	duet_socks_send_done(&socks, 4);
	assert_int_equal(hears(&socks, chosen_password, NULL), DUET_WANT_READ);
	assert_int_equal(duet_socks_send_bytes(&socks).len, 3 + 2 * 255);
	duet_socks_done(&socks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_a_name),
		cmocka_unit_test(asks_for_addresses),
		cmocka_unit_test(gives_a_name_and_a_password),
		cmocka_unit_test(says_in_words_why_not),
		cmocka_unit_test(knows_what_is_no_socks),
		cmocka_unit_test(refuses_what_cannot_be_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
