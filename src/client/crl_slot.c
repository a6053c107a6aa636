/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* flock, madvise, mkstemp */
#include "client/crl_slot.h"

#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cert/crl_verify.h"

enum {
	HEAD_BYTES = 4096,
	HASH_TEXT_BYTES = 2 * DUET_KEY_HASH_BYTES + 1,
	PATH_BYTES = 4096,
};

static const char magic[] = "duet crl 1\n";

static void hex(char *dst, const uint8_t *src, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		(void)snprintf(dst + 2 * i, 3, "%02x", src[i]);
}

static bool from_hex(uint8_t *dst, const char *src, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		int high = duet_hex_value((unsigned char)src[2 * i]);
		int low =
			high < 0
				? -1
				: duet_hex_value((unsigned char)src[2 * i + 1]);

		if (low < 0)
			return false;
		dst[i] = (uint8_t)(high << 4 | low);
	}
	return src[2 * n] == '\0';
}

int duet_crl_slot_init(struct duet_crl_slot *ret, const char *dir,
		       const char *url)
{
	uint8_t hash[DUET_KEY_HASH_BYTES];
	char name[HASH_TEXT_BYTES];

	memset(ret, 0, sizeof(*ret));
	ret->lock_fd = -1;
	ret->new_fd = -1;
	if (dir == NULL || duet_file_make_dirs(dir, 0700, NULL) != DUET_OK)
		return DUET_OK;
	if (!duet_crl_text_hash(url, hash))
		return DUET_E_NOMEM;
	hex(name, hash, sizeof(hash));
	ret->dir = duet_mem_strdup(dir);
	ret->path = duet_mem_printf("%s/%s.crl", dir, name);
	ret->lock_path = duet_mem_printf("%s/%s.lock", dir, name);
	ret->new_path = duet_mem_printf("%s/%s.new", dir, name);
	if (ret->dir != NULL && ret->path != NULL && ret->lock_path != NULL &&
	    ret->new_path != NULL)
		return DUET_OK;
	duet_crl_slot_done(ret);
	return DUET_E_NOMEM;
}

static void unmap(struct duet_crl_slot *slot)
{
	if (slot->map != NULL)
		(void)munmap(slot->map, slot->map_len);
	slot->map = NULL;
	slot->der = (struct duet_bytes){ NULL, 0 };
	slot->etag[0] = '\0';
	slot->modified[0] = '\0';
}

static void drop_new(struct duet_crl_slot *slot)
{
	if (slot->new_fd < 0)
		return;
	(void)close(slot->new_fd);
	slot->new_fd = -1;
	/* Ours, for we hold the lock; without one it has no name. */
	if (slot->lock_fd >= 0)
		(void)unlink(slot->new_path);
}

void duet_crl_slot_done(struct duet_crl_slot *slot)
{
	unmap(slot);
	drop_new(slot);
	if (slot->lock_fd >= 0)
		(void)close(slot->lock_fd);
	duet_mem_free(slot->dir);
	duet_mem_free(slot->path);
	duet_mem_free(slot->lock_path);
	duet_mem_free(slot->new_path);
	memset(slot, 0, sizeof(*slot));
	slot->lock_fd = -1;
	slot->new_fd = -1;
}

static bool map_file(struct duet_crl_slot *slot, int fd)
{
	struct stat st;
	void *map;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size <= HEAD_BYTES)
		return false;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return false;
	slot->map = map;
	slot->map_len = (size_t)st.st_size;
	slot->der.data = (const char *)map + HEAD_BYTES;
	slot->der.len = slot->map_len - HEAD_BYTES;
	return true;
}

/* "name: value" of a head; false: there is none of that name, or too long. */
static bool read_line(const char *head, const char *name, char *dst, size_t cap)
{
	const char *at = strstr(head, name);
	size_t len;

	if (at == NULL)
		return false;
	at += strlen(name);
	len = strcspn(at, "\n");
	if (len >= cap || at[len] != '\n')
		return false;
	memcpy(dst, at, len);
	dst[len] = '\0';
	return true;
}

static bool read_head(struct duet_crl_slot *slot)
{
	char key[HASH_TEXT_BYTES];
	char head[HEAD_BYTES];
	char length[DUET_U64_BYTES];
	uint64_t len;

	memcpy(head, slot->map, sizeof(head));
	head[sizeof(head) - 1] = '\0';
	return duet_str_starts(head, magic) &&
	       read_line(head, "\nlength: ", length, sizeof(length)) &&
	       duet_parse_u64(duet_str(length), &len) && len == slot->der.len &&
	       read_line(head, "\nverified-by: ", key, sizeof(key)) &&
	       from_hex(slot->verified_by.sha256, key,
			sizeof(slot->verified_by.sha256)) &&
	       read_line(head, "\netag: ", slot->etag, sizeof(slot->etag)) &&
	       read_line(head, "\nlast-modified: ", slot->modified,
			 sizeof(slot->modified));
}

/* What a kept one says of itself is believed: so nobody else may have written
 * it. */
static bool is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

