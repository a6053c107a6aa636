/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "get/interrupt.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t seen;

static void note(int number)
{
	seen = number;
}

static void watch(int number)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	if (sigaction(number, NULL, &action) != 0 ||
	    action.sa_handler != SIG_DFL)
		return;
	action.sa_handler = note;
	/* No SA_RESTART: a write that waits ends. */
	action.sa_flags = (int)SA_RESETHAND;
	(void)sigaction(number, &action, NULL);
}

void duet_get_interrupt_watch(void)
{
	watch(SIGINT);
	watch(SIGTERM);
}

int duet_get_interrupt_seen(void)
{
	return seen;
}

void duet_get_interrupt_obey(void)
{
	if (seen == 0)
		return;
	(void)signal(seen, SIG_DFL);
	(void)raise(seen);
}
