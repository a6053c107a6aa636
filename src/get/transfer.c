/* SPDX-License-Identifier: MIT */
/*
 * One transfer: open the output, ask, look at the head, move the body, and give
 * it its name when it is whole.
 *
 *	NEW -- begin --> ASKING -- the head --> READING -- its end --> OVER
 *	any -- failure, break_off, a head that is all there is to it --> OVER
 *
 * Each step that fails says so in .outcome and the rest is left out; then what
 * came of it is reported in one place, whatever it was.
 */
#define _POSIX_C_SOURCE 200809L
#include "get/transfer.h"

#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/exit.h"
#include "get/interrupt.h"
#include "get/transfer_int.h"
#include "get/url.h"

enum {
	PIECE = 65536,
	PIECES = 64,   /* in one go: others wait meanwhile */
	TICK_MS = 100, /* between two looks at the clock for the meter */
	NO_LIMIT_MS = INT32_MAX, /* 24 days: --max-time is for the impatient */
};

static int open_output(struct duet_get_transfer *t,
		       const struct duet_get_target *target)
{
	struct duet_error *err = &t->outcome.error;
	char *name = NULL;
	int rc;

	if (!target->given && t->get->options.json)
		return DUET_OK; /* the object is all there is on stdout */
	if (!target->given ||
	    (target->name != NULL && strcmp(target->name, "-") == 0)) {
		duet_get_output_open_stdout(&t->output, target->given);
		return DUET_OK;
	}
	if (target->name != NULL) {
		rc = duet_get_output_open_file(&t->output, target->name, true,
					       err);
	} else {
		rc = duet_get_url_name(t->outcome.url, &name, err);
		if (rc == DUET_OK)
			rc = duet_get_output_open_file(&t->output, name, false,
						       err);
		duet_mem_free(name);
	}
	return rc == DUET_OK ? DUET_OK : duet_get_fail_writing(t, rc);
}

/* A bar is for a body on its way to a file, and not beside one on a terminal
 * or in a pipe, where somebody else may be writing too. */
static bool wants_meter(const struct duet_get_transfer *t)
{
	const struct duet_get_options *options = &t->get->options;
	struct stat st;

	if (options->silent || options->head)
		return false;
	if (t->output.kind == DUET_GET_OUTPUT_STDOUT)
		return fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode);
	return t->output.kind != DUET_GET_OUTPUT_NONE;
}

static void begin_meter(struct duet_get_transfer *t)
{
	const char *name = t->output.path;
	const char *slash = name != NULL ? strrchr(name, '/') : NULL;

	if (name == NULL)
		name = t->outcome.url;
	else if (slash != NULL)
		name = slash + 1;
	duet_get_meter_begin(&t->meter, name, wants_meter(t));
}

static void end(struct duet_get_transfer *t)
{
	duet_response_free(t->response);
	duet_get_asking_drop(t->asking);
	duet_get_reading_done(&t->reading);
	duet_get_output_done(&t->output);
	duet_mem_free(t->piece);
	duet_mem_free(t->shown);
	duet_mem_free(t->url);
	duet_mem_free(t);
}

struct duet_get_transfer *duet_get_transfer_new(
	struct duet_get *get, const char *url,
	const struct duet_get_target *target)
{
	struct duet_get_transfer *t = duet_mem_zalloc(sizeof(*t));

	if (t == NULL)
		return NULL;
	t->get = get;
	t->target = *target;
	t->outcome.error.alert = -1;
	t->outcome.method = get->request.method;
	/* A goodbye can be had where the connection ends. */
	t->outcome.last =
		duet_get_options_closure(&get->options) == DUET_CLOSE_STRICT;
	duet_get_output_init(&t->output);
	duet_get_reading_init(&t->reading, &get->request.body);
	t->url = duet_get_request_url(&get->request, url);
	t->shown = t->url != NULL ? duet_get_url_public(t->url) : NULL;
	t->outcome.url = t->shown;
	if (t->shown != NULL)
		return t;
	end(t);
	return NULL;
}

static void ask(struct duet_get_transfer *t)
{
	const struct duet_get_options *options = &t->get->options;
	struct duet_request request = {
		.size = sizeof(request),
		.url = t->url,
		.timeout_ms = options->max_time_ms > 0 ? options->max_time_ms
						       : NO_LIMIT_MS,
		.insecure_http = options->insecure_http,
		.fresh = t->outcome.last,
		.decode = options->compressed,
	};
	int number = DUET_EXIT_OK;

	duet_get_request_fill(&t->get->request, &t->reading, &request);
	t->client = duet_get_reach_client(&t->get->reach, t->url, &number,
					  &t->outcome.error);
	if (t->client == NULL) {
		(void)duet_get_fail_asking(t, number);
		return;
	}
	t->asking = duet_get_asking_new(t->client, &request, &t->outcome.error);
	if (t->asking == NULL)
		(void)duet_get_fail_asking(t, duet_exit_for(
						      t->outcome.error.code));
	else
		t->state = DUET_GET_TRANSFER_ASKING;
}

