/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "cert/inspect_int.h"

enum {
	TEXT_MAX = 64 * 1024 * 1024,
	SERIALS_SHOWN = 20,
};

static int add_line(struct duet_buf *out, const char *label, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return DUET_OK;
	return duet_buf_printf(out, "  %-11s%s\n", label, text);
}

static int add_list(struct duet_buf *out, const char *label,
		    const struct duet_strings *strings, size_t max)
{
	size_t i;
	int rc;

	if (strings->n == 0)
		return DUET_OK;
	rc = duet_buf_printf(out, "  %-11s", label);
	for (i = 0; rc == DUET_OK && i < strings->n && i < max; i++)
		rc = duet_buf_printf(out, "%s%s", i > 0 ? ", " : "",
				     strings->items[i]);
	if (rc == DUET_OK && strings->n > max)
		rc = duet_buf_printf(out, " and %zu more", strings->n - max);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(out, "\n");
	return rc;
}

/* What today is in the life of it: "ends in 80 days", "EXPIRED 3 days ago". */
static int add_dates(struct duet_buf *out, const struct duet_finding *finding,
		     int64_t now)
{
	bool is_crl = finding->kind == DUET_IS_CRL;
	char begin[DUET_TIME_TEXT_BYTES];
	char end[DUET_TIME_TEXT_BYTES];
	char distance[DUET_TIME_TEXT_BYTES];
	const char *verdict;

	duet_time_text(begin, finding->not_before);
	duet_time_text(end, finding->not_after);
	if (is_crl && finding->not_after == 0) /* RFC 5280 s5.1.2.5 wants it */
		return duet_buf_printf(out,
				       "  %-11s%s, with no next one announced\n",
				       "issued", begin);
	if (now < finding->not_before) {
		verdict = "NOT YET VALID, begins";
		duet_time_distance(distance, finding->not_before, now);
	} else if (now > finding->not_after) {
		verdict = is_crl ? "OVERDUE, the next was due" : "EXPIRED";
		duet_time_distance(distance, finding->not_after, now);
	} else {
		verdict = is_crl ? "next due" : "ends";
		duet_time_distance(distance, finding->not_after, now);
	}
	return duet_buf_printf(out, "  %-11s%s to %s (%s %s)\n", "valid", begin,
			       end, verdict, distance);
}

static int add_issuer(struct duet_buf *out, const struct duet_finding *finding)
{
	if (finding->self_signed)
		return add_line(out, "issuer", "itself (self-signed)");
	return add_line(out, "issuer", finding->issuer);
}

static const char *subject_of(const struct duet_finding *finding)
{
	if (finding->subject != NULL && finding->subject[0] != '\0')
		return finding->subject;
	return finding->names.n > 0 ? finding->names.items[0] : "(no subject)";
}

/* As --pin takes it. */
static int add_pin(struct duet_buf *out, const struct duet_finding *finding)
{
	char pin[80];

	if (finding->spki_sha256 == NULL || finding->spki_sha256[0] == '\0')
		return DUET_OK;
	(void)snprintf(pin, sizeof(pin), "sha256//%s", finding->spki_sha256);
	return add_line(out, "key pin", pin);
}

static int describe_cert(struct duet_buf *out,
			 const struct duet_finding *finding, int64_t now)
{
	int rc;

	rc = duet_buf_printf(out, "Certificate of %s\n", subject_of(finding));
	if (rc == DUET_OK)
		rc = add_list(out, "for", &finding->names, SIZE_MAX);
	if (rc == DUET_OK)
		rc = add_line(out, "usage", finding->usage);
	if (rc == DUET_OK)
		rc = add_list(out, "only below", &finding->permitted, SIZE_MAX);
	if (rc == DUET_OK)
		rc = add_issuer(out, finding);
	if (rc == DUET_OK)
		rc = add_dates(out, finding, now);
	if (rc == DUET_OK)
		rc = add_line(out, "key", finding->key);
	if (rc == DUET_OK)
		rc = add_line(out, "signature", finding->signature);
	if (rc == DUET_OK)
		rc = add_line(out, "serial", finding->serial);
	if (rc == DUET_OK)
		rc = add_line(out, "CRL", finding->crl_url);
	if (rc == DUET_OK)
		rc = add_line(out, "SHA-256", finding->sha256);
	if (rc == DUET_OK)
		rc = add_pin(out, finding);
	return rc;
}

