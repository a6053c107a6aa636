/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sys/eventfd.h>

#include <stdio.h>
#include <stdlib.h>

#include "http/pack.h"
#include "site/squeeze.h"
#include "support/memory.h"
#include "support/unit.h"
#include "tree.h"

enum {
	SIZE = 8192,
	LARGE = 2 * DUET_BODY_MAX_BYTES, /* read by the thread */
};

static const struct duet_squeezer_limits limits = {
	.results = 8,
	.bytes = 1 << 20,
	.waiting_bytes = 1 << 20,
	.file_min_bytes = 1000,
	.file_max_bytes = 1 << 20,
};

struct place {
	struct tree tree;
	struct duet_squeezer *squeezer;
	int woken;
};

static void wake(void *arg)
{
	const struct place *place = arg;

	if (eventfd_write(place->woken, 1) != 0)
		abort(); /* it is the other thread */
}

static void place_make(struct place *place,
		       const struct duet_squeezer_limits *these)
{
	tree_make(&place->tree);
	place->woken = eventfd(0, EFD_CLOEXEC);
	assert_true(place->woken >= 0);
	assert_int_equal(duet_squeezer_new(these, wake, place, &place->squeezer,
					   NULL),
			 DUET_OK);
}

static void place_done(struct place *place)
{
	duet_squeezer_free(place->squeezer);
	assert_int_equal(close(place->woken), 0);
	tree_done(&place->tree);
}

/* Lines that differ by where they are, and by first. */
static void write_text(const struct place *place, const char *name, size_t size,
		       char first)
{
	char *text = malloc(size + 32);
	size_t i;

	assert_non_null(text);
	for (i = 0; i < size; i += 16)
		(void)snprintf(text + i, 17, "%c%-14u\n", first, (unsigned)i);
	text[size] = '\0';
	tree_write(&place->tree, name, text);
	free(text);
}

/* Nothing that could become shorter, nor a NUL. */
static void write_noise(const struct place *place, const char *name)
{
	char noise[SIZE + 1];
	uint64_t x = 88172645463325252;
	size_t i;

	for (i = 0; i < SIZE; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		noise[i] = (char)((x >> 24) % 255 + 1);
	}
	noise[SIZE] = '\0';
	tree_write(&place->tree, name, noise);
}

static struct duet_entry *look(const struct place *place, const char *name)
{
	struct duet_entry *entry = NULL;

	tree_rest();
	assert_int_equal(duet_entry_new(&place->tree.look, name, NULL, NULL,
					&entry),
			 0);
	assert_int_equal(entry->rest, DUET_AT_REST);
	return entry;
}

static struct duet_squeezed *get(const struct place *place,
				 struct duet_entry *entry)
{
	return duet_squeezer_get(place->squeezer, entry, DUET_CODING_GZIP,
				 true);
}

static void await(const struct place *place)
{
	eventfd_t n;

	while (duet_squeezer_use(place->squeezer).waiting_bytes > 0) {
		assert_int_equal(eventfd_read(place->woken, &n), 0);
		duet_squeezer_step(place->squeezer);
	}
}

/* Asked for, and waited for. */
static enum duet_squeezed_state make(const struct place *place,
				     const char *name)
{
	struct duet_entry *entry = look(place, name);
	struct duet_squeezed *squeezed = get(place, entry);
	enum duet_squeezed_state state;

	assert_non_null(squeezed);
	assert_int_equal(squeezed->state, DUET_SQUEEZED_WAITING);
	await(place);
	state = squeezed->state;
	duet_squeezed_unref(squeezed);
	duet_entry_unref(entry);
	return state;
}

static bool is_kept(const struct place *place, const char *name)
{
	struct duet_entry *entry = look(place, name);
	struct duet_squeezed *squeezed =
		duet_squeezer_get(place->squeezer, entry, DUET_CODING_GZIP,
				  false);

	duet_entry_unref(entry);
	duet_squeezed_unref(squeezed);
	return squeezed != NULL;
}

