/* SPDX-License-Identifier: MIT */
/*
 * A sending is a reply under way: which bytes of which file come next. Used
 * ones are kept, so that a request for what is known allocates nothing.
 */
#define _GNU_SOURCE /* sys/stat.h */
#include "site/send.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/condition.h"
#include "http/range.h"
#include "server/handler.h"
#include "site/error.h"
#include "site/multipart.h"

enum {
	SPARE_MAX = 64,
	PIECE_BYTES = 65536, /* read of a file at once */
	CONTENT_FIELDS = 6,
	/* Whoever fetches a file of many of these should not have to wait for
	 * its end to learn that it has changed. */
	LOOK_BYTES = 16 << 20,
};

/* RFC 9110 s12.5.5: of all forms, the unencoded one too. */
static const struct duet_header choice = { "Vary", "Accept-Encoding" };

struct duet_sending {
	struct duet_sendings *all;
	struct duet_sending *next; /* spare */
	struct duet_exchange *exchange;
	struct duet_selected selected;
	struct duet_form *form; /* that of selected */
	uint64_t at;
	uint64_t left;
	off_t seen; /* see duet_form_has_grown_on() */
};

void duet_sendings_done(struct duet_sendings *sendings)
{
	struct duet_sending *sending;

	while ((sending = sendings->spare) != NULL) {
		sendings->spare = sending->next;
		duet_mem_free(sending);
	}
	sendings->n_spare = 0;
}

static struct duet_sending *take(struct duet_sendings *all)
{
	struct duet_sending *sending = all->spare;

	if (sending == NULL)
		return duet_mem_zalloc(sizeof(*sending));
	all->spare = sending->next;
	all->n_spare--;
	return sending;
}

/* As the finished function of a reply. */
static void finish(void *arg)
{
	struct duet_sending *sending = arg;
	struct duet_sendings *all = sending->all;

	duet_selected_done(&sending->selected);
	if (all->n_spare == SPARE_MAX) {
		duet_mem_free(sending);
		return;
	}
	sending->next = all->spare;
	all->spare = sending;
	all->n_spare++;
}

/* ---- the bytes ---- */

static int read_some(void *arg, void *buf, size_t want, uint64_t offset,
		     size_t *ret_n)
{
	struct duet_sending *sending = arg;
	struct duet_error why;
	int rc;

	if (want > PIECE_BYTES)
		want = PIECE_BYTES;
	rc = duet_form_read(sending->form, buf, want, offset, ret_n, &why);
	if (rc == DUET_OK && sending->selected.entry->grows)
		rc = duet_form_has_grown_on(sending->form, &sending->seen,
					    &why);
	if (rc != DUET_OK)
		duet_reply_because(sending->exchange, &why);
	return rc;
}

static int verify(void *arg)
{
	const struct duet_sending *sending = arg;
	struct duet_error why;
	int rc =
		duet_entry_verify(sending->selected.entry, sending->form, &why);

	if (rc != DUET_OK)
		duet_reply_because(sending->exchange, &why);
	return rc;
}

static int produce(struct duet_exchange *exchange, void *buf, size_t cap,
		   size_t *n, void *arg)
{
	struct duet_sending *sending = arg;
	size_t want = sending->left < cap ? (size_t)sending->left : cap;
	int rc = read_some(sending, buf, want, sending->at, n);
	bool is_due;

	(void)exchange;
	if (rc != DUET_OK)
		return rc;
	is_due = (sending->at + *n) / LOOK_BYTES > sending->at / LOOK_BYTES;
	sending->at += *n;
	sending->left -= *n;
	if (sending->left > 0 && !is_due)
		return DUET_OK;
	rc = verify(sending);
	return rc == DUET_OK && sending->left == 0 ? DUET_EOF : rc;
}

/* ---- the head ---- */

/* Which form it is. */
static int add_tag(const struct duet_sending *sending,
		   const struct duet_validators *current)
{
	struct duet_exchange *exchange = sending->exchange;
	int rc = DUET_OK;

	if (current->etag != NULL)
		rc = duet_reply_header(exchange, "ETag", current->etag);
	if (rc == DUET_OK && sending->selected.varies)
		rc = duet_reply_header(exchange, choice.name, choice.value);
	return rc;
}

