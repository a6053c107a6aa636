/* SPDX-License-Identifier: MIT */
/*
 * cli/opt.h - options as a table: what parses the command line also writes
 * its --help, so that the two cannot differ.
 *
 *	struct greet { bool loud; int64_t times; const char *name; };
 *
 *	static const struct duet_opt options[] = {
 *		{ "loud", 'l', NULL, "in capital letters",
 *		  DUET_OPT_FLAG(struct greet, loud), .group = "Output" },
 *		{ "times", 'n', "NUMBER", "say it so often [1]",
 *		  DUET_OPT_NUMBER(struct greet, times, 1, 100),
 *		  .example = "3" },
 *		{ "name", 0, "NAME", "whom to greet",
 *		  DUET_OPT_STRING(struct greet, name) },
 *		{ 0 },
 *	};
 *
 * --opt=value, --opt value, -ovalue, -o value, -lo value; options after
 * operands; "--" ends them; "-" is an operand. Long names are not abbreviated:
 * what works today must not become ambiguous tomorrow. -h, --help and -V,
 * --version are in every table without being written there; where a command
 * has topics, --help TOPIC shows one of them.
 */
#ifndef DUET_CLI_OPT_H
#define DUET_CLI_OPT_H

#include <stdio.h>

#include <duet/error.h>

enum duet_opt_kind {
	DUET_OPT_KIND_FLAG,    /* bool: true */
	DUET_OPT_KIND_SET,     /* uint8_t: a value of the table */
	DUET_OPT_KIND_STRING,  /* const char *, borrowed; the last one wins */
	DUET_OPT_KIND_LIST,    /* struct duet_opt_list: each, in order */
	DUET_OPT_KIND_NUMBER,  /* int64_t between min and max */
	DUET_OPT_KIND_SECONDS, /* int32_t: ms; "2", "0.25"; min, max in ms */
	DUET_OPT_KIND_CHOICE,  /* uint8_t: which of "a|b|c" of .arg, from 0 */
	DUET_OPT_KIND_CALL,    /* a function */
};

struct duet_opt;
/*
 * Store arg (NULL for an option without one) into the caller's options.
 * DUET_OK, or below 0 with a sentence that need not name the option.
 */
typedef int duet_opt_fn(void *options, const struct duet_opt *opt,
			const char *arg, struct duet_error *err);

/* One option. The array ends with one without a name. The first four are
 * written by position, which is worth the padding. */
struct duet_opt {         /* NOLINT(clang-analyzer-optin.performance.Padding) */
	const char *name; /* without the dashes */
	char letter;      /* or 0 */
	const char *arg;  /* "FILE"; NULL: takes none */
	const char *help; /* NULL: shares line and words of the one before */
	enum duet_opt_kind kind;
	size_t offset;
	int64_t min, max; /* .min of SET: the value */
	duet_opt_fn *call;
	const char *group;   /* begins a group of that name */
	bool brief;          /* where there are topics: on the first screen */
	const char *example; /* of an argument, for the remedy in an error */
	/* "p256|p384": what completion offers where .arg is a name for it */
	const char *values;
};

/* The member's type is checked: another kind of pointer is a warning here. */
#define DUET_OPT_AT(type, strukt, member) \
	(offsetof(strukt, member) +       \
	 0 * sizeof((type *)0 == &((strukt *)0)->member))
#define DUET_OPT_FLAG(strukt, member) \
	.kind = DUET_OPT_KIND_FLAG, .offset = DUET_OPT_AT(bool, strukt, member)
#define DUET_OPT_SET(strukt, member, value) \
	.kind = DUET_OPT_KIND_SET,          \
	.offset = DUET_OPT_AT(uint8_t, strukt, member), .min = (value)
#define DUET_OPT_STRING(strukt, member) \
	.kind = DUET_OPT_KIND_STRING,   \
	.offset = DUET_OPT_AT(const char *, strukt, member)
#define DUET_OPT_LIST(strukt, member) \
	.kind = DUET_OPT_KIND_LIST,   \
	.offset = DUET_OPT_AT(struct duet_opt_list, strukt, member)
#define DUET_OPT_NUMBER(strukt, member, lowest, highest)                 \
	.kind = DUET_OPT_KIND_NUMBER,                                    \
	.offset = DUET_OPT_AT(int64_t, strukt, member), .min = (lowest), \
	.max = (highest)
