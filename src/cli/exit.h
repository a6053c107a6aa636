/* SPDX-License-Identifier: MIT */
/* cli/exit.h - with what number the program ends: curl's where the meaning is
 * the same. Documented in duet-get(1) and
 * duet-explain(1). */
#ifndef DUET_CLI_EXIT_H
#define DUET_CLI_EXIT_H

#include <duet/error.h>

enum duet_exit {
	DUET_EXIT_OK = 0,
	DUET_EXIT_UNSUPPORTED = 1,
	DUET_EXIT_USAGE = 2,
	DUET_EXIT_URL = 3,
	DUET_EXIT_RESOLVE = 6,
	DUET_EXIT_CONNECT = 7,
	DUET_EXIT_CUT = 18, /* short of its end, in whatever way */
	DUET_EXIT_STATUS = 22,
	DUET_EXIT_WRITE = 23,
	DUET_EXIT_READ = 26, /* local data */
	DUET_EXIT_NOMEM = 27,
	DUET_EXIT_TIMEOUT = 28,
	DUET_EXIT_HANDSHAKE = 35,
	DUET_EXIT_REDIRECT = 47,
	DUET_EXIT_SEND = 55,    /* answered before the request was whole */
	DUET_EXIT_RECEIVE = 56, /* broken HTTP, or the peer went away */
	DUET_EXIT_OWN_CERT = 58,
	DUET_EXIT_PEER_CERT = 60,
	DUET_EXIT_CODING = 61,
	DUET_EXIT_LIMIT = 63,
	DUET_EXIT_CA_FILE = 77,
	DUET_EXIT_CONFIG = 78, /* as sysexits(3) has it */
	DUET_EXIT_PIN = 90,
	DUET_EXIT_STAPLE = 91,
	DUET_EXIT_PROXY = 97,
	DUET_EXIT_CHECKSUM = 110, /* or digest; curl has none, up to 101 */
	DUET_EXIT_WARNING = 120,  /* duet explain: good, and not for long */
	DUET_EXIT_SIGNAL = 128,   /* and its number, as shells count */
};

/* For an enum duet_status; DUET_OK and DUET_EOF give DUET_EXIT_OK. */
int duet_exit_for(int status);

#endif
