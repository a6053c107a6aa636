/* SPDX-License-Identifier: MIT */
/*
 * The text format of Prometheus. A series whose labels are known beforehand is
 * there from the beginning, with 0, so that the first event is an increase
 * (https://prometheus.io/docs/practices/instrumentation/); of statuses there
 * are those that were sent.
 */
#include <inttypes.h>
#include <stdio.h>

#include "daemon/sheet.h"
#include "daemon/vitals.h"

static void begin(struct duet_sheet *sheet, const char *name, const char *type,
		  const char *help)
{
	duet_sheet_put(sheet, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
		       type);
}

/* A metric without labels. */
static void put_one(struct duet_sheet *sheet, const char *name,
		    const char *type, const char *help, uint64_t value)
{
	begin(sheet, name, type, help);
	duet_sheet_put(sheet, "%s %" PRIu64 "\n", name, value);
}

static void put_service(struct duet_sheet *sheet,
			const struct duet_vitals *vitals)
{
	begin(sheet, "duet_build_info", "gauge",
	      "Always 1; the label has the version.");
	duet_sheet_put(sheet, "duet_build_info{version=\"%s\"} 1\n",
		       DUET_VERSION);
	put_one(sheet, "duet_up", "gauge",
		"1 while somebody accepts connections, as /healthz has it.",
		duet_vitals_is_well(vitals));
	put_one(sheet, "duet_draining", "gauge",
		"1 while connections may end and no new ones are accepted.",
		vitals->state == DUET_TALLY_DRAINING);
}

/* By their usual names (https://prometheus.io/docs/instrumenting/
 * writing_clientlibs/#process-metrics), which are not ours. */
static void put_usage(struct duet_sheet *sheet,
		      const struct duet_vitals *vitals)
{
	const struct duet_usage *usage = &vitals->usage;

	put_one(sheet, "process_start_time_seconds", "gauge",
		"When the service began, in seconds since 1970.",
		(uint64_t)vitals->began);
	if (usage->cpu_us >= 0) {
		begin(sheet, "process_cpu_seconds_total", "counter",
		      "Time on processors, of all processes of the service.");
		duet_sheet_put(sheet,
			       "process_cpu_seconds_total %" PRId64
			       ".%06" PRId64 "\n",
			       usage->cpu_us / 1000000,
			       usage->cpu_us % 1000000);
	}
	if (usage->resident_bytes >= 0)
		put_one(sheet, "process_resident_memory_bytes", "gauge",
			"Resident memory of all processes; what they share counts for each.",
			(uint64_t)usage->resident_bytes);
	if (usage->open_fds >= 0)
		put_one(sheet, "process_open_fds", "gauge",
			"Open file descriptors of all processes.",
			(uint64_t)usage->open_fds);
}

static void put_workers(struct duet_sheet *sheet,
			const struct duet_vitals *vitals)
{
	size_t i;

	put_one(sheet, "duet_workers", "gauge",
		"Worker processes there should be; 0 with isolation by connection.",
		vitals->n_workers);
	put_one(sheet, "duet_workers_accepting", "gauge",
		"Worker processes that accept connections.",
		vitals->n_accepting);
	put_one(sheet, "duet_workers_draining", "gauge",
		"Worker processes that accept no more and finish what they have.",
		vitals->n_draining);
	put_one(sheet, "duet_worker_restarts_total", "counter",
		"Workers that took the place of one that had ended.",
		vitals->n_restarts);
	if (vitals->n_workers == 0)
		return;
	begin(sheet, "duet_worker_start_time_seconds", "gauge",
	      "When the worker began that has this place now.");
	for (i = 0; i < vitals->n_workers; i++)
		if (vitals->workers[i].life.pid != 0)
			duet_sheet_put(sheet,
				       "duet_worker_start_time_seconds{worker=\"%zu\"} %" PRId64
				       "\n",
				       i + 1, vitals->workers[i].life.since);
}

static void put_connections(struct duet_sheet *sheet,
			    const struct duet_vitals *vitals)
{
	put_one(sheet, "duet_connections_accepted_total", "counter",
		"Connections accepted.", vitals->sums[DUET_TALLY_OPENED]);
	put_one(sheet, "duet_connections_open", "gauge", "Connections open.",
		vitals->n_open);
}

static void put_handshakes(struct duet_sheet *sheet, const uint64_t *sums)
{
	static const char *const resumed[] = { "false", "true" };
	size_t i;
	size_t k;

	begin(sheet, "duet_tls_handshakes_total", "counter",
	      "TLS handshakes done.");
	for (i = 0; i < DUET_TALLY_TLS_VERSIONS; i++)
		for (k = 0; k < 2; k++)
			duet_sheet_put(sheet,
				       "duet_tls_handshakes_total{version=\"%s\",resumed=\"%s\"} %" PRIu64
				       "\n",
				       duet_tally_tls_versions[i], resumed[k],
				       sums[DUET_TALLY_HANDSHAKE + 2 * i + k]);
	begin(sheet, "duet_tls_handshakes_failed_total", "counter",
	      "TLS handshakes that failed, by reason.");
	for (i = 0; duet_tally_reason(i) != NULL; i++)
		duet_sheet_put(sheet,
			       "duet_tls_handshakes_failed_total{reason=\"%s\"} %" PRIu64
			       "\n",
			       duet_tally_reason(i),
			       sums[DUET_TALLY_FAILED + i]);
}

