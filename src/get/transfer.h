/* SPDX-License-Identifier: MIT */
/*
 * get/transfer.h - one URL, from the command line to its exit code. It waits
 * for nothing itself and knows of no other transfer: whoever steps the client
 * calls it after each step (get/run.c).
 *
 *	new -> begin -> advance... -> is_whole -> is_over -> finish
 *	                break_off  -------------->
 */
#ifndef DUET_GET_TRANSFER_H
#define DUET_GET_TRANSFER_H

#include "get/board.h"
#include "get/checksum.h"
#include "get/list.h"
#include "get/options.h"
#include "get/reach.h"
#include "get/records.h"
#include "get/request.h"

/* What is shared by the URLs of one command line. */
struct duet_get {
	struct duet_get_options options;
	struct duet_get_list list;
	struct duet_get_request request;
	struct duet_get_reach reach;
	struct duet_get_checksums checksums;
	struct duet_get_records records;
	struct duet_get_board board;
};

/* Where one body goes. */
struct duet_get_target {
	size_t at;               /* of the URL in the list, from 0 */
	bool given;              /* -o or -O */
	const char *name;        /* of -o; NULL with .given: -O */
	struct duet_get_sum sum; /* what it must have; .hex "": any */
};

/* Of the i-th URL. DUET_OK, or what its checksum has to say against it. */
DUET_CHECK int duet_get_target_init(struct duet_get_target *target,
				    const struct duet_get *get, size_t i,
				    struct duet_error *err);

struct duet_get_transfer;

/* Borrows get and target's name. NULL: no memory. */
DUET_CHECK struct duet_get_transfer *duet_get_transfer_new(
	struct duet_get *get, const char *url,
	const struct duet_get_target *target);
/* Open where the body goes, and ask. It may be over already. */
void duet_get_transfer_begin(struct duet_get_transfer *t);
/* After a step of its client, or when wait_ms have passed: go as far as it
 * goes without waiting, and not much farther than others can wait for. */
void duet_get_transfer_advance(struct duet_get_transfer *t);
/* Its body is whole, and it only has to get its name (get/naming.h); break_off
 * leaves it as it is. */
bool duet_get_transfer_is_whole(const struct duet_get_transfer *t);
bool duet_get_transfer_is_over(const struct duet_get_transfer *t);
/*
 * What it waits for. The client, borrowed, is the one to step; NULL: none. A
 * descriptor that is not -1 is to be polled for reading beside it, and then
 * duet_client_resume() called. wait_ms: no longer than that; 0: it has more to
 * do at once.
 */
struct duet_client *duet_get_transfer_client(const struct duet_get_transfer *t);
int duet_get_transfer_wait_fd(const struct duet_get_transfer *t);
int32_t duet_get_transfer_wait_ms(const struct duet_get_transfer *t);
/* It cannot go on: a signal has come, or stepping the client failed, as err
 * says. Then it is over. */
void duet_get_transfer_break_off(struct duet_get_transfer *t,
				 const struct duet_error *err);
/* Say what there is to say, and return the exit code; t is gone. */
int duet_get_transfer_finish(struct duet_get_transfer *t);

#endif
