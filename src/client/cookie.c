/* SPDX-License-Identifier: MIT */
#include "client/cookie.h"

#include <string.h>

#include "base/error.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/cookie_date.h"
#include "client/host.h"

enum {
	SHOWN_BYTES = 60, /* of a name, in a sentence */
};

/* What a field says, before anybody has judged it. */
struct said {
	struct duet_bytes name;
	struct duet_bytes value;
	struct duet_bytes domain; /* len 0: of that host only */
	struct duet_bytes path;   /* len 0: the default */
	bool has_path;
	bool secure;
	bool http_only;
	bool has_max_age;
	bool has_expires;
	int64_t max_age_until;
	int64_t expires;
};

static int refuse(struct duet_error *err, const struct said *said,
		  const char *why)
{
	char shown[SHOWN_BYTES];

	duet_str_printable(shown, sizeof(shown), said->name);
	return duet_error_set(err, DUET_E_ARGUMENT, "the cookie '%s' %s", shown,
			      why);
}

/* RFC 6265bis s5.6: WSP. */
static bool split(struct duet_bytes text, char at, struct duet_bytes *before,
		  struct duet_bytes *after)
{
	const char *found =
		text.len > 0 ? memchr(text.data, at, text.len) : NULL;
	const char *begin = text.data;

	*before = text;
	*after = (struct duet_bytes){ NULL, 0 };
	if (found == NULL)
		return false;
	before->len = (size_t)(found - begin);
	after->data = found + 1;
	after->len = text.len - before->len - 1;
	return true;
}

/* s5.6.2: a number of seconds, perhaps below zero, of any length. */
static bool parse_max_age(struct duet_bytes text, int64_t now, int64_t *ret)
{
	bool negative = text.len > 0 && *(const char *)text.data == '-';
	struct duet_bytes digits = text;
	uint64_t seconds = UINT64_MAX;
	size_t i;

	if (text.len == 0)
		return false;
	if (negative) {
		digits.data = (const char *)text.data + 1;
		digits.len--;
	}
	for (i = 0; i < digits.len; i++)
		if (!duet_is_digit(((const unsigned char *)digits.data)[i]))
			return false;
	/* What is too long to be counted is long enough. */
	if (digits.len > 0 && !duet_parse_u64(digits, &seconds))
		seconds = UINT64_MAX;
	if (negative || seconds == 0)
		*ret = 0;
	else if (seconds > (uint64_t)DUET_COOKIE_AGE_MAX)
		*ret = now + DUET_COOKIE_AGE_MAX;
	else
		*ret = now + (int64_t)seconds;
	return true;
}

/* The last of each name counts. */
static void take_attribute(struct said *said, struct duet_bytes name,
			   struct duet_bytes value, int64_t now)
{
	int64_t until = 0;

	if (value.len > DUET_COOKIE_ATTRIBUTE_MAX)
		return;
	if (duet_bytes_eq_nocase(name, "Max-Age")) {
		if (!parse_max_age(value, now, &until))
			return;
		said->has_max_age = true;
		said->max_age_until = until;
	} else if (duet_bytes_eq_nocase(name, "Expires")) {
		if (!duet_cookie_date_parse(value, &until))
			return;
		said->has_expires = true;
		said->expires = until < now + DUET_COOKIE_AGE_MAX
					? until
					: now + DUET_COOKIE_AGE_MAX;
	} else if (duet_bytes_eq_nocase(name, "Domain")) {
		if (value.len > 0 && *(const char *)value.data == '.') {
			value.data = (const char *)value.data + 1;
			value.len--;
		}
		said->domain = value;
	} else if (duet_bytes_eq_nocase(name, "Path")) {
		said->has_path = true;
		said->path = value;
		if (value.len > 0 && *(const char *)value.data != '/')
			said->path.len = 0;
	} else if (duet_bytes_eq_nocase(name, "Secure")) {
		said->secure = true;
	} else if (duet_bytes_eq_nocase(name, "HttpOnly")) {
		said->http_only = true;
	}
}

