/* SPDX-License-Identifier: MIT */
/*
 * A CRL as its bytes lie there: whatever they are, nothing beyond them is
 * read, and all that is told points into them.
 */
#include "cert/crl_scan.h"
#include "fuzz.h"

static struct duet_bytes all;

static void must_be_inside(struct duet_bytes part)
{
	const uint8_t *begin = all.data;
	const uint8_t *p = part.data;

	MUST(part.len == 0 || (p >= begin && part.len <= all.len &&
			       p - begin <= (ptrdiff_t)(all.len - part.len)));
}

static void note_passed(void *arg, size_t end)
{
	size_t *last = arg;

	MUST(end > *last && end <= all.len);
	*last = end;
}

static void look_up(const struct duet_crl_scan *scan)
{
	/* Some that corpora have, and the beginning of the entries itself. */
	static const uint8_t one[] = { 1 };
	struct duet_bytes serials[] = {
		{ one, sizeof(one) },
		{ one, 0 },
		{ scan->entries.data, scan->entries.len < 20 ? 0 : 20 },
	};
	struct duet_crl_entry entry = { 0, 0 };
	size_t last = 0;
	const struct duet_crl_walk walk = { note_passed, &last };
	size_t i;

	for (i = 0; i < sizeof(serials) / sizeof(serials[0]); i++) {
		int rc;

		last = 0;
		rc = duet_crl_find(scan, serials[i], &walk, &entry);
		MUST(rc == DUET_OK || rc == DUET_EOF || rc == DUET_E_PEM);
		MUST(duet_crl_reason_words(entry.reason) != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct duet_crl_scan scan;
	const char *why = NULL;
	struct duet_bytes uri;
	size_t at = 0;
	int rc;

	all = (struct duet_bytes){ data, size };
	rc = duet_crl_scan(&scan, all, &why);
	MUST(rc == DUET_OK || rc == DUET_E_PEM || rc == DUET_E_UNSUPPORTED);
	MUST(why != NULL);
	if (rc != DUET_OK)
		return 0;
	must_be_inside(scan.tbs);
	must_be_inside(scan.algorithm);
	must_be_inside(scan.signature);
	must_be_inside(scan.issuer);
	must_be_inside(scan.number);
	must_be_inside(scan.key_id);
	must_be_inside(scan.entries);
	must_be_inside(scan.points);
	while (duet_crl_next_uri(&scan, &at, &uri))
		must_be_inside(uri);
	rc = duet_crl_scan_entries(&scan, NULL, &why);
	MUST(rc == DUET_OK || rc == DUET_E_PEM || rc == DUET_E_UNSUPPORTED);
	look_up(&scan);
	return 0;
}
