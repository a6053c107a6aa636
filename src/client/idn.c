/* SPDX-License-Identifier: MIT */
/*
 * IDN2_USE_STD3_ASCII_RULES is not asked for: with it libidn2 2.3 takes an
 * underscore, a percent sign and the like out of a name without a word, which
 * makes another name of it. What comes of them is looked at here instead.
 */
#include "client/idn.h"

#include <idn2.h>
#include <string.h>

#include "base/library.h"
#include "base/mem.h"
#include "base/str.h"

#define FUNCTIONS(X) X(idn2_lookup_u8) X(idn2_to_unicode_8z8z) X(idn2_free)

DUET_LIBRARY(idn2, "libidn2.so.0", FUNCTIONS, "host names beyond ASCII");

enum {
	HOST_MAX = 1024, /* bytes of UTF-8; 255 is the most of A-labels */
};

bool duet_idn_is_needed(struct duet_bytes host)
{
	const unsigned char *p = host.data;
	size_t i;

	for (i = 0; i < host.len; i++)
		if (p[i] >= 0x80)
			return true;
	return false;
}

static const char *words_of(int rc)
{
	switch (rc) {
	case IDN2_ENCODING_ERROR:
		return "has a host that is not UTF-8; write it in that, or in its xn-- form";
	case IDN2_PUNYCODE_BIG_OUTPUT:
	case IDN2_TOO_BIG_DOMAIN:
	case IDN2_TOO_BIG_LABEL:
		return "has a host that is too long: 63 characters in xn-- form are the most of a part, 255 of all";
	case IDN2_BIDI:
		return "has a host that mixes letters from left to right with those from right to left as no name does (RFC 5893)";
	case IDN2_2HYPHEN:
	case IDN2_HYPHEN_STARTEND:
		return "has a host with a hyphen where none may be: at an end of a part, or two after its second letter";
	case IDN2_PUNYCODE_BAD_INPUT:
	case IDN2_INVALID_ALABEL:
	case IDN2_UALABEL_MISMATCH:
		return "has a host with a part in xn-- form that stands for nothing; write all of it as people do, or all in that form";
	default:
		return "has a host with a character that no name has (IDNA2008); check it, or write its xn-- form if there is one";
	}
}

/* The code point of a sequence that is known to be one. */
static unsigned code_point(const unsigned char *p, size_t len)
{
	unsigned c = *p;
	size_t i;

	if (len > 1)
		c &= 0x7fu >> len;
	for (i = 1; i < len; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

enum {
	LATIN = 1,
	GREEK = 2,
	CYRILLIC = 4,
};

/* Alphabets whose letters look like one another's. */
static int alphabet_of(unsigned c)
{
	if ((c < 0x80 && duet_is_alpha((unsigned char)c)) ||
	    (c >= 0xc0 && c <= 0x24f))
		return LATIN;
	if (c >= 0x370 && c <= 0x3ff)
		return GREEK;
	return c >= 0x400 && c <= 0x52f ? CYRILLIC : 0;
}

static bool mixes_alphabets(const char *host)
{
	const unsigned char *p = (const unsigned char *)host;
	size_t left = strlen(host);
	int seen = 0;
	size_t len;

	while (left > 0) {
		len = *p < 0x80 ? 1 : duet_utf8_sequence(p, left);
		if (len == 0)
			return false; /* libidn2 knows better words */
		if (*p == '.')
			seen = 0;
		seen |= alphabet_of(code_point(p, len));
		if ((seen & (seen - 1)) != 0)
			return true;
		p += len;
		left -= len;
	}
	return false;
}

/* What of a host's characters are in ASCII, the xn-- form among them. */
static bool is_host(const char *ascii)
{
	const char *p;

	for (p = ascii; *p != '\0'; p++)
		if (!duet_is_alpha((unsigned char)*p) &&
		    !duet_is_digit((unsigned char)*p) && *p != '-' &&
		    *p != '.' && *p != '_')
			return false;
	return true;
}

static bool is_number(const char *ascii)
{
	return strspn(ascii, "0123456789.") == strlen(ascii);
}

int duet_idn_to_ascii(struct duet_bytes host, char **ret, const char **ret_why)
{
	uint8_t *ascii = NULL;
	char *copy;
	int rc;

	if (duet_library_open(&idn2_library, NULL) != DUET_OK) {
		*ret_why =
			"has a host beyond ASCII, and libidn2, which knows those, is not here: install it, or write the xn-- form";
		return DUET_E_URL;
	}
	*ret_why = words_of(IDN2_TOO_BIG_DOMAIN);
	if (host.len > HOST_MAX)
		return DUET_E_URL;
	copy = duet_mem_strndup(host.data, host.len);
	if (copy == NULL)
		return DUET_E_NOMEM;
	rc = idn2.idn2_lookup_u8((const uint8_t *)copy, &ascii,
				 IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc == IDN2_OK && mixes_alphabets(copy)) {
		*ret_why =
			"has a host with a part of Latin letters and Greek or Cyrillic ones, which look alike; write its xn-- form if that is meant";
		rc = DUET_E_URL;
	} else if (rc == IDN2_OK && is_number((char *)ascii)) {
		*ret_why =
			"has a host in digits that are not those of an address; write it in 0 to 9";
		rc = DUET_E_URL;
	} else if (rc == IDN2_OK && is_host((char *)ascii)) {
		*ret = duet_mem_strdup((char *)ascii);
		rc = *ret != NULL ? DUET_OK : DUET_E_NOMEM;
	} else if (rc == IDN2_MALLOC) {
		rc = DUET_E_NOMEM;
	} else {
		*ret_why = words_of(rc);
		rc = DUET_E_URL;
	}
	idn2.idn2_free(ascii);
	duet_mem_free(copy);
	return rc;
}

/* libidn2 decodes whatever it is: directions, controls and lookalikes, too. */
static bool stands_for(const char *unicode, const char *host)
{
	char *ascii = NULL;
	const char *why;
	bool same;

	same = duet_idn_to_ascii(duet_str(unicode), &ascii, &why) == DUET_OK &&
	       strcmp(ascii, host) == 0;
	duet_mem_free(ascii);
	return same;
}

char *duet_idn_to_unicode(const char *host)
{
	char *unicode = NULL;
	char *copy = NULL;

	if (strstr(host, "xn--") == NULL ||
	    duet_library_open(&idn2_library, NULL) != DUET_OK)
		return NULL;
	if (idn2.idn2_to_unicode_8z8z(host, &unicode, 0) == IDN2_OK &&
	    strcmp(unicode, host) != 0 && stands_for(unicode, host))
		copy = duet_mem_strdup(unicode);
	idn2.idn2_free(unicode);
	return copy;
}
