/* SPDX-License-Identifier: MIT */
/* A chain verified without a server is judged as one that a server sends. */
#include <stdio.h>
#include <stdlib.h>

#include "unit/tls/ends.h"

enum {
	DAY = 86400,
};
#define NOW INT64_C(1795521600)

static struct mint *root;
static struct mint *middle;
static struct mint *leaf;
static struct duet_trust *trust;

static int64_t fixed_clock(void *arg)
{
	(void)arg;
	return NOW;
}

static struct mint *make(const struct mint *issuer, const char *cn, bool ca,
			 int64_t until)
{
	return mint_new(issuer,
			MINT(.cn = cn, .ca = ca, .names = ca ? NULL : "a.org",
			     .not_before = NOW - 1000 * DAY,
			     .not_after = until));
}

static int set_up(void **state)
{
	(void)state;
	root = make(NULL, "Root", true, NOW + 1000 * DAY);
	middle = make(root, "Middle", true, NOW + 1000 * DAY);
	leaf = make(middle, "leaf", false, NOW + DAY);
	trust = trust_in(root);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	duet_trust_release(trust);
	mint_free(leaf);
	mint_free(middle);
	mint_free(root);
	return 0;
}

static struct duet_config *config_with(struct duet_client_config options)
{
	struct duet_config *config;

	options.size = sizeof(options);
	options.clock = fixed_clock;
	options.trust = trust;
	config = duet_config_client(&options, NULL);
	assert_non_null(config);
	return config;
}

static size_t certificates_in(const struct duet_buffer *pem)
{
	const char *p = pem->data;
	size_t n = 0;

	for (; p != NULL &&
	       (p = strstr(p, "-----BEGIN CERTIFICATE-----")) != NULL;
	     p++)
		n++;
	return n;
}

/* The path is text for these tests once it ends in NUL. */
static void end_text(struct duet_buffer *pem)
{
	char *text;

	if (pem->len == 0)
		return;
	text = pem->data;
	assert_int_equal(text[pem->len - 1], '\n');
	text[pem->len - 1] = '\0';
}

static int judge(struct duet_client_config options, const char *pem,
		 const char *name, size_t *ret_path, struct duet_error *err)
{
	struct duet_config *config = config_with(options);
	struct duet_buffer path;
	int rc;

	rc = duet_config_verify(config, name, duet_str(pem), &path, err);
	end_text(&path);
	*ret_path = certificates_in(&path);
	duet_buffer_free(&path);
	assert_int_equal(duet_config_verify(config, name, duet_str(pem), NULL,
					    NULL),
			 rc);
	duet_config_release(config);
	return rc;
}

static void a_good_chain_is_built_to_its_anchor(void **state)
{
	const struct duet_client_config none = { 0 };
	struct duet_error err = { 0 };
	size_t path;

	(void)state;
	assert_int_equal(judge(none, mint_chain(leaf), "a.org", &path, &err),
			 DUET_OK);
	assert_int_equal(path, 3);
	assert_int_equal(err.code, 0);
}

static void a_bad_one_says_what_a_handshake_says(void **state)
{
	struct mint *old = make(middle, "old", false, NOW - DAY);
	struct mint *alone = make(NULL, "alone", false, NOW + DAY);
	const struct {
		const struct mint *mint;
		const char *name;
		bool with_chain;
		int code;
		size_t path;
		const char *words;
	} table[] = {
		{ leaf, "b.org", true, DUET_E_NAME, 3, "a.org" },
		{ leaf, "a.org", false, DUET_E_UNTRUSTED, 1, "'Middle'" },
		{ old, "a.org", true, DUET_E_EXPIRED, 3, "1 day ago" },
		{ alone, "a.org", true, DUET_E_SELF_SIGNED, 1, "'alone'" },
	};
	const struct duet_client_config none = { 0 };
	struct duet_error err;
	size_t path;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		const char *pem = table[i].with_chain
					  ? mint_chain(table[i].mint)
					  : table[i].mint->cert_pem;

		assert_int_equal(judge(none, pem, table[i].name, &path, &err),
				 table[i].code);
		assert_int_equal(path, table[i].path);
		assert_non_null(strstr(err.text, table[i].words));
	}
	mint_free(alone);
	mint_free(old);
}

static void what_is_forgiven_is_forgiven(void **state)
{
	struct mint *old = make(middle, "old", false, NOW - DAY);
	struct duet_client_config lax = { .insecure_any_time = true };
	struct duet_error err;
	size_t path;

	(void)state;
	assert_int_equal(judge(lax, mint_chain(old), "b.org", &path, &err),
			 DUET_E_NAME);
	lax.insecure_any_name = true;
	assert_int_equal(judge(lax, mint_chain(old), "b.org", &path, &err),
			 DUET_OK);
	assert_int_equal(judge(lax, old->cert_pem, "b.org", &path, &err),
			 DUET_E_UNTRUSTED);
	mint_free(old);
}

static void refuses_what_it_cannot_do(void **state)
{
	const struct duet_client_config none = { 0 };
	struct duet_config *any = config_with((struct duet_client_config){
		.insecure_any_certificate = true });
	struct duet_error err;
	size_t path;

	(void)state;
	assert_int_equal(judge(none, "no PEM", "a.org", &path, &err),
			 DUET_E_PEM);
	assert_int_equal(path, 0);
	assert_int_equal(judge(none, mint_chain(leaf), "", &path, &err),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_config_verify(any, "a.org",
					    duet_str(mint_chain(leaf)), NULL,
					    &err),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_config_verify(NULL, "a.org",
					    duet_str(mint_chain(leaf)), NULL,
					    &err),
			 DUET_E_ARGUMENT);
	duet_config_release(any);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_chain_is_built_to_its_anchor),
		cmocka_unit_test(a_bad_one_says_what_a_handshake_says),
		cmocka_unit_test(what_is_forgiven_is_forgiven),
		cmocka_unit_test(refuses_what_it_cannot_do),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
