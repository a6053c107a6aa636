/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* realpath */
#include "daemon/doubts.h"

#include <arpa/inet.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "daemon/ready.h"
#include "site/error.h"

enum {
	DAY_S = 86400,
};

/* ---- places ---- */

/* Without the brackets of IPv6, and without the port. */
static struct duet_bytes host_of(const char *place)
{
	size_t len = (size_t)(strrchr(place, ':') - place);

	if (*place == '[')
		return (struct duet_bytes){ place + 1, len - 2 };
	return (struct duet_bytes){ place, len };
}

static bool is_name(const char *place)
{
	struct in_addr v4;
	char host[INET_ADDRSTRLEN];
	struct duet_bytes bytes = host_of(place);

	if (*place == '[' || bytes.len == 0)
		return false;
	if (bytes.len >= sizeof(host))
		return true;
	memcpy(host, bytes.data, bytes.len);
	host[bytes.len] = '\0';
	return inet_pton(AF_INET, host, &v4) != 1;
}

static int doubt_place(struct duet_buf *lines, const char *place,
		       const char *port)
{
	static const char *const vouched[] = { "localhost", "127.0.0.1",
					       "::1" };
	struct duet_bytes host = host_of(place);
	size_t i;

	for (i = 0; i < sizeof(vouched) / sizeof(vouched[0]); i++)
		if (duet_bytes_eq_nocase(host, vouched[i]))
			return DUET_OK;
	return duet_buf_printf(lines,
			       "clients will refuse https://%.*s%s/, since the local certificate is for localhost, 127.0.0.1 and ::1 only: listen on localhost, or make one with 'duet cert ca' and 'duet cert issue %.*s', and give it with --cert\n",
			       (int)(strrchr(place, ':') - place), place, port,
			       (int)host.len, (const char *)host.data);
}

int duet_doubts_places(struct duet_buf *lines,
		       const struct duet_sockets *sockets)
{
	size_t i;
	int rc = DUET_OK;

	for (i = 0; rc == DUET_OK && i < sockets->n_places; i++) {
		const char *text = sockets->texts[i];
		const char *origin = sockets->origins[i];

		if (duet_address_is_unix(text) || duet_ready_is_every(text))
			continue;
		if (!is_name(origin))
			rc = doubt_place(lines, text, strrchr(text, ':'));
		else if (i == 0 || sockets->origins[i - 1] != origin)
			rc = doubt_place(lines, origin, strrchr(text, ':'));
	}
	return rc;
}

/* ---- certificates ---- */

static bool is_for_servers(const struct duet_facts_cert *facts)
{
	return strstr(facts->usage, "server") != NULL ||
	       strstr(facts->usage, "any") != NULL;
}

/* Clients compare these only, not the subject (RFC 9525 s6). */
static bool has_name(const struct duet_facts_cert *facts)
{
	const char *const *name = facts->names;

	for (; name != NULL && *name != NULL; name++)
		if (duet_str_starts(*name, "IP:") ||
		    (strchr(*name, ':') == NULL && strcmp(*name, "other") != 0))
			return true;
	return false;
}

static bool ends_soon(const struct duet_facts_cert *facts, int64_t now)
{
	return now <= facts->not_after &&
	       facts->not_after - now < (int64_t)DUET_DOUBTS_SOON_DAYS * DAY_S;
}

static int doubt_own(struct duet_buf *lines, const char *file,
		     const struct duet_facts_cert *own, int64_t now)
{
	char when[DUET_TIME_TEXT_BYTES];
	int rc = DUET_OK;

	if (own->is_ca)
		rc = duet_buf_printf(lines,
				     "'%s': its first certificate (%s) is that of a CA, and some clients refuse it as a server's: issue one for the server ('duet cert issue') and put that first\n",
				     file, own->subject);
	else if (!is_for_servers(own))
		rc = duet_buf_printf(lines,
				     "'%s': this certificate (%s) is not for servers (its usage: %s), and clients will refuse it: have one issued for that purpose ('duet cert issue --usage server')\n",
				     file, own->subject, own->usage);
	if (rc == DUET_OK && !has_name(own))
		rc = duet_buf_printf(lines,
				     "'%s': this certificate (%s) has neither a DNS name nor an IP address (subjectAltName), and clients will refuse it by whatever name they call us: have one issued with its names ('duet cert issue NAME')\n",
				     file, own->subject);
	if (rc == DUET_OK && ends_soon(own, now)) {
		duet_time_text(when, own->not_after);
		rc = duet_buf_printf(lines,
				     "'%s': this certificate (%s) expires on %s, less than %d days from now: have it renewed, and start again with the new one\n",
				     file, own->subject, when,
				     DUET_DOUBTS_SOON_DAYS);
	}
	return rc;
}

