/* SPDX-License-Identifier: MIT */
#include "get/records.h"

#include "base/clock.h"
#include "base/error.h"
#include "cli/exit.h"
#include "get/har.h"
#include "get/receipt.h"

static int exit_for(int status, int otherwise)
{
	if (status == DUET_E_NOMEM)
		return DUET_EXIT_NOMEM;
	return status == DUET_E_ARGUMENT ? DUET_EXIT_USAGE : otherwise;
}

int duet_get_records_init(struct duet_get_records *records,
			  const struct duet_get_options *options, int *ret_exit,
			  struct duet_error *err)
{
	int rc = DUET_OK;

	records->har_secrets = options->insecure_har_secrets;
	if (options->write_out != NULL)
		rc = duet_get_write_out_init(&records->write_out,
					     options->write_out, err);
	*ret_exit = exit_for(rc, DUET_EXIT_READ);
	if (rc != DUET_OK)
		return rc;
	records->sha256 = options->receipt != NULL ||
			  duet_get_write_out_wants_sha256(&records->write_out);
	if (options->receipt != NULL)
		rc = duet_get_receipt_begin(&records->receipt, options->receipt,
					    err);
	if (rc == DUET_OK && options->har != NULL)
		rc = duet_get_har_begin(&records->har, options->har, err);
	*ret_exit = exit_for(rc, DUET_EXIT_WRITE);
	return rc;
}

int duet_get_records_add(struct duet_get_records *records,
			 const struct duet_get_outcome *outcome,
			 struct duet_error *err)
{
	struct duet_error later;
	int first = DUET_OK;
	int rc;

	if (records->receipt.root != NULL)
		first = duet_get_receipt_add(&records->receipt, outcome, err);
	if (records->har.root != NULL) {
		rc = duet_get_har_add(&records->har, outcome,
				      records->har_secrets,
				      first == DUET_OK ? err : &later);
		first = first == DUET_OK ? rc : first;
	}
	rc = duet_get_write_out_put(&records->write_out, outcome, stdout,
				    first == DUET_OK ? err : &later);
	return first == DUET_OK ? rc : first;
}

int32_t duet_get_records_wait_ms(const struct duet_get_records *records)
{
	int64_t now_us = duet_clock_us();

	return duet_sooner_ms(duet_get_paper_wait_ms(&records->receipt, now_us),
			      duet_get_paper_wait_ms(&records->har, now_us));
}

void duet_get_records_keep(struct duet_get_records *records)
{
	int64_t now_us = duet_clock_us();
	int rc = duet_get_paper_keep(&records->receipt, now_us, NULL);

	rc |= duet_get_paper_keep(&records->har, now_us, NULL);
	(void)rc; /* what has failed is unwritten still */
}

int duet_get_records_end(struct duet_get_records *records,
			 struct duet_error *err)
{
	struct duet_error later;
	int first = duet_get_paper_end(&records->receipt, err);
	int rc = duet_get_paper_end(&records->har,
				    first == DUET_OK ? err : &later);

	return first == DUET_OK ? rc : first;
}

void duet_get_records_done(struct duet_get_records *records)
{
	duet_get_paper_done(&records->receipt);
	duet_get_paper_done(&records->har);
	duet_get_write_out_done(&records->write_out);
}
