/* SPDX-License-Identifier: MIT */
/*
 * get/terminal.h - a stranger's text on a terminal: what would steer the
 * terminal is shown instead of sent. Text that is already UTF-8 passes.
 */
#ifndef DUET_GET_TERMINAL_H
#define DUET_GET_TERMINAL_H

#include <duet/error.h>

struct duet_get_terminal {
	uint8_t held[4]; /* a character that is not complete yet */
	uint8_t count;
};

void duet_get_terminal_init(struct duet_get_terminal *terminal);
/* A NUL among the first bytes: no text at all. */
bool duet_get_terminal_is_binary(const uint8_t *p, size_t len);
/*
 * Show some of p: as much as fits into cap (at least 32). Returns how many
 * bytes were put into dst; *ret_taken of p were used. Tab, line feed and
 * carriage return pass; other controls, C1 controls and what is no UTF-8
 * become \xNN.
 */
size_t duet_get_terminal_show(struct duet_get_terminal *terminal, char *dst,
			      size_t cap, const uint8_t *p, size_t len,
			      size_t *ret_taken);

#endif
