/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sys/stat.h>
#include <sys/wait.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "daemon/local_ca.h"
#include "support/tempdir.h"
#include "support/unit.h"

#define DAY INT64_C(86400)

struct home {
	char dir[TEMP_DIR_BYTES];
	char ca[128]; /* of its certificate */
	char ca_key[128];
	char leaf[128];
};

static int set_up(void **state)
{
	static struct home home;

	temp_dir_make(home.dir);
	assert_int_equal(setenv("XDG_DATA_HOME", home.dir, 1), 0);
	(void)snprintf(home.ca, sizeof(home.ca), "%s/duet/local-ca/ca.pem",
		       home.dir);
	(void)snprintf(home.ca_key, sizeof(home.ca_key),
		       "%s/duet/local-ca/ca-key.pem", home.dir);
	(void)snprintf(home.leaf, sizeof(home.leaf),
		       "%s/duet/local-ca/leaf.pem", home.dir);
	*state = &home;
	return 0;
}

static int tear_down(void **state)
{
	struct home *home = *state;

	return temp_dir_remove(home->dir);
}

static struct duet_local_ca open_ca(int64_t now)
{
	struct duet_local_ca ca;
	struct duet_error err = { 0 };

	if (duet_local_ca_open(&ca, now, &err) != DUET_OK)
		fail_msg("%s", err.text);
	assert_non_null(ca.leaf);
	return ca;
}

static struct duet_buffer content_of(const char *path)
{
	struct duet_buffer content = { NULL, 0 };
	struct duet_error err = { 0 };

	if (duet_file_read(path, 100000, &content, &err) != DUET_OK)
		fail_msg("%s", err.text);
	return content;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void makes_a_ca_once_and_keeps_it(void **state)
{
	struct home *home = *state;
	int64_t now = duet_clock_wall();
	struct duet_local_ca first = open_ca(now);
	struct duet_buffer before = content_of(home->ca);
	struct duet_local_ca second = open_ca(now);
	struct duet_buffer after = content_of(home->ca);
	char *path = duet_local_ca_path();

	assert_true(first.made_now);
	assert_false(second.made_now);
	assert_string_equal(first.ca_path, home->ca);
	assert_string_equal(path, home->ca);
	assert_int_equal(first.leaf_not_after, second.leaf_not_after);
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.data, after.data, before.len);
	duet_mem_free(path);
	duet_buffer_free(&before);
	duet_buffer_free(&after);
	duet_local_ca_done(&first);
	duet_local_ca_done(&second);
}

static void is_named_after_whoever_it_is_of(void **state)
{
	struct home *home = *state;
	struct passwd entry;
	struct passwd *me = NULL;
	struct duet_local_ca ca;
	struct duet_buffer pem;
	struct duet_inspection *inspection;
	struct duet_facts_cert facts = { .size = sizeof(facts) };
	char strings[4096];
	char expected[80];

	if (getpwuid_r(geteuid(), &entry, strings, sizeof(strings), &me) != 0 ||
	    me == NULL)
		skip();
	assert_int_equal(setenv("USER", "somebody-else", 1), 0);
	ca = open_ca(duet_clock_wall());
	pem = content_of(home->ca);
	inspection =
		duet_inspect((struct duet_bytes){ pem.data, pem.len }, NULL);
	assert_non_null(inspection);
	assert_int_equal(duet_inspection_get(inspection, 0, &facts), DUET_OK);
	(void)snprintf(expected, sizeof(expected), "local CA of %.16s@",
		       me->pw_name);
	assert_non_null(strstr(facts.subject, expected));
	duet_inspection_free(inspection);
	duet_buffer_free(&pem);
	duet_local_ca_done(&ca);
}

static void keeps_its_secrets(void **state)
{
	struct home *home = *state;
	struct duet_local_ca ca = open_ca(duet_clock_wall());
	char dir[128];

	(void)snprintf(dir, sizeof(dir), "%s/duet/local-ca", home->dir);
	assert_int_equal(mode_of(dir), 0700);
	assert_int_equal(mode_of(home->ca_key), 0600);
	assert_int_equal(mode_of(home->leaf), 0600);
	assert_int_equal(mode_of(home->ca), 0644);
	duet_local_ca_done(&ca);
}

