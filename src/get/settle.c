/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/remedy.h"
#include "get/ending.h"
#include "get/report.h"
#include "get/revocation.h"
#include "get/transfer_int.h"
#include "get/verbose.h"

enum {
	FIRST_ERROR = 400, /* RFC 9110 s15 */
};

/* What stays on disk, and under which name. */
static void settle_output(struct duet_get_transfer *t)
{
	struct duet_get_output *output = &t->output;
	struct duet_error err;

	t->outcome.written = output->bytes;
	if (output->kind == DUET_GET_OUTPUT_IN_PLACE && output->begun)
		t->outcome.file = output->path;
	if (output->kind != DUET_GET_OUTPUT_FILE)
		return;
	if (t->outcome.exit == DUET_EXIT_OK)
		t->outcome.file = output->path;
	else if (output->begun && duet_get_output_has_part(output))
		t->outcome.part = output->part;
	/* What is wrong is no beginning of anything. */
	if (t->outcome.exit == DUET_EXIT_CHECKSUM)
		duet_get_holding_forget(&t->holding);
	else if (output->begun && t->outcome.exit != DUET_EXIT_OK &&
		 duet_get_holding_save(&t->holding, output, &err) != DUET_OK)
		duet_get_say(t, "%s; it cannot be gone on with later",
			     err.text);
	if (output->begun)
		duet_get_output_keep(output);
	else
		duet_get_output_drop(output);
}

static void end_meter(struct duet_get_transfer *t)
{
	const struct duet_head *head = t->outcome.head;
	char ending[120] = "not whole";
	char error[40] = "";
	bool whole = t->outcome.exit == DUET_EXIT_OK;

	/* Whole it is, but hardly what was meant. */
	if (head != NULL && head->status >= FIRST_ERROR)
		(void)snprintf(error, sizeof(error), "%d %s, ",
			       (int)head->status,
			       duet_status_reason(head->status));
	if (whole)
		(void)snprintf(ending, sizeof(ending), "%swhole %s", error,
			       duet_get_evidence_words(
				       t->outcome.facts.evidence));
	else if (t->outcome.exit == DUET_EXIT_CUT)
		(void)snprintf(ending, sizeof(ending), "cut short");
	t->meter.exit = t->outcome.exit;
	t->meter.progress.bytes =
		t->holding.on ? duet_spans_bytes(&t->holding.journal.have)
			      : t->outcome.facts.body_bytes;
	duet_get_meter_end(&t->meter, whole, ending);
}

/* A server is free to send everything (RFC 9110 s14.2); it should be known. */
static bool range_was_ignored(const struct duet_get_transfer *t)
{
	return t->get->options.range != NULL && t->outcome.head != NULL &&
	       t->outcome.head->status == 200;
}

static void complain(const struct duet_get_transfer *t)
{
	const struct duet_get_options *options = &t->get->options;
	uint64_t kept = t->holding.on
				? duet_spans_bytes(&t->holding.journal.have)
				: t->outcome.written;
	char part[256];

	if (options->silent && !options->show_error)
		return;
	if (range_was_ignored(t))
		duet_complain("duet get",
			      "the server ignores -r and sends all of it");
	/* Where it is refused, the refusal says it. */
	if (t->outcome.error.code != DUET_E_NO_CRL)
		duet_get_revocation_warn(&t->outcome);
	if (t->outcome.exit == DUET_EXIT_OK)
		return;
	duet_complain("duet get", t->outcome.error.text);
	if (t->outcome.part == NULL)
		return;
	duet_str_printable(part, sizeof(part), duet_str(t->outcome.part));
	(void)fprintf(stderr, "kept: %s (%" PRIu64 " byte%s)\n", part, kept,
		      kept == 1 ? "" : "s");
}

static void fail_reporting(struct duet_get_transfer *t, struct duet_error *err)
{
	duet_remedy_add(err);
	duet_complain("duet get", err->text);
	if (t->outcome.exit == DUET_EXIT_OK)
		t->outcome.exit = DUET_EXIT_WRITE;
}

/* Of several at once the end of one may follow the head of another. */
static void tell_whose(const struct duet_get_transfer *t)
{
	char url[256];

	duet_str_printable(url, sizeof(url), duet_str(t->outcome.url));
	(void)fprintf(stderr, "* the end of %s\n", url);
}

static void report(struct duet_get_transfer *t)
{
	const struct duet_get_options *options = &t->get->options;
	struct duet_error err;
	int rc = DUET_OK;

	end_meter(t);
	if (options->verbose && t->get->board.many)
		tell_whose(t);
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

void duet_get_settle(struct duet_get_transfer *t)
{
	settle_output(t);
	report(t);
}
