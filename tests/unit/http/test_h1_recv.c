/* SPDX-License-Identifier: MIT */
/* Which messages are taken and which are refused, in both roles. */
#include "h1_messages.h"
#include "support/unit.h"

static void check(struct h1_run *run, const struct message *m)
{
	const char *log;

	(void)h1_run_feed(run, m->text, m->len, SIZE_MAX);
	log = h1_run_text(run);
	if (strstr(log, m->says) == NULL ||
	    (strstr(log, "aborted") != NULL) != (m->status != 0))
		fail_msg("%s\ngives\n%s", m->text, log);
}

static void requests_that_are_fine_are_taken(void **state)
{
	struct h1_run run;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(requests); i++) {
		h1_run_init(&run, DUET_ROLE_SERVER, NULL);
		check(&run, &requests[i]);
		h1_run_done(&run);
	}
}

static void check_refused(const struct message *m, const char *before)
{
	struct h1_run run;
	char aborted[64];
	char reply[128];
	const char *log;

	h1_run_init(&run, DUET_ROLE_SERVER, NULL);
	check(&run, m);
	log = h1_run_text(&run);
	(void)snprintf(aborted, sizeof(aborted),
		       "aborted protocol %d %s: ", m->status,
		       m->status == 413 ? "DUET_E_LIMIT" : "DUET_E_HTTP");
	if (strstr(log, aborted) == NULL)
		fail_msg("%s\ngives\n%s", m->text, log);
	assert_true(strncmp(log, before, strlen(before)) == 0);
	/* the refusal is answered, and nothing more is read */
	assert_non_null(strstr(log, "\nclosed protocol DUET_OK\n"));
	(void)snprintf(reply, sizeof(reply),
		       "HTTP/1.1 %d %s\r\nContent-Length: 0\r\n"
		       "Connection: close\r\n\r\n",
		       m->status, duet_status_reason(m->status));
	assert_string_equal(h1_run_sent(&run), reply);
	assert_int_equal(duet_h1_phase(run.h1), DUET_PHASE_OVER);
	h1_run_done(&run);
}

static void heads_of_requests_are_refused_with_their_status(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad_requests); i++)
		check_refused(&bad_requests[i], "aborted");
}

static void bodies_of_requests_are_refused_with_their_status(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad_bodies); i++)
		check_refused(&bad_bodies[i], "head");
}

static void responses_that_are_fine_are_taken(void **state)
{
	struct h1_run run;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(responses); i++) {
		h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
		ask(&run, responses[i].asked);
		check(&run, &responses[i]);
		h1_run_done(&run);
	}
}

static void responses_are_refused_as_strictly(void **state)
{
	struct h1_run run;
	const char *log;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad_responses); i++) {
		h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
		ask(&run, bad_responses[i].asked);
		check(&run, &bad_responses[i]);
		log = h1_run_text(&run);
		/* no status: a client has nobody to answer */
		assert_non_null(
			strstr(log, "aborted protocol 0 DUET_E_HTTP: "));
		assert_non_null(strstr(log, "\nclosed protocol DUET_OK\n"));
		assert_false(duet_h1_reusable(run.h1));
		h1_run_done(&run);
	}
}

static void sixteen_interim_replies_are_enough(void **state)
{
	static const char interim[] = "HTTP/1.1 102 Processing\r\n\r\n";
	struct h1_run run;
	int i;

	(void)state;
	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	ask(&run, NULL);
	for (i = 0; i < 16; i++)
		(void)h1_run_feed(&run, interim, strlen(interim), SIZE_MAX);
	assert_null(strstr(h1_run_text(&run), "aborted"));
	(void)h1_run_feed(&run, interim, strlen(interim), SIZE_MAX);
	assert_non_null(
		strstr(h1_run_text(&run),
		       "aborted protocol 0 DUET_E_LIMIT: too many interim"));
	h1_run_done(&run);
}

static void bytes_nobody_asked_for_end_an_idle_client(void **state)
{
	static const char late[] = "HTTP/1.1 408 Request Timeout\r\n\r\n";
	struct h1_run run;

	(void)state;
	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	assert_int_equal(h1_run_feed(&run, late, strlen(late), SIZE_MAX),
			 strlen(late));
	assert_string_equal(h1_run_text(&run), "closed protocol DUET_E_HTTP\n");
	assert_false(duet_h1_reusable(run.h1));
	h1_run_done(&run);
}

/* RFC 9110 s15.2.2: not before the request has been sent. */
static void a_switch_before_the_request_is_whole_is_refused(void **state)
{
	static const char reply[] = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
	const struct duet_header fields[] = {
		{ "Host", "h" },
		{ "Upgrade", "x" },
		{ NULL, NULL },
	};
	struct h1_run run;
	uint64_t stream;

	(void)state;
	h1_run_init(&run, DUET_ROLE_CLIENT, NULL);
	assert_int_equal(duet_h1_request(run.h1,
					 DUET_HEAD(.method = "POST",
						   .target = "/",
						   .headers = fields,
						   .content_length = 5),
					 &stream, NULL),
			 DUET_OK);
	(void)h1_run_feed(&run, reply, strlen(reply), SIZE_MAX);
	assert_non_null(
		strstr(h1_run_text(&run), "aborted protocol 0 DUET_E_HTTP"));
	h1_run_done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_that_are_fine_are_taken),
		cmocka_unit_test(
			heads_of_requests_are_refused_with_their_status),
		cmocka_unit_test(
			bodies_of_requests_are_refused_with_their_status),
		cmocka_unit_test(responses_that_are_fine_are_taken),
		cmocka_unit_test(responses_are_refused_as_strictly),
		cmocka_unit_test(sixteen_interim_replies_are_enough),
		cmocka_unit_test(bytes_nobody_asked_for_end_an_idle_client),
		cmocka_unit_test(
			a_switch_before_the_request_is_whole_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
