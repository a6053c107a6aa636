/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "site/password.h"
#include "support/unit.h"

enum {
	HASH_BYTES = 256,
};

/* Of "secret", as cheap as they come. */
static const char *const hashes[] = {
	"$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
	"$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
	"$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
	"$y$j75$aaaaaaaa$GvBK025fEL0hItG.vSa/p9csgcr9FyC.5BGwgFYfNF8",
	"$gy$j75$aaaaaaaa$YUzeBGoH.9Uz82GpjU5vKZ49vMzWC9P9nhR8hJBYxh5",
	"$7$46..../....salt$gMl.HF1i6aVfEUQZpGm/JvEsB1C9/yDIzvfGIt0acK3",
	"$6$rounds=1000$salt$HNxBeBnDfSfUrTj6KiLnmd7tGCvHEmcExh8kl/S0cZ5WrCciNZgfhbpkeFQ4JfkHX.8vPq45lY0iINnCx1Lkm.",
	"$6$salt$egUxKNxDs8kPfh8iPMNcosMhb2eWah6d3R44JDm5Rj/j/XWR5E33QPd0YmHXoDHOIDR6kL5D3JcQcz0O8FHE00",
	"$5$rounds=1000$salt$CCvcOM6b7TEJDPb37Aec/9UpOg4QhPNAxPpL9ZzjTB7",
};

static void takes_every_good_form(void **state)
{
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(hashes); i++)
		if (duet_password_check_hash(hashes[i], &err) != DUET_OK)
			fail_msg("'%s': %s", hashes[i], err.text);
}

static void tells_the_right_password_from_wrong_ones(void **state)
{
	static const char *const wrong[] = { "", "secre", "secret ", "Secret",
					     "secretsecret" };
	bool matches;
	size_t i;
	size_t w;

	(void)state;
	for (i = 0; i < COUNT(hashes); i++) {
		matches = false;
		assert_int_equal(duet_password_matches("secret", hashes[i],
						       &matches),
				 DUET_OK);
		assert_true(matches);
		for (w = 0; w < COUNT(wrong); w++) {
			matches = true;
			assert_int_equal(duet_password_matches(wrong[w],
							       hashes[i],
							       &matches),
					 DUET_OK);
			assert_false(matches);
		}
	}
}

/* Never "later", which nobody would see the end of. */
static void a_hash_that_cannot_be_computed_is_no_password(void **state)
{
	bool matches = false;

	(void)state;
	assert_int_equal(duet_password_matches("secret", "$6$rounds=1$a$b",
					       &matches),
			 DUET_E_NOMEM);
}

static const struct {
	const char *hash;
	int code;
	const char *text;
} bad[] = {
	{ "", DUET_E_ARGUMENT, "has no password" },
	{ "secret", DUET_E_WEAK,
	  "has a password in plain text, or in a form that is not known here" },
	{ "2y$05$x", DUET_E_WEAK,
	  "has a password in plain text, or in a form that is not known here" },
	{ "p592VsTDetYLk", DUET_E_WEAK,
	  "has a password in a form that is broken quickly (DES, as htpasswd -d writes)" },
	{ "_J9..wvUN8eiY.LDHb6g", DUET_E_WEAK,
	  "has a password in a form that is broken quickly (DES)" },
	{ "$1$/cx7S.BE$x5ssHHcCltlbPgtzekw3T0", DUET_E_WEAK,
	  "has a password in a form that is broken quickly (MD5)" },
	{ "$apr1$MhH1Fx9z$VPLXHvkNxvKbJ1sTb4bBG0", DUET_E_WEAK,
	  "has a password in a form that is broken quickly (MD5, as htpasswd without -B writes)" },
	{ "$md5,rounds=72644$dj.Bhgxu$$wkaqCA85yMtz9MLLR5KKZ/", DUET_E_WEAK,
	  "has a password in a form that is broken quickly (MD5)" },
	{ "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", DUET_E_WEAK,
	  "has a password in a form that is broken quickly (SHA-1 without a salt, as htpasswd -s writes)" },
	{ "{SSHA}Zm9v", DUET_E_WEAK,
	  "has a password in a form that is broken quickly (SHA-1)" },
	{ "$sha1$233379$NySY4waORA5HWBifvp9P$OI34nUbp4n3NEgp0j4HwPpBFMYAP",
	  DUET_E_WEAK,
	  "has a password in a form that is broken quickly (SHA-1)" },
	{ "$3$$878d8014606cda29677a44efa1353fc7", DUET_E_WEAK,
	  "has a password in a form that is broken quickly (MD4, as Windows has it)" },
	{ "$2x$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
	  DUET_E_WEAK,
	  "has a password in a form that is broken quickly (a bcrypt with a fault, $2x$)" },
	{ "$argon2id$v=19$m=65536,t=2,p=1$gZiV/M1gPc22ElAH$Gkpgo3tT",
	  DUET_E_UNSUPPORTED,
	  "has a password in a form that is not known here" },
	{ "{CRYPT}$6$x", DUET_E_UNSUPPORTED,
	  "has a password in a form that is not known here" },
	{ "!$6$x", DUET_E_ARGUMENT,
	  "is locked, as '!' in place of a password says: remove the line, or give it a password" },
	{ "*", DUET_E_ARGUMENT,
	  "is locked, as '*' in place of a password says: remove the line, or give it a password" },
	{ "$2y$", DUET_E_ARGUMENT,
	  "has a bcrypt password that is damaged: 0 characters follow the last '$' where 53 should" },
	{ "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIr",
	  DUET_E_ARGUMENT,
	  "has a bcrypt password that is damaged: 52 characters follow the last '$' where 53 should" },
	{ "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WI=W",
	  DUET_E_ARGUMENT, "has a password hash that is damaged" },
	{ "$2b$03$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
	  DUET_E_ARGUMENT, "has a password hash that is damaged" },
	{ "$2b$15$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
	  DUET_E_LIMIT,
	  "has a password that takes too long to check (bcrypt of cost 15, and at most 14 is taken)" },
};

