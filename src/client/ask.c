/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* F_DUPFD_CLOEXEC */
#include "client/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/basic.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/str.h"
#include "http/h1.h"
#include "http/outgoing.h"

enum {
	TIMEOUT_MS = 300000,
	MAX_BODY = 16 * 1024 * 1024,
	/* A body worth asking for before it is sent (RFC 9110 s10.1.1). */
	EXPECT_ABOVE = 1024 * 1024,
};

static const char user_agent[] = "duet/" DUET_VERSION;

/* The user's own come last, so that Host is where RFC 9110 s7.2 wants it. One
 * without a value is there to keep ours out. */
static int collect_headers(struct duet_ask *ask,
			   const struct duet_header *given)
{
	bool own_agent = false;
	const struct duet_header *field;
	int rc = DUET_OK;

	for (field = given; field != NULL && field->name != NULL; field++) {
		if (duet_str_eq_nocase(field->name, "User-Agent"))
			own_agent = true;
		if (field->value == NULL)
			continue;
		if (duet_str_eq_nocase(field->name, "Host"))
			ask->own_host = true;
		if (duet_str_eq_nocase(field->name, "Authorization"))
			ask->own_authorization = true;
	}
	if (!own_agent)
		rc = duet_headers_add(&ask->headers, "User-Agent", user_agent);
	for (field = given; field != NULL && field->name != NULL; field++)
		if (rc == DUET_OK && field->value != NULL)
			rc = duet_headers_add(&ask->headers, field->name,
					      field->value);
	return rc;
}

/* The engine writes Expect itself, when it is told to. */
static void take_expect(struct duet_ask *ask)
{
	const char *expect = duet_headers_get(&ask->headers, "Expect");

	ask->expect_continue = ask->length > EXPECT_ABOVE;
	if (expect == NULL)
		return;
	ask->expect_given = true;
	ask->expect_continue =
		ask->length != 0 && duet_str_eq_nocase(expect, "100-continue");
	duet_headers_remove(&ask->headers, "Expect");
}

/* "Trailer: A, B" (RFC 9110 s6.6.2), unless the user has announced them. */
static int announce_trailers(struct duet_ask *ask)
{
	const struct duet_header *field = ask->trailers;
	char *names = NULL;
	char *longer;
	int rc;

	if (field == NULL || duet_headers_get(&ask->headers, "Trailer") != NULL)
		return DUET_OK;
	for (; field->name != NULL; field++) {
		longer = names == NULL ? duet_mem_strdup(field->name)
				       : duet_mem_printf("%s, %s", names,
							 field->name);
		duet_mem_free(names);
		names = longer;
		if (names == NULL)
			return DUET_E_NOMEM;
	}
	rc = duet_headers_add(&ask->headers, "Trailer", names);
	duet_mem_free(names);
	return rc;
}

/* "user:password@" in the URL is Basic, unless the user knows better. */
static int take_userinfo(struct duet_ask *ask)
{
	char *value;
	int rc;

	if (ask->url.userinfo == NULL || ask->own_authorization)
		return DUET_OK;
	value = duet_basic_credentials(ask->url.userinfo);
	if (value == NULL)
		return DUET_E_NOMEM;
	duet_headers_remove(&ask->headers, "Authorization");
	rc = duet_headers_add(&ask->headers, "Authorization", value);
	duet_mem_free_secret(value, strlen(value));
	return rc;
}

/* Whose fd it is is checked here, rather than when it is too late to say so. */
static int take_fd(struct duet_ask *ask, const int *fd, struct duet_error *err)
{
	if (fd == NULL)
		return DUET_OK;
	ask->fd = fcntl(*fd, F_DUPFD_CLOEXEC, 0);
	if (ask->fd < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "struct duet_request: .fd %d", *fd);
	ask->own_socket = true;
	return DUET_OK;
}

static int check_body(const struct duet_request *request,
		      struct duet_error *err)
{
	if (request->source != NULL && request->body.len > 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "struct duet_request: .body and .source are both set; one body is enough");
	if (request->source_length < DUET_LENGTH_UNKNOWN)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "struct duet_request: .source_length is %lld; give the length or DUET_LENGTH_UNKNOWN",
				      (long long)request->source_length);
	return DUET_OK;
}

static int check_scheme(struct duet_ask *ask,
			const struct duet_request *request,
			const struct duet_hsts *hsts, struct duet_error *err)
{
	char label[DUET_URL_LABEL_BYTES];

	if (!ask->url.https &&
	    duet_hsts_knows(hsts, ask->url.host, duet_clock_wall()) &&
	    duet_url_make_https(&ask->url) < 0)
		return duet_error_nomem(err);
	if (ask->url.https || request->insecure_http != 0)
		return DUET_OK;
	duet_url_label(label, &ask->url);
	return duet_error_set(err, DUET_E_URL,
			      "'%s' is not encrypted: everybody on the way can read and change it; use https://, or say insecure_http",
			      label);
}

