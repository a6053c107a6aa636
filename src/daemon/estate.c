/* SPDX-License-Identifier: MIT */
/*
 * What a service has to serve: the directories, the certificates, the names.
 * All of it is read before any process is started. With an on_problem it goes
 * on after a mistake, so that all of them are told; what cannot be looked at
 * because of one is left out.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/doubts.h"
#include "daemon/local_ca.h"
#include "daemon/makeable.h"
#include "daemon/secrets.h"
#include "daemon/service_int.h"
#include "daemon/words.h"
#include "server/handler.h"

/* Where in the configuration an identity is. */
struct owner {
	size_t site;
	size_t identity;
};

/* One reading of it all. */
struct estate {
	struct duet_service *service;
	const struct duet_service_config *config;
	struct duet_secrets secrets;
	struct duet_identity **identities;
	const char *const **names; /* of each identity */
	struct owner *owners;      /* the same */
	size_t site;               /* whose files are looked at */
	size_t route;              /* that a problem is about */
	struct duet_error *err;
};

/* ---- problems ---- */

/* DUET_OK to go on, or rc. Memory that has run out ends it in any case. */
static int tell(struct estate *estate, enum duet_service_part part, size_t site,
		size_t identity, int rc)
{
	const struct duet_service_problem problem = {
		.part = part,
		.site = site,
		.identity = identity,
		.route = estate->route,
		.text = estate->err->text,
	};

	if (rc == DUET_OK || rc == DUET_E_NOMEM ||
	    estate->config->on_problem == NULL)
		return rc;
	if (estate->err->code == DUET_E_SYSTEM && estate->err->sys == ENOENT)
		duet_words_add_expansion(estate->err);
	estate->service->n_errors++;
	estate->config->on_problem(&problem, estate->config->problem_arg);
	return DUET_OK;
}

/* Each line of doubts; where it belongs is said of problem. */
static void warn_of(struct estate *estate, struct duet_service_problem *problem,
		    char *doubts)
{
	char *rest = doubts;
	char *end;

	problem->is_warning = true;
	for (; rest != NULL && *rest != '\0'; rest = end) {
		end = strchr(rest, '\n');
		if (end != NULL)
			*end++ = '\0';
		problem->text = rest;
		estate->config->on_problem(problem,
					   estate->config->problem_arg);
	}
}

static void warn(struct estate *estate, size_t site, size_t identity,
		 char *doubts)
{
	struct duet_service_problem problem = {
		.part = DUET_SERVICE_CERT,
		.site = site,
		.identity = identity,
	};

	warn_of(estate, &problem, doubts);
}

/* ---- directories ---- */

/* 0 is the site's own. */
static const struct duet_service_rules *rules_of(const struct estate *estate,
						 size_t site, size_t route)
{
	const struct duet_service_site *of = &estate->config->sites[site];

	return route > 0 ? &of->routes[route - 1] : &of->own;
}

static size_t count_routes(const struct estate *estate)
{
	size_t n = estate->config->n_sites;
	size_t i;

	for (i = 0; i < estate->config->n_sites; i++)
		n += estate->config->sites[i].n_routes;
	return n;
}

/* Each root, or whatever open does, in the order of sites and routes. */
static int for_each_route(struct estate *estate,
			  int (*open)(struct estate *estate, size_t site,
				      size_t route))
{
	const struct duet_service_config *config = estate->config;
	int rc = DUET_OK;
	size_t i;
	size_t k;

	for (i = 0; rc == DUET_OK && i < config->n_sites; i++)
		for (k = 0; rc == DUET_OK && k <= config->sites[i].n_routes;
		     k++) {
			estate->route = k;
			rc = open(estate, i, k);
		}
	estate->route = 0;
	return rc;
}

static int open_root(struct estate *estate, size_t site, size_t route)
{
	struct duet_service *service = estate->service;
	const char *root = rules_of(estate, site, route)->root;
	int rc;

	if (root == NULL)
		return DUET_OK;
	rc = duet_files_new(root, &service->files[service->n_files],
			    estate->err);
	service->n_files += rc == DUET_OK;
	return tell(estate, DUET_SERVICE_ROOT, site, 0, rc);
}

