/* SPDX-License-Identifier: MIT */
/* cli/remedy.h - what to do where the system has refused. */
#ifndef DUET_CLI_REMEDY_H
#define DUET_CLI_REMEDY_H

#include <duet/error.h>

/* Behind a sentence that ends in the words of an errno: what to do about it.
 * One that says more is left as it is. */
void duet_remedy_add(struct duet_error *err);

#endif
