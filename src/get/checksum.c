/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "get/checksum.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/url.h"

enum {
	PIECE = 65536,
	SHOWN = 120,
};

/* ---- what is asked for ---- */

int duet_get_checksum_check(const char *arg, struct duet_error *err)
{
	struct duet_get_sum sum;
	const char *path;
	int rc = duet_get_sum_parse(arg, &sum, &path, err);

	return rc == DUET_EOF ? DUET_OK : rc;
}

/* Its path, or NULL: it is no file. */
static const char *file_of(const char *arg)
{
	struct duet_get_sum sum;
	const char *path = NULL;

	return duet_get_sum_parse(arg, &sum, &path, NULL) == DUET_EOF ? path
								      : NULL;
}

int duet_get_checksums_check(const struct duet_opt_list *args, int urls,
			     struct duet_error *err)
{
	size_t n_stdin = 0;
	size_t i;

	for (i = 0; i < args->count; i++) {
		const char *path = file_of(args->items[i]);

		n_stdin += path != NULL && strcmp(path, "-") == 0;
	}
	if (n_stdin > 1)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--checksum -: standard input can be read once");
	if (args->count == 0 || args->count == (size_t)urls ||
	    (args->count == 1 && file_of(args->items[0]) != NULL))
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "%zu --checksum but %d URL%s: each takes one, in order, or all of them one file of sums",
			      args->count, urls, urls == 1 ? "" : "s");
}

int duet_get_checksums_init(struct duet_get_checksums *checksums,
			    const struct duet_opt_list *args,
			    struct duet_error *err)
{
	size_t i;
	int rc;

	*checksums = (struct duet_get_checksums){ .args = args };
	if (args->count == 0)
		return DUET_OK;
	checksums->texts =
		duet_mem_array(args->count, sizeof(*checksums->texts));
	if (checksums->texts == NULL)
		return duet_error_nomem(err);
	for (i = 0; i < args->count; i++) {
		const char *path = file_of(args->items[i]);

		if (path == NULL)
			continue;
		rc = duet_file_read_or_stdin(path, DUET_GET_SUMS_MAX,
					     &checksums->texts[i], err);
		if (rc != DUET_OK) {
			duet_error_prefix(err, "--checksum: ");
			return rc;
		}
	}
	return DUET_OK;
}

void duet_get_checksums_done(struct duet_get_checksums *checksums)
{
	size_t i;

	if (checksums->texts != NULL)
		for (i = 0; i < checksums->args->count; i++)
			duet_buffer_free(&checksums->texts[i]);
	duet_mem_free(checksums->texts);
	checksums->texts = NULL;
}

static bool is_same(const struct duet_get_sum *a, const struct duet_get_sum *b)
{
	return a->kind == b->kind && strcmp(a->hex, b->hex) == 0;
}

/* By either name; both may be there, if they are of the same file. */
static int find_by_names(struct duet_bytes text, const char *saved_as,
			 const char *in_url, struct duet_get_sum *ret,
			 struct duet_error *err)
{
	struct duet_get_sum other;
	int rc = DUET_EOF;
	int rc2 = DUET_EOF;

	if (saved_as != NULL)
		rc = duet_get_sums_find(text, saved_as, ret, err);
	if (rc < 0 || in_url == NULL)
		return rc;
	rc2 = duet_get_sums_find(text, in_url, &other, err);
	if (rc2 != DUET_OK)
		return rc2 == DUET_EOF ? rc : rc2;
	if (rc == DUET_OK && !is_same(ret, &other))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "it has one sum for the name that the file is saved under, and another for the name in the URL; give the right one as sha256:HEX");
	*ret = other;
	return DUET_OK;
}

static int say_none(const char *saved_as, const char *in_url,
		    struct duet_error *err)
{
	char name[SHOWN];
	char other[SHOWN];
	bool both = saved_as != NULL && in_url != NULL &&
		    strcmp(saved_as, in_url) != 0;

	if (saved_as == NULL && in_url == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "which of its sums is meant is not known, for the URL does not end in a name; name the file with -o, or give the sum as sha256:HEX");
	duet_str_printable(name, sizeof(name),
			   duet_str(saved_as != NULL ? saved_as : in_url));
	duet_str_printable(other, sizeof(other), duet_str(in_url));
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "it has no sum of '%s'%s%s%s; see whether it is the right file, or give the sum as sha256:HEX",
			      name, both ? " and none of '" : "",
			      both ? other : "", both ? "'" : "");
}

static int find_in_file(struct duet_bytes text, const char *path,
			const char *saved_as, const char *url,
			struct duet_get_sum *ret, struct duet_error *err)
{
	const char *slash = saved_as != NULL ? strrchr(saved_as, '/') : NULL;
	char shown[SHOWN];
	char *in_url = NULL;
	int rc;

	if (slash != NULL)
		saved_as = slash + 1;
	rc = duet_cli_url_name(url, &in_url, NULL);
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	rc = find_by_names(text, saved_as, in_url, ret, err);
	if (rc == DUET_EOF)
		rc = say_none(saved_as, in_url, err);
	duet_mem_free(in_url);
	if (rc == DUET_OK)
		return rc;
	duet_str_printable(shown, sizeof(shown), duet_str(path));
	duet_error_prefix(err, "--checksum '%s': ", shown);
	return rc;
}

