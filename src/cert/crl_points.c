/* SPDX-License-Identifier: MIT */
#include "cert/crl_points.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/str.h"
#include "cert/words.h"

static struct duet_bytes uri_of(const GENERAL_NAME *name)
{
	const ASN1_STRING *uri = name->d.uniformResourceIdentifier;

	return (struct duet_bytes){ ASN1_STRING_get0_data(uri),
				    (size_t)ASN1_STRING_length(uri) };
}

static bool is_url(struct duet_bytes uri)
{
	static const char plain[] = "http://";
	const unsigned char *p = uri.data;
	struct duet_bytes begin = { uri.data, sizeof(plain) - 1 };
	size_t i;

	for (i = 0; i < uri.len; i++)
		if (p[i] <= ' ' || p[i] >= 0x7f)
			return false;
	return uri.len > begin.len && uri.len <= DUET_POINT_URL_MAX &&
	       duet_bytes_eq_nocase(begin, plain);
}

static int add_url(struct duet_crl_points *points, struct duet_bytes uri)
{
	char *url;

	if (points->n == DUET_POINTS_MAX)
		return DUET_OK;
	url = duet_mem_strndup(uri.data, uri.len);
	if (url == NULL)
		return DUET_E_NOMEM;
	points->urls[points->n++] = url;
	return DUET_OK;
}

static int add_name(struct duet_crl_points *points, const GENERAL_NAME *name,
		    bool usable)
{
	if (usable && name->type == GEN_URI && is_url(uri_of(name)))
		return add_url(points, uri_of(name));
	if (points->other != NULL)
		return DUET_OK;
	points->other = duet_words_general_name(name);
	return points->other != NULL ? DUET_OK : DUET_E_NOMEM;
}

/* A name relative to the issuer's leads into a directory, as LDAP has it. */
static int add_point(struct duet_crl_points *points, const DIST_POINT *point)
{
	bool usable = point->CRLissuer == NULL && point->reasons == NULL;
	const GENERAL_NAMES *names;
	int rc = DUET_OK;
	int i;

	if (point->distpoint == NULL || point->distpoint->type != 0)
		return DUET_OK;
	names = point->distpoint->name.fullname;
	for (i = 0; rc == DUET_OK && i < sk_GENERAL_NAME_num(names); i++)
		rc = add_name(points, sk_GENERAL_NAME_value(names, i), usable);
	return rc;
}

int duet_crl_points_of(X509 *cert, struct duet_crl_points *ret)
{
	CRL_DIST_POINTS *given =
		X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
	int rc = DUET_OK;
	int i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; rc == DUET_OK && i < sk_DIST_POINT_num(given); i++)
		rc = add_point(ret, sk_DIST_POINT_value(given, i));
	CRL_DIST_POINTS_free(given);
	if (rc != DUET_OK)
		duet_crl_points_done(ret);
	return rc;
}

void duet_crl_points_done(struct duet_crl_points *points)
{
	size_t i;

	for (i = 0; i < points->n; i++)
		duet_mem_free(points->urls[i]);
	duet_mem_free(points->other);
	memset(points, 0, sizeof(*points));
}
