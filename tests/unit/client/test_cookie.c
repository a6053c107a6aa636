/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "client/cookie.h"
#include "support/memory.h"
#include "support/unit.h"

#define NOW  1790000000 /* 2026-09-21 */
#define NAME "https://www.example.com/dir/page?query=/x/y"

enum {
	SHOWN_BYTES = 512,
};

/* What becomes of a Set-Cookie: "name|value|domain|path|", then H for host
 * only, S for Secure, O for HttpOnly, and '|' with how many seconds are left,
 * where that is said; NULL: it is refused. */
struct row {
	const char *url; /* NULL: NAME */
	const char *field;
	const char *is;
};

static const struct row grammar[] = {
	/* RFC 6265bis s5.6: names and values */
	{ 0, "a=b", "a|b|www.example.com|/dir|H" },
	{ 0, "a=", "a||www.example.com|/dir|H" },
	{ 0, "a", "|a|www.example.com|/dir|H" },
	{ 0, "=a", "|a|www.example.com|/dir|H" },
	{ 0, "=a=b", "|a=b|www.example.com|/dir|H" },
	{ 0, "", NULL },
	{ 0, "=", NULL },
	{ 0, " = ", NULL },
	{ 0, ";", NULL },
	{ 0, "; Secure", NULL },
	{ 0, "a=b=c", "a|b=c|www.example.com|/dir|H" },
	{ 0, "a==", "a|=|www.example.com|/dir|H" },
	{ 0, "  a  =  b  ", "a|b|www.example.com|/dir|H" },
	{ 0, "\ta\t=\tb\t;", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b c", "a|b c|www.example.com|/dir|H" },
	{ 0, "a b=c", "a b|c|www.example.com|/dir|H" },
	{ 0, "a=b\tc", "a|b\tc|www.example.com|/dir|H" },
	{ 0, "a=\"b\"", "a|\"b\"|www.example.com|/dir|H" },
	{ 0, "a=\"b;c\"", "a|\"b|www.example.com|/dir|H" },
	{ 0, "a=b,c=d", "a|b,c=d|www.example.com|/dir|H" },
	{ 0, "\"a\"=b", "\"a\"|b|www.example.com|/dir|H" },
	{ 0, "a=\xc3\xa4", "a|\xc3\xa4|www.example.com|/dir|H" },
	{ 0, "a=b\x01", NULL },
	{ 0, "a=b\x1f", NULL },
	{ 0, "a=b\x7f", NULL },
	{ 0, "a=b\nc", NULL },
	{ 0, "a=b; Path=/\x02", NULL },
	{ 0, "a=b;;;", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; unknown=x; y", "a|b|www.example.com|/dir|H" },
	{ 0, "A=b", "A|b|www.example.com|/dir|H" },
};

static const struct row attributes[] = {
	/* s5.6.4, s5.6.5: Secure and HttpOnly, in any case, whatever follows */
	{ 0, "a=b; Secure", "a|b|www.example.com|/dir|HS" },
	{ 0, "a=b; sEcUrE=no", "a|b|www.example.com|/dir|HS" },
	{ 0, "a=b;Secure;HttpOnly", "a|b|www.example.com|/dir|HSO" },
	{ 0, "a=b; httponly=false", "a|b|www.example.com|/dir|HO" },
	{ 0, "a=b; Secur", "a|b|www.example.com|/dir|H" },
	{ 0, "Secure=1", "Secure|1|www.example.com|/dir|H" },
	{ 0, "a=b; SameSite=Strict", "a|b|www.example.com|/dir|H" },
	{ "http://e.org/", "a=b; SameSite=None", "a|b|e.org|/|H" },
	{ "http://e.org/", "a=b; Secure", NULL },
	{ "http://e.org/", "a=b; HttpOnly", "a|b|e.org|/|HO" },
	/* s5.6.3, s5.1.4: Path */
	{ 0, "a=b; Path=/", "a|b|www.example.com|/|H" },
	{ 0, "a=b; path=/x", "a|b|www.example.com|/x|H" },
	{ 0, "a=b; Path=/x/", "a|b|www.example.com|/x/|H" },
	{ 0, "a=b; Path=x", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Path=", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Path", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Path=\"/x\"", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Path=/x; Path=/y", "a|b|www.example.com|/y|H" },
	{ 0, "a=b; Path=/x; Path=", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Path= /x ", "a|b|www.example.com|/x|H" },
	{ 0, "a=b; Path=/x=y?z", "a|b|www.example.com|/x=y?z|H" },
	{ "https://e.org", "a=b", "a|b|e.org|/|H" },
	{ "https://e.org/x", "a=b", "a|b|e.org|/|H" },
	{ "https://e.org/x/", "a=b", "a|b|e.org|/x|H" },
	{ "https://e.org/x/y/z", "a=b", "a|b|e.org|/x/y|H" },
	{ "https://e.org/?a/b/c", "a=b", "a|b|e.org|/|H" },
};

static const struct row domains[] = {
	/* s5.6.2, s5.7: Domain */
	{ 0, "a=b; Domain=example.com", "a|b|example.com|/dir|" },
	{ 0, "a=b; Domain=.example.com", "a|b|example.com|/dir|" },
	{ 0, "a=b; domain=EXAMPLE.com", "a|b|example.com|/dir|" },
	{ 0, "a=b; Domain=www.example.com", "a|b|www.example.com|/dir|" },
	{ 0, "a=b; Domain=..example.com", NULL },
	{ 0, "a=b; Domain=", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Domain", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Domain=.", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Domain=example.com; Domain=", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Domain=x.org; Domain=example.com", "a|b|example.com|/dir|" },
	{ 0, "a=b; Domain=example.com; Domain=x.org", NULL },
	{ 0, "a=b; Domain=x.www.example.com", NULL },
	{ 0, "a=b; Domain=ww.example.com", NULL },
	{ 0, "a=b; Domain=ample.com", NULL },
	{ 0, "a=b; Domain=example.org", NULL },
	{ 0, "a=b; Domain=example.com.", NULL },
	{ 0, "a=b; Domain= example.com ", "a|b|example.com|/dir|" },
	{ 0, "a=b; Domain=\"example.com\"", NULL },
	{ 0, "a=b; Domain=ex\xc3\xa4mple.com", NULL },
	/* s5.7: public suffixes */
	{ 0, "a=b; Domain=com", NULL },
	{ 0, "a=b; Domain=.com", NULL },
	{ 0, "a=b; Domain=com.", NULL },
	{ "https://a.co.uk/", "a=b; Domain=co.uk", NULL },
	{ "https://a.co.uk/", "a=b; Domain=a.co.uk", "a|b|a.co.uk|/|" },
	{ "https://co.uk/", "a=b; Domain=co.uk", "a|b|co.uk|/|H" },
	{ "https://x.github.io/", "a=b; Domain=github.io", NULL },
	{ "https://github.io/", "a=b; Domain=github.io", "a|b|github.io|/|H" },
	{ "https://a.com./", "a=b; Domain=com.", NULL },
	{ "https://localhost/", "a=b; Domain=localhost", "a|b|localhost|/|H" },
	{ "https://a.localhost/", "a=b; Domain=localhost", NULL },
	{ "https://a.internal/", "a=b; Domain=internal", NULL },
	/* s5.1.3: addresses have no names below them */
	{ "https://127.0.0.1/", "a=b", "a|b|127.0.0.1|/|H" },
	{ "https://127.0.0.1/", "a=b; Domain=127.0.0.1", "a|b|127.0.0.1|/|H" },
	{ "https://127.0.0.1/", "a=b; Domain=0.0.1", NULL },
	{ "https://127.0.0.1/", "a=b; Domain=1", NULL },
	{ "https://[::1]/", "a=b", "a|b|::1|/|H" },
	{ "https://[::1]/", "a=b; Domain=[::1]", NULL },
};

static const struct row times[] = {
	/* s5.6.1, s5.6.2: Max-Age and Expires */
	{ 0, "a=b; Max-Age=60", "a|b|www.example.com|/dir|H|60" },
	{ 0, "a=b; max-age=060", "a|b|www.example.com|/dir|H|60" },
	{ 0, "a=b; Max-Age=0", "a|b|www.example.com|/dir|H|gone" },
	{ 0, "a=b; Max-Age=-1", "a|b|www.example.com|/dir|H|gone" },
	{ 0, "a=b; Max-Age=-", "a|b|www.example.com|/dir|H|gone" },
	{ 0, "a=b; Max-Age=", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Max-Age", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Max-Age=+60", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Max-Age=60x", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Max-Age=6.0", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Max-Age=\"60\"", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Max-Age=99999999999999999999999999",
	  "a|b|www.example.com|/dir|H|34560000" },
	{ 0, "a=b; Max-Age=34560001", "a|b|www.example.com|/dir|H|34560000" },
	{ 0, "a=b; Max-Age=-99999999999999999999999999",
	  "a|b|www.example.com|/dir|H|gone" },
	{ 0, "a=b; Max-Age=60; Max-Age=90", "a|b|www.example.com|/dir|H|90" },
	{ 0, "a=b; Max-Age=60; Max-Age=x", "a|b|www.example.com|/dir|H|60" },
	{ 0, "a=b; Expires=Mon, 21 Sep 2026 14:13:30 GMT",
	  "a|b|www.example.com|/dir|H|10" },
	{ 0, "a=b; Expires=Mon, 21 Sep 1998 14:13:30 GMT",
	  "a|b|www.example.com|/dir|H|gone" },
	{ 0, "a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT",
	  "a|b|www.example.com|/dir|H|34560000" },
	{ 0, "a=b; Expires=soon", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Expires=0", "a|b|www.example.com|/dir|H" },
	{ 0, "a=b; Max-Age=60; Expires=Mon, 21 Sep 1998 14:13:30 GMT",
	  "a|b|www.example.com|/dir|H|60" },
	{ 0, "a=b; Expires=Mon, 21 Sep 2026 14:13:30 GMT; Max-Age=0",
	  "a|b|www.example.com|/dir|H|gone" },
	{ 0, "a=b; Max-Age=x; Expires=Mon, 21 Sep 2026 14:13:30 GMT",
	  "a|b|www.example.com|/dir|H|10" },
};

static const struct row prefixes[] = {
	/* s4.1.3, s5.7: in any case of letters */
	{ 0, "__Secure-a=b; Secure", "__Secure-a|b|www.example.com|/dir|HS" },
	{ 0, "__Secure-a=b; Secure; Domain=example.com",
	  "__Secure-a|b|example.com|/dir|S" },
	{ 0, "__Secure-a=b", NULL },
	{ 0, "__SECURE-a=b", NULL },
	{ "http://e.org/", "__Secure-a=b; Secure", NULL },
	{ "http://e.org/", "__secure-a=b", NULL },
	{ 0, "__Host-a=b; Secure; Path=/", "__Host-a|b|www.example.com|/|HS" },
	{ 0, "__host-a=b; Secure; Path=/", "__host-a|b|www.example.com|/|HS" },
	{ 0, "__Host-a=b; Path=/", NULL },
	{ 0, "__Host-a=b; Secure", NULL },
	{ 0, "__HOST-a=b; Secure; Path=/x", NULL },
	{ 0, "__Host-a=b; Secure; Path=/; Domain=example.com", NULL },
	{ 0, "__Host-a=b; Secure; Path=/; Domain=www.example.com", NULL },
	{ "https://e.org/", "__Host-a=b; Secure", NULL },
	{ 0, "__Host-=b; Secure; Path=/", "__Host-|b|www.example.com|/|HS" },
	{ 0, "__Host=b", "__Host|b|www.example.com|/dir|H" },
	{ 0, "x__Host-a=b", "x__Host-a|b|www.example.com|/dir|H" },
	/* ... and what has no name may not look like one that has */
	{ 0, "=__Host-a=b; Secure; Path=/", NULL },
	{ 0, "__Secure-a; Secure", NULL },
	{ 0, "=__secure-a", NULL },
	{ 0, "=x__Secure-a", "|x__Secure-a|www.example.com|/dir|H" },
};

static void show(char dst[SHOWN_BYTES], const struct duet_cookie *cookie)
{
	int n = snprintf(dst, SHOWN_BYTES, "%s|%s|%s|%s|%s%s%s", cookie->name,
			 cookie->value, cookie->domain, cookie->path,
			 cookie->host_only ? "H" : "",
			 cookie->secure ? "S" : "",
			 cookie->http_only ? "O" : "");

	if (!cookie->persistent)
		return;
	if (cookie->expires <= NOW)
		(void)snprintf(dst + n, SHOWN_BYTES - (size_t)n, "|gone");
	else
		(void)snprintf(dst + n, SHOWN_BYTES - (size_t)n, "|%lld",
			       (long long)cookie->expires - NOW);
}

static int parse(const struct row *row, char shown[SHOWN_BYTES],
		 struct duet_error *err)
{
	struct duet_cookie cookie;
	struct duet_url url;
	int rc;

	assert_int_equal(duet_url_parse(&url,
					row->url != NULL ? row->url : NAME,
					NULL),
			 DUET_OK);
	rc = duet_cookie_parse(&cookie, row->field, &url, NOW, err);
	if (rc == DUET_OK) {
		show(shown, &cookie);
		duet_cookie_done(&cookie);
	}
	duet_url_done(&url);
	return rc;
}

static void check(const struct row *rows, size_t n)
{
	char shown[SHOWN_BYTES];
	struct duet_error err;
	size_t i;

	for (i = 0; i < n; i++) {
		int rc = parse(&rows[i], shown, &err);

		if (rc != (rows[i].is != NULL ? DUET_OK : DUET_E_ARGUMENT))
			fail_msg("'%s': %d", rows[i].field, rc);
		if (rc == DUET_OK && strcmp(shown, rows[i].is) != 0)
			fail_msg("'%s': %s", rows[i].field, shown);
	}
}

static void reads_names_and_values(void **state)
{
	(void)state;
	check(grammar, COUNT(grammar));
}

static void reads_attributes(void **state)
{
	(void)state;
	check(attributes, COUNT(attributes));
}

static void judges_domains(void **state)
{
	(void)state;
	check(domains, COUNT(domains));
}

static void judges_times(void **state)
{
	(void)state;
	check(times, COUNT(times));
}

static void judges_prefixes(void **state)
{
	(void)state;
	check(prefixes, COUNT(prefixes));
}

/* s5.6: name and value 4096 together, the value of an attribute 1024. */
static void sizes_have_a_limit(void **state)
{
	static const struct {
		size_t name;
		size_t value;
		int rc;
	} rows[] = {
		{ 1, 4095, DUET_OK },         { 4096, 0, DUET_OK },
		{ 1, 4096, DUET_E_ARGUMENT }, { 4097, 0, DUET_E_ARGUMENT },
		{ 0, 4096, DUET_OK },         { 0, 4097, DUET_E_ARGUMENT },
	};
	static char field[8192];
	char shown[SHOWN_BYTES];
	struct row row = { NULL, field, NULL };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(field, 'n', rows[i].name);
		field[rows[i].name] = '=';
		memset(field + rows[i].name + 1, 'v', rows[i].value);
		field[rows[i].name + 1 + rows[i].value] = '\0';
		if (parse(&row, shown, NULL) != rows[i].rc)
			fail_msg("%zu", i);
	}
	/* Too long it is no attribute; 1024 is not too long. */
	for (i = 1024; i <= 1025; i++) {
		memcpy(field, "a=b; Path=/", 11);
		memset(field + 11, 'p', i - 1);
		field[10 + i] = '\0';
		assert_int_equal(parse(&row, shown, NULL), DUET_OK);
		assert_int_equal(strstr(shown, "|/dir|H") != NULL, i == 1025);
	}
}

/* s5.1.4 */
static void paths_match_by_directories(void **state)
{
	static const struct {
		const char *target;
		const char *path;
		bool matches;
	} rows[] = {
		{ "/", "/", true },        { "/x", "/", true },
		{ "/x", "/x", true },      { "/x/", "/x", true },
		{ "/x/y", "/x", true },    { "/x/y", "/x/", true },
		{ "/xy", "/x", false },    { "/x", "/x/", false },
		{ "/", "/x", false },      { "/X", "/x", false },
		{ "/x?y", "/x", true },    { "/x?/y", "/x?/y", false },
		{ "/?x/y", "/?x", false }, { "/%78", "/x", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (duet_cookie_path_matches(rows[i].target, rows[i].path) !=
		    rows[i].matches)
			fail_msg("%s %s", rows[i].target, rows[i].path);
}

static void a_refusal_is_harmless_words(void **state)
{
	const struct row row = { NULL, "\x1b[2J=b; Domain=com", NULL };
	const struct row other = { NULL, "\xff=b; Domain=com", NULL };
	char shown[SHOWN_BYTES];
	struct duet_error err;

	(void)state;
	assert_int_equal(parse(&row, shown, &err), DUET_E_ARGUMENT);
	assert_string_equal(err.text,
			    "the cookie '' has a control character in it");
	assert_int_equal(parse(&other, shown, &err), DUET_E_ARGUMENT);
	assert_string_equal(err.text,
			    "the cookie '\\xff' is for all of a public suffix, where strangers are");
}

static void survives_without_memory(void **state)
{
	struct duet_cookie cookie;
	struct duet_url url;
	bool failed = true;
	int rc;
	int n;

	(void)state;
	assert_int_equal(duet_url_parse(&url, NAME, NULL), DUET_OK);
	for (n = 0; failed; n++) {
		memory_fail(n);
		rc = duet_cookie_parse(&cookie, "a=b; Path=/", &url, NOW, NULL);
		if (rc == DUET_OK)
			duet_cookie_done(&cookie);
		failed = memory_done();
		assert_int_equal(rc, failed ? DUET_E_NOMEM : DUET_OK);
		assert_int_equal(memory.held, 0);
	}
	assert_true(n > 4);
	duet_url_done(&url);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names_and_values),
		cmocka_unit_test(reads_attributes),
		cmocka_unit_test(judges_domains),
		cmocka_unit_test(judges_times),
		cmocka_unit_test(judges_prefixes),
		cmocka_unit_test(sizes_have_a_limit),
		cmocka_unit_test(paths_match_by_directories),
		cmocka_unit_test(a_refusal_is_harmless_words),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
