/* SPDX-License-Identifier: MIT */
#include "http/basic.h"

#include <string.h>

#include "base/base64.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	PAIR_MAX = DUET_BASIC_NAME_MAX + 1 + DUET_BASIC_PASSWORD_MAX,
};

static bool has_control(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (duet_is_control((unsigned char)text[i]))
			return true;
	return false;
}

/* RFC 9110 s11.4: a scheme in letters of any case, blanks, then its own. */
static const char *after_scheme(const char *value)
{
	size_t len = strcspn(value, " ");

	if (!duet_bytes_eq_nocase((struct duet_bytes){ value, len }, "Basic"))
		return NULL;
	value += len;
	return value + strspn(value, " ");
}

/* RFC 7617 s2: the first colon ends the name, which has none. */
static bool split(const char *pair, size_t len, struct duet_basic *ret)
{
	const char *colon = memchr(pair, ':', len);
	size_t name_len;
	size_t password_len;

	if (colon == NULL || has_control(pair, len))
		return false;
	name_len = (size_t)(colon - pair);
	password_len = len - name_len - 1;
	if (name_len > DUET_BASIC_NAME_MAX ||
	    password_len > DUET_BASIC_PASSWORD_MAX)
		return false;
	memcpy(ret->name, pair, name_len);
	memcpy(ret->password, colon + 1, password_len);
	return true;
}

bool duet_basic_read(const char *value, struct duet_basic *ret)
{
	const char *text = after_scheme(value);
	char pair[PAIR_MAX];
	size_t len = 0;
	bool is_read;

	duet_basic_wipe(ret);
	if (text == NULL)
		return false;
	is_read =
		duet_base64_decode(duet_str(text), pair, sizeof(pair), &len) &&
		split(pair, len, ret);
	duet_mem_wipe(pair, sizeof(pair));
	return is_read;
}

void duet_basic_wipe(struct duet_basic *basic)
{
	duet_mem_wipe(basic, sizeof(*basic));
}

int duet_basic_challenge(struct duet_buf *dst, const char *realm)
{
	int rc;

	if (has_control(realm, strlen(realm)))
		return DUET_E_ARGUMENT;
	rc = duet_buf_add_str(dst, "Basic realm=\"");
	for (; *realm != '\0' && rc == DUET_OK; realm++) {
		if (*realm == '"' || *realm == '\\')
			rc = duet_buf_add_str(dst, "\\");
		if (rc == DUET_OK)
			rc = duet_buf_add(dst, realm, 1);
	}
	if (rc == DUET_OK)
		rc = duet_buf_add_str(dst, "\", charset=\"UTF-8\"");
	return rc;
}
