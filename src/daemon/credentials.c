/* SPDX-License-Identifier: MIT */
#include "daemon/credentials.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <duet/cert.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/doubts.h"
#include "daemon/local_ca.h"

enum {
	FILE_MAX_BYTES = 1 << 20,
	DOUBTS_MAX_BYTES = 65536,
};

static int check_dates(const char *file, const struct duet_facts_cert *facts,
		       int64_t now, struct duet_error *err)
{
	char when[DUET_TIME_TEXT_BYTES];
	char distance[DUET_TIME_TEXT_BYTES];

	if (now > facts->not_after) {
		duet_time_text(when, facts->not_after);
		duet_time_distance(distance, facts->not_after, now);
		return duet_error_set(err, DUET_E_EXPIRED,
				      "'%s': this certificate expired %s (%s), "
				      "every client would refuse it; renew it",
				      file, distance, when);
	}
	if (now < facts->not_before) {
		duet_time_text(when, facts->not_before);
		return duet_error_set(err, DUET_E_NOT_YET_VALID,
				      "'%s': this certificate is valid only "
				      "from %s on; is this machine's clock "
				      "right?",
				      file, when);
	}
	return DUET_OK;
}

/* "x.org", "192.0.2.1" or "[::1]", new, of a name as duet_facts_cert has it;
 * NULL also for what no URL can name: a wildcard, an e-mail address. */
static char *host_of(const char *name)
{
	if (duet_str_starts(name, "IP:")) {
		name += strlen("IP:");
		return strchr(name, ':') != NULL ? duet_mem_printf("[%s]", name)
						 : duet_mem_strdup(name);
	}
	return strpbrk(name, "*:") == NULL && strcmp(name, "other") != 0
		       ? duet_mem_strdup(name)
		       : NULL;
}

static char *choose_host(const char *const *names)
{
	char *host = NULL;
	size_t i;

	for (i = 0; names != NULL && names[i] != NULL; i++)
		if (duet_str_eq_nocase(names[i], "localhost"))
			return duet_mem_strdup("localhost");
	for (i = 0; names != NULL && names[i] != NULL && host == NULL; i++)
		host = host_of(names[i]);
	return host != NULL ? host : duet_mem_strdup("localhost");
}

static size_t count_certificates(const struct duet_inspection *inspection)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < duet_inspection_count(inspection); i++) {
		struct duet_facts_cert facts = { .size = sizeof(facts) };

		n += duet_inspection_get(inspection, i, &facts) == DUET_OK &&
		     facts.kind == DUET_IS_CERTIFICATE;
	}
	return n;
}

static int copy_names(struct duet_credentials *credentials,
		      const char *const *names)
{
	size_t n = 0;

	while (names != NULL && names[n] != NULL)
		n++;
	credentials->names = duet_mem_array(n, sizeof(char *));
	if (credentials->names == NULL)
		return DUET_E_NOMEM;
	for (; credentials->n_names < n; credentials->n_names++) {
		char *copy = duet_mem_strdup(names[credentials->n_names]);

		if (copy == NULL)
			return DUET_E_NOMEM;
		credentials->names[credentials->n_names] = copy;
	}
	return DUET_OK;
}

/* Copy what the first certificate of a file says about itself. */
static int read_facts(struct duet_credentials *credentials,
		      const struct duet_inspection *inspection,
		      const char *file, int64_t now, struct duet_error *err)
{
	struct duet_facts_cert facts = { .size = sizeof(facts) };
	size_t i;
	int rc;

	/* A key may come before its certificate. */
	for (i = 0; i < duet_inspection_count(inspection); i++) {
		rc = duet_inspection_get(inspection, i, &facts);
		if (rc != DUET_OK)
			return rc;
		if (facts.kind == DUET_IS_CERTIFICATE)
			break;
	}
	rc = check_dates(file, &facts, now, err);
	if (rc != DUET_OK)
		return rc;
	credentials->not_after = facts.not_after;
	credentials->name = duet_mem_strdup(
		facts.names != NULL && facts.names[0] != NULL ? facts.names[0]
							      : facts.subject);
	if (facts.key != NULL)
		(void)snprintf(credentials->kind, sizeof(credentials->kind),
			       "%.*s", (int)strcspn(facts.key, " "), facts.key);
	credentials->host = choose_host(facts.names);
	rc = copy_names(credentials, facts.names);
	if (rc != DUET_OK)
		return duet_error_nomem(err);
	if (!facts.self_signed && count_certificates(inspection) == 1) {
		credentials->absent_issuer = duet_mem_strdup(facts.issuer);
		if (credentials->absent_issuer == NULL)
			return duet_error_nomem(err);
	}
	return credentials->name != NULL && credentials->host != NULL
		       ? DUET_OK
		       : duet_error_nomem(err);
}

static int read_doubts(struct duet_credentials *credentials,
		       const struct duet_inspection *inspection,
		       const char *file, const char *key_file, int64_t now,
		       struct duet_error *err)
{
	struct duet_bytes bytes;
	struct duet_buf lines;
	int rc;

