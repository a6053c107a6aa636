/* SPDX-License-Identifier: MIT */
#include "cert/crl_scan.h"

#include <string.h>

#include "base/clock.h"

enum {
	TAG_BOOLEAN = 0x01,
	TAG_INTEGER = 0x02,
	TAG_BIT_STRING = 0x03,
	TAG_OCTET_STRING = 0x04,
	TAG_OID = 0x06,
	TAG_ENUMERATED = 0x0a,
	TAG_UTC_TIME = 0x17,
	TAG_GENERALIZED_TIME = 0x18,
	TAG_SEQUENCE = 0x30,
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
	LONG_TAG = 0x1f,
	LONG_LENGTH = 0x80,
	LENGTH_BYTES_MAX = 4, /* nobody publishes 4 GiB */
	VERSION_2 = 1,
	HEAD_BYTES = 4, /* of an entry: its tag and length, and its number's */
	REASON_MAX = 10,
};

static const char damaged[] = "not a CRL in DER, or damaged";

/* One element: its tag, its contents, and all of it with its head. */
struct element {
	uint8_t tag;
	struct duet_bytes content;
	struct duet_bytes whole;
};

static struct duet_bytes from(const uint8_t *p, size_t len)
{
	return (struct duet_bytes){ p, len };
}

/* X.690 s8.1.3, s10.1: the shortest form, and never the indefinite one. The
 * bytes of the length field are *used. */
static bool read_length(const uint8_t *p, size_t left, size_t *ret,
			size_t *used)
{
	size_t n;
	size_t i;

	if (left == 0)
		return false;
	*used = 1;
	*ret = p[0];
	if (p[0] < LONG_LENGTH)
		return true;
	n = p[0] & 0x7f;
	if (n == 0 || n > LENGTH_BYTES_MAX || left - 1 < n || p[1] == 0)
		return false;
	*ret = 0;
	for (i = 1; i <= n; i++)
		*ret = *ret << 8 | p[i];
	*used = 1 + n;
	return *ret >= LONG_LENGTH;
}

/* The next element of *in, which then begins behind it. */
static bool next(struct duet_bytes *in, struct element *ret)
{
	const uint8_t *p = in->data;
	size_t used;
	size_t len;

	if (in->len < 2 || (p[0] & LONG_TAG) == LONG_TAG ||
	    !read_length(p + 1, in->len - 1, &len, &used) ||
	    len > in->len - 1 - used)
		return false;
	ret->tag = p[0];
	ret->content = from(p + 1 + used, len);
	ret->whole = from(p, 1 + used + len);
	*in = from(p + ret->whole.len, in->len - ret->whole.len);
	return true;
}

static bool next_is(struct duet_bytes *in, uint8_t tag, struct element *ret)
{
	return next(in, ret) && ret->tag == tag;
}

