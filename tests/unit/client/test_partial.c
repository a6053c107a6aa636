/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "client/partial.h"
#include "support/unit.h"

static const struct row {
	const char *asked;   /* Range, or NULL */
	const char *content; /* Content-Range, or NULL */
	const char *type;
	int64_t length;
	const char *wrong; /* a part of the sentence, or NULL */
} rows[] = {
	{ "bytes=0-99", "bytes 0-99/1000", NULL, 100, NULL },
	{ "bytes=0-99", "bytes 0-49/50", NULL, 50, NULL },
	{ "bytes=0-99", "bytes 0-99/*", NULL, DUET_LENGTH_UNKNOWN, NULL },
	{ "bytes=900-", "bytes 900-999/1000", NULL, 100, NULL },
	{ "bytes=-100", "bytes 900-999/1000", NULL, 100, NULL },
	{ "bytes=-100", "bytes 0-49/50", NULL, 50, NULL },
	{ "bytes=0-0,9-9", "bytes 0-9/10", NULL, 10, NULL },
	{ "bytes=0-4,100-104", "bytes 0-4/1000", NULL, 5, NULL },
	{ "bytes=0-4,100-104", "bytes 100-104/1000", NULL, 5, NULL },
	{ "bytes=0-4,100-104", "bytes 0-104/1000", NULL, 105, NULL },
	{ "bytes=0-4,100-104", "bytes 0-104/*", NULL, 105, NULL },
	{ "bytes=0-4,100-104", "bytes 0-49/*", NULL, 50, NULL },
	{ "bytes=900-", "bytes 900-949/*", NULL, 50, NULL },
	{ "bytes=-100", "bytes 20-119/*", NULL, 100, NULL },
	{ "bytes=0-0,900-900", NULL, "multipart/byteranges; boundary=x", 400,
	  NULL },
	{ NULL, "bytes 0-99/1000", NULL, 100, "all of it was asked for" },
	{ NULL, NULL, NULL, 100, "all of it was asked for" },
	{ "bytes=0-99", "bytes 500-599/1000", NULL, 100, "another part" },
	{ "bytes=0-99", "bytes 0-49/1000", NULL, 50, "another part" },
	{ "bytes=0-99", "bytes 0-100/1000", NULL, 101, "another part" },
	{ "bytes=900-", "bytes 0-999/1000", NULL, 1000, "another part" },
	{ "bytes=0-99", "bytes 0-199/*", NULL, 200, "another part" },
	{ "bytes=2000-", "bytes 0-99/1000", NULL, 100, "another part" },
	{ "bytes=100-109", "bytes 0-9/*", NULL, 10, "another part" },
	{ "bytes=900-", "bytes 0-9/*", NULL, 10, "another part" },
	{ "bytes=-100", "bytes 20-120/*", NULL, 101, "another part" },
	{ "bytes=0-4,100-104", "bytes 900-904/1000", NULL, 5, "another part" },
	{ "bytes=0-4,100-104", "bytes 0-900/1000", NULL, 901, "another part" },
	{ "bytes=0-4,100-104", "bytes 50-54/1000", NULL, 5, "another part" },
	{ "bytes=0-4,100-104", "bytes 900-904/*", NULL, 5, "another part" },
	{ "bytes=0-99", "bytes 0-99/1000", NULL, 99, "contradict" },
	{ "bytes=0-99", NULL, NULL, 100, "without saying which" },
	{ "bytes=0-99", "bytes */1000", NULL, 0, "without saying which" },
	{ "bytes=0-99", "lines 0-99/1000", NULL, 100, "without saying which" },
	{ "bytes=0-99", "bytes 99-0/1000", NULL, 100, "without saying which" },
};

