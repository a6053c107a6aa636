/* SPDX-License-Identifier: MIT */
/* http/basic.h - a name and a password in a field (RFC 7617). */
#ifndef DUET_HTTP_BASIC_H
#define DUET_HTTP_BASIC_H

#include "base/buf.h"

enum {
	DUET_BASIC_NAME_MAX = 255,
	DUET_BASIC_PASSWORD_MAX = 511, /* what crypt(3) takes */
};

/* Two strings that are to be wiped. */
struct duet_basic {
	char name[DUET_BASIC_NAME_MAX + 1];
	char password[DUET_BASIC_PASSWORD_MAX + 1];
};

/*
 * Read the value of an Authorization field. Bytes beyond ASCII are taken as
 * they are: with the challenge below clients send UTF-8. false: another
 * scheme, not base64 to the letter, no colon, longer than we take, or with a
 * control character (s2 forbids them, NUL among them); *ret is wiped then.
 */
DUET_CHECK bool duet_basic_read(const char *value, struct duet_basic *ret);
void duet_basic_wipe(struct duet_basic *basic);

/*
 * Append the value of a WWW-Authenticate field: Basic realm="...",
 * charset="UTF-8". The status of the buf, or DUET_E_ARGUMENT for a realm with
 * control characters.
 */
DUET_CHECK int duet_basic_challenge(struct duet_buf *dst, const char *realm);

#endif
