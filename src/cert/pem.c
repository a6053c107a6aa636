/* SPDX-License-Identifier: MIT */
#include "cert/pem.h"

#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/str.h"
#include "cert/ossl.h"

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char tail_mark[] = "-----";

void duet_pem_reader_init(struct duet_pem_reader *reader,
			  struct duet_bytes text, const char *what)
{
	static const unsigned char bom[3] = { 0xEF, 0xBB, 0xBF };

	reader->text = text;
	reader->what = what;
	reader->at = 0;
	reader->line = 1;
	reader->block = 0;
	/* Editors on Windows put one before the first BEGIN. */
	if (text.len >= sizeof(bom) && memcmp(text.data, bom, sizeof(bom)) == 0)
		reader->at = sizeof(bom);
}

/* One line without its end and the blanks before it. */
static bool next_line(struct duet_pem_reader *reader, struct duet_bytes *ret)
{
	const char *start = (const char *)reader->text.data + reader->at;
	size_t left = reader->text.len - reader->at;
	const char *newline;
	size_t len;

	if (left == 0)
		return false;
	newline = memchr(start, '\n', left);
	len = newline != NULL ? (size_t)(newline - start) : left;
	reader->at += newline != NULL ? len + 1 : len;
	reader->line++;
	while (len > 0 && (start[len - 1] == '\r' || start[len - 1] == ' ' ||
			   start[len - 1] == '\t'))
		len--;
	ret->data = start;
	ret->len = len;
	return true;
}

static bool starts_with(struct duet_bytes line, const char *mark)
{
	return line.len >= strlen(mark) &&
	       memcmp(line.data, mark, strlen(mark)) == 0;
}

/* "-----BEGIN X-----" gives "X". */
static bool read_label(struct duet_bytes line, const char *mark,
		       char label[DUET_PEM_LABEL_BYTES])
{
	const char *text = line.data;
	size_t before = strlen(mark);
	size_t after = strlen(tail_mark);
	size_t len;

	if (!starts_with(line, mark) || line.len < before + after)
		return false;
	if (memcmp(text + line.len - after, tail_mark, after) != 0)
		return false;
	len = line.len - before - after;
	if (len >= DUET_PEM_LABEL_BYTES || memchr(text + before, 0, len))
		return false;
	memcpy(label, text + before, len);
	label[len] = '\0';
	return true;
}

static int begin_block(struct duet_pem_reader *reader, struct duet_bytes line,
		       struct duet_pem_block *block, struct duet_error *err)
{
	size_t at_line = reader->line - 1;

	if (starts_with(line, end_mark))
		return duet_error_set(err, DUET_E_PEM,
				      "%s: line %zu ends a block that no line begins: its BEGIN line is missing or damaged",
				      reader->what, at_line);
	if (!read_label(line, begin_mark, block->label))
		return duet_error_set(err, DUET_E_PEM,
				      "%s: line %zu is a damaged BEGIN line",
				      reader->what, at_line);
	block->number = ++reader->block;
	block->line = at_line;
	block->text.data = line.data;
	return DUET_OK;
}

static int end_block(struct duet_pem_reader *reader,
		     struct duet_pem_block *block, struct duet_error *err)
{
	char label[DUET_PEM_LABEL_BYTES];
	struct duet_bytes line = { NULL, 0 };

	while (next_line(reader, &line)) {
		if (starts_with(line, begin_mark))
			break;
		if (!starts_with(line, end_mark))
			continue;
		if (!read_label(line, end_mark, label) ||
		    strcmp(label, block->label) != 0)
			break;
		block->text.len = (size_t)((const char *)line.data + line.len -
					   (const char *)block->text.data);
		return DUET_OK;
	}
	return duet_error_set(err, DUET_E_PEM,
			      "%s: block %zu (line %zu) has no END line of its own: the file was cut or damaged",
			      reader->what, block->number, block->line);
}

