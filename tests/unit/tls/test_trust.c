/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* mkdtemp, setenv */
#include <sys/stat.h>

#include <stdlib.h>
#include <unistd.h>

#include "tls/trust.h"
#include "unit/tls/ends.h"

enum {
	PATH_BYTES = 300,
};

static struct mint *ca;
static struct mint *other;
static struct mint *leaf;
static char *crl;
static char dir[] = "/tmp/duet-trust-XXXXXX";

static void path_of(char dst[PATH_BYTES], const char *name)
{
	(void)snprintf(dst, PATH_BYTES, "%s/%s", dir, name);
}

static void write_file(const char *name, const char *text)
{
	char path[PATH_BYTES];
	FILE *file;

	path_of(path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *name)
{
	char path[PATH_BYTES];

	path_of(path, name);
	assert_int_equal(unlink(path), 0);
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	ca = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	other = mint_new(NULL, MINT(.cn = "Other", .ca = true));
	leaf = mint_new(ca, MINT(.cn = "x", .names = "localhost"));
	crl = mint_crl(ca, NULL, 0, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(rmdir(dir), 0);
	mint_free(leaf);
	mint_free(other);
	mint_free(ca);
	free(crl);
	return 0;
}

static struct duet_trust *make(const struct duet_trust_source *source)
{
	struct duet_error err;
	struct duet_trust *trust = duet_trust_new(source, &err);

	if (trust == NULL)
		fail_msg("%s", err.text);
	return trust;
}

static void reads_anchors_and_crls_from_everywhere(void **state)
{
	char ca_path[PATH_BYTES];
	char crl_path[PATH_BYTES];
	struct duet_trust *by_file;
	struct duet_trust *by_memory;
	struct duet_trust *by_dir;

	(void)state;
	write_file("ca", ca->cert_pem);
	write_file("list.crl", crl);
	write_file("ignored.txt", "not PEM");
	write_file("ca.pem", ca->cert_pem);
	write_file("key.pem", ca->key_pem);
	path_of(ca_path, "ca");
	path_of(crl_path, "list.crl");
	by_file = make(DUET_TRUST(.ca_file = ca_path, .crl_file = crl_path));
	by_memory = make(DUET_TRUST(.ca_pem = duet_str(ca->cert_pem),
				    .crl_pem = duet_str(crl)));
	by_dir = make(DUET_TRUST(.ca_file = ca_path, .crl_dir = dir));
	assert_true(by_file->has_crl && by_memory->has_crl && by_dir->has_crl);
	assert_false(by_file->has_system);
	assert_int_equal(by_file->n_given, 1);
	/* The same content is the same trust. */
	assert_memory_equal(by_file->digest, by_memory->digest,
			    DUET_DIGEST_BYTES);
	assert_memory_equal(by_file->digest, by_dir->digest, DUET_DIGEST_BYTES);
	duet_trust_release(by_file);
	duet_trust_release(by_memory);
	duet_trust_release(by_dir);
	remove_file("ca");
	remove_file("list.crl");
	remove_file("ignored.txt");
	remove_file("ca.pem");
	remove_file("key.pem");
}

static void tells_trusts_apart(void **state)
{
	struct duet_trust *trusts[4];
	size_t i;
	size_t k;

	(void)state;
	trusts[0] = make(DUET_TRUST(.ca_pem = duet_str(ca->cert_pem)));
	trusts[1] = make(DUET_TRUST(.ca_pem = duet_str(other->cert_pem)));
	trusts[2] = make(DUET_TRUST(.ca_pem = duet_str(ca->cert_pem),
				    .crl_pem = duet_str(crl)));
	trusts[3] = make(
		DUET_TRUST(.ca_pem = duet_str(ca->cert_pem), .add_system = 1));
	assert_true(trusts[3]->has_system);
	for (i = 0; i < COUNT(trusts); i++)
		for (k = 0; k < i; k++)
			assert_memory_not_equal(trusts[i]->digest,
						trusts[k]->digest,
						DUET_DIGEST_BYTES);
	for (i = 0; i < COUNT(trusts); i++)
		duet_trust_release(trusts[i]);
}

static void refuses_a_source_with_one_bad_block(void **state)
{
	static char bad[20000];
	char path[PATH_BYTES];
	struct duet_error err;

	(void)state;
	(void)snprintf(bad, sizeof(bad), "%s%.400s\n", ca->cert_pem,
		       other->cert_pem);
	assert_null(duet_trust_new(DUET_TRUST(.ca_pem = duet_str(bad)), &err));
	assert_int_equal(err.code, DUET_E_PEM);
	(void)snprintf(bad, sizeof(bad), "%s%.200s\n", crl, crl);
	assert_null(duet_trust_new(DUET_TRUST(.crl_pem = duet_str(bad)), &err));
	assert_int_equal(err.code, DUET_E_PEM);
	/* A certificate is no CRL, and a CRL no certificate. */
	assert_null(
		duet_trust_new(DUET_TRUST(.crl_pem = duet_str(ca->cert_pem)),
			       &err));
	assert_int_equal(err.code, DUET_E_PEM);
	assert_null(duet_trust_new(DUET_TRUST(.ca_pem = duet_str(crl)), &err));
	assert_int_equal(err.code, DUET_E_PEM);
	write_file("bad.pem", "-----BEGIN X509 CRL-----\nAA");
	assert_null(duet_trust_new(DUET_TRUST(.crl_dir = dir), &err));
	assert_int_equal(err.code, DUET_E_PEM);
	assert_non_null(strstr(err.text, "bad.pem"));
	/* What is empty may have been a CRL, and what is called so is one. */
	write_file("bad.pem", "");
	assert_null(duet_trust_new(DUET_TRUST(.crl_dir = dir), &err));
	assert_non_null(strstr(err.text, "bad.pem"));
	remove_file("bad.pem");
	write_file("bad.crl", ca->cert_pem);
	assert_null(duet_trust_new(DUET_TRUST(.crl_dir = dir), &err));
	assert_non_null(strstr(err.text, "bad.crl"));
	remove_file("bad.crl");
	/* Nothing but what is passed over is as little as nothing at all. */
	write_file("ca.pem", ca->cert_pem);
	assert_null(duet_trust_new(DUET_TRUST(.crl_dir = dir), &err));
	assert_int_equal(err.code, DUET_E_PEM);
	assert_non_null(strstr(err.text, "no CRL in this directory"));
	remove_file("ca.pem");
	assert_null(duet_trust_new(DUET_TRUST(.crl_dir = dir), &err));
	assert_int_equal(err.code, DUET_E_PEM);
	path_of(path, "missing");
	assert_null(duet_trust_new(DUET_TRUST(.ca_file = path), &err));
	assert_int_equal(err.code, DUET_E_SYSTEM);
	assert_null(duet_trust_new(DUET_TRUST(.crl_dir = path), &err));
	assert_int_equal(err.code, DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "missing"));
}

/* What the system trusts is where OpenSSL's own variables say. */
static void finds_the_anchors_of_the_system(void **state)
{
	struct duet_config *server = plain_server(leaf);
	struct duet_config *client;
	struct duet_error err;
	char path[PATH_BYTES];
	struct ends ends;

	(void)state;
	write_file("roots.pem", ca->cert_pem);
	path_of(path, "roots.pem");
	assert_int_equal(setenv("SSL_CERT_FILE", path, 1), 0);
	assert_int_equal(setenv("SSL_CERT_DIR", dir, 1), 0);
	client = client_with((struct duet_client_config){ .size = 0 });
	begin(&ends, client, "localhost", server);
	shaken(&ends);
	done(&ends);
	duet_config_release(client);
	remove_file("roots.pem");
	assert_null(duet_trust_new(NULL, &err));
	assert_int_equal(err.code, DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, dir));
	assert_null(duet_config_client(NULL, &err));
	assert_int_equal(err.code, DUET_E_SYSTEM);
	assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
	assert_int_equal(unsetenv("SSL_CERT_DIR"), 0);
	duet_config_release(server);
}

