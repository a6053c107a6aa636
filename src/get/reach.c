/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "get/reach.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/exit.h"
#include "cli/passphrase.h"
#include "daemon/local_ca.h"
#include "get/passphrase.h"
#include "get/pin.h"
#include "get/proxy.h"
#include "get/url.h"

enum {
	ELSEWHERE,
	LOCAL,
	CERT_FILE_MAX = 1 << 20,
	REPLY_MS = 300000, /* as duet-get(1) says */
	CONNECTIONS = 6,   /* of duet/client.h */
};

static int exit_or_nomem(int status, int number)
{
	return status == DUET_E_NOMEM ? DUET_EXIT_NOMEM : number;
}

static bool is_pem(struct duet_bytes content)
{
	static const char mark[] = "-----BEGIN ";
	const char *p = content.data;
	size_t i;

	for (i = 0; i + sizeof(mark) - 1 <= content.len; i++)
		if (memcmp(p + i, mark, sizeof(mark) - 1) == 0)
			return true;
	return false;
}

/* One that is needed and was not given is asked for, where somebody is there
 * to be asked; otherwise the refusal says what is missing. */
static int open_identity(struct duet_get_reach *reach,
			 struct duet_identity_source *source,
			 struct duet_error *err)
{
	char *passphrase = NULL;
	int rc;

	rc = duet_get_passphrase(reach->options, &passphrase, err);
	if (rc != DUET_OK)
		return rc;
	source->passphrase = passphrase;
	reach->identity = duet_identity_new(source, err);
	if (reach->identity == NULL && passphrase == NULL &&
	    err->code == DUET_E_PASSPHRASE &&
	    duet_get_passphrase_ask(reach->options, &passphrase, NULL) ==
		    DUET_OK) {
		source->passphrase = passphrase;
		reach->identity = duet_identity_new(source, err);
	}
	duet_passphrase_free(passphrase);
	return reach->identity != NULL ? DUET_OK : err->code;
}

/* PEM or PKCS#12 is told by the content, whatever the file is called. */
static int load_identity(struct duet_get_reach *reach, struct duet_error *err)
{
	const struct duet_get_options *options = reach->options;
	struct duet_identity_source source = { .size = sizeof(source) };
	struct duet_buffer content = { NULL, 0 };
	struct duet_bytes bytes;
	int rc;

	rc = duet_file_read(options->cert, CERT_FILE_MAX, &content, err);
	if (rc != DUET_OK)
		return rc;
	bytes.data = content.data;
	bytes.len = content.len;
	if (is_pem(bytes)) {
		source.cert_file = options->cert;
		source.key_file = options->key;
	} else {
		source.p12_file = options->cert;
	}
	duet_buffer_free(&content);
	return open_identity(reach, &source, err);
}

int duet_get_reach_init(struct duet_get_reach *reach,
			const struct duet_get_options *options, int *ret_exit,
			struct duet_error *err)
{
	int rc;

	memset(reach, 0, sizeof(*reach));
	reach->options = options;
	if (!options->no_session)
		duet_get_sessions_init(&reach->sessions);
	rc = duet_get_resolve_table_init(&reach->resolve, &options->resolve,
					 &options->connect_to, err);
	if (rc != DUET_OK) {
		*ret_exit = exit_or_nomem(rc, DUET_EXIT_USAGE);
		return rc;
	}
	rc = duet_get_state_init(&reach->state, options, err);
	if (rc != DUET_OK) {
		*ret_exit = exit_or_nomem(rc, DUET_EXIT_READ);
		return rc;
	}
	rc = duet_get_pins(&options->pins, reach->pins, &reach->n_pins, err);
	if (rc != DUET_OK) {
		*ret_exit = DUET_EXIT_USAGE;
		return rc;
	}
	/* Without a home, or memory, they are kept nowhere. */
	reach->crl_dir = duet_file_xdg(DUET_XDG_CACHE, "crl");
	if (options->cert != NULL) {
		rc = load_identity(reach, err);
		if (rc != DUET_OK)
			*ret_exit = exit_or_nomem(rc, DUET_EXIT_OWN_CERT);
	}
	return rc;
}

