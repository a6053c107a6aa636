/* SPDX-License-Identifier: MIT */
#include "settings/table.h"

#include <string.h>

#include "base/str.h"
#include "settings/settings.h"

/* The member's type is checked: another kind of pointer is a warning here. */
#define AT(type, strukt, member)    \
	(offsetof(strukt, member) + \
	 0 * sizeof((type *)0 == &((strukt *)0)->member))
#define FLAG(strukt, member) \
	.kind = DUET_ROW_FLAG, .offset = AT(bool, strukt, member)
#define NUMBER(strukt, member, lowest, highest)                           \
	.kind = DUET_ROW_NUMBER, .offset = AT(int64_t *, strukt, member), \
	.size = sizeof(int64_t), .by_pointer = true, .min = (lowest),     \
	.max = (highest)
#define CHOICE(strukt, member) \
	.kind = DUET_ROW_CHOICE, .offset = AT(int *, strukt, member)
#define TEXT(strukt, member) \
	.kind = DUET_ROW_TEXT, .offset = AT(char *, strukt, member)
#define TEXTS(strukt, member)                                          \
	.kind = DUET_ROW_TEXTS, .offset = AT(char **, strukt, member), \
	.count_offset = AT(uint32_t, strukt, n_##member)
#define MAP(pointer, strukt, member, table)                          \
	.kind = DUET_ROW_MAP, .offset = AT(pointer, strukt, member), \
	.of = &(table)
#define MAPS(pointer, strukt, member, table)                          \
	.kind = DUET_ROW_MAPS, .offset = AT(pointer, strukt, member), \
	.count_offset = AT(uint32_t, strukt, n_##member), .of = &(table)
/* A bool of its own, for what is switched off. */
#define NONE_OF(strukt, member) \
	.none_key = #member, .none_offset = AT(bool, strukt, member)
#define NONE(member) NONE_OF(struct duet_settings_rules, member)
/* A limit is its own default when it is 0, so that none is set by it. */
#define LIMIT(type, member, lowest, highest)                                  \
	.kind = DUET_ROW_NUMBER,                                              \
	.offset = AT(type, struct duet_limits, member), .size = sizeof(type), \
	.min = (lowest), .max = (highest)
#define SIZE(member, lowest) \
	LIMIT(uint32_t, member, lowest, UINT32_MAX), .unit = "bytes"
#define COUNT(member) LIMIT(uint32_t, member, 1, UINT32_MAX)
#define TIME(member) \
	LIMIT(int32_t, member, 1, INT32_MAX), .unit = "milliseconds"

static const struct duet_row limit_rows[] = {
	{ "line_bytes", SIZE(line_bytes, 256), .fallback = "8192",
	  .help = "one line of a request's head; beyond it 414 or 431" },
	{ "head_bytes", SIZE(head_bytes, 1024), .fallback = "32768",
	  .help = "a whole head, or trailers; beyond it 431" },
	{ "headers", COUNT(headers), .fallback = "100",
	  .help = "field lines of a head or of trailers; beyond it 431" },
	{ "body_bytes", LIMIT(uint64_t, body_bytes, 1, INT64_MAX),
	  .unit = "bytes", .fallback = "9223372036854775807",
	  .help = "the body of a request; beyond it 413" },
	{ "requests", COUNT(requests), .fallback = "10000",
	  .help = "requests on one connection, which is then closed" },
	{ "handshake_ms", TIME(handshake_ms), .fallback = "10000",
	  .help = "the TLS handshake" },
	{ "head_ms", TIME(head_ms), .fallback = "10000",
	  .help = "from the first byte of a head to its last" },
	{ "idle_ms", TIME(idle_ms), .fallback = "60000",
	  .help = "between two requests" },
	{ "body_ms", TIME(body_ms), .fallback = "20000",
	  .help = "the body of a request, and more by body_rate" },
	{ "body_rate", COUNT(body_rate), .unit = "bytes a second",
	  .fallback = "500",
	  .help = "a body may take a second more for so many bytes" },
	{ "stall_ms", TIME(stall_ms), .fallback = "120000",
	  .help = "the body of a request without any byte of it" },
	{ "send_ms", TIME(send_ms), .fallback = "60000",
	  .help = "bytes of ours wait without any leaving" },
	{ "linger_ms", TIME(linger_ms), .fallback = "2000",
	  .help = "for the client's end after ours" },
	{ "streams", COUNT(streams), .fallback = "100",
	  .help = "HTTP/2: requests under way at once on a connection" },
	{ "resets", COUNT(resets), .unit = "in ten seconds", .fallback = "200",
	  .help = "HTTP/2: streams that the client resets or breaks" },
	{ "controls", COUNT(controls), .unit = "in ten seconds",
	  .fallback = "1000",
	  .help = "HTTP/2: frames that move no message on" },
	{ "window_bytes", LIMIT(uint32_t, window_bytes, 1, INT32_MAX),
	  .unit = "bytes", .fallback = "65536",
	  .help = "HTTP/2: of a body that is not taken yet, a stream" },
	{ 0 },
};
static const struct duet_table limits = { "limits", "in 'limits'",
					  "under 'limits'",
					  sizeof(struct duet_limits),
					  limit_rows };

static const struct duet_row log_rows[] = {
	{ "file", TEXT(struct duet_settings_log, file), .words = "FILE|-|none",
	  .fallback = "-",
	  .help = "where a line goes for every request; -: standard output, none: nowhere" },
	{ "format", CHOICE(struct duet_settings_log, format),
	  .words = "json|common|combined", .fallback = "json",
	  .help = "of its lines" },
	{ 0 },
};
static const struct duet_table log_table = { "a log", "in 'log'", "under 'log'",
					     sizeof(struct duet_settings_log),
					     log_rows };

static const struct duet_row identity_rows[] = {
	{ "cert", TEXT(struct duet_settings_identity, cert), .words = "FILE",
	  .is_required = true,
	  .help = "the certificate and its chain, in PEM" },
	{ "key", TEXT(struct duet_settings_identity, key), .words = "FILE",
	  .fallback = "the file of cert", .help = "its private key, in PEM" },
	{ 0 },
};
static const struct duet_table identity = {
	"an identity",
	"in an identity",
	"under 'identities' of a site",
	sizeof(struct duet_settings_identity),
	identity_rows,
	.example = "cert: chain.pem, key: key.pem"
};

/* ---- what a site and a route may say ---- */

static const struct duet_row redirect_rows[] = {
	{ "to", TEXT(struct duet_settings_redirect, to), .words = "URL|PATH",
	  .is_required = true,
	  .help = "where it is; if it ends in '/', without '?' or '#' in it, what follows the route's path is added" },
	{ "status", NUMBER(struct duet_settings_redirect, status, 301, 308),
	  .fallback = "302", .help = "301, 302, 303, 307 or 308" },
	{ 0 },
};
static const struct duet_table redirect = {
	"a redirect",       "in 'redirect'",
	"under 'redirect'", sizeof(struct duet_settings_redirect),
	redirect_rows,      .example = "to: \"https://example.org/\""
};

static const struct duet_row reply_rows[] = {
	{ "status", NUMBER(struct duet_settings_reply, status, 200, 599),
	  .is_required = true, .help = "of the reply" },
	{ "type", TEXT(struct duet_settings_reply, type), .words = "MEDIA-TYPE",
	  .fallback = "text/plain; charset=utf-8", .help = "of the text" },
	{ "text", TEXT(struct duet_settings_reply, text), .words = "TEXT",
	  .fallback = "nothing, or the page for an error",
	  .help = "the body of the reply" },
	{ 0 },
};
static const struct duet_table reply = {
	"a reply",       "in 'reply'",
	"under 'reply'", sizeof(struct duet_settings_reply),
	reply_rows,      .example = "status: 404"
};

static const struct duet_row header_rows[] = {
	{ "set", TEXT(struct duet_settings_field, set), .words = "NAME",
	  .fallback = "none",
	  .help = "a field to have in place of those of that name" },
	{ "add", TEXT(struct duet_settings_field, add), .words = "NAME",
	  .fallback = "none",
	  .help = "a field to have beside those of that name" },
	{ "remove", TEXT(struct duet_settings_field, remove), .words = "NAME",
	  .fallback = "none", .help = "a field not to have" },
	{ "value", TEXT(struct duet_settings_field, value), .words = "TEXT",
	  .fallback = "none", .help = "of the field that is set or added" },
	{ 0 },
};
static const struct duet_table header = {
	"a header",        "in a header",
	"under 'headers'", sizeof(struct duet_settings_field),
	header_rows,       .example = "set: X-Frame-Options, value: DENY"
};

static const struct duet_row cache_rows[] = {
	{ "files", TEXTS(struct duet_settings_cache, files),
	  .words = "\"*.css\"|NAME", .fallback = "every file",
	  .help = "names of files, or how they end" },
	{ "control", TEXT(struct duet_settings_cache, control), .words = "TEXT",
	  .is_required = true, .help = "the field Cache-Control for them" },
	{ 0 },
};
static const struct duet_table cache = {
	"a cache rule",  "in a cache rule",
	"under 'cache'", sizeof(struct duet_settings_cache),
	cache_rows,      .example = "files: \"*.css\", control: max-age=3600"
};

static const struct duet_row error_rows[] = {
	{ "status", NUMBER(struct duet_settings_error, status, 400, 599),
	  .is_required = true, .help = "of the error" },
	{ "file", TEXT(struct duet_settings_error, file), .words = "PATH",
	  .is_required = true,
	  .help = "its page, beneath the root: \"/404.html\"" },
	{ 0 },
};
static const struct duet_table error = {
	"an error page",  "in an error page",
	"under 'errors'", sizeof(struct duet_settings_error),
	error_rows,       .example = "status: 404, file: /404.html"
};

#define AMOUNT(member, highest)                                        \
	.kind = DUET_ROW_NUMBER,                                       \
	.offset = AT(uint32_t, struct duet_settings_throttle, member), \
	.size = sizeof(uint32_t), .min = 1, .max = (highest)

static const struct duet_row throttle_rows[] = {
	{ "requests", AMOUNT(requests, 100000), .fallback = "no limit",
	  .help = "so many in 'seconds', on average; beyond it 429" },
	{ "seconds", AMOUNT(seconds, 86400), .fallback = "1",
	  .help = "the time 'requests' is for" },
	{ "burst", AMOUNT(burst, 100000), .fallback = "as many as requests",
	  .help = "so many may come at once after a rest" },
	{ "concurrent", AMOUNT(concurrent, 100000), .fallback = "no limit",
	  .help = "requests under way at once; beyond it 429" },
	{ "reply_rate", AMOUNT(reply_rate, UINT32_MAX),
	  .unit = "bytes a second", .fallback = "no limit",
	  .help = "of the body of each reply" },
	{ "clients", AMOUNT(clients, 16777216), .fallback = "65536",
	  .help = "that are remembered; 8 bytes each" },
	{ "v4_bits", AMOUNT(v4_bits, 32), .fallback = "32",
	  .help = "of an IPv4 address that make a client" },
	{ "v6_bits", AMOUNT(v6_bits, 128), .fallback = "64",
	  .help = "of an IPv6 address that make a client" },
	{ 0 },
};
static const struct duet_table throttle = {
	"a throttle", "in 'throttle'", "under 'throttle'",
	sizeof(struct duet_settings_throttle), throttle_rows
};

static const struct duet_row auth_rows[] = {
	{ "users", TEXT(struct duet_settings_auth, users), .words = "FILE",
	  .is_required = true,
	  .help = "lines of NAME:HASH, as crypt(5) has hashes" },
	{ "realm", TEXT(struct duet_settings_auth, realm), .words = "TEXT",
	  .fallback = "the path", .help = "what browsers show when they ask" },
	{ 0 },
};
static const struct duet_table auth = { "an auth", "in 'auth'", "under 'auth'",
					sizeof(struct duet_settings_auth),
					auth_rows };

/* Every struct that has rules begins with them. */
static const struct duet_row rule_rows[] = {
	{ "root", TEXT(struct duet_settings_rules, root), .words = "DIRECTORY",
	  .fallback = "none", .help = "the directory with its files" },
	{ "list", .kind = DUET_ROW_FLAG, .by_pointer = true,
	  .offset = AT(bool *, struct duet_settings_rules, list),
	  .fallback = "false",
	  .help = "lists directories without an index.html" },
	{ "compress", .kind = DUET_ROW_FLAG, .by_pointer = true,
	  .offset = AT(bool *, struct duet_settings_rules, compress),
	  .fallback = "true",
	  .help = "encodes text on the fly for clients that take it" },
	{ "insecure_http", .kind = DUET_ROW_FLAG, .by_pointer = true,
	  .offset = AT(bool *, struct duet_settings_rules, insecure_http),
	  .fallback = "false",
	  .help = "answers on the addresses of http_redirect too, where anyone on the way can read and change it" },
	{ "fallback", TEXT(struct duet_settings_rules, fallback),
	  .words = "PATH|none", NONE(no_fallback), .fallback = "none",
	  .help = "a file beneath the root in place of one that is not there" },
	{ "redirect",
	  MAP(struct duet_settings_redirect *, struct duet_settings_rules,
	      redirect, redirect),
	  .help = "sends clients elsewhere" },
	{ "reply",
	  MAP(struct duet_settings_reply *, struct duet_settings_rules, reply,
	      reply),
	  .help = "answers without files" },
	{ "headers",
	  MAPS(struct duet_settings_field *, struct duet_settings_rules,
	       headers, header),
	  .help = "changes fields of every reply, errors too, but for their type" },
	{ "cache",
	  MAPS(struct duet_settings_cache *, struct duet_settings_rules, cache,
	       cache),
	  NONE(no_cache),
	  .help = "how long caches may keep files; the first that fits" },
	{ "errors",
	  MAPS(struct duet_settings_error *, struct duet_settings_rules, errors,
	       error),
	  NONE(no_errors), .help = "pages of your own for errors" },
	{ "allow", TEXTS(struct duet_settings_rules, allow), .words = "PREFIX",
	  .fallback = "every address",
	  .help = "addresses of clients that may come in: 192.0.2.0/24, ::1" },
	{ "deny", TEXTS(struct duet_settings_rules, deny), .words = "PREFIX",
	  NONE(no_deny), .fallback = "none",
	  .help = "those that may not; the longest prefix decides; none: those around it count no more" },
	{ "throttle",
	  MAP(struct duet_settings_throttle *, struct duet_settings_rules,
	      throttle, throttle),
	  NONE(no_throttle), .help = "how much a client may ask for" },
	{ "auth",
	  MAP(struct duet_settings_auth *, struct duet_settings_rules, auth,
	      auth),
	  NONE(no_auth),
	  .help = "asks for a name and a password (Basic, RFC 7617)" },
	{ 0 },
};
static const struct duet_table rules = {
	"a site or route", "in a site or route", "in a site or route",
	sizeof(struct duet_settings_rules), rule_rows
};

static const struct duet_row route_rows[] = {
	{ "path", TEXT(struct duet_settings_route, path), .words = "PATH",
	  .is_required = true,
	  .help = "\"/a\": that path; \"/a/\": that and all below it" },
	{ 0 },
};
static const struct duet_table route = { "a route",
					 "in a route",
					 "under 'routes' of a site",
					 sizeof(struct duet_settings_route),
					 route_rows,
					 &rules };

/* ---- a site ---- */

static const struct duet_row hsts_rows[] = {
	{ "max_age_s",
	  NUMBER(struct duet_settings_hsts, max_age_s, 0, 315360000),
	  .unit = "seconds", .is_required = true,
	  .help = "for so long browsers will take the site by HTTPS only" },
	{ "subdomains", FLAG(struct duet_settings_hsts, subdomains),
	  .fallback = "false", .help = "and all names below its names" },
	{ "preload", FLAG(struct duet_settings_hsts, preload),
	  .fallback = "false",
	  .help = "agrees to be in the list that browsers come with" },
	{ 0 },
};
static const struct duet_table hsts = { "HSTS", "in 'hsts'", "under 'hsts'",
					sizeof(struct duet_settings_hsts),
					hsts_rows };

static const struct duet_row site_rows[] = {
	{ "names", TEXTS(struct duet_settings_site, names), .words = "NAME",
	  .fallback = "every name",
	  .help = "host names; *.example.org is all names one label below" },
	{ "default", FLAG(struct duet_settings_site, is_default),
	  .fallback = "false",
	  .help = "answers clients that ask for a name of no site, or none" },
	{ "identities",
	  MAPS(struct duet_settings_identity *, struct duet_settings_site,
	       identities, identity),
	  .fallback = "one of the local CA",
	  .help = "certificates; several if their keys are of several kinds" },
	{ "hsts",
	  MAP(struct duet_settings_hsts *, struct duet_settings_site, hsts,
	      hsts),
	  .help = "makes browsers take the site by HTTPS only (RFC 6797)" },
	{ "routes",
	  MAPS(struct duet_settings_route *, struct duet_settings_site, routes,
	       route),
	  .help = "what is different for some paths" },
	{ 0 },
};
static const struct duet_table site = {
	"a site",        "in a site",
	"under 'sites'", sizeof(struct duet_settings_site),
	site_rows,       &rules
};

static const struct duet_row top_rows[] = {
	{ "listen", TEXTS(struct duet_settings, listen),
	  .words = "HOST:PORT|unix:PATH", .fallback = "localhost:8443",
	  .help = "where connections are accepted; \":443\" is every address" },
	{ "http_redirect", TEXTS(struct duet_settings, http_redirect),
	  .words = "HOST:PORT|unix:PATH", .fallback = "none",
	  .help = "where plain HTTP is accepted, to be sent to HTTPS" },
	{ "workers", NUMBER(struct duet_settings, workers, 1, 256),
	  .fallback = "one a processor", .help = "processes that serve" },
	{ "isolation", CHOICE(struct duet_settings, isolation),
	  .words = "worker|connection", .fallback = "worker",
	  .help = "whether a process serves many connections or one" },
	{ "close", CHOICE(struct duet_settings, attitude),
	  .words = "prompt|strict", .fallback = "prompt",
	  .help = "whether the client's close_notify is waited for (strict)" },
	{ "drain_s", NUMBER(struct duet_settings, drain_s, 0, 86400),
	  .unit = "seconds", .fallback = "30",
	  .help = "for connections to end after SIGTERM" },
	{ "ticket_key_s", NUMBER(struct duet_settings, ticket_key_s, 1, 604800),
	  .unit = "seconds", .fallback = "3600",
	  .help = "until another key seals session tickets" },
	{ "max_connections",
	  NUMBER(struct duet_settings, max_connections, 1, 1000000),
	  .fallback = "10000, or as many as open files allow",
	  .help = "of one worker; more wait in line" },
	{ "admin", TEXT(struct duet_settings, admin),
	  .words = "HOST:PORT|unix:PATH|none", .fallback = "none",
	  .help = "where a status page and metrics are, for this machine only" },
	{ "log",
	  MAP(struct duet_settings_log *, struct duet_settings, log, log_table),
	  NONE_OF(struct duet_settings, no_log),
	  .help = "the access log; none: there is none" },
	{ "limits",
	  MAP(struct duet_limits *, struct duet_settings, limits, limits),
	  .help = "of every connection" },
	{ "sites",
	  MAPS(struct duet_settings_site *, struct duet_settings, sites, site),
	  .is_required = true, .help = "what is served, and by which names" },
	{ 0 },
};
const struct duet_table duet_table_top = { "the file", "at the top",
					   "at the top",
					   sizeof(struct duet_settings),
					   top_rows };

const struct duet_table *const duet_tables[] = {
	&duet_table_top, &site,      &route,  &rules, &throttle, &auth,
	&redirect,       &reply,     &header, &cache, &error,    &hsts,
	&identity,       &log_table, &limits, NULL,
};

const struct duet_row *duet_table_next(const struct duet_table *table,
				       const struct duet_row *row)
{
	const struct duet_row *end;

	row = row == NULL ? table->rows : row + 1;
	if (row->key != NULL)
		return row;
	if (table->also == NULL)
		return NULL;
	for (end = table->also->rows; end->key != NULL; end++)
		;
	return row != end ? table->also->rows : NULL;
}

const struct duet_row *duet_table_find(const struct duet_table *table,
				       struct duet_bytes key)
{
	const struct duet_row *row = NULL;

	while ((row = duet_table_next(table, row)) != NULL)
		if (duet_bytes_eq(key, row->key))
			return row;
	return NULL;
}

bool duet_table_is_none(const struct duet_row *row, struct duet_bytes word)
{
	return row->none_key != NULL && duet_bytes_eq(word, "none");
}

bool duet_table_choice(const char *words, struct duet_bytes word, int *ret)
{
	int i;

	for (i = 0; *words != '\0'; i++) {
		size_t len = strcspn(words, "|");

		if (len == word.len && memcmp(words, word.data, len) == 0) {
			*ret = i;
			return true;
		}
		words += len + (words[len] == '|');
	}
	return false;
}
