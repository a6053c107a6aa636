/* SPDX-License-Identifier: MIT */
#include "http/accept.h"

#include <string.h>

#include "base/grammar.h"
#include "base/str.h"
#include "http/field.h"

enum {
	FULL_WEIGHT = 1000,
};

/* How closely a range names a type; a closer one overrules. */
enum closeness {
	NOT_AT_ALL,
	ANY_TYPE,        /* any type at all */
	ANY_SUBTYPE,     /* text/ and any subtype */
	WITH_PARAMETERS, /* text/html;level=1 */
	EXACTLY,
};

struct range {
	struct duet_bytes type; /* without parameters */
	bool has_parameters;    /* besides the weight */
	int weight;
};

/* What becomes of text up to the separator, which it is cut behind. A
 * separator within quotes is none. */
static struct duet_bytes take_until(struct duet_bytes *text, char separator)
{
	const char *p = text->data;
	struct duet_bytes taken;
	bool quoted = false;
	size_t i = 0;

	while (i < text->len && (quoted || p[i] != separator)) {
		if (p[i] == '"')
			quoted = !quoted;
		else if (p[i] == '\\' && i + 1 < text->len)
			i++;
		i++;
	}
	taken.data = p;
	taken.len = i;
	if (i < text->len)
		i++;
	text->data = p + i;
	text->len -= i;
	return duet_trim(taken);
}

static void read_range(struct duet_bytes member, struct range *ret)
{
	ret->type = take_until(&member, ';');
	ret->has_parameters = false;
	ret->weight = FULL_WEIGHT;
	while (member.len > 0) {
		struct duet_bytes value = take_until(&member, ';');
		struct duet_bytes name = take_until(&value, '=');

		if (duet_bytes_eq_nocase(name, "q")) {
			ret->weight = duet_weight(duet_trim(value));
			return; /* what follows is of no known meaning */
		}
		ret->has_parameters = true;
	}
}

/* "text/" and a star, of "text/html" */
static bool is_any_subtype(struct duet_bytes range, const char *type)
{
	const char *p = range.data;
	size_t i;

	for (i = 0; i + 1 < range.len; i++) {
		if (duet_to_lower((unsigned char)p[i]) !=
		    (unsigned char)type[i])
			return false;
		if (type[i] == '/')
			return i + 2 == range.len && p[i + 1] == '*';
	}
	return false;
}

static enum closeness closeness_of(const struct range *range, const char *type)
{
	if (duet_bytes_eq_nocase(range->type, type))
		return range->has_parameters ? WITH_PARAMETERS : EXACTLY;
	if (duet_bytes_eq(range->type, "*/*"))
		return ANY_TYPE;
	if (is_any_subtype(range->type, type))
		return ANY_SUBTYPE;
	return NOT_AT_ALL;
}

/* What the field says of one type. */
struct liking {
	bool present; /* there is a field at all */
	enum closeness closeness;
	int weight;
};

static void read_value(struct liking *liking, const char *value,
		       const char *type)
{
	struct duet_bytes member;

	while (duet_list_next(&value, &member)) {
		struct range range;
		enum closeness closeness;

		read_range(member, &range);
		closeness = closeness_of(&range, type);
		if (closeness <= liking->closeness)
			continue;
		liking->closeness = closeness;
		liking->weight = range.weight;
	}
}

/* A list may be spread over several field lines (RFC 9110 s5.3). */
static struct liking liking_of(const struct duet_head *request,
			       const char *type)
{
	struct liking liking = { false, NOT_AT_ALL, 0 };
	const struct duet_header *field;

	for (field = request->headers; field != NULL && field->name != NULL;
	     field++) {
		if (!duet_str_eq_nocase(field->name, "accept"))
			continue;
		liking.present = true;
		read_value(&liking, field->value, type);
	}
	return liking;
}

int duet_accept_choose(const struct duet_head *request,
		       const char *const *types, size_t n)
{
	struct liking best = { true, NOT_AT_ALL, 0 };
	int chosen = -1;
	size_t i;

	for (i = 0; i < n; i++) {
		struct liking liking = liking_of(request, types[i]);

		if (!liking.present)
			return 0;
		if (liking.weight < best.weight ||
		    (liking.weight == best.weight &&
		     liking.closeness <= best.closeness))
			continue;
		if (liking.weight > 0) {
			best = liking;
			chosen = (int)i;
		}
	}
	return chosen;
}
