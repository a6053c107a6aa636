/* SPDX-License-Identifier: MIT */
/*
 * get/body.h - the body of a request in pieces: bytes in memory, and files that
 * are read while they are sent, however large they are.
 *
 * How long a regular file is and which it is is noted when it is added. One
 * that is another when its turn comes, or ends elsewhere, gives an error
 * before the last byte of what was promised: what is sent is never a mixture
 * that looks whole.
 */
#ifndef DUET_GET_BODY_H
#define DUET_GET_BODY_H

#include <duet/client.h>

struct duet_get_piece;

enum {
	DUET_GET_HELD_MAX = 256 << 20, /* of what is held in memory at once */
};

/* All zero is an empty one. */
struct duet_get_body {
	struct duet_get_piece *pieces;
	size_t n;
	size_t cap;
	bool once; /* one is no regular file: it can be sent once */
};

/* Copied to the end. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_get_body_add(struct duet_get_body *body, const void *data,
				 size_t len);
/* The same of text. */
DUET_CHECK int duet_get_body_add_str(struct duet_get_body *body,
				     const char *text);
/*
 * A file's bytes; "-" is standard input, from where it stands. A pipe, a
 * terminal or a device is read to its end at once, at most
 * DUET_GET_HELD_MAX bytes of it. DUET_OK, DUET_E_SYSTEM (cannot open or read; a
 * directory), DUET_E_LIMIT, DUET_E_NOMEM; the sentence names the file.
 */
DUET_CHECK int duet_get_body_add_file(struct duet_get_body *body,
				      const char *path, struct duet_error *err);
/* The same, but a pipe and the like is opened and read once, as it is sent. */
DUET_CHECK int duet_get_body_add_stream(struct duet_get_body *body,
					const char *path,
					struct duet_error *err);
/* Or DUET_LENGTH_UNKNOWN. */
int64_t duet_get_body_length(const struct duet_get_body *body);
void duet_get_body_done(struct duet_get_body *body);

/* One way through it; the body outlives it. */
struct duet_get_reading {
	const struct duet_get_body *body;
	size_t at;               /* which piece */
	int64_t offset;          /* in it */
	int fd;                  /* of that piece; -1: not open */
	bool paused;             /* nothing to read now; it is not over */
	struct duet_error error; /* .code DUET_OK: none yet */
};

void duet_get_reading_init(struct duet_get_reading *reading,
			   const struct duet_get_body *body);
/* A duet_source_fn and a duet_rewind_fn. */
int duet_get_reading_give(void *reading, void *buf, size_t cap, size_t *n);
int duet_get_reading_rewind(void *reading);
/* Whoever paused it has something now: what to poll(2) for reading, or -1. */
int duet_get_reading_wait_fd(const struct duet_get_reading *reading);
void duet_get_reading_done(struct duet_get_reading *reading);

#endif
