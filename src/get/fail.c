/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/remedy.h"
#include "cli/words.h"
#include "get/hint.h"
#include "get/interrupt.h"
#include "get/transfer_int.h"

int duet_get_fail(struct duet_get_transfer *t, int exit, const char *word)
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
	t->over = true;
	return exit;
}

int duet_get_fail_asking(struct duet_get_transfer *t, int exit)
{
	struct duet_error *err = &t->outcome.error;
	const char *hint;
	bool limit;

	duet_cli_words(err, &limit);
	duet_remedy_add(err);
	hint = duet_get_hint(err, &t->get->options, limit);
	if (hint != NULL)
		duet_error_append(err, "; %s", hint);
	if (strstr(err->text, "(HSTS)") != NULL)
		duet_error_append(err, "; see --no-hsts");
	return duet_get_fail(t, exit, NULL);
}

int duet_get_fail_writing(struct duet_get_transfer *t, int status)
{
	if (status == DUET_E_NOMEM)
		return duet_get_fail(t, DUET_EXIT_NOMEM, NULL);
	duet_remedy_add(&t->outcome.error);
	return duet_get_fail(t, DUET_EXIT_WRITE, "cannot_write");
}

/* That says more than the library does. */
int duet_get_fail_sending(struct duet_get_transfer *t)
{
	(void)duet_error_copy(&t->outcome.error, &t->reading.error);
	duet_remedy_add(&t->outcome.error);
	duet_error_prefix(&t->outcome.error, "%s: ", t->outcome.url);
	return duet_get_fail(t, DUET_EXIT_READ, "cannot_read");
}

int duet_get_fail_unanswered(struct duet_get_transfer *t, int status)
{
	if (t->reading.error.code != DUET_OK)
		return duet_get_fail_sending(t);
	return duet_get_fail_asking(t, duet_exit_for(status));
}

/*
 * Short of its end in whatever way is one exit code; what it was is in the
 * sentence, and in JSON. Time and broken HTTP have codes of their own.
 */
int duet_get_fail_reading(struct duet_get_transfer *t, int status)
{
	duet_get_look_at_facts(t);
	switch (t->outcome.facts.cut) {
	case DUET_CUT_CLOSE_NOTIFY:
	case DUET_CUT_FIN:
	case DUET_CUT_RESET:
	case DUET_CUT_ALERT:
		return duet_get_fail_asking(t, DUET_EXIT_CUT);
	default:
		return duet_get_fail_asking(t, duet_exit_for(status));
	}
}

void duet_get_look_at_facts(struct duet_get_transfer *t)
{
	t->outcome.facts.size = sizeof(t->outcome.facts);
	duet_response_facts(t->response, &t->outcome.facts);
	/* Of all answers together; what is decoded comes from one. */
	if (!t->get->options.compressed)
		t->outcome.facts.body_bytes = t->came;
}

void duet_get_say(struct duet_get_transfer *t, const char *fmt, ...)
{
	const struct duet_get_options *options = &t->get->options;
	char text[sizeof(t->outcome.error.text) + 64];
	va_list args;

	if (options->silent && !options->show_error)
		return;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	duet_get_meter_clear(&t->meter);
	duet_complain("duet get", text);
}
