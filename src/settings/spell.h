/* SPDX-License-Identifier: MIT */
/* settings/spell.h - what people may write in short, spelt out for libcyaml,
 * which wants one kind of value for each key. */
#ifndef DUET_SETTINGS_SPELL_H
#define DUET_SETTINGS_SPELL_H

#include "base/buf.h"
#include "settings/document.h"

enum {
	DUET_SPELL_GROWS = 4, /* so many times as long, at most, and a bit */
};

/*
 * Append the document as YAML: a text where there may be a list of them is a
 * list of one, and "none" is true for a key of its own (table.h: none_key).
 * Only of one that duet_shape_check() finds nothing wrong with.
 * DUET_OK, or DUET_E_NOMEM.
 */
DUET_CHECK int duet_spell_out(struct duet_document *document,
			      struct duet_buf *ret);

#endif
