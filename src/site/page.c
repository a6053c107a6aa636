/* SPDX-License-Identifier: MIT */
#include "site/page.h"

#include "site/text.h"

const char duet_page_type[] = "text/html; charset=utf-8";

/*
 * Text has a contrast of 4.5 to 1 at least with what is behind it, in both
 * schemes (WCAG 2.1 s1.4.3). A change here changes the digest below; the test
 * of this file says to what.
 */
const char duet_page_style[] =
	"\n"
	":root{color-scheme:light dark;--text:#1c2126;--dim:#58626d;"
	"--back:#fff;--soft:#f1f4f8;--line:#dfe4ea;--link:#0b57b0;"
	"--mark:#b23a1e}\n"
	"@media (prefers-color-scheme:dark){:root{--text:#e3e7ec;"
	"--dim:#9ea8b4;--back:#14181d;--soft:#1e242b;--line:#2e353e;"
	"--link:#8fbcff;--mark:#ff9478}}\n"
	"*,::before{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:62rem;padding:2.5rem 2rem;"
	"background:var(--back);color:var(--text);"
	"font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\n"
	"a{color:var(--link);text-underline-offset:.2em}\n"
	"nav a,table a{text-decoration:none}\n"
	"a:hover{text-decoration:underline}\n"
	"a:focus-visible{outline:2px solid;outline-offset:3px;"
	"border-radius:2px}\n"
	"h1{margin:0 0 1rem;font-size:1.6rem;line-height:1.25}\n"
	"h1 b{color:var(--mark)}\n"
	"bdi{white-space:pre-wrap}\n"
	"footer,caption,td,dt,.note{color:var(--dim)}\n"
	"footer,caption,thead,nav,dl{font-size:.875rem}\n"
	"footer{margin-top:1.5rem}\n"
	"nav{margin-bottom:1.25rem}\n"
	"nav ol{display:flex;flex-wrap:wrap;margin:0;padding:0;"
	"list-style:none}\n"
	"nav li+li::before{content:\"/\";margin:0 .5em;color:var(--dim)}\n"
	"table{--edge:.75rem;width:calc(100% + 2*var(--edge));"
	"margin:0 calc(-1*var(--edge));border-collapse:collapse}\n"
	"caption{padding:0 var(--edge) .75rem;text-align:left}\n"
	"th,td{padding:.4rem var(--edge);font-weight:400;text-align:left;"
	"vertical-align:baseline;border-bottom:1px solid var(--line)}\n"
	"th:first-child{width:100%}\n"
	"th+th,td{white-space:nowrap}\n"
	"td{font-variant-numeric:tabular-nums}\n"
	"th:nth-child(2),td:nth-child(2){text-align:right}\n"
	"th[aria-sort],.dir th{font-weight:600}\n"
	"tbody tr:hover{background:var(--soft)}\n"
	"tbody th{padding-left:calc(var(--edge) + 1.75em)}\n"
	"tbody a::before{content:\"\";display:inline-block;width:.8em;"
	"height:1em;margin:0 .8em 0 -1.6em;vertical-align:-.125em;"
	"border:1.5px solid;border-radius:2px;opacity:.6}\n"
	".dir a::before{width:1.05em;height:.8em;margin:0 .7em 0 -1.75em;"
	"vertical-align:-.05em;background:currentColor}\n"
	".error{max-width:36rem;margin:0 auto;padding-top:12vh}\n"
	".error h1{margin-bottom:.5rem;font-size:2rem}\n"
	".error p{margin:0}\n"
	".error p::first-letter{text-transform:uppercase}\n"
	"dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;"
	"margin:1.5rem 0;padding:.75rem 1rem;border-radius:6px;"
	"background:var(--soft)}\n"
	"dd{margin:0;font-family:ui-monospace,monospace}\n"
	"@media (max-width:32rem){body{padding:1.25rem 1rem}"
	"table{--edge:.5rem}thead,td{font-size:.8rem;line-height:1.4}"
	"th+th,td{padding-left:0;white-space:normal}"
	"td:nth-child(2){white-space:nowrap}"
	"time{display:block;width:6.6em}}\n";

/* CSP3 s6: where default-src does not reach, it has to be said. */
const char duet_page_policy[] = "default-src 'none'; "
				"style-src " DUET_PAGE_STYLE_SOURCE "; "
				"base-uri 'none'; form-action 'none'; "
				"frame-ancestors 'none'";

static const char before_title[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" "
	"content=\"width=device-width, initial-scale=1\">\n"
	"<title>";

int duet_page_begin(struct duet_buf *page, const char *words,
		    struct duet_bytes about)
{
	return duet_page_begin_with(page, words, about, "");
}

int duet_page_begin_with(struct duet_buf *page, const char *words,
			 struct duet_bytes about, const char *more)
{
	int rc = duet_buf_add_str(page, before_title);

	if (rc == DUET_OK)
		rc = duet_buf_add_str(page, words);
	if (rc == DUET_OK)
		rc = duet_text_html(page, about);
	if (rc == DUET_OK)
		rc = duet_buf_printf(page, "</title>\n<style>%s</style>\n",
				     duet_page_style);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(page, more);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(page, "</head>\n<body>\n");
	return rc;
}

int duet_page_end(struct duet_buf *page)
{
	return duet_buf_add_str(page, "</body>\n</html>\n");
}

int duet_page_fields(struct duet_exchange *exchange, bool html)
{
	int rc = duet_reply_header(exchange, "X-Content-Type-Options",
				   "nosniff");

	if (rc == DUET_OK && html)
		rc = duet_reply_header(exchange, "Content-Security-Policy",
				       duet_page_policy);
	return rc;
}
