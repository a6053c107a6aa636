/* SPDX-License-Identifier: MIT */
#include "daemon/makeable.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "daemon/log.h"

/* 0, or errno of opening it, as far as it can be known without doing so. */
static int look_at_file(const char *path)
{
	struct stat st;

	if (access(path, W_OK) != 0)
		return errno;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? EISDIR : 0;
}

/* Whether path, which is not there, could be made. */
static int look_around(const char *path, const char *what,
		       struct duet_error *err)
{
	const char *slash = strrchr(path, '/');
	char *dir =
		slash == NULL
			? duet_mem_strdup(".")
			: duet_mem_strndup(path, (size_t)(slash + 1 - path));
	int rc = DUET_OK;

	if (dir == NULL)
		return duet_error_nomem(err);
	if (access(dir, W_OK | X_OK) != 0)
		rc = duet_error_sys(err, DUET_E_SYSTEM, errno,
				    "'%s': cannot make %s in that directory, choose another, or make it",
				    path, what);
	duet_mem_free(dir);
	return rc;
}

int duet_makeable_log(const char *where, struct duet_error *err)
{
	int sys_errno;

	if (!duet_log_is_file(where))
		return DUET_OK;
	sys_errno = look_at_file(where);
	if (sys_errno == 0)
		return DUET_OK;
	if (sys_errno != ENOENT)
		return duet_error_sys(err, DUET_E_SYSTEM, sys_errno,
				      "'%s': cannot write the access log, choose another file",
				      where);
	return look_around(where, "the access log", err);
}

int duet_makeable_socket(const char *place, struct duet_error *err)
{
	return look_around(place + strlen("unix:"), "the socket", err);
}
