/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "base/opts.h"
#include "http/common.h"

/* The table of doc/man/duet_http.3; keep them alike. */
static const struct duet_limits defaults = {
	.line_bytes = 8192,
	.head_bytes = 32768,
	.headers = 100,
	.body_bytes = INT64_MAX,
	.requests = 10000,
	.handshake_ms = 10000,
	.head_ms = 10000,
	.idle_ms = 60000,
	.reply_ms = 300000,
	.body_ms = 20000,
	.body_rate = 500,
	.stall_ms = 120000,
	.send_ms = 60000,
	.linger_ms = 2000,
	.streams = 100,
	.resets = 200,
	.controls = 1000,
};

static void fill_u32(uint32_t *value, uint32_t fallback)
{
	if (*value == 0)
		*value = fallback;
}

/* False for a time below zero. */
static bool fill_ms(int32_t *value, int32_t fallback)
{
	if (*value == 0)
		*value = fallback;
	return *value > 0;
}

static bool fill_times(struct duet_limits *limits)
{
	return fill_ms(&limits->handshake_ms, defaults.handshake_ms) &&
	       fill_ms(&limits->head_ms, defaults.head_ms) &&
	       fill_ms(&limits->idle_ms, defaults.idle_ms) &&
	       fill_ms(&limits->reply_ms, defaults.reply_ms) &&
	       fill_ms(&limits->body_ms, defaults.body_ms) &&
	       fill_ms(&limits->stall_ms, defaults.stall_ms) &&
	       fill_ms(&limits->send_ms, defaults.send_ms) &&
	       fill_ms(&limits->linger_ms, defaults.linger_ms);
}

int duet_limits_fill(struct duet_limits *ret, const struct duet_limits *given,
		     struct duet_error *err)
{
	struct duet_limits limits;
	int rc;

	rc = duet_opts_copy(&limits, sizeof(limits), given, "duet_limits", err);
	if (rc != DUET_OK)
		return rc;
	limits.size = sizeof(limits);
	fill_u32(&limits.line_bytes, defaults.line_bytes);
	fill_u32(&limits.head_bytes, defaults.head_bytes);
	fill_u32(&limits.headers, defaults.headers);
	fill_u32(&limits.requests, defaults.requests);
	fill_u32(&limits.body_rate, defaults.body_rate);
	fill_u32(&limits.streams, defaults.streams);
	fill_u32(&limits.resets, defaults.resets);
	fill_u32(&limits.controls, defaults.controls);
	/* a Content-Length is told in an int64_t */
	if (limits.body_bytes == 0 || limits.body_bytes > INT64_MAX)
		limits.body_bytes = defaults.body_bytes;
	if (!fill_times(&limits))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "struct duet_limits: a time below zero; leave it 0 for the default");
	/* RFC 9113 s6.9.1 */
	if (limits.window_bytes > INT32_MAX)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "struct duet_limits: window_bytes above 2147483647");
	*ret = limits;
	return DUET_OK;
}
