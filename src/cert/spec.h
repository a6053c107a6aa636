/* SPDX-License-Identifier: MIT */
/* cert/spec.h - a struct duet_cert_spec read, checked and made definite. */
#ifndef DUET_CERT_SPEC_H
#define DUET_CERT_SPEC_H

#include <duet/cert.h>

#include "cert/names.h"

/* Strings are the caller's and must outlive it. */
struct duet_spec {
	struct duet_cert_spec given; /* rest zero where the caller's is short */
	struct duet_name *names;
	size_t n_names;
	struct duet_subtree *permitted;
	size_t n_permitted;
	int64_t not_before;
	int64_t not_after;
	bool default_end; /* nobody asked for this not_after */
};

/*
 * DUET_OK, or DUET_E_ARGUMENT, DUET_E_UNSUPPORTED, DUET_E_NOMEM. For
 * duet_spec_done() in any case but failure.
 */
DUET_CHECK int duet_spec_init(struct duet_spec *spec,
			      const struct duet_cert_spec *given,
			      struct duet_error *err);
void duet_spec_done(struct duet_spec *spec);

/* It has the names its usage needs. DUET_OK or DUET_E_ARGUMENT. */
DUET_CHECK int duet_spec_check_names(const struct duet_spec *spec,
				     struct duet_error *err);
/* The common name: given, or the first name that is not an address, where it
 * fits; NULL: none. */
const char *duet_spec_common_name(const struct duet_spec *spec);

bool duet_spec_is_ca(const struct duet_spec *spec);

#endif
