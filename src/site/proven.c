/* SPDX-License-Identifier: MIT */
/*
 * A digest may be anywhere in its row, and nowhere else. Digests are evenly
 * distributed, and a row is about what one look at memory brings.
 */
#include "site/proven.h"

#include <string.h>

static size_t row_of(const uint8_t digest[DUET_MAC_BYTES])
{
	return ((size_t)digest[0] << 8 | digest[1]) % DUET_PROVEN_ROWS;
}

bool duet_proven_has(const struct duet_proven *proven,
		     const uint8_t digest[DUET_MAC_BYTES], int64_t now_ms)
{
	const struct duet_proof *row = proven->rows[row_of(digest)];
	size_t i;

	for (i = 0; i < DUET_PROVEN_ROW; i++)
		if (now_ms < row[i].until_ms &&
		    memcmp(row[i].digest, digest, DUET_MAC_BYTES) == 0)
			return true;
	return false;
}

void duet_proven_add(struct duet_proven *proven,
		     const uint8_t digest[DUET_MAC_BYTES], int64_t now_ms)
{
	struct duet_proof *row = proven->rows[row_of(digest)];
	struct duet_proof *place = &row[0];
	size_t i;

	for (i = 0; i < DUET_PROVEN_ROW; i++) {
		if (row[i].until_ms < place->until_ms)
			place = &row[i];
		if (memcmp(row[i].digest, digest, DUET_MAC_BYTES) == 0) {
			place = &row[i];
			break;
		}
	}
	memcpy(place->digest, digest, DUET_MAC_BYTES);
	place->until_ms = now_ms + DUET_PROVEN_MS;
}
