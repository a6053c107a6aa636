/* SPDX-License-Identifier: MIT */
/* explain/judge_int.h - what the judge's files share. */
#ifndef DUET_EXPLAIN_JUDGE_INT_H
#define DUET_EXPLAIN_JUDGE_INT_H

#include "explain/judge.h"

/* judge_fault.c: what err, of the first connection or of the chain, comes
 * to. */
void duet_explain_judge_fault(const struct duet_explain_facts *facts,
			      const struct duet_error *err,
			      struct duet_explain_finding *ret);
/* judge_clock.c: whether the clock here is wrong, by the server's. */
void duet_explain_judge_dates(const struct duet_explain_facts *facts,
			      struct duet_explain_finding *ret);
/* judge_between.c: whether a CA of that name belongs to what looks into
 * connections; its maker, or NULL. */
const char *duet_explain_interceptor(const char *ca);
/* A cause of that kind: the library begins with who it is. */
bool duet_explain_is_about_proxy(const char *cause);

void duet_explain_whose(struct duet_explain_finding *finding,
			const char *format, ...) DUET_PRINTF(2, 3);
void duet_explain_remedy(struct duet_explain_finding *finding,
			 const char *format, ...) DUET_PRINTF(2, 3);
void duet_explain_what(struct duet_explain_finding *finding, const char *format,
		       ...) DUET_PRINTF(2, 3);

#endif
