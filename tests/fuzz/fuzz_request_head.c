/* SPDX-License-Identifier: MIT */
/* Whatever a client sends to a server. */
#include "h1_pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pieces pieces = { .role = DUET_ROLE_SERVER };

	if (size == 0)
		return 0;
	pieces.how = data[0];
	pieces.data = data + 1;
	pieces.size = size - 1;
	compare_pieces(&pieces);
	return 0;
}
