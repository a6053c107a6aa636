/* SPDX-License-Identifier: MIT */
#include "http/range.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "http/field.h"

enum {
	GAP_BYTES = 80, /* RFC 9110 s15.3.7.2: what a part's head takes */
};

/* What follows the unit and the '=', or NULL. RFC 9110 s14.1: the names of
 * units are compared without case. */
static const char *after_unit(const char *value)
{
	static const char unit[] = "bytes=";
	size_t len = sizeof(unit) - 1;

	if (strlen(value) < len ||
	    !duet_bytes_eq_nocase((struct duet_bytes){ value, len }, unit))
		return NULL;
	return value + len;
}

/*
 * Digits as a number, or as the largest there is: no file is as long, and
 * RFC 9110 s14.1.2 has us expect large numbers and not stumble over them.
 */
static bool parse_position(struct duet_bytes digits, uint64_t *ret)
{
	const unsigned char *p = digits.data;
	size_t i;

	for (i = 0; i < digits.len; i++)
		if (!duet_is_digit(p[i]))
			return false;
	if (digits.len > 0 && !duet_parse_u64(digits, ret))
		*ret = UINT64_MAX;
	return digits.len > 0;
}

/*
 * "first-last", "first-" or "-suffix" (RFC 9110 s14.1.2). False: it is not to
 * be obeyed, all is sent. A length of 0: well formed, but there is no such
 * byte.
 */
static bool parse_spec(struct duet_bytes spec, uint64_t size,
		       struct duet_range *ret)
{
	const char *p = spec.data;
	const char *dash = spec.len > 0 ? memchr(p, '-', spec.len) : NULL;
	struct duet_bytes left;
	struct duet_bytes right;
	uint64_t first = 0;
	uint64_t last = UINT64_MAX;

	if (dash == NULL)
		return false;
	left = (struct duet_bytes){ p, (size_t)(dash - p) };
	right = (struct duet_bytes){ dash + 1, spec.len - left.len - 1 };
	if ((left.len > 0 && !parse_position(left, &first)) ||
	    (right.len > 0 && !parse_position(right, &last)) ||
	    (left.len == 0 && right.len == 0) || (left.len > 0 && last < first))
		return false;
	/* The end of an empty file is there, and no Content-Range can say so.
	 */
	if (left.len == 0 && last > 0 && size == 0)
		return false;
	ret->offset = 0;
	ret->length = 0;
	if (left.len == 0) { /* the last so many bytes */
		ret->length = last < size ? last : size;
		ret->offset = size - ret->length;
	} else if (first < size) {
		ret->offset = first;
		ret->length = (last < size ? last + 1 : size) - first;
	}
	return true;
}

static bool are_close(const struct duet_range *a, const struct duet_range *b)
{
	if (a->offset > b->offset)
		return are_close(b, a);
	return b->offset <= a->offset + a->length ||
	       b->offset - a->offset - a->length < GAP_BYTES;
}

static void join(struct duet_range *into, const struct duet_range *range)
{
	uint64_t end = into->offset + into->length;

	if (range->offset + range->length > end)
		end = range->offset + range->length;
	if (range->offset < into->offset)
		into->offset = range->offset;
	into->length = end - into->offset;
}

/* Add a range, joined with those it is close to: it may close gaps. */
static void add_range(struct duet_range *ranges, size_t *count,
		      struct duet_range range)
{
	size_t i = 0;

	while (i < *count) {
		if (!are_close(&ranges[i], &range)) {
			i++;
			continue;
		}
		join(&range, &ranges[i]);
		memmove(&ranges[i], &ranges[i + 1],
			(*count - i - 1) * sizeof(ranges[0]));
		(*count)--;
		i = 0; /* it has grown: look at all of them again */
	}
	ranges[(*count)++] = range;
}

enum duet_range_verdict duet_range_parse(
	const char *value, uint64_t size,
	struct duet_range ret_ranges[DUET_RANGES_MAX], size_t *ret_count)
{
	struct duet_range ranges[DUET_RANGES_MAX];
	struct duet_range range = { 0, 0 };
	struct duet_bytes spec;
	size_t specs = 0;
	size_t count = 0;

	value = after_unit(value);
	while (duet_list_next(&value, &spec)) {
		if (spec.len == 0)
			continue;
		if (++specs > DUET_RANGES_MAX ||
		    !parse_spec(spec, size, &range))
			return DUET_RANGE_WHOLE;
		if (range.length > 0)
			add_range(ranges, &count, range);
	}
	if (specs == 0)
		return DUET_RANGE_WHOLE;
	if (count == 0)
		return DUET_RANGE_OUTSIDE;
	memcpy(ret_ranges, ranges, count * sizeof(ranges[0]));
	*ret_count = count;
	return DUET_RANGE_PARTS;
}

void duet_range_format(char dst[DUET_CONTENT_RANGE_BYTES],
		       const struct duet_range *range, uint64_t size)
{
	if (range == NULL)
		(void)snprintf(dst, DUET_CONTENT_RANGE_BYTES, "bytes */%llu",
			       (unsigned long long)size);
	else
		(void)snprintf(dst, DUET_CONTENT_RANGE_BYTES,
			       "bytes %llu-%llu/%llu",
			       (unsigned long long)range->offset,
			       (unsigned long long)(range->offset +
						    range->length - 1),
			       (unsigned long long)size);
}

static bool parse_size(struct duet_bytes text, uint64_t *ret)
{
	if (!duet_bytes_eq(text, "*"))
		return duet_parse_u64(text, ret);
	*ret = UINT64_MAX;
	return true;
}

bool duet_range_parse_content(const char *value, struct duet_range *ret_range,
			      uint64_t *ret_size)
{
	struct duet_range range = { 0, 0 };
	uint64_t size = 0;
	uint64_t last = 0;
	const char *slash = strrchr(value, '/');
	const char *dash;

	if (strlen(value) < 6 || slash == NULL ||
	    !duet_bytes_eq_nocase((struct duet_bytes){ value, 6 }, "bytes ") ||
	    !parse_size(duet_str(slash + 1), &size))
		return false;
	value += 6;
	if (value + 1 == slash && *value == '*') {
		if (size == UINT64_MAX)
			return false;
		*ret_range = range;
		*ret_size = size;
		return true;
	}
	dash = strchr(value, '-');
	if (dash == NULL || dash > slash ||
	    !duet_parse_u64((struct duet_bytes){ value,
						 (size_t)(dash - value) },
			    &range.offset) ||
	    !duet_parse_u64((struct duet_bytes){ dash + 1,
						 (size_t)(slash - dash - 1) },
			    &last))
		return false;
	/* RFC 9110 s14.4: such a field is invalid, and what it says unknown. */
	if (last < range.offset || last >= size || last == UINT64_MAX)
		return false;
	range.length = last - range.offset + 1;
	*ret_range = range;
	*ret_size = size;
	return true;
}

int duet_range_part_head(struct duet_buf *dst, const char *boundary,
			 const char *type, const struct duet_range *range,
			 uint64_t size)
{
	char text[DUET_CONTENT_RANGE_BYTES];

	duet_range_format(text, range, size);
	return duet_buf_printf(dst,
			       "\r\n--%s\r\n%s%s%sContent-Range: %s\r\n\r\n",
			       boundary, type != NULL ? "Content-Type: " : "",
			       type != NULL ? type : "",
			       type != NULL ? "\r\n" : "", text);
}

int duet_range_parts_end(struct duet_buf *dst, const char *boundary)
{
	return duet_buf_printf(dst, "\r\n--%s--\r\n", boundary);
}
