/* SPDX-License-Identifier: MIT */
/* http/etag.h - entity tags (RFC 9110 s8.8.3). */
#ifndef DUET_HTTP_ETAG_H
#define DUET_HTTP_ETAG_H

#include <duet/error.h>

enum {
	DUET_ETAG_BYTES = 64,
};

struct duet_etag {
	struct duet_bytes opaque; /* between the quotes */
	bool weak;
};

/* All of text is one entity tag. Borrows. */
bool duet_etag_parse(const char *text, struct duet_etag *ret);
/*
 * The next tag of a list of them: *cursor begins at the value and moves on.
 * 1: *ret is one; 0: the end; -1: malformed. A comma may be part of a tag, so
 * this is no list for duet_list_next().
 */
int duet_etag_next(const char **cursor, struct duet_etag *ret);

/* RFC 9110 s8.8.3.2 */
bool duet_etag_equal_strong(const struct duet_etag *a,
			    const struct duet_etag *b);
bool duet_etag_equal_weak(const struct duet_etag *a, const struct duet_etag *b);

/*
 * A strong tag of a file: it changes when the file's bytes have changed, as
 * far as its size, its inode and the time of its last change (st_ctim) tell.
 * That time cannot be set, as that of the last modification is by builds that
 * can be repeated: of a file that took the place of another, with the same
 * size and date and the inode just freed, nothing else tells.
 */
void duet_etag_of_file(char dst[DUET_ETAG_BYTES], uint64_t size, uint64_t inode,
		       int64_t ctime_s, uint32_t ctime_ns);
/*
 * The same tag for the file in a content coding, which is another
 * representation (RFC 9110 s8.8.3.3). Strong too; content, unless it is NULL,
 * is what is sent, for where another library or level may encode the same file
 * otherwise.
 */
void duet_etag_of_coding(char dst[DUET_ETAG_BYTES],
			 const char file[DUET_ETAG_BYTES], const char *coding,
			 const struct duet_bytes *content);

#endif
