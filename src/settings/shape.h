/* SPDX-License-Identifier: MIT */
/* settings/shape.h - whether a document has the keys and the kinds of values
 * that the tables say. */
#ifndef DUET_SETTINGS_SHAPE_H
#define DUET_SETTINGS_SHAPE_H

#include "settings/document.h"
#include "settings/table.h"

/*
 * Tell every unknown, repeated and missing key, and every value that is not of
 * its kind or out of its range. A document without such a finding is taken by
 * duet_settings_load() as it stands.
 */
void duet_shape_check(struct duet_document *document,
		      struct duet_findings *findings);

#endif