static int open_roots(struct estate *estate)
{
	struct duet_service *service = estate->service;

	service->files = duet_mem_array(count_routes(estate),
					sizeof(struct duet_files *));
	if (service->files == NULL)
		return duet_error_nomem(estate->err);
	return for_each_route(estate, open_root);
}

/* ---- who may come in ---- */

static int add_prefixes(struct duet_access_rule *rules, bool allow,
			const char *const *texts, size_t n,
			struct duet_error *err)
{
	int rc = DUET_OK;
	size_t i;

	for (i = 0; rc == DUET_OK && i < n; i++) {
		rules[i].allow = allow;
		rc = duet_prefix_parse(texts[i], &rules[i].prefix, err);
	}
	return rc;
}

static int open_access(struct estate *estate,
		       const struct duet_service_rules *said,
		       struct duet_opened_gate *gate)
{
	size_t n = said->n_allow + said->n_deny;
	struct duet_access_rule *rules;
	int rc;

	if (n == 0)
		return DUET_OK;
	rules = duet_mem_array(n, sizeof(*rules));
	if (rules == NULL)
		return duet_error_nomem(estate->err);
	rc = add_prefixes(rules, true, said->allow, said->n_allow, estate->err);
	if (rc == DUET_OK)
		rc = add_prefixes(rules + said->n_allow, false, said->deny,
				  said->n_deny, estate->err);
	if (rc == DUET_OK)
		rc = duet_access_new(rules, n, &gate->access, estate->err);
	duet_mem_free(rules);
	return rc;
}

/* Of each worker, so that its part of the memory is not more than it needs. */
static uint32_t connections_of(const struct duet_service_config *config)
{
	enum { AT_MOST = 4096 };

	return config->max_connections > 0 && config->max_connections < AT_MOST
		       ? config->max_connections
		       : AT_MOST;
}

static int open_throttle(struct estate *estate,
			 const struct duet_service_rules *said,
			 struct duet_opened_gate *gate)
{
	const struct duet_service_config *config = estate->config;
	struct duet_throttle_options options;

	if (said->throttle == NULL)
		return DUET_OK;
	options = *said->throttle;
	options.n_workers = (uint32_t)estate->service->n_workers;
	options.connections = connections_of(config);
	if (options.concurrent > 0 &&
	    config->isolation == DUET_ISOLATION_CONNECTION)
		return duet_error_set(estate->err, DUET_E_ARGUMENT,
				      "'concurrent' cannot be counted across the processes of isolation 'connection'; leave it out");
	return duet_throttle_new(&options, &gate->throttle, estate->err);
}

/* A duet_users_wrong_fn, for the site at estate->site. */
static void tell_wrong_user(const struct duet_error *wrong, void *arg)
{
	struct estate *estate = arg;
	struct duet_error *kept = estate->err;
	struct duet_error copy = *wrong;

	estate->err = &copy;
	(void)!tell(estate, DUET_SERVICE_USERS, estate->site, 0, copy.code);
	estate->err = kept;
}

static int open_users(struct estate *estate,
		      const struct duet_service_rules *said,
		      struct duet_opened_gate *gate)
{
	bool tells_all = estate->config->on_problem != NULL;
	int rc;

	if (said->users == NULL)
		return DUET_OK;
	estate->service->has_users = true;
	rc = duet_secrets_add_users(&estate->secrets, said->users, estate->err);
	return rc == DUET_OK
		       ? duet_users_read(said->users,
					 tells_all ? tell_wrong_user : NULL,
					 estate, &gate->users, estate->err)
		       : rc;
}

static int open_gate(struct estate *estate, size_t site, size_t route)
{
	const struct duet_service_rules *said = rules_of(estate, site, route);
	struct duet_service *service = estate->service;
	struct duet_opened_gate *gate = &service->gates[service->n_gates++];
	int rc = open_access(estate, said, gate);

	rc = tell(estate, DUET_SERVICE_ALLOW, site, 0, rc);
	if (rc != DUET_OK)
		return rc;
	rc = open_throttle(estate, said, gate);
	rc = tell(estate, DUET_SERVICE_THROTTLE, site, 0, rc);
	if (rc != DUET_OK)
		return rc;
	estate->site = site;
	rc = open_users(estate, said, gate);
	return tell(estate, DUET_SERVICE_USERS, site, 0, rc);
}

