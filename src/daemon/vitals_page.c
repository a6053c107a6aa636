/* SPDX-License-Identifier: MIT */
/*
 * The status as a page:
 *
 *	main    how it is, in a sentence; figures; tables
 *	footer  the other forms
 *
 * It is complete without a script, and then loads itself anew now and then.
 * The script (vitals_look.c) is what makes it better than that.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "daemon/sheet.h"
#include "daemon/vitals.h"
#include "site/listing_text.h"
#include "site/page.h"

enum {
	NAME_BYTES = 64,     /* of a row, by us */
	SOON_S = 14 * 86400, /* a certificate that nobody has renewed by now */
};

/* ---- numbers and dates ---- */

static void put_number(struct duet_sheet *sheet, uint64_t n)
{
	char text[DUET_LISTING_SIZE_BYTES];

	(void)duet_listing_number(text, n, ',');
	duet_sheet_put(sheet, "%s", text);
}

static void put_cell(struct duet_sheet *sheet, uint64_t n)
{
	duet_sheet_put(sheet, "<td>");
	put_number(sheet, n);
	duet_sheet_put(sheet, "</td>");
}

/* "in 89 days", and when exactly to those who ask. */
static void put_distance(struct duet_sheet *sheet, int64_t wall, int64_t now)
{
	char date[DUET_LISTING_DATE_BYTES];
	char exact[DUET_TIME_TEXT_BYTES];
	char distance[DUET_TIME_TEXT_BYTES];

	(void)duet_listing_date(date, wall);
	duet_time_text(exact, wall);
	duet_time_distance(distance, wall, now);
	duet_sheet_put(sheet, "<time datetime=\"%s\" title=\"%s\">%s</time>",
		       date, exact, distance);
}

/* ---- how it is ---- */

static void put_state(struct duet_sheet *sheet,
		      const struct duet_vitals *vitals)
{
	char sentence[DUET_VITALS_SENTENCE_BYTES];
	char date[DUET_LISTING_DATE_BYTES];
	char exact[DUET_TIME_TEXT_BYTES];
	bool is_well = duet_vitals_is_well(vitals);

	duet_vitals_sentence(sentence, vitals);
	(void)duet_listing_date(date, vitals->now);
	duet_time_text(exact, vitals->now);
	duet_sheet_put(sheet,
		       "<main class=\"status\">\n"
		       "<h1 id=\"state\" data-live>Duet is %s%s%s</h1>\n"
		       "<p id=\"sentence\" role=\"status\" data-live>",
		       is_well ? "" : "<b>", duet_vitals_state(vitals),
		       is_well ? "" : "</b>");
	duet_sheet_html(sheet, sentence);
	duet_sheet_put(sheet,
		       "</p>\n<div class=\"bar\">\n"
		       "<p id=\"moment\" class=\"note\" data-live>As of "
		       "<time datetime=\"%s\">%s</time></p>\n"
		       "<button id=\"pause\" type=\"button\" aria-pressed=\"false\" "
		       "hidden>Pause updates</button>\n</div>\n"
		       "<p id=\"word\" class=\"soon\" role=\"status\"></p>\n",
		       date, exact);
}

static void put_figure(struct duet_sheet *sheet, const char *name,
		       const char *id, uint64_t n)
{
	duet_sheet_put(sheet,
		       "<div><dt>%s</dt><dd><data id=\"%s\" value=\"%" PRIu64
		       "\">",
		       name, id, n);
	put_number(sheet, n);
	duet_sheet_put(sheet, "</data></dd></div>\n");
}

static uint64_t sum_of(const uint64_t *numbers, size_t n)
{
	uint64_t sum = 0;

	while (n > 0)
		sum += numbers[--n];
	return sum;
}

/* "3 days": the figure beside it is how it is now, not what was. */
static void put_uptime(struct duet_sheet *sheet,
		       const struct duet_vitals *vitals)
{
	static const char ago[] = " ago";
	char date[DUET_LISTING_DATE_BYTES];
	char exact[DUET_TIME_TEXT_BYTES];
	char distance[DUET_TIME_TEXT_BYTES];

	(void)duet_listing_date(date, vitals->began);
	duet_time_text(exact, vitals->began);
	/* A clock that was set back is no reason to be of the future. */
	duet_time_distance(distance,
			   vitals->began < vitals->now ? vitals->began
						       : vitals->now - 1,
			   vitals->now);
	if (duet_str_ends(distance, ago))
		distance[strlen(distance) - strlen(ago)] = '\0';
	duet_sheet_put(sheet,
		       "<div><dt>Up for</dt><dd><time datetime=\"%s\" "
		       "title=\"since %s\">%s</time></dd></div>\n",
		       date, exact, distance);
}

