/* SPDX-License-Identifier: MIT */
/*
 * Of one text: a Set-Cookie, and what is kept of it; a file of cookies; a
 * Strict-Transport-Security; a file of hosts. What is written is read again as
 * the same.
 */
#include <stdlib.h>

#include <duet/state.h>

#include "client/cookie.h"
#include "client/cookies.h"
#include "client/host.h"
#include "client/hsts.h"
#include "fuzz.h"

enum {
	NOW = 1790000000,
};

static const char *const urls[] = { "https://a.example.org/x/y?z",
				    "http://example.org/",
				    "https://co.uk/",
				    "https://127.0.0.1/a/",
				    "https://[::1]/",
				    "https://localhost./b" };

static void check_cookie(const struct duet_cookie *cookie,
			 const struct duet_url *url)
{
	MUST(strlen(cookie->name) + strlen(cookie->value) <= DUET_COOKIE_MAX);
	MUST(cookie->name[0] != '\0' || cookie->value[0] != '\0');
	MUST(cookie->path[0] == '/');
	MUST(cookie->host_only
		     ? strcmp(cookie->domain, url->host) == 0
		     : duet_host_is_within(url->host, cookie->domain));
	MUST(cookie->host_only || !duet_host_is_public_suffix(cookie->domain));
	MUST(!cookie->secure || url->https);
	MUST(duet_cookie_has_honest_name(cookie));
	MUST(!cookie->persistent ||
	     cookie->expires <= NOW + DUET_COOKIE_AGE_MAX);
}

static void check_set_cookie(const char *text, const struct duet_url *url)
{
	const struct duet_header headers[] = { { "Set-Cookie", text },
					       { "Set-Cookie", "a=b" },
					       { NULL, NULL } };
	struct duet_cookies *cookies = duet_cookies_new(NULL);
	struct duet_cookie cookie;
	char *field = NULL;

	MUST(cookies != NULL);
	if (duet_cookie_parse(&cookie, text, url, NOW, NULL) == DUET_OK) {
		check_cookie(&cookie, url);
		duet_cookie_done(&cookie);
	}
	MUST(duet_cookies_take(cookies, url, headers, NOW) == DUET_OK);
	MUST(duet_cookies_field(cookies, url, NOW, &field) == DUET_OK);
	MUST(field == NULL || strlen(field) <= DUET_COOKIES_FIELD_MAX);
	free(field);
	duet_cookies_free(cookies);
}

/* Written, read and written again. */
static void check_files(struct duet_bytes text)
{
	struct duet_cookies *cookies = duet_cookies_new(NULL);
	struct duet_cookies *again = duet_cookies_new(NULL);
	struct duet_hsts *hsts = duet_hsts_new(NULL);
	struct duet_buffer one = { NULL, 0 };
	struct duet_buffer two = { NULL, 0 };

	MUST(cookies != NULL && again != NULL && hsts != NULL);
	/* What came before a line that is none is there. */
	(void)!duet_cookies_parse(cookies, text, NULL);
	MUST(duet_cookies_print(cookies, &one, NULL) == DUET_OK);
	MUST(duet_cookies_parse(again, (struct duet_bytes){ one.data, one.len },
				NULL) == DUET_OK);
	MUST(duet_cookies_print(again, &two, NULL) == DUET_OK);
	MUST(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
	duet_buffer_free(&one);
	duet_buffer_free(&two);
	(void)!duet_hsts_parse(hsts, text, NULL);
	MUST(duet_hsts_print(hsts, &one, NULL) == DUET_OK);
	MUST(duet_hsts_parse(hsts, (struct duet_bytes){ one.data, one.len },
			     NULL) == DUET_OK);
	duet_buffer_free(&one);
	duet_cookies_free(cookies);
	duet_cookies_free(again);
	duet_hsts_free(hsts);
}

static void check_hsts(const char *text)
{
	struct duet_hsts *hsts = duet_hsts_new(NULL);
	uint64_t max_age = 0;
	bool below = false;
	bool ok = duet_hsts_parse_value(text, &max_age, &below);

	MUST(hsts != NULL);
	MUST(duet_hsts_note(hsts, "a.example.org", text, NOW) == DUET_OK);
	MUST(duet_hsts_knows(hsts, "a.example.org", NOW) ==
	     (ok && max_age > 0));
	MUST(duet_hsts_knows(hsts, "b.a.example.org", NOW) ==
	     (ok && max_age > 0 && below));
	duet_hsts_free(hsts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct duet_url url;
	char *text;

	if (size < 1)
		return 0;
	text = malloc(size);
	MUST(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	MUST(duet_url_parse(&url,
			    urls[data[0] % (sizeof(urls) / sizeof(urls[0]))],
			    NULL) == DUET_OK);
	check_set_cookie(text, &url);
	check_hsts(text);
	check_files((struct duet_bytes){ data + 1, size - 1 });
	duet_url_done(&url);
	free(text);
	return 0;
}
