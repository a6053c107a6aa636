/* SPDX-License-Identifier: MIT */
/*
 * From a field block to a head (RFC 9113 s8.2, s8.3). nghttp2 has checked the
 * names, the values, the order, and that no pseudo-header field is missing,
 * twice there or unknown; what HTTP/1.1 would refuse is refused here too, since
 * whoever reads a head does not ask which version it came by.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "http/h2_int.h"
#include "http/target.h"

/* What a block says about itself and its message. */
struct said {
	const char *method;
	const char *scheme;
	const char *authority;
	const char *path;
	const char *status;
	const char *host;
	const char *length;
	const char *expect;
	size_t hosts;
	size_t cookies;
	size_t cookie_bytes;
};

struct cursor {
	const char *at;
	const char *end;
};

static bool next_line(struct cursor *cursor, struct duet_header *line)
{
	if (cursor->at == cursor->end)
		return false;
	line->name = cursor->at;
	cursor->at += strlen(cursor->at) + 1;
	line->value = cursor->at;
	cursor->at += strlen(cursor->at) + 1;
	return true;
}

static struct cursor lines_of(const struct duet_h2_block *block)
{
	struct duet_bytes text = duet_buf_bytes(&block->text);
	struct cursor cursor = { text.data, text.data };

	if (text.len > 0)
		cursor.end += text.len;
	return cursor;
}

static void read_pseudo(struct said *said, const struct duet_header *line)
{
	const char *name = line->name + 1;

	if (strcmp(name, "method") == 0)
		said->method = line->value;
	else if (strcmp(name, "scheme") == 0)
		said->scheme = line->value;
	else if (strcmp(name, "authority") == 0)
		said->authority = line->value;
	else if (strcmp(name, "path") == 0)
		said->path = line->value;
	else if (strcmp(name, "status") == 0)
		said->status = line->value;
}

static void read_line(struct said *said, const struct duet_header *line)
{
	switch (line->name[0]) {
	case ':':
		read_pseudo(said, line);
		break;
	case 'c':
		if (strcmp(line->name, "cookie") == 0) {
			said->cookies++;
			said->cookie_bytes += strlen(line->value) + 2;
		} else if (strcmp(line->name, "content-length") == 0) {
			said->length = line->value;
		}
		break;
	case 'e':
		if (strcmp(line->name, "expect") == 0)
			said->expect = line->value;
		break;
	case 'h':
		if (strcmp(line->name, "host") == 0) {
			said->host = line->value;
			said->hosts++;
		}
		break;
	default:
		break;
	}
}

/* RFC 9113 s8.2.3: cookies come in crumbs, and are one field for others. */
static int join_cookies(struct duet_h2_block *block)
{
	struct cursor cursor = lines_of(block);
	size_t begin = block->text.end;
	struct duet_header line;
	int rc = DUET_OK;

	while (rc == DUET_OK && next_line(&cursor, &line)) {
		if (strcmp(line.name, "cookie") != 0)
			continue;
		if (block->text.end > begin)
			rc = duet_buf_add_str(&block->text, "; ");
		if (rc == DUET_OK)
			rc = duet_buf_add_str(&block->text, line.value);
	}
	if (rc == DUET_OK)
		rc = duet_buf_add(&block->text, "", 1);
	if (rc == DUET_OK)
		rc = duet_fields_add(&block->fields, "cookie",
				     (const char *)block->text.data + begin);
	return rc;
}

static bool has_room_for_cookies(struct duet_h2_block *block, size_t n)
{
	return duet_buf_reserve(&block->text, n + 1) == DUET_OK;
}

static int list_all(struct duet_h2_block *block, bool with_cookies,
		    struct said *said)
{
	struct cursor cursor = lines_of(block);
	struct duet_header line;
	int rc = DUET_OK;

	memset(said, 0, sizeof(*said));
	duet_fields_reset(&block->fields);
	while (rc == DUET_OK && next_line(&cursor, &line)) {
		read_line(said, &line);
		if (line.name[0] != ':' &&
		    (with_cookies || strcmp(line.name, "cookie") != 0))
			rc = duet_fields_add(&block->fields, line.name,
					     line.value);
	}
	return rc;
}

/* The lines get their pointers: from here on the text stays where it is. */
static int list_lines(struct duet_h2_block *block, struct said *said)
{
	int rc = list_all(block, true, said);

	if (rc != DUET_OK || said->cookies < 2)
		return rc;
	if (!has_room_for_cookies(block, said->cookie_bytes))
		return DUET_E_NOMEM;
	/* The text may have moved. */
	rc = list_all(block, false, said);
	if (rc == DUET_OK)
		rc = join_cookies(block);
	return rc == DUET_OK ? DUET_OK : DUET_E_NOMEM;
}

int duet_h2_list(struct duet_h2_block *block)
{
	struct said said;

	return list_lines(block, &said);
}

