/* SPDX-License-Identifier: MIT */
#include "http/outgoing.h"

#include <string.h>

#include "base/error.h"
#include "base/grammar.h"
#include "base/str.h"
#include "http/fault.h"
#include "http/framing.h"
#include "http/target.h"

static int bad_field(const struct duet_header *field, const char *why,
		     struct duet_error *err)
{
	char quote[DUET_QUOTE_BYTES];

	return duet_error_set(err, DUET_E_ARGUMENT, "the field '%s' %s",
			      duet_fault_quote(quote, duet_str(field->name)),
			      why);
}

int duet_outgoing_fields(const struct duet_head *head,
			 struct duet_outgoing *ret, struct duet_error *err)
{
	struct duet_outgoing sum = { .bytes = 0 };
	const struct duet_header *field;

	for (field = head->headers; field != NULL && field->name != NULL;
	     field++) {
		struct duet_bytes value = duet_str(field->value);
		struct duet_bytes name = duet_str(field->name);

		if (!duet_is_token(name))
			return bad_field(field, "has a name that is no token",
					 err);
		if (field->value == NULL || !duet_is_field_value(value))
			return bad_field(field,
					 "has no value, or control characters in it",
					 err);
		if (duet_framing_is_ours(field->name))
			return bad_field(field,
					 "is written from content_length and close; leave it out",
					 err);
		if (duet_str_eq_nocase(field->name, "upgrade"))
			sum.upgrade = true;
		else if (duet_str_eq_nocase(field->name, "te"))
			sum.te = true;
		sum.n_fields++;
		sum.bytes += name.len + value.len + 4;
	}
	*ret = sum;
	return DUET_OK;
}

/* RFC 9112 s3.2: "A client MUST send a Host header field". */
static int check_host(const struct duet_head *head, struct duet_error *err)
{
	const struct duet_header *field;
	size_t hosts = 0;
	size_t valid = 0;

	for (field = head->headers; field != NULL && field->name != NULL;
	     field++)
		if (duet_str_eq_nocase(field->name, "host")) {
			hosts++;
			valid +=
				duet_is_authority(duet_str(field->value), NULL);
		}
	if (hosts != 1 || valid != 1)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a request needs one valid Host field");
	return DUET_OK;
}

int duet_outgoing_request(const struct duet_head *head,
			  struct duet_outgoing *ret, struct duet_error *err)
{
	char quote[DUET_QUOTE_BYTES];
	int rc;

	if (head->method == NULL || !duet_is_token(duet_str(head->method)))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "the request has no valid method");
	if (head->target == NULL ||
	    duet_target_form(head->method, head->target) == DUET_TARGET_BAD)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s' is no target for %s",
				      duet_fault_quote(quote,
						       duet_str(head->target)),
				      head->method);
	if (head->content_length < DUET_LENGTH_UNKNOWN)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "content_length is below -1");
	rc = check_host(head, err);
	return rc == DUET_OK ? duet_outgoing_fields(head, ret, err) : rc;
}

bool duet_outgoing_expects_content(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
	       strcmp(method, "PATCH") == 0;
}

int duet_outgoing_reply(const struct duet_head *head, struct duet_outgoing *ret,
			struct duet_error *err)
{
	if (head->status < 100 || head->status > 999 ||
	    head->content_length < DUET_LENGTH_UNKNOWN)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a reply with status %d and content_length %lld",
				      (int)head->status,
				      (long long)head->content_length);
	/* RFC 9110 s15.3.5 and s15.2 */
	if ((head->status == 204 || head->status < 200) &&
	    head->content_length > 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a %d reply has no body",
				      (int)head->status);
	if (!duet_is_field_value(duet_str(head->reason)))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "control characters in the reason");
	return duet_outgoing_fields(head, ret, err);
}

int duet_outgoing_trailers(const struct duet_header *trailers,
			   struct duet_error *err)
{
	char quote[DUET_QUOTE_BYTES];

	for (; trailers != NULL && trailers->name != NULL; trailers++)
		if (!duet_is_token(duet_str(trailers->name)) ||
		    trailers->value == NULL ||
		    !duet_is_field_value(duet_str(trailers->value)) ||
		    duet_framing_is_head_only(trailers->name))
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "the trailer field '%s' cannot be sent after a body; send it in the head, or leave it out",
					      duet_fault_quote(quote,
							       duet_str(
								       trailers->name)));
	return DUET_OK;
}
