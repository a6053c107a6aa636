/* SPDX-License-Identifier: MIT */
/* get/options.h - what 'duet get' can be asked for. */
#ifndef DUET_GET_OPTIONS_H
#define DUET_GET_OPTIONS_H

#include "cli/opt.h"
#include "cli/reach.h"

enum duet_get_location {
	DUET_GET_LOCATION_SAFE = 0, /* GET and HEAD follow, others do not */
	DUET_GET_LOCATION_ON,
	DUET_GET_LOCATION_OFF,
};

enum {
	DUET_GET_PARALLEL_MOST = 300,
};

/* All strings are borrowed from the command line. */
struct duet_get_options {
	struct duet_reach_options reach; /* the first, see there */
	struct duet_opt_list outputs;    /* in order; NULL stands for -O */
	bool include;
	bool head;
	bool silent;
	bool show_error;
	bool verbose;
	bool json;
	bool fail;
	struct duet_opt_list checksums; /* see get/checksum.h */
	bool insecure_any_digest;
	const char *receipt;
	const char *write_out;
	const char *har;
	bool parallel;
	int64_t parallel_max;
	bool fail_early;
	bool remote_name_all;
	uint8_t progress;  /* enum duet_get_progress_kind */
	const char *input; /* a file of URLs, see get/list.h */
	bool insecure_har_secrets;
	const char *method;
	struct duet_opt_list headers; /* "Name: value" */
	const char *user;             /* "NAME:PASSWORD", or a name alone */
	const char *user_file;
	const char *user_agent;
	const char *referer;
	struct duet_opt_list url_query;
	const char *range;
	uint8_t location; /* enum duet_get_location */
	int64_t max_redirs;
	struct duet_opt_list data;    /* of -d and its kin, in order */
	struct duet_opt_list data_by; /* ... and which each came by */
	bool get;
	struct duet_opt_list form;
	struct duet_opt_list form_by;
	const char *upload_file;
	bool expect;
	struct duet_opt_list trailers; /* "Name: value" */
	bool insecure_any_certificate;
	bool insecure_http;
	bool no_session;
	bool early_data;
	struct duet_opt_list cookies; /* "name=value" or FILE */
	const char *cookie_jar;
	const char *hsts; /* NULL: the usual place */
	bool no_hsts;
	bool netrc;
	const char *netrc_file;
	const char *bearer; /* TOKEN or @FILE */
	bool compressed;
	bool resume;            /* -C - */
	int64_t retry;          /* so often */
	int32_t retry_delay_ms; /* 0: longer each time */
	int32_t retry_max_ms;   /* 0: no limit */
	uint64_t limit_rate;    /* bytes a second; 0: no limit */
	int64_t segments;
	uint8_t close; /* see duet_get_options_closure() */
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
/* The part of both that is about bodies: options_body.c. */
DUET_CHECK int duet_get_options_check_body(
	const struct duet_get_options *options, struct duet_error *err);
DUET_CHECK int duet_get_options_check_target(
	const struct duet_get_options *options, const char *url,
	struct duet_error *err);
/* ... about files that come in parts: options_download.c. */
DUET_CHECK int duet_get_options_check_download(
	const struct duet_get_options *options, int urls,
	struct duet_error *err);
/* -r, or a header line that says by hand which part is wanted. */
bool duet_get_options_ask_for_part(const struct duet_get_options *options);
/* -T, -F or data that are not for the query. */
bool duet_get_options_has_body(const struct duet_get_options *options);
/* The enum duet_closure that --close asks for. */
uint8_t duet_get_options_closure(const struct duet_get_options *options);
/* The enum duet_revocation that --revocation asks for, or that follows where
 * it was not given: soft, unless CRLs are given or anybody is believed. */
uint8_t duet_get_options_revocation(const struct duet_get_options *options);

#endif
