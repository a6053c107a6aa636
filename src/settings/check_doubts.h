/* SPDX-License-Identifier: MIT */
/* settings/check_doubts.h - what is said of a site and its routes and makes
 * sense, and is hardly meant. */
#ifndef DUET_SETTINGS_CHECK_DOUBTS_H
#define DUET_SETTINGS_CHECK_DOUBTS_H

#include "settings/route_tree.h"

/* Warn of a node of the site of that number. */
void duet_check_doubts(const struct duet_settings_file *file, uint32_t number,
		       const struct duet_route_node *node,
		       struct duet_findings *findings);

#endif
