/* SPDX-License-Identifier: MIT */
/*
 * From a target to a file: one way only. duet_uri_clean() decodes once and
 * resolves dots; what it gives is what is opened, and the kernel holds it
 * beneath the root.
 */
#define _GNU_SOURCE /* O_PATH */
#include "site/files.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/condition.h"
#include "http/date.h"
#include "http/etag.h"
#include "http/mime.h"
#include "http/range.h"
#include "http/uri.h"
#include "site/beneath.h"
#include "site/error.h"
#include "site/listing.h"
#include "site/multipart.h"

enum {
	PATH_BYTES = 4096, /* what the kernel takes, its NUL included */
	LOCATION_MAX_BYTES = 65536,
};

static const char index_name[] = "index.html";

/* A file that is not served. */
struct kept_back {
	int fd; /* as long as it is open, no other file gets its inode */
	dev_t dev;
	ino_t ino;
};

struct duet_files {
	int root;
	struct kept_back kept_back[DUET_FILES_KEPT_BACK_MAX];
	size_t n_kept_back;
	bool lists;
};

/* One request under way. */
struct visit {
	struct duet_files *files;
	struct duet_exchange *exchange;
	const struct duet_head *head;
	struct duet_uri uri;
	char path[PATH_BYTES + sizeof(index_name)]; /* begins with '/' */
	struct stat st;
	int fd; /* of what will be sent; -1 once given away */
};

int duet_files_new(const char *dir, struct duet_files **ret,
		   struct duet_error *err)
{
	struct duet_files *files = duet_mem_zalloc(sizeof(*files));
	int rc;

	if (files == NULL)
		return duet_error_nomem(err);
	rc = duet_beneath_root(dir, &files->root, err);
	if (rc != DUET_OK) {
		duet_mem_free(files);
		return rc;
	}
	*ret = files;
	return DUET_OK;
}

void duet_files_free(struct duet_files *files)
{
	size_t i;

	if (files == NULL)
		return;
	for (i = 0; i < files->n_kept_back; i++)
		(void)close(files->kept_back[i].fd);
	(void)close(files->root);
	duet_mem_free(files);
}

int duet_files_keep_back(struct duet_files *files, const char *path,
			 struct duet_error *err)
{
	struct kept_back *kept;
	struct stat st;
	int fd;

	if (files->n_kept_back == DUET_FILES_KEPT_BACK_MAX)
		return duet_error_set(err, DUET_E_LIMIT,
				      "'%s': more than %d files cannot be kept "
				      "back",
				      path, DUET_FILES_KEPT_BACK_MAX);
	fd = open(path, O_PATH | O_CLOEXEC);
	/* What we cannot reach we cannot serve. */
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return DUET_OK;
	if (fd < 0 || fstat(fd, &st) != 0) {
		int sys_errno = errno;

		if (fd >= 0)
			(void)close(fd);
		return duet_error_sys(err, DUET_E_SYSTEM, sys_errno,
				      "'%s': cannot make sure that it is not "
				      "served",
				      path);
	}
	kept = &files->kept_back[files->n_kept_back++];
	kept->fd = fd;
	kept->dev = st.st_dev;
	kept->ino = st.st_ino;
	return DUET_OK;
}

static bool is_kept_back(const struct stat *st, void *arg)
{
	const struct duet_files *files = arg;
	size_t i;

	for (i = 0; i < files->n_kept_back; i++)
		if (st->st_ino == files->kept_back[i].ino &&
		    st->st_dev == files->kept_back[i].dev)
			return true;
	return false;
}

void duet_files_list(struct duet_files *files)
{
	files->lists = true;
}

/* ---- which file ---- */

/* A segment that begins with a dot: .git, .htpasswd, an editor's leftovers.
 * /.well-known/ is there to be seen (RFC 8615). */
bool duet_files_is_hidden(const char *path)
{
	static const char well_known[] = "/.well-known/";

	if (duet_str_starts(path, well_known))
		path += sizeof(well_known) - 2;
	return strstr(path, "/.") != NULL;
}

static void refuse_open(struct visit *visit, int sys_errno)
{
	switch (sys_errno) {
	case ENOENT:
		duet_site_error(visit->exchange, 404,
				"there is nothing of that name here.");
		break;
	case EACCES:
	case EPERM:
		duet_site_error(visit->exchange, 403,
				"this server may not read it.");
		break;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		duet_site_error(visit->exchange, 503,
				"this server has too many files open; try "
				"again soon.");
		break;
	default:
		duet_site_error(visit->exchange, 500,
				"this server could not read it.");
	}
}

/* RFC 9110 s15.4.2, to the same path with a slash: relative, since what host
 * the client thinks it is talking to is the client's business. */
