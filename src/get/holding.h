/* SPDX-License-Identifier: MIT */
/*
 * get/holding.h - what a transfer has of its file already, and the journal
 * NAME.part.duet that tells a later one.
 *
 * The journal is written when a body has been on its way for a tenth of a
 * second, then after twice that and so on up to every five seconds, and when a
 * transfer ends without the whole: each time after the bytes were synced.
 */
#ifndef DUET_GET_HOLDING_H
#define DUET_GET_HOLDING_H

#include "download/journal.h"
#include "get/output.h"

struct duet_get_holding {
	bool on;     /* what comes is (part of) the file that the URL names */
	bool asked;  /* -C -: go on even without a version to ask for */
	bool copied; /* .have is of NAME, and to be copied to its .part */
	char *path;  /* of the journal; NULL: no file, nothing is kept */
	struct duet_journal journal;
	/* Where that names no version: of the first part that came. */
	struct duet_validator since;
	bool there; /* a journal, as far as is known */
	bool unsaved;
	int64_t saved_ms; /* when; by duet_clock_ms() */
	int32_t pause_ms; /* until the next time */
};

/* url is what is asked for, without secrets. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_get_holding_init(struct duet_get_holding *holding,
				     const struct duet_get_output *output,
				     const char *url, struct duet_error *err);
/*
 * -C -: what is there of an earlier transfer. A .part counts with its journal
 * alone; why that is worth nothing is put into *ret_why (NULL: it is not), and
 * then all is fetched. Without a .part it is NAME itself. DUET_OK;
 * DUET_E_ARGUMENT: it is of another URL; DUET_E_SYSTEM, DUET_E_NOMEM.
 */
DUET_CHECK int duet_get_holding_find(struct duet_get_holding *holding,
				     const struct duet_get_output *output,
				     const char **ret_why,
				     struct duet_error *err);
/* Nothing is there; what head begins is of this version, if it says so. The
 * journal of an earlier one goes, before its bytes do. */
void duet_get_holding_anew(struct duet_get_holding *holding,
			   const struct duet_head *head);
/* [from, to) has been written. False: too many pieces. */
DUET_CHECK bool duet_get_holding_add(struct duet_get_holding *holding,
				     uint64_t from, uint64_t to);
/* Now and then: save it if it is time to. DUET_OK, or why it could not be:
 * nothing more is saved then. */
DUET_CHECK int duet_get_holding_tick(struct duet_get_holding *holding,
				     const struct duet_get_output *output,
				     struct duet_error *err);
/* At once. */
DUET_CHECK int duet_get_holding_save(struct duet_get_holding *holding,
				     const struct duet_get_output *output,
				     struct duet_error *err);
/* The file has its name. */
void duet_get_holding_forget(struct duet_get_holding *holding);
void duet_get_holding_done(struct duet_get_holding *holding);

#endif
