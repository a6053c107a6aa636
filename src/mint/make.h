/* SPDX-License-Identifier: MIT */
/* mint/make.h - one thing made for one key, and written: self-signed, issued
 * or a request. */
#ifndef DUET_MINT_MAKE_H
#define DUET_MINT_MAKE_H

#include <duet/cert.h>

#include "mint/options.h"

enum duet_mint_product {
	DUET_MINT_SELF_SIGNED,
	DUET_MINT_ISSUED, /* by the CA of the options */
	DUET_MINT_REQUEST,
};

/* What was made, for the command's last words. */
struct duet_mint_made {
	const struct duet_mint_options *options;
	const char *name; /* the first one it is for */
	char *path;       /* of the certificate or request */
	char *key_path;   /* also of a key that was there */
};
typedef void duet_mint_next_fn(const struct duet_mint_made *made);

struct duet_mint_job {
	const struct duet_mint_options *options;
	enum duet_mint_product product;
	duet_mint_next_fn *next; /* prints what to do now */
};

/*
 * Make and write it, with the key unless that was there, and say so on
 * standard output. base names the files, unless --out does.
 */
DUET_CHECK int duet_mint_make(const struct duet_mint_job *job,
			      const struct duet_cert_spec *spec,
			      const char *base, struct duet_error *err);
/* The same for names (NULL-terminated), the files called after the first, or
 * without any after --cn. */
DUET_CHECK int duet_mint_make_for(const struct duet_mint_job *job,
				  const char *const *names,
				  struct duet_error *err);

/* The spec that the options describe, for names (NULL-terminated, or NULL). */
void duet_mint_spec(struct duet_cert_spec *spec,
		    const struct duet_mint_options *options,
		    const char *const *names);
/* Of a line to be run as it stands: word in quotes where a shell needs them. */
void duet_mint_say_word(const char *before, const char *word);
/* "next: duet serve ..." or "duet get ...", to be run as they stand; listen is
 * what a server is told besides. */
void duet_mint_say_use(const struct duet_mint_made *made, const char *listen);
/* "wrote x.org.pem: certificate for x.org, till 2027-02-22" */
void duet_mint_report(const char *path, struct duet_bytes content);

#endif
