/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <openssl/crypto.h>

#include "cert/pem.h"
#include "support/unit.h"

/* The first block of a text, decoded; der is static. */
static int decode(const char *text, unsigned char der[256], long *len,
		  struct duet_error *err)
{
	struct duet_pem_reader reader;
	struct duet_pem_block block;
	unsigned char *p = NULL;
	int rc;

	duet_pem_reader_init(&reader, duet_str(text), "'x'");
	rc = duet_pem_next(&reader, &block, err);
	if (rc != DUET_OK)
		return rc;
	rc = duet_pem_decode(&block, "'x'", &p, len, err);
	if (rc == DUET_OK) {
		assert_in_range(*len, 1, 256);
		memcpy(der, p, (size_t)*len);
	}
	OPENSSL_clear_free(p, rc == DUET_OK ? (size_t)*len : 0);
	return rc;
}

#define BEGIN "-----BEGIN X-----\n"
#define END   "-----END X-----\n"
#define LINE \
	"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2\n"

static void gives_the_bytes_however_they_are_laid_out(void **state)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv";
	static const struct {
		const char *text;
		const char *after; /* the line */
	} cases[] = {
		{ BEGIN LINE END, "" },
		{ "words\n" BEGIN LINE "d3h5\n" END "words", "wxy" },
		{ BEGIN LINE "d3g=\n" END, "wx" },
		{ BEGIN LINE "dw==\n" END, "w" },
		{ "-----BEGIN X-----\r\nQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2\r\ndw==\r\n-----END X-----\r\n",
		  "w" },
		{ BEGIN
		  "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2dw==\n" END,
		  "w" },
		/* lines that are no groups of four */
		{ BEGIN
		  "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdH\nV2dw==\n" END,
		  "w" },
		{ "-----BEGIN PRIVATE KEY-----\n" LINE
		  "dw==\n-----END PRIVATE KEY-----\n",
		  "w" },
	};
	unsigned char der[256];
	size_t want;
	size_t i;
	long len = 0;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(decode(cases[i].text, der, &len, NULL),
				 DUET_OK);
		want = strlen(cases[i].after);
		assert_int_equal(len, 48 + want);
		assert_memory_equal(der, alphabet, 48);
		assert_memory_equal(der + 48, cases[i].after, want);
	}
}

static void refuses_what_is_damaged(void **state)
{
	static const char *const cases[] = {
		BEGIN END,
		BEGIN "\n" END,
		BEGIN "dw==\n" LINE END, /* an end before the end */
		BEGIN "d3g=\ndw==\n" END,
		BEGIN LINE "d!==\n" END,
		BEGIN LINE "dw=\n" END,
		BEGIN LINE "d\n" END,
		BEGIN LINE "====\n" END,
		BEGIN "Proc-Type: 4,ENCRYPTED\nDEK-Info: X,00\n\n" LINE END,
	};
	unsigned char der[256];
	struct duet_error err;
	long len = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		if (decode(cases[i], der, &len, &err) != DUET_E_PEM)
			fail_msg("case %zu is taken", i);
		assert_string_equal(err.text,
				    "'x': block 1 (line 1, X) is damaged");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_bytes_however_they_are_laid_out),
		cmocka_unit_test(refuses_what_is_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
