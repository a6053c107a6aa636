/* SPDX-License-Identifier: MIT */
/*
 * get/interrupt.h - Ctrl-C (SIGINT) and SIGTERM are noted, so that what came is
 * put in order and told of first; the second one ends the program at once.
 */
#ifndef DUET_GET_INTERRUPT_H
#define DUET_GET_INTERRUPT_H

#include <duet/error.h>

/* From now on; a signal that is ignored stays so. */
void duet_get_interrupt_watch(void);
/* The signal that has come, or 0. */
int duet_get_interrupt_seen(void);
/* End by it, if one has come: a shell that runs a script is to see that it was
 * a signal, and shows 128 and its number. */
void duet_get_interrupt_obey(void);

#endif
