/* SPDX-License-Identifier: MIT */
#include "settings/foreign.h"

#include <string.h>

#include "base/grammar.h"
#include "base/str.h"

/* ---- keys ---- */

static const struct foreign_key {
	const char *key;
	const char *remedy;
} keys[] = {
	{ "access_log", "write 'log: { file: FILE }', at the top" },
	{ "alias", "write 'root', in a route" },
	{ "auth_basic", "write 'auth: { users: FILE }'" },
	{ "auth_basic_user_file", "write 'auth: { users: FILE }'" },
	{ "autoindex", "write 'list: true'" },
	{ "basic_auth", "write 'auth: { users: FILE }'" },
	{ "basicauth", "write 'auth: { users: FILE }'" },
	{ "DocumentRoot", "write 'root', in a site" },
	{ "add_header", "write 'headers: [ { set: NAME, value: TEXT } ]'" },
	{ "encode", "write 'compress', which is true anyway" },
	{ "error_log", "what goes wrong is said on standard error" },
	{ "error_page", "write 'errors: [ { status: 404, file: PATH } ]'" },
	{ "expires", "write 'cache: [ { control: max-age=3600 } ]'" },
	{ "fastcgi_pass", "Duet serves files and does not run programs" },
	{ "file_server", "'root' is enough" },
	{ "gzip", "write 'compress', which is true anyway" },
	{ "header", "write 'headers: [ { set: NAME, value: TEXT } ]'" },
	{ "include", "one file is one configuration" },
	{ "index", "the index of a directory is index.html" },
	{ "limit_rate", "write 'throttle: { reply_rate: BYTES }'" },
	{ "limit_req", "write 'throttle: { requests: NUMBER }'" },
	{ "location", "write 'routes: [ { path: PATH } ]', in a site" },
	{ "proxy_pass", "Duet serves files and does not proxy" },
	{ "respond", "write 'reply: { status: 200, text: TEXT }'" },
	{ "return", "write 'redirect: { to: URL }' or 'reply'" },
	{ "reverse_proxy", "Duet serves files and does not proxy" },
	{ "rewrite", "write 'redirect: { to: URL }', in a route" },
	{ "server", "write 'sites', a list" },
	{ "server_name", "write 'names', in a site" },
	{ "servers", "write 'sites', a list" },
	{ "ServerName", "write 'names', in a site" },
	{ "ssl_certificate",
	  "write 'identities: [ { cert: FILE, key: FILE } ]'" },
	{ "ssl_certificate_key",
	  "write 'identities: [ { cert: FILE, key: FILE } ]'" },
	{ "tls", "write 'identities: [ { cert: FILE, key: FILE } ]'" },
	{ "try_files", "write 'fallback: PATH'" },
	{ "worker_processes", "write 'workers', at the top" },
};

const char *duet_foreign_key(struct duet_bytes key)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (duet_bytes_eq(key, keys[i].key))
			return keys[i].remedy;
	return NULL;
}

/* ---- files ---- */

/* The next line that says anything, without blanks and comments around it. */
static struct duet_bytes next_line(const char **at, const char *end)
{
	struct duet_bytes line = { NULL, 0 };
	const char *p = *at;
	const char *mark;

	while (line.len == 0 && p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));

		if (newline == NULL)
			newline = end;
		mark = memchr(p, '#', (size_t)(newline - p));
		line.data = p;
		line.len = (size_t)((mark != NULL ? mark : newline) - p);
		line = duet_trim(line);
		p = newline < end ? newline + 1 : end;
	}
	*at = p;
	return line;
}

/* Whether a key may end with the colon at p[i]: a blank is behind it, or what
 * begins a value that needs none, or a quote is before it. */
static bool is_end_of_key(const char *p, size_t len, size_t i)
{
	if (p[i] != ':')
		return false;
	if (i + 1 == len || strchr(" \t[{\"'", p[i + 1]) != NULL)
		return true;
	return i > 0 && strchr("\"'", p[i - 1]) != NULL;
}

/* A pair, "a: b" or "\"a\":b", or what a sequence may have in a line. */
static bool is_yaml(struct duet_bytes line)
{
	const char *p = line.data;
	size_t i;

	if (line.len == 0 || strchr("-[]}?", p[0]) != NULL)
		return true;
	for (i = 0; i < line.len; i++)
		if (is_end_of_key(p, line.len, i))
			return true;
	return false;
}

static bool ends_with(struct duet_bytes line, char c)
{
	return line.len > 0 && ((const char *)line.data)[line.len - 1] == c;
}

/* "user www;", or "server {", "example.org {", "{" and then what is no pair. */
const char *duet_foreign_file(struct duet_bytes text)
{
	const char *at = text.data;
	const char *end = text.len > 0 ? at + text.len : at;
	struct duet_bytes first = next_line(&at, end);
	struct duet_bytes second = next_line(&at, end);

	if (is_yaml(first))
		return NULL;
	if (ends_with(first, ';'))
		return "nginx";
	if (!ends_with(first, '{') || is_yaml(second))
		return NULL;
	return ends_with(second, ';') || ends_with(second, '{') ? "nginx"
								: "Caddy";
}

/* ---- placeholders ---- */

/* Of nginx; what ends in '_' begins one. */
static const char *const variables[] = {
	"arg_",        "args",        "document_uri", "host",
	"http_",       "is_args",     "query_string", "request_filename",
	"request_uri", "scheme",      "server_name",  "uri",
	"cookie_",     "remote_addr",
};

/* A '$' in a URL is fine else: "?$filter=x", "/$web/". */
static bool is_variable(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz_");
	size_t i;

	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		size_t n = strlen(variables[i]);
		bool begins = len >= n && memcmp(name, variables[i], n) == 0;

		if (begins && (len == n || variables[i][n - 1] == '_'))
			return true;
	}
	return false;
}

bool duet_foreign_placeholder(const char *url)
{
	const char *scheme = strstr(url, "://");
	size_t host = scheme == NULL ? 0 : (size_t)(scheme + 3 - url);
	size_t query = strcspn(url, "?");
	const char *p;

	if (strpbrk(url, "{}") != NULL)
		return true;
	host += scheme == NULL ? 0 : strcspn(url + host, "/?#");
	for (p = strchr(url, '$'); p != NULL; p = strchr(p + 1, '$')) {
		size_t at = (size_t)(p - url);
		bool is_number = duet_is_digit((unsigned char)p[1]) &&
				 !duet_is_digit((unsigned char)p[2]);

		if (at < host || (is_number && at < query) ||
		    is_variable(p + 1))
			return true;
	}
	return false;
}
