/* SPDX-License-Identifier: MIT */
/* get/options.h - what 'duet get' can be asked for. */
#ifndef DUET_GET_OPTIONS_H
#define DUET_GET_OPTIONS_H

#include "cli/opt.h"

enum duet_get_location {
	DUET_GET_LOCATION_SAFE = 0, /* GET and HEAD follow, others do not */
	DUET_GET_LOCATION_ON,
	DUET_GET_LOCATION_OFF,
};

/* All strings are borrowed from the command line. */
struct duet_get_options {
	struct duet_opt_list outputs; /* in order; NULL stands for -O */
	bool include;
	bool head;
	bool silent;
	bool show_error;
	bool verbose;
	bool json;
	bool fail;
	const char *method;
	struct duet_opt_list headers; /* "Name: value" */
	struct duet_opt_list data;
	const char *user;
	const char *range;
	uint8_t location; /* enum duet_get_location */
	int64_t max_redirs;
	const char *cacert;
	const char *crl;
	const char *cert;
	const char *key;
	const char *pass;
	bool insecure_any_certificate;
	bool insecure_http;
	struct duet_opt_list resolve;
	struct duet_opt_list cookies; /* "name=value" or FILE */
	const char *cookie_jar;
	const char *hsts; /* NULL: the usual place */
	bool no_hsts;
	bool netrc;
	const char *netrc_file;
	const char *bearer; /* TOKEN or @FILE */
	bool compressed;
	int32_t max_time_ms; /* 0: no limit */
	uint8_t close;       /* see duet_get_options_closure() */
};

extern const struct duet_opt_command duet_get_command;

void duet_get_options_init(struct duet_get_options *options);
void duet_get_options_done(struct duet_get_options *options);
/* What no single option can see: -I with -d, --key without --cert, more
 * outputs than URLs. DUET_OK or DUET_E_ARGUMENT. */
DUET_CHECK int duet_get_options_check(const struct duet_get_options *options,
				      int urls, struct duet_error *err);
/* ... and what no URL can have. DUET_OK or DUET_E_ARGUMENT. */
DUET_CHECK int duet_get_options_check_url(
	const struct duet_get_options *options, const char *url,
	struct duet_error *err);
/* The enum duet_closure that --close asks for. */
uint8_t duet_get_options_closure(const struct duet_get_options *options);

#endif
