/* SPDX-License-Identifier: MIT */
/* site/trail.h - everything a path leads through, so as to hear of changes. */
#ifndef DUET_SITE_TRAIL_H
#define DUET_SITE_TRAIL_H

#include "site/notice.h"

enum {
	DUET_TRAIL_LINKS_MAX = 8, /* symbolic links of one path */
};

struct duet_trail_tie;

/* All zero: empty. */
struct duet_trail {
	struct duet_notices *notices;
	void *owner; /* who is told */
	struct duet_trail_tie *ties;
};

/*
 * Tie the owner to each name that path, which is relative, is resolved by, to
 * the directories they are in, and to the file or directory at its end: what
 * is found by that path afterwards is found until the owner is told. A name
 * that is not there is tied to as well: the owner is told when it comes.
 *
 * from is the directory to begin at. 0, and *ret_fd is what is at the end
 * (O_PATH; yours to close), or -1: nothing is; or -errno: it cannot all be
 * watched. What was tied until then stays tied.
 *
 * This decides nothing about what may be served: duet_beneath_open() does.
 */
DUET_CHECK int duet_trail_follow(struct duet_trail *trail, int from,
				 const char *path, int *ret_fd);
void duet_trail_untie(struct duet_trail *trail);

#endif
