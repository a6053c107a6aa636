/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "cert/crl_verify.h"
#include "support/certs.h"
#include "support/unit.h"

struct list {
	unsigned char *der;
	struct duet_crl_scan scan;
};

static void make(struct list *list, const struct mint *root,
		 const struct mint_crl_spec *spec)
{
	const char *why;
	size_t len;

	list->der = mint_crl_der(root, spec, &len);
	assert_int_equal(duet_crl_scan(&list->scan,
				       (struct duet_bytes){ list->der, len },
				       &why),
			 DUET_OK);
}

static int verify(const struct list *list, const struct mint *root)
{
	const char *why;

	return duet_crl_verify(&list->scan, root->cert, NULL, &why);
}

/* Every kind of key verifies its own list, and not a changed one. */
static void believes_who_has_signed(void **state)
{
	static const enum mint_key kinds[] = { MINT_P256, MINT_P384,
					       MINT_ED25519, MINT_RSA2048 };
	struct list list;
	struct mint *root;
	size_t i;

	(void)state;
	for (i = 0; i <= COUNT(kinds); i++) {
		bool pss = i == COUNT(kinds);

		root = mint_new(NULL,
				MINT(.cn = "Root", .ca = true,
				     .key = pss ? MINT_RSA2048 : kinds[i]));
		make(&list, root, MINT_CRL(.many = 3, .pss = pss));
		assert_true(duet_crl_is_by(&list.scan, root->cert));
		assert_int_equal(verify(&list, root), DUET_OK);
		((unsigned char *)list.scan.entries.data)[4] ^= 1;
		assert_int_equal(verify(&list, root), DUET_E_CERTIFICATE);
		free(list.der);
		mint_free(root);
	}
}

static void another_key_of_that_name_is_another(void **state)
{
	struct mint *root = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	struct mint *twin = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	struct mint *rsa = mint_new(NULL, MINT(.cn = "Other", .ca = true,
					       .key = MINT_RSA2048));
	struct list list;

	(void)state;
	make(&list, root, MINT_CRL(.many = 3));
	assert_false(duet_crl_is_by(&list.scan, twin->cert));
	assert_int_equal(verify(&list, twin), DUET_E_CERTIFICATE);
	assert_false(duet_crl_is_by(&list.scan, rsa->cert));
	assert_int_equal(verify(&list, rsa), DUET_E_CERTIFICATE);
	free(list.der);
	mint_free(rsa);
	mint_free(twin);
	mint_free(root);
}

/* A key for RSA-PSS alone says nothing of a digest: the list does. */
static void pss_has_its_digest_in_the_list(void **state)
{
	static const char *const digests[] = { "SHA256", "SHA384", "SHA512" };
	struct mint *root = mint_new(NULL, MINT(.cn = "Root", .ca = true,
						.key = MINT_RSA_PSS));
	struct list list;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(digests); i++) {
		make(&list, root, MINT_CRL(.digest = digests[i], .pss = true));
		assert_int_equal(verify(&list, root), DUET_OK);
		((unsigned char *)list.scan.signature.data)[9] ^= 1;
		assert_int_equal(verify(&list, root), DUET_E_CERTIFICATE);
		free(list.der);
	}
	mint_free(root);
}

static void a_weak_digest_is_no_signature(void **state)
{
	static const enum mint_key kinds[] = { MINT_P256, MINT_RSA2048,
					       MINT_RSA_PSS };
	struct list list;
	struct mint *root;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(kinds); i++) {
		root = mint_new(NULL, MINT(.cn = "Root", .ca = true,
					   .key = kinds[i]));
		make(&list, root, MINT_CRL(.digest = "SHA1", .pss = i > 0));
		assert_int_equal(verify(&list, root), DUET_E_WEAK);
		free(list.der);
		mint_free(root);
	}
}

static void who_may_not_sign_lists_has_not(void **state)
{
	struct mint *root = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	struct mint *leaf = mint_new(root, MINT(.cn = "leaf"));
	struct list list;
	const char *why = "";

	(void)state;
	make(&list, leaf, MINT_CRL(.many = 3));
	assert_int_equal(duet_crl_verify(&list.scan, leaf->cert, NULL, &why),
			 DUET_E_CERTIFICATE);
	assert_string_equal(why, "of a CA that may not sign CRLs (key usage)");
	free(list.der);
	mint_free(leaf);
	mint_free(root);
}

static void note_passed(void *arg, size_t end)
{
	size_t *last = arg;

	assert_true(end > *last);
	*last = end;
}

static void reads_a_long_one_in_pieces(void **state)
{
	struct mint *root = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	size_t last = 0;
	const struct duet_crl_walk walk = { note_passed, &last };
	struct list list;
	const char *why;

	(void)state;
	make(&list, root, MINT_CRL(.many = 100000));
	assert_int_equal(duet_crl_verify(&list.scan, root->cert, &walk, &why),
			 DUET_OK);
	assert_true(last >= 2 * DUET_CRL_PIECE);
	free(list.der);
	mint_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(believes_who_has_signed),
		cmocka_unit_test(another_key_of_that_name_is_another),
		cmocka_unit_test(pss_has_its_digest_in_the_list),
		cmocka_unit_test(a_weak_digest_is_no_signature),
		cmocka_unit_test(who_may_not_sign_lists_has_not),
		cmocka_unit_test(reads_a_long_one_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
