/* SPDX-License-Identifier: MIT */
#include "http/prepared.h"

#include <string.h>

#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/outgoing.h"

/* name ": " value CR LF */
static char *put_line(char *at, struct duet_bytes name, struct duet_bytes value)
{
	memcpy(at, name.data, name.len);
	at += name.len;
	*at++ = ':';
	*at++ = ' ';
	if (value.len > 0)
		memcpy(at, value.data, value.len);
	at += value.len;
	*at++ = '\r';
	*at++ = '\n';
	return at;
}

static char *put_lower(char *at, struct duet_bytes name)
{
	const char *p = name.data;
	size_t i;

	for (i = 0; i < name.len; i++)
		*at++ = (char)duet_to_lower((unsigned char)p[i]);
	return at;
}

/* First the lines, and values are parts of them; then the names once more. */
static void fill(struct duet_prepared *prepared, const struct duet_header *list)
{
	char *begin = (char *)&prepared->fields[prepared->n];
	struct duet_prepared_field *field = prepared->fields;
	const struct duet_header *header;
	char *at = begin;

	for (header = list; header->name != NULL; header++, field++) {
		field->name = duet_str(header->name);
		field->value = duet_trim(duet_str(header->value));
		at = put_line(at, field->name, field->value);
		field->value.data = at - 2 - field->value.len;
	}
	prepared->text = (struct duet_bytes){ begin, (size_t)(at - begin) };
	for (field = prepared->fields; field < prepared->fields + prepared->n;
	     field++) {
		char *name = at;

		at = put_lower(at, field->name);
		field->name.data = name;
	}
}

int duet_prepared_new(const struct duet_header *list,
		      struct duet_prepared **ret)
{
	struct duet_head head = { .size = sizeof(head), .headers = list };
	struct duet_outgoing out = { .bytes = 0 };
	struct duet_prepared *prepared;
	int rc = duet_outgoing_fields(&head, &out, NULL);

	if (rc != DUET_OK)
		return rc;
	if (out.upgrade || out.te || list == NULL)
		return DUET_E_ARGUMENT;
	/* Names are there twice. */
	prepared = duet_mem_alloc(sizeof(*prepared) +
				  out.n_fields * sizeof(prepared->fields[0]) +
				  2 * out.bytes);
	if (prepared == NULL)
		return DUET_E_NOMEM;
	prepared->n = out.n_fields;
	fill(prepared, list);
	*ret = prepared;
	return DUET_OK;
}

void duet_prepared_free(struct duet_prepared *prepared)
{
	duet_mem_free(prepared);
}
