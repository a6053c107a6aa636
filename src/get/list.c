/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "get/list.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/url.h"
#include "get/checksum.h"

enum {
	INPUT_MAX = 16 << 20,
	FIRST = 16,
	SHOWN = 200,
};

static int add(struct duet_get_list *list, const struct duet_get_item *item,
	       struct duet_error *err)
{
	if (list->n == list->cap) {
		size_t cap = list->cap > 0 ? 2 * list->cap : FIRST;
		struct duet_get_item *items =
			duet_mem_resize(list->items, cap * sizeof(*items));

		if (items == NULL)
			return duet_error_nomem(err);
		list->items = items;
		list->cap = cap;
	}
	list->items[list->n++] = *item;
	return DUET_OK;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* "  URL  name of a file  " between two line ends, which are NUL by now. */
static int add_line(struct duet_get_list *list, char *text, char *end,
		    bool remote_name_all, size_t number, struct duet_error *err)
{
	struct duet_get_item item = { .given = remote_name_all,
				      .line = number };

	while (end > text && (is_blank(end[-1]) || end[-1] == '\r'))
		*--end = '\0';
	while (is_blank(*text))
		text++;
	if (text >= end || *text == '#')
		return DUET_OK;
	item.url = text;
	while (text < end && !is_blank(*text))
		text++;
	while (text < end && is_blank(*text))
		*text++ = '\0';
	if (text < end) {
		item.name = text;
		item.given = true;
	}
	return add(list, &item, err);
}

int duet_get_list_parse(struct duet_get_list *list, char *text, size_t len,
			bool remote_name_all, struct duet_error *err)
{
	char *stop = text + len; /* a NUL is there */
	size_t number = 1;
	int rc = DUET_OK;

	while (text < stop && rc == DUET_OK) {
		char *end = memchr(text, '\n', (size_t)(stop - text));

		if (end == NULL)
			end = stop;
		*end = '\0';
		if (strlen(text) != (size_t)(end - text))
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "line %zu: it has a NUL in it: this is no file of URLs",
					      number);
		rc = add_line(list, text, end, remote_name_all, number, err);
		text = end + 1;
		number++;
	}
	return rc;
}

static int read_input(struct duet_get_list *list,
		      const struct duet_get_options *options,
		      struct duet_error *err)
{
	int rc = duet_file_read_or_stdin(options->input, INPUT_MAX, &list->text,
					 err);

	if (rc == DUET_OK && list->text.len > 0)
		rc = duet_get_list_parse(list, list->text.data, list->text.len,
					 options->remote_name_all, err);
	if (rc != DUET_OK)
		duet_error_prefix(err, "--input: ");
	return rc;
}

int duet_get_list_init(struct duet_get_list *list,
		       const struct duet_get_options *options, char **urls,
		       int count, struct duet_error *err)
{
	const struct duet_opt_list *outputs = &options->outputs;
	int rc = DUET_OK;
	size_t i;

	memset(list, 0, sizeof(*list));
	for (i = 0; i < (size_t)count && rc == DUET_OK; i++) {
		const struct duet_get_item item = {
			.url = urls[i],
			.given = i < outputs->count || options->remote_name_all,
			.name = i < outputs->count ? outputs->items[i] : NULL,
		};

		rc = add(list, &item, err);
	}
	if (rc == DUET_OK && options->input != NULL)
		rc = read_input(list, options, err);
	return rc;
}

/* "urls.txt: line 3: ..." */
static int at_line(const struct duet_get_item *item,
		   const struct duet_get_options *options, int status,
		   struct duet_error *err)
{
	char name[SHOWN];

	if (status == DUET_OK || item->line == 0)
		return status;
	duet_str_printable(name, sizeof(name), duet_str(options->input));
	duet_error_prefix(err, "%s: line %zu: ", name, item->line);
	return status;
}

static bool goes_to_stdout(const struct duet_get_item *item)
{
	return !item->given ||
	       (item->name != NULL && strcmp(item->name, "-") == 0);
}

