/* SPDX-License-Identifier: MIT */
#include "download/retry.h"

#include <string.h>

#include "base/str.h"
#include "http/date.h"

bool duet_retry_is_safe(const char *method)
{
	static const char *const safe[] = { "GET",    "HEAD",  "PUT",
					    "DELETE", "TRACE", "OPTIONS" };
	size_t i;

	for (i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		if (strcmp(method, safe[i]) == 0)
			return true;
	return false;
}

bool duet_retry_is_passing(int status)
{
	switch (status) {
	case DUET_E_CONNECT:
	case DUET_E_TIMEOUT:
	case DUET_E_TRUNCATED:
	case DUET_E_GONE:
		return true;
	default:
		return false;
	}
}

bool duet_retry_is_passing_answer(int http_status)
{
	switch (http_status) {
	case 408:
	case 429:
	case 500:
	case 502:
	case 503:
	case 504:
		return true;
	default:
		return false;
	}
}

int64_t duet_retry_after(const char *value, int64_t now_wall)
{
	uint64_t seconds;
	int64_t wall;

	if (value == NULL)
		return 0;
	if (duet_parse_u64(duet_str(value), &seconds))
		return seconds < INT64_MAX ? (int64_t)seconds : INT64_MAX;
	if (duet_date_parse(value, now_wall, &wall) && wall > now_wall)
		return wall - now_wall;
	/* Digits too many for a number are a long time all the same. */
	if (value[0] != '\0' && value[strspn(value, "0123456789")] == '\0')
		return INT64_MAX;
	return 0;
}

static int64_t backoff(const struct duet_retry *retry, unsigned luck)
{
	int64_t ms = DUET_RETRY_FIRST_MS;
	int64_t i;

	if (retry->delay_ms > 0)
		return retry->delay_ms;
	for (i = 0; i < retry->done && ms < DUET_RETRY_LAST_MS; i++)
		ms *= 2;
	if (ms > DUET_RETRY_LAST_MS)
		ms = DUET_RETRY_LAST_MS;
	return ms / 2 + ms / 2 * (int64_t)(luck % 100) / 99;
}

int64_t duet_retry_next(struct duet_retry *retry, int64_t now_ms,
			int64_t after_s, unsigned luck)
{
	int64_t ms;

	if (retry->left <= 0 || after_s > DUET_RETRY_AFTER_MAX_S)
		return -1;
	ms = backoff(retry, luck);
	if (ms < after_s * 1000)
		ms = after_s * 1000;
	if (retry->max_ms > 0 && now_ms + ms - retry->began_ms > retry->max_ms)
		return -1;
	retry->left--;
	retry->done++;
	return ms;
}
