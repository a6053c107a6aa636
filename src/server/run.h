/* SPDX-License-Identifier: MIT */
/* server/run.h - the loop of a server: for server.c. */
#ifndef DUET_SERVER_RUN_H
#define DUET_SERVER_RUN_H

#include "server/server_int.h"

/* The loop and what wakes it. */
DUET_CHECK int duet_run_init(struct duet_server *server,
			     struct duet_error *err);
/* After an init that failed half-way too. */
void duet_run_done(struct duet_server *server);

#endif
