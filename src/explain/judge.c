/* SPDX-License-Identifier: MIT */
#include "explain/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/exit.h"
#include "explain/judge_int.h"

enum {
	DAY_S = 86400,
	CLOCKS_APART_S = 300,
	FIRST_ERROR = 400,
	FIRST_SERVER_ERROR = 500,
};

void duet_explain_what(struct duet_explain_finding *finding, const char *format,
		       ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(finding->what, sizeof(finding->what), format, args);
	va_end(args);
}

void duet_explain_whose(struct duet_explain_finding *finding,
			const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(finding->whose, sizeof(finding->whose), format, args);
	va_end(args);
}

void duet_explain_remedy(struct duet_explain_finding *finding,
			 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(finding->remedy, sizeof(finding->remedy), format, args);
	va_end(args);
}

/* ---- a sentence of the library ---- */

/* Behind "https://... (ADDRESS): 'NAME': ", which the screen has elsewhere. */
static const char *after_who(const char *sentence)
{
	const char *p = strstr(sentence, ": ");

	if (!duet_str_starts(sentence, "http") || p == NULL)
		return sentence;
	sentence = p + 2;
	p = strstr(sentence, "': ");
	if (sentence[0] == '\'' && p != NULL)
		sentence = p + 3;
	return sentence;
}

/* An apostrophe within a word quotes nothing. */
static bool is_quote(const char *begin, const char *p)
{
	bool before = p > begin && duet_is_alpha((unsigned char)p[-1]);

	return *p == '"' ||
	       (*p == '\'' && !(before && duet_is_alpha((unsigned char)p[1])));
}

/* The last of mark with a blank behind it that is in no quotes, or NULL. */
static const char *last_of(const char *begin, char mark)
{
	const char *last = NULL;
	bool quoted = false;
	const char *p;

	for (p = begin; *p != '\0'; p++) {
		if (is_quote(begin, p))
			quoted = !quoted;
		if (!quoted && p[0] == mark && p[1] == ' ')
			last = p;
	}
	return last;
}

/* Behind "the proxy http://NAME:PORT: ", which says whose the rest is; what
 * proxies answer has a colon of its own, and the remedy a semicolon then. */
void duet_explain_cause(char *dst, size_t cap, const char *sentence)
{
	const char *begin = after_who(sentence);
	const char *rest = begin;
	const char *end = NULL;

	if (duet_explain_is_about_proxy(begin)) {
		rest = strstr(begin, ": ");
		rest = rest != NULL ? rest + 2 : begin;
		end = last_of(rest, ';');
	}
	if (end == NULL)
		end = last_of(rest, ':');
	if (end == NULL)
		end = rest + strlen(rest);
	(void)snprintf(dst, cap, "%.*s", (int)(end - begin), begin);
}

bool duet_explain_is_about_proxy(const char *cause)
{
	return duet_str_starts(cause, "the proxy ");
}

/* ---- findings ---- */

static struct duet_explain_finding *add(struct duet_explain_findings *findings,
					enum duet_explain_level level,
					enum duet_explain_side side)
{
	static struct duet_explain_finding spare; /* of which there is enough */
	struct duet_explain_finding *finding = &spare;

	if (findings->n < DUET_EXPLAIN_FINDINGS_MAX)
		finding = &findings->items[findings->n++];
	memset(finding, 0, sizeof(*finding));
	finding->level = level;
	finding->side = side;
	return finding;
}

/* Of the connection, and of the chain whatever else stopped the connection. */
static void judge_faults(const struct duet_explain_facts *facts,
			 struct duet_explain_findings *ret)
{
	size_t i;

	if (facts->error.code != DUET_OK)
		duet_explain_judge_fault(facts, &facts->error,
					 add(ret, DUET_EXPLAIN_FAULT,
					     DUET_EXPLAIN_UNCERTAIN));
	for (i = 0; i < facts->n_faults; i++)
		if (facts->faults[i].code != facts->error.code)
			duet_explain_judge_fault(facts, &facts->faults[i],
						 add(ret, DUET_EXPLAIN_FAULT,
						     DUET_EXPLAIN_UNCERTAIN));
}

