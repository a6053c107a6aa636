/* SPDX-License-Identifier: MIT */
#include "cli/resolve.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	ROWS_MAX = 4096,
};

static int add_row(struct duet_resolve_table *table, const char *host,
		   uint16_t port, char *address)
{
	struct duet_resolve *rows;
	size_t len = strlen(address);

	if (table->count >= ROWS_MAX)
		return DUET_E_LIMIT;
	rows = duet_mem_resize(table->rows, (table->count + 2) * sizeof(*rows));
	if (rows == NULL)
		return DUET_E_NOMEM;
	table->rows = rows;
	if (address[0] == '[' && address[len - 1] == ']') {
		address[len - 1] = '\0';
		address++;
	}
	rows[table->count].host = host;
	rows[table->count].port = port;
	rows[table->count].address = address;
	memset(&rows[++table->count], 0, sizeof(*rows));
	return DUET_OK;
}

/* Cut text at its next sep and go past it; NULL when there is none. */
static char *cut_at(char **text, char sep)
{
	char *begin = *text;
	char *p = strchr(begin, sep);

	if (p == NULL)
		return NULL;
	*p = '\0';
	*text = p + 1;
	return begin;
}

/* "HOST:" or "[HOST]:", since an IPv6 literal has colons of its own. */
static char *take_host(char **text)
{
	char *host;

	if (**text != '[')
		return cut_at(text, ':');
	++*text;
	host = cut_at(text, ']');
	if (host == NULL || **text != ':')
		return NULL;
	++*text;
	return host;
}

/* 0 for an empty one, where that may be. */
static bool read_port(const char *text, bool may_be_empty, uint16_t *ret)
{
	uint32_t port = 0;

	if (text == NULL || (text[0] == '\0' && !may_be_empty))
		return false;
	if (text[0] != '\0' &&
	    (!duet_parse_u32(text, UINT16_MAX, &port) || port == 0))
		return false;
	*ret = (uint16_t)port;
	return true;
}

/* DUET_E_ARGUMENT without words for anything that is not of that form. */
static int add_addresses(struct duet_resolve_table *table, char *text)
{
	char *host = take_host(&text);
	char *port_text = host != NULL ? cut_at(&text, ':') : NULL;
	uint16_t port;
	int rc = DUET_OK;

	if (!read_port(port_text, false, &port) || host[0] == '\0')
		return DUET_E_ARGUMENT;
	while (text != NULL && rc == DUET_OK) {
		char *rest = text;
		char *address = cut_at(&rest, ',');

		if (address == NULL) {
			address = text;
			rest = NULL;
		}
		if (address[0] == '\0')
			return DUET_E_ARGUMENT;
		rc = add_row(table, host, port, address);
		text = rest;
	}
	return rc;
}

/* The same. Each of the four may be empty. */
static int add_detour(struct duet_resolve_table *table, char *text)
{
	struct duet_connect_to detour = { .host = take_host(&text) };
	char *port = detour.host != NULL ? cut_at(&text, ':') : NULL;
	struct duet_connect_to *detours;

	if (!read_port(port, true, &detour.port))
		return DUET_E_ARGUMENT;
	detour.to_host = take_host(&text);
	if (detour.to_host == NULL || !read_port(text, true, &detour.to_port))
		return DUET_E_ARGUMENT;
	if (table->n_detours >= ROWS_MAX)
		return DUET_E_LIMIT;
	detours = duet_mem_resize(table->detours,
				  (table->n_detours + 2) * sizeof(*detours));
	if (detours == NULL)
		return DUET_E_NOMEM;
	table->detours = detours;
	detours[table->n_detours++] = detour;
	memset(&detours[table->n_detours], 0, sizeof(*detours));
	return DUET_OK;
}

typedef int add_fn(struct duet_resolve_table *table, char *text);

/* Each of the list; wrong: the words for one of another form, around it. */
static int add_all(struct duet_resolve_table *table,
		   const struct duet_opt_list *given, add_fn *add,
		   const char *const wrong[2], struct duet_error *err)
{
	char shown[120];
	size_t i;

	for (i = 0; i < given->count; i++) {
		char *text = duet_mem_strdup(given->items[i]);
		int rc;

		if (text == NULL)
			return duet_error_nomem(err);
		table->texts[table->n_texts++] = text;
		rc = add(table, text);
		if (rc == DUET_E_NOMEM)
			return duet_error_nomem(err);
		if (rc == DUET_OK)
			continue;
		duet_str_printable(shown, sizeof(shown),
				   duet_str(given->items[i]));
		return duet_error_set(err, DUET_E_ARGUMENT, "%s'%s' %s",
				      wrong[0], shown, wrong[1]);
	}
	return DUET_OK;
}

int duet_resolve_table_init(struct duet_resolve_table *table,
			    const struct duet_opt_list *resolve,
			    const struct duet_opt_list *connect_to,
			    struct duet_error *err)
{
	static const char *const no_address[] = {
		"--resolve: ",
		"is not HOST:PORT:ADDRESS; try --resolve example.org:443:127.0.0.1"
	};
	static const char *const no_detour[] = {
		"--connect-to: ",
		"is not HOST:PORT:HOST:PORT, of which each may be empty; try --connect-to example.org:443:127.0.0.1:8443"
	};
	int rc;

	memset(table, 0, sizeof(*table));
	table->texts = duet_mem_array(resolve->count + connect_to->count + 1,
				      sizeof(*table->texts));
	if (table->texts == NULL)
		return duet_error_nomem(err);
	rc = add_all(table, resolve, add_addresses, no_address, err);
	if (rc == DUET_OK)
		rc = add_all(table, connect_to, add_detour, no_detour, err);
	return rc;
}

void duet_resolve_table_done(struct duet_resolve_table *table)
{
	size_t i;

	for (i = 0; i < table->n_texts; i++)
		duet_mem_free(table->texts[i]);
	duet_mem_free(table->texts);
	duet_mem_free(table->rows);
	duet_mem_free(table->detours);
	memset(table, 0, sizeof(*table));
}
