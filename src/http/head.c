/* SPDX-License-Identifier: MIT */
#include "http/head.h"

#include <string.h>

#include "base/grammar.h"
#include "base/str.h"
#include "http/target.h"

static int too_long(const struct duet_lines *lines, bool whole_head,
		    const struct duet_limits *limits, struct duet_fault *fault)
{
	bool start = lines->count == 0 && !lines->trailers;
	int32_t status = start ? 414 : 431;

	if (whole_head)
		return duet_fault_set(fault, status,
				      "the %s longer than head_bytes (%u bytes)",
				      lines->trailers ? "trailers are"
						      : "head is",
				      limits->head_bytes);
	return duet_fault_set(fault, status,
			      "%s is longer than line_bytes (%u bytes)",
			      start ? "the first line" : "a field line",
			      limits->line_bytes);
}

int duet_lines_next(struct duet_lines *lines, struct duet_bytes text,
		    const struct duet_limits *limits, size_t *ret_begin,
		    size_t *ret_len, struct duet_fault *fault)
{
	const char *base = text.data;
	const char *lf = NULL;
	size_t end = text.len;
	size_t begin = lines->line;
	size_t len;

	if (text.len > lines->seen)
		lf = memchr(base + lines->seen, '\n', text.len - lines->seen);
	if (lf != NULL)
		end = (size_t)(lf - base);
	/* A CR at the end may be half of a line end that is still coming. */
	len = end - begin;
	if (len > 0 && base[end - 1] == '\r')
		len--;
	/* The limit that is passed first, whatever has come by now. */
	if (len > limits->line_bytes || len > limits->head_bytes - begin)
		return too_long(lines,
				limits->head_bytes - begin <=
					limits->line_bytes,
				limits, fault);
	if (lf == NULL) {
		lines->seen = text.len;
		return DUET_WANT_READ;
	}
	if (end + 1 > limits->head_bytes)
		return too_long(lines, true, limits, fault);
	/* RFC 9112 s2.2: a bare LF may end a line. Old clients send such heads;
	 * nobody sends such trailers. */
	if (lines->trailers && (end == begin || base[end - 1] != '\r'))
		return duet_fault_set(fault, 400,
				      "a trailer line ends in a bare LF");
	*ret_begin = begin;
	*ret_len = len;
	lines->line = end + 1;
	lines->seen = end + 1;
	lines->count++;
	return DUET_OK;
}

/* "HTTP/1.1" -> 1 and 1; false when it does not look like that at all. */
static bool parse_version(const char *p, int *ret_major, int32_t *ret_minor)
{
	if (memcmp(p, "HTTP/", 5) != 0 || !duet_is_digit((unsigned char)p[5]) ||
	    p[6] != '.' || !duet_is_digit((unsigned char)p[7]))
		return false;
	*ret_major = p[5] - '0';
	*ret_minor = p[7] - '0';
	return true;
}

enum {
	VERSION_BYTES = 8, /* HTTP/1.1 */
};

static int bad_request_line(const char *why, const char *line, size_t len,
			    struct duet_fault *fault)
{
	char quote[DUET_QUOTE_BYTES];

	return duet_fault_set(fault, 400, "%s in the request line '%s'", why,
			      duet_fault_quote(quote, (struct duet_bytes){
							      line, len }));
}

int duet_request_line(char *line, size_t len, struct duet_head *head,
		      struct duet_fault *fault)
{
	char *first = memchr(line, ' ', len);
	char *second = NULL;
	int major = 0;
	int32_t minor = 0;

	/* RFC 9112 s3: exactly one space between three parts. */
	if (first != NULL)
		second = memchr(first + 1, ' ',
				len - (size_t)(first + 1 - line));
	if (!duet_is_token((struct duet_bytes){
		    line, first != NULL ? (size_t)(first - line) : len }))
		return bad_request_line("no method", line, len, fault);
	if (second == NULL)
		return bad_request_line("no target or no version", line, len,
					fault);
	if (len - (size_t)(second + 1 - line) != VERSION_BYTES ||
	    !parse_version(second + 1, &major, &minor))
		return bad_request_line("no HTTP version", line, len, fault);
	if (memchr(first, '\0', (size_t)(second - first)) != NULL)
		return bad_request_line("a NUL", line, len, fault);
	*first = '\0';
	*second = '\0';
	line[len] = '\0';
	head->method = line;
	head->target = first + 1;
	head->major = 1;
	head->minor = minor;
	if (major != 1)
		return duet_fault_set(fault, 505,
				      "the request is for HTTP/%d.%d, not 1.x",
				      major, (int)minor);
	if (duet_target_form(line, first + 1) == DUET_TARGET_BAD) {
		char quote[DUET_QUOTE_BYTES];

		return duet_fault_set(fault, 400,
				      "'%s' is no target for this method",
				      duet_fault_quote(quote,
						       duet_str(first + 1)));
	}
	return DUET_OK;
}

