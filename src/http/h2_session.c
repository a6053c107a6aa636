/* SPDX-License-Identifier: MIT */
/*
 * The door to nghttp2: the only file that includes it. Calls go down to its
 * session, its callbacks come up as what frames mean (h2_recv.c). Nothing is
 * decided here.
 */
#include <stdio.h>
#include <string.h>

#include <nghttp2/nghttp2.h>

#include "base/error.h"
#include "base/grammar.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/h2_int.h"

enum {
	FIELDS_ON_STACK = 72, /* of a head going out, without an allocation */
	FRAME_HEAD = 9,
	FRAME_MAX = 16384, /* SETTINGS_MAX_FRAME_SIZE, ours */
	CONNECTION_WINDOW = 1 << 20,
	/* What streams hold is bounded by their own windows. */
	CLIENT_CONNECTION_WINDOW = 16 << 20,
	WINDOW_MOST = 8 << 20, /* to which that of a stream grows */
	WORDS_BYTES = 160,
};

/* ---- what comes ---- */

static struct duet_h2_stream *stream_of(nghttp2_session *session, int32_t id)
{
	return nghttp2_session_get_stream_user_data(session, id);
}

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd,
			  void *arg)
{
	struct duet_h2_stream *s;
	struct duet_h2 *h2 = arg;
	bool ack = (hd->flags & NGHTTP2_FLAG_ACK) != 0;

	if (hd->type != NGHTTP2_CONTINUATION)
		h2->in_block = false;
	switch (hd->type) {
	case NGHTTP2_CONTINUATION:
		/* RFC 9113 s4.2; of the others nghttp2 looks at the size. */
		if (hd->length > FRAME_MAX)
			duet_h2_fail(h2, DUET_H2_FRAME_SIZE_ERROR, DUET_E_HTTP,
				     "a CONTINUATION frame that is too large");
		break;
	case NGHTTP2_HEADERS:
		/* Of a stream that is over they are decoded and ignored. */
		if (hd->stream_id > h2->newest)
			h2->newest = hd->stream_id;
		else if (stream_of(session, hd->stream_id) == NULL)
			duet_h2_pay_control(h2);
		break;
	case NGHTTP2_DATA: /* for its cost, see on_frame_recv() */
		s = stream_of(session, hd->stream_id);
		if (s != NULL)
			duet_h2_on_data_frame(s, hd->length,
					      (hd->flags &
					       NGHTTP2_FLAG_PADDED) != 0,
					      (hd->flags &
					       NGHTTP2_FLAG_END_STREAM) != 0);
		break;
	case NGHTTP2_RST_STREAM: /* has a rate of its own */
		break;
	case NGHTTP2_PRIORITY:
		/* RFC 9113 s6.3; nghttp2 does not look at what it ignores. */
		if (hd->stream_id == 0)
			duet_h2_fail(h2, DUET_H2_PROTOCOL_ERROR, DUET_E_HTTP,
				     "a PRIORITY frame of no stream");
		duet_h2_pay_control(h2);
		break;
	case NGHTTP2_PING:
	case NGHTTP2_SETTINGS:
		if (!ack)
			duet_h2_pay_control(h2);
		break;
	default:
		duet_h2_pay_control(h2);
	}
	return 0;
}

