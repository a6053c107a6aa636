/* SPDX-License-Identifier: MIT */
/* http/h2_int.h - the state of an HTTP/2 engine; for src/http/h2*.c only. */
#ifndef DUET_HTTP_H2_INT_H
#define DUET_HTTP_H2_INT_H

#include "base/buf.h"
#include "http/fault.h"
#include "http/field.h"
#include "http/h2.h"
#include "http/h2_memory.h"

enum {
	DUET_H2_RECV_ROOM = 16 * 1024, /* a TLS record */
	DUET_H2_SEND_ROOM = 64 * 1024, /* body bytes held for one stream */
	/* When all streams together hold so much, each gets a frame's worth. */
	DUET_H2_SEND_MANY = 512 * 1024,
	DUET_H2_SEND_LEAST = 16 * 1024,
	DUET_H2_OUT_ENOUGH = 64 * 1024, /* frames made at once */
	DUET_H2_INTERIMS = 16,          /* 1xx heads before the final one */
	DUET_H2_SPARES = 64,            /* streams kept for the next ones */
	DUET_H2_BUCKETS = 64,           /* of the table of streams by number */
};

/* RFC 9113 s7: those that we say. */
enum duet_h2_code {
	DUET_H2_NO_ERROR = 0,
	DUET_H2_PROTOCOL_ERROR = 1,
	DUET_H2_INTERNAL_ERROR = 2,
	DUET_H2_FRAME_SIZE_ERROR = 6,
	DUET_H2_REFUSED_STREAM = 7,
	DUET_H2_CANCEL = 8,
	DUET_H2_ENHANCE_YOUR_CALM = 11,
};

/* A field block: pseudo-header fields first, then the others. The texts are
 * one after another in text, and get their pointers when the block is whole. */
struct duet_h2_block {
	struct duet_h2_block *next; /* interim heads, in order */
	struct duet_buf text;       /* name NUL value NUL ... */
	struct duet_fields fields;
	struct duet_head head;
	size_t bytes;      /* of all lines, also of those that were not kept */
	size_t count;      /* of those that are */
	int32_t fault;     /* the status of the limit it passed, or 0 */
	const char *limit; /* its name */
};

/*
 * What has come of a message:
 *
 *   HEAD -(field block)-> BODY -(END_STREAM)-> WHOLE -(END)-> TOLD
 *   HEAD, BODY -(anything else)-> CUT -(ABORTED)-> ABORTED
 */
enum duet_h2_in_state {
	DUET_H2_IN_HEAD,
	DUET_H2_IN_BODY,
	DUET_H2_IN_WHOLE, /* END is due */
	DUET_H2_IN_TOLD,
	DUET_H2_IN_CUT, /* ABORTED is due */
	DUET_H2_IN_ABORTED,
};

/*
 * What has gone of ours:
 *
 *   server  NONE -(head told)-> HEAD -(reply)-> BODY -(end)-> ENDED -> DONE
 *   client  BODY -(end)-> ENDED -(END_STREAM is in a frame)-> DONE
 *   any     -(abort, reset)-> CUT
 */
enum duet_h2_out_state {
	DUET_H2_OUT_NONE,
	DUET_H2_OUT_HEAD,
	DUET_H2_OUT_BODY,
	DUET_H2_OUT_ENDED,
	DUET_H2_OUT_DONE,
	DUET_H2_OUT_CUT,
};

enum duet_h2_framing {
	DUET_H2_UNKNOWN, /* ends when it ends */
	DUET_H2_LENGTH,
	DUET_H2_EMPTY,  /* there is none, and none is taken */
	DUET_H2_UNSENT, /* of a HEAD: taken, and left out */
};

/* What a peer owes on one stream. */
enum duet_h2_due {
	DUET_H2_DUE_NOTHING,
	DUET_H2_DUE_BODY,
	DUET_H2_DUE_REPLY,
};

/* RFC 9113 s8.1.1: how a body is not of its Content-Length. */
enum duet_h2_misfit {
	DUET_H2_FITS, /* as far as can be told */
	DUET_H2_TOO_SHORT,
	DUET_H2_TOO_LONG,
};

