/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "site/multipart.h"
#include "support/unit.h"

enum {
	SIZE = 1000,
};

/* SIZE bytes "0123456789012...", unlinked already. */
static int make_file(void)
{
	char path[] = "/tmp/duet-multipart-XXXXXX";
	int fd = mkstemp(path);
	int i;

	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	for (i = 0; i < SIZE; i++) {
		char digit = (char)('0' + i % 10);

		assert_int_equal(write(fd, &digit, 1), 1);
	}
	return fd;
}

static int read_file(void *arg, void *buf, size_t want, uint64_t offset,
		     size_t *ret_n)
{
	ssize_t n = pread(*(int *)arg, buf, want, (off_t)offset);

	if (n <= 0)
		return DUET_E_TRUNCATED;
	*ret_n = (size_t)n;
	return DUET_OK;
}

static bool is_true;

static int verify(void *arg)
{
	(void)arg;
	return is_true ? DUET_OK : DUET_E_TRUNCATED;
}

static void done(void *arg)
{
	assert_int_equal(close(*(int *)arg), 0);
	*(int *)arg = -1;
}

/* Of a new file, whose descriptor is *fd as long as it is open. */
static struct duet_multipart *of_file(int *fd, const char *type,
				      const struct duet_range *ranges, size_t n)
{
	const struct duet_multipart_body body = { read_file, verify, done, fd };
	struct duet_multipart *multipart;

	*fd = make_file();
	is_true = true;
	multipart = duet_multipart_new(&body, SIZE, type, ranges, n);
	assert_non_null(multipart);
	return multipart;
}

/* Everything it gives, cap bytes at a time; the last status. */
static int produce_all(struct duet_multipart *multipart, size_t cap,
		       struct duet_buf *body)
{
	char piece[4096];
	int rc;

	do {
		size_t n = 0;

		rc = duet_multipart_produce(NULL, piece, cap, &n, multipart);
		assert_true(n <= cap);
		assert_true(rc != DUET_OK || n > 0);
		if (rc >= 0)
			assert_int_equal(duet_buf_add(body, piece, n), DUET_OK);
	} while (rc == DUET_OK);
	return rc;
}

static const struct duet_range ranges[] = { { 0, 3 }, { 995, 5 }, { 100, 1 } };

static void expected_body(const struct duet_multipart *multipart,
			  struct duet_buf *body)
{
	const char *boundary = strchr(duet_multipart_type(multipart), '=') + 1;

	assert_int_equal(duet_buf_printf(body,
					 "\r\n--%s\r\nContent-Type: text/plain\r\n"
					 "Content-Range: bytes 0-2/1000\r\n\r\n012"
					 "\r\n--%s\r\nContent-Type: text/plain\r\n"
					 "Content-Range: bytes 995-999/1000\r\n\r\n56789"
					 "\r\n--%s\r\nContent-Type: text/plain\r\n"
					 "Content-Range: bytes 100-100/1000\r\n\r\n0"
					 "\r\n--%s--\r\n",
					 boundary, boundary, boundary,
					 boundary),
			 DUET_OK);
}

static void gives_the_same_bytes_in_pieces_of_any_size(void **state)
{
	static const size_t caps[] = { 1, 2, 3, 7, 64, 4096 };
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < COUNT(caps); i++) {
		struct duet_multipart *multipart =
			of_file(&fd, "text/plain", ranges, COUNT(ranges));
		struct duet_buf expected;
		struct duet_buf body;

		duet_buf_init(&expected, 10000);
		duet_buf_init(&body, 10000);
		expected_body(multipart, &expected);
		assert_int_equal(produce_all(multipart, caps[i], &body),
				 DUET_EOF);
		assert_int_equal(duet_buf_len(&body),
				 duet_multipart_length(multipart));
		assert_int_equal(duet_buf_len(&body), duet_buf_len(&expected));
		assert_memory_equal(duet_buf_bytes(&body).data,
				    duet_buf_bytes(&expected).data,
				    duet_buf_len(&body));
		duet_buf_done(&expected);
		duet_buf_done(&body);
		duet_multipart_free(multipart);
	}
}

static void cuts_when_the_file_has_become_shorter(void **state)
{
	static const off_t lengths[] = { 0, 2, 100, 999 };
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < COUNT(lengths); i++) {
		struct duet_multipart *multipart =
			of_file(&fd, "text/plain", ranges, COUNT(ranges));
		struct duet_buf body;

		duet_buf_init(&body, 10000);
		assert_int_equal(ftruncate(fd, lengths[i]), 0);
		assert_int_equal(produce_all(multipart, 64, &body),
				 DUET_E_TRUNCATED);
		duet_buf_done(&body);
		duet_multipart_free(multipart);
	}
}

/* Its last piece is not given away. */
static void cuts_when_its_bytes_do_not_belong_together(void **state)
{
	static const size_t caps[] = { 1, 64, 4096 };
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < COUNT(caps); i++) {
		struct duet_multipart *multipart =
			of_file(&fd, "text/plain", ranges, COUNT(ranges));
		struct duet_buf body;

		is_true = false;
		duet_buf_init(&body, 10000);
		assert_int_equal(produce_all(multipart, caps[i], &body),
				 DUET_E_TRUNCATED);
		assert_true(duet_buf_len(&body) <
			    (size_t)duet_multipart_length(multipart));
		duet_buf_done(&body);
		duet_multipart_free(multipart);
		assert_int_equal(fd, -1);
	}
}

static void no_two_have_the_same_boundary(void **state)
{
	int one_fd;
	int other_fd;
	struct duet_multipart *one = of_file(&one_fd, NULL, ranges, 2);
	struct duet_multipart *other = of_file(&other_fd, NULL, ranges, 2);

	(void)state;
	assert_string_not_equal(duet_multipart_type(one),
				duet_multipart_type(other));
	duet_multipart_free(one);
	duet_multipart_free(other);
}

static void holds_as_many_ranges_as_a_request_may_have(void **state)
{
	struct duet_range many[DUET_RANGES_MAX];
	struct duet_multipart *multipart;
	struct duet_buf body;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < COUNT(many); i++)
		many[i] = (struct duet_range){ i * 50, 1 };
	multipart = of_file(&fd, "application/octet-stream", many, COUNT(many));
	duet_buf_init(&body, 100000);
	assert_int_equal(produce_all(multipart, 4096, &body), DUET_EOF);
	assert_int_equal(duet_buf_len(&body), duet_multipart_length(multipart));
	duet_buf_done(&body);
	duet_multipart_free(multipart);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_same_bytes_in_pieces_of_any_size),
		cmocka_unit_test(cuts_when_the_file_has_become_shorter),
		cmocka_unit_test(cuts_when_its_bytes_do_not_belong_together),
		cmocka_unit_test(no_two_have_the_same_boundary),
		cmocka_unit_test(holds_as_many_ranges_as_a_request_may_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
