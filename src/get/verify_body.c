/* SPDX-License-Identifier: MIT */
#include "get/verify_body.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "cli/exit.h"

enum {
	FIRST_FAILURE = 400,
	NOT_MODIFIED = 304,
	BEYOND_END = 416, /* and of -C, that it is there already */
};

static const char wrong_checksum[] = "wrong_checksum";

/* Where the wrong bytes are; those of a .part are told of by themselves. */
static const char *where_it_is(const struct duet_get_output *output, int status)
{
	if (status == BEYOND_END || status == NOT_MODIFIED)
		return "; it is the file that was there, for nothing new came";
	if (status >= FIRST_FAILURE)
		return "; the server answered with an error page (see --fail)";
	if (output->kind == DUET_GET_OUTPUT_STDOUT ||
	    output->kind == DUET_GET_OUTPUT_IN_PLACE)
		return "; its bytes were written out already: do not use them";
	return "";
}

/* Of what was there before, only a sum that was asked for is of interest. */
static bool is_asked(const struct duet_get_checksum *checksum, int status)
{
	return checksum->want.hex[0] != '\0' ||
	       (checksum->sha256 && status != NOT_MODIFIED);
}

/* RFC 9110 s6.4.1: not even an empty one, of which there would be a sum. */
static bool brings_no_body(const struct duet_get_outcome *outcome)
{
	return outcome->head->status == NOT_MODIFIED ||
	       strcmp(outcome->method, "HEAD") == 0;
}

static int fail_without_body(const struct duet_get_checksum *checksum,
			     struct duet_get_outcome *outcome,
			     const char **ret_word)
{
	char url[256];

	if (checksum->want.hex[0] == '\0')
		return DUET_EXIT_OK;
	duet_str_printable(url, sizeof(url), duet_str(outcome->url));
	(void)duet_error_set(&outcome->error, DUET_OK,
			     "%s: no body came that could have the sum, and no file is left as it is that has it; ask with GET, save it with -o, and leave -i and conditions out",
			     url);
	*ret_word = wrong_checksum;
	return DUET_EXIT_CHECKSUM;
}

int duet_get_verify_body(struct duet_get_checksum *checksum,
			 const struct duet_get_output *output, const char *file,
			 struct duet_get_outcome *outcome,
			 const char **ret_word)
{
	int status = outcome->head->status;
	int rc;

	*ret_word = NULL;
	if (file != NULL && is_asked(checksum, status))
		rc = duet_get_checksum_file(checksum, file, &outcome->error);
	else if (brings_no_body(outcome))
		return fail_without_body(checksum, outcome, ret_word);
	else
		rc = duet_get_checksum_end(checksum, &outcome->error);
	if (rc < 0)
		return rc == DUET_E_NOMEM ? DUET_EXIT_NOMEM : DUET_EXIT_READ;
	if (checksum->verdict != DUET_GET_WRONG)
		return DUET_EXIT_OK;
	duet_get_checksum_say(checksum, outcome->url,
			      where_it_is(output, status), &outcome->error);
	*ret_word = wrong_checksum;
	return DUET_EXIT_CHECKSUM;
}
