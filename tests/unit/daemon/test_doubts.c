/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/doubts.h"
#include "support/unit.h"

enum {
	PLACES = 2,
	DAY = 86400,
};

static char *said_of(const char *const *origins,
		     char (*texts)[DUET_ADDRESS_TEXT_BYTES], size_t n)
{
	const char *given[PLACES] = { origins[0], origins[1] };
	const struct duet_sockets sockets = { .texts = texts,
					      .origins = given,
					      .n_places = n };
	static char said[4096];
	struct duet_bytes bytes;
	struct duet_buf lines;

	duet_buf_init(&lines, sizeof(said) - 1);
	assert_int_equal(duet_doubts_places(&lines, &sockets), DUET_OK);
	bytes = duet_buf_bytes(&lines);
	if (bytes.len > 0)
		memcpy(said, bytes.data, bytes.len);
	said[bytes.len] = '\0';
	duet_buf_done(&lines);
	return said;
}

static void a_place_that_the_local_ca_does_not_name_is_doubted(void **state)
{
	static const char both[] = "vm:0";
	static struct {
		const char *origins[PLACES];
		char texts[PLACES][DUET_ADDRESS_TEXT_BYTES];
		size_t n;
		const char *url; /* NULL: no doubt */
		const char *name;
	} cases[] = {
		{ { "localhost:0" }, { "127.0.0.1:84" }, 1, NULL, NULL },
		{ { "LOCALHOST:0" }, { "[::1]:84" }, 1, NULL, NULL },
		{ { "[0::1]:84" }, { "[::1]:84" }, 1, NULL, NULL },
		{ { ":0" }, { "[::]:84" }, 1, NULL, NULL },
		{ { "unix:/x" }, { "unix:/x" }, 1, NULL, NULL },
		{ { "127.0.0.2:0" },
		  { "127.0.0.2:84" },
		  1,
		  "https://127.0.0.2:84/,",
		  "issue 127.0.0.2'" },
		{ { "[2001:db8::1]:0" },
		  { "[2001:db8::1]:84" },
		  1,
		  "https://[2001:db8::1]:84/,",
		  "issue 2001:db8::1'" },
		{ { both, both },
		  { "127.0.0.1:84", "[::1]:84" },
		  2,
		  "https://vm:84/,",
		  "issue vm'" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const char *said =
			said_of(cases[i].origins, cases[i].texts, cases[i].n);

		if (cases[i].url == NULL) {
			assert_string_equal(said, "");
			continue;
		}
		if (strstr(said, cases[i].url) == NULL ||
		    strstr(said, cases[i].name) == NULL ||
		    strchr(said, '\n') != strrchr(said, '\n'))
			fail_msg("%s", said);
	}
}

/* A certificate of its own, added to a file's text. */
static void add_cert(char *text, size_t cap, const char *cn, const char *name,
		     uint8_t usage, int64_t not_after)
{
	const char *names[] = { name, NULL };
	struct duet_key *key = duet_key_new(DUET_KEY_P256, NULL);
	struct duet_buffer pem = { NULL, 0 };
	struct duet_error err;

	if (duet_cert_self_signed(key,
				  DUET_CERT(.common_name = cn,
					    .names =
						    name != NULL ? names : NULL,
					    .usage = usage,
					    .not_before = not_after - 60 * DAY,
					    .not_after = not_after),
				  &pem, &err) != DUET_OK)
		fail_msg("%s", err.text);
	assert_true(strlen(text) + pem.len < cap);
	strncat(text, pem.data, pem.len);
	duet_buffer_free(&pem);
	duet_key_free(key);
}

static void what_a_certificate_lacks_is_doubted(void **state)
{
	static const struct {
		uint8_t usage;
		const char *name;
		int other_days; /* until another one in the file ends; 0 */
		const char *says[2];
		int days; /* until its own; 0: 30 */
	} cases[] = {
		{ DUET_USAGE_SERVER, "x.org", 0, { NULL } },
		{ DUET_USAGE_BOTH, "192.0.2.1", 0, { NULL } },
		{ DUET_USAGE_CLIENT, "x.org", 0, { "not for servers" } },
		{ DUET_USAGE_CLIENT,
		  "email:a@x.org",
		  0,
		  { "not for servers", "neither a DNS name" } },
		{ DUET_USAGE_CA, "x.org", 0, { "that of a CA" } },
		{ DUET_USAGE_SERVER,
		  "x.org",
		  30,
		  { "comes that of CN=Other, and not that of its issuer" } },
		{ DUET_USAGE_SERVER,
		  "x.org",
		  -1,
		  { "comes that of", "CN=Other in its chain expired" } },
		{ DUET_USAGE_SERVER,
		  "x.org",
		  13,
		  { "comes that of", "CN=Other in its chain expires on" } },
		{ DUET_USAGE_SERVER,
		  "x.org",
		  0,
		  { "(CN=Own) expires on 2", "less than 14 days from now" },
		  13 },
		{ DUET_USAGE_SERVER, "x.org", 0, { NULL }, 14 },
	};
	int64_t now = duet_clock_wall();
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_inspection *inspection;
		char text[8192] = "";
		struct duet_buf lines;

		add_cert(text, sizeof(text), "Own", cases[i].name,
			 cases[i].usage,
			 now + (cases[i].days > 0 ? cases[i].days : 30) * DAY);
		if (cases[i].other_days != 0)
			add_cert(text, sizeof(text), "Other", NULL,
				 DUET_USAGE_CA,
				 now + cases[i].other_days * DAY);
		inspection =
			duet_inspect((struct duet_bytes){ text, strlen(text) },
				     NULL);
		assert_non_null(inspection);
		duet_buf_init(&lines, 8192);
		assert_int_equal(duet_doubts_certificates(&lines, "f.pem",
							  inspection, now),
				 DUET_OK);
		if (cases[i].says[0] == NULL)
			assert_int_equal(duet_buf_len(&lines), 0);
		assert_int_equal(duet_buf_add(&lines, "", 1), DUET_OK);
		for (k = 0; k < 2 && cases[i].says[k] != NULL; k++)
			if (strstr(duet_buf_bytes(&lines).data,
				   cases[i].says[k]) == NULL)
				fail_msg("%zu: %s", i,
					 (const char *)duet_buf_bytes(&lines)
						 .data);
		duet_buf_done(&lines);
		duet_inspection_free(inspection);
	}
}

