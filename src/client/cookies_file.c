/* SPDX-License-Identifier: MIT */
/*
 * The form of Netscape's browser, which curl and others read and write: seven
 * fields a line with tabs between, "#HttpOnly_" before some, and 0 for the time
 * of those that last as long as a session. Theirs are host, whether it is for
 * names below it too, path, whether it is Secure, when it ends, name, value.
 */
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/cookies.h"
#include "client/host.h"
#include "client/keep.h"

enum {
	FIELDS = 7,
};

static const char mark[] = "#HttpOnly_";

static const char heading[] = "# Netscape HTTP Cookie File\n"
			      "# Written by duet; curl(1) reads it too.\n\n";

/* text is cut at its tabs, of which the last field may have more; the number
 * of fields. */
static size_t split(char *text, char *fields[FIELDS])
{
	size_t n = 0;

	for (;;) {
		char *tab = strchr(text, '\t');

		fields[n++] = text;
		if (tab == NULL || n == FIELDS)
			return n;
		*tab = '\0';
		text = tab + 1;
	}
}

static bool parse_flag(const char *text, bool *ret)
{
	*ret = duet_str_eq_nocase(text, "TRUE");
	return *ret || duet_str_eq_nocase(text, "FALSE");
}

static char *lower(const char *text)
{
	char *copy = duet_mem_strdup(text);
	char *p;

	for (p = copy; p != NULL && *p != '\0'; p++)
		*p = (char)duet_to_lower((unsigned char)*p);
	return copy;
}

static bool has_good_size(char *const fields[FIELDS])
{
	return strlen(fields[0]) <= DUET_COOKIE_ATTRIBUTE_MAX &&
	       strlen(fields[2]) <= DUET_COOKIE_ATTRIBUTE_MAX &&
	       strlen(fields[5]) + strlen(fields[6]) <= DUET_COOKIE_MAX;
}

/* DUET_OK, DUET_E_ARGUMENT (no words), DUET_E_NOMEM. */
static int parse_fields(struct duet_cookie *ret, char *fields[FIELDS])
{
	bool below = false;
	uint64_t expires = 0;

	if (fields[0][0] == '.')
		fields[0]++;
	if (!has_good_size(fields) || !parse_flag(fields[1], &below) ||
	    (fields[5][0] == '\0' && fields[6][0] == '\0') ||
	    fields[2][0] != '/' || !parse_flag(fields[3], &ret->secure) ||
	    !duet_parse_u64(duet_str(fields[4]), &expires))
		return DUET_E_ARGUMENT;
	ret->persistent = expires != 0;
	ret->expires = expires < INT64_MAX ? (int64_t)expires : INT64_MAX;
	ret->domain = lower(fields[0]);
	ret->path = duet_mem_strdup(fields[2]);
	ret->name = duet_mem_strdup(fields[5]);
	ret->value = duet_mem_strdup(fields[6]);
	if (ret->domain == NULL || ret->path == NULL || ret->name == NULL ||
	    ret->value == NULL)
		return DUET_E_NOMEM;
	if (!duet_host_is_plain(ret->domain))
		return DUET_E_ARGUMENT;
	/* Whoever wrote it so: nobody gets the cookies of strangers. */
	ret->host_only = !below || duet_host_is_address(ret->domain) ||
			 duet_host_is_public_suffix(ret->domain);
	return DUET_OK;
}

/* A file that is being read. */
struct reading {
	struct duet_cookies *cookies;
	bool changed; /* it is not from there that they are written */
	int64_t now;
};

static int parse_line(void *arg, char *line)
{
	const struct reading *reading = arg;
	char empty[] = "";
	char *fields[FIELDS] = { NULL };
	struct duet_cookie cookie = { 0 };
	size_t n;
	int rc;

	cookie.http_only = duet_str_starts(line, mark);
	if (cookie.http_only)
		line += sizeof(mark) - 1;
	else if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
		return DUET_OK;
	if (!duet_cookie_is_clean(line))
		return DUET_E_ARGUMENT;
	n = split(line, fields);
	/* Some leave an empty value out. */
	if (n == FIELDS - 1)
		fields[n++] = empty;
	if (n != FIELDS)
		return DUET_E_ARGUMENT;
	rc = parse_fields(&cookie, fields);
	if (rc < 0 || !duet_cookie_has_honest_name(&cookie) ||
	    (cookie.persistent && cookie.expires <= reading->now)) {
		duet_cookie_done(&cookie);
		return rc;
	}
	return duet_cookies_put(reading->cookies, &cookie, reading->changed,
				reading->now);
}

