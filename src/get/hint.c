/* SPDX-License-Identifier: MIT */
#include "get/hint.h"

#include <duet/tls.h>

static const char tell[] = "tell the server's keeper";

const char *duet_get_hint(const struct duet_error *err,
			  const struct duet_get_options *options, bool limit)
{
	/* A certificate that the peer refuses is ours. */
	bool theirs = err->alert_from != DUET_SIDE_PEER;

	switch (err->code) {
	case DUET_E_UNTRUSTED:
	case DUET_E_SELF_SIGNED:
		return theirs ? "see --cacert" : NULL;
	case DUET_E_NO_CRL:
		if (!theirs)
			return NULL;
		return options->crl != NULL
			       ? "see --crl"
			       : "try again later, or see --revocation";
	case DUET_E_PIN:
		return "see --pin";
	case DUET_E_CLIENT_CERT:
		return options->cert == NULL ? "see --cert and --key" : NULL;
	case DUET_E_TIMEOUT:
		if (limit)
			return "try again later, or tell the server's keeper";
		return options->max_time_ms > 0 ? "see --max-time" : NULL;
	case DUET_E_TRUNCATED:
		return duet_get_options_closure(options) == DUET_CLOSE_STRICT
			       ? "try again, or without --close strict"
			       : "try again";
	case DUET_E_GONE:
		return "try again";
	case DUET_E_HTTP:
		return tell;
	case DUET_E_LIMIT:
		return limit ? tell : NULL;
	default:
		return NULL;
	}
}
