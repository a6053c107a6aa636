/* SPDX-License-Identifier: MIT */
#include <brotli/decode.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "http/pack.h"
#include "support/memory.h"
#include "support/unit.h"

enum {
	SIZE = 100000,
};

static const enum duet_coding codings[] = {
	DUET_CODING_ZSTD,
	DUET_CODING_BROTLI,
	DUET_CODING_GZIP,
};

static uint8_t plain[SIZE + 1];
static uint8_t packed[SIZE];
static uint8_t again[SIZE];

/* Lines that repeat but for their numbers. */
static void fill_text(void)
{
	size_t i;

	for (i = 0; i + 32 <= SIZE; i += 32)
		(void)snprintf((char *)plain + i, 33, "%-31zu\n", i * 7919);
}

/* Bytes that nobody can make shorter. */
static void fill_noise(void)
{
	uint64_t x = 88172645463325252;
	size_t i;

	for (i = 0; i < SIZE; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		plain[i] = (uint8_t)(x >> 24);
	}
}

static struct duet_bytes bytes(size_t len)
{
	return (struct duet_bytes){ plain, len };
}

static size_t unpack_gzip(const uint8_t *src, size_t len)
{
	z_stream stream = { .next_in = (Bytef *)src, .avail_in = (uInt)len };

	stream.next_out = again;
	stream.avail_out = SIZE;
	assert_int_equal(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.avail_in, 0);
	assert_int_equal(inflateEnd(&stream), Z_OK);
	return SIZE - stream.avail_out;
}

static size_t unpack(enum duet_coding coding, size_t len)
{
	size_t n = SIZE;

	if (coding == DUET_CODING_GZIP)
		return unpack_gzip(packed, len);
	if (coding == DUET_CODING_ZSTD)
		return ZSTD_decompress(again, SIZE, packed, len);
	assert_int_equal(BrotliDecoderDecompress(len, packed, &n, again),
			 BROTLI_DECODER_RESULT_SUCCESS);
	return n;
}

static void what_is_packed_can_be_unpacked(void **state)
{
	static const size_t sizes[] = { 0, 1, 1024, 65536, SIZE };
	size_t len = 0;
	size_t i;
	size_t k;

	(void)state;
	fill_text();
	for (i = 0; i < COUNT(codings); i++)
		for (k = 0; k < COUNT(sizes); k++) {
			assert_int_equal(duet_pack(codings[i], bytes(sizes[k]),
						   packed, SIZE, &len),
					 DUET_OK);
			assert_int_equal(unpack(codings[i], len), sizes[k]);
			assert_memory_equal(again, plain, sizes[k]);
		}
}

static void text_becomes_shorter(void **state)
{
	size_t len = 0;
	size_t i;

	(void)state;
	fill_text();
	for (i = 0; i < COUNT(codings); i++) {
		assert_int_equal(duet_pack(codings[i], bytes(SIZE), packed,
					   SIZE, &len),
				 DUET_OK);
		assert_in_range(len, 1, SIZE / 3);
	}
}

static void the_result_fits_or_is_refused(void **state)
{
	size_t len = 0;
	size_t most;
	size_t i;

	(void)state;
	fill_text();
	for (i = 0; i < COUNT(codings); i++) {
		assert_int_equal(duet_pack(codings[i], bytes(SIZE), packed,
					   SIZE, &len),
				 DUET_OK);
		most = len;
		assert_int_equal(duet_pack(codings[i], bytes(SIZE), packed,
					   most - 1, &len),
				 DUET_E_LIMIT);
		assert_int_equal(len, most);
	}
}

static void noise_is_refused(void **state)
{
	size_t len = 0;
	size_t i;

	(void)state;
	fill_noise();
	for (i = 0; i < COUNT(codings); i++)
		assert_int_equal(duet_pack(codings[i], bytes(SIZE), packed,
					   SIZE - 1, &len),
				 DUET_E_LIMIT);
}

static void the_same_bytes_give_the_same_result(void **state)
{
	size_t len = 0;
	size_t other = 0;
	size_t i;

	(void)state;
	fill_text();
	for (i = 0; i < COUNT(codings); i++) {
		assert_int_equal(duet_pack(codings[i], bytes(SIZE), packed,
					   SIZE, &len),
				 DUET_OK);
		assert_int_equal(duet_pack(codings[i], bytes(SIZE), again, SIZE,
					   &other),
				 DUET_OK);
		assert_int_equal(len, other);
		assert_memory_equal(packed, again, len);
	}
}

/* zstd has none of ours. */
static void survives_without_memory(void **state)
{
	static const enum duet_coding ours[] = { DUET_CODING_BROTLI,
						 DUET_CODING_GZIP };
	size_t len = 0;
	bool failed;
	size_t i;
	int n;
	int rc;

	(void)state;
	fill_text();
	for (i = 0; i < COUNT(ours); i++) {
		failed = true;
		for (n = 0; failed; n++) {
			memory_fail(n);
			rc = duet_pack(ours[i], bytes(SIZE), packed, SIZE,
				       &len);
			failed = memory_done();
			assert_int_equal(rc, failed ? DUET_E_NOMEM : DUET_OK);
		}
		assert_true(n > 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_can_be_unpacked),
		cmocka_unit_test(text_becomes_shorter),
		cmocka_unit_test(the_result_fits_or_is_refused),
		cmocka_unit_test(noise_is_refused),
		cmocka_unit_test(the_same_bytes_give_the_same_result),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