static int parse(struct duet_cookies *cookies, struct duet_bytes text,
		 bool changed, struct duet_error *err)
{
	struct reading reading = { cookies, changed, duet_clock_wall() };
	size_t number;
	int rc = duet_keep_lines(text, parse_line, &reading, &number);

	if (rc == DUET_E_ARGUMENT)
		return duet_error_set(err, rc,
				      "line %zu is no cookie in the form of Netscape's file: seven fields with tabs between",
				      number);
	return rc < 0 ? duet_error_nomem(err) : DUET_OK;
}

int duet_cookies_parse(struct duet_cookies *cookies, struct duet_bytes text,
		       struct duet_error *err)
{
	return parse(cookies, text, true, err);
}

/* A tab divides fields, and only the last may have one. */
static bool can_be_written(const struct duet_cookie *cookie, int64_t now)
{
	return (!cookie->persistent || cookie->expires > now) &&
	       strchr(cookie->name, '\t') == NULL &&
	       strchr(cookie->path, '\t') == NULL;
}

int duet_cookies_print(const struct duet_cookies *cookies,
		       struct duet_buffer *ret, struct duet_error *err)
{
	int64_t now = duet_clock_wall();
	const struct duet_cookie *cookie;
	struct duet_buf text;
	int rc;
	size_t i;

	duet_buf_init_secret(&text, DUET_COOKIES_FILE_MAX);
	rc = duet_buf_add_str(&text, heading);
	for (i = 0; rc == DUET_OK; i++) {
		cookie = duet_cookies_at(cookies, i);
		if (cookie == NULL)
			break;
		if (!can_be_written(cookie, now))
			continue;
		rc = duet_buf_printf(&text,
				     "%s%s%s\t%s\t%s\t%s\t%lld\t%s\t%s\n",
				     cookie->http_only ? mark : "",
				     cookie->host_only ? "" : ".",
				     cookie->domain,
				     cookie->host_only ? "FALSE" : "TRUE",
				     cookie->path,
				     cookie->secure ? "TRUE" : "FALSE",
				     cookie->persistent
					     ? (long long)cookie->expires
					     : 0,
				     cookie->name, cookie->value);
	}
	if (rc == DUET_OK)
		rc = duet_buf_take(&text, ret);
	duet_buf_done_secret(&text);
	return rc < 0 ? duet_error_nomem(err) : DUET_OK;
}

/* What is from there is not written there again. */
static int parse_kept(void *arg, struct duet_bytes text, struct duet_error *err)
{
	return parse(arg, text, false, err);
}

int duet_cookies_read(struct duet_cookies *cookies, const char *path,
		      struct duet_error *err)
{
	return duet_keep_read(path, DUET_COOKIES_FILE_MAX, parse_kept, cookies,
			      err);
}

static int merge(void *arg, struct duet_bytes now, struct duet_buffer *ret,
		 struct duet_error *err)
{
	struct duet_cookies *there = duet_cookies_new(err);
	int rc = there != NULL ? DUET_OK : DUET_E_NOMEM;

	if (rc == DUET_OK)
		rc = duet_cookies_parse(there, now, err);
	if (rc == DUET_OK &&
	    duet_cookies_merge(there, arg, duet_clock_wall()) < 0)
		rc = duet_error_nomem(err);
	if (rc == DUET_OK)
		rc = duet_cookies_print(there, ret, err);
	duet_cookies_free(there);
	return rc;
}

int duet_cookies_write(const struct duet_cookies *cookies, const char *path,
		       struct duet_error *err)
{
	return duet_keep(path, DUET_COOKIES_FILE_MAX, merge, (void *)cookies,
			 err);
}
