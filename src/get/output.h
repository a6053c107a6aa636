/* SPDX-License-Identifier: MIT */
/*
 * get/output.h - where a body goes.
 *
 * A file is written as NAME.part and takes its NAME only when it is known to
 * be whole: until then a NAME that exists is not touched, and after a cut what
 * came stays in NAME.part. What is no regular file (a device, a pipe) is
 * written in place.
 *
 *	open -> begin -> write... -> finish     NAME, for good after sync_name
 *	                          -> keep       NAME.part
 *	     -> drop                            as if it had never been
 *
 * One program at a time writes a NAME.part: it is locked.
 */
#ifndef DUET_GET_OUTPUT_H
#define DUET_GET_OUTPUT_H

#include <duet/error.h>

#include "get/terminal.h"

enum duet_get_output_kind {
	DUET_GET_OUTPUT_NONE = 0, /* bytes are counted and forgotten */
	DUET_GET_OUTPUT_STDOUT,
	DUET_GET_OUTPUT_FILE,     /* by way of its .part */
	DUET_GET_OUTPUT_IN_PLACE, /* a device */
};

struct duet_get_output {
	enum duet_get_output_kind kind;
	char *path;
	char *part; /* FILE only */
	int fd;
	uint64_t device; /* that the .part is on */
	bool made;       /* the .part did not exist before */
	bool begun;      /* what is there now, is of this transfer */
	unsigned mode;   /* of the file that will be replaced, or 0 */
	uint64_t bytes;  /* written */
	bool filtered;   /* to a terminal, unless asked for by name */
	bool in_body;    /* some of it was to be written */
	bool synced;     /* since the last byte of it was written */
	bool scattered;  /* write_at was used: what was written is not all there
			  * is of the file, and not in order */
	struct duet_get_terminal terminal;
};

/* All zero and NULL, which done() accepts. */
void duet_get_output_init(struct duet_get_output *output);
/* Standard output; by_name: asked for as "-", so that a terminal gets the
 * bytes as they are. */
void duet_get_output_open_stdout(struct duet_get_output *output, bool by_name);
/*
 * Fails with DUET_E_SYSTEM or DUET_E_ARGUMENT (a directory) before anything is
 * fetched. follow: a symbolic link stands for the file it points at, and is
 * refused where there is none; without, it always is, for a stranger may have
 * chosen the name.
 */
DUET_CHECK int duet_get_output_open_file(struct duet_get_output *output,
					 const char *path, bool follow,
					 struct duet_error *err);

/* An answer has come: what an earlier attempt left in .part is forgotten. */
DUET_CHECK int duet_get_output_begin(struct duet_get_output *output,
				     struct duet_error *err);
/* The head of the answer, for -i and -I, before the body. */
DUET_CHECK int duet_get_output_write_head(struct duet_get_output *output,
					  const struct duet_buffer *head,
					  struct duet_error *err);
/* The body as it comes. DUET_E_ARGUMENT: it is binary, and for a terminal;
 * DUET_E_GONE: a signal has come. */
DUET_CHECK int duet_get_output_write(struct duet_get_output *output,
				     const void *data, size_t len,
				     struct duet_error *err);
/*
 * Instead of begin: what is in the .part stays, and what comes is put where it
 * belongs by write_at, in any order. copied: what is in NAME is copied to the
 * .part first. For a FILE.
 */
DUET_CHECK int duet_get_output_go_on(struct duet_get_output *output,
				     bool copied, struct duet_error *err);
DUET_CHECK int duet_get_output_write_at(struct duet_get_output *output,
					const void *data, size_t len,
					uint64_t at, struct duet_error *err);
/* The .part is so long, whatever an earlier attempt has left behind it. */
DUET_CHECK int duet_get_output_trim(struct duet_get_output *output,
				    uint64_t size, struct duet_error *err);
/* The .part is still the file that is written: who has removed it may have
 * begun another of that name since. */
bool duet_get_output_has_part(const struct duet_get_output *output);
/* It is whole: sync, rename. On failure the .part stays. */
DUET_CHECK int duet_get_output_finish(struct duet_get_output *output,
				      struct duet_error *err);
/* Before that, of several: with this one all that were written on its file
 * system are synced, which takes hardly longer. For a FILE. */
void duet_get_output_sync_all(struct duet_get_output *const *outputs, size_t n);
/* Its name is to be there after a power cut too. before, which may be NULL, is
 * one whose name was synced just now, with all of its directory. */
void duet_get_output_sync_name(const struct duet_get_output *output,
			       const struct duet_get_output *before);
/* It is not: the .part stays as it is. */
void duet_get_output_keep(struct duet_get_output *output);
/* For a file: drop it, and count what comes without writing it. */
void duet_get_output_forget(struct duet_get_output *output);
/* Nothing came: a .part of ours goes, one of an earlier attempt stays. */
void duet_get_output_drop(struct duet_get_output *output);
void duet_get_output_done(struct duet_get_output *output);

#endif
