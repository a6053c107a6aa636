/* SPDX-License-Identifier: MIT */
#include "base/basic.h"

#include <string.h>

#include "base/base64.h"
#include "base/mem.h"

static const char scheme[] = "Basic ";

char *duet_basic_credentials(const char *userinfo)
{
	/* RFC 7617 s2: the colon is part of it, whatever the password. */
	const char *colon = strchr(userinfo, ':') != NULL ? "" : ":";
	char *pair = duet_mem_printf("%s%s", userinfo, colon);
	char *value = NULL;

	if (pair == NULL)
		return NULL;
	value = duet_mem_alloc(sizeof(scheme) - 1 +
			       DUET_BASE64_BYTES(strlen(pair)));
	if (value != NULL) {
		memcpy(value, scheme, sizeof(scheme) - 1);
		duet_base64_encode(value + sizeof(scheme) - 1, duet_str(pair));
	}
	duet_mem_free_secret(pair, strlen(pair));
	return value;
}
