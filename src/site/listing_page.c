/* SPDX-License-Identifier: MIT */
/*
 * The page of a directory:
 *
 *	nav     the way down from the root, a link for each step
 *	main    what it is, and the table
 *	footer  how much there is
 *
 * Links are relative, so that it works below a prefix of somebody's proxy too.
 */
#include <string.h>

#include "site/listing_int.h"
#include "site/page.h"
#include "site/text.h"

/* ---- the way here ---- */

static int add_step(struct duet_buf *page, size_t levels_up,
		    struct duet_bytes name)
{
	int rc =
		duet_buf_add_str(page, levels_up > 0
					       ? "<li><a href=\""
					       : "<li><a aria-current=\"page\" "
						 "href=\"./");

	for (; rc == DUET_OK && levels_up > 0; levels_up--)
		rc = duet_buf_add_str(page, "../");
	if (rc == DUET_OK)
		rc = duet_buf_add_str(page, "\"><bdi>");
	if (rc == DUET_OK)
		rc = duet_text_html(page, name);
	return rc == DUET_OK ? duet_buf_add_str(page, "</bdi></a></li>\n") : rc;
}

static int add_way(struct duet_buf *page, const char *path)
{
	size_t levels_up = 0;
	const char *p;
	int rc;

	for (p = path + 1; *p != '\0'; p++)
		levels_up += *p == '/';
	rc = duet_buf_add_str(page, "<nav aria-label=\"Path\">\n<ol>\n");
	if (rc == DUET_OK)
		rc = add_step(page, levels_up, duet_str("Home"));
	for (p = path + 1; rc == DUET_OK && *p != '\0';) {
		size_t len = strcspn(p, "/");

		rc = add_step(page, --levels_up, (struct duet_bytes){ p, len });
		p += len + 1;
	}
	return rc == DUET_OK ? duet_buf_add_str(page, "</ol>\n</nav>\n") : rc;
}

/* ---- the table ---- */

struct column {
	const char *title;
	const char *sort;     /* in the query */
	const char *words[2]; /* of the order, ascending and descending */
};

static const struct column columns[] = {
	[DUET_DIRECTORY_BY_NAME] = { "Name", "name", { "A to Z", "Z to A" } },
	[DUET_DIRECTORY_BY_SIZE] = { "Size",
				     "size",
				     { "smallest first", "largest first" } },
	[DUET_DIRECTORY_BY_DATE] = { "Modified (UTC)",
				     "date",
				     { "oldest first", "newest first" } },
};

/* The link of the order there is turns it round. */
static int add_column(struct duet_buf *page, const struct duet_listing *listing,
		      enum duet_directory_key key)
{
	const struct column *column = &columns[key];
	bool is_sorted = key == listing->key;
	bool offers_descending = is_sorted && !listing->descending;
	const char *sorted = "";
	const char *arrow = "";

	if (is_sorted) {
		sorted = listing->descending ? " aria-sort=\"descending\""
					     : " aria-sort=\"ascending\"";
		arrow = listing->descending
				? "<span aria-hidden=\"true\"> \u2193</span>"
				: "<span aria-hidden=\"true\"> \u2191</span>";
	}
	return duet_buf_printf(page,
			       "<th scope=\"col\"%s><a href=\"?sort=%s&amp;order=%s\""
			       " title=\"Sort by %s, %s\">%s%s</a></th>\n",
			       sorted, column->sort,
			       offers_descending ? "desc" : "asc", column->sort,
			       column->words[offers_descending], column->title,
			       arrow);
}

static int add_table_head(struct duet_buf *page,
			  const struct duet_listing *listing)
{
	const struct column *column = &columns[listing->key];
	int rc = duet_buf_printf(page,
				 "<table>\n<caption>Directories, then files, "
				 "by %s, %s</caption>\n<thead>\n<tr>\n",
				 column->sort,
				 column->words[listing->descending]);

	if (rc == DUET_OK)
		rc = add_column(page, listing, DUET_DIRECTORY_BY_NAME);
	if (rc == DUET_OK)
		rc = add_column(page, listing, DUET_DIRECTORY_BY_SIZE);
	if (rc == DUET_OK)
		rc = add_column(page, listing, DUET_DIRECTORY_BY_DATE);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(page, "</tr>\n</thead>\n<tbody>\n");
	return rc;
}

static int add_link(struct duet_buf *page, const char *text, bool is_directory)
{
	struct duet_bytes name = duet_str(text);
	const char *slash = is_directory ? "/" : "";
	int rc =
		duet_buf_add_str(page,
				 is_directory
					 ? "<tr class=\"dir\"><th scope=\"row\">"
					   "<a href=\"./"
					 : "<tr><th scope=\"row\"><a href=\"./");

	if (rc == DUET_OK)
		rc = duet_text_href(page, name);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(page, slash);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(page, "\"><bdi>");
	if (rc == DUET_OK)
		rc = duet_text_html(page, name);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(page, slash);
	return rc == DUET_OK ? duet_buf_add_str(page, "</bdi></a></th>") : rc;
}

