/* SPDX-License-Identifier: MIT */
/*
 * The codings of a body as stages, the outermost first. Each takes from a piece
 * that the one before it has filled, and asks that one for another when it is
 * used up.
 */
#include "http/unpack.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/encoding.h"
#include "http/fault.h"
#include "http/field.h"
#include "http/unpack_int.h"

enum {
	PIECE = 16384,
};

struct stage {
	const struct duet_unpacker *unpacker;
	const char *name;
	void *state;
	bool begun;   /* a byte has been taken */
	uint64_t out; /* bytes made so far */
	struct duet_bytes
		src;    /* what is left of the piece, but for the first */
	uint8_t *piece; /* made for the next, but for the last */
};

struct duet_unpack {
	struct stage stages[DUET_UNPACK_CODINGS];
	size_t n;
	size_t at; /* the stage to go on with */
	uint64_t in;
	uint64_t max_bytes;
	char name[DUET_UNPACK_NAME_BYTES];
};

static const struct duet_unpacker *const unpackers[DUET_N_CODINGS] = {
	[DUET_CODING_ZSTD] = &duet_unpack_zstd,
	[DUET_CODING_BROTLI] = &duet_unpack_brotli,
	[DUET_CODING_GZIP] = &duet_unpack_gzip,
};

/* RFC 9110 s8.4.1.3: x-gzip is gzip. */
static int coding_of(struct duet_bytes name)
{
	int i;

	for (i = 0; i < DUET_N_CODINGS; i++)
		if (duet_bytes_eq_nocase(name,
					 duet_coding_name((enum duet_coding)i)))
			return i;
	return duet_bytes_eq_nocase(name, "x-gzip") ? DUET_CODING_GZIP
						    : DUET_CODING_NONE;
}

/* What was applied last is named last, and undone first. */
static int add_coding(struct duet_unpack *unpack, struct duet_bytes name,
		      struct duet_error *err)
{
	char shown[DUET_QUOTE_BYTES];
	int coding = coding_of(name);

	if (coding == DUET_CODING_NONE)
		return duet_error_set(err, DUET_E_CODING,
				      "the body is encoded as '%s', which was not asked for and cannot be undone: ask for it as it is",
				      duet_fault_quote(shown, name));
	if (coding == DUET_CODING_IDENTITY)
		return DUET_OK;
	if (unpack->n == DUET_UNPACK_CODINGS)
		return duet_error_set(err, DUET_E_CODING,
				      "the body is encoded more than %d times over: ask for it as it is",
				      (int)DUET_UNPACK_CODINGS);
	memmove(unpack->stages + 1, unpack->stages,
		unpack->n * sizeof(*unpack->stages));
	unpack->stages[0] = (struct stage){
		.unpacker = unpackers[coding],
		.name = duet_coding_name((enum duet_coding)coding),
	};
	unpack->n++;
	return DUET_OK;
}

static int add_codings(struct duet_unpack *unpack, const struct duet_head *head,
		       struct duet_error *err)
{
	const struct duet_header *field = head->headers;
	struct duet_bytes name;
	int rc = DUET_OK;

	for (; field != NULL && field->name != NULL; field++) {
		const char *cursor = field->value;

		if (!duet_str_eq_nocase(field->name, "Content-Encoding"))
			continue;
		while (rc == DUET_OK && duet_list_next(&cursor, &name))
			if (name.len > 0)
				rc = add_coding(unpack, name, err);
	}
	return rc;
}

static int begin(struct duet_unpack *unpack, struct duet_error *err)
{
	size_t len = 0;
	size_t i;

	for (i = unpack->n; i-- > 0;)
		len += (size_t)snprintf(unpack->name + len,
					sizeof(unpack->name) - len, "%s%s",
					len > 0 ? ", " : "",
					unpack->stages[i].name);
	for (i = 0; i < unpack->n; i++) {
		struct stage *stage = &unpack->stages[i];

		int rc = stage->unpacker->begin(&stage->state, err);

		if (rc < 0)
			return rc;
		if (i + 1 == unpack->n)
			break;
		stage->piece = duet_mem_alloc(PIECE);
		if (stage->piece == NULL)
			return duet_error_nomem(err);
	}
	return DUET_OK;
}

int duet_unpack_new(const struct duet_head *head, uint64_t max_bytes,
		    struct duet_unpack **ret, struct duet_error *err)
{
	struct duet_unpack *unpack = duet_mem_zalloc(sizeof(*unpack));
	int rc;

