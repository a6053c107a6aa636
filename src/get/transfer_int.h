/* SPDX-License-Identifier: MIT */
/*
 * get/transfer_int.h - what the files of a transfer share: transfer.c moves,
 * strand.c asks for parts, judge.c and judge_part.c look at
 * what has come, again.c tries again, fail.c puts failures in words, naming.c
 * makes a whole .part the file, settle.c ends.
 */
#ifndef DUET_GET_TRANSFER_INT_H
#define DUET_GET_TRANSFER_INT_H

#include "download/pace.h"
#include "download/retry.h"
#include "get/asking.h"
#include "get/checksum.h"
#include "get/holding.h"
#include "get/meter.h"
#include "get/outcome.h"
#include "get/output.h"
#include "get/transfer.h"

enum {
	DUET_GET_STRANDS = 16,
};

/* One request after the other, for some of the file or all of it. */
struct duet_get_strand {
	enum {
		DUET_GET_STRAND_FREE = 0,
		DUET_GET_STRAND_WAITING, /* until due_ms, to ask again */
		DUET_GET_STRAND_ASKING,  /* for the head */
		DUET_GET_STRAND_READING, /* the body */
	} state;
	struct duet_get_asking *asking;
	struct duet_response *response; /* may be that of the transfer */
	bool ranged;                    /* asks for [at, end) */
	uint64_t at;                    /* where its next byte belongs */
	uint64_t end;                   /* UINT64_MAX: wherever it ends */
	int64_t due_ms;
};

struct duet_get_transfer {
	struct duet_get *get;
	struct duet_get_target target;
	bool whole;  /* and waits for its name */
	bool over;   /* .outcome says how */
	char *url;   /* as asked for, with what the options add */
	char *shown; /* the same without secrets */
	struct duet_get_output output;
	struct duet_get_holding holding;
	struct duet_get_meter meter;
	struct duet_get_checksum checksum; /* of the body */
	bool hashing;    /* all that came was added to it, in order */
	uint64_t hashed; /* so many bytes */
	struct duet_client *client;
	struct duet_get_reading reading; /* of the body that is sent */
	struct duet_get_strand strands[DUET_GET_STRANDS];
	bool probing;   /* the first of several parts is to tell about ranges */
	uint64_t chunk; /* of a part, at most */
	int64_t deadline_ms; /* -m, of this attempt; 0: not asked yet */
	struct duet_retry retry;
	struct duet_pace pace;
	bool paced;                      /* ... keeps it waiting */
	struct duet_get_asking *refused; /* holds the facts of a failure */
	struct duet_response *response;  /* what .outcome tells of */
	unsigned answers;                /* that were taken */
	uint64_t came;                   /* of their bodies, all together */
	char *piece; /* of a body, on its way to the output */
	bool busy;   /* more can be read at once */
	struct duet_get_outcome outcome;
};

/* fail.c: it is over, by the failure whose sentence is in outcome.error; after
 * a signal it is that, whatever came of it. The exit code is returned. */
int duet_get_fail(struct duet_get_transfer *t, int exit, const char *word);
/* The same, of the library, with what helps. */
int duet_get_fail_asking(struct duet_get_transfer *t, int exit);
/* ... of the output, with this status */
int duet_get_fail_writing(struct duet_get_transfer *t, int status);
/* ... of what was to be sent */
int duet_get_fail_sending(struct duet_get_transfer *t);
/* ... of a body that does not end as it should */
int duet_get_fail_reading(struct duet_get_transfer *t, int status);
/* ... of a request that is not answered */
int duet_get_fail_unanswered(struct duet_get_transfer *t, int status);
/* What is known of the response now. */
void duet_get_look_at_facts(struct duet_get_transfer *t);
/* A line for people, who may have asked for none. */
void duet_get_say(struct duet_get_transfer *t, const char *fmt, ...)
	DUET_PRINTF(2, 3);

/* strand.c: ask for what it is for; what fails is over, or tried again. */
void duet_get_strand_ask(struct duet_get_transfer *t,
			 struct duet_get_strand *strand);
/* Give it bytes that are missing and nobody's; false: there are none. */
bool duet_get_strand_take(struct duet_get_transfer *t,
			  struct duet_get_strand *strand);
/* Ask for what is behind the bytes without a gap; where all is there, for its
 * last byte once more, which shows that it is still of that version. */
void duet_get_strand_look_behind(const struct duet_get_transfer *t,
				 struct duet_get_strand *strand);
/* It is over, its response perhaps among what the outcome tells of. */
void duet_get_strand_free(struct duet_get_transfer *t,
			  struct duet_get_strand *strand);
/* Whether any but this one is under way. */
bool duet_get_strand_has_others(const struct duet_get_transfer *t,
				const struct duet_get_strand *strand);
/* It failed, as outcome.error and these say: again, or others go on without
 * it, or it is all over. reading: of its body. */
void duet_get_strand_fail(struct duet_get_transfer *t,
			  struct duet_get_strand *strand, int status,
			  bool reading);
/* What the outcome tells of from now on. */
void duet_get_accept(struct duet_get_transfer *t,
		     struct duet_get_strand *strand);
/* As many parts as were asked for begin. */
void duet_get_strand_split(struct duet_get_transfer *t);
/* Nothing is there, and all of it is wanted in one piece. */
void duet_get_strand_rewind(struct duet_get_strand *strand);

/* judge.c: the head is there. DUET_OK: its body is wanted. */
int duet_get_judge_head(struct duet_get_transfer *t);
/* The body is whole. DUET_OK: it is the one that was meant. */
int duet_get_judge_body(struct duet_get_transfer *t);
/* The first byte of it comes next. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_get_begin_sum(struct duet_get_transfer *t);
/* judge_part.c: the same of one who was asked for a part. False: its body is
 * not wanted, and what is to be has been seen to. */
bool duet_get_judge_part(struct duet_get_transfer *t,
			 struct duet_get_strand *strand);

/* again.c: false, or the strand waits to ask again. after: Retry-After. */
bool duet_get_again(struct duet_get_transfer *t, struct duet_get_strand *strand,
		    const char *after);
/* The status of an answer is one that may pass, and it is tried again. */
bool duet_get_again_after(struct duet_get_transfer *t,
			  struct duet_get_strand *strand,
			  const struct duet_head *head);

/* transfer.c: all of it is there. */
void duet_get_transfer_end(struct duet_get_transfer *t);

/* settle.c: what stays on disk, and what is told. */
void duet_get_settle(struct duet_get_transfer *t);

#endif
