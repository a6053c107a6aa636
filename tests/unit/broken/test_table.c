/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "broken/table.h"
#include "support/unit.h"

static char ca[] = "/tmp/a/ca.pem";
static char crl[] = "/tmp/a/crl.pem";
static const struct duet_broken_files files = { .ca = ca, .crl = crl };

enum {
	SCREEN = 80,
};

/* The table, for free(3). */
static char *print(const char *only, uint16_t port, bool json)
{
	struct duet_broken_doors doors;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(duet_broken_doors_new(&doors, only, NULL), DUET_OK);
	duet_broken_doors_number(&doors, port);
	if (json) {
		assert_int_equal(duet_broken_table_json(&doors, out, NULL),
				 DUET_OK);
		assert_int_equal(duet_broken_ready_json(&files, out, NULL),
				 DUET_OK);
	} else {
		duet_broken_table_text(&doors, out);
		duet_broken_ready_text(&doors, &files, out);
	}
	assert_int_equal(fclose(out), 0);
	duet_broken_doors_done(&doors);
	return text;
}

static void every_line_fits_a_screen(void **state)
{
	char *text = print(NULL, 65000, false);
	const char *line;
	size_t lines = 0;

	(void)state;
	for (line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
		assert_in_range(strcspn(line, "\n"), 1, SCREEN - 1);
		lines++;
	}
	assert_true(lines > duet_broken_count());
	free(text);
}

static void a_row_says_where_what_and_what_to_do(void **state)
{
	char *text = print("expired", 9000, false);

	(void)state;
	assert_non_null(strstr(text, "\ncertificate: "));
	assert_non_null(strstr(text, "\n 9001  expired "));
	assert_non_null(strstr(text, " 60 refuse it\n"));
	assert_non_null(strstr(text, "ready: curl --cacert /tmp/a/ca.pem "
				     "https://localhost:9001/\n"));
	assert_null(strstr(text, "ending"));
	free(text);
	text = print("expired", 0, false);
	assert_non_null(strstr(text, "\n    -  expired "));
	free(text);
}

static void json_has_an_object_a_line(void **state)
{
	char *text = print("revoked,trickle", 9000, true);
	char *end = NULL;
	json_t *row;

	(void)state;
	row = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
	assert_string_equal(json_string_value(json_object_get(row, "name")),
			    "revoked");
	assert_int_equal(json_integer_value(json_object_get(row, "exit")), 60);
	assert_true(json_is_true(json_object_get(row, "crl")));
	assert_string_equal(json_string_value(
				    json_array_get(json_object_get(row,
								   "words"),
						   0)),
			    "revoked");
	json_decref(row);
	end = strchr(text, '\n') + 1;
	row = json_loads(end, JSON_DISABLE_EOF_CHECK, NULL);
	assert_true(json_is_null(json_object_get(row, "body")));
	assert_int_equal(json_integer_value(json_object_get(row, "max_time")),
			 1);
	json_decref(row);
	row = json_loads(strchr(end, '\n') + 1, 0, NULL);
	assert_true(json_is_true(json_object_get(row, "ready")));
	assert_string_equal(json_string_value(json_object_get(row, "ca")),
			    "/tmp/a/ca.pem");
	json_decref(row);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_fits_a_screen),
		cmocka_unit_test(a_row_says_where_what_and_what_to_do),
		cmocka_unit_test(json_has_an_object_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
