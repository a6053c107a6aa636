/* SPDX-License-Identifier: MIT */
#include "download/part.h"

#include "http/range.h"

bool duet_part_of(const struct duet_head *head, struct duet_span *ret_part,
		  int64_t *ret_size)
{
	const char *value = duet_head_get(head, "Content-Range");
	struct duet_range range = { 0, 0 };
	uint64_t size = 0;

	if (value == NULL || !duet_range_parse_content(value, &range, &size) ||
	    range.offset > INT64_MAX || range.length > INT64_MAX ||
	    (size > INT64_MAX && size != UINT64_MAX))
		return false;
	ret_part->from = range.offset;
	ret_part->to = range.offset + range.length;
	*ret_size = size == UINT64_MAX ? -1 : (int64_t)size;
	return true;
}
