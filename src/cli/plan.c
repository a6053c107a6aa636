/* SPDX-License-Identifier: MIT */
#include "cli/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/plan_rules.h"

/* Into *ret, new; *ok becomes false without memory. */
static void take_path(const struct duet_plan *plan, const char *path,
		      const char **ret, bool *ok)
{
	if (path == NULL)
		return;
	*ret = duet_settings_path(plan->file, path);
	*ok = *ok && *ret != NULL;
}

/* ---- sites ---- */

static void free_site(const struct duet_service_site *site)
{
	size_t k;

	for (k = 0; k < site->n_identities; k++) {
		duet_mem_free((char *)site->identities[k].cert_file);
		duet_mem_free((char *)site->identities[k].key_file);
	}
	duet_mem_free((void *)site->identities);
	for (k = 0; k < site->n_routes; k++) {
		duet_mem_free((char *)site->routes[k].root);
		duet_mem_free((char *)site->routes[k].users);
		duet_plan_free_rules(&site->routes[k]);
	}
	duet_mem_free((void *)site->routes);
	duet_plan_free_rules(&site->own);
	duet_mem_free((void *)site->names);
	duet_mem_free((char *)site->own.root);
	duet_mem_free((char *)site->own.users);
}

static bool take_identities(const struct duet_plan *plan,
			    const struct duet_settings_site *said,
			    struct duet_service_site *site)
{
	struct duet_service_identity *identities =
		duet_mem_array(said->n_identities, sizeof(*identities));
	bool ok = identities != NULL;
	uint32_t k;

	site->identities = identities;
	if (!ok)
		return false;
	site->n_identities = said->n_identities;
	for (k = 0; k < said->n_identities; k++) {
		take_path(plan, said->identities[k].cert,
			  &identities[k].cert_file, &ok);
		take_path(plan, said->identities[k].key,
			  &identities[k].key_file, &ok);
	}
	return ok;
}

static void take_files(const struct duet_plan *plan,
		       const struct duet_settings_rules *said,
		       struct duet_service_rules *rules, bool *ok)
{
	take_path(plan, said->root, &rules->root, ok);
	if (said->auth != NULL)
		take_path(plan, said->auth->users, &rules->users, ok);
}

static bool take_routes(const struct duet_plan *plan,
			const struct duet_settings_site *said,
			struct duet_service_site *site)
{
	struct duet_service_rules *routes =
		duet_mem_array(said->n_routes, sizeof(*routes));
	bool ok = routes != NULL;
	uint32_t k;

	site->routes = routes;
	if (!ok)
		return false;
	for (k = 0; ok && k < said->n_routes; k++) {
		const struct duet_settings_route *route = &said->routes[k];

		site->n_routes++;
		ok = duet_plan_take_rules(&route->rules, &routes[k]);
		routes[k].route.path = route->path;
		take_files(plan, &route->rules, &routes[k], &ok);
	}
	return ok;
}

static bool take_site(const struct duet_plan *plan,
		      const struct duet_settings_site *said,
		      struct duet_service_site *site)
{
	const char **names =
		duet_mem_array((size_t)said->n_names + 1, sizeof(*names));
	bool ok = names != NULL;
	uint32_t k;

	*site = (struct duet_service_site){ .names = names,
					    .is_default = said->is_default };
	if (!ok)
		return false;
	for (k = 0; k < said->n_names; k++)
		names[site->n_names++] = said->names[k];
	if (!duet_plan_take_rules(&said->rules, &site->own))
		return false;
	take_files(plan, &said->rules, &site->own, &ok);
	return take_identities(plan, said, site) &&
	       duet_plan_take_hsts(said->hsts, &site->own) &&
	       take_routes(plan, said, site) && ok;
}

