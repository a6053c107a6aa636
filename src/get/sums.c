/* SPDX-License-Identifier: MIT */
#include "get/sums.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"

/* Editors on Windows, and PowerShell, begin a text with it. */
#define BOM "\xef\xbb\xbf"

enum {
	BOM_BYTES = sizeof(BOM) - 1,
	NAME_BYTES = 4096, /* PATH_MAX */
	SHOWN = 120,
};

static const struct {
	const char *name;    /* as an argument has it */
	const char *tags[3]; /* as a BSD line has it */
	size_t digits;
	int kind; /* enum duet_hash_kind; -1: refused */
	const char *why;
} table[] = {
	{ "sha256",
	  { "SHA256", "SHA2-256", "sha256" },
	  64,
	  DUET_HASH_SHA256,
	  NULL },
	{ "sha384",
	  { "SHA384", "SHA2-384", "sha384" },
	  96,
	  DUET_HASH_SHA384,
	  NULL },
	{ "sha512",
	  { "SHA512", "SHA2-512", "sha512" },
	  128,
	  DUET_HASH_SHA512,
	  NULL },
	{ "md5",
	  { "MD5", "md5", NULL },
	  32,
	  -1,
	  "MD5 is broken: anybody can make another file that has the same" },
	{ "sha1",
	  { "SHA1", "sha1", NULL },
	  40,
	  -1,
	  "SHA-1 is broken: another file can be made that has the same" },
};

enum {
	N_TABLE = sizeof(table) / sizeof(table[0]),
};

const char *duet_get_sum_name(enum duet_hash_kind kind)
{
	return table[kind].name;
}

void duet_get_hex(char dst[DUET_GET_HEX_BYTES], const uint8_t *bytes,
		  size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		dst[2 * i] = digits[bytes[i] >> 4];
		dst[2 * i + 1] = digits[bytes[i] & 15];
	}
	dst[2 * len] = '\0';
}

static size_t count_digits(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && duet_hex_value((unsigned char)p[n]) >= 0)
		n++;
	return n;
}

static void take_hex(struct duet_get_sum *ret, int kind, const char *hex,
		     size_t digits)
{
	size_t i;

	ret->kind = (enum duet_hash_kind)kind;
	for (i = 0; i < digits; i++)
		ret->hex[i] = (char)duet_to_lower((unsigned char)hex[i]);
	ret->hex[digits] = '\0';
}

/* ---- an argument ---- */

/* Its row, for "sha256:" and "SHA-256:"; N_TABLE: none. */
static size_t row_of_name(const char *name, size_t len)
{
	char plain[16];
	size_t n = 0;
	size_t i;

	for (i = 0; i < len && n + 1 < sizeof(plain); i++)
		if (name[i] != '-')
			plain[n++] = name[i];
	plain[n] = '\0';
	for (i = 0; i < N_TABLE; i++)
		if (duet_str_eq_nocase(plain, table[i].name))
			return i;
	return N_TABLE;
}

static int refuse_bare(const char *arg, struct duet_error *err)
{
	size_t len = strlen(arg);
	size_t i;

	if (count_digits(arg, len) < len)
		return DUET_EOF;
	for (i = 0; i < N_TABLE; i++)
		if (table[i].digits == len && table[i].kind >= 0)
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "that is a sum and no file: write %s: before it",
					      table[i].name);
	return DUET_EOF;
}

static int take_file(const char *arg, const char **ret_path,
		     struct duet_error *err)
{
	*ret_path = arg[0] == '@' ? arg + 1 : arg;
	if ((*ret_path)[0] == '\0')
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "no name of a file; try --checksum SHA256SUMS");
	if (strstr(*ret_path, "://") != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a file of sums is not fetched: it proves something only if you know who made it; fetch it, see who signed it, and name it here");
	return refuse_bare(*ret_path, err);
}

static int refuse_kind(const char *arg, size_t len, struct duet_error *err)
{
	char shown[40];

	duet_str_printable(shown, sizeof(shown),
			   (struct duet_bytes){ arg, len });
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "'%s' is no kind of sum that is known here: give sha256, sha384 or sha512",
			      shown);
}

