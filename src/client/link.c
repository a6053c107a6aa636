/* SPDX-License-Identifier: MIT */
/*
 * The driver of one connection. It moves bytes between a socket and an engine
 * without waiting; the waiting is the loop's, and what to do about events is
 * for the owners of its lanes.
 *
 *	one lane: its owner drives
 *	  fn (owner) -> duet_link_pull: flush, pull, receive, pull, ...
 *	             -> duet_link_wait: watch and timer, until fn is called
 *	several: the loop drives, for all of them
 *	  run_many -> flush, pull and put aside, receive, ...
 *	           -> fn of who is due
 *
 * Back-pressure: of one lane bytes are received only when its owner pulls, or
 * says duet_link_receive(), and only into room the engine lends; of several by
 * the windows of their streams.
 */
#define _DEFAULT_SOURCE         /* struct linger, MSG_DONTWAIT */
#define _POSIX_C_SOURCE 200809L /* ssize_t */
#include "client/link.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "client/lane.h"
#include "client/revoke.h"
#include "conn/early.h"
#include "conn/glance.h"
#include "tls/engine.h"

enum {
	/* So often a link with several lanes receives, for the sake of other
	 * links. */
	ROUNDS = 16,
};

static void run(struct duet_link *link);

static void tell(struct duet_link *link, enum duet_link_news news)
{
	if (link->keeper != NULL)
		link->keeper(link->keeper_arg, link, news);
}

static void on_ready(void *arg, int ready)
{
	struct duet_link *link = arg;

	if ((ready & DUET_READABLE) != 0)
		link->may_read = true;
	if ((ready & DUET_WRITABLE) != 0)
		duet_link_flush(link);
	run(link);
}

static void on_time(void *arg)
{
	run(arg);
}

static int set_up(struct duet_link *link, struct duet_loop *loop,
		  const struct duet_url *url, struct duet_error *err)
{
	int rc;

	link->host = duet_mem_strdup(url->host);
	if (link->host == NULL)
		return duet_error_nomem(err);
	/* The loop makes it non-blocking, for its other owner too. */
	link->kept_flags = fcntl(link->pipe.fd, F_GETFL);
	rc = duet_watch_new(loop, link->pipe.fd, on_ready, link, &link->watch,
			    err);
	if (rc == DUET_OK)
		rc = duet_timer_new(loop, on_time, link, &link->timer, err);
	return rc;
}

int duet_link_new(struct duet_loop *loop, const struct duet_url *url,
		  struct duet_pipe pipe, bool borrowed, struct duet_conn *conn,
		  struct duet_link **ret, struct duet_error *err)
{
	struct duet_link *link = duet_mem_zalloc(sizeof(*link));
	int rc;

	if (link == NULL) {
		duet_conn_free(conn);
		duet_pipe_close(&pipe);
		return duet_error_nomem(err);
	}
	link->loop = loop;
	link->pipe = pipe;
	link->borrowed = borrowed;
	link->conn = conn;
	link->https = url->https;
	link->port = url->port;
	link->may_read = true;
	rc = set_up(link, loop, url, err);
	if (rc < 0) {
		link->cut = true;
		duet_link_close(link);
		return rc;
	}
	*ret = link;
	return DUET_OK;
}

