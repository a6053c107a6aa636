/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "http/encoding.h"
#include "support/unit.h"

/* What there is: a letter each; and 'm', the others can be made. */
static void fill_sizes(uint64_t sizes[DUET_N_CODINGS], const char *there)
{
	sizes[DUET_CODING_IDENTITY] = strchr(there, 'i') ? 1000 : UINT64_MAX;
	sizes[DUET_CODING_ZSTD] = strchr(there, 'z') ? 300 : UINT64_MAX;
	sizes[DUET_CODING_BROTLI] = strchr(there, 'b') ? 200 : UINT64_MAX;
	sizes[DUET_CODING_GZIP] = strchr(there, 'g') ? 400 : UINT64_MAX;
}

static int choose(const char *value, const char *second, const char *there)
{
	const struct duet_header fields[] = {
		{ .name = "Host", .value = "x" },
		{ .name = "Accept-Encoding", .value = value },
		{ .name = second != NULL ? "accept-encoding" : NULL,
		  .value = second },
		{ .name = NULL },
	};
	const struct duet_header none[] = { { .name = NULL } };
	struct duet_head head = { .size = sizeof(head),
				  .method = "GET",
				  .headers = value != NULL ? fields : none };
	uint64_t sizes[DUET_N_CODINGS];

	fill_sizes(sizes, there);
	return duet_coding_choose(&head, sizes, strchr(there, 'm') != NULL);
}

enum {
	IDENTITY = DUET_CODING_IDENTITY,
	ZSTD = DUET_CODING_ZSTD,
	BROTLI = DUET_CODING_BROTLI,
	GZIP = DUET_CODING_GZIP,
	NONE = DUET_CODING_NONE,
};

static const struct {
	const char *value; /* NULL: no such field */
	const char *there;
	int chosen;
} cases[] = {
	/* RFC 9110 s12.5.3: no field, an empty one, one that names others */
	{ NULL, "izbg", IDENTITY },
	{ "", "izbg", IDENTITY },
	{ "compress", "izbg", IDENTITY },
	/* what the client takes and what there is */
	{ "gzip", "izbg", GZIP },
	{ "gzip", "izb", IDENTITY },
	{ "GZip", "ig", GZIP },
	{ "x-gzip", "ig", GZIP },
	{ "gzip, deflate, br, zstd", "izbg", BROTLI },
	{ "gzip, deflate, br, zstd", "izg", ZSTD },
	{ "gzip, deflate, br, zstd", "ig", GZIP },
	{ "gzip, deflate, br, zstd", "i", IDENTITY },
	/* weights before sizes */
	{ "br;q=0.5, gzip;q=0.8", "izbg", GZIP },
	{ "br;q=0.801, gzip;q=0.8", "izbg", BROTLI },
	{ "br ; q=0.5 ,gzip; Q=0.8", "izbg", GZIP },
	{ "gzip;q=1.000, br;q=0.999", "izbg", GZIP },
	{ "gzip;q=0.001", "ig", GZIP },
	{ "gzip;q=1.", "ig", GZIP },
	/* refused */
	{ "gzip;q=0", "ig", IDENTITY },
	{ "gzip;q=0.000, *", "izg", ZSTD },
	/* the identity by name */
	{ "identity", "izbg", IDENTITY },
	{ "identity, gzip;q=0.5", "ig", IDENTITY },
	{ "identity;q=0.5, gzip", "ig", GZIP },
	{ "identity;q=0, gzip", "ig", GZIP },
	{ "identity;q=0", "i", NONE },
	{ "identity;q=0, br", "ig", NONE },
	/* all others */
	{ "*", "izbg", BROTLI },
	{ "*", "i", IDENTITY },
	{ "*;q=0", "izbg", NONE },
	{ "*;q=0, identity", "izbg", IDENTITY },
	{ "*;q=0, gzip", "izbg", GZIP },
	{ "*;q=0.5, gzip;q=0.2", "izbg", BROTLI },
	/* what is no weight is a refusal */
	{ "gzip;q=", "ig", IDENTITY },
	{ "gzip;q=2", "ig", IDENTITY },
	{ "gzip;q=1.001", "ig", IDENTITY },
	{ "gzip;q=0.5555", "ig", IDENTITY },
	{ "gzip;q=.5", "ig", IDENTITY },
	{ "gzip;q=0,5", "ig", IDENTITY },
	{ "gzip;q=-1", "ig", IDENTITY },
	{ "gzip;q=0.x", "ig", IDENTITY },
	{ "gzip;level=9", "ig", IDENTITY },
	{ "gzip;", "ig", IDENTITY },
	/* nothing that looks like a coding but is none */
	{ "gzipp, ip, \"gzip\"", "ig", IDENTITY },
	{ ",, ,gzip,,", "ig", GZIP },
	/* what can be made: the shortest, as a rule */
	{ NULL, "im", IDENTITY },
	{ "", "im", IDENTITY },
	{ "deflate", "im", IDENTITY },
	{ "gzip, deflate, br, zstd", "im", BROTLI },
	{ "zstd, gzip", "im", ZSTD },
	{ "gzip", "im", GZIP },
	{ "*", "im", BROTLI },
	{ "br;q=0, *", "im", ZSTD },
	{ "gzip;q=0", "im", IDENTITY },
	{ "*;q=0", "im", NONE },
	{ "identity;q=0, gzip", "im", GZIP },
	{ "identity;q=0, deflate", "im", NONE },
	/* weights come first here too */
	{ "gzip, br;q=0.5", "im", GZIP },
	{ "gzip;q=0.5, zstd;q=0.5, br;q=0.4", "im", ZSTD },
	{ "identity, gzip;q=0.5", "im", IDENTITY },
	{ "gzip, identity", "im", GZIP },
	/* who puts a file there wants it to be sent */
	{ "gzip, br", "igm", GZIP },
	{ "gzip, br, zstd", "izgm", ZSTD },
	{ "gzip;q=0.5, br", "igm", BROTLI },
	{ "br;q=0.5, gzip", "igm", GZIP },
	{ "zstd", "igm", ZSTD },
};

static void chooses_what_the_client_likes_best(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		int chosen = choose(cases[i].value, NULL, cases[i].there);

		if (chosen != cases[i].chosen)
			fail_msg("'%s' of '%s': %d",
				 cases[i].value != NULL ? cases[i].value
							: "no field",
				 cases[i].there, chosen);
	}
}

static void reads_all_lines_of_the_field(void **state)
{
	(void)state;
	assert_int_equal(choose("deflate", "gzip", "ig"), GZIP);
	assert_int_equal(choose("gzip", "identity;q=0", "i"), NONE);
	assert_int_equal(choose("gzip;q=0.5", "br;q=0.4", "ibg"), GZIP);
}

static void has_names_for_all_of_them(void **state)
{
	static const char *const names[DUET_N_CODINGS] = { "identity", "zstd",
							   "br", "gzip" };
	int i;

	(void)state;
	for (i = 0; i < DUET_N_CODINGS; i++) {
		assert_string_equal(duet_coding_name((enum duet_coding)i),
				    names[i]);
		assert_true(strlen(duet_coding_suffix((enum duet_coding)i)) <
			    DUET_CODING_SUFFIX_BYTES);
	}
	assert_string_equal(duet_coding_suffix(DUET_CODING_IDENTITY), "");
	assert_string_equal(duet_coding_suffix(DUET_CODING_GZIP), ".gz");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_what_the_client_likes_best),
		cmocka_unit_test(reads_all_lines_of_the_field),
		cmocka_unit_test(has_names_for_all_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
