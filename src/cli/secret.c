/* SPDX-License-Identifier: MIT */
#include "cli/secret.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	SHOWN_BYTES = 300,
	SECRET_FILE_MAX = 64 * 1024,
};

/* A NUL would end it before its line ends, and nobody would know how short it
 * is. */
static int check_line(const char *path, const char *kind, const char *line,
		      size_t len, struct duet_error *err)
{
	char shown[SHOWN_BYTES];

	duet_str_printable(shown, sizeof(shown), duet_str(path));
	if (len == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s': its first line is empty, and no %s",
				      shown, kind);
	if (memchr(line, '\0', len) != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s': its first line has a NUL in it, and no %s can: save it as plain text (UTF-8)",
				      shown, kind);
	return DUET_OK;
}

static size_t first_line(const struct duet_buffer *content)
{
	const char *text = content->data;
	size_t len = 0;

	while (len < content->len && text[len] != '\r' && text[len] != '\n')
		len++;
	return len;
}

int duet_secret_read(const char *path, const char *kind, char **ret,
		     struct duet_error *err)
{
	struct duet_buffer content = { NULL, 0 };
	size_t len;
	int rc;

	*ret = NULL;
	if (path == NULL)
		return DUET_OK;
	rc = duet_file_read_or_stdin(path, SECRET_FILE_MAX, &content, err);
	if (rc != DUET_OK)
		return rc;
	len = first_line(&content);
	rc = check_line(path, kind, content.data, len, err);
	if (rc == DUET_OK) {
		*ret = duet_mem_strndup(content.data, len);
		if (*ret == NULL)
			rc = duet_error_nomem(err);
	}
	duet_buffer_free(&content);
	return rc;
}

int duet_secret_read_fd(int fd, const char *kind, char **ret,
			struct duet_error *err)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	return duet_secret_read(path, kind, ret, err);
}

void duet_secret_free(char *secret)
{
	if (secret != NULL)
		duet_mem_free_secret(secret, strlen(secret));
}