/* All that a reply with the content says of it; ends in NULL. */
static void list_content_fields(const struct duet_sending *sending,
				const struct duet_validators *current,
				struct duet_header list[CONTENT_FIELDS + 1])
{
	enum duet_coding coding = (enum duet_coding)sending->selected.coding;
	struct duet_header *at = list;

	*at++ = (struct duet_header){ "Content-Type",
				      sending->selected.entry->mime.type };
	if (current->etag != NULL)
		*at++ = (struct duet_header){ "ETag", current->etag };
	if (sending->selected.varies)
		*at++ = choice;
	if (current->modified >= 0)
		*at++ = (struct duet_header){
			"Last-Modified", sending->selected.entry->modified
		};
	if (coding != DUET_CODING_IDENTITY)
		*at++ = (struct duet_header){ "Content-Encoding",
					      duet_coding_name(coding) };
	*at++ = (struct duet_header){ "Accept-Ranges", "bytes" };
	*at = (struct duet_header){ NULL, NULL };
}

/* Without the type: that of a reply of several parts is another. */
static int add_content_fields(struct duet_sending *sending,
			      const struct duet_validators *current)
{
	struct duet_header list[CONTENT_FIELDS + 1];
	const struct duet_header *field;
	int rc = DUET_OK;

	list_content_fields(sending, current, list);
	for (field = list + 1; rc == DUET_OK && field->name != NULL; field++)
		rc = duet_reply_header(sending->exchange, field->name,
				       field->value);
	return rc;
}

static bool is_kept(const struct duet_selected *selected)
{
	return selected->squeezed != NULL || selected->entry->kept;
}

/* Ready for a 200, or NULL: not kept, not the same each time (its route may
 * change them, or encode nothing), no memory. */
static const struct duet_prepared *prepared_fields(
	const struct duet_sending *sending,
	const struct duet_validators *current)
{
	struct duet_header list[CONTENT_FIELDS + 1];
	struct duet_form *form = sending->form;

	if (!is_kept(&sending->selected) || current->etag == NULL ||
	    current->modified < 0 || !duet_exchange_is_plain(sending->exchange))
		return NULL;
	if (form->fields == NULL) {
		list_content_fields(sending, current, list);
		if (duet_prepared_new(list, &form->fields) != DUET_OK)
			return NULL;
		form->fields_vary = sending->selected.varies;
	}
	return form->fields_vary == sending->selected.varies ? form->fields
							     : NULL;
}

static void give_up(struct duet_sending *sending)
{
	(void)duet_reply_empty(sending->exchange, 503);
	finish(sending);
}

static void reply_part(struct duet_sending *sending, int status,
		       const char *type, uint64_t offset, uint64_t len)
{
	const struct duet_form *form = sending->form;

	if (form->body != NULL) {
		(void)duet_reply_lent(sending->exchange, status, type,
				      (struct duet_bytes){ form->body + offset,
							   (size_t)len },
				      finish, sending);
		return;
	}
	sending->at = offset;
	sending->left = len;
	(void)duet_reply_stream(sending->exchange, status, type, (int64_t)len,
				produce, finish, sending);
}

static void reply_parts(struct duet_sending *sending,
			const struct duet_range *ranges, size_t n)
{
	const struct duet_multipart_body body = { read_some, verify, finish,
						  sending };
	uint64_t size = (uint64_t)sending->form->version.size;
	struct duet_exchange *exchange = sending->exchange;
	char content_range[DUET_CONTENT_RANGE_BYTES];
	struct duet_multipart *multipart;

	if (n == 1) {
		duet_range_format(content_range, &ranges[0], size);
		if (duet_reply_header(exchange, "Content-Range",
				      content_range) != DUET_OK)
			give_up(sending);
		else
			reply_part(sending, 206,
				   sending->selected.entry->mime.type,
				   ranges[0].offset, ranges[0].length);
		return;
	}
	multipart = duet_multipart_new(&body, size,
				       sending->selected.entry->mime.type,
				       ranges, n);
	if (multipart == NULL)
		(void)duet_reply_empty(exchange, 503);
	else
		(void)duet_reply_stream(exchange, 206,
					duet_multipart_type(multipart),
					duet_multipart_length(multipart),
					duet_multipart_produce,
					duet_multipart_free, multipart);
}