static void put_usage(struct duet_sheet *sheet, const struct duet_usage *usage)
{
	char size[DUET_LISTING_SIZE_BYTES];

	if (usage->cpu_us >= 0)
		duet_sheet_put(sheet,
			       "<div><dt>Processor time</dt><dd>%" PRId64
			       ".%02" PRId64 " s</dd></div>\n",
			       usage->cpu_us / 1000000,
			       usage->cpu_us / 10000 % 100);
	if (usage->resident_bytes >= 0) {
		(void)duet_listing_size(size, (uint64_t)usage->resident_bytes);
		duet_sheet_put(sheet, "<div><dt>Memory</dt><dd>%s</dd></div>\n",
			       size);
	}
	if (usage->open_fds >= 0)
		put_figure(sheet, "Files open", "files",
			   (uint64_t)usage->open_fds);
}

static void put_figures(struct duet_sheet *sheet,
			const struct duet_vitals *vitals)
{
	const uint64_t *sums = vitals->sums;
	char sent[DUET_LISTING_SIZE_BYTES];

	(void)duet_listing_size(sent, sums[DUET_TALLY_SENT]);
	duet_sheet_put(sheet, "<dl id=\"figures\" class=\"figures\" data-live>"
			      "\n");
	put_uptime(sheet, vitals);
	put_figure(sheet, "Connections open", "open", vitals->n_open);
	put_figure(sheet, "Requests under way", "progress",
		   vitals->n_under_way);
	put_figure(sheet, "Requests", "requests", duet_tally_requests(sums));
	duet_sheet_put(sheet, "<div id=\"rates\" hidden><dt>Requests a second"
			      "</dt><dd id=\"rate\"></dd></div>\n");
	duet_sheet_put(sheet,
		       "<div><dt>Sent</dt><dd><data id=\"sent\" value=\"%" PRIu64
		       "\">%s</data></dd></div>\n",
		       sums[DUET_TALLY_SENT], sent);
	put_figure(sheet, "Replies cut", "cut",
		   sum_of(sums + DUET_TALLY_CUT_REPLY, 2 * DUET_TALLY_CUTS));
	put_figure(sheet, "Handshakes failed", "failed",
		   sum_of(sums + DUET_TALLY_FAILED, DUET_TALLY_REASONS));
	put_usage(sheet, &vitals->usage);
	duet_sheet_put(sheet, "</dl>\n");
}

/* ---- tables ---- */

/* heads: titles of columns, ended by NULL; the first is of the rows. */
static void begin_table(struct duet_sheet *sheet, const char *caption,
			const char *const *heads)
{
	duet_sheet_put(sheet, "<table>\n<caption>%s</caption>\n<thead>\n<tr>",
		       caption);
	for (; *heads != NULL; heads++)
		duet_sheet_put(sheet, "<th scope=\"col\">%s</th>", *heads);
	duet_sheet_put(sheet, "</tr>\n</thead>\n<tbody>\n");
}

static void end_table(struct duet_sheet *sheet)
{
	duet_sheet_put(sheet, "</tbody>\n</table>\n");
}

static void begin_section(struct duet_sheet *sheet, const char *id,
			  const char *class, const char *title)
{
	duet_sheet_put(sheet,
		       "<section id=\"%s\"%s aria-labelledby=\"%s-title\" "
		       "data-live>\n<h2 id=\"%s-title\">%s</h2>\n",
		       id, class, id, id, title);
}

static void end_section(struct duet_sheet *sheet)
{
	duet_sheet_put(sheet, "</section>\n");
}

static void put_none(struct duet_sheet *sheet, const char *sentence)
{
	duet_sheet_put(sheet, "<p class=\"note\">%s</p>\n", sentence);
}

static void begin_row(struct duet_sheet *sheet, const char *name)
{
	duet_sheet_put(sheet, "<tr><th scope=\"row\">");
	duet_sheet_html(sheet, name);
	duet_sheet_put(sheet, "</th>");
}