static void copy_plain(struct duet_ask *ask, const struct duet_request *request)
{
	ask->body = request->body;
	ask->source = request->source;
	ask->source_arg = request->source_arg;
	ask->rewind = request->rewind;
	if (request->trailers != NULL && request->trailers->name != NULL)
		ask->trailers = request->trailers;
	ask->length = (int64_t)request->body.len;
	/* A length that was left out is not one of 0: the body would be lost.
	 */
	if (request->source != NULL)
		ask->length = request->source_length != 0
				      ? request->source_length
				      : DUET_LENGTH_UNKNOWN;
	ask->timeout_ms =
		request->timeout_ms > 0 ? request->timeout_ms : TIMEOUT_MS;
	ask->max_redirects = request->max_redirects;
	ask->max_body = request->max_body > 0 ? request->max_body : MAX_BODY;
	ask->fresh = request->fresh != 0;
	ask->early = request->early_data != 0;
	ask->decode = request->decode != 0;
	ask->max_decoded = request->max_decoded;
	ask->any_digest = request->insecure_any_digest;
}

/* Everything that needs memory. */
static int copy_rest(struct duet_ask *ask, const struct duet_request *request)
{
	const char *method = request->method;
	bool has_body = request->source != NULL || request->body.len > 0 ||
			ask->trailers != NULL;
	int rc;

	if (method == NULL)
		method = has_body ? "POST" : "GET";
	ask->method = duet_mem_strdup(method);
	if (ask->method == NULL)
		return DUET_E_NOMEM;
	rc = collect_headers(ask, request->headers);
	if (rc == DUET_OK)
		rc = take_userinfo(ask);
	if (rc == DUET_OK)
		take_expect(ask);
	if (rc == DUET_OK)
		rc = announce_trailers(ask);
	/* RFC 9112 s7.1.2: only a chunked body can have them. */
	if (ask->trailers != NULL)
		ask->length = DUET_LENGTH_UNKNOWN;
	return rc;
}

/* A part of what is encoded cannot be decoded by itself. */
static int take_decode(struct duet_ask *ask, struct duet_error *err)
{
	if (!ask->decode)
		return DUET_OK;
	if (duet_headers_get(&ask->headers, "Range") != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "struct duet_request: .decode and a Range do not go together: a part of what is encoded cannot be decoded by itself");
	if (duet_headers_get(&ask->headers, "Accept-Encoding") != NULL)
		return DUET_OK;
	return duet_headers_add(&ask->headers, "Accept-Encoding",
				"zstd, br, gzip") < 0
		       ? duet_error_nomem(err)
		       : DUET_OK;
}

/*
 * RFC 8470 s4: who sees early data pass can send it again, so it is for what
 * changes nothing. Cookies and passwords go with it as with any other request.
 */
static int check_early(const struct duet_ask *ask, struct duet_error *err)
{
	bool safe = strcmp(ask->method, "GET") == 0 ||
		    strcmp(ask->method, "HEAD") == 0;

	if (!ask->early || (safe && ask->length == 0 && ask->url.https))
		return DUET_OK;
	if (!ask->url.https)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "struct duet_request: .early_data is a part of TLS, and this is an http:// URL: use https://, or leave it out");
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "struct duet_request: .early_data is for GET and HEAD without a body alone, since others can send it once more: leave it out");
}

/* What no server could be asked is refused before one is sought. */
static int check_sendable(const struct duet_ask *ask, struct duet_error *err)
{
	struct duet_headers all = { 0 };
	char label[DUET_URL_LABEL_BYTES];
	int rc = duet_ask_fields(ask, &all);

	if (rc < 0) {
		rc = duet_error_nomem(err);
		goto out;
	}
	/* In a tunnel, or without a proxy, it would go to the server. */
	if (duet_headers_get(&ask->headers, "Proxy-Authorization") != NULL) {
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "the field 'Proxy-Authorization' is not for a request, since the server would see it: give the proxy a name and a password instead");
		goto out;
	}
	rc = duet_h1_check_request(DUET_HEAD(.method = ask->method,
					     .target = ask->url.target,
					     .headers = all.list,
					     .content_length = ask->length),
				   err);
	if (rc == DUET_OK)
		rc = duet_outgoing_trailers(ask->trailers, err);
out:
	duet_url_label(label, &ask->url);
	if (rc == DUET_E_ARGUMENT)
		duet_error_prefix(err, "%s: ", label);
	duet_headers_done(&all);
	return rc;
}

