/* SPDX-License-Identifier: MIT */
/* server/handler.h - for the handlers of this library: what <duet/server.h>
 * does not offer to others. */
#ifndef DUET_SERVER_HANDLER_H
#define DUET_SERVER_HANDLER_H

#include <duet/server.h>

/* Called by the producer of a reply before it gives up: the report has this
 * for the cause, unless there is an earlier one. */
void duet_reply_because(struct duet_exchange *exchange,
			const struct duet_error *why);

#endif
