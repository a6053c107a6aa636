/* SPDX-License-Identifier: MIT */
#include "explain/draw.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "explain/screen.h"

/* How soon a row is left out where there are too many: the heaviest number
 * first. */
enum {
	NEVER = 0,
	CHAIN = 2,
	OTHER_FAULTS = 1,
	NOTES = 3,
	REACHED = 4,
	VERSIONS = 5,
	REVOCATION = 5,
	REVOCATION_ABOVE = 9, /* of those above, where it is not known */
	NAMES = 6,
	CLOSES = 6,
	RESUMES = 7,
	PLAIN_HTTP = 7,
	GROUPS = 7,
	PROTOCOLS = 8,
	CIPHER = 9,
	GAP = 10,
};

enum {
	TEXT = 512,
	DATE = 10, /* of a time, the characters of its date */
	LINES_OF_CAUSE = 4,
	CERTS_SHOWN = 5,
};

static const char *side_words(enum duet_explain_side side)
{
	switch (side) {
	case DUET_EXPLAIN_SERVER:
		return "the server's";
	case DUET_EXPLAIN_HERE:
		return "this machine's";
	case DUET_EXPLAIN_CALLER:
		return "yours";
	case DUET_EXPLAIN_BETWEEN:
		return "somebody's in between";
	case DUET_EXPLAIN_UNCERTAIN:
		return "cannot be told from here";
	case DUET_EXPLAIN_NOBODY:
		break;
	}
	return "nobody's";
}

/* ---- the verdict ---- */

static void add_title(struct duet_explain_screen *screen,
		      const struct duet_explain_facts *facts,
		      const struct duet_explain_findings *findings)
{
	const struct duet_explain_finding *worst = &findings->items[0];
	struct duet_explain_row *row;

	if (findings->n > 0 && worst->level == DUET_EXPLAIN_FAULT) {
		row = duet_explain_row(screen, NULL, NEVER, "BAD  %s  (%s)",
				       facts->url,
				       duet_status_word(worst->code));
		row->mark = DUET_EXPLAIN_RED;
	} else if (findings->n > 0 && worst->level == DUET_EXPLAIN_WARNING) {
		row = duet_explain_row(screen, NULL, NEVER,
				       "GOOD  %s  (soon: %s)", facts->url,
				       worst->what);
		row->mark = DUET_EXPLAIN_YELLOW;
	} else {
		row = duet_explain_row(screen, NULL, NEVER, "GOOD  %s",
				       facts->url);
		row->mark = DUET_EXPLAIN_GREEN;
	}
	row->hang = 6;
}

/* The first one, in all its parts. */
static void add_first(struct duet_explain_screen *screen,
		      const struct duet_explain_finding *finding)
{
	struct duet_explain_row *row;

	row = duet_explain_row(screen, "why", NEVER, "%s", finding->what);
	row->max_lines = LINES_OF_CAUSE;
	row = duet_explain_row(screen, "whose", NEVER, "%s%s%s",
			       side_words(finding->side),
			       finding->whose[0] != '\0' ? ": " : "",
			       finding->whose);
	row->max_lines = LINES_OF_CAUSE;
	if (finding->remedy[0] == '\0')
		return;
	row = duet_explain_row(screen, "to do", NEVER, "%s", finding->remedy);
	row->max_lines = LINES_OF_CAUSE;
}

static void add_others(struct duet_explain_screen *screen,
		       const struct duet_explain_findings *findings)
{
	size_t i;

	for (i = 0; i < findings->n; i++) {
		const struct duet_explain_finding *one = &findings->items[i];
		bool fault = one->level == DUET_EXPLAIN_FAULT;

		if (i == 0 && one->level != DUET_EXPLAIN_NOTE)
			continue;
		duet_explain_row(screen, fault ? "also" : "note",
				 fault ? OTHER_FAULTS : NOTES, "%s%s%s",
				 one->what, one->remedy[0] != '\0' ? ": " : "",
				 one->remedy);
	}
}

/* ---- the connection ---- */

/* ", TLS at 12 ms": since the beginning, as all of them. */
static void add_time(char *dst, size_t cap, const char *what, int64_t us)
{
	size_t used = strlen(dst);

	if (us >= 0 && used < cap)
		(void)snprintf(dst + used, cap - used, ", %s at %.0f ms", what,
			       (double)us / 1000);
}

