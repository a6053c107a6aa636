/* SPDX-License-Identifier: MIT */
/*
 * From a target to a file: one way only. duet_uri_clean() decodes once and
 * resolves dots; what it gives is what is opened, and the kernel holds it
 * beneath the root.
 */
#define _GNU_SOURCE /* O_PATH */
#include "site/files.h"

#include <sys/resource.h>
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
#include "http/uri.h"
#include "server/handler.h"
#include "site/beneath.h"
#include "site/cache.h"
#include "site/error.h"
#include "site/listing.h"
#include "site/redirect.h"
#include "site/send.h"

enum {
	PATH_BYTES = 4096, /* what the kernel takes, its NUL included */
	READ_BYTES = 4096,
	/* Of a file that is changed all the time: then it is sent without an
	 * entity tag. */
	WAITS_MAX = DUET_WRITER_REST_MS / DUET_REST_MS + 1,
	/* Of the files we may have open, for those that nobody sends. */
	OPEN_SHARE = 16,
};

static const char index_name[] = "index.html";

struct duet_files {
	int root;
	const struct duet_kept_back *kept_back; /* borrowed, or NULL */
	struct duet_look look;
	struct duet_cache *cache;       /* borrowed, or NULL */
	struct duet_squeezer *squeezer; /* borrowed, or NULL */
	struct duet_sendings sendings;
	struct duet_bodies bodies;
	struct waiting *waiting; /* in no order */
};

/* A request for a file that has just been changed, or is being encoded. */
struct waiting {
	struct duet_files *files;
	const struct duet_files_way *way;
	struct duet_exchange *exchange;
	struct waiting *next;
	struct waiting *prev;
	int64_t due_ms;
	int times;
	struct duet_patience patience;
	struct duet_selected selected; /* no entry: it was changed */
};

/* One request under way. */
struct visit {
	struct duet_files *files;
	const struct duet_files_way *way;
	struct duet_exchange *exchange;
	const struct duet_head *head;
	struct waiting *waiting; /* it is not the first visit */
	struct duet_patience patience;
	struct duet_uri uri;
	char path[PATH_BYTES + sizeof(index_name)]; /* begins with '/' */
	const char *beneath; /* the part that is beneath the directory, too */
};

static bool is_kept_back(const struct stat *st, void *arg)
{
	const struct duet_files *files = arg;

	return duet_kept_back_has(files->kept_back, st);
}

int duet_files_new(const char *dir, struct duet_files **ret,
		   struct duet_error *err)
{
	struct duet_files *files = duet_mem_zalloc(sizeof(*files));
	int rc;

	if (files == NULL)
		return duet_error_nomem(err);
	files->root = -1;
	rc = duet_beneath_root(dir, &files->root, err);
	files->look = (struct duet_look){ .root = files->root,
					  .is_kept_back = is_kept_back,
					  .arg = files };
	if (rc != DUET_OK) {
		duet_files_free(files);
		return rc;
	}
	*ret = files;
	return DUET_OK;
}

/* Each connection has its socket and perhaps a file of its own. */
static size_t open_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur / OPEN_SHARE < DUET_FILES_OPEN_MAX)
		return (size_t)limit.rlim_cur / OPEN_SHARE;
	return DUET_FILES_OPEN_MAX;
}

int duet_files_cache_new(volatile sig_atomic_t *stirred,
			 struct duet_cache **ret, struct duet_error *err)
{
	const struct duet_cache_limits limits = {
		.entries = DUET_FILES_ENTRIES_MAX,
		.fds = open_max(),
		.bytes = DUET_FILES_BODIES_MAX_BYTES,
		.recheck_ms = DUET_FILES_RECHECK_MS,
		.idle_ms = DUET_FILES_IDLE_MS,
	};

	return duet_cache_new(&limits, stirred, ret, err);
}

void duet_files_remember(struct duet_files *files, struct duet_cache *cache)
{
	files->cache = cache;
}

void duet_files_free(struct duet_files *files)
{
	if (files == NULL)
		return;
	duet_sendings_done(&files->sendings);
	if (files->root >= 0)
		(void)close(files->root);
	duet_mem_free(files);
}

void duet_files_keep_back(struct duet_files *files,
			  const struct duet_kept_back *set)
{
	files->kept_back = set;
}

