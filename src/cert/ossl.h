/* SPDX-License-Identifier: MIT */
/*
 * cert/ossl.h - OpenSSL's error queue: the host program's part of it is kept
 * out of our way and put back, and ours becomes a struct duet_error.
 */
#ifndef DUET_CERT_OSSL_H
#define DUET_CERT_OSSL_H

#include <duet/error.h>

/* What the host program had in this thread's queue. */
struct duet_ossl_queue {
	struct duet_ossl_entry *entries; /* NULL: nothing, as nearly always */
	size_t n;
};

/*
 * For a program, never for a library in one: OpenSSL does not give its memory
 * back at exit(3), where the kernel takes all of it at once. Before any other
 * call of OpenSSL's; otherwise nothing changes.
 */
void duet_ossl_leave_memory(void);

/*
 * Around every call of ours that speaks to OpenSSL: between the two the queue
 * is ours and begins empty; afterwards it is as it was. They nest. Without
 * memory the host's errors keep their codes and lose their texts at worst.
 */
void duet_ossl_queue_save(struct duet_ossl_queue *queue);
void duet_ossl_queue_restore(struct duet_ossl_queue *queue);

/* Empty it. To look first is cheap; to clear touches all of it. */
void duet_ossl_queue_clear(void);

/* Whether such an error is anywhere in the queue; lib 0 is any. */
bool duet_ossl_has(int lib, int reason);

/*
 * As duet_error_set(), with OpenSSL's first error and its words; the queue is
 * empty afterwards. When memory ran out below us that is what is reported,
 * whatever code says. Returns the code that was set.
 */
int duet_ossl_error_set(struct duet_error *err, int code, const char *fmt, ...)
	DUET_PRINTF(3, 4);
/* Add OpenSSL's first error, if any, to an error that has its sentence; the
 * queue stays. */
void duet_ossl_error_note(struct duet_error *err);

#endif
