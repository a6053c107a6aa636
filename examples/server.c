/* SPDX-License-Identifier: MIT */
/* A server: server [ADDRESS], with cert.pem and key.pem beside it. */
#include <stdio.h>

#include <duet/server.h>

static void hello(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	duet_reply_text(exchange, 200, "hello\n");
}

int main(int argc, char **argv)
{
	const char *place = argc > 1 ? argv[1] : ":8443";
	struct duet_error err;
	struct duet_server *server =
		duet_server_new(DUET_SERVER(.listen = DUET_LISTEN(place),
					    .handler = hello,
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
