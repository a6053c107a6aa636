/* SPDX-License-Identifier: MIT */
/*
 * The lists that one connection's handshake waits for, one after another.
 *
 *	IDLE -- next: kept, or missed a moment ago --> told, IDLE
 *	IDLE -- next: another process fetches it ----> LOCKING
 *	LOCKING -- on_time, every POLL_MS -----------> IDLE or ASKING
 *	IDLE -- next --------------------------------> ASKING
 *	ASKING -- on_done: 200 ----------------------> READING
 *	ASKING -- on_done: 304, or none -------------> told, IDLE
 *	READING -- pump: its end, or none -----------> told, IDLE
 *
 * resume() has the link's owner go on soon, who may close it and free all this.
 */
#include "client/revoke.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "client/client_int.h"
#include "client/crl_slot.h"
#include "tls/engine.h"

enum {
	TIME_LIMIT_MS = 10000,
	MAX_BYTES = 100 << 20,
	MAX_REDIRECTS = 3,
	POLL_MS = 50, /* between two looks at somebody's lock */
	PIECE_BYTES = 16384,
	WORDS_BYTES = 256,
};

static const char no_memory[] = "cannot be had: out of memory";

struct duet_revoke {
	struct duet_client *client;
	struct duet_link *link;
	struct duet_revoke *next;
	struct duet_revoke *prev;
	enum {
		IDLE,
		LOCKING,
		ASKING,
		READING,
	} state;
	struct duet_crl_slot slot;
	struct duet_crl_wanted wanted;
	char *url;
	struct duet_fetch *fetch;       /* while ASKING */
	struct duet_response *response; /* while READING */
	struct duet_timer *timer;       /* while LOCKING */
	int64_t deadline_ms;
	unsigned round;
};

int duet_revokes_init(struct duet_revokes *ret,
		      const struct duet_client_options *options)
{
	memset(ret, 0, sizeof(*ret));
	ret->time_limit_ms =
		options->crl_ms > 0 ? options->crl_ms : TIME_LIMIT_MS;
	ret->max_bytes =
		options->crl_bytes > 0 ? options->crl_bytes : MAX_BYTES;
	if (options->crl_dir == NULL)
		return DUET_OK;
	ret->dir = duet_mem_strdup(options->crl_dir);
	return ret->dir != NULL ? DUET_OK : DUET_E_NOMEM;
}

void duet_revokes_done(struct duet_revokes *revokes)
{
	size_t i;

	for (i = 0; i < DUET_CRL_MISSES_MAX; i++)
		duet_mem_free(revokes->misses[i].url);
	duet_mem_free(revokes->dir);
	memset(revokes, 0, sizeof(*revokes));
}

/* Lists that could not be had */

static const struct duet_crl_miss *find_miss(const struct duet_revokes *revokes,
					     const char *url)
{
	size_t i;

	for (i = 0; i < DUET_CRL_MISSES_MAX; i++)
		if (revokes->misses[i].url != NULL &&
		    strcmp(revokes->misses[i].url, url) == 0 &&
		    duet_clock_ms() < revokes->misses[i].until_ms)
			return &revokes->misses[i];
	return NULL;
}

/* Without memory it is asked for again. */
static void note_miss(struct duet_revokes *revokes, const char *url,
		      uint8_t doubt, const char *words)
{
	struct duet_crl_miss *miss =
		&revokes->misses[revokes->next_miss++ % DUET_CRL_MISSES_MAX];

	duet_mem_free(miss->url);
	miss->url = duet_mem_strdup(url);
	miss->doubt = doubt;
	miss->until_ms = duet_clock_ms() + DUET_CRL_MISS_MS;
	(void)snprintf(miss->words, sizeof(miss->words), "%s", words);
}

static struct duet_tls *tls_of(const struct duet_revoke *revoke)
{
	return duet_conn_tls(revoke->link->conn);
}

static void settle(struct duet_revoke *revoke)
{
	revoke->state = IDLE;
	duet_timer_set(revoke->timer, INT64_MAX);
	duet_response_free(revoke->response);
	revoke->response = NULL;
	duet_crl_slot_done(&revoke->slot);
	duet_mem_free(revoke->url);
	revoke->url = NULL;
}

static void miss(struct duet_revoke *revoke, enum duet_revocation_doubt doubt,
		 const char *words)
{
	note_miss(&revoke->client->revokes, revoke->url, (uint8_t)doubt, words);
	duet_tls_crl_missing(tls_of(revoke), doubt, words);
	settle(revoke);
}

/* What an error says behind "http://host/path (address): ". */
static const char *plain_words(const struct duet_error *err)
{
	const char *slashes = strstr(err->text, "://");
	const char *colon = slashes != NULL ? strstr(slashes + 3, ": ") : NULL;

	return colon != NULL ? colon + 2 : err->text;
}

