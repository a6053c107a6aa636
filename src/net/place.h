/* SPDX-License-Identifier: MIT */
/* net/place.h - places to listen, "HOST:PORT" and "unix:PATH", before anybody
 * does: see duet_listen(). */
#ifndef DUET_NET_PLACE_H
#define DUET_NET_PLACE_H

#include <stdbool.h>

/* What is wrong with its form, as the rest of a sentence; NULL: nothing. */
const char *duet_place_wrong(const char *where);
/*
 * Nobody can listen on both at once, as far as that can be told without looking
 * names up; localhost is 127.0.0.1, perhaps among others. "[::]:443" leaves
 * IPv4 to another, ":443" does not; port 0 is another one each time.
 */
bool duet_places_collide(const char *one, const char *other);

#endif
