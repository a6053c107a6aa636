/* SPDX-License-Identifier: MIT */
#include "client/hops.h"

#include "base/clock.h"
#include "base/mem.h"
#include "client/client_int.h"

struct duet_kept_hop {
	struct duet_hop hop; /* its strings are the copies below */
	struct duet_head request;
	struct duet_headers sent;
	struct duet_kept_head answer;
	char *url;
	char *method;
	char *target;
	char *address;
	char *proxy;
};

static void free_hop(struct duet_kept_hop *kept)
{
	if (kept == NULL)
		return;
	duet_headers_done(&kept->sent);
	duet_kept_head_done(&kept->answer);
	duet_mem_free(kept->url);
	duet_mem_free(kept->method);
	duet_mem_free(kept->target);
	duet_mem_free(kept->address);
	duet_mem_free(kept->proxy);
	duet_mem_free(kept);
}

static bool copy_texts(struct duet_kept_hop *kept,
		       const struct duet_hop_parts *parts)
{
	kept->url = duet_mem_strdup(parts->url);
	kept->method = duet_mem_strdup(parts->method);
	kept->target = duet_mem_strdup(parts->target);
	kept->address = duet_mem_strdup(parts->address);
	kept->proxy = duet_mem_strdup(duet_facts_text(parts->proxy));
	return kept->url != NULL && kept->method != NULL &&
	       kept->target != NULL && kept->address != NULL &&
	       kept->proxy != NULL &&
	       duet_kept_head_copy(&kept->answer, parts->answer) == DUET_OK;
}

static void fill(struct duet_kept_hop *kept, const struct duet_hop_parts *parts)
{
	struct duet_moments moments = *parts->moments;
	struct duet_facts times;

	moments.handshaken = parts->handshaken_us;
	duet_facts_of_moments(&times, &moments);
	kept->request = (struct duet_head){
		.size = sizeof(kept->request),
		.method = kept->method,
		.target = kept->target,
		.headers = kept->sent.list,
		.content_length = parts->content_length,
	};
	kept->hop = (struct duet_hop){
		.size = sizeof(kept->hop),
		.url = kept->url,
		.request = &kept->request,
		.answer = &kept->answer.head,
		.address = kept->address,
		.proxy = kept->proxy,
		.reused = parts->reused,
		.asked_us = times.asked_us,
		.resolved_us = times.resolved_us,
		.connected_us = times.connected_us,
		.handshake_us = times.handshake_us,
		.first_byte_us = times.first_byte_us,
		.total_us = duet_clock_us() - parts->moments->began,
	};
}

static int grow(struct duet_hops *hops)
{
	size_t n = hops->n + 2; /* and the NULL */
	struct duet_kept_hop **kept;
	const struct duet_hop **list;

	kept = duet_mem_resize(hops->kept, n * sizeof(struct duet_kept_hop *));
	if (kept == NULL)
		return DUET_E_NOMEM;
	hops->kept = kept;
	list = duet_mem_resize(hops->list, n * sizeof(const struct duet_hop *));
	if (list == NULL)
		return DUET_E_NOMEM;
	hops->list = list;
	return DUET_OK;
}

int duet_hops_add(struct duet_hops *hops, const struct duet_hop_parts *parts)
{
	struct duet_kept_hop *kept = duet_mem_zalloc(sizeof(*kept));

	if (kept == NULL) {
		duet_headers_done(parts->sent);
		return DUET_E_NOMEM;
	}
	kept->sent = *parts->sent;
	*parts->sent = (struct duet_headers){ 0 };
	if (!copy_texts(kept, parts) || grow(hops) != DUET_OK) {
		free_hop(kept);
		return DUET_E_NOMEM;
	}
	fill(kept, parts);
	hops->kept[hops->n] = kept;
	hops->list[hops->n] = &kept->hop;
	hops->n++;
	hops->list[hops->n] = NULL;
	return DUET_OK;
}

int duet_hops_note(struct duet_fetch *fetch, const struct duet_head *head)
{
	const struct duet_link *link = fetch->lane->link;
	const struct duet_ask *ask = &fetch->ask;
	struct duet_headers sent = { 0 };
	const struct duet_hop_parts parts = {
		.url = ask->url.text,
		.method = ask->method,
		.target = link->absolute ? ask->url.text : ask->url.target,
		.address = link->address,
		.proxy = link->proxy != NULL ? link->proxy->text : NULL,
		.sent = &sent,
		.content_length = ask->length,
		.answer = head,
		.moments = &fetch->moments,
		.handshaken_us = fetch->reused ? 0 : link->handshaken_us,
		.reused = fetch->reused,
	};
	int rc = duet_ask_fields(ask, &sent);

	if (rc == DUET_OK)
		rc = duet_hops_add(&fetch->hops, &parts);
	duet_headers_done(&sent);
	return rc;
}

void duet_hops_end_last(struct duet_hops *hops,
			const struct duet_moments *moments, uint64_t body_bytes)
{
	struct duet_hop *hop;

	if (hops->n == 0)
		return;
	hop = &hops->kept[hops->n - 1]->hop;
	hop->body_bytes = body_bytes;
	hop->total_us = duet_clock_us() - moments->began;
}

void duet_hops_move(struct duet_hops *to, struct duet_hops *from)
{
	*to = *from;
	*from = (struct duet_hops){ 0 };
}

void duet_hops_done(struct duet_hops *hops)
{
	size_t i;

	for (i = 0; i < hops->n; i++)
		free_hop(hops->kept[i]);
	duet_mem_free(hops->kept);
	duet_mem_free(hops->list);
	*hops = (struct duet_hops){ 0 };
}
