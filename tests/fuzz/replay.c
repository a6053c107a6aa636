/* SPDX-License-Identifier: MIT */
/*
 * replay DIRECTORY... - run a fuzz target over every file there, so that what
 * once was found is looked for in every test run, with any compiler.
 */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <stdlib.h>

#include "fuzz.h"

static void replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	long size;

	MUST(file != NULL);
	MUST(fseek(file, 0, SEEK_END) == 0);
	size = ftell(file);
	MUST(size >= 0);
	rewind(file);
	/* exactly as long as the input, for the sanitizer's sake */
	data = malloc((size_t)size > 0 ? (size_t)size : 1);
	MUST(data != NULL);
	MUST(fread(data, 1, (size_t)size, file) == (size_t)size);
	(void)fclose(file);
	MUST(LLVMFuzzerTestOneInput(data, (size_t)size) == 0);
	free(data);
}

static int replay_entry(const char *directory, const char *name)
{
	char path[4096];
	int len;

	if (name[0] == '.')
		return 0;
	len = snprintf(path, sizeof(path), "%s/%s", directory, name);
	MUST(len > 0 && (size_t)len < sizeof(path));
	replay_file(path);
	return 1;
}

static int replay_directory(const char *name)
{
	struct dirent **entries = NULL;
	int found = scandir(name, &entries, NULL, alphasort);
	int count = 0;
	int i;

	if (found < 0)
		perror(name);
	for (i = 0; i < found; i++) {
		count += replay_entry(name, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return count;
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		int count = replay_directory(argv[i]);

		printf("%s: %d inputs\n", argv[i], count);
		if (count == 0)
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
