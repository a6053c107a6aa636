/* SPDX-License-Identifier: MIT */
#include "cert/ossl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/error.h"
#include "base/mem.h"

enum {
	QUEUE_MAX = 16, /* ERR_NUM_ERRORS: the queue is a ring of that size */
};

struct duet_ossl_entry {
	unsigned long code;
	int line;
	char *file;
	char *function;
	char *data;
};

void duet_ossl_leave_memory(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

void duet_ossl_queue_save(struct duet_ossl_queue *queue)
{
	struct duet_ossl_entry *entry;
	const char *file, *function, *data;
	unsigned long code;
	int line, flags;

	queue->entries = NULL;
	queue->n = 0;
	if (ERR_peek_error() == 0)
		return;
	queue->entries = duet_mem_array(QUEUE_MAX, sizeof(*queue->entries));
	while ((code = ERR_get_error_all(&file, &line, &function, &data,
					 &flags)) != 0) {
		if (queue->entries == NULL || queue->n == QUEUE_MAX)
			continue;
		entry = &queue->entries[queue->n++];
		entry->code = code;
		entry->line = line;
		entry->file = duet_mem_strdup(file);
		entry->function = duet_mem_strdup(function);
		if ((flags & ERR_TXT_STRING) != 0)
			entry->data = duet_mem_strdup(data);
	}
}

static void put_back(const struct duet_ossl_entry *entry)
{
	ERR_new();
	ERR_set_debug(entry->file, entry->line, entry->function);
	if (entry->data != NULL && entry->data[0] != '\0')
		ERR_set_error(ERR_GET_LIB(entry->code),
			      ERR_GET_REASON(entry->code), "%s", entry->data);
	else
		ERR_set_error(ERR_GET_LIB(entry->code),
			      ERR_GET_REASON(entry->code), NULL);
}

void duet_ossl_queue_clear(void)
{
	if (ERR_peek_error() != 0)
		ERR_clear_error();
}

void duet_ossl_queue_restore(struct duet_ossl_queue *queue)
{
	struct duet_ossl_entry *entry;
	size_t i;

	duet_ossl_queue_clear();
	for (i = 0; i < queue->n; i++) {
		entry = &queue->entries[i];
		put_back(entry);
		duet_mem_free(entry->file);
		duet_mem_free(entry->function);
		duet_mem_free(entry->data);
	}
	duet_mem_free(queue->entries);
	queue->entries = NULL;
	queue->n = 0;
}

static bool is_such(unsigned long code, int lib, int reason)
{
	return (lib == 0 || ERR_GET_LIB(code) == lib) &&
	       ERR_GET_REASON(code) == reason;
}

bool duet_ossl_has(int lib, int reason)
{
	struct duet_ossl_queue queue;
	bool found = false;
	size_t i;

	/* OpenSSL 3.0 shows only the ends of its queue. */
	duet_ossl_queue_save(&queue);
	for (i = 0; i < queue.n && !found; i++)
		found = is_such(queue.entries[i].code, lib, reason);
	duet_ossl_queue_restore(&queue);
	return found;
}

static void note(struct duet_error *err, unsigned long code)
{
	const char *reason = ERR_reason_error_string(code);

	err->ossl = code;
	(void)snprintf(err->reason, sizeof(err->reason), "%s",
		       reason != NULL ? reason : "");
}

int duet_ossl_error_set(struct duet_error *err, int code, const char *fmt, ...)
{
	unsigned long first = ERR_get_error();
	unsigned long each;
	char text[512];
	va_list args;

	for (each = first; each != 0; each = ERR_get_error())
		if (ERR_GET_REASON(each) == ERR_R_MALLOC_FAILURE)
			code = DUET_E_NOMEM;
	if (err == NULL)
		return code;
	if (code == DUET_E_NOMEM) {
		(void)duet_error_nomem(err);
	} else {
		va_start(args, fmt);
		(void)vsnprintf(text, sizeof(text), fmt, args);
		va_end(args);
		(void)duet_error_set(err, code, "%s", text);
	}
	note(err, first);
	return code;
}

void duet_ossl_error_note(struct duet_error *err)
{
	unsigned long first = ERR_peek_error();

	if (first != 0)
		note(err, first);
}
