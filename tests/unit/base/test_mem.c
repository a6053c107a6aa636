/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "support/unit.h"

struct count {
	int taken;
	int released;
};

static void *counted_alloc(size_t size, void *arg)
{
	((struct count *)arg)->taken++;
	return malloc(size);
}

static void *counted_resize(void *ptr, size_t size, void *arg)
{
	if (ptr == NULL)
		((struct count *)arg)->taken++;
	return realloc(ptr, size);
}

static void counted_release(void *ptr, void *arg)
{
	((struct count *)arg)->released++;
	free(ptr);
}

static void everything_goes_through_the_hook(void **state)
{
	struct count count = { 0, 0 };
	const struct duet_allocator hook = { sizeof(hook), counted_alloc,
					     counted_resize, counted_release,
					     &count };
	char *a;
	char *b;

	(void)state;
	assert_false(duet_mem_is_hooked());
	duet_mem_set_hook(&hook);
	assert_true(duet_mem_is_hooked());
	a = duet_mem_strdup("secret");
	b = duet_mem_resize(NULL, 10);
	assert_non_null(a);
	assert_non_null(b);
	duet_mem_free_secret(a, 7);
	duet_mem_free(b);
	duet_mem_free(NULL);
	duet_mem_set_hook(NULL);
	assert_int_equal(count.taken, 2);
	assert_int_equal(count.released, 2);
}

static void an_array_too_large_to_count_is_refused(void **state)
{
	void *array;

	(void)state;
	assert_null(duet_mem_array(SIZE_MAX / 2, 4));
	array = duet_mem_array(3, 4);
	assert_non_null(array);
	assert_memory_equal(array, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
	duet_mem_free(array);
}

static void copies_end_in_nul(void **state)
{
	char *part = duet_mem_strndup("hello", 4);
	char *text = duet_mem_printf("%s-%d", part, 5);

	(void)state;
	assert_string_equal(part, "hell");
	assert_string_equal(text, "hell-5");
	assert_null(duet_mem_strdup(NULL));
	duet_mem_free(part);
	duet_mem_free(text);
}

static void every_bit_counts_in_what_is_the_same(void **state)
{
	uint8_t a[9] = "12345678";
	uint8_t b[9] = "12345678";
	size_t i;

	(void)state;
	assert_true(duet_mem_is_same(a, b, sizeof(a)));
	assert_true(duet_mem_is_same(NULL, NULL, 0));
	for (i = 0; i < 8 * sizeof(a); i++) {
		b[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_false(duet_mem_is_same(a, b, sizeof(a)));
		assert_true(duet_mem_is_same(a, b, i / 8));
		b[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_goes_through_the_hook),
		cmocka_unit_test(an_array_too_large_to_count_is_refused),
		cmocka_unit_test(copies_end_in_nul),
		cmocka_unit_test(every_bit_counts_in_what_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
