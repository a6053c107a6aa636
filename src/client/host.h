/* SPDX-License-Identifier: MIT */
/* client/host.h - what kind of host a name is, and which is part of which. All
 * are as in struct duet_url: lower case, and of IPv6 without brackets. */
#ifndef DUET_CLIENT_HOST_H
#define DUET_CLIENT_HOST_H

#include <duet/error.h>

/* It has nothing in it but what names and addresses have, in lower case, and
 * does not begin with a dot. */
bool duet_host_is_plain(const char *host);
/* An IP address, or what resolvers take for one: its last part is a number. */
bool duet_host_is_address(const char *host);
/* domain itself, or a name below it (RFC 6265bis s5.1.3, RFC 6797 s8.2). */
bool duet_host_is_within(const char *host, const char *domain);
/* Strangers have names below it: "com", "co.uk", "github.io", by the list of
 * publicsuffix.org that libpsl has in it; and every name of one part that it
 * does not know. Without libpsl all names are. */
bool duet_host_is_public_suffix(const char *host);
/* For whoever wants to know before that libpsl is here. DUET_E_UNSUPPORTED. */
DUET_CHECK int duet_host_know_suffixes(struct duet_error *err);

#endif
