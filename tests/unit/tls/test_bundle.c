/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* pthread_barrier_t */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "support/certs.h"
#include "support/unit.h"
#include "tls/bundle.h"

enum {
	N = DUET_BUNDLE_EAGER_MAX + 2, /* so that nothing is parsed at once */
	TEXT_BYTES = 64 * 1024,
};

static struct mint *roots[N];
static char all[TEXT_BYTES];

static void append(char *text, const char *more)
{
	size_t len = strlen(text);

	assert_true(len + strlen(more) < TEXT_BYTES);
	memcpy(text + len, more, strlen(more) + 1);
}

static int set_up(void **state)
{
	char name[] = "Root A";
	int i;

	(void)state;
	for (i = 0; i < N; i++) {
		/* Two have one name. */
		name[5] = (char)('A' + (i == N - 1 ? 0 : i));
		roots[i] = mint_new(NULL, MINT(.cn = name, .ca = true));
		append(all, "some words between them\n");
		append(all, roots[i]->cert_pem);
	}
	return 0;
}

static int tear_down(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < N; i++)
		mint_free(roots[i]);
	return 0;
}

static struct duet_bundle *read_text(const char *text)
{
	struct duet_bundle *bundle = duet_bundle_new();
	struct duet_error err;

	assert_non_null(bundle);
	if (duet_bundle_add(bundle, duet_str(text), "'roots'", &err) != DUET_OK)
		fail_msg("%s", err.text);
	return bundle;
}

static X509_STORE *store_of(const char *text)
{
	struct duet_bundle *bundle = read_text(text);
	X509_STORE *store = X509_STORE_new();

	assert_non_null(store);
	assert_int_equal(duet_bundle_join(bundle, store), DUET_OK);
	return store;
}

static int n_parsed(X509_STORE *store)
{
	return sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
}

/* X509_V_OK, or why not. */
static int verify(X509_STORE *store, const struct mint *leaf)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int why;

	assert_non_null(ctx);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, leaf->cert, NULL), 1);
	(void)X509_verify_cert(ctx);
	why = X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	return why;
}

static void parses_the_one_that_is_wanted(void **state)
{
	struct mint *leaf = mint_new(roots[3], MINT(.cn = "x"));
	X509_STORE *store = store_of(all);
	int i;

	(void)state;
	assert_int_equal(n_parsed(store), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(verify(store, leaf), X509_V_OK);
		assert_int_equal(n_parsed(store), 1);
	}
	X509_STORE_free(store);
	mint_free(leaf);
}

/* A root that was given another key keeps its name. */
static void tries_all_of_one_name(void **state)
{
	struct mint *first = mint_new(roots[0], MINT(.cn = "x"));
	struct mint *last = mint_new(roots[N - 1], MINT(.cn = "x"));
	X509_STORE *store = store_of(all);

	(void)state;
	assert_int_equal(verify(store, last), X509_V_OK);
	assert_int_equal(n_parsed(store), 2);
	assert_int_equal(verify(store, first), X509_V_OK);
	assert_int_equal(n_parsed(store), 2);
	X509_STORE_free(store);
	mint_free(first);
	mint_free(last);
}

/* Names of one meaning are found whichever was asked for first. */
static void tries_all_names_of_one_meaning(void **state)
{
	struct mint *small = roots[1];
	struct mint *large = mint_new(NULL, MINT(.cn = "ROOT B", .ca = true));
	struct mint *of_small = mint_new(small, MINT(.cn = "x"));
	struct mint *of_large = mint_new(large, MINT(.cn = "x"));
	static char pem[TEXT_BYTES];
	X509_STORE *store;

	(void)state;
	pem[0] = '\0';
	append(pem, all);
	append(pem, large->cert_pem);
	store = store_of(pem);
	assert_int_equal(verify(store, of_small), X509_V_OK);
	assert_int_equal(verify(store, of_large), X509_V_OK);
	X509_STORE_free(store);
	store = store_of(pem);
	assert_int_equal(verify(store, of_large), X509_V_OK);
	assert_int_equal(verify(store, of_small), X509_V_OK);
	assert_int_equal(n_parsed(store), 2);
	X509_STORE_free(store);
	mint_free(of_small);
	mint_free(of_large);
	mint_free(large);
}

