/* SPDX-License-Identifier: MIT */
/* cli/plan_rules.h - what a configuration file says of a site or route, as
 * what a service is told of it. */
#ifndef DUET_CLI_PLAN_RULES_H
#define DUET_CLI_PLAN_RULES_H

#include "daemon/service.h"
#include "settings/settings.h"

/* Into *ret, to be freed in any case; it borrows from said. False: there is no
 * memory. */
DUET_CHECK bool duet_plan_take_rules(const struct duet_settings_rules *said,
				     struct duet_service_rules *ret);
/* Add it to the fields of a site; said may be NULL. As above. */
DUET_CHECK bool duet_plan_take_hsts(const struct duet_settings_hsts *said,
				    struct duet_service_rules *site);
void duet_plan_free_rules(const struct duet_service_rules *rules);

#endif
