/* SPDX-License-Identifier: MIT */
/* broken/doors.h - where each server listens: a port of its own on this
 * machine, under 127.0.0.1 and, where there is IPv6, under ::1. */
#ifndef DUET_BROKEN_DOORS_H
#define DUET_BROKEN_DOORS_H

#include <duet/error.h>

#include "broken/case.h"

enum {
	DUET_BROKEN_FAMILIES = 2,
};

struct duet_broken_door {
	const struct duet_broken_case *row;
	const struct duet_broken_group *group;
	bool shown; /* it was asked for, and not only needed by another */
	uint16_t port;
	int fds[DUET_BROKEN_FAMILIES]; /* -1: not of this family */
};

struct duet_broken_doors {
	struct duet_broken_door *doors; /* all cases, in the tables' order */
	size_t n;
};

/*
 * One for each case, none open. only: names of cases and groups, with commas;
 * NULL: all. DUET_E_ARGUMENT: there is no such name.
 */
DUET_CHECK int duet_broken_doors_new(struct duet_broken_doors *doors,
				     const char *only, struct duet_error *err);
/* The port of each that is not open: of the n-th first_port + n; 0: none. */
void duet_broken_doors_number(struct duet_broken_doors *doors,
			      uint16_t first_port);
/* Listen. Where a port is 0 the system chooses. DUET_E_SYSTEM. */
DUET_CHECK int duet_broken_doors_open(struct duet_broken_doors *doors,
				      struct duet_error *err);
const struct duet_broken_door *duet_broken_doors_find(
	const struct duet_broken_doors *doors, const char *name);
/* Close them, and forget them. */
void duet_broken_doors_done(struct duet_broken_doors *doors);

#endif