void duet_link_flush(struct duet_link *link)
{
	struct duet_bytes bytes;
	ssize_t n;

	/* The engine notes since when bytes wait. */
	duet_conn_now(link->conn, duet_clock_ms());
	while (link->send_errno == 0 && !duet_pipe_flush(&link->pipe)) {
		bytes = duet_conn_send_bytes(link->conn);
		if (bytes.len == 0)
			return;
		n = duet_pipe_send(&link->pipe, bytes.data, bytes.len);
		if (n >= 0) {
			duet_conn_send_done(link->conn, (size_t)n);
			link->sent_bytes += (uint64_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		} else if (errno != EINTR) {
			/* What the peer said before it left is still there. */
			link->send_errno = errno;
			link->may_read = true;
		}
	}
}

bool duet_link_is_blocked(struct duet_link *link)
{
	return link->send_errno != 0 || duet_pipe_is_blocked(&link->pipe) ||
	       duet_conn_send_bytes(link->conn).len > 0;
}

static void end_reading(struct duet_link *link, int sys_errno)
{
	link->read_ended = true;
	duet_conn_recv_end(link->conn, sys_errno);
}

/*
 * A reset that send(2) has told of is not told again: recv(2) then gives 0.
 * EPIPE, however, comes after a FIN of the peer's, which 0 stands for rightly.
 */
static int errno_of_end(const struct duet_link *link)
{
	return link->send_errno == EPIPE ? 0 : link->send_errno;
}

/* DUET_OK: the engine has something new. DUET_WANT_READ: not now. */
static int receive(struct duet_link *link)
{
	struct duet_room room = { NULL, 0 };
	ssize_t n;

	if (!link->may_read || link->read_ended)
		return DUET_WANT_READ;
	if (duet_conn_recv_room(link->conn, &room) < 0)
		return DUET_E_NOMEM;
	link->no_room = room.len == 0;
	if (link->no_room)
		return DUET_WANT_READ;
	do
		n = duet_pipe_recv(&link->pipe, room.data, room.len);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		/* Less than there was room for: it is not worth a second try,
		 * the loop will say when there is more. */
		link->may_read = (size_t)n == room.len ||
				 duet_pipe_holds_more(&link->pipe);
		link->wire_bytes += (uint64_t)n;
		duet_conn_recv_done(link->conn, (size_t)n);
	} else if (n == 0) {
		end_reading(link, errno_of_end(link));
	} else if (errno != EAGAIN && errno != EWOULDBLOCK) {
		end_reading(link, errno);
	} else if (link->send_errno != 0) {
		end_reading(link, link->send_errno);
	} else {
		link->may_read = false;
		duet_conn_recv_done(link->conn, 0);
		return DUET_WANT_READ;
	}
	return DUET_OK;
}

bool duet_link_receive(struct duet_link *link)
{
	int rc;

	duet_conn_now(link->conn, duet_clock_ms());
	rc = receive(link);
	if (rc == DUET_E_NOMEM)
		end_reading(link, ENOMEM);
	return rc == DUET_OK && !link->read_ended;
}

static int note_handshake(struct duet_link *link, struct duet_error *err)
{
	struct duet_tls *tls = duet_conn_tls(link->conn);

	if (link->peer != NULL || tls == NULL || !duet_tls_handshake_done(tls))
		return DUET_OK;
	link->handshaken_us = duet_clock_us();
	link->peer = duet_peer_facts_new(tls);
	if (link->peer == NULL)
		return duet_error_nomem(err);
	link->may_share = duet_link_takes_more(link);
	tell(link, DUET_LINK_KNOWN);
	return DUET_OK;
}

bool duet_link_may_ask(const struct duet_link *link)
{
	struct duet_tls *tls = duet_conn_tls(link->conn);

	if (tls == NULL || link->peer != NULL)
		return true;
	return !link->early && !duet_tls_offers(tls, "h2");
}

bool duet_link_begin_early(struct duet_link *link)
{
	link->early = link->peer == NULL && duet_conn_begin_early(link->conn);
	return link->early;
}

bool duet_link_is_shared(const struct duet_link *link)
{
	return duet_conn_is_multiplexed(link->conn);
}

bool duet_link_takes_more(const struct duet_link *link)
{
	return duet_link_is_shared(link) && !link->fresh && !link->borrowed &&
	       !link->cut && !link->silent && !link->read_ended &&
	       link->send_errno == 0 && duet_conn_may_request(link->conn);
}

/* ---- lanes ---- */

void duet_link_run_soon(struct duet_link *link)
{
	if (!link->running)
		duet_timer_set(link->timer, duet_loop_now_ms(link->loop));
}

void duet_link_enter(struct duet_link *link, struct duet_lane *lane)
{
	lane->link = link;
	lane->prev = link->last_lane;
	if (lane->prev != NULL)
		lane->prev->next = lane;
	else
		link->first_lane = lane;
	link->last_lane = lane;
	link->n_lanes++;
	if (link->n_lanes > 1)
		duet_link_run_soon(link);
}

