/* SPDX-License-Identifier: MIT */
/* conn/early.h - a request before the handshake, as early data (tls/early.h).
 */
#ifndef DUET_CONN_EARLY_H
#define DUET_CONN_EARLY_H

#include <duet/http.h>

/*
 * Before anything else is done with a client's connection: true if a request
 * may be made now, which goes as early data together with the hello. It does so
 * as a whole or not at all; duet_tls_early() says which, and once the handshake
 * is done, whether it was accepted. If not, the connection knows nothing of it
 * any more, not even by its number: make it again.
 */
bool duet_conn_begin_early(struct duet_conn *conn);

#endif
