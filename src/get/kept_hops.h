/* SPDX-License-Identifier: MIT */
/* get/kept_hops.h - the redirects of a failure that outlive the client's next
 * one. */
#ifndef DUET_GET_KEPT_HOPS_H
#define DUET_GET_KEPT_HOPS_H

#include <duet/client.h>

/* A copy of a list of struct duet_facts and of all that it points to, in one
 * block for duet_mem_free(): the list is at its beginning. NULL without memory,
 * and for NULL. */
void *duet_get_hops_keep(const struct duet_hop *const *hops);

#endif