static bool begins_with(struct duet_bytes in, uint8_t tag)
{
	return in.len > 0 && *(const uint8_t *)in.data == tag;
}

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
static bool read_time(const struct element *in, int64_t *ret)
{
	const uint8_t *p = in->content.data;
	struct duet_civil civil = { 0 };
	int century;

	if (in->tag == TAG_UTC_TIME && in->content.len == 13) {
		century = two(p) >= 50 ? 19 : 20;
	} else if (in->tag == TAG_GENERALIZED_TIME && in->content.len == 15) {
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

static bool read_bool(const struct element *in, bool *ret)
{
	const uint8_t *p = in->content.data;

	if (in->content.len != 1 || (p[0] != 0 && p[0] != 0xff))
		return false;
	*ret = p[0] != 0;
	return true;
}

static bool next_extension(struct duet_bytes *in, struct extension *ret)
{
	struct element part;
	struct element all;

	ret->critical = false;
	if (!next_is(in, TAG_SEQUENCE, &all) ||
	    !next_is(&all.content, TAG_OID, &part))
		return false;
	ret->oid = part.content;
	if (!next(&all.content, &part))
		return false;
	if (part.tag == TAG_BOOLEAN &&
	    (!read_bool(&part, &ret->critical) || !next(&all.content, &part)))
		return false;
	ret->value = part.content;
	return part.tag == TAG_OCTET_STRING && all.content.len == 0;
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
	struct element name;

	scan->has_points = true;
	if (!next(&value, &name) || value.len != 0)
		return false;
	if (name.tag == TAG_FULL_NAME)
		scan->points = name.content;
	return true;
}

static bool read_issuing_point(struct duet_crl_scan *scan,
			       struct duet_bytes value)
{
	struct element part;
	struct element all;

	if (!next_is(&value, TAG_SEQUENCE, &all) || value.len != 0)
		return false;
	while (all.content.len > 0) {
		bool good;

		if (!next(&all.content, &part))
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
	struct element number;

	if (!next_is(&value, TAG_INTEGER, &number) || value.len != 0 ||
	    number.content.len == 0)
		return false;
	scan->number = number.content;
	return true;
}

static bool read_key_id(struct duet_crl_scan *scan, struct duet_bytes value)
{
	struct element part;
	struct element all;

	if (!next_is(&value, TAG_SEQUENCE, &all) || value.len != 0)
		return false;
	if (begins_with(all.content, TAG_KEY_ID)) {
		if (!next(&all.content, &part))
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
	struct element outer;
	struct element all;
	int rc = DUET_OK;

	if (!next_is(&in, TAG_EXTENSIONS, &outer) || in.len != 0 ||
	    !next_is(&outer.content, TAG_SEQUENCE, &all) ||
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
	struct element version;

	if (!begins_with(*in, TAG_INTEGER))
		return true;
	return next(in, &version) && version.content.len == 1 &&
	       *(const uint8_t *)version.content.data == VERSION_2;
}

static bool read_dates(struct duet_crl_scan *scan, struct duet_bytes *in)
{
	struct element time;

	scan->next_update = INT64_MAX;
	if (!next(in, &time) || !read_time(&time, &scan->this_update))
		return false;
	if (!begins_with(*in, TAG_UTC_TIME) &&
	    !begins_with(*in, TAG_GENERALIZED_TIME))
		return true;
	return next(in, &time) && read_time(&time, &scan->next_update);
}

static int read_signed(struct duet_crl_scan *scan, struct duet_bytes in,
		       const char **ret_why)
{
	struct element part;

	/* s5.1.1.2: the algorithm stands in both places, the same. */
	if (!skip_version(&in) || !next_is(&in, TAG_SEQUENCE, &part) ||
	    !is_same(part.whole, scan->algorithm) ||
	    !next_is(&in, TAG_SEQUENCE, &part))
		return DUET_E_PEM;
	scan->issuer = part.whole;
	if (!read_dates(scan, &in))
		return DUET_E_PEM;
	if (begins_with(in, TAG_SEQUENCE)) {
		if (!next(&in, &part))
			return DUET_E_PEM;
		scan->entries = part.content;
	}
	return in.len == 0 ? DUET_OK : read_extensions(scan, in, ret_why);
}

/* X.690 s8.6: the first byte counts unused bits, and signatures have none. */
static bool read_signature(struct duet_crl_scan *scan, struct duet_bytes *in)
{
	struct element part;
	const uint8_t *p;

	if (!next_is(in, TAG_BIT_STRING, &part) || part.content.len < 2)
		return false;
	p = part.content.data;
	scan->signature = from(p + 1, part.content.len - 1);
	return p[0] == 0;
}

int duet_crl_scan(struct duet_crl_scan *ret, struct duet_bytes der,
		  const char **ret_why)
{
	struct duet_crl_scan scan = { .der = der };
	struct duet_bytes rest = der;
	struct element part;
	struct element all;
	struct element tbs;
	int rc;

	*ret_why = damaged;
	if (!next_is(&rest, TAG_SEQUENCE, &all) || rest.len != 0 ||
	    !next_is(&all.content, TAG_SEQUENCE, &tbs) ||
	    !next_is(&all.content, TAG_SEQUENCE, &part))
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
static bool next_entry(struct walker *walker, struct element *entry,
		       struct element *serial)
{
	struct duet_bytes in = walker->left;

	if (in.len == 0)
		return false;
	if (!next_is(&in, TAG_SEQUENCE, entry) ||
	    !next_is(&entry->content, TAG_INTEGER, serial) ||
	    serial->content.len == 0)
		return false;
	walker->left = in;
	tell(walker);
	return true;
}

static bool read_reason(struct duet_bytes value, uint8_t *ret)
{
	struct element reason;

	if (!next_is(&value, TAG_ENUMERATED, &reason) || value.len != 0 ||
	    reason.content.len != 1)
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
	struct element part;
	int rc = DUET_OK;

	ret->reason = 0;
	if (!next(&in, &part) || !read_time(&part, &ret->when))
		return DUET_E_PEM;
	if (in.len == 0)
		return DUET_OK;
	if (!next_is(&in, TAG_SEQUENCE, &part) || in.len != 0)
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
	struct element serial;
	struct element entry;
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
	return p[0] == TAG_SEQUENCE && p[1] < LONG_LENGTH &&
	       p[2] == TAG_INTEGER && p[3] > 0 && kind->last < kind->whole;
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
	walker->left = from(p, left);
}

int duet_crl_find(const struct duet_crl_scan *scan, struct duet_bytes serial,
		  const struct duet_crl_walk *walk, struct duet_crl_entry *ret)
{
	struct walker walker = walker_of(scan, walk);
	struct duet_bytes wanted = without_zeros(serial);
	struct element listed;
	struct element entry;
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
	struct element name;

	while (*at < scan->points.len) {
		struct duet_bytes rest = from(p + *at, scan->points.len - *at);

		if (!next(&rest, &name))
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
