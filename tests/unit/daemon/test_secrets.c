/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "daemon/secrets.h"
#include "support/tempdir.h"
#include "support/unit.h"

#define KEY "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n"
#define ENCRYPTED                                       \
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMC4=\n" \
	"-----END ENCRYPTED PRIVATE KEY-----\n"
#define CERT "-----BEGIN CERTIFICATE-----\nMC4=\n-----END CERTIFICATE-----\n"

static const char *const names[] = {
	"site/cert.pem",        "site/key.pem",
	"site/both.pem",        "site/encrypted.pem",
	"site/.hidden/key.pem", "site/.well-known/key.pem",
	"away/key.pem",         "away/cert.pem",
};

static int set_up(void **state)
{
	static char top[TEMP_DIR_BYTES];
	size_t i;

	temp_dir_make(top);
	assert_int_equal(chdir(top), 0);
	assert_int_equal(mkdir("site", 0700), 0);
	assert_int_equal(mkdir("site/.hidden", 0700), 0);
	assert_int_equal(mkdir("site/.well-known", 0700), 0);
	assert_int_equal(mkdir("away", 0700), 0);
	assert_int_equal(symlink("../site/key.pem", "away/link.pem"), 0);
	assert_int_equal(symlink("site", "other-name"), 0);
	for (i = 0; i < COUNT(names); i++) {
		const char *text = strstr(names[i], "both") != NULL ? CERT KEY
				   : strstr(names[i], "encrypted") != NULL
					   ? CERT ENCRYPTED
				   : strstr(names[i], "key") != NULL ? KEY
								     : CERT;

		assert_int_equal(duet_file_write(names[i],
						 (struct duet_bytes){
							 text, strlen(text) },
						 0600, NULL),
				 DUET_OK);
	}
	assert_int_equal(setenv("XDG_DATA_HOME", "/nowhere", 1), 0);
	*state = top;
	return 0;
}

static int tear_down(void **state)
{
	assert_int_equal(chdir("/"), 0);
	return temp_dir_remove(*state);
}

/* Whether it is in order to serve dir with that certificate. */
static int outside(const char *cert, const char *key, const char *dir,
		   struct duet_error *err)
{
	struct duet_secrets secrets;
	int rc;

	assert_int_equal(duet_secrets_init(&secrets, NULL), DUET_OK);
	assert_int_equal(duet_secrets_add(&secrets, cert, key, NULL), DUET_OK);
	rc = duet_secrets_outside(&secrets, dir, err);
	duet_secrets_done(&secrets);
	return rc;
}

static void a_key_below_the_directory_is_refused(void **state)
{
	static const struct {
		const char *cert;
		const char *key;
		const char *dir;
		const char *refused; /* NULL: fine */
	} cases[] = {
		{ "away/cert.pem", "away/key.pem", "site", NULL },
		{ "site/cert.pem", "away/key.pem", "site", NULL },
		{ "away/cert.pem", "site/key.pem", "site", "site/key.pem" },
		{ "site/cert.pem", "site/key.pem", "away", NULL },
		{ "away/cert.pem", "site/key.pem", ".", "site/key.pem" },
		{ "away/cert.pem", "site/key.pem", "/", "site/key.pem" },
		{ "away/cert.pem", "site/key.pem", "other-name",
		  "site/key.pem" },
		{ "away/cert.pem", "away/link.pem", "site", "away/link.pem" },
		/* a key that nobody asked for is a key all the same */
		{ "site/both.pem", "away/key.pem", "site", "site/both.pem" },
		{ "site/encrypted.pem", "away/key.pem", "site",
		  "site/encrypted.pem" },
		{ "site/both.pem", NULL, "site", "site/both.pem" },
		/* what a hidden name hides, and what it does not */
		{ "site/cert.pem", "site/.hidden/key.pem", "site", NULL },
		{ "site/cert.pem", "site/.well-known/key.pem", "site",
		  "site/.well-known/key.pem" },
		{ NULL, NULL, "site", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_error err = { 0 };
		int rc = outside(cases[i].cert, cases[i].key, cases[i].dir,
				 &err);

		if (rc != (cases[i].refused != NULL ? DUET_E_ARGUMENT
						    : DUET_OK) ||
		    (cases[i].refused != NULL &&
		     strstr(err.text, cases[i].refused) == NULL))
			fail_msg("case %zu: %s", i, err.text);
	}
}

static void the_local_ca_is_never_below_it_made_or_not(void **state)
{
	static const char *const below[] = { "/site", "/site/deep/er" };
	const char *top = *state;
	struct duet_error err;
	char data[128];
	size_t i;

	for (i = 0; i < COUNT(below); i++) {
		(void)snprintf(data, sizeof(data), "%s%s", top, below[i]);
		assert_int_equal(setenv("XDG_DATA_HOME", data, 1), 0);
		assert_int_equal(outside("away/cert.pem", "away/key.pem",
					 "site", &err),
				 DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, "local-ca/ca-key.pem"));
		assert_int_equal(outside(NULL, NULL, top, &err),
				 DUET_E_ARGUMENT);
		assert_int_equal(outside(NULL, NULL, "away", &err), DUET_OK);
	}
	(void)snprintf(data, sizeof(data), "%s/site/.local/share", top);
	assert_int_equal(setenv("XDG_DATA_HOME", data, 1), 0);
	assert_int_equal(outside(NULL, NULL, top, &err), DUET_OK);
}

/* A home that cannot be looked into, or is none, has nothing to serve. */
static void a_local_ca_out_of_reach_is_no_hindrance(void **state)
{
	const char *top = *state;
	struct duet_kept_back *set = NULL;
	struct duet_secrets secrets;
	struct duet_error err = { 0 };
	char data[128];

	(void)snprintf(data, sizeof(data), "%s/away/key.pem", top);
	assert_int_equal(setenv("XDG_DATA_HOME", data, 1), 0);
	assert_int_equal(duet_kept_back_new(&set, NULL), DUET_OK);
	assert_int_equal(duet_secrets_init(&secrets, NULL), DUET_OK);
	assert_int_equal(duet_secrets_add(&secrets, "away/cert.pem",
					  "away/key.pem", NULL),
			 DUET_OK);
	if (duet_secrets_keep_back(&secrets, set, &err) != DUET_OK)
		fail_msg("%s", err.text);
	assert_int_equal(duet_kept_back_count(set), 1);
	duet_secrets_done(&secrets);
	duet_kept_back_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_key_below_the_directory_is_refused,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_local_ca_is_never_below_it_made_or_not,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_local_ca_out_of_reach_is_no_hindrance,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
