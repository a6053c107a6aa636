/* SPDX-License-Identifier: MIT */
/*
 * daemon/sockets.h - the listening sockets of a service: one a worker for
 * every address, bound once by the supervisor, which keeps them, so that what
 * waits in the queue of a worker that crashed is served by the next.
 */
#ifndef DUET_DAEMON_SOCKETS_H
#define DUET_DAEMON_SOCKETS_H

#include <sys/types.h>

#include "net/address.h"

/* A socket file as it was made; ino is 0 where there is none. */
struct duet_socket_file {
	dev_t dev;
	ino_t ino;
};

struct duet_sockets {
	size_t n_places;
	size_t n_plain; /* the last so many of them are without TLS */
	size_t n_workers;
	int *fds; /* those of worker w begin at w * n_places; -1: closed */
	char (*texts)[DUET_ADDRESS_TEXT_BYTES]; /* of the places, as bound */
	const char **origins; /* the words each comes from, borrowed */
	struct duet_socket_file *files; /* of the places */
};

/*
 * Bind every place of the NULL-terminated lists for so many workers; plain may
 * be NULL. Where a port is 0 the first worker's socket decides and the others
 * follow. The statuses of duet_listen(), and DUET_E_NOMEM.
 */
DUET_CHECK int duet_sockets_open(struct duet_sockets *sockets,
				 const char *const *places,
				 const char *const *plain, size_t n_workers,
				 struct duet_error *err);
/* In worker w: its sockets stay, the others' are closed. */
void duet_sockets_keep(struct duet_sockets *sockets, size_t w);
/* Accept no more. */
void duet_sockets_close(struct duet_sockets *sockets);
/* Remove the socket files made by open, unless the name has become somebody
 * else's: in the supervisor only, and before they are closed, so that no other
 * file has the number of theirs. */
void duet_sockets_unlink(const struct duet_sockets *sockets);
/* Closes, unlinks nothing. */
void duet_sockets_done(struct duet_sockets *sockets);

static inline bool duet_sockets_is_plain(const struct duet_sockets *sockets,
					 size_t i)
{
	return i + sockets->n_plain >= sockets->n_places;
}

/* Worker w's sockets: n_places of them. */
static inline const int *duet_sockets_of(const struct duet_sockets *sockets,
					 size_t w)
{
	return sockets->fds + w * sockets->n_places;
}

#endif
