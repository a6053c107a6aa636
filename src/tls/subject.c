/* SPDX-License-Identifier: MIT */
#include "tls/subject.h"

#include "base/str.h"
#include "cert/der.h"

/* Behind version (which may be left out) and serial number the fourth, after
 * algorithm, issuer and validity. */
bool duet_subject_find(struct duet_bytes certificate,
		       struct duet_bytes *ret_subject)
{
	struct duet_bytes der = certificate;
	struct duet_der in;
	int i;

	for (i = 0; i < 2; i++) {
		if (!duet_der_next_is(&der, DUET_DER_SEQUENCE, &in))
			return false;
		der = in.content;
	}
	if (duet_der_begins_with(der, DUET_DER_CONTEXT_0) &&
	    !duet_der_next(&der, &in))
		return false;
	if (!duet_der_next_is(&der, DUET_DER_INTEGER, &in))
		return false;
	for (i = 0; i < 4; i++)
		if (!duet_der_next_is(&der, DUET_DER_SEQUENCE, &in))
			return false;
	*ret_subject = in.whole;
	return true;
}

/* FNV-1a */
static uint32_t add(uint32_t sum, unsigned char byte)
{
	return (sum ^ byte) * 16777619U;
}

/* Bytes of one character; 0: not text that is converted. */
static size_t width_of(uint8_t tag)
{
	switch (tag) {
	case DUET_DER_BMP_STRING:
		return 2;
	case DUET_DER_UNIVERSAL_STRING:
		return 4;
	default:
		return 1;
	}
}

/* What a conversion to UTF-8 leaves as it is, without blanks and capitals. */
static bool add_text(uint32_t *sum, const struct duet_der *text)
{
	const uint8_t *p = text->content.data;
	size_t len = text->content.len;
	size_t width = width_of(text->tag);
	size_t i;
	size_t k;

	if (len % width != 0)
		return false;
	for (i = 0; i < len; i += width) {
		unsigned char c = p[i + width - 1];
		bool is_ascii = c > ' ' && c < 0x7f;

		for (k = 0; k < width - 1; k++)
			is_ascii = is_ascii && p[i + k] == 0;
		if (is_ascii)
			*sum = add(*sum, (unsigned char)duet_to_lower(c));
	}
	return true;
}

static bool fold_attribute(struct duet_bytes attribute, uint32_t *ret)
{
	uint32_t sum = 2166136261U;
	struct duet_der type;
	struct duet_der value;
	const uint8_t *p;
	size_t i;

	if (!duet_der_next_is(&attribute, DUET_DER_OID, &type) ||
	    !duet_der_next(&attribute, &value) || attribute.len != 0)
		return false;
	p = type.content.data;
	for (i = 0; i < type.content.len; i++)
		sum = add(sum, p[i]);
	if (!add_text(&sum, &value))
		return false;
	*ret = sum;
	return true;
}

/* The attributes of one RDN may come in another order: so they are summed. */
bool duet_subject_fold(struct duet_bytes name, uint32_t *ret)
{
	struct duet_der rdns;
	struct duet_der rdn;
	struct duet_der attribute;
	uint32_t sum = 0;
	uint32_t one;

	if (!duet_der_next_is(&name, DUET_DER_SEQUENCE, &rdns) || name.len != 0)
		return false;
	while (rdns.content.len > 0) {
		if (!duet_der_next_is(&rdns.content, DUET_DER_SET, &rdn))
			return false;
		while (rdn.content.len > 0) {
			if (!duet_der_next_is(&rdn.content, DUET_DER_SEQUENCE,
					      &attribute) ||
			    !fold_attribute(attribute.content, &one))
				return false;
			sum += one;
		}
	}
	*ret = sum;
	return true;
}
