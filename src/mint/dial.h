/* SPDX-License-Identifier: MIT */
/* mint/dial.h - a look at the certificates that a server shows. */
#ifndef DUET_MINT_DIAL_H
#define DUET_MINT_DIAL_H

#include <duet/tls.h>

#include "mint/options.h"

/* "x.org:443", "[::1]:8443", "https://x.org/": where a server is. */
struct duet_mint_target {
	char host[256]; /* without brackets */
	char port[12];
};
/* Whether text says so. */
bool duet_mint_target_parse(const char *text, struct duet_mint_target *ret);

/*
 * A socket that blocks, connected to one of the target's addresses; no later
 * than deadline (duet_clock_ms()) once the name is resolved, for which the
 * system takes what time it likes. DUET_E_RESOLVE, DUET_E_CONNECT,
 * DUET_E_TIMEOUT.
 */
DUET_CHECK int duet_mint_connect(const struct duet_mint_target *target,
				 int64_t deadline, int *ret_fd,
				 struct duet_error *err);

/* What there was to see. */
struct duet_mint_sight {
	struct duet_buffer chain_pem;
	bool verified;
	struct duet_error refusal; /* why not, where it is not verified */
	char version[16];
	char cipher[64];
	char group[32];
};

/*
 * Connect and verify; where that fails for the certificate's sake, connect
 * again without, for the chain to be shown all the same. DUET_OK when there is
 * something to show; free .chain_pem.
 */
DUET_CHECK int duet_mint_look(const struct duet_mint_target *target,
			      const struct duet_mint_options *options,
			      struct duet_mint_sight *ret,
			      struct duet_error *err);

#endif
