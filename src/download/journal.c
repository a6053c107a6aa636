/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "download/journal.h"

#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

static const char title[] = "duet-part 1";

/* A cursor over lines. */
struct lines {
	char *next;  /* NULL: none is left */
	int number;  /* of the last */
	char *value; /* of the last that fitted, behind its key */
};

/* The line at the cursor, if it begins with key; it is then used up. */
static bool take(struct lines *lines, const char *key)
{
	size_t len = strlen(key);
	char *end;

	if (lines->next == NULL || strncmp(lines->next, key, len) != 0)
		return false;
	end = strchr(lines->next, '\n');
	if (end == NULL)
		return false; /* the last line was cut */
	*end = '\0';
	lines->value = lines->next + len;
	lines->next = end + 1;
	lines->number++;
	return true;
}

static bool take_size(struct lines *lines, int64_t *ret)
{
	uint64_t size;

	*ret = -1;
	if (!take(lines, "size "))
		return true;
	if (!duet_parse_u64(duet_str(lines->value), &size) || size > INT64_MAX)
		return false;
	*ret = (int64_t)size;
	return true;
}

/* "0-99", behind all that were before, and within size. */
static bool add_span(struct duet_journal *journal, char *value)
{
	struct duet_spans *have = &journal->have;
	char *dash = strchr(value, '-');
	uint64_t from;
	uint64_t last;

	if (dash == NULL)
		return false;
	*dash = '\0';
	if (!duet_parse_u64(duet_str(value), &from) ||
	    !duet_parse_u64(duet_str(dash + 1), &last) || last < from ||
	    last >= INT64_MAX ||
	    (journal->size >= 0 && last >= (uint64_t)journal->size))
		return false;
	if (have->n > 0 && from <= have->at[have->n - 1].to)
		return false;
	return duet_spans_add(have, from, last + 1);
}

static const char *read_lines(struct lines *lines, struct duet_journal *ret)
{
	if (!take(lines, title) || lines->value[0] != '\0')
		return "it does not begin with 'duet-part 1'";
	if (!take(lines, "url ") || lines->value[0] == '\0')
		return "its second line is no 'url'";
	ret->url = duet_mem_strdup(lines->value);
	if (ret->url == NULL)
		return "out of memory";
	if (!take_size(lines, &ret->size))
		return "its size is no number";
	if (take(lines, "version ") &&
	    !duet_validator_parse(lines->value, &ret->version))
		return "its version is neither a strong entity tag nor a date";
	while (take(lines, "have "))
		if (!add_span(ret, lines->value))
			return "what it has is no range, out of order, or beyond its size";
	if (!take(lines, "end") || lines->value[0] != '\0' ||
	    lines->next[0] != '\0')
		return "it does not end with 'end'";
	return NULL;
}

int duet_journal_parse(struct duet_bytes text, struct duet_journal *ret,
		       struct duet_error *err)
{
	struct lines lines = { 0 };
	const char *wrong = "it has a NUL in it";
	char *copy;

	memset(ret, 0, sizeof(*ret));
	ret->size = -1;
	copy = duet_mem_strndup(text.data, text.len);
	if (copy == NULL)
		return duet_error_nomem(err);
	lines.next = copy;
	if (text.len > DUET_JOURNAL_BYTES_MAX)
		wrong = "it is too long";
	else if (memchr(text.data, '\0', text.len) == NULL)
		wrong = read_lines(&lines, ret);
	duet_mem_free(copy);
	if (wrong == NULL)
		return DUET_OK;
	duet_journal_done(ret);
	return duet_error_set(err, DUET_E_ARGUMENT, "%s (behind line %d)",
			      wrong, lines.number);
}

static int add_line(struct duet_buf *buf, const char *line)
{
	return duet_buf_add(buf, line, strlen(line));
}

static int add_text(struct duet_buf *buf, const struct duet_journal *journal)
{
	char line[DUET_VALIDATOR_BYTES + 32];
	int rc;
	size_t i;

	rc = add_line(buf, "duet-part 1\nurl ");
	if (rc == DUET_OK)
		rc = add_line(buf, journal->url);
	if (rc == DUET_OK)
		rc = add_line(buf, "\n");
	(void)snprintf(line, sizeof(line), "size %" PRId64 "\n", journal->size);
	if (rc == DUET_OK && journal->size >= 0)
		rc = add_line(buf, line);
	(void)snprintf(line, sizeof(line), "version %s\n",
		       journal->version.text);
	if (rc == DUET_OK && duet_validator_is_some(&journal->version))
		rc = add_line(buf, line);
	for (i = 0; i < journal->have.n && rc == DUET_OK; i++) {
		const struct duet_span *span = &journal->have.at[i];

		(void)snprintf(line, sizeof(line),
			       "have %" PRIu64 "-%" PRIu64 "\n", span->from,
			       span->to - 1);
		rc = add_line(buf, line);
	}
	return rc == DUET_OK ? add_line(buf, "end\n") : rc;
}

char *duet_journal_text(const struct duet_journal *journal)
{
	struct duet_buf buf;
	struct duet_bytes bytes;
	char *text = NULL;

	duet_buf_init(&buf, DUET_JOURNAL_BYTES_MAX);
	if (add_text(&buf, journal) == DUET_OK) {
		bytes = duet_buf_bytes(&buf);
		text = duet_mem_strndup(bytes.data, bytes.len);
	}
	duet_buf_done(&buf);
	return text;
}

/* In a directory of many users the name may be a trap. */
static int check_owner(const char *path, struct duet_error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0) {
		if (errno == ENOENT)
			return DUET_EOF;
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot look at it", path);
	}
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return duet_error_set(err, DUET_E_SYSTEM,
				      "'%s' is no plain file of this user's",
				      path);
	return DUET_OK;
}

int duet_journal_load(const char *path, struct duet_journal *ret,
		      struct duet_error *err)
{
	struct duet_buffer content = { NULL, 0 };
	struct duet_bytes bytes;
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->size = -1;
	rc = check_owner(path, err);
	if (rc != DUET_OK)
		return rc;
	rc = duet_file_read(path, DUET_JOURNAL_BYTES_MAX, &content, err);
	if (rc != DUET_OK)
		return rc;
	bytes.data = content.data;
	bytes.len = content.len;
	rc = duet_journal_parse(bytes, ret, err);
	if (rc != DUET_OK)
		duet_error_prefix(err, "'%s': ", path);
	duet_buffer_free(&content);
	return rc;
}

int duet_journal_save(const char *path, const struct duet_journal *journal,
		      struct duet_error *err)
{
	char *text = duet_journal_text(journal);
	int rc;

	if (text == NULL)
		return duet_error_nomem(err);
	rc = duet_file_write(path, duet_str(text), 0600, err);
	duet_mem_free(text);
	return rc;
}

void duet_journal_done(struct duet_journal *journal)
{
	duet_mem_free(journal->url);
	memset(journal, 0, sizeof(*journal));
	journal->size = -1;
}
