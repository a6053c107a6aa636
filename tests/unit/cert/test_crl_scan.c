/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "cert/crl_scan.h"
#include "support/certs.h"
#include "support/unit.h"

static const char url[] = "http://crl.test/1.crl";
static struct mint *ca;
static struct mint *leaf;
static struct mint *other;

struct list {
	unsigned char *der;
	size_t len;
	struct duet_crl_scan scan;
	const char *why;
};

static int scan_of(struct list *list, const struct mint_crl_spec *spec)
{
	memset(list, 0, sizeof(*list));
	list->der = mint_crl_der(ca, spec, &list->len);
	return duet_crl_scan(&list->scan,
			     (struct duet_bytes){ list->der, list->len },
			     &list->why);
}

static int find(const struct list *list, const struct mint *mint,
		struct duet_crl_entry *entry)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(mint->cert);

	return duet_crl_find(&list->scan,
			     (struct duet_bytes){
				     ASN1_STRING_get0_data(serial),
				     (size_t)ASN1_STRING_length(serial) },
			     NULL, entry);
}

static int make(void **state)
{
	(void)state;
	ca = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	leaf = mint_new(ca, MINT(.cn = "leaf"));
	other = mint_new(ca, MINT(.cn = "other"));
	return 0;
}

static int drop(void **state)
{
	(void)state;
	mint_free(other);
	mint_free(leaf);
	mint_free(ca);
	return 0;
}

static void tells_who_is_listed_when_and_why(void **state)
{
	const struct mint *revoked[] = { other, leaf, NULL };
	struct duet_crl_entry entry;
	struct list list;

	(void)state;
	assert_int_equal(scan_of(&list, MINT_CRL(.revoked = revoked,
						 .this_update = 1800000000,
						 .next_update = 2600000000,
						 .number = 300, .reason = 1)),
			 DUET_OK);
	assert_int_equal(list.scan.this_update, 1800000000);
	/* beyond 2049, in the other form */
	assert_int_equal(list.scan.next_update, 2600000000);
	assert_int_equal(list.scan.number.len, 2);
	assert_memory_equal(list.scan.number.data, "\x01\x2c", 2);
	assert_int_equal(list.scan.key_id.len, 20);
	assert_int_equal(duet_crl_scan_entries(&list.scan, NULL, &list.why),
			 DUET_OK);
	assert_int_equal(find(&list, leaf, &entry), DUET_OK);
	assert_int_equal(entry.when, 1800000000);
	assert_string_equal(duet_crl_reason_words(entry.reason),
			    "its key was stolen");
	assert_string_equal(duet_crl_reason_name(entry.reason),
			    "keyCompromise");
	assert_int_equal(find(&list, ca, &entry), DUET_EOF);
	free(list.der);
}

static void an_empty_list_lists_nobody(void **state)
{
	struct duet_crl_entry entry;
	struct list list;

	(void)state;
	assert_int_equal(scan_of(&list, MINT_CRL(.next_update = -1)), DUET_OK);
	assert_true(list.scan.next_update == INT64_MAX);
	assert_int_equal(list.scan.number.len, 0);
	assert_int_equal(duet_crl_scan_entries(&list.scan, NULL, &list.why),
			 DUET_OK);
	assert_int_equal(find(&list, leaf, &entry), DUET_EOF);
	free(list.der);
}

static void knows_what_part_it_is(void **state)
{
	struct list list;

	(void)state;
	assert_int_equal(scan_of(&list,
				 MINT_CRL(.point =
						  "critical,fullname:URI:http://crl.test/1.crl,onlyuser:TRUE")),
			 DUET_OK);
	assert_true(list.scan.has_points);
	assert_true(list.scan.only_user_certs);
	assert_false(list.scan.only_ca_certs);
	assert_true(duet_crl_is_for_uri(&list.scan, duet_str(url)));
	assert_false(duet_crl_is_for_uri(&list.scan,
					 duet_str("http://crl.test/1.cr")));
	assert_false(duet_crl_is_for_uri(&list.scan,
					 duet_str("http://crl.test/2.crl")));
	free(list.der);
	assert_int_equal(scan_of(&list,
				 MINT_CRL(.point =
						  "critical,onlyCA:TRUE,indirectCRL:TRUE")),
			 DUET_OK);
	assert_false(list.scan.has_points);
	assert_true(list.scan.only_ca_certs);
	assert_true(list.scan.indirect);
	free(list.der);
	assert_int_equal(scan_of(&list,
				 MINT_CRL(.point =
						  "critical,onlysomereasons:keyCompromise")),
			 DUET_OK);
	assert_true(list.scan.only_some_reasons);
	free(list.der);
}

static void refuses_what_it_does_not_know(void **state)
{
	const struct mint *revoked[] = { other, NULL };
	struct list list;

	(void)state;
	assert_int_equal(scan_of(&list, MINT_CRL(.delta = true)),
			 DUET_E_UNSUPPORTED);
	assert_string_equal(list.why,
			    "a delta CRL, which tells of changes only");
	free(list.der);
	assert_int_equal(scan_of(&list, MINT_CRL(.stranger = true)),
			 DUET_E_UNSUPPORTED);
	free(list.der);
	assert_int_equal(scan_of(&list, MINT_CRL(.revoked = revoked,
						 .strange_entry = true)),
			 DUET_OK);
	assert_int_equal(duet_crl_scan_entries(&list.scan, NULL, &list.why),
			 DUET_E_UNSUPPORTED);
	free(list.der);
}

