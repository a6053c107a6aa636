/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "http/pack.h"
#include "http/unpack.h"
#include "support/memory.h"
#include "support/unit.h"

enum {
	SIZE = 100000,
	MEBI = 1024 * 1024,
};

static const struct {
	enum duet_coding coding;
	const char *name;
} codings[] = {
	{ DUET_CODING_ZSTD, "zstd" },
	{ DUET_CODING_BROTLI, "br" },
	{ DUET_CODING_GZIP, "gzip" },
};

static uint8_t plain[SIZE + 1];
static uint8_t packed[2 * SIZE];
static uint8_t again[SIZE + 1];

static int fill(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i + 32 <= SIZE; i += 32)
		(void)snprintf((char *)plain + i, 33, "%-31zu\n", i * 7919);
	return 0;
}

static size_t pack(enum duet_coding coding, const void *data, size_t n,
		   uint8_t *dst)
{
	size_t len = 0;

	assert_int_equal(duet_pack(coding, (struct duet_bytes){ data, n }, dst,
				   SIZE, &len),
			 DUET_OK);
	return len;
}

static struct duet_unpack *begin(const char *coding, uint64_t max)
{
	struct duet_unpack *unpack = NULL;

	assert_int_equal(duet_unpack_new(DUET_HEAD(.headers = DUET_HEADERS(
							   { "content-encoding",
							     coding })),
					 max, &unpack, NULL),
			 DUET_OK);
	return unpack;
}

/* All of it, given in pieces of in bytes and taken in pieces of out; how it
 * ended: DUET_OK, or the failure. */
static int unpack_all(struct duet_unpack *unpack, size_t len, size_t in,
		      size_t out, size_t *total, struct duet_error *err)
{
	struct duet_bytes src = { packed, 0 };
	size_t given = 0;
	size_t n;
	int rc;

	*total = 0;
	for (;;) {
		size_t room = SIZE + 1 - *total;

		assert_true(room > 0);
		rc = duet_unpack_next(unpack, &src, again + *total,
				      out < room ? out : room, &n, err);
		*total += n;
		if (rc == DUET_OK)
			assert_in_range(n, 1, out);
		if (rc == DUET_OK)
			continue;
		if (rc < 0)
			return rc;
		assert_int_equal(rc, DUET_WANT_READ);
		assert_int_equal(src.len, 0);
		if (given == len)
			return duet_unpack_end(unpack, err);
		src.data = packed + given;
		src.len = in < len - given ? in : len - given;
		given += src.len;
	}
}

static int unpack_once(const char *coding, size_t len, size_t *total,
		       struct duet_error *err)
{
	struct duet_unpack *unpack = begin(coding, 0);
	int rc = unpack_all(unpack, len, len + 1, SIZE + 1, total, err);

	duet_unpack_free(unpack);
	return rc;
}

static void any_pieces_give_the_same(void **state)
{
	static const size_t pieces[][2] = { { 1, 1 },       { 1, SIZE },
					    { SIZE, 1 },    { 7, 13 },
					    { 4096, 4096 }, { SIZE, SIZE } };
	struct duet_error err;
	size_t total;
	size_t len;
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(codings); i++) {
		len = pack(codings[i].coding, plain, SIZE, packed);
		for (k = 0; k < COUNT(pieces); k++) {
			struct duet_unpack *unpack = begin(codings[i].name, 0);

			if (unpack_all(unpack, len, pieces[k][0], pieces[k][1],
				       &total, &err) != DUET_OK)
				fail_msg("%s: %s", codings[i].name, err.text);
			assert_int_equal(total, SIZE);
			assert_memory_equal(again, plain, SIZE);
			duet_unpack_free(unpack);
		}
	}
}

/* Many times in vain, as a socket that trickles has it. */
static void to_ask_in_vain_is_no_failure(void **state)
{
	struct duet_error err;
	size_t n;
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(codings); i++) {
		struct duet_unpack *unpack = begin(codings[i].name, 0);
		struct duet_bytes src = { packed, 0 };

		(void)pack(codings[i].coding, plain, SIZE, packed);
		for (k = 0; k < 100; k++) {
			src.data = packed;
			src.len = k == 50 ? 2 : 0;
			assert_int_equal(duet_unpack_next(unpack, &src, again,
							  SIZE, &n, &err),
					 DUET_WANT_READ);
		}
		duet_unpack_free(unpack);
	}
}

