/* SPDX-License-Identifier: MIT */
/*
 * A strand asks for bytes, again and again:
 *
 *	FREE -- ask --> ASKING -- the head --> READING -- its end --> FREE
 *	ASKING, READING -- a failure that may pass --> WAITING -- due --> ASKING
 *
 * A transfer in one piece has one strand. Which bytes are whose is said by
 * nothing but the strands themselves: what is neither there nor theirs is for
 * the next one that is free, so that those that fail leave nothing behind.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "cli/exit.h"
#include "get/transfer_int.h"

enum {
	NO_LIMIT_MS = INT32_MAX, /* 24 days: --max-time is for the impatient */
	LEAST_CHUNK = 65536,
	RANGE_BYTES = 64,
};

/* The user's header lines, and which part. new; ended as the first is. */
static struct duet_header *headers_for(const struct duet_get_transfer *t,
				       const struct duet_get_strand *strand,
				       char range[RANGE_BYTES])
{
	const struct duet_get_request *request = &t->get->request;
	const struct duet_validator *version = &t->holding.journal.version;
	size_t n = request->n_headers;
	struct duet_header *headers = duet_mem_array(n + 3, sizeof(*headers));

	if (headers == NULL)
		return NULL;
	if (n > 0)
		memcpy(headers, request->headers, n * sizeof(*headers));
	if (!strand->ranged)
		return headers;
	if (strand->end == UINT64_MAX)
		(void)snprintf(range, RANGE_BYTES, "bytes=%" PRIu64 "-",
			       strand->at);
	else
		(void)snprintf(range, RANGE_BYTES, "bytes=%" PRIu64 "-%" PRIu64,
			       strand->at, strand->end - 1);
	headers[n].name = "Range";
	headers[n++].value = range;
	if (duet_validator_is_some(version)) {
		headers[n].name = "If-Range";
		headers[n].value = version->text;
	}
	return headers;
}

/* Of -m, for all the requests of one attempt. */
static int32_t time_left(struct duet_get_transfer *t)
{
	int32_t max_ms = t->get->options.reach.max_time_ms;
	int64_t now_ms = duet_clock_ms();

	if (max_ms == 0)
		return NO_LIMIT_MS;
	if (t->deadline_ms == 0)
		t->deadline_ms = now_ms + max_ms;
	return t->deadline_ms > now_ms ? (int32_t)(t->deadline_ms - now_ms) : 1;
}

void duet_get_strand_ask(struct duet_get_transfer *t,
			 struct duet_get_strand *strand)
{
	const struct duet_get_options *options = &t->get->options;
	char range[RANGE_BYTES];
	struct duet_header *headers = headers_for(t, strand, range);
	struct duet_request request = {
		.size = sizeof(request),
		.url = t->url,
		.timeout_ms = time_left(t),
		.insecure_http = options->insecure_http,
		.fresh = t->outcome.last,
		.decode = options->compressed,
		.insecure_any_digest = options->insecure_any_digest,
		.early_data = options->early_data,
	};

	if (headers == NULL) {
		(void)duet_error_nomem(&t->outcome.error);
		(void)duet_get_fail(t, DUET_EXIT_NOMEM, NULL);
		return;
	}
	duet_get_reading_done(&t->reading);
	duet_get_request_fill(&t->get->request, &t->reading, &request);
	request.headers = headers;
	strand->asking =
		duet_get_asking_new(t->client, &request, &t->outcome.error);
	duet_mem_free(headers);
	if (strand->asking == NULL)
		(void)duet_get_fail_asking(t, duet_exit_for(
						      t->outcome.error.code));
	else
		strand->state = DUET_GET_STRAND_ASKING;
}

void duet_get_strand_rewind(struct duet_get_strand *strand)
{
	strand->ranged = false;
	strand->at = 0;
	strand->end = UINT64_MAX;
}

bool duet_get_strand_take(struct duet_get_transfer *t,
			  struct duet_get_strand *strand)
{
	const struct duet_journal *journal = &t->holding.journal;
	struct duet_spans taken = journal->have;
	struct duet_span gap;
	size_t i;

	if (journal->size < 0)
		return false;
	for (i = 0; i < DUET_GET_STRANDS; i++) {
		const struct duet_get_strand *other = &t->strands[i];

		if (other != strand &&
		    (other->state == DUET_GET_STRAND_ASKING ||
		     other->state == DUET_GET_STRAND_READING) &&
		    !duet_spans_add(&taken, other->at, other->end))
			return false;
	}
	if (!duet_spans_gap(&taken, (uint64_t)journal->size, &gap))
		return false;
	strand->ranged = true;
	strand->at = gap.from;
	strand->end =
		gap.to - gap.from > t->chunk ? gap.from + t->chunk : gap.to;
	return true;
}

