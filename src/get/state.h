/* SPDX-License-Identifier: MIT */
/* get/state.h - what is remembered from one command to the next, and where:
 * cookies, who wants https, names and passwords. */
#ifndef DUET_GET_STATE_H
#define DUET_GET_STATE_H

#include <duet/state.h>

#include "get/netrc.h"
#include "get/options.h"

struct duet_get_state {
	struct duet_cookies *cookies; /* NULL: neither -c, nor -b FILE */
	struct duet_hsts *hsts;       /* NULL: --no-hsts */
	char *hsts_file;              /* NULL: there is no place for it */
	bool hsts_is_ours;            /* the place is not the user's choice */
	struct duet_get_netrc netrc;
};

/* All zero is what done() accepts. Of a file that cannot be used the sentence
 * says so. */
DUET_CHECK int duet_get_state_init(struct duet_get_state *state,
				   const struct duet_get_options *options,
				   struct duet_error *err);
/* Into the files, together with what others have put there. */
DUET_CHECK int duet_get_state_save(const struct duet_get_state *state,
				   const struct duet_get_options *options,
				   struct duet_error *err);
void duet_get_state_done(struct duet_get_state *state);

/* What is data, and no file, of all -b: one value of Cookie, new; NULL where
 * there is none. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_get_cookie_data(const struct duet_opt_list *cookies,
				    char **ret);

#endif
