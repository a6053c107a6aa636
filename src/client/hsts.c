/* SPDX-License-Identifier: MIT */
#include "client/hsts.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/host.h"
#include "client/keep.h"

enum {
	HOST_MAX = 255,
	/* Each answer says it anew. To write it is worth a twentieth. */
	WORTH_WRITING = 20,
};

struct known {
	char *host; /* without the dot of the root */
	bool below; /* includeSubDomains */
	int64_t expires;
	bool is_changed;
};

/* One that is over is the mark of one that is to go from the file. */
struct duet_hsts {
	struct known *list;
	size_t n;
	size_t cap;
};

struct duet_hsts *duet_hsts_new(struct duet_error *err)
{
	struct duet_hsts *hsts = duet_mem_zalloc(sizeof(*hsts));

	if (hsts == NULL)
		(void)duet_error_nomem(err);
	return hsts;
}

void duet_hsts_free(struct duet_hsts *hsts)
{
	size_t i;

	if (hsts == NULL)
		return;
	for (i = 0; i < hsts->n; i++)
		duet_mem_free(hsts->list[i].host);
	duet_mem_free(hsts->list);
	duet_mem_free(hsts);
}

/* s8.2: names are compared without regard to case, and to the root's dot. */
static char *plain_host(const char *host)
{
	size_t len = strlen(host);
	char *copy;
	char *p;

	if (len > 1 && host[len - 1] == '.')
		len--;
	copy = duet_mem_strndup(host, len);
	for (p = copy; p != NULL && *p != '\0'; p++)
		*p = (char)duet_to_lower((unsigned char)*p);
	return copy;
}

static struct known *find(struct duet_hsts *hsts, const char *host)
{
	size_t i;

	for (i = 0; i < hsts->n; i++)
		if (strcmp(hsts->list[i].host, host) == 0)
			return &hsts->list[i];
	return NULL;
}

static void evict_one(struct duet_hsts *hsts)
{
	size_t victim = 0;
	size_t i;

	for (i = 1; i < hsts->n; i++)
		if (hsts->list[i].expires < hsts->list[victim].expires)
			victim = i;
	duet_mem_free(hsts->list[victim].host);
	hsts->list[victim] = hsts->list[--hsts->n];
}

/* Takes over known->host. DUET_OK, DUET_E_NOMEM. */
static int add(struct duet_hsts *hsts, const struct known *known)
{
	size_t cap = hsts->cap == 0 ? 16 : 2 * hsts->cap;
	struct known *list;

	if (hsts->n == DUET_HSTS_MAX)
		evict_one(hsts);
	if (hsts->n == hsts->cap) {
		list = duet_mem_resize(hsts->list, cap * sizeof(*list));
		if (list == NULL) {
			duet_mem_free(known->host);
			return DUET_E_NOMEM;
		}
		hsts->list = list;
		hsts->cap = cap;
	}
	hsts->list[hsts->n++] = *known;
	return DUET_OK;
}

/* Takes over known->host. */
static int put(struct duet_hsts *hsts, const struct known *known)
{
	struct known *old;

	if (known->host == NULL)
		return DUET_E_NOMEM;
	old = find(hsts, known->host);
	if (old == NULL)
		return add(hsts, known);
	duet_mem_free(known->host);
	old->is_changed = old->is_changed || known->is_changed;
	old->below = known->below;
	old->expires = known->expires;
	return DUET_OK;
}

/* Whether it is worth to be written that it lasts until then. */
static bool is_worth_writing(const struct known *old, const struct known *new,
			     int64_t now)
{
	int64_t age = new->expires - now;
	int64_t moved = old != NULL ? new->expires - old->expires : 0;

	if (old == NULL)
		return age > 0;
	return old->below != new->below || age <= 0 || moved < 0 ||
	       moved > age / WORTH_WRITING;
}