/* The same verdict on a list that lost its end is not given. */
static void refuses_every_cut(void **state)
{
	const struct mint *revoked[] = { other, NULL };
	struct duet_crl_scan scan;
	struct list list;
	const char *why;
	unsigned char *cut;
	size_t i;

	(void)state;
	assert_int_equal(scan_of(&list, MINT_CRL(.revoked = revoked,
						 .number = 1, .reason = 4)),
			 DUET_OK);
	for (i = 0; i < list.len; i++) {
		cut = malloc(i + 1); /* so that ASan sees a step too far */
		assert_non_null(cut);
		memcpy(cut, list.der, i);
		assert_int_equal(duet_crl_scan(&scan,
					       (struct duet_bytes){ cut, i },
					       &why),
				 DUET_E_PEM);
		free(cut);
	}
	free(list.der);
}

/* A kept list is not looked through before it is searched. */
static void a_hole_among_entries_is_damage(void **state)
{
	const struct mint *revoked[] = { other, leaf, NULL };
	struct duet_crl_entry entry;
	struct list list;

	(void)state;
	assert_int_equal(scan_of(&list, MINT_CRL(.revoked = revoked)), DUET_OK);
	memset((unsigned char *)list.scan.entries.data, 0,
	       list.scan.entries.len);
	assert_int_equal(find(&list, leaf, &entry), DUET_E_PEM);
	free(list.der);
}

/* Whatever a byte becomes, it is refused or told of; ASan watches. */
static void survives_every_changed_byte(void **state)
{
	static const unsigned char masks[] = { 0x01, 0x20, 0x80, 0xff };
	const struct mint *revoked[] = { other, leaf, NULL };
	struct duet_crl_entry entry;
	struct list list;
	const char *why;
	size_t i;
	size_t m;

	(void)state;
	assert_int_equal(scan_of(&list, MINT_CRL(.revoked = revoked,
						 .number = 1, .reason = 4)),
			 DUET_OK);
	for (i = 0; i < list.len; i++)
		for (m = 0; m < COUNT(masks); m++) {
			list.der[i] ^= masks[m];
			if (duet_crl_scan(&list.scan,
					  (struct duet_bytes){ list.der,
							       list.len },
					  &why) == DUET_OK) {
				assert_true(duet_crl_scan_entries(&list.scan,
								  NULL, &why) <=
					    DUET_OK);
				(void)find(&list, leaf, &entry);
			}
			list.der[i] ^= masks[m];
		}
	free(list.der);
}

static void serials_are_numbers(void **state)
{
	static const uint8_t padded[] = { 0, 5 };
	static const uint8_t bare[] = { 5 };
	static const uint8_t large[] = { 0, 0xff };
	struct duet_crl_entry entry;
	struct list list;

	(void)state;
	assert_int_equal(scan_of(&list, MINT_CRL(.many = 300)), DUET_OK);
	assert_int_equal(duet_crl_find(&list.scan,
				       (struct duet_bytes){ padded, 2 }, NULL,
				       &entry),
			 DUET_OK);
	assert_int_equal(duet_crl_find(&list.scan,
				       (struct duet_bytes){ bare, 1 }, NULL,
				       &entry),
			 DUET_OK);
	assert_int_equal(duet_crl_find(&list.scan,
				       (struct duet_bytes){ large, 2 }, NULL,
				       &entry),
			 DUET_OK);
	free(list.der);
}

static void note_passed(void *arg, size_t end)
{
	size_t *last = arg;

	assert_true(end - *last >= DUET_CRL_PIECE);
	assert_true(end - *last < DUET_CRL_PIECE + 100);
	*last = end;
}

static void tells_how_far_it_has_come(void **state)
{
	size_t last = 0;
	const struct duet_crl_walk walk = { note_passed, &last };
	static const uint8_t none[] = { 0x7f, 1, 2, 3, 4, 5 };
	struct duet_crl_entry entry;
	struct list list;

	(void)state;
	assert_int_equal(scan_of(&list, MINT_CRL(.many = 100000)), DUET_OK);
	assert_int_equal(duet_crl_find(&list.scan,
				       (struct duet_bytes){ none,
							    sizeof(none) },
				       &walk, &entry),
			 DUET_EOF);
	assert_true(last > 2 * DUET_CRL_PIECE);
	free(list.der);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_who_is_listed_when_and_why),
		cmocka_unit_test(an_empty_list_lists_nobody),
		cmocka_unit_test(knows_what_part_it_is),
		cmocka_unit_test(refuses_what_it_does_not_know),
		cmocka_unit_test(refuses_every_cut),
		cmocka_unit_test(a_hole_among_entries_is_damage),
		cmocka_unit_test(survives_every_changed_byte),
		cmocka_unit_test(serials_are_numbers),
		cmocka_unit_test(tells_how_far_it_has_come),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
