/* SPDX-License-Identifier: MIT */
/* Fetch as somebody: a client certificate from PEM files.
 *     client_cert URL CA.pem CERT.pem KEY.pem */
#include <stdio.h>

#include <duet/client.h>

static struct duet_config *who_we_are(char **argv, struct duet_error *err)
{
	struct duet_trust *trust =
		duet_trust_new(DUET_TRUST(.ca_file = argv[2]), err);
	struct duet_identity *identity =
		duet_identity_new(DUET_IDENTITY(.cert_file = argv[3],
						.key_file = argv[4]),
				  err);
	struct duet_config *config = NULL;

	if (trust != NULL && identity != NULL)
		config =
			duet_config_client(DUET_CLIENT_CONFIG(.trust = trust,
							      .identity =
								      identity),
					   err);
	duet_identity_release(identity);
	duet_trust_release(trust);
	return config;
}

int main(int argc, char **argv)
{
	struct duet_response *response = NULL;
	struct duet_client *client = NULL;
	struct duet_config *config;
	struct duet_bytes body;
	struct duet_error err;
	int failed = 1;

	if (argc != 5)
		return 2;
	config = who_we_are(argv, &err);
	if (config != NULL)
		client = duet_client_new(DUET_CLIENT(.tls = config), &err);
	if (client != NULL)
		response =
			duet_send(client, DUET_REQUEST(.url = argv[1]), &err);
	if (response != NULL)
		failed = duet_response_body(response, &body, &err) < 0;
	if (failed)
		fprintf(stderr, "%s\n", err.text);
	else
		fwrite(body.data, 1, body.len, stdout);
	duet_response_free(response);
	duet_client_free(client);
	duet_config_release(config);
	return failed;
}
