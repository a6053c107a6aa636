/* SPDX-License-Identifier: MIT */
#include "tls/facts.h"

#include <stdio.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/str.h"
#include "cert/words.h"

enum {
	MORE_TEXT_BYTES =
		32, /* ", " before and " and 2147483647 more" behind */
};

void duet_facts_name(char *dst, size_t cap, const X509_NAME *name)
{
	char *text = duet_words_dn(name);

	(void)snprintf(dst, cap, "%s", text != NULL ? text : "?");
	duet_mem_free(text);
}

static bool entry_text(char *dst, size_t cap, const X509_NAME *name, int nid)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	struct duet_bytes text;
	unsigned char *utf8 = NULL;
	int len;

	if (at < 0)
		return false;
	len = ASN1_STRING_to_UTF8(&utf8,
				  X509_NAME_ENTRY_get_data(
					  X509_NAME_get_entry(name, at)));
	if (len <= 0) {
		OPENSSL_free(utf8);
		return false;
	}
	text.data = utf8;
	text.len = (size_t)len;
	duet_str_printable(dst, cap, text);
	OPENSSL_free(utf8);
	return true;
}

void duet_facts_name_short(char *dst, size_t cap, const X509_NAME *name)
{
	if (name != NULL && (entry_text(dst, cap, name, NID_commonName) ||
			     entry_text(dst, cap, name, NID_organizationName)))
		return;
	duet_facts_name(dst, cap, name);
}

static bool is_host(const GENERAL_NAME *name)
{
	return name->type == GEN_DNS || name->type == GEN_IPADD;
}

static int count_hosts(const GENERAL_NAMES *names)
{
	int n = 0;
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(names); i++)
		n += is_host(sk_GENERAL_NAME_value(names, i));
	return n;
}

/* Append one of which left are left; false when only their number fitted. */
static bool append_name(char *dst, size_t cap, const GENERAL_NAME *name,
			int left)
{
	char *text = duet_words_general_name(name);
	size_t used = strlen(dst);
	bool fits;

	fits = text != NULL && used + strlen(text) + MORE_TEXT_BYTES < cap;
	if (fits)
		(void)snprintf(dst + used, cap - used, "%s%s",
			       used > 0 ? ", " : "", text);
	else
		(void)snprintf(dst + used, cap - used, "%s%d more",
			       used > 0 ? " and " : "", left);
	duet_mem_free(text);
	return fits;
}

void duet_facts_names(char *dst, size_t cap, X509 *cert)
{
	GENERAL_NAMES *names;
	bool fits = true;
	int left;
	int i;

	dst[0] = '\0';
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	left = count_hosts(names);
	for (i = 0; fits && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (is_host(name))
			fits = append_name(dst, cap, name, left--);
	}
	GENERAL_NAMES_free(names);
}

bool duet_facts_self_issued(X509 *cert)
{
	return X509_NAME_cmp(X509_get_subject_name(cert),
			     X509_get_issuer_name(cert)) == 0;
}

bool duet_facts_has_issuer_url(X509 *cert)
{
	AUTHORITY_INFO_ACCESS *infos;
	bool found = false;
	int i;

	infos = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
	for (i = 0; i < sk_ACCESS_DESCRIPTION_num(infos); i++)
		if (OBJ_obj2nid(
			    sk_ACCESS_DESCRIPTION_value(infos, i)->method) ==
		    NID_ad_ca_issuers)
			found = true;
	AUTHORITY_INFO_ACCESS_free(infos);
	return found;
}
