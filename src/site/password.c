/* SPDX-License-Identifier: MIT */
#include "site/password.h"

#include <crypt.h>
#include <string.h>

#include "base/error.h"
#include "base/library.h"
#include "base/mem.h"
#include "base/str.h"

#define FUNCTIONS(X) X(crypt_checksalt) X(crypt_rn)

DUET_LIBRARY(libcrypt, "libcrypt.so.1", FUNCTIONS, "the hashes of passwords");

enum {
	BCRYPT_COST_MIN = 4,
	ROUNDS_MIN = 1000,
	SCRYPT_BLOCK = 128, /* bytes, of RFC 7914 s2: times r, times N */
	LOG2_N_MIN = 2,
	YESCRYPT_ONE_LETTER = 48,
	YESCRYPT_SALT_MAX = 86,
	DES_LETTERS = 13,
	DES_EXTENDED_LETTERS = 20,
};

/*
 * What follows a prefix, as far as a password cannot be checked with it, or
 * only in a long time: the former would be as good as "later" for ever, for
 * crypt_rn(3) has no other word for it than for memory that is missing. The
 * statuses of duet_password_check_hash().
 */
typedef int check_cost_fn(const char *after_prefix, struct duet_error *err);

static int check_bcrypt(const char *text, struct duet_error *err);
static int check_rounds(const char *text, struct duet_error *err);
static int check_scrypt(const char *text, struct duet_error *err);
static int check_yescrypt(const char *text, struct duet_error *err);

static const struct form {
	const char *prefix;
	const char *name;
	size_t letters; /* behind the last '$' */
	check_cost_fn *check_cost;
} forms[] = {
	{ "$y$", "yescrypt", 43, check_yescrypt },
	{ "$gy$", "gost-yescrypt", 43, check_yescrypt },
	{ "$7$", "scrypt", 43, check_scrypt },
	{ "$2a$", "bcrypt", 53, check_bcrypt },
	{ "$2b$", "bcrypt", 53, check_bcrypt },
	{ "$2y$", "bcrypt", 53, check_bcrypt },
	{ "$6$", "sha512crypt", 86, check_rounds },
	{ "$5$", "sha256crypt", 43, check_rounds },
};

static const struct {
	const char *prefix;
	const char *what;
} broken[] = {
	{ "$apr1$", "MD5, as htpasswd without -B writes" },
	{ "$1$", "MD5" },
	{ "$md5", "MD5" },
	{ "{SHA}", "SHA-1 without a salt, as htpasswd -s writes" },
	{ "{SSHA}", "SHA-1" },
	{ "$sha1$", "SHA-1" },
	{ "$3$", "MD4, as Windows has it" },
	{ "$2$", "the first bcrypt, $2$" },
	{ "$2x$", "a bcrypt with a fault, $2x$" },
};

/* ---- what a hash costs ---- */

/* The letters of crypt(3)'s numbers, in their order; -1 for others. */
static int value_of(char c)
{
	if (c == '.' || c == '/')
		return c - '.';
	if (duet_is_digit((unsigned char)c))
		return c - '0' + 2;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 12;
	return c >= 'a' && c <= 'z' ? c - 'a' + 38 : -1;
}

static int damaged(struct duet_error *err)
{
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "has a password hash that is damaged");
}

/* "05$" */
static int check_bcrypt(const char *text, struct duet_error *err)
{
	int cost;

	if (!duet_is_digit((unsigned char)text[0]) ||
	    !duet_is_digit((unsigned char)text[1]) || text[2] != '$')
		return damaged(err);
	cost = (text[0] - '0') * 10 + text[1] - '0';
	if (cost < BCRYPT_COST_MIN)
		return damaged(err);
	if (cost > DUET_PASSWORD_BCRYPT_COST_MAX)
		return duet_error_set(err, DUET_E_LIMIT,
				      "has a password that takes too long to check (bcrypt of cost %d, and at most %d is taken)",
				      cost, DUET_PASSWORD_BCRYPT_COST_MAX);
	return DUET_OK;
}

/* "rounds=5000$", or nothing */
static int check_rounds(const char *text, struct duet_error *err)
{
	static const char key[] = "rounds=";
	struct duet_bytes digits;
	uint64_t rounds;

	if (!duet_str_starts(text, key))
		return DUET_OK;
	text += sizeof(key) - 1;
	digits = (struct duet_bytes){ text, strcspn(text, "$") };
	if (text[0] == '0' || !duet_parse_u64(digits, &rounds) ||
	    rounds < ROUNDS_MIN)
		return damaged(err);
	if (rounds > DUET_PASSWORD_ROUNDS_MAX)
		return duet_error_set(err, DUET_E_LIMIT,
				      "has a password that takes too long to check (more than %d rounds)",
				      DUET_PASSWORD_ROUNDS_MAX);
	return DUET_OK;
}

/* times: r and p, by which N = 2^log2_n is multiplied. */
static int check_memory(int log2_n, uint64_t times, struct duet_error *err)
{
	const uint64_t max = DUET_PASSWORD_MEMORY_MAX / SCRYPT_BLOCK;

	if (log2_n < LOG2_N_MIN || times == 0)
		return damaged(err);
	if (log2_n >= 32 || times > max || times << log2_n > max)
		return duet_error_set(err, DUET_E_LIMIT,
				      "has a password that takes too long to check (more than %d MiB of memory)",
				      DUET_PASSWORD_MEMORY_MAX >> 20);
	return DUET_OK;
}

