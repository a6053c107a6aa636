/* SPDX-License-Identifier: MIT */
/*
 * The decoder is a machine that sees a byte of a chunk line at a time, so that
 * it cannot matter in which pieces they come:
 *
 *   SIZE -> [BEFORE_NAME -> NAME -> BEFORE_VALUE -> VALUE | QUOTED -> ...]
 *        -> LF -> DATA -> DATA_CR -> DATA_LF -> SIZE ...    a chunk
 *             \-> (last is set, nothing more is taken)      the last one
 *
 * Each step gives the next state, or REFUSED. Invariant: left > 0 in DATA.
 */
#include "http/chunk.h"

#include <string.h>

#include "base/grammar.h"
#include "base/str.h"

enum chunk_state {
	SIZE,
	BEFORE_SEMICOLON, /* bad whitespace after a size, name or value */
	BEFORE_NAME,
	NAME,
	BEFORE_EQUALS,
	BEFORE_VALUE,
	VALUE,
	QUOTED,
	ESCAPED,
	AFTER_QUOTED,
	LF,
	DATA,
	DATA_CR,
	DATA_LF,
	REFUSED,
};

enum {
	MAX_DIGITS = 16, /* of a size: what fits in 64 bits */
};

void duet_chunks_init(struct duet_chunks *chunks, uint32_t overhead)
{
	memset(chunks, 0, sizeof(*chunks));
	chunks->state = SIZE;
	chunks->overhead = overhead;
}

static enum chunk_state after_word(unsigned char c)
{
	if (c == ';')
		return BEFORE_NAME;
	if (c == '\r')
		return LF;
	return duet_is_ows(c) ? BEFORE_SEMICOLON : REFUSED;
}

static enum chunk_state on_size(struct duet_chunks *chunks, unsigned char c)
{
	int digit = duet_hex_value(c);

	if (digit < 0)
		return chunks->digits > 0 ? after_word(c) : REFUSED;
	/* A size that overflows is one that two readers read in two ways. */
	if (chunks->digits == MAX_DIGITS)
		return REFUSED;
	chunks->digits++;
	chunks->left = chunks->left << 4 | (unsigned)digit;
	return SIZE;
}

static enum chunk_state on_name(enum chunk_state state, unsigned char c)
{
	if (duet_is_tchar(c))
		return NAME;
	if (state == BEFORE_NAME)
		return duet_is_ows(c) ? BEFORE_NAME : REFUSED;
	if (c == '=')
		return BEFORE_VALUE;
	return duet_is_ows(c) ? BEFORE_EQUALS : after_word(c);
}

static enum chunk_state on_value(enum chunk_state state, unsigned char c)
{
	if (duet_is_tchar(c))
		return VALUE;
	if (state == VALUE)
		return after_word(c);
	if (c == '"')
		return QUOTED;
	return duet_is_ows(c) ? BEFORE_VALUE : REFUSED;
}

static enum chunk_state on_quoted(enum chunk_state state, unsigned char c)
{
	if (!duet_is_field_byte(c))
		return REFUSED;
	if (state == ESCAPED)
		return QUOTED;
	if (c == '\\')
		return ESCAPED;
	return c == '"' ? AFTER_QUOTED : QUOTED;
}

/* RFC 9112 s7.1.1: whitespace around ';' and '=' is bad, but to be read. At a
 * line's end it is not in the grammar at all. */
static enum chunk_state on_blank(enum chunk_state state, unsigned char c)
{
	if (duet_is_ows(c))
		return state;
	if (c == ';')
		return BEFORE_NAME;
	return state == BEFORE_EQUALS && c == '=' ? BEFORE_VALUE : REFUSED;
}

static enum chunk_state on_line_end(struct duet_chunks *chunks, unsigned char c)
{
	if (c != '\n')
		return REFUSED;
	chunks->last = chunks->left == 0;
	return DATA;
}

static enum chunk_state step(struct duet_chunks *chunks, unsigned char c)
{
	enum chunk_state state = (enum chunk_state)chunks->state;

	switch (state) {
	case SIZE:
		return on_size(chunks, c);
	case BEFORE_SEMICOLON:
	case BEFORE_EQUALS:
		return on_blank(state, c);
	case BEFORE_NAME:
	case NAME:
		return on_name(state, c);
	case BEFORE_VALUE:
	case VALUE:
		return on_value(state, c);
	case QUOTED:
	case ESCAPED:
		return on_quoted(state, c);
	case AFTER_QUOTED:
		return after_word(c);
	case LF:
		return on_line_end(chunks, c);
	case DATA_CR:
		return c == '\r' ? DATA_LF : REFUSED;
	case DATA_LF:
		chunks->digits = 0;
		chunks->count++;
		return c == '\n' ? SIZE : REFUSED;
	default:
		return REFUSED;
	}
}

static int refuse(const struct duet_chunks *chunks, enum chunk_state state,
		  struct duet_fault *fault)
{
	static const char *const due[] = {
		[SIZE] = "a chunk size in hexadecimal",
		[BEFORE_SEMICOLON] = "a chunk extension",
		[BEFORE_NAME] = "the name of a chunk extension",
		[NAME] = "the name of a chunk extension",
		[BEFORE_EQUALS] = "the value of a chunk extension",
		[BEFORE_VALUE] = "the value of a chunk extension",
		[VALUE] = "the value of a chunk extension",
		[QUOTED] = "the value of a chunk extension",
		[ESCAPED] = "the value of a chunk extension",
		[AFTER_QUOTED] = "the end of a chunk line",
		[LF] = "the LF of a chunk line",
		[DATA] = "chunk data",
		[DATA_CR] = "the CR LF after a chunk's data",
		[DATA_LF] = "the CR LF after a chunk's data",
		[REFUSED] = "nothing",
	};

	return duet_fault_set(fault, 400,
			      "after %llu chunk%s: %s is due, and not there",
			      (unsigned long long)chunks->count,
			      chunks->count == 1 ? "" : "s", due[state]);
}

static struct duet_bytes take_data(struct duet_chunks *chunks,
				   struct duet_bytes input)
{
	if (input.len >= chunks->left) {
		input.len = (size_t)chunks->left;
		chunks->state = DATA_CR;
	}
	chunks->left -= input.len;
	return input;
}

int duet_chunks_feed(struct duet_chunks *chunks, struct duet_bytes input,
		     size_t *ret_used, struct duet_bytes *ret_data,
		     struct duet_fault *fault)
{
	const unsigned char *p = input.data;
	struct duet_bytes data = { NULL, 0 };
	size_t i = 0;

	while (i < input.len && !chunks->last) {
		enum chunk_state before = (enum chunk_state)chunks->state;

		if (before == DATA) {
			data = take_data(chunks,
					 (struct duet_bytes){ p + i,
							      input.len - i });
			i += data.len;
			break;
		}
		chunks->state = (uint8_t)step(chunks, p[i++]);
		if (chunks->state == REFUSED)
			return refuse(chunks, before, fault);
		if (chunks->state < BEFORE_SEMICOLON || chunks->state >= LF)
			continue;
		/* An endless extension costs the sender nothing. */
		if (chunks->overhead == 0) {
			chunks->state = REFUSED;
			return duet_fault_set(fault, 413,
					      "the chunk extensions are longer than a head may be (limit head_bytes)");
		}
		chunks->overhead--;
	}
	*ret_used = i;
	*ret_data = data;
	return DUET_OK;
}
