/* SPDX-License-Identifier: MIT */
#include "tls/sites.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cert/identity.h"

enum {
	KINDS_MAX = 4,      /* RSA, RSA-PSS, ECDSA, EdDSA */
	NAME_BYTES = 256,   /* a DNS name has at most 253 */
	NAMES_MAX = 100000, /* in all certificates together */
};

struct duet_site {
	char *name; /* lower case, perhaps with "*." before; NULL: none */
	uint32_t number;
	size_t rank; /* of the first member, in the order they were given */
	size_t n;
	struct duet_identity *members[KINDS_MAX]; /* borrowed from the sites */
};

struct duet_sites {
	struct duet_identity **identities;
	size_t n_identities;
	struct duet_site *sites; /* sorted by name */
	size_t n_sites;
	size_t cap;
	struct duet_site fallback;
};

static int kind_of(const struct duet_identity *identity)
{
	return EVP_PKEY_get_base_id(duet_identity_key(identity));
}

static void add_member(struct duet_site *site, struct duet_identity *identity)
{
	size_t i;

	for (i = 0; i < site->n; i++)
		if (kind_of(site->members[i]) == kind_of(identity))
			return;
	if (site->n < KINDS_MAX)
		site->members[site->n++] = identity;
}

/* In lower case, without a dot at the end; false for what cannot be a name. */
static bool normal_name(char dst[NAME_BYTES], struct duet_bytes name)
{
	const unsigned char *p = name.data;
	size_t len = name.len;
	size_t i;

	if (len > 0 && p[len - 1] == '.')
		len--;
	if (len == 0 || len >= NAME_BYTES)
		return false;
	for (i = 0; i < len; i++) {
		if (p[i] == '\0')
			return false;
		dst[i] = (char)duet_to_lower(p[i]);
	}
	dst[len] = '\0';
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct duet_site *one = a;
	const struct duet_site *other = b;

	return strcmp(one->name, other->name);
}

/* For sorting: of those with one name the first given comes first. */
static int by_name_and_rank(const void *a, const void *b)
{
	const struct duet_site *one = a;
	const struct duet_site *other = b;
	int order = strcmp(one->name, other->name);

	if (order != 0)
		return order;
	return one->rank < other->rank ? -1 : one->rank > other->rank;
}

static struct duet_site *lookup(const struct duet_sites *sites,
				const char *name)
{
	struct duet_site key;

	if (sites->n_sites == 0)
		return NULL;
	memset(&key, 0, sizeof(key));
	key.name = (char *)name;
	return bsearch(&key, sites->sites, sites->n_sites,
		       sizeof(sites->sites[0]), by_name);
}

static int grow(struct duet_sites *sites)
{
	size_t cap = sites->cap > 0 ? sites->cap * 2 : 16;
	struct duet_site *grown;

	if (sites->n_sites < sites->cap)
		return DUET_OK;
	grown = duet_mem_resize(sites->sites, cap * sizeof(*grown));
	if (grown == NULL)
		return DUET_E_NOMEM;
	sites->sites = grown;
	sites->cap = cap;
	return DUET_OK;
}

static int append(struct duet_sites *sites, struct duet_bytes dns, size_t rank)
{
	char name[NAME_BYTES];
	struct duet_site *site;

	if (!normal_name(name, dns))
		return DUET_OK;
	if (sites->n_sites >= NAMES_MAX)
		return DUET_E_LIMIT;
	if (grow(sites) != DUET_OK)
		return DUET_E_NOMEM;
	site = &sites->sites[sites->n_sites];
	memset(site, 0, sizeof(*site));
	site->name = duet_mem_strdup(name);
	if (site->name == NULL)
		return DUET_E_NOMEM;
	site->rank = rank;
	add_member(site, sites->identities[rank]);
	sites->n_sites++;
	return DUET_OK;
}

/* A site for every dNSName of one identity. */
static int collect(struct duet_sites *sites, size_t rank)
{
	X509 *leaf = duet_identity_leaf(sites->identities[rank]);
	GENERAL_NAMES *names;
	int rc = DUET_OK;
	int i;

	names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	for (i = 0; rc == DUET_OK && i < sk_GENERAL_NAME_num(names); i++) {
		struct duet_bytes dns;
		ASN1_STRING *str;
		int kind;

		str = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i),
					      &kind);
		if (kind != GEN_DNS)
			continue;
		dns.data = ASN1_STRING_get0_data(str);
		dns.len = (size_t)ASN1_STRING_length(str);
		rc = append(sites, dns, rank);
	}
	GENERAL_NAMES_free(names);
	return rc;
}

/* Sort, and make one site of those with the same name. */
static void merge(struct duet_sites *sites)
{
	struct duet_site *all = sites->sites;
	size_t kept = 0;
	size_t i;

	if (sites->n_sites == 0)
		return;
	qsort(all, sites->n_sites, sizeof(all[0]), by_name_and_rank);
	for (i = 0; i < sites->n_sites; i++) {
		if (kept > 0 && strcmp(all[kept - 1].name, all[i].name) == 0) {
			add_member(&all[kept - 1], all[i].members[0]);
			duet_mem_free(all[i].name);
			continue;
		}
		all[kept] = all[i];
		all[kept].number = (uint32_t)kept + 1;
		kept++;
	}
	sites->n_sites = kept;
}