/* Append strings up to a NULL. */
static int add_all(struct duet_buf *page, const char *const *parts)
{
	int rc = DUET_OK;

	for (; rc == DUET_OK && *parts != NULL; parts++)
		rc = duet_buf_add_str(page, *parts);
	return rc;
}

static int add_amount(struct duet_buf *page, uint64_t size)
{
	char value[DUET_LISTING_SIZE_BYTES];
	char exact[DUET_LISTING_SIZE_BYTES];
	char shown[DUET_LISTING_SIZE_BYTES];
	const char *const parts[] = {
		"<data value=\"", value, "\" title=\"", exact,
		" bytes\">",      shown, "</data>",     NULL,
	};

	(void)duet_listing_number(value, size, '\0');
	(void)duet_listing_number(exact, size, ',');
	(void)duet_listing_size(shown, size);
	return add_all(page, parts);
}

static int add_size(struct duet_buf *page,
		    const struct duet_directory_entry *entry)
{
	int rc = duet_buf_add_str(page, "<td>");

	if (rc == DUET_OK && !entry->is_directory)
		rc = add_amount(page, entry->size);
	return rc == DUET_OK ? duet_buf_add_str(page, "</td>") : rc;
}

/* "2026-11-24 02:15" of "2026-11-24T02:15:39Z" */
static int add_date(struct duet_buf *page, int64_t wall)
{
	char date[DUET_LISTING_DATE_BYTES];
	char day[] = "2026-11-24";
	char time[] = "02:15";
	const char *const parts[] = {
		"<td><time datetime=\"", date, "\">", day, " ", time,
		"</time></td></tr>\n",   NULL,
	};

	(void)duet_listing_date(date, wall);
	memcpy(day, date, sizeof(day) - 1);
	memcpy(time, date + sizeof(day), sizeof(time) - 1);
	return add_all(page, parts);
}

static int add_table(struct duet_buf *page, const struct duet_listing *listing)
{
	const struct duet_directory *directory = listing->directory;
	size_t i;
	int rc;

	if (directory->count == 0)
		return duet_buf_add_str(page, "<p class=\"note\">There is "
					      "nothing in it to see.</p>\n");
	rc = add_table_head(page, listing);
	for (i = 0; rc == DUET_OK && i < directory->count; i++) {
		const struct duet_directory_entry *entry =
			&directory->entries[i];

		rc = add_link(page, duet_directory_name(directory, entry),
			      entry->is_directory);
		if (rc == DUET_OK)
			rc = add_size(page, entry);
		if (rc == DUET_OK)
			rc = add_date(page, entry->modified);
	}
	return rc == DUET_OK ? duet_buf_add_str(page, "</tbody>\n</table>\n")
			     : rc;
}

/* ---- all of it ---- */

static int add_main(struct duet_buf *page, const struct duet_listing *listing)
{
	static const char parent[] =
		"<p><a href=\"../\">Parent directory</a></p>\n";
	int rc = duet_buf_add_str(page, "<main>\n<h1>Index of <bdi>");

	if (rc == DUET_OK)
		rc = duet_text_html(page, duet_str(listing->path));
	if (rc == DUET_OK)
		rc = duet_buf_add_str(page, "</bdi></h1>\n");
	if (rc == DUET_OK && listing->directory->is_cut)
		rc = duet_buf_add_str(page,
				      "<p class=\"note\">This is not all: "
				      "there is more in this directory than "
				      "can be listed.</p>\n");
	if (rc == DUET_OK && listing->path[1] != '\0')
		rc = duet_buf_add_str(page, parent);
	if (rc == DUET_OK)
		rc = add_table(page, listing);
	return rc == DUET_OK ? duet_buf_add_str(page, "</main>\n") : rc;
}

static int add_footer(struct duet_buf *page,
		      const struct duet_directory *directory)
{
	size_t n_files = directory->count - directory->n_directories;
	char directories[DUET_LISTING_SIZE_BYTES];
	char files[DUET_LISTING_SIZE_BYTES];
	int rc;

	(void)duet_listing_number(directories, directory->n_directories, ',');
	(void)duet_listing_number(files, n_files, ',');
	rc = duet_buf_printf(page, "<footer><p>%s director%s, %s file%s, ",
			     directories,
			     directory->n_directories == 1 ? "y" : "ies", files,
			     n_files == 1 ? "" : "s");
	if (rc == DUET_OK)
		rc = add_amount(page, directory->size);
	return rc == DUET_OK ? duet_buf_add_str(page, " in all</p></footer>\n")
			     : rc;
}

int duet_listing_page(struct duet_buf *page, const struct duet_listing *listing)
{
	int rc = duet_page_begin(page, "Index of ", duet_str(listing->path));

	if (rc == DUET_OK)
		rc = add_way(page, listing->path);
	if (rc == DUET_OK)
		rc = add_main(page, listing);
	if (rc == DUET_OK)
		rc = add_footer(page, listing->directory);
	return rc == DUET_OK ? duet_page_end(page) : rc;
}
