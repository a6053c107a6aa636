/* SPDX-License-Identifier: MIT */
#include "base/opts.h"

#include <string.h>

#include "base/error.h"

static bool all_zero(const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

int duet_opts_copy(void *dst, size_t dst_size, const void *src,
		   const char *what, struct duet_error *err)
{
	size_t src_size;
	size_t n;

	memset(dst, 0, dst_size);
	if (src == NULL)
		return DUET_OK;
	memcpy(&src_size, src, sizeof(src_size));
	if (src_size < sizeof(src_size))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "struct %s: .size is not set", what);
	n = src_size < dst_size ? src_size : dst_size;
	if (!all_zero((const unsigned char *)src + n, src_size - n))
		return duet_error_set(err, DUET_E_UNSUPPORTED,
				      "struct %s: made for a newer libduet than this one",
				      what);
	memcpy(dst, src, n);
	return DUET_OK;
}

void duet_opts_return(void *dst, const void *src, size_t src_size)
{
	size_t dst_size;
	size_t n;

	memcpy(&dst_size, dst, sizeof(dst_size));
	n = dst_size < src_size ? dst_size : src_size;
	if (n > sizeof(dst_size))
		memcpy((unsigned char *)dst + sizeof(dst_size),
		       (const unsigned char *)src + sizeof(dst_size),
		       n - sizeof(dst_size));
}
