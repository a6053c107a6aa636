/* SPDX-License-Identifier: MIT */
#include "client/digests.h"

#include <string.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cert/hash.h"
#include "http/digest.h"
#include "http/field.h"

enum {
	N_FIELDS = 2,
	N_MAX = N_FIELDS * DUET_DIGEST_KINDS,
	TEXT_BYTES = DUET_BASE64_BYTES(DUET_DIGEST_BYTES),
};

static const struct {
	const char *name;
	bool of_whole; /* and not of this message */
} fields[N_FIELDS] = {
	{ "Content-Digest", false },
	{ "Repr-Digest", true },
};

static const enum duet_hash_kind hash_kinds[DUET_DIGEST_KINDS] = {
	[DUET_DIGEST_SHA256] = DUET_HASH_SHA256,
	[DUET_DIGEST_SHA512] = DUET_HASH_SHA512,
};

struct duet_digest_watch {
	const char *why_not[N_FIELDS]; /* it cannot be checked; or NULL */
	struct duet_hash *hashes[DUET_DIGEST_KINDS];
	struct duet_digest_facts facts[N_MAX];
	char told[N_MAX][TEXT_BYTES];
	char found[N_MAX][TEXT_BYTES];
	const struct duet_digest_facts *list[N_MAX + 1];
	size_t n;
	bool ended;
};

/* ---- the head ---- */

/* RFC 9110 s6.4.1: such an answer has no content, whatever its fields say. */
static bool has_no_body(const char *method, int status)
{
	return strcmp(method, "HEAD") == 0 || status == 204 || status == 304;
}

/*
 * RFC 9530 s3: of the selected representation. Of a 206 that is more than came;
 * after a change it may be what Content-Location names (s3.2).
 */
static const char *why_not_whole(const char *method,
				 const struct duet_head *head)
{
	if (head->status == 206)
		return "it is of the whole, and only a part came";
	if (strcmp(method, "GET") != 0 &&
	    duet_head_get(head, "Content-Location") != NULL)
		return "it is of what Content-Location names";
	return NULL;
}

static bool is_announced(const struct duet_head *head, const char *field)
{
	const struct duet_header *line = head->headers;

	for (; line != NULL && line->name != NULL; line++)
		if (duet_str_eq_nocase(line->name, "Trailer") &&
		    duet_list_has(line->value, field))
			return true;
	return false;
}

static int want(struct duet_digest_watch *watch, enum duet_digest_kind kind,
		struct duet_error *err)
{
	if (watch->hashes[kind] != NULL)
		return DUET_OK;
	return duet_hash_new(hash_kinds[kind], &watch->hashes[kind], err);
}

/* What has to be hashed for it. */
static int prepare(struct duet_digest_watch *watch, size_t field,
		   const struct duet_head *head, struct duet_error *err)
{
	bool announced = is_announced(head, fields[field].name);
	struct duet_digests digests;
	int rc = DUET_OK;
	int k;

	/* What is no dictionary is nothing; end() finds that out as well. */
	if (duet_digest_read(head->headers, fields[field].name, &digests) !=
		    DUET_OK &&
	    !announced)
		return DUET_OK;
	for (k = 0; k < DUET_DIGEST_KINDS && rc == DUET_OK; k++)
		if (announced || digests.has[k])
			rc = want(watch, (enum duet_digest_kind)k, err);
	return rc;
}

static struct duet_digest_facts *new_fact(struct duet_digest_watch *watch,
					  size_t field, int kind,
					  const uint8_t *bytes)
{
	size_t n = watch->n++;
	struct duet_digest_facts *fact = &watch->facts[n];

	duet_base64_encode(watch->told[n],
			   (struct duet_bytes){
				   bytes,
				   duet_digest_size(
					   (enum duet_digest_kind)kind) });
	watch->list[n] = fact;
	*fact = (struct duet_digest_facts){
		.size = sizeof(*fact),
		.field = fields[field].name,
		.algorithm = duet_digest_name((enum duet_digest_kind)kind),
		.words = "the answer is not whole",
		.told = watch->told[n],
		.found = "",
	};
	return fact;
}

/* As far as the head knows. */
static void note_head(struct duet_digest_watch *watch, size_t field,
		      const struct duet_head *head)
{
	struct duet_digests digests;
	int k;

	if (duet_digest_read(head->headers, fields[field].name, &digests) !=
	    DUET_OK)
		return;
	for (k = 0; k < DUET_DIGEST_KINDS; k++)
		if (digests.has[k])
			(void)new_fact(watch, field, k, digests.bytes[k]);
}

int duet_digest_watch_new(const char *method, const struct duet_head *head,
			  struct duet_digest_watch **ret,
			  struct duet_error *err)
{
	struct duet_digest_watch *watch;
	struct duet_digests digests;
	int rc = DUET_OK;
	size_t i;