static void assert_packed(const struct duet_squeezed *squeezed,
			  const struct duet_entry *entry,
			  enum duet_coding coding)
{
	const struct duet_form *form = &squeezed->job.form;
	const struct duet_form *original = &entry->forms[DUET_CODING_IDENTITY];
	size_t size = (size_t)original->version.size;
	uint8_t *plain = malloc(size);
	uint8_t *packed = malloc(size);
	struct duet_error why;
	size_t len = 0;

	assert_non_null(plain);
	assert_non_null(packed);
	assert_int_equal(duet_form_read(original, plain, size, 0, &len, &why),
			 DUET_OK);
	assert_int_equal(len, size);
	assert_int_equal(duet_pack(coding, (struct duet_bytes){ plain, size },
				   packed, size, &len),
			 DUET_OK);
	assert_int_equal(form->version.size, len);
	assert_memory_equal(form->body, packed, len);
	assert_int_equal(duet_entry_verify(entry, form, &why), DUET_OK);
	free(plain);
	free(packed);
}

static void of_each_coding(const struct place *place, const char *name)
{
	struct duet_entry *entry = look(place, name);
	struct duet_squeezed *all[DUET_N_CODINGS];
	int i;

	for (i = 1; i < DUET_N_CODINGS; i++) {
		all[i] = duet_squeezer_get(place->squeezer, entry,
					   (enum duet_coding)i, true);
		assert_non_null(all[i]);
	}
	await(place);
	for (i = 1; i < DUET_N_CODINGS; i++) {
		assert_int_equal(all[i]->state, DUET_SQUEEZED_READY);
		assert_packed(all[i], entry, (enum duet_coding)i);
		assert_string_not_equal(all[i]->job.form.etag,
					entry->forms[0].etag);
		assert_string_not_equal(all[i]->job.form.etag,
					all[i % 3 + 1]->job.form.etag);
	}
	for (i = 1; i < DUET_N_CODINGS; i++)
		duet_squeezed_unref(all[i]);
	duet_entry_unref(entry);
}

static void encodes_what_is_in_memory_and_what_is_not(void **state)
{
	struct place place;

	(void)state;
	place_make(&place, &limits);
	write_text(&place, "small.txt", SIZE, 'a');
	write_text(&place, "large.txt", LARGE, 'a');
	of_each_coding(&place, "small.txt");
	of_each_coding(&place, "large.txt");
	place_done(&place);
}

static void who_asks_meanwhile_waits_for_the_same(void **state)
{
	struct duet_squeezed *one;
	struct duet_squeezed *other;
	struct duet_entry *entry;
	struct place place;

	(void)state;
	place_make(&place, &limits);
	write_text(&place, "a.txt", SIZE, 'a');
	entry = look(&place, "a.txt");
	one = get(&place, entry);
	other = get(&place, entry);
	assert_non_null(one);
	assert_ptr_equal(one, other);
	assert_int_equal(duet_squeezer_use(place.squeezer).waiting_bytes, SIZE);
	/* Who does not want to wait need not. */
	assert_null(duet_squeezer_get(place.squeezer, entry, DUET_CODING_GZIP,
				      false));
	await(&place);
	duet_squeezed_unref(other);
	other = duet_squeezer_get(place.squeezer, entry, DUET_CODING_GZIP,
				  false);
	assert_ptr_equal(one, other);
	assert_int_equal(other->state, DUET_SQUEEZED_READY);
	duet_squeezed_unref(one);
	duet_squeezed_unref(other);
	duet_entry_unref(entry);
	place_done(&place);
}

static void goes_by_the_version_and_not_by_the_name(void **state)
{
	struct place place;

	(void)state;
	place_make(&place, &limits);
	write_text(&place, "a.txt", SIZE, 'a');
	assert_int_equal(make(&place, "a.txt"), DUET_SQUEEZED_READY);
	assert_true(is_kept(&place, "a.txt"));
	write_text(&place, "a.txt", SIZE, 'b');
	assert_false(is_kept(&place, "a.txt"));
	assert_int_equal(make(&place, "a.txt"), DUET_SQUEEZED_READY);
	assert_int_equal(duet_squeezer_use(place.squeezer).results, 2);
	tree_link(&place.tree, "a.txt", "b.txt");
	assert_true(is_kept(&place, "b.txt"));
	place_done(&place);
}

