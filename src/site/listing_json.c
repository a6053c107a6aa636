/* SPDX-License-Identifier: MIT */
#include "site/listing_int.h"
#include "site/text.h"

static int add_date(struct duet_buf *json, int64_t wall)
{
	char date[DUET_LISTING_DATE_BYTES];
	int rc = duet_buf_add_str(json, ",\"modified\":\"");

	(void)duet_listing_date(date, wall);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(json, date);
	return rc == DUET_OK ? duet_buf_add_str(json, "\"}") : rc;
}

static int add_size(struct duet_buf *json, uint64_t size)
{
	char text[DUET_LISTING_SIZE_BYTES];
	int rc = duet_buf_add_str(json, "\",\"type\":\"file\",\"size\":");

	(void)duet_listing_number(text, size, '\0');
	return rc == DUET_OK ? duet_buf_add_str(json, text) : rc;
}

static int add_entry(struct duet_buf *json,
		     const struct duet_directory *directory,
		     const struct duet_directory_entry *entry)
{
	struct duet_bytes name =
		duet_str(duet_directory_name(directory, entry));
	int rc = duet_buf_add_str(json, "{\"name\":");

	if (rc == DUET_OK)
		rc = duet_text_json(json, name);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(json, ",\"href\":\"./");
	if (rc == DUET_OK)
		rc = duet_text_href(json, name);
	if (rc == DUET_OK && entry->is_directory)
		rc = duet_buf_add_str(json,
				      "/\",\"type\":\"directory\",\"size\":null");
	if (rc == DUET_OK && !entry->is_directory)
		rc = add_size(json, entry->size);
	return rc == DUET_OK ? add_date(json, entry->modified) : rc;
}

int duet_listing_json(struct duet_buf *json, const struct duet_listing *listing)
{
	const struct duet_directory *directory = listing->directory;
	size_t i;
	int rc = duet_buf_add_str(json, "{\"path\":");

	if (rc == DUET_OK)
		rc = duet_text_json(json, duet_str(listing->path));
	if (rc == DUET_OK)
		rc = duet_buf_printf(json, ",\"complete\":%s,\"entries\":[",
				     directory->is_cut ? "false" : "true");
	for (i = 0; rc == DUET_OK && i < directory->count; i++) {
		rc = duet_buf_add_str(json, i > 0 ? ",\n" : "\n");
		if (rc == DUET_OK)
			rc = add_entry(json, directory, &directory->entries[i]);
	}
	return rc == DUET_OK ? duet_buf_add_str(json, "\n]}\n") : rc;
}