int duet_get_sum_parse(const char *arg, struct duet_get_sum *ret,
		       const char **ret_path, struct duet_error *err)
{
	size_t len = strcspn(arg, ":");
	const char *hex = arg + len + 1;
	size_t row = row_of_name(arg, len);
	size_t digits;

	if (arg[len] == '\0' || (row == N_TABLE && arg[0] == '@'))
		return take_file(arg, ret_path, err);
	digits = count_digits(hex, strlen(hex));
	if (row == N_TABLE && (hex[digits] != '\0' || digits < 8))
		return take_file(arg, ret_path, err);
	if (row == N_TABLE)
		return refuse_kind(arg, len, err);
	if (table[row].kind < 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%s; ask for a SHA-256 of the file",
				      table[row].why);
	if (hex[digits] != '\0' || digits != table[row].digits)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%s: is followed by %zu hexadecimal digits, and here by %zu%s",
				      table[row].name, table[row].digits,
				      digits,
				      hex[digits] != '\0'
					      ? " and something else"
					      : "");
	take_hex(ret, table[row].kind, hex, digits);
	return DUET_OK;
}

/* ---- a file ---- */

struct entry {
	size_t row;
	const char *hex;
	struct duet_bytes name; /* .len 0: it has none */
	bool escaped;
};

static size_t row_of_digits(size_t digits)
{
	size_t i;

	for (i = 0; i < N_TABLE && table[i].digits != digits; i++)
		;
	return i;
}

static size_t row_of_tag(struct duet_bytes tag)
{
	size_t i;
	size_t k;

	for (i = 0; i < N_TABLE; i++)
		for (k = 0; k < 3 && table[i].tags[k] != NULL; k++)
			if (duet_bytes_eq(tag, table[i].tags[k]))
				return i;
	return N_TABLE;
}

/* "HEX  NAME", "HEX *NAME", "HEX NAME", "HEX" */
static bool read_gnu(const char *p, size_t len, struct entry *ret)
{
	size_t digits = count_digits(p, len);

	ret->row = row_of_digits(digits);
	ret->hex = p;
	if (ret->row == N_TABLE)
		return false;
	p += digits;
	len -= digits;
	if (len > 0) {
		if (*p != ' ' && *p != '\t')
			return false;
		p++;
		len--;
		if (len > 1 && (*p == ' ' || *p == '*')) {
			p++;
			len--;
		}
	}
	ret->name = (struct duet_bytes){ p, len };
	return true;
}

/* "SHA256 (NAME) = HEX"; the name may have parentheses too. */
static bool read_bsd(const char *p, size_t len, struct entry *ret)
{
	const char *open = memchr(p, '(', len);
	const char *end = p + len;
	const char *hex = end;
	struct duet_bytes tag;

	if (open == NULL)
		return false;
	tag = (struct duet_bytes){ p, (size_t)(open - p) };
	if (tag.len > 0 && open[-1] == ' ')
		tag.len--;
	ret->row = row_of_tag(tag);
	if (ret->row == N_TABLE)
		return false;
	while (hex > open && duet_hex_value((unsigned char)hex[-1]) >= 0)
		hex--;
	ret->hex = hex;
	if ((size_t)(end - hex) != table[ret->row].digits)
		return false;
	if (hex[-1] == ' ')
		hex--;
	if (hex[-1] != '=')
		return false;
	hex--;
	if (hex[-1] == ' ')
		hex--;
	if (hex[-1] != ')' || hex - 1 <= open + 1)
		return false;
	ret->name =
		(struct duet_bytes){ open + 1, (size_t)(hex - 1 - open - 1) };
	return true;
}

static bool read_entry(const char *p, size_t len, struct entry *ret)
{
	if (len > 0 && p[len - 1] == '\r')
		len--;
	while (len > 0 && (*p == ' ' || *p == '\t')) { /* as coreutils does */
		p++;
		len--;
	}
	ret->escaped = len > 0 && p[0] == '\\';
	if (ret->escaped) {
		p++;
		len--;
	}
	return read_gnu(p, len, ret) || read_bsd(p, len, ret);
}

