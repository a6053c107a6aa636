/* SPDX-License-Identifier: MIT */
/*
 * explain/judge.h - from facts to findings: whose fault it is, why, and what to
 * do. It asks nobody and has no clock, so that every verdict can be tested.
 */
#ifndef DUET_EXPLAIN_JUDGE_H
#define DUET_EXPLAIN_JUDGE_H

#include "explain/facts.h"

enum duet_explain_level {
	DUET_EXPLAIN_FAULT,   /* it does not work, or must not be trusted */
	DUET_EXPLAIN_WARNING, /* it works, and soon will not */
	DUET_EXPLAIN_NOTE,    /* it works, and could be better */
};

enum duet_explain_side {
	DUET_EXPLAIN_NOBODY,
	DUET_EXPLAIN_SERVER,    /* who runs it has to do something */
	DUET_EXPLAIN_HERE,      /* this machine: its clock, its store */
	DUET_EXPLAIN_CALLER,    /* what was asked for */
	DUET_EXPLAIN_BETWEEN,   /* the network, a proxy, a middlebox */
	DUET_EXPLAIN_UNCERTAIN, /* it cannot be told from here */
};

struct duet_explain_finding {
	enum duet_explain_level level;
	enum duet_explain_side side;
	int code; /* enum duet_status; DUET_OK for what is no failure */
	char what[512];
	char whose[256];  /* after the side, with the reason; or "" */
	char remedy[384]; /* or "" */
};

enum {
	DUET_EXPLAIN_FINDINGS_MAX = 10,
};

struct duet_explain_findings {
	struct duet_explain_finding items[DUET_EXPLAIN_FINDINGS_MAX];
	size_t n; /* the worst ones first */
};

void duet_explain_judge(const struct duet_explain_facts *facts,
			struct duet_explain_findings *ret);
/* With what number the program ends: that of the first fault, as duet get has
 * it; DUET_EXIT_WARNING; or DUET_EXIT_OK. */
int duet_explain_exit(const struct duet_explain_findings *findings);

/* "server", "here": for JSON. */
const char *duet_explain_side_word(enum duet_explain_side side);
const char *duet_explain_level_word(enum duet_explain_level level);
/* A sentence of the library without who it is about and without its remedy:
 * "its certificate expired 2 days ago, on ...". */
void duet_explain_cause(char *dst, size_t cap, const char *sentence);

#endif
