/* SPDX-License-Identifier: MIT */
#include "client/headers.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static void free_field(struct duet_header *field)
{
	char *value = (char *)field->value;

	duet_mem_free((char *)field->name);
	if (value != NULL)
		duet_mem_free_secret(value, strlen(value));
	field->name = NULL;
	field->value = NULL;
}

void duet_headers_done(struct duet_headers *headers)
{
	size_t i;

	for (i = 0; i < headers->n; i++)
		free_field(&headers->list[i]);
	duet_mem_free(headers->list);
	memset(headers, 0, sizeof(*headers));
}

static int grow(struct duet_headers *headers)
{
	size_t cap = headers->cap == 0 ? 8 : headers->cap * 2;
	struct duet_header *list;

	if (headers->n + 1 < headers->cap)
		return DUET_OK;
	list = duet_mem_resize(headers->list, cap * sizeof(*list));
	if (list == NULL)
		return DUET_E_NOMEM;
	headers->list = list;
	headers->cap = cap;
	return DUET_OK;
}

int duet_headers_add(struct duet_headers *headers, const char *name,
		     const char *value)
{
	struct duet_header field = { NULL, NULL };

	if (grow(headers) < 0)
		return DUET_E_NOMEM;
	field.name = duet_mem_strdup(name);
	field.value = duet_mem_strdup(value);
	if (field.name == NULL || field.value == NULL) {
		free_field(&field);
		headers->list[headers->n] = field;
		return DUET_E_NOMEM;
	}
	headers->list[headers->n++] = field;
	headers->list[headers->n] = (struct duet_header){ NULL, NULL };
	return DUET_OK;
}

int duet_headers_add_all(struct duet_headers *headers,
			 const struct duet_header *list)
{
	int rc = DUET_OK;

	for (; list != NULL && list->name != NULL && rc == DUET_OK; list++)
		rc = duet_headers_add(headers, list->name,
				      list->value != NULL ? list->value : "");
	return rc;
}

const char *duet_headers_get(const struct duet_headers *headers,
			     const char *name)
{
	size_t i;

	for (i = 0; i < headers->n; i++)
		if (duet_str_eq_nocase(headers->list[i].name, name))
			return headers->list[i].value;
	return NULL;
}

void duet_headers_remove(struct duet_headers *headers, const char *name)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < headers->n; i++) {
		if (duet_str_eq_nocase(headers->list[i].name, name))
			free_field(&headers->list[i]);
		else
			headers->list[kept++] = headers->list[i];
	}
	headers->n = kept;
	if (headers->list != NULL)
		headers->list[kept] = (struct duet_header){ NULL, NULL };
}

int duet_kept_head_copy(struct duet_kept_head *ret,
			const struct duet_head *head)
{
	struct duet_kept_head kept = { .head = *head };
	int rc;

	rc = duet_headers_add_all(&kept.headers, head->headers);
	if (rc == DUET_OK && head->reason != NULL) {
		kept.reason = duet_mem_strdup(head->reason);
		if (kept.reason == NULL)
			rc = DUET_E_NOMEM;
	}
	if (rc < 0) {
		duet_kept_head_done(&kept);
		return rc;
	}
	kept.head.headers = kept.headers.list;
	kept.head.reason = kept.reason;
	kept.head.method = NULL;
	kept.head.target = NULL;
	*ret = kept;
	return DUET_OK;
}

void duet_kept_head_done(struct duet_kept_head *kept)
{
	duet_headers_done(&kept->headers);
	duet_mem_free(kept->reason);
	memset(kept, 0, sizeof(*kept));
}
