/* SPDX-License-Identifier: MIT */
#include "base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "base/error.h"

/* One for all: they are opened once each. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

static int fail(const struct duet_library *library, struct duet_error *err)
{
	const char *reason = dlerror();

	return duet_error_set(err, DUET_E_UNSUPPORTED,
			      "%s, which knows %s, cannot be used (%s): install it",
			      library->soname, library->purpose,
			      reason != NULL ? reason : "no reason given");
}

static int load(struct duet_library *library, struct duet_error *err)
{
	char *to = library->functions;
	void *handle = dlopen(library->soname, RTLD_LAZY | RTLD_LOCAL);
	size_t i;
	int rc;

	if (handle == NULL)
		return fail(library, err);
	for (i = 0; i < library->n; i++) {
		void *function = dlsym(handle, library->names[i]);

		if (function == NULL) {
			rc = fail(library, err);
			(void)dlclose(handle);
			return rc;
		}
		/* C does not know how one becomes the other; POSIX does. */
		memcpy(to + i * sizeof(function), &function, sizeof(function));
	}
	return DUET_OK;
}

int duet_library_open(struct duet_library *library, struct duet_error *err)
{
	int rc = DUET_OK;

	if (atomic_load_explicit(&library->is_open, memory_order_acquire))
		return DUET_OK;
	(void)pthread_mutex_lock(&opening);
	if (!atomic_load_explicit(&library->is_open, memory_order_relaxed))
		rc = load(library, err);
	if (rc == DUET_OK)
		atomic_store_explicit(&library->is_open, true,
				      memory_order_release);
	(void)pthread_mutex_unlock(&opening);
	return rc;
}
