/* SPDX-License-Identifier: MIT */
#include "cert/extension.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "cert/key.h"

enum {
	KEY_ID_BYTES = 20,
	KU_DIGITAL_SIGNATURE_BIT = 0,
	KU_KEY_ENCIPHERMENT_BIT = 2,
	KU_KEY_CERT_SIGN_BIT = 5,
	KU_CRL_SIGN_BIT = 6,
};

static bool add(STACK_OF(X509_EXTENSION) **list, int nid, void *value,
		bool critical)
{
	return value != NULL &&
	       X509V3_add1_i2d(list, nid, value, critical ? 1 : 0,
			       X509V3_ADD_DEFAULT) == 1;
}

/* Takes value over, and gives it to name. */
static GENERAL_NAME *general_name(int type, ASN1_STRING *value)
{
	GENERAL_NAME *name = GENERAL_NAME_new();

	if (name == NULL || value == NULL) {
		GENERAL_NAME_free(name);
		ASN1_STRING_free(value);
		return NULL;
	}
	GENERAL_NAME_set0_value(name, type, value);
	return name;
}

static ASN1_STRING *string_of(int type, const void *data, size_t len)
{
	ASN1_STRING *string = ASN1_STRING_type_new(type);

	if (string != NULL && ASN1_STRING_set(string, data, (int)len) != 1) {
		ASN1_STRING_free(string);
		string = NULL;
	}
	return string;
}

static GENERAL_NAME *ascii_name(int type, const char *text)
{
	return general_name(type,
			    string_of(V_ASN1_IA5STRING, text, strlen(text)));
}

static GENERAL_NAME *text_name(enum duet_name_kind kind, const char *text)
{
	return ascii_name(kind == DUET_NAME_EMAIL ? GEN_EMAIL : GEN_DNS, text);
}

static GENERAL_NAME *bytes_name(const uint8_t *data, size_t len)
{
	return general_name(GEN_IPADD,
			    string_of(V_ASN1_OCTET_STRING, data, len));
}

GENERAL_NAME *duet_extension_name(const struct duet_name *name)
{
	if (name->kind == DUET_NAME_IP)
		return bytes_name(name->ip, name->ip_len);
	return text_name(name->kind, name->text);
}

static bool add_names(STACK_OF(X509_EXTENSION) **list,
		      const struct duet_spec *spec, const X509_NAME *subject)
{
	GENERAL_NAMES *names;
	GENERAL_NAME *name;
	bool done = true;
	size_t i;

	if (spec->n_names == 0)
		return true;
	names = sk_GENERAL_NAME_new_null();
	for (i = 0; done && i < spec->n_names; i++) {
		name = duet_extension_name(&spec->names[i]);
		done = name != NULL && sk_GENERAL_NAME_push(names, name) > 0;
		if (!done)
			GENERAL_NAME_free(name);
	}
	/* RFC 5280 s4.2.1.6: critical when there is no subject. */
	if (done)
		done = add(list, NID_subject_alt_name, names,
			   X509_NAME_entry_count(subject) == 0);
	GENERAL_NAMES_free(names);
	return done;
}

static bool add_basic_constraints(STACK_OF(X509_EXTENSION) **list,
				  const struct duet_spec *spec)
{
	BASIC_CONSTRAINTS *basic = BASIC_CONSTRAINTS_new();
	bool done = basic != NULL;

	if (done && duet_spec_is_ca(spec)) {
		basic->ca = 0xFF;
		basic->pathlen = ASN1_INTEGER_new();
		done = basic->pathlen != NULL &&
		       ASN1_INTEGER_set(basic->pathlen,
					spec->given.path_length) == 1;
	}
	done = done && add(list, NID_basic_constraints, basic, true);
	BASIC_CONSTRAINTS_free(basic);
	return done;
}

static bool add_key_usage(STACK_OF(X509_EXTENSION) **list,
			  const struct duet_spec *spec, bool rsa_key)
{
	ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
	bool done = bits != NULL;

	if (duet_spec_is_ca(spec)) {
		done = done &&
		       ASN1_BIT_STRING_set_bit(bits, KU_KEY_CERT_SIGN_BIT, 1) &&
		       ASN1_BIT_STRING_set_bit(bits, KU_CRL_SIGN_BIT, 1);
	} else {
		done = done &&
		       ASN1_BIT_STRING_set_bit(bits, KU_DIGITAL_SIGNATURE_BIT,
					       1);
		/* Old TLS 1.2 peers want it of RSA certificates. */
		if (rsa_key)
			done = done &&
			       ASN1_BIT_STRING_set_bit(bits,
						       KU_KEY_ENCIPHERMENT_BIT,
						       1);
	}
	done = done && add(list, NID_key_usage, bits, true);
	ASN1_BIT_STRING_free(bits);
	return done;
}

