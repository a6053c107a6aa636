/* SPDX-License-Identifier: MIT */
/*
 * client/crl_slot.h - where the CRL of one URL is kept between runs.
 *
 * A file by the SHA-256 of the URL, 0600, in a directory, 0700, that all
 * processes of a user share: a head of one page in text, then the list in DER.
 * It is written beside its place, synced and renamed, so that a reader has one
 * version or the other; and under a lock, so that two who want it fetch it
 * once. What cannot be read is as good as not there.
 */
#ifndef DUET_CLIENT_CRL_SLOT_H
#define DUET_CLIENT_CRL_SLOT_H

#include <duet/tls.h>

#include "cert/crl_scan.h"

enum {
	DUET_CRL_TAG_BYTES =
		256,            /* of an entity tag, or a date, that is kept */
	DUET_CRL_DIR_MIB = 512, /* of all kept lists; the oldest goes first */
};

struct duet_crl_slot {
	char *dir; /* NULL: nothing is kept, only written and read once */
	char *path;
	char *lock_path;
	char *new_path;
	int lock_fd; /* -1: not held */
	int new_fd;  /* -1: nothing is being written */
	uint64_t written;
	void *map; /* of a file; NULL: none */
	size_t map_len;
	struct duet_bytes der; /* in it */
	struct duet_pin verified_by;
	char etag[DUET_CRL_TAG_BYTES]; /* ""; for If-None-Match */
	char modified[DUET_CRL_TAG_BYTES];
};

/* dir NULL, or one that cannot be made: lists are kept nowhere. DUET_OK,
 * DUET_E_NOMEM. ret is new. */
DUET_CHECK int duet_crl_slot_init(struct duet_crl_slot *ret, const char *dir,
				  const char *url);
/* Lets go of everything; the file stays. */
void duet_crl_slot_done(struct duet_crl_slot *slot);
/* Map what is kept: DUET_OK; DUET_EOF: nothing is, or nothing whole. */
DUET_CHECK int duet_crl_slot_load(struct duet_crl_slot *slot);
/* Nobody else fetches it from now on. DUET_OK, also where nothing is kept;
 * DUET_WANT_READ: somebody does just now. */
DUET_CHECK int duet_crl_slot_lock(struct duet_crl_slot *slot);

/* A new one: begin, then write, then map, and keep it once it is verified.
 * DUET_E_SYSTEM, in words. */
DUET_CHECK int duet_crl_slot_begin(struct duet_crl_slot *slot,
				   struct duet_error *err);
DUET_CHECK int duet_crl_slot_write(struct duet_crl_slot *slot, const void *data,
				   size_t n, struct duet_error *err);
DUET_CHECK int duet_crl_slot_map(struct duet_crl_slot *slot,
				 struct duet_error *err);
/* Best effort: without a place or room for it, it is fetched again. */
void duet_crl_slot_keep(struct duet_crl_slot *slot, const char *url,
			const struct duet_pin *verified_by, const char *etag,
			const char *modified);
/* Pages that were read once need not stay in memory. */
struct duet_crl_walk duet_crl_slot_walk(struct duet_crl_slot *slot);

#endif
