/* SPDX-License-Identifier: MIT */
/*
 * No two requests have the same name: those of one server differ in their
 * second half, which repeats after 2^50 of them; those of two servers, be it
 * workers or the same one after a restart, in 100 random bits, of which the
 * latter half is where each begins to count.
 */
#include "server/request_id.h"

#include <sys/random.h>

#include <errno.h>

#include "base/error.h"

enum {
	DIGIT_BITS = 5,
	HALF_BITS = DUET_REQUEST_ID_HALF * DIGIT_BITS,
};

#define HALF_MASK ((UINT64_C(1) << HALF_BITS) - 1)

/* No i, l, o, u: somebody may read it out on the telephone. */
static void put_half(char dst[DUET_REQUEST_ID_HALF], uint64_t half)
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	int i;

	for (i = DUET_REQUEST_ID_HALF - 1; i >= 0; i--) {
		dst[i] = digits[half & 31];
		half >>= DIGIT_BITS;
	}
}

int duet_request_ids_init(struct duet_request_ids *ids, struct duet_error *err)
{
	uint64_t random[3];

	/* So few bytes come whole or not at all. */
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "cannot draw random bytes");
	put_half(ids->server, random[0]);
	ids->before = random[1];
	ids->after = random[2];
	ids->count = 0;
	return DUET_OK;
}

/*
 * Each step can be undone, so that no two counts give the same; the two
 * secrets keep it from telling a client how many requests there have been
 * since his last one.
 */
static uint64_t scatter(const struct duet_request_ids *ids, uint64_t count)
{
	uint64_t x = (count ^ ids->before) & HALF_MASK;

	x ^= x >> (HALF_BITS / 2);
	x = x * UINT64_C(0xbf58476d1ce4e5b9) & HALF_MASK;
	x ^= x >> (HALF_BITS / 2);
	x = x * UINT64_C(0x94d049bb133111eb) & HALF_MASK;
	x ^= x >> (HALF_BITS / 2);
	return x ^ ids->after;
}

void duet_request_id_next(struct duet_request_ids *ids,
			  char dst[DUET_REQUEST_ID_BYTES])
{
	int i;

	for (i = 0; i < DUET_REQUEST_ID_HALF; i++)
		dst[i] = ids->server[i];
	put_half(dst + DUET_REQUEST_ID_HALF, scatter(ids, ids->count++));
	dst[DUET_REQUEST_ID_BYTES - 1] = '\0';
}