static void redirect_to_slash(struct visit *visit)
{
	struct duet_buf location;
	int rc;

	duet_buf_init(&location, LOCATION_MAX_BYTES);
	rc = duet_uri_encode(&location, duet_str(visit->path));
	if (rc == DUET_OK)
		rc = duet_buf_add_str(&location, "/");
	if (rc == DUET_OK && visit->uri.has_query)
		rc = duet_buf_add_str(&location, "?");
	if (rc == DUET_OK)
		rc = duet_buf_add(&location, visit->uri.query.data,
				  visit->uri.query.len);
	if (rc == DUET_OK)
		rc = duet_buf_add(&location, "", 1);
	if (rc == DUET_OK)
		duet_site_error_with(visit->exchange, 301, "Location",
				     duet_buf_bytes(&location).data,
				     "it is a directory; its name ends in a "
				     "slash.");
	else
		duet_site_error(visit->exchange, 404,
				"it is a directory; add a slash.");
	duet_buf_done(&location);
}

/* The file or directory of the path as it stands; -errno. */
static int open_path(struct visit *visit)
{
	int fd = duet_beneath_open(visit->files->root, visit->path + 1,
				   &visit->st);

	if (fd < 0 || !is_kept_back(&visit->st, visit->files))
		return fd;
	(void)close(fd);
	return -ENOENT;
}

/* What is done about a directory without an index.html. */
static void reply_directory(struct visit *visit)
{
	const struct duet_place place = {
		.root = visit->files->root,
		.path = visit->path,
		.is_kept_back = is_kept_back,
		.arg = visit->files,
	};
	int rc;

	if (!visit->files->lists) {
		duet_site_error(visit->exchange, 403,
				"there is no index.html here, and directories "
				"are not listed.");
		return;
	}
	rc = duet_listing_reply(visit->exchange, &place, visit->uri.query);
	if (rc != 0)
		refuse_open(visit, -rc);
}

/* A directory's index.html, or why not. The root opens "". */
static int open_index(struct visit *visit)
{
	size_t len = strlen(visit->path);
	int fd;

	memcpy(visit->path + len, index_name, sizeof(index_name));
	fd = open_path(visit);
	if (fd >= 0 && S_ISREG(visit->st.st_mode))
		return fd;
	if (fd < 0 && fd != -ENOENT) {
		refuse_open(visit, -fd);
		return -1;
	}
	if (fd >= 0)
		(void)close(fd);
	visit->path[len] = '\0';
	fd = open_path(visit);
	if (fd < 0) {
		refuse_open(visit, -fd);
		return -1;
	}
	(void)close(fd);
	reply_directory(visit);
	return -1;
}

static int open_file(struct visit *visit)
{
	int fd = open_path(visit);

	if (fd < 0) {
		refuse_open(visit, -fd);
		return -1;
	}
	if (S_ISREG(visit->st.st_mode))
		return fd;
	(void)close(fd);
	redirect_to_slash(visit);
	return -1;
}

/* Into visit->path; false: it has been answered. */
static bool find_path(struct visit *visit)
{
	struct duet_error why = { 0 };
	struct duet_fault fault = { &why, 400 };

	if (!duet_uri_split(visit->head->method, visit->head->target,
			    &visit->uri)) {
		duet_site_error(visit->exchange, 400,
				"that is not a path of a web site.");
		return false;
	}
	if (duet_uri_clean(visit->uri.path, visit->path, PATH_BYTES, &fault) !=
	    DUET_OK) {
		duet_site_error(visit->exchange, fault.status, why.text);
		return false;
	}
	if (duet_files_is_hidden(visit->path)) {
		refuse_open(visit, ENOENT);
		return false;
	}
	return true;
}

/* ---- what of it ---- */

static int add_validators(struct visit *visit,
			  const struct duet_validators *current)
{
	char date[DUET_DATE_BYTES];
	int rc = duet_reply_header(visit->exchange, "ETag", current->etag);

	if (rc != DUET_OK || current->modified < 0)
		return rc;
	duet_date_format(date, current->modified);
	return duet_reply_header(visit->exchange, "Last-Modified", date);
}

