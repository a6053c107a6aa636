/* SPDX-License-Identifier: MIT */
#include "get/kept_hops.h"

#include <stdalign.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"

/* Filled twice in the same order: without a block, to know its size, then with
 * it. */
struct store {
	unsigned char *block;
	size_t used;
};

/* len bytes of src, or of nothing in particular. */
static void *take(struct store *store, const void *src, size_t len)
{
	const size_t unit = alignof(max_align_t);
	unsigned char *place = NULL;

	if (store->block != NULL) {
		place = store->block + store->used;
		if (src != NULL)
			memcpy(place, src, len);
	}
	store->used += (len + unit - 1) / unit * unit;
	return place;
}

static const char *take_text(struct store *store, const char *text)
{
	return text != NULL ? take(store, text, strlen(text) + 1) : NULL;
}

static const struct duet_header *take_fields(struct store *store,
					     const struct duet_header *fields)
{
	struct duet_header *list;
	size_t n = 0;
	size_t i;

	if (fields == NULL)
		return NULL;
	while (fields[n].name != NULL)
		n++;
	list = take(store, fields, (n + 1) * sizeof(*fields));
	for (i = 0; i < n; i++) {
		const char *name = take_text(store, fields[i].name);
		const char *value = take_text(store, fields[i].value);

		if (list != NULL)
			list[i] = (struct duet_header){ name, value };
	}
	return list;
}

static const struct duet_head *take_head(struct store *store,
					 const struct duet_head *head)
{
	struct duet_head copy;

	if (head == NULL)
		return NULL;
	copy = *head;
	copy.method = take_text(store, head->method);
	copy.target = take_text(store, head->target);
	copy.reason = take_text(store, head->reason);
	copy.headers = take_fields(store, head->headers);
	return take(store, &copy, sizeof(copy));
}

static const struct duet_hop *take_hop(struct store *store,
				       const struct duet_hop *hop)
{
	struct duet_hop copy = *hop;

	copy.url = take_text(store, hop->url);
	copy.address = take_text(store, hop->address);
	copy.proxy = take_text(store, hop->proxy);
	copy.request = take_head(store, hop->request);
	copy.answer = take_head(store, hop->answer);
	return take(store, &copy, sizeof(copy));
}

static void take_all(struct store *store, const struct duet_hop *const *hops,
		     size_t n)
{
	const struct duet_hop **list;
	size_t i;

	list = take(store, hops, (n + 1) * sizeof(const struct duet_hop *));
	for (i = 0; i < n; i++) {
		const struct duet_hop *hop = take_hop(store, hops[i]);

		if (list != NULL)
			list[i] = hop;
	}
}

void *duet_get_hops_keep(const struct duet_hop *const *hops)
{
	struct store store = { NULL, 0 };
	size_t n = 0;

	if (hops == NULL)
		return NULL;
	while (hops[n] != NULL)
		n++;
	take_all(&store, hops, n);
	store.block = duet_mem_alloc(store.used);
	if (store.block == NULL)
		return NULL;
	store.used = 0;
	take_all(&store, hops, n);
	return store.block;
}
