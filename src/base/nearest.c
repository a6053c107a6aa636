/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"

#include <string.h>

#include "base/str.h"

enum {
	LONGEST = 40, /* longer words are nobody's mistyped option */
};

void duet_nearest_init(struct duet_nearest *nearest, const char *word)
{
	nearest->word = word;
	nearest->best = NULL;
	nearest->distance = SIZE_MAX;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * Letters to put in, leave out, replace or swap with their neighbour (optimal
 * string alignment).
 */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[3][LONGEST + 1];
	size_t i;
	size_t j;

	for (j = 0; j <= b_len; j++)
		row[0][j] = j;
	for (i = 1; i <= a_len; i++) {
		size_t *now = row[i % 3];
		const size_t *last = row[(i - 1) % 3];
		const size_t *before = row[(i + 1) % 3];

		now[0] = i;
		for (j = 1; j <= b_len; j++) {
			size_t other = a[i - 1] != b[j - 1];

			now[j] = least(last[j] + 1, now[j - 1] + 1,
				       last[j - 1] + other);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return row[a_len % 3][b_len];
}

void duet_nearest_offer(struct duet_nearest *nearest, const char *candidate)
{
	size_t word_len = strlen(nearest->word);
	size_t len = strlen(candidate);
	size_t d;

	if (word_len == 0 || word_len > LONGEST || len > LONGEST)
		return;
	d = distance(nearest->word, word_len, candidate, len);
	/* Its beginning is as good a hint as one wrong letter. */
	if (word_len >= 2 && duet_str_starts(candidate, nearest->word))
		d = 1;
	if (d > (len + 1) / 3 || d >= nearest->distance)
		return;
	nearest->best = candidate;
	nearest->distance = d;
}