static void put_worker(struct duet_sheet *sheet, size_t number,
		       const struct duet_vitals_worker *worker, int64_t now)
{
	const char *how = duet_vitals_worker_state(worker);

	duet_sheet_put(sheet, "<tr><th scope=\"row\">%zu, ", number);
	if (worker->life.pid != 0)
		duet_sheet_put(sheet, "process %" PRId64 ", ",
			       worker->life.pid);
	if (strcmp(how, "accepting") == 0)
		duet_sheet_put(sheet, "%s</th><td class=\"long\">", how);
	else
		duet_sheet_put(sheet,
			       "<span class=\"soon\">%s</span></th>"
			       "<td class=\"long\">",
			       how);
	if (worker->life.pid != 0)
		put_distance(sheet, worker->life.since, now);
	duet_sheet_put(sheet, "</td>");
	put_cell(sheet, worker->life.open);
	put_cell(sheet, worker->requests);
	put_cell(sheet, worker->restarts);
	duet_sheet_put(sheet, "</tr>\n");
}

static void put_workers(struct duet_sheet *sheet,
			const struct duet_vitals *vitals)
{
	static const char *const heads[] = { "Worker",   "Began",    "Open",
					     "Requests", "Restarts", NULL };
	size_t i;

	begin_section(sheet, "workers", " class=\"wide\"", "Workers");
	if (vitals->n_workers == 0) {
		put_none(sheet, "Every connection has a process of its own.");
	} else {
		begin_table(sheet,
			    "Processes that serve, and how often each was replaced",
			    heads);
		for (i = 0; i < vitals->n_workers; i++)
			put_worker(sheet, i + 1, &vitals->workers[i],
				   vitals->now);
		end_table(sheet);
	}
	end_section(sheet);
}

static void put_sites(struct duet_sheet *sheet,
		      const struct duet_vitals *vitals)
{
	static const char *const heads[] = { "Site", "Requests", NULL };
	size_t i;

	if (vitals->n_sites < 2) /* it would be all of them */
		return;
	begin_section(sheet, "sites", "", "Sites");
	begin_table(sheet, "By the site that answers", heads);
	for (i = 0; i < vitals->n_sites; i++) {
		begin_row(sheet, duet_vitals_site_name(vitals, i));
		put_cell(sheet, vitals->site_requests[i]);
		duet_sheet_put(sheet, "</tr>\n");
	}
	end_table(sheet);
	end_section(sheet);
}

static void put_requests(struct duet_sheet *sheet, const uint64_t *sums)
{
	static const char *const heads[] = { "Status", "HTTP/1", "HTTP/2",
					     "All", NULL };
	char name[NAME_BYTES];
	size_t i;
	size_t p;

	begin_section(sheet, "by-status", "", "Requests");
	if (duet_tally_requests(sums) == 0) {
		put_none(sheet, "There were none yet.");
		end_section(sheet);
		return;
	}
	begin_table(sheet, "By the status of the reply", heads);
	for (i = 0; i < DUET_TALLY_STATUSES; i++) {
		uint64_t n[DUET_TALLY_PROTOCOLS];

		for (p = 0; p < DUET_TALLY_PROTOCOLS; p++)
			n[p] = duet_tally_requests_of(sums, p, i);
		if (n[0] + n[1] + n[2] + n[3] == 0)
			continue;
		(void)snprintf(name, sizeof(name), "%zu %s", i,
			       duet_status_reason((int)i));
		begin_row(sheet, i > 0 ? name : "No reply");
		put_cell(sheet, n[0] + n[1]);
		put_cell(sheet, n[2]);
		put_cell(sheet, n[0] + n[1] + n[2] + n[3]);
		duet_sheet_put(sheet, "</tr>\n");
	}
	end_table(sheet);
	end_section(sheet);
}

/* "Up to 5 ms", or above what the last one ends at */
static void name_bucket(char dst[NAME_BYTES], size_t bucket)
{
	bool is_last = bucket == DUET_TALLY_BUCKETS - 1;
	int64_t us = duet_tally_bucket_us[is_last ? bucket - 1 : bucket];
	const char *how = is_last ? "More than" : "Up to";

	if (us < 1000)
		(void)snprintf(dst, NAME_BYTES, "%s %" PRId64 " \u00b5s", how,
			       us);
	else if (us < 1000000)
		(void)snprintf(dst, NAME_BYTES, "%s %" PRId64 " ms", how,
			       us / 1000);
	else
		(void)snprintf(dst, NAME_BYTES, "%s %" PRId64 " s", how,
			       us / 1000000);
}

