/* SPDX-License-Identifier: MIT */
/*
 * cli/reach.h - how servers are reached: the options about it that several
 * commands have, and what they come to: whom we believe, who we are, which way
 * leads there.
 *
 * A command keeps a struct duet_reach_options as the first member of its own
 * options, for the tables here store into it by offset.
 */
#ifndef DUET_CLI_REACH_H
#define DUET_CLI_REACH_H

#include <duet/client.h>
#include <duet/tls.h>

#include "cli/opt.h"
#include "cli/resolve.h"

/* All strings are borrowed from the command line. */
struct duet_reach_options {
	const char *cacert;
	const char *capath;
	const char *crl;
	uint8_t revocation;         /* see duet_reach_revocation() */
	int32_t revocation_time_ms; /* for one CRL; 0: the library's limit */
	int64_t revocation_size;    /* of one CRL in bytes; 0: the same */
	struct duet_opt_list pins;  /* "sha256//BASE64[;...]" */
	uint8_t min_tls;            /* see duet_reach_profile() */
	const char *cert;
	const char *key;
	const char *pass;
	const char *pass_file;
	int64_t pass_fd; /* -1: none */
	struct duet_opt_list resolve;
	struct duet_opt_list connect_to;
	const char *unix_socket;
	const char *interface;
	uint8_t family;             /* enum duet_family */
	int32_t connect_timeout_ms; /* 0: the library's */
	int32_t max_time_ms;        /* 0: the command's */
	const char *proxy;          /* "": none, whatever the environment */
	const char *proxy_user;
	const char *proxy_cacert;
	const char *noproxy; /* instead of the environment's */
};

extern const struct duet_opt duet_reach_opt_trust[];
extern const struct duet_opt duet_reach_opt_connection[];
extern const struct duet_opt duet_reach_opt_proxy[];

void duet_reach_options_init(struct duet_reach_options *options);
void duet_reach_options_done(struct duet_reach_options *options);
/* What no single option can see: --key without --cert, --crl with
 * --revocation. DUET_OK or DUET_E_ARGUMENT. */
DUET_CHECK int duet_reach_options_check(
	const struct duet_reach_options *options, struct duet_error *err);
/* Whether --revocation asks for CRLs to be fetched in so many words. */
bool duet_reach_asks_revocation(const struct duet_reach_options *options);
/* The enum duet_revocation that --revocation asks for, or that follows where
 * it was not given: soft, unless CRLs are given. */
uint8_t duet_reach_revocation(const struct duet_reach_options *options);
/* The enum duet_profile that --min-tls asks for. */
uint8_t duet_reach_profile(const struct duet_reach_options *options);

/* What the options name, read. */
struct duet_reach {
	const struct duet_reach_options *options;
	struct duet_identity *identity; /* NULL: none */
	struct duet_resolve_table resolve;
	struct duet_pin pins[DUET_PINS_MAX];
	size_t n_pins;
	char *crl_dir; /* where CRLs are kept; NULL: nowhere */
};

/* On failure *ret_exit is the exit code that goes with the sentence. */
DUET_CHECK int duet_reach_init(struct duet_reach *reach,
			       const struct duet_reach_options *options,
			       int *ret_exit, struct duet_error *err);
/* Also after a failed init. */
void duet_reach_done(struct duet_reach *reach);

/*
 * Set .trust, which is new and to be released, .identity, .profile,
 * .revocation and .pins. local: it is this machine that is asked, so the
 * per-user local CA is believed as well.
 */
DUET_CHECK int duet_reach_tls(const struct duet_reach *reach, bool local,
			      struct duet_client_config *ret, int *ret_exit,
			      struct duet_error *err);
/* Set what leads there: names, sockets, proxies, and where CRLs come from.
 * .proxy_tls is new and to be released, or NULL. */
DUET_CHECK int duet_reach_way(const struct duet_reach *reach,
			      struct duet_client_options *ret, int *ret_exit,
			      struct duet_error *err);
/* A client by all that; settings' configurations stay the caller's. */
DUET_CHECK struct duet_client *duet_reach_client(
	const struct duet_reach *reach,
	const struct duet_client_options *settings, int *ret_exit,
	struct duet_error *err);

#endif
