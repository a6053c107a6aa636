/* SPDX-License-Identifier: MIT */
/*
 * A server inside somebody else's poll loop, which also reads its standard
 * input: each line becomes what the server says; at the end of input it stops.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <duet/server.h>

static char words[4096] = "nothing yet\n";

static void say(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	duet_reply_text(exchange, 200, words);
}

/* Whether there may be more. */
static bool read_words(void)
{
	ssize_t n = read(STDIN_FILENO, words, sizeof(words) - 1);

	if (n > 0)
		words[n] = '\0';
	return n > 0;
}

static int loop(struct duet_server *server, struct duet_error *err)
{
	struct pollfd fds[] = {
		{ .fd = duet_server_fd(server), .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	int rc = DUET_OK;

	while (rc == DUET_OK) {
		if (poll(fds, 2, duet_server_wait_ms(server)) < 0)
			continue; /* a signal */
		if (fds[1].revents != 0 && !read_words()) {
			duet_server_stop(server, 1000);
			fds[1].fd = -1;
		}
		rc = duet_server_step(server, 0, err);
	}
	return rc;
}

int main(int argc, char **argv)
{
	const char *place = argc > 1 ? argv[1] : ":8443";
	struct duet_error err;
	struct duet_server *server =
		duet_server_new(DUET_SERVER(.listen = DUET_LISTEN(place),
					    .handler = say,
					    .cert_file = "cert.pem",
					    .key_file = "key.pem"),
				&err);

	if (server != NULL)
		printf("https://%s/\n", duet_server_address(server, 0));
	fflush(stdout);
	if (server == NULL || loop(server, &err) != DUET_EOF)
		return fprintf(stderr, "%s\n", err.text), 1;
	duet_server_free(server);
	return 0;
}