static void put_durations(struct duet_sheet *sheet, const uint64_t *sums)
{
	static const char *const heads[] = { "Time", "Requests", NULL };
	char name[NAME_BYTES];
	size_t i;

	begin_section(sheet, "durations", "", "Durations");
	if (duet_tally_requests(sums) == 0) {
		put_none(sheet, "There were no requests yet.");
		end_section(sheet);
		return;
	}
	begin_table(sheet,
		    "From the first byte of a request to the last of its reply",
		    heads);
	for (i = 0; i < DUET_TALLY_BUCKETS; i++) {
		if (sums[DUET_TALLY_BUCKET + i] == 0)
			continue;
		name_bucket(name, i);
		begin_row(sheet, name);
		put_cell(sheet, sums[DUET_TALLY_BUCKET + i]);
		duet_sheet_put(sheet, "</tr>\n");
	}
	end_table(sheet);
	end_section(sheet);
}

static void put_handshakes(struct duet_sheet *sheet, const uint64_t *sums)
{
	static const char *const heads[] = { "Version", "Full", "Resumed",
					     NULL };
	const uint64_t *done = sums + DUET_TALLY_HANDSHAKE;
	size_t i;

	begin_section(sheet, "handshakes", "", "Handshakes");
	begin_table(sheet, "Done, by version of TLS", heads);
	for (i = 0; i < DUET_TALLY_TLS_VERSIONS; i++) {
		/* The last is of versions that are off. */
		if (i == DUET_TALLY_TLS_VERSIONS - 1 &&
		    done[2 * i] + done[2 * i + 1] == 0)
			continue;
		begin_row(sheet, duet_tally_tls_versions[i]);
		put_cell(sheet, done[2 * i]);
		put_cell(sheet, done[2 * i + 1]);
		duet_sheet_put(sheet, "</tr>\n");
	}
	end_table(sheet);
	end_section(sheet);
}

/* In words, for people; what has none is shown as it is. */
static const char *words_of(const char *reason)
{
	static const char *const words[][2] = {
		{ "peer_left", "The client left before the end" },
		{ "peer_reset", "The client reset the connection" },
		{ "not_tls", "What came was not TLS" },
		{ "tls_version", "No version in common" },
		{ "tls_cipher", "No cipher suite in common" },
		{ "unknown_server_name", "A name that is not served here" },
		{ "client_certificate", "A client certificate was wanted" },
		{ "untrusted_issuer", "The client does not trust our issuer" },
		{ "expired", "Our certificate has expired, says the client" },
		{ "revoked", "Our certificate is revoked, says the client" },
		{ "bad_certificate", "The client refused our certificate" },
		{ "timeout", "It took too long" },
		{ "tls", "The rules of TLS were broken" },
		{ "other", "Other reasons" },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], reason) == 0)
			return words[i][1];
	return reason;
}

static void put_failed(struct duet_sheet *sheet, const uint64_t *sums)
{
	static const char *const heads[] = { "Reason", "Handshakes", NULL };
	const uint64_t *failed = sums + DUET_TALLY_FAILED;
	size_t i;

	begin_section(sheet, "failures", "", "Failed handshakes");
	if (sum_of(failed, DUET_TALLY_REASONS) == 0) {
		put_none(sheet, "None has failed.");
		end_section(sheet);
		return;
	}
	begin_table(sheet, "By reason; standard error has each with its client",
		    heads);
	for (i = 0; duet_tally_reason(i) != NULL; i++) {
		if (failed[i] == 0)
			continue;
		begin_row(sheet, words_of(duet_tally_reason(i)));
		put_cell(sheet, failed[i]);
		duet_sheet_put(sheet, "</tr>\n");
	}
	end_table(sheet);
	end_section(sheet);
}

static void put_cut_rows(struct duet_sheet *sheet, const char *what,
			 const uint64_t *cuts)
{
	static const char *const words[DUET_TALLY_CUTS] = {
		[DUET_CUT_CLOSE_NOTIFY] = "closed in good form",
		[DUET_CUT_FIN] = "ended without close_notify",
		[DUET_CUT_RESET] = "reset",
		[DUET_CUT_ALERT] = "a fatal alert",
		[DUET_CUT_PROTOCOL] = "broken HTTP",
		[DUET_CUT_TIMEOUT] = "a limit of time",
		[DUET_CUT_LOCAL] = "given up",
	};
	char name[NAME_BYTES];
	size_t cut;

	for (cut = DUET_CUT_NONE + 1; cut < DUET_TALLY_CUTS; cut++) {
		if (cuts[cut] + cuts[DUET_TALLY_CUTS + cut] == 0)
			continue;
		(void)snprintf(name, sizeof(name), "%s: %s", what, words[cut]);
		begin_row(sheet, name);
		put_cell(sheet, cuts[cut]);
		put_cell(sheet, cuts[DUET_TALLY_CUTS + cut]);
		duet_sheet_put(sheet, "</tr>\n");
	}
}

