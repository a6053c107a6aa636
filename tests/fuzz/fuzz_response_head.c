/* SPDX-License-Identifier: MIT */
/* Whatever a server sends to a client that has asked for something. */
#include "h1_pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const methods[] = { "GET", "HEAD", "CONNECT",
					       "POST" };
	struct pieces pieces = { .role = DUET_ROLE_CLIENT };

	if (size == 0)
		return 0;
	pieces.method = methods[data[0] >> 6];
	pieces.how = data[0];
	pieces.data = data + 1;
	pieces.size = size - 1;
	compare_pieces(&pieces);
	return 0;
}
