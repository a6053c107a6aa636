/* SPDX-License-Identifier: MIT */
#include "base/siphash.h"

#include <sys/random.h>

#include <errno.h>

#include "base/error.h"

int duet_siphash_draw_key(struct duet_siphash_key *ret, struct duet_error *err)
{
	struct duet_siphash_key key;

	/* So few bytes come whole or not at all. */
	if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "cannot draw random bytes");
	*ret = key;
	return DUET_OK;
}

static uint64_t turn(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void mix(uint64_t v[4], int rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1];
		v[1] = turn(v[1], 13) ^ v[0];
		v[0] = turn(v[0], 32);
		v[2] += v[3];
		v[3] = turn(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = turn(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = turn(v[1], 17) ^ v[2];
		v[2] = turn(v[2], 32);
	}
}

/* Little-endian, whatever the machine; of at most 8 bytes. */
static uint64_t load(const uint8_t *bytes, size_t n)
{
	uint64_t word = 0;

	while (n-- > 0)
		word = word << 8 | bytes[n];
	return word;
}

static void take(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v, 2);
	v[0] ^= word;
}

uint64_t duet_siphash(const struct duet_siphash_key *key, const void *data,
		      size_t len)
{
	uint64_t v[4] = {
		key->k0 ^ UINT64_C(0x736f6d6570736575),
		key->k1 ^ UINT64_C(0x646f72616e646f6d),
		key->k0 ^ UINT64_C(0x6c7967656e657261),
		key->k1 ^ UINT64_C(0x7465646279746573),
	};
	const uint8_t *at = data;
	size_t left = len;

	for (; left >= 8; left -= 8, at += 8)
		take(v, load(at, 8));
	take(v, load(at, left) | (uint64_t)(len & 0xff) << 56);
	v[2] ^= 0xff;
	mix(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
