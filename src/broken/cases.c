/* SPDX-License-Identifier: MIT */
#include "broken/case.h"
#include "cli/exit.h"

static const struct duet_broken_case right[] = {
	{ "right", "nothing", .body = 3 },
	{ 0 },
};

const struct duet_broken_group duet_broken_groups[] = {
	{ "right", "nothing wrong, to see that a client gets here", right },
	{ "certificate", "certificates that are no good",
	  duet_broken_certificates },
	{ "handshake", "handshakes that come to nothing",
	  duet_broken_handshakes },
	{ "ending", "ends of a message, right and wrong", duet_broken_endings },
	{ "slow", "servers that take their time", duet_broken_slow },
	{ "framing", "HTTP/1.1: bodies that can be read in two ways",
	  duet_broken_framing },
	{ "head", "HTTP/1.1: heads, redirects, too much of something",
	  duet_broken_heads },
	{ "h2", "HTTP/2", duet_broken_h2 },
	{ 0 },
};

size_t duet_broken_count(void)
{
	size_t n = 0;

	while (duet_broken_at(n, NULL) != NULL)
		n++;
	return n;
}

const struct duet_broken_case *duet_broken_at(
	size_t i, const struct duet_broken_group **ret_group)
{
	const struct duet_broken_group *group;
	const struct duet_broken_case *row;

	for (group = duet_broken_groups; group->name != NULL; group++)
		for (row = group->cases; row->name != NULL; row++) {
			if (i-- > 0)
				continue;
			if (ret_group != NULL)
				*ret_group = group;
			return row;
		}
	return NULL;
}

const char *duet_broken_must(const struct duet_broken_case *row)
{
	if (row->may_take)
		return "or take it";
	switch (row->exit) {
	case DUET_EXIT_OK:
		return "take it";
	case DUET_EXIT_CUT:
		return "call it cut";
	case DUET_EXIT_TIMEOUT:
		return "give up";
	case DUET_EXIT_REDIRECT:
		return "not follow";
	case DUET_EXIT_RECEIVE:
		return "call it wrong";
	case DUET_EXIT_LIMIT:
		return "stop reading";
	default:
		return "refuse it";
	}
}