static void take_apart(struct said *said, const char *field, int64_t now)
{
	struct duet_bytes rest = duet_str(field);
	struct duet_bytes pair;

	(void)split(rest, ';', &pair, &rest);
	/* s5.6: without '=' it is a value that has no name. */
	if (!split(pair, '=', &said->name, &said->value)) {
		said->value = said->name;
		said->name.len = 0;
	}
	said->name = duet_trim(said->name);
	said->value = duet_trim(said->value);
	while (rest.len > 0) {
		struct duet_bytes name;
		struct duet_bytes value;

		(void)split(rest, ';', &pair, &rest);
		(void)split(pair, '=', &name, &value);
		take_attribute(said, duet_trim(name), duet_trim(value), now);
	}
}

bool duet_cookie_is_clean(const char *text)
{
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p != '\0'; p++)
		if (duet_is_control(*p) && *p != '\t')
			return false;
	return true;
}

static char *lower(struct duet_bytes text)
{
	char *copy = duet_mem_strndup(text.len > 0 ? text.data : "", text.len);
	char *p;

	for (p = copy; p != NULL && *p != '\0'; p++)
		*p = (char)duet_to_lower((unsigned char)*p);
	return copy;
}

/* s5.1.4: the directory of what was asked for. */
static char *default_path(const struct duet_url *url)
{
	size_t len = strcspn(url->target, "?");

	while (len > 0 && url->target[len - 1] != '/')
		len--;
	return len <= 1 ? duet_mem_strdup("/")
			: duet_mem_strndup(url->target, len - 1);
}

static bool is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/* s5.7: whose cookie it is. domain is said->domain, in lower case. */
static int settle_domain(struct duet_cookie *cookie, const struct said *said,
			 const struct duet_url *url, struct duet_error *err)
{
	char *domain = cookie->domain;

	cookie->host_only = domain[0] == '\0';
	if (!is_ascii(domain))
		return refuse(err, said, "has a Domain that is not ASCII");
	/* A suffix may have cookies of its own, and an address too. */
	if (strcmp(domain, url->host) == 0 &&
	    (duet_host_is_address(domain) ||
	     duet_host_is_public_suffix(domain)))
		cookie->host_only = true;
	if (!cookie->host_only && duet_host_is_public_suffix(domain))
		return refuse(err, said,
			      "is for all of a public suffix, where strangers are");
	if (!cookie->host_only && !duet_host_is_within(url->host, domain))
		return refuse(err, said, "is for another Domain");
	if (!cookie->host_only)
		return DUET_OK;
	duet_mem_free(domain);
	cookie->domain = duet_mem_strdup(url->host);
	return cookie->domain != NULL ? DUET_OK : duet_error_nomem(err);
}

static bool begins(const char *text, const char *prefix)
{
	struct duet_bytes begin = { text, strlen(prefix) };

	return strlen(text) >= begin.len && duet_bytes_eq_nocase(begin, prefix);
}

bool duet_cookie_has_honest_name(const struct duet_cookie *cookie)
{
	/* Without a name it is sent as its value alone, which must not look
	 * like one with such a name. */
	const char *name =
		cookie->name[0] != '\0' ? cookie->name : cookie->value;
	bool host = begins(name, "__Host-");

	if (!host && !begins(name, "__Secure-"))
		return true;
	if (name == cookie->value)
		return false;
	return cookie->secure &&
	       (!host || (cookie->host_only && strcmp(cookie->path, "/") == 0));
}

/* "__Host-" wants the path said, not guessed. */
static bool has_honest_name(const struct duet_cookie *cookie,
			    const struct said *said)
{
	return duet_cookie_has_honest_name(cookie) &&
	       (said->has_path || !begins(cookie->name, "__Host-"));
}

