/* SPDX-License-Identifier: MIT */
#include "client/url.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <uriparser/Uri.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/idn.h"

enum {
	HOST_MAX = 255, /* RFC 1035 s2.3.4 */
	SHOWN_BYTES = 200,
	SCHEME_BYTES = 16,
};

static void *uri_alloc(UriMemoryManager *manager, size_t size)
{
	(void)manager;
	return duet_mem_alloc(size);
}

static void *uri_calloc(UriMemoryManager *manager, size_t n, size_t size)
{
	(void)manager;
	return duet_mem_array(n, size);
}

static void *uri_realloc(UriMemoryManager *manager, void *ptr, size_t size)
{
	(void)manager;
	return duet_mem_resize(ptr, size);
}

static void uri_free(UriMemoryManager *manager, void *ptr)
{
	(void)manager;
	duet_mem_free(ptr);
}

static UriMemoryManager memory(void)
{
	return (UriMemoryManager){ uri_alloc,   uri_calloc,
				   uri_realloc, uriEmulateReallocarray,
				   uri_free,    NULL };
}

/*
 * A sentence about a URL must not carry its password into a log. What is
 * refused is not to be trusted about where its parts end ("user:sec/ret@host"),
 * so all is left out until the last '@', but the scheme.
 */
static int refuse(struct duet_error *err, const char *text, const char *why)
{
	const char *at = strrchr(text, '@');
	struct duet_bytes before = { text, strcspn(text, ":@") };
	char scheme[SCHEME_BYTES] = "";
	char shown[SHOWN_BYTES];

	if (at != NULL && duet_str_starts(text + before.len, "://"))
		duet_str_printable(scheme, sizeof(scheme), before);
	duet_str_printable(shown, sizeof(shown),
			   duet_str(at != NULL ? at + 1 : text));
	return duet_error_set(err, DUET_E_URL, "'%s%s%s%s' %s", scheme,
			      scheme[0] != '\0' ? "://" : "",
			      at != NULL ? "...@" : "", shown, why);
}

static int uri_failure(struct duet_error *err, const char *text, int rc)
{
	if (rc == URI_ERROR_MALLOC)
		return duet_error_nomem(err);
	return refuse(err, text,
		      "is not a URL; write https://HOST[:PORT][/PATH]");
}

/*
 * What uriparser refuses and browsers encode. '[' and ']' belong to a host
 * only; a '%' that encodes nothing stands for itself.
 */
static bool must_encode(const char *p, bool in_authority)
{
	unsigned char c = (unsigned char)*p;

	if (c == '%')
		return duet_hex_value((unsigned char)p[1]) < 0 ||
		       duet_hex_value((unsigned char)p[2]) < 0;
	if (c == '[' || c == ']')
		return !in_authority;
	return !duet_is_vchar(c) || strchr("\"<>\\^`{|}", c) != NULL;
}

/* After "SCHEME://", or a reference's "//" (RFC 3986 s4.2); NULL: none. */
static const char *find_authority(const char *text)
{
	size_t scheme = strcspn(text, ":/?#");

	if (text[scheme] == ':')
		scheme++;
	else if (scheme > 0)
		return NULL;
	return duet_str_starts(text + scheme, "//") ? text + scheme + 2 : NULL;
}

/* Of an authority: behind the user information, before the port. */
static struct duet_bytes find_host(const char *authority, const char *end)
{
	const char *p = end;
	const char *port;

	while (p > authority && p[-1] != '@')
		p--;
	port = memchr(p, ':', (size_t)(end - p));
	return (struct duet_bytes){ p,
				    (size_t)((port != NULL ? port : end) - p) };
}

/* The host of people in that of the wire. */
static int add_host(struct duet_buf *dst, struct duet_bytes host,
		    const char *text, struct duet_error *err)
{
	const char *why = NULL;
	char *ascii = NULL;
	int rc = duet_idn_to_ascii(host, &ascii, &why);

	if (rc == DUET_E_URL)
		return refuse(err, text, why);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(dst, ascii);
	duet_mem_free(ascii);
	return rc < 0 ? duet_error_nomem(err) : DUET_OK;
}

