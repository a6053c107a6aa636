/* SPDX-License-Identifier: MIT */
/* get/ending.h - how a message ended, in words for people. */
#ifndef DUET_GET_ENDING_H
#define DUET_GET_ENDING_H

#include <duet/http.h>

/* "by Content-Length", "by close_notify", ... */
const char *duet_get_evidence_words(enum duet_evidence evidence);
/* What happened to the connection: "it ended without close_notify", ... */
const char *duet_get_cut_words(enum duet_cut cut);

#endif
