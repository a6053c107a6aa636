/* SPDX-License-Identifier: MIT */
#include <sys/un.h>

#include <string.h>

#include "net/address.h"
#include "support/unit.h"

static void literals_become_addresses_and_text_again(void **state)
{
	static const struct {
		const char *literal;
		const char *text; /* NULL: refused */
	} rows[] = {
		{ "127.0.0.1", "127.0.0.1:443" },
		{ "::1", "[::1]:443" },
		{ "[::1]", "[::1]:443" },
		{ "2001:DB8:0:0::1", "[2001:db8::1]:443" },
		{ "::ffff:192.0.2.1", "192.0.2.1:443" },
		{ "fe80::1%lo", "[fe80::1%lo]:443" },
		{ "[fe80::1%1]", "[fe80::1%lo]:443" },
		{ "fe80::1%nosuch0", NULL },
		{ "fe80::1%", NULL },
		{ "", NULL },
		{ "[]", NULL },
		{ "[::1", NULL },
		{ "127.0.0.1.", NULL },
		{ "127.1", NULL },
		{ "0x7f.0.0.1", NULL },
		{ "localhost", NULL },
		{ "1111111111111111111111111111111111111111111111111111111111111111111111",
		  NULL },
	};
	char text[DUET_ADDRESS_TEXT_BYTES];
	struct duet_address address;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		bool good = duet_address_parse(&address, rows[i].literal, 443);

		if (good != (rows[i].text != NULL))
			fail_msg("'%s'", rows[i].literal);
		if (!good)
			continue;
		duet_address_text(text, &address);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(duet_address_port(&address), 443);
		duet_address_set_port(&address, 80);
		assert_int_equal(duet_address_port(&address), 80);
	}
}

static void unix_addresses_are_shown_harmlessly(void **state)
{
	static const struct {
		const char *path;
		const char *text;
	} rows[] = {
		{ "/run/x.sock", "unix:/run/x.sock" },
		{ "/run/\033[2J", "unix:/run/\\x1b[2J" },
		{ "", "unix:" },
	};
	char text[DUET_ADDRESS_TEXT_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_address address = { 0 };
		struct sockaddr_un un = { .sun_family = AF_UNIX };

		memcpy(un.sun_path, rows[i].path, strlen(rows[i].path));
		memcpy(&address.storage, &un, sizeof(un));
		address.len =
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				    strlen(rows[i].path));
		duet_address_text(text, &address);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(duet_address_port(&address), 0);
	}
}

static void a_path_without_an_end_is_not_read_past(void **state)
{
	struct duet_address address = { 0 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char text[DUET_ADDRESS_TEXT_BYTES];

	(void)state;
	memset(un.sun_path, 'p', sizeof(un.sun_path));
	memcpy(&address.storage, &un, sizeof(un));
	address.len = sizeof(un);
	duet_address_text(text, &address);
	assert_int_equal(strlen(text), 5 + sizeof(un.sun_path));
}

static void a_descriptor_without_an_address_is_an_error(void **state)
{
	struct duet_address address;
	struct duet_error err = { 0 };

	(void)state;
	assert_int_equal(duet_address_of(9999, &address, &err), DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "9999"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_become_addresses_and_text_again),
		cmocka_unit_test(unix_addresses_are_shown_harmlessly),
		cmocka_unit_test(a_path_without_an_end_is_not_read_past),
		cmocka_unit_test(a_descriptor_without_an_address_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