static int check_limits(const struct duet_h2 *h2,
			const struct duet_h2_block *block,
			struct duet_fault *fault)
{
	if (block->fault == 0)
		return DUET_OK;
	if (strcmp(block->limit, "line_bytes") == 0)
		return duet_fault_set(fault, block->fault,
				      "a line of the head is longer than line_bytes (%u)",
				      h2->limits.line_bytes);
	if (strcmp(block->limit, "headers") == 0)
		return duet_fault_set(fault, block->fault,
				      "more field lines than headers (%u)",
				      h2->limits.headers);
	return duet_fault_set(fault, block->fault,
			      "the head is longer than head_bytes (%u)",
			      h2->limits.head_bytes);
}

/* RFC 9113 s8.3.1: :authority is what Host was; with both, they agree. */
static int check_authority(struct duet_h2_block *block, struct said *said,
			   struct duet_fault *fault)
{
	char quote[DUET_QUOTE_BYTES];
	const char *host =
		said->authority != NULL ? said->authority : said->host;

	if (said->hosts > 1)
		return duet_fault_set(fault, 400, "%zu Host fields",
				      said->hosts);
	if (host == NULL)
		return duet_fault_set(fault, 400,
				      "neither :authority nor Host");
	if (!duet_is_authority(duet_str(host), NULL))
		return duet_fault_set(fault, 400,
				      "the :authority '%s' is no host",
				      duet_fault_quote(quote, duet_str(host)));
	if (said->authority != NULL && said->host != NULL &&
	    !duet_str_eq_nocase(said->authority, said->host))
		return duet_fault_set(fault, 400,
				      "Host is '%s', and :authority is not",
				      duet_fault_quote(quote,
						       duet_str(said->host)));
	if (said->host == NULL &&
	    duet_fields_add(&block->fields, "host", host) != DUET_OK)
		return duet_fault_nomem(fault);
	return DUET_OK;
}

static int read_length(const struct said *said, uint64_t most,
		       struct duet_head *head, struct duet_fault *fault)
{
	char quote[DUET_QUOTE_BYTES];
	uint64_t length = 0;

	head->content_length = DUET_LENGTH_UNKNOWN;
	if (said->length == NULL)
		return DUET_OK;
	if (!duet_parse_u64(duet_str(said->length), &length) || length > most)
		return duet_fault_set(fault, 413,
				      "the Content-Length %s is above body_bytes (%llu)",
				      duet_fault_quote(quote,
						       duet_str(said->length)),
				      (unsigned long long)most);
	head->content_length = (int64_t)length;
	return DUET_OK;
}

static void begin_head(struct duet_h2_block *block)
{
	memset(&block->head, 0, sizeof(block->head));
	block->head.size = sizeof(block->head);
	block->head.major = 2;
}

int duet_h2_read_request(struct duet_h2 *h2, struct duet_h2_block *block,
			 bool end, struct duet_fault *fault)
{
	enum duet_target_form form = DUET_TARGET_BAD;
	struct duet_head *head = &block->head;
	char quote[DUET_QUOTE_BYTES];
	struct said said;
	int rc;

	begin_head(block);
	rc = check_limits(h2, block, fault);
	if (rc != DUET_OK)
		return rc;
	if (list_lines(block, &said) != DUET_OK)
		return duet_fault_nomem(fault);
	rc = check_authority(block, &said, fault);
	if (rc != DUET_OK)
		return rc;
	head->headers = block->fields.list;
	head->method = said.method;
	head->target = said.path != NULL ? said.path : said.authority;
	if (head->method != NULL && head->target != NULL)
		form = duet_target_form(head->method, head->target);
	if (form == DUET_TARGET_BAD || form == DUET_TARGET_ABSOLUTE)
		return duet_fault_set(fault, 400, "the :path '%s' is no target",
				      duet_fault_quote(quote,
						       duet_str(head->target)));
	/* RFC 9110 s9.3.6, as in framing.c */
	if (said.length != NULL && strcmp(head->method, "CONNECT") == 0)
		return duet_fault_set(fault, 400, "a CONNECT with a body");
	if (end)
		return DUET_OK;
	head->expect_continue = said.expect != NULL &&
				duet_str_eq_nocase(said.expect, "100-continue");
	return read_length(&said, h2->limits.body_bytes, head, fault);
}

int duet_h2_read_response(struct duet_h2 *h2, struct duet_h2_block *block,
			  bool has_body, struct duet_fault *fault)
{
	struct duet_head *head = &block->head;
	struct said said;
	uint32_t status = 0;
	int rc;

	begin_head(block);
	rc = check_limits(h2, block, fault);
	if (rc != DUET_OK)
		return rc;
	if (list_lines(block, &said) != DUET_OK)
		return duet_fault_nomem(fault);
	if (said.status == NULL || strlen(said.status) != 3 ||
	    !duet_parse_u32(said.status, 999, &status) || status < 100)
		return duet_fault_set(fault, 502, "the :status is no status");
	head->headers = block->fields.list;
	head->status = (int32_t)status;
	if (!has_body || status < 200 || status == 204 || status == 304)
		return DUET_OK;
	return read_length(&said, h2->limits.body_bytes, head, fault);
}
