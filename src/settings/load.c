/* SPDX-License-Identifier: MIT */
/*
 * libcyaml wants a schema of its own; it is made out of the tables, so that
 * there is one list of keys only. It fills the structs and frees them. What it
 * could complain about has been told before, with places: see
 * doc/adr/0011-duet-yaml.md.
 */
#include "settings/load.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "settings/table.h"

enum {
	/* Of all tables, as often as they are in others, with the ends of
	 * their lists. */
	FIELDS_MAX = 320,
	ENTRIES_MAX = 64,
	WORDS_MAX = 16,
	WORD_BYTES = 32,
	COMPLAINT_BYTES = 256,
};

/* A schema, and what its pointers point to. */
struct schema {
	cyaml_schema_value_t top;
	cyaml_schema_field_t fields[FIELDS_MAX];
	cyaml_schema_value_t entries[ENTRIES_MAX];
	cyaml_strval_t strings[WORDS_MAX];
	char words[WORDS_MAX][WORD_BYTES];
	size_t n_fields;
	size_t n_entries;
	size_t n_words;
	bool is_full; /* a maximum above has to be raised */
};

static void make_map(struct schema *schema, const struct duet_table *table,
		     cyaml_schema_value_t *ret);

static void make_choice(struct schema *schema, const char *words,
			cyaml_schema_value_t *ret)
{
	uint32_t n = 0;

	ret->enumeration.strings = &schema->strings[schema->n_words];
	for (; *words != '\0'; n++) {
		size_t len = strcspn(words, "|");
		size_t i = schema->n_words;

		if (i == WORDS_MAX || len >= WORD_BYTES) {
			schema->is_full = true;
			return;
		}
		memcpy(schema->words[i], words, len);
		schema->strings[i].str = schema->words[i];
		schema->strings[i].val = n;
		schema->n_words++;
		words += len + (words[len] == '|');
	}
	ret->enumeration.count = n;
}

static void make_text(cyaml_schema_value_t *ret)
{
	ret->type = CYAML_STRING;
	ret->flags = CYAML_FLAG_POINTER;
	ret->data_size = sizeof(char);
	ret->string.max = CYAML_UNLIMITED;
}

static void make_list(struct schema *schema, const struct duet_row *row,
		      cyaml_schema_value_t *ret)
{
	cyaml_schema_value_t *entry;

	if (schema->n_entries == ENTRIES_MAX) {
		schema->is_full = true;
		return;
	}
	entry = &schema->entries[schema->n_entries++];
	if (row->kind == DUET_ROW_TEXTS) {
		make_text(entry);
		ret->data_size = sizeof(char *);
	} else {
		make_map(schema, row->of, entry);
		ret->data_size = (uint32_t)row->of->size;
	}
	ret->type = CYAML_SEQUENCE;
	ret->flags |= CYAML_FLAG_POINTER;
	ret->sequence.entry = entry;
	ret->sequence.max = CYAML_UNLIMITED;
}

static void make_value(struct schema *schema, const struct duet_row *row,
		       cyaml_schema_value_t *ret)
{
	switch (row->kind) {
	case DUET_ROW_FLAG:
		ret->type = CYAML_BOOL;
		ret->data_size = sizeof(bool);
		if (row->by_pointer)
			ret->flags = CYAML_FLAG_POINTER;
		break;
	case DUET_ROW_NUMBER:
		ret->type = CYAML_INT;
		ret->data_size = (uint32_t)row->size;
		if (row->max > INT32_MAX && row->size == sizeof(uint32_t))
			ret->type = CYAML_UINT;
		if (row->by_pointer)
			ret->flags = CYAML_FLAG_POINTER;
		break;
	case DUET_ROW_CHOICE:
		ret->type = CYAML_ENUM;
		ret->flags = CYAML_FLAG_POINTER | CYAML_FLAG_STRICT;
		ret->data_size = sizeof(int);
		make_choice(schema, row->words, ret);
		break;
	case DUET_ROW_TEXT:
		make_text(ret);
		break;
	case DUET_ROW_MAP:
		make_map(schema, row->of, ret);
		ret->flags |= CYAML_FLAG_POINTER;
		break;
	case DUET_ROW_TEXTS:
	case DUET_ROW_MAPS:
		make_list(schema, row, ret);
		break;
	}
	if (!row->is_required)
		ret->flags |= CYAML_FLAG_OPTIONAL;
}

