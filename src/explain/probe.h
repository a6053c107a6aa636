/* SPDX-License-Identifier: MIT */
/*
 * explain/probe.h - finds facts out, one connection for each, on the way that
 * 'duet get' would take.
 *
 * The first is what 'duet get' would do. Where a certificate stopped it, others
 * ask on without believing what they are told; where nobody is there, nobody is
 * asked again. All together end by one deadline: what is not known by then
 * stays unknown.
 */
#ifndef DUET_EXPLAIN_PROBE_H
#define DUET_EXPLAIN_PROBE_H

#include "explain/facts.h"
#include "explain/options.h"

enum {
	DUET_EXPLAIN_MAX_MS = 30000, /* in all, unless --max-time says more */
};

/*
 * url is complete. DUET_OK: what there is to know of the server is in facts,
 * its failure too. Below 0: it is about us - an option's file that cannot be
 * read, no memory - and *ret_exit goes with the sentence.
 */
DUET_CHECK int duet_explain_probe(const struct duet_explain_options *options,
				  const char *url,
				  struct duet_explain_facts *facts,
				  int *ret_exit, struct duet_error *err);

#endif