void duet_get_strand_look_behind(const struct duet_get_transfer *t,
				 struct duet_get_strand *strand)
{
	const struct duet_journal *journal = &t->holding.journal;

	strand->ranged = true;
	strand->at = duet_spans_prefix(&journal->have);
	strand->end = UINT64_MAX;
	/* What has left us cannot be written over. */
	if (journal->size > 0 && t->output.kind == DUET_GET_OUTPUT_FILE) {
		strand->at = (uint64_t)journal->size - 1;
		strand->end = (uint64_t)journal->size;
	}
}

bool duet_get_strand_has_others(const struct duet_get_transfer *t,
				const struct duet_get_strand *strand)
{
	size_t i;

	for (i = 0; i < DUET_GET_STRANDS; i++)
		if (&t->strands[i] != strand &&
		    t->strands[i].state != DUET_GET_STRAND_FREE)
			return true;
	return false;
}

void duet_get_strand_free(struct duet_get_transfer *t,
			  struct duet_get_strand *strand)
{
	if (strand->response != t->response)
		duet_response_free(strand->response);
	if (strand->asking != t->refused)
		duet_get_asking_drop(strand->asking);
	strand->response = NULL;
	strand->asking = NULL;
	strand->state = DUET_GET_STRAND_FREE;
}

/* What is told of is being read. */
static bool is_read(const struct duet_get_transfer *t)
{
	size_t i;

	for (i = 0; i < DUET_GET_STRANDS; i++)
		if (t->strands[i].response != NULL &&
		    t->strands[i].response == t->response)
			return true;
	return false;
}

void duet_get_accept(struct duet_get_transfer *t,
		     struct duet_get_strand *strand)
{
	if (strand->response != NULL && t->response != strand->response &&
	    !is_read(t)) {
		duet_response_free(t->response);
		t->response = strand->response;
		t->answers++;
	}
	t->outcome.head = duet_response_head(t->response);
	t->outcome.final_url = duet_response_url(t->response);
	duet_get_look_at_facts(t);
}

/* All parts end at -m, so none goes on: the sentence is of all of them. */
static bool is_out_of_time(struct duet_get_transfer *t, int status)
{
	const struct duet_get_options *options = &t->get->options;

	if (status != DUET_E_TIMEOUT || options->segments < 2 ||
	    t->deadline_ms == 0 || duet_clock_ms() + 1 < t->deadline_ms)
		return false;
	(void)duet_error_set(&t->outcome.error, DUET_E_TIMEOUT,
			     "%s: the answer was not whole within %d ms: %" PRIu64
			     " bytes of its body came; give it more time",
			     t->outcome.url, (int)options->reach.max_time_ms,
			     t->came);
	return true;
}

void duet_get_strand_fail(struct duet_get_transfer *t,
			  struct duet_get_strand *strand, int status,
			  bool reading)
{
	struct duet_facts facts = { .size = sizeof(facts) };
	bool passing = duet_retry_is_passing(status);
	bool late;

	if (reading) {
		duet_response_facts(strand->response, &facts);
		passing = facts.cut != DUET_CUT_NONE &&
			  facts.cut != DUET_CUT_PROTOCOL &&
			  facts.cut != DUET_CUT_LOCAL;
	}
	late = is_out_of_time(t, status);
	if (passing && duet_get_again(t, strand, NULL))
		return;
	if (passing && !late && duet_get_strand_has_others(t, strand)) {
		duet_get_say(t, "%s; the other parts go on",
			     t->outcome.error.text);
		duet_get_strand_free(t, strand);
		return;
	}
	if (reading) {
		duet_get_accept(t, strand);
		(void)duet_get_fail_reading(t, status);
		return;
	}
	if (t->response == NULL)
		t->outcome.facts = strand->asking->facts;
	t->refused = strand->asking;
	(void)duet_get_fail_unanswered(t, status);
}

void duet_get_strand_split(struct duet_get_transfer *t)
{
	size_t n = (size_t)t->get->options.segments;
	struct duet_get_strand *first = &t->strands[0];
	uint64_t size = (uint64_t)t->holding.journal.size;
	uint64_t there = duet_spans_bytes(&t->holding.journal.have) +
			 (first->end - first->at);
	size_t i;

	t->probing = false;
	if (there >= size ||
	    t->holding.journal.have.n + 2 * n >= DUET_SPANS_MAX)
		return;
	t->chunk = (size - there) / n + 1;
	if (t->chunk < LEAST_CHUNK)
		t->chunk = LEAST_CHUNK;
	for (i = 1; i < n && !t->over; i++)
		if (duet_get_strand_take(t, &t->strands[i]))
			duet_get_strand_ask(t, &t->strands[i]);
}
