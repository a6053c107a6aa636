/* SPDX-License-Identifier: MIT */
/*
 * duet/state.h - what clients remember of servers: cookies, and who wants https
 * only. Given to clients by struct duet_client_options; one thread at a time.
 */
#ifndef DUET_STATE_H
#define DUET_STATE_H

#include <duet/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Cookies (RFC 6265bis): at most 3000, and 180 of one domain; those that were
 * not used for the longest time make room. NULL: no memory, or libpsl, which
 * knows for which domains there must be none, is not here. */
struct duet_cookies;
DUET_API DUET_CHECK struct duet_cookies *duet_cookies_new(
	struct duet_error *err);
DUET_API void duet_cookies_free(struct duet_cookies *cookies);
/*
 * The text of Netscape's file, which curl and others write too: added to what
 * is there, but for what is over. DUET_E_ARGUMENT: a line is no cookie;
 * DUET_E_NOMEM. Lines before that have been added.
 */
DUET_API DUET_CHECK int duet_cookies_parse(struct duet_cookies *cookies,
					   struct duet_bytes text,
					   struct duet_error *err);
/* All of them as such a text, those of the session too. */
DUET_API DUET_CHECK int duet_cookies_print(const struct duet_cookies *cookies,
					   struct duet_buffer *ret,
					   struct duet_error *err);
/* The same of a file; one that is not there is empty. What came from it is not
 * written to it again unless it has changed. Also DUET_E_SYSTEM,
 * DUET_E_LIMIT. */
DUET_API DUET_CHECK int duet_cookies_read(struct duet_cookies *cookies,
					  const char *path,
					  struct duet_error *err);
/*
 * Put what is new, changed or gone into a file, whatever others have put there
 * meanwhile: locked, mode 0600, a temporary file, synced, renamed. A file that
 * is none of cookies stays as it is, DUET_E_ARGUMENT. DUET_E_TIMEOUT: another
 * process has held it for five seconds.
 */
DUET_API DUET_CHECK int duet_cookies_write(const struct duet_cookies *cookies,
					   const char *path,
					   struct duet_error *err);

/* Hosts that want https only (RFC 6797), learned over verified https; at most
 * 2000, the one that is over soonest makes room. In text they are as curl
 * writes them. The same calls and results as for cookies. */
struct duet_hsts;
DUET_API DUET_CHECK struct duet_hsts *duet_hsts_new(struct duet_error *err);
DUET_API void duet_hsts_free(struct duet_hsts *hsts);
DUET_API DUET_CHECK int duet_hsts_parse(struct duet_hsts *hsts,
					struct duet_bytes text,
					struct duet_error *err);
DUET_API DUET_CHECK int duet_hsts_print(const struct duet_hsts *hsts,
					struct duet_buffer *ret,
					struct duet_error *err);
DUET_API DUET_CHECK int duet_hsts_read(struct duet_hsts *hsts, const char *path,
				       struct duet_error *err);
DUET_API DUET_CHECK int duet_hsts_write(const struct duet_hsts *hsts,
					const char *path,
					struct duet_error *err);
/* There is something to write: a host is new, gone, or lasts clearly longer. */
DUET_API bool duet_hsts_has_changed(const struct duet_hsts *hsts);

#ifdef __cplusplus
}
#endif
#endif
