/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* getrandom */
#include "get/form.h"

#include <sys/random.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <duet/http.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	HEAD_MAX = 65536, /* of one part */
};

/* One -F, taken apart; all strings are copies. */
struct part {
	char *name;
	char *content;  /* the value, or the path of a file */
	char *type;     /* or NULL */
	char *filename; /* or NULL */
	char sign;      /* '@' or '<': content is a path; or 0 */
};

/* RFC 2046 s5.1.1: it must not occur in the parts. */
int duet_get_form_boundary(char dst[DUET_GET_BOUNDARY_BYTES],
			   struct duet_error *err)
{
	static const char prefix[] = "duet-";
	uint8_t random[16];
	size_t i;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "cannot draw random bytes");
	memcpy(dst, prefix, sizeof(prefix));
	for (i = 0; i < sizeof(random); i++)
		(void)snprintf(dst + sizeof(prefix) - 1 + 2 * i, 3, "%02x",
			       random[i]);
	return DUET_OK;
}

bool duet_get_form_is_field(const char *text)
{
	return text[0] != '=' && strchr(text, '=') != NULL;
}

static void part_done(struct part *part)
{
	duet_mem_free(part->name);
	duet_mem_free(part->content);
	duet_mem_free(part->type);
	duet_mem_free(part->filename);
}

/* The last ";key=" of text, or NULL. */
static char *find_last(char *text, const char *key)
{
	char *found = NULL;
	char *p = text;

	while ((p = strstr(p, key)) != NULL)
		found = p++;
	return found;
}

/* Cut ";type=..." and ";filename=..." off the end, in any order. */
static int take_suffixes(struct part *part)
{
	for (;;) {
		char *type = find_last(part->content, ";type=");
		char *filename = find_last(part->content, ";filename=");
		char **where = &part->filename;
		char *begin = filename;

		if (type != NULL && (filename == NULL || type > filename)) {
			where = &part->type;
			begin = type;
		}
		if (begin == NULL || *where != NULL)
			return DUET_OK;
		*where = duet_mem_strdup(strchr(begin, '=') + 1);
		if (*where == NULL)
			return DUET_E_NOMEM;
		*begin = '\0';
	}
}

/* "\"a;b\"" as curl has it: without the quotes, and \" and \\ stand for what is
 * behind the backslash. */
