/* SPDX-License-Identifier: MIT */
/*
 * Many requests at once on one client, for tests/e2e/test_multiplex.py:
 *
 *	many CA.pem [hold=N] [cancel=N] [first=N] [hosts=N] [timeout=MS]
 *	     [post=N] [resolve=HOST,ADDRESS] < URLS
 *
 * hold: the first N are not read until all others are over. cancel: every N-th
 * is freed when its head has come. first: the others begin when the first N are
 * over. post: that many bytes with each, from a source. resolve: at the port of
 *the first URL. A line for each request, in their order: what became of it, its
 *bytes, by what it was cut, whether its connection was there, and the sentence.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <duet/client.h>

enum {
	URLS_MAX = 100000,
	HOSTS_MAX = 16,
};

struct asked {
	struct duet_response *response;
	struct duet_error err;
	struct duet_facts facts;
	int code; /* DUET_EOF: whole; else why not */
	int status;
	bool over;
	size_t to_send;
};

static struct {
	const char *ca;
	size_t hold;
	size_t cancel;
	size_t first;
	size_t post;
	uint32_t hosts;
	int32_t timeout;
	char *resolve[HOSTS_MAX]; /* names, then addresses */
	size_t n_resolve;
} words;

static struct asked *asked;
static char **urls;
static size_t n_urls;
static size_t n_over;
static size_t *ready; /* those with a response to be read */
static size_t n_ready;

static void end(struct asked *one, int code)
{
	one->code = code;
	one->over = true;
	n_over++;
	if (one->response == NULL)
		return;
	one->facts.size = sizeof(one->facts);
	duet_response_facts(one->response, &one->facts);
	duet_response_free(one->response);
	one->response = NULL;
}

static void on_done(struct duet_response *response,
		    const struct duet_error *error, void *arg)
{
	struct asked *one = arg;
	size_t i = (size_t)(one - asked);

	one->response = response;
	if (response == NULL) {
		one->err = *error;
		end(one, error->code);
		return;
	}
	one->status = duet_response_status(response);
	if (words.cancel > 0 && i % words.cancel == 0)
		end(one, DUET_E_GONE);
	else
		ready[n_ready++] = i;
}

/* What has come of it; false: nothing more now. */
static bool read_some(struct asked *one)
{
	static char buf[65536];
	size_t n;
	int rc;

	do
		rc = duet_response_read(one->response, buf, sizeof(buf), &n,
					&one->err);
	while (rc == DUET_OK);
	if (rc == DUET_WANT_READ)
		return false;
	end(one, rc);
	return true;
}

static void read_all(void)
{
	size_t held = words.hold;
	size_t left = 0;
	size_t i;

	if (n_over + held >= n_urls)
		held = 0;
	for (i = 0; i < n_ready; i++)
		if (ready[i] < held || !read_some(&asked[ready[i]]))
			ready[left++] = ready[i];
	n_ready = left;
}

static int give(void *arg, void *buf, size_t cap, size_t *n)
{
	struct asked *one = arg;

	*n = one->to_send < cap ? one->to_send : cap;
	memset(buf, 'p', *n);
	one->to_send -= *n;
	return one->to_send > 0 ? DUET_OK : DUET_EOF;
}

static int begin(struct duet_client *client, size_t i, struct duet_error *err)
{
	static const struct duet_header at_once[] = { { "Expect", "" },
						      { NULL, NULL } };
	struct duet_request request = {
		.size = sizeof(request),
		.url = urls[i],
		.timeout_ms = words.timeout,
	};

	if (words.post > 0) {
		asked[i].to_send = words.post;
		request.source = give;
		request.source_arg = &asked[i];
		request.source_length = (int64_t)words.post;
		request.headers = at_once;
	}
	return duet_start(client, &request, on_done, &asked[i], err);
}

/* From one of them to before another. */
static int run(struct duet_client *client, size_t i, size_t end_before)
{
	struct duet_error err;

	for (; i < end_before; i++)
		if (begin(client, i, &err) != DUET_OK)
			return fprintf(stderr, "%s\n", err.text), 1;
	while (n_over < end_before) {
		if (duet_client_step(client, -1, &err) != DUET_OK)
			return fprintf(stderr, "%s\n", err.text), 1;
		read_all();
	}
	return 0;
}