static void miss_for(struct duet_revoke *revoke, const struct duet_error *err)
{
	char words[WORDS_BYTES];

	if (err->code == DUET_E_TIMEOUT) {
		(void)snprintf(words, sizeof(words),
			       "did not come within %" PRId32 " ms",
			       revoke->client->revokes.time_limit_ms);
		miss(revoke, DUET_DOUBT_SLOW, words);
		return;
	}
	(void)snprintf(words, sizeof(words), "cannot be had: %.200s",
		       plain_words(err));
	miss(revoke, DUET_DOUBT_UNREACHABLE, words);
}

static void miss_large(struct duet_revoke *revoke)
{
	char words[WORDS_BYTES];

	(void)snprintf(words, sizeof(words),
		       "is larger than %" PRIu64
		       " bytes, the most that is taken",
		       revoke->client->revokes.max_bytes);
	miss(revoke, DUET_DOUBT_OVERSIZED, words);
}

static void resume(struct duet_revoke *revoke)
{
	duet_link_run_soon(revoke->link);
}

/* Tell the handshake about the list that is mapped. */
static int give(struct duet_revoke *revoke, bool kept, bool on_trial)
{
	const struct duet_crl_given given = {
		.der = revoke->slot.der,
		.verified_by = kept ? &revoke->slot.verified_by : NULL,
		.walk = duet_crl_slot_walk(&revoke->slot),
		.on_trial = on_trial,
	};

	int rc = duet_tls_crl_give_known(tls_of(revoke), &given, NULL);

	if (rc == DUET_E_NOMEM && !on_trial)
		duet_tls_crl_missing(tls_of(revoke), DUET_DOUBT_UNREACHABLE,
				     no_memory);
	return rc;
}

/* One that was kept and still tells something: the clock of the connection
 * decides that. */
static bool use_kept(struct duet_revoke *revoke)
{
	if (duet_crl_slot_load(&revoke->slot) != DUET_OK ||
	    give(revoke, true, true) != DUET_OK)
		return false;
	settle(revoke);
	return true;
}

/* The answer */

static void on_done(struct duet_response *response,
		    const struct duet_error *error, void *arg)
{
	struct duet_revoke *revoke = arg;
	struct duet_error err;
	int status;

	revoke->fetch = NULL;
	if (revoke->client->ending) {
		duet_response_free(response);
		return;
	}
	revoke->response = response;
	status = response != NULL ? duet_response_status(response) : 0;
	if (response == NULL) {
		miss_for(revoke, error);
	} else if (status == 304 && revoke->slot.map != NULL) {
		(void)give(revoke, true, false);
		settle(revoke);
	} else if (status != 200) {
		(void)duet_error_set(&err, DUET_E_HTTP, "the server answers %d",
				     status);
		miss_for(revoke, &err);
	} else if (duet_crl_slot_begin(&revoke->slot, &err) != DUET_OK) {
		miss_for(revoke, &err);
	} else {
		revoke->state = READING;
		return;
	}
	resume(revoke);
}

static const char *field(const struct duet_response *response, const char *name)
{
	return duet_headers_get(&response->head.headers, name);
}

/* All of it has come. */
static void finish(struct duet_revoke *revoke)
{
	struct duet_error err;

	if (duet_crl_slot_map(&revoke->slot, &err) != DUET_OK) {
		miss(revoke, DUET_DOUBT_MALFORMED, err.text);
		return;
	}
	if (give(revoke, false, false) == DUET_OK)
		duet_crl_slot_keep(&revoke->slot, revoke->url,
				   &revoke->wanted.issuer,
				   field(revoke->response, "ETag"),
				   field(revoke->response, "Last-Modified"));
	settle(revoke);
}

static bool is_too_large(const struct duet_revoke *revoke, size_t more)
{
	const struct duet_head *head = duet_response_head(revoke->response);
	uint64_t max = revoke->client->revokes.max_bytes;

	return (head->content_length > 0 &&
		(uint64_t)head->content_length > max) ||
	       revoke->slot.written + more > max;
}

/* false: there is nothing more now. */
static bool read_piece(struct duet_revoke *revoke)
{
	char piece[PIECE_BYTES];
	struct duet_error err;
	size_t n = 0;
	int rc;

	rc = duet_response_read(revoke->response, piece, sizeof(piece), &n,
				&err);
	if (rc == DUET_WANT_READ)
		return false;
	if (rc == DUET_EOF) {
		finish(revoke);
		return false;
	}
	if (rc == DUET_OK && is_too_large(revoke, n)) {
		miss_large(revoke);
		return false;
	}
	if (rc == DUET_OK)
		rc = duet_crl_slot_write(&revoke->slot, piece, n, &err);
	if (rc < 0)
		miss_for(revoke, &err);
	return rc == DUET_OK;
}

static void pump_one(struct duet_revoke *revoke)
{
	if (is_too_large(revoke, 0))
		miss_large(revoke);
	while (revoke->state == READING && read_piece(revoke))
		continue;
	if (revoke->state == IDLE)
		resume(revoke);
}

/* Each may end others when it has come. */
void duet_revoke_pump(struct duet_client *client)
{
	struct duet_revokes *revokes = &client->revokes;
	struct duet_revoke *revoke;

	revokes->round++;
	for (revoke = revokes->first; revoke != NULL;) {
		if (revoke->state == READING &&
		    revoke->round != revokes->round) {
			revoke->round = revokes->round;
			pump_one(revoke);
			revoke = revokes->first;
		} else {
			revoke = revoke->next;
		}
	}
}

