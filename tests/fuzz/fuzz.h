/* SPDX-License-Identifier: MIT */
/* fuzz.h - what every fuzz target shares. */
#ifndef DUET_TESTS_FUZZ_H
#define DUET_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "support/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
