/* SPDX-License-Identifier: MIT */
#include "settings/check.h"

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "net/address.h"
#include "net/place.h"
#include "settings/check_rules.h"

enum {
	SHOWN_BYTES = 128,
	NAME_MAX_BYTES = 253, /* RFC 1035 s2.3.4, as text */
	LABEL_MAX_BYTES = 63,
	LINE_BYTES = 8192, /* the defaults of struct duet_limits */
	HEAD_BYTES = 32768,
};

struct check {
	const struct duet_settings_file *file;
	const struct duet_settings *settings;
	struct duet_findings *findings;
};

/* ---- listen ---- */

/* A key that says where to listen, and what it says. */
struct listed {
	const char *key;
	const char *text;
	char *here;      /* as this process has to write it; new */
	uint32_t number; /* in its list */
	bool is_list;
};

static struct duet_place place_of(const struct check *check,
				  const struct listed *one)
{
	return one->is_list
		       ? duet_settings_place(check->file, "%s/%u", one->key,
					     (unsigned)one->number)
		       : duet_settings_place(check->file, "%s", one->key);
}

/* Two that nobody can listen on at once. */
static void tell_collision(const struct check *check,
			   const struct listed *first,
			   const struct listed *again)
{
	bool is_same = strcmp(first->text, again->text) == 0;
	char beside[SHOWN_BYTES];
	char shown[SHOWN_BYTES];

	duet_str_printable(shown, sizeof(shown), duet_str(again->text));
	duet_str_printable(beside, sizeof(beside), duet_str(first->text));
	if (is_same && strcmp(first->key, again->key) == 0)
		duet_findings_error(check->findings, place_of(check, again),
				    "'%s' is in the list twice", shown);
	else if (is_same && strcmp(again->key, "http_redirect") == 0)
		duet_findings_error(check->findings, place_of(check, again),
				    "'%s' is in 'listen', for HTTPS; plain HTTP needs a port of its own, ':80'",
				    shown);
	else
		duet_findings_error(check->findings, place_of(check, again),
				    "'%s' is taken by '%s' of '%s' already, in line %zu; leave one of them out, or choose another port",
				    shown, beside, first->key,
				    place_of(check, first).line);
}

/* What else may be wrong with that of the admin daemon/admin.h says. */
static bool is_ours_to_tell(const struct listed *one)
{
	return one->is_list || (duet_address_is_unix(one->text) &&
				strcmp(one->text, "unix:") != 0);
}

static void check_place(const struct check *check, const struct listed *all,
			size_t number)
{
	const struct listed *one = &all[number];
	const char *why = duet_place_wrong(one->here);
	char shown[SHOWN_BYTES];
	size_t i;

	if (why != NULL && is_ours_to_tell(one)) {
		duet_str_printable(shown, sizeof(shown), duet_str(one->here));
		duet_findings_error(check->findings, place_of(check, one),
				    "'%s' is no place to listen: %s", shown,
				    why);
	}
	for (i = 0; i < number; i++)
		if (duet_places_collide(all[i].here, one->here)) {
			tell_collision(check, &all[i], one);
			return;
		}
}

/* Room for them is there. */
static int list_places(const struct check *check, struct listed *all, size_t *n,
		       const char *key, char *const *texts, uint32_t n_texts)
{
	bool is_list = strcmp(key, "admin") != 0;
	uint32_t i;

	for (i = 0; i < n_texts; i++) {
		char *here = duet_settings_where(check->file, texts[i]);

		if (here == NULL)
			return DUET_E_NOMEM;
		all[(*n)++] =
			(struct listed){ key, texts[i], here, i, is_list };
	}
	return DUET_OK;
}

static int check_listen(const struct check *check)
{
	const struct duet_settings *settings = check->settings;
	struct listed *all =
		duet_mem_array((size_t)settings->n_listen +
				       settings->n_http_redirect + 1,
			       sizeof(*all));
	size_t n = 0;
	size_t i;
	int rc;

	if (all == NULL)
		return DUET_E_NOMEM;
	rc = list_places(check, all, &n, "listen", settings->listen,
			 settings->n_listen);
	if (rc == DUET_OK)
		rc = list_places(check, all, &n, "http_redirect",
				 settings->http_redirect,
				 settings->n_http_redirect);
	if (rc == DUET_OK && settings->admin != NULL)
		rc = list_places(check, all, &n, "admin", &settings->admin, 1);
	for (i = 0; rc == DUET_OK && i < n; i++)
		check_place(check, all, i);
	while (n > 0)
		duet_mem_free(all[--n].here);
	duet_mem_free(all);
	return rc;
}

/* ---- processes and limits ---- */