static void every_cut_is_seen(void **state)
{
	struct duet_error err;
	size_t total;
	size_t len;
	size_t cut;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(codings); i++) {
		len = pack(codings[i].coding, plain, 1000, packed);
		for (cut = 0; cut < len; cut++) {
			int rc =
				unpack_once(codings[i].name, cut, &total, &err);

			/* Without a byte it is an empty body. */
			if (rc != (cut == 0 ? DUET_OK : DUET_E_CODING_CUT))
				fail_msg("%s %zu: %d", codings[i].name, cut,
					 rc);
			assert_memory_equal(again, plain, total);
		}
		assert_non_null(strstr(err.text, "is cut after"));
	}
}

static void what_is_damaged_is_refused(void **state)
{
	const struct duet_bytes html = duet_str("<!doctype html>");
	struct duet_error err;
	size_t total;
	size_t len;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(codings); i++) {
		memcpy(packed, html.data, html.len);
		assert_int_equal(unpack_once(codings[i].name, html.len, &total,
					     &err),
				 DUET_E_CODING);
		assert_non_null(strstr(err.text, codings[i].name));
	}
	/* gzip has a checksum, and it is looked at. */
	len = pack(DUET_CODING_GZIP, plain, 1000, packed);
	packed[len - 5] ^= 1;
	assert_int_equal(unpack_once("gzip", len, &total, &err), DUET_E_CODING);
}

static void bytes_after_the_end_are_refused(void **state)
{
	static const char *const garbage[] = { "x", "\n", "<html>" };
	struct duet_error err;
	size_t total;
	size_t len;
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(codings); i++)
		for (k = 0; k < COUNT(garbage); k++) {
			len = pack(codings[i].coding, plain, 1000, packed);
			memcpy(packed + len, garbage[k], strlen(garbage[k]));
			len += strlen(garbage[k]);
			if (unpack_once(codings[i].name, len, &total, &err) ==
			    DUET_OK)
				fail_msg("%s %zu", codings[i].name, k);
			assert_int_equal(total, 1000);
		}
}

static void members_follow_each_other(void **state)
{
	static const enum duet_coding both[] = { DUET_CODING_GZIP,
						 DUET_CODING_ZSTD };
	struct duet_error err;
	size_t total;
	size_t len;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(both); i++) {
		const char *name = duet_coding_name(both[i]);

		len = pack(both[i], plain, 1000, packed);
		len += pack(both[i], plain, 0, packed + len);
		len += pack(both[i], plain + 1000, 500, packed + len);
		assert_int_equal(unpack_once(name, len, &total, &err), DUET_OK);
		assert_int_equal(total, 1500);
		assert_memory_equal(again, plain, 1500);
		assert_int_equal(unpack_once(name, len - 1, &total, &err),
				 DUET_E_CODING_CUT);
	}
}

static void several_codings_are_undone_in_order(void **state)
{
	static uint8_t inner[2 * SIZE];
	struct duet_unpack *unpack;
	struct duet_error err;
	size_t total;
	size_t len;
	size_t in;

	(void)state;
	len = pack(DUET_CODING_BROTLI, plain, SIZE, inner);
	len = pack(DUET_CODING_GZIP, inner, len, packed);
	memcpy(inner, packed, len);
	len = pack(DUET_CODING_ZSTD, inner, len, packed);
	for (in = 1; in < SIZE; in *= 10) {
		unpack = begin("br, identity , X-GZIP,, zstd", 0);
		assert_string_equal(duet_unpack_name(unpack), "br, gzip, zstd");
		assert_int_equal(unpack_all(unpack, len, in, 777, &total, &err),
				 DUET_OK);
		assert_int_equal(total, SIZE);
		assert_memory_equal(again, plain, SIZE);
		duet_unpack_free(unpack);
	}
	/* The outer ones are whole, and the inner one is not. */
	len = pack(DUET_CODING_BROTLI, plain, SIZE, inner);
	len = pack(DUET_CODING_GZIP, inner, len - 1, packed);
	assert_int_equal(unpack_once("br, gzip", len, &total, &err),
			 DUET_E_CODING_CUT);
}

