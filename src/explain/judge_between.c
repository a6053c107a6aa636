/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "explain/judge_int.h"

/* A word that names of CAs have which are made by what looks into TLS, and who
 * makes that. A name proves nothing: anybody can call a CA so. */
static const struct {
	const char *word;
	const char *maker;
} table[] = {
	{ "adguard", "AdGuard" },
	{ "avast", "Avast" },
	{ "avg web", "AVG" },
	{ "barracuda", "Barracuda" },
	{ "bitdefender", "Bitdefender" },
	{ "blue coat", "Blue Coat" },
	{ "burp", "Burp Suite" },
	{ "charles proxy", "Charles" },
	{ "check point", "Check Point" },
	{ "cisco umbrella", "Cisco Umbrella" },
	{ "eset ssl filter", "ESET" },
	{ "fiddler", "Fiddler" },
	{ "forcepoint", "Forcepoint" },
	{ "fortigate", "Fortinet" },
	{ "fortinet", "Fortinet" },
	{ "iboss", "iboss" },
	{ "kaspersky", "Kaspersky" },
	{ "lightspeed", "Lightspeed" },
	{ "mcafee", "McAfee" },
	{ "mitmproxy", "mitmproxy" },
	{ "netskope", "Netskope" },
	{ "palo alto", "Palo Alto Networks" },
	{ "portswigger", "Burp Suite" },
	{ "smoothwall", "Smoothwall" },
	{ "sonicwall", "SonicWall" },
	{ "sophos", "Sophos" },
	{ "squid", "Squid" },
	{ "superfish", "Superfish" },
	{ "untangle", "Untangle" },
	{ "watchguard", "WatchGuard" },
	{ "websense", "Forcepoint" },
	{ "zscaler", "Zscaler" },
};

const char *duet_explain_interceptor(const char *ca)
{
	struct duet_bytes part;
	size_t i;

	for (; *ca != '\0'; ca++)
		for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			part.data = ca;
			part.len = strlen(table[i].word);
			if (strlen(ca) >= part.len &&
			    duet_bytes_eq_nocase(part, table[i].word))
				return table[i].maker;
		}
	return NULL;
}
