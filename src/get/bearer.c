/* SPDX-License-Identifier: MIT */
#include "get/bearer.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/secret.h"

enum {
	TOKEN_MAX = 8000, /* a line of a head has 8 KiB */
};

/* RFC 6750 s2.1: b64token */
static bool is_token(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && (duet_is_alpha((unsigned char)text[i]) ||
			   duet_is_digit((unsigned char)text[i]) ||
			   (text[i] != '\0' && strchr("-._~+/", text[i]))))
		i++;
	if (i == 0)
		return false;
	while (i < len && text[i] == '=')
		i++;
	return i == len;
}

/* Without the blanks around it, as editors and copies leave them. */
static void trim(const char **text, size_t *len)
{
	while (*len > 0 && strchr(" \t", (*text)[*len - 1]) != NULL)
		(*len)--;
	while (*len > 0 && strchr(" \t", **text) != NULL) {
		(*text)++;
		(*len)--;
	}
}

int duet_get_bearer(const char *given, char **ret, struct duet_error *err)
{
	bool is_file = given[0] == '@';
	const char *text = given;
	char *line = NULL;
	size_t len;
	int rc = DUET_OK;

	if (is_file) {
		rc = duet_secret_read(given + 1, "token", &line, err);
		if (rc < 0) {
			duet_error_prefix(err, "--bearer: ");
			return rc;
		}
		text = line;
	}
	len = strlen(text);
	if (is_file)
		trim(&text, &len);
	if (len > TOKEN_MAX || !is_token(text, len))
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "--bearer: %s is no token, which is letters, digits and -._~+/ with perhaps = at its end (RFC 6750); of a file write @FILE",
				    is_file ? "what the file holds" : "that");
	else
		*ret = duet_mem_printf("Bearer %.*s", (int)len, text);
	if (rc == DUET_OK && *ret == NULL)
		rc = duet_error_nomem(err);
	duet_secret_free(line);
	return rc;
}
