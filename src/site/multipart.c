/* SPDX-License-Identifier: MIT */
/*
 * All the words between the parts are made at the beginning, one after the
 * other in one buffer; word i comes before range i, and one more at the end:
 *
 *	word 0, range 0, word 1, range 1, ... word n
 */
#define _GNU_SOURCE
#include "site/multipart.h"

#include <sys/random.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum {
	WORDS_MAX_BYTES = 16384,
	BOUNDARY_BYTES = 32,
};

struct duet_multipart {
	struct duet_multipart_body body;
	size_t n;     /* ranges */
	size_t piece; /* being given: 2i is word i, 2i + 1 range i */
	uint64_t at;  /* within it */
	int64_t length;
	struct duet_range ranges[DUET_RANGES_MAX];
	size_t ends[DUET_RANGES_MAX + 1]; /* of the words */
	struct duet_buf words;
	char boundary[BOUNDARY_BYTES];
	char type[BOUNDARY_BYTES + 40];
};

/*
 * RFC 2046 s5.1.1: it must not occur in the parts. Nobody who cannot guess it
 * can arrange that it does.
 */
static void choose_boundary(struct duet_multipart *multipart)
{
	uint64_t random[2] = { 0, 0 };

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		random[0] = (uintptr_t)multipart;
	(void)snprintf(multipart->boundary, sizeof(multipart->boundary),
		       "%016llx%08llx", (unsigned long long)random[0],
		       (unsigned long long)(random[1] >> 32));
	(void)snprintf(multipart->type, sizeof(multipart->type),
		       "multipart/byteranges; boundary=%s",
		       multipart->boundary);
}

static int write_words(struct duet_multipart *multipart, uint64_t size,
		       const char *type)
{
	uint64_t bodies = 0;
	size_t i;
	int rc = DUET_OK;

	for (i = 0; rc == DUET_OK && i < multipart->n; i++) {
		rc = duet_range_part_head(&multipart->words,
					  multipart->boundary, type,
					  &multipart->ranges[i], size);
		multipart->ends[i] = duet_buf_len(&multipart->words);
		bodies += multipart->ranges[i].length;
	}
	if (rc == DUET_OK)
		rc = duet_range_parts_end(&multipart->words,
					  multipart->boundary);
	multipart->ends[i] = duet_buf_len(&multipart->words);
	multipart->length = (int64_t)(multipart->ends[i] + bodies);
	return rc;
}

struct duet_multipart *duet_multipart_new(
	const struct duet_multipart_body *body, uint64_t size, const char *type,
	const struct duet_range *ranges, size_t n)
{
	struct duet_multipart *multipart = duet_mem_zalloc(sizeof(*multipart));

	if (multipart == NULL) {
		body->done(body->arg);
		return NULL;
	}
	multipart->body = *body;
	multipart->n = n;
	memcpy(multipart->ranges, ranges, n * sizeof(*ranges));
	duet_buf_init(&multipart->words, WORDS_MAX_BYTES);
	choose_boundary(multipart);
	if (write_words(multipart, size, type) == DUET_OK)
		return multipart;
	duet_multipart_free(multipart);
	return NULL;
}

void duet_multipart_free(void *arg)
{
	struct duet_multipart *multipart = arg;

	if (multipart == NULL)
		return;
	multipart->body.done(multipart->body.arg);
	duet_buf_done(&multipart->words);
	duet_mem_free(multipart);
}

const char *duet_multipart_type(const struct duet_multipart *multipart)
{
	return multipart->type;
}

int64_t duet_multipart_length(const struct duet_multipart *multipart)
{
	return multipart->length;
}

static uint64_t length_of(const struct duet_multipart *multipart, size_t piece)
{
	size_t i = piece / 2;

	if (piece % 2 == 1)
		return multipart->ranges[i].length;
	return multipart->ends[i] - (i > 0 ? multipart->ends[i - 1] : 0);
}

/* Some of the piece under way into buf: DUET_OK, or below 0. */
static int give(const struct duet_multipart *multipart, void *buf, size_t want,
		size_t *ret_n)
{
	size_t i = multipart->piece / 2;
	size_t begin = i > 0 ? multipart->ends[i - 1] : 0;
	const uint8_t *words = multipart->words.data + multipart->words.begin;

	if (multipart->piece % 2 == 0) {
		memcpy(buf, words + begin + multipart->at, want);
		*ret_n = want;
		return DUET_OK;
	}
	return multipart->body.read(multipart->body.arg, buf, want,
				    multipart->ranges[i].offset + multipart->at,
				    ret_n);
}

int duet_multipart_produce(struct duet_exchange *exchange, void *buf,
			   size_t cap, size_t *n, void *arg)
{
	struct duet_multipart *multipart = arg;
	size_t used = 0;

	(void)exchange;
	while (used < cap && multipart->piece <= 2 * multipart->n) {
		uint64_t left =
			length_of(multipart, multipart->piece) - multipart->at;
		size_t want = left < cap - used ? (size_t)left : cap - used;
		size_t got = 0;
		int rc = give(multipart, (char *)buf + used, want, &got);

		if (rc != DUET_OK)
			return rc;
		used += got;
		multipart->at += got;
		if (got == left) {
			multipart->piece++;
			multipart->at = 0;
		}
	}
	*n = used;
	if (multipart->piece <= 2 * multipart->n)
		return DUET_OK;
	return multipart->body.verify(multipart->body.arg) == DUET_OK
		       ? DUET_EOF
		       : DUET_E_TRUNCATED;
}
