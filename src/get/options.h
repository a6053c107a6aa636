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
	const char *capath;
	const char *crl;
	uint8_t revocation;         /* see duet_get_options_revocation() */
	int32_t revocation_time_ms; /* for one CRL; 0: the library's limit */
	int64_t revocation_size;    /* of one CRL in bytes; 0: the same */
	struct duet_opt_list pins;  /* "sha256//BASE64[;...]" */
	uint8_t min_tls;            /* see duet_get_options_profile() */
	const char *cert;
	const char *key;
	const char *pass;
	const char *pass_file;
	int64_t pass_fd; /* -1: none */
	bool insecure_any_certificate;
	bool insecure_http;
	struct duet_opt_list resolve;
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
/* The enum duet_revocation that --revocation asks for, or that follows where
 * it was not given: soft, unless CRLs are given or anybody is believed. */
uint8_t duet_get_options_revocation(const struct duet_get_options *options);
/* The enum duet_profile that --min-tls asks for. */
uint8_t duet_get_options_profile(const struct duet_get_options *options);

#endif