/* Thirty bits, the lowest six first; UINT32_MAX if it is none. */
static uint32_t number_of(const char *text)
{
	uint32_t number = 0;
	int i;

	for (i = 0; i < 5; i++) {
		int value = value_of(text[i]);

		if (value < 0)
			return UINT32_MAX;
		number |= (uint32_t)value << 6 * i;
	}
	return number;
}

/* "CU..../....": a letter of N, five of r, five of p */
static int check_scrypt(const char *text, struct duet_error *err)
{
	uint32_t r, p;

	if (strcspn(text, "$") < 11)
		return damaged(err);
	r = number_of(text + 1);
	p = number_of(text + 6);
	if (r == UINT32_MAX || p == UINT32_MAX)
		return damaged(err);
	return check_memory(value_of(text[0]), (uint64_t)r * p, err);
}

/* Whole bytes, the lowest bits first, and nothing in the bits left over. */
static bool is_whole_salt(const char *salt, size_t len)
{
	size_t rest = len % 4; /* letters, of 6 bits */
	int last;

	if (len > YESCRYPT_SALT_MAX || rest == 1)
		return false;
	if (rest == 0)
		return true;
	last = value_of(salt[len - 1]);
	return last >= 0 && last < (rest == 2 ? 4 : 16);
}

/* "j9T$": a letter each of the flavour, N and r. The format has longer ones,
 * which crypt_gensalt(3) does not make. */
static int check_yescrypt(const char *text, struct duet_error *err)
{
	int n, r;

	if (strcspn(text, "$") != 3 || text[0] != 'j')
		return duet_error_set(err, DUET_E_UNSUPPORTED,
				      "has a yescrypt password with settings that are not known here");
	n = value_of(text[1]);
	r = value_of(text[2]);
	if (n < 0 || n >= YESCRYPT_ONE_LETTER || r < 0 ||
	    r >= YESCRYPT_ONE_LETTER ||
	    !is_whole_salt(text + 4, strcspn(text + 4, "$")))
		return damaged(err);
	return check_memory(n + 1, (uint64_t)r + 1, err);
}

/* ---- what form it has ---- */

static bool is_all_letters(const char *text)
{
	while (value_of(*text) >= 0)
		text++;
	return *text == '\0';
}

static int check_form(const struct form *form, const char *hash,
		      struct duet_error *err)
{
	const char *digest = strrchr(hash, '$') + 1;
	size_t len = strlen(digest);
	int rc;

	if (len != form->letters)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "has a %s password that is damaged: %zu characters follow the last '$' where %zu should",
				      form->name, len, form->letters);
	if (!is_all_letters(digest))
		return damaged(err);
	rc = duet_library_open(&libcrypt_library, err);
	if (rc < 0) {
		duet_error_prefix(err,
				  "has a password that cannot be checked: ");
		return rc;
	}
	if (libcrypt.crypt_checksalt(hash) == CRYPT_SALT_INVALID)
		return duet_error_set(err, DUET_E_UNSUPPORTED,
				      "has a %s password that is damaged, or that the crypt(3) of this machine does not know",
				      form->name);
	return form->check_cost(hash + strlen(form->prefix), err);
}

static int refuse_broken(const char *what, struct duet_error *err)
{
	return duet_error_set(err, DUET_E_WEAK,
			      "has a password in a form that is broken quickly (%s)",
			      what);
}

static int refuse_unknown(const char *hash, struct duet_error *err)
{
	size_t len = strlen(hash);
	size_t i;

	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		if (duet_str_starts(hash, broken[i].prefix))
			return refuse_broken(broken[i].what, err);
	if (len == DES_LETTERS && is_all_letters(hash))
		return refuse_broken("DES, as htpasswd -d writes", err);
	if (len == DES_EXTENDED_LETTERS && hash[0] == '_' &&
	    is_all_letters(hash + 1))
		return refuse_broken("DES", err);
	if (len == 0)
		return duet_error_set(err, DUET_E_ARGUMENT, "has no password");
	if (hash[0] == '!' || hash[0] == '*')
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "is locked, as '%c' in place of a password says: remove the line, or give it a password",
				      hash[0]);
	if (hash[0] == '$' || hash[0] == '{')
		return duet_error_set(err, DUET_E_UNSUPPORTED,
				      "has a password in a form that is not known here");
	return duet_error_set(err, DUET_E_WEAK,
			      "has a password in plain text, or in a form that is not known here");
}

int duet_password_check_hash(const char *hash, struct duet_error *err)
{
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (duet_str_starts(hash, forms[i].prefix))
			return check_form(&forms[i], hash, err);
	return refuse_unknown(hash, err);
}

int duet_password_matches(const char *password, const char *hash, bool *ret)
{
	struct crypt_data *data = duet_mem_zalloc(sizeof(*data));
	const char *made;
	size_t len = strlen(hash);

	if (data == NULL)
		return DUET_E_NOMEM;
	made = libcrypt.crypt_rn(password, hash, data, (int)sizeof(*data));
	/* Both are good, so that only memory can be what is missing; yescrypt
	 * says EINVAL all the same. */
	if (made != NULL)
		*ret = strlen(made) == len && duet_mem_is_same(made, hash, len);
	duet_mem_free_secret(data, sizeof(*data));
	return made != NULL ? DUET_OK : DUET_E_NOMEM;
}
