/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* struct stat.st_mtim, O_CLOEXEC */
#include "get/body.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

struct duet_get_piece {
	char *bytes;    /* NULL: a file */
	char *path;     /* of that; "-" is standard input */
	int64_t len;    /* of either; DUET_LENGTH_UNKNOWN: to its end */
	int64_t begin;  /* of standard input: where it stood */
	int fd;         /* of what can be read once; -1 */
	struct stat st; /* of a regular file */
};

enum {
	SHOWN_BYTES = 200,
};

static struct duet_get_piece *new_piece(struct duet_get_body *body)
{
	size_t cap = body->cap == 0 ? 4 : body->cap * 2;
	struct duet_get_piece *pieces;

	if (body->n == body->cap) {
		pieces = duet_mem_resize(body->pieces, cap * sizeof(*pieces));
		if (pieces == NULL)
			return NULL;
		body->pieces = pieces;
		body->cap = cap;
	}
	pieces = &body->pieces[body->n];
	*pieces = (struct duet_get_piece){ .fd = -1 };
	return pieces;
}

int duet_get_body_add(struct duet_get_body *body, const void *data, size_t len)
{
	struct duet_get_piece *piece = new_piece(body);

	if (piece == NULL)
		return DUET_E_NOMEM;
	piece->bytes = duet_mem_alloc(len);
	if (piece->bytes == NULL)
		return DUET_E_NOMEM;
	if (len > 0)
		memcpy(piece->bytes, data, len);
	piece->len = (int64_t)len;
	body->n++;
	return DUET_OK;
}

int duet_get_body_add_str(struct duet_get_body *body, const char *text)
{
	return duet_get_body_add(body, text, strlen(text));
}

static bool is_stdin(const struct duet_get_piece *piece)
{
	return strcmp(piece->path, "-") == 0;
}

/* "'name'" for a sentence. */
static const char *shown(char dst[SHOWN_BYTES + 2],
			 const struct duet_get_piece *piece)
{
	size_t len;

	if (is_stdin(piece))
		return "standard input";
	dst[0] = '\'';
	duet_str_printable(dst + 1, SHOWN_BYTES, duet_str(piece->path));
	len = strlen(dst);
	dst[len] = '\'';
	dst[len + 1] = '\0';
	return dst;
}

/*
 * Without O_NONBLOCK a fifo that nobody writes to yet would be waited for here.
 * A regular file does not know the difference.
 */
static int open_file(const struct duet_get_piece *piece, int *ret_fd,
		     struct stat *ret_st, struct duet_error *err)
{
	char name[SHOWN_BYTES + 2];
	int fd = is_stdin(piece)
			 ? STDIN_FILENO
			 : open(piece->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && fstat(fd, ret_st) == 0 && !S_ISDIR(ret_st->st_mode)) {
		*ret_fd = fd;
		return DUET_OK;
	}
	if (fd < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "%s: cannot open", shown(name, piece));
	if (fd != STDIN_FILENO)
		(void)close(fd);
	return duet_error_sys(err, DUET_E_SYSTEM, EISDIR, "%s: cannot send",
			      shown(name, piece));
}

int duet_get_body_add_stream(struct duet_get_body *body, const char *path,
			     struct duet_error *err)
{
	struct duet_get_piece *piece = new_piece(body);
	int fd = -1;
	int rc;

	if (piece != NULL)
		piece->path = duet_mem_strdup(path);
	if (piece == NULL || piece->path == NULL)
		return duet_error_nomem(err);
	rc = open_file(piece, &fd, &piece->st, err);
	if (rc != DUET_OK) {
		duet_mem_free(piece->path);
		return rc;
	}
	body->n++;
	piece->len = DUET_LENGTH_UNKNOWN;
	if (!S_ISREG(piece->st.st_mode)) {
		piece->fd = fd;
		body->once = true;
		return DUET_OK;
	}
	piece->begin = is_stdin(piece) ? lseek(fd, 0, SEEK_CUR) : 0;
	piece->len = piece->st.st_size - piece->begin;
	if (piece->len < 0)
		piece->len = 0;
	if (fd != STDIN_FILENO)
		(void)close(fd);
	return DUET_OK;
}

