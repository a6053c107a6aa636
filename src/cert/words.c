/* SPDX-License-Identifier: MIT */
#include "cert/words.h"

#include <arpa/inet.h>

#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/bn.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cert/names.h"

enum {
	ADDRESS_BYTES = 64,
	GROUP_BYTES = 80,
	BITS_PER_BYTE = 8,
};

static char *printable(struct duet_bytes bytes)
{
	size_t cap = bytes.len * 4 + 1;
	char *text = duet_mem_alloc(cap);

	if (text != NULL)
		duet_str_printable(text, cap, bytes);
	return text;
}

/* OpenSSL's RFC 2253 writer has escaped with backslashes already: those are
 * not doubled once more. */
static void undouble(char *text)
{
	char *to = text;

	while (*text != '\0') {
		if (text[0] == '\\' && text[1] == '\\')
			text++;
		*to++ = *text++;
	}
	*to = '\0';
}

char *duet_words_dn(const X509_NAME *name)
{
	/* UTF-8 stays readable; the rest is escaped. */
	static const unsigned long flags =
		XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
	BIO *bio = BIO_new(BIO_s_mem());
	struct duet_bytes bytes;
	char *text = NULL;
	char *data;

	if (bio != NULL && X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
		bytes.len = (size_t)BIO_get_mem_data(bio, &data);
		bytes.data = data;
		text = printable(bytes);
	}
	if (text != NULL)
		undouble(text);
	BIO_free(bio);
	return text;
}

/* Several names are shown with ", " between them, and none has a space: one
 * that had would look like several. */
static char *without_spaces(const char *text)
{
	char *copy = duet_mem_alloc(strlen(text) * 4 + 1);
	char *to = copy;

	for (; copy != NULL && *text != '\0'; text++) {
		if (*text == ' ') {
			memcpy(to, "\\x20", 4);
			to += 4;
		} else {
			*to++ = *text;
		}
	}
	if (copy != NULL)
		*to = '\0';
	return copy;
}

static char *name_text(const ASN1_STRING *string)
{
	struct duet_bytes bytes = {
		ASN1_STRING_get0_data(string),
		(size_t)ASN1_STRING_length(string),
	};
	char *shown = printable(bytes);
	char *text = shown != NULL ? without_spaces(shown) : NULL;

	duet_mem_free(shown);
	return text;
}

static char *prefixed(const char *prefix, const ASN1_STRING *string)
{
	char *shown = name_text(string);
	char *text = NULL;

	if (shown != NULL)
		text = duet_mem_printf("%s%s", prefix, shown);
	duet_mem_free(shown);
	return text;
}

static bool is_dns_name(const char *text)
{
	struct duet_name name;

	return duet_name_parse(text, &name, NULL) == DUET_OK &&
	       duet_name_is_dns(&name);
}

static bool is_dns_subtree(const char *text)
{
	struct duet_subtree tree;

	return duet_subtree_parse(text, &tree, NULL) == DUET_OK &&
	       tree.kind == DUET_NAME_DNS;
}

/* As it is where nobody can take it for another kind of name. */
static char *dns_name(const ASN1_STRING *string, bool (*is_plain)(const char *))
{
	char *shown = name_text(string);
	char *text;

	if (shown == NULL || is_plain(shown))
		return shown;
	text = duet_mem_printf("DNS:%s", shown);
	duet_mem_free(shown);
	return text;
}

static bool address_text(char dst[ADDRESS_BYTES], const unsigned char *p,
			 size_t len)
{
	int family = len == 4 ? AF_INET : AF_INET6;

	return (len == 4 || len == 16) &&
	       inet_ntop(family, p, dst, ADDRESS_BYTES) != NULL;
}

static char *address_name(const ASN1_OCTET_STRING *octets)
{
	char address[ADDRESS_BYTES];

	if (!address_text(address, ASN1_STRING_get0_data(octets),
			  (size_t)ASN1_STRING_length(octets)))
		return duet_mem_strdup("IP:malformed");
	return duet_mem_printf("IP:%s", address);
}