int duet_hsts_note(struct duet_hsts *hsts, const char *host, const char *value,
		   int64_t now)
{
	struct known known = { 0 };
	struct known *old;
	uint64_t max_age = 0;

	if (duet_host_is_address(host) || strlen(host) > HOST_MAX ||
	    !duet_hsts_parse_value(value, &max_age, &known.below))
		return DUET_OK;
	if (max_age > (uint64_t)DUET_HSTS_AGE_MAX)
		max_age = (uint64_t)DUET_HSTS_AGE_MAX;
	known.expires = max_age > 0 ? now + (int64_t)max_age : 0;
	known.host = plain_host(host);
	if (known.host == NULL)
		return DUET_E_NOMEM;
	old = find(hsts, known.host);
	known.is_changed = is_worth_writing(old, &known, now);
	/* One that nobody knew has not to be forgotten either. */
	if (old == NULL && max_age == 0) {
		duet_mem_free(known.host);
		return DUET_OK;
	}
	return put(hsts, &known);
}

bool duet_hsts_knows(const struct duet_hsts *hsts, const char *host,
		     int64_t now)
{
	char plain[HOST_MAX + 1];
	size_t len = strlen(host);
	size_t i;

	if (hsts == NULL || len > HOST_MAX || duet_host_is_address(host))
		return false;
	if (len > 1 && host[len - 1] == '.')
		len--;
	memcpy(plain, host, len);
	plain[len] = '\0';
	for (i = 0; i < hsts->n; i++) {
		const struct known *known = &hsts->list[i];

		if (known->expires > now &&
		    (known->below ? duet_host_is_within(plain, known->host)
				  : strcmp(plain, known->host) == 0))
			return true;
	}
	return false;
}

bool duet_hsts_has_changed(const struct duet_hsts *hsts)
{
	size_t i;

	for (i = 0; i < hsts->n; i++)
		if (hsts->list[i].is_changed)
			return true;
	return false;
}

/* The file, as curl has it: '.' before a host that speaks for those below it,
 * and a moment in UTC, or the word unlimited. */

/* "20261129 16:27:14" */
static bool parse_time(const char *text, int64_t *ret)
{
	static const struct {
		size_t at;
		size_t len;
		uint64_t most;
	} parts[] = { { 0, 4, 9999 }, { 4, 2, 12 },  { 6, 2, 31 },
		      { 9, 2, 23 },   { 12, 2, 59 }, { 15, 2, 60 } };
	struct duet_civil civil = { 0 };
	int *const into[] = { &civil.year, &civil.month,  &civil.day,
			      &civil.hour, &civil.minute, &civil.second };
	size_t i;

	if (strcmp(text, "unlimited") == 0) {
		*ret = INT64_MAX;
		return true;
	}
	if (strlen(text) != 17 || text[8] != ' ' || text[11] != ':' ||
	    text[14] != ':')
		return false;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct duet_bytes digits = { text + parts[i].at,
						   parts[i].len };
		uint64_t value = 0;

		if (!duet_parse_u64(digits, &value) || value > parts[i].most)
			return false;
		*into[i] = (int)value;
	}
	if (civil.month < 1 || civil.day < 1)
		return false;
	*ret = duet_wall_from_civil(&civil);
	return true;
}

/* A file that is being read. */
struct reading {
	struct duet_hsts *hsts;
	bool changed; /* it is not from there that they are written */
	int64_t now;
};

static int parse_line(void *arg, char *line)
{
	const struct reading *reading = arg;
	struct known known = { .is_changed = reading->changed };
	char *quote = strchr(line, '"');
	char *end = quote != NULL ? strchr(quote + 1, '"') : NULL;
	size_t host;

	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return DUET_OK;
	known.below = *line == '.';
	line += known.below;
	host = strcspn(line, " \t\"");
	if (end == NULL || end[1 + strspn(end + 1, " \t")] != '\0' ||
	    host == 0 || host > HOST_MAX ||
	    line + host + strspn(line + host, " \t") != quote)
		return DUET_E_ARGUMENT;
	*end = '\0';
	if (!parse_time(quote + 1, &known.expires))
		return DUET_E_ARGUMENT;
	line[host] = '\0';
	if (known.expires <= reading->now || duet_host_is_address(line))
		return DUET_OK;
	known.host = plain_host(line);
	if (known.host != NULL && !duet_host_is_plain(known.host)) {
		duet_mem_free(known.host);
		return DUET_E_ARGUMENT;
	}
	return put(reading->hsts, &known);
}