/* Encode what has to be, leave out blanks around it and the fragment. */
static int clean(struct duet_buf *dst, const char *text, struct duet_error *err)
{
	const char *end = text + strcspn(text, "#");
	const char *authority;
	const char *authority_end = text;
	struct duet_bytes host = { NULL, 0 };
	const char *p;
	int rc = DUET_OK;

	if (strlen(text) > DUET_URL_MAX)
		return duet_error_set(err, DUET_E_URL,
				      "a URL of %zu bytes: %d is the most",
				      strlen(text), (int)DUET_URL_MAX);
	while (end > text && end[-1] == ' ')
		end--;
	while (text < end && *text == ' ')
		text++;
	authority = find_authority(text);
	if (authority != NULL) {
		authority_end = authority + strcspn(authority, "/?#");
		host = find_host(authority, authority_end);
	}
	for (p = text; p < end && rc == DUET_OK; p++) {
		if (p == host.data && duet_idn_is_needed(host)) {
			rc = add_host(dst, host, text, err);
			if (rc < 0)
				return rc;
			p += host.len - 1;
			continue;
		}
		if (duet_is_control((unsigned char)*p))
			return refuse(err, text,
				      "holds a control character: no URL does");
		if (must_encode(p, p < authority_end))
			rc = duet_buf_printf(dst, "%%%02X",
					     (unsigned)(unsigned char)*p);
		else
			rc = duet_buf_add(dst, p, 1);
	}
	if (rc == DUET_OK)
		rc = duet_buf_add(dst, "", 1);
	if (rc < 0)
		return duet_error_nomem(err);
	return DUET_OK;
}

static size_t range_len(const UriTextRangeA *range)
{
	return range->first == NULL ? 0
				    : (size_t)(range->afterLast - range->first);
}

static bool is_scheme(const UriUriA *uri, const char *scheme)
{
	const struct duet_bytes bytes = { uri->scheme.first,
					  range_len(&uri->scheme) };

	return duet_bytes_eq_nocase(bytes, scheme);
}

static int take_scheme(struct duet_url *url, const UriUriA *uri,
		       const char *text, struct duet_error *err)
{
	if (is_scheme(uri, "https")) {
		url->https = true;
		return DUET_OK;
	}
	if (is_scheme(uri, "http"))
		return DUET_OK;
	if (range_len(&uri->scheme) == 0 || uri->hostText.first == NULL)
		return refuse(err, text,
			      "does not say how to fetch it: put https:// before it");
	return refuse(err, text, "is neither https:// nor http://");
}

/* By the user, or by clean(). */
static const char *why_encoded(const unsigned char *p)
{
	int c = duet_hex_value(p[1]) * 16 + duet_hex_value(p[2]);

	if (c == ' ')
		return "has a space in its host: leave it out";
	if (c < 0x80)
		return "has %-encoding in its host, or a character that no host has: write its name plainly";
	return "has %-encoding in its host: write its name plainly, or in its xn-- form";
}

/*
 * Stricter than RFC 3986's reg-name: what a host name can hold (and '_', which
 * exists). So nothing odd gets into Host, SNI and the resolver.
 */
static int check_host(const char *host, const char *text,
		      struct duet_error *err)
{
	const unsigned char *p;

	/* The dot of the root is one at the end. */
	if (host[0] == '.' || strstr(host, "..") != NULL)
		return refuse(err, text,
			      "has an empty part in its host: leave out the dot that is too much");
	for (p = (const unsigned char *)host; *p != '\0'; p++) {
		if (duet_is_alpha(*p) || duet_is_digit(*p) || *p == '-' ||
		    *p == '.' || *p == '_')
			continue;
		if (*p == '%')
			return refuse(err, text, why_encoded(p));
		return refuse(err, text,
			      "has a character in its host that no host has");
	}
	return DUET_OK;
}

static int take_host(struct duet_url *url, const UriUriA *uri, const char *text,
		     struct duet_error *err)
{
	size_t len = range_len(&uri->hostText);
	size_t i;

	if (len == 0)
		return refuse(err, text,
			      "names no host; write https://HOST/PATH");
	if (len > HOST_MAX)
		return refuse(err, text,
			      "has a host of more than 255 characters");
	url->host = duet_mem_strndup(uri->hostText.first, len);
	if (url->host == NULL)
		return duet_error_nomem(err);
	for (i = 0; i < len; i++)
		url->host[i] = (char)duet_to_lower((unsigned char)url->host[i]);
	if (uri->hostData.ip6 != NULL)
		return DUET_OK;
	if (uri->hostData.ipFuture.first != NULL)
		return refuse(err, text,
			      "has an address of a kind nobody knows");
	url->host_unicode = duet_idn_to_unicode(url->host);
	return check_host(url->host, text, err);
}

