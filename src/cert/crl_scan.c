/* SPDX-License-Identifier: MIT */
#include "cert/crl_scan.h"

#include <string.h>

#include "base/clock.h"
#include "cert/der.h"

enum {
	TAG_EXTENSIONS = 0xa0, /* [0] EXPLICIT, of a CRL */
	TAG_KEY_ID = 0x80,     /* of an authority key identifier */
	TAG_URI = 0x86,        /* of a GeneralName */
	TAG_FULL_NAME = 0xa0,
	/* Of an issuing distribution point. */
	TAG_POINT = 0xa0,
	TAG_ONLY_USER = 0x81,
	TAG_ONLY_CA = 0x82,
	TAG_ONLY_SOME_REASONS = 0x83,
	TAG_INDIRECT = 0x84,
	TAG_ONLY_ATTRIBUTE = 0x85,
	VERSION_2 = 1,
	HEAD_BYTES = 4, /* of an entry: its tag and length, and its number's */
	REASON_MAX = 10,
};

static const char damaged[] = "not a CRL in DER, or damaged";

static bool is_same(struct duet_bytes a, struct duet_bytes b)
{
	return a.len == b.len &&
	       (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Two decimal digits, or -1. */
static int two(const uint8_t *p)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	return (p[0] - '0') * 10 + p[1] - '0';
}

static bool is_date(const struct duet_civil *civil)
{
	return civil->month >= 1 && civil->month <= 12 && civil->day >= 1 &&
	       civil->day <= 31 && civil->hour >= 0 && civil->hour <= 23 &&
	       civil->minute >= 0 && civil->minute <= 59 &&
	       civil->second >= 0 && civil->second <= 59;
}

/* s5.1.2.4: YYMMDDHHMMSSZ until 2049, YYYYMMDDHHMMSSZ from then on. */
static bool read_time(const struct duet_der *in, int64_t *ret)
{
	const uint8_t *p = in->content.data;
	struct duet_civil civil = { 0 };
	int century;

	if (in->tag == DUET_DER_UTC_TIME && in->content.len == 13) {
		century = two(p) >= 50 ? 19 : 20;
	} else if (in->tag == DUET_DER_GENERALIZED_TIME &&
		   in->content.len == 15) {
		century = two(p);
		p += 2;
	} else {
		return false;
	}
	civil.year = century * 100 + two(p);
	civil.month = two(p + 2);
	civil.day = two(p + 4);
	civil.hour = two(p + 6);
	civil.minute = two(p + 8);
	civil.second = two(p + 10);
	if (century < 0 || two(p) < 0 || p[12] != 'Z' || !is_date(&civil))
		return false;
	*ret = duet_wall_from_civil(&civil);
	return true;
}

/* An extension: which, whether it is critical, and its value. */
struct extension {
	struct duet_bytes oid;
	bool critical;
	struct duet_bytes value;
};

static bool read_bool(const struct duet_der *in, bool *ret)
{
	const uint8_t *p = in->content.data;

	if (in->content.len != 1 || (p[0] != 0 && p[0] != 0xff))
		return false;
	*ret = p[0] != 0;
	return true;
}

static bool next_extension(struct duet_bytes *in, struct extension *ret)
{
	struct duet_der part;
	struct duet_der all;

	ret->critical = false;
	if (!duet_der_next_is(in, DUET_DER_SEQUENCE, &all) ||
	    !duet_der_next_is(&all.content, DUET_DER_OID, &part))
		return false;
	ret->oid = part.content;
	if (!duet_der_next(&all.content, &part))
		return false;
	if (part.tag == DUET_DER_BOOLEAN &&
	    (!read_bool(&part, &ret->critical) ||
	     !duet_der_next(&all.content, &part)))
		return false;
	ret->value = part.content;
	return part.tag == DUET_DER_OCTET_STRING && all.content.len == 0;
}

/* id-ce, 2.5.29, and one more number. */
static int id_ce(const struct extension *extension)
{
	const uint8_t *p = extension->oid.data;

	if (extension->oid.len != 3 || p[0] != 0x55 || p[1] != 0x1d)
		return -1;
	return p[2];
}

enum {
	ID_CRL_NUMBER = 20,
	ID_REASON = 21,
	ID_INVALIDITY_DATE = 24,
	ID_DELTA = 27,
	ID_ISSUING_POINT = 28,
	ID_AUTHORITY_KEY = 35,
};

/* The URIs of a point: a full name's. A name relative to the issuer's is where
 * only a directory would be asked. */
static bool read_point(struct duet_crl_scan *scan, struct duet_bytes value)
{
	struct duet_der name;

	scan->has_points = true;
	if (!duet_der_next(&value, &name) || value.len != 0)
		return false;
	if (name.tag == TAG_FULL_NAME)
		scan->points = name.content;
	return true;
}

static bool read_issuing_point(struct duet_crl_scan *scan,
			       struct duet_bytes value)
{
	struct duet_der part;
	struct duet_der all;

	if (!duet_der_next_is(&value, DUET_DER_SEQUENCE, &all) ||
	    value.len != 0)
		return false;
	while (all.content.len > 0) {
		bool good;

		if (!duet_der_next(&all.content, &part))
			return false;
		switch (part.tag) {
		case TAG_POINT:
			good = read_point(scan, part.content);
			break;
		case TAG_ONLY_USER:
			good = read_bool(&part, &scan->only_user_certs);
			break;
		case TAG_ONLY_CA:
			good = read_bool(&part, &scan->only_ca_certs);
			break;
		case TAG_ONLY_SOME_REASONS:
			scan->only_some_reasons = true;
			good = true;
			break;
		case TAG_INDIRECT:
			good = read_bool(&part, &scan->indirect);
			break;
		case TAG_ONLY_ATTRIBUTE:
			good = read_bool(&part, &scan->only_attribute_certs);
			break;
		default:
			good = false;
		}
		if (!good)
			return false;
	}
	return true;
}

static bool read_number(struct duet_crl_scan *scan, struct duet_bytes value)
{
	struct duet_der number;

	if (!duet_der_next_is(&value, DUET_DER_INTEGER, &number) ||
	    value.len != 0 || number.content.len == 0)
		return false;
	scan->number = number.content;
	return true;
}

static bool read_key_id(struct duet_crl_scan *scan, struct duet_bytes value)
{
	struct duet_der part;
	struct duet_der all;

	if (!duet_der_next_is(&value, DUET_DER_SEQUENCE, &all) ||
	    value.len != 0)
		return false;
	if (duet_der_begins_with(all.content, TAG_KEY_ID)) {
		if (!duet_der_next(&all.content, &part))
			return false;
		scan->key_id = part.content;
	}
	return true;
}

static int read_extension(struct duet_crl_scan *scan,
			  const struct extension *extension,
			  const char **ret_why)
{
	bool good = true;

	switch (id_ce(extension)) {
	case ID_CRL_NUMBER:
		good = read_number(scan, extension->value);
		break;
	case ID_AUTHORITY_KEY:
		good = read_key_id(scan, extension->value);
		break;
	case ID_ISSUING_POINT:
		good = read_issuing_point(scan, extension->value);
		break;
	case ID_DELTA:
		*ret_why = "a delta CRL, which tells of changes only";
		return DUET_E_UNSUPPORTED;
	default:
		if (!extension->critical)
			break;
		*ret_why =
			"one with a critical extension that is not known here";
		return DUET_E_UNSUPPORTED;
	}
	return good ? DUET_OK : DUET_E_PEM;
}

static int read_extensions(struct duet_crl_scan *scan, struct duet_bytes in,
			   const char **ret_why)
{
	struct extension extension;
	struct duet_der outer;
	struct duet_der all;
	int rc = DUET_OK;

	if (!duet_der_next_is(&in, TAG_EXTENSIONS, &outer) || in.len != 0 ||
	    !duet_der_next_is(&outer.content, DUET_DER_SEQUENCE, &all) ||
	    outer.content.len != 0)
		return DUET_E_PEM;
	while (rc == DUET_OK && all.content.len > 0)
		rc = next_extension(&all.content, &extension)
			     ? read_extension(scan, &extension, ret_why)
			     : DUET_E_PEM;
	return rc;
}

/* s5.1.2.1: version 2, or a version 1 that does not say so. */
static bool skip_version(struct duet_bytes *in)
{
	struct duet_der version;

	if (!duet_der_begins_with(*in, DUET_DER_INTEGER))
		return true;
	return duet_der_next(in, &version) && version.content.len == 1 &&
	       *(const uint8_t *)version.content.data == VERSION_2;
}

static bool read_dates(struct duet_crl_scan *scan, struct duet_bytes *in)
{
	struct duet_der time;

	scan->next_update = INT64_MAX;
	if (!duet_der_next(in, &time) || !read_time(&time, &scan->this_update))
		return false;
	if (!duet_der_begins_with(*in, DUET_DER_UTC_TIME) &&
	    !duet_der_begins_with(*in, DUET_DER_GENERALIZED_TIME))
		return true;
	return duet_der_next(in, &time) && read_time(&time, &scan->next_update);
}

static int read_signed(struct duet_crl_scan *scan, struct duet_bytes in,
		       const char **ret_why)
{
	struct duet_der part;

	/* s5.1.1.2: the algorithm stands in both places, the same. */
	if (!skip_version(&in) ||
	    !duet_der_next_is(&in, DUET_DER_SEQUENCE, &part) ||
	    !is_same(part.whole, scan->algorithm) ||
	    !duet_der_next_is(&in, DUET_DER_SEQUENCE, &part))
		return DUET_E_PEM;
	scan->issuer = part.whole;
	if (!read_dates(scan, &in))
		return DUET_E_PEM;
	if (duet_der_begins_with(in, DUET_DER_SEQUENCE)) {
		if (!duet_der_next(&in, &part))
			return DUET_E_PEM;
		scan->entries = part.content;
	}
	return in.len == 0 ? DUET_OK : read_extensions(scan, in, ret_why);
}

/* X.690 s8.6: the first byte counts unused bits, and signatures have none. */
static bool read_signature(struct duet_crl_scan *scan, struct duet_bytes *in)
{
	struct duet_der part;
	const uint8_t *p;

	if (!duet_der_next_is(in, DUET_DER_BIT_STRING, &part) ||
	    part.content.len < 2)
		return false;
	p = part.content.data;
	scan->signature = duet_der_bytes(p + 1, part.content.len - 1);
	return p[0] == 0;
}

int duet_crl_scan(struct duet_crl_scan *ret, struct duet_bytes der,
		  const char **ret_why)
{
	struct duet_crl_scan scan = { .der = der };
	struct duet_bytes rest = der;
	struct duet_der part;
	struct duet_der all;
	struct duet_der tbs;
	int rc;

	*ret_why = damaged;
	if (!duet_der_next_is(&rest, DUET_DER_SEQUENCE, &all) ||
	    rest.len != 0 ||
	    !duet_der_next_is(&all.content, DUET_DER_SEQUENCE, &tbs) ||
	    !duet_der_next_is(&all.content, DUET_DER_SEQUENCE, &part))
		return DUET_E_PEM;
	scan.tbs = tbs.whole;
	scan.algorithm = part.whole;
	if (!read_signature(&scan, &all.content) || all.content.len != 0)
		return DUET_E_PEM;
	rc = read_signed(&scan, tbs.content, ret_why);
	if (rc == DUET_OK)
		*ret = scan;
	return rc;
}

/* Entries */

/* The place in the whole, as far as the walk has come. */
struct walker {
	const struct duet_crl_scan *scan;
	const struct duet_crl_walk *walk;
	struct duet_bytes left;
	size_t told;
};

static struct walker walker_of(const struct duet_crl_scan *scan,
			       const struct duet_crl_walk *walk)
{
	return (struct walker){ scan, walk, scan->entries, 0 };
}

/* How much of the whole it has done with. */
static size_t place_of(const struct walker *walker)
{
	const uint8_t *begin = walker->scan->der.data;

	return (size_t)((const uint8_t *)walker->left.data - begin);
}

static void tell(struct walker *walker)
{
	size_t at = place_of(walker);

	if (at - walker->told < DUET_CRL_PIECE)
		return;
	walker->told = at;
	if (walker->walk != NULL && walker->walk->passed != NULL)
		walker->walk->passed(walker->walk->arg, at);
}

/* false: there is none, or it is damaged, and then something is left. */
static bool next_entry(struct walker *walker, struct duet_der *entry,
		       struct duet_der *serial)
{
	struct duet_bytes in = walker->left;

	if (in.len == 0)
		return false;
	if (!duet_der_next_is(&in, DUET_DER_SEQUENCE, entry) ||
	    !duet_der_next_is(&entry->content, DUET_DER_INTEGER, serial) ||
	    serial->content.len == 0)
		return false;
	walker->left = in;
	tell(walker);
	return true;
}

static bool read_reason(struct duet_bytes value, uint8_t *ret)
{
	struct duet_der reason;

	if (!duet_der_next_is(&value, DUET_DER_ENUMERATED, &reason) ||
	    value.len != 0 || reason.content.len != 1)
		return false;
	*ret = *(const uint8_t *)reason.content.data;
	return *ret <= REASON_MAX;
}

static int read_entry_extension(const struct extension *extension,
				struct duet_crl_entry *ret,
				const char **ret_why)
{
	switch (id_ce(extension)) {
	case ID_REASON:
		return read_reason(extension->value, &ret->reason) ? DUET_OK
								   : DUET_E_PEM;
	case ID_INVALIDITY_DATE:
		return DUET_OK;
	default:
		if (!extension->critical)
			return DUET_OK;
		*ret_why =
			"one with an entry that has a critical extension which is not known here";
		return DUET_E_UNSUPPORTED;
	}
}

/* What follows the serial number in an entry. */
static int read_entry(struct duet_bytes in, struct duet_crl_entry *ret,
		      const char **ret_why)
{
	struct extension extension;
	struct duet_der part;
	int rc = DUET_OK;

	ret->reason = 0;
	if (!duet_der_next(&in, &part) || !read_time(&part, &ret->when))
		return DUET_E_PEM;
	if (in.len == 0)
		return DUET_OK;
	if (!duet_der_next_is(&in, DUET_DER_SEQUENCE, &part) || in.len != 0)
		return DUET_E_PEM;
	while (rc == DUET_OK && part.content.len > 0)
		rc = next_extension(&part.content, &extension)
			     ? read_entry_extension(&extension, ret, ret_why)
			     : DUET_E_PEM;
	return rc;
}

int duet_crl_scan_entries(const struct duet_crl_scan *scan,
			  const struct duet_crl_walk *walk,
			  const char **ret_why)
{
	struct walker walker = walker_of(scan, walk);
	struct duet_crl_entry what;
	struct duet_der serial;
	struct duet_der entry;
	int rc = DUET_OK;

	*ret_why = damaged;
	while (rc == DUET_OK && next_entry(&walker, &entry, &serial))
		rc = read_entry(entry.content, &what, ret_why);
	if (rc == DUET_OK && walker.left.len > 0)
		rc = DUET_E_PEM;
	return rc;
}

/* A positive number may begin with a zero byte, by X.690 s8.3 and by mistake.
 */
static struct duet_bytes without_zeros(struct duet_bytes number)
{
	const uint8_t *p = number.data;

	while (number.len > 1 && p[0] == 0) {
		p++;
		number.len--;
	}
	number.data = p;
	return number;
}

/* Entries that begin alike: as long, and with as long a number. */
struct kind {
	uint8_t head[HEAD_BYTES];
	size_t whole; /* 0: none was learnt yet */
	size_t last;  /* where the last byte of the number is */
};

/* Lengths of one byte each, and the number ends inside of its entry. */
static bool learn_kind(struct kind *kind, const uint8_t *p)
{
	memcpy(kind->head, p, sizeof(kind->head));
	kind->whole = 2 + (size_t)p[1];
	kind->last = HEAD_BYTES - 1 + (size_t)p[3];
	return p[0] == DUET_DER_SEQUENCE && p[1] < DUET_DER_LONG_LENGTH &&
	       p[2] == DUET_DER_INTEGER && p[3] > 0 && kind->last < kind->whole;
}

/*
 * Pass over entries as nearly all are, with another number than the wanted one:
 * a million of them take a fourth of what careful steps take. Stops at any that
 * is otherwise, and does not judge it.
 */
static void skip_others(struct walker *walker, struct duet_bytes wanted)
{
	const uint8_t *w = wanted.data;
	const uint8_t *p = walker->left.data;
	size_t left = walker->left.len;
	struct kind kind = { .whole = 0 };
	size_t until;

	if (left < HEAD_BYTES || wanted.len == 0)
		return;
	/* Then it has to be told. */
	until = DUET_CRL_PIECE - (place_of(walker) - walker->told);
	until = left > until ? left - until : 0;
	while (left > until && left >= HEAD_BYTES) {
		if ((kind.whole == 0 ||
		     memcmp(p, kind.head, sizeof(kind.head)) != 0) &&
		    !learn_kind(&kind, p))
			break;
		if (left < kind.whole || p[kind.last] == w[wanted.len - 1])
			break;
		p += kind.whole;
		left -= kind.whole;
	}
	walker->left = duet_der_bytes(p, left);
}

int duet_crl_find(const struct duet_crl_scan *scan, struct duet_bytes serial,
		  const struct duet_crl_walk *walk, struct duet_crl_entry *ret)
{
	struct walker walker = walker_of(scan, walk);
	struct duet_bytes wanted = without_zeros(serial);
	struct duet_der listed;
	struct duet_der entry;
	const char *why;

	for (;;) {
		skip_others(&walker, wanted);
		if (!next_entry(&walker, &entry, &listed))
			break;
		if (!is_same(without_zeros(listed.content), wanted))
			continue;
		/* It was taken for good when it was checked; a list that is
		 * not readable here says "revoked" all the same. */
		if (read_entry(entry.content, ret, &why) == DUET_E_PEM)
			return DUET_E_PEM;
		return DUET_OK;
	}
	return walker.left.len == 0 ? DUET_EOF : DUET_E_PEM;
}

bool duet_crl_next_uri(const struct duet_crl_scan *scan, size_t *at,
		       struct duet_bytes *ret_uri)
{
	const uint8_t *p = scan->points.data;
	struct duet_der name;

	while (*at < scan->points.len) {
		struct duet_bytes rest =
			duet_der_bytes(p + *at, scan->points.len - *at);

		if (!duet_der_next(&rest, &name))
			return false;
		*at += name.whole.len;
		*ret_uri = name.content;
		if (name.tag == TAG_URI)
			return true;
	}
	return false;
}

bool duet_crl_is_for_uri(const struct duet_crl_scan *scan,
			 struct duet_bytes uri)
{
	struct duet_bytes own;
	size_t at = 0;

	while (duet_crl_next_uri(scan, &at, &own))
		if (is_same(own, uri))
			return true;
	return false;
}

/* s5.3.1; number 7 is not used. */
static const struct {
	const char *name;
	const char *words;
} reasons[REASON_MAX + 1] = {
	{ "unspecified", "no reason given" },
	{ "keyCompromise", "its key was stolen" },
	{ "cACompromise", "the CA's key was stolen" },
	{ "affiliationChanged", "its holder has changed" },
	{ "superseded", "it was superseded" },
	{ "cessationOfOperation", "it is no longer in use" },
	{ "certificateHold", "it is on hold" },
	{ "unspecified", "no reason given" },
	{ "removeFromCRL", "no reason given" },
	{ "privilegeWithdrawn", "its privilege was withdrawn" },
	{ "aACompromise", "the attribute authority's key was stolen" },
};

const char *duet_crl_reason_words(int reason)
{
	return reasons[reason >= 0 && reason <= REASON_MAX ? reason : 0].words;
}

const char *duet_crl_reason_name(int reason)
{
	return reasons[reason >= 0 && reason <= REASON_MAX ? reason : 0].name;
}
