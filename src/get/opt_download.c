/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "get/opt_tables.h"
#include "get/options.h"

enum {
	RATE_MAX_BITS = 40, /* a thousand GiB a second */
};

static int set_continue(void *options, const struct duet_opt *opt,
			const char *arg, struct duet_error *err)
{
	struct duet_get_options *get = options;
	uint64_t from;

	get->resume = strcmp(arg, "-") == 0;
	if (get->resume)
		return DUET_OK;
	if (duet_parse_u64(duet_str(arg), &from))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "where to go on is found by looking at what is there: say -C %s; for the bytes from %.20s on say -r %.20s-",
				      opt->example, arg, arg);
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "it takes nothing but '-': try -C %s",
			      opt->example);
}

/* "800", "64k", "1.5M" is none; as curl: k, m, g are powers of 1024. */
static int set_rate(void *options, const struct duet_opt *opt, const char *arg,
		    struct duet_error *err)
{
	static const char units[] = "kmg";
	struct duet_get_options *get = options;
	struct duet_bytes digits = duet_str(arg);
	const char *unit = NULL;
	unsigned shift = 0;
	uint64_t rate = 0;
	char shown[40];

	if (digits.len > 0)
		unit = strchr(units,
			      duet_to_lower(
				      (unsigned char)arg[digits.len - 1]));
	if (unit != NULL && *unit != '\0') {
		digits.len--;
		shift = 10 * (unsigned)(unit - units + 1);
	}
	if (duet_parse_u64(digits, &rate) && rate > 0 &&
	    rate <= (1ULL << RATE_MAX_BITS) >> shift) {
		get->limit_rate = rate << shift;
		return DUET_OK;
	}
	duet_str_printable(shown, sizeof(shown), duet_str(arg));
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "'%s' is not a number of bytes a second, from 1 to 1024g: try --limit-rate %s",
			      shown, opt->example);
}

const struct duet_opt duet_get_opt_download[] = {
	{ "continue-at", 'C', "-", "go on where an earlier one was cut",
	  DUET_OPT_CALL(set_continue), .group = "Download", .example = "-" },
	{ "retry", 0, "NUMBER", "try so often again what may pass [0]",
	  DUET_OPT_NUMBER(struct duet_get_options, retry, 0, 1000000),
	  .example = "3" },
	{ "retry-delay", 0, "SECONDS", "wait so long each time",
	  DUET_OPT_SECONDS(struct duet_get_options, retry_delay_ms, 1,
			   2000000000),
	  .example = "5" },
	{ "retry-max-time", 0, "SECONDS", "begin none later than that",
	  DUET_OPT_SECONDS(struct duet_get_options, retry_max_ms, 1,
			   2000000000),
	  .example = "60" },
	{ "limit-rate", 0, "BYTES[k|m|g]", "no more than so many a second",
	  DUET_OPT_CALL(set_rate), .example = "500k" },
	{ "segments", 0, "NUMBER", "in so many parts at once [1]",
	  DUET_OPT_NUMBER(struct duet_get_options, segments, 1, 16),
	  .example = "4" },
	{ 0 },
};