static void renews_the_leaf_when_two_thirds_are_over(void **state)
{
	int64_t now = duet_clock_wall();
	struct duet_local_ca ca = open_ca(now);
	int64_t first = ca.leaf_not_after;

	(void)state;
	assert_in_range(first, now + 90 * DAY - 60, now + 90 * DAY + 60);
	duet_local_ca_done(&ca);
	ca = open_ca(now + 59 * DAY);
	assert_int_equal(ca.leaf_not_after, first);
	duet_local_ca_done(&ca);
	ca = open_ca(now + 61 * DAY);
	assert_int_equal(ca.leaf_not_after, first + 61 * DAY);
	assert_false(ca.made_now);
	duet_local_ca_done(&ca);
}

static void replaces_a_leaf_that_is_damaged(void **state)
{
	struct home *home = *state;
	struct duet_local_ca ca = open_ca(duet_clock_wall());

	duet_local_ca_done(&ca);
	assert_int_equal(truncate(home->leaf, 100), 0);
	ca = open_ca(duet_clock_wall());
	assert_false(ca.made_now);
	duet_local_ca_done(&ca);
}

static void does_not_replace_a_ca_that_is_damaged(void **state)
{
	struct home *home = *state;
	struct duet_local_ca ca = open_ca(duet_clock_wall());
	struct duet_error err;

	duet_local_ca_done(&ca);
	assert_int_equal(truncate(home->ca, 100), 0);
	assert_true(duet_local_ca_open(&ca, duet_clock_wall(), &err) < 0);
	assert_non_null(strstr(err.text, "the local CA is damaged (remove '"));
	assert_int_equal(unlink(home->ca), 0);
	assert_true(duet_local_ca_open(&ca, duet_clock_wall(), &err) < 0);
	assert_non_null(strstr(err.text, "the local CA is damaged (remove '"));
}

static void replaces_a_ca_that_could_not_outlive_a_leaf(void **state)
{
	int64_t now = duet_clock_wall();
	struct duet_local_ca ca = open_ca(now);

	(void)state;
	duet_local_ca_done(&ca);
	ca = open_ca(now + (3650 - 181) * DAY);
	assert_false(ca.made_now);
	duet_local_ca_done(&ca);
	ca = open_ca(now + (3650 - 179) * DAY);
	assert_true(ca.made_now);
	duet_local_ca_done(&ca);
}

static void path_in(char dst[192], const struct home *home, const char *name)
{
	(void)snprintf(dst, 192, "%s/duet/%s", home->dir, name);
}

static void write_text(const char *path, const char *text)
{
	assert_int_equal(duet_file_write(path,
					 (struct duet_bytes){ text,
							      strlen(text) },
					 0600, NULL),
			 DUET_OK);
}

/* The leaf is the CA's of now, and so is its key. */
static void assert_pair(const struct home *home)
{
	struct duet_identity *identity =
		duet_identity_new(DUET_IDENTITY(.cert_file = home->ca,
						.key_file = home->ca_key),
				  NULL);

	assert_non_null(identity);
	duet_identity_release(identity);
}

static void replaces_a_ca_beside_what_others_keep_there(void **state)
{
	static const char *const theirs[] = { "local-ca/ca.crt",
					      "local-ca/ca.pem.k9Zq1x",
					      "local-ca.new/left-behind" };
	struct home *home = *state;
	int64_t now = duet_clock_wall();
	struct duet_local_ca ca = open_ca(now);
	struct duet_buffer before = content_of(home->ca);
	struct duet_buffer after;
	char path[192];
	size_t i;

	duet_local_ca_done(&ca);
	path_in(path, home, "local-ca.new");
	assert_int_equal(mkdir(path, 0700), 0);
	for (i = 0; i < COUNT(theirs); i++) {
		path_in(path, home, theirs[i]);
		write_text(path, "mine");
	}
	ca = open_ca(now + (3650 - 100) * DAY);
	assert_true(ca.made_now);
	duet_local_ca_done(&ca);
	assert_pair(home);
	after = content_of(home->ca);
	assert_int_not_equal(strcmp((char *)before.data, (char *)after.data),
			     0);
	for (i = 0; i < COUNT(theirs); i++) {
		path_in(path, home, theirs[i]);
		assert_int_equal(access(path, F_OK), 0);
	}
	ca = open_ca(now + (3650 - 100) * DAY);
	assert_false(ca.made_now);
	duet_local_ca_done(&ca);
	duet_buffer_free(&before);
	duet_buffer_free(&after);
}

static void a_ca_that_cannot_be_replaced_stays(void **state)
{
	struct home *home = *state;
	int64_t now = duet_clock_wall();
	struct duet_local_ca ca = open_ca(now);
	struct duet_error err;
	char path[192];

	duet_local_ca_done(&ca);
	path_in(path, home, "local-ca.new");
	write_text(path, "a file where a directory has to be");
	assert_int_equal(duet_local_ca_open(&ca, now + (3650 - 100) * DAY,
					    &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "local-ca.new"));
	assert_pair(home);
	ca = open_ca(now);
	assert_false(ca.made_now);
	duet_local_ca_done(&ca);
}