/* The question */

static void ask(struct duet_revoke *revoke)
{
	const struct duet_crl_slot *slot = &revoke->slot;
	struct duet_header fields[3] = { { NULL, NULL } };
	int64_t left = revoke->deadline_ms - duet_clock_ms();
	struct duet_request request = {
		.size = sizeof(request),
		.url = revoke->url,
		.headers = fields,
		.timeout_ms = left > 0 ? (int32_t)left : 1,
		.max_redirects = MAX_REDIRECTS,
		.insecure_http = 1,
		.fresh = 1,
	};
	struct duet_error err;
	size_t n = 0;

	if (slot->map != NULL && slot->etag[0] != '\0')
		fields[n++] =
			(struct duet_header){ "If-None-Match", slot->etag };
	if (slot->map != NULL && slot->modified[0] != '\0')
		fields[n++] = (struct duet_header){ "If-Modified-Since",
						    slot->modified };
	if (duet_fetch_new(revoke->client, &request, true, on_done, revoke,
			   &revoke->fetch, &err) < 0) {
		revoke->fetch = NULL;
		miss_for(revoke, &err);
		return;
	}
	revoke->state = ASKING;
}

static void lock(struct duet_revoke *revoke)
{
	struct duet_error err;
	bool waited = revoke->state == LOCKING;

	if (duet_crl_slot_lock(&revoke->slot) == DUET_OK) {
		/* Whoever had it may have fetched it for us. */
		duet_timer_set(revoke->timer, INT64_MAX);
		if (!waited || !use_kept(revoke))
			ask(revoke);
		return;
	}
	revoke->state = LOCKING;
	if (duet_clock_ms() < revoke->deadline_ms) {
		duet_timer_set(revoke->timer, duet_clock_ms() + POLL_MS);
		return;
	}
	(void)duet_error_set(&err, DUET_E_TIMEOUT, "another process has it");
	miss_for(revoke, &err);
}

static void on_time(void *arg)
{
	struct duet_revoke *revoke = arg;

	if (revoke->state != LOCKING)
		return;
	lock(revoke);
	if (revoke->state == IDLE)
		resume(revoke);
}

static void begin(struct duet_revoke *revoke)
{
	const struct duet_revokes *revokes = &revoke->client->revokes;
	const struct duet_crl_miss *missed;

	missed = find_miss(revokes, revoke->wanted.url);
	if (missed != NULL) {
		duet_tls_crl_missing(tls_of(revoke), missed->doubt,
				     missed->words);
		return;
	}
	revoke->url = duet_mem_strdup(revoke->wanted.url);
	if (revoke->url == NULL ||
	    duet_crl_slot_init(&revoke->slot, revokes->dir, revoke->url) !=
		    DUET_OK) {
		duet_tls_crl_missing(tls_of(revoke), DUET_DOUBT_UNREACHABLE,
				     no_memory);
		settle(revoke);
		return;
	}
	revoke->deadline_ms = duet_clock_ms() + revokes->time_limit_ms;
	if (!use_kept(revoke))
		lock(revoke);
}

bool duet_revoke_next(struct duet_revoke *revoke)
{
	revoke->link->rested = true;
	revoke->wanted.size = sizeof(revoke->wanted);
	while (revoke->state == IDLE) {
		int rc = duet_tls_crl_wanted(tls_of(revoke), &revoke->wanted);

		if (rc == DUET_EOF)
			return true;
		if (rc == DUET_OK)
			begin(revoke);
		else
			duet_tls_crl_missing(tls_of(revoke),
					     DUET_DOUBT_UNREACHABLE, no_memory);
	}
	return false;
}

int duet_revoke_new(struct duet_client *client, struct duet_link *link,
		    struct duet_revoke **ret, struct duet_error *err)
{
	struct duet_revoke *revoke = duet_mem_zalloc(sizeof(*revoke));
	int rc;

	if (revoke == NULL)
		return duet_error_nomem(err);
	rc = duet_timer_new(client->loop, on_time, revoke, &revoke->timer, err);
	if (rc != DUET_OK) {
		duet_mem_free(revoke);
		return rc;
	}
	revoke->slot.lock_fd = -1;
	revoke->slot.new_fd = -1;
	revoke->client = client;
	revoke->link = link;
	revoke->next = client->revokes.first;
	if (revoke->next != NULL)
		revoke->next->prev = revoke;
	client->revokes.first = revoke;
	*ret = revoke;
	return DUET_OK;
}

void duet_revoke_free(struct duet_revoke *revoke)
{
	if (revoke == NULL)
		return;
	if (revoke->prev != NULL)
		revoke->prev->next = revoke->next;
	else
		revoke->client->revokes.first = revoke->next;
	if (revoke->next != NULL)
		revoke->next->prev = revoke->prev;
	duet_fetch_free(revoke->fetch);
	settle(revoke);
	duet_timer_free(revoke->timer);
	duet_mem_free(revoke);
}