/* One that was given twice is there once. */
static void takes_one_that_is_there_twice_once(void **state)
{
	struct mint *leaf = mint_new(roots[3], MINT(.cn = "x"));
	static char pem[TEXT_BYTES];
	X509_STORE *store;

	(void)state;
	pem[0] = '\0';
	append(pem, all);
	append(pem, roots[3]->cert_pem);
	store = store_of(pem);
	assert_int_equal(verify(store, leaf), X509_V_OK);
	assert_int_equal(n_parsed(store), 1);
	X509_STORE_free(store);
	mint_free(leaf);
}

enum {
	THREADS = 8,
	ROUNDS = 20,
};

struct meeting {
	pthread_barrier_t barrier;
	X509_STORE *store;
	const struct mint *leaf;
};

static void *meet(void *arg)
{
	struct meeting *meeting = arg;
	int why;

	(void)pthread_barrier_wait(&meeting->barrier);
	why = verify(meeting->store, meeting->leaf);
	return why == X509_V_OK ? NULL : meeting;
}

/* Of two of one name the second has issued: who finds one finds both. */
static void threads_that_ask_at_once_find_the_same(void **state)
{
	struct mint *leaf = mint_new(roots[N - 1], MINT(.cn = "x"));
	struct meeting meeting = { .leaf = leaf };
	pthread_t threads[THREADS];
	void *failed;
	int round;
	int i;

	(void)state;
	assert_int_equal(pthread_barrier_init(&meeting.barrier, NULL, THREADS),
			 0);
	for (round = 0; round < ROUNDS; round++) {
		meeting.store = store_of(all);
		for (i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, meet,
							&meeting),
					 0);
		for (i = 0; i < THREADS; i++) {
			assert_int_equal(pthread_join(threads[i], &failed), 0);
			assert_null(failed);
		}
		X509_STORE_free(meeting.store);
	}
	(void)pthread_barrier_destroy(&meeting.barrier);
	mint_free(leaf);
}

/* The last bytes of a certificate's signature, and their tags. */
static void append_damaged(char *text, const struct mint *mint)
{
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char *der = NULL;
	int len = i2d_X509(mint->cert, &der);
	char *pem = NULL;

	assert_true(len > 0);
	der[len - 70] ^= 0x20;
	der[len - 72] ^= 0x20;
	der[len - 74] ^= 0x20;
	assert_true(PEM_write_bio(bio, "CERTIFICATE", "", der, len) > 0);
	assert_true(BIO_write(bio, "", 1) == 1);
	(void)BIO_get_mem_data(bio, &pem);
	append(text, pem);
	BIO_free(bio);
	OPENSSL_free(der);
}

/* Of many one that is damaged is found when it is asked for: not there, and no
 * errors are left for whoever looks at the queue next. */
static void passes_over_a_damaged_one_of_many(void **state)
{
	struct mint *damaged = mint_new(NULL, MINT(.cn = "Root A", .ca = true));
	struct mint *first = mint_new(roots[0], MINT(.cn = "x"));
	struct mint *other = mint_new(damaged, MINT(.cn = "x"));
	static char pem[TEXT_BYTES];
	X509_STORE *store;

	(void)state;
	pem[0] = '\0';
	append_damaged(pem, damaged);
	append(pem, all);
	store = store_of(pem);
	assert_int_equal(verify(store, first), X509_V_OK);
	assert_int_equal(ERR_peek_error(), 0);
	assert_int_not_equal(verify(store, other), X509_V_OK);
	X509_STORE_free(store);
	mint_free(first);
	mint_free(other);
	mint_free(damaged);
}

static void finds_nothing_for_an_unknown_name(void **state)
{
	struct mint *other = mint_new(NULL, MINT(.cn = "Other", .ca = true));
	struct mint *leaf = mint_new(other, MINT(.cn = "x"));
	X509_STORE *store = store_of(all);

	(void)state;
	assert_int_equal(verify(store, leaf),
			 X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
	assert_int_equal(n_parsed(store), 0);
	X509_STORE_free(store);
	mint_free(leaf);
	mint_free(other);
}

/* RFC 5280 s7.1 */
static void takes_letters_of_either_case_for_one_name(void **state)
{
	X509_STORE *store = store_of(all);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_NAME *name = X509_NAME_new();
	X509_OBJECT *found;

	(void)state;
	assert_non_null(ctx);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, NULL, NULL), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
						    (const unsigned char
							     *)"ROOT  b",
						    -1, -1, 0),
			 1);
	found = X509_STORE_CTX_get_obj_by_subject(ctx, X509_LU_X509, name);
	assert_non_null(found);
	assert_int_equal(X509_cmp(X509_OBJECT_get0_X509(found), roots[1]->cert),
			 0);
	X509_OBJECT_free(found);
	/* Another kind of object is not here. */
	assert_null(X509_STORE_CTX_get_obj_by_subject(ctx, X509_LU_CRL, name));
	X509_NAME_free(name);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
}

