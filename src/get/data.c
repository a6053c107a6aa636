/* SPDX-License-Identifier: MIT */
#include "get/data.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/file.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/url.h"

enum {
	QUERY_MAX = 65536, /* of a URL, in the library */
};

/* One of options->data, or of --url-query. */
struct datum {
	const char *option; /* "data-binary" */
	const char *text;
};

static bool has_letter(const struct datum *datum)
{
	return strcmp(datum->option, "data") == 0;
}

/* -d by its letter, as -F and -T; the others have none. */
static const char *dashes_of(const struct datum *datum)
{
	return has_letter(datum) ? "-" : "--";
}

static const char *name_of(const struct datum *datum)
{
	return has_letter(datum) ? "d" : datum->option;
}

static int too_much(const struct datum *datum, int rc, struct duet_error *err)
{
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	return duet_error_set(err, DUET_E_LIMIT,
			      "%s%s: more than %d MiB of data: send less at a time, or a file as it is with --data-binary @FILE",
			      dashes_of(datum), name_of(datum),
			      DUET_GET_HELD_MAX >> 20);
}

/* A file's bytes, or the text's own. */
static int load(const struct datum *datum, const char *path,
		struct duet_buffer *ret, struct duet_error *err)
{
	int rc = duet_file_read_or_stdin(path, DUET_GET_HELD_MAX, ret, err);

	if (rc == DUET_E_LIMIT)
		duet_error_append(err, ": send less at a time");
	if (rc != DUET_OK)
		duet_error_prefix(err, "%s%s: ", dashes_of(datum),
				  name_of(datum));
	return rc;
}

/* A line of a form is what a file holds without its line ends, as curl does. */
static int add_lines(struct duet_buf *dst, const struct duet_buffer *file)
{
	const char *p = file->data;
	int rc = duet_buf_reserve(dst, file->len);
	size_t i;

	for (i = 0; i < file->len && rc == DUET_OK; i++)
		if (p[i] != '\r' && p[i] != '\n' && p[i] != '\0')
			rc = duet_buf_add(dst, p + i, 1);
	return rc;
}

static int add_file(struct duet_buf *dst, const struct datum *datum,
		    struct duet_error *err)
{
	struct duet_buffer file = { NULL, 0 };
	int rc = load(datum, datum->text + 1, &file, err);

	if (rc != DUET_OK)
		return rc;
	rc = strcmp(datum->option, "data") == 0
		     ? add_lines(dst, &file)
		     : duet_buf_add(dst, file.data, file.len);
	duet_buffer_free(&file);
	return rc == DUET_OK ? rc : too_much(datum, rc, err);
}

/*
 * curl's forms: "content", "=content", "name=content", "@file", "name@file".
 * The name stays as it is, the content is encoded.
 */
static int add_encoded(struct duet_buf *dst, const struct datum *datum,
		       struct duet_error *err)
{
	const char *sign = strchr(datum->text, '=');
	struct duet_buffer file = { NULL, 0 };
	struct duet_bytes content = duet_str(datum->text);
	int rc = DUET_OK;

	if (sign == NULL)
		sign = strchr(datum->text, '@');
	if (sign != NULL && sign > datum->text) {
		rc = duet_buf_add(dst, datum->text,
				  (size_t)(sign - datum->text));
		if (rc == DUET_OK)
			rc = duet_buf_add_str(dst, "=");
	}
	if (sign != NULL)
		content = duet_str(sign + 1);
	if (rc == DUET_OK && sign != NULL && *sign == '@') {
		rc = load(datum, sign + 1, &file, err);
		if (rc != DUET_OK)
			return rc;
		content = (struct duet_bytes){ file.data, file.len };
	}
	if (rc == DUET_OK)
		rc = duet_cli_url_encode(dst, content);
	duet_buffer_free(&file);
	return rc == DUET_OK ? rc : too_much(datum, rc, err);
}

static bool is_file(const struct datum *datum)
{
	return datum->text[0] == '@' && strcmp(datum->option, "data-raw") != 0;
}

/* In memory, all of it. */
static int add_held(struct duet_buf *dst, const struct datum *datum,
		    struct duet_error *err)
{
	int rc;

	if (strcmp(datum->option, "data-urlencode") == 0)
		return add_encoded(dst, datum, err);
	if (is_file(datum))
		return add_file(dst, datum, err);
	rc = duet_buf_add_str(dst, datum->text);
	return rc == DUET_OK ? rc : too_much(datum, rc, err);
}

static bool is_json(const struct datum *datum)
{
	return strcmp(datum->option, "json-body") == 0;
}

static bool is_streamed(const struct datum *datum)
{
	return is_file(datum) &&
	       (is_json(datum) || strcmp(datum->option, "data-binary") == 0);
}

static struct datum datum_of(const struct duet_get_options *options, size_t i)
{
	return (struct datum){ options->data_by.items[i],
			       options->data.items[i] };
}