static void check_row(const struct row *row)
{
	struct duet_headers asked = { 0 };
	struct duet_header fields[3] = { 0 };
	struct duet_head head = { .size = sizeof(head),
				  .status = 206,
				  .headers = fields,
				  .content_length = row->length };
	struct duet_error err = { 0 };
	uint64_t bytes = 77;
	size_t n = 0;
	int rc;

	if (row->asked != NULL)
		assert_int_equal(duet_headers_add(&asked, "range", row->asked),
				 DUET_OK);
	if (row->content != NULL)
		fields[n++] =
			(struct duet_header){ "content-range", row->content };
	if (row->type != NULL)
		fields[n++] = (struct duet_header){ "Content-Type", row->type };
	rc = duet_partial_check("GET", &asked, &head, &bytes, &err);
	duet_headers_done(&asked);
	if (rc != (row->wrong != NULL ? DUET_E_HTTP : DUET_OK) ||
	    (row->wrong != NULL && strstr(err.text, row->wrong) == NULL))
		fail_msg("%s, %s: %d %s", row->asked, row->content, rc,
			 err.text);
	if (row->wrong != NULL || row->content == NULL)
		assert_int_equal(bytes, 0);
	else if (row->length != DUET_LENGTH_UNKNOWN)
		assert_int_equal(bytes, row->length);
	else
		assert_int_equal(bytes, 100);
}

static void a_206_is_what_was_asked_for_or_an_error(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
}

static void no_other_status_is_looked_at(void **state)
{
	const struct duet_headers asked = { 0 };
	uint64_t bytes = 77;

	(void)state;
	assert_int_equal(duet_partial_check("GET", &asked,
					    DUET_HEAD(.status = 200), &bytes,
					    NULL),
			 DUET_OK);
	assert_int_equal(bytes, 0);
}

/* Its head is that of the part, and nothing follows. */
static void the_206_of_a_head_has_no_bytes(void **state)
{
	struct duet_headers asked = { 0 };
	uint64_t bytes = 77;

	(void)state;
	assert_int_equal(duet_headers_add(&asked, "Range", "bytes=0-4"),
			 DUET_OK);
	assert_int_equal(duet_partial_check("HEAD", &asked,
					    DUET_HEAD(.status = 206,
						      .headers = DUET_HEADERS(
							      { "Content-Range",
								"bytes 0-4/99" })),
					    &bytes, NULL),
			 DUET_OK);
	assert_int_equal(bytes, 0);
	duet_headers_done(&asked);
}

static void as_much_comes_as_was_said(void **state)
{
	static const struct {
		uint64_t bytes;
		uint64_t came;
		int want;
	} ends[] = {
		{ 100, 100, DUET_OK },
		{ 100, 99, DUET_E_TRUNCATED },
		{ 100, 0, DUET_E_TRUNCATED },
		{ 100, 101, DUET_E_HTTP },
		{ 0, 5, DUET_OK },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ends); i++)
		assert_int_equal(duet_partial_check_end(ends[i].bytes,
							ends[i].came, NULL),
				 ends[i].want);
}

/* What the server says is shown, and is harmless: C1 controls, in UTF-8 and
 * without. */
static void shows_nothing_that_moves_a_terminal(void **state)
{
	static const char content[] = "bytes \xc2\x9b"
				      "31m\x9b"
				      "2J";
	static const char *const asked[] = { NULL, "bytes=0-9" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(asked); i++) {
		struct duet_headers fields = { 0 };
		struct duet_error err = { 0 };
		uint64_t bytes;

		if (asked[i] != NULL)
			assert_int_equal(duet_headers_add(&fields, "Range",
							  asked[i]),
					 DUET_OK);
		assert_int_equal(duet_partial_check("GET", &fields,
						    DUET_HEAD(.status = 206,
							      .headers = DUET_HEADERS(
								      { "Content-Range",
									content })),
						    &bytes, &err),
				 DUET_E_HTTP);
		assert_null(strstr(err.text, "\x9b"));
		duet_headers_done(&fields);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_206_is_what_was_asked_for_or_an_error),
		cmocka_unit_test(no_other_status_is_looked_at),
		cmocka_unit_test(the_206_of_a_head_has_no_bytes),
		cmocka_unit_test(as_much_comes_as_was_said),
		cmocka_unit_test(shows_nothing_that_moves_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
