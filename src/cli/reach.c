/* SPDX-License-Identifier: MIT */
#include "cli/reach.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/exit.h"
#include "cli/pin.h"
#include "cli/proxy.h"
#include "cli/reach_int.h"
#include "daemon/local_ca.h"

static int exit_or_nomem(int status, int number)
{
	return status == DUET_E_NOMEM ? DUET_EXIT_NOMEM : number;
}

int duet_reach_init(struct duet_reach *reach,
		    const struct duet_reach_options *options, int *ret_exit,
		    struct duet_error *err)
{
	int rc;

	memset(reach, 0, sizeof(*reach));
	reach->options = options;
	rc = duet_resolve_table_init(&reach->resolve, &options->resolve,
				     &options->connect_to, err);
	if (rc == DUET_OK)
		rc = duet_pins_read(&options->pins, reach->pins, &reach->n_pins,
				    err);
	if (rc != DUET_OK) {
		*ret_exit = exit_or_nomem(rc, DUET_EXIT_USAGE);
		return rc;
	}
	/* Without a home, or memory, they are kept nowhere. */
	reach->crl_dir = duet_file_xdg(DUET_XDG_CACHE, "crl");
	if (options->cert != NULL) {
		rc = duet_reach_load_identity(reach, err);
		if (rc != DUET_OK)
			*ret_exit = exit_or_nomem(rc, DUET_EXIT_OWN_CERT);
	}
	return rc;
}

void duet_reach_done(struct duet_reach *reach)
{
	duet_identity_release(reach->identity);
	duet_mem_free(reach->crl_dir);
	duet_resolve_table_done(&reach->resolve);
	memset(reach, 0, sizeof(*reach));
}

int duet_reach_tls(const struct duet_reach *reach, bool local,
		   struct duet_client_config *ret, int *ret_exit,
		   struct duet_error *err)
{
	const struct duet_reach_options *options = reach->options;

	ret->identity = reach->identity;
	ret->profile = duet_reach_profile(options);
	ret->revocation = duet_reach_revocation(options);
	ret->pins = reach->pins;
	ret->n_pins = reach->n_pins;
	ret->trust = duet_local_ca_trust(options->cacert, options->capath,
					 options->crl, local, err);
	if (ret->trust != NULL)
		return DUET_OK;
	*ret_exit = exit_or_nomem(err->code, DUET_EXIT_CA_FILE);
	return err->code;
}

/* An https proxy is believed by trust of its own, as curl does it. */
static int add_proxy(const struct duet_reach_options *options,
		     struct duet_client_options *settings, int *ret_exit,
		     struct duet_error *err)
{
	static const char *const alpn[] = { "http/1.1", NULL };
	struct duet_client_config tls = { .size = sizeof(tls), .alpn = alpn };

	duet_reach_proxy_choose(options, settings);
	if (!duet_reach_proxy_wants_tls(settings))
		return DUET_OK;
	tls.trust = duet_local_ca_trust(options->proxy_cacert, NULL, NULL,
					false, err);
	if (tls.trust == NULL) {
		*ret_exit = exit_or_nomem(err->code, DUET_EXIT_CA_FILE);
		return err->code;
	}
	settings->proxy_tls = duet_config_client(&tls, err);
	duet_trust_release(tls.trust);
	if (settings->proxy_tls != NULL)
		return DUET_OK;
	*ret_exit = duet_exit_for(err->code);
	return err->code;
}

int duet_reach_way(const struct duet_reach *reach,
		   struct duet_client_options *ret, int *ret_exit,
		   struct duet_error *err)
{
	const struct duet_reach_options *options = reach->options;

	ret->resolve = reach->resolve.rows;
	ret->connect_to = reach->resolve.detours;
	ret->connect_ms = options->connect_timeout_ms;
	ret->unix_socket = options->unix_socket;
	ret->interface = options->interface;
	ret->family = options->family;
	ret->crl_dir = reach->crl_dir;
	ret->crl_ms = options->revocation_time_ms;
	ret->crl_bytes = (uint64_t)options->revocation_size;
	return add_proxy(options, ret, ret_exit, err);
}

struct duet_client *duet_reach_client(
	const struct duet_reach *reach,
	const struct duet_client_options *settings, int *ret_exit,
	struct duet_error *err)
{
	const struct duet_reach_options *options = reach->options;
	struct duet_client *client = duet_client_new(settings, err);

	if (client != NULL)
		return client;
	*ret_exit = duet_exit_for(err->code);
	/* Who has typed no such thing looks for it in vain. */
	if (err->code == DUET_E_ARGUMENT &&
	    ((options->proxy == NULL &&
	      duet_str_starts(err->text, "the proxy: ")) ||
	     (options->noproxy == NULL &&
	      duet_str_starts(err->text, "no proxy for "))))
		duet_error_append(err,
				  "; it comes from the environment (*_proxy)");
	return NULL;
}