void duet_files_squeeze(struct duet_files *files,
			struct duet_squeezer *squeezer)
{
	files->squeezer = squeezer;
}

/* ---- which file ---- */

static const char well_known[] = "/.well-known/";

/* A segment that begins with a dot: .git, .htpasswd, an editor's leftovers.
 * /.well-known/ is there to be seen (RFC 8615). */
bool duet_files_is_hidden(const char *path)
{
	if (duet_str_starts(path, well_known))
		path += sizeof(well_known) - 2;
	return strstr(path, "/.") != NULL;
}

static bool is_well_known(const char *path)
{
	return duet_str_starts(path, well_known);
}

const char *duet_files_why_not(const struct duet_files *files, const char *path)
{
	struct stat st;
	const char *why = duet_beneath_why_not(files->root, path + 1, &st);

	if (why == NULL && st.st_nlink > 0 &&
	    duet_kept_back_has(files->kept_back, &st))
		return "it is kept back: a key, a log or a file of passwords";
	return why;
}

/* For the log: what is there and is not shown to anybody. */
static void explain_absence(struct visit *visit)
{
	const char *sentence;
	struct duet_error why;

	if (duet_files_is_hidden(visit->path))
		sentence = "names that begin with a dot are not served";
	else
		sentence = duet_files_why_not(visit->files, visit->beneath);
	if (sentence == NULL)
		return;
	(void)duet_error_set(&why, DUET_E_ARGUMENT, "%s", sentence);
	duet_exchange_explain(visit->exchange, &why);
}