void duet_get_transfer_begin(struct duet_get_transfer *t)
{
	if (open_output(t, &t->target) != DUET_OK)
		return;
	begin_meter(t);
	ask(t);
}

static void fail_without_answer(struct duet_get_transfer *t, int status)
{
	if (t->reading.error.code != DUET_OK)
		(void)duet_get_fail_sending(t);
	else
		(void)duet_get_fail_asking(t, duet_exit_for(status));
}

static void take_answer(struct duet_get_transfer *t)
{
	const struct duet_get_asking *asking = t->asking;

	if (!asking->answered)
		return;
	if (asking->status != DUET_OK) {
		(void)duet_error_copy(&t->outcome.error, &asking->error);
		t->outcome.facts = asking->facts;
		fail_without_answer(t, asking->status);
		return;
	}
	t->response = duet_get_asking_take(t->asking);
	t->piece = duet_mem_alloc(PIECE);
	if (t->piece == NULL) {
		(void)duet_error_nomem(&t->outcome.error);
		(void)duet_get_fail(t, DUET_EXIT_NOMEM, NULL);
		return;
	}
	if (duet_get_judge_head(t) == DUET_OK)
		t->state = DUET_GET_TRANSFER_READING;
}

/* n bytes of the body are in the piece. */
static void take_piece(struct duet_get_transfer *t, size_t n)
{
	int rc;

	if (t->get->options.compressed)
		duet_get_look_at_facts(t); /* n are those that came out */
	else
		t->outcome.facts.body_bytes += n;
	t->meter.progress.decoded = t->outcome.facts.decoded_bytes;
	rc = duet_get_output_write(&t->output, t->piece, n, &t->outcome.error);
	/* Who is sent more than can be written never waits for a step, and what
	 * is only counted is not written either. */
	if (rc == DUET_OK && duet_get_interrupt_seen() != 0)
		rc = DUET_E_GONE; /* as duet_get_fail() will say */
	if (rc == DUET_OK)
		return;
	duet_get_look_at_facts(t);
	(void)duet_get_fail_writing(t, rc);
}

static void take_end(struct duet_get_transfer *t)
{
	int rc;

	duet_get_look_at_facts(t);
	rc = duet_get_output_finish(&t->output, &t->outcome.error);
	if (rc == DUET_OK)
		t->state = DUET_GET_TRANSFER_OVER;
	else
		(void)duet_get_fail_writing(t, rc);
}

static void move_body(struct duet_get_transfer *t)
{
	int i;

	t->busy = true;
	for (i = 0; i < PIECES && t->state == DUET_GET_TRANSFER_READING; i++) {
		size_t n = 0;
		int rc = duet_response_read(t->response, t->piece, PIECE, &n,
					    &t->outcome.error);

		if (rc == DUET_OK) {
			take_piece(t, n);
		} else if (rc == DUET_EOF) {
			take_end(t);
		} else if (rc < 0) {
			(void)duet_get_fail_reading(t, rc);
		} else {
			t->busy = false;
			return;
		}
	}
}

void duet_get_transfer_advance(struct duet_get_transfer *t)
{
	if (t->state == DUET_GET_TRANSFER_ASKING)
		take_answer(t);
	if (t->state == DUET_GET_TRANSFER_READING)
		move_body(t);
	duet_get_meter_update(&t->meter, t->outcome.facts.body_bytes);
}

bool duet_get_transfer_is_over(const struct duet_get_transfer *t)
{
	return t->state == DUET_GET_TRANSFER_OVER;
}

struct duet_client *duet_get_transfer_client(const struct duet_get_transfer *t)
{
	return t->state == DUET_GET_TRANSFER_OVER ? NULL : t->client;
}

/* Who has nothing to send yet is waited for beside the client. */
int duet_get_transfer_wait_fd(const struct duet_get_transfer *t)
{
	return t->state == DUET_GET_TRANSFER_ASKING
		       ? duet_get_reading_wait_fd(&t->reading)
		       : -1;
}

int32_t duet_get_transfer_wait_ms(const struct duet_get_transfer *t)
{
	return t->busy ? 0 : TICK_MS;
}

void duet_get_transfer_break_off(struct duet_get_transfer *t,
				 const struct duet_error *err)
{
	(void)duet_error_copy(&t->outcome.error, err);
	if (t->state == DUET_GET_TRANSFER_READING)
		(void)duet_get_fail_reading(t, err->code);
	else if (t->state != DUET_GET_TRANSFER_OVER)
		fail_without_answer(t, err->code);
}

int duet_get_transfer_finish(struct duet_get_transfer *t)
{
	int number;

	duet_get_settle(t);
	number = t->outcome.exit;
	end(t);
	return number;
}
