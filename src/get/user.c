/* SPDX-License-Identifier: MIT */
#include "get/user.h"

#include <stdio.h>
#include <string.h>

#include "base/basic.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/prompt.h"
#include "cli/secret.h"

static int encode(char **ret, const char *user, struct duet_error *err)
{
	*ret = duet_basic_credentials(user);
	return *ret != NULL ? DUET_OK : duet_error_nomem(err);
}

static int from_file(char **ret, const char *path, struct duet_error *err)
{
	char *line = NULL;
	int rc = duet_secret_read(path, "NAME:PASSWORD", &line, err);

	if (rc != DUET_OK) {
		duet_error_prefix(err, "--user-file: ");
		return rc;
	}
	if (strchr(line, ':') == NULL)
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "--user-file: '%s' does not begin with NAME:PASSWORD; write that into its first line",
				    path);
	else
		rc = encode(ret, line, err);
	duet_secret_free(line);
	return rc;
}

static int from_terminal(char **ret, const char *name, struct duet_error *err)
{
	char *password = NULL;
	char question[160];
	char shown[80];
	char *user;
	int rc;

	duet_str_printable(shown, sizeof(shown), duet_str(name));
	(void)snprintf(question, sizeof(question), "Password of %s: ", shown);
	rc = duet_prompt_secret(question, &password, err);
	if (rc != DUET_OK) {
		duet_error_prefix(err, "-u %s: ", shown);
		if (rc == DUET_E_SYSTEM)
			duet_error_append(err,
					  "; give the password in a file with --user-file FILE");
		return rc;
	}
	user = duet_mem_printf("%s:%s", name, password);
	duet_secret_free(password);
	if (user == NULL)
		return duet_error_nomem(err);
	rc = encode(ret, user, err);
	duet_secret_free(user);
	return rc;
}

int duet_get_user_authorization(char **ret,
				const struct duet_get_options *options,
				struct duet_error *err)
{
	if (options->user_file != NULL)
		return from_file(ret, options->user_file, err);
	if (options->user == NULL)
		return DUET_OK;
	if (strchr(options->user, ':') == NULL)
		return from_terminal(ret, options->user, err);
	return encode(ret, options->user, err);
}
