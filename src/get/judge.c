/* SPDX-License-Identifier: MIT */
#include "get/judge.h"

#include "cli/exit.h"

enum {
	FIRST_FAILURE = 400,
	NOT_MODIFIED = 304,
};

/* Where the wrong bytes are; those of a .part are told of by themselves. */
static const char *where_it_is(const struct duet_get_output *output, int status)
{
	if (status >= FIRST_FAILURE)
		return "; the server answered with an error page (see --fail)";
	if (status == NOT_MODIFIED)
		return "; it is the file that was there, for nothing new came";
	if (output->kind == DUET_GET_OUTPUT_STDOUT ||
	    output->kind == DUET_GET_OUTPUT_IN_PLACE)
		return "; its bytes were written out already: do not use them";
	return "";
}

int duet_get_judge(struct duet_get_checksum *checksum,
		   const struct duet_get_output *output,
		   struct duet_get_outcome *outcome, const char **ret_word)
{
	int status = outcome->head->status;
	int rc;

	*ret_word = NULL;
	/* RFC 9110 s15.4.5: what is there is the body. */
	if (status == NOT_MODIFIED && output->path != NULL &&
	    checksum->want.hex[0] != '\0')
		rc = duet_get_checksum_file(checksum, output->path,
					    &outcome->error);
	else
		rc = duet_get_checksum_end(checksum, &outcome->error);
	if (rc < 0)
		return rc == DUET_E_NOMEM ? DUET_EXIT_NOMEM : DUET_EXIT_READ;
	if (checksum->verdict != DUET_GET_WRONG)
		return DUET_EXIT_OK;
	duet_get_checksum_say(checksum, outcome->url,
			      where_it_is(output, status), &outcome->error);
	*ret_word = "wrong_checksum";
	return DUET_EXIT_CHECKSUM;
}
