/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "settings/load.h"
#include "settings/table.h"
#include "support/unit.h"

static const char everything[] =
	"listen: [ ':443', 'unix:/run/x' ]\n"
	"workers: 3\n"
	"isolation: connection\n"
	"close: strict\n"
	"drain_s: 0\n"
	"max_connections: 77\n"
	"log: { file: /log, format: combined }\n"
	"limits:\n"
	"  line_bytes: 300\n"
	"  head_bytes: 4294967295\n"
	"  body_bytes: 9223372036854775807\n"
	"  idle_ms: 2147483647\n"
	"sites:\n"
	"- names: [ example.org, \"*.example.org\" ]\n"
	"  identities: [ { cert: c.pem, key: k.pem }, { cert: d.pem } ]\n"
	"  root: /srv\n"
	"- root: other\n"
	"  default: true\n"
	"  list: true\n";

static void every_value_arrives(void **state)
{
	struct duet_settings *s = NULL;

	(void)state;
	assert_int_equal(duet_settings_load(duet_str(everything), &s, NULL),
			 DUET_OK);
	assert_int_equal(s->n_listen, 2);
	assert_string_equal(s->listen[1], "unix:/run/x");
	assert_int_equal(*s->workers, 3);
	assert_int_equal(*s->isolation, 1);
	assert_int_equal(*s->attitude, 1);
	assert_int_equal(*s->drain_s, 0);
	assert_int_equal(*s->max_connections, 77);
	assert_string_equal(s->log->file, "/log");
	assert_int_equal(*s->log->format, 2);
	assert_int_equal(s->limits->line_bytes, 300);
	assert_int_equal(s->limits->head_bytes, UINT32_MAX);
	assert_true(s->limits->body_bytes == INT64_MAX);
	assert_int_equal(s->limits->idle_ms, INT32_MAX);
	assert_int_equal(s->limits->linger_ms, 0);
	assert_int_equal(s->n_sites, 2);
	assert_int_equal(s->sites[0].n_names, 2);
	assert_string_equal(s->sites[0].names[1], "*.example.org");
	assert_false(s->sites[0].is_default);
	assert_int_equal(s->sites[0].n_identities, 2);
	assert_string_equal(s->sites[0].identities[0].key, "k.pem");
	assert_null(s->sites[0].identities[1].key);
	assert_string_equal(s->sites[1].rules.root, "other");
	assert_true(s->sites[1].is_default);
	assert_null(s->sites[0].rules.list);
	assert_true(*s->sites[1].rules.list);
	assert_int_equal(s->sites[1].n_names, 0);
	duet_settings_unload(s);
}

static void what_is_not_said_is_nothing(void **state)
{
	struct duet_settings *s = NULL;

	(void)state;
	assert_int_equal(duet_settings_load(duet_str("sites: [ { root: x } ]"),
					    &s, NULL),
			 DUET_OK);
	assert_int_equal(s->n_listen, 0);
	assert_null(s->workers);
	assert_null(s->isolation);
	assert_null(s->attitude);
	assert_null(s->drain_s);
	assert_null(s->log);
	assert_null(s->limits);
	duet_settings_unload(s);
}

/* Should the check let something through, it is not silently taken. */
static void what_no_check_refused_is_told_all_the_same(void **state)
{
	struct duet_settings *s = NULL;
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_settings_load(duet_str("sites: 3"), &s, &err),
			 DUET_E_STATE);
	assert_null(s);
	assert_non_null(strstr(err.text, "libcyaml"));
	duet_settings_unload(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_arrives),
		cmocka_unit_test(what_is_not_said_is_nothing),
		cmocka_unit_test(what_no_check_refused_is_told_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
