/* SPDX-License-Identifier: MIT */
/*
 * support/h1_run.h - run an HTTP/1.1 engine over bytes in pieces of any size
 * and write down what it tells, a line an event. Neighbouring data is written
 * as one, so that the pieces do not show.
 */
#ifndef DUET_TESTS_H1_RUN_H
#define DUET_TESTS_H1_RUN_H

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "http/h1.h"
#include "support/must.h"

struct h1_run {
	struct duet_h1 *h1;
	enum duet_role role;
	struct duet_buf log;   /* a NUL-terminated text after h1_run_text() */
	struct duet_buf sent;  /* all that the engine has sent */
	struct duet_buf data;  /* not written down yet */
	struct duet_error err; /* the last one */
	bool silent;           /* a server that does not reply by itself */
	bool closed;
	uint64_t stream; /* of the last event */
};

static inline void h1_run_init(struct h1_run *run, enum duet_role role,
			       const struct duet_limits *given)
{
	struct duet_limits limits;

	memset(run, 0, sizeof(*run));
	MUST(duet_limits_fill(&limits, given, NULL) == DUET_OK);
	run->h1 = duet_h1_new(role, &limits);
	MUST(run->h1 != NULL);
	run->role = role;
	duet_buf_init(&run->log, SIZE_MAX / 2);
	duet_buf_init(&run->sent, SIZE_MAX / 2);
	duet_buf_init(&run->data, SIZE_MAX / 2);
}

static inline void h1_run_done(struct h1_run *run)
{
	duet_h1_free(run->h1);
	duet_buf_done(&run->log);
	duet_buf_done(&run->sent);
	duet_buf_done(&run->data);
}

static inline void h1_run_add(struct duet_buf *buf, const void *data, size_t n)
{
	MUST(duet_buf_add(buf, data, n) == DUET_OK);
}

#define H1_RUN_LOG(run, ...) \
	MUST(duet_buf_printf(&(run)->log, __VA_ARGS__) == DUET_OK)

static inline void h1_run_flush_data(struct h1_run *run)
{
	struct duet_bytes data = duet_buf_bytes(&run->data);
	const unsigned char *p = data.data;
	unsigned sum = 0;
	size_t i;

	if (data.len == 0)
		return;
	for (i = 0; i < data.len; i++)
		sum = sum * 31 + p[i];
	if (data.len <= 60 && memchr(p, '\0', data.len) == NULL)
		H1_RUN_LOG(run, "data %.*s\n", (int)data.len,
			   (const char *)data.data);
	else
		H1_RUN_LOG(run, "data of %zu bytes, sum %u\n", data.len, sum);
	duet_buf_reset(&run->data);
}

static inline void h1_run_log_fields(struct h1_run *run,
				     const struct duet_header *field)
{
	for (; field != NULL && field->name != NULL; field++)
		H1_RUN_LOG(run, "  %s: %s\n", field->name, field->value);
}

static inline void h1_run_log_head(struct h1_run *run, const char *what,
				   const struct duet_event *ev)
{
	const struct duet_head *head = ev->head;

	H1_RUN_LOG(run, "%s %d ", what, (int)ev->stream);
	if (run->role == DUET_ROLE_SERVER)
		H1_RUN_LOG(run, "%s %s", head->method, head->target);
	else
		H1_RUN_LOG(run, "%d '%s'", (int)head->status, head->reason);
	H1_RUN_LOG(run, " 1.%d length %lld%s%s%s\n", (int)head->minor,
		   (long long)head->content_length, head->close ? " close" : "",
		   head->expect_continue ? " expect" : "",
		   head->upgrade ? " upgrade" : "");
	h1_run_log_fields(run, head->headers);
}

