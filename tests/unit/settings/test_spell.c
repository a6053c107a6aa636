/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "settings/load.h"
#include "settings/spell.h"
#include "support/unit.h"

enum {
	PLENTY = 65536,
};

/* Of a document that is fine; to be freed. */
static struct duet_buffer spelt(const char *text)
{
	struct duet_findings findings = { 0 };
	struct duet_buffer out = { NULL, 0 };
	struct duet_document document;
	struct duet_buf buf;

	assert_int_equal(duet_document_parse(&document, duet_str(text),
					     &findings),
			 DUET_OK);
	assert_int_equal(findings.n_errors, 0);
	duet_buf_init(&buf, PLENTY);
	assert_int_equal(duet_spell_out(&document, &buf), DUET_OK);
	assert_int_equal(duet_buf_take(&buf, &out), DUET_OK);
	duet_buf_done(&buf);
	duet_document_done(&document);
	return out;
}

static struct duet_settings *loaded(const char *text)
{
	struct duet_buffer out = spelt(text);
	struct duet_settings *settings = NULL;
	struct duet_error err;

	if (duet_settings_load((struct duet_bytes){ out.data, out.len },
			       &settings, &err) != DUET_OK)
		fail_msg("%s: %s", err.text, (const char *)out.data);
	duet_buffer_free(&out);
	return settings;
}

static void a_text_is_a_list_of_one(void **state)
{
	struct duet_settings *s =
		loaded("listen: unix:/a, b\n"
		       "sites: [ { root: x, names: [ a, b ], allow: '::1',\n"
		       "  cache: [ { files: '*.css', control: x } ] } ]\n");

	(void)state;
	assert_int_equal(s->n_listen, 1);
	assert_string_equal(s->listen[0], "unix:/a, b");
	assert_int_equal(s->sites[0].n_names, 2);
	assert_int_equal(s->sites[0].rules.n_allow, 1);
	assert_string_equal(s->sites[0].rules.allow[0], "::1");
	assert_int_equal(s->sites[0].rules.cache[0].n_files, 1);
	assert_string_equal(s->sites[0].rules.cache[0].files[0], "*.css");
	duet_settings_unload(s);
}

static void none_is_said_and_nothing_else(void **state)
{
	struct duet_settings *s = loaded(
		"sites:\n"
		"- { fallback: none, cache: none, errors: none, deny: none,\n"
		"    throttle: none, auth: none, root: none, allow: none }\n"
		"- { root: x, throttle: { requests: 1 } }\n");
	const struct duet_settings_rules *rules = &s->sites[0].rules;

	(void)state;
	assert_true(rules->no_fallback && rules->no_cache && rules->no_errors &&
		    rules->no_deny && rules->no_throttle && rules->no_auth);
	assert_null(rules->fallback);
	assert_null(rules->throttle);
	assert_null(rules->auth);
	assert_int_equal(rules->n_cache + rules->n_errors + rules->n_deny, 0);
	/* There a word is what it says. */
	assert_string_equal(rules->root, "none");
	assert_string_equal(rules->allow[0], "none");
	rules = &s->sites[1].rules;
	assert_false(rules->no_throttle || rules->no_auth || rules->no_deny);
	assert_int_equal(rules->throttle->requests, 1);
	assert_false(rules->no_fallback || rules->no_cache || rules->no_errors);
	duet_settings_unload(s);
}

static void texts_stay_as_they_are(void **state)
{
	struct duet_settings *s = loaded(
		"\xef\xbb\xbfsites:\n"
		"- reply:\n"
		"    status: 200\n"
		"    text: |\n"
		"      \xe2\x82\xac \"a\" \\n 'b' # c\n"
		"\n"
		"        - : { [ % @ `\n"
		"  names: [ \"\\x01\\x7f\\x85\\ufeff\\U0001f600\\t\", ' ', \"~\" ]\n"
		"  hsts: { max_age_s: 0, preload: true }\n");
	const struct duet_settings_site *site = s->sites;

	(void)state;
	assert_string_equal(site->rules.reply->text,
			    "\xe2\x82\xac \"a\" \\n 'b' # c\n\n"
			    "  - : { [ % @ `\n");
	assert_int_equal(site->n_names, 3);
	assert_string_equal(site->names[0],
			    "\x01\x7f\xc2\x85\xef\xbb\xbf\xf0\x9f\x98\x80\t");
	assert_string_equal(site->names[1], " ");
	assert_string_equal(site->names[2], "~");
	assert_int_equal(*site->hsts->max_age_s, 0);
	assert_true(site->hsts->preload);
	assert_false(site->hsts->subdomains);
	duet_settings_unload(s);
}

/* What grows most, and a text that no line is broken in. */
static void it_does_not_grow_much(void **state)
{
	struct duet_buf buf;
	struct duet_buffer out;
	const char *text;
	int i;

	(void)state;
	duet_buf_init(&buf, PLENTY);
	assert_int_equal(duet_buf_add_str(&buf, "sites: [{root: x, names: ["),
			 DUET_OK);
	for (i = 0; i < 1000; i++)
		assert_int_equal(duet_buf_add_str(&buf, "a,"), DUET_OK);
	for (i = 0; i < 1000; i++)
		assert_int_equal(duet_buf_add_str(&buf, "a "), DUET_OK);
	assert_int_equal(duet_buf_add(&buf, "]}]", 4), DUET_OK);
	text = duet_buf_bytes(&buf).data;
	out = spelt(text);
	assert_in_range(out.len, strlen(text), DUET_SPELL_GROWS * strlen(text));
	assert_ptr_equal(memchr(out.data, '\n', out.len),
			 (char *)out.data + out.len - 1);
	duet_buffer_free(&out);
	duet_buf_done(&buf);
}

static void without_room_there_is_no_memory(void **state)
{
	struct duet_findings findings = { 0 };
	struct duet_document document;
	struct duet_buf buf;
	size_t room;

	(void)state;
	assert_int_equal(duet_document_parse(&document,
					     duet_str("sites: [{root: x}]"),
					     &findings),
			 DUET_OK);
	for (room = 1; room < 20; room++) {
		duet_buf_init(&buf, room);
		assert_int_equal(duet_spell_out(&document, &buf), DUET_E_NOMEM);
		duet_buf_done(&buf);
	}
	duet_document_done(&document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_a_list_of_one),
		cmocka_unit_test(none_is_said_and_nothing_else),
		cmocka_unit_test(texts_stay_as_they_are),
		cmocka_unit_test(it_does_not_grow_much),
		cmocka_unit_test(without_room_there_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
