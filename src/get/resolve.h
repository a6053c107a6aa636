/* SPDX-License-Identifier: MIT */
/* get/resolve.h - --resolve HOST:PORT:ADDR[,ADDR...], and --connect-to
 * HOST:PORT:HOST:PORT. */
#ifndef DUET_GET_RESOLVE_H
#define DUET_GET_RESOLVE_H

#include <duet/client.h>

#include "cli/opt.h"

/* Rows for duet_client_options.resolve; all zero is empty. */
struct duet_get_resolve_table {
	struct duet_resolve *rows; /* ended by a NULL host; NULL: none */
	size_t count;
	struct duet_connect_to *detours; /* the same for .connect_to */
	size_t n_detours;
	char **texts; /* that the rows point into */
	size_t n_texts;
};

/* DUET_OK, DUET_E_ARGUMENT with the remedy, DUET_E_NOMEM. */
DUET_CHECK int duet_get_resolve_table_init(
	struct duet_get_resolve_table *table,
	const struct duet_opt_list *resolve,
	const struct duet_opt_list *connect_to, struct duet_error *err);
void duet_get_resolve_table_done(struct duet_get_resolve_table *table);

#endif
