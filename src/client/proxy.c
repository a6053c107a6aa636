/* SPDX-License-Identifier: MIT */
#include "client/proxy.h"

#include <stdio.h>
#include <string.h>

#include "base/basic.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/url.h"
#include "net/prefix.h"

enum {
	SOCKS_PORT = 1080, /* RFC 1928 s3 */
	ENTRY_BYTES = 300,
};

static const struct {
	const char *scheme;
	enum duet_proxy_kind kind;
} kinds[] = {
	{ "http://", DUET_PROXY_HTTP },
	{ "https://", DUET_PROXY_HTTPS },
	{ "socks5://", DUET_PROXY_SOCKS5 },
	{ "socks5h://", DUET_PROXY_SOCKS5H },
};

static bool begins(const char *text, const char *scheme)
{
	struct duet_bytes begin = { text, strlen(scheme) };

	return strlen(text) >= begin.len && duet_bytes_eq_nocase(begin, scheme);
}

/* What follows the scheme, or NULL: none that we know. */
static const char *take_scheme(struct duet_proxy *proxy, const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (begins(text, kinds[i].scheme)) {
			proxy->kind = kinds[i].kind;
			return text + strlen(kinds[i].scheme);
		}
	proxy->kind = DUET_PROXY_HTTP;
	return strstr(text, "://") == NULL ? text : NULL;
}

/* rest: without the scheme. */
static bool has_port(const char *rest)
{
	struct duet_bytes authority = { rest, strcspn(rest, "/?#") };
	const char *p = rest;
	size_t i;

	for (i = authority.len; i > 0 && rest[i - 1] != '@'; i--)
		;
	p += i;
	authority.len -= i;
	if (authority.len > 0 && *p == '[')
		for (; authority.len > 0 && *p != ']'; authority.len--)
			p++;
	return memchr(p, ':', authority.len) != NULL;
}

static int refuse_scheme(const char *text, struct duet_error *err)
{
	char shown[32];

	duet_str_printable(shown, sizeof(shown),
			   (struct duet_bytes){ text, strcspn(text, ":") });
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "the proxy: %s:// is not a kind we know; write http://, https://, socks5:// or socks5h:// before HOST:PORT",
			      shown);
}

/* Who it is, and who we are. */
static int take_users(struct duet_proxy *proxy, struct duet_url *url,
		      const char *user, struct duet_error *err)
{
	if (user == NULL)
		user = url->userinfo;
	if (user == NULL)
		return DUET_OK;
	proxy->userinfo = duet_mem_printf("%s%s", user,
					  strchr(user, ':') == NULL ? ":" : "");
	return proxy->userinfo != NULL ? DUET_OK : duet_error_nomem(err);
}

static int take_url(struct duet_proxy *proxy, struct duet_url *url,
		    bool port_given, const char *user, struct duet_error *err)
{
	bool v6 = strchr(url->host, ':') != NULL;

	if (strcmp(url->target, "/") != 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "the proxy: '%s' has a path or a query, which no proxy has; leave it out",
				      url->text);
	proxy->port = url->port;
	if (!port_given && duet_proxy_is_socks(proxy))
		proxy->port = SOCKS_PORT;
	proxy->host = url->host;
	url->host = NULL; /* the proxy owns it now */
	proxy->text = duet_mem_printf("%s%s%s%s:%u", kinds[proxy->kind].scheme,
				      v6 ? "[" : "", proxy->host, v6 ? "]" : "",
				      (unsigned)proxy->port);
	if (proxy->text == NULL)
		return duet_error_nomem(err);
	return take_users(proxy, url, user, err);
}

int duet_proxy_parse(struct duet_proxy *ret, const char *text, const char *user,
		     struct duet_error *err)
{
	struct duet_proxy proxy = { 0 };
	struct duet_url url = { 0 };
	const char *rest = take_scheme(&proxy, text);
	char *as_url;
	int rc;

	if (rest == NULL)
		return refuse_scheme(text, err);
	/* What is behind the scheme reads as that of any URL. */
	as_url = duet_mem_printf("http%s://%s",
				 proxy.kind == DUET_PROXY_HTTPS ? "s" : "",
				 rest);
	if (as_url == NULL)
		return duet_error_nomem(err);
	rc = duet_url_parse(&url, as_url, err);
	if (rc == DUET_E_URL) {
		duet_error_prefix(err, "the proxy: ");
		if (err != NULL)
			err->code = DUET_E_ARGUMENT;
		rc = DUET_E_ARGUMENT;
	}
	if (rc == DUET_OK)
		rc = take_url(&proxy, &url, has_port(rest), user, err);
	duet_url_done(&url);
	duet_mem_free_secret(as_url, strlen(as_url));
	if (rc < 0) {
		duet_proxy_done(&proxy);
		return rc;
	}
	*ret = proxy;
	return DUET_OK;
}

