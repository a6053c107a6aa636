/* SPDX-License-Identifier: MIT */
/*
 * tls/early.h - early data (RFC 8446 s2.3): what a client says before its
 * handshake, under the keys of a session that it has imported.
 *
 * Who sees it pass can send it again, to this server or to another one that
 * knows the session; and it is not protected by keys of this handshake. So it
 * is for what may happen twice, and for who asks for it.
 */
#ifndef DUET_TLS_EARLY_H
#define DUET_TLS_EARLY_H

#include <duet/tls.h>

enum {
	/*
	 * One record (RFC 8446 s5.1). A server that knows nothing of the
	 * session must skip what it cannot read, and OpenSSL's skip so much
	 * where early data is off.
	 */
	DUET_EARLY_MAX = 16384,
};

/*
 * How many bytes may be said so now: what the session allows, and at most
 * DUET_EARLY_MAX. 0: it is none that allows any, it has run out, it is of
 * another name or protocol than we offer, or the handshake has begun.
 */
size_t duet_tls_early_room(const struct duet_tls *tls);
/* It is of that protocol (ALPN), and what is said must be. */
bool duet_tls_early_speaks(const struct duet_tls *tls, const char *protocol);
/*
 * Say it: once, all of it, before duet_tls_handshake(). DUET_OK; DUET_E_STATE:
 * there is not so much room; or as duet_tls_handshake().
 */
DUET_CHECK int duet_tls_early_write(struct duet_tls *tls, const void *buf,
				    size_t len, struct duet_error *err);
/*
 * What became of it; certain once the handshake is done. Where it was rejected
 * nothing of it has been said, and another protocol may have been chosen.
 */
enum duet_early duet_tls_early(const struct duet_tls *tls);

#endif