static int on_begin_headers(nghttp2_session *session,
			    const nghttp2_frame *frame, void *arg)
{
	struct duet_h2_stream *s = stream_of(session, frame->hd.stream_id);
	struct duet_h2 *h2 = arg;

	if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
		s = duet_h2_stream_new(h2);
		if (s == NULL)
			return NGHTTP2_ERR_CALLBACK_FAILURE;
		duet_h2_stream_name(h2, s, frame->hd.stream_id);
		(void)nghttp2_session_set_stream_user_data(session,
							   frame->hd.stream_id,
							   s);
	}
	/* Of a block that nghttp2 ignores no end would be told. */
	h2->in_block = s != NULL;
	if (s == NULL || duet_h2_on_block(h2, s) == DUET_OK)
		return 0;
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static struct duet_bytes bytes_of(nghttp2_rcbuf *buf)
{
	nghttp2_vec vec = nghttp2_rcbuf_get_buf(buf);

	return (struct duet_bytes){ vec.base, vec.len };
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame,
		     nghttp2_rcbuf *name, nghttp2_rcbuf *value, uint8_t flags,
		     void *arg)
{
	struct duet_h2_stream *s = stream_of(session, frame->hd.stream_id);

	(void)flags;
	if (s == NULL || duet_h2_on_field(arg, s, bytes_of(name),
					  bytes_of(value)) == DUET_OK)
		return 0;
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* RFC 9113 s8.2.1: malformed, not ignored. */
static int on_invalid_header(nghttp2_session *session,
			     const nghttp2_frame *frame, nghttp2_rcbuf *name,
			     nghttp2_rcbuf *value, uint8_t flags, void *arg)
{
	struct duet_h2_stream *s = stream_of(session, frame->hd.stream_id);
	char quote[DUET_QUOTE_BYTES];
	char words[WORDS_BYTES];

	(void)value;
	(void)flags;
	(void)snprintf(words, sizeof(words), "a malformed field, '%s'",
		       duet_fault_quote(quote, bytes_of(name)));
	if (s != NULL)
		duet_h2_cut_in(arg, s, DUET_CUT_PROTOCOL, 0, DUET_E_HTTP,
			       words);
	(void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE,
					frame->hd.stream_id,
					NGHTTP2_PROTOCOL_ERROR);
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t id,
			 const uint8_t *data, size_t len, void *arg)
{
	struct duet_h2_stream *s = stream_of(session, id);
	struct duet_h2 *h2 = arg;

	(void)flags;
	(void)nghttp2_session_consume_connection(session, len);
	if (s == NULL) {
		(void)nghttp2_session_consume_stream(session, id, len);
		return 0;
	}
	duet_h2_on_data(h2, s, (struct duet_bytes){ data, len });
	if (h2->data.len == 0)
		return 0;
	h2->paused = true;
	return NGHTTP2_ERR_PAUSE;
}

static void on_goaway(struct duet_h2 *h2, const nghttp2_goaway *goaway)
{
	h2->peer_leaves = true;
	h2->goaway = goaway->error_code;
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame,
			 void *arg)
{
	struct duet_h2_stream *s = stream_of(session, frame->hd.stream_id);
	bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
	struct duet_h2 *h2 = arg;
	int rc = DUET_OK;

	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
		h2->in_block = false;
		if (s != NULL)
			rc = duet_h2_on_block_end(h2, s, end);
		break;
	case NGHTTP2_DATA:
		/* Padding alone moves nothing on either. */
		if (frame->hd.length == frame->data.padlen && !end)
			duet_h2_pay_control(h2);
		if (s != NULL && end)
			duet_h2_on_end(h2, s);
		break;
	case NGHTTP2_RST_STREAM:
		duet_h2_pay_reset(h2);
		if (s != NULL)
			s->by_peer = true;
		break;
	case NGHTTP2_GOAWAY:
		on_goaway(h2, &frame->goaway);
		break;
	case NGHTTP2_PING:
		if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0 && h2->draining &&
		    !h2->last_said)
			duet_h2_session_goaway(h2);
		break;
	default:
		break;
	}
	return rc == DUET_OK ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* Fields that are malformed have an error of their own; trailers are as well
 * at fault that do not end the stream. */
static int on_invalid_frame(nghttp2_session *session,
			    const nghttp2_frame *frame, int lib_error,
			    void *arg)
{
	struct duet_h2_stream *s = stream_of(session, frame->hd.stream_id);

	(void)arg;
	if (s != NULL && frame->hd.type == NGHTTP2_HEADERS &&
	    frame->headers.cat == NGHTTP2_HCAT_HEADERS &&
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
	    lib_error == NGHTTP2_ERR_HTTP_MESSAGING)
		duet_h2_on_early_trailers(s);
	return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code,
			   void *arg)
{
	struct duet_h2_stream *s = stream_of(session, id);
	struct duet_h2 *h2 = arg;

	h2->in_block = false;
	if (s != NULL)
		duet_h2_on_closed(h2, s, code);
	return 0;
}

/* ---- what goes ---- */

/* The faults of which a peer could make a flood (RFC 9113 s10.5). */
static bool is_their_fault(uint32_t code)
{
	return code == NGHTTP2_PROTOCOL_ERROR ||
	       code == NGHTTP2_FLOW_CONTROL_ERROR ||
	       code == NGHTTP2_STREAM_CLOSED ||
	       code == NGHTTP2_FRAME_SIZE_ERROR;
}