static bool push_purpose(EXTENDED_KEY_USAGE *purposes, int nid)
{
	/* The object is in a table of OpenSSL's: freeing it does nothing. */
	return sk_ASN1_OBJECT_push(purposes, OBJ_nid2obj(nid)) > 0;
}

/*
 * A CA held to names gets purposes too: subtrees cannot be written for every
 * kind of name (email signatures, programs), purposes shut out the rest.
 */
static bool add_purposes(STACK_OF(X509_EXTENSION) **list,
			 const struct duet_spec *spec)
{
	uint8_t usage = spec->given.usage;
	EXTENDED_KEY_USAGE *purposes;
	bool done;

	if (duet_spec_is_ca(spec) && spec->n_permitted == 0)
		return true;
	purposes = sk_ASN1_OBJECT_new_null();
	done = purposes != NULL;
	if (usage != DUET_USAGE_CLIENT)
		done = done && push_purpose(purposes, NID_server_auth);
	if (usage != DUET_USAGE_SERVER)
		done = done && push_purpose(purposes, NID_client_auth);
	done = done && add(list, NID_ext_key_usage, purposes, false);
	EXTENDED_KEY_USAGE_free(purposes);
	return done;
}

bool duet_extension_of_spec(STACK_OF(X509_EXTENSION) **list,
			    const struct duet_spec *spec, const EVP_PKEY *key,
			    const X509_NAME *subject)
{
	return add_basic_constraints(list, spec) &&
	       add_key_usage(list, spec, duet_key_is_rsa(key)) &&
	       add_purposes(list, spec) && add_names(list, spec, subject);
}

/* Takes base over. */
static bool push_subtree(STACK_OF(GENERAL_SUBTREE) **list, GENERAL_NAME *base)
{
	GENERAL_SUBTREE *tree = GENERAL_SUBTREE_new();

	if (*list == NULL)
		*list = sk_GENERAL_SUBTREE_new_null();
	if (tree == NULL || base == NULL || *list == NULL ||
	    sk_GENERAL_SUBTREE_push(*list, tree) <= 0) {
		GENERAL_SUBTREE_free(tree);
		GENERAL_NAME_free(base);
		return false;
	}
	GENERAL_NAME_free(tree->base);
	tree->base = base;
	return true;
}

static bool has_subtree(const struct duet_spec *spec, enum duet_name_kind kind,
			size_t range_len)
{
	size_t i;

	for (i = 0; i < spec->n_permitted; i++)
		if (spec->permitted[i].kind == kind &&
		    spec->permitted[i].range_len == range_len)
			return true;
	return false;
}

/*
 * RFC 5280 s4.2.1.10: a kind of name without any subtree is not constrained
 * at all. Only these subtrees is what was asked for, so kinds that are not
 * among them are shut out whole, but for those of which nobody can say so:
 * directory names, the subject among them, and otherName. (An IPv4 subtree does
 * constrain IPv6, but not every verifier has noticed.)
 */
static bool exclude_the_rest(NAME_CONSTRAINTS *constraints,
			     const struct duet_spec *spec)
{
	static const uint8_t everything[32];
	STACK_OF(GENERAL_SUBTREE) **list = &constraints->excludedSubtrees;
	bool done = true;

	if (!has_subtree(spec, DUET_NAME_DNS, 0))
		done = done && push_subtree(list, text_name(DUET_NAME_DNS, ""));
	if (!has_subtree(spec, DUET_NAME_IP, 8))
		done = done && push_subtree(list, bytes_name(everything, 8));
	if (!has_subtree(spec, DUET_NAME_IP, 32))
		done = done && push_subtree(list, bytes_name(everything, 32));
	/* No form of an excluded subtree stands for every email address or
	 * every URI, and nobody has one in .invalid (RFC 2606 s2). */
	if (!has_subtree(spec, DUET_NAME_EMAIL, 0))
		done = done &&
		       push_subtree(&constraints->permittedSubtrees,
				    text_name(DUET_NAME_EMAIL, ".invalid"));
	return done && push_subtree(&constraints->permittedSubtrees,
				    ascii_name(GEN_URI, ".invalid"));
}

