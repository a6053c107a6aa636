/* SPDX-License-Identifier: MIT */
/* settings/check_rules.h - whether what is said of a site and its routes makes
 * sense. */
#ifndef DUET_SETTINGS_CHECK_RULES_H
#define DUET_SETTINGS_CHECK_RULES_H

#include "settings/settings.h"

/* Of the site of that number. DUET_OK, or DUET_E_NOMEM. */
DUET_CHECK int duet_check_rules(const struct duet_settings_file *file,
				uint32_t site, struct duet_findings *findings);

#endif
