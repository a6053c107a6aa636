/* SPDX-License-Identifier: MIT */
#include "client/cookies.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/host.h"

struct entry {
	struct duet_cookie cookie;
	uint64_t used;   /* when it was, by duet_cookies.clock */
	bool is_changed; /* by a Set-Cookie, and not since by a file */
};

/* entries are in the order of their creation: one that is replaced keeps its
 * place (s5.7). */
struct duet_cookies {
	struct entry *entries;
	size_t n;
	size_t cap;
	uint64_t clock; /* counts what happens */
};

struct duet_cookies *duet_cookies_new(struct duet_error *err)
{
	struct duet_cookies *cookies;

	/* Which of them are refused it is to be asked. */
	if (duet_host_know_suffixes(err) != DUET_OK)
		return NULL;
	cookies = duet_mem_zalloc(sizeof(*cookies));

	if (cookies == NULL)
		(void)duet_error_nomem(err);
	return cookies;
}

void duet_cookies_free(struct duet_cookies *cookies)
{
	size_t i;

	if (cookies == NULL)
		return;
	for (i = 0; i < cookies->n; i++)
		duet_cookie_done(&cookies->entries[i].cookie);
	duet_mem_free(cookies->entries);
	duet_mem_free(cookies);
}

static bool is_over(const struct duet_cookie *cookie, int64_t now)
{
	return cookie->persistent && cookie->expires <= now;
}

static void drop(struct duet_cookies *cookies, size_t i)
{
	duet_cookie_done(&cookies->entries[i].cookie);
	cookies->n--;
	memmove(cookies->entries + i, cookies->entries + i + 1,
		(cookies->n - i) * sizeof(*cookies->entries));
}

static size_t count_of_domain(const struct duet_cookies *cookies,
			      const char *domain)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < cookies->n; i++)
		count += strcmp(cookies->entries[i].cookie.domain, domain) == 0;
	return count;
}

/* s5.7: which go first. The lower the sooner. */
static int rank(const struct entry *entry, int64_t now)
{
	if (is_over(&entry->cookie, now))
		return 0;
	return entry->cookie.secure ? 2 : 1;
}

/* Of a domain, or of all (NULL): of the lowest rank the one that was not used
 * for the longest time. In all, rank tells only what is over. */
static void evict_one(struct duet_cookies *cookies, const char *domain,
		      int64_t now)
{
	size_t victim = cookies->n;
	int lowest = 0;
	size_t i;

	for (i = 0; i < cookies->n; i++) {
		const struct entry *entry = &cookies->entries[i];
		int mine = rank(entry, now);

		if (domain == NULL && mine > 1)
			mine = 1;
		if (domain != NULL && strcmp(entry->cookie.domain, domain) != 0)
			continue;
		if (victim < cookies->n &&
		    (mine > lowest ||
		     (mine == lowest &&
		      entry->used >= cookies->entries[victim].used)))
			continue;
		victim = i;
		lowest = mine;
	}
	if (victim < cookies->n)
		drop(cookies, victim);
}

static int make_room(struct duet_cookies *cookies, const char *domain,
		     int64_t now)
{
	size_t cap = cookies->cap == 0 ? 16 : 2 * cookies->cap;
	struct entry *entries;

	if (count_of_domain(cookies, domain) >= DUET_COOKIES_OF_DOMAIN_MAX)
		evict_one(cookies, domain, now);
	if (cookies->n >= DUET_COOKIES_MAX)
		evict_one(cookies, NULL, now);
	if (cookies->n < cookies->cap)
		return DUET_OK;
	entries = duet_mem_resize(cookies->entries, cap * sizeof(*entries));
	if (entries == NULL)
		return DUET_E_NOMEM;
	cookies->entries = entries;
	cookies->cap = cap;
	return DUET_OK;
}

int duet_cookies_put(struct duet_cookies *cookies, struct duet_cookie *cookie,
		     bool changed, int64_t now)
{
	struct entry entry = { *cookie, ++cookies->clock, changed };
	size_t i;
	int rc;

	for (i = 0; i < cookies->n; i++) {
		struct duet_cookie *old = &cookies->entries[i].cookie;

		if (!duet_cookie_is_same(old, cookie))
			continue;
		if (is_over(old, now)) { /* what comes again is a new one */
			drop(cookies, i);
			break;
		}
		duet_cookie_done(old);
		cookies->entries[i] = entry;
		return DUET_OK;
	}
	rc = make_room(cookies, cookie->domain, now);
	if (rc == DUET_OK)
		cookies->entries[cookies->n++] = entry;
	else
		duet_cookie_done(cookie);
	return rc;
}

/*
 * s5.7, "leave secure cookies alone": what comes over http may not stand before
 * a Secure one of that name, wherever both would be sent.
 */
static bool hurts_a_secure_one(const struct duet_cookies *cookies,
			       const struct duet_cookie *new, int64_t now)
{
	size_t i;

	for (i = 0; i < cookies->n; i++) {
		const struct duet_cookie *old = &cookies->entries[i].cookie;

		if (old->secure && !is_over(old, now) &&
		    strcmp(old->name, new->name) == 0 &&
		    (duet_host_is_within(old->domain, new->domain) ||
		     duet_host_is_within(new->domain, old->domain)) &&
		    duet_cookie_path_matches(new->path, old->path))
			return true;
	}
	return false;
}

