/* SPDX-License-Identifier: MIT */
/* Numbers of HTTP in words. */
#include <duet/http.h>

/* RFC 9110 s15, and those of RFC 4918, 6585, 7725, 8297, 8470 in use. */
static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 100, "Continue" },
	{ 101, "Switching Protocols" },
	{ 102, "Processing" },
	{ 103, "Early Hints" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 203, "Non-Authoritative Information" },
	{ 204, "No Content" },
	{ 205, "Reset Content" },
	{ 206, "Partial Content" },
	{ 207, "Multi-Status" },
	{ 300, "Multiple Choices" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 305, "Use Proxy" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 423, "Locked" },
	{ 424, "Failed Dependency" },
	{ 425, "Too Early" },
	{ 426, "Upgrade Required" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 451, "Unavailable For Legal Reasons" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
	{ 511, "Network Authentication Required" },
};

const char *duet_status_reason(int status)
{
	size_t low = 0;
	size_t high = sizeof(reasons) / sizeof(reasons[0]);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (reasons[mid].status == status)
			return reasons[mid].reason;
		if (reasons[mid].status < status)
			low = mid + 1;
		else
			high = mid;
	}
	return "";
}

const char *duet_evidence_name(enum duet_evidence evidence)
{
	switch (evidence) {
	case DUET_BY_NONE:
		return "none";
	case DUET_BY_NO_BODY:
		return "no-body";
	case DUET_BY_LENGTH:
		return "length";
	case DUET_BY_LAST_CHUNK:
		return "last-chunk";
	case DUET_BY_END_STREAM:
		return "end-stream";
	case DUET_BY_CLOSE_NOTIFY:
		return "close-notify";
	case DUET_BY_FIN:
		return "fin";
	}
	return "unknown";
}

const char *duet_cut_name(enum duet_cut cut)
{
	switch (cut) {
	case DUET_CUT_NONE:
		return "none";
	case DUET_CUT_CLOSE_NOTIFY:
		return "close-notify";
	case DUET_CUT_FIN:
		return "fin";
	case DUET_CUT_RESET:
		return "reset";
	case DUET_CUT_ALERT:
		return "alert";
	case DUET_CUT_PROTOCOL:
		return "protocol";
	case DUET_CUT_TIMEOUT:
		return "timeout";
	case DUET_CUT_LOCAL:
		return "local";
	}
	return "unknown";
}
