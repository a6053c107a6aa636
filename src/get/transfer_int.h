/* SPDX-License-Identifier: MIT */
/* get/transfer_int.h - what the files of a transfer share: transfer.c moves,
 * judge.c looks at heads, fail.c puts failures in words, settle.c ends. */
#ifndef DUET_GET_TRANSFER_INT_H
#define DUET_GET_TRANSFER_INT_H

#include "get/asking.h"
#include "get/meter.h"
#include "get/outcome.h"
#include "get/output.h"
#include "get/transfer.h"

enum duet_get_transfer_state {
	DUET_GET_TRANSFER_NEW = 0,
	DUET_GET_TRANSFER_ASKING,  /* for the head */
	DUET_GET_TRANSFER_READING, /* the body */
	DUET_GET_TRANSFER_OVER,    /* .outcome says how */
};

struct duet_get_transfer {
	struct duet_get *get;
	struct duet_get_target target;
	enum duet_get_transfer_state state;
	char *url;   /* as asked for, with what the options add */
	char *shown; /* the same without secrets */
	struct duet_get_output output;
	struct duet_get_meter meter;
	struct duet_client *client;
	struct duet_get_reading reading; /* of the body that is sent */
	struct duet_get_asking *asking;
	struct duet_response *response;
	char *piece; /* of the body, on its way to the output */
	bool busy;   /* more can be read at once */
	struct duet_get_outcome outcome;
};

/* fail.c: it is over, by the failure whose sentence is in outcome.error; after
 * a signal it is that, whatever came of it. The exit code is returned. */
int duet_get_fail(struct duet_get_transfer *t, int exit, const char *word);
/* The same, of the library, with what helps. */
int duet_get_fail_asking(struct duet_get_transfer *t, int exit);
/* ... of the output, with this status */
int duet_get_fail_writing(struct duet_get_transfer *t, int status);
/* ... of what was to be sent */
int duet_get_fail_sending(struct duet_get_transfer *t);
/* ... of a body that does not end as it should */
int duet_get_fail_reading(struct duet_get_transfer *t, int status);
/* What is known of the response now. */
void duet_get_look_at_facts(struct duet_get_transfer *t);

/* judge.c: the head is there. DUET_OK: its body is wanted. */
int duet_get_judge_head(struct duet_get_transfer *t);

/* settle.c: what stays on disk, and what is told. */
void duet_get_settle(struct duet_get_transfer *t);

#endif
