/* SPDX-License-Identifier: MIT */
#include "get/request.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/url.h"
#include "get/bearer.h"
#include "get/data.h"
#include "get/form.h"
#include "get/state.h"
#include "get/user.h"

enum {
	OURS_MAX = 9, /* header lines we may add to those of -H */
};

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
		/* Only the library can leave these out: the first without a
		 * value, the other with an empty one. */
		if (duet_str_eq_nocase(name, "User-Agent"))
			value = NULL;
		else if (!duet_str_eq_nocase(name, "Expect"))
			return DUET_OK;
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

static bool sends_json(const struct duet_get_options *options)
{
	return options->data.count > 0 &&
	       strcmp(options->data_by.items[0], "json-body") == 0;
}

/* What describes the body, and what an answer should be. */
static int add_types(struct duet_get_request *request,
		     const struct duet_get_options *options,
		     const char *boundary)
{
	add_ours(request, "Accept",
		 sends_json(options) ? "application/json" : "*/*");
	if (options->form.count > 0) {
		request->content_type =
			duet_mem_printf("multipart/form-data; boundary=%s",
					boundary);
		if (request->content_type == NULL)
			return DUET_E_NOMEM;
		add_ours(request, "Content-Type", request->content_type);
	} else if (options->data.count > 0 && !options->get) {
		add_ours(request, "Content-Type",
			 sends_json(options)
				 ? "application/json"
				 : "application/x-www-form-urlencoded");
	}
	if (options->expect)
		add_ours(request, "Expect", "100-continue");
	return DUET_OK;
}

static int build_headers(struct duet_get_request *request,
			 const struct duet_get_options *options,
			 const char *boundary)
{
	const char *agent = options->user_agent;
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
	if (agent == NULL)
		agent = "duet/" DUET_VERSION;
	add_ours(request, "User-Agent", agent[0] != '\0' ? agent : NULL);
	if (options->referer != NULL)
		add_ours(request, "Referer", options->referer);
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
	return add_types(request, options, boundary);
}

/* Their names are copies as those of headers are. */
static int build_trailers(struct duet_get_request *request,
			  const struct duet_opt_list *given)
{
	size_t i;

	if (given->count == 0)
		return DUET_OK;
	request->trailers =
		duet_mem_array(given->count + 1, sizeof(*request->trailers));
	if (request->trailers == NULL)
		return DUET_E_NOMEM;
	for (i = 0; i < given->count; i++) {
		const char *line = given->items[i];
		size_t len = strcspn(line, ":");
		const char *value = line + len + 1;

		request->trailers[i].name = duet_mem_strndup(line, len);
		if (request->trailers[i].name == NULL)
			return DUET_E_NOMEM;
		request->trailers[i].value = value + strspn(value, " \t");
	}
	return DUET_OK;
}

static int build_body(struct duet_get_request *request,
		      const struct duet_get_options *options,
		      const char *boundary, struct duet_error *err)
{
	const char *file = options->upload_file;
	const char *slash;
	int rc;

	if (options->form.count > 0)
		return duet_get_form_body(&request->body, options, boundary,
					  err);
	if (file == NULL)
		return options->get ? DUET_OK
				    : duet_get_data_body(&request->body,
							 options, err);
	rc = duet_get_body_add_stream(&request->body, file, err);
	if (rc != DUET_OK)
		duet_error_prefix(err, "-T: ");
	slash = strrchr(file, '/');
	request->name = slash != NULL ? slash + 1 : file;
	return rc;
}

static const char *method_of(const struct duet_get_options *options)
{
	if (options->method != NULL)
		return options->method;
	if (options->head)
		return "HEAD";
	if (options->upload_file != NULL)
		return "PUT";
	return duet_get_options_has_body(options) ? "POST" : "GET";
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

static int build(struct duet_get_request *request,
		 const struct duet_get_options *options, struct duet_error *err)
{
	char boundary[DUET_GET_BOUNDARY_BYTES];
	int rc = duet_get_form_boundary(boundary, err);

	if (rc == DUET_OK)
		rc = duet_get_user_authorization(&request->authorization,
						 options, err);
	if (rc == DUET_OK && options->bearer != NULL)
		rc = duet_get_bearer(options->bearer, &request->authorization,
				     err);
	if (rc == DUET_OK)
		rc = duet_get_data_query(&request->query, options, err);
	if (rc == DUET_OK)
		rc = build_body(request, options, boundary, err);
	if (rc != DUET_OK)
		return rc;
	if (build_headers(request, options, boundary) != DUET_OK ||
	    build_trailers(request, &options->trailers) != DUET_OK)
		return duet_error_nomem(err);
	return DUET_OK;
}

int duet_get_request_init(struct duet_get_request *request,
			  const struct duet_get_options *options,
			  struct duet_error *err)
{
	memset(request, 0, sizeof(*request));
	request->method = method_of(options);
	if (follows(options, request->method))
		request->max_redirects = (uint8_t)options->max_redirs;
	return build(request, options, err);
}

int duet_get_request_check(const struct duet_get_request *request, int urls,
			   struct duet_error *err)
{
	if (!request->body.once || urls < 2)
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "the body comes from a pipe or a device, which can be read once, and there are %d URLs: save it to a file and send that",
			      urls);
}

void duet_get_request_done(struct duet_get_request *request)
{
	struct duet_header *trailer = request->trailers;
	size_t i;

	for (i = 0; i < request->n_names; i++)
		duet_mem_free(request->names[i]);
	for (; trailer != NULL && trailer->name != NULL; trailer++)
		duet_mem_free((char *)trailer->name);
	duet_mem_free(request->names);
	duet_mem_free(request->headers);
	duet_mem_free(request->trailers);
	if (request->authorization != NULL)
		duet_mem_free_secret(request->authorization,
				     strlen(request->authorization));
	duet_mem_free(request->cookie);
	duet_mem_free(request->range);
	duet_mem_free(request->content_type);
	duet_mem_free(request->query);
	duet_get_body_done(&request->body);
	memset(request, 0, sizeof(*request));
}

char *duet_get_request_url(const struct duet_get_request *request,
			   const char *url)
{
	char *complete = duet_cli_url_complete(url);
	char *whole = NULL;

	if (complete == NULL ||
	    (request->name == NULL && request->query == NULL))
		return complete;
	whole = duet_cli_url_with(complete, request->name, request->query);
	duet_mem_free(complete);
	return whole;
}

void duet_get_request_fill(const struct duet_get_request *request,
			   struct duet_get_reading *reading,
			   struct duet_request *ret)
{
	ret->method = request->method;
	ret->headers = request->headers;
	ret->trailers = request->trailers;
	ret->max_redirects = request->max_redirects;
	duet_get_reading_init(reading, &request->body);
	ret->source_length = duet_get_body_length(&request->body);
	if (ret->source_length == 0)
		return; /* which the library would take for an unknown one */
	ret->source = duet_get_reading_give;
	ret->source_arg = reading;
	ret->rewind = request->body.once ? NULL : duet_get_reading_rewind;
}
