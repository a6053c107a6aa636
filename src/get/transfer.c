/* SPDX-License-Identifier: MIT */
/*
 * One transfer: open the output, ask, wait for the head, move the body, and
 * give it its name when it is whole. Each step that fails says so in
 * transfer.outcome and the rest is left out; then what came of it is reported
 * in one place, whatever it was.
 */
#define _POSIX_C_SOURCE 200809L
#include "get/transfer.h"

#include <sys/stat.h>

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/remedy.h"
#include "cli/url.h"
#include "cli/words.h"
#include "get/ending.h"
#include "get/hint.h"
#include "get/interrupt.h"
#include "get/judge.h"
#include "get/meter.h"
#include "get/outcome.h"
#include "get/output.h"
#include "get/report.h"
#include "get/revocation.h"
#include "get/verbose.h"

enum {
	PIECE = 65536,
	TICK_MS = 100, /* between two looks at the clock for the meter */
	NO_LIMIT_MS = INT32_MAX, /* 24 days: --max-time is for the impatient */
	FIRST_REDIRECT = 300,
	FIRST_FAILURE = 400,
};

struct transfer {
	struct duet_get *get;
	char *url;
	struct duet_get_output output;
	struct duet_get_meter meter;
	struct duet_get_checksum checksum; /* of the body */
	struct duet_client *client;
	struct duet_get_reading reading; /* of the body that is sent */
	struct duet_response *response;
	bool answered; /* done has been called */
	int answer;    /* with this status */
	struct duet_get_outcome outcome;
};

/* The failure whose sentence is in outcome.error; after a signal it is that,
 * whatever came of it. */
static int fail(struct transfer *t, int exit, const char *word)
{
	int number = duet_get_interrupt_seen();

	if (number != 0) {
		(void)duet_error_set(&t->outcome.error, DUET_OK,
				     "%s: interrupted (%s)", t->outcome.url,
				     number == SIGINT ? "SIGINT" : "SIGTERM");
		exit = DUET_EXIT_SIGNAL + number;
		word = "interrupted";
	}
	t->outcome.exit = exit;
	t->outcome.word = word;
	return exit;
}

/* The same, of the library, with what helps. */
static int fail_asking(struct transfer *t, int exit)
{
	struct duet_error *err = &t->outcome.error;
	const char *hint;
	bool limit;

	duet_cli_words(err, &limit);
	duet_remedy_add(err);
	hint = duet_get_hint(err, &t->get->options, limit);
	if (hint != NULL)
		duet_error_append(err, "; %s", hint);
	return fail(t, exit, NULL);
}

static int fail_writing(struct transfer *t, int status)
{
	if (status == DUET_E_NOMEM)
		return fail(t, DUET_EXIT_NOMEM, NULL);
	duet_remedy_add(&t->outcome.error);
	return fail(t, DUET_EXIT_WRITE, "cannot_write");
}

static int open_output(struct transfer *t, const struct duet_get_target *target)
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
	return rc == DUET_OK ? DUET_OK : fail_writing(t, rc);
}

/* A bar is for a body on its way to a file, and not beside one on a terminal
 * or in a pipe, where somebody else may be writing too. */
static bool wants_meter(const struct transfer *t)
{
	const struct duet_get_options *options = &t->get->options;
	struct stat st;

	if (options->silent || options->head)
		return false;
	if (t->output.kind == DUET_GET_OUTPUT_STDOUT)
		return fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode);
	return t->output.kind != DUET_GET_OUTPUT_NONE;
}

static void begin_meter(struct transfer *t)
{
	const char *name = t->output.path;
	const char *slash = name != NULL ? strrchr(name, '/') : NULL;

	if (name == NULL)
		name = t->outcome.url;
	else if (slash != NULL)
		name = slash + 1;
	duet_get_meter_begin(&t->meter, name, wants_meter(t));
}

