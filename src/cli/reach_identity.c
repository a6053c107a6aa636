/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/prompt.h"
#include "cli/reach_int.h"
#include "cli/secret.h"

enum {
	CERT_FILE_MAX = 1 << 20,
};

/* What --pass, --pass-file or --pass-fd gives; NULL where none of them was
 * said. */
static int given_passphrase(const struct duet_reach_options *options,
			    char **ret, struct duet_error *err)
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

/* It is needed, and none of them was said. */
static int ask_passphrase(const struct duet_reach_options *options, char **ret,
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

static bool is_pem(struct duet_bytes content)
{
	static const char mark[] = "-----BEGIN ";
	const char *p = content.data;
	size_t i;

	for (i = 0; i + sizeof(mark) - 1 <= content.len; i++)
		if (memcmp(p + i, mark, sizeof(mark) - 1) == 0)
			return true;
	return false;
}

/* One that is needed and was not given is asked for, where somebody is there
 * to be asked; otherwise the refusal says what is missing. */
static int open_identity(struct duet_reach *reach,
			 struct duet_identity_source *source,
			 struct duet_error *err)
{
	char *passphrase = NULL;
	int rc;

	rc = given_passphrase(reach->options, &passphrase, err);
	if (rc != DUET_OK)
		return rc;
	source->passphrase = passphrase;
	reach->identity = duet_identity_new(source, err);
	if (reach->identity == NULL && passphrase == NULL &&
	    err->code == DUET_E_PASSPHRASE &&
	    ask_passphrase(reach->options, &passphrase, NULL) == DUET_OK) {
		source->passphrase = passphrase;
		reach->identity = duet_identity_new(source, err);
	}
	duet_secret_free(passphrase);
	return reach->identity != NULL ? DUET_OK : err->code;
}

/* PEM or PKCS#12 is told by the content, whatever the file is called. */
int duet_reach_load_identity(struct duet_reach *reach, struct duet_error *err)
{
	const struct duet_reach_options *options = reach->options;
	struct duet_identity_source source = { .size = sizeof(source) };
	struct duet_buffer content = { NULL, 0 };
	struct duet_bytes bytes;
	int rc;

	rc = duet_file_read(options->cert, CERT_FILE_MAX, &content, err);
	if (rc != DUET_OK)
		return rc;
	bytes.data = content.data;
	bytes.len = content.len;
	if (is_pem(bytes)) {
		source.cert_file = options->cert;
		source.key_file = options->key;
	} else {
		source.p12_file = options->cert;
	}
	duet_buffer_free(&content);
	return open_identity(reach, &source, err);
}