int duet_ask_init(struct duet_ask *ret, const struct duet_request *request,
		  const struct duet_hsts *hsts, struct duet_error *err)
{
	struct duet_ask ask = { .fd = -1 };
	struct duet_request given;
	int rc;

	rc = duet_opts_copy(&given, sizeof(given), request, "duet_request",
			    err);
	if (rc < 0)
		return rc;
	if (given.url == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "struct duet_request: .url is not set");
	rc = check_body(&given, err);
	if (rc == DUET_OK)
		rc = duet_url_parse(&ask.url, given.url, err);
	if (rc == DUET_OK)
		rc = check_scheme(&ask, &given, hsts, err);
	if (rc < 0)
		goto out;
	copy_plain(&ask, &given);
	rc = copy_rest(&ask, &given);
	if (rc < 0) {
		rc = duet_error_nomem(err);
		goto out;
	}
	rc = check_early(&ask, err);
	if (rc == DUET_OK)
		rc = take_decode(&ask, err);
	if (rc == DUET_OK)
		rc = check_sendable(&ask, err);
	if (rc == DUET_OK)
		rc = take_fd(&ask, given.fd, err);
	if (rc < 0)
		goto out;
	*ret = ask;
	memset(&ask, 0, sizeof(ask)); /* the caller owns it now */
	ask.fd = -1;
out:
	duet_ask_done(&ask);
	return rc;
}

void duet_ask_done(struct duet_ask *ask)
{
	duet_url_done(&ask->url);
	duet_mem_free(ask->method);
	ask->method = NULL;
	duet_headers_done(&ask->headers);
	duet_ask_set_cookies(ask, NULL);
	if (ask->fd >= 0)
		(void)close(ask->fd);
	ask->fd = -1;
}

void duet_ask_set_cookies(struct duet_ask *ask, char *cookies)
{
	if (ask->cookies != NULL)
		duet_mem_free_secret(ask->cookies, strlen(ask->cookies));
	ask->cookies = cookies;
}

static int become_get(struct duet_ask *ask)
{
	char *get = duet_mem_strdup("GET");

	if (get == NULL)
		return DUET_E_NOMEM;
	duet_mem_free(ask->method);
	ask->method = get;
	ask->body = (struct duet_bytes){ NULL, 0 };
	ask->source = NULL;
	ask->trailers = NULL;
	ask->length = 0;
	ask->expect_continue = false;
	return DUET_OK;
}

int duet_ask_redirect(struct duet_ask *ask, struct duet_redirect_to *to)
{
	duet_url_done(&ask->url);
	ask->url = to->url;
	memset(&to->url, 0, sizeof(to->url));
	duet_redirect_strip(to, &ask->headers);
	if (to->other_origin) {
		ask->own_host = false;
		ask->own_authorization = false;
		ask->early = false; /* it was asked of the other one */
	}
	if (to->as_get && become_get(ask) < 0)
		return DUET_E_NOMEM;
	return take_userinfo(ask);
}

/* RFC 6265bis s5.8.1: one field of that name, the user's own at its end. */
static int add_cookies(const struct duet_ask *ask, struct duet_headers *ret)
{
	const char *own = duet_headers_get(ret, "Cookie");
	char *value;
	int rc;

	if (ask->cookies == NULL)
		return DUET_OK;
	value = duet_mem_printf("%s%s%s", ask->cookies, own != NULL ? "; " : "",
				own != NULL ? own : "");
	if (value == NULL)
		return DUET_E_NOMEM;
	duet_headers_remove(ret, "Cookie");
	rc = duet_headers_add(ret, "Cookie", value);
	duet_mem_free_secret(value, strlen(value));
	return rc;
}

int duet_ask_fields(const struct duet_ask *ask, struct duet_headers *ret)
{
	int rc = DUET_OK;

	if (!ask->own_host)
		rc = duet_headers_add(ret, "Host", ask->url.authority);
	if (rc == DUET_OK)
		rc = duet_headers_add_all(ret, ask->headers.list);
	if (rc == DUET_OK)
		rc = add_cookies(ask, ret);
	return rc;
}

bool duet_ask_can_repeat(const struct duet_ask *ask)
{
	return ask->source == NULL || ask->rewind != NULL;
}

int duet_ask_rewind(const struct duet_ask *ask, struct duet_error *err)
{
	int rc = DUET_OK;

	if (ask->source != NULL)
		rc = ask->rewind(ask->source_arg);
	if (rc < 0)
		return duet_error_set(err, rc,
				      "the request's body has to be sent again, and its source does not give it again (%s)",
				      duet_status_name(rc));
	return DUET_OK;
}

bool duet_ask_is_idempotent(const struct duet_ask *ask)
{
	static const char *const methods[] = { "GET",   "HEAD", "OPTIONS",
					       "TRACE", "PUT",  "DELETE" };
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(ask->method, methods[i]) == 0)
			return true;
	return false;
}
