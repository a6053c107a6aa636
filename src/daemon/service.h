/* SPDX-License-Identifier: MIT */
/*
 * daemon/service.h - `duet serve` as a service: what it is told, and the one
 * call that runs it.
 */
#ifndef DUET_DAEMON_SERVICE_H
#define DUET_DAEMON_SERVICE_H

#include <duet/http.h>

#include "site/route.h"

enum duet_isolation {
	DUET_ISOLATION_WORKER = 0, /* a few processes, many connections each */
	DUET_ISOLATION_CONNECTION, /* a process for every connection */
};

enum {
	DUET_SERVICE_WORKERS_MAX = 256,
	DUET_SERVICE_DRAIN_MS = 30000,        /* what to put into drain_ms */
	DUET_SERVICE_TICKET_KEY_MS = 3600000, /* and into ticket_key_ms */
};

struct duet_service_identity {
	const char *cert_file;
	const char *key_file; /* NULL: it is in cert_file */
};

/* What is said of a site or a route. */
struct duet_service_rules {
	const char *root; /* a directory, or NULL */
	/* Prefixes of addresses, as duet_prefix_parse(). */
	const char *const *allow;
	size_t n_allow;
	const char *const *deny;
	size_t n_deny;
	const struct duet_throttle_options *throttle; /* or NULL */
	const char *users; /* a file, as duet_users_read(); or NULL */
	/* The rest; what is made of the above is not looked at. */
	struct duet_route route;
};

struct duet_service_site {
	const char *const *names; /* n_names, and NULL; none: every name */
	size_t n_names;
	bool is_default; /* also answers for names of no site */
	const struct duet_service_identity *identities;
	size_t n_identities; /* 0: one of the local CA */
	struct duet_service_rules own;
	const struct duet_service_rules *routes; /* n_routes */
	size_t n_routes;
};
static inline bool duet_service_is_default(const struct duet_service_site *site)
{
	return site->is_default || site->n_names == 0;
}

/* What a problem is about: site, and the one of its identities or of its
 * routes. */
enum duet_service_part {
	DUET_SERVICE_LOG,
	DUET_SERVICE_LISTEN,
	DUET_SERVICE_PLAIN, /* http_redirect */
	DUET_SERVICE_ADMIN,
	DUET_SERVICE_ROOT,
	DUET_SERVICE_ALLOW,
	DUET_SERVICE_THROTTLE,
	DUET_SERVICE_USERS,
	DUET_SERVICE_ROUTE,    /* as a whole */
	DUET_SERVICE_INSECURE, /* insecure_http of a route */
	DUET_SERVICE_PATH,
	DUET_SERVICE_FALLBACK,
	DUET_SERVICE_PAGE, /* for an error */
	DUET_SERVICE_CERT,
	DUET_SERVICE_KEY,
};
struct duet_service_problem {
	enum duet_service_part part;
	size_t site;
	size_t identity;
	size_t route; /* from 1 on; 0: the site's own */
	size_t page;  /* of the route's errors */
	size_t place; /* where to listen */
	bool is_warning;
	const char *text;
};
typedef void duet_service_problem_fn(const struct duet_service_problem *problem,
				     void *arg);

/* Borrowed until duet_service_free() returns. */
struct duet_service_config {
	const char *const *listen; /* as duet_listen(); ended by NULL */
	const struct duet_service_site *sites;
	size_t n_sites;
	const char *file; /* what all this is from; NULL: options */
	/* Told of everything that is wrong, where it is not NULL; else the
	 * first error alone is told, in the usual way. */
	duet_service_problem_fn *on_problem;
	void *problem_arg;
	const struct duet_limits *limits; /* NULL: defaults */
	uint32_t max_connections;         /* of a worker; 0: as files allow */
	size_t workers;        /* 0: as many as the processors we may use */
	uint8_t isolation;     /* enum duet_isolation */
	uint8_t attitude;      /* enum duet_attitude */
	int ready_fd;          /* -1: tell nobody; closed after the line */
	const char *log;       /* as duet_log_open() */
	uint8_t log_format;    /* enum duet_line_format */
	int64_t ticket_key_ms; /* until another key seals; 0: never */
	int32_t drain_ms;      /* how long connections may take to end */
	/* Plain HTTP, which is sent to the first of listen; as listen, or NULL.
	 */
	const char *const *http_redirect;
	const char *admin; /* as duet_admin_check(); NULL: none */
	bool list;         /* the directories of every site */
	bool no_compress;  /* nothing of any site on the fly */
	bool only_check;   /* never run: open and make nothing */
	bool quiet;        /* do not say on standard error what is served */
};

/* How logs and metrics call a site. */
static inline const char *duet_service_site_name(
	const struct duet_service_site *site)
{
	return site->n_names > 0 ? site->names[0] : "*";
}

struct duet_service;
/*
 * Read all that is to be read: directories, certificates, keys. Nothing is
 * bound yet. DUET_E_ARGUMENT after errors that on_problem was told.
 */
DUET_CHECK int duet_service_new(const struct duet_service_config *config,
				struct duet_service **ret,
				struct duet_error *err);
void duet_service_free(struct duet_service *service);
/*
 * Serve until SIGTERM or SIGINT has come and everything under way is over (or
 * a second one, which cuts it). DUET_OK then; below 0 when it could not begin.
 * Once. It forks; the caller has no threads.
 */
DUET_CHECK int duet_service_run(struct duet_service *service,
				struct duet_error *err);

#endif