static bool is_regular(const char *path)
{
	struct stat st;
	int rc = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &st)
					: stat(path, &st);

	/* Of what cannot be looked at the stream says why. */
	return rc != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode);
}

int duet_get_body_add_file(struct duet_get_body *body, const char *path,
			   struct duet_error *err)
{
	struct duet_buffer held = { NULL, 0 };
	int rc;

	if (is_regular(path))
		return duet_get_body_add_stream(body, path, err);
	rc = duet_file_read_or_stdin(path, DUET_GET_HELD_MAX, &held, err);
	if (rc == DUET_E_LIMIT)
		duet_error_append(err, ": send it as it comes, with -T");
	if (rc != DUET_OK)
		return rc;
	rc = duet_get_body_add(body, held.data, held.len);
	duet_buffer_free(&held);
	return rc == DUET_OK ? rc : duet_error_nomem(err);
}

int64_t duet_get_body_length(const struct duet_get_body *body)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < body->n; i++) {
		if (body->pieces[i].len == DUET_LENGTH_UNKNOWN ||
		    body->pieces[i].len > INT64_MAX - sum)
			return DUET_LENGTH_UNKNOWN;
		sum += body->pieces[i].len;
	}
	return sum;
}

void duet_get_body_done(struct duet_get_body *body)
{
	size_t i;

	for (i = 0; i < body->n; i++) {
		struct duet_get_piece *piece = &body->pieces[i];

		if (piece->fd > STDIN_FILENO)
			(void)close(piece->fd);
		duet_mem_free(piece->bytes);
		duet_mem_free(piece->path);
	}
	duet_mem_free(body->pieces);
	memset(body, 0, sizeof(*body));
}

void duet_get_reading_init(struct duet_get_reading *reading,
			   const struct duet_get_body *body)
{
	*reading = (struct duet_get_reading){ .body = body, .fd = -1 };
}

static const struct duet_get_piece *piece_of(
	const struct duet_get_reading *reading)
{
	return &reading->body->pieces[reading->at];
}

static void close_piece(struct duet_get_reading *reading)
{
	if (reading->fd > STDIN_FILENO && piece_of(reading)->fd < 0)
		(void)close(reading->fd);
	reading->fd = -1;
}

void duet_get_reading_done(struct duet_get_reading *reading)
{
	if (reading->fd >= 0)
		close_piece(reading);
}

int duet_get_reading_rewind(void *arg)
{
	struct duet_get_reading *reading = arg;
	const struct duet_get_body *body = reading->body;

	if (body->once)
		return DUET_E_STATE;
	duet_get_reading_done(reading);
	duet_get_reading_init(reading, body);
	return DUET_OK;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int fail_changed(struct duet_get_reading *reading,
			const struct stat *now)
{
	const struct duet_get_piece *piece = piece_of(reading);
	char name[SHOWN_BYTES + 2];

	if (now->st_size == piece->st.st_size)
		return duet_error_set(&reading->error, DUET_E_STATE,
				      "%s was changed while it was being sent, so what the server has of it was cut; send it again when nobody writes to it",
				      shown(name, piece));
	return duet_error_set(&reading->error, DUET_E_STATE,
			      "%s %s while it was being sent, from %lld bytes to %lld, so what the server has of it was cut; send it again when nobody writes to it",
			      shown(name, piece),
			      now->st_size < piece->st.st_size ? "shrank"
							       : "grew",
			      (long long)piece->st.st_size,
			      (long long)now->st_size);
}

/* It is what it was when the length was promised. */
static int check_same(struct duet_get_reading *reading)
{
	const struct duet_get_piece *piece = piece_of(reading);
	struct stat now;

	if (fstat(reading->fd, &now) != 0)
		return duet_error_sys(&reading->error, DUET_E_SYSTEM, errno,
				      "'%s': cannot look at it", piece->path);
	return is_same(&now, &piece->st) ? DUET_OK
					 : fail_changed(reading, &now);
}

static int fail_reading(struct duet_get_reading *reading, int sys_errno)
{
	char name[SHOWN_BYTES + 2];

	return duet_error_sys(&reading->error, DUET_E_SYSTEM, sys_errno,
			      "%s: cannot read",
			      shown(name, piece_of(reading)));
}

/* DUET_OK with n > 0, DUET_EOF, DUET_PAUSE, or below 0. */
static int read_once_file(struct duet_get_reading *reading, void *buf,
			  size_t cap, size_t *n)
{
	struct pollfd wait = { .fd = reading->fd, .events = POLLIN };
	ssize_t got;

	/* Another's descriptor stays as blocking as it was. */
	if (poll(&wait, 1, 0) <= 0) {
		reading->paused = true;
		return DUET_PAUSE;
	}
	got = read(reading->fd, buf, cap);
	if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
		reading->paused = true;
		return DUET_PAUSE;
	}
	if (got < 0)
		return fail_reading(reading, errno);
	*n = (size_t)got;
	return got > 0 ? DUET_OK : DUET_EOF;
}

