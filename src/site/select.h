/* SPDX-License-Identifier: MIT */
/*
 * site/select.h - which representation of a file a request gets (RFC 9110
 * s3.2, s12.5.3): the file, one beside it that is encoded, or one that is
 * encoded on the fly.
 */
#ifndef DUET_SITE_SELECT_H
#define DUET_SITE_SELECT_H

#include <duet/http.h>

#include "site/squeeze.h"

struct duet_selected {
	struct duet_entry *entry;       /* one reference */
	struct duet_squeezed *squeezed; /* one reference, or NULL */
	int coding;  /* DUET_CODING_NONE: nothing that is accepted */
	bool varies; /* another request might get another one */
};

/*
 * Select for a request; the reference to the entry is taken over. DUET_OK; or
 * DUET_PAUSE, only where may_wait: selected->squeezed is WAITING, select once
 * more (with the entry, without may_wait) when it is not. squeezer NULL:
 * nothing is encoded on the fly.
 */
int duet_select(struct duet_squeezer *squeezer, const struct duet_head *head,
		struct duet_entry *entry, bool may_wait,
		struct duet_selected *ret);
static inline struct duet_form *duet_selected_form(
	const struct duet_selected *selected)
{
	return selected->squeezed != NULL
		       ? &selected->squeezed->job.form
		       : &selected->entry->forms[selected->coding];
}
static inline void duet_selected_done(const struct duet_selected *selected)
{
	duet_squeezed_unref(selected->squeezed);
	duet_entry_unref(selected->entry);
}

#endif
