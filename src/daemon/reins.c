/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* pipe2 */
#include "daemon/reins.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

static void let_go(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

int duet_reins_init(struct duet_reins *reins, struct duet_error *err)
{
	*reins = (struct duet_reins){ { -1, -1 }, { -1, -1 } };
	if (pipe2(reins->drain, O_CLOEXEC) == 0 &&
	    pipe2(reins->stop, O_CLOEXEC) == 0)
		return DUET_OK;
	(void)duet_error_sys(err, DUET_E_SYSTEM, errno, "cannot make a pipe");
	duet_reins_done(reins);
	return DUET_E_SYSTEM;
}

void duet_reins_done(struct duet_reins *reins)
{
	let_go(&reins->drain[0]);
	let_go(&reins->stop[0]);
	duet_reins_hold(reins);
}

void duet_reins_hold(struct duet_reins *reins)
{
	let_go(&reins->drain[1]);
	let_go(&reins->stop[1]);
}

void duet_reins_drain(struct duet_reins *reins)
{
	let_go(&reins->drain[1]);
}

void duet_reins_stop(struct duet_reins *reins)
{
	/* An empty pipe has room, and this process has its other end too. */
	if (reins->stop[1] >= 0)
		(void)!write(reins->stop[1], "", 1);
	duet_reins_hold(reins);
}
