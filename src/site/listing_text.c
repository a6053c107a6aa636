/* SPDX-License-Identifier: MIT */
#include "site/listing_text.h"

#include <string.h>

#include "base/clock.h"

/* So many digits of n, to the left of end. */
static void put_digits(char *end, unsigned n, int digits)
{
	for (; digits > 0; digits--) {
		*--end = (char)('0' + n % 10);
		n /= 10;
	}
}

size_t duet_listing_number(char dst[DUET_LISTING_SIZE_BYTES], uint64_t n,
			   char separator)
{
	char text[DUET_LISTING_SIZE_BYTES];
	char *end = text + sizeof(text);
	char *p = end;
	int digits = 0;

	do {
		if (separator != '\0' && digits > 0 && digits % 3 == 0)
			*--p = separator;
		*--p = (char)('0' + n % 10);
		digits++;
		n /= 10;
	} while (n > 0);
	memcpy(dst, p, (size_t)(end - p));
	dst[end - p] = '\0';
	return (size_t)(end - p);
}

size_t duet_listing_size(char dst[DUET_LISTING_SIZE_BYTES], uint64_t size)
{
	static const char units[][4] = { " B",  " kB", " MB", " GB",
					 " TB", " PB", " EB" };
	uint64_t unit = 1;
	uint64_t tenths;
	size_t len;
	size_t i = 0;

	/* What would be shown as 1000 of one is 1.0 of the next. */
	while (i + 1 < sizeof(units) / sizeof(units[0]) &&
	       size >= 1000 * unit - unit / 2) {
		unit *= 1000;
		i++;
	}
	tenths = (size + unit / 20) / (unit >= 10 ? unit / 10 : 1);
	if (i > 0 && tenths < 100) {
		len = duet_listing_number(dst, tenths / 10, '\0');
		dst[len++] = '.';
		dst[len++] = (char)('0' + tenths % 10);
	} else {
		len = duet_listing_number(dst, (size + unit / 2) / unit, '\0');
	}
	memcpy(dst + len, units[i], sizeof(units[i]));
	return len + strlen(units[i]);
}

size_t duet_listing_date(char dst[DUET_LISTING_DATE_BYTES], int64_t wall)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	const int64_t year_0 = -62167219200;
	const int64_t year_9999 = 253402300799;
	struct duet_civil t;

	if (wall < year_0)
		wall = year_0;
	if (wall > year_9999)
		wall = year_9999;
	duet_civil_from_wall(&t, wall);
	memcpy(dst, form, sizeof(form));
	put_digits(dst + 4, (unsigned)t.year, 4);
	put_digits(dst + 7, (unsigned)t.month, 2);
	put_digits(dst + 10, (unsigned)t.day, 2);
	put_digits(dst + 13, (unsigned)t.hour, 2);
	put_digits(dst + 16, (unsigned)t.minute, 2);
	put_digits(dst + 19, (unsigned)t.second, 2);
	return sizeof(form) - 1;
}
