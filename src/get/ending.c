/* SPDX-License-Identifier: MIT */
#include "get/ending.h"

const char *duet_get_evidence_words(enum duet_evidence evidence)
{
	switch (evidence) {
	case DUET_BY_NONE:
		break;
	case DUET_BY_NO_BODY:
		return "as it can have no body";
	case DUET_BY_LENGTH:
		return "by Content-Length";
	case DUET_BY_LAST_CHUNK:
		return "by its last chunk";
	case DUET_BY_END_STREAM:
		return "by END_STREAM";
	case DUET_BY_CLOSE_NOTIFY:
		return "by close_notify";
	case DUET_BY_FIN:
		return "only if the bare end of the connection may be believed";
	}
	return "by nothing";
}

const char *duet_get_cut_words(enum duet_cut cut)
{
	switch (cut) {
	case DUET_CUT_NONE:
		break;
	case DUET_CUT_CLOSE_NOTIFY:
		return "the server closed in good form";
	case DUET_CUT_FIN:
		return "the connection ended without close_notify";
	case DUET_CUT_RESET:
		return "the connection was reset";
	case DUET_CUT_ALERT:
		return "a fatal alert ended the connection";
	case DUET_CUT_PROTOCOL:
		return "the server broke HTTP";
	case DUET_CUT_TIMEOUT:
		return "time ran out";
	case DUET_CUT_LOCAL:
		return "this side gave up";
	}
	return "the connection is open";
}