/* The number of leading ones of a mask; -1 when others follow a zero. */
static int mask_bits(const unsigned char *mask, size_t len)
{
	size_t i;
	int bits = 0;

	for (i = 0; i < len * BITS_PER_BYTE; i++) {
		if ((mask[i / BITS_PER_BYTE] >>
			     (BITS_PER_BYTE - 1 - i % BITS_PER_BYTE) &
		     1) == 0)
			continue;
		if ((size_t)bits != i)
			return -1;
		bits++;
	}
	return bits;
}

static char *address_range(const ASN1_OCTET_STRING *octets)
{
	const unsigned char *p = ASN1_STRING_get0_data(octets);
	size_t half = (size_t)ASN1_STRING_length(octets) / 2;
	char address[ADDRESS_BYTES];
	int bits;

	if (ASN1_STRING_length(octets) % 2 != 0 ||
	    !address_text(address, p, half))
		return duet_mem_strdup("IP:malformed");
	bits = mask_bits(p + half, half);
	if (bits < 0)
		return duet_mem_printf("IP:%s/odd mask", address);
	return duet_mem_printf("IP:%s/%d", address, bits);
}

char *duet_words_general_name(const GENERAL_NAME *name)
{
	int type;
	const void *value = GENERAL_NAME_get0_value(name, &type);

	switch (type) {
	case GEN_DNS:
		return dns_name(value, is_dns_name);
	case GEN_EMAIL:
		return prefixed("email:", value);
	case GEN_URI:
		return prefixed("URI:", value);
	case GEN_IPADD:
		return address_name(value);
	default:
		return duet_mem_strdup("other");
	}
}

char *duet_words_subtree(const GENERAL_NAME *base)
{
	int type;
	const void *value = GENERAL_NAME_get0_value(base, &type);

	if (type == GEN_IPADD)
		return address_range(value);
	if (type == GEN_DNS)
		return dns_name(value, is_dns_subtree);
	return duet_words_general_name(base);
}

char *duet_words_serial(const ASN1_INTEGER *serial)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
	char *hex = number != NULL ? BN_bn2hex(number) : NULL;
	char *text = hex != NULL ? duet_mem_strdup(hex) : NULL;

	OPENSSL_free(hex);
	BN_free(number);
	return text;
}

static const char *curve_word(const char *group)
{
	if (strcmp(group, "prime256v1") == 0)
		return "P-256";
	if (strcmp(group, "secp384r1") == 0)
		return "P-384";
	if (strcmp(group, "secp521r1") == 0)
		return "P-521";
	return group;
}

char *duet_words_key(const EVP_PKEY *pkey)
{
	char group[GROUP_BYTES] = "";
	const char *type;

	if (pkey == NULL)
		return duet_mem_strdup("unknown");
	if (EVP_PKEY_is_a(pkey, "ED25519"))
		return duet_mem_strdup("Ed25519");
	if (EVP_PKEY_is_a(pkey, "EC")) {
		if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) !=
		    1)
			return duet_mem_strdup("ECDSA on an unnamed curve");
		return duet_mem_printf("ECDSA %s", curve_word(group));
	}
	type = EVP_PKEY_get0_type_name(pkey);
	return duet_mem_printf("%s %d", type != NULL ? type : "unknown",
			       EVP_PKEY_get_bits(pkey));
}

char *duet_words_signature(int nid)
{
	const char *name = OBJ_nid2ln(nid);

	return duet_mem_strdup(nid != NID_undef && name != NULL ? name
								: "unknown");
}

int64_t duet_words_time(const ASN1_TIME *time)
{
	struct duet_civil civil = { 0 };
	struct tm tm;

	if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
		return 0;
	civil.year = tm.tm_year + 1900;
	civil.month = tm.tm_mon + 1;
	civil.day = tm.tm_mday;
	civil.hour = tm.tm_hour;
	civil.minute = tm.tm_min;
	civil.second = tm.tm_sec;
	return duet_wall_from_civil(&civil);
}
