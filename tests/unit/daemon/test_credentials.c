/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <duet/cert.h>

#include "base/clock.h"
#include "base/file.h"
#include "daemon/credentials.h"
#include "support/tempdir.h"
#include "support/unit.h"

#define DAY INT64_C(86400)

static const char *const two_names[] = { "example.org", "x.example.org", NULL };

struct files {
	char dir[TEMP_DIR_BYTES];
	char cert[128];
	char key[128];
	char other_key[128];
	char both[128];
};

static void write_file(const char *path, const struct duet_buffer *content)
{
	assert_int_equal(duet_file_write(path,
					 (struct duet_bytes){ content->data,
							      content->len },
					 0600, NULL),
			 DUET_OK);
}

static struct duet_key *make_key(const char *path)
{
	struct duet_key *key = duet_key_new(DUET_KEY_P256, NULL);
	struct duet_buffer pem = { NULL, 0 };

	assert_non_null(key);
	assert_int_equal(duet_key_write(key, NULL, &pem, NULL), DUET_OK);
	write_file(path, &pem);
	duet_buffer_free(&pem);
	return key;
}

/* A certificate valid from so many days from now, for 60. */
static void make_cert(const struct files *files, struct duet_key *key,
		      const char *const *names, int64_t from_days)
{
	struct duet_buffer pem = { NULL, 0 };
	int64_t from = duet_clock_wall() + from_days * DAY;

	assert_int_equal(duet_cert_self_signed(key,
					       DUET_CERT(.names = names,
							 .not_before = from,
							 .not_after = from +
								      60 * DAY),
					       &pem, NULL),
			 DUET_OK);
	write_file(files->cert, &pem);
	duet_buffer_free(&pem);
}

static int set_up(void **state)
{
	static struct files files;

	temp_dir_make(files.dir);
	(void)snprintf(files.cert, sizeof(files.cert), "%s/cert.pem",
		       files.dir);
	(void)snprintf(files.key, sizeof(files.key), "%s/key.pem", files.dir);
	(void)snprintf(files.other_key, sizeof(files.other_key), "%s/other.pem",
		       files.dir);
	(void)snprintf(files.both, sizeof(files.both), "%s/both.pem",
		       files.dir);
	assert_int_equal(setenv("XDG_DATA_HOME", files.dir, 1), 0);
	*state = &files;
	return 0;
}

static int tear_down(void **state)
{
	struct files *files = *state;

	return temp_dir_remove(files->dir);
}

static void knows_the_name_and_the_date(void **state)
{
	struct files *files = *state;
	struct duet_key *key = make_key(files->key);
	struct duet_credentials credentials;
	int64_t now = duet_clock_wall();
	struct duet_error err = { 0 };

	make_cert(files, key, two_names, -1);
	if (duet_credentials_open(&credentials, files->cert, files->key, now,
				  &err) != DUET_OK)
		fail_msg("%s", err.text);
	assert_non_null(credentials.identity);
	assert_non_null(strstr(credentials.name, "example.org"));
	assert_string_equal(credentials.host, "example.org");
	assert_in_range(credentials.not_after, now + 58 * DAY, now + 60 * DAY);
	assert_null(credentials.ca_path);
	duet_credentials_done(&credentials);
	duet_key_free(key);
}

static void knows_what_a_url_can_call_it(void **state)
{
	static const struct {
		const char *names[4];
		const char *host;
	} cases[] = {
		{ { "x.org", "localhost" }, "localhost" },
		{ { "*.x.org", "x.org" }, "x.org" },
		{ { "192.0.2.1", "x.org" }, "192.0.2.1" },
		{ { "*.x.org", "2001:db8::1" }, "[2001:db8::1]" },
		{ { "*.x.org" }, "localhost" },
	};
	struct files *files = *state;
	struct duet_key *key = make_key(files->key);
	struct duet_credentials credentials;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		make_cert(files, key, cases[i].names, -1);
		assert_int_equal(duet_credentials_open(&credentials,
						       files->cert, files->key,
						       duet_clock_wall(), NULL),
				 DUET_OK);
		assert_string_equal(credentials.host, cases[i].host);
		duet_credentials_done(&credentials);
	}
	duet_key_free(key);
}

static void reads_a_key_that_comes_before_its_certificate(void **state)
{
	struct files *files = *state;
	struct duet_key *key = make_key(files->key);
	struct duet_credentials credentials;
	struct duet_buffer first = { NULL, 0 };
	struct duet_buffer second = { NULL, 0 };
	struct duet_buffer both = { NULL, 0 };
	char text[8192];

	make_cert(files, key, two_names, -1);
	assert_int_equal(duet_file_read(files->key, 4000, &first, NULL), 0);
	assert_int_equal(duet_file_read(files->cert, 4000, &second, NULL), 0);
	(void)snprintf(text, sizeof(text), "%s%s", (char *)first.data,
		       (char *)second.data);
	both.data = text;
	both.len = strlen(text);
	write_file(files->both, &both);
	assert_int_equal(duet_credentials_open(&credentials, files->both, NULL,
					       duet_clock_wall(), NULL),
			 DUET_OK);
	assert_non_null(strstr(credentials.name, "example.org"));
	duet_credentials_done(&credentials);
	duet_buffer_free(&first);
	duet_buffer_free(&second);
	duet_key_free(key);
}

static void refuses_what_every_client_would(void **state)
{
	static const struct {
		int64_t from_days;
		bool other_key;
		int status;
		const char *words;
	} cases[] = {
		{ -61, false, DUET_E_EXPIRED, "expired 1 day ago" },
		{ 2, false, DUET_E_NOT_YET_VALID, "valid only from" },
		{ -1, true, DUET_E_KEY_MISMATCH, "other.pem" },
	};
	struct files *files = *state;
	struct duet_key *key = make_key(files->key);
	struct duet_credentials credentials;
	struct duet_error err;
	size_t i;

	duet_key_free(make_key(files->other_key));
	for (i = 0; i < COUNT(cases); i++) {
		make_cert(files, key, two_names, cases[i].from_days);
		assert_int_equal(duet_credentials_open(&credentials,
						       files->cert,
						       cases[i].other_key
							       ? files->other_key
							       : files->key,
						       duet_clock_wall(), &err),
				 cases[i].status);
		if (strstr(err.text, cases[i].words) == NULL)
			fail_msg("%s", err.text);
		assert_non_null(strstr(err.text, files->dir));
	}
	duet_key_free(key);
}

static void without_files_the_local_ca_issues_one(void **state)
{
	struct duet_credentials credentials;
	struct duet_error err = { 0 };

	(void)state;
	if (duet_credentials_open(&credentials, NULL, NULL, duet_clock_wall(),
				  &err) != DUET_OK)
		fail_msg("%s", err.text);
	assert_non_null(credentials.identity);
	assert_string_equal(credentials.name, "localhost");
	assert_non_null(strstr(credentials.ca_path, "/local-ca/ca.pem"));
	assert_true(credentials.ca_is_new);
	duet_credentials_done(&credentials);
}

#define WITH_FILES(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(knows_the_name_and_the_date),
		WITH_FILES(knows_what_a_url_can_call_it),
		WITH_FILES(reads_a_key_that_comes_before_its_certificate),
		WITH_FILES(refuses_what_every_client_would),
		WITH_FILES(without_files_the_local_ca_issues_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