int duet_pem_next(struct duet_pem_reader *reader,
		  struct duet_pem_block *ret_block, struct duet_error *err)
{
	struct duet_pem_block block = { 0 };
	struct duet_bytes line = { NULL, 0 };
	int rc;

	while (next_line(reader, &line)) {
		if (!starts_with(line, begin_mark) &&
		    !starts_with(line, end_mark))
			continue;
		rc = begin_block(reader, line, &block, err);
		if (rc == DUET_OK)
			rc = end_block(reader, &block, err);
		if (rc == DUET_OK)
			*ret_block = block;
		return rc;
	}
	return DUET_EOF;
}

int duet_pem_damaged(const struct duet_pem_block *block, const char *what,
		     struct duet_error *err)
{
	char label[DUET_PEM_LABEL_BYTES * 4];

	duet_str_printable(label, sizeof(label), duet_str(block->label));
	return duet_ossl_error_set(err, DUET_E_PEM,
				   "%s: block %zu (line %zu, %s) is damaged",
				   what, block->number, block->line, label);
}

/*
 * Base64 in lines, as nearly all write it; of bundles of certificates there
 * are 200 KB to read before the first connection, and this takes a fifth of
 * the time. NULL: it is for OpenSSL to say what it is, or what is wrong. Keys
 * are, too: what is looked up in a table can be seen from outside.
 */
static unsigned char *decode_lines(const struct duet_pem_block *block,
				   long *ret_len)
{
	struct duet_pem_reader reader;
	struct duet_bytes line = { NULL, 0 };
	size_t cap = block->text.len / 4 * 3;
	unsigned char *der;
	bool is_padded = false;
	size_t len = 0;
	size_t n = 0;

	if (duet_str_ends(block->label, "KEY"))
		return NULL;
	der = OPENSSL_malloc(cap);
	if (der == NULL)
		return NULL;
	duet_pem_reader_init(&reader, block->text, "");
	(void)next_line(&reader, &line);
	while (next_line(&reader, &line) && !starts_with(line, end_mark)) {
		if (is_padded || line.len == 0 ||
		    !duet_base64_decode(line, der + len, cap - len, &n))
			break;
		is_padded = n % 3 != 0;
		len += n;
	}
	if (len > 0 && starts_with(line, end_mark)) {
		*ret_len = (long)len;
		return der;
	}
	OPENSSL_free(der);
	return NULL;
}

/* Whatever a block may hold; der is as duet_pem_decode() gives it. */
static int decode_any(const struct duet_pem_block *block, const char *what,
		      unsigned char **ret_der, long *ret_len,
		      struct duet_error *err)
{
	unsigned char *der = NULL;
	char *header = NULL;
	char *label = NULL;
	BIO *bio = NULL;
	long len = 0;
	int rc;

	bio = BIO_new_mem_buf(block->text.data, (int)block->text.len);
	if (bio == NULL) {
		rc = duet_error_nomem(err);
		goto out;
	}
	if (PEM_read_bio(bio, &label, &header, &der, &len) != 1 ||
	    header[0] != '\0' || strcmp(label, block->label) != 0) {
		rc = duet_pem_damaged(block, what, err);
		goto out;
	}
	*ret_der = der;
	*ret_len = len;
	der = NULL;
	rc = DUET_OK;
out:
	OPENSSL_clear_free(der, der != NULL ? (size_t)len : 0);
	OPENSSL_free(header);
	OPENSSL_free(label);
	BIO_free(bio);
	return rc;
}

int duet_pem_decode(const struct duet_pem_block *block, const char *what,
		    unsigned char **ret_der, long *ret_len,
		    struct duet_error *err)
{
	if (block->text.len > INT_MAX)
		return duet_error_set(err, DUET_E_LIMIT,
				      "%s: block %zu is too long", what,
				      block->number);
	*ret_der = decode_lines(block, ret_len);
	if (*ret_der != NULL)
		return DUET_OK;
	return decode_any(block, what, ret_der, ret_len, err);
}
