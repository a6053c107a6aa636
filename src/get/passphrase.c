/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "get/passphrase.h"

#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/passphrase.h"

int duet_get_passphrase(const struct duet_get_options *options, char **ret,
			struct duet_error *err)
{
	*ret = NULL;
	if (options->pass_file != NULL)
		return duet_passphrase_read(options->pass_file, ret, err);
	if (options->pass_fd >= 0)
		return duet_passphrase_read_fd((int)options->pass_fd, ret, err);
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
	char what[300];

	/* Who has sent standard error elsewhere would not see the question. */
	if (isatty(STDERR_FILENO) == 0)
		return duet_error_set(err, DUET_E_STATE,
				      "nobody is there to be asked for a passphrase");
	duet_str_printable(shown, sizeof(shown), duet_str(file));
	(void)snprintf(what, sizeof(what), "the passphrase of '%s'", shown);
	return duet_passphrase_ask(what, ret, err);
}
