/* SPDX-License-Identifier: MIT */
/*
 * net/prefix.h - addresses and blocks of them: "10.0.0.0/8", "2001:db8::1".
 *
 * IPv4 that is mapped into IPv6 is IPv4 (RFC 4291 s2.5.5.2): "::ffff:192.0.2.7"
 * is "192.0.2.7", and "::/0" is all of IPv6 but none of IPv4.
 */
#ifndef DUET_NET_PREFIX_H
#define DUET_NET_PREFIX_H

#include <duet/error.h>

struct duet_prefix {
	uint8_t bytes[16]; /* IPv4: the first 4; zero beyond the prefix */
	uint8_t bits;      /* of an address: 32, or 128 */
	bool is_v6;
};

enum {
	DUET_PREFIX_TEXT_BYTES = 52,
};

/*
 * Read an address, with or without "/" and how many of its bits count. Refused,
 * by DUET_E_ARGUMENT and a sentence that says what to write instead: a bit that
 * is set and does not count, ports, brackets, zones, names, zeroes in front of
 * a number. *ret is untouched then. err may be NULL.
 */
DUET_CHECK int duet_prefix_parse(const char *text, struct duet_prefix *ret,
				 struct duet_error *err);
/*
 * The address in what duet_exchange_peer() gives: "192.0.2.7:51234",
 * "[2001:db8::1]:443", "[fe80::1%eth0]:443" (without its zone). false for what
 * has none: a unix socket, a peer that has left (""); *ret is untouched then.
 */
DUET_CHECK bool duet_prefix_of_peer(const char *peer, struct duet_prefix *ret);
/* As short as RFC 5952 has it; an address without "/32" or "/128". */
void duet_prefix_text(char dst[DUET_PREFIX_TEXT_BYTES],
		      const struct duet_prefix *prefix);

/* Whether all of inner is in outer; each is in itself. */
bool duet_prefix_covers(const struct duet_prefix *outer,
			const struct duet_prefix *inner);
/* Cut to at most so many bits; not longer than it was. */
struct duet_prefix duet_prefix_cut(const struct duet_prefix *prefix,
				   uint8_t bits);
/* An order of all of them for qsort(3): IPv4 first, then by where they begin;
 * of two that begin at the same address the larger block first. */
int duet_prefix_order(const struct duet_prefix *a, const struct duet_prefix *b);

#endif
