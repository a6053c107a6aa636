/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>

#include "base/clock.h"
#include "site/cache.h"
#include "support/memory.h"
#include "support/unit.h"
#include "tree.h"

/* Nothing is looked at again but where a test says so. */
static const struct duet_cache_limits limits = {
	.entries = 4,
	.fds = 2,
	.bytes = 100000,
	.recheck_ms = INT32_MAX,
	.idle_ms = INT32_MAX,
};

struct place {
	struct tree tree;
	struct duet_cache *cache;
};

static void place_make(struct place *place,
		       const struct duet_cache_limits *these, bool is_told)
{
	struct duet_error err;

	tree_make(&place->tree);
	place->cache = NULL;
	if (these == NULL)
		return;
	assert_int_equal(duet_cache_new(these, is_told ? &stirred : NULL,
					&place->cache, &err),
			 DUET_OK);
	assert_int_equal(duet_cache_is_told(place->cache), is_told);
}

static void place_done(struct place *place)
{
	duet_cache_free(place->cache);
	tree_done(&place->tree);
}

static struct duet_entry *get(struct place *place, const char *path)
{
	struct duet_patience patience = { 0 };
	struct duet_entry *entry = NULL;
	int rc = duet_cache_get(place->cache, &place->tree.look, path,
				&patience, &entry);

	while (rc == -EAGAIN) {
		tree_rest();
		rc = duet_cache_get(place->cache, &place->tree.look, path,
				    &patience, &entry);
	}
	if (rc != 0)
		fail_msg("'%s': %d", path, rc);
	return entry;
}

static bool is_kept(struct place *place, const char *path)
{
	struct duet_entry *entry = get(place, path);
	bool kept = entry->kept;

	duet_entry_unref(entry);
	return kept;
}

static void assert_body(struct place *place, const char *path, const char *body)
{
	struct duet_entry *entry = get(place, path);

	assert_int_equal(entry->sizes[0], strlen(body));
	assert_memory_equal(entry->forms[0].body, body, strlen(body));
	duet_entry_unref(entry);
}

static void keeps_what_is_asked_for_twice(void **state)
{
	struct place place;
	struct duet_entry *one;
	struct duet_entry *other;

	(void)state;
	place_make(&place, &limits, true);
	tree_write(&place.tree, "file", "text");
	assert_false(is_kept(&place, "file"));
	assert_true(is_kept(&place, "file"));
	one = get(&place, "file");
	other = get(&place, "file");
	assert_ptr_equal(one, other);
	assert_int_equal(duet_cache_use(place.cache).entries, 1);
	assert_int_equal(duet_cache_use(place.cache).bytes, 4);
	duet_entry_unref(one);
	duet_entry_unref(other);
	place_done(&place);
}

static void keeps_nothing_without_a_cache(void **state)
{
	struct place place;
	int i;

	(void)state;
	place_make(&place, NULL, false);
	tree_write(&place.tree, "file", "text");
	for (i = 0; i < 3; i++)
		assert_false(is_kept(&place, "file"));
	place_done(&place);
}

static void what_is_not_there_is_not_watched(void **state)
{
	struct place place;
	struct duet_entry *entry = NULL;
	int i;

	(void)state;
	place_make(&place, &limits, true);
	for (i = 0; i < 3; i++)
		assert_int_equal(duet_cache_get(place.cache, &place.tree.look,
						"missing", NULL, &entry),
				 -ENOENT);
	assert_null(entry);
	tree_write(&place.tree, "missing", "text");
	assert_body(&place, "missing", "text");
	place_done(&place);
}

static void a_change_is_seen_at_once(void **state)
{
	struct place place;
	struct duet_entry *old;

	(void)state;
	place_make(&place, &limits, true);
	tree_write(&place.tree, "file", "old!");
	(void)is_kept(&place, "file");
	assert_true(is_kept(&place, "file"));
	old = get(&place, "file");
	tree_write(&place.tree, "file", "new!");
	assert_body(&place, "file", "new!");
	/* Who had it has it still. */
	assert_true(old->stale);
	assert_false(old->kept);
	assert_memory_equal(old->forms[0].body, "old!", 4);
	duet_entry_unref(old);
	place_done(&place);
}