int duet_get_checksums_find(const struct duet_get_checksums *checksums,
			    size_t at, const char *saved_as, const char *url,
			    struct duet_get_sum *ret, struct duet_error *err)
{
	const struct duet_opt_list *args = checksums->args;
	const char *path;
	int rc;

	*ret = (struct duet_get_sum){ 0 };
	if (args == NULL || args->count == 0)
		return DUET_OK;
	if (args->count == 1)
		at = 0;
	rc = duet_get_sum_parse(args->items[at], ret, &path, err);
	if (rc != DUET_EOF)
		return rc;
	return find_in_file((struct duet_bytes){ checksums->texts[at].data,
						 checksums->texts[at].len },
			    path, saved_as, url, ret, err);
}

/* ---- what came ---- */

static void forget(struct duet_get_checksum *checksum)
{
	size_t i;

	for (i = 0; i < DUET_HASH_KINDS; i++) {
		duet_hash_free(checksum->hashes[i]);
		checksum->hashes[i] = NULL;
		checksum->sums[i][0] = '\0';
	}
	checksum->verdict = DUET_GET_UNCHECKED;
}

static bool wants(const struct duet_get_checksum *checksum,
		  enum duet_hash_kind kind)
{
	return (checksum->want.hex[0] != '\0' && checksum->want.kind == kind) ||
	       (checksum->sha256 && kind == DUET_HASH_SHA256);
}

int duet_get_checksum_begin(struct duet_get_checksum *checksum,
			    struct duet_error *err)
{
	int rc = DUET_OK;
	int i;

	forget(checksum);
	for (i = 0; i < DUET_HASH_KINDS && rc == DUET_OK; i++)
		if (wants(checksum, (enum duet_hash_kind)i))
			rc = duet_hash_new((enum duet_hash_kind)i,
					   &checksum->hashes[i], err);
	return rc;
}

void duet_get_checksum_add(struct duet_get_checksum *checksum, const void *data,
			   size_t len)
{
	size_t i;

	for (i = 0; i < DUET_HASH_KINDS; i++)
		if (checksum->hashes[i] != NULL)
			duet_hash_add(checksum->hashes[i], data, len);
}

int duet_get_checksum_end(struct duet_get_checksum *checksum,
			  struct duet_error *err)
{
	const struct duet_get_sum *want = &checksum->want;
	uint8_t bytes[DUET_HASH_BYTES];
	int i;

	for (i = 0; i < DUET_HASH_KINDS; i++) {
		struct duet_hash *hash = checksum->hashes[i];

		if (hash == NULL)
			continue;
		if (duet_hash_end(hash, bytes) != DUET_OK)
			return duet_error_nomem(err);
		duet_get_hex(checksum->sums[i], bytes,
			     duet_hash_size((enum duet_hash_kind)i));
		duet_hash_free(hash);
		checksum->hashes[i] = NULL;
	}
	if (want->hex[0] != '\0' && checksum->sums[want->kind][0] != '\0')
		checksum->verdict =
			strcmp(want->hex, checksum->sums[want->kind]) == 0
				? DUET_GET_GOOD
				: DUET_GET_WRONG;
	return DUET_OK;
}

/* All of it, from its beginning. DUET_OK, DUET_E_SYSTEM without words. */
static int add_all(struct duet_get_checksum *checksum, int fd, char *piece)
{
	ssize_t n;

	while ((n = read(fd, piece, PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return DUET_E_SYSTEM;
		duet_get_checksum_add(checksum, piece, (size_t)n);
	}
	return DUET_OK;
}

int duet_get_checksum_file(struct duet_get_checksum *checksum, const char *path,
			   struct duet_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *piece = duet_mem_alloc(PIECE);
	int rc;

	if (piece == NULL)
		rc = duet_error_nomem(err);
	else
		rc = duet_get_checksum_begin(checksum, err);
	if (rc == DUET_OK && (fd < 0 || add_all(checksum, fd, piece) < 0))
		rc = duet_error_sys(err, DUET_E_SYSTEM, errno,
				    "'%s': cannot read it, to check its sum",
				    path);
	if (rc == DUET_OK)
		rc = duet_get_checksum_end(checksum, err);
	if (fd >= 0)
		(void)close(fd);
	duet_mem_free(piece);
	return rc;
}

const char *duet_get_verdict_word(enum duet_get_verdict verdict)
{
	if (verdict == DUET_GET_UNCHECKED)
		return NULL;
	return verdict == DUET_GET_GOOD ? "good" : "wrong";
}

void duet_get_checksum_say(const struct duet_get_checksum *checksum,
			   const char *url, const char *where,
			   struct duet_error *err)
{
	const struct duet_get_sum *want = &checksum->want;
	char shown[80]; /* so that both sums have room */

	duet_str_printable(shown, sizeof(shown), duet_str(url));
	(void)duet_error_set(err, DUET_OK,
			     "%s: the %s of what came is %s, and not %s: it is another file, or was changed; ask who gave the sum%s",
			     shown, duet_get_sum_name(want->kind),
			     checksum->sums[want->kind], want->hex, where);
}

void duet_get_checksum_done(struct duet_get_checksum *checksum)
{
	forget(checksum);
}