static void finds_anchors_in_a_hashed_directory(void **state)
{
	struct duet_config *server = plain_server(leaf);
	struct duet_config *client;
	char name[32];
	struct ends ends;

	(void)state;
	(void)snprintf(name, sizeof(name), "%08lx.0",
		       X509_NAME_hash_ex(X509_get_subject_name(ca->cert), NULL,
					 NULL, NULL));
	write_file(name, ca->cert_pem);
	assert_int_equal(setenv("SSL_CERT_DIR", dir, 1), 0);
	client = client_with((struct duet_client_config){ .size = 0 });
	begin(&ends, client, "localhost", server);
	shaken(&ends);
	done(&ends);
	duet_config_release(client);
	remove_file(name);
	assert_int_equal(unsetenv("SSL_CERT_DIR"), 0);
	duet_config_release(server);
}

/* As OpenSSL reads it: a list. And what it names is meant, whatever else there
 * is on this system. */
static int try_dir(struct duet_config *server, struct duet_error *err)
{
	struct duet_trust *trust =
		duet_trust_new(DUET_TRUST(.ca_dir = dir), err);
	struct duet_config *client;
	struct ends ends;
	int rc;

	if (trust == NULL)
		return err->code;
	client = client_with((struct duet_client_config){ .trust = trust });
	begin(&ends, client, "localhost", server);
	shake(&ends);
	rc = ends.client_rc;
	done(&ends);
	duet_config_release(client);
	duet_trust_release(trust);
	return rc;
}