/* One cache is for all directories of a process. */
static void tells_directories_apart(void **state)
{
	struct place place;
	struct tree other;
	struct duet_entry *entry = NULL;
	int i;

	(void)state;
	place_make(&place, &limits, true);
	tree_make(&other);
	tree_write(&place.tree, "file", "one");
	tree_write(&other, "file", "two");
	tree_rest();
	for (i = 0; i < 3; i++) {
		assert_body(&place, "file", "one");
		assert_int_equal(duet_cache_get(place.cache, &other.look,
						"file", NULL, &entry),
				 0);
		assert_memory_equal(entry->forms[0].body, "two", 3);
		duet_entry_unref(entry);
	}
	assert_int_equal(duet_cache_use(place.cache).entries, 2);
	tree_write(&other, "file", "new");
	assert_int_equal(duet_cache_get(place.cache, &other.look, "file", NULL,
					&entry),
			 0);
	assert_memory_equal(entry->forms[0].body, "new", 3);
	duet_entry_unref(entry);
	assert_true(is_kept(&place, "file"));
	duet_cache_free(place.cache);
	tree_done(&other);
	tree_done(&place.tree);
}

static void asks_to_wait_for_what_has_just_been_changed(void **state)
{
	struct place place;
	struct duet_patience patience = { 0 };
	struct duet_entry *entry = NULL;

	(void)state;
	place_make(&place, &limits, true);
	tree_write(&place.tree, "file", "text");
	assert_int_equal(duet_cache_get(place.cache, &place.tree.look, "file",
					&patience, &entry),
			 -EAGAIN);
	/* or gives it as what it is */
	tree_write(&place.tree, "file", "more");
	patience.is_over = true;
	assert_int_equal(duet_cache_get(place.cache, &place.tree.look, "file",
					&patience, &entry),
			 0);
	assert_int_not_equal(entry->rest, DUET_AT_REST);
	assert_true(entry->tied);
	assert_false(entry->kept);
	duet_entry_unref(entry);
	assert_int_equal(duet_cache_use(place.cache).entries, 0);
	place_done(&place);
}

/* Twice, so that they are kept. */
static void ask(struct place *place, const char *path)
{
	assert_false(is_kept(place, path));
	assert_true(is_kept(place, path));
}

static void drops_what_was_not_used_for_longest(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	struct place place;
	size_t i;

	(void)state;
	place_make(&place, &limits, true);
	for (i = 0; i < COUNT(names); i++)
		tree_write(&place.tree, names[i], "text");
	for (i = 0; i < 4; i++)
		ask(&place, names[i]);
	duet_entry_unref(get(&place, "a"));
	ask(&place, "e");
	assert_int_equal(duet_cache_use(place.cache).entries, 4);
	/* "b" had to go: it is a new one. */
	{
		struct duet_entry *a = get(&place, "a");
		struct duet_entry *c = get(&place, "c");

		assert_int_equal(a->refs, 2);
		assert_int_equal(c->refs, 2);
		duet_entry_unref(a);
		duet_entry_unref(c);
	}
	place_done(&place);
}

static void holds_no_more_bytes_than_it_may(void **state)
{
	struct place place;

	(void)state;
	place_make(&place, &limits, true);
	tree_write_size(&place.tree, "a", "x", 60000);
	tree_write_size(&place.tree, "b", "x", 60000);
	ask(&place, "a");
	ask(&place, "b");
	assert_int_equal(duet_cache_use(place.cache).entries, 1);
	assert_int_equal(duet_cache_use(place.cache).bytes, 60000);
	place_done(&place);
}

static void holds_no_more_files_open_than_it_may(void **state)
{
	struct place place;

	(void)state;
	place_make(&place, &limits, true);
	tree_write(&place.tree, "small", "text");
	tree_write_size(&place.tree, "a", "x", DUET_BODY_MAX_BYTES + 1);
	tree_write_size(&place.tree, "b", "x", DUET_BODY_MAX_BYTES + 1);
	tree_write_size(&place.tree, "c", "x", DUET_BODY_MAX_BYTES + 1);
	ask(&place, "small");
	ask(&place, "a");
	ask(&place, "b");
	ask(&place, "c");
	assert_int_equal(duet_cache_use(place.cache).fds, 2);
	/* Those that hold none stay. */
	assert_int_equal(duet_cache_use(place.cache).entries, 3);
	place_done(&place);
}