void duet_proxy_done(struct duet_proxy *proxy)
{
	duet_mem_free(proxy->host);
	duet_mem_free(proxy->text);
	if (proxy->userinfo != NULL)
		duet_mem_free_secret(proxy->userinfo, strlen(proxy->userinfo));
	memset(proxy, 0, sizeof(*proxy));
}

int duet_proxy_authorize(const struct duet_proxy *proxy,
			 struct duet_headers *fields)
{
	char *value;
	int rc;

	if (proxy->userinfo == NULL)
		return DUET_OK;
	value = duet_basic_credentials(proxy->userinfo);
	if (value == NULL)
		return DUET_E_NOMEM;
	rc = duet_headers_add(fields, "Proxy-Authorization", value);
	duet_mem_free_secret(value, strlen(value));
	return rc;
}

/* Hosts without one. */

struct entry {
	char text[ENTRY_BYTES]; /* a name without its dots, or an address */
	uint32_t port;          /* 0: any */
	bool is_address;
	bool is_block;
	struct duet_prefix prefix;
};

/* The next entry, or one that is longer than any host: past it. */
static const char *next_entry(const char *p, char text[ENTRY_BYTES])
{
	size_t len;

	p += strspn(p, ", \t");
	len = strcspn(p, ", \t");
	text[0] = '\0';
	if (len < ENTRY_BYTES) {
		memcpy(text, p, len);
		text[len] = '\0';
	}
	return len > 0 ? p + len : NULL;
}

/* ":443" at the end of a name, of "1.2.3.4", of "[::1]"; "::1" has none. */
static void take_port(struct entry *entry)
{
	char *colon = strrchr(entry->text, ':');

	if (colon == NULL)
		return;
	if (strchr(entry->text, ':') != colon && colon[-1] != ']')
		return;
	if (duet_parse_u32(colon + 1, UINT16_MAX, &entry->port))
		*colon = '\0';
}

static bool take_bits(struct entry *entry, const char *text)
{
	uint32_t bits;

	if (!duet_parse_u32(text, entry->prefix.bits, &bits))
		return false;
	entry->prefix = duet_prefix_cut(&entry->prefix, (uint8_t)bits);
	return true;
}

/* false: a block that is none. */
static bool read_entry(struct entry *entry)
{
	char *slash = strchr(entry->text, '/');
	size_t len;
	char *p = entry->text;

	entry->port = 0;
	entry->prefix = (struct duet_prefix){ 0 };
	if (slash != NULL)
		*slash = '\0';
	else
		take_port(entry);
	len = strlen(p);
	if (len >= 2 && p[0] == '[' && p[len - 1] == ']') {
		memmove(p, p + 1, len - 2);
		p[len - 2] = '\0';
	}
	entry->is_address = duet_prefix_parse(p, &entry->prefix, NULL) >= 0;
	if (slash != NULL)
		return entry->is_address && take_bits(entry, slash + 1);
	return true;
}

int duet_no_proxy_check(const char *list, struct duet_error *err)
{
	char shown[ENTRY_BYTES];
	const char *p = list;
	struct entry entry;

	while ((p = next_entry(p, entry.text)) != NULL) {
		duet_str_printable(shown, sizeof(shown), duet_str(entry.text));
		if (!read_entry(&entry))
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "no proxy for '%s': that is not a block of addresses; write it as 10.0.0.0/8, or a name",
					      shown);
	}
	return DUET_OK;
}

/* name, or one below it; both without dots at their ends. */
static bool is_below(const char *host, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	if (name_len > 0 && name[name_len - 1] == '.')
		name_len--;
	if (name_len == 0 || name_len > len)
		return false;
	if (name_len < len && host[len - name_len - 1] != '.')
		return false;
	while (name_len-- > 0)
		if (duet_to_lower((unsigned char)name[name_len]) !=
		    (unsigned char)host[--len])
			return false;
	return true;
}

static bool matches(struct entry *entry, const char *host, uint16_t port,
		    const struct duet_prefix *address)
{
	const char *name = entry->text;
	size_t len = strlen(host);

	if (strcmp(name, "*") == 0)
		return true;
	if (!read_entry(entry) || (entry->port != 0 && entry->port != port))
		return false;
	if (entry->is_address || address != NULL)
		return entry->is_address && address != NULL &&
		       duet_prefix_covers(&entry->prefix, address);
	if (len > 1 && host[len - 1] == '.')
		len--;
	return is_below(host, len, name[0] == '.' ? name + 1 : name);
}

bool duet_no_proxy_covers(const char *list, const char *host, uint16_t port)
{
	struct duet_prefix prefix;
	const struct duet_prefix *address = NULL;
	const char *p = list;
	struct entry entry;

	if (duet_prefix_parse(host, &prefix, NULL) >= 0)
		address = &prefix;
	while ((p = next_entry(p, entry.text)) != NULL)
		if (matches(&entry, host, port, address))
			return true;
	return false;
}
