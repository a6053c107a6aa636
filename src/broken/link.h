/* SPDX-License-Identifier: MIT */
/*
 * broken/link.h - one connection of a misbehaving server, with TLS or without.
 * Every call waits; how long at most is for the process to say (alarm(2)).
 */
#ifndef DUET_BROKEN_LINK_H
#define DUET_BROKEN_LINK_H

#include <duet/tls.h>

struct duet_broken_link {
	int fd;
	struct duet_tls *tls; /* NULL: none */
	uint32_t stream;      /* of the request, in HTTP/2 */
	bool whole;           /* that request has come to its end */
};

/* Take fd over, which blocks, and shake hands where there is a config. On
 * failure too the link is to be ended. */
DUET_CHECK bool duet_broken_link_open(struct duet_broken_link *link, int fd,
				      struct duet_config *config);
/* Whether the client has agreed on HTTP/2. */
bool duet_broken_link_is_h2(const struct duet_broken_link *link);

/* All of it, or false: the client has gone. */
DUET_CHECK bool duet_broken_link_send(struct duet_broken_link *link,
				      const void *data, size_t len);
/* Some bytes; 0: there will be none. */
size_t duet_broken_link_read(struct duet_broken_link *link, void *data,
			     size_t cap);
DUET_CHECK bool duet_broken_link_read_exactly(struct duet_broken_link *link,
					      void *data, size_t len);

/* close_notify; nothing without TLS. */
void duet_broken_link_goodbye(struct duet_broken_link *link);
/* FIN, and read on until the client's: an RST of ours would overtake what is
 * on its way. */
void duet_broken_link_fin(struct duet_broken_link *link);
/* RST, once the client's kernel has all that was sent. */
void duet_broken_link_rst(struct duet_broken_link *link);
/* Read until the client goes, and answer nothing. */
void duet_broken_link_wait(struct duet_broken_link *link);
/* Close it. */
void duet_broken_link_end(struct duet_broken_link *link);

#endif
