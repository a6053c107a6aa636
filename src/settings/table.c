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
	  .help = "where a line goes for every request; -: standard output" },
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
	"an identity", "in an identity", "under 'identities' of a site",
	sizeof(struct duet_settings_identity), identity_rows
};

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
	{ "root", TEXT(struct duet_settings_site, root), .words = "DIRECTORY",
	  .is_required = true, .help = "the directory with its files" },
	{ "list", FLAG(struct duet_settings_site, list), .fallback = "false",
	  .help = "lists directories without an index.html" },
	{ 0 },
};
static const struct duet_table site = { "a site", "in a site", "under 'sites'",
					sizeof(struct duet_settings_site),
					site_rows };

static const struct duet_row top_rows[] = {
	{ "listen", TEXTS(struct duet_settings, listen),
	  .words = "HOST:PORT|unix:PATH", .fallback = "localhost:8443",
	  .help = "where connections are accepted; \":443\" is every address" },
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
	{ "max_connections",
	  NUMBER(struct duet_settings, max_connections, 1, 1000000),
	  .fallback = "10000, or as many as open files allow",
	  .help = "of one worker; more wait in line" },
	{ "log",
	  MAP(struct duet_settings_log *, struct duet_settings, log, log_table),
	  .help = "the access log" },
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
	&duet_table_top, &site, &identity, &log_table, &limits, NULL,
};

const struct duet_row *duet_table_find(const struct duet_table *table,
				       struct duet_bytes key)
{
	const struct duet_row *row;

	for (row = table->rows; row->key != NULL; row++)
		if (duet_bytes_eq(key, row->key))
			return row;
	return NULL;
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