static int open_gates(struct estate *estate)
{
	struct duet_service *service = estate->service;

	service->gates =
		duet_mem_array(count_routes(estate), sizeof(*service->gates));
	if (service->gates == NULL)
		return duet_error_nomem(estate->err);
	return for_each_route(estate, open_gate);
}

void duet_estate_reset_worker(struct duet_service *service, size_t w)
{
	size_t i;

	for (i = 0; i < service->n_gates; i++)
		if (service->gates[i].throttle != NULL)
			duet_throttle_reset_worker(service->gates[i].throttle,
						   w);
}

/* ---- routes ---- */

/* A duet_missing_fn, for the site at estate->site. */
static void warn_of_missing(const struct duet_missing *missing, void *arg)
{
	struct estate *estate = arg;
	struct duet_service_problem problem = {
		.part = missing->is_path       ? DUET_SERVICE_PATH
			: missing->status == 0 ? DUET_SERVICE_FALLBACK
					       : DUET_SERVICE_PAGE,
		.site = estate->site,
		.route = missing->route,
		.page = missing->page,
	};
	char doubt[DUET_DOUBT_BYTES];

	duet_doubts_missing(doubt, missing);
	warn_of(estate, &problem, doubt);
}

static void warn_of_insecure(struct estate *estate, size_t site, size_t route)
{
	char doubt[DUET_DOUBT_BYTES];
	struct duet_service_problem problem = {
		.part = DUET_SERVICE_INSECURE,
		.site = site,
		.route = route,
	};

	if (estate->config->on_problem != NULL &&
	    duet_doubts_insecure(doubt, &rules_of(estate, site, route)->route,
				 estate->config->http_redirect))
		warn_of(estate, &problem, doubt);
}

/* How far the lists of what was opened have been used. */
struct opened {
	struct duet_files **files;
	struct duet_opened_gate *gate;
};

/* All there is has been opened, in this order. */
static int make_routes(struct estate *estate, size_t site,
		       struct opened *opened)
{
	size_t n = estate->config->sites[site].n_routes + 1;
	struct duet_route *routes = duet_mem_array(n, sizeof(*routes));
	size_t wrong = 0;
	size_t k;
	int rc;

	if (routes == NULL)
		return duet_error_nomem(estate->err);
	for (k = 0; k < n; k++) {
		const struct duet_service_rules *said =
			rules_of(estate, site, k);

		routes[k] = said->route;
		routes[k].files = said->root != NULL ? *opened->files++ : NULL;
		routes[k].gate.access = opened->gate->access;
		routes[k].gate.throttle = opened->gate->throttle;
		routes[k].gate.users = opened->gate++->users;
		warn_of_insecure(estate, site, k);
	}
	routes[0].path = "/";
	if (estate->config->list)
		routes[0].list = &estate->config->list;
	rc = duet_routes_new(routes, n, &estate->service->routes[site], &wrong,
			     estate->err);
	duet_mem_free(routes);
	estate->site = site;
	if (rc == DUET_OK && estate->config->on_problem != NULL)
		duet_routes_find_missing(estate->service->routes[site],
					 warn_of_missing, estate);
	estate->route = wrong;
	rc = tell(estate, DUET_SERVICE_ROUTE, site, 0, rc);
	estate->route = 0;
	return rc;
}

static int make_all_routes(struct estate *estate)
{
	struct duet_service *service = estate->service;
	struct opened opened = { service->files, service->gates };
	int rc = DUET_OK;
	size_t i;

	service->routes = duet_mem_array(estate->config->n_sites,
					 sizeof(struct duet_routes *));
	if (service->routes == NULL)
		return duet_error_nomem(estate->err);
	for (i = 0; rc == DUET_OK && i < estate->config->n_sites; i++)
		rc = make_routes(estate, i, &opened);
	return rc;
}

/* ---- the log ---- */

static int open_log(struct estate *estate)
{
	const char *where = estate->config->log;
	int rc = estate->config->only_check
			 ? duet_makeable_log(where, estate->err)
			 : duet_log_open(where, &estate->service->log_fd,
					 estate->err);

	return tell(estate, DUET_SERVICE_LOG, 0, 0, rc);
}

