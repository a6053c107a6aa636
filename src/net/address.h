/* SPDX-License-Identifier: MIT */
/* net/address.h - where to listen, and addresses in words. */
#ifndef DUET_NET_ADDRESS_H
#define DUET_NET_ADDRESS_H

#include <sys/socket.h>

#include <duet/error.h>

#include "base/str.h"

struct duet_address {
	struct sockaddr_storage storage;
	socklen_t len;
};

enum {
	DUET_ADDRESS_TEXT_BYTES = 128,
};
/* "192.0.2.1:443", "[2001:db8::1]:443", "unix:/run/x", "unix:" (unnamed).
 * IPv4 mapped into IPv6 is shown as IPv4. */
void duet_address_text(char dst[DUET_ADDRESS_TEXT_BYTES],
		       const struct duet_address *address);
/* Of such a text, or of what duet_listen() takes. */
static inline bool duet_address_is_unix(const char *text)
{
	return duet_str_starts(text, "unix:");
}
/* An IP literal, "::1" or "[::1]" or "127.0.0.1", and a port. */
bool duet_address_parse(struct duet_address *ret, const char *literal,
			uint16_t port);
/* 0 for a unix socket. */
uint16_t duet_address_port(const struct duet_address *address);
/* The socket of that path; false: longer than a socket's may be, or empty. */
bool duet_address_of_path(struct duet_address *ret, const char *path);
/* "IPv4 " or "IPv6 ", and "" for both: before "address". */
const char *duet_family_words(sa_family_t family);
/* Does nothing to a unix socket. */
void duet_address_set_port(struct duet_address *address, uint16_t port);

/*
 * Bind and listen, close-on-exec and non-blocking. where: "127.0.0.1:8443",
 * "[::]:443" (IPv6 only), ":443" (IPv6 and IPv4 in one socket), "localhost:0",
 * "unix:/run/x.sock" (a stale socket file is replaced, a living one is not).
 * A name with several addresses binds the first of each family:
 * *ret_n of at most 2 descriptors. DUET_E_ARGUMENT (not such a form),
 * DUET_E_RESOLVE, DUET_E_SYSTEM; the sentence names where and, for a port that
 * is taken or forbidden, what to do.
 */
DUET_CHECK int duet_listen(const char *where, bool reuse_port, int ret_fds[2],
			   size_t *ret_n, struct duet_error *err);
/* The address a socket is bound to. */
DUET_CHECK int duet_address_of(int fd, struct duet_address *ret,
			       struct duet_error *err);

#endif