struct duet_h2_stream {
	struct duet_h2_stream *next; /* all of them, the newest first */
	struct duet_h2_stream *prev;
	struct duet_h2_stream *next_same; /* in its bucket */
	struct duet_h2_stream *next_due;  /* those with something to tell */
	bool queued;
	int32_t id;
	bool closed;  /* nghttp2 has forgotten it */
	bool over;    /* in both directions; freed with next() */
	bool let_go;  /* by done(), with END_STREAM still to be sent */
	bool unread;  /* ... and the rest of the request unwanted */
	bool by_peer; /* the RST_STREAM was theirs */
	bool unseen;  /* ... or never will be: they have not begun with it */

	enum duet_h2_in_state in;
	struct duet_h2_block msg;
	struct duet_h2_block *interims; /* to be told */
	struct duet_h2_block *trailers; /* NULL until they begin */
	struct duet_h2_block *filling;  /* the block that is coming */
	unsigned n_interims;
	bool head_told;
	bool cancelled;             /* CANCELLED is due */
	bool head_asked;            /* HEAD: the reply has no body */
	bool asks_continue;         /* the client waits for a 100 */
	uint64_t got;               /* body bytes so far */
	enum duet_h2_misfit misfit; /* the first one that was seen */
	uint64_t too_many;          /* ... bytes, as far as DATA has begun */
	uint64_t taken;             /* ... and taken */
	uint32_t window;            /* ours for it; 0: as all begin with */
	size_t held;                /* of these, kept by the caller */
	enum duet_cut cut; /* of the ABORTED or CANCELLED that is due */
	int32_t status;    /* ... and the answer it deserves */
	int code;          /* ... and its error */
	struct duet_error *why;

	enum duet_h2_out_state out;
	bool head_sent; /* of a reply, or a request: it is in frames */
	enum duet_h2_framing framing;
	bool by_itself; /* over with the head: send_end() is welcome, not due */
	bool deferred;  /* nghttp2 has asked in vain, and will not ask again */
	uint64_t left;  /* of a body with a length */
	struct duet_buf body;         /* not in frames yet */
	struct duet_bytes borrowed;   /* the caller's, of the same body */
	uint64_t unframed;            /* of both, or dropped with them */
	size_t lent;                  /* room lent by send_room(), or 0 */
	size_t lent_at;               /* where it begins in body.data */
	struct duet_buf out_trailers; /* name NUL value NUL ... */
	size_t n_out_trailers;

	/* Limits of time: see h2_time.c. */
	enum duet_h2_due due;
	int64_t waited_ms;
	int64_t waiting_since; /* -1: we are not waiting */
	int64_t blocked_since; /* -1: nothing waits for the peer's window */
};

/* A rate: see h2_rate.c. */
struct duet_h2_rate {
	uint32_t left;
	int64_t since_ms;
};

struct duet_h2 {
	enum duet_role role;
	bool secure;
	bool windows_grow; /* of streams whose bodies are taken */
	struct duet_limits limits;
	struct nghttp2_session *session;
	struct duet_h2_memory memory; /* all that it holds */

	/* Input: fed up to at, then events are told, then fed on. */
	uint8_t *in;
	size_t at;
	size_t end;
	bool lent_in;           /* somebody fills the input */
	bool starved;           /* next() has nothing more to tell */
	bool paused;            /* in the middle of a DATA frame, maybe at
				 * its end */
	struct duet_bytes data; /* of a DATA event to be told, in input */
	struct duet_h2_stream *data_stream; /* of the one to be told, or told */
	size_t told;                        /* bytes of the event told last */
	struct duet_h2_block *telling; /* an interim head that was told last */

	struct duet_h2_stream *streams;
	struct duet_h2_stream *buckets[DUET_H2_BUCKETS];
	struct duet_h2_stream *due_first;
	struct duet_h2_stream *due_last;
	struct duet_h2_stream *spare;
	size_t n_streams;
	size_t n_spare;
	uint64_t last;  /* the newest stream */
	int32_t newest; /* ... of which HEADERS have begun to come */
	uint64_t n_begun;
	bool some_over; /* a stream waits to be freed */
	bool in_block;  /* a field block has begun, and not ended */

	struct duet_buf out; /* frames */
	size_t n_body; /* bytes that streams hold before they are frames */

	/* How it ends. */
	enum duet_cut ended; /* the input, or NONE */
	bool hard;           /* ... and the output with it */
	bool failed;         /* GOAWAY with an error has been sent */
	bool silent;         /* CLOSED was told */
	bool draining;
	bool last_said; /* the GOAWAY that tells the last stream is sent */
	bool peer_leaves;
	uint32_t goaway; /* the code of theirs */
	struct duet_error *why;

