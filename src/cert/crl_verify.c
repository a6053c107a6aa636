/* SPDX-License-Identifier: MIT */
#include "cert/crl_verify.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

bool duet_crl_key_hash(X509 *cert, uint8_t ret[DUET_KEY_HASH_BYTES])
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	bool done = len > 0 && EVP_Digest(der, (size_t)len, ret, NULL,
					  EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	return done;
}

bool duet_crl_text_hash(const char *text, uint8_t ret[DUET_KEY_HASH_BYTES])
{
	return EVP_Digest(text, strlen(text), ret, NULL, EVP_sha256(), NULL) ==
	       1;
}

static bool has_issuer_name(const struct duet_crl_scan *scan, X509 *issuer)
{
	const unsigned char *p = scan->issuer.data;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)scan->issuer.len);
	bool same = name != NULL &&
		    X509_NAME_cmp(name, X509_get_subject_name(issuer)) == 0;

	X509_NAME_free(name);
	return same;
}

/* s5.2.1: where both are there, the CRL's key is the issuer's. */
static bool has_issuer_key_id(const struct duet_crl_scan *scan, X509 *issuer)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(issuer);

	if (id == NULL || scan->key_id.len == 0)
		return true;
	return (size_t)ASN1_STRING_length(id) == scan->key_id.len &&
	       memcmp(ASN1_STRING_get0_data(id), scan->key_id.data,
		      scan->key_id.len) == 0;
}

bool duet_crl_is_by(const struct duet_crl_scan *scan, X509 *issuer)
{
	return has_issuer_name(scan, issuer) && has_issuer_key_id(scan, issuer);
}

/* The digest of a signature algorithm: NID_undef where it has none of its own,
 * as Ed25519; none at all where it stands in parameters, as with RSA-PSS. */
static bool digest_of(const X509_ALGOR *algorithm, const EVP_PKEY *key,
		      const EVP_MD **ret_digest)
{
	const ASN1_OBJECT *oid;
	int digest;
	int kind;

	X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
	if (OBJ_obj2nid(oid) == NID_rsassaPss ||
	    OBJ_find_sigid_algs(OBJ_obj2nid(oid), &digest, &kind) != 1 ||
	    kind != EVP_PKEY_get_base_id(key))
		return false;
	*ret_digest = EVP_get_digestbynid(digest);
	return digest == NID_undef || *ret_digest != NULL;
}

static bool is_weak(const EVP_MD *digest)
{
	return digest != NULL && EVP_MD_get_size(digest) < 28; /* SHA-224 */
}

/* RFC 8017 A.2.3: in the parameters, and SHA-1 where they name none. NULL: it
 * is not RSA-PSS, or a digest nobody knows, by which nothing is verified. */
static const EVP_MD *digest_of_pss(const X509_ALGOR *algorithm)
{
	RSA_PSS_PARAMS *params = NULL;
	const EVP_MD *digest = EVP_sha1();
	const ASN1_OBJECT *oid;
	const void *value;
	int type;

	X509_ALGOR_get0(&oid, &type, &value, algorithm);
	if (OBJ_obj2nid(oid) != NID_rsassaPss)
		return NULL;
	if (type == V_ASN1_SEQUENCE)
		params =
			ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (params != NULL && params->hashAlgorithm != NULL) {
		X509_ALGOR_get0(&oid, NULL, NULL, params->hashAlgorithm);
		digest = EVP_get_digestbyobj(oid);
	}
	RSA_PSS_PARAMS_free(params);
	return digest;
}

/* Ed25519 and Ed448 want all of it at once; the others take it in pieces. */
static bool is_signed(EVP_MD_CTX *ctx, const struct duet_crl_scan *scan,
		      const struct duet_crl_walk *walk, bool whole)
{
	const unsigned char *begin = scan->der.data;
	const unsigned char *p = scan->tbs.data;
	size_t left = scan->tbs.len;

	if (whole)
		return EVP_DigestVerify(ctx, scan->signature.data,
					scan->signature.len, p, left) == 1;
	while (left > 0) {
		size_t n = left < DUET_CRL_PIECE ? left : DUET_CRL_PIECE;

		if (EVP_DigestVerifyUpdate(ctx, p, n) != 1)
			return false;
		p += n;
		left -= n;
		if (walk != NULL && walk->passed != NULL && left > 0)
			walk->passed(walk->arg, (size_t)(p - begin));
	}
	return EVP_DigestVerifyFinal(ctx, scan->signature.data,
				     scan->signature.len) == 1;
}

