/* SPDX-License-Identifier: MIT */
/*
 * http/uri.h - from the target of a request to the path of a resource, in one
 * way only: what has been cleaned is what is opened, compared and logged.
 */
#ifndef DUET_HTTP_URI_H
#define DUET_HTTP_URI_H

#include "base/buf.h"
#include "http/fault.h"
#include "http/target.h"

/* The parts of a target, as they stand in it. */
struct duet_uri {
	enum duet_target_form form;
	bool https;                  /* ABSOLUTE: which of the two schemes */
	bool has_query;              /* "/a?" has an empty one */
	struct duet_bytes authority; /* ABSOLUTE and AUTHORITY; else empty */
	struct duet_bytes path;      /* ORIGIN and ABSOLUTE: "/" at least */
	struct duet_bytes query;     /* without its '?' */
};
/* False: not a target that this method may have. Borrows from target. */
bool duet_uri_split(const char *method, const char *target,
		    struct duet_uri *ret);

/*
 * The clean path: percent-decoded once, "." and ".." resolved (written
 * "%2e%2e" too), "//" made one slash; NUL-terminated in dst. It begins with
 * '/', holds no "." or ".." segment, no "//", no control character, and ends
 * in '/' if the raw one names a directory. raw begins with '/'; cap beyond
 * raw.len is always enough.
 *
 * DUET_E_HTTP (400): broken percent-encoding, an encoded '/' or NUL or another
 * control character, a ".." beyond the root. DUET_E_LIMIT (414): cap.
 */
DUET_CHECK int duet_uri_clean(struct duet_bytes raw, char *dst, size_t cap,
			      struct duet_fault *fault);

/* Append a path so that it may stand in a URI (RFC 3986 s3.3); '/' stays.
 * Clean as above, it cannot be taken for an authority. Status of the buf. */
DUET_CHECK int duet_uri_encode(struct duet_buf *dst, struct duet_bytes path);

#endif