/* The site of the first identity's first name, led by that identity. */
static void choose_fallback(struct duet_sites *sites)
{
	struct duet_identity *first = sites->identities[0];
	const struct duet_site *found = NULL;
	size_t i;

	for (i = 0; i < sites->n_sites && found == NULL; i++)
		if (sites->sites[i].members[0] == first)
			found = &sites->sites[i];
	add_member(&sites->fallback, first);
	for (i = 0; found != NULL && i < found->n; i++)
		add_member(&sites->fallback, found->members[i]);
}

/* The names it was given, in place of those of its certificate. */
static int collect_given(struct duet_sites *sites, size_t rank,
			 const char *const *names)
{
	char name[NAME_BYTES];
	int rc = DUET_OK;

	for (; rc == DUET_OK && *names != NULL; names++)
		rc = normal_name(name, duet_str(*names))
			     ? append(sites, duet_str(*names), rank)
			     : DUET_E_ARGUMENT;
	return rc;
}

/* The first has no name that would join others to it. */
static void join_nameless(struct duet_sites *sites,
			  const char *const *const *names)
{
	size_t i;

	for (i = 1; i < sites->n_identities; i++)
		if (names[i][0] == NULL)
			add_member(&sites->fallback, sites->identities[i]);
}

static int fill(struct duet_sites *sites,
		struct duet_identity *const *identities, size_t n,
		const char *const *const *names)
{
	int rc = DUET_OK;
	size_t i;

	sites->identities = duet_mem_array(n, sizeof(*sites->identities));
	if (sites->identities == NULL)
		return DUET_E_NOMEM;
	for (i = 0; i < n; i++)
		sites->identities[i] = duet_identity_retain(identities[i]);
	sites->n_identities = n;
	for (i = 0; rc == DUET_OK && i < n; i++)
		rc = names != NULL ? collect_given(sites, i, names[i])
				   : collect(sites, i);
	if (rc != DUET_OK)
		return rc;
	merge(sites);
	choose_fallback(sites);
	if (names != NULL && names[0][0] == NULL)
		join_nameless(sites, names);
	return DUET_OK;
}

int duet_sites_new(struct duet_identity *const *identities, size_t n,
		   const char *const *const *names, struct duet_sites **ret,
		   struct duet_error *err)
{
	struct duet_sites *sites = duet_mem_zalloc(sizeof(*sites));
	int rc;

	if (sites == NULL)
		return duet_error_nomem(err);
	rc = fill(sites, identities, n, names);
	if (rc == DUET_OK) {
		*ret = sites;
		return DUET_OK;
	}
	duet_sites_free(sites);
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	if (rc == DUET_E_ARGUMENT)
		return duet_error_set(err, rc,
				      "a name that an identity is to be shown for is empty or too long");
	return duet_error_set(err, rc,
			      "the identities have more than %d names together: use several configurations",
			      NAMES_MAX);
}

void duet_sites_free(struct duet_sites *sites)
{
	size_t i;

	if (sites == NULL)
		return;
	for (i = 0; i < sites->n_sites; i++)
		duet_mem_free(sites->sites[i].name);
	for (i = 0; i < sites->n_identities; i++)
		duet_identity_release(sites->identities[i]);
	duet_mem_free(sites->sites);
	duet_mem_free(sites->identities);
	duet_mem_free(sites);
}

const struct duet_site *duet_sites_default(const struct duet_sites *sites)
{
	return &sites->fallback;
}

const struct duet_site *duet_sites_find(const struct duet_sites *sites,
					struct duet_bytes name)
{
	const struct duet_site *site;
	char text[NAME_BYTES + 1];
	char *dot;

	if (!normal_name(text + 1, name))
		return NULL;
	site = lookup(sites, text + 1);
	if (site != NULL)
		return site;
	dot = strchr(text + 1, '.');
	if (dot == NULL || dot == text + 1)
		return NULL;
	dot[-1] = '*';
	return lookup(sites, dot - 1);
}

uint32_t duet_site_number(const struct duet_site *site)
{
	return site->number;
}

int duet_site_use(const struct duet_site *site, SSL *ssl)
{
	size_t i;

	SSL_certs_clear(ssl);
	for (i = 0; i < site->n; i++)
		if (SSL_use_cert_and_key(ssl,
					 duet_identity_leaf(site->members[i]),
					 duet_identity_key(site->members[i]),
					 duet_identity_rest(site->members[i]),
					 1) != 1)
			return 0;
	return 1;
}

int duet_site_use_in_ctx(const struct duet_site *site, SSL_CTX *ctx)
{
	size_t i;

	for (i = 0; i < site->n; i++)
		if (SSL_CTX_use_cert_and_key(ctx,
					     duet_identity_leaf(
						     site->members[i]),
					     duet_identity_key(
						     site->members[i]),
					     duet_identity_rest(
						     site->members[i]),
					     1) != 1)
			return 0;
	return 1;
}
