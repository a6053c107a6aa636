/* SPDX-License-Identifier: MIT */
/*
 * What came when a part was asked for. A 206 is looked at until nothing speaks
 * against it: where it begins, how long all of it is, of which version it is.
 * A 200 is all of it, of whichever version. Nothing else is written.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/exit.h"
#include "download/part.h"
#include "get/transfer_int.h"
#include "get/verbose.h"

static bool refuse(struct duet_get_transfer *t, struct duet_get_strand *strand,
		   const char *why)
{
	duet_get_accept(t, strand);
	(void)duet_error_set(&t->outcome.error, DUET_E_HTTP,
			     "%s: %s; fetch it again%s", t->outcome.url, why,
			     t->holding.asked ? " without -C" : "");
	(void)duet_get_fail(t, DUET_EXIT_RECEIVE, NULL);
	return false;
}

/* Under the version that was begun nothing more can be had. */
static bool refuse_changed(struct duet_get_transfer *t,
			   struct duet_get_strand *strand)
{
	return refuse(t, strand,
		      "it has changed on the server since the first part came, and parts of two versions make no file");
}

static void say_unknown(struct duet_get_transfer *t)
{
	const struct duet_get_holding *holding = &t->holding;

	duet_get_say(t,
		     "%s: goes on from byte %" PRIu64
		     " without knowing whether the server still has the same version, for there is no strong ETag%s; compare its checksum",
		     t->outcome.url, duet_spans_prefix(&holding->journal.have),
		     holding->copied ? " on record" : "");
}

static void accept_next(struct duet_get_transfer *t,
			struct duet_get_strand *strand)
{
	duet_get_accept(t, strand);
	if (!duet_validator_is_some(&t->holding.journal.version))
		say_unknown(t);
}

/* The first part of this transfer that is taken. */
static bool begin(struct duet_get_transfer *t, struct duet_get_strand *strand)
{
	struct duet_get_holding *holding = &t->holding;
	bool is_known = duet_validator_is_some(&holding->journal.version);
	bool first = duet_spans_bytes(&holding->journal.have) == 0;
	bool copied = holding->copied;
	int rc;

	duet_get_accept(t, strand);
	if (t->get->options.verbose) {
		duet_get_meter_clear(&t->meter);
		duet_get_verbose_answer(&t->outcome);
	}
	duet_get_meter_answered(&t->meter, holding->journal.size);
	t->meter.progress.before = duet_spans_bytes(&holding->journal.have);
	duet_get_rate_begin(&t->meter.rate, duet_clock_us(),
			    t->meter.progress.before);
	if (!first && !is_known) {
		duet_validator_of(t->outcome.head, &holding->since);
		say_unknown(t);
	}
	if (first) {
		duet_get_holding_anew(holding, t->outcome.head);
		rc = duet_get_begin_sum(t);
		if (rc == DUET_OK)
			rc = duet_get_output_begin(&t->output,
						   &t->outcome.error);
		holding->on = true;
	} else if (t->output.kind == DUET_GET_OUTPUT_FILE) {
		rc = duet_get_output_go_on(&t->output, copied,
					   &t->outcome.error);
		holding->copied = false;
		holding->unsaved = holding->unsaved || copied;
	} else {
		rc = DUET_OK; /* behind what was written */
	}
	if (rc != DUET_OK)
		(void)duet_get_fail_writing(t, rc);
	return rc == DUET_OK;
}

/* The probe has been answered with a part: whether more can be had at once. */
static bool go_parallel(struct duet_get_transfer *t,
			struct duet_get_strand *strand, int64_t size)
{
	struct duet_get_holding *holding = &t->holding;
	bool known = duet_validator_is_some(&holding->journal.version);
	bool all = size >= 0 && strand->end >= (uint64_t)size;
	struct duet_error err;

	if (known && size >= 0) {
		holding->journal.size = size;
		if (duet_get_holding_save(holding, &t->output, &err) != DUET_OK)
			duet_get_say(t, "%s", err.text);
		duet_get_strand_split(t);
		return !t->over;
	}
	t->probing = false;
	if (all || (strand->at > 0 && holding->asked))
		return true;
	duet_get_say(t,
		     "%s: the server names no version (strong ETag) that parts could be known by: it comes in one",
		     t->outcome.url);
	duet_get_strand_free(t, strand);
	duet_get_strand_rewind(strand);
	duet_get_strand_ask(t, strand);
	return false;
}

static bool judge_206(struct duet_get_transfer *t,
		      struct duet_get_strand *strand,
		      const struct duet_head *head)
{
	struct duet_journal *journal = &t->holding.journal;
	struct duet_span got;
	int64_t size;
	bool first = t->answers == 0 || !t->output.begun;

	if (!duet_part_of(head, &got, &size) || got.from == got.to)
		return refuse(t, strand,
			      "the server sends a part (206) without saying which one");
	if (got.from != strand->at || got.to > strand->end)
		return refuse(t, strand,
			      "the server sends another part (206) than the one that is missing");
	if (journal->size >= 0 && size >= 0 && size != journal->size)
		return refuse(t, strand,
			      "it is of another length on the server now than when the first part came");
	if (duet_validator_is_denied(&journal->version, head) ||
	    duet_validator_is_denied(&t->holding.since, head))
		return refuse_changed(t, strand);
	if (size >= 0)
		journal->size = size;
	strand->end = got.to;
	if (first || !duet_get_strand_has_others(t, strand)) {
		int64_t known = journal->size;

		if (first && !begin(t, strand))
			return false;
		if (!first)
			accept_next(t, strand);
		journal->size = known;
	}
	return t->probing ? go_parallel(t, strand, journal->size) : true;
}

