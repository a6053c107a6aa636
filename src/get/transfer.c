/* SPDX-License-Identifier: MIT */
/*
 * One transfer: open the output, ask, look at the head, move the body, and give
 * it its name when it is whole. The asking is done by strands: one, or several
 * for several parts at once (strand.c).
 *
 * Each step that fails says so in .outcome and the rest is left out; then what
 * came of it is reported in one place, whatever it was.
 */
#define _POSIX_C_SOURCE 200809L
#include "get/transfer.h"

#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "cli/exit.h"
#include "cli/url.h"
#include "get/interrupt.h"
#include "get/transfer_int.h"

enum {
	PIECE = 65536,
	PIECES = 64,     /* in one go: others wait meanwhile */
	TICK_MS = 100,   /* between two looks at the clock for the meter */
	PROBE = 1 << 20, /* the first part, which shows how long all of it is */
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
		rc = duet_cli_url_name(t->outcome.url, &name, err);
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
	size_t i;

	for (i = 0; i < DUET_GET_STRANDS; i++)
		duet_get_strand_free(t, &t->strands[i]);
	duet_response_free(t->response);
	duet_get_asking_drop(t->refused);
	duet_get_reading_done(&t->reading);
	duet_get_holding_done(&t->holding);
	duet_get_output_done(&t->output);
	duet_get_checksum_done(&t->checksum);
	duet_mem_free(t->piece);
	duet_mem_free(t->shown);
	duet_mem_free(t->url);
	duet_mem_free(t);
}

static void set_up(struct duet_get_transfer *t)
{
	const struct duet_get_options *options = &t->get->options;

	t->outcome.error.alert = -1;
	t->outcome.method = t->get->request.method;
	t->outcome.checksum = &t->checksum;
	t->outcome.at = t->target.at;
	t->outcome.began_ms = duet_clock_wall_ms();
	t->checksum.want = t->target.sum;
	t->checksum.sha256 = t->get->records.sha256;
	/* A goodbye can be had where the connection ends. */
	t->outcome.last =
		duet_get_options_closure(options) == DUET_CLOSE_STRICT;
	duet_get_output_init(&t->output);
	duet_get_reading_init(&t->reading, &t->get->request.body);
	duet_get_strand_rewind(&t->strands[0]);
	t->chunk = UINT64_MAX;
	t->pace.rate = options->limit_rate;
	t->retry.left = options->retry;
	t->retry.delay_ms = options->retry_delay_ms;
	t->retry.max_ms = options->retry_max_ms;
	t->retry.began_ms = duet_clock_ms();
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
	set_up(t);
	t->piece = duet_mem_alloc(PIECE);
	t->url = duet_get_request_url(&get->request, url);
	t->shown = t->url != NULL ? duet_cli_url_public(t->url) : NULL;
	t->outcome.url = t->shown;
	t->meter.board = &get->board;
	t->meter.url = t->shown;
	t->meter.at = target->at;
	if (t->shown != NULL && t->piece != NULL)
		return t;
	end(t);
	return NULL;
}

/* With what an earlier transfer has left, if that is wanted. */
static int hold(struct duet_get_transfer *t)
{
	const struct duet_get_options *options = &t->get->options;
	struct duet_get_holding *holding = &t->holding;
	const char *why = NULL;
	int rc = duet_get_holding_init(holding, &t->output, t->shown,
				       &t->outcome.error);

	if (rc == DUET_OK && options->resume)
		rc = duet_get_holding_find(holding, &t->output, &why,
					   &t->outcome.error);
	/* Parts of what is not the file itself are not put together: what is
	 * decoded, a part, or a head and what follows it. */
	holding->on = strcmp(t->outcome.method, "GET") == 0 &&
		      !options->compressed && !options->include &&
		      !duet_get_options_ask_for_part(options);
	if (why != NULL && !t->output.made)
		duet_get_say(t, "'%s' is fetched anew: %s", t->output.part,
			     why);
	return rc == DUET_OK ? DUET_OK : duet_get_fail_writing(t, rc);
}

/* What the first request is for. */
static void aim(struct duet_get_transfer *t)
{
	const struct duet_journal *journal = &t->holding.journal;
	struct duet_get_strand *strand = &t->strands[0];
	uint64_t prefix = duet_spans_prefix(&journal->have);

	t->probing = t->get->options.segments > 1;
	if (t->probing && t->output.kind != DUET_GET_OUTPUT_FILE) {
		duet_get_say(t,
			     "'%s' is no plain file, which parts could be put into: it comes in one",
			     t->output.path);
		t->probing = false;
	}
	if (t->probing)
		t->chunk = PROBE;
	if (duet_get_strand_take(t, strand)) {
		strand->ranged = t->probing || journal->have.n > 0;
	} else if (journal->size > 0 || t->probing || prefix > 0) {
		duet_get_strand_look_behind(t, strand);
		if (journal->size <= 0 && t->probing)
			strand->end = prefix + PROBE;
	}
	if (!strand->ranged)
		duet_get_strand_rewind(strand);
	t->chunk = UINT64_MAX;
}