static int take_port(struct duet_url *url, const UriUriA *uri, const char *text,
		     struct duet_error *err)
{
	const struct duet_bytes digits = { uri->portText.first,
					   range_len(&uri->portText) };
	uint64_t port = url->https ? 443 : 80;

	/* RFC 3986 s3.2.3: "https://host:/" has the default port. */
	if (digits.len > 0 &&
	    (!duet_parse_u64(digits, &port) || port == 0 || port > UINT16_MAX))
		return refuse(err, text, "has a port that is not 1 to 65535");
	url->port = (uint16_t)port;
	return DUET_OK;
}

/* In place; false for %00, which no user name and no password holds. */
static bool decode(char *text)
{
	const char *p = text;
	char *q = text;

	for (; *p != '\0'; p++) {
		if (*p == '%') {
			*q = (char)(duet_hex_value((unsigned char)p[1]) * 16 +
				    duet_hex_value((unsigned char)p[2]));
			p += 2;
		} else {
			*q = *p;
		}
		if (*q++ == '\0')
			return false;
	}
	*q = '\0';
	return true;
}

static int take_userinfo(struct duet_url *url, const UriUriA *uri,
			 const char *text, struct duet_error *err)
{
	if (range_len(&uri->userInfo) == 0)
		return DUET_OK;
	url->userinfo = duet_mem_strndup(uri->userInfo.first,
					 range_len(&uri->userInfo));
	if (url->userinfo == NULL)
		return duet_error_nomem(err);
	if (!decode(url->userinfo))
		return refuse(err, text, "has a NUL in its user information");
	return DUET_OK;
}

static int take_target(struct duet_url *url, const UriUriA *uri,
		       struct duet_error *err)
{
	struct duet_buffer taken = { NULL, 0 };
	const UriPathSegmentA *segment;
	struct duet_buf target;
	int rc = DUET_OK;

	duet_buf_init(&target, 4 * (size_t)DUET_URL_MAX);
	if (uri->pathHead == NULL)
		rc = duet_buf_add_str(&target, "/");
	for (segment = uri->pathHead; segment != NULL && rc == DUET_OK;
	     segment = segment->next) {
		rc = duet_buf_add_str(&target, "/");
		if (rc == DUET_OK)
			rc = duet_buf_add(&target, segment->text.first,
					  range_len(&segment->text));
	}
	if (rc == DUET_OK && uri->query.first != NULL)
		rc = duet_buf_add_str(&target, "?");
	if (rc == DUET_OK)
		rc = duet_buf_add(&target, uri->query.first,
				  range_len(&uri->query));
	if (rc == DUET_OK)
		rc = duet_buf_take(&target, &taken);
	duet_buf_done(&target);
	if (rc < 0)
		return duet_error_nomem(err);
	url->target = taken.data;
	return DUET_OK;
}

static int compose(struct duet_url *url, struct duet_error *err)
{
	bool usual = url->port == (url->https ? 443 : 80);
	bool v6 = strchr(url->host, ':') != NULL;
	char port[8] = "";

	if (!usual)
		(void)snprintf(port, sizeof(port), ":%u", (unsigned)url->port);
	url->authority = duet_mem_printf("%s%s%s%s", v6 ? "[" : "", url->host,
					 v6 ? "]" : "", port);
	if (url->authority != NULL)
		url->text =
			duet_mem_printf("http%s://%s%s", url->https ? "s" : "",
					url->authority, url->target);
	if (url->text == NULL)
		return duet_error_nomem(err);
	return DUET_OK;
}

/* text is what the user knows it by. */
static int take_apart(struct duet_url *ret, const UriUriA *uri,
		      const char *text, struct duet_error *err)
{
	struct duet_url url = { 0 };
	int rc;

	rc = take_scheme(&url, uri, text, err);
	if (rc == DUET_OK)
		rc = take_host(&url, uri, text, err);
	if (rc == DUET_OK)
		rc = take_port(&url, uri, text, err);
	if (rc == DUET_OK)
		rc = take_userinfo(&url, uri, text, err);
	if (rc == DUET_OK)
		rc = take_target(&url, uri, err);
	if (rc == DUET_OK)
		rc = compose(&url, err);
	if (rc < 0) {
		duet_url_done(&url);
		return rc;
	}
	*ret = url;
	return DUET_OK;
}

