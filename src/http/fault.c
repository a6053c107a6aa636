/* SPDX-License-Identifier: MIT */
#include "http/fault.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"

static int code_of(int32_t status)
{
	switch (status) {
	case 413:
	case 414:
	case 431:
		return DUET_E_LIMIT;
	default:
		return DUET_E_HTTP;
	}
}

int duet_fault_set(struct duet_fault *fault, int32_t status, const char *fmt,
		   ...)
{
	char text[sizeof(fault->err->text)];
	va_list args;

	fault->status = status;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return duet_error_set(fault->err, code_of(status), "%s", text);
}

int duet_fault_nomem(struct duet_fault *fault)
{
	fault->status = 503;
	return duet_error_nomem(fault->err);
}

const char *duet_fault_quote(char dst[DUET_QUOTE_BYTES], struct duet_bytes text)
{
	duet_str_printable(dst, DUET_QUOTE_BYTES, text);
	return dst;
}
