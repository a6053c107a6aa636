/* SPDX-License-Identifier: MIT */
/* http/target.h - the four forms of a request-target (RFC 9112 s3.2). */
#ifndef DUET_HTTP_TARGET_H
#define DUET_HTTP_TARGET_H

#include <duet/error.h>

enum duet_target_form {
	DUET_TARGET_BAD = 0,
	DUET_TARGET_ORIGIN,    /* "/where?q" */
	DUET_TARGET_ABSOLUTE,  /* "http://host/where?q", https too */
	DUET_TARGET_AUTHORITY, /* "host:port", for CONNECT and only there */
	DUET_TARGET_ASTERISK,  /* "*", for OPTIONS and only there */
};

/*
 * The form, or BAD: not the form for this method, or bytes that no target may
 * hold (whitespace, controls, '#'). Bytes >= 0x80 are let through.
 */
enum duet_target_form duet_target_form(const char *method, const char *target);

/*
 * uri-host [ ":" port ] as in a Host field (RFC 9110 s7.2): a name, IPv4, or
 * IPv6 in brackets; never empty, never with userinfo. *ret_port, where it is
 * not NULL: 1..65535, or -1 without one.
 */
bool duet_is_authority(struct duet_bytes text, int32_t *ret_port);

#endif