static int parse(struct duet_hsts *hsts, struct duet_bytes text, bool changed,
		 struct duet_error *err)
{
	struct reading reading = { hsts, changed, duet_clock_wall() };
	size_t number;
	int rc = duet_keep_lines(text, parse_line, &reading, &number);

	if (rc == DUET_E_ARGUMENT)
		return duet_error_set(err, rc,
				      "line %zu is no host with a time, as in: .example.org \"20271231 23:59:59\"",
				      number);
	return rc < 0 ? duet_error_nomem(err) : DUET_OK;
}

int duet_hsts_parse(struct duet_hsts *hsts, struct duet_bytes text,
		    struct duet_error *err)
{
	return parse(hsts, text, true, err);
}

static int print_one(struct duet_buf *text, const struct known *known)
{
	struct duet_civil t;

	if (known->expires == INT64_MAX)
		return duet_buf_printf(text, "%s%s \"unlimited\"\n",
				       known->below ? "." : "", known->host);
	duet_civil_from_wall(&t, known->expires);
	return duet_buf_printf(text, "%s%s \"%04d%02d%02d %02d:%02d:%02d\"\n",
			       known->below ? "." : "", known->host, t.year,
			       t.month, t.day, t.hour, t.minute, t.second);
}

int duet_hsts_print(const struct duet_hsts *hsts, struct duet_buffer *ret,
		    struct duet_error *err)
{
	int64_t now = duet_clock_wall();
	struct duet_buf text;
	size_t i;
	int rc;

	duet_buf_init(&text, DUET_HSTS_FILE_MAX);
	rc = duet_buf_add_str(&text,
			      "# Hosts that want https only (RFC 6797).\n"
			      "# Written by duet; curl(1) reads it too.\n");
	for (i = 0; i < hsts->n && rc == DUET_OK; i++)
		if (hsts->list[i].expires > now)
			rc = print_one(&text, &hsts->list[i]);
	if (rc == DUET_OK)
		rc = duet_buf_take(&text, ret);
	duet_buf_done(&text);
	return rc < 0 ? duet_error_nomem(err) : DUET_OK;
}

/* What is from there is not written there again. */
static int parse_kept(void *arg, struct duet_bytes text, struct duet_error *err)
{
	return parse(arg, text, false, err);
}

int duet_hsts_read(struct duet_hsts *hsts, const char *path,
		   struct duet_error *err)
{
	return duet_keep_read(path, DUET_HSTS_FILE_MAX, parse_kept, hsts, err);
}

static int merge_changed(struct duet_hsts *into, const struct duet_hsts *from)
{
	int rc = DUET_OK;
	size_t i;

	for (i = 0; i < from->n && rc == DUET_OK; i++) {
		struct known known = from->list[i];

		if (!known.is_changed)
			continue;
		known.host = duet_mem_strdup(known.host);
		rc = put(into, &known);
	}
	return rc;
}

static int merge(void *arg, struct duet_bytes now, struct duet_buffer *ret,
		 struct duet_error *err)
{
	struct duet_hsts *there = duet_hsts_new(err);
	int rc = there != NULL ? DUET_OK : DUET_E_NOMEM;

	if (rc == DUET_OK)
		rc = duet_hsts_parse(there, now, err);
	if (rc == DUET_OK && merge_changed(there, arg) < 0)
		rc = duet_error_nomem(err);
	if (rc == DUET_OK)
		rc = duet_hsts_print(there, ret, err);
	duet_hsts_free(there);
	return rc;
}

int duet_hsts_write(const struct duet_hsts *hsts, const char *path,
		    struct duet_error *err)
{
	return duet_keep(path, DUET_HSTS_FILE_MAX, merge, (void *)hsts, err);
}