static void takes_a_directory_hashed_or_not(void **state)
{
	struct duet_config *server = plain_server(leaf);
	struct duet_error err;
	char name[32];

	(void)state;
	assert_int_equal(try_dir(server, &err), DUET_E_PEM);
	write_file("key.pem", leaf->key_pem); /* passed over */
	write_file("other.crt", other->cert_pem);
	assert_int_equal(try_dir(server, &err), DUET_E_UNTRUSTED);
	write_file("ca.pem", ca->cert_pem);
	assert_int_equal(try_dir(server, &err), DUET_OK);
	write_file("broken.pem", "-----BEGIN CERTIFICATE-----\nAA\n"
				 "-----END CERTIFICATE-----\n");
	assert_int_equal(try_dir(server, &err), DUET_E_PEM);
	assert_non_null(strstr(err.text, "broken.pem"));
	remove_file("broken.pem");
	remove_file("ca.pem");
	/* The names that openssl-rehash(1) makes are all that count then. */
	(void)snprintf(name, sizeof(name), "%08lx.0",
		       X509_NAME_hash_ex(X509_get_subject_name(ca->cert), NULL,
					 NULL, NULL));
	write_file(name, ca->cert_pem);
	assert_int_equal(try_dir(server, &err), DUET_OK);
	remove_file(name);
	remove_file("other.crt");
	remove_file("key.pem");
	duet_config_release(server);
}

static void believes_where_it_is_told_and_nowhere_else(void **state)
{
	struct duet_config *server = plain_server(leaf);
	struct duet_config *client;
	struct duet_error err;
	char list[2 * PATH_BYTES];
	char name[32];
	struct ends ends;

	(void)state;
	(void)snprintf(list, sizeof(list), "/nowhere:%s", dir);
	assert_int_equal(setenv("SSL_CERT_DIR", list, 1), 0);
	assert_null(duet_trust_new(NULL, &err));
	assert_int_equal(err.code, DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "SSL_CERT_DIR"));
	(void)snprintf(name, sizeof(name), "%08lx.0",
		       X509_NAME_hash_ex(X509_get_subject_name(ca->cert), NULL,
					 NULL, NULL));
	write_file(name, ca->cert_pem);
	client = client_with((struct duet_client_config){ .size = 0 });
	begin(&ends, client, "localhost", server);
	shaken(&ends);
	done(&ends);
	duet_config_release(client);
	assert_int_equal(setenv("SSL_CERT_FILE", "/nowhere/roots.pem", 1), 0);
	assert_null(duet_trust_new(NULL, &err));
	assert_int_equal(err.code, DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "SSL_CERT_FILE"));
	remove_file(name);
	assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
	assert_int_equal(unsetenv("SSL_CERT_DIR"), 0);
	duet_config_release(server);
}

/* A session made under some anchors must not open under others. */
static void tells_other_anchors_of_the_system_apart(void **state)
{
	struct duet_trust *trusts[3];
	char path[PATH_BYTES];
	size_t i;

	(void)state;
	assert_int_equal(setenv("SSL_CERT_DIR", dir, 1), 0);
	path_of(path, "roots.pem");
	assert_int_equal(setenv("SSL_CERT_FILE", path, 1), 0);
	write_file("roots.pem", ca->cert_pem);
	trusts[0] = make(NULL);
	trusts[1] = make(NULL);
	write_file("others.pem", other->cert_pem);
	path_of(path, "others.pem");
	assert_int_equal(setenv("SSL_CERT_FILE", path, 1), 0);
	trusts[2] = make(NULL);
	assert_memory_equal(trusts[0]->digest, trusts[1]->digest,
			    DUET_DIGEST_BYTES);
	assert_memory_not_equal(trusts[0]->digest, trusts[2]->digest,
				DUET_DIGEST_BYTES);
	for (i = 0; i < COUNT(trusts); i++)
		duet_trust_release(trusts[i]);
	remove_file("roots.pem");
	remove_file("others.pem");
	assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
	assert_int_equal(unsetenv("SSL_CERT_DIR"), 0);
}

static void counts_its_users(void **state)
{
	struct duet_trust *trust = trust_in(ca);

	(void)state;
	assert_ptr_equal(duet_trust_retain(trust), trust);
	duet_trust_release(trust);
	assert_true(trust->store != NULL);
	duet_trust_release(trust);
	duet_trust_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_anchors_and_crls_from_everywhere),
		cmocka_unit_test(tells_trusts_apart),
		cmocka_unit_test(refuses_a_source_with_one_bad_block),
		cmocka_unit_test(finds_the_anchors_of_the_system),
		cmocka_unit_test(believes_where_it_is_told_and_nowhere_else),
		cmocka_unit_test(tells_other_anchors_of_the_system_apart),
		cmocka_unit_test(finds_anchors_in_a_hashed_directory),
		cmocka_unit_test(takes_a_directory_hashed_or_not),
		cmocka_unit_test(counts_its_users),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
