/* SPDX-License-Identifier: MIT */
/* settings/load.h - from text to structs, by libcyaml. */
#ifndef DUET_SETTINGS_LOAD_H
#define DUET_SETTINGS_LOAD_H

#include "settings/settings.h"

/*
 * text has passed duet_shape_check(). *ret is for duet_settings_unload(). That
 * libcyaml sees it otherwise than the check is a mistake of ours:
 * DUET_E_STATE, with its words. DUET_E_NOMEM.
 */
DUET_CHECK int duet_settings_load(struct duet_bytes text,
				  struct duet_settings **ret,
				  struct duet_error *err);
void duet_settings_unload(struct duet_settings *settings);

#endif