static int parse_text(UriUriA *uri, const char *text, UriMemoryManager *manager)
{
	return uriParseSingleUriExMmA(uri, text, text + strlen(text), NULL,
				      manager);
}

/*
 * Resolving is what removes the dot segments, of a whole URL too (RFC 3986
 * s5.2.2). uriparser's own normalization would do, but loses memory when an
 * allocation of its fails.
 */
static int resolve(struct duet_url *ret, const UriUriA *reference,
		   const char *base, const char *text, struct duet_error *err)
{
	UriMemoryManager manager = memory();
	UriUriA absolute = { 0 };
	UriUriA whole = { 0 };
	int rc;

	rc = parse_text(&absolute, base, &manager);
	if (rc == URI_SUCCESS)
		rc = uriAddBaseUriExMmA(&whole, reference, &absolute,
					URI_RESOLVE_STRICTLY, &manager);
	if (rc == URI_SUCCESS)
		rc = take_apart(ret, &whole, text, err);
	else
		rc = uri_failure(err, text, rc);
	(void)uriFreeUriMembersMmA(&absolute, &manager);
	(void)uriFreeUriMembersMmA(&whole, &manager);
	return rc;
}

/* base NULL: text must be a URL by itself. */
static int parse(struct duet_url *ret, const char *base, const char *text,
		 struct duet_error *err)
{
	UriMemoryManager manager = memory();
	struct duet_url alone = { 0 };
	struct duet_buf cleaned;
	const char *plain;
	UriUriA uri = { 0 };
	int rc;

	duet_buf_init(&cleaned, 3 * (size_t)DUET_URL_MAX + 1);
	rc = clean(&cleaned, text, err);
	if (rc < 0)
		goto out;
	plain = duet_buf_bytes(&cleaned).data;
	assert(plain != NULL); /* it ends in NUL */
	rc = parse_text(&uri, plain, &manager);
	if (rc != URI_SUCCESS)
		rc = uri_failure(err, text, rc);
	else if (base == NULL)
		rc = take_scheme(&alone, &uri, text, err);
	if (rc == DUET_OK)
		rc = resolve(ret, &uri, base != NULL ? base : "https://unused/",
			     text, err);
out:
	(void)uriFreeUriMembersMmA(&uri, &manager);
	duet_buf_done_secret(&cleaned);
	return rc;
}

int duet_url_parse(struct duet_url *ret, const char *text,
		   struct duet_error *err)
{
	return parse(ret, NULL, text, err);
}

int duet_url_resolve(struct duet_url *ret, const struct duet_url *base,
		     const char *reference, struct duet_error *err)
{
	return parse(ret, base->text, reference, err);
}

int duet_url_make_https(struct duet_url *url)
{
	char *authority = url->authority;
	char *text = url->text;
	int rc;

	url->https = true;
	url->was_http = true;
	if (url->port == 80)
		url->port = 443;
	url->authority = NULL;
	url->text = NULL;
	rc = compose(url, NULL);
	duet_mem_free(authority);
	duet_mem_free(text);
	return rc;
}

void duet_url_done(struct duet_url *url)
{
	duet_mem_free(url->host);
	duet_mem_free(url->host_unicode);
	duet_mem_free(url->authority);
	duet_mem_free(url->target);
	duet_mem_free(url->text);
	if (url->userinfo != NULL)
		duet_mem_free_secret(url->userinfo, strlen(url->userinfo));
	memset(url, 0, sizeof(*url));
}

bool duet_url_same_origin(const struct duet_url *a, const struct duet_url *b)
{
	return a->https == b->https && a->port == b->port &&
	       strcmp(a->host, b->host) == 0;
}

void duet_url_label(char dst[DUET_URL_LABEL_BYTES], const struct duet_url *url)
{
	struct duet_bytes text = { url->text, strcspn(url->text, "?") };

	duet_str_printable(dst, DUET_URL_LABEL_BYTES, text);
}