static int describe_request(struct duet_buf *out,
			    const struct duet_finding *finding)
{
	int rc;

	rc = duet_buf_printf(out, "Certificate request of %s\n",
			     subject_of(finding));
	if (rc == DUET_OK)
		rc = add_list(out, "for", &finding->names, SIZE_MAX);
	if (rc == DUET_OK)
		rc = add_line(out, "usage", finding->usage);
	if (rc == DUET_OK)
		rc = add_line(out, "key", finding->key);
	if (rc == DUET_OK)
		rc = add_line(out, "signature", finding->signature);
	if (rc == DUET_OK && !finding->self_signed)
		rc = add_line(out, "WARNING", "not signed by the key it holds");
	if (rc == DUET_OK)
		rc = add_pin(out, finding);
	return rc;
}

static int describe_crl(struct duet_buf *out,
			const struct duet_finding *finding, int64_t now)
{
	int rc;

	rc = duet_buf_printf(out, "Revocation list (CRL) of %s\n",
			     finding->issuer);
	if (rc == DUET_OK)
		rc = add_line(out, "number", finding->serial);
	if (rc == DUET_OK)
		rc = add_dates(out, finding, now);
	if (rc == DUET_OK && finding->revoked.n == 0)
		rc = add_line(out, "revoked", "none");
	if (rc == DUET_OK)
		rc = add_list(out, "revoked", &finding->revoked, SERIALS_SHOWN);
	if (rc == DUET_OK)
		rc = add_line(out, "signature", finding->signature);
	if (rc == DUET_OK)
		rc = add_line(out, "SHA-256", finding->sha256);
	return rc;
}

static int describe_key(struct duet_buf *out,
			const struct duet_finding *finding)
{
	int rc;

	if (finding->encrypted)
		return duet_buf_add_str(out,
					"Private key, encrypted (not shown)\n");
	rc = duet_buf_printf(out, "Private key, %s (not shown)\n",
			     finding->key);
	if (rc == DUET_OK)
		rc = add_pin(out, finding);
	return rc;
}

static int describe(struct duet_buf *out, const struct duet_finding *finding,
		    int64_t now)
{
	switch (finding->kind) {
	case DUET_IS_CERTIFICATE:
		return describe_cert(out, finding, now);
	case DUET_IS_CSR:
		return describe_request(out, finding);
	case DUET_IS_CRL:
		return describe_crl(out, finding, now);
	case DUET_IS_PRIVATE_KEY:
		return describe_key(out, finding);
	}
	return DUET_OK;
}

int duet_inspection_text(const struct duet_inspection *inspection, int64_t now,
			 struct duet_buffer *ret_text, struct duet_error *err)
{
	struct duet_buf out;
	int rc = DUET_OK;
	size_t i;

	duet_buf_init(&out, TEXT_MAX);
	for (i = 0; rc == DUET_OK && i < inspection->n; i++) {
		if (i > 0)
			rc = duet_buf_add_str(&out, "\n");
		if (rc == DUET_OK)
			rc = describe(&out, &inspection->findings[i], now);
	}
	if (rc == DUET_OK)
		rc = duet_buf_take(&out, ret_text);
	duet_buf_done(&out);
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	if (rc != DUET_OK)
		return duet_error_set(err, rc,
				      "the description is longer than %d bytes",
				      TEXT_MAX);
	return DUET_OK;
}
