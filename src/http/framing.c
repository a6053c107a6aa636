/* SPDX-License-Identifier: MIT */
#include "http/framing.h"

#include <string.h>

#include "base/grammar.h"
#include "base/str.h"
#include "http/field.h"
#include "http/target.h"

/* What the fields of a head say, before anybody draws conclusions. */
struct said {
	const char *host;
	const char *length;
	unsigned hosts;
	unsigned lengths;
	unsigned codings; /* members of Transfer-Encoding */
	unsigned chunked; /* of these, "chunked" */
	bool last_chunked;
	bool bad_coding; /* an empty or malformed member */
	bool close;
	bool keep_alive;
	bool connection_upgrade;
	bool upgrade;
	bool expect_continue;
};

static void read_codings(struct said *said, const char *value)
{
	struct duet_bytes member;

	while (duet_list_next(&value, &member)) {
		const char *end;

		said->codings++;
		said->last_chunked = duet_bytes_eq_nocase(member, "chunked");
		if (said->last_chunked) {
			said->chunked++;
			continue;
		}
		/* RFC 9112 s7: a coding is a token, with parameters behind it;
		 * "chunked" has none. */
		end = member.len > 0 ? memchr(member.data, ';', member.len)
				     : NULL;
		if (end != NULL)
			member.len = (size_t)(end - (const char *)member.data);
		member = duet_trim(member);
		if (!duet_is_token(member) ||
		    duet_bytes_eq_nocase(member, "chunked"))
			said->bad_coding = true;
	}
}

static void read_connection(struct said *said, const char *value)
{
	struct duet_bytes member;

	while (duet_list_next(&value, &member)) {
		if (duet_bytes_eq_nocase(member, "close"))
			said->close = true;
		else if (duet_bytes_eq_nocase(member, "keep-alive"))
			said->keep_alive = true;
		else if (duet_bytes_eq_nocase(member, "upgrade"))
			said->connection_upgrade = true;
	}
}

static void read_field(struct said *said, const struct duet_header *field)
{
	const char *name = field->name;

	switch (duet_to_lower((unsigned char)*name)) {
	case 'c':
		if (duet_str_eq_nocase(name, "connection")) {
			read_connection(said, field->value);
		} else if (duet_str_eq_nocase(name, "content-length")) {
			said->length = field->value;
			said->lengths++;
		}
		break;
	case 'e':
		if (duet_str_eq_nocase(name, "expect") &&
		    duet_str_eq_nocase(field->value, "100-continue"))
			said->expect_continue = true;
		break;
	case 'h':
		if (duet_str_eq_nocase(name, "host")) {
			said->host = field->value;
			said->hosts++;
		}
		break;
	case 't':
		if (duet_str_eq_nocase(name, "transfer-encoding"))
			read_codings(said, field->value);
		break;
	case 'u':
		if (duet_str_eq_nocase(name, "upgrade"))
			said->upgrade = true;
		break;
	default:
		break;
	}
}

static void read_fields(struct said *said, const struct duet_head *head)
{
	const struct duet_header *field;

	memset(said, 0, sizeof(*said));
	for (field = head->headers; field != NULL && field->name != NULL;
	     field++)
		read_field(said, field);
}

static int check_host(const struct said *said, const struct duet_head *head,
		      struct duet_fault *fault)
{
	char quote[DUET_QUOTE_BYTES];

	/* RFC 9112 s3.2: 400 without Host, with several, or a malformed one. */
	if (said->hosts == 0 && head->minor >= 1)
		return duet_fault_set(fault, 400, "no Host field");
	if (said->hosts > 1)
		return duet_fault_set(fault, 400, "%u Host fields",
				      said->hosts);
	/* ... where an empty one says that the target has no authority. */
	if (said->hosts == 1 && said->host[0] == '\0' &&
	    (head->target[0] == '/' || head->target[0] == '*'))
		return DUET_OK;
	if (said->hosts == 1 && !duet_is_authority(duet_str(said->host), NULL))
		return duet_fault_set(fault, 400,
				      "the Host field '%s' is no host",
				      duet_fault_quote(quote,
						       duet_str(said->host)));
	return DUET_OK;
}

/* Transfer-Encoding, in either direction: DUET_OK when it is only chunked. */
static int check_codings(const struct said *said, const struct duet_head *head,
			 struct duet_fault *fault)
{
	/* RFC 9112 s6.1: a 1.0 sender does not know what it is saying. */
	if (head->minor == 0)
		return duet_fault_set(fault, 400,
				      "Transfer-Encoding in HTTP/1.0");
	/* RFC 9112 s6.3 item 3: the classic of request smuggling. */
	if (said->lengths > 0)
		return duet_fault_set(fault, 400,
				      "both Transfer-Encoding and Content-Length");
	if (said->bad_coding)
		return duet_fault_set(fault, 400,
				      "a malformed Transfer-Encoding");
	if (said->chunked > 1)
		return duet_fault_set(fault, 400,
				      "Transfer-Encoding has chunked twice");
	if (said->chunked == 1 && !said->last_chunked)
		return duet_fault_set(fault, 400,
				      "Transfer-Encoding: chunked is not last");
	if (said->codings != 1 || said->chunked != 1)
		return duet_fault_set(fault, 501,
				      "a Transfer-Encoding other than chunked");
	return DUET_OK;
}

static int check_length(const struct said *said, uint64_t body_bytes,
			struct duet_head *head, struct duet_fault *fault)
{
	struct duet_bytes text = duet_str(said->length);
	char quote[DUET_QUOTE_BYTES];
	uint64_t length = 0;
	size_t i;