/* What is held so far becomes a piece of the body. */
static int add_piece(struct duet_get_body *body, struct duet_buf *held,
		     struct duet_error *err)
{
	struct duet_bytes bytes = duet_buf_bytes(held);
	int rc = DUET_OK;

	if (bytes.len > 0)
		rc = duet_get_body_add(body, bytes.data, bytes.len);
	duet_buf_reset(held);
	return rc == DUET_OK ? rc : duet_error_nomem(err);
}

static int add_datum(struct duet_get_body *body, struct duet_buf *held,
		     const struct datum *datum, bool first,
		     struct duet_error *err)
{
	int rc = DUET_OK;

	if (!first && !is_json(datum))
		rc = duet_buf_add_str(held, "&");
	if (rc != DUET_OK)
		return too_much(datum, rc, err);
	if (!is_streamed(datum))
		return add_held(held, datum, err);
	rc = add_piece(body, held, err);
	if (rc != DUET_OK)
		return rc;
	rc = duet_get_body_add_file(body, datum->text + 1, err);
	if (rc != DUET_OK)
		duet_error_prefix(err, "%s%s: ", dashes_of(datum),
				  name_of(datum));
	return rc;
}

int duet_get_data_body(struct duet_get_body *body,
		       const struct duet_get_options *options,
		       struct duet_error *err)
{
	struct duet_buf held;
	int rc = DUET_OK;
	size_t i;

	duet_buf_init(&held, DUET_GET_HELD_MAX);
	for (i = 0; i < options->data.count && rc == DUET_OK; i++) {
		struct datum datum = datum_of(options, i);

		rc = add_datum(body, &held, &datum, i == 0, err);
	}
	if (rc == DUET_OK)
		rc = add_piece(body, &held, err);
	duet_buf_done(&held);
	return rc;
}

/* What may stand in a query as it is (RFC 3986 s3.4), and '%', which has been
 * put there by whoever encoded the rest. */
static bool is_query_byte(unsigned char c)
{
	return duet_is_vchar(c) && strchr("\"#<>[\\]^`{|}", c) == NULL;
}

static int encode_query(struct duet_buf *dst, struct duet_bytes text)
{
	const unsigned char *p = text.data;
	int rc = DUET_OK;
	size_t i;

	for (i = 0; i < text.len && rc == DUET_OK; i++) {
		if (is_query_byte(p[i]))
			rc = duet_buf_add(dst, p + i, 1);
		else
			rc = duet_buf_printf(dst, "%%%02X", (unsigned)p[i]);
	}
	return rc;
}

static int query_failure(const struct datum *datum, int rc,
			 struct duet_error *err)
{
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	return duet_error_set(err, DUET_E_LIMIT,
			      "%s%s: a query of more than %d bytes, which no server takes: send a body, without -G",
			      dashes_of(datum), name_of(datum), QUERY_MAX);
}

static int add_to_query(struct duet_buf *query, const struct datum *datum,
			struct duet_error *err)
{
	struct duet_buf held;
	int rc = DUET_OK;

	duet_buf_init(&held, DUET_GET_HELD_MAX);
	if (strcmp(datum->option, "url-query") != 0)
		rc = add_held(&held, datum, err);
	else if (datum->text[0] != '+')
		rc = add_encoded(&held, datum, err);
	else if (duet_buf_add_str(&held, datum->text + 1) != DUET_OK)
		rc = duet_error_nomem(err);
	if (rc != DUET_OK)
		goto out;
	if (duet_buf_len(query) > 0)
		rc = duet_buf_add_str(query, "&");
	if (rc == DUET_OK)
		rc = encode_query(query, duet_buf_bytes(&held));
	if (rc != DUET_OK)
		rc = query_failure(datum, rc, err);
out:
	duet_buf_done(&held);
	return rc;
}

int duet_get_data_query(char **ret, const struct duet_get_options *options,
			struct duet_error *err)
{
	const struct duet_opt_list *given = &options->url_query;
	struct duet_buffer text = { NULL, 0 };
	struct datum datum;
	struct duet_buf query;
	int rc = DUET_OK;
	size_t i;

	duet_buf_init(&query, QUERY_MAX);
	for (i = 0; i < given->count && rc == DUET_OK; i++) {
		datum = (struct datum){ "url-query", given->items[i] };
		rc = add_to_query(&query, &datum, err);
	}
	for (i = 0; options->get && i < options->data.count && rc == DUET_OK;
	     i++) {
		datum = datum_of(options, i);
		rc = add_to_query(&query, &datum, err);
	}
	if (rc == DUET_OK && duet_buf_len(&query) > 0 &&
	    duet_buf_take(&query, &text) != DUET_OK)
		rc = duet_error_nomem(err);
	duet_buf_done(&query);
	if (rc == DUET_OK)
		*ret = text.data;
	return rc;
}
