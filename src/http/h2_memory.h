/* SPDX-License-Identifier: MIT */
/*
 * http/h2_memory.h - the memory that nghttp2 holds, so that it can be given
 * back without nghttp2.
 *
 * nghttp2 1.52 frees an item twice when memory fails while the item is being
 * queued. So a session that has been refused memory is starving: it is not used
 * again, not even to be deleted, and done() frees all that it held.
 */
#ifndef DUET_HTTP_H2_MEMORY_H
#define DUET_HTTP_H2_MEMORY_H

#include <duet/error.h>

/* All zeroes is one that holds nothing. */
struct duet_h2_memory {
	struct duet_h2_piece *pieces; /* all that is held */
	bool starving;                /* some was refused, once and for good */
};

/* As nghttp2_mem has them; arg is the struct duet_h2_memory. NULL: there is no
 * memory, and what ptr points to is still there. */
void *duet_h2_memory_alloc(size_t size, void *arg);
void *duet_h2_memory_array(size_t n, size_t size, void *arg);
void *duet_h2_memory_resize(void *ptr, size_t size, void *arg);
void duet_h2_memory_release(void *ptr, void *arg);

/* Give back all that is held. */
void duet_h2_memory_done(struct duet_h2_memory *memory);

#endif