static void says_what_is_wrong_with_the_others(void **state)
{
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(duet_password_check_hash(bad[i].hash, &err),
				 bad[i].code);
		assert_string_equal(err.text, bad[i].text);
	}
}

/* Settings that crypt(3) would compute for ever with, or never. */
static const struct {
	const char *setting; /* what precedes the digest */
	int code;
} settings[] = {
	{ "$2b$14$", DUET_OK },
	{ "$2b$4x$", DUET_E_ARGUMENT },
	{ "$2b$31$", DUET_E_LIMIT },
	{ "$2b$99$", DUET_E_LIMIT },
	{ "$2b$1$", DUET_E_ARGUMENT },
	{ "$6$salt$", DUET_OK },
	{ "$6$$", DUET_OK },
	{ "$6$rounds=1000$salt$", DUET_OK },
	{ "$6$rounds=1000000$salt$", DUET_OK },
	{ "$6$rounds=1000001$salt$", DUET_E_LIMIT },
	{ "$6$rounds=99999999999999999999$salt$", DUET_E_ARGUMENT },
	{ "$6$rounds=999$salt$", DUET_E_ARGUMENT },
	{ "$6$rounds=01000$salt$", DUET_E_ARGUMENT },
	{ "$6$rounds=$salt$", DUET_E_ARGUMENT },
	{ "$6$rounds=5k$salt$", DUET_E_ARGUMENT },
	{ "$6$sa lt$", DUET_E_UNSUPPORTED },
	{ "$5$rounds=1000001$salt$", DUET_E_LIMIT },
	{ "$y$j9T$aaaa$", DUET_OK },
	{ "$y$jDT$aaaa$", DUET_OK },
	{ "$y$jET$aaaa$", DUET_E_LIMIT },
	{ "$y$jhT$aaaa$", DUET_E_LIMIT },
	{ "$y$jzT$aaaa$", DUET_E_ARGUMENT },
	{ "$y$j9z$aaaa$", DUET_E_ARGUMENT },
	{ "$y$j.5$aaaa$", DUET_E_ARGUMENT },
	{ "$y$j75$$", DUET_OK },
	{ "$y$j75$aaD$", DUET_OK },
	{ "$y$j75$aaE$", DUET_E_ARGUMENT },
	{ "$y$j75$a1$", DUET_OK },
	{ "$y$j75$a2$", DUET_E_ARGUMENT },
	{ "$y$j75$a$", DUET_E_ARGUMENT },
	{ "$y$j75T$aaaa$", DUET_E_UNSUPPORTED },
	{ "$y$x75$aaaa$", DUET_E_UNSUPPORTED },
	{ "$gy$jDT$aaaa$", DUET_OK },
	{ "$gy$jET$aaaa$", DUET_E_LIMIT },
	{ "$7$CU..../....salt$", DUET_OK },
	{ "$7$EU..../....salt$", DUET_OK },
	{ "$7$FU..../....salt$", DUET_E_LIMIT },
	{ "$7$EU....0....salt$", DUET_E_LIMIT },
	{ "$7$zU..../....salt$", DUET_E_LIMIT },
	{ "$7$Czzzzzzzzzzsalt$", DUET_E_LIMIT },
	{ "$7$C...../....salt$", DUET_E_ARGUMENT },
	{ "$7$/U..../....salt$", DUET_E_ARGUMENT },
	{ "$7$CU....$", DUET_E_ARGUMENT },
	{ "$7$CU,.../....salt$", DUET_E_ARGUMENT },
	{ "$7$CU..../...,salt$", DUET_E_ARGUMENT },
};

static size_t letters_of(const char *setting)
{
	if (strncmp(setting, "$2", 2) == 0)
		return 53;
	return strncmp(setting, "$6", 2) == 0 ? 86 : 43;
}

static void what_a_check_costs_has_a_bound(void **state)
{
	struct duet_error err;
	char hash[HASH_BYTES];
	size_t len;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(settings); i++) {
		len = strlen(settings[i].setting);
		memset(hash, 0, sizeof(hash));
		memcpy(hash, settings[i].setting, len);
		memset(hash + len, 'a', letters_of(hash));
		rc = duet_password_check_hash(hash, &err);
		if (rc != settings[i].code)
			fail_msg("'%s': %d, %s", hash, rc,
				 rc != DUET_OK ? err.text : "taken");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_every_good_form),
		cmocka_unit_test(tells_the_right_password_from_wrong_ones),
		cmocka_unit_test(a_hash_that_cannot_be_computed_is_no_password),
		cmocka_unit_test(says_what_is_wrong_with_the_others),
		cmocka_unit_test(what_a_check_costs_has_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
