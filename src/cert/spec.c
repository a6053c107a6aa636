/* SPDX-License-Identifier: MIT */
#include "cert/spec.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/str.h"

enum {
	NAMES_MAX = 1000,
	CN_MAX = 64, /* RFC 5280 sA.1: ub-common-name, ub-organization-name */
	URL_MAX = 2048,
	LEAF_DAYS = 90,
	CA_DAYS = 3650,
	PATH_MAX_LENGTH = 20,
	EARLY_SECONDS = 3600,
	DAY_SECONDS = 86400,
	SHOWN_BYTES = 600, /* CN_MAX characters, each byte as \xNN at worst */
};

/* 9999-12-31 23:59:59 UTC: the last moment X.509 can write. */
#define TIME_END INT64_C(253402300799)

bool duet_spec_is_ca(const struct duet_spec *spec)
{
	return spec->given.usage == DUET_USAGE_CA;
}

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

static int read_names(struct duet_spec *spec, struct duet_error *err)
{
	size_t n = count(spec->given.names);
	size_t i;
	int rc;

	if (n > NAMES_MAX)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a certificate has at most %d names",
				      NAMES_MAX);
	spec->names = duet_mem_array(n, sizeof(*spec->names));
	if (spec->names == NULL)
		return duet_error_nomem(err);
	for (i = 0; i < n; i++) {
		rc = duet_name_parse(spec->given.names[i], &spec->names[i],
				     err);
		if (rc != DUET_OK)
			return rc;
	}
	spec->n_names = n;
	return DUET_OK;
}

static int read_permitted(struct duet_spec *spec, struct duet_error *err)
{
	size_t n = count(spec->given.permitted);
	size_t i;
	int rc;

	if (n > NAMES_MAX)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a CA has at most %d permitted subtrees",
				      NAMES_MAX);
	spec->permitted = duet_mem_array(n, sizeof(*spec->permitted));
	if (spec->permitted == NULL)
		return duet_error_nomem(err);
	for (i = 0; i < n; i++) {
		rc = duet_subtree_parse(spec->given.permitted[i],
					&spec->permitted[i], err);
		if (rc != DUET_OK)
			return rc;
	}
	spec->n_permitted = n;
	return DUET_OK;
}

static int read_dates(struct duet_spec *spec, struct duet_error *err)
{
	const struct duet_cert_spec *given = &spec->given;
	int64_t now = duet_clock_wall();
	int64_t days = given->days;

	if (given->days < 0 || given->not_before < 0 || given->not_after < 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "days and dates are not negative");
	if (given->days > 0 && given->not_after > 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "days and not_after both say when it ends: give one");
	if (days == 0)
		days = duet_spec_is_ca(spec) ? CA_DAYS : LEAF_DAYS;
	spec->default_end = given->days == 0 && given->not_after == 0;
	spec->not_before =
		given->not_before > 0 ? given->not_before : now - EARLY_SECONDS;
	spec->not_after = given->not_after;
	if (spec->not_after == 0)
		spec->not_after =
			(given->not_before > 0 ? given->not_before : now) +
			days * DAY_SECONDS;
	if (spec->not_after > TIME_END || spec->not_before > TIME_END)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "no certificate can end after the year 9999");
	if (spec->not_after <= spec->not_before)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "the certificate would end before it begins");
	return DUET_OK;
}

/* What had to be escaped to be shown has no place in a name, but for the
 * backslash, which is only doubled. */
static bool is_clean(const char *text, const char *shown)
{
	for (; *text != '\0'; text++, shown++) {
		if (*text != *shown)
			return false;
		if (*text == '\\' && *++shown != '\\')
			return false;
	}
	return true;
}

static int check_text(const char *text, const char *field,
		      struct duet_error *err)
{
	char shown[SHOWN_BYTES];
	size_t characters = 0;
	const char *p;

	if (text == NULL)
		return DUET_OK;
	for (p = text; *p != '\0'; p++)
		if (((unsigned char)*p & 0xC0) != 0x80)
			characters++;
	duet_str_printable(shown, sizeof(shown), duet_str(text));
	if (characters == 0 || characters > CN_MAX)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s': %s has 1 to %d characters", shown,
				      field, CN_MAX);
	if (!is_clean(text, shown))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s': %s must be UTF-8 without control characters",
				      shown, field);
	return DUET_OK;
}