static void add_reached(struct duet_explain_screen *screen,
			const struct duet_explain_facts *facts)
{
	char text[TEXT];
	size_t used;

	if (facts->address[0] == '\0')
		return;
	(void)snprintf(text, sizeof(text), "%s%s%s%s", facts->address,
		       facts->proxy[0] != '\0' ? " (the proxy " : "",
		       facts->proxy, facts->proxy[0] != '\0' ? ")" : "");
	add_time(text, sizeof(text), "TCP", facts->connected_us);
	add_time(text, sizeof(text), "TLS", facts->handshake_us);
	used = strlen(text);
	if (facts->first_byte_us >= 0)
		(void)snprintf(text + used, sizeof(text) - used,
			       ", answer %d at %.0f ms", facts->status,
			       (double)facts->first_byte_us / 1000);
	else if (facts->status > 0)
		(void)snprintf(text + used, sizeof(text) - used,
			       ", answer %d (nobody verified)", facts->status);
	duet_explain_row(screen, "reached", REACHED, "%s", text);
}

/* "X25519 (chosen), P-256; not P-384; not known: ..." */
static void add_offers(struct duet_explain_screen *screen, const char *label,
		       uint8_t weight, const struct duet_explain_offer *offers,
		       size_t n, const char *chosen)
{
	const char *heads[] = {
		[DUET_EXPLAIN_YES] = "",
		[DUET_EXPLAIN_NO] = "not ",
		[DUET_EXPLAIN_UNKNOWN] = "not known: ",
	};
	static const enum duet_explain_answer order[] = {
		DUET_EXPLAIN_YES, DUET_EXPLAIN_NO, DUET_EXPLAIN_UNKNOWN
	};
	size_t taken = 0;
	size_t refused = 0;
	char text[TEXT] = "";
	size_t i;
	size_t k;

	for (i = 0; i < n; i++) {
		taken += offers[i].taken == DUET_EXPLAIN_YES;
		refused += offers[i].taken == DUET_EXPLAIN_NO;
	}
	if (refused == n)
		heads[DUET_EXPLAIN_NO] = "none of ";

	for (k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
		const char *between = text[0] != '\0' ? "; " : "";

		for (i = 0; i < n; i++) {
			size_t used = strlen(text);

			if (offers[i].taken != order[k])
				continue;
			(void)snprintf(text + used, sizeof(text) - used,
				       "%s%s%s%s", between,
				       between[0] != ',' ? heads[order[k]] : "",
				       offers[i].name,
				       strcmp(offers[i].name, chosen) == 0
					       ? " (chosen)"
					       : "");
			between = ", ";
		}
	}
	if (taken + refused > 0)
		duet_explain_row(screen, label, weight, "%s", text);
}

static void add_tls(struct duet_explain_screen *screen,
		    const struct duet_explain_facts *facts)
{
	char version[16];

	(void)snprintf(version, sizeof(version), "TLS %s",
		       duet_str_starts(facts->version, "TLSv")
			       ? facts->version + 4
			       : "1.0");
	if (strcmp(version, "TLS 1") == 0)
		(void)snprintf(version, sizeof(version), "TLS 1.0");
	if (facts->version[0] == '\0')
		version[0] = '\0';
	add_offers(screen, "versions", VERSIONS, facts->versions,
		   DUET_EXPLAIN_VERSIONS, version);
	if (facts->cipher[0] != '\0' && facts->handshake_us >= 0)
		duet_explain_row(screen, "cipher", CIPHER, "%s", facts->cipher);
	add_offers(screen, "groups", GROUPS, facts->groups, DUET_EXPLAIN_GROUPS,
		   facts->group);
	add_offers(screen, "protocols", PROTOCOLS, facts->protocols,
		   DUET_EXPLAIN_PROTOCOLS, facts->alpn);
}

/* ---- certificates ---- */

/* So many bytes of text, or a letter's less. */
static size_t whole_bytes(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len <= max)
		return len;
	for (len = max; len > 0 && ((unsigned char)text[len] & 0xc0U) == 0x80U;)
		len--;
	return len;
}