	*ret = NULL;
	for (i = 0; i < N_FIELDS; i++)
		if (is_announced(head, fields[i].name) ||
		    duet_digest_read(head->headers, fields[i].name, &digests) ==
			    DUET_OK)
			break;
	if (i == N_FIELDS)
		return DUET_OK;
	watch = duet_mem_zalloc(sizeof(*watch));
	if (watch == NULL)
		return duet_error_nomem(err);
	for (i = 0; i < N_FIELDS && rc == DUET_OK; i++) {
		if (has_no_body(method, head->status))
			watch->why_not[i] = "the answer has no body";
		else if (fields[i].of_whole)
			watch->why_not[i] = why_not_whole(method, head);
		note_head(watch, i, head);
		if (watch->why_not[i] == NULL)
			rc = prepare(watch, i, head, err);
	}
	if (rc != DUET_OK) {
		duet_digest_watch_free(watch);
		return rc;
	}
	*ret = watch;
	return DUET_OK;
}

void duet_digest_watch_add(struct duet_digest_watch *watch, const void *data,
			   size_t len)
{
	size_t k;

	for (k = 0; watch != NULL && k < DUET_DIGEST_KINDS; k++)
		if (watch->hashes[k] != NULL)
			duet_hash_add(watch->hashes[k], data, len);
}

/* ---- the end ---- */

static size_t field_of(const struct duet_digest_facts *fact)
{
	return strcmp(fact->field, fields[0].name) == 0 ? 0 : 1;
}

static int kind_of(const struct duet_digest_facts *fact)
{
	return strcmp(fact->algorithm, "sha-256") == 0 ? DUET_DIGEST_SHA256
						       : DUET_DIGEST_SHA512;
}

/* A trailer of the same name goes before what the head said, which could not
 * know. */
static void note_trailers(struct duet_digest_watch *watch, size_t field,
			  const struct duet_header *trailers)
{
	struct duet_digests digests;
	size_t i;
	int k;

	if (duet_digest_read(trailers, fields[field].name, &digests) != DUET_OK)
		return;
	for (i = 0; i < watch->n; i++) {
		struct duet_digest_facts *fact = &watch->facts[i];

		k = kind_of(fact);
		if (field_of(fact) != field || !digests.has[k])
			continue;
		duet_base64_encode(watch->told[i],
				   (struct duet_bytes){
					   digests.bytes[k],
					   duet_digest_size(
						   (enum duet_digest_kind)k) });
		digests.has[k] = false;
	}
	for (k = 0; k < DUET_DIGEST_KINDS; k++)
		if (digests.has[k])
			(void)new_fact(watch, field, k, digests.bytes[k]);
}

static int finish(struct duet_digest_watch *watch,
		  char sums[DUET_DIGEST_KINDS][TEXT_BYTES])
{
	uint8_t bytes[DUET_HASH_BYTES];
	int k;

	for (k = 0; k < DUET_DIGEST_KINDS; k++) {
		if (watch->hashes[k] == NULL)
			continue;
		if (duet_hash_end(watch->hashes[k], bytes) != DUET_OK)
			return DUET_E_NOMEM;
		duet_base64_encode(sums[k],
				   (struct duet_bytes){
					   bytes,
					   duet_digest_size(
						   (enum duet_digest_kind)k) });
	}
	return DUET_OK;
}

static void judge(struct duet_digest_watch *watch, size_t i,
		  char sums[DUET_DIGEST_KINDS][TEXT_BYTES])
{
	struct duet_digest_facts *fact = &watch->facts[i];
	const char *why_not = watch->why_not[field_of(fact)];
	const char *sum = sums[kind_of(fact)];

	if (why_not == NULL && sum[0] == '\0')
		why_not = "Trailer had not announced it";
	fact->words = why_not != NULL ? why_not : "";
	if (why_not != NULL)
		return;
	memcpy(watch->found[i], sum, strlen(sum) + 1);
	fact->found = watch->found[i];
	fact->state = strcmp(fact->told, fact->found) == 0 ? DUET_DIGEST_GOOD
							   : DUET_DIGEST_WRONG;
}

static int say_wrong(const struct duet_digest_facts *fact,
		     struct duet_error *err)
{
	return duet_error_set(err, DUET_E_DIGEST,
			      "the body's %s is %.16s..., but its %s says %.16s...: it was changed on the way, or the server is wrong about it",
			      fact->algorithm, fact->found, fact->field,
			      fact->told);
}

int duet_digest_watch_end(struct duet_digest_watch *watch,
			  const struct duet_header *trailers,
			  struct duet_error *err)
{
	char sums[DUET_DIGEST_KINDS][TEXT_BYTES] = { "" };
	size_t i;

	if (watch == NULL || watch->ended)
		return DUET_OK;
	watch->ended = true;
	if (finish(watch, sums) < 0)
		return duet_error_nomem(err);
	for (i = 0; i < N_FIELDS; i++)
		note_trailers(watch, i, trailers);
	for (i = 0; i < watch->n; i++)
		judge(watch, i, sums);
	for (i = 0; i < watch->n; i++)
		if (watch->facts[i].state == DUET_DIGEST_WRONG)
			return say_wrong(&watch->facts[i], err);
	return DUET_OK;
}

void duet_facts_of_digests(struct duet_facts *ret,
			   const struct duet_digest_watch *watch)
{
	if (watch != NULL && watch->n > 0)
		ret->digests = watch->list;
}

void duet_digest_watch_free(struct duet_digest_watch *watch)
{
	size_t k;

	if (watch == NULL)
		return;
	for (k = 0; k < DUET_DIGEST_KINDS; k++)
		duet_hash_free(watch->hashes[k]);
	duet_mem_free(watch);
}