static int check_url(const char *url, struct duet_error *err)
{
	const char *p;

	if (url == NULL)
		return DUET_OK;
	/* RFC 5280 s4.2.1.13: a CRL that needs TLS to be fetched would need
	 * itself to be checked. */
	if (!duet_str_starts(url, "http://") || strlen(url) > URL_MAX)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "the URL of a CRL begins with http://, so that it can be fetched without a certificate");
	for (p = url; *p != '\0'; p++)
		if (!duet_is_vchar((unsigned char)*p))
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "the URL of a CRL has no blanks and is ASCII");
	return DUET_OK;
}

static int check_ca_fields(const struct duet_spec *spec, struct duet_error *err)
{
	const struct duet_cert_spec *given = &spec->given;

	if (given->usage > DUET_USAGE_CA)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%u is no usage of a certificate",
				      (unsigned)given->usage);
	if (given->path_length < 0 || given->path_length > PATH_MAX_LENGTH)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a path length is 0 to %d",
				      PATH_MAX_LENGTH);
	if (!duet_spec_is_ca(spec) &&
	    (given->permitted != NULL || given->path_length > 0))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "permitted subtrees and a path length are for a CA");
	return DUET_OK;
}

int duet_spec_init(struct duet_spec *spec, const struct duet_cert_spec *given,
		   struct duet_error *err)
{
	int rc;

	memset(spec, 0, sizeof(*spec));
	rc = duet_opts_copy(&spec->given, sizeof(spec->given), given,
			    "duet_cert_spec", err);
	if (rc == DUET_OK)
		rc = check_ca_fields(spec, err);
	if (rc == DUET_OK)
		rc = check_text(spec->given.common_name, "a common name", err);
	if (rc == DUET_OK)
		rc = check_text(spec->given.organization, "an organization",
				err);
	if (rc == DUET_OK)
		rc = check_url(spec->given.crl_url, err);
	if (rc == DUET_OK)
		rc = read_dates(spec, err);
	if (rc == DUET_OK)
		rc = read_names(spec, err);
	if (rc == DUET_OK)
		rc = read_permitted(spec, err);
	if (rc != DUET_OK)
		duet_spec_done(spec);
	return rc;
}

void duet_spec_done(struct duet_spec *spec)
{
	duet_mem_free(spec->names);
	duet_mem_free(spec->permitted);
	spec->names = NULL;
	spec->permitted = NULL;
}

/*
 * Not an address: name constraints are applied to a common name as if it were
 * a DNS name, where there is none in the subjectAltName (OpenSSL, GnuTLS), and
 * a CA for localhost and 127.0.0.0/8 could not sign for 127.0.0.1.
 */
const char *duet_spec_common_name(const struct duet_spec *spec)
{
	size_t i;

	if (spec->given.common_name != NULL)
		return spec->given.common_name;
	for (i = 0; i < spec->n_names; i++)
		if (spec->names[i].kind != DUET_NAME_IP)
			return strlen(spec->names[i].text) <= CN_MAX
				       ? spec->names[i].text
				       : NULL;
	return NULL;
}

/* RFC 9525 s2: a server is known by its subjectAltName, never by the CN. */
static bool has_server_name(const struct duet_spec *spec)
{
	size_t i;

	for (i = 0; i < spec->n_names; i++)
		if (spec->names[i].kind != DUET_NAME_EMAIL)
			return true;
	return false;
}

int duet_spec_check_names(const struct duet_spec *spec, struct duet_error *err)
{
	uint8_t usage = spec->given.usage;

	if (usage == DUET_USAGE_CA && duet_spec_common_name(spec) == NULL &&
	    spec->given.organization == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a CA's certificate needs a common name");
	if ((usage == DUET_USAGE_SERVER || usage == DUET_USAGE_BOTH) &&
	    !has_server_name(spec))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a server's certificate needs a DNS name or an IP address that clients will ask for");
	if (spec->n_names == 0 && spec->given.common_name == NULL &&
	    spec->given.organization == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a certificate needs a name or a common name");
	return DUET_OK;
}