static void check_processes(const struct check *check)
{
	const struct duet_settings *settings = check->settings;

	if (settings->isolation == NULL || *settings->isolation == 0)
		return;
	if (settings->workers != NULL)
		duet_findings_error(check->findings,
				    duet_settings_place(check->file, "workers"),
				    "'workers' has no meaning with 'isolation: connection'; leave one of them out");
	if (settings->max_connections != NULL)
		duet_findings_error(check->findings,
				    duet_settings_place(check->file,
							"max_connections"),
				    "'max_connections' has no meaning with 'isolation: connection'; leave one of them out");
}

static void check_limits(const struct check *check)
{
	const struct duet_limits *limits = check->settings->limits;
	uint32_t line;
	uint32_t head;

	if (limits == NULL)
		return;
	line = limits->line_bytes > 0 ? limits->line_bytes : LINE_BYTES;
	head = limits->head_bytes > 0 ? limits->head_bytes : HEAD_BYTES;
	if (line > head)
		duet_findings_error(check->findings,
				    duet_settings_place(check->file,
							"limits/%s",
							limits->line_bytes > 0
								? "line_bytes"
								: "head_bytes"),
				    "a line ('line_bytes': %u) cannot be longer than the head it is part of ('head_bytes': %u)",
				    (unsigned)line, (unsigned)head);
}

/* ---- names ---- */

static const char *wrong_with_label(const char *label, size_t len)
{
	size_t i;

	if (len == 0)
		return "a label between two dots is empty";
	if (len > LABEL_MAX_BYTES)
		return "a label is longer than 63 bytes";
	if (label[0] == '-' || label[len - 1] == '-')
		return "a label begins or ends with '-'";
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)label[i];

		if (c == '*')
			return "a wildcard is a whole label, the first: '*.example.org'";
		if (c >= 0x80)
			return "write it as DNS has it, in ASCII: 'xn--...'";
		if (!duet_is_alpha(c) && !duet_is_digit(c) && c != '-' &&
		    c != '_')
			return "a host name has letters, digits, '-' and '.' only";
	}
	return NULL;
}

static const char *wrong_with_labels(const char *name)
{
	const char *why = NULL;

	while (why == NULL && *name != '\0') {
		size_t len = strcspn(name, ".");

		why = wrong_with_label(name, len);
		name += len;
		if (*name == '.' && *++name == '\0' && why == NULL)
			why = "leave out the dot at the end";
	}
	return why;
}

static const char *wrong_with_name(const char *name)
{
	struct in6_addr address;

	if (strstr(name, "://") != NULL || strchr(name, '/') != NULL)
		return "write the host name alone, without the rest of a URL";
	if (inet_pton(AF_INET, name, &address) == 1 ||
	    inet_pton(AF_INET6, name, &address) == 1 || *name == '[')
		return "clients send no name for an address: they get the default site";
	if (strchr(name, ':') != NULL)
		return "write it without a port, which 'listen' is for";
	if (strlen(name) > NAME_MAX_BYTES)
		return "it is longer than 253 bytes";
	if (strcmp(name, "*") == 0 || strcmp(name, "*.") == 0)
		return "for every name there is, write 'default: true'";
	return wrong_with_labels(duet_str_starts(name, "*.") ? name + 2 : name);
}

/* A name of a site, to be sorted. */
struct named {
	const char *name;
	uint32_t site;
	uint32_t index;
};

static int compare_nocase(const char *a, const char *b)
{
	while (*a != '\0' && duet_to_lower((unsigned char)*a) ==
				     duet_to_lower((unsigned char)*b)) {
		a++;
		b++;
	}
	return (int)duet_to_lower((unsigned char)*a) -
	       (int)duet_to_lower((unsigned char)*b);
}

static int by_name(const void *a, const void *b)
{
	const struct named *one = a;
	const struct named *other = b;
	int by = compare_nocase(one->name, other->name);

	if (by == 0)
		by = (one->site > other->site) - (one->site < other->site);
	return by != 0 ? by
		       : (one->index > other->index) -
				 (one->index < other->index);
}

static struct duet_place place_of_name(const struct check *check,
				       const struct named *named)
{
	return duet_settings_place(check->file, "sites/%u/names/%u",
				   (unsigned)named->site,
				   (unsigned)named->index);
}

static void tell_twice(const struct check *check, const struct named *first,
		       const struct named *again)
{
	char shown[SHOWN_BYTES];

	duet_str_printable(shown, sizeof(shown), duet_str(again->name));
	if (first->site == again->site)
		duet_findings_error(check->findings,
				    place_of_name(check, again),
				    "'%s' is among the names of this site twice",
				    shown);
	else
		duet_findings_error(check->findings,
				    place_of_name(check, again),
				    "'%s' is a name of two sites; the other has it in line %zu",
				    shown, place_of_name(check, first).line);
}

