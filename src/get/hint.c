/* SPDX-License-Identifier: MIT */
#include "get/hint.h"

const char *duet_get_hint(const struct duet_error *err,
			  const struct duet_get_options *options)
{
	/* A certificate that the peer refuses is ours. */
	if (err->alert_from == DUET_SIDE_PEER &&
	    err->code != DUET_E_CLIENT_CERT)
		return NULL;
	switch (err->code) {
	case DUET_E_UNTRUSTED:
	case DUET_E_SELF_SIGNED:
		return "--cacert";
	case DUET_E_CLIENT_CERT:
		return options->cert == NULL ? "--cert and --key" : NULL;
	case DUET_E_NO_CRL:
		return "--crl";
	case DUET_E_TIMEOUT:
		return options->max_time_ms > 0 ? "--max-time" : NULL;
	default:
		return NULL;
	}
}
