/* SPDX-License-Identifier: MIT */
/*
 * client/idn.h - host names beyond ASCII (IDNA2008, RFC 5891; mapped by UTS 46,
 * non-transitional). The only file that speaks libidn2.
 */
#ifndef DUET_CLIENT_IDN_H
#define DUET_CLIENT_IDN_H

#include <duet/error.h>

bool duet_idn_is_needed(struct duet_bytes host);

/*
 * The A-labels of a host in UTF-8, new. DUET_OK; DUET_E_NOMEM; or DUET_E_URL,
 * with *ret_why to go on after the URL in a sentence ("has a host that ...").
 * Refused is, beside what is no name at all, one that reads as another: a label
 * of Latin letters and Greek or Cyrillic ones, or digits that are an address.
 */
DUET_CHECK int duet_idn_to_ascii(struct duet_bytes host, char **ret,
				 const char **ret_why);
/* As people write it, new; NULL where it has no label of that kind, or one that
 * stands for nothing or would be refused above, and without memory or libidn2.
 */
char *duet_idn_to_unicode(const char *host);

#endif
