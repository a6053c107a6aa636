/* SPDX-License-Identifier: MIT */
/* broken/play.h - a script, played to one client. */
#ifndef DUET_BROKEN_PLAY_H
#define DUET_BROKEN_PLAY_H

#include "broken/case.h"
#include "broken/link.h"

/* What scripts refer to. */
struct duet_broken_scene {
	uint16_t plain_port;   /* where plain HTTP is spoken */
	struct duet_bytes crl; /* in DER; what is answered there to /crl */
};

/*
 * Step by step, until the last one or until the client has gone. One that has
 * not agreed on HTTP/2 where the case is about that is told so in HTTP/1.1.
 */
void duet_broken_play(struct duet_broken_link *link,
		      const struct duet_broken_case *row,
		      const struct duet_broken_scene *scene);

#endif
