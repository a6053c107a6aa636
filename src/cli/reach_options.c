/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/error.h"
#include "cli/reach.h"

enum {
	REVOCATION_OFF, /* as "off|soft|hard" counts them */
	REVOCATION_SOFT,
	REVOCATION_HARD,
	REVOCATION_NOT_SAID,
};

enum {
	TLS_1_2, /* as "1.2|1.3" counts them */
	TLS_1_3,
};

void duet_reach_options_init(struct duet_reach_options *options)
{
	memset(options, 0, sizeof(*options));
	options->revocation = REVOCATION_NOT_SAID;
	options->min_tls = TLS_1_2;
	options->pass_fd = -1;
}

void duet_reach_options_done(struct duet_reach_options *options)
{
	duet_opt_list_done(&options->resolve);
	duet_opt_list_done(&options->connect_to);
	duet_opt_list_done(&options->pins);
}

/* Of --pass, --pass-file and --pass-fd. */
static int check_pass(const struct duet_reach_options *options,
		      struct duet_error *err)
{
	int n = (options->pass != NULL) + (options->pass_file != NULL) +
		(options->pass_fd >= 0);

	if (n > 0 && options->cert == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%s needs the file it opens: add --cert FILE",
				      options->pass != NULL ? "--pass"
				      : options->pass_file != NULL
					      ? "--pass-file"
					      : "--pass-fd");
	if (n > 1)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--pass, --pass-file and --pass-fd give the same passphrase: leave all but one of them out");
	return DUET_OK;
}

int duet_reach_options_check(const struct duet_reach_options *options,
			     struct duet_error *err)
{
	if (options->cert == NULL && options->key != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--key needs the certificate it belongs to: add --cert FILE");
	if (options->unix_socket != NULL && options->proxy != NULL &&
	    options->proxy[0] != '\0')
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--unix-socket and --proxy are two ways, and there is one at a time: leave one of them out");
	if (duet_reach_asks_revocation(options) && options->crl != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--crl gives the CRLs that --revocation would fetch: leave one of the two out");
	return check_pass(options, err);
}

bool duet_reach_asks_revocation(const struct duet_reach_options *options)
{
	return options->revocation == REVOCATION_SOFT ||
	       options->revocation == REVOCATION_HARD;
}

uint8_t duet_reach_revocation(const struct duet_reach_options *options)
{
	switch (options->revocation) {
	case REVOCATION_OFF:
		return DUET_REVOCATION_OFF;
	case REVOCATION_SOFT:
		return DUET_REVOCATION_SOFT;
	case REVOCATION_HARD:
		return DUET_REVOCATION_HARD;
	default:
		break;
	}
	return options->crl != NULL ? DUET_REVOCATION_OFF
				    : DUET_REVOCATION_SOFT;
}

uint8_t duet_reach_profile(const struct duet_reach_options *options)
{
	return options->min_tls == TLS_1_3 ? DUET_PROFILE_MODERN
					   : DUET_PROFILE_INTERMEDIATE;
}
