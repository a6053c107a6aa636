/* SPDX-License-Identifier: MIT */
#include "get/user.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/prompt.h"

enum {
	FILE_MAX = 65536,
};

static int encode(char **ret, const char *user, struct duet_error *err)
{
	static const char scheme[] = "Basic ";
	char *value = duet_mem_alloc(sizeof(scheme) - 1 +
				     DUET_BASE64_BYTES(strlen(user)));

	if (value == NULL)
		return duet_error_nomem(err);
	memcpy(value, scheme, sizeof(scheme) - 1);
	duet_base64_encode(value + sizeof(scheme) - 1, duet_str(user));
	*ret = value;
	return DUET_OK;
}

/* The first line of the file, which may be the only one. */
static int from_file(char **ret, const char *path, struct duet_error *err)
{
	struct duet_buffer file = { NULL, 0 };
	char *line;
	int rc = duet_file_read_or_stdin(path, FILE_MAX, &file, err);

	if (rc != DUET_OK) {
		duet_error_prefix(err, "--user-file: ");
		return rc;
	}
	line = file.data;
	line[strcspn(line, "\r\n")] = '\0';
	if (strchr(line, ':') == NULL)
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "--user-file: '%s' does not begin with NAME:PASSWORD; write that into its first line",
				    path);
	else
		rc = encode(ret, line, err);
	duet_buffer_free(&file);
	return rc;
}

static int from_terminal(char **ret, const char *name, struct duet_error *err)
{
	struct duet_buffer password = { NULL, 0 };
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
	user = duet_mem_printf("%s:%s", name, (const char *)password.data);
	duet_buffer_free(&password);
	if (user == NULL)
		return duet_error_nomem(err);
	rc = encode(ret, user, err);
	duet_mem_free_secret(user, strlen(user));
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
