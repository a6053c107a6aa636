/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkdtemp */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "get/holding.h"
#include "support/unit.h"

#define URL    "https://a.example/f"
#define BEGIN  "duet-part 1\nurl " URL "\n"
#define OF_ONE "version \"one\"\n"

/* Every test runs in an empty directory of its own. */
struct place {
	char path[32];
	int before;
};

static int enter(void **state)
{
	static struct place place;

	(void)snprintf(place.path, sizeof(place.path), "/tmp/duet-test-XXXXXX");
	place.before = open(".", O_RDONLY | O_DIRECTORY);
	*state = &place;
	return mkdtemp(place.path) != NULL && chdir(place.path) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	static const char *const names[] = { "f", "f.part", "f.part.duet" };
	struct place *place = *state;
	size_t i;
	int rc;

	for (i = 0; i < COUNT(names); i++)
		(void)unlink(names[i]);
	rc = fchdir(place->before);
	(void)close(place->before);
	return rc == 0 ? rmdir(place->path) : -1;
}

static void put(const char *path, const char *text)
{
	assert_int_equal(duet_file_write(path, duet_str(text), 0644, NULL),
			 DUET_OK);
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void assert_holds(const char *path, const char *text)
{
	struct duet_buffer content = { NULL, 0 };

	assert_int_equal(duet_file_read(path, 1000, &content, NULL), DUET_OK);
	assert_string_equal(content.data, text);
	duet_buffer_free(&content);
}

/* What is held of f, beside an output that is open. */
struct held {
	struct duet_get_output output;
	struct duet_get_holding holding;
	const char *why;
	struct duet_error err;
};

static void open_f(struct held *held)
{
	memset(held, 0, sizeof(*held));
	duet_get_output_init(&held->output);
	assert_int_equal(duet_get_output_open_file(&held->output, "f", true,
						   &held->err),
			 DUET_OK);
	assert_int_equal(duet_get_holding_init(&held->holding, &held->output,
					       URL, &held->err),
			 DUET_OK);
}

static int find(struct held *held)
{
	open_f(held);
	return duet_get_holding_find(&held->holding, &held->output, &held->why,
				     &held->err);
}

static void done(struct held *held)
{
	duet_get_output_keep(&held->output);
	duet_get_output_done(&held->output);
	duet_get_holding_done(&held->holding);
}

static void answered(struct held *held, int32_t status, const char *etag)
{
	const struct duet_header headers[] = {
		{ .name = "ETag", .value = etag },
		{ NULL, NULL },
	};
	const struct duet_head head = {
		.size = sizeof(head),
		.status = status,
		.headers = headers,
		.content_length = 10,
	};

	duet_get_holding_anew(&held->holding, &head);
}

static int save(struct held *held)
{
	return duet_get_holding_save(&held->holding, &held->output, &held->err);
}

static void goes_on_with_what_its_journal_says(void **state)
{
	struct held held;
	struct duet_span gap;

	(void)state;
	put("f.part", "0123456789");
	put("f.part.duet",
	    BEGIN "size 20\n" OF_ONE "have 0-3\nhave 6-9\nend\n");
	assert_int_equal(find(&held), DUET_OK);
	assert_null(held.why);
	assert_int_equal(held.holding.journal.size, 20);
	assert_string_equal(held.holding.journal.version.text, "\"one\"");
	assert_true(duet_spans_gap(&held.holding.journal.have, 20, &gap));
	assert_int_equal(gap.from, 4);
	assert_int_equal(gap.to, 6);
	assert_false(held.holding.copied);
	done(&held);
}

static void a_part_that_cannot_be_trusted_is_nothing(void **state)
{
	static const char *const journals[][2] = {
		{ NULL, "no .duet" },
		{ "duet-part 1\n", "cannot be read" },
		{ BEGIN OF_ONE "have 0-10\nend\n", "shorter" },
	};
	struct held held;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(journals); i++) {
		put("f.part", "0123456789");
		if (journals[i][0] != NULL)
			put("f.part.duet", journals[i][0]);
		assert_int_equal(find(&held), DUET_OK);
		assert_non_null(held.why);
		assert_non_null(strstr(held.why, journals[i][1]));
		assert_int_equal(held.holding.journal.have.n, 0);
		assert_string_equal(held.holding.journal.version.text, "");
		done(&held);
	}
}

static void one_of_another_url_is_an_error(void **state)
{
	struct held held;

	(void)state;
	put("f.part", "0123456789");
	put("f.part.duet", "duet-part 1\nurl " URL "2\nhave 0-9\nend\n");
	assert_int_equal(find(&held), DUET_E_ARGUMENT);
	assert_non_null(strstr(held.err.text, URL "2"));
	assert_int_equal(held.holding.journal.have.n, 0);
	done(&held);
}

static void of_too_many_pieces_it_takes_the_first(void **state)
{
	struct held held;
	struct duet_buf text;
	size_t i;

	(void)state;
	duet_buf_init(&text, 10000);
	assert_int_equal(duet_buf_add_str(&text, BEGIN), DUET_OK);
	for (i = 0; i < DUET_SPANS_MAX; i++)
		assert_int_equal(duet_buf_printf(&text, "have %zu-%zu\n", 2 * i,
						 2 * i),
				 DUET_OK);
	assert_int_equal(duet_buf_add_str(&text, "end\n"), DUET_OK);
	put("f.part", "");
	assert_int_equal(truncate("f.part", 1000), 0);
	assert_int_equal(duet_file_write("f.part.duet", duet_buf_bytes(&text),
					 0600, NULL),
			 DUET_OK);
	duet_buf_done(&text);
	assert_int_equal(find(&held), DUET_OK);
	assert_null(held.why);
	assert_int_equal(held.holding.journal.have.n, DUET_SPANS_MAX / 2);
	done(&held);
}