static bool take_sites(struct duet_plan *plan,
		       const struct duet_settings *settings)
{
	bool ok = true;
	uint32_t i;

	plan->sites = duet_mem_array(settings->n_sites, sizeof(*plan->sites));
	if (plan->sites == NULL)
		return false;
	for (i = 0; ok && i < settings->n_sites; i++) {
		ok = take_site(plan, &settings->sites[i], &plan->sites[i]);
		plan->n_sites++;
	}
	return ok;
}

/* ---- the rest ---- */

static void free_places(const char **places)
{
	size_t i;

	for (i = 0; places != NULL && places[i] != NULL; i++)
		duet_mem_free((char *)places[i]);
	duet_mem_free(places);
}

static bool take_places(struct duet_plan *plan, char *const *said, uint32_t n,
			const char ***ret)
{
	const char **places = duet_mem_array((size_t)n + 1, sizeof(*places));
	uint32_t i;

	*ret = places;
	for (i = 0; places != NULL && i < n; i++) {
		places[i] = duet_settings_where(plan->file, said[i]);
		if (places[i] == NULL)
			return false;
	}
	return places != NULL;
}

static bool take_listen(struct duet_plan *plan,
			const struct duet_settings *settings)
{
	return take_places(plan, settings->listen, settings->n_listen,
			   &plan->listen) &&
	       take_places(plan, settings->http_redirect,
			   settings->n_http_redirect, &plan->http_redirect);
}

static bool take_admin(struct duet_plan *plan, const char *place)
{
	if (place == NULL || strcmp(place, "none") == 0)
		return true;
	plan->admin = duet_settings_where(plan->file, place);
	return plan->admin != NULL;
}

static bool take_log(struct duet_plan *plan, const char *where)
{
	plan->log = strcmp(where, "-") == 0 || strcmp(where, "none") == 0
			    ? duet_mem_strdup(where)
			    : duet_settings_path(plan->file, where);
	return plan->log != NULL;
}

static void take_numbers(struct duet_plan *plan,
			 const struct duet_settings *settings,
			 struct duet_service_config *config)
{
	if (settings->workers != NULL)
		config->workers = (size_t)*settings->workers;
	if (settings->isolation != NULL)
		config->isolation = (uint8_t)*settings->isolation;
	if (settings->attitude != NULL)
		config->attitude = (uint8_t)*settings->attitude;
	if (settings->drain_s != NULL)
		config->drain_ms = (int32_t)(*settings->drain_s * 1000);
	if (settings->ticket_key_s != NULL)
		config->ticket_key_ms = *settings->ticket_key_s * 1000;
	if (settings->log != NULL && settings->log->format != NULL)
		config->log_format = (uint8_t)*settings->log->format;
	if (settings->max_connections != NULL)
		config->max_connections = (uint32_t)*settings->max_connections;
	if (settings->limits != NULL) {
		plan->limits = *settings->limits;
		plan->limits.size = sizeof(plan->limits);
		config->limits = &plan->limits;
	}
}

static bool take(struct duet_plan *plan, const struct duet_settings *settings,
		 struct duet_service_config *config)
{
	const char *log = settings->log != NULL ? settings->log->file : NULL;

	if (settings->no_log)
		log = "none";
	if (!take_sites(plan, settings) || !take_listen(plan, settings) ||
	    !take_admin(plan, settings->admin) ||
	    (log != NULL && !take_log(plan, log)))
		return false;
	config->sites = plan->sites;
	config->n_sites = plan->n_sites;
	if (settings->n_listen > 0)
		config->listen = plan->listen;
	config->http_redirect = plan->http_redirect;
	if (log != NULL)
		config->log = plan->log;
	config->admin = plan->admin;
	config->file = plan->path;
	config->on_problem = duet_plan_problem;
	config->problem_arg = plan;
	take_numbers(plan, settings, config);
	return true;
}

int duet_plan_read(struct duet_plan *plan, const char *path,
		   struct duet_service_config *config, struct duet_error *err)
{
	int rc = duet_settings_read(path, &plan->findings, &plan->file, err);

