/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* strsignal */
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "daemon/service_int.h"

/*
 * A place for a worker: a process in it, or none until again_ms. One that
 * crashes soon after its start would do so again: its successor waits, longer
 * each time.
 */
struct duet_worker_slot {
	pid_t pid; /* 0: none */
	int64_t born_ms;
	int64_t again_ms; /* INT64_MAX: never */
	unsigned early;   /* how many in a row lived too short */
};

enum {
	LONG_LIFE_MS = 10000,
	FIRST_PAUSE_MS = 250,
	MAX_DOUBLINGS = 7, /* half a minute */
};

static void describe_end(char *dst, size_t cap, int status)
{
	if (WIFSIGNALED(status))
		(void)snprintf(dst, cap, "was killed by signal %d (%s)",
			       WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		(void)snprintf(dst, cap, "ended with code %d",
			       WEXITSTATUS(status));
}

void duet_service_mourn(struct duet_service *service, pid_t pid, int status,
			const char *what, const char *then)
{
	char words[128];
	char text[256];

	describe_end(words, sizeof(words), status);
	(void)snprintf(text, sizeof(text), "process %ld (%s) %s%s", (long)pid,
		       what, words, then);
	duet_log_trouble(&service->trouble, NULL, text);
}

static int start_one(struct duet_workers *workers, size_t w)
{
	struct duet_worker_slot *slot = &workers->slots[w];
	pid_t pid;

	duet_estate_reset_worker(workers->service, w);
	pid = duet_service_fork(workers->service);
	if (pid == 0)
		exit(duet_worker_run(workers->service, w));
	if (pid < 0)
		return errno;
	slot->pid = pid;
	slot->born_ms = duet_clock_ms();
	slot->again_ms = INT64_MAX;
	duet_tally_born(workers->service->tally, w, pid, duet_clock_wall());
	workers->alive++;
	return 0;
}

int duet_workers_start(struct duet_workers *workers,
		       struct duet_service *service, struct duet_error *err)
{
	size_t w;

	*workers = (struct duet_workers){ .service = service,
					  .n = service->n_workers };
	workers->slots = duet_mem_array(workers->n, sizeof(*workers->slots));
	if (workers->slots == NULL)
		return duet_error_nomem(err);
	for (w = 0; w < workers->n; w++) {
		int sys_errno = start_one(workers, w);

		if (sys_errno != 0)
			return duet_error_sys(err, DUET_E_SYSTEM, sys_errno,
					      "cannot start worker %zu", w + 1);
	}
	return DUET_OK;
}

/* How long its successor waits. */
static int32_t pause_of(struct duet_worker_slot *slot, int64_t now_ms)
{
	unsigned doublings;

	if (now_ms - slot->born_ms >= LONG_LIFE_MS) {
		slot->early = 0;
		return 0;
	}
	doublings = slot->early < MAX_DOUBLINGS ? slot->early : MAX_DOUBLINGS;
	slot->early++;
	return FIRST_PAUSE_MS << doublings;
}

static void plan_successor(struct duet_service *service,
			   struct duet_worker_slot *slot, pid_t pid, int status)
{
	int64_t now_ms = duet_clock_ms();
	int32_t pause_ms = pause_of(slot, now_ms);
	char then[64] = "; another takes its place";

	slot->again_ms = now_ms + pause_ms;
	if (pause_ms > 0)
		(void)snprintf(then, sizeof(then),
			       "; another takes its place in %d.%02d s",
			       pause_ms / 1000, pause_ms % 1000 / 10);
	duet_service_mourn(service, pid, status, "a worker", then);
}

void duet_workers_ended(struct duet_workers *workers, pid_t pid, int status,
			bool restart)
{
	size_t w;

	for (w = 0; w < workers->n; w++) {
		struct duet_worker_slot *slot = &workers->slots[w];

		if (slot->pid != pid)
			continue;
		slot->pid = 0;
		duet_tally_died(workers->service->tally, w);
		workers->alive--;
		if (restart)
			plan_successor(workers->service, slot, pid, status);
		else if (status != 0)
			duet_service_mourn(workers->service, pid, status,
					   "a worker", "");
		return;
	}
}

int32_t duet_workers_step(struct duet_workers *workers)
{
	int64_t now_ms = duet_clock_ms();
	int64_t next_ms = INT64_MAX;
	size_t w;

	for (w = 0; w < workers->n; w++) {
		struct duet_worker_slot *slot = &workers->slots[w];

		if (slot->pid == 0 && slot->again_ms <= now_ms &&
		    start_one(workers, w) != 0)
			slot->again_ms = now_ms + pause_of(slot, now_ms);
		if (slot->pid == 0 && slot->again_ms < next_ms)
			next_ms = slot->again_ms;
	}
	if (next_ms == INT64_MAX)
		return -1;
	return next_ms > now_ms ? (int32_t)(next_ms - now_ms) : 0;
}

void duet_workers_signal(const struct duet_workers *workers, int signal)
{
	size_t w;

	for (w = 0; w < workers->n; w++)
		if (workers->slots[w].pid > 0)
			(void)kill(workers->slots[w].pid, signal);
}

void duet_workers_done(struct duet_workers *workers)
{
	duet_mem_free(workers->slots);
	workers->slots = NULL;
}
