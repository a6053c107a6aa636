/* SPDX-License-Identifier: MIT */
/* A certificate made in memory, then served: nothing touches the disk.
 *     self_signed [ADDRESS]        prints the certificate and the URL */
#include <stdio.h>

#include <duet/cert.h>
#include <duet/server.h>

static void hello(struct duet_exchange *exchange, void *arg)
{
	(void)arg;
	duet_reply_text(exchange, 200, "hello from memory\n");
}

static struct duet_identity *make_identity(struct duet_error *err)
{
	const char *const names[] = { "localhost", "127.0.0.1", "::1", NULL };
	struct duet_key *key = duet_key_new(DUET_KEY_P256, err);
	struct duet_buffer cert = { NULL, 0 };
	struct duet_buffer secret = { NULL, 0 };
	struct duet_identity *identity = NULL;

	if (key != NULL && duet_key_write(key, NULL, &secret, err) == DUET_OK &&
	    duet_cert_self_signed(key, DUET_CERT(.names = names, .days = 1),
				  &cert, err) == DUET_OK) {
		printf("%s", (const char *)cert.data);
		identity =
			duet_identity_new(DUET_IDENTITY(.cert_pem = { cert.data,
								      cert.len },
							.key_pem = { secret.data,
								     secret.len }),
					  err);
	}
	duet_buffer_free(&cert);
	duet_buffer_free(&secret);
	duet_key_free(key);
	return identity;
}

int main(int argc, char **argv)
{
	struct duet_error err;
	struct duet_identity *identity = make_identity(&err);
	struct duet_config *config = NULL;
	struct duet_server *server = NULL;
	int failed = 1;

	if (identity != NULL)
		config =
			duet_config_server(DUET_SERVER_CONFIG(.identities =
								      &identity,
							      .n_identities =
								      1),
					   &err);
	if (config != NULL)
		server =
			duet_server_new(DUET_SERVER(.listen = DUET_LISTEN(
							    argc > 1
								    ? argv[1]
								    : "localhost:8443"),
						    .tls = config,
						    .handler = hello),
					&err);
	if (server != NULL) {
		printf("https://%s/\n", duet_server_address(server, 0));
		fflush(stdout);
		failed = duet_server_run(server, &err) < 0;
	}
	if (failed)
		fprintf(stderr, "%s\n", err.text);
	duet_server_free(server);
	duet_config_release(config);
	duet_identity_release(identity);
	return failed;
}
