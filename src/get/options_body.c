/* SPDX-License-Identifier: MIT */
/* What the options about the body mean together. */
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/url.h"
#include "get/options.h"

bool duet_get_options_has_body(const struct duet_get_options *get)
{
	return (get->data.count > 0 && !get->get) || get->form.count > 0 ||
	       get->upload_file != NULL;
}

/* The first of data that came by --json-body, or did not. */
static const char *data_option(const struct duet_get_options *get, bool json)
{
	size_t i;

	for (i = 0; i < get->data.count; i++)
		if (duet_str_starts(get->data_by.items[i], "json") == json)
			return get->data_by.items[i];
	return NULL;
}

/* One body, of one kind. */
static int check_bodies(const struct duet_get_options *get,
			struct duet_error *err)
{
	const char *kinds[4];
	size_t n = 0;

	if (data_option(get, false) != NULL)
		kinds[n++] = data_option(get, false);
	if (data_option(get, true) != NULL)
		kinds[n++] = "json-body";
	if (get->form.count > 0)
		kinds[n++] = "form";
	if (get->upload_file != NULL)
		kinds[n++] = "upload-file";
	if (n > 1)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--%s and --%s are two bodies, and a request has one: leave one of them out",
				      kinds[0], kinds[1]);
	if (n == 1 && get->get && data_option(get, false) == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "-G puts data into the query, and --%s is none of them: leave it out, or use -d",
				      kinds[0]);
	if (n == 1 && get->head && !get->get)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "-I asks for a head and --%s sends a body: leave one of them out",
				      kinds[0]);
	return DUET_OK;
}

/* What only a body can have. */
static int check_around_body(const struct duet_get_options *get,
			     struct duet_error *err)
{
	size_t i;

	if (!duet_get_options_has_body(get) && get->trailers.count > 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--trailer follows a body, and none is sent: add -d, -F or -T");
	if (!duet_get_options_has_body(get) && get->expect)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--expect asks before a body is sent, and none is: add -d, -F or -T");
	for (i = 0; get->form.count > 0 && i < get->headers.count; i++) {
		struct duet_bytes name = duet_str(get->headers.items[i]);

		name.len = strcspn(name.data, ":;");
		if (duet_bytes_eq_nocase(name, "Content-Type"))
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "-F writes Content-Type itself, with the boundary of its parts: leave -H Content-Type out");
	}
	return DUET_OK;
}

static int count_stdin(const struct duet_opt_list *list, const char *signs)
{
	int n = 0;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const char *p = strpbrk(list->items[i], signs);

		if (p != NULL && strcmp(p + 1, "-") == 0)
			n++;
	}
	return n;
}

/* Standard input can be read once, and by one. */
static int check_stdin(const struct duet_get_options *get,
		       struct duet_error *err)
{
	const char *const files[] = { get->upload_file, get->user_file,
				      get->input };
	const char *const texts[] = { get->write_out, get->bearer };
	int n = count_stdin(&get->data, "@") + count_stdin(&get->form, "@<") +
		count_stdin(&get->url_query, "@");
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		n += files[i] != NULL && strcmp(files[i], "-") == 0;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		n += texts[i] != NULL && strcmp(texts[i], "@-") == 0;
	for (i = 0; i < get->cookies.count; i++)
		n += strcmp(get->cookies.items[i], "-") == 0;
	if (n > 1)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "standard input (-) is asked for %d times, and can be read once: put one of them into a file",
				      n);
	return DUET_OK;
}

int duet_get_options_check_body(const struct duet_get_options *get,
				struct duet_error *err)
{
	int rc = check_bodies(get, err);

	if (rc == DUET_OK)
		rc = check_around_body(get, err);
	if (rc == DUET_OK)
		rc = check_stdin(get, err);
	return rc;
}

/* "{...}", "[...]"; not "[::1]:8443/". */
static bool looks_like_json(const char *url)
{
	return url[0] == '{' ||
	       (url[0] == '[' && strspn(url + 1, "0123456789abcdefABCDEF:.") <
					 strcspn(url + 1, "]"));
}

int duet_get_options_check_target(const struct duet_get_options *get,
				  const char *url, struct duet_error *err)
{
	char *whole;
	bool nameless;

	if (looks_like_json(url))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "JSON stands where a URL is wanted: it is sent with --json-body; --json, which takes nothing, writes a report");
	if (get->upload_file == NULL || strcmp(get->upload_file, "-") != 0)
		return DUET_OK;
	whole = duet_cli_url_complete(url);
	if (whole == NULL)
		return duet_error_nomem(err);
	nameless = duet_cli_url_wants_name(whole);
	duet_mem_free(whole);
	if (!nameless)
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "-T -: what comes from standard input has no name, and the URL ends in '/': put a name behind it");
}
