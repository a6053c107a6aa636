/* SPDX-License-Identifier: MIT */
#include "client/lane.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "client/link.h"

enum {
	/* What the largest window of a stream allows (RFC 9113 s6.9.1); ours is
	 * smaller, and who sends more is told FLOW_CONTROL_ERROR. */
	BODY_MAX = INT32_MAX,
};

int duet_lane_new(struct duet_link *link, duet_lane_fn *fn, void *arg,
		  struct duet_lane **ret, struct duet_error *err)
{
	struct duet_lane *lane = duet_mem_zalloc(sizeof(*lane));

	if (lane == NULL)
		return duet_error_nomem(err);
	duet_buf_init(&lane->aside.body, BODY_MAX);
	lane->wire_before = link->wire_bytes;
	duet_lane_own(lane, fn, arg);
	duet_link_enter(link, lane);
	*ret = lane;
	return DUET_OK;
}

void duet_lane_own(struct duet_lane *lane, duet_lane_fn *fn, void *arg)
{
	lane->fn = fn;
	lane->arg = arg;
}

void duet_lane_free(struct duet_lane *lane)
{
	struct duet_aside *aside;

	if (lane == NULL)
		return;
	aside = &lane->aside;
	if (aside->head)
		duet_kept_head_done(&aside->kept_head);
	duet_buf_done(&aside->body);
	duet_headers_done(&aside->trailers);
	duet_mem_free(aside->why);
	duet_link_leave(lane->link, lane);
	duet_mem_free(lane);
}

void duet_lane_cut(struct duet_lane *lane)
{
	if (!duet_link_is_shared(lane->link))
		lane->link->cut = true;
}

bool duet_lane_is_answered(const struct duet_lane *lane)
{
	return lane->aside.head || lane->aside.end;
}

bool duet_lane_is_alone(const struct duet_lane *lane)
{
	return lane->link->n_lanes == 1;
}

/* ---- aside ---- */

static void put_end(struct duet_lane *lane, int rc,
		    const struct duet_event *event,
		    const struct duet_error *err)
{
	struct duet_aside *aside = &lane->aside;

	if (aside->end)
		return;
	aside->end = true;
	aside->how = *event;
	aside->how.head = NULL;
	aside->how.trailers = NULL;
	aside->rc = rc;
	if (rc < 0 && err != NULL)
		aside->why = duet_mem_dup(err, sizeof(*err));
}

/* It cannot be kept what came. */
static void starve(struct duet_lane *lane)
{
	const struct duet_event event = {
		.size = sizeof(event),
		.type = DUET_EV_ABORTED,
		.stream = lane->stream,
		.cut = DUET_CUT_LOCAL,
	};

	put_end(lane, DUET_E_NOMEM, &event, NULL);
}

static void put_interim(struct duet_aside *aside, const struct duet_head *head)
{
	if (aside->interim && aside->interim_head.status == 100)
		return;
	aside->interim = true;
	aside->interim_head = (struct duet_head){
		.size = sizeof(aside->interim_head),
		.status = head->status,
	};
}

static int put_data(struct duet_lane *lane, struct duet_bytes data)
{
	int rc = duet_buf_add(&lane->aside.body, data.data, data.len);

	if (rc != DUET_OK)
		return rc;
	duet_conn_hold(lane->link->conn, lane->stream, data.len);
	if (lane->data.len > 0) /* it may have moved */
		lane->data = duet_buf_bytes(&lane->aside.body);
	return DUET_OK;
}

