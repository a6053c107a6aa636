/* SPDX-License-Identifier: MIT */
#include "get/options.h"

#include <string.h>

#include <duet/tls.h>

#include "base/error.h"
#include "base/str.h"
#include "get/checksum.h"
#include "get/opt_tables.h"

enum {
	CLOSE_STRICT, /* as "strict|framed|lenient" counts them */
	CLOSE_FRAMED,
	CLOSE_LENIENT,
};

static const struct duet_opt_topic topics[] = {
	{ "output", duet_get_opt_output, duet_get_opt_many },
	{ "request", duet_get_opt_request },
	{ "body", duet_get_opt_body },
	{ "trust", duet_reach_opt_trust, duet_get_opt_insecure },
	{ "connection", duet_reach_opt_connection, duet_get_opt_closing },
	{ "proxy", duet_reach_opt_proxy },
	{ "download", duet_get_opt_download },
	{ "state", duet_get_opt_state },
	{ 0 },
};

/* Of curl and wget; those that are spelled as theirs need no row. */
static const struct duet_opt_foreign foreign[] = {
	{ "insecure", "here it is --insecure-any-certificate, or -k" },
	{ "no-check-certificate", "here it is --insecure-any-certificate" },
	{ "proto", "only https:// is spoken, unless --insecure-http is given" },
	{ "tlsv1.2", "here it is --min-tls 1.2, as it is anyway" },
	{ "tlsv1.3", "here it is --min-tls 1.3" },
	{ "http2", "HTTP/2 is spoken where the server offers it" },
	{ "oauth2-bearer", "here it is --bearer TOKEN" },
	{ "fail-with-body", "here it is --fail" },
	{ "progress-bar", "here it is --progress bar, which is the default" },
	{ "no-progress-meter", "here it is --progress none" },
	{ "socks5", "here it is --proxy socks5://HOST:PORT" },
	{ "socks5-hostname", "here it is --proxy socks5h://HOST:PORT" },
	{ "continue", "here it is -C -" },
	{ "input-file", "here it is --input FILE" },
	{ NULL, NULL },
};

const struct duet_opt_command duet_get_command = {
	.name = "duet get",
	.usage = "[OPTION]... URL...",
	.summary =
		"Fetch over HTTPS, verified; nothing cut short looks whole. See duet-get(1).",
	.topics = topics,
	.foreign = foreign,
	.min_operands = 0, /* see duet_get_options_check() */
	.max_operands = -1,
	.operand = "a URL",
};

void duet_get_options_init(struct duet_get_options *get)
{
	memset(get, 0, sizeof(*get));
	duet_reach_options_init(&get->reach);
	get->max_redirs = 10;
	get->parallel_max = 50; /* as curl */
	get->close = CLOSE_FRAMED;
	get->segments = 1;
}

void duet_get_options_done(struct duet_get_options *get)
{
	duet_reach_options_done(&get->reach);
	duet_opt_list_done(&get->outputs);
	duet_opt_list_done(&get->checksums);
	duet_opt_list_done(&get->headers);
	duet_opt_list_done(&get->url_query);
	duet_opt_list_done(&get->data);
	duet_opt_list_done(&get->data_by);
	duet_opt_list_done(&get->form);
	duet_opt_list_done(&get->form_by);
	duet_opt_list_done(&get->trailers);
	duet_opt_list_done(&get->cookies);
}

static bool wants_stdout(const struct duet_opt_list *outputs)
{
	size_t i;

	for (i = 0; i < outputs->count; i++)
		if (outputs->items[i] != NULL &&
		    strcmp(outputs->items[i], "-") == 0)
			return true;
	return false;
}

/* Nor would the library take them, which calls it a field. */
static int check_text(const char *option, const char *text,
		      struct duet_error *err)
{
	for (; text != NULL && *text != '\0'; text++)
		if (((unsigned char)*text < 0x20 && *text != '\t') ||
		    *text == 0x7f)
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "%s has control characters in it: leave them out",
					      option);
	return DUET_OK;
}

