/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* sigaction */
#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

enum {
	LINE_MAX_BYTES = 4096, /* what a terminal takes for a line */
};

/* Those that end or stop a process from its terminal. */
static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
enum {
	SIGNALS = sizeof(signals) / sizeof(signals[0]),
};

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

/* They interrupt read(2), and are obeyed afterwards. */
static void catch_signals(struct sigaction before[SIGNALS])
{
	struct sigaction action = { .sa_handler = on_signal };
	int i;

	caught = 0;
	(void)sigemptyset(&action.sa_mask);
	for (i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &action, &before[i]);
}

static void release_signals(const struct sigaction before[SIGNALS])
{
	int i;

	for (i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &before[i], NULL);
	if (caught != 0)
		(void)raise(caught);
}

static void say(int fd, const char *text)
{
	ssize_t n = write(fd, text, strlen(text));

	(void)n; /* a terminal that shows nothing may still be typed on */
}

/* Up to the end of the line, which is left out. */
static int read_line(int fd, char *line, size_t cap, size_t *ret_len,
		     struct duet_error *err)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, line + len, 1);

		if (n < 0 && errno == EINTR && caught == 0)
			continue;
		if (n < 0)
			return duet_error_sys(err, DUET_E_SYSTEM, errno,
					      "cannot read from the terminal");
		if (n == 0)
			return duet_error_set(err, DUET_E_SYSTEM,
					      "the terminal gave no answer");
		if (line[len] == '\n')
			break;
		if (++len == cap)
			return duet_error_set(err, DUET_E_LIMIT,
					      "more than %d bytes were typed: give fewer",
					      LINE_MAX_BYTES - 1);
	}
	*ret_len = len;
	return DUET_OK;
}

static int ask(int fd, const char *question, char *line, size_t *ret_len,
	       struct duet_error *err)
{
	struct sigaction before[SIGNALS];
	struct termios shown;
	struct termios hidden;
	int rc;

	if (tcgetattr(fd, &shown) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "cannot ask on the terminal");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ICANON;
	catch_signals(before);
	(void)tcsetattr(fd, TCSAFLUSH, &hidden);
	say(fd, question);
	rc = read_line(fd, line, LINE_MAX_BYTES - 1, ret_len, err);
	say(fd, "\n");
	(void)tcsetattr(fd, TCSAFLUSH, &shown);
	release_signals(before);
	return rc;
}

int duet_prompt_secret(const char *question, struct duet_buffer *ret,
		       struct duet_error *err)
{
	char line[LINE_MAX_BYTES];
	size_t len = 0;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int rc;

	if (fd < 0)
		return duet_error_set(err, DUET_E_SYSTEM,
				      "there is no terminal to ask on");
	rc = ask(fd, question, line, &len, err);
	(void)close(fd);
	if (rc == DUET_OK) {
		line[len] = '\0';
		ret->data = duet_mem_dup(line, len + 1);
		ret->len = len;
		if (ret->data == NULL)
			rc = duet_error_nomem(err);
	}
	duet_mem_wipe(line, sizeof(line));
	return rc;
}