static bool add_name_constraints(STACK_OF(X509_EXTENSION) **list,
				 const struct duet_spec *spec)
{
	const struct duet_subtree *tree;
	NAME_CONSTRAINTS *constraints;
	GENERAL_NAME *base;
	bool done;
	size_t i;

	if (spec->n_permitted == 0)
		return true;
	constraints = NAME_CONSTRAINTS_new();
	done = constraints != NULL;
	for (i = 0; done && i < spec->n_permitted; i++) {
		tree = &spec->permitted[i];
		base = tree->kind == DUET_NAME_IP
			       ? bytes_name(tree->range, tree->range_len)
			       : text_name(tree->kind, tree->text);
		done = push_subtree(&constraints->permittedSubtrees, base);
	}
	done = done && exclude_the_rest(constraints, spec) &&
	       add(list, NID_name_constraints, constraints, true);
	NAME_CONSTRAINTS_free(constraints);
	return done;
}

static bool add_crl_point(STACK_OF(X509_EXTENSION) **list,
			  const struct duet_spec *spec)
{
	const char *url = spec->given.crl_url;
	DIST_POINT *point = NULL;
	CRL_DIST_POINTS *points;
	GENERAL_NAME *name;
	bool done = false;

	if (url == NULL)
		return true;
	points = sk_DIST_POINT_new_null();
	name = ascii_name(GEN_URI, url);
	point = DIST_POINT_new();
	if (points == NULL || name == NULL || point == NULL)
		goto out;
	point->distpoint = DIST_POINT_NAME_new();
	if (point->distpoint == NULL)
		goto out;
	point->distpoint->type = 0; /* fullName */
	point->distpoint->name.fullname = sk_GENERAL_NAME_new_null();
	if (point->distpoint->name.fullname == NULL ||
	    sk_GENERAL_NAME_push(point->distpoint->name.fullname, name) <= 0)
		goto out;
	name = NULL;
	if (sk_DIST_POINT_push(points, point) <= 0)
		goto out;
	point = NULL;
	done = add(list, NID_crl_distribution_points, points, false);
out:
	GENERAL_NAME_free(name);
	DIST_POINT_free(point);
	CRL_DIST_POINTS_free(points);
	return done;
}

bool duet_extension_of_issuer(STACK_OF(X509_EXTENSION) **list,
			      const struct duet_spec *spec)
{
	return add_name_constraints(list, spec) && add_crl_point(list, spec);
}

/* RFC 7093 s2, method 1: the first 160 bits of the key's SHA-256. */
static ASN1_OCTET_STRING *new_key_id(const X509 *cert)
{
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (id == NULL ||
	    X509_pubkey_digest(cert, EVP_sha256(), digest, &len) != 1 ||
	    ASN1_OCTET_STRING_set(id, digest, KEY_ID_BYTES) != 1) {
		ASN1_OCTET_STRING_free(id);
		return NULL;
	}
	return id;
}

static AUTHORITY_KEYID *authority_of(const X509 *issuer)
{
	/* The lookup fills a cache in the certificate, hence no const. */
	const ASN1_OCTET_STRING *own = X509_get0_subject_key_id((X509 *)issuer);
	AUTHORITY_KEYID *id = AUTHORITY_KEYID_new();

	if (id == NULL)
		return NULL;
	id->keyid =
		own != NULL ? ASN1_OCTET_STRING_dup(own) : new_key_id(issuer);
	if (id->keyid == NULL) {
		AUTHORITY_KEYID_free(id);
		return NULL;
	}
	return id;
}

bool duet_extension_key_ids(X509 *cert, const X509 *issuer)
{
	ASN1_OCTET_STRING *own = new_key_id(cert);
	AUTHORITY_KEYID *authority = NULL;
	bool done;

	done = own != NULL &&
	       X509_add1_ext_i2d(cert, NID_subject_key_identifier, own, 0,
				 X509V3_ADD_DEFAULT) == 1;
	/* RFC 5280 s4.2.1.1: may be left out of a self-signed one. */
	if (done && issuer != NULL) {
		authority = authority_of(issuer);
		done = authority != NULL &&
		       X509_add1_ext_i2d(cert, NID_authority_key_identifier,
					 authority, 0, X509V3_ADD_DEFAULT) == 1;
	}
	AUTHORITY_KEYID_free(authority);
	ASN1_OCTET_STRING_free(own);
	return done;
}

bool duet_extension_crl_key_id(X509_CRL *crl, const X509 *issuer)
{
	AUTHORITY_KEYID *authority = authority_of(issuer);
	bool done;

	done = authority != NULL &&
	       X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier,
				     authority, 0, X509V3_ADD_DEFAULT) == 1;
	AUTHORITY_KEYID_free(authority);
	return done;
}
