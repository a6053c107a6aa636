/* SPDX-License-Identifier: MIT */
#include "daemon/words.h"

#include <string.h>

#include "base/error.h"

static const struct {
	const char *ours;
	const char *plain;
} words[] = {
	{ " (limit handshake_ms)", "" },
	{ " (limit head_ms)", "" },
	{ " (limit idle_ms)", "" },
	{ " (limit stall_ms)", "" },
	{ " (limit body_ms, body_rate)", "" },
	{ " (limit send_ms)", "" },
	{ " (limit linger_ms)", "" },
	{ " than line_bytes", " than the limit" },
	{ " than head_bytes", " than the limit" },
	{ " than headers", " than the limit" },
	{ " or lower max_connections", "" },
};

/* Which of them text begins with; their number when it is none. */
static size_t find(const char *text)
{
	size_t n = sizeof(words) / sizeof(words[0]);
	size_t i;

	for (i = 0; i < n; i++)
		if (strncmp(text, words[i].ours, strlen(words[i].ours)) == 0)
			break;
	return i;
}

void duet_words_plain(char *dst, size_t cap, const char *text)
{
	size_t used = 0;

	while (*text != '\0' && used + 1 < cap) {
		size_t i = *text == ' ' ? find(text)
					: sizeof(words) / sizeof(words[0]);
		size_t len;

		if (i == sizeof(words) / sizeof(words[0])) {
			dst[used++] = *text++;
			continue;
		}
		len = strlen(words[i].plain);
		if (len > cap - 1 - used)
			len = cap - 1 - used;
		memcpy(dst + used, words[i].plain, len);
		used += len;
		text += strlen(words[i].ours);
	}
	dst[used] = '\0';
}

void duet_words_add_expansion(struct duet_error *err)
{
	if (strstr(err->text, "~/") != NULL || strchr(err->text, '$') != NULL)
		duet_error_append(err,
				  "; neither '~' nor '$' is expanded here: write the whole path");
}
