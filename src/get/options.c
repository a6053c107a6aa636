/* SPDX-License-Identifier: MIT */
#include "get/options.h"

#include <string.h>

#include <duet/tls.h>

#include "base/error.h"
#include "base/str.h"
#include "get/opt_tables.h"

enum {
	CLOSE_STRICT, /* as "strict|framed|lenient" counts them */
	CLOSE_FRAMED,
	CLOSE_LENIENT,
};

enum {
	REVOCATION_OFF, /* as "off|soft|hard" counts them */
	REVOCATION_SOFT,
	REVOCATION_HARD,
	REVOCATION_NOT_SAID,
};

enum {
	TLS_1_2, /* as "1.2|1.3" counts them */
	TLS_1_3,
};

static const struct duet_opt_topic topics[] = {
	{ "output", duet_get_opt_output },
	{ "request", duet_get_opt_request },
	{ "body", duet_get_opt_body },
	{ "trust", duet_get_opt_trust },
	{ "connection", duet_get_opt_connection },
	{ "proxy", duet_get_opt_proxy },
	{ "download", duet_get_opt_download },
	{ "state", duet_get_opt_state },
	{ 0 },
};

const struct duet_opt_command duet_get_command = {
	.name = "duet get",
	.usage = "[OPTION]... URL...",
	.summary =
		"Fetch over HTTPS, verified; nothing cut short looks whole. See duet-get(1).",
	.topics = topics,
	.min_operands = 1,
	.max_operands = -1,
	.operand = "a URL",
};

void duet_get_options_init(struct duet_get_options *get)
{
	memset(get, 0, sizeof(*get));
	get->max_redirs = 10;
	get->close = CLOSE_FRAMED;
	get->revocation = REVOCATION_NOT_SAID;
	get->min_tls = TLS_1_2;
	get->pass_fd = -1;
	get->segments = 1;
}

void duet_get_options_done(struct duet_get_options *get)
{
	duet_opt_list_done(&get->outputs);
	duet_opt_list_done(&get->headers);
	duet_opt_list_done(&get->url_query);
	duet_opt_list_done(&get->data);
	duet_opt_list_done(&get->data_by);
	duet_opt_list_done(&get->form);
	duet_opt_list_done(&get->form_by);
	duet_opt_list_done(&get->trailers);
	duet_opt_list_done(&get->resolve);
	duet_opt_list_done(&get->connect_to);
	duet_opt_list_done(&get->cookies);
	duet_opt_list_done(&get->pins);
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

/* What is remembered, and who we are. */
static int check_state(const struct duet_get_options *get,
		       struct duet_error *err)
{
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

/* Of --pass, --pass-file and --pass-fd. */
static int check_pass(const struct duet_get_options *get,
		      struct duet_error *err)
{
	int n = (get->pass != NULL) + (get->pass_file != NULL) +
		(get->pass_fd >= 0);

	if (n > 0 && get->cert == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%s needs the file it opens: add --cert FILE",
				      get->pass != NULL        ? "--pass"
				      : get->pass_file != NULL ? "--pass-file"
							       : "--pass-fd");
	if (n > 1)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--pass, --pass-file and --pass-fd give the same passphrase: leave all but one of them out");
	return DUET_OK;
}

/* Where nobody is asked about a certificate, nothing can come of asking. */
static int check_trust(const struct duet_get_options *get,
		       struct duet_error *err)
{
	bool asks = get->revocation == REVOCATION_SOFT ||
		    get->revocation == REVOCATION_HARD;

	if (asks && get->crl != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--crl gives the CRLs that --revocation would fetch: leave one of the two out");
	if (asks && get->insecure_any_certificate)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--revocation asks about a certificate, and -k takes any: leave one of the two out");
	return check_pass(get, err);
}

int duet_get_options_check(const struct duet_get_options *get, int urls,
			   struct duet_error *err)
{
	int rc = duet_get_options_check_body(get, err);

	if (rc != DUET_OK)
		return rc;
	if (get->user != NULL && get->user_file != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "-u and --user-file both say who we are: leave one of them out");
	if (get->cert == NULL && get->key != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--key needs the certificate it belongs to: add --cert FILE");
	if (get->unix_socket != NULL && get->proxy != NULL &&
	    get->proxy[0] != '\0')
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--unix-socket and --proxy are two ways, and there is one at a time: leave one of them out");
	rc = check_trust(get, err);
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
				      "%zu outputs (-o, -O) but %d URL%s: each output takes one URL, in order",
				      get->outputs.count, urls,
				      urls == 1 ? "" : "s");
	return check_state(get, err);
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
	switch (get->revocation) {
	case REVOCATION_OFF:
		return DUET_REVOCATION_OFF;
	case REVOCATION_SOFT:
		return DUET_REVOCATION_SOFT;
	case REVOCATION_HARD:
		return DUET_REVOCATION_HARD;
	default:
		break;
	}
	return get->crl != NULL || get->insecure_any_certificate
		       ? DUET_REVOCATION_OFF
		       : DUET_REVOCATION_SOFT;
}

uint8_t duet_get_options_profile(const struct duet_get_options *get)
{
	return get->min_tls == TLS_1_3 ? DUET_PROFILE_MODERN
				       : DUET_PROFILE_INTERMEDIATE;
}