/* The machine stopped when the new key was in its place, and the new
 * certificate was not. */
static void a_replacement_that_was_cut_short_is_finished(void **state)
{
	struct home *home = *state;
	int64_t later = duet_clock_wall() + (3650 - 100) * DAY;
	struct duet_local_ca ca = open_ca(later);
	struct duet_buffer wanted = content_of(home->ca);
	struct duet_buffer found;
	char new_dir[192];
	char new_ca[192];
	char key[192];

	/* a new CA's two files, and an old CA */
	duet_local_ca_done(&ca);
	path_in(new_dir, home, "local-ca.new");
	path_in(new_ca, home, "local-ca.new/ca.pem");
	path_in(key, home, "local-ca.new/ca-key.pem");
	assert_int_equal(mkdir(new_dir, 0700), 0);
	assert_int_equal(rename(home->ca, new_ca), 0);
	assert_int_equal(rename(home->ca_key, key), 0);
	assert_int_equal(unlink(home->leaf), 0);
	path_in(new_dir, home, "local-ca.kept");
	path_in(key, home, "local-ca.new");
	assert_int_equal(rename(key, new_dir), 0);
	ca = open_ca(later - (3650 - 100) * DAY);
	duet_local_ca_done(&ca);
	assert_int_equal(rename(new_dir, key), 0);
	/* the step that was taken */
	path_in(key, home, "local-ca.new/ca-key.pem");
	assert_int_equal(rename(key, home->ca_key), 0);
	assert_int_equal(unlink(home->leaf), 0);

	ca = open_ca(later);
	assert_true(ca.made_now);
	duet_local_ca_done(&ca);
	assert_pair(home);
	found = content_of(home->ca);
	assert_string_equal((char *)found.data, (char *)wanted.data);
	path_in(new_dir, home, "local-ca.new");
	assert_int_not_equal(access(new_dir, F_OK), 0);
	duet_buffer_free(&wanted);
	duet_buffer_free(&found);
}

/* In a child: 0 made it, 1 found it, 2 failed. */
static int race(int start)
{
	struct duet_local_ca ca;
	struct duet_error err;
	char go;

	if (read(start, &go, 1) != 0)
		return 2;
	if (duet_local_ca_open(&ca, duet_clock_wall(), &err) != DUET_OK)
		return 2;
	go = ca.made_now ? 0 : 1;
	duet_local_ca_done(&ca);
	return go;
}

static void racing_processes_end_up_with_one_ca(void **state)
{
	enum { RACERS = 6 };
	struct home *home = *state;
	struct duet_local_ca ca;
	pid_t pids[RACERS];
	int made = 0;
	int start[2];
	size_t i;

	(void)home;
	assert_int_equal(pipe(start), 0);
	for (i = 0; i < RACERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			(void)close(start[1]);
			_exit(race(start[0]));
		}
	}
	(void)close(start[0]);
	(void)close(start[1]); /* all of them go */
	for (i = 0; i < RACERS; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_true(WEXITSTATUS(status) < 2);
		made += WEXITSTATUS(status) == 0;
	}
	assert_int_equal(made, 1);
	ca = open_ca(duet_clock_wall());
	assert_false(ca.made_now);
	duet_local_ca_done(&ca);
}

static void says_what_to_do_without_a_home(void **state)
{
	char *home = duet_mem_strdup(getenv("HOME"));
	struct duet_local_ca ca;
	struct duet_error err;

	(void)state;
	assert_int_equal(unsetenv("XDG_DATA_HOME"), 0);
	assert_int_equal(unsetenv("HOME"), 0);
	assert_int_equal(duet_local_ca_open(&ca, 0, &err), DUET_E_STATE);
	assert_non_null(strstr(err.text, "--cert"));
	assert_null(duet_local_ca_path());
	if (home != NULL)
		assert_int_equal(setenv("HOME", home, 1), 0);
	duet_mem_free(home);
}

/* ---- the constraints, by OpenSSL's own reading of them ---- */

static X509 *read_cert(const char *path)
{
	FILE *in = fopen(path, "r");
	X509 *cert;

	assert_non_null(in);
	cert = PEM_read_X509(in, NULL, NULL, NULL);
	assert_non_null(cert);
	assert_int_equal(fclose(in), 0);
	return cert;
}

