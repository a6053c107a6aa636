/* SPDX-License-Identifier: MIT */
#include "site/users.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/basic.h"
#include "site/password.h"

enum {
	/* A name in a sentence. */
	SHOWN_BYTES = 64,
};

/* Its strings lie in the text of the file. */
struct user {
	const char *name;
	const char *hash;
	size_t line;
};

struct duet_users {
	struct duet_buffer text;
	struct user *items; /* by name */
	size_t n;
	size_t cap;
	uint64_t seed; /* what users have in common, and nobody else knows */
};

/* Lines that are wrong. */
struct wrong {
	duet_users_wrong_fn *tell; /* or NULL */
	void *arg;
	size_t n;
	int rc;                 /* of the first */
	struct duet_error last; /* not told yet, if there are some */
};

/* A line that is being read. */
struct place {
	const char *path;
	size_t line;
};

static const char remedy[] =
	"; make a new one with 'htpasswd -B' or 'mkpasswd'";

/* FNV-1a */
static uint64_t mix(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

/* ---- a line ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Line ends of another system, and blanks that nobody sees. */
static void trim_end(char *line, size_t *len)
{
	if (*len > 0 && line[*len - 1] == '\r')
		(*len)--;
	while (*len > 0 && is_blank(line[*len - 1]))
		(*len)--;
	line[*len] = '\0';
}

static int check_line(const struct place *place, const char *line, size_t len,
		      struct duet_error *err)
{
	size_t i;

	if (len > DUET_USERS_LINE_MAX)
		return duet_error_set(err, DUET_E_LIMIT,
				      "'%s', line %zu: longer than %d bytes: this is no line of users, which are 'name:hash'",
				      place->path, place->line,
				      DUET_USERS_LINE_MAX);
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if (duet_is_control(c))
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "'%s', line %zu: a control character (\\x%02x) at byte %zu: remove it",
					      place->path, place->line, c,
					      i + 1);
	}
	return DUET_OK;
}

/* The text is not shown: it may be a password. */
static int check_name(const struct place *place, const char *name,
		      struct duet_error *err)
{
	size_t len = strlen(name);

	if (len == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s', line %zu: there is no name before the ':'; a line is 'name:hash'",
				      place->path, place->line);
	if (len > DUET_BASIC_NAME_MAX)
		return duet_error_set(err, DUET_E_LIMIT,
				      "'%s', line %zu: the name is longer than %d bytes: choose a shorter one",
				      place->path, place->line,
				      DUET_BASIC_NAME_MAX);
	if (is_blank(name[0]) || is_blank(name[len - 1]))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s', line %zu: the name begins or ends with a blank: remove it",
				      place->path, place->line);
	return DUET_OK;
}

static int check_hash(const struct place *place, const char *name,
		      const char *hash, struct duet_error *err)
{
	char shown[SHOWN_BYTES];
	int rc = duet_password_check_hash(hash, err);

	if (rc == DUET_OK)
		return DUET_OK;
	duet_str_printable(shown, sizeof(shown), duet_str(name));
	duet_error_prefix(err, "'%s', line %zu: '%s' ", place->path,
			  place->line, shown);
	duet_error_append(err, "%s", remedy);
	return rc;
}

static int add(struct duet_users *users, const struct user *user,
	       const struct place *place, struct duet_error *err)
{
	struct user *grown;
	size_t cap;

	if (users->n == DUET_USERS_MAX)
		return duet_error_set(err, DUET_E_LIMIT,
				      "'%s', line %zu: more than %d users: divide them among several files",
				      place->path, place->line, DUET_USERS_MAX);
	if (users->n == users->cap) {
		cap = users->cap > 0 ? users->cap * 2 : 8;
		grown = duet_mem_resize(users->items, cap * sizeof(*grown));
		if (grown == NULL)
			return duet_error_nomem(err);
		users->items = grown;
		users->cap = cap;
	}
	users->items[users->n++] = *user;
	users->seed = mix(users->seed, user->hash);
	return DUET_OK;
}

static int read_user(struct duet_users *users, const struct place *place,
		     char *line, struct duet_error *err)
{
	char *colon = strchr(line, ':');
	struct user user = { .name = line, .line = place->line };
	int rc;

	if (colon == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s', line %zu: there is no ':'; a line is 'name:hash', as 'htpasswd -B' writes it",
				      place->path, place->line);
	*colon = '\0';
	user.hash = colon + 1;
	if (strchr(user.hash, ':') != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s', line %zu: there is more than a name and a password: remove the second ':' and what follows it",
				      place->path, place->line);
	rc = check_name(place, user.name, err);
	if (rc == DUET_OK)
		rc = check_hash(place, user.name, user.hash, err);
	if (rc == DUET_OK)
		rc = add(users, &user, place, err);
	return rc;
}

static int read_line(struct duet_users *users, const struct place *place,
		     char *line, size_t len, struct duet_error *err)
{
	const char *begin;
	int rc;

	trim_end(line, &len);
	rc = check_line(place, line, len, err);
	if (rc != DUET_OK)
		return rc;
	begin = line + strspn(line, " \t");
	if (*begin == '\0' || *begin == '#')
		return DUET_OK;
	return read_user(users, place, line, err);
}