static void why_a_file_is_not_shown_is_in_words(void **state)
{
	static const struct {
		int sys;
		const char *why;
		const char *says;
	} cases[] = {
		{ ENOENT, NULL, "root (No such file or directory): until" },
		{ ENOENT, "it is a FIFO", "root (it is a FIFO): until" },
		{ EFBIG, NULL, "larger than" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct duet_missing missing = { .file = "/404.html",
						      .status = 404,
						      .sys = cases[i].sys,
						      .why = cases[i].why };
		char doubt[DUET_DOUBT_BYTES];

		duet_doubts_missing(doubt, &missing);
		if (strstr(doubt, cases[i].says) == NULL)
			fail_msg("'%s' lacks '%s'", doubt, cases[i].says);
	}
}

static void a_path_that_is_not_served_is_told_from_one_that_is_not_there(
	void **state)
{
	static const struct {
		int sys;
		const char *why;
		const char *says;
		const char * not ;
	} cases[] = {
		{ ENOENT, NULL, "is not there beneath", "is there" },
		{ ENOENT, "it is a FIFO",
		  "is there beneath the root and is not served (it is a FIFO)",
		  "is not there" },
		{ EACCES, NULL, "cannot be looked at", "is there" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct duet_missing missing = { .file = "/fifo",
						      .is_path = true,
						      .sys = cases[i].sys,
						      .why = cases[i].why };
		char doubt[DUET_DOUBT_BYTES];

		duet_doubts_missing(doubt, &missing);
		if (strstr(doubt, cases[i].says) == NULL ||
		    strstr(doubt, cases[i].not ) != NULL)
			fail_msg("%s", doubt);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_place_that_the_local_ca_does_not_name_is_doubted),
		cmocka_unit_test(what_a_certificate_lacks_is_doubted),
		cmocka_unit_test(why_a_file_is_not_shown_is_in_words),
		cmocka_unit_test(
			a_path_that_is_not_served_is_told_from_one_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
