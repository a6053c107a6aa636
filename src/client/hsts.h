/* SPDX-License-Identifier: MIT */
/* client/hsts.h - hosts that want https only (RFC 6797). */
#ifndef DUET_CLIENT_HSTS_H
#define DUET_CLIENT_HSTS_H

#include <duet/state.h>

enum {
	DUET_HSTS_MAX = 2000,
	DUET_HSTS_FILE_MAX = 2 * 1024 * 1024,
};
/* Nobody says what is to be in ten years. */
#define DUET_HSTS_AGE_MAX ((int64_t)10 * 366 * 24 * 60 * 60)

/*
 * value is the first Strict-Transport-Security of an answer of host, over https
 * that has been verified (s8.1). What is no such value is ignored, and so is
 * that of an address. DUET_OK, DUET_E_NOMEM.
 */
DUET_CHECK int duet_hsts_note(struct duet_hsts *hsts, const char *host,
			      const char *value, int64_t now);
/* s8.2: this host, or one above it that has said so for all below. hsts may be
 * NULL: no host is known. */
bool duet_hsts_knows(const struct duet_hsts *hsts, const char *host,
		     int64_t now);
/* hsts_value.c, s6.1: max-age is there, everything once, and all in good form.
 */
bool duet_hsts_parse_value(const char *value, uint64_t *ret_max_age,
			   bool *ret_below);

#endif