void duet_get_transfer_begin(struct duet_get_transfer *t)
{
	int number = DUET_EXIT_OK;

	if (open_output(t, &t->target) != DUET_OK || hold(t) != DUET_OK)
		return;
	begin_meter(t);
	t->client = duet_get_reach_client(&t->get->reach, t->url, &number,
					  &t->outcome.error);
	if (t->client == NULL) {
		(void)duet_get_fail_asking(t, number);
		return;
	}
	aim(t);
	duet_get_strand_ask(t, &t->strands[0]);
}

static void take_answer(struct duet_get_transfer *t,
			struct duet_get_strand *strand)
{
	const struct duet_get_asking *asking = strand->asking;
	bool wanted;

	if (!asking->answered)
		return;
	if (asking->status != DUET_OK) {
		(void)duet_error_copy(&t->outcome.error, &asking->error);
		duet_get_strand_fail(t, strand, asking->status, false);
		return;
	}
	strand->response = duet_get_asking_take(strand->asking);
	duet_get_asking_drop(strand->asking);
	strand->asking = NULL;
	if (duet_get_again_after(t, strand,
				 duet_response_head(strand->response)))
		return;
	if (strand->ranged) {
		wanted = duet_get_judge_part(t, strand);
	} else {
		duet_get_accept(t, strand);
		wanted = duet_get_judge_head(t) == DUET_OK;
	}
	if (wanted)
		strand->state = DUET_GET_STRAND_READING;
}

static uint64_t shown_bytes(const struct duet_get_transfer *t)
{
	return t->holding.on ? duet_spans_bytes(&t->holding.journal.have)
			     : t->outcome.facts.body_bytes;
}

/* Where it belongs; what comes in order passes duet_get_output_write(). */
static int write_piece(struct duet_get_transfer *t,
		       struct duet_get_strand *strand, size_t n)
{
	struct duet_error *err = &t->outcome.error;
	int rc;

	if (n > strand->end - strand->at)
		return duet_error_set(err, DUET_E_HTTP,
				      "%s: more bytes came than the part was to have",
				      t->outcome.url);
	if (strand->ranged && t->output.kind == DUET_GET_OUTPUT_FILE)
		rc = duet_get_output_write_at(&t->output, t->piece, n,
					      strand->at, err);
	else
		rc = duet_get_output_write(&t->output, t->piece, n, err);
	if (rc == DUET_OK &&
	    !duet_get_holding_add(&t->holding, strand->at, strand->at + n))
		rc = duet_error_set(err, DUET_E_LIMIT,
				    "%s: it came in too many pieces; fetch it without --segments",
				    t->outcome.url);
	if (t->hashing && strand->at == t->hashed)
		duet_get_checksum_add(&t->checksum, t->piece, n);
	else
		t->hashing = false; /* the file will be read */
	t->hashed += n;
	strand->at += n;
	return rc;
}

/* n bytes of the body are in the piece. */
static void take_piece(struct duet_get_transfer *t,
		       struct duet_get_strand *strand, size_t n)
{
	int rc;

	t->came += n;
	if (t->get->options.compressed)
		duet_get_look_at_facts(t); /* n are those that came out */
	else
		t->outcome.facts.body_bytes = t->came;
	t->meter.progress.decoded = t->outcome.facts.decoded_bytes;
	rc = write_piece(t, strand, n);
	/* Who is sent more than can be written never waits for a step, and what
	 * is only counted is not written either. */
	if (rc == DUET_OK && duet_get_interrupt_seen() != 0)
		rc = DUET_E_GONE; /* as duet_get_fail() will say */
	if (rc == DUET_OK)
		return;
	duet_get_look_at_facts(t);
	(void)duet_get_fail_writing(t, rc);
}

void duet_get_transfer_end(struct duet_get_transfer *t)
{
	const struct duet_journal *journal = &t->holding.journal;
	int rc = DUET_OK;
	size_t i;

	duet_get_look_at_facts(t);
	/* What others were asked for is there, or was never needed. */
	for (i = 0; i < DUET_GET_STRANDS; i++)
		duet_get_strand_free(t, &t->strands[i]);
	if (t->output.scattered && journal->size >= 0)
		rc = duet_get_output_trim(&t->output, (uint64_t)journal->size,
					  &t->outcome.error);
	if (rc != DUET_OK)
		(void)duet_get_fail_writing(t, rc);
	else if (duet_get_judge_body(t) == DUET_OK)
		t->whole = true;
	if (t->whole && t->output.kind != DUET_GET_OUTPUT_FILE)
		t->over = true;
	duet_mem_free(t->piece); /* it may wait */
	t->piece = NULL;
}

static bool is_all_there(const struct duet_get_transfer *t)
{
	const struct duet_journal *journal = &t->holding.journal;
	struct duet_span gap;

	return journal->size >= 0 &&
	       !duet_spans_gap(&journal->have, (uint64_t)journal->size, &gap);
}

