/* SPDX-License-Identifier: MIT */
/* daemon/leave.h - how a command that runs for a moment ends. */
#ifndef DUET_DAEMON_LEAVE_H
#define DUET_DAEMON_LEAVE_H

/*
 * What OpenSSL has built up is not taken apart at exit(3), which takes a
 * twentieth of a small fetch, but left to the kernel. Called first of all.
 */
void duet_leave_memory_at_exit(void);

#endif
