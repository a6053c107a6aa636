/* SPDX-License-Identifier: MIT */
/*
 * download/journal.h - what is known of a file that is not whole yet, beside
 * it: of what version it is, and which of its bytes are there.
 *
 *	duet-part 1
 *	url https://example.org/big.iso
 *	size 1073741824
 *	version "5f3-abc"
 *	have 0-1048575
 *	have 4194304-5242879
 *	end
 *
 * Lines in this order; size and version are left out where they are not known.
 * It is written whole and renamed, after the bytes it tells of have been
 * synced: what it says is there is there, whenever the program or the machine
 * has stopped. Whatever does not read exactly so is believed in nothing.
 */
#ifndef DUET_DOWNLOAD_JOURNAL_H
#define DUET_DOWNLOAD_JOURNAL_H

#include "download/spans.h"
#include "download/validator.h"

enum {
	DUET_JOURNAL_BYTES_MAX = 65536,
};

/* All zero but .size is an empty one. */
struct duet_journal {
	char *url;
	int64_t size; /* of all; -1: not known */
	struct duet_validator version;
	struct duet_spans have;
};

/* *ret is new, duet_journal_done() frees it. DUET_OK; DUET_E_ARGUMENT: that is
 * no journal, with why; DUET_E_NOMEM. On failure *ret is empty. */
DUET_CHECK int duet_journal_parse(struct duet_bytes text,
				  struct duet_journal *ret,
				  struct duet_error *err);
/* The text, new; NULL without memory. */
DUET_CHECK char *duet_journal_text(const struct duet_journal *journal);
/* From and to a file, which is for its owner alone. What is a symbolic link or
 * another user's is not read. DUET_EOF: there is none; otherwise as parse, or
 * DUET_E_SYSTEM. */
DUET_CHECK int duet_journal_load(const char *path, struct duet_journal *ret,
				 struct duet_error *err);
DUET_CHECK int duet_journal_save(const char *path,
				 const struct duet_journal *journal,
				 struct duet_error *err);
void duet_journal_done(struct duet_journal *journal);

#endif
