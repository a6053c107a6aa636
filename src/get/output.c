/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* flock, syncfs */
#include "get/output.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "get/interrupt.h"

enum {
	COPY_BYTES = 65536,
};

void duet_get_output_init(struct duet_get_output *output)
{
	memset(output, 0, sizeof(*output));
	output->fd = -1;
}

void duet_get_output_open_stdout(struct duet_get_output *output, bool by_name)
{
	output->kind = DUET_GET_OUTPUT_STDOUT;
	output->fd = STDOUT_FILENO;
	output->filtered = !by_name && isatty(STDOUT_FILENO) != 0;
	duet_get_terminal_init(&output->terminal);
}

static int open_in_place(struct duet_get_output *output, struct duet_error *err)
{
	output->kind = DUET_GET_OUTPUT_IN_PLACE;
	output->fd = open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (output->fd < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot write there", output->path);
	return DUET_OK;
}

static bool is_named(const char *name, const struct stat *held)
{
	struct stat named;

	return lstat(name, &named) == 0 && named.st_dev == held->st_dev &&
	       named.st_ino == held->st_ino;
}

/* DUET_OK once fd is locked and still what the name stands for; DUET_EOF if
 * another transfer has renamed or removed it meanwhile. */
static int lock_part(struct duet_get_output *output, struct duet_error *err)
{
	struct stat held;

	if (flock(output->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return duet_error_set(err, DUET_E_SYSTEM,
				      "'%s': another transfer is writing it; wait for it, or save under another name",
				      output->part);
	if (fstat(output->fd, &held) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot write there", output->part);
	output->device = held.st_dev;
	if (!is_named(output->part, &held))
		return DUET_EOF;
	if (!S_ISREG(held.st_mode) || held.st_nlink != 1)
		return duet_error_set(err, DUET_E_SYSTEM,
				      "'%s' is no plain file of one name; remove it, or save under another name",
				      output->part);
	return DUET_OK;
}

/* As secret as the file it is to become, from its first byte on; and a later
 * attempt can write to it, also where that file is for reading only. */
static mode_t mode_of_part(const struct duet_get_output *output)
{
	return output->mode != 0 ? (output->mode & 0666) | S_IWUSR : 0666;
}

static int open_and_lock(struct duet_get_output *output, struct duet_error *err)
{
	/* O_NOFOLLOW, O_NONBLOCK: in a directory of many users the name may be
	 * a trap. */
	const int flags =
		O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	mode_t mode = mode_of_part(output);
	bool made;
	int rc;

	/* O_EXCL first, to know whether the file is ours to remove. */
	output->fd = open(output->part, flags | O_EXCL, mode);
	made = output->fd >= 0;
	if (output->fd < 0 && errno == EEXIST)
		output->fd = open(output->part, flags, mode);
	if (output->fd < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot write there", output->part);
	rc = lock_part(output, err);
	output->made = made && rc == DUET_OK;
	return rc;
}

static int open_part(struct duet_get_output *output, struct duet_error *err)
{
	int rc;

	output->kind = DUET_GET_OUTPUT_FILE;
	output->part = duet_mem_printf("%s.part", output->path);
	if (output->part == NULL)
		return duet_error_nomem(err);
	while ((rc = open_and_lock(output, err)) == DUET_EOF) {
		(void)close(output->fd);
		output->fd = -1;
	}
	return rc;
}

static int refuse_link(const struct duet_get_output *output, bool follow,
		       struct duet_error *err)
{
	if (follow)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s' is a symbolic link that leads to no file; name that file with -o, or remove the link",
				      output->path);
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "'%s' is a symbolic link; to write where it leads, name it with -o",
			      output->path);
}

/* What is there already, and what may be done with it. */
static int look_at(struct duet_get_output *output, bool follow,
		   bool *ret_linked, bool *ret_in_place, struct duet_error *err)
{
	struct stat st;

	*ret_in_place = false;
	*ret_linked = false;
	if (lstat(output->path, &st) != 0)
		return DUET_OK; /* nothing, as opening it will show */
	*ret_linked = S_ISLNK(st.st_mode);
	if (*ret_linked && (!follow || stat(output->path, &st) != 0))
		return refuse_link(output, follow, err);
	if (S_ISDIR(st.st_mode))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s' is a directory; name a file in it, with -o '%s%sNAME'",
				      output->path, output->path,
				      duet_str_ends(output->path, "/") ? ""
								       : "/");
	*ret_in_place = !S_ISREG(st.st_mode);
	output->mode = st.st_mode & 0777;
	return DUET_OK;
}

/* Beside the file that a link leads to is where its .part belongs. */
static int follow_link(struct duet_get_output *output, struct duet_error *err)
{
	char *real;
	char *copy;

	real = realpath(output->path, NULL);
	if (real == NULL)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot follow this link",
				      output->path);
	copy = duet_mem_strdup(real);
	free(real);
	if (copy == NULL)
		return duet_error_nomem(err);
	duet_mem_free(output->path);
	output->path = copy;
	return DUET_OK;
}

int duet_get_output_open_file(struct duet_get_output *output, const char *path,
			      bool follow, struct duet_error *err)
{
	bool in_place = false;
	bool linked = false;
	int rc;

	if (path[0] == '\0')
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "-o '': that is no name of a file");
	output->path = duet_mem_strdup(path);
	if (output->path == NULL)
		return duet_error_nomem(err);
	rc = look_at(output, follow, &linked, &in_place, err);
	if (rc != DUET_OK)
		return rc;
	if (in_place)
		return open_in_place(output, err);
	if (linked)
		rc = follow_link(output, err);
	return rc == DUET_OK ? open_part(output, err) : rc;
}

