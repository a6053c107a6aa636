/* SPDX-License-Identifier: MIT */
/*
 * Replies that leave no faster than they may. A paced reply whose piece has
 * gone is not filled any further, as if its producer had paused; the timer of
 * its connection goes off when the next one is due. So neither a worker nor a
 * timer waits for it, and the engine and the socket hold nothing that the peer
 * could be late to take.
 */
#include "server/pace.h"

#include "server/handler.h"
#include "server/server_int.h"

enum {
	THOUSAND = 1000,
	PIECES_A_SECOND = 8,
	KEPT_PIECES = 2,
	LATE_MS = 1000, /* enough for a byte at any rate */
};

#define RATE_MOST (UINT64_C(1) << 40) /* so that no product overflows */

static uint64_t piece(const struct duet_pace *pace)
{
	uint64_t bytes = pace->rate / PIECES_A_SECOND;

	return bytes > 0 ? bytes : 1;
}

void duet_pace_begin(struct duet_pace *pace, uint64_t rate, int64_t now_ms)
{
	pace->rate = rate < RATE_MOST ? rate : RATE_MOST;
	pace->until = piece(pace);
	pace->rest = 0;
	pace->since_ms = now_ms;
}

int64_t duet_pace_next_ms(const struct duet_pace *pace)
{
	uint64_t missing = piece(pace) * THOUSAND - pace->rest;

	return pace->since_ms +
	       (int64_t)((missing + pace->rate - 1) / pace->rate);
}

uint64_t duet_pace_room(struct duet_pace *pace, uint64_t given, int64_t now_ms)
{
	uint64_t most = piece(pace) * KEPT_PIECES;
	uint64_t earned;
	int64_t passed;

	if (given < pace->until)
		return pace->until - given;
	if (now_ms < duet_pace_next_ms(pace))
		return 0;
	passed = now_ms - pace->since_ms;
	if (passed > LATE_MS)
		passed = LATE_MS;
	earned = (uint64_t)passed * pace->rate + pace->rest;
	if (earned > most * THOUSAND)
		earned = most * THOUSAND;
	pace->until = given + earned / THOUSAND;
	pace->rest = earned % THOUSAND;
	pace->since_ms = now_ms;
	return earned / THOUSAND;
}

void duet_exchange_pace(struct duet_exchange *exchange, uint64_t bytes_a_second)
{
	if (duet_exchange_usable(exchange) != DUET_OK)
		return;
	duet_pace_begin(&exchange->pace, bytes_a_second,
			duet_loop_now_ms(exchange->server->loop));
	exchange->connection->paced |= bytes_a_second > 0;
}

size_t duet_exchange_pace_room(struct duet_exchange *x)
{
	uint64_t room = duet_pace_room(&x->pace, x->given,
				       duet_loop_now_ms(x->server->loop));

	return room < SIZE_MAX ? (size_t)room : SIZE_MAX;
}

/* There is more of it, which only time keeps back. */
static bool waits_for_time(const struct duet_exchange *x)
{
	return x->reply == DUET_REPLY_BEGUN && !x->source.paused &&
	       x->source.left != 0 && x->given >= x->pace.until;
}

int64_t duet_connection_pace_deadline(struct duet_connection *c)
{
	const struct duet_exchange *x;
	int64_t deadline = INT64_MAX;
	int64_t next_ms;

	c->paced = false;
	for (x = c->exchanges; x != NULL; x = x->next) {
		if (x->pace.rate == 0)
			continue;
		c->paced = true;
		if (!waits_for_time(x))
			continue;
		next_ms = duet_pace_next_ms(&x->pace);
		if (next_ms < deadline)
			deadline = next_ms;
	}
	return deadline;
}
