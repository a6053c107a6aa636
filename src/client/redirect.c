/* SPDX-License-Identifier: MIT */
#include "client/redirect.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"

/*
 * RFC 9110 s15.4.2, s15.4.3: a POST may become a GET, and always does in
 * practice; other methods stay. s15.4.4: after 303 it is a GET whatever it
 * was, but HEAD stays HEAD.
 */
static bool becomes_get(int status, const char *method)
{
	switch (status) {
	case 301:
	case 302:
		return strcmp(method, "POST") == 0;
	case 303:
		return strcmp(method, "GET") != 0 &&
		       strcmp(method, "HEAD") != 0;
	default:
		return false;
	}
}

static bool is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 ||
	       status == 307 || status == 308;
}

static int check(const struct duet_redirect_from *from,
		 const struct duet_redirect_to *to, int status,
		 struct duet_error *err)
{
	char label[DUET_URL_LABEL_BYTES];

	duet_url_label(label, &to->url);
	if (from->url->https && !to->url.https)
		return duet_error_set(err, DUET_E_REDIRECT,
				      "the answer %d leads to %s, from https to http: refused, because everybody on the way could read and change it; if there is such a page, it has an https:// URL of its own to be asked for",
				      status, label);
	if (from->own_socket)
		return duet_error_set(err, DUET_E_REDIRECT,
				      "the answer %d leads to %s, and the socket in .fd was for one request: connect to there and ask again, or follow no redirects",
				      status, label);
	if (from->followed >= from->max)
		return duet_error_set(err, DUET_E_REDIRECT,
				      "more than %u redirect%s, the next to %s; it may be a circle: look at where they lead, or allow more",
				      (unsigned)from->max,
				      from->max == 1 ? "" : "s", label);
	if (from->has_body && !to->as_get && !from->can_repeat_body)
		return duet_error_set(err, DUET_E_REDIRECT,
				      "the answer %d wants the request's body sent again to %s, but it came from a source that gives it once; send it there directly",
				      status, label);
	return DUET_OK;
}

int duet_redirect_plan(const struct duet_redirect_from *from,
		       const struct duet_head *reply,
		       struct duet_redirect_to *ret, struct duet_error *err)
{
	const char *location = duet_head_get(reply, "Location");
	struct duet_redirect_to to = { 0 };
	struct duet_error why = { 0 };
	int rc;

	if (from->max == 0 || !is_redirect(reply->status) || location == NULL)
		return DUET_EOF;
	rc = duet_url_resolve(&to.url, from->url, location, &why);
	if (rc == DUET_E_URL)
		return duet_error_set(err, DUET_E_REDIRECT,
				      "the answer %d leads nowhere we can go: %s",
				      (int)reply->status, why.text);
	if (rc == DUET_OK && !to.url.https &&
	    duet_hsts_knows(from->hsts, to.url.host, duet_clock_wall()))
		rc = duet_url_make_https(&to.url);
	if (rc < 0) {
		duet_url_done(&to.url);
		return duet_error_nomem(err);
	}
	to.as_get = becomes_get(reply->status, from->method);
	to.other_origin = !duet_url_same_origin(from->url, &to.url);
	rc = check(from, &to, reply->status, err);
	if (rc < 0) {
		duet_url_done(&to.url);
		return rc;
	}
	*ret = to;
	return DUET_OK;
}

void duet_redirect_strip(const struct duet_redirect_to *to,
			 struct duet_headers *headers)
{
	/* RFC 9110 s15.4: what was made for the first target only. */
	static const char *const for_the_origin[] = {
		"Authorization",
		"Cookie",
		"Proxy-Authorization",
		"Host",
	};
	/* ... and what describes the body that is gone. */
	static const char *const for_the_body[] = {
		"Content-Encoding", "Content-Language", "Content-Location",
		"Content-Type",     "Content-Digest",   "Repr-Digest",
		"Digest",           "Last-Modified",    "Expect",
		"Trailer",
	};
	size_t i;

	if (to->other_origin)
		for (i = 0;
		     i < sizeof(for_the_origin) / sizeof(for_the_origin[0]);
		     i++)
			duet_headers_remove(headers, for_the_origin[i]);
	if (to->as_get)
		for (i = 0; i < sizeof(for_the_body) / sizeof(for_the_body[0]);
		     i++)
			duet_headers_remove(headers, for_the_body[i]);
}
