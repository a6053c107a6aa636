/* SPDX-License-Identifier: MIT */
#include "get/facts.h"

#include <string.h>

#include "base/mem.h"
#include "get/kept_hops.h"

enum {
	STRINGS = 11,      /* of a struct duet_facts */
	STRINGS_OF_ONE = 6 /* of a struct duet_revocation_facts */
};

/* The revocation's rows; the chain, then all strings; the redirects. */
struct duet_get_kept_facts {
	struct duet_revocation_facts *revocation;
	char *bytes;
	void *hops;
};

static const char **strings_of(struct duet_facts *facts, size_t i)
{
	const char **const all[STRINGS] = {
		&facts->address,     &facts->tls_version, &facts->tls_cipher,
		&facts->tls_group,   &facts->alpn,        &facts->peer_subject,
		&facts->peer_issuer, &facts->proxy,       &facts->host_unicode,
		&facts->url,         &facts->coding,
	};

	return all[i];
}

static const char **strings_of_one(struct duet_revocation_facts *row, size_t i)
{
	const char **const all[STRINGS_OF_ONE] = {
		&row->subject, &row->issuer, &row->words,
		&row->url,     &row->number, &row->reason,
	};

	return all[i];
}

/* Each of them, in a fixed order. */
typedef void visit_fn(const char **text, void *arg);

static void visit(struct duet_facts *facts, struct duet_revocation_facts *rows,
		  visit_fn *function, void *arg)
{
	size_t i;
	size_t row;

	for (i = 0; i < STRINGS; i++)
		function(strings_of(facts, i), arg);
	for (row = 0; row < facts->n_revocation; row++)
		for (i = 0; i < STRINGS_OF_ONE; i++)
			function(strings_of_one(&rows[row], i), arg);
}

static void measure(const char **text, void *arg)
{
	size_t *len = arg;

	if (*text != NULL)
		*len += strlen(*text) + 1;
}

static void move(const char **text, void *arg)
{
	char **at = arg;
	size_t len;

	if (*text == NULL)
		return;
	len = strlen(*text) + 1;
	memcpy(*at, *text, len);
	*text = *at;
	*at += len;
}

struct duet_get_kept_facts *duet_get_facts_keep(struct duet_facts *ret,
						const struct duet_facts *facts)
{
	struct duet_get_kept_facts *kept = duet_mem_zalloc(sizeof(*kept));
	size_t rows = facts->revocation != NULL ? facts->n_revocation : 0;
	size_t len = facts->chain_pem.len;
	char *at;

	ret->size = 0;
	if (kept == NULL)
		return NULL;
	*ret = *facts;
	ret->n_revocation = rows;
	kept->revocation = duet_mem_array(rows + 1, sizeof(*kept->revocation));
	if (kept->revocation == NULL)
		goto fail;
	if (rows > 0)
		memcpy(kept->revocation, facts->revocation,
		       rows * sizeof(*kept->revocation));
	visit(ret, kept->revocation, measure, &len);
	kept->bytes = duet_mem_alloc(len);
	if (kept->bytes == NULL)
		goto fail;
	at = kept->bytes;
	if (facts->chain_pem.len > 0)
		memcpy(at, facts->chain_pem.data, facts->chain_pem.len);
	ret->chain_pem.data = at;
	at += facts->chain_pem.len;
	visit(ret, kept->revocation, move, &at);
	if (facts->revocation != NULL)
		ret->revocation = kept->revocation;
	kept->hops = duet_get_hops_keep(facts->hops);
	if (kept->hops == NULL && facts->hops != NULL)
		goto fail;
	ret->hops = kept->hops;
	ret->digests = NULL; /* of a body that came */
	return kept;
fail:
	ret->size = 0;
	duet_get_kept_facts_free(kept);
	return NULL;
}

void duet_get_kept_facts_free(struct duet_get_kept_facts *kept)
{
	if (kept == NULL)
		return;
	duet_mem_free(kept->revocation);
	duet_mem_free(kept->bytes);
	duet_mem_free(kept->hops);
	duet_mem_free(kept);
}
