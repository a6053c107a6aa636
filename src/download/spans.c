/* SPDX-License-Identifier: MIT */
#include "download/spans.h"

#include <string.h>

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

bool duet_spans_add(struct duet_spans *spans, uint64_t from, uint64_t to)
{
	size_t first = 0;
	size_t last;

	if (from >= to)
		return true;
	/* Those that touch it, [first, last), become one with it. */
	while (first < spans->n && spans->at[first].to < from)
		first++;
	last = first;
	while (last < spans->n && spans->at[last].from <= to)
		last++;
	if (first == last && spans->n == DUET_SPANS_MAX)
		return false;
	if (first < last) {
		from = min(from, spans->at[first].from);
		to = max(to, spans->at[last - 1].to);
	}
	memmove(&spans->at[first + 1], &spans->at[last],
		(spans->n - last) * sizeof(spans->at[0]));
	spans->n = spans->n - (last - first) + 1;
	spans->at[first].from = from;
	spans->at[first].to = to;
	return true;
}

bool duet_spans_gap(const struct duet_spans *spans, uint64_t size,
		    struct duet_span *ret)
{
	uint64_t prefix = duet_spans_prefix(spans);
	size_t next = prefix > 0 ? 1 : 0;

	if (prefix >= size)
		return false;
	ret->from = prefix;
	ret->to = next < spans->n ? min(spans->at[next].from, size) : size;
	return true;
}

uint64_t duet_spans_bytes(const struct duet_spans *spans)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < spans->n; i++)
		sum += spans->at[i].to - spans->at[i].from;
	return sum;
}

uint64_t duet_spans_prefix(const struct duet_spans *spans)
{
	return spans->n > 0 && spans->at[0].from == 0 ? spans->at[0].to : 0;
}
