/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sys/stat.h */
#include "site/select.h"

static bool is_there(const struct duet_entry *entry, int coding)
{
	return coding == DUET_CODING_NONE || entry->sizes[coding] != UINT64_MAX;
}

int duet_select(struct duet_squeezer *squeezer, const struct duet_head *head,
		struct duet_entry *entry, bool may_wait,
		struct duet_selected *ret)
{
	bool is_taken =
		squeezer != NULL && duet_squeezer_takes(squeezer, entry);
	/* What is made is kept by its version, which proves nothing before. */
	bool can_make = is_taken && entry->rest == DUET_AT_REST;

	ret->entry = entry;
	ret->squeezed = NULL;
	ret->varies = entry->has_choice || is_taken;
	ret->coding = duet_coding_choose(head, entry->sizes, can_make);
	if (is_there(entry, ret->coding))
		return DUET_OK;
	ret->squeezed =
		duet_squeezer_get(squeezer, entry,
				  (enum duet_coding)ret->coding, may_wait);
	if (ret->squeezed == NULL)
		ret->coding = duet_coding_choose(head, entry->sizes, false);
	else if (ret->squeezed->state == DUET_SQUEEZED_WAITING)
		return DUET_PAUSE;
	return DUET_OK;
}
