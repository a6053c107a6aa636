/* SPDX-License-Identifier: MIT */
/*
 * conn/lend.h - replies that are sent again and again: fields that are ready,
 * bodies that lie in memory and are sent from where they are. <duet/http.h>
 * does not offer it to others, since it is the lender who must know when he
 * has his bytes back.
 */
#ifndef DUET_CONN_LEND_H
#define DUET_CONN_LEND_H

#include <duet/http.h>

#include "http/prepared.h"

/* As duet_conn_reply(), with more fields; none if prepared is NULL. They are
 * not looked at after the call. */
DUET_CHECK int duet_conn_reply_prepared(struct duet_conn *conn, uint64_t stream,
					const struct duet_head *head,
					const struct duet_prepared *prepared,
					struct duet_error *err);

/*
 * All that is left of the body of a reply with a content_length, and its end:
 * instead of duet_conn_send_data() and duet_conn_send_end(), with their
 * statuses. The bytes stay where they are, unchanged, while duet_conn_lent() is
 * not 0.
 */
DUET_CHECK int duet_conn_lend(struct duet_conn *conn, uint64_t stream,
			      struct duet_bytes body, struct duet_error *err);
/* How many of them have not been taken yet. */
size_t duet_conn_lent(const struct duet_conn *conn, uint64_t stream);
/* The lender wants them back at once: what was not taken is cut. */
void duet_conn_reclaim(struct duet_conn *conn, uint64_t stream);

#endif