static void describe(char dst[TEXT], const struct duet_explain_cert *cert,
		     int64_t now, bool with_distance)
{
	char date[DUET_TIME_TEXT_BYTES];
	char distance[DUET_TIME_TEXT_BYTES];
	bool future = cert->not_before > now;

	duet_time_text(date, future ? cert->not_before : cert->not_after);
	duet_time_distance(distance,
			   future ? cert->not_before : cert->not_after, now);
	(void)snprintf(dst, TEXT, "%.*s  %s  %s %.*s%s%s",
		       (int)whole_bytes(cert->name, DUET_EXPLAIN_COLUMNS),
		       cert->name, cert->key,
		       future                  ? "begins"
		       : cert->not_after < now ? "expired"
					       : "until",
		       DATE, date, with_distance || future ? ", " : "",
		       with_distance || future ? distance : "");
}

static void add_link(struct duet_explain_screen *screen, size_t depth,
		     const char *text, const char *behind)
{
	struct duet_explain_row *row =
		duet_explain_row(screen, depth == 0 ? "chain" : "", CHAIN,
				 "%*s%s%s%s", (int)(2 * depth), "",
				 depth > 0 ? "^ " : "", text, behind);

	row->hang = (uint8_t)(2 * depth + 2);
	row->max_lines = 2;
}

/* The one who would have to follow the last. */
static void add_missing(struct duet_explain_screen *screen, size_t depth,
			const struct duet_explain_facts *facts,
			const struct duet_explain_chain *chain)
{
	const struct duet_explain_cert *last = &chain->certs[chain->n - 1];
	char text[TEXT];

	if (last->self_signed)
		(void)snprintf(text, sizeof(text), "unknown here");
	else
		(void)snprintf(text, sizeof(text),
			       "%.*s: not sent, and unknown here",
			       (int)whole_bytes(last->issuer,
						DUET_EXPLAIN_COLUMNS),
			       last->issuer);
	add_link(screen, depth, text,
		 facts->fetch == DUET_EXPLAIN_FETCH_GOOD ? " (fetched: good)"
							 : "");
}

static bool lacks_anchor(const struct duet_explain_facts *facts)
{
	size_t i;

	for (i = 0; i < facts->n_faults; i++)
		if (duet_explain_lacks_anchor(facts->faults[i].code))
			return true;
	return false;
}

/* Its certificates; of more than there is room for, the first and the last. */
static size_t add_certs(struct duet_explain_screen *screen,
			const struct duet_explain_chain *chain, int64_t now,
			bool trusted)
{
	size_t total = chain->n + chain->more;
	size_t first = total > CERTS_SHOWN ? CERTS_SHOWN - 2 : total;
	char text[TEXT];
	size_t depth;

	for (depth = 0; depth < total && depth < CERTS_SHOWN; depth++) {
		bool last = depth + 1 == total || depth + 1 == CERTS_SHOWN;

		if (depth == first) {
			(void)snprintf(text, sizeof(text), "%zu more",
				       total - CERTS_SHOWN + 1);
			add_link(screen, depth, text, "");
			continue;
		}
		describe(text, &chain->certs[last ? chain->n - 1 : depth], now,
			 depth == 0);
		add_link(screen, depth, text,
			 last && trusted ? "; trusted" : "");
	}
	return depth;
}

/* What was built, each vouched for by the next; what was sent, where something
 * was fetched for that, or nothing could be built. */
static void add_chain(struct duet_explain_screen *screen,
		      const struct duet_explain_facts *facts)
{
	bool built =
		facts->path.n > 0 && facts->fetch == DUET_EXPLAIN_FETCH_NONE;
	const struct duet_explain_chain *chain =
		built ? &facts->path : &facts->sent;
	size_t depth = add_certs(screen, chain, facts->now,
				 built && facts->path_whole);

	if (chain->n > 0 && lacks_anchor(facts))
		add_missing(screen, depth, facts, chain);
	if (chain->n > 0 && chain->certs[0].names[0] != '\0')
		duet_explain_row(screen, "names", NAMES, "%s",
				 chain->certs[0].names)
			->max_lines = 2;
}