static void make_not_due(struct duet_link *link, struct duet_lane *lane)
{
	struct duet_lane **at = &link->first_due;

	if (!lane->due)
		return;
	while (*at != lane)
		at = &(*at)->next_due;
	*at = lane->next_due;
	lane->next_due = NULL;
	lane->due = false;
}

static void unlink_lane(struct duet_link *link, struct duet_lane *lane)
{
	make_not_due(link, lane);
	if (lane->prev != NULL)
		lane->prev->next = lane->next;
	else
		link->first_lane = lane->next;
	if (lane->next != NULL)
		lane->next->prev = lane->prev;
	else
		link->last_lane = lane->prev;
	link->n_lanes--;
	if (link->direct == lane)
		link->direct = NULL;
}

void duet_link_leave(struct duet_link *link, struct duet_lane *lane)
{
	unlink_lane(link, lane);
	if (duet_link_is_shared(link) && lane->stream != 0) {
		duet_conn_done(link->conn, lane->stream);
		/* Not a byte in all the time that it was waited for. */
		if (link->wire_bytes == lane->wire_before)
			link->silent = true;
	}
	link->has_left = true;
	if (link->running)
		return; /* it is told at the end of that */
	link->has_left = false;
	if (link->n_lanes > 0)
		duet_link_run_soon(link);
	tell(link, DUET_LINK_LEFT);
}

/* The first of them is woken first. */
void duet_link_make_due(struct duet_link *link, struct duet_lane *lane)
{
	struct duet_lane **at = &link->first_due;

	if (lane->due)
		return;
	while (*at != NULL)
		at = &(*at)->next_due;
	*at = lane;
	lane->due = true;
	duet_link_run_soon(link);
}

static struct duet_lane *find(const struct duet_link *link, uint64_t stream)
{
	struct duet_lane *lane = link->first_lane;

	while (lane != NULL && lane->stream != stream)
		lane = lane->next;
	return stream != 0 ? lane : NULL;
}

static bool is_of_all(const struct duet_event *event)
{
	return event->type == DUET_EV_CLOSED || event->stream == 0;
}

/* To whom it is of, but for the one who gets it himself. */
static void put_aside(struct duet_link *link, const struct duet_lane *himself,
		      int rc, const struct duet_event *event,
		      const struct duet_error *err)
{
	struct duet_lane *lane = link->first_lane;

	if (!is_of_all(event)) {
		lane = find(link, event->stream);
		if (lane != NULL)
			duet_lane_put(lane, rc, event, err);
		return;
	}
	for (; lane != NULL; lane = lane->next)
		if (lane != himself)
			duet_lane_put(lane, rc, event, err);
}

/* ---- events ---- */

static int closed_without_a_word(struct duet_event *event,
				 struct duet_error *err)
{
	event->type = DUET_EV_CLOSED;
	return duet_error_set(err, DUET_E_GONE, "the connection is over");
}

/* Of any lane, out of what has been received. */
static int pull_any(struct duet_link *link, struct duet_event *event,
		    struct duet_error *err)
{
	int rc;

	if (link->direct != NULL)
		duet_lane_put_rest(link->direct);
	link->direct = NULL;
	duet_conn_now(link->conn, duet_clock_ms());
	memset(event, 0, sizeof(*event));
	event->size = sizeof(*event);
	rc = duet_conn_next(link->conn, event, err);
	if (rc == DUET_EOF)
		return closed_without_a_word(event, err);
	if (rc >= 0 && note_handshake(link, err) < 0)
		return DUET_E_NOMEM;
	return rc;
}

/* The handshake waits for CRLs, and not for the server. */
static bool is_resting(const struct duet_link *link)
{
	const struct duet_tls *tls = duet_conn_tls(link->conn);

	return link->revoke != NULL && tls != NULL && duet_tls_is_waiting(tls);
}

static int pull_alone(struct duet_link *link, struct duet_event *event,
		      struct duet_error *err)
{
	bool could_ask;
	uint64_t sent;
	int rc;
	int moved;

