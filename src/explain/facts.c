/* SPDX-License-Identifier: MIT */
#include "explain/facts.h"

#include <stdio.h>
#include <string.h>

#include <duet/cert.h>

#include "base/clock.h"
#include "base/str.h"

enum {
	DATE_CHARACTERS = 29,
};

void duet_explain_facts_init(struct duet_explain_facts *facts)
{
	static const char *const versions[DUET_EXPLAIN_VERSIONS] = {
		"TLS 1.3", "TLS 1.2", "TLS 1.1", "TLS 1.0"
	};
	static const char *const groups[DUET_EXPLAIN_GROUPS] = { "X25519",
								 "P-256",
								 "P-384" };
	static const char *const protocols[DUET_EXPLAIN_PROTOCOLS] = {
		"h2", "http/1.1"
	};
	size_t i;

	memset(facts, 0, sizeof(*facts));
	facts->resolved_us = -1;
	facts->connected_us = -1;
	facts->handshake_us = -1;
	facts->first_byte_us = -1;
	for (i = 0; i < DUET_EXPLAIN_VERSIONS; i++)
		facts->versions[i].name = versions[i];
	for (i = 0; i < DUET_EXPLAIN_GROUPS; i++)
		facts->groups[i].name = groups[i];
	for (i = 0; i < DUET_EXPLAIN_PROTOCOLS; i++)
		facts->protocols[i].name = protocols[i];
}

/* The value of "type=" in an RFC 2253 name; false: it has none. */
static bool attribute(char *dst, size_t cap, const char *dn, const char *type)
{
	size_t len = strlen(type);
	size_t used = 0;
	const char *p;

	for (p = dn; p != NULL; p = strchr(p, ',')) {
		p += p != dn;
		if (strncmp(p, type, len) == 0)
			break;
	}
	if (p == NULL)
		return false;
	for (p += len; *p != '\0' && *p != ',' && used + 1 < cap; p++) {
		/* An escaped sign stands for itself, but not a \XX. */
		if (*p == '\\' && p[1] != '\0' &&
		    duet_hex_value((unsigned char)p[1]) < 0)
			p++;
		dst[used++] = *p;
	}
	dst[used] = '\0';
	return used > 0;
}

void duet_explain_short_name(char *dst, size_t cap, const char *dn)
{
	if (!attribute(dst, cap, dn, "CN=") && !attribute(dst, cap, dn, "O="))
		(void)snprintf(dst, cap, "%s", dn);
}

/* "a.org, b.org", without what is no host. */
static void join_names(char *dst, size_t cap, const char *const *names)
{
	size_t used = 0;

	dst[0] = '\0';
	for (; *names != NULL && used < cap; names++) {
		const char *name = *names;

		if (duet_str_starts(name, "email:") ||
		    duet_str_starts(name, "URI:") || strcmp(name, "other") == 0)
			continue;
		if (duet_str_starts(name, "IP:"))
			name += strlen("IP:");
		used += (size_t)snprintf(dst + used, cap - used, "%s%s",
					 used > 0 ? ", " : "", name);
	}
}

static void read_one(struct duet_explain_cert *ret,
		     const struct duet_facts_cert *cert)
{
	duet_explain_short_name(ret->name, sizeof(ret->name), cert->subject);
	duet_explain_short_name(ret->issuer, sizeof(ret->issuer), cert->issuer);
	join_names(ret->names, sizeof(ret->names), cert->names);
	if (ret->name[0] == '\0')
		memcpy(ret->name, ret->names, sizeof(ret->name));
	(void)snprintf(ret->key, sizeof(ret->key), "%s", cert->key);
	(void)snprintf(ret->signature, sizeof(ret->signature), "%s",
		       cert->signature);
	(void)snprintf(ret->sha256, sizeof(ret->sha256), "%s", cert->sha256);
	(void)snprintf(ret->issuer_url, sizeof(ret->issuer_url), "%s",
		       cert->issuer_url);
	ret->not_before = cert->not_before;
	ret->not_after = cert->not_after;
	ret->is_ca = cert->is_ca;
	ret->self_signed = cert->self_signed;
}

/* That of the last one where there is no other: how a chain ends matters more
 * than its middle. */
static struct duet_explain_cert *next_place(struct duet_explain_chain *chain)
{
	if (chain->n < DUET_EXPLAIN_CHAIN_MAX)
		return &chain->certs[chain->n++];
	chain->more++;
	memset(&chain->certs[chain->n - 1], 0, sizeof(chain->certs[0]));
	return &chain->certs[chain->n - 1];
}

bool duet_explain_chain_read(struct duet_explain_chain *chain,
			     struct duet_bytes pem)
{
	struct duet_facts_cert cert = { .size = sizeof(cert) };
	struct duet_inspection *inspection;
	size_t i;

	memset(chain, 0, sizeof(*chain));
	inspection = pem.len > 0 ? duet_inspect(pem, NULL) : NULL;
	if (inspection == NULL)
		return false;
	for (i = 0; i < duet_inspection_count(inspection); i++)
		if (duet_inspection_get(inspection, i, &cert) == DUET_OK &&
		    cert.kind == DUET_IS_CERTIFICATE)
			read_one(next_place(chain), &cert);
	duet_inspection_free(inspection);
	return chain->n > 0;
}

bool duet_explain_lacks_anchor(int code)
{
	return code == DUET_E_NO_ISSUER || code == DUET_E_UNTRUSTED ||
	       code == DUET_E_SELF_SIGNED;
}

bool duet_explain_is_about_certificate(int code)
{
	return code <= DUET_E_UNTRUSTED && code >= DUET_E_STAPLE;
}

/* Two or four digits; -1: they are none. */
static int digits(const char *p, int n)
{
	int value = 0;
	int i;

	for (i = 0; i < n; i++) {
		if (!duet_is_digit((unsigned char)p[i]))
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

static int month_of(const char *p)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int i;

	for (i = 0; i < 12; i++)
		if (strncmp(p, names + 3 * (size_t)i, 3) == 0)
			return i + 1;
	return -1;
}

int64_t duet_explain_date(const char *value)
{
	struct duet_civil civil = { 0 };

	/* IMF-fixdate alone (RFC 9110 s5.6.7): who sends another form of it
	 * is of another time anyway. */
	if (strlen(value) != DATE_CHARACTERS || strcmp(value + 25, " GMT") != 0)
		return 0;
	civil.day = digits(value + 5, 2);
	civil.month = month_of(value + 8);
	civil.year = digits(value + 12, 4);
	civil.hour = digits(value + 17, 2);
	civil.minute = digits(value + 20, 2);
	civil.second = digits(value + 23, 2);
	if (civil.day < 1 || civil.day > 31 || civil.month < 1 ||
	    civil.year < 1970 || civil.hour < 0 || civil.hour > 23 ||
	    civil.minute < 0 || civil.minute > 59 || civil.second < 0)
		return 0;
	return duet_wall_from_civil(&civil);
}
