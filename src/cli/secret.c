/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	SHOWN_BYTES = 300,
	PASSPHRASE_FILE_MAX = 64 * 1024,
	TYPED_MAX = 1024,
	CONTROL_C = 3,
	CONTROL_D = 4,
	CONTROL_U = 21,
	BACKSPACE = 8,
	DELETE = 127,
};

/* A NUL would end the passphrase before its line ends, and nobody would know
 * how short it is. */
static int check_passphrase(const char *path, const char *line, size_t len,
			    struct duet_error *err)
{
	char shown[SHOWN_BYTES];

	duet_str_printable(shown, sizeof(shown), duet_str(path));
	if (len == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s': its first line is empty, and no passphrase",
				      shown);
	if (memchr(line, '\0', len) != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s': its first line has a NUL in it, and no passphrase can: save it as plain text (UTF-8)",
				      shown);
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

int duet_passphrase_read(const char *path, char **ret, struct duet_error *err)
{
	struct duet_buffer content = { NULL, 0 };
	size_t len;
	int rc;

	*ret = NULL;
	if (path == NULL)
		return DUET_OK;
	rc = duet_file_read_or_stdin(path, PASSPHRASE_FILE_MAX, &content, err);
	if (rc != DUET_OK)
		return rc;
	len = first_line(&content);
	rc = check_passphrase(path, content.data, len, err);
	if (rc == DUET_OK) {
		*ret = duet_mem_strndup(content.data, len);
		if (*ret == NULL)
			rc = duet_error_nomem(err);
	}
	duet_buffer_free(&content);
	return rc;
}

int duet_passphrase_read_fd(int fd, char **ret, struct duet_error *err)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	return duet_passphrase_read(path, ret, err);
}

/*
 * Neither echoed nor made into signals: a program that ^C ends in the midst of
 * this would leave a terminal that shows nothing.
 */
static bool be_quiet(int fd, struct termios *ret_before)
{
	struct termios quiet;

	if (tcgetattr(fd, ret_before) != 0)
		return false;
	quiet = *ret_before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
	quiet.c_cc[VMIN] = 1;
	quiet.c_cc[VTIME] = 0;
	return tcsetattr(fd, TCSAFLUSH, &quiet) == 0;
}

/* One line without its end; false: given up. */
static bool read_typed(int fd, char line[TYPED_MAX])
{
	size_t len = 0;
	char c;

	for (;;) {
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || c == CONTROL_C || c == CONTROL_D)
			return false;
		if (c == '\r' || c == '\n')
			break;
		if (c == BACKSPACE || c == DELETE)
			len -= len > 0;
		else if (c == CONTROL_U)
			len = 0;
		else if (len < TYPED_MAX - 1)
			line[len++] = c;
	}
	line[len] = '\0';
	return len > 0;
}

static bool say(int fd, const char *text)
{
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static int ask_at(int fd, const char *what, char **ret, struct duet_error *err)
{
	char line[TYPED_MAX];
	struct termios before;
	bool given;
	int rc = DUET_OK;

	if (!be_quiet(fd, &before))
		return duet_error_sys(err, DUET_E_STATE, errno,
				      "cannot ask for %s", what);
	given = say(fd, what) && say(fd, ": ") && read_typed(fd, line);
	(void)tcsetattr(fd, TCSAFLUSH, &before);
	(void)say(fd, "\n");
	if (given) {
		*ret = duet_mem_strdup(line);
		if (*ret == NULL)
			rc = duet_error_nomem(err);
	} else {
		rc = duet_error_set(err, DUET_E_STATE, "%s was not given",
				    what);
	}
	duet_mem_wipe(line, sizeof(line));
	return rc;
}

int duet_passphrase_ask(const char *what, char **ret, struct duet_error *err)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int rc;

	if (fd < 0)
		return duet_error_set(err, DUET_E_STATE,
				      "there is no terminal to ask for %s at",
				      what);
	rc = ask_at(fd, what, ret, err);
	(void)close(fd);
	return rc;
}

void duet_passphrase_free(char *passphrase)
{
	if (passphrase != NULL)
		duet_mem_free_secret(passphrase, strlen(passphrase));
}