/* Into dst; false: it is no name that a file can have. */
static bool read_name(const struct entry *entry, char dst[NAME_BYTES])
{
	const char *p = entry->name.data;
	size_t len = 0;
	size_t i;

	for (i = 0; i < entry->name.len && len + 1 < NAME_BYTES; i++) {
		char c = p[i];

		if (entry->escaped && c == '\\') {
			if (++i == entry->name.len)
				return false;
			c = p[i] == 'n'    ? '\n'
			    : p[i] == 'r'  ? '\r'
			    : p[i] == '\\' ? '\\'
					   : '\0';
		}
		if (c == '\0')
			return false;
		dst[len++] = c;
	}
	dst[len] = '\0';
	return i == entry->name.len;
}

enum {
	NOT_NAMED = 0,
	NAMED_LAST = 1,  /* it is the last part */
	NAMED_WHOLE = 2, /* ... or all of it */
};

static int compare(const char *entry, const char *name)
{
	const char *slash = strrchr(entry, '/');

	if (duet_str_starts(entry, "./"))
		entry += 2;
	if (strcmp(entry, name) == 0)
		return NAMED_WHOLE;
	return slash != NULL && strcmp(slash + 1, name) == 0 ? NAMED_LAST
							     : NOT_NAMED;
}

struct search {
	const char *name;
	struct found {
		int how;
		struct duet_get_sum sum;
		bool differs; /* another one says something else */
	} found[DUET_HASH_KINDS];
	const char *weak; /* why it is of no use */
	struct duet_get_sum only;
	size_t count;
};

static void offer(struct found *found, int how, const struct duet_get_sum *sum)
{
	if (how < found->how)
		return;
	if (how == found->how) {
		found->differs =
			found->differs || strcmp(found->sum.hex, sum->hex) != 0;
		return;
	}
	*found = (struct found){ .how = how, .sum = *sum };
}

static void look_at(struct search *search, const char *line, size_t len)
{
	struct duet_get_sum sum = { 0 };
	char name[NAME_BYTES];
	struct entry entry;
	int how;

	if (!read_entry(line, len, &entry) || !read_name(&entry, name))
		return;
	search->count++;
	if (table[entry.row].kind >= 0)
		take_hex(&sum, table[entry.row].kind, entry.hex,
			 table[entry.row].digits);
	if (entry.name.len == 0) {
		search->only = sum;
		return;
	}
	how = compare(name, search->name);
	if (how == NOT_NAMED)
		return;
	if (sum.hex[0] == '\0')
		search->weak = table[entry.row].why;
	else
		offer(&search->found[sum.kind], how, &sum);
}

static const struct found *best_of(const struct search *search)
{
	const struct found *best = &search->found[0];
	size_t i;

	for (i = 1; i < DUET_HASH_KINDS; i++)
		if (search->found[i].how > NOT_NAMED &&
		    search->found[i].how >= best->how)
			best = &search->found[i];
	return best;
}

static int conclude(const struct search *search, struct duet_get_sum *ret,
		    struct duet_error *err)
{
	const struct found *best = best_of(search);
	char shown[SHOWN];

	duet_str_printable(shown, sizeof(shown), duet_str(search->name));
	if (search->count == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "there are no sums in it: a line of it is HEX  NAME, or SHA256 (NAME) = HEX");
	if (best->differs)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "it has two different sums of '%s'; give the right one as %s:HEX",
				      shown, duet_get_sum_name(best->sum.kind));
	if (best->how > NOT_NAMED) {
		*ret = best->sum;
		return DUET_OK;
	}
	if (search->weak != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "its sum of '%s' proves nothing: %s; ask for a file of SHA-256 sums",
				      shown, search->weak);
	if (search->count > 1 || search->only.hex[0] == '\0')
		return DUET_EOF;
	*ret = search->only;
	return DUET_OK;
}

int duet_get_sums_find(struct duet_bytes text, const char *name,
		       struct duet_get_sum *ret, struct duet_error *err)
{
	struct search search = { .name = name };
	const char *p = text.data;
	size_t left = text.len;

	if (left >= BOM_BYTES && memcmp(p, BOM, BOM_BYTES) == 0) {
		p += BOM_BYTES;
		left -= BOM_BYTES;
	}
	while (left > 0) {
		const char *end = memchr(p, '\n', left);
		size_t len = end != NULL ? (size_t)(end - p) : left;

		look_at(&search, p, len);
		if (end == NULL)
			break;
		p += len + 1;
		left -= len + 1;
	}
	return conclude(&search, ret, err);
}