/* Sorted, so that a thousand sites are no million comparisons. */
static int check_names(const struct check *check)
{
	const struct duet_settings *settings = check->settings;
	struct named *all;
	size_t n = 0;
	uint32_t i;
	uint32_t k;
	size_t at;

	for (i = 0; i < settings->n_sites; i++)
		n += settings->sites[i].n_names;
	all = duet_mem_array(n > 0 ? n : 1, sizeof(*all));
	if (all == NULL)
		return DUET_E_NOMEM;
	n = 0;
	for (i = 0; i < settings->n_sites; i++)
		for (k = 0; k < settings->sites[i].n_names; k++)
			all[n++] = (struct named){ settings->sites[i].names[k],
						   i, k };
	for (at = 0; at < n; at++) {
		const char *why = wrong_with_name(all[at].name);
		char shown[SHOWN_BYTES];

		duet_str_printable(shown, sizeof(shown),
				   duet_str(all[at].name));
		if (why != NULL)
			duet_findings_error(check->findings,
					    place_of_name(check, &all[at]),
					    "'%s' is no name of a site: %s",
					    shown, why);
	}
	qsort(all, n, sizeof(all[0]), by_name);
	for (at = 1; at < n; at++)
		if (compare_nocase(all[at - 1].name, all[at].name) == 0)
			tell_twice(check, &all[at - 1], &all[at]);
	duet_mem_free(all);
	return DUET_OK;
}

/* ---- sites ---- */

static void check_default(const struct check *check)
{
	const struct duet_settings *settings = check->settings;
	struct duet_place first = { 0, 0 };
	uint32_t i;

	for (i = 0; i < settings->n_sites; i++) {
		const struct duet_settings_site *site = &settings->sites[i];
		struct duet_place place =
			duet_settings_place(check->file,
					    site->is_default
						    ? "sites/%u/default"
						    : "sites/%u",
					    (unsigned)i);

		if (!site->is_default && site->n_names > 0)
			continue;
		if (first.line == 0)
			first = place;
		else if (site->is_default)
			duet_findings_error(check->findings, place,
					    "there is a default site already, in line %zu, and only one can answer for all other names",
					    first.line);
		else
			duet_findings_error(check->findings, place,
					    "a site without 'names' answers for all other names, and the one in line %zu does so already",
					    first.line);
	}
}

/* The local CA vouches for localhost, see daemon/local_ca.h. */
static void check_identities(const struct check *check)
{
	const struct duet_settings *settings = check->settings;
	char shown[SHOWN_BYTES];
	uint32_t i;
	uint32_t k;

	for (i = 0; i < settings->n_sites; i++) {
		const struct duet_settings_site *site = &settings->sites[i];

		if (site->n_identities > 0)
			continue;
		for (k = 0; k < site->n_names; k++)
			if (!duet_str_eq_nocase(site->names[k], "localhost"))
				break;
		if (k == site->n_names)
			continue;
		duet_str_printable(shown, sizeof(shown),
				   duet_str(site->names[k]));
		duet_findings_error(check->findings,
				    duet_settings_place(check->file, "sites/%u",
							(unsigned)i),
				    "this site has no 'identities', and the local CA vouches for localhost only, not for '%s'; give it a certificate",
				    shown);
	}
}

/* What https://hstspreload.org/ asks for. */
static void check_hsts(const struct check *check, uint32_t number)
{
	enum { YEAR_S = 31536000 };
	const struct duet_settings_hsts *hsts =
		check->settings->sites[number].hsts;

	if (hsts == NULL || !hsts->preload ||
	    (hsts->subdomains && *hsts->max_age_s >= YEAR_S))
		return;
	duet_findings_warn(check->findings,
			   duet_settings_place(check->file,
					       "sites/%u/hsts/preload",
					       (unsigned)number),
			   "browsers' lists take a site only with 'subdomains: true' and 'max_age_s: %d' at least: 'preload' does nothing here",
			   YEAR_S);
}

int duet_settings_check(const struct duet_settings_file *file,
			struct duet_findings *findings)
{
	const struct check check = { file, duet_settings_of(file), findings };
	int rc = check_listen(&check);
	uint32_t i;

	check_processes(&check);
	check_limits(&check);
	check_default(&check);
	check_identities(&check);
	for (i = 0; rc == DUET_OK && i < check.settings->n_sites; i++) {
		check_hsts(&check, i);
		rc = duet_check_rules(file, i, findings);
	}
	return rc == DUET_OK ? check_names(&check) : rc;
}
