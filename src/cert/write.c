/* SPDX-License-Identifier: MIT */
#include "cert/write.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"

BIO *duet_write_new(void)
{
	return BIO_new(BIO_s_secmem());
}

int duet_write_take(BIO *bio, struct duet_buffer *ret, struct duet_error *err)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);
	char *copy = duet_mem_alloc((size_t)len + 1);

	if (copy == NULL)
		return duet_error_nomem(err);
	if (len > 0)
		memcpy(copy, data, (size_t)len);
	copy[len] = '\0';
	ret->data = copy;
	ret->len = (size_t)len;
	return DUET_OK;
}