	/* RFC 9112 s6.3 item 5 lets identical ones pass; nobody needs them, and
	 * the next reader may differ. */
	if (said->lengths > 1)
		return duet_fault_set(fault, 400, "%u Content-Length fields",
				      said->lengths);
	for (i = 0; i < text.len; i++)
		if (!duet_is_digit(((const unsigned char *)text.data)[i]))
			break;
	if (text.len == 0 || i < text.len)
		return duet_fault_set(fault, 400,
				      "the Content-Length '%s' is no number",
				      duet_fault_quote(quote, text));
	head->content_length = DUET_LENGTH_UNKNOWN;
	if (!duet_parse_u64(text, &length) || length > body_bytes)
		return duet_fault_set(fault, 413,
				      "the Content-Length %s is above body_bytes (%llu)",
				      duet_fault_quote(quote, text),
				      (unsigned long long)body_bytes);
	head->content_length = (int64_t)length;
	return DUET_OK;
}

static void set_connection(const struct said *said, struct duet_head *head)
{
	/* RFC 9112 s9.3: close wins; 1.0 persists only when it says so. */
	head->close = said->close || (head->minor == 0 && !said->keep_alive);
	/* RFC 9110 s7.8: ignored in 1.0, and without Connection: upgrade. */
	head->upgrade =
		said->upgrade && said->connection_upgrade && head->minor >= 1;
}

int duet_framing_request(struct duet_head *head, uint64_t body_bytes,
			 enum duet_body *ret_body, struct duet_fault *fault)
{
	enum duet_body body = DUET_BODY_NONE;
	struct said said;
	int rc;

	read_fields(&said, head);
	rc = check_host(&said, head, fault);
	head->content_length = 0;
	if (rc == DUET_OK && said.codings > 0) {
		rc = check_codings(&said, head, fault);
		head->content_length = DUET_LENGTH_UNKNOWN;
		body = DUET_BODY_CHUNKED;
	} else if (rc == DUET_OK && said.lengths > 0) {
		rc = check_length(&said, body_bytes, head, fault);
		body = DUET_BODY_LENGTH;
	}
	if (rc != DUET_OK)
		return rc;
	/* RFC 9110 s9.3.6: what would follow is already the tunnel's. */
	if (head->content_length != 0 && strcmp(head->method, "CONNECT") == 0)
		return duet_fault_set(fault, 400, "a CONNECT with a body");
	set_connection(&said, head);
	/* RFC 9110 s10.1.1: ignored in 1.0, and without a body to wait for. */
	head->expect_continue = said.expect_continue && head->minor >= 1 &&
				head->content_length != 0;
	*ret_body = body;
	return DUET_OK;
}

/* RFC 9112 s6.3 items 1 and 2: whatever the fields say. */
static bool is_bodyless(const struct duet_head *head,
			const struct duet_asked *asked)
{
	return asked->head || head->status < 200 || head->status == 204 ||
	       head->status == 304;
}

static bool is_tunnel(const struct duet_head *head,
		      const struct duet_asked *asked)
{
	return head->status == 101 ||
	       (asked->connect && head->status / 100 == 2);
}

int duet_framing_response(struct duet_head *head,
			  const struct duet_asked *asked, uint64_t body_bytes,
			  enum duet_body *ret_body, struct duet_fault *fault)
{
	enum duet_body body = DUET_BODY_CLOSE;
	struct said said;
	int rc = DUET_OK;

	read_fields(&said, head);
	set_connection(&said, head);
	head->content_length = DUET_LENGTH_UNKNOWN;
	if (is_tunnel(head, asked)) {
		if (head->status == 101 && !asked->upgrade)
			return duet_fault_set(fault, 502,
					      "a 101 reply to a request for no upgrade");
		head->upgrade = true;
		head->close = true;
		*ret_body = DUET_BODY_TUNNEL;
		return DUET_OK;
	}
	if (said.codings > 0) {
		rc = check_codings(&said, head, fault);
		body = DUET_BODY_CHUNKED;
	} else if (said.lengths > 0) {
		/* that of a HEAD or 304 is not a body's, and may be any */
		rc = check_length(&said,
				  is_bodyless(head, asked) ? INT64_MAX
							   : body_bytes,
				  head, fault);
		body = DUET_BODY_LENGTH;
	}
	if (rc != DUET_OK)
		return rc;
	if (is_bodyless(head, asked)) {
		head->content_length = 0;
		body = DUET_BODY_NONE;
	}
	if (body == DUET_BODY_CLOSE)
		head->close = true;
	*ret_body = body;
	return DUET_OK;
}

static bool is_one_of(const char *name, const char *const *names)
{
	unsigned char first = duet_to_lower((unsigned char)*name);

	for (; *names != NULL; names++)
		if (first == (unsigned char)**names &&
		    duet_str_eq_nocase(name, *names))
			return true;
	return false;
}

bool duet_framing_is_head_only(const char *name)
{
	static const char *const names[] = {
		"authorization",
		"connection",
		"content-encoding",
		"content-length",
		"content-range",
		"content-type",
		"cookie",
		"expect",
		"host",
		"keep-alive",
		"max-forwards",
		"proxy-authorization",
		"proxy-connection",
		"range",
		"set-cookie",
		"te",
		"trailer",
		"transfer-encoding",
		"upgrade",
		NULL,
	};

	return is_one_of(name, names);
}

bool duet_framing_is_ours(const char *name)
{
	static const char *const names[] = {
		"connection",       "content-length",    "keep-alive",
		"proxy-connection", "transfer-encoding", NULL,
	};

	return is_one_of(name, names);
}
