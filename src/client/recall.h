/* SPDX-License-Identifier: MIT */
/* client/recall.h - what the client remembers, put to use at each hop: cookies,
 * credentials, and hosts that want https only. */
#ifndef DUET_CLIENT_RECALL_H
#define DUET_CLIENT_RECALL_H

#include <duet/http.h>

struct duet_fetch;

/* Before a request is sent: what goes with it. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_recall_add(struct duet_fetch *fetch);
/* The head of an answer, be it a redirect, has come: what it wants to be
 * remembered. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_recall_note(struct duet_fetch *fetch,
				const struct duet_head *head);

#endif
