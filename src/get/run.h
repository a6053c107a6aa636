/* SPDX-License-Identifier: MIT */
/* get/run.h - all URLs of a command line: the one loop that waits. */
#ifndef DUET_GET_RUN_H
#define DUET_GET_RUN_H

#include "get/transfer.h"

/*
 * All of them, one after the other or several at once, whatever becomes of the
 * first; the exit code of the first that failed, in the order of the list, is
 * the answer. With --fail-early a failure ends those under way, and is it.
 */
int duet_get_run(struct duet_get *get);

#endif
