/* SPDX-License-Identifier: MIT */
/*
 * get/asking.h - a request until the head of its answer. It is on the heap
 * because the client calls it back: whoever asked may be gone by then.
 */
#ifndef DUET_GET_ASKING_H
#define DUET_GET_ASKING_H

#include <duet/client.h>

struct duet_get_asking {
	bool answered; /* by what follows */
	int status;    /* DUET_OK, or that of .error */
	struct duet_response *response;
	struct duet_error error;
	/* Of a failure, as far as it came, all of it copied; .size 0: nothing
	 * is known. */
	struct duet_facts facts;
	struct duet_get_kept_facts *kept;
	struct duet_client *client;
	bool abandoned;
};

/* duet_start(): NULL with its status in err. */
DUET_CHECK struct duet_get_asking *duet_get_asking_new(
	struct duet_client *client, const struct duet_request *request,
	struct duet_error *err);
/* The answer becomes the caller's. NULL: there is none. */
struct duet_response *duet_get_asking_take(struct duet_get_asking *asking);
/* At any time. What has not been answered goes on until it is, and is
 * forgotten; its source must stay where it is for so long. NULL is fine. */
void duet_get_asking_drop(struct duet_get_asking *asking);

#endif
