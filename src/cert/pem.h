/* SPDX-License-Identifier: MIT */
/* cert/pem.h - the blocks of a PEM text (RFC 7468), one after the other. */
#ifndef DUET_CERT_PEM_H
#define DUET_CERT_PEM_H

#include <duet/error.h>

enum {
	DUET_PEM_LABEL_BYTES = 64,
};

struct duet_pem_reader {
	struct duet_bytes text;
	const char *what; /* how sentences call the text */
	size_t at;
	size_t line;  /* of at, from 1 */
	size_t block; /* blocks read so far */
};

struct duet_pem_block {
	char label[DUET_PEM_LABEL_BYTES]; /* "CERTIFICATE" */
	struct duet_bytes text;           /* its BEGIN line to its END line */
	size_t number;                    /* from 1 */
	size_t line;                      /* of its BEGIN line */
};

/* what is borrowed, and must be printable already. */
void duet_pem_reader_init(struct duet_pem_reader *reader,
			  struct duet_bytes text, const char *what);
/*
 * The next block; text around blocks is skipped. DUET_OK, DUET_EOF when there
 * is none, or DUET_E_PEM for a boundary line that has no partner: OpenSSL's
 * own reader would pass over such a block in silence.
 */
DUET_CHECK int duet_pem_next(struct duet_pem_reader *reader,
			     struct duet_pem_block *ret_block,
			     struct duet_error *err);
/*
 * The bytes inside, which must not be encrypted. *ret_der is the caller's,
 * for OPENSSL_clear_free(). DUET_E_PEM, DUET_E_NOMEM.
 */
DUET_CHECK int duet_pem_decode(const struct duet_pem_block *block,
			       const char *what, unsigned char **ret_der,
			       long *ret_len, struct duet_error *err);
/* The sentence for a block whose inside is not what its label says. */
int duet_pem_damaged(const struct duet_pem_block *block, const char *what,
		     struct duet_error *err);

#endif
