/* SPDX-License-Identifier: MIT */
#include "site/error.h"

#include <stdio.h>
#include <string.h>

#include "http/accept.h"
#include "http/mime.h"
#include "server/handler.h"
#include "site/page.h"
#include "site/text.h"

enum {
	TARGET_BYTES = 256,
};

/* What we can be asked for, and what that gives. Browsers name the second,
 * programs that want to read it one of the last two. */
static const char *const asked_for[] = {
	"text/plain",
	"text/html",
	"application/problem+json",
	"application/json",
};

static const enum duet_error_form forms[] = {
	DUET_ERROR_TEXT,
	DUET_ERROR_PAGE,
	DUET_ERROR_JSON,
	DUET_ERROR_JSON,
};

static const char *type_of(enum duet_error_form form)
{
	switch (form) {
	case DUET_ERROR_PAGE:
		return duet_page_type;
	case DUET_ERROR_JSON:
		return "application/problem+json";
	case DUET_ERROR_TEXT:
		break;
	}
	return "text/plain; charset=utf-8";
}

static int add_text(struct duet_buf *body, const struct duet_problem *problem)
{
	int rc = duet_buf_printf(body, "%d %s: %s\n", problem->status,
				 duet_status_reason(problem->status),
				 problem->sentence);

	if (rc == DUET_OK && problem->id != NULL)
		rc = duet_buf_printf(body, "Request %s\n", problem->id);
	return rc;
}

/* ---- a page ---- */

static int add_fact(struct duet_buf *body, const char *name, const char *value)
{
	int rc = duet_buf_printf(body, "<dt>%s</dt><dd><bdi>", name);

	if (rc == DUET_OK)
		rc = duet_text_html(body, duet_str(value));
	return rc == DUET_OK ? duet_buf_add_str(body, "</bdi></dd>\n") : rc;
}

static int add_facts(struct duet_buf *body, const struct duet_problem *problem,
		     const char *target)
{
	int rc = duet_buf_add_str(body, "</p>\n<dl>\n");

	if (rc == DUET_OK)
		rc = add_fact(body, "Address", target);
	if (rc == DUET_OK && problem->id != NULL)
		rc = add_fact(body, "Request", problem->id);
	return rc == DUET_OK ? duet_buf_add_str(body, "</dl>\n") : rc;
}

static int add_page(struct duet_buf *body, const struct duet_problem *problem,
		    const char *target)
{
	static const char way_out[] =
		"<nav aria-label=\"Way out\">"
		"<a href=\"/\">To the start page</a></nav>\n";
	const char *reason = duet_status_reason(problem->status);
	char number[16];
	int rc;

	(void)snprintf(number, sizeof(number), "%d ", problem->status);
	rc = duet_page_begin(body, number, duet_str(reason));
	if (rc == DUET_OK)
		rc = duet_buf_printf(body,
				     "<main class=\"error\">\n"
				     "<h1><b>%d</b> %s</h1>\n<p>",
				     problem->status, reason);
	if (rc == DUET_OK)
		rc = duet_text_html(body, duet_str(problem->sentence));
	if (rc == DUET_OK)
		rc = add_facts(body, problem, target);
	if (rc == DUET_OK && strcmp(target, "/") != 0)
		rc = duet_buf_add_str(body, way_out);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(body, "</main>\n");
	return rc == DUET_OK ? duet_page_end(body) : rc;
}

/* ---- JSON ---- */

static int add_member(struct duet_buf *body, const char *name,
		      const char *value)
{
	int rc = duet_buf_printf(body, ",\"%s\":", name);

	return rc == DUET_OK ? duet_text_json(body, duet_str(value)) : rc;
}

/* RFC 9457 s3.1; target and request are members of ours (s3.2). */
static int add_json(struct duet_buf *body, const struct duet_problem *problem,
		    const char *target)
{
	int rc =
		duet_buf_printf(body, "{\"type\":\"about:blank\",\"status\":%d",
				problem->status);

	if (rc == DUET_OK)
		rc = add_member(body, "title",
				duet_status_reason(problem->status));
	if (rc == DUET_OK)
		rc = add_member(body, "detail", problem->sentence);
	if (rc == DUET_OK)
		rc = add_member(body, "target", target);
	if (rc == DUET_OK && problem->id != NULL)
		rc = add_member(body, "request", problem->id);
	return rc == DUET_OK ? duet_buf_add_str(body, "}\n") : rc;
}