/* What is remembered, and who we are. */
static int check_state(const struct duet_get_options *get,
		       struct duet_error *err)
{
	if (get->user != NULL && get->user[0] == '\0')
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "-u wants NAME:PASSWORD, or NAME alone to be asked for the password: try -u alice");
	if (get->cookie_jar != NULL && get->cookie_jar[0] == '\0')
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "-c wants the name of a file: try -c cookies.txt, or -c - for standard output");
	if (get->bearer != NULL && get->user != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--bearer and -u both say who we are: leave one of them out");
	if (get->hsts != NULL && get->no_hsts)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--hsts names a file and --no-hsts wants none: leave one of them out");
	if (get->compressed && get->range != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--compressed and -r do not go together: a part of what is encoded cannot be decoded by itself; leave one of them out");
	return DUET_OK;
}

/* What others can send once more must change nothing (RFC 8470 s4). */
static int check_early(const struct duet_get_options *get,
		       struct duet_error *err)
{
	bool safe = get->method == NULL || strcmp(get->method, "GET") == 0 ||
		    strcmp(get->method, "HEAD") == 0;

	if (!get->early_data)
		return DUET_OK;
	if (get->no_session)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--early-data needs a TLS session that was kept, and --no-session keeps none: leave one of the two out");
	if (!safe || duet_get_options_has_body(get))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--early-data is for GET and HEAD without a body alone, since others can send it once more: leave it out");
	return DUET_OK;
}

/* Where nobody is asked about a certificate, nothing can come of asking. */
static int check_trust(const struct duet_get_options *get,
		       struct duet_error *err)
{
	if (duet_reach_asks_revocation(&get->reach) &&
	    get->insecure_any_certificate)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--revocation asks about a certificate, and -k takes any: leave one of the two out");
	return duet_reach_options_check(&get->reach, err);
}

/* What is told of a body, or asked of it. */
/* A file that is replaced beside a body that is written there. */
static int check_paper(const struct duet_get_options *get, const char *option,
		       const char *path, struct duet_error *err)
{
	size_t i;

	if (path == NULL)
		return DUET_OK;
	if (path[0] == '\0' || strcmp(path, "-") == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%s wants the name of a file, which it replaces: try %s FILE",
				      option, option);
	for (i = 0; i < get->outputs.count; i++)
		if (get->outputs.items[i] != NULL &&
		    strcmp(get->outputs.items[i], path) == 0)
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "-o and %s name the same file: give one of them another",
					      option);
	return DUET_OK;
}

static int check_report(const struct duet_get_options *get, int urls,
			struct duet_error *err)
{
	int rc;

	if (get->checksums.count > 0 && get->head)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--checksum is about a body, and -I asks for none: leave one of them out");
	rc = check_paper(get, "--receipt", get->receipt, err);
	if (rc == DUET_OK)
		rc = check_paper(get, "--har", get->har, err);
	if (rc == DUET_OK && get->receipt != NULL && get->har != NULL &&
	    strcmp(get->receipt, get->har) == 0)
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "--receipt and --har name the same file: give one of them another");
	if (rc == DUET_OK && get->insecure_har_secrets && get->har == NULL)
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "--insecure-har-secrets is about the file of --har: add --har FILE");
	if (rc != DUET_OK || get->input != NULL)
		return rc; /* how many URLs there are is in the file */
	return duet_get_checksums_check(&get->checksums, urls, err);
}

int duet_get_options_check(const struct duet_get_options *get, int urls,
			   struct duet_error *err)
{
	int rc;

	if (urls == 0 && get->input == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a URL is missing; usage: %s %s",
				      duet_get_command.name,
				      duet_get_command.usage);
	rc = duet_get_options_check_body(get, err);
	if (rc != DUET_OK)
		return rc;
	if (get->user != NULL && get->user_file != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "-u and --user-file both say who we are: leave one of them out");
	rc = check_trust(get, err);
	if (rc == DUET_OK)
		rc = check_early(get, err);
	if (rc != DUET_OK)
		return rc;
	if (get->json && wants_stdout(&get->outputs))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--json and -o - both want standard output: save the body with -o FILE");
	rc = duet_get_options_check_download(get, urls, err);
	if (rc != DUET_OK)
		return rc;
	if (get->outputs.count > (size_t)urls)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%zu outputs (-o, -O) but %d URL%s%s: each output takes one URL, in order%s",
				      get->outputs.count, urls,
				      urls == 1 ? "" : "s",
				      get->input != NULL
					      ? " on the command line"
					      : "",
				      get->input != NULL
					      ? "; lines of --input take --remote-name-all, or a name of their own"
					      : "");
	rc = check_text("-A", get->user_agent, err);
	if (rc == DUET_OK)
		rc = check_text("-e", get->referer, err);
	if (rc == DUET_OK)
		rc = check_report(get, urls, err);
	return rc == DUET_OK ? check_state(get, err) : rc;
}

/* Without --insecure-http such a URL is refused for a better reason. */
int duet_get_options_check_url(const struct duet_get_options *get,
			       const char *url, struct duet_error *err)
{
	static const char plain[] = "http://";
	struct duet_bytes begin = duet_str(url);

	int rc = duet_get_options_check_target(get, url, err);

	if (rc != DUET_OK)
		return rc;
	if (begin.len > sizeof(plain) - 1)
		begin.len = sizeof(plain) - 1;
	if (get->insecure_http && get->bearer != NULL &&
	    duet_bytes_eq_nocase(begin, plain))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--bearer is for https:// only (RFC 6750): over http:// everybody on the way could use the token");
	if (!get->insecure_http || get->close != CLOSE_STRICT ||
	    !duet_bytes_eq_nocase(begin, plain))
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "--close strict waits for TLS's close_notify, which http:// URLs never bring: fetch https://, or leave --close out");
}

uint8_t duet_get_options_closure(const struct duet_get_options *get)
{
	if (get->close == CLOSE_STRICT)
		return DUET_CLOSE_STRICT;
	if (get->close == CLOSE_LENIENT)
		return DUET_CLOSE_LENIENT;
	return DUET_CLOSE_FRAMED;
}

uint8_t duet_get_options_revocation(const struct duet_get_options *get)
{
	if (get->insecure_any_certificate)
		return DUET_REVOCATION_OFF;
	return duet_reach_revocation(&get->reach);
}