/* What an earlier attempt has left is overwritten from here on. */
static int empty_part(struct duet_get_output *output, struct duet_error *err)
{
	if (output->mode != 0 && fchmod(output->fd, mode_of_part(output)) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot change its mode",
				      output->part);
	if (ftruncate(output->fd, 0) != 0 || lseek(output->fd, 0, SEEK_SET) < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot empty it", output->part);
	return DUET_OK;
}

int duet_get_output_begin(struct duet_get_output *output,
			  struct duet_error *err)
{
	int rc = DUET_OK;

	if (output->kind == DUET_GET_OUTPUT_FILE &&
	    (!output->made || output->begun))
		rc = empty_part(output, err);
	if (output->begun)
		output->bytes = 0;
	output->in_body = false;
	output->begun = rc == DUET_OK;
	return rc;
}

static const char *name_of(const struct duet_get_output *output)
{
	if (output->kind == DUET_GET_OUTPUT_STDOUT)
		return "standard output";
	return output->part != NULL ? output->part : output->path;
}

static int write_all(const struct duet_get_output *output, const void *data,
		     size_t len, struct duet_error *err)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n;

		/* A write that a signal ends may have moved some first, and
		 * the next one would wait again. */
		if (duet_get_interrupt_seen() != 0)
			return duet_error_set(err, DUET_E_GONE,
					      "'%s': interrupted",
					      name_of(output));
		n = write(output->fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return duet_error_sys(err, DUET_E_SYSTEM, errno,
					      "'%s': cannot write to it",
					      name_of(output));
		p += n;
		len -= (size_t)n;
	}
	return DUET_OK;
}

/* In pieces, for what is shown may be longer than what came. */
static int write_filtered(struct duet_get_output *output, const uint8_t *p,
			  size_t len, struct duet_error *err)
{
	char shown[1024];
	int rc = DUET_OK;

	while (len > 0 && rc == DUET_OK) {
		size_t taken;
		size_t n =
			duet_get_terminal_show(&output->terminal, shown,
					       sizeof(shown), p, len, &taken);

		p += taken;
		len -= taken;
		rc = write_all(output, shown, n, err);
	}
	return rc;
}

static int put(struct duet_get_output *output, const void *data, size_t len,
	       struct duet_error *err)
{
	int rc = DUET_OK;

	if (output->kind == DUET_GET_OUTPUT_NONE)
		return DUET_OK;
	if (output->filtered)
		rc = write_filtered(output, data, len, err);
	else
		rc = write_all(output, data, len, err);
	if (rc == DUET_OK)
		output->bytes += len;
	return rc;
}

int duet_get_output_write_head(struct duet_get_output *output,
			       const struct duet_buffer *head,
			       struct duet_error *err)
{
	return put(output, head->data, head->len, err);
}

int duet_get_output_write(struct duet_get_output *output, const void *data,
			  size_t len, struct duet_error *err)
{
	bool is_first = !output->in_body;

	if (len == 0)
		return DUET_OK; /* the first bytes are still to come */
	output->in_body = true;
	if (is_first && output->filtered &&
	    duet_get_terminal_is_binary(data, len))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "the body is binary and would upset the terminal; save it with -o FILE, or insist with -o -");
	return put(output, data, len, err);
}

