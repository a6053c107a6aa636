/* SPDX-License-Identifier: MIT */
#include "mint/make.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "cli/secret.h"
#include "mint/files.h"
#include "mint/signer.h"

static const char *product_suffix(enum duet_mint_product product)
{
	return product == DUET_MINT_REQUEST ? ".csr" : ".pem";
}

void duet_mint_spec(struct duet_cert_spec *spec,
		    const struct duet_mint_options *options,
		    const char *const *names)
{
	*spec = (struct duet_cert_spec){
		.size = sizeof(*spec),
		.common_name = options->common_name,
		.organization = options->organization,
		.names = names,
		.usage = options->usage,
		.days = (int32_t)options->days,
		.permitted = options->permitted.items,
		.path_length = (int32_t)options->path_length,
		.crl_url = options->crl_url,
	};
}

static const char *kind_word(const struct duet_facts_cert *facts)
{
	switch (facts->kind) {
	case DUET_IS_CSR:
		return "certificate request";
	case DUET_IS_CRL:
		return "revocation list";
	case DUET_IS_PRIVATE_KEY:
		return "private key";
	default:
		return facts->is_ca ? "CA certificate" : "certificate";
	}
}

static void print_facts(const struct duet_facts_cert *facts)
{
	char end[DUET_TIME_TEXT_BYTES];
	size_t i;

	(void)printf("%s", kind_word(facts));
	if (facts->kind == DUET_IS_PRIVATE_KEY)
		(void)printf(" (%s), readable by you alone", facts->key);
	else if (facts->names[0] == NULL)
		(void)printf(" of %s", facts->kind == DUET_IS_CRL
					       ? facts->issuer
					       : facts->subject);
	for (i = 0; facts->names[i] != NULL; i++)
		(void)printf("%s%s", i == 0 ? " for " : ", ", facts->names[i]);
	if (facts->not_after != 0) {
		duet_time_text(end, facts->not_after);
		(void)printf(", valid until %.10s", end);
	}
	for (i = 0; facts->revoked[i] != NULL;)
		i++;
	if (facts->kind == DUET_IS_CRL)
		(void)printf(", lists %zu", i);
}

void duet_mint_report(const char *path, struct duet_bytes content)
{
	struct duet_inspection *inspection = duet_inspect(content, NULL);
	struct duet_facts_cert facts = { .size = sizeof(facts) };

	(void)printf("wrote %s", path);
	if (inspection != NULL &&
	    duet_inspection_get(inspection, 0, &facts) == DUET_OK) {
		(void)printf(": ");
		print_facts(&facts);
	}
	(void)printf("\n");
	duet_inspection_free(inspection);
}

void duet_mint_say_word(const char *before, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789@%+=:,./_-";
	const char *p;

	if (word[strspn(word, plain)] == '\0') {
		(void)printf("%s%s", before, word);
		return;
	}
	(void)printf("%s'", before);
	for (p = word; *p != '\0'; p++)
		(void)printf(*p == '\'' ? "'\\%c'" : "%c", *p);
	(void)printf("'");
}

static void say_client(const struct duet_mint_made *made)
{
	const char *file = made->options->passphrase_file;

	duet_mint_say_word("next: duet get --cert ", made->path);
	duet_mint_say_word(" --key ", made->key_path);
	if (file != NULL && strcmp(file, "-") != 0) {
		duet_mint_say_word(" --pass \"$(head -n 1 ", file);
		(void)printf(")\"");
	} else if (file != NULL) {
		(void)printf(" --pass PASSPHRASE");
	}
	(void)printf(" URL\n");
}

/* duet serve starts without anybody there to be asked for a passphrase. */
static void say_open_key(const struct duet_mint_made *made, const char *open)
{
	const char *file = made->options->passphrase_file;

	duet_mint_say_word("next: openssl pkey -in ", made->key_path);
	if (strcmp(file, "-") != 0)
		duet_mint_say_word(" -passin file:", file);
	duet_mint_say_word(" -out ", open);
	(void)printf("\n");
}

void duet_mint_say_use(const struct duet_mint_made *made, const char *listen)
{
	bool sealed = made->options->passphrase_file != NULL;
	const char *key = made->key_path;
	char *open = NULL;

	if (made->options->usage == DUET_USAGE_CLIENT) {
		say_client(made);
		return;
	}
	if (sealed) {
		open = duet_mint_sibling(made->key_path, ".open.key");
		key = open != NULL ? open : "OPEN-KEY";
		say_open_key(made, key);
	}
	(void)printf("%s duet serve DIR%s", sealed ? "     " : "next:", listen);
	duet_mint_say_word(" --cert ", made->path);
	duet_mint_say_word(" --key ", key);
	(void)printf("\n");
	duet_mem_free(open);
}

