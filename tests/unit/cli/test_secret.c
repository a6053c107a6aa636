/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkdtemp, nftw */
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/secret.h"
#include "support/tempdir.h"

static char dir[TEMP_DIR_BYTES];
static char path[TEMP_DIR_BYTES + 16];

static int make_place(void **state)
{
	(void)state;
	temp_dir_make(dir);
	(void)snprintf(path, sizeof(path), "%s/pass", dir);
	return 0;
}

static int remove_place(void **state)
{
	(void)state;
	return temp_dir_remove(dir);
}

static void a_secret_is_the_first_line(void **state)
{
#define BYTES(literal)                       \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
	static const struct {
		struct duet_bytes content;
		const char *wanted;
	} cases[] = {
		{ BYTES("secret"), "secret" },
		{ BYTES("secret\n"), "secret" },
		{ BYTES("secret\r\nmore\n"), "secret" },
		{ BYTES(" two words \n"), " two words " },
		{ BYTES("secret\n\0"), "secret" },
		{ BYTES(""), NULL },
		{ BYTES("\nsecret\n"), NULL },
		{ BYTES("abc\0def\n"), NULL },
		{ BYTES("\0abc\n"), NULL },
		{ BYTES("abc\0"), NULL },
	};
	struct duet_error err;
	char *passphrase;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(duet_file_write(path, cases[i].content, 0600,
						 NULL),
				 DUET_OK);
		assert_int_equal(duet_secret_read(path, "passphrase",
						  &passphrase, &err),
				 cases[i].wanted != NULL ? DUET_OK
							 : DUET_E_ARGUMENT);
		if (cases[i].wanted != NULL)
			assert_string_equal(passphrase, cases[i].wanted);
		else
			assert_null(passphrase);
		duet_secret_free(passphrase);
	}
	assert_int_equal(duet_secret_read(NULL, "passphrase", &passphrase,
					  &err),
			 DUET_OK);
	assert_null(passphrase);
}

static void a_descriptor_is_read_as_a_file_is(void **state)
{
	struct duet_error err;
	char *passphrase;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "secret\nmore", 11), 11);
	assert_int_equal(close(ends[1]), 0);
	assert_int_equal(duet_secret_read_fd(ends[0], "passphrase", &passphrase,
					     &err),
			 DUET_OK);
	assert_string_equal(passphrase, "secret");
	duet_secret_free(passphrase);
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(duet_secret_read_fd(ends[0], "passphrase", &passphrase,
					     &err),
			 DUET_E_SYSTEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_the_first_line),
		cmocka_unit_test(a_descriptor_is_read_as_a_file_is),
	};

	return cmocka_run_group_tests(tests, make_place, remove_place);
}
