/* SPDX-License-Identifier: MIT */
/* get/records.h - what is told of each URL besides --json: the receipt,
 * the HAR, and -w. */
#ifndef DUET_GET_RECORDS_H
#define DUET_GET_RECORDS_H

#include "get/options.h"
#include "get/outcome.h"
#include "get/paper.h"
#include "get/write_out.h"

/* All zero is what done() accepts, also after an init that failed. */
struct duet_get_records {
	struct duet_get_paper receipt;
	struct duet_get_paper har;
	bool har_secrets;
	struct duet_get_write_out write_out;
	bool sha256; /* of bodies is wanted */
};

/* Before anything is fetched. On failure *ret_exit goes with the sentence. */
DUET_CHECK int duet_get_records_init(struct duet_get_records *records,
				     const struct duet_get_options *options,
				     int *ret_exit, struct duet_error *err);
/* All that is wanted, as far as it goes. DUET_OK, or what the first that failed
 * says. */
DUET_CHECK int duet_get_records_add(struct duet_get_records *records,
				    const struct duet_get_outcome *outcome,
				    struct duet_error *err);
/* How long until duet_get_records_keep() has something to do; below 0: for
 * ever. */
int32_t duet_get_records_wait_ms(const struct duet_get_records *records);
/* Write what is due, also where one URL takes long after others are done. What
 * fails is tried again, and told of by the next add or the end. */
void duet_get_records_keep(struct duet_get_records *records);
/* There are no more URLs: write the rest. As duet_get_records_add(). */
DUET_CHECK int duet_get_records_end(struct duet_get_records *records,
				    struct duet_error *err);
void duet_get_records_done(struct duet_get_records *records);

#endif