static int read_regular(struct duet_get_reading *reading, void *buf, size_t cap,
			size_t *n)
{
	const struct duet_get_piece *piece = piece_of(reading);
	int64_t left = piece->len - reading->offset;
	ssize_t got = 0;
	int rc;

	if (left == 0)
		return DUET_EOF;
	if (cap > (uint64_t)left)
		cap = (size_t)left;
	do
		got = pread(reading->fd, buf, cap,
			    piece->begin + reading->offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail_reading(reading, errno);
	*n = (size_t)got;
	if (got > 0 && got < left)
		return DUET_OK;
	/* Before the last byte goes, after which nobody could tell. */
	rc = check_same(reading);
	return rc == DUET_OK && got == 0 ? fail_reading(reading, EIO) : rc;
}

static int open_piece(struct duet_get_reading *reading)
{
	const struct duet_get_piece *piece = piece_of(reading);
	struct stat now;
	int rc;

	reading->fd = piece->fd;
	if (reading->fd >= 0)
		return DUET_OK;
	rc = open_file(piece, &reading->fd, &now, &reading->error);
	if (rc != DUET_OK)
		return rc;
	return is_same(&now, &piece->st) ? DUET_OK
					 : fail_changed(reading, &now);
}

static int read_piece(struct duet_get_reading *reading, void *buf, size_t cap,
		      size_t *n)
{
	const struct duet_get_piece *piece = piece_of(reading);
	size_t left;
	int rc = DUET_OK;

	if (piece->bytes != NULL) {
		left = (size_t)(piece->len - reading->offset);
		*n = left < cap ? left : cap;
		memcpy(buf, piece->bytes + reading->offset, *n);
		return left > 0 ? DUET_OK : DUET_EOF;
	}
	if (reading->fd < 0)
		rc = open_piece(reading);
	if (rc != DUET_OK)
		return rc;
	return piece->fd >= 0 ? read_once_file(reading, buf, cap, n)
			      : read_regular(reading, buf, cap, n);
}

int duet_get_reading_give(void *arg, void *buf, size_t cap, size_t *n)
{
	struct duet_get_reading *reading = arg;
	int rc = DUET_OK;

	*n = 0;
	reading->paused = false;
	if (reading->error.code != DUET_OK)
		return reading->error.code;
	while (reading->at < reading->body->n && *n < cap) {
		size_t got = 0;

		rc = read_piece(reading, (char *)buf + *n, cap - *n, &got);
		if (rc < 0)
			return rc;
		if (rc == DUET_PAUSE)
			return *n > 0 ? DUET_OK : DUET_PAUSE;
		*n += got;
		reading->offset += (int64_t)got;
		if (rc == DUET_EOF) {
			close_piece(reading);
			reading->at++;
			reading->offset = 0;
		}
	}
	return reading->at < reading->body->n ? DUET_OK : DUET_EOF;
}

int duet_get_reading_wait_fd(const struct duet_get_reading *reading)
{
	return reading->paused ? reading->fd : -1;
}