static void on_done(struct duet_response *response,
		    const struct duet_error *error, void *arg)
{
	struct transfer *t = arg;

	t->answered = true;
	t->response = response;
	t->answer = DUET_OK;
	if (response != NULL)
		return;
	t->answer = duet_error_copy(&t->outcome.error, error);
	if (t->client == NULL)
		return; /* nothing of it outlives hang_up() */
	t->outcome.facts.size = sizeof(t->outcome.facts);
	duet_client_failure_facts(t->client, &t->outcome.facts);
}

/* Who has nothing to send yet is waited for beside the client. How long the
 * client's own step may wait. */
static int32_t wait_for_source(struct transfer *t)
{
	struct pollfd fds[] = {
		{ .fd = duet_client_fd(t->client), .events = POLLIN },
		{ .fd = duet_get_reading_wait_fd(&t->reading),
		  .events = POLLIN },
	};
	int32_t ms = duet_client_wait_ms(t->client);

	if (t->answered || fds[1].fd < 0)
		return TICK_MS;
	if (ms < 0 || ms > TICK_MS)
		ms = TICK_MS;
	if (poll(fds, 2, ms) > 0 && fds[1].revents != 0)
		duet_client_resume(t->client);
	return 0;
}

static int step(struct transfer *t)
{
	int rc = duet_client_step(t->client, wait_for_source(t),
				  &t->outcome.error);

	duet_get_meter_update(&t->meter, t->outcome.facts.body_bytes);
	if (duet_get_interrupt_seen() != 0)
		return DUET_E_GONE; /* as fail() will say */
	return rc < 0 ? rc : DUET_OK;
}

/* What was to be sent could not be read: that says more than the library. */
static int fail_sending(struct transfer *t)
{
	(void)duet_error_copy(&t->outcome.error, &t->reading.error);
	duet_remedy_add(&t->outcome.error);
	duet_error_prefix(&t->outcome.error, "%s: ", t->outcome.url);
	return fail(t, DUET_EXIT_READ, "cannot_read");
}

/* Ask, and wait for the head of the answer. */
static int ask(struct transfer *t)
{
	const struct duet_get_options *options = &t->get->options;
	struct duet_request request = {
		.size = sizeof(request),
		.url = t->url,
		.timeout_ms = options->reach.max_time_ms > 0
				      ? options->reach.max_time_ms
				      : NO_LIMIT_MS,
		.insecure_http = options->insecure_http,
		.fresh = t->outcome.last,
		.decode = options->compressed,
		.insecure_any_digest = options->insecure_any_digest,
		.early_data = options->early_data,
	};
	int number = DUET_EXIT_OK;
	int rc;

	duet_get_request_fill(&t->get->request, &t->reading, &request);
	t->client = duet_get_reach_client(&t->get->reach, t->url, &number,
					  &t->outcome.error);
	if (t->client == NULL)
		return fail_asking(t, number);
	rc = duet_start(t->client, &request, on_done, t, &t->outcome.error);
	if (rc != DUET_OK)
		return fail_asking(t, duet_exit_for(rc));
	while (!t->answered && rc == DUET_OK)
		rc = step(t);
	if (t->answered) {
		rc = t->answer;
	} else {
		t->client = NULL;
		/* t must not be called back later. */
		duet_get_reach_hang_up(&t->get->reach);
	}
	if (rc != DUET_OK && t->reading.error.code != DUET_OK)
		return fail_sending(t);
	return rc == DUET_OK ? DUET_OK : fail_asking(t, duet_exit_for(rc));
}

static void look_at_facts(struct transfer *t)
{
	t->outcome.facts.size = sizeof(t->outcome.facts);
	duet_response_facts(t->response, &t->outcome.facts);
}

/* With the head, for -i and -I. */
static int begin_output(struct transfer *t)
{
	struct duet_buffer text = { NULL, 0 };
	int rc;

	rc = duet_get_checksum_begin(&t->checksum, &t->outcome.error);
	if (rc == DUET_OK)
		rc = duet_get_output_begin(&t->output, &t->outcome.error);
	if (rc != DUET_OK || !(t->get->options.include || t->get->options.head))
		return rc;
	rc = duet_get_head_text(t->outcome.head, &text, &t->outcome.error);
	if (rc == DUET_OK)
		rc = duet_get_output_write_head(&t->output, &text,
						&t->outcome.error);
	duet_buffer_free(&text);
	return rc;
}