static void on_goaway_sent(struct duet_h2 *h2, const nghttp2_goaway *goaway)
{
	char words[WORDS_BYTES];
	struct duet_bytes reason = { goaway->opaque_data,
				     goaway->opaque_data_len };

	if (goaway->error_code == NGHTTP2_NO_ERROR) {
		if (goaway->last_stream_id != INT32_MAX)
			h2->last_said = true;
		return;
	}
	duet_str_printable(words, sizeof(words), reason);
	duet_h2_failed(h2, goaway->error_code, words);
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame,
			 void *arg)
{
	struct duet_h2_stream *s;
	struct duet_h2 *h2 = arg;

	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
	case NGHTTP2_DATA:
		s = stream_of(session, frame->hd.stream_id);
		if (s == NULL)
			break;
		if (frame->hd.type == NGHTTP2_HEADERS &&
		    (frame->headers.cat == NGHTTP2_HCAT_RESPONSE ||
		     frame->headers.cat == NGHTTP2_HCAT_REQUEST))
			s->head_sent = true;
		if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
			duet_h2_on_sent(h2, s);
		break;
	case NGHTTP2_RST_STREAM:
		if (is_their_fault(frame->rst_stream.error_code))
			duet_h2_pay_reset(h2);
		/* RFC 9113 s5.1.2: who has not seen our SETTINGS yet may begin
		 * as many as it likes. */
		if (frame->rst_stream.error_code == NGHTTP2_REFUSED_STREAM)
			duet_h2_pay_control(h2);
		break;
	case NGHTTP2_GOAWAY:
		on_goaway_sent(h2, &frame->goaway);
		break;
	default:
		break;
	}
	return 0;
}

