/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "site/page.h"
#include "support/unit.h"

/* CSP3 s6.7.2.3 */
static void the_policy_has_the_digest_of_the_style(void **state)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned char text[2 * EVP_MAX_MD_SIZE];
	char source[256];
	unsigned len = 0;

	(void)state;
	assert_int_equal(EVP_Digest(duet_page_style, strlen(duet_page_style),
				    digest, &len, EVP_sha256(), NULL),
			 1);
	assert_true(EVP_EncodeBlock(text, digest, (int)len) > 0);
	(void)snprintf(source, sizeof(source), "style-src 'sha256-%s';",
		       (const char *)text);
	if (strstr(duet_page_policy, source) == NULL)
		fail_msg("the policy lacks: %s", source);
	/* or it would end too early */
	assert_null(strchr(duet_page_style, '<'));
}

static void a_title_has_no_markup_of_strangers(void **state)
{
	struct duet_buffer text = { NULL, 0 };
	struct duet_buf page;

	(void)state;
	duet_buf_init(&page, 8192);
	assert_int_equal(duet_page_begin(&page, "Index of ",
					 duet_str("/</title>&/")),
			 DUET_OK);
	assert_int_equal(duet_page_end(&page), DUET_OK);
	assert_int_equal(duet_buf_take(&page, &text), DUET_OK);
	assert_non_null(strstr(text.data, "<title>Index of /&lt;/title&gt;"
					  "&amp;/</title>\n"));
	duet_buffer_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_policy_has_the_digest_of_the_style),
		cmocka_unit_test(a_title_has_no_markup_of_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
