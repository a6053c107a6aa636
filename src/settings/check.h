/* SPDX-License-Identifier: MIT */
/* settings/check.h - whether settings make sense together. */
#ifndef DUET_SETTINGS_CHECK_H
#define DUET_SETTINGS_CHECK_H

#include "settings/settings.h"

/* Nothing outside of the file is looked at. DUET_OK, or DUET_E_NOMEM. */
DUET_CHECK int duet_settings_check(const struct duet_settings_file *file,
				   struct duet_findings *findings);

#endif
