/* SPDX-License-Identifier: MIT */
/* Values of fields: ranges, dates, tags, lists, digests. */
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "fuzz.h"
#include "http/date.h"
#include "http/digest.h"
#include "http/etag.h"
#include "http/field.h"
#include "http/range.h"

static void check_ranges(const char *text, uint64_t size)
{
	struct duet_range ranges[DUET_RANGES_MAX];
	size_t count = 0;
	size_t i;
	size_t k;

	if (duet_range_parse(text, size, ranges, &count) != DUET_RANGE_PARTS)
		return;
	MUST(count > 0 && count <= DUET_RANGES_MAX);
	for (i = 0; i < count; i++) {
		uint64_t end = ranges[i].offset + ranges[i].length;

		MUST(ranges[i].length > 0 && ranges[i].offset < size);
		MUST(ranges[i].length <= size - ranges[i].offset);
		for (k = 0; k < count; k++) /* no byte twice */
			MUST(k == i || ranges[k].offset >= end ||
			     ranges[k].offset + ranges[k].length <=
				     ranges[i].offset);
	}
}

static void check_content_range(const char *text)
{
	char again[DUET_CONTENT_RANGE_BYTES];
	struct duet_range range;
	struct duet_range back;
	uint64_t size;

	if (!duet_range_parse_content(text, &range, &size) ||
	    size == UINT64_MAX)
		return;
	duet_range_format(again, range.length > 0 ? &range : NULL, size);
	MUST(duet_range_parse_content(again, &back, &size));
	MUST(back.offset == range.offset && back.length == range.length);
}

static void check_date(const char *text)
{
	char again[DUET_DATE_BYTES];
	int64_t wall = 0;
	int64_t back = 0;

	if (!duet_date_parse(text, 1790000000, &wall) || wall < 0)
		return;
	duet_date_format(again, wall);
	MUST(duet_date_parse(again, 1790000000, &back));
	MUST(back == wall || wall >= 253402300800);
}

static void check_lists(const char *text)
{
	size_t len = strlen(text);
	char *plain = malloc(len + 1);
	const char *cursor = text;
	struct duet_bytes member;
	struct duet_etag tag;
	size_t count = 0;

	MUST(plain != NULL);
	while (duet_list_next(&cursor, &member)) {
		MUST(++count <= len + 1);
		if (duet_unquote(member, plain, len + 1))
			MUST(strlen(plain) <= member.len);
	}
	cursor = text;
	while (duet_etag_next(&cursor, &tag) > 0) {
		MUST(cursor <= text + len);
		MUST(duet_etag_equal_weak(&tag, &tag));
	}
	free(plain);
}

/* What is taken out of it is taken again out of what is made of it. */
static void check_digests(const char *text)
{
	struct duet_header list[] = { { "D", text }, { NULL, NULL } };
	char base64[DUET_BASE64_BYTES(DUET_DIGEST_BYTES)];
	char again[sizeof(base64) + 16];
	struct duet_digests digests;
	struct duet_digests back;
	int rc = duet_digest_read(list, "D", &digests);
	int k;

	for (k = 0; k < DUET_DIGEST_KINDS; k++) {
		enum duet_digest_kind kind = (enum duet_digest_kind)k;
		struct duet_bytes bytes = { digests.bytes[k],
					    duet_digest_size(kind) };

		MUST(rc == DUET_OK || !digests.has[k]);
		if (!digests.has[k])
			continue;
		duet_base64_encode(base64, bytes);
		(void)snprintf(again, sizeof(again),
			       "%s=:%s:", duet_digest_name(kind), base64);
		list[0].value = again;
		MUST(duet_digest_read(list, "D", &back) == DUET_OK);
		MUST(back.has[k]);
		MUST(memcmp(back.bytes[k], bytes.data, bytes.len) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	MUST(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_ranges(text, 0);
	check_ranges(text, 1000);
	check_ranges(text, INT64_MAX);
	check_content_range(text);
	check_date(text);
	check_lists(text);
	check_digests(text);
	free(text);
	return 0;
}
