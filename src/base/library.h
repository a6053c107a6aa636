/* SPDX-License-Identifier: MIT */
/*
 * base/library.h - foreign libraries that are opened when they are first
 * needed. A run of a program needs few of them, and the loader would take its
 * time for each that is named in a file it starts.
 *
 *	#define FUNCTIONS(X) X(psl_builtin) X(psl_is_public_suffix2)
 *	DUET_LIBRARY(psl, "libpsl.so.5", FUNCTIONS, "which names are
 *registries")
 *
 *	rc = duet_library_open(&psl_library, err);
 *	if (rc == DUET_OK)
 *		psl.psl_is_public_suffix2(psl.psl_builtin(), ...);
 *
 * The functions have the types of their own header. What is opened so is told
 * to whoever packs the file, in its notes, for no other part of it names them:
 * https://uapi-group.org/specifications/specs/elf_dlopen_metadata/
 */
#ifndef DUET_BASE_LIBRARY_H
#define DUET_BASE_LIBRARY_H

#include <stdatomic.h>

#include <duet/error.h>

struct duet_library {
	const char *soname;
	const char *purpose;      /* "which names are registries" */
	const char *const *names; /* of its functions, n of them */
	size_t n;
	void *functions; /* n pointers, in that order */
	atomic_bool is_open;
};

/*
 * From any thread, as often as one likes: the functions are there afterwards,
 * as long as the process. DUET_OK; DUET_E_UNSUPPORTED: it is not on this
 * machine, or another version of it.
 */
DUET_CHECK int duet_library_open(struct duet_library *library,
				 struct duet_error *err);

/* Names are put in, which no parentheses may stand around.
 * NOLINTBEGIN(bugprone-macro-parentheses) */
#define DUET_LIBRARY(tag, soname, list, purpose)                                  \
	static struct {                                                           \
		list(DUET_LIBRARY_MEMBER)                                         \
	} tag;                                                                    \
	static const char *const tag##_names[] = { list(DUET_LIBRARY_NAME) };     \
	static struct duet_library tag##_library = {                              \
		(soname),    (purpose),                                           \
		tag##_names, sizeof(tag##_names) / sizeof(tag##_names[0]),        \
		&tag,        false,                                               \
	};                                                                        \
	DUET_LIBRARY_NOTE(tag##_note,                                             \
			  "[{\"feature\":\"" #tag                                 \
			  "\",\"description\":\"" purpose                         \
			  "\",\"priority\":\"recommended\",\"soname\":[\"" soname \
			  "\"]}]")

#define DUET_LIBRARY_MEMBER(function) __typeof__(function) *function;
#define DUET_LIBRARY_NAME(function)   #function,

/* An ELF note of owner "FDO". */
#define DUET_LIBRARY_NOTE(tag, json)                                         \
	static const struct {                                                \
		uint32_t owner_len, len, type;                               \
		char owner[4];                                               \
		char text[sizeof(json)];                                     \
	} tag __attribute__((used, section(".note.dlopen"), aligned(4))) = { \
		4, sizeof(json), 0x407c0c0a, "FDO", json                     \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

#endif
