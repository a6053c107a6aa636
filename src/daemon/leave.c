/* SPDX-License-Identifier: MIT */
#include "daemon/leave.h"

#include "cert/ossl.h"

void duet_leave_memory_at_exit(void)
{
	duet_ossl_leave_memory();
}
