/* SPDX-License-Identifier: MIT */
/* cli/resolve.h - --resolve HOST:PORT:ADDR[,ADDR...], and --connect-to
 * HOST:PORT:HOST:PORT. */
#ifndef DUET_CLI_RESOLVE_H
#define DUET_CLI_RESOLVE_H

#include <duet/client.h>

#include "cli/opt.h"

/* Rows for duet_client_options.resolve; all zero is empty. */
struct duet_resolve_table {
	struct duet_resolve *rows; /* ended by a NULL host; NULL: none */
	size_t count;
	struct duet_connect_to *detours; /* the same for .connect_to */
	size_t n_detours;
	char **texts; /* that the rows point into */
	size_t n_texts;
};

/* DUET_OK, DUET_E_ARGUMENT with the remedy, DUET_E_NOMEM. */
DUET_CHECK int duet_resolve_table_init(struct duet_resolve_table *table,
				       const struct duet_opt_list *resolve,
				       const struct duet_opt_list *connect_to,
				       struct duet_error *err);
void duet_resolve_table_done(struct duet_resolve_table *table);

#endif
