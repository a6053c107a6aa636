/* SPDX-License-Identifier: MIT */
/*
 * conn/glance.h - what a driver asks so often that it must cost nothing: unlike
 * duet_conn_get_state() it encrypts nothing, so that what is written next can
 * still share a record.
 */
#ifndef DUET_CONN_GLANCE_H
#define DUET_CONN_GLANCE_H

#include <duet/http.h>

/* HTTP/2; false before the handshake has chosen it. */
bool duet_conn_is_multiplexed(const struct duet_conn *conn);
/* duet_conn_request() would not be refused for the connection's sake. */
bool duet_conn_may_request(const struct duet_conn *conn);

#endif