void duet_lane_put(struct duet_lane *lane, int rc,
		   const struct duet_event *event, const struct duet_error *err)
{
	struct duet_aside *aside = &lane->aside;
	int kept = DUET_OK;

	duet_link_make_due(lane->link, lane);
	if (aside->end)
		return;
	switch (event->type) {
	case DUET_EV_INTERIM:
		put_interim(aside, event->head);
		return;
	case DUET_EV_HEAD:
		kept = duet_kept_head_copy(&aside->kept_head, event->head);
		aside->head = kept == DUET_OK;
		break;
	case DUET_EV_DATA:
		kept = put_data(lane, event->data);
		break;
	case DUET_EV_END:
		kept = duet_headers_add_all(&aside->trailers, event->trailers);
		if (kept == DUET_OK)
			put_end(lane, rc, event, err);
		break;
	case DUET_EV_ABORTED:
	case DUET_EV_CLOSED:
	case DUET_EV_CANCELLED:
		put_end(lane, rc, event, err);
		return;
	}
	if (kept < 0)
		starve(lane);
}

void duet_lane_put_rest(struct duet_lane *lane)
{
	struct duet_bytes rest = lane->data;

	if (!lane->lies_in_engine)
		return;
	lane->lies_in_engine = false;
	lane->data.len = 0;
	if (rest.len > 0 && put_data(lane, rest) < 0)
		starve(lane);
}

static int give_end(struct duet_lane *lane, struct duet_event *event,
		    struct duet_error *err)
{
	struct duet_aside *aside = &lane->aside;

	*event = aside->how;
	if (aside->trailers.n > 0)
		event->trailers = aside->trailers.list;
	if (aside->rc < 0 && aside->why == NULL)
		return duet_error_set(err, aside->rc, "out of memory");
	return aside->rc < 0 ? duet_error_copy(err, aside->why) : aside->rc;
}

static int give_data(struct duet_lane *lane, struct duet_event *event)
{
	event->type = DUET_EV_DATA;
	event->data = lane->data;
	return DUET_OK;
}

/* DUET_WANT_READ: there is none. */
static int take_aside(struct duet_lane *lane, struct duet_event *event,
		      struct duet_error *err)
{
	struct duet_aside *aside = &lane->aside;

	*event = (struct duet_event){ .size = sizeof(*event),
				      .stream = lane->stream };
	if (lane->data.len > 0)
		return give_data(lane, event);
	if (aside->interim) {
		aside->interim = false;
		event->type = DUET_EV_INTERIM;
		event->head = &aside->interim_head;
		return DUET_OK;
	}
	if (aside->head && !aside->head_told) {
		aside->head_told = true;
		event->type = DUET_EV_HEAD;
		event->head = &aside->kept_head.head;
		return DUET_OK;
	}
	if (duet_buf_len(&aside->body) > 0) {
		lane->data = duet_buf_bytes(&aside->body);
		return give_data(lane, event);
	}
	return aside->end ? give_end(lane, event, err) : DUET_WANT_READ;
}

void duet_lane_use_up(struct duet_lane *lane, size_t n)
{
	assert(n <= lane->data.len);
	lane->data.data = (const char *)lane->data.data + n;
	lane->data.len -= n;
	if (n == 0)
		return;
	if (!lane->lies_in_engine) {
		duet_buf_consume(&lane->aside.body, n);
		duet_conn_release(lane->link->conn, lane->stream, n);
	}
	duet_lane_said(lane); /* the window that it opens */
}

/* ---- events ---- */

int duet_lane_next(struct duet_lane *lane, struct duet_event *event,
		   struct duet_error *err)
{
	int rc = take_aside(lane, event, err);

	if (rc != DUET_WANT_READ)
		return rc;
	rc = duet_link_pull(lane->link, lane, event, err);
	if (event->type == DUET_EV_DATA) {
		lane->data = event->data;
		lane->lies_in_engine = true;
		lane->link->direct = lane;
	}
	return rc;
}

void duet_lane_wait(struct duet_lane *lane, bool reading, bool writing)
{
	bool was = lane->writing;

	lane->writing = writing;
	if (duet_lane_is_alone(lane))
		duet_link_wait(lane->link, reading, writing);
	else if (writing && !was)
		duet_link_run_soon(lane->link);
}

void duet_lane_said(struct duet_lane *lane)
{
	if (!duet_lane_is_alone(lane))
		duet_link_run_soon(lane->link);
}
