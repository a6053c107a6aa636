/* SPDX-License-Identifier: MIT */
#include "get/resolve.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	ROWS_MAX = 4096,
};

static int add_row(struct duet_get_resolve_table *table, const char *host,
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

/* DUET_E_ARGUMENT without words for anything that is not of that form. */
static int add_text(struct duet_get_resolve_table *table, char *text)
{
	char *host;
	char *port_text;
	uint32_t port;
	int rc = DUET_OK;

	if (text[0] == '[') { /* an IPv6 literal has colons of its own */
		text++;
		host = cut_at(&text, ']');
		if (host == NULL || *text++ != ':')
			return DUET_E_ARGUMENT;
	} else {
		host = cut_at(&text, ':');
	}
	port_text = host != NULL ? cut_at(&text, ':') : NULL;
	if (port_text == NULL || host[0] == '\0' ||
	    !duet_parse_u32(port_text, UINT16_MAX, &port) || port == 0)
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
		rc = add_row(table, host, (uint16_t)port, address);
		text = rest;
	}
	return rc;
}

int duet_get_resolve_table_init(struct duet_get_resolve_table *table,
				const struct duet_opt_list *given,
				struct duet_error *err)
{
	char shown[120];
	size_t i;

	memset(table, 0, sizeof(*table));
	if (given->count == 0)
		return DUET_OK;
	table->texts = duet_mem_array(given->count, sizeof(*table->texts));
	if (table->texts == NULL)
		return duet_error_nomem(err);
	for (i = 0; i < given->count; i++) {
		char *text = duet_mem_strdup(given->items[i]);
		int rc;

		if (text == NULL)
			return duet_error_nomem(err);
		table->texts[table->n_texts++] = text;
		rc = add_text(table, text);
		if (rc == DUET_E_NOMEM)
			return duet_error_nomem(err);
		if (rc == DUET_OK)
			continue;
		duet_str_printable(shown, sizeof(shown),
				   duet_str(given->items[i]));
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--resolve: '%s' is not HOST:PORT:ADDRESS; try --resolve example.org:443:127.0.0.1",
				      shown);
	}
	return DUET_OK;
}

void duet_get_resolve_table_done(struct duet_get_resolve_table *table)
{
	size_t i;

	for (i = 0; i < table->n_texts; i++)
		duet_mem_free(table->texts[i]);
	duet_mem_free(table->texts);
	duet_mem_free(table->rows);
	memset(table, 0, sizeof(*table));
}
