/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "mint/command.h"
#include "mint/files.h"
#include "mint/make.h"
#include "mint/signer.h"

static const struct duet_opt options_table[] = {
	{ "revoke", 'r', "FILE", "list this certificate too; repeatable",
	  DUET_OPT_LIST(struct duet_mint_options, revoke) },
	DUET_MINT_OPT_CA("ca.pem"),
	DUET_MINT_OPT_CA_KEY,
	DUET_MINT_OPT_CA_PASSPHRASE,
	DUET_MINT_OPT_DAYS("7"),
	{ "out", 'o', "FILE", "the list, kept and added to [CA, as .crl]",
	  DUET_OPT_STRING(struct duet_mint_options, out) },
	{ "der", 0, "FILE", "write it here as DER too, for a web server",
	  DUET_OPT_STRING(struct duet_mint_options, der_file) },
	{ 0 },
};

static const struct duet_opt_command command = {
	.name = "duet cert crl",
	.usage = "[OPTION]...",
	.summary =
		"Revoke certificates: sign a new list (CRL) of what your CA has revoked.\n"
		"What the file lists already stays; without --revoke it is only renewed.",
	.options = options_table,
	.operand = "FILE",
};

struct job {
	const struct duet_mint_options *options;
	const char *path;
	const char *ca_file;
	struct duet_identity *ca;
	struct duet_buffer *revoked;
	struct duet_bytes *revoked_bytes;
	size_t n;
	struct duet_buffer crl;
};

static int read_revoked(struct job *job, struct duet_error *err)
{
	const struct duet_opt_list *revoke = &job->options->revoke;
	size_t i;
	int rc;

	job->revoked = duet_mem_array(revoke->count, sizeof(*job->revoked));
	job->revoked_bytes =
		duet_mem_array(revoke->count, sizeof(*job->revoked_bytes));
	if (job->revoked == NULL || job->revoked_bytes == NULL)
		return duet_error_nomem(err);
	for (i = 0; i < revoke->count; i++) {
		rc = duet_mint_read(revoke->items[i], &job->revoked[i], err);
		if (rc != DUET_OK)
			return rc;
		job->revoked_bytes[i].data = job->revoked[i].data;
		job->revoked_bytes[i].len = job->revoked[i].len;
		job->n++;
	}
	return DUET_OK;
}

/* The next list, after what the file holds now. */
static int sign(struct job *job, struct duet_error *err)
{
	struct duet_buffer previous = { NULL, 0 };
	int rc;

	rc = duet_mint_read(job->path, &previous, err);
	if (rc != DUET_OK && !(rc == DUET_E_SYSTEM && err->sys == ENOENT))
		return rc;
	rc = duet_crl_issue(job->ca,
			    (struct duet_bytes){ previous.data, previous.len },
			    job->revoked_bytes, job->n,
			    (int32_t)job->options->days, &job->crl, err);
	duet_buffer_free(&previous);
	return rc;
}

static bool is_list(const struct duet_facts_cert *facts)
{
	return facts->kind == DUET_IS_CRL;
}

static bool is_root(const struct duet_facts_cert *facts)
{
	return facts->self_signed;
}

/* Whether the first thing in a file is such. */
static bool begins_with(const char *path,
			bool (*is_such)(const struct duet_facts_cert *facts))
{
	struct duet_facts_cert facts = { .size = sizeof(facts) };
	struct duet_buffer content = { NULL, 0 };
	struct duet_inspection *inspection = NULL;
	bool is = false;

	if (duet_file_read(path, DUET_MINT_FILE_MAX, &content, NULL) == DUET_OK)
		inspection = duet_inspect((struct duet_bytes){ content.data,
							       content.len },
					  NULL);
	if (inspection != NULL)
		is = duet_inspection_get(inspection, 0, &facts) == DUET_OK &&
		     is_such(&facts);
	duet_inspection_free(inspection);
	duet_buffer_free(&content);
	return is;
}

