/* SPDX-License-Identifier: MIT */
/* support/must.h - what must hold, in tests and fuzz targets, NDEBUG or not. */
#ifndef DUET_TESTS_MUST_H
#define DUET_TESTS_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define MUST(what)                                                      \
	do {                                                            \
		if (!(what)) {                                          \
			(void)fprintf(stderr, "%s:%d: must hold: %s\n", \
				      __FILE__, __LINE__, #what);       \
			abort();                                        \
		}                                                       \
	} while (0)

#endif