static void unquote(char *text)
{
	size_t len = strlen(text);
	const char *from = text + 1;
	const char *end = text + len - 1;
	char *to = text;

	if (len < 2 || text[0] != '"' || *end != '"')
		return;
	for (; from < end; from++) {
		if (*from == '\\' && from + 1 < end &&
		    (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from;
	}
	*to = '\0';
}

static int parse(struct part *part, const char *text, bool literal)
{
	size_t len = strcspn(text, "=");
	const char *content = text + len + 1;
	int rc;

	if (!literal && (*content == '@' || *content == '<'))
		part->sign = *content++;
	part->name = duet_mem_strndup(text, len);
	part->content = duet_mem_strdup(content);
	if (part->name == NULL || part->content == NULL)
		return DUET_E_NOMEM;
	if (literal)
		return DUET_OK;
	rc = take_suffixes(part);
	if (rc != DUET_OK)
		return rc;
	if (part->filename != NULL)
		unquote(part->filename);
	if (part->sign != 0)
		unquote(part->content);
	return DUET_OK;
}

/*
 * RFC 7578 s2 leaves open how; all browsers write these three, and only these,
 * as the HTML standard says (multipart/form-data encoding algorithm).
 */
static int add_quoted(struct duet_buf *dst, const char *text)
{
	int rc = duet_buf_add_str(dst, "\"");

	for (; *text != '\0' && rc == DUET_OK; text++) {
		if (*text == '"')
			rc = duet_buf_add_str(dst, "%22");
		else if (*text == '\r')
			rc = duet_buf_add_str(dst, "%0D");
		else if (*text == '\n')
			rc = duet_buf_add_str(dst, "%0A");
		else
			rc = duet_buf_add(dst, text, 1);
	}
	return rc == DUET_OK ? duet_buf_add_str(dst, "\"") : rc;
}

static const char *last_segment(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static int add_type(struct duet_buf *dst, const struct part *part)
{
	const char *type = part->type;
	size_t len;

	if (type == NULL && part->sign != '@')
		return DUET_OK;
	if (type != NULL)
		return duet_buf_printf(dst, "Content-Type: %s\r\n", type);
	type = duet_media_type(part->filename != NULL ? part->filename
						      : part->content);
	/* In which letters a text is written is not known here. */
	len = strcspn(type, ";");
	return duet_buf_printf(dst, "Content-Type: %.*s\r\n", (int)len, type);
}

/* RFC 7578 s4.2 and s4.4 */
static int write_head(struct duet_buf *dst, const struct part *part,
		      const char *boundary, bool first)
{
	const char *filename = part->filename;
	int rc;

	if (filename == NULL && part->sign == '@')
		filename = last_segment(part->content);
	rc = duet_buf_printf(dst,
			     "%s--%s\r\nContent-Disposition: form-data; name=",
			     first ? "" : "\r\n", boundary);
	if (rc == DUET_OK)
		rc = add_quoted(dst, part->name);
	if (rc == DUET_OK && filename != NULL)
		rc = duet_buf_add_str(dst, "; filename=");
	if (rc == DUET_OK && filename != NULL)
		rc = add_quoted(dst, filename);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(dst, "\r\n");
	if (rc == DUET_OK)
		rc = add_type(dst, part);
	return rc == DUET_OK ? duet_buf_add_str(dst, "\r\n") : rc;
}

static int add_content(struct duet_get_body *body, const struct part *part,
		       struct duet_error *err)
{
	int rc;

	if (part->sign != 0) {
		rc = duet_get_body_add_file(body, part->content, err);
		if (rc != DUET_OK)
			duet_error_prefix(err, "-F: ");
		return rc;
	}
	rc = duet_get_body_add_str(body, part->content);
	return rc == DUET_OK ? rc : duet_error_nomem(err);
}

static int check(const struct part *part, struct duet_error *err)
{
	char shown[80];

	if (part->type == NULL || (duet_is_field_value(duet_str(part->type)) &&
				   strchr(part->type, '/') != NULL))
		return DUET_OK;
	duet_str_printable(shown, sizeof(shown), duet_str(part->type));
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "-F: '%s' is not a type; try ;type=text/plain, or --form-string where it belongs to the value",
			      shown);
}

static int add_part(struct duet_get_body *body, const struct part *part,
		    const char *boundary, bool first, struct duet_error *err)
{
	struct duet_buf head;
	struct duet_bytes bytes;
	int rc = check(part, err);

	if (rc != DUET_OK)
		return rc;
	duet_buf_init(&head, HEAD_MAX);
	rc = write_head(&head, part, boundary, first);
	bytes = duet_buf_bytes(&head);
	if (rc == DUET_OK)
		rc = duet_get_body_add(body, bytes.data, bytes.len);
	duet_buf_done(&head);
	if (rc == DUET_E_LIMIT)
		return duet_error_set(err, rc,
				      "-F: names of more than %d bytes: give shorter ones",
				      HEAD_MAX);
	if (rc != DUET_OK)
		return duet_error_nomem(err);
	return add_content(body, part, err);
}

int duet_get_form_body(struct duet_get_body *body,
		       const struct duet_get_options *options,
		       const char *boundary, struct duet_error *err)
{
	char end[DUET_GET_BOUNDARY_BYTES + 8];
	int rc = DUET_OK;
	size_t i;

	for (i = 0; i < options->form.count && rc == DUET_OK; i++) {
		struct part part = { NULL };
		bool literal =
			strcmp(options->form_by.items[i], "form-string") == 0;

		if (parse(&part, options->form.items[i], literal) != DUET_OK)
			rc = duet_error_nomem(err);
		else
			rc = add_part(body, &part, boundary, i == 0, err);
		part_done(&part);
	}
	if (rc != DUET_OK)
		return rc;
	(void)snprintf(end, sizeof(end), "\r\n--%s--\r\n", boundary);
	rc = duet_get_body_add_str(body, end);
	return rc == DUET_OK ? rc : duet_error_nomem(err);
}
