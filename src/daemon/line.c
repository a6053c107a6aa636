/* SPDX-License-Identifier: MIT */
#include "daemon/line.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "daemon/words.h"
#include "net/address.h"

/* What each text may take of a line. */
enum {
	CLIENT_BYTES = 128,
	METHOD_BYTES = 32,
	TARGET_BYTES = 1216,
	HOST_BYTES = 256,
	AGENT_BYTES = 384,
	REFERER_BYTES = 384,
	USER_BYTES = 128,
	SITE_BYTES = 128,
	NAME_BYTES = 256, /* a server name of SNI has 255 at most */
	WHY_BYTES = 512,
	OURS_BYTES = 32, /* names of versions, suites, evidence */
	N_OURS = 7,
	N_NUMBERS = 6,
	NUMBER_BYTES = 20,
	KEYS_BYTES = 320, /* and all that stands between */
};
_Static_assert(CLIENT_BYTES + USER_BYTES + SITE_BYTES + METHOD_BYTES +
			       TARGET_BYTES + HOST_BYTES + AGENT_BYTES +
			       REFERER_BYTES + NAME_BYTES + WHY_BYTES +
			       N_OURS * OURS_BYTES + N_NUMBERS * NUMBER_BYTES +
			       KEYS_BYTES <=
		       DUET_LINE_BYTES,
	       "the longest of all has to fit");

/* A line being made. */
struct line {
	char *at;
	char *end;
};

static void put(struct line *line, const void *text, size_t n)
{
	assert(n <= (size_t)(line->end - line->at));
	memcpy(line->at, text, n);
	line->at += n;
}

/* A literal, whose length the compiler knows. */
#define PUT(line, text) put(line, text, sizeof(text) - 1)

static void put_number(struct line *line, uint64_t value)
{
	char digits[NUMBER_BYTES];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	put(line, digits + i, sizeof(digits) - i);
}

/* The last digits of it, as many as n. */
static void digits_to(char *dst, int n, unsigned value)
{
	while (n-- > 0) {
		dst[n] = (char)('0' + value % 10);
		value /= 10;
	}
}

/* ---- texts of strangers ---- */

enum {
	ESCAPE_BYTES = 6, /* the longest */
};

/* Write what stands for the character at p, which is not plain, and return its
 * length; *ret_n is how many bytes it was. */
typedef size_t escape_fn(const uint8_t *p, char shown[ESCAPE_BYTES],
			 size_t *ret_n);

static char hex(unsigned value)
{
	return "0123456789abcdef"[value & 15];
}

static size_t escape_json(const uint8_t *p, char shown[ESCAPE_BYTES],
			  size_t *ret_n)
{
	uint8_t c = *p;
	size_t n = duet_utf8_sequence(p, 4); /* a NUL would end it */

	*ret_n = n > 0 ? n : 1;
	if (n > 0) {
		memcpy(shown, p, n);
		return n;
	}
	if (c == '"' || c == '\\') {
		shown[0] = '\\';
		shown[1] = (char)c;
		return 2;
	}
	/* A C1 control in UTF-8 is that character, escaped. Any other byte is
	 * no UTF-8, and what it was in Latin-1, as field values were meant to
	 * be once (RFC 9110 s5.5): nothing is lost. */
	if (c == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) {
		c = p[1];
		*ret_n = 2;
	}
	shown[0] = '\\';
	shown[1] = 'u';
	shown[2] = '0';
	shown[3] = '0';
	shown[4] = hex(c >> 4);
	shown[5] = hex(c);
	return 6;
}

/* As ap_escape_logitem() of Apache's does. */
static size_t escape_apache(const uint8_t *p, char shown[ESCAPE_BYTES],
			    size_t *ret_n)
{
	static const char letters[] = "\bb\nn\rr\tt\vv\"\"\\\\";
	size_t i;

	*ret_n = 1;
	shown[0] = '\\';
	for (i = 0; i < sizeof(letters) - 1; i += 2)
		if (*p == (uint8_t)letters[i]) {
			shown[1] = letters[i + 1];
			return 2;
		}
	shown[1] = 'x';
	shown[2] = hex(*p >> 4);
	shown[3] = hex(*p);
	return 4;
}

/* Where no quotes are around it, a space would end it. */
static size_t escape_word(const uint8_t *p, char shown[ESCAPE_BYTES],
			  size_t *ret_n)
{
	return escape_apache(p, shown, ret_n);
}

