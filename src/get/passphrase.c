/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "get/passphrase.h"

#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/prompt.h"
#include "cli/secret.h"

int duet_get_passphrase(const struct duet_get_options *options, char **ret,
			struct duet_error *err)
{
	*ret = NULL;
	if (options->pass_file != NULL)
		return duet_secret_read(options->pass_file, "passphrase", ret,
					err);
	if (options->pass_fd >= 0)
		return duet_secret_read_fd((int)options->pass_fd, "passphrase",
					   ret, err);
	if (options->pass == NULL)
		return DUET_OK;
	*ret = duet_mem_strdup(options->pass);
	return *ret != NULL ? DUET_OK : duet_error_nomem(err);
}

int duet_get_passphrase_ask(const struct duet_get_options *options, char **ret,
			    struct duet_error *err)
{
	const char *file = options->key != NULL ? options->key : options->cert;
	char shown[256];
	char question[300];
	int rc;

	/* Who has sent standard error elsewhere would not see the question. */
	if (isatty(STDERR_FILENO) == 0)
		return duet_error_set(err, DUET_E_STATE,
				      "nobody is there to be asked for a passphrase");
	duet_str_printable(shown, sizeof(shown), duet_str(file));
	(void)snprintf(question, sizeof(question),
		       "the passphrase of '%s': ", shown);
	rc = duet_prompt_secret(question, ret, err);
	if (rc != DUET_OK || (*ret)[0] != '\0')
		return rc;
	duet_secret_free(*ret);
	*ret = NULL;
	return duet_error_set(err, DUET_E_STATE,
			      "nothing was typed, which is no passphrase");
}
