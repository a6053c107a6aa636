/* SPDX-License-Identifier: MIT */
/*
 * net/socks.h - the client's side of SOCKS5 (RFC 1928), with a name and a
 * password (RFC 1929), over bytes: no socket, no clock.
 *
 *	init -> send_bytes/send_done, room/received ... -> DUET_OK: it is open
 *
 * It lends room for what its next message holds and no more, so that no byte of
 * the connection behind it is taken for one of the proxy's.
 */
#ifndef DUET_NET_SOCKS_H
#define DUET_NET_SOCKS_H

#include <duet/error.h>

enum {
	DUET_SOCKS_FIELD_MAX = 255, /* a host, a name, a password */
};

/* Where to, and as whom. Copied. */
struct duet_socks_to {
	const char *host; /* an IP literal, or a name that the proxy resolves */
	uint16_t port;
	const char *userinfo; /* "NAME:PASSWORD"; NULL: without */
};

enum duet_socks_state {
	DUET_SOCKS_METHOD, /* which way to authenticate it chooses */
	DUET_SOCKS_PASSWORD,
	DUET_SOCKS_REPLY,
	DUET_SOCKS_OPEN,
};

struct duet_socks {
	enum duet_socks_state state;
	char host[DUET_SOCKS_FIELD_MAX + 1];
	uint16_t port;
	bool has_password;
	size_t name_len;
	size_t password_len;
	char name[DUET_SOCKS_FIELD_MAX];
	char password[DUET_SOCKS_FIELD_MAX];
	uint8_t out[3 + 2 * DUET_SOCKS_FIELD_MAX]; /* the longest: RFC 1929 */
	size_t out_len;
	size_t out_at;
	uint8_t in[7 + DUET_SOCKS_FIELD_MAX]; /* the longest: a reply */
	size_t in_len;
	size_t in_want;
	uint8_t reply; /* the code of one that refused; 0: none */
};

/* DUET_OK or DUET_E_PROXY: a host, a name or a password that SOCKS cannot say.
 */
DUET_CHECK int duet_socks_init(struct duet_socks *socks,
			       const struct duet_socks_to *to,
			       struct duet_error *err);
/* Wipes the password. */
void duet_socks_done(struct duet_socks *socks);

struct duet_bytes duet_socks_send_bytes(const struct duet_socks *socks);
void duet_socks_send_done(struct duet_socks *socks, size_t n);

/* Room for what is still missing of its next message; none once it is open. */
struct duet_room duet_socks_room(struct duet_socks *socks);
/*
 * n bytes are in that room. DUET_OK: what follows is the connection's.
 * DUET_WANT_READ: send what there is, and receive more. DUET_E_PROXY: refused,
 * or not SOCKS5 at all, in words that go on after who it is ("it refuses
 * ..."); .reply tells a refusal that another address may not meet with.
 */
DUET_CHECK int duet_socks_received(struct duet_socks *socks, size_t n,
				   struct duet_error *err);
/* Of that reply: another address of the same host is worth a try. */
bool duet_socks_may_try_another(const struct duet_socks *socks);

#endif
