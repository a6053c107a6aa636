/* SPDX-License-Identifier: MIT */
#include "http/mime.h"
#include "support/unit.h"

static void knows_types_by_extension(void **state)
{
	static const struct {
		const char *path;
		const char *type;
	} cases[] = {
		{ "/index.html", "text/html; charset=utf-8" },
		{ "/INDEX.HTML", "text/html; charset=utf-8" },
		{ "a.7z", "application/x-7z-compressed" }, /* the first */
		{ "a.zst", "application/zstd" },           /* the last */
		{ "a.css", "text/css; charset=utf-8" },
		{ "a.js", "text/javascript; charset=utf-8" },
		{ "a.svg", "image/svg+xml" },
		{ "a.tar.gz", "application/gzip" },
		{ "a.webmanifest", "application/manifest+json" },
		{ "/a.html/b", "application/octet-stream" },
		{ "/README", "application/octet-stream" },
		{ "/.html", "application/octet-stream" },
		{ "/a.", "application/octet-stream" },
		{ "/a.unheard-of-extension", "application/octet-stream" },
		{ "", "application/octet-stream" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_string_equal(duet_mime_type(cases[i].path),
				    cases[i].type);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_types_by_extension),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
