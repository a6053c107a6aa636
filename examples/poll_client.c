/* SPDX-License-Identifier: MIT */
/* poll_client CA URL... - fetch all at once, from a loop that is not ours */
#include <poll.h>
#include <stdio.h>

#include <duet/client.h>

static int under_way;
static int failed;

/* Bodies are not waited for here: what is of interest is who answers. */
static void on_answer(struct duet_response *response,
		      const struct duet_error *error, void *arg)
{
	const char *url = arg;

	under_way--;
	if (error != NULL) {
		fprintf(stderr, "%s\n", error->text);
		failed = 1;
	} else {
		printf("%d %s\n", duet_response_status(response), url);
	}
	duet_response_free(response);
}

static int turn(struct duet_client *client, struct duet_error *err)
{
	struct pollfd fds[] = { { duet_client_fd(client), POLLIN, 0 } };

	/* Your own descriptors go here too. */
	(void)poll(fds, 1, duet_client_wait_ms(client));
	return duet_client_step(client, 0, err);
}

static int fetch_all(struct duet_client *client, char **urls,
		     struct duet_error *err)
{
	for (; *urls != NULL; urls++) {
		if (duet_start(client, DUET_REQUEST(.url = *urls), on_answer,
			       *urls, err) < 0)
			return -1;
		under_way++;
	}
	while (under_way > 0)
		if (turn(client, err) < 0)
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	struct duet_error err = { 0 };
	struct duet_trust *trust = NULL;
	struct duet_config *tls = NULL;
	struct duet_client *client = NULL;

	if (argc < 3) {
		fprintf(stderr, "usage: poll_client CA.pem URL...\n");
		return 2;
	}
	trust = duet_trust_new(DUET_TRUST(.ca_file = argv[1]), &err);
	if (trust != NULL)
		tls = duet_config_client(DUET_CLIENT_CONFIG(.trust = trust),
					 &err);
	if (tls != NULL)
		client = duet_client_new(DUET_CLIENT(.tls = tls), &err);
	if (client == NULL || fetch_all(client, argv + 2, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		failed = 1;
	}
	under_way = 0;
	duet_client_free(client);
	duet_config_release(tls);
	duet_trust_release(trust);
	return failed;
}
