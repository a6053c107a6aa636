/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "get/netrc.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	FILE_MAX = 1024 * 1024,
	ENTRIES_MAX = 10000,
	WORD_BYTES = 4096,
	FOR_OTHERS = 077,
};

/* Where we are in the text, and what the entry under way has so far. */
struct reader {
	const char *p;
	const char *end;
	const char *name;
	size_t line;
	struct duet_get_netrc *netrc;
	struct duet_error *err;
	bool in_entry;
	char *host; /* NULL: the default */
	char *login;
	char *password;
	char word[WORD_BYTES];
};

static void free_secret(char *text)
{
	if (text != NULL)
		duet_mem_free_secret(text, strlen(text));
}

static int refuse(struct reader *reader, const char *what, const char *remedy)
{
	return duet_error_set(reader->err, DUET_E_ARGUMENT,
			      "'%s', line %zu: %s; %s", reader->name,
			      reader->line, what, remedy);
}

static void skip_blanks(struct reader *reader)
{
	while (reader->p < reader->end) {
		if (*reader->p == '#') {
			while (reader->p < reader->end && *reader->p != '\n')
				reader->p++;
			continue;
		}
		if (strchr(" \t\r\n", *reader->p) == NULL || *reader->p == '\0')
			return;
		reader->line += *reader->p == '\n';
		reader->p++;
	}
}

static char unescape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

/* reader->p is behind the first quote. */
static int read_quoted(struct reader *reader)
{
	size_t n = 0;

	for (; reader->p < reader->end && *reader->p != '\n'; reader->p++) {
		char c = *reader->p;

		if (c == '"') {
			reader->p++;
			reader->word[n] = '\0';
			return DUET_OK;
		}
		if (c == '\\' && reader->p + 1 < reader->end)
			c = unescape(*++reader->p);
		if (n + 1 == WORD_BYTES)
			return refuse(reader, "a word of more than 4095 bytes",
				      "there is a quote too many or too few");
		reader->word[n++] = c;
	}
	return refuse(reader, "a quoted word without its end",
		      "write the other \" on the same line");
}

/* The next word. DUET_OK, DUET_EOF, or the failure. */
static int read_word(struct reader *reader)
{
	size_t n;

	skip_blanks(reader);
	if (reader->p == reader->end)
		return DUET_EOF;
	if (*reader->p == '"') {
		reader->p++;
		return read_quoted(reader);
	}
	for (n = 0; reader->p + n < reader->end; n++)
		if (strchr(" \t\r\n", reader->p[n]) != NULL)
			break;
	if (n >= WORD_BYTES)
		return refuse(reader, "a word of more than 4095 bytes",
			      "is this such a file?");
	memcpy(reader->word, reader->p, n);
	reader->word[n] = '\0';
	reader->p += n;
	return DUET_OK;
}

/* The word behind a key word, into *ret. */
static int read_value(struct reader *reader, const char *key, char **ret)
{
	int rc = read_word(reader);

	if (rc == DUET_EOF)
		return refuse(reader, key, "write a word behind it");
	if (rc < 0)
		return rc;
	free_secret(*ret);
	*ret = duet_mem_strdup(reader->word);
	return *ret != NULL ? DUET_OK : duet_error_nomem(reader->err);
}

/* An entry without a login says nothing about who we are. */
static int end_entry(struct reader *reader)
{
	struct duet_get_netrc *netrc = reader->netrc;
	struct duet_get_netrc_entry entry = { reader->host, NULL };
	struct duet_get_netrc_entry *entries;

	if (!reader->in_entry || reader->login == NULL)
		return DUET_OK;
	if (strchr(reader->login, ':') != NULL)
		return refuse(reader, "a login with a colon in it",
			      "HTTP basic authentication has none such");
	if (netrc->n == ENTRIES_MAX)
		return refuse(reader, "more than 10000 machines",
			      "leave some out");
	entries = duet_mem_resize(netrc->entries,
				  (netrc->n + 1) * sizeof(*entries));
	if (entries == NULL)
		return duet_error_nomem(reader->err);
	netrc->entries = entries;
	entry.userinfo =
		duet_mem_printf("%s:%s", reader->login,
				reader->password != NULL ? reader->password
							 : "");
	if (entry.userinfo == NULL)
		return duet_error_nomem(reader->err);
	entries[netrc->n++] = entry;
	reader->host = NULL; /* the table owns it now */
	return DUET_OK;
}

static void forget_entry(struct reader *reader)
{
	duet_mem_free(reader->host);
	free_secret(reader->login);
	free_secret(reader->password);
	reader->host = NULL;
	reader->login = NULL;
	reader->password = NULL;
}

