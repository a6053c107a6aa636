/* SPDX-License-Identifier: MIT */
#include <duet/error.h>

uint32_t duet_version(void)
{
	return DUET_VERSION_NUMBER;
}