	int64_t now_ms;
	int64_t deadline;
	struct duet_h2_rate resets;
	struct duet_h2_rate controls;
};

/* ---- h2.c: streams ---- */

/* A new one without a number, or NULL. */
struct duet_h2_stream *duet_h2_stream_new(struct duet_h2 *h2);
/* Its number, once. */
void duet_h2_stream_name(struct duet_h2 *h2, struct duet_h2_stream *s,
			 int32_t id);
void duet_h2_stream_free(struct duet_h2 *h2, struct duet_h2_stream *s);
/* NULL: there is none of that number. */
struct duet_h2_stream *duet_h2_find(const struct duet_h2 *h2, uint64_t stream);
/* It has something to tell. */
void duet_h2_make_due(struct duet_h2 *h2, struct duet_h2_stream *s);
/* A client's exchange is over by itself when both directions are, a server's
 * when it has been let go. */
void duet_h2_settle(struct duet_h2 *h2, struct duet_h2_stream *s);
void duet_h2_free_over(struct duet_h2 *h2);
void duet_h2_block_init(struct duet_h2_block *block, size_t max);
void duet_h2_block_done(struct duet_h2_block *block);
/* One that stands alone; NULL is fine. */
void duet_h2_block_free(struct duet_h2_block *block);
/* Give up what is held to be sent. */
void duet_h2_drop_body(struct duet_h2 *h2, struct duet_h2_stream *s);

/* ---- h2_cut.c: what does not end well ---- */

/*
 * The message that is coming will never be whole; a server may still answer
 * with status, unless it is 0. code and words are of its sentence. Nothing
 * happens when it is whole or cut already.
 */
void duet_h2_cut_in(struct duet_h2 *h2, struct duet_h2_stream *s,
		    enum duet_cut cut, int32_t status, int code,
		    const char *words);
/* Ours will not. */
void duet_h2_cut_out(struct duet_h2 *h2, struct duet_h2_stream *s,
		     enum duet_cut cut, int code, const char *words);
/* The whole connection ends with GOAWAY and that code, for the peer's fault. */
void duet_h2_fail(struct duet_h2 *h2, enum duet_h2_code code, int status,
		  const char *words);
/* nghttp2 or we have sent a GOAWAY with an error: nothing is understood any
 * more. */
void duet_h2_failed(struct duet_h2 *h2, uint32_t code, const char *words);
/* "PROTOCOL_ERROR" */
const char *duet_h2_code_name(uint32_t code);

/* ---- h2_recv.c: what frames mean; called by h2_session.c ---- */

int duet_h2_on_block(struct duet_h2 *h2, struct duet_h2_stream *s);
int duet_h2_on_field(struct duet_h2 *h2, struct duet_h2_stream *s,
		     struct duet_bytes name, struct duet_bytes value);
/* The block is whole; end: with END_STREAM. */
int duet_h2_on_block_end(struct duet_h2 *h2, struct duet_h2_stream *s,
			 bool end);
void duet_h2_on_data(struct duet_h2 *h2, struct duet_h2_stream *s,
		     struct duet_bytes data);
void duet_h2_on_end(struct duet_h2 *h2, struct duet_h2_stream *s);
/* A DATA frame of that length begins, with padding or without. */
void duet_h2_on_data_frame(struct duet_h2_stream *s, size_t len, bool padded,
			   bool end);
/* The trailers that end its body are well, its length is not. */
void duet_h2_on_early_trailers(struct duet_h2_stream *s);
/* nghttp2 has done with it. */
void duet_h2_on_closed(struct duet_h2 *h2, struct duet_h2_stream *s,
		       uint32_t code);
/* Nor will it ever send our head; why: in words. */
void duet_h2_on_unsent(struct duet_h2 *h2, struct duet_h2_stream *s,
		       const char *why);
/* END_STREAM of ours has become a frame. */
void duet_h2_on_sent(struct duet_h2 *h2, struct duet_h2_stream *s);

/* ---- h2_head.c ---- */

/* The block of a request as a head; end: no body follows. DUET_OK, or why
 * not. */
DUET_CHECK int duet_h2_read_request(struct duet_h2 *h2,
				    struct duet_h2_block *block, bool end,
				    struct duet_fault *fault);
/* ... of a response; has_body: unless its status says otherwise. */
DUET_CHECK int duet_h2_read_response(struct duet_h2 *h2,
				     struct duet_h2_block *block, bool has_body,
				     struct duet_fault *fault);
