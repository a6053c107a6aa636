/* SPDX-License-Identifier: MIT */
#include "cli/pin.h"

#include <string.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/str.h"

static const char prefix[] = "sha256//";

/* The next of a list, which then begins behind it; false: it is none. */
static bool next_pin(const char **list, struct duet_pin *ret)
{
	size_t len = strcspn(*list, ";");
	struct duet_bytes text;
	size_t n = 0;

	if (!duet_str_starts(*list, prefix))
		return false;
	text.data = *list + sizeof(prefix) - 1;
	text.len = len - (sizeof(prefix) - 1);
	*list += len + ((*list)[len] == ';');
	return duet_base64_decode(text, ret->sha256, sizeof(ret->sha256), &n) &&
	       n == sizeof(ret->sha256);
}

int duet_pins_check(const char *arg, struct duet_error *err)
{
	struct duet_pin pin;
	char shown[128];

	do {
		const char *at = arg;

		if (next_pin(&arg, &pin))
			continue;
		duet_str_printable(shown, sizeof(shown), duet_str(at));
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s' is no pin; write sha256// and the base64 of the SHA-256 of the server's public key, as duet get prints it for one that is not pinned",
				      shown);
	} while (*arg != '\0');
	return DUET_OK;
}

int duet_pins_read(const struct duet_opt_list *args,
		   struct duet_pin ret[DUET_PINS_MAX], size_t *ret_n,
		   struct duet_error *err)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < args->count; i++) {
		const char *at = args->items[i];

		for (; *at != '\0'; n++)
			if (n == DUET_PINS_MAX || !next_pin(&at, &ret[n]))
				return duet_error_set(err, DUET_E_ARGUMENT,
						      "--pin: more than %d keys are too many",
						      DUET_PINS_MAX);
	}
	*ret_n = n;
	return DUET_OK;
}
