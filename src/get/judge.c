/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "base/error.h"
#include "base/str.h"
#include "cli/exit.h"
#include "get/transfer_int.h"
#include "get/verbose.h"
#include "get/verify_body.h"

enum {
	FIRST_REDIRECT = 300,
	NOT_MODIFIED = 304,
	FIRST_FAILURE = 400,
};

int duet_get_begin_sum(struct duet_get_transfer *t)
{
	t->hashing = true;
	t->hashed = 0;
	return duet_get_checksum_begin(&t->checksum, &t->outcome.error);
}

/* With the head, for -i and -I. */
static int begin_output(struct duet_get_transfer *t)
{
	struct duet_buffer text = { NULL, 0 };
	int rc;

	rc = duet_get_begin_sum(t);
	if (rc != DUET_OK)
		return rc;
	duet_get_holding_anew(&t->holding, t->outcome.head);
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
static bool is_beyond_end(const struct duet_get_transfer *t,
			  const struct duet_head *head)
{
	return t->get->options.range != NULL && head->status == 416;
}

static bool is_failure(const struct duet_get_transfer *t,
		       const struct duet_head *head)
{
	return is_beyond_end(t, head) ||
	       (t->get->options.fail && head->status >= FIRST_FAILURE);
}

static int fail_status(struct duet_get_transfer *t,
		       const struct duet_head *head)
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
	return duet_get_fail(t, DUET_EXIT_STATUS, "http_status");
}

/* "If-None-Match" and the others (RFC 9110 s13.1) */
static bool is_condition(const char *name)
{
	return duet_to_lower((unsigned char)name[0]) == 'i' &&
	       duet_to_lower((unsigned char)name[1]) == 'f' && name[2] == '-';
}

/* RFC 9110 s15.4.5: it answers a condition, and -I shows whatever comes. */
static bool is_unasked_304(const struct duet_get_transfer *t,
			   const struct duet_head *head)
{
	const struct duet_get_request *request = &t->get->request;
	size_t i;

	if (head->status != NOT_MODIFIED || t->get->options.head)
		return false;
	for (i = 0; i < request->n_headers; i++)
		if (is_condition(request->headers[i].name))
			return false;
	return true;
}

static int fail_304(struct duet_get_transfer *t)
{
	char url[256];

	duet_str_printable(url, sizeof(url), duet_str(t->outcome.final_url));
	(void)duet_error_set(&t->outcome.error, DUET_E_HTTP,
			     "%s: the server answers 304, not modified, and was not asked whether it is; tell the server's keeper",
			     url);
	return duet_get_fail(t, DUET_EXIT_RECEIVE, NULL);
}

/* "thanks" for half a file is no success. */
static int fail_early(struct duet_get_transfer *t, const struct duet_head *head)
{
	char url[256];

	duet_str_printable(url, sizeof(url), duet_str(t->outcome.final_url));
	(void)duet_error_set(&t->outcome.error, DUET_OK,
			     "%s: the server answers %d after %" PRIu64
			     " bytes of the body, before it could have read the rest, which was not sent; see whether it has what it should",
			     url, (int)head->status,
			     t->outcome.facts.request_bytes);
	return duet_get_fail(t, DUET_EXIT_SEND, "not_sent_whole");
}

int duet_get_judge_head(struct duet_get_transfer *t)
{
	const struct duet_get_options *options = &t->get->options;
	const struct duet_head *head = duet_response_head(t->response);
	int rc;

	if (options->verbose) {
		duet_get_meter_clear(&t->meter);
		duet_get_verbose_answer(&t->outcome);
	}
	if (is_beyond_end(t, head) && options->head) {
		/* -I shows whatever comes. */
		rc = begin_output(t);
		return rc == DUET_OK ? fail_status(t, head)
				     : duet_get_fail_writing(t, rc);
	}
	if (is_failure(t, head))
		return fail_status(t, head);
	if (is_unasked_304(t, head))
		return fail_304(t);
	if (!t->outcome.facts.request_whole && head->status < FIRST_REDIRECT)
		return fail_early(t, head);
	/* RFC 9110 s15.4.5: what is there is still right. */
	if (head->status == NOT_MODIFIED && !options->include && !options->head)
		duet_get_output_forget(&t->output);
	duet_get_meter_answered(&t->meter, head->content_length);
	rc = begin_output(t);
	return rc == DUET_OK ? DUET_OK : duet_get_fail_writing(t, rc);
}

/* The file with the body, where that was not hashed while it came; or NULL. */
static const char *file_of(const struct duet_get_transfer *t)
{
	/* RFC 9110 s15.4.5: what is there is the body, and stays, unless the
	 * head of -i takes its place. */
	if (t->outcome.head->status == NOT_MODIFIED)
		return t->output.kind == DUET_GET_OUTPUT_NONE ? t->output.path
							      : NULL;
	if (t->holding.copied)
		return t->output.path;
	if (t->hashing || t->output.kind != DUET_GET_OUTPUT_FILE)
		return NULL;
	return t->output.part;
}

int duet_get_judge_body(struct duet_get_transfer *t)
{
	const char *word;
	int number = duet_get_verify_body(&t->checksum, &t->output, file_of(t),
					  &t->outcome, &word);

	return number == DUET_EXIT_OK ? DUET_OK
				      : duet_get_fail(t, number, word);
}
