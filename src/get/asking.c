/* SPDX-License-Identifier: MIT */
#include "get/asking.h"

#include "base/error.h"
#include "base/mem.h"
#include "get/facts.h"

static void end(struct duet_get_asking *asking)
{
	duet_response_free(asking->response);
	duet_get_kept_facts_free(asking->kept);
	duet_mem_free(asking);
}

static void on_done(struct duet_response *response,
		    const struct duet_error *error, void *arg)
{
	struct duet_get_asking *asking = arg;
	struct duet_facts facts = { .size = sizeof(facts) };

	asking->answered = true;
	asking->response = response;
	if (asking->abandoned) {
		end(asking);
		return;
	}
	if (response != NULL)
		return;
	asking->status = duet_error_copy(&asking->error, error);
	duet_client_failure_facts(asking->client, &facts);
	asking->kept = duet_get_facts_keep(&asking->facts, &facts);
}

struct duet_get_asking *duet_get_asking_new(struct duet_client *client,
					    const struct duet_request *request,
					    struct duet_error *err)
{
	struct duet_get_asking *asking = duet_mem_zalloc(sizeof(*asking));

	if (asking == NULL) {
		(void)duet_error_nomem(err);
		return NULL;
	}
	asking->client = client;
	if (duet_start(client, request, on_done, asking, err) == DUET_OK)
		return asking;
	duet_mem_free(asking);
	return NULL;
}

struct duet_response *duet_get_asking_take(struct duet_get_asking *asking)
{
	struct duet_response *response = asking->response;

	asking->response = NULL;
	return response;
}

void duet_get_asking_drop(struct duet_get_asking *asking)
{
	if (asking == NULL)
		return;
	if (asking->answered)
		end(asking);
	else
		asking->abandoned = true;
}