/* RSA-PSS has its digest in the parameters, which OpenSSL reads; it copies the
 * list for that, but nobody publishes a large one with it. */
static bool is_signed_with_parameters(const struct duet_crl_scan *scan,
				      const X509_ALGOR *algorithm,
				      EVP_PKEY *key)
{
	ASN1_BIT_STRING *signature = ASN1_BIT_STRING_new();
	ASN1_STRING *tbs = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
	ASN1_TYPE *any = ASN1_TYPE_new();
	bool good = false;

	if (signature != NULL && tbs != NULL && any != NULL &&
	    scan->tbs.len <= INT32_MAX &&
	    ASN1_BIT_STRING_set(signature,
				(unsigned char *)scan->signature.data,
				(int)scan->signature.len) == 1 &&
	    ASN1_STRING_set(tbs, scan->tbs.data, (int)scan->tbs.len) == 1) {
		/* No bit of the last byte is unused. */
		signature->flags &= ~0x07L;
		signature->flags |= ASN1_STRING_FLAG_BITS_LEFT;
		ASN1_TYPE_set(any, V_ASN1_SEQUENCE, tbs);
		tbs = NULL; /* any owns it now */
		good = ASN1_item_verify(ASN1_ITEM_rptr(ASN1_ANY), algorithm,
					signature, any, key) == 1;
	}
	ASN1_TYPE_free(any);
	ASN1_BIT_STRING_free(signature);
	ASN1_STRING_free(tbs);
	return good;
}

static int check_signature(const struct duet_crl_scan *scan,
			   const X509_ALGOR *algorithm, EVP_PKEY *key,
			   const struct duet_crl_walk *walk,
			   const char **ret_why)
{
	const EVP_MD *digest = NULL;
	bool has_own = digest_of(algorithm, key, &digest);
	bool good = false;
	EVP_MD_CTX *ctx;

	if (is_weak(has_own ? digest : digest_of_pss(algorithm))) {
		*ret_why =
			"signed with a digest that can be forged (SHA-1 or older)";
		return DUET_E_WEAK;
	}
	*ret_why = "not signed by that CA: damaged, or forged";
	if (!has_own)
		return is_signed_with_parameters(scan, algorithm, key)
			       ? DUET_OK
			       : DUET_E_CERTIFICATE;
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL)
		return DUET_E_NOMEM;
	if (EVP_DigestVerifyInit(ctx, NULL, digest, NULL, key) == 1)
		good = is_signed(ctx, scan, walk, digest == NULL);
	EVP_MD_CTX_free(ctx);
	return good ? DUET_OK : DUET_E_CERTIFICATE;
}

int duet_crl_verify(const struct duet_crl_scan *scan, X509 *issuer,
		    const struct duet_crl_walk *walk, const char **ret_why)
{
	const unsigned char *p = scan->algorithm.data;
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	X509_ALGOR *algorithm;
	int rc;

	/* s4.2.1.3: all ones where there is no such extension. */
	if ((X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0) {
		*ret_why = "of a CA that may not sign CRLs (key usage)";
		return DUET_E_CERTIFICATE;
	}
	algorithm = d2i_X509_ALGOR(NULL, &p, (long)scan->algorithm.len);
	if (algorithm == NULL || key == NULL) {
		X509_ALGOR_free(algorithm);
		*ret_why = "signed in a way that is not known here";
		return DUET_E_CERTIFICATE;
	}
	rc = check_signature(scan, algorithm, key, walk, ret_why);
	X509_ALGOR_free(algorithm);
	return rc;
}
