/* SPDX-License-Identifier: MIT */
/* What every reply to a request has, whoever gives it: the site's own fields
 * are on a page of errors too, all but a type and a policy. */
#include "base/str.h"
#include "server/handler.h"
#include "server/server_int.h"

static const char policy_name[] = "Content-Security-Policy";

void duet_exchange_dress(struct duet_exchange *exchange,
			 const struct duet_dress *dress)
{
	exchange->dress = dress;
}

void duet_exchange_keep_type(struct duet_exchange *exchange)
{
	exchange->keeps_type = true;
}

void duet_exchange_leave_hsts(struct duet_exchange *exchange)
{
	exchange->leaves_hsts = true;
}

const struct duet_dress *duet_exchange_dressed(
	const struct duet_exchange *exchange)
{
	return exchange->dress;
}

bool duet_exchange_is_plain(const struct duet_exchange *exchange)
{
	const struct duet_dress *dress = exchange->dress;

	return dress == NULL ||
	       (dress->n_rules == 0 && dress->cache_control == NULL);
}

void duet_exchange_when_over(struct duet_exchange *exchange,
			     void (*over)(void *arg), void *arg)
{
	exchange->over = over;
	exchange->over_arg = arg;
}

static bool has(const struct duet_header *list, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (duet_str_eq_nocase(list[i].name, name))
			return true;
	return false;
}

static size_t without(struct duet_header *list, size_t n, const char *name)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (!duet_str_eq_nocase(list[i].name, name))
			list[kept++] = list[i];
	return kept;
}

static size_t with(struct duet_header *list, size_t n, const char *name,
		   const char *value)
{
	list[n].name = name;
	list[n].value = value;
	return n + 1;
}

/* RFC 9110 s14.6: what is between the parts is in the type. With another one
 * it would be taken for the file's. */
static bool is_of_parts(const struct duet_header *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (duet_str_eq_nocase(list[i].name, "Content-Type") &&
		    duet_str_starts(list[i].value, "multipart/byteranges"))
			return true;
	return false;
}

/* Those that a cache may keep without being told so (RFC 9110 s15.1) and that
 * have the content or stand for it. */
static bool is_of_content(int status)
{
	return status == 200 || status == 203 || status == 206 || status == 304;
}

size_t duet_dress_without_hsts(struct duet_header *list, size_t n)
{
	return without(list, n, "Strict-Transport-Security");
}

size_t duet_dress_apply(const struct duet_dress *dress, int status,
			bool keep_type, struct duet_header *list, size_t n)
{
	/* Of a page of ours, which knows what it is made of. */
	bool has_policy = keep_type && has(list, n, policy_name);
	size_t i;

	if (dress->cache_control != NULL && is_of_content(status) &&
	    !has(list, n, "Cache-Control"))
		n = with(list, n, "Cache-Control", dress->cache_control);
	for (i = 0; i < dress->n_rules; i++) {
		const struct duet_field_rule *rule = &dress->rules[i];

		if (duet_str_eq_nocase(rule->name, "Content-Type") &&
		    (keep_type || is_of_parts(list, n)))
			continue;
		if (has_policy && duet_str_eq_nocase(rule->name, policy_name))
			continue;
		if (rule->change != DUET_FIELD_ADD)
			n = without(list, n, rule->name);
		if (rule->change != DUET_FIELD_REMOVE)
			n = with(list, n, rule->name, rule->value);
	}
	return n;
}