/* RFC 9110 s15.5.17: its body is not, and has none of, what was asked for. */
static bool is_beyond_end(const struct transfer *t,
			  const struct duet_head *head)
{
	return t->get->options.range != NULL && head->status == 416;
}

static bool is_failure(const struct transfer *t, const struct duet_head *head)
{
	return is_beyond_end(t, head) ||
	       (t->get->options.fail && head->status >= FIRST_FAILURE);
}

static int fail_status(struct transfer *t, const struct duet_head *head)
{
	char url[256];

	duet_str_printable(url, sizeof(url), duet_str(t->outcome.final_url));
	(void)duet_error_set(&t->outcome.error, DUET_OK,
			     "%s: the server answers %d %s%s", url,
			     (int)head->status,
			     duet_status_reason(head->status),
			     is_beyond_end(t, head)
				     ? ": it has no such bytes; ask for others with -r"
				     : "; look at the page without --fail");
	return fail(t, DUET_EXIT_STATUS, "http_status");
}

/* "If-None-Match" and the others (RFC 9110 s13.1) */
static bool is_condition(const char *name)
{
	return duet_to_lower((unsigned char)name[0]) == 'i' &&
	       duet_to_lower((unsigned char)name[1]) == 'f' && name[2] == '-';
}

/* RFC 9110 s15.4.5: it answers a condition, and -I shows whatever comes. */
static bool is_unasked_304(const struct transfer *t,
			   const struct duet_head *head)
{
	const struct duet_get_request *request = &t->get->request;
	size_t i;

	if (head->status != 304 || t->get->options.head)
		return false;
	for (i = 0; i < request->n_headers; i++)
		if (is_condition(request->headers[i].name))
			return false;
	return true;
}

static int fail_304(struct transfer *t)
{
	char url[256];

	duet_str_printable(url, sizeof(url), duet_str(t->outcome.final_url));
	(void)duet_error_set(&t->outcome.error, DUET_E_HTTP,
			     "%s: the server answers 304, not modified, and was not asked whether it is; tell the server's keeper",
			     url);
	return fail(t, DUET_EXIT_RECEIVE, NULL);
}

/* "thanks" for half a file is no success. */
static int fail_early(struct transfer *t, const struct duet_head *head)
{
	char url[256];

	duet_str_printable(url, sizeof(url), duet_str(t->outcome.final_url));
	(void)duet_error_set(&t->outcome.error, DUET_OK,
			     "%s: the server answers %d after %" PRIu64
			     " bytes of the body, before it could have read the rest, which was not sent; see whether it has what it should",
			     url, (int)head->status,
			     t->outcome.facts.request_bytes);
	return fail(t, DUET_EXIT_SEND, "not_sent_whole");
}

/* The head has come: what is to be done about it. */
static int take_head(struct transfer *t)
{
	const struct duet_get_options *options = &t->get->options;
	const struct duet_head *head = duet_response_head(t->response);
	int rc;

	t->outcome.head = head;
	t->outcome.final_url = duet_response_url(t->response);
	look_at_facts(t);
	if (options->verbose) {
		duet_get_meter_clear(&t->meter);
		duet_get_verbose_answer(&t->outcome);
	}
	if (is_beyond_end(t, head) && options->head) {
		/* -I shows whatever comes. */
		rc = begin_output(t);
		return rc == DUET_OK ? fail_status(t, head)
				     : fail_writing(t, rc);
	}
	if (is_failure(t, head))
		return fail_status(t, head);
	if (is_unasked_304(t, head))
		return fail_304(t);
	if (!t->outcome.facts.request_whole && head->status < FIRST_REDIRECT)
		return fail_early(t, head);
	/* RFC 9110 s15.4.5: what is there is still right. */
	if (head->status == 304 && !options->include && !options->head)
		duet_get_output_forget(&t->output);
	duet_get_meter_answered(&t->meter, head->content_length);
	rc = begin_output(t);
	return rc == DUET_OK ? DUET_OK : fail_writing(t, rc);
}