static void put_statuses(struct duet_sheet *sheet, const uint64_t *sums)
{
	size_t protocol;
	size_t status;

	begin(sheet, "duet_requests_total", "counter",
	      "Requests, by protocol and by the status sent.");
	for (protocol = 0; protocol < DUET_TALLY_PROTOCOLS; protocol++)
		for (status = 0; status < DUET_TALLY_STATUSES; status++) {
			uint64_t n =
				duet_tally_requests_of(sums, protocol, status);
			char word[16] = "none";

			if (n == 0)
				continue;
			if (status > 0)
				(void)snprintf(word, sizeof(word), "%zu",
					       status);
			duet_sheet_put(sheet,
				       "duet_requests_total{protocol=\"%s\",status=\"%s\"} %" PRIu64
				       "\n",
				       duet_tally_protocols[protocol], word, n);
		}
}

static void put_durations(struct duet_sheet *sheet, const uint64_t *sums)
{
	uint64_t us = sums[DUET_TALLY_DURATION];
	uint64_t n = 0;
	size_t i;

	begin(sheet, "duet_request_duration_seconds", "histogram",
	      "From the first byte of a request to the last of its reply.");
	for (i = 0; i < DUET_TALLY_BUCKETS; i++) {
		n += sums[DUET_TALLY_BUCKET + i];
		duet_sheet_put(sheet,
			       "duet_request_duration_seconds_bucket{le=\"%s\"} %" PRIu64
			       "\n",
			       duet_tally_bucket_s[i], n);
	}
	duet_sheet_put(sheet,
		       "duet_request_duration_seconds_sum %" PRIu64
		       ".%06" PRIu64 "\n"
		       "duet_request_duration_seconds_count %" PRIu64 "\n",
		       us / 1000000, us % 1000000, n);
}

static void put_cut(struct duet_sheet *sheet, const char *name,
		    const char *help, const uint64_t *cuts)
{
	size_t side;
	size_t cut;

	begin(sheet, name, "counter", help);
	for (side = 0; side < 2; side++)
		for (cut = DUET_CUT_NONE + 1; cut < DUET_TALLY_CUTS; cut++)
			duet_sheet_put(sheet,
				       "%s{by=\"%s\",cut=\"%s\"} %" PRIu64 "\n",
				       name, duet_tally_side(side),
				       duet_cut_name((enum duet_cut)cut),
				       cuts[side * DUET_TALLY_CUTS + cut]);
}

static void put_sites(struct duet_sheet *sheet,
		      const struct duet_vitals *vitals)
{
	size_t i;

	put_one(sheet, "duet_requests_in_progress", "gauge",
		"Requests whose replies are not over.", vitals->n_under_way);
	begin(sheet, "duet_site_requests_total", "counter",
	      "Requests, when they begin, by the site that answers.");
	for (i = 0; i < vitals->n_sites; i++) {
		duet_sheet_put(sheet, "duet_site_requests_total{site=\"");
		duet_sheet_label(sheet, duet_vitals_site_name(vitals, i));
		duet_sheet_put(sheet, "\"} %" PRIu64 "\n",
			       vitals->site_requests[i]);
	}
}

static void put_requests(struct duet_sheet *sheet, const uint64_t *sums)
{
	put_statuses(sheet, sums);
	put_durations(sheet, sums);
	put_one(sheet, "duet_request_body_bytes_total", "counter",
		"Bytes of bodies of requests.", sums[DUET_TALLY_RECEIVED]);
	put_one(sheet, "duet_reply_body_bytes_total", "counter",
		"Bytes of bodies of replies, handed to TCP.",
		sums[DUET_TALLY_SENT]);
	put_cut(sheet, "duet_replies_cut_total",
		"Replies that were cut, by who cut them and what did.",
		sums + DUET_TALLY_CUT_REPLY);
	put_cut(sheet, "duet_requests_cut_total",
		"Requests that were cut, by who cut them and what did.",
		sums + DUET_TALLY_CUT_REQUEST);
}

/* Names may be the same for several sites, numbers are not. */
static void put_certificates(struct duet_sheet *sheet,
			     const struct duet_vitals *vitals)
{
	size_t i;

	begin(sheet, "duet_certificate_not_after_timestamp_seconds", "gauge",
	      "When a certificate expires, in seconds since 1970.");
	for (i = 0; i < vitals->n_credentials; i++) {
		duet_sheet_put(sheet,
			       "duet_certificate_not_after_timestamp_seconds{identity=\"%zu\",name=\"",
			       i + 1);
		duet_sheet_label(sheet, vitals->credentials[i].name);
		duet_sheet_put(sheet, "\",key=\"%s\"} %" PRId64 "\n",
			       vitals->credentials[i].kind,
			       vitals->credentials[i].not_after);
	}
}

int duet_vitals_metrics(struct duet_buf *text, const struct duet_vitals *vitals)
{
	struct duet_sheet sheet = { text, DUET_OK };

	put_service(&sheet, vitals);
	put_usage(&sheet, vitals);
	put_workers(&sheet, vitals);
	put_connections(&sheet, vitals);
	put_handshakes(&sheet, vitals->sums);
	put_sites(&sheet, vitals);
	put_requests(&sheet, vitals->sums);
	put_certificates(&sheet, vitals);
	return sheet.rc;
}
