/* SPDX-License-Identifier: MIT */
#include "broken/h2.h"

#include <string.h>

enum {
	DATA = 0,
	HEADERS = 1,
	SETTINGS = 4,
	END_STREAM = 0x1,
	ACK = 0x1,
	STREAM_MASK = 0x7fffffff,
};

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

void duet_broken_frame_write(uint8_t dst[DUET_BROKEN_FRAME_HEAD],
			     const struct duet_broken_frame *frame)
{
	dst[0] = (uint8_t)(frame->len >> 16);
	dst[1] = (uint8_t)(frame->len >> 8);
	dst[2] = (uint8_t)frame->len;
	dst[3] = frame->type;
	dst[4] = frame->flags;
	dst[5] = (uint8_t)(frame->stream >> 24);
	dst[6] = (uint8_t)(frame->stream >> 16);
	dst[7] = (uint8_t)(frame->stream >> 8);
	dst[8] = (uint8_t)frame->stream;
}

void duet_broken_frame_read(struct duet_broken_frame *ret,
			    const uint8_t src[DUET_BROKEN_FRAME_HEAD])
{
	ret->len = (uint32_t)src[0] << 16 | (uint32_t)src[1] << 8 | src[2];
	ret->type = src[3];
	ret->flags = src[4];
	ret->stream = ((uint32_t)src[5] << 24 | (uint32_t)src[6] << 16 |
		       (uint32_t)src[7] << 8 | src[8]) &
		      STREAM_MASK;
}

static bool send_settings(struct duet_broken_link *link, uint8_t flags)
{
	const struct duet_broken_frame frame = { .type = SETTINGS,
						 .flags = flags };
	uint8_t head[DUET_BROKEN_FRAME_HEAD];

	duet_broken_frame_write(head, &frame);
	return duet_broken_link_send(link, head, sizeof(head));
}

static bool read_frame(struct duet_broken_link *link,
		       struct duet_broken_frame *ret)
{
	uint8_t payload[DUET_BROKEN_FRAME_MAX];
	uint8_t head[DUET_BROKEN_FRAME_HEAD];

	if (!duet_broken_link_read_exactly(link, head, sizeof(head)))
		return false;
	duet_broken_frame_read(ret, head);
	if (ret->len > sizeof(payload) ||
	    !duet_broken_link_read_exactly(link, payload, ret->len))
		return false;
	if (ret->type == SETTINGS && (ret->flags & ACK) == 0)
		return send_settings(link, ACK);
	if ((ret->type == HEADERS || ret->type == DATA) &&
	    (ret->flags & END_STREAM) != 0)
		link->whole = true;
	return true;
}

bool duet_broken_h2_begin(struct duet_broken_link *link)
{
	struct duet_broken_frame frame;
	char got[sizeof(preface) - 1];

	if (!send_settings(link, 0) ||
	    !duet_broken_link_read_exactly(link, got, sizeof(got)) ||
	    memcmp(got, preface, sizeof(got)) != 0)
		return false;
	do
		if (!read_frame(link, &frame))
			return false;
	while (frame.type != HEADERS);
	link->stream = frame.stream;
	return true;
}

bool duet_broken_h2_read_all(struct duet_broken_link *link)
{
	struct duet_broken_frame frame;

	while (!link->whole)
		if (!read_frame(link, &frame))
			return false;
	return true;
}
