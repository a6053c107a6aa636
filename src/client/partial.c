/* SPDX-License-Identifier: MIT */
#include "client/partial.h"

#include "base/error.h"
#include "base/str.h"
#include "http/range.h"

enum {
	PARTIAL_CONTENT = 206,
};

static bool is_multipart(const struct duet_head *answer)
{
	static const char multipart[] = "multipart/byteranges";
	const char *type = duet_head_get(answer, "Content-Type");
	struct duet_bytes begin = duet_str(type);

	if (begin.len < sizeof(multipart) - 1)
		return false;
	begin.len = sizeof(multipart) - 1;
	return duet_bytes_eq_nocase(begin, multipart);
}

/* Without knowing the size of all of it, "the last 9" and "from 9 on" can be
 * any that are not more. */
static bool fits(const struct duet_range *wanted, const struct duet_range *got,
		 bool size_is_known)
{
	if (size_is_known)
		return got->offset == wanted->offset &&
		       got->length == wanted->length;
	return got->length <= wanted->length;
}

int duet_partial_check(const struct duet_headers *asked,
		       const struct duet_head *answer, struct duet_error *err)
{
	const char *wanted = duet_headers_get(asked, "Range");
	const char *content = duet_head_get(answer, "Content-Range");
	struct duet_range ranges[DUET_RANGES_MAX];
	struct duet_range got = { 0, 0 };
	uint64_t size = 0;
	size_t n = 0;

	if (answer->status != PARTIAL_CONTENT)
		return DUET_OK;
	if (wanted == NULL)
		return duet_error_set(err, DUET_E_HTTP,
				      "the server sends a part (206%s%.60s), and all of it was asked for: it, or a cache on the way, is broken",
				      content != NULL ? ", " : "",
				      content != NULL ? content : "");
	if (content == NULL && is_multipart(answer))
		return DUET_OK;
	if (content == NULL ||
	    !duet_range_parse_content(content, &got, &size) || got.length == 0)
		return duet_error_set(err, DUET_E_HTTP,
				      "the server sends a part (206) without saying which: it has no valid Content-Range");
	if (answer->content_length != DUET_LENGTH_UNKNOWN &&
	    (uint64_t)answer->content_length != got.length)
		return duet_error_set(err, DUET_E_HTTP,
				      "the server sends a part (206, %.60s) of %lld bytes, which contradict each other",
				      content,
				      (long long)answer->content_length);
	/* Several may be answered with any one of them, or with all. */
	if (duet_range_parse(wanted, size, ranges, &n) != DUET_RANGE_PARTS ||
	    (n == 1 && !fits(&ranges[0], &got, size != UINT64_MAX)))
		return duet_error_set(err, DUET_E_HTTP,
				      "the server sends another part (206, %.60s) than was asked for (%.60s)",
				      content, wanted);
	return DUET_OK;
}