/* All let the same stand, but for that space: printable ASCII but for quote and
 * backslash. */
static bool is_plain(uint8_t c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

/* The same of eight bytes at once, which is most of what a line costs: the top
 * bit of each is set where it is not plain. A borrow out of a lower byte may
 * set others, so only none and some can be told apart. */
static bool are_plain(const uint8_t *p)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t x;
	uint64_t quote;
	uint64_t backslash;

	memcpy(&x, p, sizeof(x));
	quote = x ^ each * '"';
	backslash = x ^ each * '\\';
	return (((x | (x + each) | (x - each * ' ')) |
		 ((quote - each) & ~quote) |
		 ((backslash - each) & ~backslash)) &
		each * 0x80) == 0;
}

static size_t plain_run(const uint8_t *p, size_t len)
{
	size_t n = 0;

	while (len - n >= 8 && are_plain(p + n))
		n += 8;
	while (n < len && is_plain(p[n]))
		n++;
	return n;
}

/* What stands as it is, from there on. */
static size_t run_of(escape_fn *escape, const uint8_t *p, size_t len)
{
	const uint8_t *space;
	size_t n = plain_run(p, len);

	if (escape != escape_word)
		return n;
	space = memchr(p, ' ', n);
	return space != NULL ? (size_t)(space - p) : n;
}

/* At most max bytes of the line; one too long ends in "...", and what is
 * before that is whole characters. */
static void put_text(struct line *line, escape_fn *escape, const char *text,
		     size_t max)
{
	const uint8_t *p = (const uint8_t *)text;
	const uint8_t *end = p + strlen(text);
	char *limit = line->at + max;
	char *safe = line->at; /* where "..." still fits */
	char shown[ESCAPE_BYTES];
	size_t taken;
	size_t left;
	size_t n;

	while (p < end) {
		left = (size_t)(limit - line->at);
		n = (size_t)(end - p);
		n = run_of(escape, p, n < left ? n : left);
		put(line, p, n);
		p += n;
		left -= n;
		if (left >= 3)
			safe = line->at;
		else if (n + left >= 3) /* any place in a run will do */
			safe = limit - 3;
		if (p == end)
			return;
		n = escape(p, shown, &taken);
		if (n > left) {
			line->at = safe;
			PUT(line, "...");
			return;
		}
		put(line, shown, n);
		p += taken;
		if (left - n >= 3)
			safe = line->at;
	}
}

/* ---- what of a request is shown ---- */

/* Of its fields; NULL: not there. */
struct shown {
	const char *host;
	const char *referer;
	const char *user_agent;
};

static void keep_first(const char **kept, const struct duet_header *field,
		       const char *name)
{
	if (*kept == NULL && duet_str_eq_nocase(field->name, name))
		*kept = field->value;
}

static void look_at_fields(struct shown *shown, const struct duet_head *head)
{
	const struct duet_header *field = head != NULL ? head->headers : NULL;

	*shown = (struct shown){ NULL, NULL, NULL };
	for (; field != NULL && field->name != NULL; field++)
		switch (duet_to_lower((unsigned char)field->name[0])) {
		case 'h':
			keep_first(&shown->host, field, "host");
			break;
		case 'r':
			keep_first(&shown->referer, field, "referer");
			break;
		case 'u':
			keep_first(&shown->user_agent, field, "user-agent");
			break;
		}
}

static bool has_request(const struct duet_report *report)
{
	return report->head != NULL && report->head->method != NULL &&
	       report->head->target != NULL;
}

static bool is_known(const char *text)
{
	return text != NULL && *text != '\0';
}

static uint64_t not_negative(int64_t value)
{
	return value > 0 ? (uint64_t)value : 0;
}

/* ---- JSON ---- */

void duet_line_time(char dst[DUET_LINE_TIME_BYTES], int64_t wall_us)
{
	struct duet_civil c;

	duet_civil_from_wall(&c, wall_us / 1000000);
	memcpy(dst, "0000-00-00T00:00:00.000Z", DUET_LINE_TIME_BYTES);
	digits_to(dst, 4, (unsigned)c.year);
	digits_to(dst + 5, 2, (unsigned)c.month);
	digits_to(dst + 8, 2, (unsigned)c.day);
	digits_to(dst + 11, 2, (unsigned)c.hour);
	digits_to(dst + 14, 2, (unsigned)c.minute);
	digits_to(dst + 17, 2, (unsigned)c.second);
	digits_to(dst + 20, 3, (unsigned)(wall_us / 1000 % 1000));
}