static void knows_what_it_can_undo(void **state)
{
	static const struct {
		const char *coding;
		int rc;
		const char *name; /* NULL: nothing to do */
	} rows[] = {
		{ "gzip", DUET_OK, "gzip" },
		{ "GZip", DUET_OK, "gzip" },
		{ "x-gzip", DUET_OK, "gzip" },
		{ "br", DUET_OK, "br" },
		{ "zstd", DUET_OK, "zstd" },
		{ "identity", DUET_OK, NULL },
		{ "", DUET_OK, NULL },
		{ ", ,", DUET_OK, NULL },
		{ "deflate", DUET_E_CODING, NULL },
		{ "gzip, compress", DUET_E_CODING, NULL },
		{ "g\x1bzip", DUET_E_CODING, NULL },
		{ "gzip, gzip, gzip", DUET_OK, "gzip, gzip, gzip" },
		{ "gzip, gzip, gzip, gzip", DUET_E_CODING, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_unpack *unpack = NULL;
		struct duet_error err;
		int rc = duet_unpack_new(DUET_HEAD(.headers = DUET_HEADERS(
							   { "Content-Encoding",
							     rows[i].coding })),
					 0, &unpack, &err);

		if (rc != rows[i].rc)
			fail_msg("'%s': %d", rows[i].coding, rc);
		if (rows[i].name == NULL)
			assert_null(unpack);
		else
			assert_string_equal(duet_unpack_name(unpack),
					    rows[i].name);
		if (rc < 0)
			assert_null(strchr(err.text, 0x1b));
		duet_unpack_free(unpack);
	}
}

/* The zeroes of a bomb, as long as n. */
static size_t pack_zeroes(enum duet_coding coding, size_t n, uint8_t *dst,
			  size_t cap)
{
	uint8_t *zeroes = calloc(1, n);
	size_t len = 0;

	assert_non_null(zeroes);
	assert_int_equal(duet_pack(coding, (struct duet_bytes){ zeroes, n },
				   dst, cap, &len),
			 DUET_OK);
	free(zeroes);
	return len;
}

/* How much came of it, and how it ended. */
static int swallow(struct duet_unpack *unpack, struct duet_bytes src,
		   uint64_t *total, struct duet_error *err)
{
	size_t n;
	int rc;

	*total = 0;
	do {
		rc = duet_unpack_next(unpack, &src, again, SIZE, &n, err);
		*total += n;
	} while (rc == DUET_OK);
	return rc;
}

static void a_bomb_ends_soon(void **state)
{
	struct duet_error err;
	uint64_t total;
	size_t len;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(codings); i++) {
		struct duet_unpack *unpack = begin(codings[i].name, 0);

		len = pack_zeroes(codings[i].coding, 64 * MEBI, packed, SIZE);
		assert_int_equal(swallow(unpack,
					 (struct duet_bytes){ packed, len },
					 &total, &err),
				 DUET_E_LIMIT);
		assert_in_range(total, DUET_UNPACK_RATIO_FROM - SIZE,
				32 * MEBI);
		assert_non_null(strstr(err.text, "bomb"));
		duet_unpack_free(unpack);
	}
}

/* The last of them gives next to nothing, and the one below it very much. */
static void a_bomb_within_a_coding_is_one_too(void **state)
{
	static uint8_t many[MEBI];
	struct duet_unpack *unpack;
	struct duet_error err;
	uint8_t empty[64];
	uint64_t total;
	size_t one = pack(DUET_CODING_GZIP, plain, 0, empty);
	size_t filled = 0;
	size_t len;

	(void)state;
	/* Empty members, in frames of a mebibyte. */
	for (; filled + one <= MEBI; filled += one)
		memcpy(many + filled, empty, one);
	one = pack(DUET_CODING_ZSTD, many, filled, packed);
	for (len = one; len + one <= sizeof(packed); len += one)
		memcpy(packed + len, packed, one);
	unpack = begin("gzip, zstd", 0);
	assert_int_equal(swallow(unpack, (struct duet_bytes){ packed, len },
				 &total, &err),
			 DUET_E_LIMIT);
	assert_non_null(strstr(err.text, "zstd"));
	assert_int_equal(total, 0);
	duet_unpack_free(unpack);
}

