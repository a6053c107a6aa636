/* SPDX-License-Identifier: MIT */
/*
 * getaddrinfo(3) blocks and cannot be stopped. libuv would run it on a thread
 * of its pool, but a loop of libuv cannot be closed before that thread is
 * done: a client whose time is up would then wait for the name server after
 * all. So every lookup has a thread of its own that may be abandoned.
 *
 * The thread and the lookup share a job. Whoever lets go of it last frees it:
 *
 *	shared -- thread done --> loop's (wake calls on_answer)
 *	shared -- lookup freed -> thread's (nobody is woken)
 *
 * job.lookup_wake is used only under job.lock, and is NULL once the lookup is
 * freed, so that no wake is called after its death.
 *
 * What nobody waits for still has its thread. While no name server answers, a
 * client that asks again and again would pile them up: so they are counted,
 * and beyond a number nothing is looked up. Those that are waited for are as
 * many as the host has dials, which is its own affair.
 */
#define _GNU_SOURCE /* getaddrinfo, EAI_NODATA */
#include "net/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

struct job {
	pthread_mutex_t lock;
	struct duet_wake *lookup_wake; /* NULL: nobody waits any more */
	bool done;
	char host[DUET_HOST_BYTES];
	uint16_t port;
	sa_family_t family;
	int failure; /* of getaddrinfo(3) */
	int sys_errno;
	size_t n;
	struct duet_address addresses[DUET_RESOLVE_MAX];
};

struct duet_lookup {
	struct job *job;
	struct duet_wake *wake;
	duet_resolved_fn *fn;
	void *arg;
};

/* Of the process and not of a loop, which is gone before its threads are. */
static atomic_int n_abandoned;

static void free_job(struct job *job)
{
	(void)pthread_mutex_destroy(&job->lock);
	duet_mem_free(job);
}

static void keep_addresses(struct job *job, const struct addrinfo *list)
{
	const struct addrinfo *ai;
	struct duet_address *address;

	for (ai = list; ai != NULL && job->n < DUET_RESOLVE_MAX;
	     ai = ai->ai_next) {
		if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
			continue;
		address = &job->addresses[job->n++];
		memcpy(&address->storage, ai->ai_addr, ai->ai_addrlen);
		address->len = ai->ai_addrlen;
		duet_address_set_port(address, job->port);
	}
	if (job->n == 0)
		job->failure = EAI_NONAME;
}

static void *run(void *arg)
{
	struct addrinfo *list = NULL;
	struct job *job = arg;
	const struct addrinfo hints = { .ai_family = job->family,
					.ai_socktype = SOCK_STREAM };
	bool abandoned;

	job->failure = getaddrinfo(job->host, NULL, &hints, &list);
	job->sys_errno = errno;
	if (job->failure == 0) {
		keep_addresses(job, list);
		freeaddrinfo(list);
	}

	(void)pthread_mutex_lock(&job->lock);
	abandoned = job->lookup_wake == NULL;
	job->done = true;
	if (!abandoned)
		duet_wake_up(job->lookup_wake);
	(void)pthread_mutex_unlock(&job->lock);
	if (abandoned) {
		free_job(job);
		(void)atomic_fetch_sub(&n_abandoned, 1);
	}
	return NULL;
}

/* The host program's signal handlers have no business on our thread. */
static int start_thread(struct job *job)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all;
	sigset_t kept;
	int rc;

	rc = pthread_attr_init(&attributes);
	if (rc != 0)
		return rc;
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &kept);
	rc = pthread_create(&thread, &attributes, run, job);
	(void)pthread_sigmask(SIG_SETMASK, &kept, NULL);
	(void)pthread_attr_destroy(&attributes);
	return rc;
}

static void explain(const struct job *job, struct duet_error *err)
{
	char host[DUET_HOST_BYTES];

	duet_str_printable(host, sizeof(host), duet_str(job->host));
	switch (job->failure) {
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		(void)duet_error_set(err, DUET_E_RESOLVE,
				     "the name '%s' has no %saddress; check its spelling%s",
				     host, duet_family_words(job->family),
				     job->family != AF_UNSPEC
					     ? ", or ask for the other family too"
					     : "");
		break;
	case EAI_AGAIN:
		(void)duet_error_set(err, DUET_E_RESOLVE,
				     "the name '%s' cannot be looked up now, no name server answers; check the network and /etc/resolv.conf",
				     host);
		break;
	case EAI_SYSTEM:
		(void)duet_error_sys(err, DUET_E_RESOLVE, job->sys_errno,
				     "the name '%s' cannot be looked up", host);
		break;
	default:
		(void)duet_error_set(err, DUET_E_RESOLVE,
				     "the name '%s' cannot be looked up: %s",
				     host, gai_strerror(job->failure));
		break;
	}
}

