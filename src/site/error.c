/* SPDX-License-Identifier: MIT */
#include "site/error.h"

#include <string.h>

enum {
	BODY_MAX_BYTES = 8192,
};

static const char page_begin[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<title>%d %s</title>\n"
	"<style>\n"
	"body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem;"
	" margin: 18vh auto; padding: 0 1.5rem }\n"
	"h1 { font: 600 1.8rem/1.2 Georgia, serif; margin: 0 0 .5rem }\n"
	"b { color: #e0664a }\n"
	"</style>\n"
	"<h1><b>%d</b> %s</h1>\n"
	"<p>";

static int add_escaped(struct duet_buf *body, const char *text)
{
	int rc = DUET_OK;

	for (; rc == DUET_OK && *text != '\0'; text++)
		switch (*text) {
		case '&':
			rc = duet_buf_add_str(body, "&amp;");
			break;
		case '<':
			rc = duet_buf_add_str(body, "&lt;");
			break;
		case '>':
			rc = duet_buf_add_str(body, "&gt;");
			break;
		default:
			rc = duet_buf_add(body, text, 1);
		}
	return rc;
}

int duet_site_error_body(struct duet_buf *body, bool html, int status,
			 const char *sentence)
{
	const char *reason = duet_status_reason(status);
	int rc;

	if (!html)
		return duet_buf_printf(body, "%d %s: %s\n", status, reason,
				       sentence);
	rc = duet_buf_printf(body, page_begin, status, reason, status, reason);
	if (rc == DUET_OK)
		rc = add_escaped(body, sentence);
	return rc == DUET_OK ? duet_buf_add_str(body, "</p>\n") : rc;
}

static bool wants_html(const struct duet_exchange *exchange)
{
	const char *accept =
		duet_head_get(duet_exchange_head(exchange), "Accept");

	return accept != NULL && strstr(accept, "text/html") != NULL;
}

/* RFC 9110 s12.5.5: what the body depends on; and the status's own field. */
static int add_fields(struct duet_exchange *exchange, const char *name,
		      const char *value)
{
	int rc = duet_reply_header(exchange, "Vary", "Accept");

	if (rc == DUET_OK && name != NULL)
		rc = duet_reply_header(exchange, name, value);
	return rc;
}

void duet_site_error_with(struct duet_exchange *exchange, int status,
			  const char *name, const char *value,
			  const char *sentence)
{
	bool html = wants_html(exchange);
	struct duet_bytes bytes;
	struct duet_buf body;

	duet_buf_init(&body, BODY_MAX_BYTES);
	if (duet_site_error_body(&body, html, status, sentence) == DUET_OK &&
	    add_fields(exchange, name, value) == DUET_OK) {
		bytes = duet_buf_bytes(&body);
		(void)duet_reply(exchange, status,
				 html ? "text/html; charset=utf-8"
				      : "text/plain; charset=utf-8",
				 bytes.data, bytes.len);
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