static void reply_parts(struct visit *visit, const char *type,
			const struct duet_range *ranges, size_t n)
{
	uint64_t size = (uint64_t)visit->st.st_size;
	char content_range[DUET_CONTENT_RANGE_BYTES];
	struct duet_multipart *multipart;
	int fd = visit->fd;

	visit->fd = -1;
	if (n > 1) {
		multipart = duet_multipart_new(fd, size, type, ranges, n);
		if (multipart == NULL) {
			(void)duet_reply_empty(visit->exchange, 503);
			return;
		}
		(void)duet_reply_stream(visit->exchange, 206,
					duet_multipart_type(multipart),
					duet_multipart_length(multipart),
					duet_multipart_produce,
					duet_multipart_free, multipart);
		return;
	}
	duet_range_format(content_range, &ranges[0], size);
	if (duet_reply_header(visit->exchange, "Content-Range",
			      content_range) != DUET_OK) {
		(void)close(fd);
		(void)duet_reply_empty(visit->exchange, 503);
		return;
	}
	(void)duet_reply_file(visit->exchange, 206, type, fd,
			      (int64_t)ranges[0].offset,
			      (int64_t)ranges[0].length);
}

static void reply_outside(struct visit *visit)
{
	char content_range[DUET_CONTENT_RANGE_BYTES];

	duet_range_format(content_range, NULL, (uint64_t)visit->st.st_size);
	duet_site_error_with(visit->exchange, 416, "Content-Range",
			     content_range,
			     "the file ends before the range begins.");
}

static void reply_content(struct visit *visit,
			  const struct duet_validators *current)
{
	const char *range = duet_condition_range(visit->head, current);
	const char *type = duet_mime_type(visit->path);
	enum duet_range_verdict verdict = DUET_RANGE_WHOLE;
	struct duet_range ranges[DUET_RANGES_MAX];
	size_t n = 0;
	int fd;

	if (range != NULL)
		verdict = duet_range_parse(range, (uint64_t)visit->st.st_size,
					   ranges, &n);
	if (verdict == DUET_RANGE_OUTSIDE) {
		reply_outside(visit);
		return;
	}
	if (add_validators(visit, current) != DUET_OK ||
	    duet_reply_header(visit->exchange, "Accept-Ranges", "bytes") !=
		    DUET_OK) {
		(void)duet_reply_empty(visit->exchange, 503);
		return;
	}
	if (verdict == DUET_RANGE_PARTS) {
		reply_parts(visit, type, ranges, n);
		return;
	}
	fd = visit->fd;
	visit->fd = -1;
	(void)duet_reply_file(visit->exchange, 200, type, fd, 0,
			      visit->st.st_size);
}

/* RFC 9110 s15.4.5: the tag tells caches which one they have; more than that
 * would be metadata that they have with it. */
static void reply_not_modified(struct visit *visit,
			       const struct duet_validators *current)
{
	int rc = duet_reply_header(visit->exchange, "ETag", current->etag);

	(void)duet_reply_empty(visit->exchange, rc == DUET_OK ? 304 : 503);
}

static void reply_file(struct visit *visit)
{
	struct duet_validators current = { .exists = true };
	char etag[DUET_ETAG_BYTES];
	int64_t now = duet_clock_wall();

	duet_etag_of_file(etag, (uint64_t)visit->st.st_size,
			  (uint64_t)visit->st.st_ino, visit->st.st_mtim.tv_sec,
			  (uint32_t)visit->st.st_mtim.tv_nsec);
	current.etag = etag;
	/* RFC 9110 s8.8.2.1: never a date later than that of the reply. */
	current.modified =
		visit->st.st_mtim.tv_sec <= now ? visit->st.st_mtim.tv_sec : -1;
	switch (duet_condition_check(visit->head, &current, now)) {
	case DUET_CONDITION_MET:
		reply_content(visit, &current);
		break;
	case DUET_CONDITION_NOT_MODIFIED:
		reply_not_modified(visit, &current);
		break;
	case DUET_CONDITION_FAILED:
		duet_site_error(visit->exchange, 412,
				"it is not in the state you asked for.");
		break;
	}
}

/* ---- the handler ---- */

static bool is_method_allowed(const struct duet_head *head)
{
	return strcmp(head->method, "GET") == 0 ||
	       strcmp(head->method, "HEAD") == 0;
}

void duet_files_handle(struct duet_exchange *exchange, void *arg)
{
	struct visit visit; /* its path is large: no need to clear it */
	size_t len;

	visit.files = arg;
	visit.exchange = exchange;
	visit.head = duet_exchange_head(exchange);
	visit.fd = -1;

	if (!is_method_allowed(visit.head)) {
		duet_site_error_with(exchange, 405, "Allow", "GET, HEAD",
				     "files can be read here, and nothing else "
				     "be done to them.");
		return;
	}
	if (!find_path(&visit))
		return;
	len = strlen(visit.path);
	visit.fd = visit.path[len - 1] == '/' ? open_index(&visit)
					      : open_file(&visit);
	if (visit.fd < 0)
		return;
	reply_file(&visit);
	if (visit.fd >= 0)
		(void)close(visit.fd);
}
