/* SPDX-License-Identifier: MIT */
#include "cert/rounds.h"

#include <limits.h>

#include <openssl/err.h>

static long add(long a, long b)
{
	return a > LONG_MAX - b ? LONG_MAX : a + b;
}

static long count(const ASN1_INTEGER *integer)
{
	long n = ASN1_INTEGER_get(integer);

	return n < 0 ? LONG_MAX : n;
}

/* RFC 8018 sA.3: the same form for PBES1 and PKCS#12 (RFC 7292 sC). */
static long pbes1(const ASN1_STRING *value)
{
	PBEPARAM *param = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBEPARAM));
	long n = param != NULL ? count(param->iter) : 0;

	PBEPARAM_free(param);
	return n;
}

/* RFC 8018 s6.2, sA.4. Of scrypt OpenSSL limits the memory by itself. */
static long pbes2(const ASN1_STRING *value)
{
	const ASN1_OBJECT *object;
	PBKDF2PARAM *kdf = NULL;
	PBE2PARAM *pbe2;
	const void *param;
	long n = 0;
	int type;

	pbe2 = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBE2PARAM));
	if (pbe2 == NULL)
		return 0;
	X509_ALGOR_get0(&object, &type, &param, pbe2->keyfunc);
	if (OBJ_obj2nid(object) == NID_id_pbkdf2 && type == V_ASN1_SEQUENCE)
		kdf = ASN1_item_unpack(param, ASN1_ITEM_rptr(PBKDF2PARAM));
	if (kdf != NULL)
		n = count(kdf->iter);
	PBKDF2PARAM_free(kdf);
	PBE2PARAM_free(pbe2);
	return n;
}

long duet_rounds(const X509_ALGOR *algor)
{
	const ASN1_OBJECT *object;
	const void *value;
	int type;

	X509_ALGOR_get0(&object, &type, &value, algor);
	if (type != V_ASN1_SEQUENCE)
		return 0;
	return OBJ_obj2nid(object) == NID_pbes2 ? pbes2(value) : pbes1(value);
}

/* OpenSSL has opened all levels of it, and limits how many there are. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static long of_bags(const STACK_OF(PKCS12_SAFEBAG) *bags)
{
	const X509_ALGOR *algor;
	long n = 0;
	int i;

	for (i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);

		switch (PKCS12_SAFEBAG_get_nid(bag)) {
		case NID_pkcs8ShroudedKeyBag:
			X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algor,
				      NULL);
			n = add(n, duet_rounds(algor));
			break;
		case NID_safeContentsBag:
			n = add(n, of_bags(PKCS12_SAFEBAG_get0_safes(bag)));
			break;
		default:
			break;
		}
	}
	return n;
}

static long outside(STACK_OF(PKCS7) *safes)
{
	long n = 0;
	int i;

	for (i = 0; i < sk_PKCS7_num(safes); i++) {
		const PKCS7 *safe = sk_PKCS7_value(safes, i);

		/* A content that is left out is NULL: CVE-2024-0727. */
		if (PKCS7_type_is_encrypted(safe) && safe->d.encrypted != NULL)
			n = add(n, duet_rounds(safe->d.encrypted->enc_data
						       ->algorithm));
	}
	return n;
}

static STACK_OF(PKCS12_SAFEBAG) *open_safe(PKCS7 *safe, const char *passphrase)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

	if (safe->d.ptr == NULL)
		return NULL;
	if (PKCS7_type_is_data(safe))
		return PKCS12_unpack_p7data(safe);
	if (!PKCS7_type_is_encrypted(safe))
		return NULL;
	/* None and an empty one are two keys, and tried as one. */
	if (passphrase == NULL || passphrase[0] == '\0') {
		bags = PKCS12_unpack_p7encdata(safe, NULL, 0);
		passphrase = "";
	}
	if (bags == NULL)
		bags = PKCS12_unpack_p7encdata(safe, passphrase, -1);
	return bags;
}

static long inside(STACK_OF(PKCS7) *safes, const char *passphrase)
{
	long n = 0;
	int i;

	for (i = 0; i < sk_PKCS7_num(safes); i++) {
		STACK_OF(PKCS12_SAFEBAG) *bags =
			open_safe(sk_PKCS7_value(safes, i), passphrase);

		n = add(n, of_bags(bags));
		sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	}
	return n;
}

long duet_rounds_p12(const PKCS12 *p12, const char *passphrase)
{
	const ASN1_INTEGER *iterations = NULL;
	STACK_OF(PKCS7) *safes;
	long n = 0;

	PKCS12_get0_mac(NULL, NULL, NULL, &iterations, p12);
	if (iterations != NULL)
		n = count(iterations);
	safes = PKCS12_unpack_authsafes(p12);
	n = add(n, outside(safes));
	if (n <= DUET_ROUNDS_MAX)
		n = add(n, inside(safes, passphrase));
	sk_PKCS7_pop_free(safes, PKCS7_free);
	ERR_clear_error();
	return n;
}