/* Pointers into text, for all lines of it. DUET_OK or DUET_E_NOMEM. */
DUET_CHECK int duet_h2_list(struct duet_h2_block *block);

/* ---- h2_send.c ---- */

/* Of the body the next len bytes into out, which has room for them: what is
 * held goes before what is borrowed. */
void duet_h2_move_body(struct duet_h2 *h2, struct duet_h2_stream *s,
		       size_t len);

/* ---- h2_rate.c: floods ---- */

/* A frame that moves no message on, or a stream that is reset: it is paid
 * for, and who cannot pay is told ENHANCE_YOUR_CALM. */
void duet_h2_pay_control(struct duet_h2 *h2);
void duet_h2_pay_reset(struct duet_h2 *h2);
/* A message has moved on: the frames that go with that are free. */
void duet_h2_earn(struct duet_h2 *h2, uint32_t n);

/* ---- h2_time.c ---- */

/* What fits into the peer's windows has become frames; of a peer that has ended
 * its side no window will open: cut what is left. */
void duet_h2_cut_stuck(struct duet_h2 *h2);
/* There is nothing to tell: from now on we wait for the peer. */
void duet_h2_wait(struct duet_h2 *h2);
/* It has moved. */
void duet_h2_heard(struct duet_h2 *h2, struct duet_h2_stream *s);
/* Cut the streams that are late. */
void duet_h2_check_time(struct duet_h2 *h2);

/* ---- h2_session.c: the only file that speaks nghttp2 ---- */

DUET_CHECK int duet_h2_session_new(struct duet_h2 *h2);
void duet_h2_session_free(struct duet_h2 *h2);
/* Input, up to the next DATA at most. DUET_OK or DUET_E_NOMEM. */
DUET_CHECK int duet_h2_session_feed(struct duet_h2 *h2);
/* Make frames while there are some and room in out. DUET_OK or DUET_E_NOMEM. */
DUET_CHECK int duet_h2_session_fill(struct duet_h2 *h2);
/* A head: pseudo-header fields and fields, n of them, and those of prepared,
 * unless it is NULL; end: no body follows.
 * DUET_OK, DUET_E_NOMEM, DUET_E_GONE. */
DUET_CHECK int duet_h2_session_head(struct duet_h2 *h2,
				    struct duet_h2_stream *s,
				    const struct duet_header *list, size_t n,
				    const struct duet_prepared *prepared,
				    bool end);
DUET_CHECK int duet_h2_session_interim(struct duet_h2 *h2,
				       struct duet_h2_stream *s,
				       const struct duet_header *list, size_t n,
				       const struct duet_prepared *prepared);
/* A request; its number, or a status below zero. */
int32_t duet_h2_session_request(struct duet_h2 *h2, struct duet_h2_stream *s,
				const struct duet_header *list, size_t n,
				bool end);
/* There is more of its body, or its end. */
void duet_h2_session_resume(struct duet_h2 *h2, struct duet_h2_stream *s);
void duet_h2_session_reset(struct duet_h2 *h2, struct duet_h2_stream *s,
			   enum duet_h2_code code);
/* Its callbacks find no stream any more. */
void duet_h2_session_forget(struct duet_h2 *h2, struct duet_h2_stream *s);
/* n bytes of its body have been taken. */
void duet_h2_session_credit(struct duet_h2 *h2, struct duet_h2_stream *s,
			    size_t n);
/* The first half of a graceful end, and the second. */
void duet_h2_session_warn(struct duet_h2 *h2);
void duet_h2_session_goaway(struct duet_h2 *h2);
void duet_h2_session_terminate(struct duet_h2 *h2, enum duet_h2_code code);
bool duet_h2_session_may_request(const struct duet_h2 *h2);

/* Bytes of the body that are not in frames yet. */
static inline size_t duet_h2_at_hand(const struct duet_h2_stream *s)
{
	return duet_buf_len(&s->body) + s->borrowed.len;
}
static inline bool duet_h2_in_is_whole(const struct duet_h2_stream *s)
{
	return s->in == DUET_H2_IN_WHOLE || s->in == DUET_H2_IN_TOLD;
}
static inline bool duet_h2_out_is_over(const struct duet_h2_stream *s)
{
	return s->out == DUET_H2_OUT_DONE || s->out == DUET_H2_OUT_CUT;
}

#endif