	plan->path = path;
	if (rc != DUET_OK || plan->findings.n_errors > 0)
		return rc;
	return take(plan, duet_settings_of(plan->file), config)
		       ? DUET_OK
		       : duet_error_nomem(err);
}

/* ---- problems ---- */

/* Of a key of a site or of one of its routes. */
static struct duet_place place_of_rule(
	const struct duet_plan *plan,
	const struct duet_service_problem *problem, const char *key)
{
	if (problem->route > 0)
		return duet_settings_place(plan->file,
					   "sites/%zu/routes/%zu/%s",
					   problem->site, problem->route - 1,
					   key);
	return duet_settings_place(plan->file, "sites/%zu/%s", problem->site,
				   key);
}

static struct duet_place place_of_page(
	const struct duet_plan *plan,
	const struct duet_service_problem *problem)
{
	char key[48];

	(void)snprintf(key, sizeof(key), "errors/%zu/file", problem->page);
	return place_of_rule(plan, problem, key);
}

static struct duet_place place_of_pem(
	const struct duet_plan *plan,
	const struct duet_service_problem *problem, const char *key)
{
	return duet_settings_place(plan->file, "sites/%zu/identities/%zu/%s",
				   problem->site, problem->identity, key);
}

static struct duet_place place_of(const struct duet_plan *plan,
				  const struct duet_service_problem *problem)
{
	switch (problem->part) {
	case DUET_SERVICE_LOG:
		return duet_settings_place(plan->file, "log/file");
	case DUET_SERVICE_LISTEN:
		return duet_settings_place(plan->file, "listen/%zu",
					   problem->place);
	case DUET_SERVICE_PLAIN:
		return duet_settings_place(plan->file, "http_redirect/%zu",
					   problem->place);
	case DUET_SERVICE_ADMIN:
		return duet_settings_place(plan->file, "admin");
	case DUET_SERVICE_ROOT:
		return place_of_rule(plan, problem, "root");
	case DUET_SERVICE_ALLOW:
		return place_of_rule(plan, problem, "allow");
	case DUET_SERVICE_THROTTLE:
		return place_of_rule(plan, problem, "throttle");
	case DUET_SERVICE_USERS:
		return place_of_rule(plan, problem, "auth/users");
	case DUET_SERVICE_ROUTE:
		return place_of_rule(plan, problem, "");
	case DUET_SERVICE_INSECURE:
		return place_of_rule(plan, problem, "insecure_http");
	case DUET_SERVICE_PATH:
		return place_of_rule(plan, problem, "path");
	case DUET_SERVICE_FALLBACK:
		return place_of_rule(plan, problem, "fallback");
	case DUET_SERVICE_PAGE:
		return place_of_page(plan, problem);
	case DUET_SERVICE_CERT:
		return place_of_pem(plan, problem, "cert");
	case DUET_SERVICE_KEY:
		return place_of_pem(plan, problem, "key");
	}
	return (struct duet_place){ 0, 0 };
}

void duet_plan_problem(const struct duet_service_problem *problem, void *arg)
{
	struct duet_plan *plan = arg;
	struct duet_place place = place_of(plan, problem);

	if (problem->is_warning)
		duet_findings_warn(&plan->findings, place, "%s", problem->text);
	else
		duet_findings_error(&plan->findings, place, "%s",
				    problem->text);
}

size_t duet_plan_tell(struct duet_plan *plan)
{
	size_t n_errors = plan->findings.n_errors;

	duet_findings_print(&plan->findings, plan->path, stderr);
	duet_findings_done(&plan->findings);
	return n_errors;
}

void duet_plan_done(struct duet_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_sites; i++)
		free_site(&plan->sites[i]);
	duet_mem_free(plan->sites);
	free_places(plan->listen);
	free_places(plan->http_redirect);
	duet_mem_free(plan->log);
	duet_mem_free(plan->admin);
	duet_findings_done(&plan->findings);
	duet_settings_free(plan->file);
	*plan = (struct duet_plan){ 0 };
}