/* An https proxy is believed by trust of its own, as curl does it. */
static int add_proxy(const struct duet_get_options *options,
		     struct duet_client_options *settings, int *ret_exit,
		     struct duet_error *err)
{
	static const char *const alpn[] = { "http/1.1", NULL };
	struct duet_client_config tls = { .size = sizeof(tls), .alpn = alpn };

	duet_get_proxy_choose(options, settings);
	if (!duet_get_proxy_wants_tls(settings))
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

static struct duet_client *new_client(
	const struct duet_get_options *options,
	const struct duet_client_options *settings, int *ret_exit,
	struct duet_error *err)
{
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

static struct duet_client *make_client(struct duet_get_reach *reach, bool local,
				       int *ret_exit, struct duet_error *err)
{
	static const char *const alpn[] = { "h2", "http/1.1", NULL };
	const struct duet_get_options *options = reach->options;
	struct duet_client_config tls = {
		.size = sizeof(tls),
		.identity = reach->identity,
		.alpn = alpn,
		.profile = duet_get_options_profile(options),
		.revocation = duet_get_options_revocation(options),
		.pins = reach->pins,
		.n_pins = reach->n_pins,
		.closure = duet_get_options_closure(options),
		.insecure_any_certificate = options->insecure_any_certificate,
	};
	/* Who sets a time of their own has said how long an answer may take. */
	const struct duet_limits limits = {
		.size = sizeof(limits),
		.reply_ms = options->max_time_ms > REPLY_MS
				    ? options->max_time_ms
				    : REPLY_MS,
	};
	struct duet_client_options settings = {
		.size = sizeof(settings),
		.limits = &limits,
		.resolve = reach->resolve.rows,
		.connect_to = reach->resolve.detours,
		.connect_ms = options->connect_timeout_ms,
		/* One for each part, and as the library has it. */
		.max_host = options->segments > CONNECTIONS
				    ? (uint32_t)options->segments
				    : 0,
		.unix_socket = options->unix_socket,
		.interface = options->interface,
		.family = options->family,
		.cookies = reach->state.cookies,
		.hsts = reach->state.hsts,
		.credentials = duet_get_netrc_find,
		.credentials_arg = &reach->state.netrc,
		.crl_dir = reach->crl_dir,
		.crl_ms = options->revocation_time_ms,
		.crl_bytes = (uint64_t)options->revocation_size,
	};
	struct duet_client *client = NULL;

	/* Without a place they are kept in memory, as long as we are. */
	if (reach->sessions.path != NULL || options->no_session) {
		settings.session_keep = duet_get_sessions_keep;
		settings.session_take = duet_get_sessions_take;
		settings.session_arg = &reach->sessions;
	}
	tls.trust = duet_local_ca_trust(options->cacert, options->capath,
					options->crl, local, err);
	if (tls.trust == NULL) {
		*ret_exit = exit_or_nomem(err->code, DUET_EXIT_CA_FILE);
		return NULL;
	}
	settings.tls = duet_config_client(&tls, err);
	if (settings.tls == NULL)
		*ret_exit = duet_exit_for(err->code);
	else if (add_proxy(options, &settings, ret_exit, err) == DUET_OK)
		client = new_client(options, &settings, ret_exit, err);
	duet_config_release(settings.tls);
	duet_config_release(settings.proxy_tls);
	duet_trust_release(tls.trust);
	return client;
}

struct duet_client *duet_get_reach_client(struct duet_get_reach *reach,
					  const char *url, int *ret_exit,
					  struct duet_error *err)
{
	bool local = duet_get_url_is_local(url);
	struct duet_client **client =
		&reach->clients[local ? LOCAL : ELSEWHERE];

	if (*client == NULL)
		*client = make_client(reach, local, ret_exit, err);
	return *client;
}

void duet_get_reach_hang_up(struct duet_get_reach *reach)
{
	duet_client_free(reach->clients[LOCAL]);
	duet_client_free(reach->clients[ELSEWHERE]);
	reach->clients[LOCAL] = NULL;
	reach->clients[ELSEWHERE] = NULL;
}

void duet_get_reach_done(struct duet_get_reach *reach)
{
	duet_get_reach_hang_up(reach);
	duet_identity_release(reach->identity);
	duet_mem_free(reach->crl_dir);
	duet_get_resolve_table_done(&reach->resolve);
	duet_get_sessions_done(&reach->sessions);
	duet_get_state_done(&reach->state);
	memset(reach, 0, sizeof(*reach));
}