/*
 * Short of its end in whatever way is one exit code; what it was is in the
 * sentence, and in JSON. Time and broken HTTP have codes of their own.
 */
static int fail_reading(struct transfer *t, int status)
{
	look_at_facts(t);
	switch (t->outcome.facts.cut) {
	case DUET_CUT_CLOSE_NOTIFY:
	case DUET_CUT_FIN:
	case DUET_CUT_RESET:
	case DUET_CUT_ALERT:
		return fail_asking(t, DUET_EXIT_CUT);
	default:
		return fail_asking(t, duet_exit_for(status));
	}
}

static int move_body(struct transfer *t, char *piece)
{
	for (;;) {
		size_t n = 0;
		int rc = duet_response_read(t->response, piece, PIECE, &n,
					    &t->outcome.error);

		if (rc == DUET_EOF)
			break;
		if (rc == DUET_WANT_READ || rc == DUET_WANT_WRITE) {
			rc = step(t);
			if (rc == DUET_OK)
				continue;
		}
		if (rc < 0)
			return fail_reading(t, rc);
		if (t->get->options.compressed)
			look_at_facts(t); /* n are those that came out */
		else
			t->outcome.facts.body_bytes += n;
		t->meter.progress.decoded = t->outcome.facts.decoded_bytes;
		rc = duet_get_output_write(&t->output, piece, n,
					   &t->outcome.error);
		duet_get_checksum_add(&t->checksum, piece, n);
		/* Who is sent more than can be written never waits in step(),
		 * and what is only counted is not written either. */
		if (rc == DUET_OK && duet_get_interrupt_seen() != 0)
			rc = DUET_E_GONE; /* as fail() will say */
		if (rc != DUET_OK) {
			look_at_facts(t);
			return fail_writing(t, rc);
		}
		duet_get_meter_update(&t->meter, t->outcome.facts.body_bytes);
	}
	look_at_facts(t);
	return DUET_OK;
}

/* The body is whole. */
static int check_sum(struct transfer *t)
{
	const char *word;
	int number =
		duet_get_judge(&t->checksum, &t->output, &t->outcome, &word);

	return number == DUET_EXIT_OK ? DUET_OK : fail(t, number, word);
}

static int take_body(struct transfer *t)
{
	char *piece = duet_mem_alloc(PIECE);
	int rc;

	if (piece == NULL) {
		(void)duet_error_nomem(&t->outcome.error);
		return fail(t, DUET_EXIT_NOMEM, NULL);
	}
	rc = move_body(t, piece);
	duet_mem_free(piece);
	if (rc == DUET_OK)
		rc = check_sum(t);
	if (rc != DUET_OK)
		return rc;
	rc = duet_get_output_finish(&t->output, &t->outcome.error);
	return rc == DUET_OK ? DUET_OK : fail_writing(t, rc);
}

/* What stays on disk, and under which name. */
static void settle_output(struct transfer *t)
{
	struct duet_get_output *output = &t->output;

	t->outcome.written = output->bytes;
	if (output->kind == DUET_GET_OUTPUT_IN_PLACE && output->begun)
		t->outcome.file = output->path;
	if (output->kind != DUET_GET_OUTPUT_FILE)
		return;
	if (t->outcome.exit == DUET_EXIT_OK)
		t->outcome.file = output->path;
	else if (output->begun)
		t->outcome.part = output->part;
	if (output->begun)
		duet_get_output_keep(output);
	else
		duet_get_output_drop(output);
}