	if (unpack == NULL)
		return duet_error_nomem(err);
	unpack->max_bytes = max_bytes > 0 ? max_bytes : DUET_UNPACK_BYTES;
	rc = add_codings(unpack, head, err);
	if (rc == DUET_OK)
		rc = begin(unpack, err);
	if (rc == DUET_OK)
		*ret = unpack->n > 0 ? unpack : NULL;
	if (rc < 0 || unpack->n == 0)
		duet_unpack_free(unpack);
	return rc;
}

void duet_unpack_free(struct duet_unpack *unpack)
{
	size_t i;

	if (unpack == NULL)
		return;
	for (i = 0; i < unpack->n; i++) {
		unpack->stages[i].unpacker->end(unpack->stages[i].state);
		duet_mem_free(unpack->stages[i].piece);
	}
	duet_mem_free(unpack);
}

const char *duet_unpack_name(const struct duet_unpack *unpack)
{
	return unpack->name;
}

static int check_limits(const struct duet_unpack *unpack,
			const struct stage *stage, struct duet_error *err)
{
	if (stage->out > unpack->max_bytes)
		return duet_error_set(err, DUET_E_LIMIT,
				      "the body decodes (%s) to more than %llu bytes (max_decoded): allow more, or ask for it as it is",
				      stage->name,
				      (unsigned long long)unpack->max_bytes);
	if (stage->out > DUET_UNPACK_RATIO_FROM &&
	    stage->out / DUET_UNPACK_RATIO > unpack->in)
		return duet_error_set(err, DUET_E_LIMIT,
				      "the body is a bomb: %llu bytes of it decode (%s) to %llu and more, which is more than %d for each; ask for it as it is",
				      (unsigned long long)unpack->in,
				      stage->name,
				      (unsigned long long)stage->out,
				      (int)DUET_UNPACK_RATIO);
	return DUET_OK;
}

/* One stage, once. DUET_OK with *ret_n, or 0: it wants more. */
static int run(struct duet_unpack *unpack, size_t i, struct duet_bytes *src,
	       void *dst, size_t cap, size_t *ret_n, struct duet_error *err)
{
	struct stage *stage = &unpack->stages[i];
	size_t before = src->len;
	const char *why = "";
	int rc;

	rc = stage->unpacker->next(stage->state, src, dst, cap, ret_n, &why);
	if (src->len < before)
		stage->begun = true;
	if (i == 0)
		unpack->in += before - src->len;
	stage->out += *ret_n;
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	if (rc < 0)
		return duet_error_set(err, rc,
				      "the body is not what its Content-Encoding says (%s: %s); tell the server's keeper, or ask for it as it is",
				      stage->name, why);
	rc = check_limits(unpack, stage, err);
	/* What neither takes nor gives would do so for ever. */
	if (rc == DUET_OK && *ret_n == 0 && src->len > 0 && src->len == before)
		rc = duet_error_set(err, DUET_E_CODING,
				    "the body does not go on (%s)",
				    stage->name);
	return rc;
}

int duet_unpack_next(struct duet_unpack *unpack, struct duet_bytes *src,
		     void *dst, size_t cap, size_t *ret_n,
		     struct duet_error *err)
{
	size_t last = unpack->n - 1;

	for (;;) {
		size_t i = unpack->at;
		struct stage *stage = &unpack->stages[i];
		struct duet_bytes *from = i == 0 ? src : &stage->src;
		size_t n = 0;
		int rc;

		rc = run(unpack, i, from, i == last ? dst : stage->piece,
			 i == last ? cap : (size_t)PIECE, &n, err);
		*ret_n = rc == DUET_OK && i == last ? n : 0;
		if (rc < 0 || *ret_n > 0)
			return rc;
		if (n > 0) {
			unpack->stages[i + 1].src =
				(struct duet_bytes){ stage->piece, n };
			unpack->at = i + 1;
		} else if (from->len == 0 && i == 0) {
			unpack->at = last; /* which may still hold some */
			return DUET_WANT_READ;
		} else if (from->len == 0) {
			unpack->at = i - 1;
		}
	}
}

int duet_unpack_end(const struct duet_unpack *unpack, struct duet_error *err)
{
	size_t i;

	for (i = 0; i < unpack->n; i++) {
		const struct stage *stage = &unpack->stages[i];

		if (stage->begun && !stage->unpacker->is_whole(stage->state))
			return duet_error_set(err, DUET_E_CODING_CUT,
					      "the message is whole, but what it encodes (%s) is cut after %llu bytes; try again, or tell the server's keeper",
					      stage->name,
					      (unsigned long long)stage->out);
	}
	return DUET_OK;
}
