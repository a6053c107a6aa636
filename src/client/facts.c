/* SPDX-License-Identifier: MIT */
#include "client/facts.h"

#include <string.h>

#include "base/mem.h"

/* Which of a peer's members are strings. */
static const size_t texts[] = {
	offsetof(struct duet_peer, version),
	offsetof(struct duet_peer, cipher),
	offsetof(struct duet_peer, group),
	offsetof(struct duet_peer, alpn),
	offsetof(struct duet_peer, server_name),
	offsetof(struct duet_peer, subject),
	offsetof(struct duet_peer, issuer),
};
enum {
	N_TEXTS = sizeof(texts) / sizeof(texts[0]),
};

static const char **text_of(void *base, size_t at)
{
	return (const char **)((char *)base + at);
}

/* Point each of n strings of a struct at a copy, all of them in one piece,
 * which is given; NULL without memory. */
static char *keep_strings(void *base, const size_t *at, size_t n)
{
	size_t total = 0;
	char *strings;
	size_t len;
	size_t i;
	char *p;

	for (i = 0; i < n; i++)
		if (*text_of(base, at[i]) != NULL)
			total += strlen(*text_of(base, at[i]));
	strings = duet_mem_alloc(total + n);
	if (strings == NULL)
		return NULL;
	p = strings;
	for (i = 0; i < n; i++) {
		const char *text = *text_of(base, at[i]);

		len = text != NULL ? strlen(text) : 0;
		if (len > 0)
			memcpy(p, text, len);
		p[len] = '\0';
		*text_of(base, at[i]) = p;
		p += len + 1;
	}
	return strings;
}

static bool keep_chain(struct duet_peer_facts *facts)
{
	struct duet_bytes *chain = &facts->peer.chain_pem;

	if (chain->len == 0)
		return true;
	facts->chain_pem = duet_mem_dup(chain->data, chain->len);
	chain->data = facts->chain_pem;
	return facts->chain_pem != NULL;
}

static const size_t revocation_texts[] = {
	offsetof(struct duet_revocation_facts, subject),
	offsetof(struct duet_revocation_facts, issuer),
	offsetof(struct duet_revocation_facts, words),
	offsetof(struct duet_revocation_facts, url),
	offsetof(struct duet_revocation_facts, number),
	offsetof(struct duet_revocation_facts, reason),
};

enum {
	N_REVOCATION_TEXTS =
		sizeof(revocation_texts) / sizeof(revocation_texts[0]),
};

static bool keep_one_revocation(struct duet_peer_facts *facts,
				const struct duet_tls *tls, size_t at)
{
	struct duet_revocation_facts *one = &facts->revocation[at];

	one->size = sizeof(*one);
	if (duet_tls_revocation(tls, at, one) != DUET_OK)
		return false;
	facts->n_revocation++;
	facts->revocation_strings[at] =
		keep_strings(one, revocation_texts, N_REVOCATION_TEXTS);
	return facts->revocation_strings[at] != NULL;
}

static bool keep_revocation(struct duet_peer_facts *facts,
			    const struct duet_tls *tls)
{
	struct duet_revocation_facts one = { .size = sizeof(one) };
	size_t n = 0;
	size_t i;

	while (duet_tls_revocation(tls, n, &one) == DUET_OK)
		n++;
	if (n == 0)
		return true;
	facts->revocation = duet_mem_array(n, sizeof(one));
	facts->revocation_strings = duet_mem_array(n, sizeof(char *));
	if (facts->revocation == NULL || facts->revocation_strings == NULL)
		return false;
	for (i = 0; i < n; i++)
		if (!keep_one_revocation(facts, tls, i))
			return false;
	return true;
}

struct duet_peer_facts *duet_peer_facts_new(const struct duet_tls *tls)
{
	struct duet_peer_facts *facts = duet_mem_zalloc(sizeof(*facts));

	if (facts == NULL)
		return NULL;
	facts->count = 1;
	facts->peer.size = sizeof(facts->peer);
	if (duet_tls_peer(tls, &facts->peer) == DUET_OK)
		facts->strings = keep_strings(&facts->peer, texts, N_TEXTS);
	if (facts->strings == NULL || !keep_chain(facts) ||
	    !keep_revocation(facts, tls)) {
		duet_peer_facts_release(facts);
		return NULL;
	}
	return facts;
}

struct duet_peer_facts *duet_peer_facts_retain(struct duet_peer_facts *facts)
{
	if (facts != NULL)
		facts->count++;
	return facts;
}

void duet_peer_facts_release(struct duet_peer_facts *facts)
{
	size_t i;

	if (facts == NULL || --facts->count > 0)
		return;
	for (i = 0; i < facts->n_revocation; i++)
		duet_mem_free(facts->revocation_strings[i]);
	duet_mem_free(facts->revocation_strings);
	duet_mem_free(facts->revocation);
	duet_mem_free(facts->strings);
	duet_mem_free(facts->chain_pem);
	duet_mem_free(facts);
}

static int64_t since(const struct duet_moments *moments, int64_t moment)
{
	return moment != 0 ? moment - moments->began : -1;
}

void duet_facts_of_moments(struct duet_facts *ret,
			   const struct duet_moments *moments)
{
	ret->asked_us = since(moments, moments->asked);
	ret->resolved_us = since(moments, moments->resolved);
	ret->connected_us = since(moments, moments->connected);
	ret->handshake_us = since(moments, moments->handshaken);
	ret->first_byte_us = since(moments, moments->first_byte);
	ret->total_us = since(moments, moments->ended);
}

void duet_facts_of_peer(struct duet_facts *ret,
			const struct duet_peer_facts *facts)
{
	static const struct duet_peer none = {
		.version = "",
		.cipher = "",
		.group = "",
		.alpn = "",
		.subject = "",
		.issuer = "",
	};
	const struct duet_peer *peer = facts != NULL ? &facts->peer : &none;

	ret->tls_version = peer->version;
	ret->tls_cipher = peer->cipher;
	ret->tls_group = peer->group;
	ret->alpn = peer->alpn;
	ret->peer_subject = peer->subject;
	ret->peer_issuer = peer->issuer;
	ret->not_before = peer->not_before;
	ret->not_after = peer->not_after;
	ret->resumed = peer->resumed;
	ret->verified = peer->verified;
	ret->certificate_wanted = peer->certificate_wanted;
	ret->chain_pem = peer->chain_pem;
	ret->revocation = facts != NULL ? facts->revocation : NULL;
	ret->n_revocation = facts != NULL ? facts->n_revocation : 0;
}
