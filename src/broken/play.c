/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "broken/play.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "broken/h2.h"

enum {
	HEAD_BYTES = 65536, /* no client asks for more */
	PIECE = 16384,
	URL_BYTES = 64,
};

/* What a body is made of, and where a piece of it begins. */
static const char text[] = "All work and no play makes Jack a dull boy.\n";

static const struct duet_broken_step small_answer[] = {
	READ_HEAD,
	SAY("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
	    "Connection: close\r\n\r\nok\n"),
	GOODBYE,
	FIN,
	THE_END,
};

static const struct duet_broken_step not_h2[] = {
	READ_HEAD,
	SAY("HTTP/1.1 505 HTTP Version Not Supported\r\n"
	    "Content-Length: 30\r\nConnection: close\r\n\r\n"
	    "this server is about HTTP/2 :)"),
	GOODBYE,
	FIN,
	THE_END,
};

static void sleep_ms(uint32_t ms)
{
	const struct timespec span = { .tv_sec = ms / 1000,
				       .tv_nsec = (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&span, NULL);
}

static void fill_text(char *dst, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		dst[i] = text[i % (sizeof(text) - 1)];
}

static bool read_head(struct duet_broken_link *link)
{
	static char head[HEAD_BYTES + 1];
	size_t used = 0;
	size_t n;

	while (used < HEAD_BYTES) {
		n = duet_broken_link_read(link, head + used, HEAD_BYTES - used);
		if (n == 0)
			return false;
		used += n;
		head[used] = '\0';
		if (strstr(head, "\r\n\r\n") != NULL)
			return true;
	}
	return false;
}

/* unit, times over: as many as fit into a piece at once, unless there are
 * pauses between. */
static bool send_often(struct duet_broken_link *link, const void *unit,
		       size_t len, const struct duet_broken_step *step)
{
	char piece[PIECE + DUET_BROKEN_FRAME_HEAD];
	size_t fit = sizeof(piece) / len;
	uint32_t left = step->times;
	size_t i;

	if (step->every_ms > 0)
		fit = 1;
	for (i = 0; i < fit; i++)
		memcpy(piece + i * len, unit, len);
	while (left > 0) {
		size_t now = left < fit ? left : fit;

		if (!duet_broken_link_send(link, piece, now * len))
			return false;
		if (left != DUET_BROKEN_FOR_EVER)
			left -= (uint32_t)now;
		if (step->every_ms > 0)
			sleep_ms(step->every_ms);
	}
	return true;
}

static bool send_body(struct duet_broken_link *link, size_t len)
{
	char piece[PIECE];

	if (len > sizeof(piece))
		return false;
	fill_text(piece, len);
	return duet_broken_link_send(link, piece, len);
}

/* A frame around the step's bytes, or around so many of a body. */
static bool send_frame(struct duet_broken_link *link,
		       const struct duet_broken_step *step)
{
	uint8_t unit[DUET_BROKEN_FRAME_HEAD + PIECE];
	bool is_body = step->act == DUET_BROKEN_FRAME_BODY;
	struct duet_broken_frame frame = {
		.len = is_body ? step->times : (uint32_t)step->len,
		.type = step->type,
		.flags = step->flags,
		.stream = step->on_stream ? link->stream : 0,
	};

	if (frame.len > PIECE)
		return false;
	duet_broken_frame_write(unit, &frame);
	if (!is_body) {
		memcpy(unit + DUET_BROKEN_FRAME_HEAD, step->bytes, step->len);
		return send_often(link, unit,
				  DUET_BROKEN_FRAME_HEAD + frame.len, step);
	}
	fill_text((char *)unit + DUET_BROKEN_FRAME_HEAD, frame.len);
	return duet_broken_link_send(link, unit,
				     DUET_BROKEN_FRAME_HEAD + frame.len);
}

static bool send_plain_url(struct duet_broken_link *link,
			   const struct duet_broken_scene *scene)
{
	char url[URL_BYTES];
	int n = snprintf(url, sizeof(url), "http://localhost:%u/",
			 (unsigned)scene->plain_port);

	return duet_broken_link_send(link, url, (size_t)n);
}

static bool answer_plain(struct duet_broken_link *link,
			 const struct duet_broken_scene *scene)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
	static const char page[] = "this came over plain HTTP\n";
	char asked[PIECE];
	char lines[URL_BYTES * 2];
	struct duet_bytes body = { page, sizeof(page) - 1 };
	bool for_crl;
	int n;

	asked[duet_broken_link_read(link, asked, sizeof(asked) - 1)] = '\0';
	/* A hello of TLS is no method. */
	if (!duet_is_alpha((unsigned char)asked[0]))
		return duet_broken_link_send(link,
					     "HTTP/1.1 400 Bad Request\r\n\r\n",
					     28);
	for_crl = duet_str_starts(asked, "GET /crl ");
	if (for_crl)
		body = scene->crl;
	n = snprintf(lines, sizeof(lines),
		     "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
		     for_crl ? "application/pkix-crl" : "text/plain", body.len);
	return duet_broken_link_send(link, ok, sizeof(ok) - 1) &&
	       duet_broken_link_send(link, lines, (size_t)n) &&
	       duet_broken_link_send(link, body.data, body.len);
}

static bool play_step(struct duet_broken_link *link,
		      const struct duet_broken_step *step,
		      const struct duet_broken_scene *scene)
{
	switch (step->act) {
	case DUET_BROKEN_READ_HEAD:
		return read_head(link);
	case DUET_BROKEN_READ_H2:
		return duet_broken_h2_begin(link);
	case DUET_BROKEN_READ_H2_ALL:
		return duet_broken_h2_read_all(link);
	case DUET_BROKEN_SAY:
		return send_often(link, step->bytes, step->len, step);
	case DUET_BROKEN_BODY:
		return send_body(link, step->times);
	case DUET_BROKEN_FRAME:
	case DUET_BROKEN_FRAME_BODY:
		return send_frame(link, step);
	case DUET_BROKEN_PLAIN_URL:
		return send_plain_url(link, scene);
	case DUET_BROKEN_PLAIN_ANSWER:
		return answer_plain(link, scene);
	case DUET_BROKEN_WAIT:
		duet_broken_link_wait(link);
		return false;
	case DUET_BROKEN_GOODBYE:
		duet_broken_link_goodbye(link);
		return true;
	case DUET_BROKEN_FIN:
		duet_broken_link_fin(link);
		return false;
	case DUET_BROKEN_RST:
		duet_broken_link_rst(link);
		return false;
	case DUET_BROKEN_THE_END:
		break;
	}
	return false;
}

void duet_broken_play(struct duet_broken_link *link,
		      const struct duet_broken_case *row,
		      const struct duet_broken_scene *scene)
{
	const struct duet_broken_step *step = row->steps;

	if (step == NULL)
		step = small_answer;
	if (row->identity == DUET_BROKEN_H2 && !duet_broken_link_is_h2(link))
		step = not_h2;
	while (play_step(link, step, scene))
		step++;
}
