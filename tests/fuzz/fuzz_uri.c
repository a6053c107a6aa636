/* SPDX-License-Identifier: MIT */
/* Targets of requests, and the paths that come out of them. */
#include <stdlib.h>

#include "fuzz.h"
#include "http/uri.h"

static char *copy_string(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	MUST(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

static void check_clean(const char *path, size_t most)
{
	size_t len = strlen(path); /* so there is no NUL within */
	size_t i;

	MUST(path[0] == '/');
	MUST(len <= most);
	MUST(strstr(path, "//") == NULL);
	MUST(strstr(path, "/./") == NULL);
	MUST(strstr(path, "/../") == NULL);
	MUST(len < 2 || strcmp(path + len - 2, "/.") != 0);
	MUST(len < 3 || strcmp(path + len - 3, "/..") != 0);
	for (i = 0; i < len; i++)
		MUST((unsigned char)path[i] >= ' ' && path[i] != 0x7f);
}

/* Encoded again it is another spelling of the same path. */
static void check_encoded(const char *path)
{
	struct duet_fault fault = { NULL, 0 };
	size_t len = strlen(path);
	struct duet_bytes raw;
	struct duet_buf buf;
	char *again;

	duet_buf_init(&buf, SIZE_MAX / 2);
	MUST(duet_uri_encode(&buf, duet_str(path)) == DUET_OK);
	raw = duet_buf_bytes(&buf);
	again = malloc(raw.len + 1);
	MUST(again != NULL);
	MUST(duet_uri_clean(raw, again, raw.len + 1, &fault) == DUET_OK);
	MUST(strlen(again) == len && memcmp(again, path, len) == 0);
	free(again);
	duet_buf_done(&buf);
}

static void clean(struct duet_bytes raw)
{
	struct duet_fault fault = { NULL, 0 };
	char *path = malloc(raw.len + 1);
	int rc;

	MUST(path != NULL);
	rc = duet_uri_clean(raw, path, raw.len + 1, &fault);
	MUST(rc == DUET_OK || (rc == DUET_E_HTTP && fault.status == 400));
	if (rc == DUET_OK) {
		check_clean(path, raw.len);
		check_encoded(path);
	}
	free(path);
}

static bool is_within(struct duet_bytes part, const char *text)
{
	const char *p = part.data;

	return p == NULL || (p >= text && p + part.len <= text + strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const methods[] = { "GET", "OPTIONS", "CONNECT" };
	char *target = copy_string(data, size);
	struct duet_uri uri;
	size_t i;

	clean((struct duet_bytes){ data, size });
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (!duet_uri_split(methods[i], target, &uri))
			continue;
		MUST(uri.form != DUET_TARGET_BAD);
		MUST(is_within(uri.query, target));
		MUST(is_within(uri.authority, target));
		MUST(uri.authority.len == 0 ||
		     duet_is_authority(uri.authority, NULL));
		if (uri.path.len > 0)
			clean(uri.path);
	}
	free(target);
	return 0;
}