/* ---- the file ---- */

/* DUET_OK to go on. */
static int note_wrong(struct wrong *wrong, int rc, const struct duet_error *err)
{
	if (rc == DUET_OK || rc == DUET_E_NOMEM || wrong->tell == NULL)
		return rc;
	if (wrong->n == 0)
		wrong->rc = rc;
	if (wrong->n > 0 && wrong->n < DUET_USERS_WRONG_MAX)
		wrong->tell(&wrong->last, wrong->arg);
	wrong->n++;
	(void)duet_error_copy(&wrong->last, err);
	return DUET_OK;
}

static int end_wrong(const struct wrong *wrong, const char *path,
		     struct duet_error *err)
{
	if (wrong->n == 0)
		return DUET_OK;
	if (wrong->n > DUET_USERS_WRONG_MAX)
		return duet_error_set(err, wrong->rc,
				      "'%s': %zu more lines are wrong", path,
				      wrong->n - DUET_USERS_WRONG_MAX + 1);
	(void)duet_error_copy(err, &wrong->last);
	return wrong->rc;
}

static int read_lines(struct duet_users *users, const char *path,
		      struct wrong *wrong, struct duet_error *err)
{
	static const char mark[] = "\xef\xbb\xbf"; /* U+FEFF, of editors */
	struct place place = { .path = path };
	char *line = users->text.data;
	size_t left = users->text.len;
	int rc = DUET_OK;

	if (duet_str_starts(line, mark)) {
		line += sizeof(mark) - 1;
		left -= sizeof(mark) - 1;
	}
	while (left > 0 && rc == DUET_OK) {
		char *end = memchr(line, '\n', left);
		size_t len = end != NULL ? (size_t)(end - line) : left;

		place.line++;
		/* Behind the last line there is a NUL, see base/file.h. */
		rc = note_wrong(wrong, read_line(users, &place, line, len, err),
				err);
		line += len;
		left -= len;
		if (end != NULL) {
			line++;
			left--;
		}
	}
	return rc == DUET_OK ? end_wrong(wrong, path, err) : rc;
}

static int by_name(const void *a, const void *b)
{
	const struct user *left = a;
	const struct user *right = b;
	int order = strcmp(left->name, right->name);

	if (order != 0)
		return order;
	return left->line < right->line ? -1 : left->line > right->line;
}

static int sort(struct duet_users *users, const char *path,
		struct duet_error *err)
{
	char shown[SHOWN_BYTES];
	size_t i;

	qsort(users->items, users->n, sizeof(users->items[0]), by_name);
	for (i = 1; i < users->n; i++) {
		const struct user *first = &users->items[i - 1];
		const struct user *second = &users->items[i];

		if (strcmp(first->name, second->name) != 0)
			continue;
		duet_str_printable(shown, sizeof(shown),
				   duet_str(second->name));
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s', line %zu: '%s' is here for the second time; the first is in line %zu: remove one of them",
				      path, second->line, shown, first->line);
	}
	return DUET_OK;
}

int duet_users_read(const char *path, duet_users_wrong_fn *tell, void *arg,
		    struct duet_users **ret, struct duet_error *err)
{
	struct duet_users *users = duet_mem_zalloc(sizeof(*users));
	struct wrong wrong = { .tell = tell, .arg = arg };
	struct duet_error ignored;
	int rc;

	if (err == NULL)
		err = &ignored;

	if (users == NULL)
		return duet_error_nomem(err);
	users->seed = UINT64_C(0xcbf29ce484222325);
	rc = duet_file_read(path, DUET_USERS_FILE_MAX, &users->text, err);
	if (rc == DUET_E_LIMIT)
		duet_error_append(err, "; is it a file of users?");
	if (rc == DUET_OK)
		rc = read_lines(users, path, &wrong, err);
	if (rc == DUET_OK && users->n == 0)
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "'%s': there are no users, so that nobody could come in; add one with 'htpasswd -B'",
				    path);
	if (rc == DUET_OK)
		rc = sort(users, path, err);
	if (rc != DUET_OK) {
		duet_users_free(users);
		return rc;
	}
	*ret = users;
	return DUET_OK;
}

void duet_users_free(struct duet_users *users)
{
	if (users == NULL)
		return;
	duet_buffer_free(&users->text);
	duet_mem_free(users->items);
	duet_mem_free(users);
}

size_t duet_users_count(const struct duet_users *users)
{
	return users->n;
}

static const struct user *find(const struct duet_users *users, const char *name)
{
	size_t low = 0;
	size_t high = users->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, users->items[middle].name);

		if (order == 0)
			return &users->items[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const char *duet_users_hash(const struct duet_users *users, const char *name,
			    bool *ret_is_known)
{
	/* Where hashes are of several costs, names that do not exist are slow
	 * as often as those that do. */
	const struct user *other =
		&users->items[mix(users->seed, name) % users->n];
	const struct user *user = find(users, name);

	*ret_is_known = user != NULL;
	return user != NULL ? user->hash : other->hash;
}
