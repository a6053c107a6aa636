/* SPDX-License-Identifier: MIT */
#include "cli/url.h"

#include <string.h>

#include "base/error.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/local_ca.h"

enum {
	URL_MAX = 1 << 20, /* more than a command line holds */
};

/* Behind "scheme://", or NULL (RFC 3986 s3.1). */
static const char *after_scheme(const char *url)
{
	const char *p = url;

	if (!duet_is_alpha((unsigned char)*p))
		return NULL;
	while (duet_is_alpha((unsigned char)*p) ||
	       duet_is_digit((unsigned char)*p) || *p == '+' || *p == '-' ||
	       *p == '.')
		p++;
	return duet_str_starts(p, "://") ? p + 3 : NULL;
}

char *duet_cli_url_complete(const char *url)
{
	if (after_scheme(url) != NULL)
		return duet_mem_strdup(url);
	return duet_mem_printf("https://%s", url);
}

/* The authority of a complete URL; of another, none, before all of it. */
static struct duet_bytes authority_of(const char *url)
{
	const char *p = after_scheme(url);
	struct duet_bytes authority = { url, 0 };

	if (p != NULL) {
		authority.data = p;
		authority.len = strcspn(p, "/?#");
	}
	return authority;
}

char *duet_cli_url_public(const char *url)
{
	struct duet_bytes authority = authority_of(url);
	const char *p = authority.data;
	size_t i = authority.len;

	/* RFC 3986 s4.2: a reference, as Location may have it */
	if (duet_str_starts(url, "//")) {
		p = url + 2;
		i = strcspn(p, "/?#");
	}
	while (i > 0 && p[i - 1] != '@')
		i--;
	return duet_mem_printf("%.*s%s", (int)(p - url), url, p + i);
}

static bool is_unreserved(unsigned char c)
{
	return duet_is_alpha(c) || duet_is_digit(c) ||
	       (c != '\0' && strchr("-._~", c) != NULL);
}

int duet_cli_url_encode(struct duet_buf *dst, struct duet_bytes text)
{
	const unsigned char *p = text.data;
	int rc = DUET_OK;
	size_t i;

	for (i = 0; i < text.len && rc == DUET_OK; i++) {
		if (is_unreserved(p[i]))
			rc = duet_buf_add(dst, p + i, 1);
		else
			rc = duet_buf_printf(dst, "%%%02X", (unsigned)p[i]);
	}
	return rc;
}

/* What is before "?query" and "#fragment", of a complete URL. */
static struct duet_bytes before_query(const char *url)
{
	return (struct duet_bytes){ url, strcspn(url, "?#") };
}

bool duet_cli_url_wants_name(const char *url)
{
	struct duet_bytes authority = authority_of(url);
	struct duet_bytes path = before_query(url);
	const char *begin = (const char *)authority.data + authority.len;

	return begin >= url + path.len || url[path.len - 1] == '/';
}

char *duet_cli_url_with(const char *url, const char *name, const char *query)
{
	struct duet_bytes path = before_query(url);
	size_t query_len = strcspn(url + path.len, "#");
	const char *mark = query_len == 0 ? "?" : "&";
	struct duet_buf buf;
	char *whole = NULL;
	int rc;

	duet_buf_init(&buf, URL_MAX);
	rc = duet_buf_add(&buf, url, path.len);
	if (rc == DUET_OK && name != NULL && duet_cli_url_wants_name(url)) {
		if (url[path.len - 1] != '/')
			rc = duet_buf_add_str(&buf, "/");
		if (rc == DUET_OK)
			rc = duet_cli_url_encode(&buf, duet_str(name));
	}
	if (rc == DUET_OK)
		rc = duet_buf_add(&buf, url + path.len, query_len);
	/* "/?" has a query, which is empty. */
	if (query_len == 1)
		mark = "";
	if (rc == DUET_OK && query != NULL)
		rc = duet_buf_printf(&buf, "%s%s", mark, query);
	if (rc == DUET_OK)
		whole = duet_mem_strndup((const char *)buf.data + buf.begin,
					 duet_buf_len(&buf));
	duet_buf_done(&buf);
	return whole;
}

/* Percent-decode len bytes of src into dst, which has room for them. */
static bool decode(char *dst, size_t *ret_len, const char *src, size_t len)
{
	size_t used = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		int high;
		int low;

		if (src[i] != '%') {
			dst[used++] = src[i];
			continue;
		}
		if (len - i < 3)
			return false;
		high = duet_hex_value((unsigned char)src[i + 1]);
		low = duet_hex_value((unsigned char)src[i + 2]);
		if (high < 0 || low < 0)
			return false;
		dst[used++] = (char)(high * 16 + low);
		i += 2;
	}
	dst[used] = '\0';
	*ret_len = used;
	return true;
}

static bool is_file_name(const char *name, size_t len)
{
	size_t i;

	if (len == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (duet_is_control(c) || c == '/')
			return false;
	}
	return true;
}

int duet_cli_url_name(const char *url, char **ret_name, struct duet_error *err)
{
	struct duet_bytes authority = authority_of(url);
	const char *path = (const char *)authority.data + authority.len;
	const char *end;
	const char *p;
	char shown[200];
	char *name;
	size_t len;

	end = path + strcspn(path, "?#");
	for (p = end; p > path && p[-1] != '/'; p--)
		;
	len = (size_t)(end - p);
	name = duet_mem_alloc(len + 1);
	if (name == NULL)
		return duet_error_nomem(err);
	if (!decode(name, &len, p, len) || !is_file_name(name, len)) {
		duet_mem_free(name);
		duet_str_printable(shown, sizeof(shown), duet_str(url));
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "-O: %s does not end in the name of a file; name one with -o FILE",
				      shown);
	}
	*ret_name = name;
	return DUET_OK;
}

/* Without user information, port and the brackets of an IPv6 literal. */
static struct duet_bytes host_of(const char *url)
{
	struct duet_bytes host = authority_of(url);
	const char *p = host.data;
	size_t i;

	for (i = host.len; i > 0; i--)
		if (p[i - 1] == '@')
			break;
	p += i;
	host.len -= i;
	host.data = p;
	if (host.len > 0 && p[0] == '[') {
		host.data = p + 1;
		host.len = strcspn(p + 1, "]");
	} else {
		for (i = 0; i < host.len && p[i] != ':'; i++)
			;
		host.len = i;
	}
	return host;
}

void duet_cli_url_host(const char *url, char host[DUET_CLI_HOST_BYTES])
{
	struct duet_bytes bytes = host_of(url);

	if (bytes.len >= DUET_CLI_HOST_BYTES)
		bytes.len = 0;
	memcpy(host, bytes.data, bytes.len);
	host[bytes.len] = '\0';
}

bool duet_cli_url_is_local(const char *url)
{
	char host[DUET_CLI_HOST_BYTES];

	duet_cli_url_host(url, host);
	return host[0] != '\0' && duet_local_ca_covers(host);
}