/* Of unix sockets: their directory may come with the service. */
static int look_at_places(struct estate *estate, enum duet_service_part part,
			  const char *const *places)
{
	struct duet_service_problem problem = { .part = part };
	int rc = DUET_OK;
	size_t i;

	for (i = 0; places != NULL && places[i] != NULL; i++) {
		if (!duet_address_is_unix(places[i]))
			continue;
		rc = duet_makeable_socket(places[i], estate->err);
		if (rc == DUET_E_NOMEM)
			return rc;
		problem.place = i;
		if (rc != DUET_OK)
			warn_of(estate, &problem, estate->err->text);
	}
	return DUET_OK;
}

/* Who serves is told when the sockets are made. */
static int check_places(struct estate *estate)
{
	const struct duet_service_config *config = estate->config;
	const char *const admin[] = { config->admin, NULL };
	int rc;

	if (!config->only_check || config->on_problem == NULL)
		return DUET_OK;
	rc = look_at_places(estate, DUET_SERVICE_LISTEN, config->listen);
	if (rc == DUET_OK)
		rc = look_at_places(estate, DUET_SERVICE_PLAIN,
				    config->http_redirect);
	return rc == DUET_OK ? look_at_places(estate, DUET_SERVICE_ADMIN, admin)
			     : rc;
}

static int check_admin(struct estate *estate)
{
	const char *place = estate->config->admin;

	if (place == NULL)
		return DUET_OK;
	return tell(estate, DUET_SERVICE_ADMIN, 0, 0,
		    duet_admin_check(place, estate->err));
}

/* ---- secrets ---- */

static int gather_secrets(struct estate *estate)
{
	const struct duet_service_site *site = estate->config->sites;
	const struct duet_service_site *end = site + estate->config->n_sites;
	int rc = DUET_OK;
	size_t k;

	for (; site < end; site++)
		for (k = 0; rc == DUET_OK && k < site->n_identities; k++)
			rc = duet_secrets_add(&estate->secrets,
					      site->identities[k].cert_file,
					      site->identities[k].key_file,
					      estate->err);
	return rc;
}

static int keep_outside(struct estate *estate, size_t site, size_t route)
{
	const char *root = rules_of(estate, site, route)->root;
	int rc;

	if (root == NULL)
		return DUET_OK;
	rc = duet_secrets_outside(&estate->secrets, root, estate->err);
	return tell(estate, DUET_SERVICE_ROOT, site, 0, rc);
}

static int keep_secrets_back(struct estate *estate)
{
	struct duet_service *service = estate->service;
	int rc = duet_kept_back_new(&service->kept_back, estate->err);
	size_t i;

	if (rc == DUET_OK)
		rc = duet_secrets_keep_back(&estate->secrets,
					    service->kept_back, estate->err);
	for (i = 0; rc == DUET_OK && i < service->n_files; i++)
		duet_files_keep_back(service->files[i], service->kept_back);
	return rc;
}

/* ---- certificates ---- */

/* A name of a site is one that a certificate has, or its wildcard is for it:
 * one label (RFC 9525 s6.3). */
static bool is_for(const char *have, const char *name)
{
	const char *dot = strchr(name, '.');

	if (duet_str_eq_nocase(have, name))
		return true;
	return have[0] == '*' && have[1] == '.' && dot != NULL &&
	       name[0] != '*' && duet_str_eq_nocase(have + 1, dot);
}

static void warn_of_names(struct estate *estate, size_t number, size_t identity,
			  const struct duet_credentials *credentials)
{
	const struct duet_service_site *site = &estate->config->sites[number];
	char text[768];
	size_t i;
	size_t k;

	for (i = 0; i < site->n_names; i++) {
		for (k = 0; k < credentials->n_names; k++)
			if (is_for(credentials->names[k], site->names[i]))
				break;
		if (k < credentials->n_names)
			continue;
		(void)snprintf(text, sizeof(text),
			       "this certificate (%s) is not for '%s', a name of its site: clients that ask for that name will refuse it",
			       credentials->name, site->names[i]);
		warn(estate, number, identity, text);
	}
}