static void add_revocation(struct duet_explain_screen *screen,
			   const struct duet_explain_facts *facts)
{
	char date[DUET_TIME_TEXT_BYTES];
	size_t i;

	for (i = 0; i < facts->n_revocation; i++) {
		const char *label = i == 0 ? "revoked" : "";
		const char *who = i == 0 ? "" : facts->revocation[i].name;
		const char *colon = i == 0 ? "" : ": ";

		duet_time_text(date, facts->revocation[i].this_update);
		switch (facts->revocation[i].state) {
		case DUET_REVOCATION_GOOD:
			duet_explain_row(screen, label, REVOCATION,
					 "%s%sno, by the %s of %.*s", who,
					 colon,
					 facts->revocation[i].stapled
						 ? "OCSP answer"
						 : "CRL",
					 DATE, date);
			break;
		case DUET_REVOCATION_REVOKED:
			duet_time_text(date, facts->revocation[i].revoked_at);
			duet_explain_row(screen, label, REVOCATION,
					 "%s%sYES, on %s (%s)", who, colon,
					 date, facts->revocation[i].reason);
			break;
		case DUET_REVOCATION_SHORT_LIVED:
			duet_explain_row(screen, label, REVOCATION,
					 "%s%stoo short-lived to ask", who,
					 colon);
			break;
		case DUET_REVOCATION_UNKNOWN:
			duet_explain_row(screen, label,
					 i == 0 ? REVOCATION : REVOCATION_ABOVE,
					 "%s%snot known: %s", who, colon,
					 facts->revocation[i].words)
				->max_lines = 2;
			break;
		default:
			break;
		}
	}
}

/* ---- manners ---- */

static void add_manners(struct duet_explain_screen *screen,
			const struct duet_explain_facts *facts)
{
	if (facts->resumes != DUET_EXPLAIN_UNKNOWN)
		duet_explain_row(screen, "resumes", RESUMES, "%s",
				 facts->resumes == DUET_EXPLAIN_YES
					 ? "yes, on a second connection"
					 : "no: each connection shakes hands in full");
	if (facts->closing != DUET_EXPLAIN_CLOSING_UNKNOWN)
		duet_explain_row(screen, "closes", CLOSES, "%s",
				 facts->closing == DUET_EXPLAIN_CLOSING_NOTIFY
					 ? "with close_notify"
				 : facts->closing == DUET_EXPLAIN_CLOSING_BARE
					 ? "without close_notify"
					 : "not when asked to");
	if (facts->plain == DUET_EXPLAIN_PLAIN_ANSWER)
		duet_explain_row(screen, "http://", PLAIN_HTTP,
				 "on the same port: %d%s", facts->plain_status,
				 facts->plain_to_https
					 ? ", and leads to https://"
					 : "");
	else if (facts->plain == DUET_EXPLAIN_PLAIN_SILENT)
		duet_explain_row(screen, "http://", PLAIN_HTTP,
				 "on the same port: no answer");
	else if (facts->by_http_proxy)
		duet_explain_row(screen, "http://", PLAIN_HTTP,
				 "not known: the proxy answers that");
}

char *duet_explain_draw(const struct duet_explain_facts *facts,
			const struct duet_explain_findings *findings,
			const struct duet_explain_style *style)
{
	struct duet_explain_screen *screen = duet_mem_zalloc(sizeof(*screen));
	bool bad = findings->n > 0 &&
		   findings->items[0].level == DUET_EXPLAIN_FAULT;
	char *text;

	if (screen == NULL)
		return NULL;
	add_title(screen, facts, findings);
	duet_explain_row(screen, NULL, GAP, "%s", "");
	if (bad) {
		add_first(screen, &findings->items[0]);
		add_others(screen, findings);
		duet_explain_row(screen, NULL, GAP, "%s", "");
	}
	add_reached(screen, facts);
	add_chain(screen, facts);
	add_revocation(screen, facts);
	add_tls(screen, facts);
	add_manners(screen, facts);
	if (!bad)
		add_others(screen, findings);
	if (facts->out_of_time)
		duet_explain_row(screen, "not known", OTHER_FAULTS,
				 "what is missing here: time ran out (see --max-time)");
	text = duet_explain_show(screen, style);
	duet_mem_free(screen);
	return text;
}

char *duet_explain_line(const struct duet_explain_facts *facts,
			const struct duet_explain_findings *findings,
			const struct duet_explain_style *style)
{
	const struct duet_explain_finding *worst = &findings->items[0];
	char shown[2 * TEXT];
	char url[TEXT];

	duet_explain_printable(url, sizeof(url), facts->url, style->utf8);
	if (findings->n == 0 || worst->level == DUET_EXPLAIN_NOTE)
		return duet_mem_printf("%s: good", url);
	duet_explain_printable(shown, sizeof(shown), worst->what, style->utf8);
	return duet_mem_printf("%s: %s (%s)", url, shown,
			       side_words(worst->side));
}
