/* SPDX-License-Identifier: MIT */
#include "settings/findings.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/grammar.h"
#include "base/mem.h"

enum {
	TEXT_BYTES = 1024,
};

/* A path may be "a\nb\e[2J", in quotes: it neither begins a line of its own
 * nor talks to the terminal. C1 controls, in UTF-8, count as such. */
static char *without_controls(const char *text)
{
	char shown[4 * TEXT_BYTES];
	size_t n = 0;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		bool is_c1 = c == 0xc2 && (unsigned char)text[1] >= 0x80 &&
			     (unsigned char)text[1] < 0xa0;

		if (is_c1)
			c = (unsigned char)*++text;
		if (duet_is_control(c) || is_c1)
			n += (size_t)snprintf(shown + n, 5, "\\x%02x", c);
		else
			shown[n++] = (char)c;
	}
	shown[n] = '\0';
	return duet_mem_strdup(shown);
}

/* Where there is no room: nothing is served for an error, which has to be seen.
 * False: there are errors alone. */
static bool drop_warning(struct duet_findings *findings)
{
	size_t i = findings->n;

	while (i > 0 && !findings->items[i - 1].is_warning)
		i--;
	if (i == 0)
		return false;
	duet_mem_free(findings->items[i - 1].text);
	findings->n--;
	memmove(&findings->items[i - 1], &findings->items[i],
		(findings->n - (i - 1)) * sizeof(findings->items[0]));
	return true;
}

static void add(struct duet_findings *findings, struct duet_place place,
		bool is_warning, const char *fmt, va_list args)
{
	struct duet_finding *grown;
	char text[TEXT_BYTES];
	size_t n;

	findings->n_errors += !is_warning;
	if (findings->n == DUET_FINDINGS_MAX) {
		findings->n_left_out++;
		if (is_warning || !drop_warning(findings))
			return;
	}
	n = findings->n;
	(void)vsnprintf(text, sizeof(text), fmt, args);
	grown = duet_mem_resize(findings->items, (n + 1) * sizeof(*grown));
	if (grown == NULL) {
		findings->nomem = true;
		return;
	}
	findings->items = grown;
	grown[n] =
		(struct duet_finding){ place, is_warning, findings->n_found++,
				       without_controls(text) };
	if (grown[n].text == NULL)
		findings->nomem = true;
	else
		findings->n++;
}

void duet_findings_error(struct duet_findings *findings,
			 struct duet_place place, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(findings, place, false, fmt, args);
	va_end(args);
}

void duet_findings_warn(struct duet_findings *findings, struct duet_place place,
			const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(findings, place, true, fmt, args);
	va_end(args);
}

static int order(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int by_place(const void *a, const void *b)
{
	const struct duet_finding *one = a;
	const struct duet_finding *other = b;
	int by = order(one->place.line, other->place.line);

	if (by == 0)
		by = order(one->place.column, other->place.column);
	return by != 0 ? by : order(one->number, other->number);
}

void duet_findings_print(struct duet_findings *findings, const char *file,
			 FILE *out)
{
	size_t i;

	if (findings->n > 0)
		qsort(findings->items, findings->n, sizeof(findings->items[0]),
		      by_place);
	for (i = 0; i < findings->n; i++) {
		const struct duet_finding *item = &findings->items[i];

		(void)fprintf(out, "%s:", file);
		if (item->place.line > 0)
			(void)fprintf(out, "%zu:%zu:", item->place.line,
				      item->place.column);
		(void)fprintf(out, " %s%s\n",
			      item->is_warning ? "warning: " : "", item->text);
	}
	if (findings->n_left_out > 0)
		(void)fprintf(out, "%s: and %zu more\n", file,
			      findings->n_left_out);
}

void duet_findings_done(struct duet_findings *findings)
{
	size_t i;

	for (i = 0; i < findings->n; i++)
		duet_mem_free(findings->items[i].text);
	duet_mem_free(findings->items);
	*findings = (struct duet_findings){ 0 };
}
