/* SPDX-License-Identifier: MIT */
/*
 * Whatever cert/ reads: the first byte says as what the rest is taken, so that
 * a seed stays what it is.
 */
#include <duet/cert.h>

#include "fuzz.h"
#include "unit/cert/fixture.h"

/* Made once, and kept. */
static const struct duet_identity *the_ca(void)
{
	static struct duet_identity *ca;

	if (ca != NULL)
		return ca;
	ca = duet_identity_new(DUET_IDENTITY(.cert_pem = duet_str(fixture_ca),
					     .key_pem = duet_str(fixture_key)),
			       NULL);
	MUST(ca != NULL);
	return ca;
}

/* A failure has a sentence, a success leaves the error alone. */
static void check_status(int rc, const struct duet_error *err)
{
	MUST(rc == DUET_OK || (rc == err->code && err->text[0] != '\0'));
}

static void inspect(struct duet_bytes bytes)
{
	struct duet_facts_cert facts = { .size = sizeof(facts) };
	struct duet_error err = { 0 };
	struct duet_inspection *inspection = duet_inspect(bytes, &err);
	struct duet_buffer text = { NULL, 0 };
	const unsigned char *p;
	size_t i;

	check_status(inspection != NULL ? DUET_OK : err.code, &err);
	if (inspection == NULL) {
		MUST(err.code < 0);
		return;
	}
	MUST(duet_inspection_count(inspection) > 0);
	for (i = 0; i < duet_inspection_count(inspection); i++)
		MUST(duet_inspection_get(inspection, i, &facts) == DUET_OK);
	MUST(duet_inspection_text(inspection, 0, &text, &err) == DUET_OK);
	/* Nothing that a terminal would obey. */
	p = text.data;
	for (i = 0; i < text.len; i++)
		MUST((p[i] >= ' ' && p[i] != 0x7f) || p[i] == '\n');
	duet_buffer_free(&text);
	duet_inspection_free(inspection);
}

/* NOLINTNEXTLINE(readability-function-size): MUST counts as branches */
static void read_key(struct duet_bytes bytes)
{
	static const char *const passphrases[] = { NULL, "secret" };
	struct duet_buffer pem = { NULL, 0 };
	struct duet_error err = { 0 };
	struct duet_key *key;
	size_t i;

	for (i = 0; i < 2; i++) {
		key = duet_key_read(bytes, passphrases[i], &err);
		if (key == NULL) {
			MUST(err.code < 0 && err.text[0] != '\0');
			continue;
		}
		MUST(duet_key_write(key, NULL, &pem, &err) == DUET_OK);
		duet_buffer_free(&pem);
		duet_key_free(key);
	}
}

static void read_identity(const struct duet_identity_source *source)
{
	struct duet_error err = { 0 };
	struct duet_identity *identity = duet_identity_new(source, &err);

	MUST(identity != NULL || (err.code < 0 && err.text[0] != '\0'));
	duet_identity_release(identity);
}

static void sign_request(struct duet_bytes bytes)
{
	const struct duet_identity *ca = the_ca();
	struct duet_buffer pem = { NULL, 0 };
	struct duet_error err = { 0 };

	check_status(duet_csr_sign(ca, bytes, NULL, &pem, &err), &err);
	duet_buffer_free(&pem);
}

static void issue_crl(struct duet_bytes previous, struct duet_bytes revoked)
{
	const struct duet_identity *ca = the_ca();
	struct duet_buffer pem = { NULL, 0 };
	struct duet_error err = { 0 };

	check_status(duet_crl_issue(ca, previous, &revoked, revoked.len > 0, 0,
				    &pem, &err),
		     &err);
	duet_buffer_free(&pem);
}

static void decode(struct duet_bytes bytes)
{
	struct duet_buffer der = { NULL, 0 };
	struct duet_error err = { 0 };

	check_status(duet_pem_to_der(bytes, &der, &err), &err);
	duet_buffer_free(&der);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct duet_bytes none = { NULL, 0 };
	struct duet_bytes rest;

	if (size == 0)
		return 0;
	rest.data = data + 1;
	rest.len = size - 1;
	switch (data[0]) {
	case 'c': /* a chain, with its key */
		read_identity(DUET_IDENTITY(.cert_pem = rest,
					    .passphrase = "secret"));
		break;
	case 'd': /* PEM to be DER */
		decode(rest);
		break;
	case 'k': /* a key */
		read_key(rest);
		break;
	case 'l': /* a CRL to be continued */
		issue_crl(rest, none);
		break;
	case 'p': /* a PKCS#12 */
		read_identity(
			DUET_IDENTITY(.p12 = rest, .passphrase = "secret"));
		break;
	case 'q': /* a request */
		sign_request(rest);
		break;
	case 'r': /* a certificate to revoke */
		issue_crl(none, rest);
		break;
	default:
		inspect(rest);
	}
	return 0;
}