static int write_part(const char *path, const struct duet_buffer *pem,
		      enum duet_mint_secrecy secrecy,
		      const struct duet_mint_options *options,
		      struct duet_error *err)
{
	struct duet_bytes content = { pem->data, pem->len };
	int rc;

	rc = duet_mint_write(path, content, secrecy, options->force, err);
	if (rc == DUET_OK)
		duet_mint_report(path, content);
	return rc;
}

static int write_key(const struct duet_mint_made *made,
		     const struct duet_key *key, const char *passphrase,
		     struct duet_error *err)
{
	struct duet_buffer pem = { NULL, 0 };
	int rc;

	rc = duet_key_write(key, passphrase, &pem, err);
	if (rc == DUET_OK)
		rc = write_part(made->key_path, &pem, DUET_MINT_SECRET,
				made->options, err);
	duet_buffer_free(&pem);
	return rc;
}

static int produce(const struct duet_mint_job *job,
		   const struct duet_cert_spec *spec,
		   const struct duet_key *key, struct duet_buffer *ret_pem,
		   struct duet_error *err)
{
	struct duet_identity *ca;
	int rc;

	if (job->product == DUET_MINT_SELF_SIGNED)
		return duet_cert_self_signed(key, spec, ret_pem, err);
	if (job->product == DUET_MINT_REQUEST)
		return duet_csr_new(key, spec, ret_pem, err);
	ca = duet_mint_open_ca(job->options, err);
	if (ca == NULL)
		return err->code;
	rc = duet_cert_issue(ca, key, spec, ret_pem, err);
	duet_identity_release(ca);
	return rc;
}

/* Whatever cannot be written is refused here: what is written first may replace
 * the only copy of a key. */
static int choose_paths(struct duet_mint_made *made,
			enum duet_mint_product product, const char *base,
			struct duet_error *err)
{
	const struct duet_mint_options *options = made->options;
	int rc;

	if (options->out != NULL)
		base = options->out;
	made->path = duet_mint_sibling(base, product_suffix(product));
	made->key_path = options->key_file != NULL
				 ? duet_mem_strdup(options->key_file)
				 : duet_mint_sibling(base, ".key");
	if (made->path == NULL || made->key_path == NULL)
		return duet_error_nomem(err);
	rc = duet_mint_check_free(made->path, DUET_MINT_PUBLIC, options->force,
				  err);
	if (rc == DUET_OK && options->key_file == NULL)
		rc = duet_mint_check_free(made->key_path, DUET_MINT_SECRET,
					  options->force, err);
	return rc;
}

/* The key first: without it the rest is worth nothing. */
static int write_all(const struct duet_mint_made *made,
		     const struct duet_key *key, const char *passphrase,
		     const struct duet_buffer *pem, struct duet_error *err)
{
	int rc = DUET_OK;

	if (made->options->key_file == NULL)
		rc = write_key(made, key, passphrase, err);
	if (rc == DUET_OK)
		rc = write_part(made->path, pem, DUET_MINT_PUBLIC,
				made->options, err);
	return rc;
}

int duet_mint_make(const struct duet_mint_job *job,
		   const struct duet_cert_spec *spec, const char *base,
		   struct duet_error *err)
{
	struct duet_mint_made made = { .options = job->options };
	struct duet_buffer pem = { NULL, 0 };
	struct duet_key *key = NULL;
	char *passphrase = NULL;
	int rc;

	made.name = spec->names != NULL ? spec->names[0] : NULL;
	rc = choose_paths(&made, job->product, base, err);
	if (rc == DUET_OK)
		rc = duet_secret_read(job->options->passphrase_file,
				      "passphrase", &passphrase, err);
	if (rc != DUET_OK)
		goto out;
	key = duet_mint_open_key(job->options, passphrase, err);
	if (key == NULL) {
		rc = err->code;
		goto out;
	}
	rc = produce(job, spec, key, &pem, err);
	if (rc == DUET_OK)
		rc = write_all(&made, key, passphrase, &pem, err);
	if (rc == DUET_OK)
		job->next(&made);
out:
	duet_key_free(key);
	duet_buffer_free(&pem);
	duet_secret_free(passphrase);
	duet_mem_free(made.path);
	duet_mem_free(made.key_path);
	return rc;
}

int duet_mint_make_for(const struct duet_mint_job *job,
		       const char *const *names, struct duet_error *err)
{
	const char *first =
		names[0] != NULL ? names[0] : job->options->common_name;
	struct duet_cert_spec spec;
	char *base;
	int rc;

	if (first == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "NAME is missing, or for a client --cn");
	base = duet_mint_base_of_name(first);
	if (base == NULL)
		return duet_error_nomem(err);
	duet_mint_spec(&spec, job->options, names);
	rc = duet_mint_make(job, &spec, base, err);
	duet_mem_free(base);
	return rc;
}