int duet_crl_slot_load(struct duet_crl_slot *slot)
{
	bool good;
	int fd;

	unmap(slot);
	if (slot->path == NULL)
		return DUET_EOF;
	/* A FIFO of somebody's would be waited for. */
	fd = open(slot->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return DUET_EOF;
	good = is_ours(fd) && map_file(slot, fd) && read_head(slot);
	(void)close(fd);
	if (!good)
		unmap(slot);
	return good ? DUET_OK : DUET_EOF;
}

int duet_crl_slot_lock(struct duet_crl_slot *slot)
{
	int fd;

	if (slot->path == NULL || slot->lock_fd >= 0)
		return DUET_OK;
	fd = open(slot->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return DUET_OK; /* then it will not be kept either */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		slot->lock_fd = fd;
		return DUET_OK;
	}
	(void)close(fd);
	return errno == EWOULDBLOCK ? DUET_WANT_READ : DUET_OK;
}

/* A file that goes when it is closed. */
static int open_nameless(void)
{
	const char *dir = getenv("TMPDIR");
	char path[PATH_BYTES];
	int len;
	int fd;

	len = snprintf(path, sizeof(path), "%s/duet-crl-XXXXXX",
		       dir != NULL && dir[0] == '/' ? dir : "/tmp");
	if (len < 0 || (size_t)len >= sizeof(path))
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

int duet_crl_slot_begin(struct duet_crl_slot *slot, struct duet_error *err)
{
	drop_new(slot);
	if (slot->lock_fd >= 0)
		slot->new_fd = open(slot->new_path,
				    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC |
					    O_NOFOLLOW,
				    0600);
	else
		slot->new_fd = open_nameless();
	slot->written = 0;
	if (slot->new_fd < 0 ||
	    lseek(slot->new_fd, HEAD_BYTES, SEEK_SET) != HEAD_BYTES)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "there is no place to put it");
	return DUET_OK;
}

int duet_crl_slot_write(struct duet_crl_slot *slot, const void *data, size_t n,
			struct duet_error *err)
{
	const char *p = data;

	while (n > 0) {
		ssize_t done = write(slot->new_fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return duet_error_sys(err, DUET_E_SYSTEM, errno,
					      "cannot be written to disk");
		p += done;
		n -= (size_t)done;
		slot->written += (uint64_t)done;
	}
	return DUET_OK;
}

int duet_crl_slot_map(struct duet_crl_slot *slot, struct duet_error *err)
{
	unmap(slot);
	if (slot->written > 0 && map_file(slot, slot->new_fd))
		return DUET_OK;
	return duet_error_set(err, DUET_E_SYSTEM, "is empty");
}

/* One that would not fit, or would end its line, is none. */
static const char *tag_of(const char *value)
{
	return value != NULL && strlen(value) < DUET_CRL_TAG_BYTES &&
			       strpbrk(value, "\r\n") == NULL
		       ? value
		       : "";
}

static bool write_head(const struct duet_crl_slot *slot, const char *url,
		       const struct duet_pin *verified_by, const char *etag,
		       const char *modified)
{
	char key[HASH_TEXT_BYTES];
	char head[HEAD_BYTES] = "";
	int len;

	hex(key, verified_by->sha256, sizeof(verified_by->sha256));
	len = snprintf(head, sizeof(head),
		       "%surl: %s\nlength: %" PRIu64
		       "\nverified-by: %s\netag: %s\nlast-modified: %s\n",
		       magic, url, slot->written, key, tag_of(etag),
		       tag_of(modified));
	return len > 0 && (size_t)len < sizeof(head) &&
	       pwrite(slot->new_fd, head, sizeof(head), 0) ==
		       (ssize_t)sizeof(head);
}

/* All lists, and the oldest of them. */
struct census {
	uint64_t bytes;
	int64_t oldest_time;
	char oldest[NAME_MAX + 1];
};

/* A new one that was left behind takes its room as well; whoever is writing it
 * just now fetches it again next time. */
static bool is_list(const char *name)
{
	return duet_str_ends(name, ".crl") || duet_str_ends(name, ".new");
}

static void count(struct census *census, DIR *dir)
{
	const struct dirent *entry;
	struct stat st;

	memset(census, 0, sizeof(*census));
	while ((entry = readdir(dir)) != NULL) {
		if (!is_list(entry->d_name) ||
		    fstatat(dirfd(dir), entry->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		census->bytes += (uint64_t)st.st_size;
		if (census->oldest[0] != '\0' &&
		    (int64_t)st.st_mtime >= census->oldest_time)
			continue;
		census->oldest_time = (int64_t)st.st_mtime;
		(void)snprintf(census->oldest, sizeof(census->oldest), "%s",
			       entry->d_name);
	}
}

/* Whoever has it mapped keeps it until then. */
static void make_room(const struct duet_crl_slot *slot)
{
	const uint64_t max = (uint64_t)DUET_CRL_DIR_MIB << 20;
	DIR *dir = opendir(slot->dir);
	struct census census;

	if (dir == NULL)
		return;
	for (;;) {
		rewinddir(dir);
		count(&census, dir);
		if (census.bytes <= max || census.oldest[0] == '\0' ||
		    unlinkat(dirfd(dir), census.oldest, 0) != 0)
			break;
	}
	(void)closedir(dir);
}

void duet_crl_slot_keep(struct duet_crl_slot *slot, const char *url,
			const struct duet_pin *verified_by, const char *etag,
			const char *modified)
{
	if (slot->lock_fd < 0 || slot->new_fd < 0)
		return;
	if (write_head(slot, url, verified_by, etag, modified) &&
	    fsync(slot->new_fd) == 0 &&
	    rename(slot->new_path, slot->path) == 0) {
		(void)close(slot->new_fd);
		slot->new_fd = -1;
		make_room(slot);
	}
	drop_new(slot);
}

static void forget_pages(void *arg, size_t end)
{
	struct duet_crl_slot *slot = arg;
	long page = sysconf(_SC_PAGESIZE);
	size_t len = HEAD_BYTES + end;

	if (page > 0)
		(void)madvise(slot->map, len - len % (size_t)page,
			      MADV_DONTNEED);
}

struct duet_crl_walk duet_crl_slot_walk(struct duet_crl_slot *slot)
{
	return (struct duet_crl_walk){ forget_pages, slot };
}
