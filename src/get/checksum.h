/* SPDX-License-Identifier: MIT */
/*
 * get/checksum.h - --checksum: what a body must be, and what it is.
 *
 *	checksums: init (files are read) -> for each URL: find -> ... -> done
 *	one body:  begin -> add... -> end -> judge           as it is written
 *	                 -> file          -> judge           when it is there
 *
 * A body is hashed as it is written, after its codings were undone.
 */
#ifndef DUET_GET_CHECKSUM_H
#define DUET_GET_CHECKSUM_H

#include "cli/opt.h"
#include "get/sums.h"

/* Of all URLs of a command. All zero is what done() accepts. */
struct duet_get_checksums {
	const struct duet_opt_list *args;
	struct duet_buffer *texts; /* of each that is a file */
};

/* One argument, by itself. DUET_OK, DUET_E_ARGUMENT in words. */
DUET_CHECK int duet_get_checksum_check(const char *arg, struct duet_error *err);
/* All of them: one for each URL, or a single file for all. */
DUET_CHECK int duet_get_checksums_check(const struct duet_opt_list *args,
					int urls, struct duet_error *err);
/* Read the files. DUET_OK; DUET_E_SYSTEM, DUET_E_LIMIT, DUET_E_NOMEM. */
DUET_CHECK int duet_get_checksums_init(struct duet_get_checksums *checksums,
				       const struct duet_opt_list *args,
				       struct duet_error *err);
/*
 * Of the URL at that place of the command line, which is saved under a name, or
 * NULL: a file is asked about that, and about the last part of the URL. DUET_OK
 * with ret->hex, which is "" where nothing was asked for; DUET_E_ARGUMENT: a
 * file does not tell; DUET_E_NOMEM.
 */
DUET_CHECK int duet_get_checksums_find(
	const struct duet_get_checksums *checksums, size_t at,
	const char *saved_as, const char *url, struct duet_get_sum *ret,
	struct duet_error *err);
void duet_get_checksums_done(struct duet_get_checksums *checksums);

enum duet_get_verdict {
	DUET_GET_UNCHECKED = 0, /* nothing was asked for, or it did not come */
	DUET_GET_GOOD,
	DUET_GET_WRONG,
};

/* Of one body. All zero is what done() accepts. */
struct duet_get_checksum {
	struct duet_get_sum want; /* .hex "": none */
	bool sha256;              /* is wanted for itself, too */
	struct duet_hash *hashes[DUET_HASH_KINDS];
	char sums[DUET_HASH_KINDS][DUET_GET_HEX_BYTES]; /* "": not known */
	enum duet_get_verdict verdict;
};

/* What was added before is forgotten. DUET_OK, DUET_E_NOMEM,
 * DUET_E_UNSUPPORTED. */
DUET_CHECK int duet_get_checksum_begin(struct duet_get_checksum *checksum,
				       struct duet_error *err);
void duet_get_checksum_add(struct duet_get_checksum *checksum, const void *data,
			   size_t len);
/* It is all there: the sums, and the verdict. DUET_OK whatever that is;
 * DUET_E_NOMEM. */
DUET_CHECK int duet_get_checksum_end(struct duet_get_checksum *checksum,
				     struct duet_error *err);
/* begin, add and end of a file as it is, for a body whose bytes did not come in
 * order, or at all. Also DUET_E_SYSTEM. */
DUET_CHECK int duet_get_checksum_file(struct duet_get_checksum *checksum,
				      const char *path, struct duet_error *err);
/* "good", "wrong"; NULL: unchecked. */
const char *duet_get_verdict_word(enum duet_get_verdict verdict);
/* Set the sentence of a wrong one: url, both sums, and where it is. */
void duet_get_checksum_say(const struct duet_get_checksum *checksum,
			   const char *url, const char *where,
			   struct duet_error *err);
void duet_get_checksum_done(struct duet_get_checksum *checksum);

#endif
