/* SPDX-License-Identifier: MIT */
/* base/opts.h - option structs that may grow without breaking anybody. */
#ifndef DUET_BASE_OPTS_H
#define DUET_BASE_OPTS_H

#include <duet/error.h>

/*
 * Copy the caller's option struct src, whose first member is its size_t size,
 * into dst of dst_size bytes. Shorter (an older caller): the rest is zero.
 * Longer (a newer caller): the rest of src must be zero, or it asks for
 * something this library does not know: DUET_E_UNSUPPORTED. A size of 0 is a
 * forgotten macro: DUET_E_ARGUMENT. src NULL: all zero. what names the struct.
 */
DUET_CHECK int duet_opts_copy(void *dst, size_t dst_size, const void *src,
			      const char *what, struct duet_error *err);
/* The way back, for structs we fill: as much as the caller has room for. */
void duet_opts_return(void *dst, const void *src, size_t src_size);

#endif