static int begin_entry(struct reader *reader, bool is_default)
{
	char *p;
	int rc = end_entry(reader);

	forget_entry(reader);
	reader->in_entry = true;
	if (rc < 0 || is_default)
		return rc;
	rc = read_value(reader, "machine", &reader->host);
	for (p = reader->host; rc == DUET_OK && *p != '\0'; p++)
		*p = (char)duet_to_lower((unsigned char)*p);
	return rc;
}

/* To the next empty line. */
static void skip_macro(struct reader *reader)
{
	bool empty = false;

	for (; reader->p < reader->end; reader->p++) {
		if (*reader->p == '\n') {
			reader->line++;
			if (empty)
				return;
			empty = true;
		} else if (*reader->p != '\r') {
			empty = false;
		}
	}
}

static int read_key(struct reader *reader)
{
	char *skipped = NULL;
	int rc;

	if (strcmp(reader->word, "machine") == 0)
		return begin_entry(reader, false);
	if (strcmp(reader->word, "default") == 0)
		return begin_entry(reader, true);
	if (strcmp(reader->word, "macdef") == 0) {
		skip_macro(reader);
		return DUET_OK;
	}
	if (reader->in_entry && strcmp(reader->word, "login") == 0)
		return read_value(reader, "login", &reader->login);
	if (reader->in_entry && strcmp(reader->word, "password") == 0)
		return read_value(reader, "password", &reader->password);
	if (reader->in_entry && strcmp(reader->word, "account") == 0) {
		rc = read_value(reader, "account", &skipped);
		free_secret(skipped);
		return rc;
	}
	/* The word itself may be half a password: it is not shown. */
	return refuse(reader, "a word that is no key",
		      "there are machine, default, login, password, account and macdef; what has blanks in it wants quotes");
}

int duet_get_netrc_parse(struct duet_get_netrc *netrc, struct duet_bytes text,
			 const char *name, struct duet_error *err)
{
	struct reader reader = {
		.p = text.data,
		.end = text.data,
		.name = name,
		.line = 1,
		.netrc = netrc,
		.err = err,
	};
	int rc = DUET_OK;

	if (text.len > 0)
		reader.end += text.len;
	if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL)
		return refuse(&reader, "a NUL in the file",
			      "is this such a file?");
	while (text.len > 0 && rc == DUET_OK) {
		rc = read_word(&reader);
		if (rc == DUET_OK)
			rc = read_key(&reader);
	}
	if (rc >= 0)
		rc = end_entry(&reader);
	forget_entry(&reader);
	duet_mem_wipe(reader.word, sizeof(reader.word));
	return rc;
}

static int check_mode(const char *path, struct duet_error *err)
{
	struct stat st;

	/* What cannot be looked at cannot be read either, and says so then. */
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & FOR_OTHERS) == 0)
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "'%s': other users may read or change it, and it holds passwords: chmod 600 it, and change them if others use this machine",
			      path);
}

int duet_get_netrc_read(struct duet_get_netrc *netrc, const char *path,
			struct duet_error *err)
{
	struct duet_buffer content = { NULL, 0 };
	const char *home = getenv("HOME");
	char *own = NULL;
	int rc;

	if (path == NULL && (home == NULL || home[0] == '\0'))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "there is no home directory (HOME) to find .netrc in: say --netrc-file FILE");
	if (path == NULL) {
		own = duet_mem_printf("%s/.netrc", home);
		if (own == NULL)
			return duet_error_nomem(err);
		path = own;
	}
	rc = check_mode(path, err);
	if (rc == DUET_OK)
		rc = duet_file_read(path, FILE_MAX, &content, err);
	if (rc == DUET_OK)
		rc = duet_get_netrc_parse(netrc,
					  (struct duet_bytes){ content.data,
							       content.len },
					  path, err);
	duet_buffer_free(&content);
	duet_mem_free(own);
	return rc;
}

void duet_get_netrc_done(struct duet_get_netrc *netrc)
{
	size_t i;

	for (i = 0; i < netrc->n; i++) {
		duet_mem_free(netrc->entries[i].host);
		free_secret(netrc->entries[i].userinfo);
	}
	duet_mem_free(netrc->entries);
	memset(netrc, 0, sizeof(*netrc));
}

const char *duet_get_netrc_find(void *arg, const char *host, bool redirected)
{
	const struct duet_get_netrc *netrc = arg;
	const char *otherwise = NULL;
	size_t i;

	for (i = netrc->n; i-- > 0;)
		if (netrc->entries[i].host == NULL)
			otherwise = netrc->entries[i].userinfo;
	for (i = 0; i < netrc->n; i++)
		if (netrc->entries[i].host != NULL &&
		    strcmp(netrc->entries[i].host, host) == 0)
			return netrc->entries[i].userinfo;
	return redirected ? NULL : otherwise;
}