	for (;;) {
		could_ask = duet_link_may_ask(link);
		rc = pull_any(link, event, err);
		if (rc != DUET_WANT_READ ||
		    (!could_ask && duet_link_may_ask(link)))
			return rc;
		if (is_resting(link)) {
			if (!duet_revoke_next(link->revoke))
				return DUET_WANT_READ;
			continue;
		}
		sent = link->sent_bytes;
		duet_link_flush(link);
		moved = receive(link);
		if (moved == DUET_E_NOMEM)
			return duet_error_nomem(err);
		/* After sending, the engine may have room for what has been
		 * received before. */
		if (moved == DUET_OK || link->sent_bytes > sent)
			continue;
		/* It was told of the end, and must have drawn its conclusion.
		 */
		if (link->read_ended)
			return closed_without_a_word(event, err);
		return DUET_WANT_READ;
	}
}

static int pull_among(struct duet_link *link, struct duet_lane *lane,
		      struct duet_event *event, struct duet_error *err)
{
	struct duet_error why;
	int rc;

	for (;;) {
		rc = pull_any(link, event, &why);
		if (rc == DUET_WANT_READ)
			return rc;
		if (is_of_all(event))
			put_aside(link, lane, rc, event, &why);
		if (is_of_all(event) || event->stream == lane->stream)
			return rc < 0 ? duet_error_copy(err, &why) : rc;
		put_aside(link, NULL, rc, event, &why);
	}
}

int duet_link_pull(struct duet_link *link, struct duet_lane *lane,
		   struct duet_event *event, struct duet_error *err)
{
	if (link->n_lanes > 1)
		return pull_among(link, lane, event, err);
	return pull_alone(link, event, err);
}

/* ---- several lanes ---- */

/* Everything that has been received. */
static void pull_all(struct duet_link *link)
{
	struct duet_event event;
	struct duet_error err;
	int rc;

	do {
		rc = pull_any(link, &event, &err);
		if (rc == DUET_WANT_READ && !link->read_ended)
			return;
		if (rc == DUET_WANT_READ)
			rc = closed_without_a_word(&event, &err);
		put_aside(link, NULL, rc, &event, &err);
	} while (!is_of_all(&event));
}

static void receive_all(struct duet_link *link)
{
	int rc = DUET_OK;
	int i;

	pull_all(link);
	for (i = 0; i < ROUNDS && rc == DUET_OK; i++) {
		rc = receive(link);
		if (rc == DUET_E_NOMEM)
			end_reading(link, ENOMEM);
		if (rc != DUET_WANT_READ)
			pull_all(link);
	}
}

static void wake_lanes(struct duet_link *link)
{
	struct duet_lane *lane;

	for (lane = link->first_lane; lane != NULL; lane = lane->next)
		if (lane->writing || lane->awaits_room)
			duet_link_make_due(link, lane);
	while ((lane = link->first_due) != NULL) {
		make_not_due(link, lane);
		lane->fn(lane->arg);
	}
}

static void watch(struct duet_link *link)
{
	const struct duet_lane *lane = link->first_lane;

	while (lane != NULL && !lane->writing)
		lane = lane->next;
	/* What there is no room for would wake us for ever. */
	duet_link_wait(link, !link->no_room || !link->may_read, lane != NULL);
}

static void after_run(struct duet_link *link)
{
	bool has_left = link->has_left;

	link->running = false;
	link->has_left = false;
	if (link->doomed) {
		duet_link_close(link);
		return;
	}
	watch(link);
	if (link->first_due != NULL || link->n_lanes == 1)
		duet_link_run_soon(link);
	if (link->may_share && !duet_link_takes_more(link)) {
		link->may_share = false;
		tell(link, DUET_LINK_LEADS_NOWHERE);
	}
	if (has_left)
		tell(link, DUET_LINK_LEFT);
}

static void run_many(struct duet_link *link)
{
	uint64_t sent;

	link->running = true;
	duet_link_flush(link);
	receive_all(link);
	wake_lanes(link);
	sent = link->sent_bytes;
	duet_link_flush(link);
	if (link->sent_bytes > sent) /* as in pull_alone() */
		pull_all(link);
	after_run(link);
}

static void run(struct duet_link *link)
{
	struct duet_lane *lane = link->first_lane;

	if (lane == NULL) {
		tell(link, DUET_LINK_STIRS);
	} else if (lane->next != NULL) {
		run_many(link);
	} else {
		make_not_due(link, lane);
		lane->fn(lane->arg);
	}
}