static void refuse_open(struct visit *visit, int sys_errno)
{
	switch (sys_errno) {
	case ENOENT:
		explain_absence(visit);
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
	case EBUSY:
		duet_site_error(visit->exchange, 503,
				"it is being changed at this moment; try again "
				"soon.");
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
	const struct duet_redirect redirect = {
		.status = 301,
		.to = "",
		.path = visit->path,
		.tail = "/",
		.uri = &visit->uri,
		.sentence = "it is a directory; its name ends in a slash.",
	};

	duet_site_redirect(visit->exchange, &redirect);
}

/* The file of a path that begins with '/'; -errno. */
static int get(struct visit *visit, const char *path, struct duet_entry **ret)
{
	return duet_cache_get(visit->files->cache, &visit->files->look,
			      path + 1, &visit->patience, ret);
}

/* What is done about a directory without an index.html. */
static void reply_directory(struct visit *visit)
{
	const struct duet_place place = {
		.root = visit->files->root,
		.path = visit->beneath,
		.shown = visit->path,
		.is_kept_back = is_kept_back,
		.arg = visit->files,
	};
	int rc;

	if (!visit->way->list) {
		duet_site_error(visit->exchange, 403,
				"there is no index.html here, and directories "
				"are not listed.");
		return;
	}
	rc = duet_listing_reply(visit->exchange, &place, &visit->files->bodies,
				visit->uri.query);
	if (rc != 0)
		refuse_open(visit, -rc);
}

/* A directory's index.html, or why not. The root is "". */
static int get_index(struct visit *visit, struct duet_entry **ret)
{
	size_t len = strlen(visit->path);
	struct stat st;
	int rc;

	memcpy(visit->path + len, index_name, sizeof(index_name));
	rc = get(visit, visit->beneath, ret);
	if (rc != -ENOENT && rc != -EISDIR)
		return rc;
	visit->path[len] = '\0';
	rc = duet_beneath_stat(visit->files->root, visit->beneath + 1, &st);
	if (rc == 0 && is_kept_back(&st, visit->files))
		rc = -ENOENT;
	return rc != 0 ? rc : -ENOTEMPTY;
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
	visit->beneath = visit->path + visit->way->skip;
	if (!duet_files_is_hidden(visit->path))
		return true;
	refuse_open(visit, ENOENT);
	return false;
}

/* ---- waiting ---- */

static void forget_waiting(struct waiting *waiting)
{
	if (waiting->prev != NULL)
		waiting->prev->next = waiting->next;
	else
		waiting->files->waiting = waiting->next;
	if (waiting->next != NULL)
		waiting->next->prev = waiting->prev;
	duet_mem_free(waiting);
}

static void on_gone(struct duet_exchange *exchange, void *arg)
{
	struct waiting *waiting = arg;

	(void)exchange;
	duet_selected_done(&waiting->selected);
	forget_waiting(waiting);
}

/* The one that the visit has, or a new one; NULL: it has been answered. */
static struct waiting *take_waiting(struct visit *visit)
{
	struct duet_files *files = visit->files;
	struct waiting *waiting = visit->waiting;

	if (waiting != NULL)
		return waiting;
	waiting = duet_mem_zalloc(sizeof(*waiting));
	if (waiting == NULL) {
		(void)duet_reply_empty(visit->exchange, 503);
		return NULL;
	}
	waiting->files = files;
	waiting->way = visit->way;
	waiting->exchange = visit->exchange;
	waiting->next = files->waiting;
	if (waiting->next != NULL)
		waiting->next->prev = waiting;
	files->waiting = waiting;
	duet_exchange_defer(visit->exchange, on_gone, waiting);
	return waiting;
}

/* Until the file is at rest: doc/adr/0010. */
static void wait_for_rest(struct visit *visit)
{
	struct waiting *waiting = take_waiting(visit);

	if (waiting == NULL)
		return;
	waiting->patience = visit->patience;
	waiting->patience.is_over = ++waiting->times == WAITS_MAX;
	waiting->due_ms = duet_clock_ms() + DUET_REST_MS;
}

/* Until it is encoded: doc/adr/0013. */
static void wait_for_squeezed(struct visit *visit,
			      const struct duet_selected *selected)
{
	struct waiting *waiting = take_waiting(visit);

	if (waiting == NULL) {
		duet_selected_done(selected);
		return;
	}
	waiting->selected = *selected;
	waiting->due_ms = duet_clock_ms() + DUET_FILES_SQUEEZE_MS;
}

static bool is_due(const struct waiting *waiting, int64_t now_ms)
{
	return waiting->due_ms <= now_ms ||
	       (waiting->selected.entry != NULL &&
		waiting->selected.squeezed->state != DUET_SQUEEZED_WAITING);
}

/* ---- the handler ---- */

static bool is_method_allowed(const struct duet_head *head)
{
	return strcmp(head->method, "GET") == 0 ||
	       strcmp(head->method, "HEAD") == 0;
}

/* After the reply. */
static void end_waiting(struct waiting *waiting)
{
	if (waiting == NULL)
		return;
	duet_exchange_answered(waiting->exchange);
	forget_waiting(waiting);
}

static void send_entry(struct visit *visit, struct duet_entry *entry)
{
	struct duet_files *files = visit->files;
	struct duet_squeezer *squeezer =
		visit->way->no_squeeze ? NULL : files->squeezer;
	struct duet_selected selected;

	if (duet_select(squeezer, visit->head, entry, true, &selected) ==
	    DUET_PAUSE) {
		wait_for_squeezed(visit, &selected);
		return;
	}
	duet_sendings_reply(&files->sendings, visit->exchange, &selected);
	end_waiting(visit->waiting);
}

static void refuse(struct visit *visit, int rc)
{
	if (rc == -EISDIR)
		redirect_to_slash(visit);
	else if (rc == -ENOTEMPTY)
		reply_directory(visit);
	else
		refuse_open(visit, -rc);
	end_waiting(visit->waiting);
}

/* What the path leads to; -errno. */
static int find(struct visit *visit, struct duet_entry **ret)
{
	bool is_directory = visit->path[strlen(visit->path) - 1] == '/';
	const char *fallback = visit->way->fallback;
	int rc = is_directory ? get_index(visit, ret)
			      : get(visit, visit->beneath, ret);

	/* Programs ask there whether a thing is to be had (RFC 8615). */
	if (fallback == NULL || is_well_known(visit->path))
		return rc;
	if (rc != -ENOENT && rc != -ENOTDIR &&
	    (rc != -ENOTEMPTY || visit->way->list))
		return rc;
	rc = get(visit, fallback, ret);
	if (rc == 0 && visit->way->fallback_dress != NULL)
		duet_exchange_dress(visit->exchange,
				    visit->way->fallback_dress);
	return rc == -EISDIR ? -ENOENT : rc;
}

static void handle(struct duet_files *files, const struct duet_files_way *way,
		   struct duet_exchange *exchange, struct waiting *waiting)
{
	struct duet_entry *entry = NULL;
	struct visit visit; /* its path is large: no need to clear it */
	int rc;

	visit.files = files;
	visit.way = way;
	visit.exchange = exchange;
	visit.head = duet_exchange_head(exchange);
	visit.waiting = waiting;
	visit.patience = waiting != NULL ? waiting->patience
					 : (struct duet_patience){ 0 };

	if (!is_method_allowed(visit.head)) {
		duet_site_error_with(exchange, 405, "Allow", "GET, HEAD",
				     "files can be read here, and nothing else "
				     "be done to them.");
		return;
	}
	if (!find_path(&visit))
		return;
	rc = find(&visit, &entry);
	if (rc == 0)
		send_entry(&visit, entry);
	else if (rc == -EAGAIN)
		wait_for_rest(&visit);
	else
		refuse(&visit, rc);
}

/* With what it waited for, or without it if that takes too long. */
static void go_on(struct waiting *waiting)
{
	struct duet_files *files = waiting->files;
	struct duet_exchange *exchange = waiting->exchange;
	struct duet_selected waited = waiting->selected;
	struct duet_selected selected;

	if (waited.entry == NULL) {
		handle(files, waiting->way, exchange, waiting);
		return;
	}
	waiting->selected = (struct duet_selected){ .entry = NULL };
	(void)duet_select(files->squeezer, duet_exchange_head(exchange),
			  waited.entry, false, &selected);
	duet_squeezed_unref(waited.squeezed);
	duet_sendings_reply(&files->sendings, exchange, &selected);
	end_waiting(waiting);
}

void duet_files_handle(struct duet_files *files,
		       const struct duet_files_way *way,
		       struct duet_exchange *exchange)
{
	handle(files, way, exchange, NULL);
}

/* To its end; -EFBIG, -ENOMEM. */
static int read_all(int fd, struct duet_buf *buf)
{
	uint8_t piece[READ_BYTES];
	ssize_t n;
	int rc;

	for (;;) {
		n = read(fd, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		rc = duet_buf_add(buf, piece, (size_t)n);
		if (rc != DUET_OK)
			return rc == DUET_E_LIMIT ? -EFBIG : -ENOMEM;
	}
}

bool duet_files_has_directory(const struct duet_files *files, const char *path)
{
	struct stat st;

	return duet_beneath_stat(files->root, path + 1, &st) == 0 &&
	       S_ISDIR(st.st_mode);
}

/* A descriptor or -errno. */
static int open_file(const struct duet_files *files, const char *path)
{
	struct stat st;
	int fd = duet_beneath_open(files->root, path + 1, &st);

	if (fd < 0 ||
	    (S_ISREG(st.st_mode) && !duet_kept_back_has(files->kept_back, &st)))
		return fd;
	(void)close(fd);
	return S_ISREG(st.st_mode) ? -ENOENT : -EISDIR;
}

int duet_files_look(const struct duet_files *files, const char *path)
{
	int fd = open_file(files, path);

	if (fd < 0)
		return fd;
	(void)close(fd);
	return 0;
}

int duet_files_read(const struct duet_files *files, const char *path,
		    struct duet_buf *buf)
{
	int fd = open_file(files, path);
	int rc;

	if (fd < 0)
		return fd;
	rc = read_all(fd, buf);
	(void)close(fd);
	return rc;
}

static int32_t sooner(int32_t a, int64_t b)
{
	return a < 0 || b < a ? (int32_t)b : a;
}

int32_t duet_files_step(struct duet_files *files)
{
	struct waiting *waiting = files->waiting;
	int32_t wait_ms = -1;
	struct waiting *next;
	int64_t now_ms;

	if (waiting == NULL)
		return wait_ms;
	now_ms = duet_clock_ms();
	/* One may be forgotten by its own visit, and others by none. */
	for (; waiting != NULL; waiting = next) {
		next = waiting->next;
		if (is_due(waiting, now_ms))
			go_on(waiting);
	}
	for (waiting = files->waiting; waiting != NULL; waiting = waiting->next)
		wait_ms = sooner(wait_ms, waiting->due_ms > now_ms
						  ? waiting->due_ms - now_ms
						  : 0);
	return wait_ms;
}

bool duet_files_has_waiting(const struct duet_files *files)
{
	return files->waiting != NULL;
}