static void remembers_what_is_not_worth_it(void **state)
{
	struct duet_entry *entry;
	struct place place;

	(void)state;
	place_make(&place, &limits);
	write_noise(&place, "noise.txt");
	assert_int_equal(make(&place, "noise.txt"), DUET_SQUEEZED_WORTHLESS);
	assert_int_equal(duet_squeezer_use(place.squeezer).results, 1);
	assert_int_equal(duet_squeezer_use(place.squeezer).bytes, 0);
	entry = look(&place, "noise.txt");
	assert_null(get(&place, entry));
	assert_int_equal(duet_squeezer_use(place.squeezer).waiting_bytes, 0);
	duet_entry_unref(entry);
	place_done(&place);
}

static void takes_types_that_shrink_of_some_size(void **state)
{
	static const struct {
		const char *name;
		size_t size;
		bool is_taken;
	} cases[] = {
		{ "a.txt", 1000, true },           { "b.txt", 999, false },
		{ "c.txt", 1 << 20, true },        { "d.txt", 0, false },
		{ "e.txt", (1 << 20) + 1, false }, { "f.html", 2000, true },
		{ "g.png", 2000, false },          { "README", 2000, false },
	};
	struct duet_entry *entry;
	struct place place;
	size_t i;

	(void)state;
	place_make(&place, &limits);
	for (i = 0; i < COUNT(cases); i++)
		write_text(&place, cases[i].name, cases[i].size, 'a');
	for (i = 0; i < COUNT(cases); i++) {
		entry = look(&place, cases[i].name);
		if (duet_squeezer_takes(place.squeezer, entry) !=
		    cases[i].is_taken)
			fail_msg("%s", cases[i].name);
		duet_entry_unref(entry);
	}
	place_done(&place);
}

static void a_file_that_was_changed_is_not_encoded(void **state)
{
	struct duet_squeezed *squeezed;
	struct duet_entry *entry;
	struct place place;

	(void)state;
	place_make(&place, &limits);
	write_text(&place, "large.txt", LARGE, 'a');
	entry = look(&place, "large.txt");
	write_text(&place, "large.txt", LARGE, 'b');
	squeezed = get(&place, entry);
	assert_non_null(squeezed);
	await(&place);
	assert_int_equal(squeezed->state, DUET_SQUEEZED_FAILED);
	assert_int_equal(duet_squeezer_use(place.squeezer).results, 0);
	assert_int_equal(duet_squeezer_use(place.squeezer).bytes, 0);
	duet_squeezed_unref(squeezed);
	duet_entry_unref(entry);
	place_done(&place);
}

static void write_many(const struct place *place, int n)
{
	char name[16];
	int i;

	for (i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%d.txt", i);
		write_text(place, name, SIZE, (char)('a' + i));
	}
}

static void lets_go_of_what_was_not_used_for_longest(void **state)
{
	struct duet_squeezer_limits few = limits;
	struct place place;

	(void)state;
	few.results = 2;
	place_make(&place, &few);
	write_many(&place, 3);
	(void)make(&place, "0.txt");
	(void)make(&place, "1.txt");
	assert_true(is_kept(&place, "0.txt"));
	(void)make(&place, "2.txt");
	assert_true(is_kept(&place, "0.txt"));
	assert_false(is_kept(&place, "1.txt"));
	assert_true(is_kept(&place, "2.txt"));
	assert_int_equal(duet_squeezer_use(place.squeezer).results, 2);
	place_done(&place);
}

