/* SPDX-License-Identifier: MIT */
/*
 * settings/settings.h - what duet.yaml says, as structs.
 *
 *   file --document.c--> nodes with their places --shape.c--> they are what the
 *   tables say --spell.c--> YAML without short forms --load.c--> structs
 *   --check.c--> they make sense together
 *
 * All of it is reading: whether a certificate or a directory is there is a
 * question for daemon/, which asks duet_settings_place() where in the file the
 * answer belongs.
 */
#ifndef DUET_SETTINGS_SETTINGS_H
#define DUET_SETTINGS_SETTINGS_H

#include <duet/http.h>

#include "settings/findings.h"

/* NULL and, in limits, 0 are what the file does not say. Paths are as they
 * stand in the file; see duet_settings_path(). */
struct duet_settings_identity {
	char *cert;
	char *key;
};

struct duet_settings_redirect {
	char *to;
	int64_t *status;
};

struct duet_settings_reply {
	int64_t *status;
	char *type;
	char *text;
};

/* One of the first three. */
struct duet_settings_field {
	char *set;
	char *add;
	char *remove;
	char *value;
};

struct duet_settings_cache {
	char **files;
	uint32_t n_files;
	char *control;
};

struct duet_settings_error {
	int64_t *status;
	char *file;
};

/* 0 is what is not said. */
struct duet_settings_throttle {
	uint32_t requests;
	uint32_t seconds;
	uint32_t burst;
	uint32_t concurrent;
	uint32_t reply_rate;
	uint32_t clients;
	uint32_t v4_bits;
	uint32_t v6_bits;
};

struct duet_settings_auth {
	char *users;
	char *realm;
};

/* What a site and each of its routes may say. What is said to be none is not
 * there, and so true. */
struct duet_settings_rules {
	char *root;
	bool *list;
	bool *compress;
	bool *insecure_http;
	char *fallback;
	bool no_fallback;
	struct duet_settings_redirect *redirect;
	struct duet_settings_reply *reply;
	struct duet_settings_field *headers;
	uint32_t n_headers;
	struct duet_settings_cache *cache;
	uint32_t n_cache;
	bool no_cache;
	struct duet_settings_error *errors;
	uint32_t n_errors;
	bool no_errors;
	char **allow;
	uint32_t n_allow;
	char **deny;
	uint32_t n_deny;
	bool no_deny; /* no prefix that is said around it counts */
	struct duet_settings_throttle *throttle;
	bool no_throttle;
	struct duet_settings_auth *auth;
	bool no_auth;
};

struct duet_settings_route {
	struct duet_settings_rules rules;
	char *path;
};

struct duet_settings_hsts {
	int64_t *max_age_s;
	bool subdomains;
	bool preload;
};

struct duet_settings_site {
	struct duet_settings_rules rules;
	char **names;
	uint32_t n_names;
	bool is_default;
	struct duet_settings_identity *identities;
	uint32_t n_identities;
	struct duet_settings_hsts *hsts;
	struct duet_settings_route *routes;
	uint32_t n_routes;
};

struct duet_settings_log {
	char *file;
	int *format; /* enum duet_line_format */
};

struct duet_settings {
	char **listen;
	uint32_t n_listen;
	char **http_redirect;
	uint32_t n_http_redirect;
	int64_t *workers;
	int *isolation; /* enum duet_isolation */
	int *attitude;  /* enum duet_attitude */
	int64_t *drain_s;
	int64_t *ticket_key_s;
	int64_t *max_connections;
	char *admin;
	struct duet_settings_log *log;
	bool no_log;
	struct duet_limits *limits; /* size is not set */
	struct duet_settings_site *sites;
	uint32_t n_sites;
};

/* A file that has been read. */
struct duet_settings_file;

/*
 * Read a file. What is wrong with it goes to findings, all that can be told;
 * *ret is there (the caller's to free) unless the file is not YAML, and its
 * settings are unless one of its values is not of the kind that its key wants.
 * DUET_OK also with findings: ask them whether there are errors. Otherwise the
 * file could not be read (DUET_E_SYSTEM, DUET_E_LIMIT) or there is no memory.
 */
DUET_CHECK int duet_settings_read(const char *path,
				  struct duet_findings *findings,
				  struct duet_settings_file **ret,
				  struct duet_error *err);
void duet_settings_free(struct duet_settings_file *file);
/* NULL: see above. */
const struct duet_settings *duet_settings_of(
	const struct duet_settings_file *file);
/*
 * Where in the file something is: "sites/2/root" is the root of its third
 * site. What is not there is where what holds it begins.
 */
struct duet_place duet_settings_place(const struct duet_settings_file *file,
				      const char *fmt, ...) DUET_PRINTF(2, 3);
/* A path of the file as this process has to write it: what is relative is so
 * to the directory of the file. New; NULL without memory. */
char *duet_settings_path(const struct duet_settings_file *file,
			 const char *path);
/* The same of a place to listen, which has one in "unix:PATH". */
char *duet_settings_where(const struct duet_settings_file *file,
			  const char *where);

#endif
