/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "explain/probe_int.h"

enum {
	FILE_MAX = 1 << 20,
	FILES_MAX = 1000, /* of a directory that are looked at */
};

static bool holds(const char *path, const char *sha256)
{
	struct duet_buffer content = { NULL, 0 };
	struct duet_explain_chain chain;
	bool found = false;
	size_t i;

	if (duet_file_read(path, FILE_MAX, &content, NULL) != DUET_OK)
		return false;
	if (duet_explain_chain_read(&chain, (struct duet_bytes){ content.data,
								 content.len }))
		for (i = 0; i < chain.n; i++)
			found |= strcmp(chain.certs[i].sha256, sha256) == 0;
	duet_buffer_free(&content);
	return found;
}

static bool find_in(char *dst, size_t cap, const char *sha256, const char *name)
{
	DIR *dir = opendir(name);
	const struct dirent *entry;
	bool found = false;
	int n = 0;

	if (dir == NULL)
		return false;
	while (!found && n++ < FILES_MAX && (entry = readdir(dir)) != NULL) {
		if (!duet_str_ends(entry->d_name, ".crt") &&
		    !duet_str_ends(entry->d_name, ".pem"))
			continue;
		(void)snprintf(dst, cap, "%s/%s", name, entry->d_name);
		found = holds(dst, sha256);
	}
	(void)closedir(dir);
	return found;
}

void duet_explain_local_anchor(char *dst, size_t cap, const char *sha256,
			       const char *const *dirs)
{
	for (; *dirs != NULL; dirs++)
		if (find_in(dst, cap, sha256, *dirs))
			return;
	dst[0] = '\0';
}