static int on_frame_not_send(nghttp2_session *session,
			     const nghttp2_frame *frame, int lib_error,
			     void *arg)
{
	struct duet_h2_stream *s;
	struct duet_h2 *h2 = arg;

	(void)session;
	if (frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	s = duet_h2_find(h2, (uint64_t)frame->hd.stream_id);
	if (s == NULL)
		return 0;
	/* A reply to a stream that is being reset: on_stream_close() tells by
	 * what. */
	if (h2->role == DUET_ROLE_SERVER &&
	    lib_error == NGHTTP2_ERR_STREAM_CLOSING)
		return 0;
	duet_h2_on_unsent(h2, s, nghttp2_strerror(lib_error));
	return 0;
}

static void put_nv(nghttp2_nv *nv, struct duet_bytes name,
		   struct duet_bytes value)
{
	nv->name = (uint8_t *)(uintptr_t)name.data;
	nv->namelen = name.len;
	nv->value = (uint8_t *)(uintptr_t)value.data;
	nv->valuelen = value.len;
	nv->flags = NGHTTP2_NV_FLAG_NONE;
}

/* Room for them is on the stack, or else *ret_heap is to be freed. */
static nghttp2_nv *to_nv(const struct duet_header *list, size_t n,
			 const struct duet_prepared *prepared,
			 nghttp2_nv *stack, nghttp2_nv **ret_heap)
{
	size_t more = duet_prepared_count(prepared);
	nghttp2_nv *nv = stack;
	size_t i;

	*ret_heap = NULL;
	if (n + more > FIELDS_ON_STACK) {
		nv = duet_mem_array(n + more, sizeof(*nv));
		*ret_heap = nv;
	}
	/* RFC 9113 s8.2.1: no blanks around a value */
	for (i = 0; nv != NULL && i < n; i++)
		put_nv(&nv[i], duet_str(list[i].name),
		       duet_trim(duet_str(list[i].value)));
	for (i = 0; nv != NULL && prepared != NULL && i < more; i++)
		put_nv(&nv[n + i], prepared->fields[i].name,
		       prepared->fields[i].value);
	return nv;
}

/* The trailers of a body that has ended. */
static int submit_trailers(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	/* There are some, or this would not be called. */
	const char *at =
		(const char *)s->out_trailers.data + s->out_trailers.begin;
	nghttp2_nv stack[FIELDS_ON_STACK];
	struct duet_header *list;
	nghttp2_nv *heap = NULL;
	nghttp2_nv *nv = NULL;
	size_t i;
	int rc;

	list = duet_mem_array(s->n_out_trailers, sizeof(*list));
	if (list == NULL)
		return NGHTTP2_ERR_NOMEM;
	for (i = 0; i < s->n_out_trailers; i++) {
		list[i].name = at;
		at += strlen(at) + 1;
		list[i].value = at;
		at += strlen(at) + 1;
	}
	nv = to_nv(list, s->n_out_trailers, NULL, stack, &heap);
	rc = nv == NULL ? NGHTTP2_ERR_NOMEM
			: nghttp2_submit_trailer(h2->session, s->id, nv,
						 s->n_out_trailers);
	duet_mem_free(heap);
	duet_mem_free(list);
	return rc;
}

/* How much of the body goes into the next frame; on_data_frame() puts it. */
static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *buf,
		       size_t len, uint32_t *data_flags,
		       nghttp2_data_source *source, void *arg)
{
	struct duet_h2_stream *s = stream_of(session, id);
	size_t held;

	(void)buf;
	(void)source;
	if (s == NULL)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	held = duet_h2_at_hand(s);
	*data_flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	if (s->out == DUET_H2_OUT_ENDED && held <= len) {
		*data_flags |= NGHTTP2_DATA_FLAG_EOF;
		if (s->n_out_trailers == 0)
			return (ssize_t)held;
		*data_flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		if (submit_trailers(arg, s) != 0)
			return NGHTTP2_ERR_CALLBACK_FAILURE;
		return (ssize_t)held;
	}
	if (held == 0) {
		s->deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	return (ssize_t)(held < len ? held : len);
}

static int on_data_frame(nghttp2_session *session, nghttp2_frame *frame,
			 const uint8_t *frame_head, size_t len,
			 nghttp2_data_source *source, void *arg)
{
	struct duet_h2_stream *s = stream_of(session, frame->hd.stream_id);
	struct duet_h2 *h2 = arg;

	(void)source;
	/* It was given up since on_read(). */
	if (s == NULL || duet_h2_at_hand(s) < len)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (duet_buf_len(&h2->out) >= DUET_H2_OUT_ENOUGH)
		return NGHTTP2_ERR_WOULDBLOCK;
	if (duet_buf_reserve(&h2->out, FRAME_HEAD + len) != DUET_OK)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	memcpy(h2->out.data + h2->out.end, frame_head, FRAME_HEAD);
	duet_buf_filled(&h2->out, FRAME_HEAD);
	duet_h2_move_body(h2, s, len);
	s->unframed -= len;
	s->blocked_since = -1;
	/* The window update that it will be answered with, and another. */
	duet_h2_earn(h2, 2);
	return 0;
}

int duet_h2_session_fill(struct duet_h2 *h2)
{
	const uint8_t *data;
	ssize_t n;

	while (duet_buf_len(&h2->out) < DUET_H2_OUT_ENOUGH) {
		if (h2->memory.starving)
			return DUET_E_NOMEM;
		n = nghttp2_session_mem_send(h2->session, &data);
		if (n < 0)
			return DUET_E_NOMEM;
		if (n == 0)
			break;
		if (duet_buf_add(&h2->out, data, (size_t)n) != DUET_OK)
			return DUET_E_NOMEM;
	}
	return DUET_OK;
}

/* ---- the session ---- */

static void set_callbacks(nghttp2_session_callbacks *callbacks)
{
	nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks,
							      on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks,
								on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback2(callbacks, on_header);
	nghttp2_session_callbacks_set_on_invalid_header_callback2(callbacks,
								  on_invalid_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
								  on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
							     on_frame_recv);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks,
								     on_invalid_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
							       on_stream_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks,
							     on_frame_send);
	nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks,
								 on_frame_not_send);
	nghttp2_session_callbacks_set_send_data_callback(callbacks,
							 on_data_frame);
}

static void set_options(nghttp2_option *option, enum duet_role role)
{
	/* Until the server's SETTINGS have come, which may allow no more, a
	 * second request waits: what is too many is refused. */
	if (role == DUET_ROLE_CLIENT)
		nghttp2_option_set_peer_max_concurrent_streams(option, 1);
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_no_closed_streams(option, 1);
	/* RFC 9218 s7.1 */
	nghttp2_option_set_builtin_recv_extension_type(option,
						       NGHTTP2_PRIORITY_UPDATE);
	/* We count them ourselves, and sooner. */
	nghttp2_option_set_stream_reset_rate_limit(option, UINT32_MAX,
						   UINT32_MAX);
}

static int submit_settings(struct duet_h2 *h2)
{
	const struct duet_limits *limits = &h2->limits;
	nghttp2_settings_entry server[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits->streams },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits->window_bytes },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits->head_bytes },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
	};
	nghttp2_settings_entry client[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits->window_bytes },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits->head_bytes },
	};
	int32_t window = h2->role == DUET_ROLE_SERVER
				 ? CONNECTION_WINDOW
				 : CLIENT_CONNECTION_WINDOW;
	int rc;

	if (limits->window_bytes > (uint32_t)window)
		window = (int32_t)limits->window_bytes;
	if (h2->role == DUET_ROLE_SERVER)
		rc = nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE,
					     server,
					     sizeof(server) /
						     sizeof(server[0]));
	else
		rc = nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE,
					     client,
					     sizeof(client) /
						     sizeof(client[0]));
	if (rc == 0)
		/* Of one stream that nobody takes, no other should suffer. */
		rc = nghttp2_session_set_local_window_size(h2->session,
							   NGHTTP2_FLAG_NONE, 0,
							   window);
	return rc == 0 ? DUET_OK : DUET_E_NOMEM;
}

