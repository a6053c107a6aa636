/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "client/digests.h"
#include "support/unit.h"

/* of "hello" */
#define SHA256 "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
#define SHA512                                         \
	"m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcj" \
	"I8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw=="
#define WRONG    "AAAAul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="

#define GOOD256  "sha-256=:" SHA256 ":"
#define GOOD512  "sha-512=:" SHA512 ":"
#define WRONG256 "sha-256=:" WRONG ":"

struct seen {
	int rc;
	size_t n;
	struct duet_digest_facts facts[5];
	struct duet_error err;
};

/* A body "hello", whose head and trailers say so much. */
static struct seen see(const char *method, int status,
		       const struct duet_header *headers,
		       const struct duet_header *trailers)
{
	const struct duet_head head = { .status = status, .headers = headers };
	struct duet_digest_watch *watch = NULL;
	struct duet_facts facts = { .size = sizeof(facts) };
	struct seen seen = { .rc = DUET_EOF };

	assert_int_equal(duet_digest_watch_new(method, &head, &watch, NULL),
			 DUET_OK);
	if (watch == NULL)
		return seen;
	duet_digest_watch_add(watch, "he", 2);
	duet_digest_watch_add(watch, "llo", 3);
	seen.rc = duet_digest_watch_end(watch, trailers, &seen.err);
	assert_int_equal(duet_digest_watch_end(watch, trailers, NULL), DUET_OK);
	duet_facts_of_digests(&facts, watch);
	while (facts.digests != NULL && facts.digests[seen.n] != NULL) {
		seen.facts[seen.n] = *facts.digests[seen.n];
		/* what lives with the watch */
		seen.facts[seen.n].told = "";
		seen.facts[seen.n].found =
			seen.facts[seen.n].found[0] != '\0' ? "some" : "";
		seen.n++;
	}
	duet_digest_watch_free(watch);
	return seen;
}

static void the_head_says_what_the_body_is(void **state)
{
	static const struct {
		struct duet_header headers[3];
		int rc;
		size_t n;
	} cases[] = {
		{ { { "Repr-Digest", GOOD256 } }, DUET_OK, 1 },
		{ { { "content-digest", GOOD512 } }, DUET_OK, 1 },
		{ { { "Content-Digest", GOOD512 ", " GOOD256 },
		    { "Repr-Digest", GOOD256 } },
		  DUET_OK,
		  3 },
		{ { { "Repr-Digest", WRONG256 } }, DUET_E_DIGEST, 1 },
		{ { { "Repr-Digest", GOOD512 ", " WRONG256 } },
		  DUET_E_DIGEST,
		  2 },
		{ { { "Content-Digest", WRONG256 },
		    { "Repr-Digest", GOOD256 } },
		  DUET_E_DIGEST,
		  2 },
		/* nothing to go by */
		{ { { "Repr-Digest", "md5=:AAAA:" } }, DUET_EOF, 0 },
		{ { { "Repr-Digest", "," WRONG256 } }, DUET_EOF, 0 },
		{ { { "Digest", "sha-256=" WRONG } }, DUET_EOF, 0 },
	};
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct seen seen = see("GET", 200, cases[i].headers, NULL);

		assert_int_equal(seen.rc, cases[i].rc);
		assert_int_equal(seen.n, cases[i].n);
		for (k = 0; k < seen.n; k++)
			assert_int_not_equal(seen.facts[k].state,
					     DUET_DIGEST_UNCHECKED);
		if (seen.rc == DUET_E_DIGEST)
			assert_non_null(strstr(seen.err.text, "sha-256 is "
							      "LPJNul+wow4m"));
	}
}

static void what_did_not_come_whole_is_not_checked(void **state)
{
	static const struct {
		const char *method;
		int status;
		struct duet_header headers[3];
		const char *words; /* NULL: it is checked */
	} cases[] = {
		{ "HEAD", 200, { { "Repr-Digest", WRONG256 } }, "no body" },
		{ "GET", 304, { { "Repr-Digest", WRONG256 } }, "no body" },
		{ "HEAD", 200, { { "Content-Digest", WRONG256 } }, "no body" },
		{ "GET", 206, { { "Repr-Digest", WRONG256 } }, "a part" },
		{ "GET", 206, { { "Content-Digest", WRONG256 } }, NULL },
		{ "GET", 404, { { "Repr-Digest", WRONG256 } }, NULL },
		{ "POST", 200, { { "Repr-Digest", WRONG256 } }, NULL },
		{ "PUT",
		  200,
		  { { "Repr-Digest", WRONG256 }, { "Content-Location", "/" } },
		  "Content-Location" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct seen seen = see(cases[i].method, cases[i].status,
				       cases[i].headers, NULL);

		assert_int_equal(seen.n, 1);
		assert_int_equal(seen.rc, cases[i].words == NULL ? DUET_E_DIGEST
								 : DUET_OK);
		if (cases[i].words == NULL)
			continue;
		assert_int_equal(seen.facts[0].state, DUET_DIGEST_UNCHECKED);
		assert_non_null(strstr(seen.facts[0].words, cases[i].words));
		assert_string_equal(seen.facts[0].found, "");
	}
}

static void trailers_count_where_they_are_announced(void **state)
{
	static const struct duet_header announced[] = {
		{ "trailer", "X, repr-digest" },
		{ NULL, NULL },
	};
	static const struct duet_header other[] = {
		{ "Content-Digest", GOOD256 },
		{ NULL, NULL },
	};
	static const struct duet_header both[] = {
		{ "Trailer", "Repr-Digest" },
		{ "Repr-Digest", WRONG256 },
		{ NULL, NULL },
	};
	static const struct duet_header good[] = {
		{ "Repr-Digest", GOOD256 ", " GOOD512 },
		{ NULL, NULL },
	};
	static const struct duet_header wrong[] = {
		{ "Repr-Digest", WRONG256 },
		{ NULL, NULL },
	};
	struct seen seen;

	(void)state;
	seen = see("GET", 200, announced, good);
	assert_int_equal(seen.rc, DUET_OK);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.facts[1].state, DUET_DIGEST_GOOD);
	assert_int_equal(see("GET", 200, announced, wrong).rc, DUET_E_DIGEST);
	assert_int_equal(see("GET", 200, announced, NULL).rc, DUET_OK);
	assert_int_equal(see("GET", 200, announced, NULL).n, 0);
	/* the trailer is the later word */
	seen = see("GET", 200, both, good);
	assert_int_equal(seen.rc, DUET_OK);
	assert_int_equal(seen.n, 2);
	/* sha-512 could not be known in time */
	seen = see("GET", 200, other, good);
	assert_int_equal(seen.rc, DUET_OK);
	assert_int_equal(seen.n, 3);
	assert_string_equal(seen.facts[2].algorithm, "sha-512");
	assert_non_null(strstr(seen.facts[2].words, "announced"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_head_says_what_the_body_is),
		cmocka_unit_test(what_did_not_come_whole_is_not_checked),
		cmocka_unit_test(trailers_count_where_they_are_announced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