static void make_none(const struct duet_row *row, cyaml_schema_field_t *ret)
{
	ret->key = row->none_key;
	ret->data_offset = (uint32_t)row->none_offset;
	ret->value.type = CYAML_BOOL;
	ret->value.flags = CYAML_FLAG_OPTIONAL;
	ret->value.data_size = sizeof(bool);
}

static void make_map(struct schema *schema, const struct duet_table *table,
		     cyaml_schema_value_t *ret)
{
	cyaml_schema_field_t *fields = &schema->fields[schema->n_fields];
	const struct duet_row *row = NULL;
	size_t n = 0;

	while ((row = duet_table_next(table, row)) != NULL)
		n += row->none_key != NULL ? 2 : 1;
	if (schema->n_fields + n + 1 > FIELDS_MAX) {
		schema->is_full = true;
		return;
	}
	schema->n_fields += n + 1; /* the last is zero: the end */
	ret->type = CYAML_MAPPING;
	ret->data_size = (uint32_t)table->size;
	ret->mapping.fields = fields;
	while ((row = duet_table_next(table, row)) != NULL) {
		fields->key = row->key;
		fields->data_offset = (uint32_t)row->offset;
		fields->count_offset = (uint32_t)row->count_offset;
		fields->count_size = sizeof(uint32_t);
		make_value(schema, row, &fields->value);
		fields++;
		if (row->none_key != NULL)
			make_none(row, fields++);
	}
}

/* ---- libcyaml ---- */

static void *resize(void *arg, void *ptr, size_t size)
{
	(void)arg;
	if (size > 0)
		return duet_mem_resize(ptr, size);
	duet_mem_free(ptr);
	return NULL;
}

/* The first complaint; its backtrace follows and is left out. */
static void listen_to(cyaml_log_t level, void *arg, const char *fmt,
		      va_list args)
{
	char *complaint = arg;

	(void)level;
	if (complaint[0] == '\0')
		(void)vsnprintf(complaint, COMPLAINT_BYTES, fmt, args);
}

static int begin(struct schema *schema, struct duet_error *err)
{
	memset(schema, 0, sizeof(*schema));
	make_map(schema, &duet_table_top, &schema->top);
	schema->top.flags |= CYAML_FLAG_POINTER;
	if (!schema->is_full)
		return DUET_OK;
	return duet_error_set(err, DUET_E_STATE,
			      "the tables of duet.yaml are larger than settings/load.c has room for");
}

int duet_settings_load(struct duet_bytes text, struct duet_settings **ret,
		       struct duet_error *err)
{
	char complaint[COMPLAINT_BYTES] = "";
	const cyaml_config_t config = {
		.log_fn = listen_to,
		.log_ctx = complaint,
		.log_level = CYAML_LOG_ERROR,
		.mem_fn = resize,
		.flags = CYAML_CFG_NO_ALIAS,
	};
	struct schema schema;
	cyaml_data_t *data = NULL;
	cyaml_err_t failure;
	int rc = begin(&schema, err);

	if (rc != DUET_OK)
		return rc;
	failure = cyaml_load_data(text.data, text.len, &config, &schema.top,
				  &data, NULL);
	if (failure == CYAML_OK) {
		*ret = data;
		return DUET_OK;
	}
	if (failure == CYAML_ERR_OOM)
		return duet_error_nomem(err);
	complaint[strcspn(complaint, "\n")] = '\0';
	return duet_error_set(err, DUET_E_STATE,
			      "libcyaml does not take what our tables do: %s: %s",
			      cyaml_strerror(failure), complaint);
}

void duet_settings_unload(struct duet_settings *settings)
{
	const cyaml_config_t config = { .mem_fn = resize };
	struct schema schema;

	if (settings != NULL && begin(&schema, NULL) == DUET_OK)
		(void)cyaml_free(&config, &schema.top, settings, 0);
}
