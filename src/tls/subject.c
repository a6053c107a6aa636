/* SPDX-License-Identifier: MIT */
#include "tls/subject.h"

#include <openssl/asn1.h>

#include "base/str.h"

/* What is left to be read. */
struct der {
	const unsigned char *p;
	long left;
};

/* The next element: its tag, and what is in it. */
static bool next(struct der *der, int *tag, struct der *in)
{
	const unsigned char *at = der->p;
	long len = 0;
	int class = 0;
	int rc = ASN1_get_object(&at, &len, tag, &class, der->left);

	/* 0x80: an error; 1: of indefinite length, which is not DER. */
	if ((rc & 0x81) != 0)
		return false;
	in->p = at;
	in->left = len;
	der->left -= (long)(at - der->p) + len;
	der->p = at + len;
	return true;
}

static bool next_is(struct der *der, int want, struct der *in)
{
	int tag = 0;

	return next(der, &tag, in) && tag == want;
}

/* Behind version (which may be left out), serial number, algorithm, issuer and
 * validity. */
bool duet_subject_find(struct duet_bytes certificate,
		       struct duet_bytes *ret_subject)
{
	struct der der = { certificate.data, (long)certificate.len };
	struct der in;
	int tag;
	int i;

	for (i = 0; i < 2; i++) {
		if (!next_is(&der, V_ASN1_SEQUENCE, &in))
			return false;
		der = in;
	}
	if (der.left > 0 && der.p[0] == 0xa0 && !next(&der, &tag, &in))
		return false;
	if (!next_is(&der, V_ASN1_INTEGER, &in))
		return false;
	for (i = 0; i < 3; i++)
		if (!next_is(&der, V_ASN1_SEQUENCE, &in))
			return false;
	ret_subject->data = der.p;
	if (!next_is(&der, V_ASN1_SEQUENCE, &in))
		return false;
	ret_subject->len =
		(size_t)(der.p - (const unsigned char *)ret_subject->data);
	return true;
}

/* FNV-1a */
static uint32_t add(uint32_t sum, unsigned char byte)
{
	return (sum ^ byte) * 16777619U;
}

/* Bytes of one character; 0: not text that is converted. */
static int width_of(int tag)
{
	switch (tag) {
	case V_ASN1_BMPSTRING:
		return 2;
	case V_ASN1_UNIVERSALSTRING:
		return 4;
	default:
		return 1;
	}
}

/* What a conversion to UTF-8 leaves as it is, without blanks and capitals. */
static bool add_text(uint32_t *sum, int tag, struct der text)
{
	int width = width_of(tag);
	long i;
	int k;

	if (text.left % width != 0)
		return false;
	for (i = 0; i < text.left; i += width) {
		unsigned char c = text.p[i + width - 1];
		bool is_ascii = c > ' ' && c < 0x7f;

		for (k = 0; k < width - 1; k++)
			is_ascii = is_ascii && text.p[i + k] == 0;
		if (is_ascii)
			*sum = add(*sum, (unsigned char)duet_to_lower(c));
	}
	return true;
}

static bool fold_attribute(struct der attribute, uint32_t *ret)
{
	uint32_t sum = 2166136261U;
	struct der type;
	struct der value;
	int tag;
	long i;

	if (!next_is(&attribute, V_ASN1_OBJECT, &type) ||
	    !next(&attribute, &tag, &value) || attribute.left != 0)
		return false;
	for (i = 0; i < type.left; i++)
		sum = add(sum, type.p[i]);
	if (!add_text(&sum, tag, value))
		return false;
	*ret = sum;
	return true;
}

/* The attributes of one RDN may come in another order: so they are summed. */
bool duet_subject_fold(struct duet_bytes name, uint32_t *ret)
{
	struct der der = { name.data, (long)name.len };
	struct der rdns;
	struct der rdn;
	struct der attribute;
	uint32_t sum = 0;
	uint32_t one;

	if (!next_is(&der, V_ASN1_SEQUENCE, &rdns) || der.left != 0)
		return false;
	while (rdns.left > 0) {
		if (!next_is(&rdns, V_ASN1_SET, &rdn))
			return false;
		while (rdn.left > 0) {
			if (!next_is(&rdn, V_ASN1_SEQUENCE, &attribute) ||
			    !fold_attribute(attribute, &one))
				return false;
			sum += one;
		}
	}
	*ret = sum;
	return true;
}
