/* SPDX-License-Identifier: MIT */
#include "get/event.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/json.h"

static json_t *number(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static json_t *members_of(const struct duet_get_event *event)
{
	const struct duet_get_progress *progress = event->progress;
	const json_int_t bytes = (json_int_t)progress->bytes;

	switch (event->kind) {
	case DUET_GET_EVENT_BEGIN:
		return json_pack("{s:s, s:o}", "event", "begin", "name",
				 duet_json_text(progress->name));
	case DUET_GET_EVENT_PROGRESS:
		return json_pack("{s:s, s:I, s:o, s:I}", "event", "progress",
				 "bytes", bytes, "total",
				 number(progress->total), "rate",
				 (json_int_t)progress->rate);
	case DUET_GET_EVENT_END:
		break;
	}
	return json_pack("{s:s, s:I, s:i, s:o}", "event", "end", "bytes", bytes,
			 "exit", event->exit, "words",
			 duet_json_text(event->words));
}

char *duet_get_event_text(const struct duet_get_event *event)
{
	json_t *object = members_of(event);
	json_t *whole = json_pack("{s:I, s:o}", "at", (json_int_t)event->at,
				  "url", duet_json_text(event->url));
	char *text = NULL;
	size_t len;
	char *line;

	if (object != NULL && whole != NULL &&
	    json_object_update(object, whole) == 0)
		text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	json_decref(whole);
	if (text == NULL)
		return NULL;
	len = strlen(text);
	line = realloc(text, len + 2);
	if (line == NULL) {
		free(text);
		return NULL;
	}
	memcpy(line + len, "\n", 2);
	return line;
}