static void no_more_comes_than_is_allowed(void **state)
{
	struct duet_unpack *unpack;
	struct duet_error err;
	uint64_t total;
	size_t len = pack(DUET_CODING_GZIP, plain, SIZE, packed);

	(void)state;
	unpack = begin("gzip", SIZE);
	assert_int_equal(swallow(unpack, (struct duet_bytes){ packed, len },
				 &total, &err),
			 DUET_WANT_READ);
	duet_unpack_free(unpack);
	unpack = begin("gzip", SIZE - 1);
	assert_int_equal(swallow(unpack, (struct duet_bytes){ packed, len },
				 &total, &err),
			 DUET_E_LIMIT);
	assert_non_null(strstr(err.text, "max_decoded"));
	duet_unpack_free(unpack);
}

/* RFC 9659 s3 */
static void a_window_of_more_than_8_mib_is_refused(void **state)
{
	static const struct {
		int window_log;
		int rc;
	} rows[] = { { 23, DUET_OK }, { 24, DUET_E_LIMIT } };
	struct duet_error err;
	size_t total;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		ZSTD_CCtx *context = ZSTD_createCCtx();
		ZSTD_inBuffer in = { plain, SIZE, 0 };
		ZSTD_outBuffer out = { packed, sizeof(packed), 0 };

		assert_non_null(context);
		(void)ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog,
					     rows[i].window_log);
		/* Of unknown length, so that the window is not that of it. */
		(void)ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue);
		(void)ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
		assert_int_equal(unpack_once("zstd", out.pos, &total, &err),
				 rows[i].rc);
		(void)ZSTD_freeCCtx(context);
	}
	assert_non_null(strstr(err.text, "8 MiB"));
}

/* zstd has none of ours but its own struct. */
static void survives_without_memory(void **state)
{
	struct duet_unpack *unpack;
	uint64_t total;
	bool failed = true;
	size_t len;
	int rc;
	int n;

	(void)state;
	len = pack(DUET_CODING_BROTLI, plain, 20000, packed);
	len = pack(DUET_CODING_GZIP, packed, len, again);
	memcpy(packed, again, len);
	for (n = 0; failed; n++) {
		unpack = NULL;
		memory_fail(n);
		rc = duet_unpack_new(DUET_HEAD(.headers = DUET_HEADERS(
						       { "Content-Encoding",
							 "br, gzip" })),
				     0, &unpack, NULL);
		if (rc == DUET_OK)
			rc = swallow(unpack, (struct duet_bytes){ packed, len },
				     &total, NULL);
		duet_unpack_free(unpack);
		failed = memory_done();
		assert_int_equal(rc, failed ? DUET_E_NOMEM : DUET_WANT_READ);
		assert_int_equal(memory.held, 0);
	}
	assert_true(n > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_pieces_give_the_same),
		cmocka_unit_test(to_ask_in_vain_is_no_failure),
		cmocka_unit_test(every_cut_is_seen),
		cmocka_unit_test(what_is_damaged_is_refused),
		cmocka_unit_test(bytes_after_the_end_are_refused),
		cmocka_unit_test(members_follow_each_other),
		cmocka_unit_test(several_codings_are_undone_in_order),
		cmocka_unit_test(knows_what_it_can_undo),
		cmocka_unit_test(a_bomb_ends_soon),
		cmocka_unit_test(a_bomb_within_a_coding_is_one_too),
		cmocka_unit_test(no_more_comes_than_is_allowed),
		cmocka_unit_test(a_window_of_more_than_8_mib_is_refused),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