static void on_answer(void *arg)
{
	struct duet_lookup *lookup = arg;
	duet_resolved_fn *fn = lookup->fn;
	struct job *job = lookup->job;
	struct duet_error err;

	if (fn == NULL)
		return; /* a wake may come twice */
	/* The thread may still be about to leave the lock. */
	(void)pthread_mutex_lock(&job->lock);
	(void)pthread_mutex_unlock(&job->lock);
	lookup->fn = NULL;
	lookup->job = NULL;
	if (job->failure == 0) {
		fn(lookup->arg, job->addresses, job->n, NULL);
	} else {
		explain(job, &err);
		fn(lookup->arg, NULL, 0, &err);
	}
	free_job(job);
}

static int refuse(const char *host, struct duet_error *err)
{
	char shown[DUET_HOST_BYTES];

	duet_str_printable(shown, sizeof(shown), duet_str(host));
	return duet_error_set(err, DUET_E_RESOLVE,
			      "the name '%s' is not looked up: %d lookups that were given up still wait for a name server, and no more may; check the network and /etc/resolv.conf",
			      shown, DUET_RESOLVE_ABANDONED_MAX);
}

static struct job *new_job(const struct duet_sought *sought)
{
	struct job *job = duet_mem_zalloc(sizeof(*job));

	if (job == NULL)
		return NULL;
	(void)snprintf(job->host, sizeof(job->host), "%s", sought->host);
	job->port = sought->port;
	job->family = sought->family;
	(void)pthread_mutex_init(&job->lock, NULL);
	return job;
}

int duet_lookup_new(struct duet_loop *loop, const struct duet_sought *sought,
		    duet_resolved_fn *fn, void *arg, struct duet_lookup **ret,
		    struct duet_error *err)
{
	struct duet_lookup *lookup = NULL;
	int rc;

	if (strlen(sought->host) >= DUET_HOST_BYTES)
		return duet_error_set(err, DUET_E_RESOLVE,
				      "a name of %zu bytes has no address: 255 is the most",
				      strlen(sought->host));
	if (atomic_load(&n_abandoned) >= DUET_RESOLVE_ABANDONED_MAX)
		return refuse(sought->host, err);
	lookup = duet_mem_zalloc(sizeof(*lookup));
	if (lookup != NULL)
		lookup->job = new_job(sought);
	if (lookup == NULL || lookup->job == NULL) {
		rc = duet_error_nomem(err);
		goto out;
	}
	lookup->fn = fn;
	lookup->arg = arg;
	rc = duet_wake_new(loop, on_answer, lookup, &lookup->wake, err);
	if (rc < 0)
		goto out;
	lookup->job->lookup_wake = lookup->wake;
	rc = start_thread(lookup->job);
	if (rc != 0) {
		rc = duet_error_sys(err, DUET_E_SYSTEM, rc,
				    "cannot start a thread that looks up names");
		goto out;
	}
	*ret = lookup;
	lookup = NULL;
out:
	if (lookup != NULL) {
		if (lookup->job != NULL)
			free_job(lookup->job);
		duet_wake_free(lookup->wake);
		duet_mem_free(lookup);
	}
	return rc;
}

void duet_lookup_free(struct duet_lookup *lookup)
{
	struct job *job;
	bool done;

	if (lookup == NULL)
		return;
	job = lookup->job;
	if (job != NULL) {
		(void)pthread_mutex_lock(&job->lock);
		done = job->done;
		job->lookup_wake = NULL;
		if (!done)
			(void)atomic_fetch_add(&n_abandoned, 1);
		(void)pthread_mutex_unlock(&job->lock);
		if (done)
			free_job(job);
	}
	duet_wake_free(lookup->wake);
	duet_mem_free(lookup);
}