int duet_h2_session_new(struct duet_h2 *h2)
{
	nghttp2_mem mem = {
		.mem_user_data = &h2->memory,
		.malloc = duet_h2_memory_alloc,
		.free = duet_h2_memory_release,
		.calloc = duet_h2_memory_array,
		.realloc = duet_h2_memory_resize,
	};
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *option = NULL;
	int rc = NGHTTP2_ERR_NOMEM;

	if (nghttp2_session_callbacks_new(&callbacks) == 0 &&
	    nghttp2_option_new(&option) == 0) {
		set_callbacks(callbacks);
		set_options(option, h2->role);
		if (h2->role == DUET_ROLE_SERVER)
			rc = nghttp2_session_server_new3(&h2->session,
							 callbacks, h2, option,
							 &mem);
		else
			rc = nghttp2_session_client_new3(&h2->session,
							 callbacks, h2, option,
							 &mem);
	}
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(option);
	return rc == 0 ? submit_settings(h2) : DUET_E_NOMEM;
}

void duet_h2_session_free(struct duet_h2 *h2)
{
	if (!h2->memory.starving)
		nghttp2_session_del(h2->session);
	duet_h2_memory_done(&h2->memory);
}

/* What it will not go on after. A callback of ours fails for want of memory
 * only. */
static int feed_failed(struct duet_h2 *h2, ssize_t error)
{
	h2->at = h2->end;
	switch (error) {
	case NGHTTP2_ERR_NOMEM:
	case NGHTTP2_ERR_CALLBACK_FAILURE:
		return DUET_E_NOMEM;
	case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
		duet_h2_fail(h2, DUET_H2_PROTOCOL_ERROR, DUET_E_HTTP,
			     "what came first is not the preface of HTTP/2");
		return DUET_OK;
	case NGHTTP2_ERR_FLOODED:
		duet_h2_fail(h2, DUET_H2_ENHANCE_YOUR_CALM, DUET_E_LIMIT,
			     "too many frames that are to be acknowledged");
		return DUET_OK;
	case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
		duet_h2_fail(h2, DUET_H2_ENHANCE_YOUR_CALM, DUET_E_LIMIT,
			     "too many CONTINUATION frames");
		return DUET_OK;
	default:
		duet_h2_fail(h2, DUET_H2_PROTOCOL_ERROR, DUET_E_HTTP,
			     nghttp2_strerror((int)error));
		return DUET_OK;
	}
}

int duet_h2_session_feed(struct duet_h2 *h2)
{
	ssize_t n;

	while ((h2->at < h2->end || h2->paused) && h2->data.len == 0 &&
	       !h2->failed) {
		/* What follows a pause may be the end of a frame, and no
		 * byte. */
		h2->paused = false;
		if (h2->memory.starving)
			return DUET_E_NOMEM;
		n = nghttp2_session_mem_recv(h2->session, h2->in + h2->at,
					     h2->end - h2->at);
		if (n < 0)
			return feed_failed(h2, n);
		h2->at += (size_t)n;
	}
	if (h2->failed)
		h2->at = h2->end;
	return DUET_OK;
}

static int status_of(int rc)
{
	if (rc == 0)
		return DUET_OK;
	return rc == NGHTTP2_ERR_NOMEM ? DUET_E_NOMEM : DUET_E_GONE;
}

int duet_h2_session_head(struct duet_h2 *h2, struct duet_h2_stream *s,
			 const struct duet_header *list, size_t n,
			 const struct duet_prepared *prepared, bool end)
{
	nghttp2_data_provider provider = { { .ptr = NULL }, on_read };
	nghttp2_nv stack[FIELDS_ON_STACK];
	nghttp2_nv *heap;
	nghttp2_nv *nv = to_nv(list, n, prepared, stack, &heap);
	int rc = NGHTTP2_ERR_NOMEM;

	if (nv != NULL && !h2->memory.starving)
		rc = nghttp2_submit_response(h2->session, s->id, nv,
					     n + duet_prepared_count(prepared),
					     end ? NULL : &provider);
	duet_mem_free(heap);
	return status_of(rc);
}

