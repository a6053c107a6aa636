/* SPDX-License-Identifier: MIT */
/* get/run.h - all URLs of a command line: the one loop that waits. */
#ifndef DUET_GET_RUN_H
#define DUET_GET_RUN_H

#include "get/transfer.h"

/* All of them, whatever becomes of the first; the exit code of the first that
 * failed, in the order of the command line, is the answer. */
int duet_get_run(struct duet_get *get, char **urls, int count);

#endif
