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

static const char **text_of(struct duet_peer *peer, size_t i)
{
	return (const char **)((char *)peer + texts[i]);
}

/* Point each string of the peer at a copy, all of them in one piece. */
static bool keep_strings(struct duet_peer_facts *facts)
{
	struct duet_peer *peer = &facts->peer;
	size_t total = 0;
	size_t len;
	size_t i;
	char *p;

	for (i = 0; i < N_TEXTS; i++)
		if (*text_of(peer, i) != NULL)
			total += strlen(*text_of(peer, i));
	facts->strings = duet_mem_alloc(total + N_TEXTS);
	if (facts->strings == NULL)
		return false;
	p = facts->strings;
	for (i = 0; i < N_TEXTS; i++) {
		const char *text = *text_of(peer, i);

		len = text != NULL ? strlen(text) : 0;
		if (len > 0)
			memcpy(p, text, len);
		p[len] = '\0';
		*text_of(peer, i) = p;
		p += len + 1;
	}
	return true;
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

struct duet_peer_facts *duet_peer_facts_new(const struct duet_tls *tls)
{
	struct duet_peer_facts *facts = duet_mem_zalloc(sizeof(*facts));

	if (facts == NULL)
		return NULL;
	facts->count = 1;
	facts->peer.size = sizeof(facts->peer);
	if (duet_tls_peer(tls, &facts->peer) < 0 || !keep_strings(facts) ||
	    !keep_chain(facts)) {
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
	if (facts == NULL || --facts->count > 0)
		return;
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
	ret->chain_pem = peer->chain_pem;
}
