/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* ppoll */
#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

/* As it was before. */
struct signal_state {
	struct sigaction actions[SIGNALS];
	sigset_t mask;
};

/* They come while we wait and at no other time, so that none is missed just
 * before; and are obeyed afterwards. */
static void catch_signals(struct signal_state *before)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t all;
	int i;

	caught = 0;
	(void)sigemptyset(&all);
	for (i = 0; i < SIGNALS; i++)
		(void)sigaddset(&all, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &all, &before->mask);
	(void)sigemptyset(&action.sa_mask);
	for (i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &action, &before->actions[i]);
}

static void release_signals(const struct signal_state *before)
{
	int i;

	for (i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &before->actions[i], NULL);
	(void)sigprocmask(SIG_SETMASK, &before->mask, NULL);
	if (caught != 0)
		(void)raise(caught);
}

static void say(int fd, const char *text)
{
	ssize_t n = write(fd, text, strlen(text));

	(void)n; /* a terminal that shows nothing may still be typed on */
}

/* One byte; as read(2), but that signals of the mask may come. */
static ssize_t read_byte(int fd, char *byte, const sigset_t *mask)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int rc;

	do
		rc = ppoll(&wait, 1, NULL, mask);
	while (rc < 0 && errno == EINTR && caught == 0);
	return rc < 0 ? rc : read(fd, byte, 1);
}

/* Up to the end of the line, which is left out. */
static int read_line(int fd, const sigset_t *mask, char *line, size_t cap,
		     size_t *ret_len, struct duet_error *err)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read_byte(fd, line + len, mask);

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
	struct signal_state before;
	struct termios shown;
	struct termios hidden;
	int rc;

	if (tcgetattr(fd, &shown) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "cannot ask on the terminal");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ICANON;
	catch_signals(&before);
	(void)tcsetattr(fd, TCSAFLUSH, &hidden);
	say(fd, question);
	rc = read_line(fd, &before.mask, line, LINE_MAX_BYTES - 1, ret_len,
		       err);
	say(fd, "\n");
	(void)tcsetattr(fd, TCSAFLUSH, &shown);
	release_signals(&before);
	return rc;
}

static int copy(const char *line, size_t len, char **ret,
		struct duet_error *err)
{
	if (memchr(line, '\0', len) != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "what was typed has a NUL in it, which cannot be meant");
	*ret = duet_mem_strndup(line, len);
	return *ret != NULL ? DUET_OK : duet_error_nomem(err);
}

int duet_prompt_secret(const char *question, char **ret, struct duet_error *err)
{
	char line[LINE_MAX_BYTES];
	size_t len = 0;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int rc;

	*ret = NULL;
	if (fd < 0)
		return duet_error_set(err, DUET_E_SYSTEM,
				      "there is no terminal to ask on");
	rc = ask(fd, question, line, &len, err);
	(void)close(fd);
	if (rc == DUET_OK)
		rc = copy(line, len, ret, err);
	duet_mem_wipe(line, sizeof(line));
	return rc;
}