/* What is in NAME, which stays as it is. */
static int copy_name(struct duet_get_output *output, struct duet_error *err)
{
	char *piece = duet_mem_alloc(COPY_BYTES);
	int fd = open(output->path, O_RDONLY | O_CLOEXEC);
	int rc = DUET_OK;
	ssize_t n = -1;

	if (piece == NULL)
		rc = duet_error_nomem(err);
	while (rc == DUET_OK && fd >= 0 &&
	       (n = read(fd, piece, COPY_BYTES)) > 0)
		rc = write_all(output, piece, (size_t)n, err);
	if (rc == DUET_OK && n < 0)
		rc = duet_error_sys(err, DUET_E_SYSTEM, errno,
				    "'%s': cannot read it", output->path);
	if (fd >= 0)
		(void)close(fd);
	duet_mem_free(piece);
	return rc;
}

int duet_get_output_go_on(struct duet_get_output *output, bool copied,
			  struct duet_error *err)
{
	int rc = copied ? copy_name(output, err) : DUET_OK;

	output->begun = output->begun || rc == DUET_OK;
	output->scattered = true;
	return rc;
}

int duet_get_output_write_at(struct duet_get_output *output, const void *data,
			     size_t len, uint64_t at, struct duet_error *err)
{
	if (lseek(output->fd, (off_t)at, SEEK_SET) < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot write to it",
				      name_of(output));
	output->scattered = true;
	return put(output, data, len, err);
}

int duet_get_output_trim(struct duet_get_output *output, uint64_t size,
			 struct duet_error *err)
{
	if (output->kind == DUET_GET_OUTPUT_FILE &&
	    ftruncate(output->fd, (off_t)size) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot cut it to its length",
				      output->part);
	return DUET_OK;
}

/* Of the path before its last part, "" for none. */
static size_t directory_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* Where a directory cannot be synced it is left to chance. */
void duet_get_output_sync_name(const struct duet_get_output *output,
			       const struct duet_get_output *before)
{
	size_t len = directory_len(output->path);
	char *dir;
	int fd;

	if (before != NULL && directory_len(before->path) == len &&
	    memcmp(before->path, output->path, len) == 0)
		return;
	dir = len > 0 ? duet_mem_strndup(output->path, len)
		      : duet_mem_strdup(".");
	fd = dir != NULL ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	duet_mem_free(dir);
}

static bool is_synced_with(const struct duet_get_output *output,
			   struct duet_get_output *const *others, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (others[i]->synced && others[i]->device == output->device)
			return true;
	return false;
}

/* Where it fails each is synced by itself, and tells what is wrong. */
void duet_get_output_sync_all(struct duet_get_output *const *outputs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		outputs[i]->synced = is_synced_with(outputs[i], outputs, i) ||
				     syncfs(outputs[i]->fd) == 0;
}

static int sync_part(const struct duet_get_output *output)
{
	if (output->mode != 0 && fchmod(output->fd, output->mode) != 0)
		return -1;
	return output->mode == 0 && output->synced ? 0 : fsync(output->fd);
}

bool duet_get_output_has_part(const struct duet_get_output *output)
{
	struct stat held;

	return output->part != NULL && fstat(output->fd, &held) == 0 &&
	       is_named(output->part, &held);
}

int duet_get_output_finish(struct duet_get_output *output,
			   struct duet_error *err)
{
	if (output->kind != DUET_GET_OUTPUT_FILE)
		return DUET_OK;
	if (sync_part(output) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot write to it", output->part);
	if (!duet_get_output_has_part(output))
		return duet_error_set(err, DUET_E_SYSTEM,
				      "'%s' has been removed or replaced while it was written: fetch it again",
				      output->part);
	if (rename(output->part, output->path) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot rename '%s' to it",
				      output->path, output->part);
	duet_mem_free(output->part);
	output->part = NULL;
	return DUET_OK;
}

void duet_get_output_keep(struct duet_get_output *output)
{
	output->made = false;
}

void duet_get_output_drop(struct duet_get_output *output)
{
	if (output->kind == DUET_GET_OUTPUT_FILE && output->made &&
	    duet_get_output_has_part(output))
		(void)unlink(output->part);
	output->made = false;
}

void duet_get_output_forget(struct duet_get_output *output)
{
	if (output->kind != DUET_GET_OUTPUT_FILE)
		return;
	duet_get_output_drop(output);
	output->kind = DUET_GET_OUTPUT_NONE;
}

void duet_get_output_done(struct duet_get_output *output)
{
	if (output->fd >= 0 && output->kind != DUET_GET_OUTPUT_STDOUT)
		(void)close(output->fd);
	duet_mem_free(output->path);
	duet_mem_free(output->part);
	duet_get_output_init(output);
}
