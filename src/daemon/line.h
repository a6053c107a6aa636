/* SPDX-License-Identifier: MIT */
/*
 * daemon/line.h - one request as a line of the access log.
 *
 * JSON, as duet-serve(1) documents it: an object with its keys in this order
 * (new ones may follow, in any place), and what is not known left out.
 *
 *   {"time":"2026-11-24T02:15:39.123Z","id":"7d2kx0m4tq1v9c3b6zh8",
 *    "client":"192.0.2.7:51234","user":"alice","method":"GET","target":"/",
 *    "protocol":"HTTP/2","host":"localhost","site":"a.test","status":200,"bytes":1042,"received":0,
 *    "duration_ms":0.312,"user_agent":"curl/7.88.1","referer":"...",
 *    "tls":{"version":"TLSv1.3","cipher":"TLS_AES_256_GCM_SHA384",
 *    "resumed":false,"sni":"localhost"},"end":"end-stream",
 *    "request_end":"end-stream","cut_by":"peer","cut":"reset","why":"..."}
 *
 * Common and combined: what Apache writes for its LogFormat of these names,
 * to the byte, but for texts that are cut and spaces in names of users, which
 * would end them.
 *
 * Texts of strangers cannot end a line or a string, nor push out what became
 * of the request: each takes a share of the line at most, in bytes as they are
 * written, and one that is longer is cut and ends in "...".
 */
#ifndef DUET_DAEMON_LINE_H
#define DUET_DAEMON_LINE_H

#include <duet/server.h>

enum duet_line_format {
	DUET_LINE_JSON = 0,
	DUET_LINE_COMMON,
	DUET_LINE_COMBINED,
};

enum {
	/* The longest line with its end. It is PIPE_BUF: write(2) mixes no
	 * more than that with the lines of others. */
	DUET_LINE_BYTES = 4096,
	DUET_LINE_TIME_BYTES = 24,
};

/* Make it; the reply was over at wall_us since 1970. Returns its length with
 * the end of the line; there is no NUL. */
size_t duet_line_make(char dst[DUET_LINE_BYTES], enum duet_line_format format,
		      const struct duet_report *report, int64_t wall_us);

/* "2026-11-24T02:15:39.123Z" (RFC 3339), without a NUL. */
void duet_line_time(char dst[DUET_LINE_TIME_BYTES], int64_t wall_us);

#endif