static void reply_outside(struct duet_sending *sending)
{
	char content_range[DUET_CONTENT_RANGE_BYTES];

	duet_range_format(content_range, NULL,
			  (uint64_t)sending->form->version.size);
	duet_site_error_with(sending->exchange, 416, "Content-Range",
			     content_range,
			     "the file ends before the range begins.");
	finish(sending);
}

static void reply_whole(struct duet_sending *sending,
			const struct duet_validators *current)
{
	uint64_t size = (uint64_t)sending->form->version.size;
	const struct duet_prepared *fields = prepared_fields(sending, current);

	if (fields != NULL) {
		duet_reply_prepared(sending->exchange, fields);
		reply_part(sending, 200, NULL, 0, size);
	} else if (add_content_fields(sending, current) == DUET_OK) {
		reply_part(sending, 200, sending->selected.entry->mime.type, 0,
			   size);
	} else {
		give_up(sending);
	}
}

static void reply_content(struct duet_sending *sending,
			  const struct duet_head *head,
			  const struct duet_validators *current)
{
	const char *range = duet_condition_range(head, current);
	uint64_t size = (uint64_t)sending->form->version.size;
	enum duet_range_verdict verdict = DUET_RANGE_WHOLE;
	struct duet_range ranges[DUET_RANGES_MAX];
	size_t n = 0;

	if (range != NULL)
		verdict = duet_range_parse(range, size, ranges, &n);
	if (verdict == DUET_RANGE_OUTSIDE)
		reply_outside(sending);
	else if (verdict != DUET_RANGE_PARTS)
		reply_whole(sending, current);
	else if (add_content_fields(sending, current) == DUET_OK)
		reply_parts(sending, ranges, n);
	else
		give_up(sending);
}

/* ---- which reply ---- */

static struct duet_validators validators_of(const struct duet_sending *sending,
					    int64_t now)
{
	const struct duet_form *identity =
		&sending->selected.entry->forms[DUET_CODING_IDENTITY];
	struct duet_validators current = { .exists = true, .modified = -1 };
	int64_t modified = identity->version.modified.tv_sec;

	/* RFC 9110 s8.8.1: a validator that may not change when the bytes do
	 * is none. */
	if (sending->selected.entry->rest != DUET_AT_REST)
		return current;
	current.etag = sending->form->etag;
	/* RFC 9110 s8.8.2.1: never a date later than that of the reply. */
	if (modified <= now)
		current.modified = modified;
	return current;
}

/* RFC 9110 s15.4.5: the tag tells caches which one they have; more than that
 * would be metadata that they have with it. */
static void reply_not_modified(struct duet_sending *sending,
			       const struct duet_validators *current)
{
	int rc = add_tag(sending, current);

	(void)duet_reply_empty(sending->exchange, rc == DUET_OK ? 304 : 503);
	finish(sending);
}

static void reply(struct duet_sending *sending)
{
	struct duet_exchange *exchange = sending->exchange;
	const struct duet_head *head = duet_exchange_head(exchange);
	int64_t now = duet_clock_wall();
	struct duet_validators current = validators_of(sending, now);

	switch (duet_condition_check(head, &current, now)) {
	case DUET_CONDITION_MET:
		reply_content(sending, head, &current);
		break;
	case DUET_CONDITION_NOT_MODIFIED:
		reply_not_modified(sending, &current);
		break;
	case DUET_CONDITION_FAILED:
		duet_site_error(exchange, 412,
				"it is not in the state you asked for.");
		finish(sending);
		break;
	}
}

void duet_sendings_reply(struct duet_sendings *sendings,
			 struct duet_exchange *exchange,
			 const struct duet_selected *selected)
{
	struct duet_sending *sending;

	if (selected->coding == DUET_CODING_NONE) {
		duet_selected_done(selected);
		duet_site_error_with(exchange, 406, "Vary", "Accept-Encoding",
				     "there is no form of it that you accept.");
		return;
	}
	sending = take(sendings);
	if (sending == NULL) {
		duet_selected_done(selected);
		(void)duet_reply_empty(exchange, 503);
		return;
	}
	sending->all = sendings;
	sending->exchange = exchange;
	sending->selected = *selected;
	sending->form = duet_selected_form(selected);
	sending->seen = 0;
	reply(sending);
}
