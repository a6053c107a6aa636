/* SPDX-License-Identifier: MIT */
#include "http/encoding.h"

#include <string.h>

#include "base/grammar.h"
#include "base/str.h"
#include "http/field.h"

enum {
	UNNAMED = -1,
	FULL_WEIGHT = 1000, /* as duet_weight() counts */
	/* An identity that nobody speaks of: taken, but only if need be. */
	LEAST_WEIGHT = 1,
};

static const struct {
	const char *name;
	const char *suffix;
} codings[DUET_N_CODINGS] = {
	[DUET_CODING_IDENTITY] = { "identity", "" },
	[DUET_CODING_ZSTD] = { "zstd", ".zst" },
	[DUET_CODING_BROTLI] = { "br", ".br" },
	[DUET_CODING_GZIP] = { "gzip", ".gz" },
};

/* What the field says so far. */
struct weights {
	bool present;
	int of[DUET_N_CODINGS]; /* or UNNAMED */
	int others;             /* of "*", or UNNAMED */
};

const char *duet_coding_name(enum duet_coding coding)
{
	return codings[coding].name;
}

const char *duet_coding_suffix(enum duet_coding coding)
{
	return codings[coding].suffix;
}

/* "gzip", "gzip;q=0.5" or "gzip ; Q=0.5": cut at the semicolon. */
static int split_weight(struct duet_bytes *member)
{
	const char *semicolon = memchr(member->data, ';', member->len);
	struct duet_bytes rest;
	const char *p;

	if (semicolon == NULL)
		return FULL_WEIGHT;
	p = member->data;
	rest.data = semicolon + 1;
	rest.len = member->len - (size_t)(semicolon - p) - 1;
	member->len = (size_t)(semicolon - p);
	*member = duet_trim(*member);
	rest = duet_trim(rest);
	p = rest.data;
	if (rest.len < 2 || duet_to_lower((unsigned char)p[0]) != 'q' ||
	    p[1] != '=')
		return 0;
	rest.data = p + 2;
	rest.len -= 2;
	return duet_weight(rest);
}

/* Where the weight of a coding goes; NULL: nobody here has heard of it. */
static int *weight_at(struct weights *weights, struct duet_bytes name)
{
	size_t i;

	for (i = 0; i < DUET_N_CODINGS; i++)
		if (duet_bytes_eq_nocase(name, codings[i].name))
			return &weights->of[i];
	if (duet_bytes_eq(name, "*"))
		return &weights->others;
	/* RFC 9110 s8.4.1.3 */
	if (duet_bytes_eq_nocase(name, "x-gzip"))
		return &weights->of[DUET_CODING_GZIP];
	return NULL;
}

static void read_value(struct weights *weights, const char *value)
{
	struct duet_bytes member;

	while (duet_list_next(&value, &member)) {
		int weight = split_weight(&member);
		int *at = weight_at(weights, member);

		if (at != NULL)
			*at = weight;
	}
}

/* A list may be spread over several field lines (RFC 9110 s5.3). */
static void read_fields(struct weights *weights,
			const struct duet_head *request)
{
	const struct duet_header *field;
	size_t i;

	weights->present = false;
	weights->others = UNNAMED;
	for (i = 0; i < DUET_N_CODINGS; i++)
		weights->of[i] = UNNAMED;
	for (field = request->headers; field != NULL && field->name != NULL;
	     field++) {
		if (!duet_str_eq_nocase(field->name, "accept-encoding"))
			continue;
		weights->present = true;
		read_value(weights, field->value);
	}
}

static int weight_for(const struct weights *weights, enum duet_coding coding)
{
	if (weights->of[coding] != UNNAMED)
		return weights->of[coding];
	if (weights->others != UNNAMED)
		return weights->others;
	return coding == DUET_CODING_IDENTITY ? LEAST_WEIGHT : 0;
}

/* Of those that are there. */
static int choose(const struct weights *weights,
		  const uint64_t sizes[DUET_N_CODINGS])
{
	int best = DUET_CODING_NONE;
	int best_weight = 0;
	int i;

	for (i = 0; i < DUET_N_CODINGS; i++) {
		int weight = weight_for(weights, (enum duet_coding)i);

		if (sizes[i] == UINT64_MAX || weight == 0 ||
		    weight < best_weight)
			continue;
		if (weight == best_weight && sizes[i] >= sizes[best])
			continue;
		best = i;
		best_weight = weight;
	}
	return best;
}

/* One that is not there, rather than that one. */
static int choose_to_make(const struct weights *weights,
			  const uint64_t sizes[DUET_N_CODINGS], int best)
{
	/* That which comes out shortest first: doc/adr/0013. */
	static const enum duet_coding order[] = { DUET_CODING_BROTLI,
						  DUET_CODING_ZSTD,
						  DUET_CODING_GZIP };
	int best_weight = 0;
	size_t i;

	if (best != DUET_CODING_NONE)
		best_weight = weight_for(weights, (enum duet_coding)best);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		int weight = weight_for(weights, order[i]);

		if (sizes[order[i]] != UINT64_MAX || weight < best_weight ||
		    weight == 0)
			continue;
		if (weight == best_weight && best != DUET_CODING_IDENTITY)
			continue;
		best = (int)order[i];
		best_weight = weight;
	}
	return best;
}

int duet_coding_choose(const struct duet_head *request,
		       const uint64_t sizes[DUET_N_CODINGS], bool can_make)
{
	struct weights weights;
	int best;

	read_fields(&weights, request);
	if (!weights.present)
		return sizes[DUET_CODING_IDENTITY] != UINT64_MAX
			       ? DUET_CODING_IDENTITY
			       : DUET_CODING_NONE;
	best = choose(&weights, sizes);
	return can_make ? choose_to_make(&weights, sizes, best) : best;
}