/* ---- the end ---- */

int duet_link_await_goodbye(struct duet_link *link, struct duet_error *err)
{
	struct duet_tls *tls = duet_conn_tls(link->conn);
	char waste[4096];
	size_t n;
	int moved;
	int rc;

	for (;;) {
		duet_conn_now(link->conn, duet_clock_ms());
		rc = duet_tls_read(tls, waste, sizeof(waste), &n, err);
		if (rc == DUET_OK)
			return duet_error_set(err, DUET_E_HTTP,
					      "%zu bytes came after the last message",
					      n);
		if (rc == DUET_EOF)
			return DUET_OK;
		if (rc < 0)
			return rc;
		duet_link_flush(link);
		moved = receive(link);
		if (moved == DUET_E_NOMEM)
			return duet_error_nomem(err);
		if (moved != DUET_OK)
			return DUET_WANT_READ;
	}
}

bool duet_link_wants_goodbye(struct duet_link *link)
{
	struct duet_tls *tls = duet_conn_tls(link->conn);
	struct duet_conn_state state = { .size = sizeof(state) };

	if (tls == NULL || link->cut || link->n_lanes > 1 ||
	    duet_tls_closure(tls) != DUET_CLOSE_STRICT)
		return false;
	duet_conn_get_state(link->conn, &state);
	return !state.reusable;
}

void duet_link_wait(struct duet_link *link, bool reading, bool writing)
{
	int wanted = 0;

	if (reading && !link->read_ended && !is_resting(link))
		wanted |= DUET_READABLE;
	if (link->send_errno == 0 &&
	    (writing || duet_pipe_is_blocked(&link->pipe) ||
	     duet_conn_send_bytes(link->conn).len > 0))
		wanted |= DUET_WRITABLE;
	if (duet_watch_set(link->watch, wanted) < 0) {
		/* Cannot happen while fd is open; then end rather than hang. */
		end_reading(link, EIO);
		duet_timer_set(link->timer, 0);
		return;
	}
	duet_timer_set(link->timer, duet_conn_deadline(link->conn));
}

bool duet_link_is_usable(struct duet_link *link)
{
	struct duet_conn_state state = { .size = sizeof(state) };

	if (link->fresh || link->borrowed || link->cut || link->silent ||
	    link->read_ended || link->send_errno != 0)
		return false;
	duet_conn_get_state(link->conn, &state);
	return state.handshaken && state.idle && state.reusable &&
	       !state.peer_closed && !state.aborted && !state.closing;
}

/*
 * FIN, and take in what lies there unread: close(2) would answer that with a
 * reset, which may overtake our last bytes.
 */
static void leave(int fd)
{
	char waste[4096];
	int i;

	(void)shutdown(fd, SHUT_WR);
	for (i = 0; i < 16; i++)
		if (recv(fd, waste, sizeof(waste), MSG_DONTWAIT) <= 0)
			return;
}

static void make_reset(int fd)
{
	const struct linger now = { 1, 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static bool ends_in_a_cut(const struct duet_link *link)
{
	struct duet_conn_state state = { .size = sizeof(state) };

	if (link->cut)
		return true;
	duet_conn_get_state(link->conn, &state);
	return state.aborted;
}

void duet_link_close(struct duet_link *link)
{
	bool cut;

	if (link == NULL)
		return;
	link->doomed = true;
	if (link->running)
		return; /* at the end of that */
	cut = ends_in_a_cut(link);
	duet_revoke_free(link->revoke);
	duet_watch_free(link->watch);
	duet_timer_free(link->timer);
	if (!cut)
		duet_conn_close(link->conn);
	duet_link_flush(link);
	if (!cut)
		duet_pipe_say_goodbye(&link->pipe);
	if (link->borrowed)
		(void)fcntl(link->pipe.fd, F_SETFL, link->kept_flags);
	else if (cut)
		make_reset(link->pipe.fd);
	else
		leave(link->pipe.fd);
	duet_pipe_close(&link->pipe);
	duet_conn_free(link->conn);
	duet_peer_facts_release(link->peer);
	duet_mem_free(link->host);
	duet_mem_free(link);
}