/* Of two with one kind of key clients never see the second. */
static void warn_of_kind(struct estate *estate, size_t number)
{
	const struct owner *owner = &estate->owners[number];
	const struct duet_credentials *all = estate->service->credentials;
	char text[256];
	size_t i = number;

	while (i > 0 && estate->owners[i - 1].site == owner->site) {
		if (strcmp(all[--i].kind, all[number].kind) != 0)
			continue;
		(void)snprintf(text, sizeof(text),
			       "this identity of its site is never shown: identity %zu has a key of the same kind (%s) and comes first",
			       estate->owners[i].identity + 1, all[i].kind);
		warn(estate, owner->site, owner->identity, text);
		return;
	}
}

static void add_remedy(const struct estate *estate)
{
	if (estate->err->code == DUET_E_SYSTEM && estate->err->sys == ENOENT)
		duet_error_append(estate->err, "; check the name%s",
				  estate->config->file == NULL
					  ? " given by --cert or --key"
					  : "");
}

/* A sentence about a file begins with its name. */
static enum duet_service_part part_of(
	const struct duet_service_identity *identity,
	const struct duet_error *err)
{
	return identity->key_file != NULL && err->text[0] == '\'' &&
			       duet_str_starts(err->text + 1,
					       identity->key_file)
		       ? DUET_SERVICE_KEY
		       : DUET_SERVICE_CERT;
}

/* To look is not to make one. */
static bool has_local_ca(void)
{
	char *path = duet_local_ca_find();
	bool has = path != NULL;

	duet_mem_free(path);
	return has;
}

static int add_identity(struct estate *estate, size_t site, size_t k)
{
	static const struct duet_service_identity local = { NULL, NULL };
	const struct duet_service_site *owner = &estate->config->sites[site];
	const struct duet_service_identity *identity =
		owner->n_identities > 0 ? &owner->identities[k] : &local;
	struct duet_service *service = estate->service;
	size_t n = service->n_credentials;
	struct duet_credentials *credentials = &service->credentials[n];
	int rc;

	if (estate->config->only_check && identity == &local && !has_local_ca())
		return DUET_OK;
	rc = duet_credentials_open(credentials, identity->cert_file,
				   identity->key_file, duet_clock_wall(),
				   estate->err);
	if (rc != DUET_OK) {
		add_remedy(estate);
		return tell(estate, part_of(identity, estate->err), site, k,
			    rc);
	}
	service->n_credentials++;
	estate->identities[n] = credentials->identity;
	estate->names[n] = owner->names;
	estate->owners[n] = (struct owner){ site, k };
	if (estate->config->on_problem != NULL) {
		warn(estate, site, k, credentials->doubts);
		warn_of_names(estate, site, k, credentials);
		warn_of_kind(estate, n);
	}
	return DUET_OK;
}

static size_t count_identities(const struct duet_service_site *site)
{
	return site->n_identities > 0 ? site->n_identities : 1;
}

static int add_site(struct estate *estate, size_t site)
{
	size_t n = count_identities(&estate->config->sites[site]);
	int rc = DUET_OK;
	size_t k;

	for (k = 0; rc == DUET_OK && k < n; k++)
		rc = add_identity(estate, site, k);
	return rc;
}

static int add_sites(struct estate *estate)
{
	const struct duet_service_config *config = estate->config;
	struct duet_service *service = estate->service;
	size_t first = duet_hosts_default(service->hosts);
	size_t n = 0;
	size_t i;
	int rc;

	for (i = 0; i < config->n_sites; i++)
		n += count_identities(&config->sites[i]);
	service->credentials = duet_mem_array(n, sizeof(*service->credentials));
	estate->identities = duet_mem_array(n, sizeof(*estate->identities));
	estate->names = duet_mem_array(n, sizeof(*estate->names));
	estate->owners = duet_mem_array(n, sizeof(*estate->owners));
	if (service->credentials == NULL || estate->identities == NULL ||
	    estate->names == NULL || estate->owners == NULL)
		return duet_error_nomem(estate->err);
	rc = first != DUET_HOSTS_NONE ? add_site(estate, first) : DUET_OK;
	for (i = 0; rc == DUET_OK && i < config->n_sites; i++)
		if (i != first)
			rc = add_site(estate, i);
	return rc;
}