/* The anchor at the end of a whole path counts by its key, not by its date. */
static void judge_end(const struct duet_explain_facts *facts,
		      struct duet_explain_findings *ret)
{
	const struct duet_explain_chain *chain =
		facts->path_whole ? &facts->path : &facts->sent;
	size_t n = facts->path_whole && chain->n > 1 ? chain->n - 1 : chain->n;
	const struct duet_explain_cert *first = NULL;
	struct duet_explain_finding *finding;
	char when[DUET_TIME_TEXT_BYTES];
	char distance[DUET_TIME_TEXT_BYTES];
	size_t i;

	for (i = 0; i < n; i++)
		if (first == NULL ||
		    chain->certs[i].not_after < first->not_after)
			first = &chain->certs[i];
	if (first == NULL || first->not_after < facts->now ||
	    first->not_before > facts->now ||
	    first->not_after - facts->now > (int64_t)facts->warn_days * DAY_S)
		return;
	finding = add(ret, DUET_EXPLAIN_WARNING, DUET_EXPLAIN_SERVER);
	duet_time_text(when, first->not_after);
	duet_time_distance(distance, first->not_after, facts->now);
	duet_explain_what(finding, "%s expires %s, on %s",
			  first == &chain->certs[0] ? "its certificate"
						    : first->name,
			  distance, when);
	duet_explain_remedy(finding,
			    "see to it that it is renewed, and loaded");
}

static struct duet_explain_finding *note(struct duet_explain_findings *ret,
					 enum duet_explain_side side,
					 const char *what, const char *remedy)
{
	struct duet_explain_finding *finding =
		add(ret, DUET_EXPLAIN_NOTE, side);

	duet_explain_what(finding, "%s", what);
	duet_explain_remedy(finding, "%s", remedy);
	return finding;
}

static void judge_revocation(const struct duet_explain_facts *facts,
			     struct duet_explain_findings *ret)
{
	size_t i;

	for (i = 0; i < facts->n_revocation; i++) {
		if (facts->revocation[i].state != DUET_REVOCATION_UNKNOWN ||
		    facts->revocation[i].doubt == DUET_DOUBT_NO_POINT ||
		    facts->revocation[i].doubt == DUET_DOUBT_OTHER_POINT)
			continue;
		duet_explain_whose(note(ret, DUET_EXPLAIN_UNCERTAIN,
					"whether its certificate is revoked could not be found out",
					"try again later, or see --revocation"),
				   "%s", facts->revocation[i].words);
		return;
	}
}

static void judge_anchor(const struct duet_explain_facts *facts,
			 struct duet_explain_findings *ret)
{
	const struct duet_explain_chain *path = &facts->path;
	struct duet_explain_finding *finding;

	if (facts->anchor_file[0] == '\0')
		return;
	finding = add(ret, DUET_EXPLAIN_NOTE, DUET_EXPLAIN_BETWEEN);
	duet_explain_what(finding,
			  "'%s', which vouches for it, was added on this machine (%s)",
			  path->certs[path->n - 1].name, facts->anchor_file);
	duet_explain_remedy(finding,
			    "for a server of your own that is right; another may be looked into on the way: compare its issuer from another network");
}

static void judge_versions(const struct duet_explain_facts *facts,
			   struct duet_explain_findings *ret)
{
	if (facts->versions[2].taken == DUET_EXPLAIN_YES ||
	    facts->versions[3].taken == DUET_EXPLAIN_YES)
		(void)note(ret, DUET_EXPLAIN_SERVER,
			   "it takes TLS 1.1 or 1.0 as well, retired since 2021 (RFC 8996)",
			   "turn them off");
	else if (facts->versions[0].taken == DUET_EXPLAIN_NO &&
		 facts->versions[1].taken == DUET_EXPLAIN_YES)
		(void)note(ret, DUET_EXPLAIN_SERVER, "it does not take TLS 1.3",
			   "turn it on: safer, and a round trip sooner");
}

static void judge_closing(const struct duet_explain_facts *facts,
			  struct duet_explain_findings *ret)
{
	if (facts->closing == DUET_EXPLAIN_CLOSING_BARE)
		(void)note(ret, DUET_EXPLAIN_SERVER,
			   "it ends connections without close_notify, as anybody between could",
			   "have it close in good form; send lengths or chunks meanwhile");
	else if (facts->closing == DUET_EXPLAIN_CLOSING_NEVER)
		(void)note(ret, DUET_EXPLAIN_SERVER,
			   "asked to close after an answer, it keeps the connection open",
			   "");
}

