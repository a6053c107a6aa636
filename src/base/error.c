/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* strerror_r as POSIX has it */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What the analyzer sees in their place: see base/error.h. */
#undef duet_error_set
#undef duet_error_sys

static const struct status_row {
	int status;
	const char *name;
	const char *word;
} status_table[] = {
	{ DUET_OK, "DUET_OK", "ok" },
	{ DUET_WANT_READ, "DUET_WANT_READ", "want_read" },
	{ DUET_WANT_WRITE, "DUET_WANT_WRITE", "want_write" },
	{ DUET_EOF, "DUET_EOF", "eof" },
	{ DUET_PAUSE, "DUET_PAUSE", "pause" },
	{ DUET_WANT_CRL, "DUET_WANT_CRL", "want_crl" },
	{ DUET_E_NOMEM, "DUET_E_NOMEM", "no_memory" },
	{ DUET_E_ARGUMENT, "DUET_E_ARGUMENT", "bad_argument" },
	{ DUET_E_STATE, "DUET_E_STATE", "wrong_state" },
	{ DUET_E_SYSTEM, "DUET_E_SYSTEM", "system" },
	{ DUET_E_TIMEOUT, "DUET_E_TIMEOUT", "timeout" },
	{ DUET_E_LIMIT, "DUET_E_LIMIT", "limit" },
	{ DUET_E_GONE, "DUET_E_GONE", "peer_gone" },
	{ DUET_E_UNSUPPORTED, "DUET_E_UNSUPPORTED", "unsupported" },
	{ DUET_E_URL, "DUET_E_URL", "bad_url" },
	{ DUET_E_RESOLVE, "DUET_E_RESOLVE", "name_not_resolved" },
	{ DUET_E_CONNECT, "DUET_E_CONNECT", "cannot_connect" },
	{ DUET_E_REDIRECT, "DUET_E_REDIRECT", "redirect_refused" },
	{ DUET_E_TRUNCATED, "DUET_E_TRUNCATED", "truncated" },
	{ DUET_E_HTTP, "DUET_E_HTTP", "broken_http" },
	{ DUET_E_PROXY, "DUET_E_PROXY", "proxy" },
	{ DUET_E_CODING, "DUET_E_CODING", "bad_coding" },
	{ DUET_E_CODING_CUT, "DUET_E_CODING_CUT", "coding_cut" },
	{ DUET_E_DIGEST, "DUET_E_DIGEST", "wrong_digest" },
	{ DUET_E_TLS, "DUET_E_TLS", "tls" },
	{ DUET_E_NOT_TLS, "DUET_E_NOT_TLS", "not_tls" },
	{ DUET_E_TLS_VERSION, "DUET_E_TLS_VERSION", "tls_version" },
	{ DUET_E_TLS_CIPHER, "DUET_E_TLS_CIPHER", "tls_cipher" },
	{ DUET_E_CLIENT_CERT, "DUET_E_CLIENT_CERT", "client_certificate" },
	{ DUET_E_SERVER_NAME, "DUET_E_SERVER_NAME", "unknown_server_name" },
	{ DUET_E_UNTRUSTED, "DUET_E_UNTRUSTED", "untrusted_issuer" },
	{ DUET_E_SELF_SIGNED, "DUET_E_SELF_SIGNED", "self_signed" },
	{ DUET_E_NO_ISSUER, "DUET_E_NO_ISSUER", "missing_intermediate" },
	{ DUET_E_NAME, "DUET_E_NAME", "wrong_name" },
	{ DUET_E_EXPIRED, "DUET_E_EXPIRED", "expired" },
	{ DUET_E_NOT_YET_VALID, "DUET_E_NOT_YET_VALID", "not_yet_valid" },
	{ DUET_E_REVOKED, "DUET_E_REVOKED", "revoked" },
	{ DUET_E_NO_CRL, "DUET_E_NO_CRL", "no_current_crl" },
	{ DUET_E_PURPOSE, "DUET_E_PURPOSE", "wrong_purpose" },
	{ DUET_E_WEAK, "DUET_E_WEAK", "too_weak" },
	{ DUET_E_CERTIFICATE, "DUET_E_CERTIFICATE", "bad_certificate" },
	{ DUET_E_PIN, "DUET_E_PIN", "wrong_pin" },
	{ DUET_E_STAPLE, "DUET_E_STAPLE", "missing_staple" },
	{ DUET_E_PEM, "DUET_E_PEM", "bad_file_format" },
	{ DUET_E_KEY_MISMATCH, "DUET_E_KEY_MISMATCH", "key_mismatch" },
	{ DUET_E_PASSPHRASE, "DUET_E_PASSPHRASE", "passphrase" },
};

static const struct status_row *find_status(int status)
{
	size_t i;

	for (i = 0; i < sizeof(status_table) / sizeof(status_table[0]); i++)
		if (status_table[i].status == status)
			return &status_table[i];
	return NULL;
}

const char *duet_status_name(int status)
{
	const struct status_row *row = find_status(status);

	return row != NULL ? row->name : "DUET_E_UNKNOWN";
}

const char *duet_status_word(int status)
{
	const struct status_row *row = find_status(status);

	return row != NULL ? row->word : "unknown";
}

static void begin_error(struct duet_error *err, int code)
{
	memset(err, 0, sizeof(*err));
	err->code = code;
	err->alert = -1;
}

int duet_error_set(struct duet_error *err, int code, const char *fmt, ...)
{
	va_list args;

	if (err == NULL)
		return code;
	begin_error(err, code);
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return code;
}

int duet_error_sys(struct duet_error *err, int code, int sys_errno,
		   const char *fmt, ...)
{
	char words[128];
	va_list args;
	size_t used;

	if (err == NULL)
		return code;
	begin_error(err, code);
	err->sys = sys_errno;
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	if (strerror_r(sys_errno, words, sizeof(words)) != 0)
		(void)snprintf(words, sizeof(words), "errno %d", sys_errno);
	used = strlen(err->text);
	(void)snprintf(err->text + used, sizeof(err->text) - used, ": %s",
		       words);
	return code;
}

int duet_error_nomem(struct duet_error *err)
{
	return duet_error_set(err, DUET_E_NOMEM, "out of memory");
}

void duet_error_prefix(struct duet_error *err, const char *fmt, ...)
{
	char before[sizeof(err->text)];
	char after[sizeof(err->text)];
	va_list args;
	size_t used;

	if (err == NULL)
		return;
	va_start(args, fmt);
	(void)vsnprintf(before, sizeof(before), fmt, args);
	va_end(args);
	memcpy(after, err->text, sizeof(after));
	(void)snprintf(err->text, sizeof(err->text), "%s", before);
	used = strlen(err->text);
	(void)snprintf(err->text + used, sizeof(err->text) - used, "%s", after);
}

void duet_error_append(struct duet_error *err, const char *fmt, ...)
{
	va_list args;
	size_t used;

	if (err == NULL)
		return;
	used = strlen(err->text);
	va_start(args, fmt);
	(void)vsnprintf(err->text + used, sizeof(err->text) - used, fmt, args);
	va_end(args);
}

int duet_error_copy(struct duet_error *dst, const struct duet_error *src)
{
	if (dst != NULL && dst != src)
		*dst = *src;
	return src->code;
}
