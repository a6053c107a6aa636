/* SPDX-License-Identifier: MIT */
#include "tls/pin.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/error.h"
#include "base/mem.h"
#include "cert/crl_verify.h"
#include "tls/engine_int.h"
#include "tls/explain.h"
#include "tls/explain_int.h"

_Static_assert(sizeof(struct duet_pin) == DUET_KEY_HASH_BYTES,
	       "a pin is the hash of a key");

enum {
	BASE64_BYTES = 48, /* of 32 bytes, and a NUL */
};

int duet_pin_set(struct duet_config *config, const struct duet_pin *pins,
		 size_t n, struct duet_error *err)
{
	if (pins == NULL || n == 0)
		return DUET_OK;
	if (n > DUET_PINS_MAX)
		return duet_error_set(err, DUET_E_LIMIT,
				      "%zu keys are pinned; %d are the most", n,
				      DUET_PINS_MAX);
	config->pins = duet_mem_dup(pins, n * sizeof(*pins));
	if (config->pins == NULL)
		return duet_error_nomem(err);
	config->n_pins = n;
	return DUET_OK;
}

static bool is_pinned(const struct duet_config *config, const uint8_t *hash)
{
	size_t i;

	for (i = 0; i < config->n_pins; i++)
		if (memcmp(config->pins[i].sha256, hash, DUET_KEY_HASH_BYTES) ==
		    0)
			return true;
	return false;
}

bool duet_pin_holds(struct duet_tls *tls, X509 *cert)
{
	uint8_t hash[DUET_KEY_HASH_BYTES];
	char text[BASE64_BYTES];
	struct duet_error why;

	if (tls->config->n_pins == 0)
		return true;
	if (cert == NULL || !duet_crl_key_hash(cert, hash)) {
		tls->wire->nomem = true;
		return false;
	}
	if (is_pinned(tls->config, hash))
		return true;
	(void)EVP_EncodeBlock((unsigned char *)text, hash, sizeof(hash));
	(void)duet_explain_say(tls, DUET_E_PIN, &why,
			       "the server's key is sha256//%s, which is none of those pinned: if it has a new one, pin that; if not, somebody else answers",
			       text);
	duet_explain_keep(tls, &why);
	return false;
}