/* The certificate that follows below in a chain. */
static int doubt_next(struct duet_buf *lines, const char *file,
		      const struct duet_facts_cert *below,
		      const struct duet_facts_cert *next, int64_t now)
{
	char when[DUET_TIME_TEXT_BYTES];
	int rc = DUET_OK;

	if (strcmp(below->issuer, next->subject) != 0)
		rc = duet_buf_printf(lines,
				     "'%s': after the certificate %s comes that of %s, and not that of its issuer %s, which clients will miss: put every certificate's issuer after it\n",
				     file, below->subject, next->subject,
				     below->issuer);
	if (rc == DUET_OK && now > next->not_after) {
		duet_time_text(when, next->not_after);
		rc = duet_buf_printf(lines,
				     "'%s': the certificate %s in its chain expired on %s, and clients may refuse it: get the chain anew from your CA\n",
				     file, next->subject, when);
	}
	if (rc == DUET_OK && ends_soon(next, now)) {
		duet_time_text(when, next->not_after);
		rc = duet_buf_printf(lines,
				     "'%s': the certificate %s in its chain expires on %s, less than %d days from now: get the chain anew from your CA\n",
				     file, next->subject, when,
				     DUET_DOUBTS_SOON_DAYS);
	}
	return rc;
}

int duet_doubts_certificates(struct duet_buf *lines, const char *file,
			     const struct duet_inspection *inspection,
			     int64_t now)
{
	struct duet_facts_cert below;
	bool is_first = true;
	size_t i;
	int rc = DUET_OK;

	for (i = 0; rc == DUET_OK && i < duet_inspection_count(inspection);
	     i++) {
		struct duet_facts_cert facts = { .size = sizeof(facts) };

		rc = duet_inspection_get(inspection, i, &facts);
		if (rc != DUET_OK || facts.kind != DUET_IS_CERTIFICATE)
			continue;
		rc = is_first ? doubt_own(lines, file, &facts, now)
			      : doubt_next(lines, file, &below, &facts, now);
		below = facts;
		is_first = false;
	}
	return rc;
}

/* ---- keys ---- */

/* Whoever may read a file may not get to it all the same. */
static bool can_all_enter(const char *path)
{
	char *dir = realpath(path, NULL);
	bool can = dir != NULL;
	struct stat st;
	char *slash;

	while (can && (slash = strrchr(dir, '/')) != NULL && slash > dir) {
		*slash = '\0';
		can = stat(dir, &st) == 0 && (st.st_mode & S_IXOTH) != 0;
	}
	free(dir); /* realpath(3) made it */
	return can;
}

int duet_doubts_key(struct duet_buf *lines, const char *file)
{
	struct stat st;

	if (stat(file, &st) != 0 || (st.st_mode & S_IROTH) == 0 ||
	    !can_all_enter(file))
		return DUET_OK;
	return duet_buf_printf(lines,
			       "'%s': every user of this machine can read this key (its mode is %04o): take that from them ('chmod o=')\n",
			       file, (unsigned)(st.st_mode & 07777));
}

/* ---- files ---- */

static void doubt_path(char dst[DUET_DOUBT_BYTES],
		       const struct duet_missing *missing, const char *why)
{
	if (missing->is_hidden)
		(void)snprintf(dst, DUET_DOUBT_BYTES,
			       "'%s' is never served, since a name in it begins with a dot, and only /.well-known/ at the top of a site may: name it otherwise, or leave the route out",
			       missing->file);
	else if (missing->why != NULL)
		(void)snprintf(dst, DUET_DOUBT_BYTES,
			       "'%s' is there beneath the root and is not served (%s): the route is for nothing",
			       missing->file, why);
	else if (missing->sys != ENOENT)
		(void)snprintf(dst, DUET_DOUBT_BYTES,
			       "'%s' cannot be looked at beneath the root (%s)",
			       missing->file, why);
	else
		(void)snprintf(dst, DUET_DOUBT_BYTES,
			       "'%s' is not there beneath the root (%s), and the route is for nothing%s: check how it is spelt",
			       missing->file, why,
			       missing->is_gate
				       ? " and keeps nobody out of another path"
				       : "");
}

void duet_doubts_missing(char dst[DUET_DOUBT_BYTES],
			 const struct duet_missing *missing)
{
	const char *why =
		missing->why != NULL ? missing->why : strerror(missing->sys);

	if (missing->is_path)
		doubt_path(dst, missing, why);
	else if (missing->status == 0)
		(void)snprintf(dst, DUET_DOUBT_BYTES,
			       "'%s' cannot be read beneath the root (%s): until it can, what is not there is answered with 404",
			       missing->file, why);
	else if (missing->sys == EFBIG)
		(void)snprintf(dst, DUET_DOUBT_BYTES,
			       "'%s' is larger than %d bytes: as long as it is, our own page is sent for %d",
			       missing->file, DUET_ERROR_FILE_MAX_BYTES,
			       missing->status);
	else
		(void)snprintf(dst, DUET_DOUBT_BYTES,
			       "'%s' cannot be read beneath the root (%s): until it can, our own page is sent for %d",
			       missing->file, why, missing->status);
}

bool duet_doubts_insecure(char dst[DUET_DOUBT_BYTES],
			  const struct duet_route *route,
			  const char *const *places)
{
	if (route->insecure_http == NULL || !*route->insecure_http ||
	    (places != NULL && places[0] != NULL))
		return false;
	(void)snprintf(dst, DUET_DOUBT_BYTES,
		       "'insecure_http' changes nothing, for nothing listens without TLS: add 'http_redirect', or leave it out");
	return true;
}
