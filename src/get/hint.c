/* SPDX-License-Identifier: MIT */
#include "get/hint.h"

#include <string.h>

#include <duet/tls.h>

static const char tell[] = "tell the server's keeper";

/* The library begins with who it is. */
static bool is_about_proxy(const struct duet_error *err)
{
	return strstr(err->text, "the proxy ") != NULL;
}

static const char *proxy_hint(const struct duet_error *err)
{
	switch (err->code) {
	case DUET_E_UNTRUSTED:
	case DUET_E_SELF_SIGNED:
		return "see --proxy-cacert";
	case DUET_E_PROXY:
		return strstr(err->text, "name and a password") != NULL ||
				       strstr(err->text, "name and password") !=
					       NULL
			       ? "see --proxy-user"
			       : NULL;
	case DUET_E_TIMEOUT:
		return "see --connect-timeout";
	default:
		return NULL;
	}
}

const char *duet_get_hint(const struct duet_error *err,
			  const struct duet_get_options *options, bool limit)
{
	/* A certificate that the peer refuses is ours. */
	bool theirs = err->alert_from != DUET_SIDE_PEER;

	if (is_about_proxy(err))
		return proxy_hint(err);
	switch (err->code) {
	case DUET_E_UNTRUSTED:
	case DUET_E_SELF_SIGNED:
		return theirs ? "see --cacert" : NULL;
	case DUET_E_NO_CRL:
		if (!theirs)
			return NULL;
		return options->reach.crl != NULL
			       ? "see --crl"
			       : "try again later, or see --revocation";
	case DUET_E_PIN:
		return "see --pin";
	case DUET_E_CLIENT_CERT:
		return options->reach.cert == NULL ? "see --cert and --key"
						   : NULL;
	case DUET_E_TIMEOUT:
		if (limit)
			return "try again later, or tell the server's keeper";
		return options->reach.max_time_ms > 0 ? "see --max-time" : NULL;
	case DUET_E_TRUNCATED:
		return duet_get_options_closure(options) == DUET_CLOSE_STRICT
			       ? "try again, or without --close strict"
			       : "try again";
	case DUET_E_GONE:
		return "try again";
	case DUET_E_DIGEST:
		return "try again, or see --insecure-any-digest";
	case DUET_E_HTTP:
		return tell;
	case DUET_E_LIMIT:
		return limit ? tell : NULL;
	default:
		return NULL;
	}
}
