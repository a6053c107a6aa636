/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "support/certs.h"
#include "support/unit.h"
#include "tls/subject.h"

/* A Name of CN alone; the caller's. */
static X509_NAME *name_of(int type, const void *value, int len)
{
	X509_NAME *name = X509_NAME_new();

	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", type, value,
						    len, -1, 0),
			 1);
	return name;
}

static struct duet_bytes der_of(X509_NAME *name)
{
	struct duet_bytes der = { NULL, 0 };
	const unsigned char *p = NULL;

	assert_int_equal(X509_NAME_get0_der(name, &p, &der.len), 1);
	der.data = p;
	return der;
}

static uint32_t fold(X509_NAME *name)
{
	uint32_t sum = 0;

	assert_true(duet_subject_fold(der_of(name), &sum));
	return sum;
}

static void finds_the_subject_and_not_the_issuer(void **state)
{
	struct mint *root = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	struct mint *leaf = mint_new(root, MINT(.cn = "leaf"));
	unsigned char *der = NULL;
	int len = i2d_X509(leaf->cert, &der);
	struct duet_bytes found = { NULL, 0 };
	struct duet_bytes wanted = der_of(X509_get_subject_name(leaf->cert));

	(void)state;
	assert_true(len > 0);
	assert_true(duet_subject_find((struct duet_bytes){ der, (size_t)len },
				      &found));
	assert_int_equal(found.len, wanted.len);
	assert_memory_equal(found.data, wanted.data, wanted.len);
	OPENSSL_free(der);
	mint_free(leaf);
	mint_free(root);
}

static void refuses_what_is_cut_anywhere_before_it(void **state)
{
	struct mint *root = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	unsigned char *der = NULL;
	int len = i2d_X509(root->cert, &der);
	struct duet_bytes found = { NULL, 0 };
	int i;

	(void)state;
	/* The outer lengths no longer fit, wherever it is. */
	for (i = 0; i < len; i++)
		assert_false(
			duet_subject_find((struct duet_bytes){ der, (size_t)i },
					  &found));
	OPENSSL_free(der);
	mint_free(root);
}

/* Whatever X509_NAME_cmp(3) calls equal. */
static void names_of_one_meaning_have_one_number(void **state)
{
	static const struct {
		int type;
		const char *value;
		int len;
	} same[] = {
		{ V_ASN1_PRINTABLESTRING, "Example Root", -1 },
		{ V_ASN1_UTF8STRING, "  EXAMPLE   root ", -1 },
		{ V_ASN1_T61STRING, "example root", -1 },
		{ V_ASN1_IA5STRING, "Example\tROOT", -1 },
		{ V_ASN1_BMPSTRING, "\0E\0x\0a\0m\0p\0l\0e\0 \0r\0o\0o\0t",
		  24 },
	};
	X509_NAME *first = name_of(same[0].type, same[0].value, same[0].len);
	X509_NAME *other = name_of(V_ASN1_UTF8STRING, "Example Root 2", -1);
	size_t i;

	(void)state;
	for (i = 1; i < COUNT(same); i++) {
		X509_NAME *name =
			name_of(same[i].type, same[i].value, same[i].len);

		assert_int_equal(X509_NAME_cmp(first, name), 0);
		assert_int_equal(fold(first), fold(name));
		X509_NAME_free(name);
	}
	assert_int_not_equal(X509_NAME_cmp(first, other), 0);
	assert_int_not_equal(fold(first), fold(other));
	X509_NAME_free(first);
	X509_NAME_free(other);
}

/* Letters beyond ASCII are other bytes in each kind of string. */
static void letters_beyond_ascii_count_for_nothing(void **state)
{
	X509_NAME *utf8 =
		name_of(V_ASN1_UTF8STRING, "R\xc3\xb6t \xe4\xb8\xad", -1);
	X509_NAME *wide =
		name_of(V_ASN1_BMPSTRING, "\0R\0\xf6\0t\0 \x4e\x2d", 10);

	(void)state;
	assert_int_equal(X509_NAME_cmp(utf8, wide), 0);
	assert_int_equal(fold(utf8), fold(wide));
	X509_NAME_free(utf8);
	X509_NAME_free(wide);
}

static void the_kind_of_attribute_counts(void **state)
{
	X509_NAME *cn = name_of(V_ASN1_UTF8STRING, "x", -1);
	X509_NAME *o = X509_NAME_new();

	(void)state;
	assert_int_equal(X509_NAME_add_entry_by_txt(o, "O", V_ASN1_UTF8STRING,
						    (const unsigned char *)"x",
						    -1, -1, 0),
			 1);
	assert_int_not_equal(fold(cn), fold(o));
	X509_NAME_free(cn);
	X509_NAME_free(o);
}

static void refuses_what_is_no_name(void **state)
{
	static const struct duet_bytes cases[] = {
		{ "", 0 },
		{ "\x30\x01", 2 },
		{ "\x31\x00", 2 },
		{ "\x30\x00\x00", 3 },
		/* [16], which is no SEQUENCE */
		{ "\xb0\x00", 2 },
		{ "\x10\x00", 2 },
		/* longer than it need be, and without an end: not DER */
		{ "\x30\x81\x00", 3 },
		{ "\x30\x80\x00\x00", 4 },
		{ "\x30\x02\x30\x00", 4 },
		{ "\x30\x04\x31\x02\x30\x00", 6 },
		/* half a character of two bytes */
		{ "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x1e\x01x", 14 },
	};
	uint32_t sum;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_false(duet_subject_fold(cases[i], &sum));
}

static void an_empty_name_has_a_number_too(void **state)
{
	uint32_t sum = 1;

	(void)state;
	assert_true(
		duet_subject_fold((struct duet_bytes){ "\x30\x00", 2 }, &sum));
	assert_int_equal(sum, 0);
}

/* Whatever a system trusts is found by its name. */
static void every_anchor_of_this_system_has_a_subject(void **state)
{
	BIO *in = BIO_new_file("/etc/ssl/certs/ca-certificates.crt", "r");
	size_t n = 0;
	X509 *cert;

	(void)state;
	assert_non_null(in);
	while ((cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		struct duet_bytes wanted = der_of(X509_get_subject_name(cert));
		struct duet_bytes found = { NULL, 0 };
		unsigned char *der = NULL;
		int len = i2d_X509(cert, &der);
		uint32_t sum;

		assert_true(len > 0);
		assert_true(
			duet_subject_find((struct duet_bytes){ der,
							       (size_t)len },
					  &found));
		assert_int_equal(found.len, wanted.len);
		assert_memory_equal(found.data, wanted.data, wanted.len);
		assert_true(duet_subject_fold(found, &sum));
		OPENSSL_free(der);
		X509_free(cert);
		n++;
	}
	ERR_clear_error();
	assert_int_equal(BIO_free(in), 1);
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_subject_and_not_the_issuer),
		cmocka_unit_test(refuses_what_is_cut_anywhere_before_it),
		cmocka_unit_test(names_of_one_meaning_have_one_number),
		cmocka_unit_test(letters_beyond_ascii_count_for_nothing),
		cmocka_unit_test(the_kind_of_attribute_counts),
		cmocka_unit_test(refuses_what_is_no_name),
		cmocka_unit_test(an_empty_name_has_a_number_too),
		cmocka_unit_test(every_anchor_of_this_system_has_a_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
