/* SPDX-License-Identifier: MIT */
/* get/facts.h - facts of a failure that outlive the client's next one. */
#ifndef DUET_GET_FACTS_H
#define DUET_GET_FACTS_H

#include <duet/client.h>

struct duet_get_kept_facts;

/* Copy facts of duet_client_failure_facts() into *ret; what is returned holds
 * its strings. NULL without memory, and then ret->size is 0. */
struct duet_get_kept_facts *duet_get_facts_keep(struct duet_facts *ret,
						const struct duet_facts *facts);
void duet_get_kept_facts_free(struct duet_get_kept_facts *kept);

#endif
