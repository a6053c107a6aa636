/* SPDX-License-Identifier: MIT */
/*
 * get/naming.h - a whole .part becomes the file, for good.
 *
 * To be on the disk takes a file some time, and many of them together little
 * more: so they are synced together, and their directory once. Others go on
 * meanwhile, for this is done by a thread.
 *
 *	begin -> (fd is readable) -> end
 */
#ifndef DUET_GET_NAMING_H
#define DUET_GET_NAMING_H

#include "get/transfer.h"

enum {
	DUET_GET_NAMING_MAX = 128,
};

struct duet_get_naming;

/* NULL: no memory. */
struct duet_get_naming *duet_get_naming_new(void);
/* NULL is fine. Not before the end. */
void duet_get_naming_free(struct duet_get_naming *naming);
/* Of transfers that are whole, n of them, 1 to DUET_GET_NAMING_MAX. Until the
 * end they are to be left alone. alone: nobody else has anything to do
 * meanwhile, and it is done at once. */
void duet_get_naming_begin(struct duet_get_naming *naming,
			   struct duet_get_transfer *const *transfers, size_t n,
			   bool alone);
/* Readable when they are; -1: nothing is under way, or it is done. */
int duet_get_naming_fd(const struct duet_get_naming *naming);
/* Whether duet_get_naming_end() need not wait. */
bool duet_get_naming_is_through(const struct duet_get_naming *naming);
/* They are over, named or not. Fine where nothing is under way. */
void duet_get_naming_end(struct duet_get_naming *naming);

#endif