static void judge_clocks(const struct duet_explain_facts *facts,
			 struct duet_explain_findings *ret)
{
	int64_t apart = facts->server_date - facts->now;
	struct duet_explain_finding *finding;
	char theirs[DUET_TIME_TEXT_BYTES];

	if (facts->server_date == 0 ||
	    (apart <= CLOCKS_APART_S && apart >= -CLOCKS_APART_S) ||
	    facts->error.code == DUET_E_EXPIRED ||
	    facts->error.code == DUET_E_NOT_YET_VALID)
		return;
	duet_time_text(theirs, facts->server_date);
	finding = add(ret, DUET_EXPLAIN_NOTE, DUET_EXPLAIN_UNCERTAIN);
	duet_explain_what(finding,
			  "its clock and the one here differ: it says %s",
			  theirs);
	duet_explain_remedy(finding, "see which one is right");
}

/* One that is not content with that has refused the connection. */
static void judge_certificate(const struct duet_explain_facts *facts,
			      struct duet_explain_findings *ret)
{
	struct duet_explain_finding *finding;

	if (!facts->certificate_wanted || facts->own_cert ||
	    facts->error.code != DUET_OK)
		return;
	finding = add(ret, DUET_EXPLAIN_NOTE, DUET_EXPLAIN_SERVER);
	if (facts->status >= FIRST_ERROR)
		duet_explain_what(finding,
				  "it asks for a client certificate, and without one answers %d",
				  facts->status);
	else
		duet_explain_what(finding,
				  "it asks for a client certificate, and goes on without");
	duet_explain_remedy(finding, "see --cert and --key");
}

static void judge_answer(const struct duet_explain_facts *facts,
			 struct duet_explain_findings *ret)
{
	struct duet_explain_finding *finding;

	if (facts->status >= FIRST_SERVER_ERROR) {
		finding = add(ret, DUET_EXPLAIN_NOTE, DUET_EXPLAIN_SERVER);
		duet_explain_what(finding,
				  "it answers %d: TLS is one thing, what is behind it another",
				  facts->status);
	}
	if (facts->plain == DUET_EXPLAIN_PLAIN_ANSWER &&
	    facts->plain_status < 300 && facts->error.code != DUET_E_NOT_TLS)
		(void)note(ret, DUET_EXPLAIN_SERVER,
			   "it answers plain http:// on the same port as well",
			   "have it refuse or redirect that");
}

void duet_explain_judge(const struct duet_explain_facts *facts,
			struct duet_explain_findings *ret)
{
	memset(ret, 0, sizeof(*ret));
	judge_faults(facts, ret);
	judge_end(facts, ret);
	judge_anchor(facts, ret);
	judge_clocks(facts, ret);
	judge_revocation(facts, ret);
	judge_closing(facts, ret);
	if (facts->error.code != DUET_E_TLS_VERSION)
		judge_versions(facts, ret);
	judge_certificate(facts, ret);
	judge_answer(facts, ret);
}

int duet_explain_exit(const struct duet_explain_findings *findings)
{
	if (findings->n == 0 || findings->items[0].level == DUET_EXPLAIN_NOTE)
		return DUET_EXIT_OK;
	if (findings->items[0].level == DUET_EXPLAIN_WARNING)
		return DUET_EXIT_WARNING;
	return duet_exit_for(findings->items[0].code);
}

const char *duet_explain_side_word(enum duet_explain_side side)
{
	static const char *const words[] = {
		[DUET_EXPLAIN_NOBODY] = "nobody",
		[DUET_EXPLAIN_SERVER] = "server",
		[DUET_EXPLAIN_HERE] = "here",
		[DUET_EXPLAIN_CALLER] = "caller",
		[DUET_EXPLAIN_BETWEEN] = "between",
		[DUET_EXPLAIN_UNCERTAIN] = "uncertain",
	};

	return words[side];
}

const char *duet_explain_level_word(enum duet_explain_level level)
{
	static const char *const words[] = {
		[DUET_EXPLAIN_FAULT] = "fault",
		[DUET_EXPLAIN_WARNING] = "warning",
		[DUET_EXPLAIN_NOTE] = "note",
	};

	return words[level];
}
