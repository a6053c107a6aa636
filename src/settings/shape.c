/* SPDX-License-Identifier: MIT */
#include "settings/shape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/str.h"
#include "settings/foreign.h"

enum {
	WORD_BYTES = 80,
	KEYS_BYTES = 512,
};

struct shape {
	struct duet_document *document;
	struct duet_findings *findings;
};

static void check_map(struct shape *shape, const struct duet_table *table,
		      const yaml_node_t *node);

static void show(char dst[WORD_BYTES], const yaml_node_t *node)
{
	duet_str_printable(dst, WORD_BYTES, duet_node_text(node));
}

/* ---- what a plain word is ---- */

static bool is_plain(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE &&
	       node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool is_one_of(const yaml_node_t *node, const char *const *words)
{
	for (; *words != NULL; words++)
		if (duet_bytes_eq_nocase(duet_node_text(node), *words))
			return true;
	return false;
}

static bool is_null(const yaml_node_t *node)
{
	static const char *const words[] = { "", "~", "null", NULL };

	return is_plain(node) && is_one_of(node, words);
}

/* Of YAML 1.1 too, which many programs still read. */
static bool is_truth(const yaml_node_t *node)
{
	static const char *const words[] = { "true", "false", "yes", "no",
					     "on",   "off",   NULL };

	return is_plain(node) && is_one_of(node, words);
}

/* "8443", "-1", "1e3", "0x1f": what others would take for a number. */
static bool is_number(const yaml_node_t *node)
{
	char text[WORD_BYTES];
	char *end;

	if (!is_plain(node) || node->data.scalar.length == 0 ||
	    node->data.scalar.length >= sizeof(text))
		return false;
	memcpy(text, node->data.scalar.value, node->data.scalar.length + 1);
	if (strspn(text, "+-.0123456789") == 0)
		return false;
	(void)strtod(text, &end);
	return *end == '\0';
}

/* Decimal, without zeroes in front; beyond 64 bits it stays the greatest. */
static bool read_integer(const yaml_node_t *node, int64_t *ret)
{
	struct duet_bytes text = duet_node_text(node);
	const char *p = text.data;
	size_t digits = text.len;

	if (!is_plain(node))
		return false;
	digits -= digits > 0 && *p == '-';
	p += digits < text.len;
	if (digits == 0 || strspn(p, "0123456789") != digits ||
	    (*p == '0' && digits > 1))
		return false;
	*ret = strtoll(text.data, NULL, 10);
	return true;
}

/* ---- values ---- */

static const char *kind_of(const yaml_node_t *node)
{
	if (node->type == YAML_SEQUENCE_NODE)
		return "a list";
	return node->type == YAML_MAPPING_NODE ? "a mapping" : "a value";
}

/* "a number of seconds from 0 to 86400" */
static void describe_number(char dst[KEYS_BYTES], const struct duet_row *row)
{
	(void)snprintf(dst, KEYS_BYTES, "a whole number%s%s from %lld to %lld",
		       row->unit != NULL ? " of " : "",
		       row->unit != NULL ? row->unit : "", (long long)row->min,
		       (long long)row->max);
}

static void describe_choice(char dst[KEYS_BYTES], const char *words)
{
	size_t i = 0;

	for (; *words != '\0' && i + 5 < KEYS_BYTES; words++) {
		if (*words != '|') {
			dst[i++] = *words;
			continue;
		}
		memcpy(dst + i, " or ", 4);
		i += 4;
	}
	dst[i] = '\0';
}

static void describe_map(char dst[KEYS_BYTES], const struct duet_row *row)
{
	const char *kind = row->kind == DUET_ROW_MAP ? "mapping:" : "list: -";

	if (row->of->example != NULL)
		(void)snprintf(dst, KEYS_BYTES, "a %s { %s }", kind,
			       row->of->example);
	else
		(void)snprintf(dst, KEYS_BYTES, "a %s %s: ...", kind,
			       row->of->rows[0].key);
}

static void describe_kind(char dst[KEYS_BYTES], const struct duet_row *row)
{
	switch (row->kind) {
	case DUET_ROW_FLAG:
		(void)snprintf(dst, KEYS_BYTES, "true or false");
		break;
	case DUET_ROW_NUMBER:
		describe_number(dst, row);
		break;
	case DUET_ROW_CHOICE:
		describe_choice(dst, row->words);
		break;
	case DUET_ROW_TEXT:
		(void)snprintf(dst, KEYS_BYTES, "text (%s)", row->words);
		break;
	case DUET_ROW_TEXTS:
		(void)snprintf(dst, KEYS_BYTES, "text or a list: [ %s, ... ]",
			       row->words);
		break;
	case DUET_ROW_MAP:
	case DUET_ROW_MAPS:
		describe_map(dst, row);
		break;
	}
}

static void describe(char dst[KEYS_BYTES], const struct duet_row *row)
{
	size_t len;

	describe_kind(dst, row);
	len = strlen(dst);
	if (row->none_key != NULL && row->kind != DUET_ROW_TEXT)
		(void)snprintf(dst + len, KEYS_BYTES - len, ", or none");
}

/* "'workers' wants ..., and this is ..." */
static void refuse(struct shape *shape, const struct duet_row *row,
		   const yaml_node_t *node)
{
	struct duet_place place = duet_node_place(node);
	char wanted[KEYS_BYTES];
	char word[WORD_BYTES];

	describe(wanted, row);
	show(word, node);
	if (is_null(node))
		duet_findings_error(shape->findings, place,
				    "'%s' wants %s, and there is nothing",
				    row->key, wanted);
	else if (node->type == YAML_SCALAR_NODE && !is_plain(node) &&
		 (row->kind == DUET_ROW_NUMBER || row->kind == DUET_ROW_FLAG))
		duet_findings_error(shape->findings, place,
				    "'%s' wants %s, and what is in quotes is text: \"%s\"",
				    row->key, wanted, word);
	else if (node->type == YAML_SCALAR_NODE)
		duet_findings_error(shape->findings, place,
				    "'%s' wants %s, and not '%s'", row->key,
				    wanted, word);
	else
		duet_findings_error(shape->findings, place,
				    "'%s' wants %s, and not %s", row->key,
				    wanted, kind_of(node));
}

static void check_number(struct shape *shape, const struct duet_row *row,
			 const yaml_node_t *node)
{
	struct duet_place place = duet_node_place(node);
	char word[WORD_BYTES];
	int64_t value;

	show(word, node);
	if (!read_integer(node, &value))
		refuse(shape, row, node);
	else if (value < row->min)
		duet_findings_error(shape->findings, place,
				    "'%s' is %s, and has to be %lld at least",
				    row->key, word, (long long)row->min);
	else if (value > row->max)
		duet_findings_error(shape->findings, place,
				    "'%s' is %s, and has to be %lld at most",
				    row->key, word, (long long)row->max);
}

static void check_flag(struct shape *shape, const struct duet_row *row,
		       const yaml_node_t *node)
{
	struct duet_bytes text = duet_node_text(node);

	if (!is_plain(node) ||
	    !(duet_bytes_eq(text, "true") || duet_bytes_eq(text, "false")))
		refuse(shape, row, node);
}

static void check_choice(struct shape *shape, const struct duet_row *row,
			 const yaml_node_t *node)
{
	int which;

	if (node->type != YAML_SCALAR_NODE ||
	    !duet_table_choice(row->words, duet_node_text(node), &which))
		refuse(shape, row, node);
}

static void check_text(struct shape *shape, const struct duet_row *row,
		       const yaml_node_t *node)
{
	struct duet_place place = duet_node_place(node);
	struct duet_bytes text = duet_node_text(node);
	bool is_list = row->kind == DUET_ROW_TEXTS;
	char word[WORD_BYTES];

	show(word, node);
	if (node->type != YAML_SCALAR_NODE || is_null(node))
		refuse(shape, row, node);
	else if (is_number(node) && duet_str_starts(row->words, "HOST:PORT"))
		duet_findings_error(shape->findings, place,
				    "'%s' wants HOST:PORT, and %s is a port alone; write \"localhost:%s\" for this machine%s%s%s",
				    row->key, word, word,
				    is_list ? ", or \":" : "",
				    is_list ? word : "",
				    is_list ? "\" for every address" : "");
	else if (is_truth(node) || is_number(node))
		duet_findings_error(shape->findings, place,
				    "'%s' wants text, and %s is a %s; put it in quotes: \"%s\"",
				    row->key, word,
				    is_truth(node) ? "truth value" : "number",
				    word);
	else if (text.len == 0)
		duet_findings_error(shape->findings, place,
				    "'%s' wants %s, and this is empty",
				    row->key, row->words);
	else if (memchr(text.data, '\0', text.len) != NULL)
		duet_findings_error(shape->findings, place,
				    "'%s': a zero byte cannot be part of it",
				    row->key);
}

static void check_list(struct shape *shape, const struct duet_row *row,
		       const yaml_node_t *node)
{
	const yaml_node_item_t *item = node->data.sequence.items.start;

	if (item == node->data.sequence.items.top)
		duet_findings_error(shape->findings, duet_node_place(node),
				    "'%s' is an empty list; %s", row->key,
				    row->is_required
					    ? "it needs at least one"
					    : "leave it out for the default");
	for (; item < node->data.sequence.items.top; item++) {
		yaml_node_t *child = duet_document_node(shape->document, *item);

		if (row->kind == DUET_ROW_TEXTS)
			check_text(shape, row, child);
		else
			check_map(shape, row->of, child);
	}
}

static void check_value(struct shape *shape, const struct duet_row *row,
			const yaml_node_t *node)
{
	if (duet_table_is_none(row, duet_node_text(node)))
		return;
	switch (row->kind) {
	case DUET_ROW_FLAG:
		check_flag(shape, row, node);
		break;
	case DUET_ROW_NUMBER:
		check_number(shape, row, node);
		break;
	case DUET_ROW_CHOICE:
		check_choice(shape, row, node);
		break;
	case DUET_ROW_TEXT:
		check_text(shape, row, node);
		break;
	case DUET_ROW_MAP:
		if (node->type == YAML_MAPPING_NODE)
			check_map(shape, row->of, node);
		else
			refuse(shape, row, node);
		break;
	case DUET_ROW_TEXTS:
	case DUET_ROW_MAPS:
		if (node->type == YAML_SEQUENCE_NODE)
			check_list(shape, row, node);
		else if (row->kind == DUET_ROW_TEXTS)
			check_text(shape, row, node);
		else
			refuse(shape, row, node);
		break;
	}
}

/* ---- keys ---- */

/* The table that has such a key, where this one has not. */
static const struct duet_table *home_of(const struct duet_table *table,
					struct duet_bytes key)
{
	size_t i;

	for (i = 0; duet_tables[i] != NULL; i++)
		if (duet_tables[i] != table &&
		    duet_table_find(duet_tables[i], key) != NULL)
			return duet_tables[i];
	return NULL;
}

/* "'a', 'b' and 'c'" */
static void list_keys(char dst[KEYS_BYTES], const struct duet_table *table)
{
	const struct duet_row *row = duet_table_next(table, NULL);
	const char *before = "";
	size_t len = 0;

	dst[0] = '\0';
	while (row != NULL && len < KEYS_BYTES) {
		len += (size_t)snprintf(dst + len, KEYS_BYTES - len, "%s'%s'",
					before, row->key);
		row = duet_table_next(table, row);
		before = row != NULL && duet_table_next(table, row) == NULL
				 ? " and "
				 : ", ";
	}
}

static void refuse_key(struct shape *shape, const struct duet_table *table,
		       const yaml_node_t *key)
{
	struct duet_place place = duet_node_place(key);
	const struct duet_table *home = home_of(table, duet_node_text(key));
	const char *remedy = duet_foreign_key(duet_node_text(key));
	struct duet_nearest nearest;
	const struct duet_row *row = NULL;
	char word[WORD_BYTES];
	char keys[KEYS_BYTES];

	show(word, key);
	if (remedy != NULL) {
		duet_findings_error(shape->findings, place,
				    "unknown key '%s' %s; %s", word,
				    table->where, remedy);
		return;
	}
	duet_nearest_init(&nearest, word);
	while ((row = duet_table_next(table, row)) != NULL)
		duet_nearest_offer(&nearest, row->key);
	if (home != NULL) {
		duet_findings_error(shape->findings, place,
				    "unknown key '%s' %s; it belongs %s", word,
				    table->where, home->within);
	} else if (nearest.best != NULL) {
		duet_findings_error(shape->findings, place,
				    "unknown key '%s' %s; did you mean '%s'?",
				    word, table->where, nearest.best);
	} else {
		list_keys(keys, table);
		duet_findings_error(shape->findings, place,
				    "unknown key '%s' %s; known are %s", word,
				    table->where, keys);
	}
}

/* The pair with that key before this one, or NULL. */
static const yaml_node_t *earlier(struct shape *shape, const yaml_node_t *map,
				  const yaml_node_pair_t *pair)
{
	struct duet_bytes key =
		duet_node_text(duet_document_node(shape->document, pair->key));
	const yaml_node_pair_t *other = map->data.mapping.pairs.start;

	for (; other < pair; other++) {
		const yaml_node_t *node =
			duet_document_node(shape->document, other->key);
		struct duet_bytes text = duet_node_text(node);

		if (text.len == key.len &&
		    memcmp(text.data, key.data, key.len) == 0)
			return node;
	}
	return NULL;
}

static void check_pair(struct shape *shape, const struct duet_table *table,
		       const yaml_node_t *map, const yaml_node_pair_t *pair)
{
	const yaml_node_t *key = duet_document_node(shape->document, pair->key);
	const struct duet_row *row;
	const yaml_node_t *first;

	if (key->type != YAML_SCALAR_NODE) {
		duet_findings_error(shape->findings, duet_node_place(key),
				    "a key is a word, and not %s",
				    kind_of(key));
		return;
	}
	row = duet_table_find(table, duet_node_text(key));
	if (row == NULL) {
		refuse_key(shape, table, key);
		return;
	}
	first = earlier(shape, map, pair);
	if (first != NULL)
		duet_findings_error(shape->findings, duet_node_place(key),
				    "'%s' is here for the second time %s; the first is in line %zu",
				    row->key, table->where,
				    duet_node_place(first).line);
	else
		check_value(shape, row,
			    duet_document_node(shape->document, pair->value));
}

static bool has(struct shape *shape, const yaml_node_t *map, const char *key)
{
	const yaml_node_pair_t *pair = map->data.mapping.pairs.start;

	for (; pair < map->data.mapping.pairs.top; pair++)
		if (duet_bytes_eq(duet_node_text(
					  duet_document_node(shape->document,
							     pair->key)),
				  key))
			return true;
	return false;
}

static void check_map(struct shape *shape, const struct duet_table *table,
		      const yaml_node_t *node)
{
	const yaml_node_pair_t *pair;
	const struct duet_row *row = NULL;
	char keys[KEYS_BYTES];

	if (node->type != YAML_MAPPING_NODE && table->example != NULL) {
		duet_findings_error(shape->findings, duet_node_place(node),
				    "%s is a mapping, { %s }, and not %s",
				    table->name, table->example, kind_of(node));
		return;
	}
	if (node->type != YAML_MAPPING_NODE) {
		list_keys(keys, table);
		duet_findings_error(shape->findings, duet_node_place(node),
				    "%s is a mapping with the keys %s, and not %s",
				    table->name, keys, kind_of(node));
		return;
	}
	for (pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++)
		check_pair(shape, table, node, pair);
	while ((row = duet_table_next(table, row)) != NULL)
		if (row->is_required && !has(shape, node, row->key))
			duet_findings_error(shape->findings,
					    duet_node_place(node),
					    "%s needs '%s': %s", table->name,
					    row->key, row->help);
}

void duet_shape_check(struct duet_document *document,
		      struct duet_findings *findings)
{
	struct shape shape = { document, findings };
	const yaml_node_t *root = duet_document_root(document);

	if (root == NULL || is_null(root))
		duet_findings_error(findings, (struct duet_place){ 1, 1 },
				    "the file is empty; it needs 'sites' at least");
	else
		check_map(&shape, &duet_table_top, root);
}