#define DUET_OPT_SECONDS(strukt, member, lowest_ms, highest_ms)             \
	.kind = DUET_OPT_KIND_SECONDS,                                      \
	.offset = DUET_OPT_AT(int32_t, strukt, member), .min = (lowest_ms), \
	.max = (highest_ms)
#define DUET_OPT_CHOICE(strukt, member) \
	.kind = DUET_OPT_KIND_CHOICE,   \
	.offset = DUET_OPT_AT(uint8_t, strukt, member)
#define DUET_OPT_CALL(function) .kind = DUET_OPT_KIND_CALL, .call = (function)

/* Borrowed strings in the order given. All zero is empty. */
struct duet_opt_list {
	const char **items; /* ended by NULL, or NULL when empty */
	size_t count;
};
DUET_CHECK int duet_opt_list_add(struct duet_opt_list *list, const char *item);
void duet_opt_list_done(struct duet_opt_list *list);

/* Options too many for one screen, by what they are about. The array ends with
 * one without a name. */
struct duet_opt_topic {
	const char *name; /* "request": --help request */
	const struct duet_opt *options;
	const struct duet_opt *more; /* of the same topic; or NULL */
};

/* What other programs call an option that we have, or do not need. */
struct duet_opt_foreign {
	const char *name; /* without "--" */
	const char *ours; /* "here it is --bearer TOKEN" */
};

/* One command of the program. */
struct duet_opt_command {
	const char *name;    /* "duet get" */
	const char *usage;   /* "[OPTION]... URL..." */
	const char *summary; /* one line: what it does */
	const char *footer;  /* last lines of the help, or NULL */
	/* Either; of the topics --help shows what is brief. */
	const struct duet_opt *options;
	const struct duet_opt_topic *topics;
	const struct duet_opt_foreign *foreign; /* or NULL; ended by NULL */
	int min_operands;
	int max_operands;    /* below 0: any number */
	const char *operand; /* "URL": what is missing when there are few */
};

enum duet_opt_ask {
	DUET_OPT_ASK_NOTHING = 0,
	DUET_OPT_ASK_HELP,
	DUET_OPT_ASK_VERSION,
};

/*
 * Read argv[1..argc) into options, which the caller has filled with the
 * defaults. Operands are moved to argv[1..n]; *ret_operands is n. --help and
 * --version end the reading: *ret_ask says so and operands are not counted,
 * except that after --help one may follow, the topic. DUET_OK, DUET_E_ARGUMENT
 * with a sentence, or DUET_E_NOMEM. Prints nothing.
 */
DUET_CHECK int duet_opt_parse(const struct duet_opt_command *command, int argc,
			      char **argv, void *options, int *ret_operands,
			      enum duet_opt_ask *ret_ask,
			      struct duet_error *err);

/*
 * What every command begins with: parse, and answer --help, --version and a
 * shell that completes (cli/complete.h) on standard output, or a mistake on
 * standard error. True: go on with
 * argv[1..*ret_operands]. False: end with *ret_exit.
 */
DUET_CHECK bool duet_opt_begin(const struct duet_opt_command *command, int argc,
			       char **argv, void *options, int *ret_operands,
			       int *ret_exit);

/*
 * The screen of help. Headings of groups are left out where they would make it
 * longer than 25 lines. topic: one of the command's, or "all" of them, on as
 * many lines as it takes; NULL: what is brief. DUET_OK, or DUET_E_ARGUMENT:
 * there is no such topic.
 */
DUET_CHECK int duet_opt_help(const struct duet_opt_command *command,
			     const char *topic, FILE *out,
			     struct duet_error *err);
/* The command's tables, one after the other: NULL after the last. */
const struct duet_opt *duet_opt_table(const struct duet_opt_command *command,
				      size_t i);
/* One of them, or NULL. */
const struct duet_opt *duet_opt_find_name(
	const struct duet_opt_command *command, struct duet_bytes name);
const struct duet_opt *duet_opt_find_letter(
	const struct duet_opt_command *command, char letter);

/* opt_value.c: store one argument; the sentence names the option as given
 * ("--max-time"). */
DUET_CHECK int duet_opt_store(const struct duet_opt *opt, const char *given,
			      const char *arg, void *options,
			      struct duet_error *err);

/* The row every table ends in for the parser and the help. */
extern const struct duet_opt duet_opt_common[];

#endif
