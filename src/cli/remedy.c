/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "cli/remedy.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"

static const char *remedy_of(int sys_errno)
{
	switch (sys_errno) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
	case ELOOP:
		return "check the name";
	case EISDIR:
		return "name a file in it";
	case EACCES:
	case EPERM:
		return "get the permission, or name another file";
	case EROFS:
		return "name a file elsewhere";
	case ENOSPC:
	case EDQUOT:
		return "make room, or name a file elsewhere";
	case EFBIG:
		return "raise the limit (ulimit -f), or name a file elsewhere";
	case EMFILE:
	case ENFILE:
		return "close other files and programs, or raise the limit (ulimit -n)";
	case EPIPE:
		return "let the program that reads it run on";
	case EBADF:
		return "leave it open";
	default:
		return NULL;
	}
}

void duet_remedy_add(struct duet_error *err)
{
	const char *remedy = remedy_of(err->sys);
	char words[128];

	if (remedy == NULL || strerror_r(err->sys, words, sizeof(words)) != 0 ||
	    !duet_str_ends(err->text, words))
		return;
	duet_error_append(err, "; %s", remedy);
}