static void put_cuts(struct duet_sheet *sheet, const uint64_t *sums)
{
	static const char *const heads[] = { "Message", "By us",
					     "By the client", NULL };

	begin_section(sheet, "cuts", "", "Cut messages");
	/* Those of replies and requests are side by side. */
	if (sum_of(sums + DUET_TALLY_CUT_REPLY, 4 * DUET_TALLY_CUTS) == 0) {
		put_none(sheet, "None was cut.");
		end_section(sheet);
		return;
	}
	begin_table(sheet, "By who cut them, and how", heads);
	put_cut_rows(sheet, "Reply", sums + DUET_TALLY_CUT_REPLY);
	put_cut_rows(sheet, "Request", sums + DUET_TALLY_CUT_REQUEST);
	end_table(sheet);
	end_section(sheet);
}

static void put_certificates(struct duet_sheet *sheet,
			     const struct duet_vitals *vitals)
{
	static const char *const heads[] = { "Name", "Key", "Expires", NULL };
	size_t i;

	begin_section(sheet, "certificates", " class=\"wide\"", "Certificates");
	begin_table(sheet, "What sites prove themselves with", heads);
	for (i = 0; i < vitals->n_credentials; i++) {
		const struct duet_credentials *credentials =
			&vitals->credentials[i];
		bool soon = credentials->not_after - vitals->now < SOON_S;

		begin_row(sheet, credentials->name);
		duet_sheet_put(sheet, "<td>%s</td><td%s>", credentials->kind,
			       soon ? " class=\"soon\"" : "");
		put_distance(sheet, credentials->not_after, vitals->now);
		duet_sheet_put(sheet, "</td></tr>\n");
	}
	end_table(sheet);
	end_section(sheet);
}

/* ---- all of it ---- */

static int begin_page(struct duet_buf *page, const struct duet_vitals *vitals)
{
	struct duet_buf more;
	int rc;

	duet_buf_init(&more, DUET_VITALS_MAX_BYTES);
	rc = duet_buf_printf(&more,
			     "<style>%s</style>\n<noscript><meta http-equiv=\"refresh\" "
			     "content=\"5\"></noscript>\n",
			     duet_vitals_style);
	if (rc == DUET_OK)
		rc = duet_buf_add(&more, "", 1);
	if (rc == DUET_OK)
		rc = duet_page_begin_with(page, "Duet is ",
					  duet_str(duet_vitals_state(vitals)),
					  duet_buf_bytes(&more).data);
	duet_buf_done(&more);
	return rc;
}

static void put_footer(struct duet_sheet *sheet)
{
	duet_sheet_put(sheet,
		       "</div>\n</main>\n<footer>\n<nav aria-label=\"Other forms\">\n"
		       "<ul>\n<li><a href=\"./metrics\">Metrics for Prometheus</a>"
		       "</li>\n<li><a href=\"./status.json\">This page as JSON</a>"
		       "</li>\n<li><a href=\"./healthz\">Health</a></li>\n</ul>\n"
		       "</nav>\n<p>Duet %s</p>\n</footer>\n<script>",
		       DUET_VERSION);
	if (sheet->rc == DUET_OK)
		sheet->rc = duet_buf_add_str(sheet->buf, duet_vitals_script);
	duet_sheet_put(sheet, "</script>\n");
}

int duet_vitals_page(struct duet_buf *page, const struct duet_vitals *vitals)
{
	struct duet_sheet sheet = { page, begin_page(page, vitals) };

	put_state(&sheet, vitals);
	put_figures(&sheet, vitals);
	duet_sheet_put(&sheet, "<div class=\"tables\">\n");
	put_workers(&sheet, vitals);
	put_sites(&sheet, vitals);
	put_requests(&sheet, vitals->sums);
	put_durations(&sheet, vitals->sums);
	put_handshakes(&sheet, vitals->sums);
	put_failed(&sheet, vitals->sums);
	put_cuts(&sheet, vitals->sums);
	put_certificates(&sheet, vitals);
	put_footer(&sheet);
	return sheet.rc == DUET_OK ? duet_page_end(page) : sheet.rc;
}