static void put_member(struct line *line, const char *key, size_t n,
		       const char *text, size_t max)
{
	if (text == NULL)
		return;
	put(line, key, n);
	put_text(line, escape_json, text, max);
	PUT(line, "\"");
}

/* ,"key":"text" where there is one. */
#define PUT_MEMBER(line, key, text, max)                                   \
	put_member(line, ",\"" key "\":\"", sizeof(",\"" key "\":\"") - 1, \
		   text, max)

static void put_protocol(struct line *line, const struct duet_head *head)
{
	PUT(line, ",\"protocol\":\"HTTP/");
	put_number(line, not_negative(head->major));
	if (head->major == 1) {
		PUT(line, ".");
		put_number(line, not_negative(head->minor));
	}
	PUT(line, "\"");
}

static void put_request(struct line *line, const struct duet_report *report,
			const struct shown *shown)
{
	if (!has_request(report))
		return;
	PUT_MEMBER(line, "method", report->head->method, METHOD_BYTES);
	PUT_MEMBER(line, "target", report->head->target, TARGET_BYTES);
	put_protocol(line, report->head);
	PUT_MEMBER(line, "host", shown->host, HOST_BYTES);
}

/* Milliseconds, in thousandths. */
static void put_duration(struct line *line, int64_t duration_us)
{
	uint64_t us = not_negative(duration_us);
	char rest[3];

	PUT(line, ",\"duration_ms\":");
	put_number(line, us / 1000);
	PUT(line, ".");
	digits_to(rest, 3, (unsigned)(us % 1000));
	put(line, rest, sizeof(rest));
}

static void put_figures(struct line *line, const struct duet_report *report)
{
	if (report->status > 0) {
		PUT(line, ",\"status\":");
		put_number(line, (uint64_t)report->status);
	}
	PUT(line, ",\"bytes\":");
	put_number(line, report->sent_bytes);
	PUT(line, ",\"received\":");
	put_number(line, report->received_bytes);
	put_duration(line, report->duration_us);
}

static void put_tls(struct line *line, const struct duet_report *report)
{
	if (!is_known(report->tls_version))
		return;
	PUT(line, ",\"tls\":{\"version\":\"");
	put_text(line, escape_json, report->tls_version, OURS_BYTES);
	PUT(line, "\"");
	if (is_known(report->tls_cipher))
		PUT_MEMBER(line, "cipher", report->tls_cipher, OURS_BYTES);
	if (report->tls_resumed)
		PUT(line, ",\"resumed\":true");
	else
		PUT(line, ",\"resumed\":false");
	if (is_known(report->server_name))
		PUT_MEMBER(line, "sni", report->server_name, NAME_BYTES);
	PUT(line, "}");
}

static void put_ends(struct line *line, const struct duet_report *report)
{
	char why[sizeof(report->error->text)];

	if (report->reply != DUET_BY_NONE)
		PUT_MEMBER(line, "end", duet_evidence_name(report->reply),
			   OURS_BYTES);
	if (report->request != DUET_BY_NONE)
		PUT_MEMBER(line, "request_end",
			   duet_evidence_name(report->request), OURS_BYTES);
	if (report->cut_by == DUET_SIDE_US)
		PUT(line, ",\"cut_by\":\"us\"");
	else if (report->cut_by == DUET_SIDE_PEER)
		PUT(line, ",\"cut_by\":\"peer\"");
	if (report->cut_by != DUET_SIDE_NONE)
		PUT_MEMBER(line, "cut", duet_cut_name(report->cut), OURS_BYTES);
	if (report->error != NULL) {
		duet_words_plain(why, sizeof(why), report->error->text);
		PUT_MEMBER(line, "why", why, WHY_BYTES);
	}
}

