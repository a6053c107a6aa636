/* SPDX-License-Identifier: MIT */
/*
 * server/request_id.h - names for requests: 20 digits and small letters, the
 * first half that of a server, the second that of one of its requests.
 */
#ifndef DUET_SERVER_REQUEST_ID_H
#define DUET_SERVER_REQUEST_ID_H

#include <duet/error.h>

enum {
	DUET_REQUEST_ID_HALF = 10, /* digits of base 32 */
	DUET_REQUEST_ID_BYTES = 2 * DUET_REQUEST_ID_HALF + 1,
};

/* Zero but for what duet_request_ids_init() has drawn. */
struct duet_request_ids {
	uint64_t count;
	uint64_t before; /* secrets, see duet_request_id_next() */
	uint64_t after;
	char server[DUET_REQUEST_ID_HALF];
};

/* DUET_E_SYSTEM: no random bytes. */
DUET_CHECK int duet_request_ids_init(struct duet_request_ids *ids,
				     struct duet_error *err);
/* Another one; no system call. */
void duet_request_id_next(struct duet_request_ids *ids,
			  char dst[DUET_REQUEST_ID_BYTES]);

#endif
