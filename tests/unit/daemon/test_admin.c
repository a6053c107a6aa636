/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "daemon/admin.h"
#include "support/unit.h"

static void only_this_machine_is_a_place(void **state)
{
	static const char *const right[] = {
		"127.0.0.1:9090", "127.3.2.1:0",    "[::1]:9090",
		"localhost:9090", "LocalHost:9090", "unix:/run/duet.sock",
		"unix:x",
	};
	static const char *const wrong[] = {
		"0.0.0.0:9090",
		":9090",
		"[::]:9090",
		"192.0.2.1:9090",
		"10.0.0.1:9090",
		"[fe80::1]:9090",
		"[::ffff:192.0.2.1]:9090",
		"example.org:9090",
		"localhost.example.org:9090",
		"127.0.0.1.example.org:9090",
		"128.0.0.1:1",
		"127.1:9090", /* an address to some, a name to others */
		"9090",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:65536",
		"127.0.0.1:http",
		"::1:9090",
		"unix:",
		"",
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(right); i++)
		if (duet_admin_check(right[i], &err) != DUET_OK)
			fail_msg("%s: %s", right[i], err.text);
	for (i = 0; i < COUNT(wrong); i++) {
		if (duet_admin_check(wrong[i], &err) != DUET_E_ARGUMENT)
			fail_msg("%s is taken for a place", wrong[i]);
		assert_non_null(strstr(err.text, "127.0.0.1:9090"));
	}
}

static void only_this_machine_is_a_host(void **state)
{
	/* without their ports, as duet_hosts_name() has them */
	static const char *const right[] = {
		"", "localhost", "LOCALHOST", "[::1]", "127.0.0.1", "127.9.9.9"
	};
	static const char *const wrong[] = {
		"example.org",
		"localhost.example.org",
		"127.0.0.1.nip.io",
		"0.0.0.0",
		"192.0.2.1",
		"[::]",
		"[fe80::1]",
		"localhost.",
		"[::1",
		"::1",
		"127.0.0.1\r\nx",
		"2130706433",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(right); i++)
		if (!duet_admin_is_local(duet_str(right[i])))
			fail_msg("'%s' is refused", right[i]);
	for (i = 0; i < COUNT(wrong); i++)
		if (duet_admin_is_local(duet_str(wrong[i])))
			fail_msg("'%s' is taken for this machine", wrong[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_this_machine_is_a_place),
		cmocka_unit_test(only_this_machine_is_a_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
