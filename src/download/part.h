/* SPDX-License-Identifier: MIT */
/* download/part.h - which part of a file an answer says it is. */
#ifndef DUET_DOWNLOAD_PART_H
#define DUET_DOWNLOAD_PART_H

#include <duet/http.h>

#include "download/spans.h"

/*
 * Of a 206 or a 416, by its Content-Range. *ret_size is the size of all of it,
 * -1: not told; the part of a 416 ("bytes * /1000") is empty. False: it does
 * not say so, or says nothing that can be.
 */
DUET_CHECK bool duet_part_of(const struct duet_head *head,
			     struct duet_span *ret_part, int64_t *ret_size);

#endif