static void without_a_part_it_is_the_file(void **state)
{
	struct held held;

	(void)state;
	put("f", "01234");
	put("f.part.duet", BEGIN OF_ONE "have 0-1\nend\n");
	assert_int_equal(find(&held), DUET_OK);
	assert_true(held.holding.copied);
	assert_int_equal(duet_spans_prefix(&held.holding.journal.have), 5);
	assert_string_equal(held.holding.journal.version.text, "");
	/* It tells of a .part that is gone, and not of the copy. */
	assert_false(exists("f.part.duet"));
	done(&held);
}

static void an_empty_file_is_nothing(void **state)
{
	struct held held;

	(void)state;
	put("f", "");
	assert_int_equal(find(&held), DUET_OK);
	assert_false(held.holding.copied);
	assert_int_equal(held.holding.journal.have.n, 0);
	done(&held);
}

static void what_begins_anew_has_a_journal_of_its_own(void **state)
{
	struct held held;

	(void)state;
	put("f.part", "0123456789");
	put("f.part.duet", BEGIN OF_ONE "have 0-9\nend\n");
	open_f(&held);
	answered(&held, 200, "\"two\"");
	assert_false(exists("f.part.duet"));
	assert_true(duet_get_holding_add(&held.holding, 0, 4));
	assert_int_equal(save(&held), DUET_OK);
	assert_holds("f.part.duet",
		     BEGIN "size 10\nversion \"two\"\nhave 0-3\nend\n");
	/* Nothing has come since. */
	assert_int_equal(unlink("f.part.duet"), 0);
	assert_int_equal(save(&held), DUET_OK);
	assert_false(exists("f.part.duet"));
	done(&held);
}

static void what_is_not_the_file_has_none(void **state)
{
	struct held held;

	(void)state;
	open_f(&held);
	answered(&held, 404, "\"two\"");
	assert_true(duet_get_holding_add(&held.holding, 0, 4));
	assert_int_equal(save(&held), DUET_OK);
	assert_false(exists("f.part.duet"));
	done(&held);
}

static void a_tick_saves_only_now_and_then(void **state)
{
	struct held held;

	(void)state;
	open_f(&held);
	answered(&held, 200, "\"two\"");
	assert_true(duet_get_holding_add(&held.holding, 0, 4));
	held.holding.pause_ms = INT32_MAX;
	assert_int_equal(duet_get_holding_tick(&held.holding, &held.output,
					       &held.err),
			 DUET_OK);
	assert_false(exists("f.part.duet"));
	held.holding.pause_ms = 0;
	assert_int_equal(duet_get_holding_tick(&held.holding, &held.output,
					       &held.err),
			 DUET_OK);
	assert_true(exists("f.part.duet"));
	duet_get_holding_forget(&held.holding);
	assert_false(exists("f.part.duet"));
	done(&held);
}

/* Another has taken it for left over, and begun one of its own. */
static void a_part_that_is_gone_has_no_journal(void **state)
{
	struct held held;

	(void)state;
	open_f(&held);
	answered(&held, 200, "\"two\"");
	assert_true(duet_get_holding_add(&held.holding, 0, 4));
	assert_int_equal(unlink("f.part"), 0);
	put("f.part", "theirs");
	put("f.part.duet", "theirs");
	assert_int_equal(save(&held), DUET_E_SYSTEM);
	assert_non_null(strstr(held.err.text, "replaced"));
	assert_true(duet_get_holding_add(&held.holding, 4, 8));
	assert_int_equal(save(&held), DUET_OK); /* nothing any more */
	duet_get_holding_forget(&held.holding);
	assert_holds("f.part.duet", "theirs");
	done(&held);
}

static void what_is_no_file_has_no_journal(void **state)
{
	struct held held;

	(void)state;
	memset(&held, 0, sizeof(held));
	duet_get_output_init(&held.output);
	duet_get_output_open_stdout(&held.output, true);
	assert_int_equal(duet_get_holding_init(&held.holding, &held.output, URL,
					       &held.err),
			 DUET_OK);
	answered(&held, 200, "\"one\"");
	assert_true(duet_get_holding_add(&held.holding, 0, 4));
	assert_int_equal(save(&held), DUET_OK);
	assert_int_equal(duet_get_holding_find(&held.holding, &held.output,
					       &held.why, &held.err),
			 DUET_E_ARGUMENT);
	done(&held);
}

#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_PLACE(goes_on_with_what_its_journal_says),
		IN_A_PLACE(a_part_that_cannot_be_trusted_is_nothing),
		IN_A_PLACE(one_of_another_url_is_an_error),
		IN_A_PLACE(of_too_many_pieces_it_takes_the_first),
		IN_A_PLACE(without_a_part_it_is_the_file),
		IN_A_PLACE(an_empty_file_is_nothing),
		IN_A_PLACE(what_begins_anew_has_a_journal_of_its_own),
		IN_A_PLACE(what_is_not_the_file_has_none),
		IN_A_PLACE(a_tick_saves_only_now_and_then),
		IN_A_PLACE(a_part_that_is_gone_has_no_journal),
		IN_A_PLACE(what_is_no_file_has_no_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
