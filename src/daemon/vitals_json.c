/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "daemon/sheet.h"
#include "daemon/vitals.h"
#include "site/listing_text.h"

/* The n-th of a list: the comma before it. */
static const char *comma(size_t n)
{
	return n > 0 ? "," : "";
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

static void put_time(struct duet_sheet *sheet, const char *key, int64_t wall)
{
	char date[DUET_LISTING_DATE_BYTES];

	(void)duet_listing_date(date, wall);
	duet_sheet_put(sheet, ",\"%s\":\"%s\"", key, date);
}

static void put_service(struct duet_sheet *sheet,
			const struct duet_vitals *vitals)
{
	char sentence[DUET_VITALS_SENTENCE_BYTES];

	duet_vitals_sentence(sentence, vitals);
	duet_sheet_put(sheet, "{\"state\":\"%s\",\"well\":%s,\"sentence\":",
		       duet_vitals_state(vitals),
		       truth(duet_vitals_is_well(vitals)));
	duet_sheet_json(sheet, sentence);
	duet_sheet_put(sheet, ",\"version\":\"%s\"", DUET_VERSION);
	put_time(sheet, "now", vitals->now);
	put_time(sheet, "began", vitals->began);
	duet_sheet_put(sheet,
		       ",\"isolation\":\"%s\",\"worker_restarts\":%" PRIu64,
		       vitals->isolated ? "connection" : "worker",
		       vitals->n_restarts);
}

/* What is not to be known is null. */
static void put_figure(struct duet_sheet *sheet, const char *key, int64_t value)
{
	if (value < 0)
		duet_sheet_put(sheet, "%snull", key);
	else
		duet_sheet_put(sheet, "%s%" PRId64, key, value);
}

static void put_usage(struct duet_sheet *sheet, const struct duet_usage *usage)
{
	put_figure(sheet, ",\n\"usage\":{\"cpu_us\":", usage->cpu_us);
	put_figure(sheet, ",\"resident_bytes\":", usage->resident_bytes);
	put_figure(sheet, ",\"open_fds\":", usage->open_fds);
	duet_sheet_put(sheet, "}");
}

static void put_workers(struct duet_sheet *sheet,
			const struct duet_vitals *vitals)
{
	size_t i;

	duet_sheet_put(sheet, ",\n\"workers\":[");
	for (i = 0; i < vitals->n_workers; i++) {
		const struct duet_vitals_worker *worker = &vitals->workers[i];

		duet_sheet_put(sheet, "%s\n{\"worker\":%zu", comma(i), i + 1);
		if (worker->life.pid != 0) {
			duet_sheet_put(sheet, ",\"pid\":%" PRId64,
				       worker->life.pid);
			put_time(sheet, "since", worker->life.since);
		}
		duet_sheet_put(sheet,
			       ",\"state\":\"%s\",\"connections_open\":%" PRIu64
			       ",\"requests\":%" PRIu64
			       ",\"requests_in_progress\":%" PRIu64
			       ",\"restarts\":%" PRIu64 "}",
			       duet_vitals_worker_state(worker),
			       worker->life.open, worker->requests,
			       worker->life.under_way, worker->restarts);
	}
	duet_sheet_put(sheet, "]");
}

static void put_connections(struct duet_sheet *sheet,
			    const struct duet_vitals *vitals)
{
	const uint64_t *sums = vitals->sums;
	size_t i;

	duet_sheet_put(sheet,
		       ",\n\"connections\":{\"accepted\":%" PRIu64
		       ",\"open\":%" PRIu64 "},\n\"handshakes\":[",
		       sums[DUET_TALLY_OPENED], vitals->n_open);
	for (i = 0; i < 2 * (size_t)DUET_TALLY_TLS_VERSIONS; i++)
		duet_sheet_put(sheet,
			       "%s\n{\"version\":\"%s\",\"resumed\":%s,\"count\":%" PRIu64
			       "}",
			       comma(i), duet_tally_tls_versions[i / 2],
			       truth(i % 2 == 1),
			       sums[DUET_TALLY_HANDSHAKE + i]);
	duet_sheet_put(sheet, "],\n\"handshakes_failed\":{");
	for (i = 0; duet_tally_reason(i) != NULL; i++)
		duet_sheet_put(sheet, "%s\"%s\":%" PRIu64, comma(i),
			       duet_tally_reason(i),
			       sums[DUET_TALLY_FAILED + i]);
	duet_sheet_put(sheet, "}");
}

static void put_sites(struct duet_sheet *sheet,
		      const struct duet_vitals *vitals)
{
	size_t i;

	duet_sheet_put(sheet,
		       ",\n\"requests_in_progress\":%" PRIu64 ",\n\"sites\":[",
		       vitals->n_under_way);
	for (i = 0; i < vitals->n_sites; i++) {
		duet_sheet_put(sheet, "%s\n{\"site\":", comma(i));
		duet_sheet_json(sheet, duet_vitals_site_name(vitals, i));
		duet_sheet_put(sheet, ",\"requests\":%" PRIu64 "}",
			       vitals->site_requests[i]);
	}
	duet_sheet_put(sheet, "]");
}

/* status: null where none was sent. */
static void put_statuses(struct duet_sheet *sheet, const uint64_t *sums)
{
	size_t i;
	size_t n = 0;

	duet_sheet_put(sheet, ",\n\"requests\":[");
	for (i = 0; i < (size_t)DUET_TALLY_PROTOCOLS * DUET_TALLY_STATUSES;
	     i++) {
		size_t status = i % DUET_TALLY_STATUSES;

		if (sums[DUET_TALLY_REQUEST + i] == 0)
			continue;
		duet_sheet_put(sheet, "%s\n{\"protocol\":\"%s\",\"status\":",
			       comma(n++),
			       duet_tally_protocols[i / DUET_TALLY_STATUSES]);
		if (status > 0)
			duet_sheet_put(sheet, "%zu", status);
		else
			duet_sheet_put(sheet, "null");
		duet_sheet_put(sheet, ",\"count\":%" PRIu64 "}",
			       sums[DUET_TALLY_REQUEST + i]);
	}
	duet_sheet_put(sheet, "]");
}

/* Each request is in one of them; the last has no upper end. */
static void put_durations(struct duet_sheet *sheet, const uint64_t *sums)
{
	size_t i;

	duet_sheet_put(sheet,
		       ",\n\"durations\":{\"sum_us\":%" PRIu64 ",\"buckets\":[",
		       sums[DUET_TALLY_DURATION]);
	for (i = 0; i < DUET_TALLY_BUCKETS; i++) {
		duet_sheet_put(sheet, "%s{\"up_to_us\":", comma(i));
		if (i < DUET_TALLY_BUCKETS - 1)
			duet_sheet_put(sheet, "%" PRId64,
				       duet_tally_bucket_us[i]);
		else
			duet_sheet_put(sheet, "null");
		duet_sheet_put(sheet, ",\"count\":%" PRIu64 "}",
			       sums[DUET_TALLY_BUCKET + i]);
	}
	duet_sheet_put(sheet, "]}");
}

static void put_cut(struct duet_sheet *sheet, const char *key,
		    const uint64_t *cuts)
{
	size_t n = 0;
	size_t i;

	duet_sheet_put(sheet, ",\n\"%s\":[", key);
	for (i = 0; i < 2 * (size_t)DUET_TALLY_CUTS; i++)
		if (cuts[i] > 0)
			duet_sheet_put(sheet,
				       "%s{\"by\":\"%s\",\"cut\":\"%s\",\"count\":%" PRIu64
				       "}",
				       comma(n++),
				       duet_tally_side(i / DUET_TALLY_CUTS),
				       duet_cut_name((enum duet_cut)(
					       i % DUET_TALLY_CUTS)),
				       cuts[i]);
	duet_sheet_put(sheet, "]");
}

static void put_certificates(struct duet_sheet *sheet,
			     const struct duet_vitals *vitals)
{
	size_t i;

	duet_sheet_put(sheet, ",\n\"certificates\":[");
	for (i = 0; i < vitals->n_credentials; i++) {
		const struct duet_credentials *credentials =
			&vitals->credentials[i];

		duet_sheet_put(sheet, "%s\n{\"name\":", comma(i));
		duet_sheet_json(sheet, credentials->name);
		duet_sheet_put(sheet, ",\"key\":\"%s\"", credentials->kind);
		put_time(sheet, "not_after", credentials->not_after);
		duet_sheet_put(sheet, "}");
	}
	duet_sheet_put(sheet, "]}\n");
}

int duet_vitals_json(struct duet_buf *json, const struct duet_vitals *vitals)
{
	struct duet_sheet sheet = { json, DUET_OK };
	const uint64_t *sums = vitals->sums;

	put_service(&sheet, vitals);
	put_usage(&sheet, &vitals->usage);
	put_workers(&sheet, vitals);
	put_connections(&sheet, vitals);
	put_sites(&sheet, vitals);
	put_statuses(&sheet, sums);
	put_durations(&sheet, sums);
	duet_sheet_put(&sheet,
		       ",\n\"request_body_bytes\":%" PRIu64
		       ",\"reply_body_bytes\":%" PRIu64,
		       sums[DUET_TALLY_RECEIVED], sums[DUET_TALLY_SENT]);
	put_cut(&sheet, "requests_cut", sums + DUET_TALLY_CUT_REQUEST);
	put_cut(&sheet, "replies_cut", sums + DUET_TALLY_CUT_REPLY);
	put_certificates(&sheet, vitals);
	return sheet.rc;
}