static int take_one(struct duet_cookies *cookies, const struct duet_url *url,
		    const char *field, int64_t now)
{
	struct duet_cookie cookie;
	int rc = duet_cookie_parse(&cookie, field, url, now, NULL);

	if (rc == DUET_E_ARGUMENT)
		return DUET_OK;
	if (rc < 0)
		return rc;
	if (!url->https && hurts_a_secure_one(cookies, &cookie, now)) {
		duet_cookie_done(&cookie);
		return DUET_OK;
	}
	return duet_cookies_put(cookies, &cookie, true, now);
}

int duet_cookies_take(struct duet_cookies *cookies, const struct duet_url *url,
		      const struct duet_header *headers, int64_t now)
{
	int rc = DUET_OK;

	for (; headers != NULL && headers->name != NULL && rc == DUET_OK;
	     headers++)
		if (duet_str_eq_nocase(headers->name, "Set-Cookie"))
			rc = take_one(cookies, url, headers->value, now);
	return rc;
}

/* One that is to be sent. */
struct sent {
	struct entry *entry;
	size_t path_len;
};

/* s5.8.3: those with longer paths first, then those that are older. */
static int order(const void *left, const void *right)
{
	const struct sent *a = left;
	const struct sent *b = right;

	if (a->path_len != b->path_len)
		return a->path_len > b->path_len ? -1 : 1;
	return (a->entry > b->entry) - (a->entry < b->entry);
}

static int add_to_field(struct duet_buf *field,
			const struct duet_cookie *cookie)
{
	size_t before = duet_buf_len(field);
	size_t len = strlen(cookie->name) + strlen(cookie->value) + 3;

	if (before + len > DUET_COOKIES_FIELD_MAX)
		return DUET_EOF;
	return duet_buf_printf(field, "%s%s%s%s", before > 0 ? "; " : "",
			       cookie->name, cookie->name[0] != '\0' ? "=" : "",
			       cookie->value);
}

static int write_field(struct duet_cookies *cookies, const struct sent *sent,
		       size_t n, char **ret)
{
	struct duet_buffer taken = { NULL, 0 };
	struct duet_buf field;
	int rc = DUET_OK;
	size_t i;

	duet_buf_init_secret(&field, DUET_COOKIES_FIELD_MAX + 1);
	for (i = 0; i < n && rc == DUET_OK; i++) {
		rc = add_to_field(&field, &sent[i].entry->cookie);
		if (rc == DUET_OK)
			sent[i].entry->used = ++cookies->clock;
	}
	if (rc >= 0)
		rc = duet_buf_take(&field, &taken);
	duet_buf_done_secret(&field);
	if (rc < 0)
		return DUET_E_NOMEM;
	*ret = taken.data;
	return DUET_OK;
}

int duet_cookies_field(struct duet_cookies *cookies, const struct duet_url *url,
		       int64_t now, char **ret)
{
	struct sent *sent;
	size_t n = 0;
	size_t i;
	int rc = DUET_OK;

	*ret = NULL;
	if (cookies->n == 0)
		return DUET_OK;
	sent = duet_mem_array(cookies->n, sizeof(*sent));
	if (sent == NULL)
		return DUET_E_NOMEM;
	for (i = 0; i < cookies->n; i++) {
		struct entry *entry = &cookies->entries[i];

		if (duet_cookie_is_for(&entry->cookie, url, now))
			sent[n++] = (struct sent){ entry,
						   strlen(entry->cookie.path) };
	}
	qsort(sent, n, sizeof(*sent), order);
	if (n > DUET_COOKIES_SENT_MAX)
		n = DUET_COOKIES_SENT_MAX;
	if (n > 0)
		rc = write_field(cookies, sent, n, ret);
	duet_mem_free(sent);
	return rc;
}

const struct duet_cookie *duet_cookies_at(const struct duet_cookies *cookies,
					  size_t i)
{
	return i < cookies->n ? &cookies->entries[i].cookie : NULL;
}

static int copy(struct duet_cookie *ret, const struct duet_cookie *from)
{
	*ret = *from;
	ret->name = duet_mem_strdup(from->name);
	ret->value = duet_mem_strdup(from->value);
	ret->domain = duet_mem_strdup(from->domain);
	ret->path = duet_mem_strdup(from->path);
	if (ret->name != NULL && ret->value != NULL && ret->domain != NULL &&
	    ret->path != NULL)
		return DUET_OK;
	duet_cookie_done(ret);
	return DUET_E_NOMEM;
}

int duet_cookies_merge(struct duet_cookies *into,
		       const struct duet_cookies *from, int64_t now)
{
	struct duet_cookie cookie;
	int rc = DUET_OK;
	size_t i;

	for (i = 0; i < from->n && rc == DUET_OK; i++) {
		if (!from->entries[i].is_changed)
			continue;
		rc = copy(&cookie, &from->entries[i].cookie);
		if (rc == DUET_OK)
			rc = duet_cookies_put(into, &cookie, true, now);
	}
	return rc;
}