/* Nobody reads two at once from one pipe, and who does not read would hold up
 * all others. */
static int check_alone(const struct duet_get_item *item,
		       const struct duet_get_options *options,
		       struct duet_error *err)
{
	char shown[SHOWN];
	struct stat st;

	if (goes_to_stdout(item) && !(options->json && !item->given)) {
		duet_str_printable(shown, sizeof(shown), duet_str(item->url));
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "-Z: the body of %s would go to standard output beside others: save each with -o or --remote-name-all, look at --json, or leave -Z out",
				      shown);
	}
	if (item->name == NULL || stat(item->name, &st) != 0 ||
	    !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		return DUET_OK;
	duet_str_printable(shown, sizeof(shown), duet_str(item->name));
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "-Z: '%s' is a pipe, and while nobody reads from it all others would wait: save to a file, or leave -Z out",
			      shown);
}

/* Who has written the file should know now, and not after half of it. */
static int check_looks(const struct duet_get_item *item, struct duet_error *err)
{
	char *url = duet_cli_url_complete(item->url);
	char host[DUET_CLI_HOST_BYTES];
	char shown[SHOWN];
	struct duet_bytes scheme;
	bool good;

	if (url == NULL)
		return duet_error_nomem(err);
	duet_cli_url_host(url, host);
	scheme.data = url;
	scheme.len = strcspn(url, ":");
	good = host[0] != '\0' && (duet_bytes_eq_nocase(scheme, "https") ||
				   duet_bytes_eq_nocase(scheme, "http"));
	duet_mem_free(url);
	if (good)
		return DUET_OK;
	duet_str_printable(shown, sizeof(shown), duet_str(item->url));
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "'%s' is no URL of https: write https://HOST/PATH, then a name to save it as, or nothing",
			      shown);
}

/* Of the command line that has been looked at before. */
static int check_parts(const struct duet_get_item *item,
		       const struct duet_get_options *options,
		       struct duet_error *err)
{
	if (item->line == 0 || !goes_to_stdout(item) ||
	    !(options->resume || options->segments > 1))
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "%s writes a file, and here is no name of one: put one behind the URL, or add --remote-name-all",
			      options->resume ? "-C" : "--segments");
}

static int check_item(const struct duet_get_item *item,
		      const struct duet_get_options *options, bool at_once,
		      struct duet_error *err)
{
	int rc = duet_get_options_check_url(options, item->url, err);

	if (rc == DUET_OK && item->line > 0)
		rc = check_looks(item, err);
	if (rc == DUET_OK && item->line > 0 && options->json && item->given &&
	    goes_to_stdout(item))
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "--json and the name '-' both want standard output: give it another");
	if (rc == DUET_OK)
		rc = check_parts(item, options, err);
	if (rc == DUET_OK && at_once)
		rc = check_alone(item, options, err);
	return at_line(item, options, rc, err);
}

/* ---- names ---- */

struct place {
	char *name;
	const struct duet_get_item *item;
};

static int by_name(const void *a, const void *b)
{
	const struct place *one = a;
	const struct place *two = b;
	int order = strcmp(one->name, two->name);

	/* The line that comes later is the one to complain about. */
	if (order == 0)
		order = one->item < two->item ? -1 : one->item > two->item;
	return order;
}

/* What -o or -O makes of it, new; NULL in *ret: it goes elsewhere. */
static int name_of(const struct duet_get_item *item, char **ret,
		   struct duet_error *err)
{
	const char *name = item->name;
	char *url;
	int rc;

	*ret = NULL;
	if (goes_to_stdout(item))
		return DUET_OK;
	if (name == NULL) {
		url = duet_cli_url_complete(item->url);
		if (url == NULL)
			return duet_error_nomem(err);
		rc = duet_cli_url_name(url, ret, err);
		duet_mem_free(url);
		return rc;
	}
	while (name[0] == '.' && name[1] == '/' && name[2] != '\0')
		name += 2;
	*ret = duet_mem_strdup(name);
	return *ret != NULL ? DUET_OK : duet_error_nomem(err);
}