static EVP_PKEY *read_key(const char *path)
{
	FILE *in = fopen(path, "r");
	EVP_PKEY *key;

	assert_non_null(in);
	key = PEM_read_PrivateKey(in, NULL, NULL, NULL);
	assert_non_null(key);
	assert_int_equal(fclose(in), 0);
	return key;
}

/* A certificate for the names, as whoever steals the CA's key could make. */
static X509 *forge(X509 *ca, EVP_PKEY *key, const char *names)
{
	X509 *cert = X509_new();
	X509_EXTENSION *san =
		X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);

	assert_non_null(cert);
	assert_non_null(san);
	assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(cert), 7), 1);
	assert_int_equal(X509_set_issuer_name(cert, X509_get_subject_name(ca)),
			 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), -60));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 3600));
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	assert_int_equal(X509_add_ext(cert, san, -1), 1);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	X509_EXTENSION_free(san);
	return cert;
}

static int verify(X509 *ca, X509 *cert)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE *store = X509_STORE_new();
	int result;

	assert_int_equal(X509_STORE_add_cert(store, ca), 1);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, cert, NULL), 1);
	result = X509_verify_cert(ctx) == 1 ? X509_V_OK
					    : X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return result;
}

static void can_vouch_for_this_machine_only(void **state)
{
	static const struct {
		const char *names;
		int result;
	} cases[] = {
		{ "DNS:localhost", X509_V_OK },
		{ "DNS:app.localhost", X509_V_OK },
		{ "IP:127.0.0.1", X509_V_OK },
		{ "IP:127.1.2.3", X509_V_OK },
		{ "IP:::1", X509_V_OK },
		{ "DNS:example.org", X509_V_ERR_PERMITTED_VIOLATION },
		{ "DNS:notlocalhost", X509_V_ERR_PERMITTED_VIOLATION },
		{ "DNS:localhost.example.org", X509_V_ERR_PERMITTED_VIOLATION },
		{ "DNS:localhost,DNS:example.org",
		  X509_V_ERR_PERMITTED_VIOLATION },
		{ "IP:192.0.2.1", X509_V_ERR_PERMITTED_VIOLATION },
		{ "IP:128.0.0.1", X509_V_ERR_PERMITTED_VIOLATION },
		{ "IP:::2", X509_V_ERR_PERMITTED_VIOLATION },
	};
	struct home *home = *state;
	struct duet_local_ca local = open_ca(duet_clock_wall());
	X509 *ca = read_cert(home->ca);
	EVP_PKEY *key = read_key(home->ca_key);
	X509 *leaf = read_cert(home->leaf);
	size_t i;

	assert_int_equal(verify(ca, leaf), X509_V_OK);
	for (i = 0; i < COUNT(cases); i++) {
		X509 *cert = forge(ca, key, cases[i].names);

		if (verify(ca, cert) != cases[i].result)
			fail_msg("%s", cases[i].names);
		X509_free(cert);
	}
	X509_free(leaf);
	X509_free(ca);
	EVP_PKEY_free(key);
	duet_local_ca_done(&local);
}

static void the_leaf_is_for_each_name_of_this_machine(void **state)
{
	struct home *home = *state;
	struct duet_local_ca local = open_ca(duet_clock_wall());
	X509 *leaf = read_cert(home->leaf);

	assert_int_equal(X509_check_host(leaf, "localhost", 0, 0, NULL), 1);
	assert_int_equal(X509_check_ip_asc(leaf, "127.0.0.1", 0), 1);
	assert_int_equal(X509_check_ip_asc(leaf, "::1", 0), 1);
	X509_free(leaf);
	duet_local_ca_done(&local);
}

#define WITH_HOME(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_HOME(makes_a_ca_once_and_keeps_it),
		WITH_HOME(is_named_after_whoever_it_is_of),
		WITH_HOME(keeps_its_secrets),
		WITH_HOME(renews_the_leaf_when_two_thirds_are_over),
		WITH_HOME(replaces_a_leaf_that_is_damaged),
		WITH_HOME(does_not_replace_a_ca_that_is_damaged),
		WITH_HOME(replaces_a_ca_that_could_not_outlive_a_leaf),
		WITH_HOME(replaces_a_ca_beside_what_others_keep_there),
		WITH_HOME(a_ca_that_cannot_be_replaced_stays),
		WITH_HOME(a_replacement_that_was_cut_short_is_finished),
		WITH_HOME(racing_processes_end_up_with_one_ca),
		WITH_HOME(can_vouch_for_this_machine_only),
		WITH_HOME(the_leaf_is_for_each_name_of_this_machine),
		WITH_HOME(says_what_to_do_without_a_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
