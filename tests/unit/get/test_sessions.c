/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE         /* mkdtemp */
#define _POSIX_C_SOURCE 200809L /* nftw */
#define _XOPEN_SOURCE   700
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "get/sessions.h"
#include "support/unit.h"

#define SETTINGS \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char cache[] = "/tmp/duet-sessions-XXXXXX";
static char place[sizeof(cache) + 32];

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(cache, sizeof(cache), "/tmp/duet-sessions-XXXXXX");
	assert_non_null(mkdtemp(cache));
	(void)snprintf(place, sizeof(place), "%s/duet/sessions", cache);
	return setenv("XDG_CACHE_HOME", cache, 1);
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(cache, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static size_t count_files(void)
{
	DIR *list = opendir(place);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(list);
	while ((entry = readdir(list)) != NULL)
		n += strcmp(entry->d_name, ".") != 0 &&
		     strcmp(entry->d_name, "..") != 0;
	(void)closedir(list);
	return n;
}

static void keep(struct duet_get_sessions *sessions, const char *host,
		 uint16_t port, const char *settings, const char *session)
{
	struct duet_session_key key = { host, port, settings };

	duet_get_sessions_keep(sessions, &key, duet_str(session));
}

static const char *take(struct duet_get_sessions *sessions, const char *host,
			uint16_t port, const char *settings)
{
	struct duet_session_key key = { host, port, settings };
	static char buf[64];
	size_t n = duet_get_sessions_take(sessions, &key, buf, sizeof(buf) - 1);

	buf[n] = '\0';
	return buf;
}

static void each_session_is_had_once_by_its_key(void **state)
{
	static const char other[] = "f" SETTINGS;
	struct duet_get_sessions sessions;
	struct stat st;

	(void)state;
	duet_get_sessions_init(&sessions);
	assert_string_equal(take(&sessions, "a.test", 443, SETTINGS), "");
	assert_int_not_equal(stat(place, &st), 0);
	keep(&sessions, "a.test", 443, SETTINGS, "one");
	assert_int_equal(stat(place, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	keep(&sessions, "a.test", 443, SETTINGS, "two");
	keep(&sessions, "::1", 443, SETTINGS, "three");
	assert_int_equal(count_files(), 2);
	assert_string_equal(take(&sessions, "a.test", 444, SETTINGS), "");
	assert_string_equal(take(&sessions, "b.test", 443, SETTINGS), "");
	assert_string_equal(take(&sessions, "a.test", 443, other), "");
	assert_string_equal(take(&sessions, "a.test", 443, SETTINGS), "two");
	assert_string_equal(take(&sessions, "a.test", 443, SETTINGS), "");
	assert_string_equal(take(&sessions, "::1", 443, SETTINGS), "three");
	assert_int_equal(count_files(), 0);
	duet_get_sessions_done(&sessions);
}

static void files_are_for_nobody_else(void **state)
{
	struct duet_get_sessions sessions;
	char path[sizeof(place) + 128];
	struct stat st;

	(void)state;
	duet_get_sessions_init(&sessions);
	keep(&sessions, "a.test", 443, SETTINGS, "one");
	(void)snprintf(path, sizeof(path), "%s/a.test:443-%.32s", place,
		       SETTINGS);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* One that others could have written is not believed. */
	assert_int_equal(chmod(path, 0666), 0);
	assert_string_equal(take(&sessions, "a.test", 443, SETTINGS), "");
	assert_int_equal(count_files(), 0);
	/* Nor a link. */
	assert_int_equal(symlink("/etc/hostname", path), 0);
	assert_string_equal(take(&sessions, "a.test", 443, SETTINGS), "");
	duet_get_sessions_done(&sessions);
	assert_int_equal(chmod(place, 0755), 0);
	duet_get_sessions_init(&sessions);
	assert_false(sessions.open);
	keep(&sessions, "a.test", 443, SETTINGS, "one");
	assert_string_equal(take(&sessions, "a.test", 443, SETTINGS), "");
}

static void no_host_is_a_way_out(void **state)
{
	static const char *const hosts[] = {
		"", ".", "..", "../a", "a/b", ".a"
	};
	struct duet_get_sessions sessions;
	char longest[300];
	size_t i;

	(void)state;
	duet_get_sessions_init(&sessions);
	keep(&sessions, "a", 443, SETTINGS, "one");
	for (i = 0; i < COUNT(hosts); i++)
		keep(&sessions, hosts[i], 443, SETTINGS, "one");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	keep(&sessions, longest, 443, SETTINGS, "one");
	assert_int_equal(count_files(), 1);
	duet_get_sessions_done(&sessions);
}

static void there_are_no_more_than_it_says(void **state)
{
	struct duet_get_sessions sessions;
	char host[32];
	int i;

	(void)state;
	duet_get_sessions_init(&sessions);
	for (i = 0; i < DUET_GET_SESSIONS_MAX + 20; i++) {
		(void)snprintf(host, sizeof(host), "host%d.test", i);
		keep(&sessions, host, 443, SETTINGS, "one");
	}
	assert_int_equal(count_files(), DUET_GET_SESSIONS_MAX);
	assert_string_equal(take(&sessions, host, 443, SETTINGS), "one");
	duet_get_sessions_done(&sessions);
}

static void without_a_place_there_is_none(void **state)
{
	struct duet_get_sessions sessions;

	(void)state;
	assert_int_equal(setenv("XDG_CACHE_HOME", "/proc/nowhere", 1), 0);
	duet_get_sessions_init(&sessions);
	keep(&sessions, "a.test", 443, SETTINGS, "one");
	assert_string_equal(take(&sessions, "a.test", 443, SETTINGS), "");
	duet_get_sessions_done(&sessions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_session_is_had_once_by_its_key,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_are_for_nobody_else,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_host_is_a_way_out, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(there_are_no_more_than_it_says,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_place_there_is_none,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