int duet_site_error_body(struct duet_buf *body, enum duet_error_form form,
			 const struct duet_problem *problem)
{
	char target[TARGET_BYTES];

	duet_text_shorten(target, sizeof(target), duet_str(problem->target));
	switch (form) {
	case DUET_ERROR_PAGE:
		return add_page(body, problem, target);
	case DUET_ERROR_JSON:
		return add_json(body, problem, target);
	case DUET_ERROR_TEXT:
		break;
	}
	return add_text(body, problem);
}

/* ---- the reply ---- */

static enum duet_error_form form_for(const struct duet_head *request)
{
	int i = duet_accept_choose(request, asked_for,
				   sizeof(asked_for) / sizeof(asked_for[0]));

	/* RFC 9110 s12.4.1: who takes none of them gets the shortest. */
	return i < 0 ? DUET_ERROR_TEXT : forms[i];
}

/* RFC 9110 s12.5.5: what the body depends on; the request's name, for those
 * who do not read the body; and the status's own field. */
static int add_fields(struct duet_exchange *exchange, const char *id,
		      const char *name, const char *value)
{
	int rc = duet_reply_header(exchange, "Vary", "Accept");

	if (rc == DUET_OK && id != NULL)
		rc = duet_reply_header(exchange, "Request-Id", id);
	if (rc == DUET_OK && name != NULL)
		rc = duet_reply_header(exchange, name, value);
	return rc;
}

/* The site's own for that status: its type, and its content in body; NULL:
 * there is none. */
static const char *own_page(const struct duet_exchange *exchange, int status,
			    struct duet_buf *body)
{
	const struct duet_dress *dress = duet_exchange_dressed(exchange);
	const struct duet_error_page *page;

	if (dress == NULL || dress->owner == NULL)
		return NULL;
	for (page = dress->owner; page->status != status; page++)
		if (page->status == 0)
			return NULL;
	if (duet_files_read(page->files, page->file, body) != 0) {
		duet_buf_reset(body);
		return NULL;
	}
	return duet_mime_of(page->file).type;
}

/* The type; NULL: there is no memory. */
static const char *make_body(struct duet_exchange *exchange,
			     const struct duet_problem *problem,
			     struct duet_buf *body)
{
	enum duet_error_form form = form_for(duet_exchange_head(exchange));
	const char *type = NULL;

	if (form != DUET_ERROR_JSON)
		type = own_page(exchange, problem->status, body);
	if (type != NULL)
		return type;
	if (duet_site_error_body(body, form, problem) != DUET_OK ||
	    duet_page_fields(exchange, form == DUET_ERROR_PAGE) != DUET_OK)
		return NULL;
	return type_of(form);
}

void duet_site_error_with(struct duet_exchange *exchange, int status,
			  const char *name, const char *value,
			  const char *sentence)
{
	const struct duet_problem problem = {
		.status = status,
		.sentence = sentence,
		.target = duet_exchange_head(exchange)->target,
		/* A redirect is no error, and kept by caches. */
		.id = status >= 400 ? duet_exchange_id(exchange) : NULL,
	};
	struct duet_bytes bytes;
	const char *type;
	struct duet_buf body;

	duet_exchange_keep_type(exchange);
	duet_buf_init(&body, DUET_ERROR_FILE_MAX_BYTES);
	type = make_body(exchange, &problem, &body);
	if (type != NULL &&
	    add_fields(exchange, problem.id, name, value) == DUET_OK) {
		bytes = duet_buf_bytes(&body);
		(void)duet_reply(exchange, status, type, bytes.data, bytes.len);
	} else {
		(void)duet_reply_empty(exchange, 503);
	}
	duet_buf_done(&body);
}

void duet_site_error(struct duet_exchange *exchange, int status,
		     const char *sentence)
{
	duet_site_error_with(exchange, status, NULL, NULL, sentence);
}
