/* SPDX-License-Identifier: MIT */
#include "get/request.h"

#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "get/bearer.h"
#include "get/state.h"

enum {
	BODY_MAX = 256 << 20, /* of -d, which is held in memory */
	OURS_MAX = 6,         /* header lines we may add to those of -H */
};

/* "Basic YWxpY2U6c2VjcmV0" (RFC 7617 s2) */
static char *basic_authorization(const char *user)
{
	static const char scheme[] = "Basic ";
	char *value = duet_mem_alloc(sizeof(scheme) - 1 +
				     DUET_BASE64_BYTES(strlen(user)));

	if (value == NULL)
		return NULL;
	memcpy(value, scheme, sizeof(scheme) - 1);
	duet_base64_encode(value + sizeof(scheme) - 1, duet_str(user));
	return value;
}

/* A line of a form is what a file holds without its line ends, as curl does. */
static int add_form_file(struct duet_buf *body, const char *path,
			 struct duet_error *err)
{
	struct duet_buffer file = { NULL, 0 };
	const char *p;
	size_t i;
	int rc;

	rc = duet_file_read_or_stdin(path, BODY_MAX, &file, err);
	if (rc != DUET_OK)
		return rc;
	rc = duet_buf_reserve(body, file.len);
	for (p = file.data, i = 0; i < file.len && rc == DUET_OK; i++)
		if (p[i] != '\r' && p[i] != '\n' && p[i] != '\0')
			rc = duet_buf_add(body, p + i, 1);
	duet_buffer_free(&file);
	return rc == DUET_OK
		       ? rc
		       : duet_error_set(err, rc,
					"-d: more than %d MiB of data: send less at a time",
					BODY_MAX >> 20);
}

static int build_body(struct duet_get_request *request,
		      const struct duet_opt_list *data, struct duet_error *err)
{
	struct duet_buf body;
	int rc = DUET_OK;
	size_t i;

	duet_buf_init(&body, BODY_MAX);
	for (i = 0; i < data->count && rc == DUET_OK; i++) {
		const char *item = data->items[i];

		if (i > 0)
			rc = duet_buf_add_str(&body, "&");
		if (rc == DUET_OK && item[0] != '@')
			rc = duet_buf_add_str(&body, item);
		if (rc != DUET_OK)
			rc = duet_error_set(err, rc,
					    "-d: too much data: send less at a time");
		else if (item[0] == '@')
			rc = add_form_file(&body, item + 1, err);
	}
	if (rc == DUET_OK && duet_buf_take(&body, &request->body) != DUET_OK)
		rc = duet_error_nomem(err);
	duet_buf_done(&body);
	return rc;
}

/* "Name: value" sends it, "Name;" sends it empty, "Name:" sends none at all,
 * not even ours. */
static int add_given(struct duet_get_request *request, const char *line)
{
	size_t len = strcspn(line, ":");
	const char *value = line + len;
	char *name;

	if (*value == ':')
		value++;
	else
		len--; /* the semicolon */
	value += strspn(value, " \t");
	name = duet_mem_strndup(line, len);
	if (name == NULL)
		return DUET_E_NOMEM;
	request->names[request->n_names++] = name;
	if (*value == '\0' && line[len] == ':') {
		/* Only the library can leave this one out. */
		if (!duet_str_eq_nocase(name, "User-Agent"))
			return DUET_OK;
		value = NULL;
	}
	request->headers[request->n_headers].name = name;
	request->headers[request->n_headers].value = value;
	request->n_headers++;
	return DUET_OK;
}

/* Ours, unless the user named it in whatever way. */
static void add_ours(struct duet_get_request *request, const char *name,
		     const char *value)
{
	size_t i;

	for (i = 0; i < request->n_names; i++)
		if (duet_str_eq_nocase(request->names[i], name))
			return;
	request->headers[request->n_headers].name = name;
	request->headers[request->n_headers].value = value;
	request->n_headers++;
}

static int build_headers(struct duet_get_request *request,
			 const struct duet_get_options *options)
{
	size_t i;

	request->names = duet_mem_array(options->headers.count + 1,
					sizeof(*request->names));
	request->headers = duet_mem_array(options->headers.count + OURS_MAX + 1,
					  sizeof(*request->headers));
	if (request->names == NULL || request->headers == NULL)
		return DUET_E_NOMEM;
	for (i = 0; i < options->headers.count; i++)
		if (add_given(request, options->headers.items[i]) != DUET_OK)
			return DUET_E_NOMEM;
	add_ours(request, "User-Agent", "duet/" DUET_VERSION);
	add_ours(request, "Accept", "*/*");
	if (options->user != NULL)
		request->authorization = basic_authorization(options->user);
	if (options->user != NULL && request->authorization == NULL)
		return DUET_E_NOMEM;
	if (request->authorization != NULL)
		add_ours(request, "Authorization", request->authorization);
	if (options->cookies.count > 0 &&
	    duet_get_cookie_data(&options->cookies, &request->cookie) < 0)
		return DUET_E_NOMEM;
	if (request->cookie != NULL)
		add_ours(request, "Cookie", request->cookie);
	if (options->range != NULL) {
		request->range = duet_mem_printf("bytes=%s", options->range);
		if (request->range == NULL)
			return DUET_E_NOMEM;
		add_ours(request, "Range", request->range);
	}
	if (options->data.count > 0)
		add_ours(request, "Content-Type",
			 "application/x-www-form-urlencoded");
	return DUET_OK;
}

static const char *method_of(const struct duet_get_options *options)
{
	if (options->method != NULL)
		return options->method;
	if (options->head)
		return "HEAD";
	return options->data.count > 0 ? "POST" : "GET";
}

/*
 * Following is repeating the request somewhere else, which is harmless for
 * GET and HEAD alone (RFC 9110 s9.2.1).
 */
static bool follows(const struct duet_get_options *options, const char *method)
{
	if (options->location == DUET_GET_LOCATION_SAFE)
		return strcmp(method, "GET") == 0 ||
		       strcmp(method, "HEAD") == 0;
	return options->location == DUET_GET_LOCATION_ON;
}

int duet_get_request_init(struct duet_get_request *request,
			  const struct duet_get_options *options,
			  struct duet_error *err)
{
	int rc;

	memset(request, 0, sizeof(*request));
	request->method = method_of(options);
	if (follows(options, request->method))
		request->max_redirects = (uint8_t)options->max_redirs;
	rc = DUET_OK;
	if (options->bearer != NULL)
		rc = duet_get_bearer(options->bearer, &request->authorization,
				     err);
	if (rc == DUET_OK && build_headers(request, options) != DUET_OK)
		rc = duet_error_nomem(err);
	if (rc == DUET_OK && options->data.count > 0)
		rc = build_body(request, &options->data, err);
	return rc;
}

void duet_get_request_done(struct duet_get_request *request)
{
	size_t i;

	for (i = 0; i < request->n_names; i++)
		duet_mem_free(request->names[i]);
	duet_mem_free(request->names);
	duet_mem_free(request->headers);
	duet_mem_free(request->authorization);
	duet_mem_free(request->cookie);
	duet_mem_free(request->range);
	duet_buffer_free(&request->body);
	memset(request, 0, sizeof(*request));
}
