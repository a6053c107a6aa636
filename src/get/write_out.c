/* SPDX-License-Identifier: MIT */
#include "get/write_out.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/str.h"
#include "get/write_values.h"

enum {
	FORMAT_MAX = 1024 * 1024,
	SHOWN = 80,
};

/* Just one of the three. */
struct duet_get_write_piece {
	struct duet_bytes text; /* .data NULL: none */
	const char *header;     /* its name */
	const struct duet_get_value *value;
};

/* ---- the format ---- */

static int read_format(const char *arg, char **ret, struct duet_error *err)
{
	struct duet_buffer text = { NULL, 0 };
	const char *p;
	char *q;
	int rc;

	if (arg[0] != '@') {
		*ret = duet_mem_strdup(arg);
		return *ret != NULL ? DUET_OK : duet_error_nomem(err);
	}
	rc = duet_file_read_or_stdin(arg + 1, FORMAT_MAX, &text, err);
	if (rc != DUET_OK) {
		duet_error_prefix(err, "-w: ");
		return rc;
	}
	*ret = duet_mem_strndup(text.len > 0 ? text.data : "", text.len);
	duet_buffer_free(&text);
	if (*ret == NULL)
		return duet_error_nomem(err);
	for (p = *ret, q = *ret; *p != '\0'; p++)
		if (*p != '\n' && *p != '\r')
			*q++ = *p;
	*q = '\0';
	return DUET_OK;
}

static int refuse_name(const char *name, struct duet_error *err)
{
	const struct duet_get_value *value = duet_get_values;
	struct duet_nearest nearest;
	char shown[SHOWN];

	duet_str_printable(shown, sizeof(shown), duet_str(name));
	duet_nearest_init(&nearest, name);
	for (; value->name != NULL; value++)
		duet_nearest_offer(&nearest, value->name);
	if (nearest.best != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "-w: there is no %%{%s}; did you mean %%{%s}?",
				      shown, nearest.best);
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "-w: there is no %%{%s}; duet-get(1) lists what there is",
			      shown);
}

static const struct duet_get_value *value_of(const char *name)
{
	const struct duet_get_value *value = duet_get_values;

	while (value->name != NULL && strcmp(value->name, name) != 0)
		value++;
	return value->name != NULL ? value : NULL;
}

/* What begins behind a '%' at p, of which the braces' end is cut off; *ret_next
 * is behind it. DUET_EOF: nothing that means anything. */
static int read_name(char *p, struct duet_get_write_piece *ret, char **ret_next,
		     struct duet_error *err)
{
	static const char header[] = "header";
	char *open = p;
	char *close;

	while (duet_is_alpha((unsigned char)*open))
		open++;
	if (*open != '{')
		return DUET_EOF;
	close = strchr(open, '}');
	if (close == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "-w: a '{' has no '}' behind it");
	*close = '\0';
	*ret_next = close + 1;
	if (open == p) {
		ret->value = value_of(open + 1);
		return ret->value != NULL ? DUET_OK
					  : refuse_name(open + 1, err);
	}
	*open = '\0';
	ret->header = open + 1;
	if (strcmp(p, header) == 0)
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "-w: there is no %%%.20s{}; there are %%{NAME} and %%header{NAME}",
			      p);
}

/* One byte that stands for another, or for itself: how many it takes. */
static size_t read_escape(const char *p, struct duet_bytes *ret)
{
	static const char letters[] = "nrt";
	static const char bytes[] = "\n\r\t";
	const char *letter = p[1] != '\0' ? strchr(letters, p[1]) : NULL;

	if (letter == NULL) {
		*ret = (struct duet_bytes){ p, 1 };
		return 1;
	}
	*ret = (struct duet_bytes){ bytes + (letter - letters), 1 };
	return 2;
}

/* The next piece of what is at p. */
static int read_piece(char *p, struct duet_get_write_piece *ret,
		      char **ret_next, struct duet_error *err)
{
	int rc;

	*ret = (struct duet_get_write_piece){ .value = NULL };
	if (*p == '\\') {
		*ret_next = p + read_escape(p, &ret->text);
		return DUET_OK;
	}
	if (*p == '%') {
		rc = read_name(p + 1, ret, ret_next, err);
		if (rc != DUET_EOF)
			return rc;
		ret->text = (struct duet_bytes){ p, 1 };
		*ret_next = p + (p[1] == '%' ? 2 : 1);
		return DUET_OK;
	}
	ret->text = (struct duet_bytes){ p, strcspn(p, "\\%") };
	*ret_next = p + ret->text.len;
	return DUET_OK;
}

int duet_get_write_out_init(struct duet_get_write_out *write_out,
			    const char *arg, struct duet_error *err)
{
	char *p;
	int rc = read_format(arg, &write_out->format, err);

	if (rc != DUET_OK)
		return rc;
	/* Each takes a byte of it at least. */
	write_out->pieces = duet_mem_array(strlen(write_out->format) + 1,
					   sizeof(*write_out->pieces));
	if (write_out->pieces == NULL)
		return duet_error_nomem(err);
	for (p = write_out->format; *p != '\0';) {
		rc = read_piece(p, &write_out->pieces[write_out->n], &p, err);
		if (rc != DUET_OK)
			return rc;
		write_out->n++;
	}
	return DUET_OK;
}

void duet_get_write_out_done(struct duet_get_write_out *write_out)
{
	duet_mem_free(write_out->format);
	duet_mem_free(write_out->pieces);
	*write_out = (struct duet_get_write_out){ NULL, NULL, 0 };
}

bool duet_get_write_out_wants_sha256(const struct duet_get_write_out *write_out)
{
	const struct duet_get_value *sha256 = value_of("sha256");
	size_t i;

	for (i = 0; i < write_out->n; i++)
		if (write_out->pieces[i].value == sha256)
			return true;
	return false;
}

/* ---- the facts ---- */

static void print_header(FILE *out, const char *name,
			 const struct duet_get_outcome *outcome)
{
	if (outcome->head != NULL)
		duet_get_value_print_text(out,
					  duet_head_get(outcome->head, name));
}

/* false: there is no more to be written. */
static bool put(FILE **out, FILE *usual,
		const struct duet_get_write_piece *piece,
		const struct duet_get_outcome *outcome)
{
	if (piece->text.data != NULL) {
		(void)fwrite(piece->text.data, 1, piece->text.len, *out);
		return true;
	}
	if (piece->header != NULL) {
		print_header(*out, piece->header, outcome);
		return true;
	}
	if (piece->value->kind == DUET_GET_VALUE_ONERROR)
		return outcome->exit != 0;
	if (piece->value->kind == DUET_GET_VALUE_STDERR)
		*out = stderr;
	else if (piece->value->kind == DUET_GET_VALUE_STDOUT)
		*out = usual;
	else
		duet_get_value_print(*out, piece->value, outcome);
	return true;
}

int duet_get_write_out_put(const struct duet_get_write_out *write_out,
			   const struct duet_get_outcome *outcome, FILE *out,
			   struct duet_error *err)
{
	FILE *at = out;
	size_t i;

	if (write_out->n == 0)
		return DUET_OK; /* that others failed there is said by them */
	for (i = 0; i < write_out->n; i++)
		if (!put(&at, out, &write_out->pieces[i], outcome))
			break;
	if (fflush(out) == 0 && !ferror(out))
		return DUET_OK;
	return duet_error_sys(err, DUET_E_SYSTEM, errno,
			      "cannot write to standard output");
}
