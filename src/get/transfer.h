/* SPDX-License-Identifier: MIT */
/* get/transfer.h - one URL, from the command line to its exit code. */
#ifndef DUET_GET_TRANSFER_H
#define DUET_GET_TRANSFER_H

#include "get/checksum.h"
#include "get/options.h"
#include "get/reach.h"
#include "get/records.h"
#include "get/request.h"

/* What is shared by the URLs of one command line. */
struct duet_get {
	struct duet_get_options options;
	struct duet_get_request request;
	struct duet_get_reach reach;
	struct duet_get_checksums checksums;
	struct duet_get_records records;
};

/* Where one body goes. */
struct duet_get_target {
	size_t at;               /* of the URL on the command line, from 0 */
	bool given;              /* -o or -O */
	const char *name;        /* of -o; NULL with .given: -O */
	struct duet_get_sum sum; /* what it must have; .hex "": any */
};

/* Fetch it, say what there is to say, and return the exit code. */
int duet_get_transfer_run(struct duet_get *get, const char *url,
			  const struct duet_get_target *target);

#endif
