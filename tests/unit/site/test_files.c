/* SPDX-License-Identifier: MIT */
/* Which fields a reply about a file has; what becomes of its bytes is seen
 * end to end. */
#define _GNU_SOURCE
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "site/files.h"
#include "support/memory.h"
#include "support/tempdir.h"
#include "unit/server/rig.h"

struct site {
	struct rig rig;
	struct peer peer;
	struct duet_files *files;
	char dir[TEMP_DIR_BYTES];
};

static void answer(struct duet_exchange *exchange, void *arg)
{
	static const struct duet_files_way way;
	struct rig *rig = arg;

	duet_files_handle(rig->arg, &way, exchange);
}

/* A directory with a file of ten bytes and a directory in it. */
static void site_start(struct site *site)
{
	char path[TEMP_DIR_BYTES + 8];
	FILE *file;

	temp_dir_make(site->dir);
	(void)snprintf(path, sizeof(path), "%s/dir", site->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/file", site->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite("0123456789", 1, 10, file), 10);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(duet_files_new(site->dir, &site->files, NULL),
			 DUET_OK);
	rig_start(&site->rig, false, answer);
	site->rig.arg = site->files;
	peer_open(&site->rig, &site->peer);
}

static void site_done(struct site *site)
{
	rig_part(&site->rig, &site->peer);
	duet_files_free(site->files);
	assert_int_equal(temp_dir_remove(site->dir), 0);
}

/* The head of the reply to one request. */
static void ask(struct site *site, const char *request, char *head, size_t cap)
{
	const char *text;
	const char *end;

	peer_send(&site->rig, &site->peer, request);
	/* The file has just been made: it is answered when it is at rest. */
	while (strstr(peer_text(&site->peer), "\r\n\r\n") == NULL) {
		(void)duet_files_step(site->files);
		rig_step(&site->rig);
		(void)peer_read(&site->peer);
	}
	peer_await(&site->rig, &site->peer, "\r\n\r\n");
	text = peer_text(&site->peer);
	end = strstr(text, "\r\n\r\n");
	assert_non_null(end);
	assert_in_range(end - text, 1, cap - 3);
	(void)snprintf(head, cap, "%.*s\r\n", (int)(end - text), text);
}

static void fields_are_those_of_the_status(void **state)
{
	static const struct {
		const char *request;
		const char *has[6]; /* and begins with the first */
		const char *lacks[4];
	} cases[] = {
		{ "GET /file HTTP/1.1\r\nHost: x\r\n\r\n",
		  { "HTTP/1.1 200 ", "ETag: \"", "Last-Modified: ",
		    "Accept-Ranges: bytes\r\n", "Content-Length: 10\r\n" },
		  { "Content-Range:", "Vary:" } },
		{ "GET /file HTTP/1.1\r\nHost: x\r\nRange: bytes=2-3\r\n\r\n",
		  { "HTTP/1.1 206 ", "ETag: \"",
		    "Last-Modified: ", "Content-Range: bytes 2-3/10\r\n",
		    "Content-Length: 2\r\n" },
		  { "Vary:" } },
		/* RFC 9110 s15.4.5: no more than a cache has use for */
		{ "GET /file HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\n",
		  { "HTTP/1.1 304 ", "ETag: \"" },
		  { "Last-Modified:", "Accept-Ranges:", "Content-" } },
		{ "GET /file HTTP/1.1\r\nHost: x\r\nIf-Match: \"x\"\r\n\r\n",
		  { "HTTP/1.1 412 ", "Vary: Accept\r\n" },
		  { "ETag:", "Last-Modified:", "Accept-Ranges:" } },
		/* RFC 9110 s12.5.5: the sentence is text or HTML by Accept */
		{ "GET /file HTTP/1.1\r\nHost: x\r\nRange: bytes=10-\r\n\r\n",
		  { "HTTP/1.1 416 ", "Content-Range: bytes */10\r\n",
		    "Vary: Accept\r\n" },
		  { "ETag:", "Last-Modified:", "Accept-Ranges:" } },
		{ "GET /dir HTTP/1.1\r\nHost: x\r\n\r\n",
		  { "HTTP/1.1 301 ", "Location: /dir/\r\n",
		    "Vary: Accept\r\n" },
		  { "ETag:" } },
		{ "PUT /file HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
		  { "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n",
		    "Vary: Accept\r\n" },
		  { "ETag:" } },
	};
	struct site site;
	char head[1024];
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		site_start(&site);
		ask(&site, cases[i].request, head, sizeof(head));
		assert_ptr_equal(strstr(head, cases[i].has[0]), head);
		for (k = 1; k < 6 && cases[i].has[k] != NULL; k++)
			if (strstr(head, cases[i].has[k]) == NULL)
				fail_msg("case %zu has no %s: %s", i,
					 cases[i].has[k], head);
		for (k = 0; k < 4 && cases[i].lacks[k] != NULL; k++)
			if (strstr(head, cases[i].lacks[k]) != NULL)
				fail_msg("case %zu has %s: %s", i,
					 cases[i].lacks[k], head);
		site_done(&site);
	}
}