/* /dev/null has room for all. */
static bool is_device(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 && S_ISCHR(st.st_mode);
}

static int by_name_alone(const void *name, const void *place)
{
	return strcmp(name, ((const struct place *)place)->name);
}

/* While one is fetched its .part and the journal of that are there, and then
 * are not: they are no names for others. */
static int check_beside(const struct place *places, size_t n,
			const struct duet_get_options *options,
			struct duet_error *err)
{
	static const char *const tails[] = { ".part", ".part.duet" };
	size_t i;

	for (i = 0; i < 2 * n; i++) {
		char *name = duet_mem_printf("%s%s", places[i / 2].name,
					     tails[i % 2]);
		const struct place *other;
		char shown[SHOWN];

		if (name == NULL)
			return duet_error_nomem(err);
		other = bsearch(name, places, n, sizeof(*places),
				by_name_alone);
		duet_str_printable(shown, sizeof(shown), duet_str(name));
		duet_mem_free(name);
		if (other == NULL)
			continue;
		(void)duet_error_set(err, DUET_E_ARGUMENT,
				     "'%s' is what another URL needs while it is fetched: save under another name, with -o",
				     shown);
		return at_line(other->item, options, DUET_E_ARGUMENT, err);
	}
	return DUET_OK;
}

static int check_sorted(struct place *places, size_t n,
			const struct duet_get_options *options,
			struct duet_error *err)
{
	char shown[SHOWN];
	size_t i;

	for (i = 1; i < n; i++) {
		if (strcmp(places[i - 1].name, places[i].name) != 0 ||
		    is_device(places[i].name))
			continue;
		duet_str_printable(shown, sizeof(shown),
				   duet_str(places[i].name));
		(void)duet_error_set(err, DUET_E_ARGUMENT,
				     "two URLs would be saved as '%s': give one of them another name, with -o",
				     shown);
		return at_line(places[i].item, options, DUET_E_ARGUMENT, err);
	}
	return DUET_OK;
}

/* once: no two of them may be the same, and each has to have one. */
static int check_names(const struct duet_get_list *list,
		       const struct duet_get_options *options, bool once,
		       struct duet_error *err)
{
	struct place *places = duet_mem_array(list->n, sizeof(*places));
	int rc = DUET_OK;
	size_t n = 0;
	size_t i;

	if (places == NULL)
		return duet_error_nomem(err);
	for (i = 0; i < list->n && rc == DUET_OK; i++) {
		places[n].item = &list->items[i];
		rc = name_of(&list->items[i], &places[n].name, err);
		if (rc == DUET_E_ARGUMENT && !once)
			rc = DUET_OK; /* it fails by itself, in its turn */
		rc = at_line(&list->items[i], options, rc, err);
		if (rc == DUET_OK && places[n].name != NULL)
			n++;
	}
	qsort(places, n, sizeof(*places), by_name);
	if (rc == DUET_OK && once)
		rc = check_sorted(places, n, options, err);
	if (rc == DUET_OK)
		rc = check_beside(places, n, options, err);
	while (n > 0)
		duet_mem_free(places[--n].name);
	duet_mem_free(places);
	return rc;
}

int duet_get_list_check(const struct duet_get_list *list,
			const struct duet_get_options *options,
			struct duet_error *err)
{
	bool at_once = options->parallel && list->n > 1;
	int rc = DUET_OK;
	size_t i;

	if (list->n == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--input: there is no URL in that file, and none beside it");
	rc = duet_get_checksums_check(&options->checksums, (int)list->n, err);
	for (i = 0; i < list->n && rc == DUET_OK; i++)
		rc = check_item(&list->items[i], options, at_once, err);
	if (rc == DUET_OK && list->n > 1)
		rc = check_names(list, options,
				 at_once || options->input != NULL, err);
	return rc;
}

void duet_get_list_done(struct duet_get_list *list)
{
	duet_mem_free(list->items);
	duet_buffer_free(&list->text);
	memset(list, 0, sizeof(*list));
}
