/* SPDX-License-Identifier: MIT */
/*
 * A large reply, made while it is sent: stream FILE [ADDRESS]. The producer is
 * asked only when there is room, so memory stays small; where it fails, the
 * client sees a cut and not an end.
 */
#include <stdio.h>

#include <duet/server.h>

static int more(struct duet_exchange *exchange, void *buf, size_t cap,
		size_t *n, void *arg)
{
	FILE *file = arg;

	(void)exchange;
	*n = fread(buf, 1, cap, file);
	if (*n > 0)
		return DUET_OK;
	return ferror(file) != 0 ? DUET_E_SYSTEM : DUET_EOF;
}

static void finished(void *arg)
{
	fclose(arg);
}

static void send_file(struct duet_exchange *exchange, void *arg)
{
	FILE *file = fopen(arg, "rb");

	if (file == NULL)
		duet_reply_text(exchange, 404, "no such file\n");
	else
		duet_reply_stream(exchange, 200, "application/octet-stream",
				  DUET_LENGTH_UNKNOWN, more, finished, file);
}

int main(int argc, char **argv)
{
	const char *place = argc > 2 ? argv[2] : ":8443";
	struct duet_server *server;
	struct duet_error err;

	if (argc < 2)
		return fprintf(stderr, "usage: stream FILE [ADDRESS]\n"), 2;
	server = duet_server_new(DUET_SERVER(.listen = DUET_LISTEN(place),
					     .handler = send_file,
					     .arg = argv[1],
					     .cert_file = "cert.pem",
					     .key_file = "key.pem"),
				 &err);
	if (server != NULL)
		printf("https://%s/\n", duet_server_address(server, 0));
	fflush(stdout);
	if (server == NULL || duet_server_run(server, &err) != DUET_OK)
		return fprintf(stderr, "%s\n", err.text), 1;
	duet_server_free(server);
	return 0;
}