/* Every allocation of the answer to a request that has waited fails in turn:
 * it is answered all the same, or seen to be cut. */
static void who_has_waited_is_not_forgotten_without_memory(void **state)
{
	struct site site;
	bool failed = true;
	int i;

	(void)state;
	for (i = 0; failed; i++) {
		site_start(&site);
		peer_send(&site.rig, &site.peer,
			  "GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
		while (!duet_files_has_waiting(site.files))
			rig_step(&site.rig);
		memory_fail(i);
		while (duet_files_has_waiting(site.files))
			(void)duet_files_step(site.files);
		failed = memory_done();
		while (site.rig.n_reports == 0) {
			rig_step(&site.rig);
			(void)peer_read(&site.peer);
		}
		site_done(&site);
	}
	assert_true(i > 2);
}

/* What is 404 to others is told in full to those whose site it is. */
static void a_file_that_cannot_be_shown_has_a_reason(void **state)
{
	static const struct {
		const char *path;
		const char *why; /* part of the words, or NULL */
	} cases[] = {
		{ "/file", NULL },
		{ "/missing", NULL },
		{ "/dangling", NULL },
		{ "/file/below", NULL },
		{ "/dir", NULL },
		{ "/out", "leads out" },
		{ "/loop", "round in circles" },
		{ "/fifo", "neither a file" },
		{ "/kept", "kept back" },
	};
	const char *why;
	struct duet_kept_back *kept;
	char path[TEMP_DIR_BYTES + 8];
	struct site site;
	int dir;
	size_t i;

	(void)state;
	site_start(&site);
	dir = open(site.dir, O_PATH | O_DIRECTORY);
	assert_int_equal(symlinkat("nowhere", dir, "dangling"), 0);
	assert_int_equal(symlinkat("/etc/passwd", dir, "out"), 0);
	assert_int_equal(symlinkat("loop", dir, "loop"), 0);
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(close(openat(dir, "kept", O_CREAT | O_RDWR, 0600)), 0);
	assert_int_equal(close(dir), 0);
	(void)snprintf(path, sizeof(path), "%s/kept", site.dir);
	assert_int_equal(duet_kept_back_new(&kept, NULL), DUET_OK);
	assert_int_equal(duet_kept_back_add(kept, path, NULL), DUET_OK);
	duet_files_keep_back(site.files, kept);
	for (i = 0; i < COUNT(cases); i++) {
		why = duet_files_why_not(site.files, cases[i].path);
		if ((why == NULL) != (cases[i].why == NULL) ||
		    (why != NULL && strstr(why, cases[i].why) == NULL))
			fail_msg("%s: %s", cases[i].path, why);
	}
	site_done(&site);
	duet_kept_back_free(kept);
}

static void a_page_without_memory_is_not_one_that_is_too_long(void **state)
{
	struct duet_buf page;
	struct site site;

	(void)state;
	site_start(&site);
	duet_buf_init(&page, 9);
	assert_int_equal(duet_files_read(site.files, "/file", &page), -EFBIG);
	duet_buf_done(&page);
	duet_buf_init(&page, 10);
	memory_end_after(0);
	assert_int_equal(duet_files_read(site.files, "/file", &page), -ENOMEM);
	assert_true(memory_done());
	assert_int_equal(duet_files_read(site.files, "/file", &page), 0);
	duet_buf_done(&page);
	site_done(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_those_of_the_status),
		cmocka_unit_test(a_file_that_cannot_be_shown_has_a_reason),
		cmocka_unit_test(
			a_page_without_memory_is_not_one_that_is_too_long),
		cmocka_unit_test(
			who_has_waited_is_not_forgotten_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