/* All of it: another version, or a server that knows no parts. */
static bool judge_200(struct duet_get_transfer *t,
		      struct duet_get_strand *strand,
		      const struct duet_head *head)
{
	struct duet_get_holding *holding = &t->holding;
	bool other = duet_validator_is_denied(&holding->journal.version, head);
	bool had = duet_spans_bytes(&holding->journal.have) > 0;

	if (duet_get_strand_has_others(t, strand)) {
		if (other)
			return refuse_changed(t, strand);
		duet_get_strand_free(t, strand); /* the others go on */
		return false;
	}
	if (had && t->output.kind != DUET_GET_OUTPUT_FILE &&
	    t->output.bytes > 0)
		return refuse_changed(t, strand);
	if (had)
		duet_get_say(t, "%s: %s: it is fetched anew", t->outcome.url,
			     other ? "the server has another version now"
				   : "the server sends all of it");
	else if (t->probing)
		duet_get_say(t,
			     "%s: the server sends no parts: it comes in one",
			     t->outcome.url);
	t->probing = false;
	duet_get_strand_rewind(strand);
	holding->journal.have.n = 0;
	duet_get_accept(t, strand);
	return duet_get_judge_head(t) == DUET_OK;
}

static bool fail_status(struct duet_get_transfer *t,
			const struct duet_head *head, const char *more)
{
	(void)duet_error_set(&t->outcome.error, DUET_OK,
			     "%s: the server answers %d %s%s", t->outcome.url,
			     (int)head->status,
			     duet_status_reason(head->status), more);
	(void)duet_get_fail(t, DUET_EXIT_STATUS, "http_status");
	return false;
}

/* A 416 says that all of it is as long as what is here, from 0 on. Who looks at
 * Range before If-Range may mean another version, and a shorter one. */
static bool is_as_long(const struct duet_get_transfer *t,
		       const struct duet_get_strand *strand,
		       const struct duet_head *head)
{
	const struct duet_journal *journal = &t->holding.journal;
	struct duet_span none;
	int64_t size;

	return duet_part_of(head, &none, &size) && none.from == none.to &&
	       size >= 0 && (uint64_t)size == strand->at &&
	       strand->at == duet_spans_prefix(&journal->have) &&
	       (journal->size < 0 || journal->size == size) &&
	       !duet_validator_is_denied(&journal->version, head);
}

/*
 * RFC 9110 s15.5.17: there is nothing behind what is here. If all of it is as
 * long as what is here, and of the version that was asked by If-Range, it is
 * whole. NAME has that name already, and nothing is done to it.
 */
static bool judge_416(struct duet_get_transfer *t,
		      struct duet_get_strand *strand,
		      const struct duet_head *head)
{
	struct duet_get_holding *holding = &t->holding;
	bool same = is_as_long(t, strand, head);

	duet_get_accept(t, strand);
	if (same && holding->copied) {
		if (duet_get_judge_body(t) != DUET_OK)
			return false;
		if (t->checksum.verdict != DUET_GET_GOOD)
			duet_get_say(t,
				     "'%s' is as long as what the server has, and left as it is; whether it is the same is not known",
				     t->output.path);
		t->over = true;
		return false;
	}
	if (same && duet_validator_is_some(&holding->journal.version)) {
		holding->journal.size = (int64_t)strand->at;
		if (duet_get_output_go_on(&t->output, false,
					  &t->outcome.error) != DUET_OK) {
			(void)duet_get_fail_writing(t, DUET_E_SYSTEM);
			return false;
		}
		duet_get_transfer_end(t);
		/* By Content-Range; how the page itself ended is no matter. */
		t->outcome.facts.evidence = DUET_BY_LENGTH;
		return false;
	}
	if (same)
		return fail_status(t, head,
				   ": what is here is as long as what it has, and nothing says that they are the same; fetch it without -C");
	return fail_status(t, head,
			   ": it has no bytes behind those that are here; fetch it without -C");
}

bool duet_get_judge_part(struct duet_get_transfer *t,
			 struct duet_get_strand *strand)
{
	const struct duet_head *head = duet_response_head(strand->response);

	if (head->status == 206)
		return judge_206(t, strand, head);
	if (head->status == 200)
		return judge_200(t, strand, head);
	/* An empty file has no first byte to begin a part with. */
	if (head->status == 416 && strand->at == 0 && t->probing) {
		t->probing = false;
		duet_get_strand_free(t, strand);
		duet_get_strand_rewind(strand);
		duet_get_strand_ask(t, strand);
		return false;
	}
	if (duet_get_strand_has_others(t, strand)) {
		duet_get_say(t,
			     "%s: the server answers %d %s; the other parts go on",
			     t->outcome.url, (int)head->status,
			     duet_status_reason(head->status));
		duet_get_strand_free(t, strand);
		return false;
	}
	if (head->status == 416)
		return judge_416(t, strand, head);
	duet_get_accept(t, strand);
	return fail_status(t, head,
			   ", and a part was asked for; what is here stays");
}
