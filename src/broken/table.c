/* SPDX-License-Identifier: MIT */
#include "broken/table.h"

#include <string.h>

#include <jansson.h>

#include "base/error.h"
#include "base/str.h"

enum {
	PORT_BYTES = 8,
	SHOWN_BYTES = 512,
	SLOW_LIMIT_S = 1, /* what a client may be given for a slow one */
};

static void print_row(const struct duet_broken_door *door, FILE *out)
{
	char port[PORT_BYTES] = "-";

	if (door->port > 0)
		(void)snprintf(port, sizeof(port), "%u", (unsigned)door->port);
	(void)fprintf(out, "%5s  %-17s %-37s %2d %s\n", port, door->row->name,
		      door->row->wrong, door->row->exit,
		      duet_broken_must(door->row));
}

void duet_broken_table_text(const struct duet_broken_doors *doors, FILE *out)
{
	const struct duet_broken_group *group = NULL;
	size_t i;

	(void)fprintf(out, "%5s  %-17s %-37s %s\n", "port", "name",
		      "what is wrong", "exit, must");
	for (i = 0; i < doors->n; i++) {
		const struct duet_broken_door *door = &doors->doors[i];

		if (!door->shown)
			continue;
		if (group != door->group)
			(void)fprintf(out, "%s: %s\n", door->group->name,
				      door->group->title);
		group = door->group;
		print_row(door, out);
	}
}

static json_t *words_of(const struct duet_broken_case *row)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < DUET_BROKEN_WORDS && row->words[i] != NULL; i++)
		if (json_array_append_new(list, json_string(row->words[i])) !=
		    0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *describe(const struct duet_broken_door *door)
{
	const struct duet_broken_case *row = door->row;

	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:i, s:s, s:o, s:o, s:s,"
			 " s:b, s:b, s:o}",
			 "name", row->name, "group", door->group->name, "wrong",
			 row->wrong, "port",
			 door->port > 0 ? json_integer(door->port)
					: json_null(),
			 "url",
			 door->port > 0 ? json_sprintf("https://localhost:%u/",
						       (unsigned)door->port)
					: json_null(),
			 "exit", row->exit, "must", duet_broken_must(row),
			 "words", words_of(row), "body",
			 row->body >= 0 ? json_integer(row->body) : json_null(),
			 "method", row->method != NULL ? row->method : "GET",
			 "crl", (int)row->crl, "may_take", (int)row->may_take,
			 "max_time",
			 row->slow ? json_integer(SLOW_LIMIT_S) : json_null());
}

/* Takes object over. */
static int print_object(json_t *object, FILE *out, struct duet_error *err)
{
	int rc = DUET_OK;

	if (object == NULL || json_dumpf(object, out, JSON_COMPACT) != 0)
		rc = duet_error_set(err, DUET_E_NOMEM,
				    "cannot write the table as JSON");
	else
		(void)fputc('\n', out);
	json_decref(object);
	return rc;
}

int duet_broken_table_json(const struct duet_broken_doors *doors, FILE *out,
			   struct duet_error *err)
{
	int rc = DUET_OK;
	size_t i;

	for (i = 0; rc == DUET_OK && i < doors->n; i++)
		if (doors->doors[i].shown)
			rc = print_object(describe(&doors->doors[i]), out, err);
	return rc;
}

void duet_broken_ready_text(const struct duet_broken_doors *doors,
			    const struct duet_broken_files *files, FILE *out)
{
	const struct duet_broken_door *door = doors->doors;
	char ca[SHOWN_BYTES];
	char crl[SHOWN_BYTES];

	while (!door->shown)
		door++;
	duet_str_printable(ca, sizeof(ca), duet_str(files->ca));
	duet_str_printable(crl, sizeof(crl), duet_str(files->crl));
	(void)fprintf(out, "CRL: %s; Ctrl-C ends it\n", crl);
	(void)fprintf(out, "ready: curl --cacert %s https://localhost:%u/\n",
		      ca, (unsigned)door->port);
}

int duet_broken_ready_json(const struct duet_broken_files *files, FILE *out,
			   struct duet_error *err)
{
	return print_object(json_pack("{s:b, s:s, s:s}", "ready", 1, "ca",
				      files->ca, "crl", files->crl),
			    out, err);
}