static int write_der(const struct job *job, struct duet_error *err)
{
	struct duet_bytes pem = { job->crl.data, job->crl.len };
	const char *path = job->options->der_file;
	struct duet_buffer der = { NULL, 0 };
	int rc;

	if (path == NULL)
		return DUET_OK;
	/* What may be there is a list in DER, of which this is the next. */
	rc = duet_mint_check_free(path, DUET_MINT_PUBLIC,
				  begins_with(path, is_list), err);
	if (rc == DUET_OK)
		rc = duet_pem_to_der(pem, &der, err);
	if (rc == DUET_OK)
		rc = duet_mint_write(path,
				     (struct duet_bytes){ der.data, der.len },
				     DUET_MINT_PUBLIC, true, err);
	if (rc == DUET_OK)
		(void)printf("wrote %s: the same in DER\n", path);
	duet_buffer_free(&der);
	return rc;
}

/* RFC 5280 s6.3: every certificate of a chain needs a list, its issuer's. */
static void say_next(const struct job *job)
{
	if (begins_with(job->ca_file, is_root)) {
		duet_mint_say_word("next: duet get --cacert ", job->ca_file);
		duet_mint_say_word(" --crl ", job->path);
		(void)printf(" URL; renew it before it ends\n");
	} else {
		(void)printf(
			"next: duet get --crl DIR URL, with this list and that of every CA above it\n"
			"      in DIR; renew it before it ends\n");
	}
}

static int write_outputs(const struct job *job, struct duet_error *err)
{
	struct duet_bytes pem = { job->crl.data, job->crl.len };
	int rc;

	rc = duet_mint_write(job->path, pem, DUET_MINT_PUBLIC, true, err);
	if (rc != DUET_OK)
		return rc;
	duet_mint_report(job->path, pem);
	rc = write_der(job, err);
	if (rc == DUET_OK)
		say_next(job);
	return rc;
}

/*
 * What another command adds between our reading and our writing would be lost:
 * one at a time does both. The list itself cannot be the lock, for it is
 * replaced. Nobody is waited for meanwhile who has yet to type a passphrase.
 */
static int renew(struct job *job, struct duet_error *err)
{
	char *lock = duet_mem_printf("%s.lock", job->path);
	int fd = -1;
	int rc;

	if (lock == NULL)
		return duet_error_nomem(err);
	rc = duet_file_lock(lock, &fd, err);
	duet_mem_free(lock);
	if (rc != DUET_OK)
		return rc;
	rc = sign(job, err);
	if (rc == DUET_OK)
		rc = write_outputs(job, err);
	(void)close(fd);
	return rc;
}

static void free_job(struct job *job)
{
	size_t i;

	for (i = 0; i < job->n; i++)
		duet_buffer_free(&job->revoked[i]);
	duet_mem_free(job->revoked);
	duet_mem_free(job->revoked_bytes);
	duet_identity_release(job->ca);
	duet_buffer_free(&job->crl);
}

static int make(const struct duet_mint_options *options,
		const char *const *operands, int n, struct duet_error *err)
{
	const char *ca_file =
		options->ca_file != NULL ? options->ca_file : DUET_MINT_CA_FILE;
	struct job job = { .options = options, .ca_file = ca_file };
	char *path;
	int rc;

	(void)operands;
	(void)n;
	path = options->out != NULL ? duet_mem_strdup(options->out)
				    : duet_mint_sibling(ca_file, ".crl");
	if (path == NULL)
		return duet_error_nomem(err);
	job.path = path;
	rc = read_revoked(&job, err);
	if (rc == DUET_OK) {
		job.ca = duet_mint_open_ca(options, err);
		rc = job.ca != NULL ? renew(&job, err) : err->code;
	}
	free_job(&job);
	duet_mem_free(path);
	return rc;
}

int duet_mint_crl(int argc, char **argv)
{
	return duet_mint_run(&command, make, argc, argv);
}
