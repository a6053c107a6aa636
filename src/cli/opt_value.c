/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/opt.h"

enum {
	LIST_MAX = 4096,
	SHOWN = 80, /* of a value in an error */
};

int duet_opt_list_add(struct duet_opt_list *list, const char *item)
{
	const char **items;

	if (list->count >= LIST_MAX)
		return DUET_E_LIMIT;
	items = duet_mem_resize(list->items,
				(list->count + 2) * sizeof(*items));
	if (items == NULL)
		return DUET_E_NOMEM;
	items[list->count++] = item;
	items[list->count] = NULL;
	list->items = items;
	return DUET_OK;
}

void duet_opt_list_done(struct duet_opt_list *list)
{
	duet_mem_free(list->items);
	list->items = NULL;
	list->count = 0;
}

/* "'5x' is not WHAT; try --max-time 5" */
static int refuse(struct duet_error *err, const struct duet_opt *opt,
		  const char *given, const char *arg, const char *what)
{
	char shown[SHOWN];

	duet_str_printable(shown, sizeof(shown), duet_str(arg));
	if (opt->example == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%s: '%s' is not %s", given, shown, what);
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "%s: '%s' is not %s; try %s %s", given, shown,
			      what, given, opt->example);
}

static int store_number(const struct duet_opt *opt, const char *given,
			const char *arg, int64_t *ret, struct duet_error *err)
{
	uint64_t value;

	if (!duet_parse_u64(duet_str(arg), &value))
		return refuse(err, opt, given, arg, "a whole number");
	if (value > INT64_MAX || (int64_t)value < opt->min ||
	    (int64_t)value > opt->max)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%s: %s is out of range; from %lld to %lld",
				      given, arg, (long long)opt->min,
				      (long long)opt->max);
	*ret = (int64_t)value;
	return DUET_OK;
}

/* Digits with at most three behind a point, as ms. */
static bool parse_seconds(const char *arg, uint64_t *ret_ms)
{
	struct duet_bytes whole = { arg, strcspn(arg, ".") };
	const char *p = arg + whole.len;
	uint64_t seconds;
	uint64_t unit = 100;

	if (!duet_parse_u64(whole, &seconds) || seconds > INT32_MAX)
		return false;
	*ret_ms = seconds * 1000;
	if (*p == '\0')
		return true;
	if (p[1] == '\0')
		return false;
	for (p++; *p != '\0'; p++, unit /= 10) {
		if (!duet_is_digit((unsigned char)*p) || unit == 0)
			return false;
		*ret_ms += (uint64_t)(*p - '0') * unit;
	}
	return true;
}

static int store_seconds(const struct duet_opt *opt, const char *given,
			 const char *arg, int32_t *ret, struct duet_error *err)
{
	uint64_t ms;

	if (!parse_seconds(arg, &ms))
		return refuse(err, opt, given, arg, "a number of seconds");
	if (ms > INT32_MAX || (int64_t)ms < opt->min || (int64_t)ms > opt->max)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%s: %s is out of range; from %.10g to %.10g seconds",
				      given, arg, (double)opt->min / 1000,
				      (double)opt->max / 1000);
	*ret = (int32_t)ms;
	return DUET_OK;
}

/* "strict|framed|lenient" as "strict, framed or lenient" */
static void words_of_choice(char *dst, size_t cap, const char *choices)
{
	const char *last = strrchr(choices, '|');
	size_t used = strlen(dst);

	for (; *choices != '\0' && used + 5 < cap; choices++) {
		const char *word = *choices == '|' ? ", " : NULL;

		if (choices == last)
			word = " or ";
		if (word != NULL) {
			memcpy(dst + used, word, strlen(word));
			used += strlen(word);
		} else {
			dst[used++] = *choices;
		}
	}
	dst[used] = '\0';
}

static int store_choice(const struct duet_opt *opt, const char *given,
			const char *arg, uint8_t *ret, struct duet_error *err)
{
	char what[128] = "one of ";
	const char *p = opt->arg;
	uint8_t i = 0;

	for (;;) {
		struct duet_bytes word = { p, strcspn(p, "|") };

		if (duet_bytes_eq(word, arg)) {
			*ret = i;
			return DUET_OK;
		}
		p += word.len;
		if (*p == '\0')
			break;
		p++;
		i++;
	}
	words_of_choice(what, sizeof(what), opt->arg);
	return refuse(err, opt, given, arg, what);
}

int duet_opt_store(const struct duet_opt *opt, const char *given,
		   const char *arg, void *options, struct duet_error *err)
{
	void *at = (char *)options + opt->offset;
	int rc = DUET_OK;

	switch (opt->kind) {
	case DUET_OPT_KIND_FLAG:
		*(bool *)at = true;
		break;
	case DUET_OPT_KIND_SET:
		*(uint8_t *)at = (uint8_t)opt->min;
		break;
	case DUET_OPT_KIND_STRING:
		*(const char **)at = arg;
		break;
	case DUET_OPT_KIND_LIST:
		rc = duet_opt_list_add(at, arg);
		if (rc != DUET_OK)
			rc = duet_error_set(err, rc, "%s: too many of them",
					    given);
		break;
	case DUET_OPT_KIND_NUMBER:
		rc = store_number(opt, given, arg, at, err);
		break;
	case DUET_OPT_KIND_SECONDS:
		rc = store_seconds(opt, given, arg, at, err);
		break;
	case DUET_OPT_KIND_CHOICE:
		rc = store_choice(opt, given, arg, at, err);
		break;
	case DUET_OPT_KIND_CALL:
		rc = opt->call(options, opt, arg, err);
		if (rc != DUET_OK)
			duet_error_prefix(err, "%s: ", given);
		break;
	}
	return rc;
}
