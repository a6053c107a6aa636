/* SPDX-License-Identifier: MIT */
#include "get/options.h"

#include <string.h>

#include <duet/tls.h>

#include "base/error.h"
#include "base/str.h"

enum {
	CLOSE_STRICT, /* as "strict|framed|lenient" counts them */
	CLOSE_FRAMED,
	CLOSE_LENIENT,
};

static int add_output(void *options, const struct duet_opt *opt,
		      const char *arg, struct duet_error *err)
{
	struct duet_get_options *get = options;
	int rc = duet_opt_list_add(&get->outputs, arg);

	(void)opt;
	if (rc != DUET_OK)
		return duet_error_set(err, rc, "too many of them");
	return DUET_OK;
}

static int add_header(void *options, const struct duet_opt *opt,
		      const char *arg, struct duet_error *err)
{
	struct duet_get_options *get = options;
	char shown[80];
	int rc;

	if (strcspn(arg, ":") == 0 ||
	    (strchr(arg, ':') == NULL && !duet_str_ends(arg, ";"))) {
		duet_str_printable(shown, sizeof(shown), duet_str(arg));
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s' is not a header line; try -H '%s'",
				      shown, opt->example);
	}
	rc = duet_opt_list_add(&get->headers, arg);
	if (rc != DUET_OK)
		return duet_error_set(err, rc, "too many of them");
	return DUET_OK;
}

static int set_user(void *options, const struct duet_opt *opt, const char *arg,
		    struct duet_error *err)
{
	struct duet_get_options *get = options;

	if (strchr(arg, ':') == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "no password in it; try -u %s",
				      opt->example);
	get->user = arg;
	return DUET_OK;
}

/* Digits a and b of any length: a is the greater number. */
static bool is_greater(const char *a, size_t a_len, const char *b, size_t b_len)
{
	for (; a_len > 0 && *a == '0'; a_len--)
		a++;
	for (; b_len > 0 && *b == '0'; b_len--)
		b++;
	if (a_len != b_len)
		return a_len > b_len;
	return memcmp(a, b, a_len) > 0;
}

/* "0-99", "100-", "-500", and several with commas (RFC 9110 s14.1.2). */
static bool is_range(const char *p)
{
	for (;;) {
		size_t first = strspn(p, "0123456789");
		size_t last;

		if (p[first] != '-')
			return false;
		last = strspn(p + first + 1, "0123456789");
		if (first + last == 0 ||
		    (first > 0 && last > 0 &&
		     is_greater(p, first, p + first + 1, last)))
			return false;
		p += first + 1 + last;
		if (*p == '\0')
			return true;
		if (*p++ != ',')
			return false;
	}
}

static int set_range(void *options, const struct duet_opt *opt, const char *arg,
		     struct duet_error *err)
{
	struct duet_get_options *get = options;
	char shown[80];

	if (!is_range(arg)) {
		duet_str_printable(shown, sizeof(shown), duet_str(arg));
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s' is not a range of bytes; try -r %s",
				      shown, opt->example);
	}
	get->range = arg;
	return DUET_OK;
}

