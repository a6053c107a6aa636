/* SPDX-License-Identifier: MIT */
/* Each public header compiles alone, twice, and in C++ as in C. */
#include HEADER_UNDER_TEST
#include HEADER_UNDER_TEST

int main(void)
{
	return 0;
}