static void end_meter(struct transfer *t)
{
	char ending[80] = "not whole";
	bool whole = t->outcome.exit == DUET_EXIT_OK;

	if (whole)
		(void)snprintf(ending, sizeof(ending), "whole %s",
			       duet_get_evidence_words(
				       t->outcome.facts.evidence));
	else if (t->outcome.exit == DUET_EXIT_CUT)
		(void)snprintf(ending, sizeof(ending), "cut short");
	t->meter.progress.bytes = t->outcome.facts.body_bytes;
	duet_get_meter_end(&t->meter, whole, ending);
}

/* A server is free to send everything (RFC 9110 s14.2); it should be known. */
static bool range_was_ignored(const struct transfer *t)
{
	return t->get->options.range != NULL && t->outcome.head != NULL &&
	       t->outcome.head->status == 200;
}

static void complain(const struct transfer *t)
{
	const struct duet_get_options *options = &t->get->options;
	char part[256];

	if (options->silent && !options->show_error)
		return;
	if (range_was_ignored(t))
		duet_complain("duet get",
			      "the server ignores -r and sends all of it");
	duet_get_revocation_warn(&t->outcome);
	if (t->outcome.exit == DUET_EXIT_OK)
		return;
	duet_complain("duet get", t->outcome.error.text);
	if (t->outcome.part == NULL)
		return;
	duet_str_printable(part, sizeof(part), duet_str(t->outcome.part));
	(void)fprintf(stderr, "kept: %s (%" PRIu64 " byte%s)\n", part,
		      t->outcome.written, t->outcome.written == 1 ? "" : "s");
}

static void fail_reporting(struct transfer *t, struct duet_error *err)
{
	duet_remedy_add(err);
	duet_complain("duet get", err->text);
	if (t->outcome.exit == DUET_EXIT_OK)
		t->outcome.exit = DUET_EXIT_WRITE;
}

static void report(struct transfer *t)
{
	const struct duet_get_options *options = &t->get->options;
	struct duet_error err;
	int rc = DUET_OK;

	end_meter(t);
	if (options->verbose && t->response != NULL)
		duet_get_verbose_end(&t->outcome);
	else if (options->verbose && t->outcome.facts.size > 0)
		duet_get_verbose_failure(&t->outcome);
	complain(t);
	if (options->json)
		rc = duet_get_report_print(&t->outcome, &err);
	if (rc != DUET_OK)
		fail_reporting(t, &err);
	rc = duet_get_records_add(&t->get->records, &t->outcome, &err);
	if (rc != DUET_OK)
		fail_reporting(t, &err);
}

int duet_get_transfer_run(struct duet_get *get, const char *url,
			  const struct duet_get_target *target)
{
	struct transfer t = { .get = get };
	char *shown;
	int rc;

	t.outcome.error.alert = -1;
	t.outcome.method = get->request.method;
	t.outcome.checksum = &t.checksum;
	t.outcome.at = target->at;
	t.checksum.want = target->sum;
	t.checksum.sha256 = get->records.sha256;
	t.outcome.began_ms = duet_clock_wall_ms();
	/* A goodbye can be had where the connection ends. */
	t.outcome.last =
		duet_get_options_closure(&get->options) == DUET_CLOSE_STRICT;
	duet_get_output_init(&t.output);
	duet_get_reading_init(&t.reading, &get->request.body);
	t.url = duet_get_request_url(&get->request, url);
	shown = t.url != NULL ? duet_cli_url_public(t.url) : NULL;
	t.outcome.url = shown;
	if (shown == NULL) {
		duet_mem_free(t.url);
		duet_complain("duet get", "out of memory");
		return DUET_EXIT_NOMEM;
	}
	rc = open_output(&t, target);
	if (rc == DUET_OK) {
		begin_meter(&t);
		rc = ask(&t);
	}
	if (rc == DUET_OK)
		rc = take_head(&t);
	if (rc == DUET_OK)
		(void)take_body(&t);
	settle_output(&t);
	report(&t);
	duet_response_free(t.response);
	duet_get_reading_done(&t.reading);
	duet_get_output_done(&t.output);
	duet_get_checksum_done(&t.checksum);
	duet_mem_free(shown);
	duet_mem_free(t.url);
	return t.outcome.exit;
}
