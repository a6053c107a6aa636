/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "daemon/banner.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "daemon/ready.h"

struct paint {
	const char *strong;
	const char *faint;
	const char *plain;
};

bool duet_banner_wants_colours(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) == 1 &&
	       (no_color == NULL || *no_color == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

/* Where the text of a bound address has its port. */
static const char *port_of(const char *text)
{
	return strrchr(text, ':') + 1;
}

/* Every address, or one that "localhost" names as well. */
static bool is_localhost(const char *text)
{
	return duet_ready_is_every(text) ||
	       duet_str_starts(text, "127.0.0.1:") ||
	       duet_str_starts(text, "[::1]:");
}

/* The same URL has been shown for an earlier place. */
static bool is_shown(const struct duet_sockets *sockets, size_t i)
{
	const char *text = sockets->texts[i];
	size_t k;

	for (k = 0; k < i; k++) {
		const char *other = sockets->texts[k];

		if (duet_sockets_is_plain(sockets, k) ==
			    duet_sockets_is_plain(sockets, i) &&
		    is_localhost(other) && is_localhost(text) &&
		    strcmp(port_of(other), port_of(text)) == 0)
			return true;
	}
	return false;
}

/* With or without TLS, which is the scheme's business. */
static int add_url(struct duet_buf *text, const char *scheme, const char *bound,
		   const struct duet_banner *banner)
{
	const char *name = banner->name;

	if (duet_address_is_unix(bound))
		return duet_buf_add_str(text, bound);
	if (!is_localhost(bound))
		return duet_buf_printf(text, "%s://%s/", scheme, bound);
	if (name == NULL)
		name = banner->credentials->host;
	return duet_buf_printf(text, "%s://%s:%s/", scheme, name,
			       port_of(bound));
}

static int add_urls(struct duet_buf *text, const struct duet_banner *banner,
		    const struct paint *paint)
{
	size_t i;
	int rc = DUET_OK;

	for (i = 0; rc == DUET_OK && i < banner->sockets->n_places; i++) {
		if (is_shown(banner->sockets, i) ||
		    duet_sockets_is_plain(banner->sockets, i))
			continue;
		rc = duet_buf_printf(text, "  %s", paint->strong);
		if (rc == DUET_OK)
			rc = add_url(text, "https", banner->sockets->texts[i],
				     banner);
		if (rc == DUET_OK)
			rc = duet_buf_printf(text, "%s  %s%s%s\n", paint->plain,
					     paint->faint, banner->dir,
					     paint->plain);
	}
	return rc;
}

static int add_redirects(struct duet_buf *text,
			 const struct duet_banner *banner)
{
	const struct duet_sockets *sockets = banner->sockets;
	size_t i;
	int rc = DUET_OK;

	for (i = 0; rc == DUET_OK && i < sockets->n_places; i++) {
		if (is_shown(sockets, i) || !duet_sockets_is_plain(sockets, i))
			continue;
		rc = duet_buf_add_str(text, "  redirects to HTTPS: ");
		if (rc == DUET_OK)
			rc = add_url(text, "http", sockets->texts[i], banner);
		if (rc == DUET_OK)
			rc = duet_buf_add_str(text, "\n");
	}
	return rc;
}

static int add_admin(struct duet_buf *text, const struct duet_sockets *admin)
{
	size_t i;
	int rc = DUET_OK;

	for (i = 0; rc == DUET_OK && admin != NULL && i < admin->n_places;
	     i++) {
		if (duet_address_is_unix(admin->texts[i]))
			rc = duet_buf_printf(text, "  status: %s\n",
					     admin->texts[i]);
		else if (!is_shown(admin, i))
			rc = duet_buf_printf(text,
					     "  status: http://localhost:%s/\n",
					     port_of(admin->texts[i]));
	}
	return rc;
}

/* Of many the one that has to be renewed first. */
static int add_certificates(struct duet_buf *text,
			    const struct duet_banner *banner)
{
	const struct duet_credentials *next = &banner->credentials[0];
	char distance[DUET_TIME_TEXT_BYTES];
	size_t i;

	for (i = 1; i < banner->n_credentials; i++)
		if (banner->credentials[i].not_after < next->not_after)
			next = &banner->credentials[i];
	duet_time_distance(distance, next->not_after, banner->now);
	return duet_buf_printf(text,
			       "  sites: %zu, certificates: %zu; the first to "
			       "expire is that of %s, %s\n",
			       banner->n_sites, banner->n_credentials,
			       next->name, distance);
}

static int add_certificate(struct duet_buf *text,
			   const struct duet_banner *banner)
{
	const struct duet_credentials *credentials = banner->credentials;
	char distance[DUET_TIME_TEXT_BYTES];
	int rc;

	duet_time_distance(distance, credentials->not_after, banner->now);
	rc = duet_buf_printf(text, "  certificate: %s, expires %s\n",
			     credentials->name, distance);
	if (rc == DUET_OK && credentials->absent_issuer != NULL)
		rc = duet_buf_printf(text,
				     "    its issuer is not in the file: %s\n"
				     "    clients must have that CA; if it is an "
				     "intermediate one, put it into the file\n",
				     credentials->absent_issuer);
	return rc;
}

static const char *first_url_port(const struct duet_sockets *sockets)
{
	size_t i;

	for (i = 0; i < sockets->n_places; i++)
		if (!duet_address_is_unix(sockets->texts[i]) &&
		    !duet_sockets_is_plain(sockets, i))
			return port_of(sockets->texts[i]);
	return NULL;
}

static bool listens_everywhere(const struct duet_sockets *sockets)
{
	size_t i;

	for (i = 0; i < sockets->n_places; i++)
		if (duet_ready_is_every(sockets->texts[i]))
			return true;
	return false;
}

static int add_trust(struct duet_buf *text, const struct duet_banner *banner,
		     const struct paint *paint)
{
	const struct duet_credentials *credentials = banner->credentials;
	const char *port = first_url_port(banner->sockets);
	int rc;

	rc = duet_buf_printf(text,
			     "  certificate: localhost, from your own CA%s\n"
			     "    %s%s%s\n"
			     "  which can vouch for nothing but this machine. "
			     "To trust it:\n"
			     "    duet get      does already\n",
			     credentials->ca_is_new ? " (made just now)" : "",
			     paint->strong, credentials->ca_path, paint->plain);
	if (rc == DUET_OK && port != NULL)
		rc = duet_buf_printf(text,
				     "    curl          --cacert %s "
				     "https://localhost:%s/\n",
				     credentials->ca_path, port);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(text, "    a browser     Settings, "
					    "Certificates, Authorities, "
					    "Import\n");
	if (rc == DUET_OK && listens_everywhere(banner->sockets))
		rc = duet_buf_add_str(text,
				      "  Other machines, and other names of "
				      "this one, need a certificate given\n"
				      "  with --cert.\n");
	return rc;
}

int duet_banner_text(struct duet_buf *text, const struct duet_banner *banner)
{
	static const struct paint none = { "", "", "" };
	static const struct paint colours = { "\033[1m", "\033[2m", "\033[0m" };
	const struct paint *paint = banner->pretty ? &colours : &none;
	int rc = add_urls(text, banner, paint);

	if (rc == DUET_OK)
		rc = add_redirects(text, banner);
	if (rc == DUET_OK)
		rc = add_admin(text, banner->admin);
	if (rc != DUET_OK)
		return rc;
	if (banner->n_credentials > 1)
		return add_certificates(text, banner);
	return banner->credentials->ca_path != NULL
		       ? add_trust(text, banner, paint)
		       : add_certificate(text, banner);
}