/* No more memory than it may, whoever holds on to it. */
static void does_not_let_go_of_what_is_being_sent(void **state)
{
	struct duet_squeezer_limits few = limits;
	struct duet_squeezed *held;
	struct duet_entry *entry;
	struct place place;
	size_t used;

	(void)state;
	few.bytes = SIZE + 100;
	place_make(&place, &few);
	write_many(&place, 2);
	(void)make(&place, "0.txt");
	used = duet_squeezer_use(place.squeezer).bytes;
	assert_in_range(used, 101, SIZE / 2);
	entry = look(&place, "0.txt");
	held = get(&place, entry);
	assert_non_null(held);
	duet_entry_unref(entry);

	entry = look(&place, "1.txt");
	assert_null(get(&place, entry));
	assert_int_equal(duet_squeezer_use(place.squeezer).bytes, used);
	duet_entry_unref(entry);
	duet_squeezed_unref(held);
	assert_int_equal(make(&place, "1.txt"), DUET_SQUEEZED_READY);
	assert_false(is_kept(&place, "0.txt"));
	place_done(&place);
}

static void no_more_wait_than_may(void **state)
{
	struct duet_squeezer_limits few = limits;
	struct duet_squeezed *first;
	struct duet_entry *entries[2];
	struct place place;

	(void)state;
	few.waiting_bytes = 2 * SIZE - 1;
	place_make(&place, &few);
	write_many(&place, 2);
	entries[0] = look(&place, "0.txt");
	entries[1] = look(&place, "1.txt");
	first = get(&place, entries[0]);
	assert_non_null(first);
	assert_null(get(&place, entries[1]));
	await(&place);
	duet_squeezed_unref(first);
	first = get(&place, entries[1]);
	assert_non_null(first);
	await(&place);
	duet_squeezed_unref(first);
	duet_entry_unref(entries[0]);
	duet_entry_unref(entries[1]);
	place_done(&place);
}

static void may_end_while_much_is_waiting(void **state)
{
	struct duet_squeezed *waiting[4];
	struct duet_entry *entry;
	struct place place;
	char name[16];
	int i;

	(void)state;
	place_make(&place, &limits);
	write_many(&place, 4);
	for (i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof(name), "%d.txt", i);
		entry = look(&place, name);
		waiting[i] = get(&place, entry);
		assert_non_null(waiting[i]);
		duet_entry_unref(entry);
	}
	place_done(&place);
	for (i = 0; i < 4; i++) {
		assert_int_not_equal(waiting[i]->state, DUET_SQUEEZED_WAITING);
		duet_squeezed_unref(waiting[i]);
	}
}

/* Of both threads: every allocation fails in turn. */
static void survives_without_memory(void **state)
{
	struct duet_squeezed *squeezed;
	struct duet_entry *entry;
	struct place place;
	bool failed = true;
	int i;

	(void)state;
	for (i = 0; failed; i++) {
		place_make(&place, &limits);
		write_text(&place, "a.txt", LARGE, 'a');
		entry = look(&place, "a.txt");
		memory_fail(i);
		squeezed = get(&place, entry);
		await(&place);
		failed = memory_done();
		assert_true(squeezed == NULL ||
			    squeezed->state == DUET_SQUEEZED_READY ||
			    squeezed->state == DUET_SQUEEZED_FAILED);
		assert_true(failed || squeezed->state == DUET_SQUEEZED_READY);
		duet_squeezed_unref(squeezed);
		duet_entry_unref(entry);
		assert_true(is_kept(&place, "a.txt") ||
			    make(&place, "a.txt") == DUET_SQUEEZED_READY);
		place_done(&place);
	}
	assert_true(i > 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_what_is_in_memory_and_what_is_not),
		cmocka_unit_test(who_asks_meanwhile_waits_for_the_same),
		cmocka_unit_test(goes_by_the_version_and_not_by_the_name),
		cmocka_unit_test(remembers_what_is_not_worth_it),
		cmocka_unit_test(takes_types_that_shrink_of_some_size),
		cmocka_unit_test(a_file_that_was_changed_is_not_encoded),
		cmocka_unit_test(lets_go_of_what_was_not_used_for_longest),
		cmocka_unit_test(does_not_let_go_of_what_is_being_sent),
		cmocka_unit_test(no_more_wait_than_may),
		cmocka_unit_test(may_end_while_much_is_waiting),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
