/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sys/stat.h */
#include "site/press.h"

#include <pthread.h>
#include <signal.h>

#include "base/error.h"
#include "base/mem.h"
#include "http/pack.h"

enum {
	/* What is not shorter by this part of it is not worth a browser's
	 * time. */
	GAIN = 16,
};

struct queue {
	struct duet_press_job *first;
	struct duet_press_job **end; /* where the next one goes */
};

struct duet_press {
	void (*wake)(void *arg);
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	struct queue waiting;
	struct queue finished;
	bool stopping;
};

static void init_queue(struct queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

static void add(struct queue *queue, struct duet_press_job *job)
{
	job->next = NULL;
	*queue->end = job;
	queue->end = &job->next;
}

static struct duet_press_job *take_first(struct queue *queue)
{
	struct duet_press_job *job = queue->first;

	queue->first = job->next;
	if (queue->first == NULL)
		queue->end = &queue->first;
	return job;
}

/* ---- one job ---- */

/* All bytes of the file, of one version; NULL. */
static uint8_t *read_all(const struct duet_form *original)
{
	size_t size = (size_t)original->version.size;
	uint8_t *bytes = duet_mem_alloc(size);
	struct duet_error why;
	int rc = DUET_OK;
	size_t at = 0;
	size_t n = 0;

	if (bytes == NULL)
		return NULL;
	for (; rc == DUET_OK && at < size; at += n)
		rc = duet_form_read(original, bytes + at, size - at, at, &n,
				    &why);
	if (rc == DUET_OK && duet_form_is_as_it_was(original))
		return bytes;
	duet_mem_free(bytes);
	return NULL;
}

static void take_result(struct duet_press_job *job, uint8_t *body, size_t len)
{
	struct duet_form *form = &job->form;
	uint8_t *shorter = duet_mem_resize(body, len);
	struct duet_bytes content = { shorter != NULL ? shorter : body, len };

	*form = (struct duet_form){ .there = true, .fd = -1 };
	form->body = (uint8_t *)content.data;
	form->version.size = (off_t)len;
	form->rest = DUET_AT_REST;
	duet_etag_of_coding(form->etag, job->original->etag,
			    duet_coding_name(job->coding), &content);
	job->outcome = DUET_PRESSED_READY;
}

static void press_bytes(struct duet_press_job *job, struct duet_bytes bytes)
{
	size_t cap = bytes.len - bytes.len / GAIN;
	uint8_t *body = duet_mem_alloc(cap);
	int rc = DUET_E_NOMEM;
	size_t len = 0;

	if (body != NULL)
		rc = duet_pack(job->coding, bytes, body, cap, &len);
	if (rc == DUET_OK) {
		take_result(job, body, len);
		return;
	}
	duet_mem_free(body);
	if (rc == DUET_E_LIMIT)
		job->outcome = DUET_PRESSED_WORTHLESS;
}

static void do_job(struct duet_press_job *job)
{
	const struct duet_form *original = job->original;
	struct duet_bytes bytes = { original->body,
				    (size_t)original->version.size };
	uint8_t *own = NULL;

	if (bytes.data == NULL) {
		own = read_all(original);
		bytes.data = own;
	}
	if (bytes.data != NULL)
		press_bytes(job, bytes);
	duet_mem_free(own);
}

/* ---- the thread ---- */

/* The next one, or NULL when it is over. */
static struct duet_press_job *await(struct duet_press *press)
{
	struct duet_press_job *job = NULL;

	(void)pthread_mutex_lock(&press->lock);
	while (press->waiting.first == NULL && !press->stopping)
		(void)pthread_cond_wait(&press->changed, &press->lock);
	if (!press->stopping)
		job = take_first(&press->waiting);
	(void)pthread_mutex_unlock(&press->lock);
	return job;
}

static void *run(void *arg)
{
	struct duet_press *press = arg;
	struct duet_press_job *job;

	while ((job = await(press)) != NULL) {
		do_job(job);
		(void)pthread_mutex_lock(&press->lock);
		add(&press->finished, job);
		(void)pthread_mutex_unlock(&press->lock);
		press->wake(press->arg);
	}
	return NULL;
}

/* Signals are for the thread that serves: see site/notice.h. */
static int start_thread(struct duet_press *press)
{
	sigset_t all;
	sigset_t before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&press->thread, NULL, run, press);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static void destroy(struct duet_press *press)
{
	(void)pthread_cond_destroy(&press->changed);
	(void)pthread_mutex_destroy(&press->lock);
	duet_mem_free(press);
}

int duet_press_new(void (*wake)(void *arg), void *arg, struct duet_press **ret,
		   struct duet_error *err)
{
	struct duet_press *press;
	int rc;

	rc = duet_pack_open(err);
	if (rc < 0)
		return rc;
	press = duet_mem_zalloc(sizeof(*press));
	if (press == NULL)
		return duet_error_nomem(err);
	press->wake = wake;
	press->arg = arg;
	init_queue(&press->waiting);
	init_queue(&press->finished);
	/* These cannot fail on Linux. */
	(void)pthread_mutex_init(&press->lock, NULL);
	(void)pthread_cond_init(&press->changed, NULL);
	rc = start_thread(press);
	if (rc != 0) {
		destroy(press);
		return duet_error_sys(err, DUET_E_SYSTEM, rc,
				      "cannot start a thread");
	}
	*ret = press;
	return DUET_OK;
}

void duet_press_give(struct duet_press *press, struct duet_press_job *job)
{
	job->outcome = DUET_PRESSED_FAILED;
	(void)pthread_mutex_lock(&press->lock);
	add(&press->waiting, job);
	(void)pthread_cond_signal(&press->changed);
	(void)pthread_mutex_unlock(&press->lock);
}

struct duet_press_job *duet_press_take(struct duet_press *press)
{
	struct duet_press_job *jobs;

	(void)pthread_mutex_lock(&press->lock);
	jobs = press->finished.first;
	init_queue(&press->finished);
	(void)pthread_mutex_unlock(&press->lock);
	return jobs;
}

struct duet_press_job *duet_press_free(struct duet_press *press)
{
	struct duet_press_job *jobs;

	if (press == NULL)
		return NULL;
	(void)pthread_mutex_lock(&press->lock);
	press->stopping = true;
	(void)pthread_cond_signal(&press->changed);
	(void)pthread_mutex_unlock(&press->lock);
	(void)pthread_join(press->thread, NULL);
	*press->finished.end = press->waiting.first;
	jobs = press->finished.first;
	destroy(press);
	return jobs;
}
