/* SPDX-License-Identifier: MIT */
#include "http/h2_memory.h"

#include <string.h>

#include "base/mem.h"

/* What goes before each allocation. */
struct duet_h2_piece {
	struct duet_h2_piece *next;
	struct duet_h2_piece *prev;
};

static void link_up(struct duet_h2_memory *memory, struct duet_h2_piece *piece)
{
	piece->prev = NULL;
	piece->next = memory->pieces;
	if (piece->next != NULL)
		piece->next->prev = piece;
	memory->pieces = piece;
}

static void unlink_it(struct duet_h2_memory *memory,
		      const struct duet_h2_piece *piece)
{
	if (piece->prev != NULL)
		piece->prev->next = piece->next;
	else
		memory->pieces = piece->next;
	if (piece->next != NULL)
		piece->next->prev = piece->prev;
}

/* What is behind the link, or NULL, and then never again. */
static void *keep(struct duet_h2_memory *memory, struct duet_h2_piece *piece)
{
	if (piece == NULL) {
		memory->starving = true;
		return NULL;
	}
	link_up(memory, piece);
	return piece + 1;
}

void *duet_h2_memory_alloc(size_t size, void *arg)
{
	return keep(arg, duet_mem_alloc(sizeof(struct duet_h2_piece) + size));
}

void *duet_h2_memory_array(size_t n, size_t size, void *arg)
{
	/* small, nghttp2's word */
	void *ptr = duet_h2_memory_alloc(n * size, arg);

	return ptr != NULL ? memset(ptr, 0, n * size) : NULL;
}

void *duet_h2_memory_resize(void *ptr, size_t size, void *arg)
{
	struct duet_h2_piece *piece = ptr;
	struct duet_h2_memory *memory = arg;
	struct duet_h2_piece *larger;

	if (piece == NULL)
		return duet_h2_memory_alloc(size, arg);
	unlink_it(memory, --piece);
	larger = duet_mem_resize(piece, sizeof(*piece) + size);
	if (larger == NULL)
		link_up(memory, piece); /* it is still there */
	return keep(memory, larger);
}

void duet_h2_memory_release(void *ptr, void *arg)
{
	struct duet_h2_piece *piece = ptr;

	if (piece == NULL)
		return;
	unlink_it(arg, --piece);
	duet_mem_free(piece);
}

void duet_h2_memory_done(struct duet_h2_memory *memory)
{
	struct duet_h2_piece *piece;

	while ((piece = memory->pieces) != NULL) {
		memory->pieces = piece->next;
		duet_mem_free(piece);
	}
}
