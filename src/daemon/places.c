/* SPDX-License-Identifier: MIT */
#include "daemon/places.h"

#include "base/error.h"
#include "base/str.h"
#include "net/place.h"

enum {
	SHOWN_BYTES = 128,
};

static int check_form(const struct duet_places *list, const char *place,
		      struct duet_error *err)
{
	const char *why = duet_place_wrong(place);
	char shown[SHOWN_BYTES];

	if (why == NULL)
		return DUET_OK;
	duet_str_printable(shown, sizeof(shown), duet_str(place));
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "%s: '%s' is no place to listen: %s", list->name,
			      shown, why);
}

/* With those of its own list that come before it, or all of another. */
static int check_beside(const struct duet_places *list,
			const char *const *place,
			const struct duet_places *others,
			struct duet_error *err)
{
	const char *const *other = others->places;
	char shown[SHOWN_BYTES];
	char beside[SHOWN_BYTES];

	for (; other != NULL && *other != NULL && other != place; other++) {
		if (!duet_places_collide(*place, *other))
			continue;
		duet_str_printable(shown, sizeof(shown), duet_str(*place));
		duet_str_printable(beside, sizeof(beside), duet_str(*other));
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%s: '%s' is taken by '%s' of %s already; leave one of them out, or choose another port",
				      list->name, shown, beside, others->name);
	}
	return DUET_OK;
}

static int check_list(const struct duet_places *lists, size_t n,
		      const struct duet_places *list, struct duet_error *err)
{
	const char *const *place = list->places;
	int rc = DUET_OK;
	size_t i;

	for (; rc == DUET_OK && place != NULL && *place != NULL; place++) {
		rc = check_form(list, *place, err);
		for (i = 0; rc == DUET_OK && i < n; i++)
			rc = check_beside(list, place, &lists[i], err);
	}
	return rc;
}

int duet_places_check(const struct duet_places *lists, size_t n,
		      struct duet_error *err)
{
	int rc = DUET_OK;
	size_t i;

	for (i = n; rc == DUET_OK && i-- > 0;)
		if (lists[i].is_option)
			rc = check_list(lists, n, &lists[i], err);
	return rc;
}
