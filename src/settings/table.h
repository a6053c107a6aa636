/* SPDX-License-Identifier: MIT */
/*
 * settings/table.h - every key of duet.yaml, once: what reads the file, what
 * refuses it and what describes it to editors (the JSON Schema) and to people
 * (duet.yaml(5), by a test) all go by these rows.
 */
#ifndef DUET_SETTINGS_TABLE_H
#define DUET_SETTINGS_TABLE_H

#include <duet/error.h>

enum duet_row_kind {
	DUET_ROW_FLAG,   /* bool: true or false; .by_pointer: bool * */
	DUET_ROW_NUMBER, /* an integer of .size bytes between min and max */
	DUET_ROW_CHOICE, /* int *: which of "a|b|c" of .words, from 0 */
	DUET_ROW_TEXT,   /* char * */
	DUET_ROW_TEXTS,  /* char **, uint32_t: a text, or a list of some */
	DUET_ROW_MAP,    /* struct *: a mapping of .of */
	DUET_ROW_MAPS,   /* struct *, uint32_t: at least one of .of */
};

struct duet_table;

struct duet_row {
	const char *key;
	enum duet_row_kind kind;
	size_t offset;
	size_t count_offset; /* TEXTS, MAPS */
	size_t size;         /* NUMBER */
	bool by_pointer; /* NUMBER, FLAG: NULL when it is not said, else 0 */
	bool is_required;
	int64_t min, max;
	const char *words; /* CHOICE: all of them; TEXT, TEXTS: "FILE" */
	const struct duet_table *of;
	/* "none" instead of such a value makes the bool at none_offset true,
	 * which libcyaml has by none_key; NULL: it may not be. */
	const char *none_key;
	size_t none_offset;
	const char *unit;     /* "seconds"; NULL: none */
	const char *fallback; /* when it is not said; NULL: nothing */
	const char *help;     /* one sentence without its full stop */
};

struct duet_table {
	const char *name;   /* "a site" */
	const char *where;  /* "in a site" */
	const char *within; /* "under 'sites'": where such a thing goes */
	size_t size;        /* of its struct */
	const struct duet_row *rows; /* ended by one without a key */
	/* Its rows are rows of this one too, after its own; the struct begins
	 * with that of the other. NULL: none. */
	const struct duet_table *also;
	const char *example; /* of what is between its braces, or NULL */
};

/* The file as a whole. */
extern const struct duet_table duet_table_top;
/* All of them, ended by NULL. */
extern const struct duet_table *const duet_tables[];

/* The first row, for NULL, and the one after row; NULL: no more. */
const struct duet_row *duet_table_next(const struct duet_table *table,
				       const struct duet_row *row);
/* NULL: there is none. */
const struct duet_row *duet_table_find(const struct duet_table *table,
				       struct duet_bytes key);
/* Whether a scalar says that there be none of that row. */
bool duet_table_is_none(const struct duet_row *row, struct duet_bytes word);
/* Whether word is one of "a|b|c", and which. */
bool duet_table_choice(const char *words, struct duet_bytes word, int *ret);

#endif
