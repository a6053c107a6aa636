/* SPDX-License-Identifier: MIT */
/* cli/plan.h - from a configuration file to what a service is told, and back
 * from a service's problems to places in the file. */
#ifndef DUET_CLI_PLAN_H
#define DUET_CLI_PLAN_H

#include "daemon/service.h"
#include "settings/settings.h"

/* All zero is none. */
struct duet_plan {
	const char *path;
	struct duet_settings_file *file;
	struct duet_findings findings;
	struct duet_service_site *sites; /* what config borrows */
	size_t n_sites;
	const char **listen;
	const char **http_redirect;
	struct duet_limits limits;
	char *log;
	char *admin;
};

/*
 * Read the file and put what it says into config, whose other members stay as
 * they are. Mistakes are findings; with any, config is not changed. DUET_OK
 * also then; else as duet_settings_read().
 */
DUET_CHECK int duet_plan_read(struct duet_plan *plan, const char *path,
			      struct duet_service_config *config,
			      struct duet_error *err);
/* A duet_service_problem_fn, with the plan as its arg. */
void duet_plan_problem(const struct duet_service_problem *problem, void *plan);
/* Print all findings on standard error, and forget them; how many errors were
 * among them. */
size_t duet_plan_tell(struct duet_plan *plan);
/* config must not be used any more. */
void duet_plan_done(struct duet_plan *plan);

#endif
