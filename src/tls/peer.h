/* SPDX-License-Identifier: MIT */
/* tls/peer.h - the strings that duet_tls_peer() lends. */
#ifndef DUET_TLS_PEER_H
#define DUET_TLS_PEER_H

struct duet_peer_text;

void duet_peer_text_free(struct duet_peer_text *text);

#endif
