/* SPDX-License-Identifier: MIT */
/*
 * Draft 7, which editors know best. It says what the tables say; what needs
 * several values, two default sites for instance, only --check tells.
 */
#include "cli/schema.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "settings/table.h"

static json_t *table_schema(const struct duet_table *table);

static json_t *text_schema(void)
{
	return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
}

static json_t *list_schema(json_t *items)
{
	return json_pack("{s:s, s:i, s:o}", "type", "array", "minItems", 1,
			 "items", items);
}

static json_t *number_schema(const struct duet_row *row)
{
	return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
			 (json_int_t)row->min, "maximum", (json_int_t)row->max);
}

static json_t *choice_schema(const char *words)
{
	json_t *list = json_array();

	while (*words != '\0') {
		size_t len = strcspn(words, "|");

		(void)json_array_append_new(list, json_stringn(words, len));
		words += len + (words[len] == '|');
	}
	return json_pack("{s:o}", "enum", list);
}

static json_t *either(json_t *one, json_t *other)
{
	return json_pack("{s:[o, o]}", "anyOf", one, other);
}

static json_t *kind_schema(const struct duet_row *row)
{
	switch (row->kind) {
	case DUET_ROW_FLAG:
		return json_pack("{s:s}", "type", "boolean");
	case DUET_ROW_NUMBER:
		return number_schema(row);
	case DUET_ROW_CHOICE:
		return choice_schema(row->words);
	case DUET_ROW_TEXT:
		return text_schema();
	case DUET_ROW_TEXTS:
		return either(text_schema(), list_schema(text_schema()));
	case DUET_ROW_MAP:
		return table_schema(row->of);
	case DUET_ROW_MAPS:
		return list_schema(table_schema(row->of));
	}
	return NULL;
}

/* A text may be "none" in any case. */
static json_t *value_schema(const struct duet_row *row)
{
	json_t *value = kind_schema(row);

	if (row->none_key == NULL || row->kind == DUET_ROW_TEXT ||
	    row->kind == DUET_ROW_TEXTS)
		return value;
	return either(value, choice_schema("none"));
}

/* As a value where it is one; else only the description has it. */
static json_t *default_value(const struct duet_row *row)
{
	uint64_t number;

	if (row->kind == DUET_ROW_FLAG)
		return json_boolean(strcmp(row->fallback, "true") == 0);
	if (row->kind == DUET_ROW_CHOICE)
		return json_string(row->fallback);
	if (row->kind == DUET_ROW_NUMBER &&
	    duet_parse_u64(duet_str(row->fallback), &number) &&
	    number <= INT64_MAX)
		return json_integer((json_int_t)number);
	return NULL;
}

/* "help [unit; default: fallback]", as duet.yaml(5) has it. */
static json_t *description(const struct duet_row *row)
{
	const char *unit = row->unit != NULL ? row->unit : "";
	const char *between =
		row->unit != NULL && row->fallback != NULL ? "; " : "";

	if (row->unit == NULL && row->fallback == NULL)
		return json_string(row->help);
	if (row->fallback == NULL)
		return json_sprintf("%s [%s]", row->help, unit);
	return json_sprintf("%s [%s%sdefault: %s]", row->help, unit, between,
			    row->fallback);
}

static json_t *table_schema(const struct duet_table *table)
{
	json_t *properties = json_object();
	json_t *required = json_array();
	const struct duet_row *row = NULL;

	while ((row = duet_table_next(table, row)) != NULL) {
		json_t *value = value_schema(row);
		json_t *fallback =
			row->fallback != NULL ? default_value(row) : NULL;

		(void)json_object_set_new(value, "description",
					  description(row));
		if (fallback != NULL)
			(void)json_object_set_new(value, "default", fallback);
		(void)json_object_set_new(properties, row->key, value);
		if (row->is_required)
			(void)json_array_append_new(required,
						    json_string(row->key));
	}
	return json_pack("{s:s, s:b, s:o, s:o}", "type", "object",
			 "additionalProperties", 0, "required", required,
			 "properties", properties);
}

int duet_schema_print(const char *program)
{
	json_t *schema = table_schema(&duet_table_top);
	json_t *head = json_pack("{s:s, s:s}", "$schema",
				 "http://json-schema.org/draft-07/schema#",
				 "title", "duet.yaml");

	/* A NULL on the way makes all that is around it NULL. */
	if (head == NULL || schema == NULL ||
	    json_object_update(head, schema) != 0 ||
	    json_dumpf(head, stdout, JSON_INDENT(2)) != 0) {
		json_decref(schema);
		json_decref(head);
		duet_complain(program, "out of memory");
		return DUET_EXIT_NOMEM;
	}
	(void)putchar('\n');
	json_decref(schema);
	json_decref(head);
	return duet_finish_stdout(program);
}
