/* SPDX-License-Identifier: MIT */
#include "get/url.h"

#include <string.h>

#include "base/error.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/local_ca.h"

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

char *duet_get_url_complete(const char *url)
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

char *duet_get_url_public(const char *url)
{
	struct duet_bytes authority = authority_of(url);
	const char *p = authority.data;
	size_t i = authority.len;

	while (i > 0 && p[i - 1] != '@')
		i--;
	return duet_mem_printf("%.*s%s", (int)(p - url), url, p + i);
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

int duet_get_url_name(const char *url, char **ret_name, struct duet_error *err)
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

void duet_get_url_host(const char *url, char host[DUET_GET_HOST_BYTES])
{
	struct duet_bytes bytes = host_of(url);

	if (bytes.len >= DUET_GET_HOST_BYTES)
		bytes.len = 0;
	memcpy(host, bytes.data, bytes.len);
	host[bytes.len] = '\0';
}

bool duet_get_url_is_local(const char *url)
{
	char host[DUET_GET_HOST_BYTES];

	duet_get_url_host(url, host);
	return host[0] != '\0' && duet_local_ca_covers(host);
}
