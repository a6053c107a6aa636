/* SPDX-License-Identifier: MIT */
/* What tests of the client begin with: the TLS of its stub, a client that
 * believes it, and a request that must have an answer. */
#ifndef DUET_TESTS_CLIENT_FIXTURE_H
#define DUET_TESTS_CLIENT_FIXTURE_H

#include <duet/client.h>

#include "support/stub.h"
#include "support/unit.h"

static struct stub_tls tls;

static inline int set_up(void **state)
{
	(void)state;
	stub_tls_new(&tls);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	stub_tls_done(&tls);
	return 0;
}

static inline struct duet_client *new_client(void)
{
	struct duet_client *client =
		duet_client_new(DUET_CLIENT(.tls = tls.client), NULL);

	assert_non_null(client);
	return client;
}

static inline struct duet_response *must_send(
	struct duet_client *client, const struct duet_request *request)
{
	struct duet_error err = { 0 };
	struct duet_response *response = duet_send(client, request, &err);

	if (response == NULL)
		fail_msg("%s", err.text);
	return response;
}

/* The end of what there is; response may be NULL. What the stub has seen may
 * be looked at. */
static inline void close_down(struct duet_response *response,
			      struct duet_client *client, struct stub *stub)
{
	duet_response_free(response);
	duet_client_free(client);
	stub_stop(stub);
}

#endif
