/* SPDX-License-Identifier: MIT */
#include "http/etag.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* RFC 9110 s8.8.3: etagc is any visible byte but the quote; no escapes. */
static bool is_etag_byte(unsigned char c)
{
	return c == '!' || (c >= 0x23 && c != 0x7f);
}

/* Past the tag at p, or NULL. */
static const char *take_etag(const char *p, struct duet_etag *ret)
{
	const char *begin;

	ret->weak = duet_str_starts(p, "W/");
	if (ret->weak)
		p += 2;
	if (*p++ != '"')
		return NULL;
	begin = p;
	while (is_etag_byte((unsigned char)*p))
		p++;
	ret->opaque.data = begin;
	ret->opaque.len = (size_t)(p - begin);
	return *p == '"' ? p + 1 : NULL;
}

bool duet_etag_parse(const char *text, struct duet_etag *ret)
{
	const char *end = take_etag(text, ret);

	return end != NULL && *end == '\0';
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

int duet_etag_next(const char **cursor, struct duet_etag *ret)
{
	const char *p = *cursor;

	/* RFC 9110 s5.6.1.2: empty members are ignored. */
	p += strspn(p, " \t,");
	*cursor = p;
	if (*p == '\0')
		return 0;
	p = take_etag(p, ret);
	if (p == NULL)
		return -1;
	p = skip_blanks(p);
	if (*p != '\0' && *p != ',')
		return -1;
	*cursor = p;
	return 1;
}

bool duet_etag_equal_weak(const struct duet_etag *a, const struct duet_etag *b)
{
	return a->opaque.len == b->opaque.len &&
	       memcmp(a->opaque.data, b->opaque.data, a->opaque.len) == 0;
}

bool duet_etag_equal_strong(const struct duet_etag *a,
			    const struct duet_etag *b)
{
	return !a->weak && !b->weak && duet_etag_equal_weak(a, b);
}

/* The finalizer of splitmix64: every bit of x moves every bit of the result. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static char *put_hex(char *p, uint64_t value)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 60;

	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*p++ = digits[value >> shift & 15];
	return p;
}

/* Mixed, since the number of an inode is nobody's business. */
void duet_etag_of_file(char dst[DUET_ETAG_BYTES], uint64_t size, uint64_t inode,
		       int64_t ctime_s, uint32_t ctime_ns)
{
	uint64_t mixed = mix(mix(mix(inode) ^ (uint64_t)ctime_s) ^ ctime_ns);
	char *p = dst;

	*p++ = '"';
	p = put_hex(p, size);
	*p++ = '-';
	p = put_hex(p, mixed);
	*p++ = '"';
	*p = '\0';
}

/* Who could choose the bytes so that two have one sum would have to choose the
 * file's inode and time as well. */
static uint64_t sum_of(struct duet_bytes content)
{
	const unsigned char *p = content.data;
	size_t left = content.len;
	uint64_t sum = left;
	uint64_t word;

	for (; left >= sizeof(word); left -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		sum = mix(sum ^ word);
		p += sizeof(word);
	}
	word = 0;
	memcpy(&word, p, left);
	return mix(sum ^ word);
}

void duet_etag_of_coding(char dst[DUET_ETAG_BYTES],
			 const char file[DUET_ETAG_BYTES], const char *coding,
			 const struct duet_bytes *content)
{
	int len = (int)strlen(file) - 1; /* without the last quote */

	if (content == NULL)
		(void)snprintf(dst, DUET_ETAG_BYTES, "%.*s-%s\"", len, file,
			       coding);
	else
		(void)snprintf(dst, DUET_ETAG_BYTES, "%.*s-%s-%" PRIx64 "\"",
			       len, file, coding, sum_of(*content));
}