static void looks_again_where_nobody_tells(void **state)
{
	struct duet_cache_limits often = limits;
	struct place place;

	(void)state;
	often.recheck_ms = 0;
	place_make(&place, &often, false);
	tree_write(&place.tree, "file", "old!");
	ask(&place, "file");
	tree_write(&place.tree, "new", "new!");
	tree_rename(&place.tree, "new", "file");
	assert_body(&place, "file", "new!");
	place_done(&place);
}

static void lets_go_of_what_nobody_asks_for(void **state)
{
	struct duet_cache_limits shortly = limits;
	struct place place;

	(void)state;
	shortly.idle_ms = 1;
	place_make(&place, &shortly, true);
	tree_write(&place.tree, "file", "text");
	ask(&place, "file");
	tree_rest();
	assert_int_equal(duet_cache_step(place.cache), -1);
	assert_int_equal(duet_cache_use(place.cache).entries, 0);
	place_done(&place);
}

static void a_step_lets_go_of_what_was_removed(void **state)
{
	struct place place;

	(void)state;
	place_make(&place, &limits, true);
	tree_write_size(&place.tree, "file", "x", DUET_BODY_MAX_BYTES + 1);
	ask(&place, "file");
	assert_true(duet_cache_step(place.cache) > 0);
	assert_int_equal(duet_cache_use(place.cache).fds, 1);
	tree_remove(&place.tree, "file");
	assert_int_equal(duet_cache_step(place.cache), -1);
	assert_int_equal(duet_cache_use(place.cache).fds, 0);
	place_done(&place);
}

/* No allocation on the warm path. */
static void what_is_kept_is_given_without_allocating(void **state)
{
	struct place place;
	int i;

	(void)state;
	place_make(&place, &limits, true);
	tree_write(&place.tree, "file", "text");
	ask(&place, "file");
	memory_count();
	for (i = 0; i < 10; i++)
		duet_entry_unref(get(&place, "file"));
	(void)memory_done();
	assert_int_equal(memory.n, 0);
	place_done(&place);
}

/* Every allocation fails in turn; nothing is lost, nothing wrong is kept. */
static void survives_without_memory(void **state)
{
	struct duet_cache_limits often = limits;
	struct duet_entry *entry;
	struct place place;
	bool failed = true;
	int rc;
	int i;

	(void)state;
	/* What could not be tied to is looked at again. */
	often.recheck_ms = 0;
	for (i = 0; failed; i++) {
		place_make(&place, &often, true);
		tree_write(&place.tree, "file", "text");
		duet_entry_unref(get(&place, "file"));
		entry = NULL;
		memory_fail(i);
		rc = duet_cache_get(place.cache, &place.tree.look, "file", NULL,
				    &entry);
		failed = memory_done();
		assert_true(rc == 0 || (rc == -ENOMEM && failed));
		duet_entry_unref(entry);
		tree_write(&place.tree, "file", "other");
		assert_body(&place, "file", "other");
		place_done(&place);
	}
	assert_true(i > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_is_asked_for_twice),
		cmocka_unit_test(keeps_nothing_without_a_cache),
		cmocka_unit_test(what_is_not_there_is_not_watched),
		cmocka_unit_test(a_change_is_seen_at_once),
		cmocka_unit_test(tells_directories_apart),
		cmocka_unit_test(asks_to_wait_for_what_has_just_been_changed),
		cmocka_unit_test(drops_what_was_not_used_for_longest),
		cmocka_unit_test(holds_no_more_bytes_than_it_may),
		cmocka_unit_test(holds_no_more_files_open_than_it_may),
		cmocka_unit_test(looks_again_where_nobody_tells),
		cmocka_unit_test(lets_go_of_what_nobody_asks_for),
		cmocka_unit_test(a_step_lets_go_of_what_was_removed),
		cmocka_unit_test(what_is_kept_is_given_without_allocating),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