/* Its body is whole. */
static void end_strand(struct duet_get_transfer *t,
		       struct duet_get_strand *strand)
{
	bool ranged = strand->ranged;

	duet_get_strand_free(t, strand);
	if (ranged && duet_get_strand_take(t, strand)) {
		duet_get_strand_ask(t, strand);
	} else if (ranged && t->holding.journal.size < 0) {
		/* "bytes 0-99 / *": whether there is more has to be asked. */
		strand->end = UINT64_MAX;
		duet_get_strand_ask(t, strand);
	} else if (!duet_get_strand_has_others(t, strand) ||
		   (ranged && is_all_there(t))) {
		/* Others may wait to ask again for what it took from them. */
		duet_get_transfer_end(t);
	}
}

static void move_body(struct duet_get_transfer *t,
		      struct duet_get_strand *strand)
{
	int i;

	for (i = 0; i < PIECES && !t->over; i++) {
		size_t cap = duet_pace_allow(&t->pace, duet_clock_us(), PIECE);
		size_t n = 0;
		int rc;

		t->paced = cap == 0;
		if (t->paced)
			return;
		rc = duet_response_read(strand->response, t->piece, cap, &n,
					&t->outcome.error);
		if (rc == DUET_WANT_READ || rc == DUET_WANT_WRITE)
			return;
		if (rc == DUET_EOF)
			end_strand(t, strand);
		else if (rc < 0)
			duet_get_strand_fail(t, strand, rc, true);
		if (rc != DUET_OK)
			return;
		duet_pace_use(&t->pace, n);
		take_piece(t, strand, n);
	}
	t->busy = true;
}

/* Its time has come to ask again, if there still is something to ask for. */
static void wake(struct duet_get_transfer *t, struct duet_get_strand *strand)
{
	if (duet_clock_ms() < strand->due_ms)
		return;
	if (strand->ranged && duet_get_strand_has_others(t, strand) &&
	    !duet_get_strand_take(t, strand))
		duet_get_strand_free(t, strand);
	else
		duet_get_strand_ask(t, strand);
}

static void advance(struct duet_get_transfer *t, struct duet_get_strand *strand)
{
	if (strand->state == DUET_GET_STRAND_WAITING)
		wake(t, strand);
	if (strand->state == DUET_GET_STRAND_ASKING && !t->over)
		take_answer(t, strand);
	if (strand->state == DUET_GET_STRAND_READING && !t->over)
		move_body(t, strand);
}

void duet_get_transfer_advance(struct duet_get_transfer *t)
{
	struct duet_error err;
	size_t i;

	t->busy = false;
	t->paced = false;
	for (i = 0; i < DUET_GET_STRANDS && !t->over && !t->whole; i++)
		advance(t, &t->strands[i]);
	if (!t->over && !t->whole && t->output.begun &&
	    duet_get_holding_tick(&t->holding, &t->output, &err) != DUET_OK)
		duet_get_say(t, "%s; it cannot be gone on with later",
			     err.text);
	duet_get_meter_update(&t->meter, shown_bytes(t));
}

bool duet_get_transfer_is_whole(const struct duet_get_transfer *t)
{
	return t->whole && !t->over;
}

bool duet_get_transfer_is_over(const struct duet_get_transfer *t)
{
	return t->over;
}

struct duet_client *duet_get_transfer_client(const struct duet_get_transfer *t)
{
	return t->over ? NULL : t->client;
}

/* Who has nothing to send yet is waited for beside the client. */
int duet_get_transfer_wait_fd(const struct duet_get_transfer *t)
{
	return t->strands[0].state == DUET_GET_STRAND_ASKING
		       ? duet_get_reading_wait_fd(&t->reading)
		       : -1;
}

int32_t duet_get_transfer_wait_ms(const struct duet_get_transfer *t)
{
	int32_t ms = TICK_MS;
	size_t i;

	if (t->busy)
		return 0;
	if (t->paced)
		ms = duet_sooner_ms(ms, duet_pace_wait_ms(&t->pace));
	for (i = 0; i < DUET_GET_STRANDS; i++) {
		int64_t left_ms;

		if (t->strands[i].state != DUET_GET_STRAND_WAITING)
			continue;
		left_ms = t->strands[i].due_ms - duet_clock_ms();
		if (left_ms < ms)
			ms = left_ms > 0 ? (int32_t)left_ms : 0;
	}
	return ms;
}

void duet_get_transfer_break_off(struct duet_get_transfer *t,
				 const struct duet_error *err)
{
	if (t->over || t->whole)
		return;
	(void)duet_error_copy(&t->outcome.error, err);
	if (t->response != NULL)
		(void)duet_get_fail_reading(t, err->code);
	else
		(void)duet_get_fail_unanswered(t, err->code);
}

int duet_get_transfer_finish(struct duet_get_transfer *t)
{
	int number;

	duet_get_settle(t);
	number = t->outcome.exit;
	end(t);
	return number;
}