static inline void h1_run_log_event(struct h1_run *run,
				    const struct duet_event *ev, int rc)
{
	if (ev->type != DUET_EV_DATA)
		h1_run_flush_data(run);
	switch (ev->type) {
	case DUET_EV_INTERIM:
		h1_run_log_head(run, "interim", ev);
		break;
	case DUET_EV_HEAD:
		h1_run_log_head(run, "head", ev);
		break;
	case DUET_EV_DATA:
		MUST(ev->data.len > 0);
		h1_run_add(&run->data, ev->data.data, ev->data.len);
		break;
	case DUET_EV_END:
		H1_RUN_LOG(run, "end %s\n", duet_evidence_name(ev->evidence));
		h1_run_log_fields(run, ev->trailers);
		break;
	case DUET_EV_CANCELLED: /* of HTTP/2 */
		MUST(false);
		break;
	case DUET_EV_ABORTED:
		MUST(rc < 0);
		MUST(ev->status != 413 || ev->head != NULL);
		H1_RUN_LOG(run, "aborted %s %d %s: %s\n",
			   duet_cut_name(ev->cut), (int)ev->status,
			   duet_status_name(rc), run->err.text);
		break;
	case DUET_EV_CLOSED:
		H1_RUN_LOG(run, "closed %s %s\n", duet_cut_name(ev->cut),
			   duet_status_name(rc));
		run->closed = true;
		break;
	}
	MUST(ev->type != 0);
}

static inline void h1_run_send(struct h1_run *run)
{
	struct duet_bytes bytes = duet_h1_send_bytes(run->h1);

	h1_run_add(&run->sent, bytes.data, bytes.len);
	duet_h1_send_done(run->h1, bytes.len);
}

/* What a server that has nothing to say says: 204, or what was deserved. */
static inline void h1_run_reply(struct h1_run *run, int32_t status)
{
	if (duet_h1_reply(run->h1, run->stream,
			  DUET_HEAD(.status = status != 0 ? status : 204),
			  NULL) != DUET_OK)
		H1_RUN_LOG(run, "no reply\n");
	h1_run_send(run);
	duet_h1_done(run->h1, run->stream);
}

/* Pull and write down all there is. */
static inline void h1_run_pull(struct h1_run *run)
{
	struct duet_event ev;
	int rc;

	for (;;) {
		memset(&run->err, 0, sizeof(run->err));
		rc = duet_h1_next(run->h1, &ev, &run->err);
		if (rc > 0)
			break;
		MUST((rc < 0) == (run->err.text[0] != '\0'));
		h1_run_log_event(run, &ev, rc);
		run->stream = ev.stream;
		if (run->role == DUET_ROLE_SERVER && !run->silent &&
		    (ev.type == DUET_EV_END || ev.type == DUET_EV_ABORTED))
			h1_run_reply(run, ev.status);
	}
	MUST((rc == DUET_EOF) == run->closed);
}

/* Feed all that is taken of bytes; returns how much. */
static inline size_t h1_run_feed(struct h1_run *run, const void *bytes,
				 size_t len, size_t step)
{
	struct duet_room room;
	size_t fed = 0;

	for (;;) {
		size_t n = len - fed < step ? len - fed : step;

		h1_run_pull(run);
		MUST(duet_h1_recv_room(run->h1, &room) == DUET_OK);
		if (room.len == 0 || n == 0)
			break;
		if (n > room.len)
			n = room.len;
		memcpy(room.data, (const char *)bytes + fed, n);
		duet_h1_recv_done(run->h1, n);
		fed += n;
	}
	return fed;
}

static inline void h1_run_end(struct h1_run *run, enum duet_cut how,
			      bool lenient)
{
	duet_h1_recv_end(run->h1, how, lenient);
	h1_run_pull(run);
}

static inline const char *h1_run_text(struct h1_run *run)
{
	h1_run_flush_data(run);
	h1_run_add(&run->log, "", 1);
	run->log.end--;
	return (const char *)run->log.data + run->log.begin;
}

static inline const char *h1_run_sent(struct h1_run *run)
{
	h1_run_send(run);
	h1_run_add(&run->sent, "", 1);
	run->sent.end--;
	return (const char *)run->sent.data + run->sent.begin;
}

#endif