	duet_buf_init(&lines, DOUBTS_MAX_BYTES);
	rc = duet_doubts_certificates(&lines, file, inspection, now);
	if (rc == DUET_OK)
		rc = duet_doubts_key(&lines,
				     key_file != NULL ? key_file : file);
	bytes = duet_buf_bytes(&lines);
	if (rc == DUET_OK && bytes.len > 0) {
		credentials->doubts = duet_mem_strndup(bytes.data, bytes.len);
		if (credentials->doubts == NULL)
			rc = DUET_E_NOMEM;
	}
	duet_buf_done(&lines);
	return rc == DUET_OK ? DUET_OK : duet_error_nomem(err);
}

static int look_into(struct duet_credentials *credentials, const char *file,
		     const char *key_file, int64_t now, struct duet_error *err)
{
	struct duet_buffer pem = { NULL, 0 };
	struct duet_inspection *inspection = NULL;
	int rc;

	rc = duet_file_read(file, FILE_MAX_BYTES, &pem, err);
	if (rc != DUET_OK)
		return rc;
	inspection =
		duet_inspect((struct duet_bytes){ pem.data, pem.len }, err);
	duet_buffer_free(&pem);
	if (inspection == NULL)
		return err->code;
	rc = read_facts(credentials, inspection, file, now, err);
	if (rc == DUET_OK)
		rc = read_doubts(credentials, inspection, file, key_file, now,
				 err);
	duet_inspection_free(inspection);
	return rc;
}

static void add_remedy(struct duet_error *err)
{
	if (err->code == DUET_E_PASSPHRASE)
		duet_error_append(err, ", which cannot be given here; store it "
				       "without one: openssl pkey -in FILE "
				       "-out NEW");
	else if (err->code == DUET_E_SYSTEM && err->sys == EACCES)
		duet_error_append(err, "; this user must be able to read it");
}

/* Each where the other should be: both fail, and only together they do not. */
static bool is_swapped(const char *cert_file, const char *key_file)
{
	struct duet_identity *identity;
	struct duet_error ignored;

	if (key_file == NULL)
		return false;
	identity = duet_identity_new(DUET_IDENTITY(.cert_file = key_file,
						   .key_file = cert_file),
				     &ignored);
	duet_identity_release(identity);
	return identity != NULL;
}

static int from_files(struct duet_credentials *credentials,
		      const char *cert_file, const char *key_file, int64_t now,
		      struct duet_error *err)
{
	credentials->identity =
		duet_identity_new(DUET_IDENTITY(.cert_file = cert_file,
						.key_file = key_file),
				  err);
	if (credentials->identity == NULL) {
		if (err->code == DUET_E_KEY_MISMATCH)
			duet_error_prefix(err, "'%s' and '%s': ", cert_file,
					  key_file != NULL ? key_file
							   : cert_file);
		add_remedy(err);
		if (is_swapped(cert_file, key_file))
			duet_error_append(err,
					  "; it is in '%s', and the key in this one: exchange the two",
					  key_file);
		return err->code;
	}
	return look_into(credentials, cert_file, key_file, now, err);
}

static int from_local_ca(struct duet_credentials *credentials, int64_t now,
			 struct duet_error *err)
{
	static const char *const names[] = { "localhost", NULL };
	struct duet_local_ca ca;
	int rc = duet_local_ca_open(&ca, now, err);

	if (rc != DUET_OK)
		return rc;
	credentials->not_after = ca.leaf_not_after;
	credentials->ca_path = ca.ca_path;
	credentials->ca_is_new = ca.made_now;
	credentials->identity = ca.leaf;
	credentials->name = duet_mem_strdup("localhost");
	credentials->host = duet_mem_strdup("localhost");
	return credentials->name != NULL && credentials->host != NULL &&
			       copy_names(credentials, names) == DUET_OK
		       ? DUET_OK
		       : duet_error_nomem(err);
}

int duet_credentials_open(struct duet_credentials *ret, const char *cert_file,
			  const char *key_file, int64_t now,
			  struct duet_error *err)
{
	struct duet_credentials credentials = { 0 };
	struct duet_error ignored;
	int rc;

	if (err == NULL)
		err = &ignored;
	rc = cert_file != NULL
		     ? from_files(&credentials, cert_file, key_file, now, err)
		     : from_local_ca(&credentials, now, err);
	if (rc == DUET_OK)
		*ret = credentials;
	else
		duet_credentials_done(&credentials);
	return rc;
}

void duet_credentials_done(struct duet_credentials *credentials)
{
	size_t i;

	duet_identity_release(credentials->identity);
	for (i = 0; i < credentials->n_names; i++)
		duet_mem_free(credentials->names[i]);
	duet_mem_free(credentials->names);
	duet_mem_free(credentials->name);
	duet_mem_free(credentials->host);
	duet_mem_free(credentials->ca_path);
	duet_mem_free(credentials->doubts);
	duet_mem_free(credentials->absent_issuer);
	*credentials = (struct duet_credentials){ 0 };
}