/* NULL, and estate->err. */
static struct duet_config *make_config(struct estate *estate, size_t first,
				       size_t n)
{
	bool has_default =
		duet_hosts_default(estate->service->hosts) != DUET_HOSTS_NONE;
	/* Of one directory for every name the certificates may choose. */
	bool by_name = estate->config->file != NULL;
	const struct duet_server_config options = {
		.size = sizeof(options),
		.identities = estate->identities + first,
		.n_identities = n,
		.names = by_name ? estate->names + first : NULL,
		.refuse_unknown_names = !has_default,
		.refuse_nameless = !has_default,
		.alpn = duet_server_alpn,
	};

	return duet_config_server(&options, estate->err);
}

/* One of many will not do: tell which, by trying each alone. */
static int blame(struct estate *estate)
{
	int rc = DUET_OK;
	size_t i;

	for (i = 0; rc == DUET_OK && i < estate->service->n_credentials; i++) {
		struct duet_config *alone = make_config(estate, i, 1);

		if (alone == NULL)
			rc = tell(estate, DUET_SERVICE_CERT,
				  estate->owners[i].site,
				  estate->owners[i].identity,
				  estate->err->code);
		duet_config_release(alone);
	}
	return rc;
}

static int configure_tls(struct estate *estate)
{
	struct duet_service *service = estate->service;
	struct duet_error first;
	int rc;

	service->tls = make_config(estate, 0, service->n_credentials);
	if (service->tls != NULL)
		return DUET_OK;
	first = *estate->err;
	rc = estate->config->on_problem != NULL ? blame(estate) : DUET_OK;
	if (rc != DUET_OK || service->n_errors > 0)
		return rc;
	*estate->err = first;
	return first.code;
}

/* ---- all of it ---- */

/* In an order that finds the cheapest mistake first. */
static int read_all(struct estate *estate)
{
	int rc = duet_secrets_init(&estate->secrets, estate->err);

	if (rc == DUET_OK)
		rc = open_roots(estate);
	if (rc == DUET_OK)
		rc = open_gates(estate);
	if (rc == DUET_OK)
		rc = open_log(estate);
	if (rc == DUET_OK)
		rc = check_places(estate);
	if (rc == DUET_OK)
		rc = check_admin(estate);
	if (rc == DUET_OK)
		rc = gather_secrets(estate);
	if (rc == DUET_OK)
		rc = for_each_route(estate, keep_outside);
	if (rc == DUET_OK && estate->service->n_errors == 0)
		rc = make_all_routes(estate);
	if (rc == DUET_OK)
		rc = duet_hosts_new(estate->config->sites,
				    estate->config->n_sites,
				    &estate->service->hosts, estate->err);
	if (rc == DUET_OK)
		rc = add_sites(estate);
	if (rc == DUET_OK && estate->service->n_errors == 0)
		rc = keep_secrets_back(estate);
	if (rc == DUET_OK && estate->service->n_errors == 0 &&
	    estate->service->n_credentials > 0)
		rc = configure_tls(estate);
	return rc;
}

int duet_estate_open(struct duet_service *service, struct duet_error *err)
{
	struct estate estate = { .service = service,
				 .config = service->config,
				 .err = err };
	int rc = read_all(&estate);

	duet_secrets_done(&estate.secrets);
	duet_mem_free(estate.identities);
	duet_mem_free(estate.names);
	duet_mem_free(estate.owners);
	if (rc == DUET_OK && service->n_errors > 0)
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "nothing is served, for what is said above");
	return rc;
}

void duet_estate_done(struct duet_service *service)
{
	size_t i;

	duet_config_release(service->tls);
	for (i = 0; i < service->n_credentials; i++)
		duet_credentials_done(&service->credentials[i]);
	duet_mem_free(service->credentials);
	for (i = 0; service->routes != NULL && i < service->config->n_sites;
	     i++)
		duet_routes_free(service->routes[i]);
	duet_mem_free(service->routes);
	for (i = 0; i < service->n_gates; i++) {
		duet_access_free(service->gates[i].access);
		duet_throttle_free(service->gates[i].throttle);
		duet_users_free(service->gates[i].users);
	}
	duet_mem_free(service->gates);
	for (i = 0; i < service->n_files; i++)
		duet_files_free(service->files[i]);
	duet_mem_free(service->files);
	duet_hosts_free(service->hosts);
	duet_kept_back_free(service->kept_back);
	if (service->log_fd >= 0 && service->log_fd != STDOUT_FILENO)
		(void)close(service->log_fd);
}
