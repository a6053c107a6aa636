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
		assert_string_equal(duet_mime_of(cases[i].path).type,
				    cases[i].type);
}

static void knows_what_is_not_compressed_yet(void **state)
{
	static const struct {
		const char *path;
		bool shrinks;
	} cases[] = {
		{ "a.html", true },   { "a.css", true },  { "a.js", true },
		{ "a.mjs", true },    { "a.json", true }, { "a.xml", true },
		{ "a.svg", true },    { "a.wasm", true }, { "a.ttf", true },
		{ "a.txt", true },    { "a.map", true },  { "a.ico", true },
		{ "a.woff2", false }, { "a.png", false }, { "a.jpg", false },
		{ "a.gz", false },    { "a.zst", false }, { "a.mp4", false },
		{ "a.pdf", false },   { "a.bin", false }, { "README", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (duet_mime_of(cases[i].path).shrinks != cases[i].shrinks)
			fail_msg("%s", cases[i].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_types_by_extension),
		cmocka_unit_test(knows_what_is_not_compressed_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
