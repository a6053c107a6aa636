/* SPDX-License-Identifier: MIT */
#include "http/field.h"

#include <string.h>

#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	FIRST_LINES = 16,
};

/* Past the quoted string that begins at p, or at the NUL within it. */
static const char *skip_quoted(const char *p)
{
	for (p++; *p != '\0' && *p != '"'; p++)
		if (*p == '\\' && p[1] != '\0')
			p++;
	return *p == '"' ? p + 1 : p;
}

bool duet_list_next(const char **cursor, struct duet_bytes *ret_member)
{
	const char *begin = *cursor;
	const char *p = begin;

	if (begin == NULL)
		return false;
	while (*p != '\0' && *p != ',')
		p = *p == '"' ? skip_quoted(p) : p + 1;
	*ret_member =
		duet_trim((struct duet_bytes){ begin, (size_t)(p - begin) });
	*cursor = *p == ',' ? p + 1 : NULL;
	return true;
}

bool duet_list_has(const char *value, const char *token)
{
	struct duet_bytes member;

	while (duet_list_next(&value, &member))
		if (duet_bytes_eq_nocase(member, token))
			return true;
	return false;
}

int duet_weight(struct duet_bytes text)
{
	const char *p = text.data;
	int digit = 100;
	int weight;
	size_t i;

	if (text.len == 0 || text.len > 5 || (p[0] != '0' && p[0] != '1') ||
	    (text.len > 1 && p[1] != '.'))
		return 0;
	weight = p[0] == '1' ? 1000 : 0;
	for (i = 2; i < text.len; i++) {
		if (!duet_is_digit((unsigned char)p[i]))
			return 0;
		weight += (p[i] - '0') * digit;
		digit /= 10;
	}
	return weight <= 1000 ? weight : 0;
}

static bool put_byte(char *dst, size_t cap, size_t *len, char c)
{
	if (*len + 1 >= cap)
		return false;
	dst[(*len)++] = c;
	return true;
}

bool duet_unquote(struct duet_bytes text, char *dst, size_t cap)
{
	const char *p = text.data;
	size_t len = 0;
	size_t i;

	if (text.len == 0 || (*p != '"' && !duet_is_token(text)))
		return false;
	if (*p != '"') {
		if (text.len >= cap)
			return false;
		memcpy(dst, p, text.len);
		dst[text.len] = '\0';
		return true;
	}
	for (i = 1; i < text.len && p[i] != '"'; i++) {
		if (p[i] == '\\' && ++i == text.len)
			return false;
		if (!duet_is_field_byte((unsigned char)p[i]) ||
		    !put_byte(dst, cap, &len, p[i]))
			return false;
	}
	if (i + 1 != text.len)
		return false;
	dst[len] = '\0';
	return true;
}

static int grow(struct duet_fields *fields)
{
	size_t cap = fields->cap > 0 ? fields->cap * 2 : FIRST_LINES;
	struct duet_header *list;

	list = duet_mem_resize(fields->list, cap * sizeof(*list));
	if (list == NULL)
		return DUET_E_NOMEM;
	fields->list = list;
	fields->cap = cap;
	return DUET_OK;
}

int duet_fields_add(struct duet_fields *fields, const char *name,
		    const char *value)
{
	/* one more for the end of the list */
	if (fields->count + 1 >= fields->cap && grow(fields) != DUET_OK)
		return DUET_E_NOMEM;
	fields->list[fields->count].name = name;
	fields->list[fields->count].value = value;
	fields->count++;
	fields->list[fields->count].name = NULL;
	fields->list[fields->count].value = NULL;
	return DUET_OK;
}

void duet_fields_reset(struct duet_fields *fields)
{
	fields->count = 0;
	if (fields->list != NULL)
		fields->list[0].name = NULL;
}

void duet_fields_done(struct duet_fields *fields)
{
	duet_mem_free(fields->list);
	memset(fields, 0, sizeof(*fields));
}

const char *duet_head_get(const struct duet_head *head, const char *name)
{
	const struct duet_header *field;

	for (field = head->headers; field != NULL && field->name != NULL;
	     field++)
		if (duet_str_eq_nocase(field->name, name))
			return field->value;
	return NULL;
}
