/* SPDX-License-Identifier: MIT */
#include "site/bodies.h"

#include <string.h>

#include "base/mem.h"

struct duet_body {
	struct duet_bodies *all;
	struct duet_body *next;
	struct duet_body *prev;
	unsigned refs;
	size_t len;
	uint8_t data[];
};

/* A reply under way. */
struct sending {
	struct duet_body *body;
	size_t at;
};

static struct duet_body *find(const struct duet_bodies *bodies,
			      struct duet_bytes bytes)
{
	struct duet_body *body = bodies->first;

	while (body != NULL && (body->len != bytes.len ||
				memcmp(body->data, bytes.data, bytes.len) != 0))
		body = body->next;
	return body;
}

struct duet_body *duet_bodies_keep(struct duet_bodies *bodies,
				   struct duet_bytes bytes)
{
	struct duet_body *body = find(bodies, bytes);

	if (body != NULL) {
		body->refs++;
		return body;
	}
	if (bodies->held > DUET_BODIES_MAX_BYTES ||
	    bytes.len > DUET_BODIES_MAX_BYTES - bodies->held)
		return NULL;
	body = duet_mem_alloc(sizeof(*body) + bytes.len);
	if (body == NULL)
		return NULL;
	*body = (struct duet_body){ .all = bodies,
				    .next = bodies->first,
				    .refs = 1,
				    .len = bytes.len };
	memcpy(body->data, bytes.data, bytes.len);
	if (body->next != NULL)
		body->next->prev = body;
	bodies->first = body;
	bodies->held += body->len;
	return body;
}

void duet_body_unref(struct duet_body *body)
{
	if (--body->refs > 0)
		return;
	if (body->prev != NULL)
		body->prev->next = body->next;
	else
		body->all->first = body->next;
	if (body->next != NULL)
		body->next->prev = body->prev;
	body->all->held -= body->len;
	duet_mem_free(body);
}

static int produce(struct duet_exchange *exchange, void *buf, size_t cap,
		   size_t *n, void *arg)
{
	struct sending *sending = arg;
	size_t left = sending->body->len - sending->at;

	(void)exchange;
	*n = left < cap ? left : cap;
	memcpy(buf, sending->body->data + sending->at, *n);
	sending->at += *n;
	return *n == left ? DUET_EOF : DUET_OK;
}

static void finish(void *arg)
{
	struct sending *sending = arg;

	duet_body_unref(sending->body);
	duet_mem_free(sending);
}

int duet_body_reply(struct duet_exchange *exchange, int status,
		    const char *type, struct duet_body *body)
{
	struct sending *sending = duet_mem_zalloc(sizeof(*sending));

	if (sending == NULL) {
		duet_body_unref(body);
		return DUET_E_NOMEM;
	}
	sending->body = body;
	return duet_reply_stream(exchange, status, type, (int64_t)body->len,
				 produce, finish, sending);
}