static int judge(struct duet_cookie *cookie, const struct said *said,
		 const struct duet_url *url, struct duet_error *err)
{
	int rc = settle_domain(cookie, said, url, err);

	if (rc < 0)
		return rc;
	if (cookie->secure && !url->https)
		return refuse(err, said, "is Secure, and came over http");
	/* Only a default one can be, and no file would give it back. */
	if (strlen(cookie->path) > DUET_COOKIE_ATTRIBUTE_MAX)
		return refuse(err, said,
			      "is for a Path of more than 1024 bytes");
	if (!has_honest_name(cookie, said))
		return refuse(err, said,
			      "has a name that promises what is not so (__Host-, __Secure-)");
	return DUET_OK;
}

/* s5.7: Max-Age before Expires. */
static void settle_time(struct duet_cookie *cookie, const struct said *said)
{
	cookie->persistent = said->has_max_age || said->has_expires;
	cookie->expires =
		said->has_max_age ? said->max_age_until : said->expires;
}

int duet_cookie_parse(struct duet_cookie *ret, const char *field,
		      const struct duet_url *url, int64_t now,
		      struct duet_error *err)
{
	struct said said = { 0 };
	struct duet_cookie cookie = { 0 };
	int rc;

	if (!duet_cookie_is_clean(field))
		return refuse(err, &said, "has a control character in it");
	take_apart(&said, field, now);
	if (said.name.len == 0 && said.value.len == 0)
		return refuse(err, &said, "has neither name nor value");
	if (said.name.len + said.value.len > DUET_COOKIE_MAX)
		return refuse(err, &said, "is longer than 4096 bytes");
	cookie.name = duet_mem_strndup(said.name.data, said.name.len);
	cookie.value = said.value.len > 0 ? duet_mem_strndup(said.value.data,
							     said.value.len)
					  : duet_mem_strdup("");
	cookie.domain = lower(said.domain);
	cookie.path = said.path.len > 0
			      ? duet_mem_strndup(said.path.data, said.path.len)
			      : default_path(url);
	cookie.secure = said.secure;
	cookie.http_only = said.http_only;
	settle_time(&cookie, &said);
	if (cookie.name == NULL || cookie.value == NULL ||
	    cookie.domain == NULL || cookie.path == NULL)
		rc = duet_error_nomem(err);
	else
		rc = judge(&cookie, &said, url, err);
	if (rc == DUET_OK)
		*ret = cookie;
	else
		duet_cookie_done(&cookie);
	return rc;
}

void duet_cookie_done(struct duet_cookie *cookie)
{
	duet_mem_free(cookie->name);
	if (cookie->value != NULL)
		duet_mem_free_secret(cookie->value, strlen(cookie->value));
	duet_mem_free(cookie->domain);
	duet_mem_free(cookie->path);
	memset(cookie, 0, sizeof(*cookie));
}

bool duet_cookie_is_same(const struct duet_cookie *a,
			 const struct duet_cookie *b)
{
	return a->host_only == b->host_only && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->domain, b->domain) == 0 &&
	       strcmp(a->path, b->path) == 0;
}

bool duet_cookie_path_matches(const char *path, const char *cookie_path)
{
	size_t path_len = strcspn(path, "?");
	size_t len = strlen(cookie_path);

	if (path_len < len || memcmp(path, cookie_path, len) != 0)
		return false;
	return path_len == len || cookie_path[len - 1] == '/' ||
	       path[len] == '/';
}

bool duet_cookie_is_for(const struct duet_cookie *cookie,
			const struct duet_url *url, int64_t now)
{
	if (cookie->persistent && cookie->expires <= now)
		return false;
	if (cookie->secure && !url->https)
		return false;
	if (cookie->host_only ? strcmp(url->host, cookie->domain) != 0
			      : !duet_host_is_within(url->host, cookie->domain))
		return false;
	return duet_cookie_path_matches(url->target, cookie->path);
}