static void print(void)
{
	size_t i;

	for (i = 0; i < n_urls; i++) {
		const struct asked *one = &asked[i];

		printf("%s\t%d\t%llu\t%s\t%s\t%s\n",
		       one->code == DUET_EOF ? "whole"
					     : duet_status_name(one->code),
		       one->status, (unsigned long long)one->facts.body_bytes,
		       duet_cut_name(one->facts.cut),
		       one->facts.reused ? "reused" : "new",
		       one->code == DUET_EOF ? "" : one->err.text);
	}
}

static void read_word(const char *word)
{
	const char *value = strchr(word, '=');

	if (value == NULL)
		exit(2);
	value++;
	if (strncmp(word, "hold=", 5) == 0)
		words.hold = strtoul(value, NULL, 10);
	else if (strncmp(word, "cancel=", 7) == 0)
		words.cancel = strtoul(value, NULL, 10);
	else if (strncmp(word, "first=", 6) == 0)
		words.first = strtoul(value, NULL, 10);
	else if (strncmp(word, "post=", 5) == 0)
		words.post = strtoul(value, NULL, 10);
	else if (strncmp(word, "hosts=", 6) == 0)
		words.hosts = (uint32_t)strtoul(value, NULL, 10);
	else if (strncmp(word, "timeout=", 8) == 0)
		words.timeout = (int32_t)strtol(value, NULL, 10);
	else if (strncmp(word, "resolve=", 8) == 0 &&
		 words.n_resolve < HOSTS_MAX)
		words.resolve[words.n_resolve++] = strdup(value);
	else
		exit(2);
}

static bool read_urls(void)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	urls = calloc(URLS_MAX, sizeof(*urls));
	while (urls != NULL && n_urls < URLS_MAX &&
	       (n = getline(&line, &cap, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		urls[n_urls++] = strdup(line);
	}
	free(line);
	asked = calloc(n_urls + 1, sizeof(*asked));
	ready = calloc(n_urls + 1, sizeof(*ready));
	return urls != NULL && asked != NULL && ready != NULL && n_urls > 0;
}

/* The port of a URL: all of them have one. */
static uint16_t port_of(const char *url)
{
	const char *colon = strrchr(url, ':');

	return (uint16_t)strtoul(colon + 1, NULL, 10);
}

static struct duet_client *new_client(struct duet_error *err)
{
	static const char *const alpn[] = { "h2", "http/1.1", NULL };
	struct duet_resolve table[HOSTS_MAX + 1] = { { 0 } };
	struct duet_trust *trust =
		duet_trust_new(DUET_TRUST(.ca_file = words.ca), err);
	struct duet_config *tls = NULL;
	struct duet_client *client = NULL;
	size_t i;

	for (i = 0; i < words.n_resolve; i++) {
		char *comma = strchr(words.resolve[i], ',');

		*comma = '\0';
		table[i] = (struct duet_resolve){ words.resolve[i],
						  port_of(urls[0]), comma + 1 };
	}
	if (trust != NULL)
		tls = duet_config_client(DUET_CLIENT_CONFIG(.trust = trust,
							    .alpn = alpn),
					 err);
	if (tls != NULL)
		client = duet_client_new(DUET_CLIENT(.tls = tls,
						     .resolve = table,
						     .max_host = words.hosts),
					 err);
	duet_config_release(tls);
	duet_trust_release(trust);
	return client;
}

int main(int argc, char **argv)
{
	struct duet_client *client;
	struct duet_error err;
	int rc;
	int i;

	if (argc < 2)
		return 2;
	words.ca = argv[1];
	for (i = 2; i < argc; i++)
		read_word(argv[i]);
	if (!read_urls())
		return 2;
	client = new_client(&err);
	if (client == NULL)
		return fprintf(stderr, "%s\n", err.text), 1;
	rc = run(client, 0, words.first);
	if (rc == 0)
		rc = run(client, words.first, n_urls);
	duet_client_free(client);
	print();
	while (n_urls > 0)
		free(urls[--n_urls]);
	while (words.n_resolve > 0)
		free(words.resolve[--words.n_resolve]);
	free(urls);
	free(asked);
	free(ready);
	return rc;
}
