/* SPDX-License-Identifier: MIT */
/* site/send.h - what of a file is sent: all, a part, or that it is unchanged.
 */
#ifndef DUET_SITE_SEND_H
#define DUET_SITE_SEND_H

#include <duet/server.h>

#include "site/select.h"

struct duet_sending;

/* Replies that are over, for the next ones; all zero at first. */
struct duet_sendings {
	struct duet_sending *spare;
	size_t n_spare;
};
void duet_sendings_done(struct duet_sendings *sendings);

/*
 * Reply with what was selected, whose references are taken over: the request's
 * conditional fields (RFC 9110 s13) and its ranges (s14) obeyed; 406 where
 * nothing is accepted. A reply is whole only if all its bytes are of one
 * version.
 */
void duet_sendings_reply(struct duet_sendings *sendings,
			 struct duet_exchange *exchange,
			 const struct duet_selected *selected);

#endif