static void put_json(struct line *line, const struct duet_report *report,
		     const struct shown *shown, int64_t wall_us)
{
	char ended[DUET_LINE_TIME_BYTES];

	duet_line_time(ended, wall_us);
	PUT(line, "{\"time\":\"");
	put(line, ended, sizeof(ended));
	PUT(line, "\"");
	PUT_MEMBER(line, "id", report->id, OURS_BYTES);
	if (is_known(report->peer))
		PUT_MEMBER(line, "client", report->peer, CLIENT_BYTES);
	PUT_MEMBER(line, "user", report->user, USER_BYTES);
	put_request(line, report, shown);
	PUT_MEMBER(line, "site", report->label, SITE_BYTES);
	put_figures(line, report);
	PUT_MEMBER(line, "user_agent", shown->user_agent, AGENT_BYTES);
	PUT_MEMBER(line, "referer", shown->referer, REFERER_BYTES);
	put_tls(line, report);
	put_ends(line, report);
	PUT(line, "}");
}

/* ---- common and combined ---- */

/* %h: the address without its port and brackets; of a socket of a path what
 * nginx writes there. */
static void put_host_of(struct line *line, const char *peer)
{
	char host[CLIENT_BYTES];
	size_t n;

	if (!is_known(peer)) {
		PUT(line, "-");
		return;
	}
	if (duet_address_is_unix(peer)) {
		PUT(line, "unix:");
		return;
	}
	if (*peer == '[')
		n = strcspn(++peer, "]");
	else
		n = strcspn(peer, ":");
	if (n > sizeof(host) - 1)
		n = sizeof(host) - 1;
	memcpy(host, peer, n);
	host[n] = '\0';
	put_text(line, escape_apache, host, sizeof(host));
}

/* %u */
static void put_user(struct line *line, const char *user)
{
	put_text(line, escape_word, is_known(user) ? user : "-", USER_BYTES);
}

/* %t: when the request came. */
static void put_clf_time(struct line *line, int64_t wall_us)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char text[] = "[00/Jan/0000:00:00:00 +0000]";
	struct duet_civil c;

	duet_civil_from_wall(&c, wall_us / 1000000);
	digits_to(text + 1, 2, (unsigned)c.day);
	memcpy(text + 4, months + (size_t)(c.month - 1) * 3, 3);
	digits_to(text + 8, 4, (unsigned)c.year);
	digits_to(text + 13, 2, (unsigned)c.hour);
	digits_to(text + 16, 2, (unsigned)c.minute);
	digits_to(text + 19, 2, (unsigned)c.second);
	put(line, text, sizeof(text) - 1);
}

/* "%r", where Apache says HTTP/2.0. */
static void put_request_line(struct line *line,
			     const struct duet_report *report)
{
	const struct duet_head *head = report->head;

	if (!has_request(report)) {
		PUT(line, " \"-\" ");
		return;
	}
	PUT(line, " \"");
	put_text(line, escape_apache, head->method, METHOD_BYTES);
	PUT(line, " ");
	put_text(line, escape_apache, head->target, TARGET_BYTES);
	PUT(line, " HTTP/");
	put_number(line, not_negative(head->major));
	PUT(line, ".");
	put_number(line, not_negative(head->minor));
	PUT(line, "\" ");
}

static void put_number_or_dash(struct line *line, uint64_t value)
{
	if (value > 0)
		put_number(line, value);
	else
		PUT(line, "-");
}

static void put_common(struct line *line, const struct duet_report *report,
		       int64_t wall_us)
{
	put_host_of(line, report->peer);
	PUT(line, " - ");
	put_user(line, report->user);
	PUT(line, " ");
	put_clf_time(line,
		     wall_us - (int64_t)not_negative(report->duration_us));
	put_request_line(line, report);
	put_number_or_dash(line, not_negative(report->status));
	PUT(line, " ");
	put_number_or_dash(line, report->sent_bytes);
}

/* "%{...}i" */
static void put_field(struct line *line, const char *value, size_t max)
{
	PUT(line, " \"");
	put_text(line, escape_apache, value != NULL ? value : "-", max);
	PUT(line, "\"");
}

size_t duet_line_make(char dst[DUET_LINE_BYTES], enum duet_line_format format,
		      const struct duet_report *report, int64_t wall_us)
{
	struct line line = { dst, dst + DUET_LINE_BYTES };
	struct shown shown;

	look_at_fields(&shown, report->head);
	if (format == DUET_LINE_JSON)
		put_json(&line, report, &shown, wall_us);
	else
		put_common(&line, report, wall_us);
	if (format == DUET_LINE_COMBINED) {
		put_field(&line, shown.referer, REFERER_BYTES);
		put_field(&line, shown.user_agent, AGENT_BYTES);
	}
	PUT(&line, "\n");
	return (size_t)(line.at - dst);
}
