/* SPDX-License-Identifier: MIT */
/* support/unit.h - cmocka with what it wants before it. */
#ifndef DUET_TESTS_UNIT_H
#define DUET_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