static int bad_status_line(const char *why, const char *line, size_t len,
			   struct duet_fault *fault)
{
	char quote[DUET_QUOTE_BYTES];

	return duet_fault_set(fault, 502, "%s in the status line '%s'", why,
			      duet_fault_quote(quote, (struct duet_bytes){
							      line, len }));
}

int duet_status_line(char *line, size_t len, struct duet_head *head,
		     struct duet_fault *fault)
{
	enum {
		CODE = VERSION_BYTES + 1,
		CODE_END = CODE + 3,
	};
	int major = 0;
	int32_t minor = 0;
	int i;

	if (len < CODE_END || !parse_version(line, &major, &minor) ||
	    line[VERSION_BYTES] != ' ')
		return bad_status_line("no HTTP version", line, len, fault);
	if (major != 1)
		return bad_status_line("a version other than 1.x", line, len,
				       fault);
	for (i = CODE; i < CODE_END; i++)
		if (!duet_is_digit((unsigned char)line[i]))
			return bad_status_line("no status", line, len, fault);
	/* RFC 9112 s4: the space after the status is due even without a reason;
	 * many servers leave both out, and nothing can be made of that. */
	if (line[CODE] == '0' || (len > CODE_END && line[CODE_END] != ' '))
		return bad_status_line("no status of three digits", line, len,
				       fault);
	if (!duet_is_field_value(
		    (struct duet_bytes){ line + CODE_END, len - CODE_END }))
		return bad_status_line("control characters", line, len, fault);
	line[len] = '\0';
	head->status = (line[CODE] - '0') * 100 + (line[CODE + 1] - '0') * 10 +
		       (line[CODE + 2] - '0');
	head->reason = len > CODE_END ? line + CODE_END + 1 : line + len;
	head->major = 1;
	head->minor = minor;
	return DUET_OK;
}

static int bad_field_line(const char *why, const char *line, size_t len,
			  struct duet_fault *fault)
{
	char quote[DUET_QUOTE_BYTES];

	return duet_fault_set(fault, 400, "%s in the field line '%s'", why,
			      duet_fault_quote(quote, (struct duet_bytes){
							      line, len }));
}

int duet_field_line(char *line, size_t len, uint32_t max,
		    struct duet_fields *fields, struct duet_fault *fault)
{
	char *colon = memchr(line, ':', len);
	struct duet_bytes value;
	struct duet_bytes name;

	if (fields->count >= max)
		return duet_fault_set(fault, 431,
				      "more field lines than headers (%u)",
				      max);
	/* RFC 9112 s5.2: obs-fold, which two readers may read in two ways. */
	if (duet_is_ows((unsigned char)*line))
		return bad_field_line("a folded line (obs-fold)", line, len,
				      fault);
	if (colon == NULL)
		return bad_field_line("no colon", line, len, fault);
	name = (struct duet_bytes){ line, (size_t)(colon - line) };
	/* RFC 9112 s5.1: no whitespace between name and colon. */
	if (name.len > 0 && duet_is_ows((unsigned char)colon[-1]))
		return bad_field_line("whitespace before the colon", line, len,
				      fault);
	if (!duet_is_token(name))
		return bad_field_line("a name that is no token", line, len,
				      fault);
	value = (struct duet_bytes){ colon + 1, len - name.len - 1 };
	/* RFC 9110 s5.5: CR, LF and NUL in a value are an attack. */
	if (!duet_is_field_value(value))
		return bad_field_line("control characters", line, len, fault);
	value = duet_trim(value);
	*colon = '\0';
	((char *)(uintptr_t)value.data)[value.len] = '\0';
	if (duet_fields_add(fields, line, value.data) != DUET_OK)
		return duet_fault_nomem(fault);
	return DUET_OK;
}