static const struct duet_opt options[] = {
	{ "output", 'o', "FILE", "save as FILE; as the URL's last part",
	  DUET_OPT_CALL(add_output), .group = "Output" },
	{ "remote-name", 'O', NULL, NULL, DUET_OPT_CALL(add_output) },
	{ "include", 'i', NULL, "the head too; the head alone (HEAD)",
	  DUET_OPT_FLAG(struct duet_get_options, include) },
	{ "head", 'I', NULL, NULL,
	  DUET_OPT_FLAG(struct duet_get_options, head) },
	{ "silent", 's', NULL, "no progress, no errors; errors, still",
	  DUET_OPT_FLAG(struct duet_get_options, silent) },
	{ "show-error", 'S', NULL, NULL,
	  DUET_OPT_FLAG(struct duet_get_options, show_error) },
	{ "verbose", 'v', NULL, "addresses, TLS, chain, heads, evidence",
	  DUET_OPT_FLAG(struct duet_get_options, verbose) },
	{ "json", 0, NULL, "facts as JSON, one object a URL",
	  DUET_OPT_FLAG(struct duet_get_options, json) },
	{ "fail", 'f', NULL, "a status of 400 or more fails (22)",
	  DUET_OPT_FLAG(struct duet_get_options, fail) },
	{ "request", 'X', "METHOD", "instead of GET",
	  DUET_OPT_STRING(struct duet_get_options, method), .group = "Request",
	  .example = "PUT" },
	{ "header", 'H', "LINE", "'Name: value'; 'Name:' omits ours",
	  DUET_OPT_CALL(add_header), .example = "Accept: text/html" },
	{ "data", 'd', "DATA|@FILE", "POST as a form, several joined by &",
	  DUET_OPT_LIST(struct duet_get_options, data),
	  .example = "name=value" },
	{ "user", 'u', "NAME:PASSWORD", "for HTTP basic authentication",
	  DUET_OPT_CALL(set_user), .example = "alice:secret" },
	{ "range", 'r', "FROM-TO", "these bytes only", DUET_OPT_CALL(set_range),
	  .example = "0-99" },
	{ "location", 'L', NULL, "follow redirects (GET, HEAD do); none",
	  DUET_OPT_SET(struct duet_get_options, location,
		       DUET_GET_LOCATION_ON) },
	{ "no-location", 0, NULL, NULL,
	  DUET_OPT_SET(struct duet_get_options, location,
		       DUET_GET_LOCATION_OFF) },
	{ "max-redirs", 0, "NUMBER", "follow so many at most [10]",
	  DUET_OPT_NUMBER(struct duet_get_options, max_redirs, 0, 100),
	  .example = "5" },
	{ "cacert", 0, "FILE", "trust these only; believe these CRLs",
	  DUET_OPT_STRING(struct duet_get_options, cacert), .group = "Trust",
	  .example = "ca.pem" },
	{ "crl", 0, "FILE|DIR", NULL,
	  DUET_OPT_STRING(struct duet_get_options, crl), .example = "ca.crl" },
	{ "cert", 'E', "FILE", "own certificate; its key",
	  DUET_OPT_STRING(struct duet_get_options, cert),
	  .example = "client.pem" },
	{ "key", 0, "FILE", NULL, DUET_OPT_STRING(struct duet_get_options, key),
	  .example = "client.key" },
	{ "pass", 0, "PASSPHRASE", "of that key or PKCS#12 file",
	  DUET_OPT_STRING(struct duet_get_options, pass) },
	{ "insecure-any-certificate", 'k', NULL, "believe anybody",
	  DUET_OPT_FLAG(struct duet_get_options, insecure_any_certificate) },
	{ "insecure-http", 0, NULL, "http:// URLs too",
	  DUET_OPT_FLAG(struct duet_get_options, insecure_http) },
	{ "resolve", 0, "HOST:PORT:ADDR", "reach HOST:PORT at ADDR",
	  DUET_OPT_LIST(struct duet_get_options, resolve),
	  .group = "Connection", .example = "example.org:443:127.0.0.1" },
	{ "max-time", 'm', "SECONDS", "give up after so long",
	  DUET_OPT_SECONDS(struct duet_get_options, max_time_ms, 1, 2000000000),
	  .example = "5" },
	{ "close", 0, "strict|framed|lenient", "an end without close_notify",
	  DUET_OPT_CHOICE(struct duet_get_options, close),
	  .example = "strict" },
	{ 0 },
};

const struct duet_opt_command duet_get_command = {
	.name = "duet get",
	.usage = "[OPTION]... URL...",
	.summary =
		"Fetch over HTTPS, verified; nothing cut short looks whole. See duet-get(1).",
	.options = options,
	.min_operands = 1,
	.max_operands = -1,
	.operand = "a URL",
};

void duet_get_options_init(struct duet_get_options *get)
{
	memset(get, 0, sizeof(*get));
	get->max_redirs = 10;
	get->close = CLOSE_FRAMED;
}

void duet_get_options_done(struct duet_get_options *get)
{
	duet_opt_list_done(&get->outputs);
	duet_opt_list_done(&get->headers);
	duet_opt_list_done(&get->data);
	duet_opt_list_done(&get->resolve);
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

int duet_get_options_check(const struct duet_get_options *get, int urls,
			   struct duet_error *err)
{
	if (get->head && get->data.count > 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "-I asks for a head and -d sends a body: leave one of them out");
	if (get->cert == NULL && get->key != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--key needs the certificate it belongs to: add --cert FILE");
	if (get->cert == NULL && get->pass != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--pass needs the file it opens: add --cert FILE");
	if (get->json && wants_stdout(&get->outputs))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--json and -o - both want standard output: save the body with -o FILE");
	if (get->outputs.count > (size_t)urls)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%zu outputs (-o, -O) but %d URL%s: each output takes one URL, in order",
				      get->outputs.count, urls,
				      urls == 1 ? "" : "s");
	return DUET_OK;
}

/* Without --insecure-http such a URL is refused for a better reason. */
int duet_get_options_check_url(const struct duet_get_options *get,
			       const char *url, struct duet_error *err)
{
	static const char plain[] = "http://";
	struct duet_bytes begin = duet_str(url);

	if (begin.len > sizeof(plain) - 1)
		begin.len = sizeof(plain) - 1;
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