/* "openssl x509 -trustout -addreject serverAuth" */
static void minds_what_a_trusted_certificate_is_good_for(void **state)
{
	struct mint *leaf = mint_new(roots[0], MINT(.cn = "x"));
	X509 *root = X509_dup(roots[0]->cert);
	BIO *bio = BIO_new(BIO_s_mem());
	X509_STORE *store;
	char *text = NULL;
	char pem[TEXT_BYTES] = "";
	int i;

	(void)state;
	assert_non_null(root);
	assert_int_equal(X509_add1_reject_object(root,
						 OBJ_nid2obj(NID_server_auth)),
			 1);
	assert_int_equal(PEM_write_bio_X509_AUX(bio, root), 1);
	assert_true(BIO_write(bio, "", 1) == 1);
	(void)BIO_get_mem_data(bio, &text);
	assert_non_null(strstr(text, "TRUSTED"));
	append(pem, text);
	for (i = 1; i < N; i++)
		append(pem, roots[i]->cert_pem);
	store = store_of(pem);
	assert_int_equal(X509_STORE_set_trust(store, X509_TRUST_SSL_SERVER), 1);
	assert_int_equal(verify(store, leaf), X509_V_ERR_CERT_REJECTED);
	X509_STORE_free(store);
	BIO_free(bio);
	X509_free(root);
	mint_free(leaf);
}

static void tells_what_is_damaged(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *says;
	} cases[] = {
		{ "", DUET_E_PEM, "'roots': it is empty" },
		{ "words", DUET_E_PEM, "'roots': no certificate in it" },
		{ "-----BEGIN CERTIFICATE-----\nMAA=\n"
		  "-----END CERTIFICATE-----\n",
		  DUET_E_PEM, "'roots': block 1 (line 1, CERTIFICATE) is" },
		{ "-----BEGIN CERTIFICATE-----\nMIIB\n", DUET_E_PEM,
		  "the file was cut or damaged" },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_bundle *bundle = duet_bundle_new();

		assert_int_equal(duet_bundle_add(bundle,
						 duet_str(cases[i].text),
						 "'roots'", &err),
				 cases[i].code);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("case %zu: %s", i, err.text);
		duet_bundle_free(bundle);
	}
}

/* A few are parsed at once, to the last byte. */
static void tells_of_a_few_that_one_is_no_certificate(void **state)
{
	struct duet_bundle *bundle = duet_bundle_new();
	struct duet_error err;
	static char pem[TEXT_BYTES];

	(void)state;
	pem[0] = '\0';
	append(pem, roots[0]->cert_pem);
	append_damaged(pem, roots[1]);
	assert_int_equal(duet_bundle_add(bundle, duet_str(pem), "'roots'",
					 &err),
			 DUET_E_PEM);
	assert_non_null(strstr(err.text, "certificate 2 in it is damaged"));
	duet_bundle_free(bundle);
}

static void names_the_first_of_them(void **state)
{
	struct duet_bundle *bundle = read_text(all);
	STACK_OF(X509_NAME) *names = NULL;

	(void)state;
	assert_int_equal(duet_bundle_names(bundle, 2, &names, NULL), DUET_OK);
	assert_int_equal(duet_bundle_count(bundle), N);
	assert_int_equal(sk_X509_NAME_num(names), 2);
	assert_int_equal(X509_NAME_cmp(sk_X509_NAME_value(names, 1),
				       X509_get_subject_name(roots[1]->cert)),
			 0);
	sk_X509_NAME_pop_free(names, X509_NAME_free);
	duet_bundle_free(bundle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_the_one_that_is_wanted),
		cmocka_unit_test(tries_all_of_one_name),
		cmocka_unit_test(tries_all_names_of_one_meaning),
		cmocka_unit_test(takes_one_that_is_there_twice_once),
		cmocka_unit_test(threads_that_ask_at_once_find_the_same),
		cmocka_unit_test(passes_over_a_damaged_one_of_many),
		cmocka_unit_test(finds_nothing_for_an_unknown_name),
		cmocka_unit_test(takes_letters_of_either_case_for_one_name),
		cmocka_unit_test(minds_what_a_trusted_certificate_is_good_for),
		cmocka_unit_test(tells_what_is_damaged),
		cmocka_unit_test(tells_of_a_few_that_one_is_no_certificate),
		cmocka_unit_test(names_the_first_of_them),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