int duet_h2_session_interim(struct duet_h2 *h2, struct duet_h2_stream *s,
			    const struct duet_header *list, size_t n,
			    const struct duet_prepared *prepared)
{
	nghttp2_nv stack[FIELDS_ON_STACK];
	nghttp2_nv *heap;
	nghttp2_nv *nv = to_nv(list, n, prepared, stack, &heap);
	int rc = NGHTTP2_ERR_NOMEM;

	if (nv != NULL && !h2->memory.starving)
		rc = nghttp2_submit_headers(h2->session, NGHTTP2_FLAG_NONE,
					    s->id, NULL, nv,
					    n + duet_prepared_count(prepared),
					    NULL);
	duet_mem_free(heap);
	return status_of(rc);
}

int32_t duet_h2_session_request(struct duet_h2 *h2, struct duet_h2_stream *s,
				const struct duet_header *list, size_t n,
				bool end)
{
	nghttp2_data_provider provider = { { .ptr = NULL }, on_read };
	nghttp2_nv stack[FIELDS_ON_STACK];
	nghttp2_nv *heap;
	nghttp2_nv *nv = to_nv(list, n, NULL, stack, &heap);
	int32_t id = NGHTTP2_ERR_NOMEM;

	if (nv != NULL && !h2->memory.starving)
		id = nghttp2_submit_request(h2->session, NULL, nv, n,
					    end ? NULL : &provider, s);
	duet_mem_free(heap);
	return id > 0 ? id : status_of(id);
}

void duet_h2_session_resume(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	if (!s->deferred || h2->memory.starving)
		return;
	s->deferred = false;
	/* It fails where the stream is closed, which has been told. */
	(void)nghttp2_session_resume_data(h2->session, s->id);
}

void duet_h2_session_reset(struct duet_h2 *h2, struct duet_h2_stream *s,
			   enum duet_h2_code code)
{
	if (!s->closed && !h2->memory.starving)
		(void)nghttp2_submit_rst_stream(h2->session, NGHTTP2_FLAG_NONE,
						s->id, code);
}

void duet_h2_session_forget(struct duet_h2 *h2, struct duet_h2_stream *s)
{
	if (!s->closed && !h2->memory.starving)
		(void)nghttp2_session_set_stream_user_data(h2->session, s->id,
							   NULL);
}

/*
 * Who takes a body as it comes is not to wait for the next window: after each
 * one that was taken it is twice as large. Who takes nothing never has more
 * than the first.
 */
static void grow_window(struct duet_h2 *h2, struct duet_h2_stream *s, size_t n)
{
	s->taken += n;
	if (!h2->windows_grow)
		return;
	if (s->window == 0)
		s->window = h2->limits.window_bytes;
	if (s->window >= WINDOW_MOST || s->taken < s->window)
		return;
	s->window *= 2;
	(void)nghttp2_session_set_local_window_size(h2->session,
						    NGHTTP2_FLAG_NONE, s->id,
						    (int32_t)s->window);
}

void duet_h2_session_credit(struct duet_h2 *h2, struct duet_h2_stream *s,
			    size_t n)
{
	if (n > 0 && !s->closed && !h2->memory.starving &&
	    s->in == DUET_H2_IN_BODY) {
		(void)nghttp2_session_consume_stream(h2->session, s->id, n);
		grow_window(h2, s, n);
	}
}

void duet_h2_session_warn(struct duet_h2 *h2)
{
	if (h2->memory.starving)
		return;
	(void)nghttp2_submit_shutdown_notice(h2->session);
	(void)nghttp2_submit_ping(h2->session, NGHTTP2_FLAG_NONE, NULL);
}

void duet_h2_session_goaway(struct duet_h2 *h2)
{
	if (h2->memory.starving)
		return;
	(void)nghttp2_submit_goaway(h2->session, NGHTTP2_FLAG_NONE,
				    nghttp2_session_get_last_proc_stream_id(
					    h2->session),
				    NGHTTP2_NO_ERROR, NULL, 0);
}

void duet_h2_session_terminate(struct duet_h2 *h2, enum duet_h2_code code)
{
	if (h2->memory.starving)
		return;
	(void)nghttp2_session_terminate_session(h2->session, code);
}

bool duet_h2_session_may_request(const struct duet_h2 *h2)
{
	return !h2->memory.starving &&
	       nghttp2_session_check_request_allowed(h2->session) != 0;
}
