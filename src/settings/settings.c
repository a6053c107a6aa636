/* SPDX-License-Identifier: MIT */
#include "settings/settings.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "settings/check.h"
#include "settings/document.h"
#include "settings/foreign.h"
#include "settings/load.h"
#include "settings/shape.h"
#include "settings/spell.h"

enum {
	FILE_MAX_BYTES = 16 << 20,
};

struct duet_settings_file {
	char *path;
	struct duet_document document;
	struct duet_settings *settings; /* NULL: the values are not right */
};

static int load(struct duet_settings_file *file, struct duet_error *err)
{
	struct duet_buf text;
	int rc;

	duet_buf_init(&text, DUET_SPELL_GROWS * (FILE_MAX_BYTES + 1024));
	rc = duet_spell_out(&file->document, &text);
	if (rc == DUET_OK)
		rc = duet_settings_load(duet_buf_bytes(&text), &file->settings,
					err);
	else
		rc = duet_error_nomem(err);
	duet_buf_done(&text);
	return rc;
}

static int make_sense(struct duet_settings_file *file,
		      struct duet_findings *findings, struct duet_error *err)
{
	size_t before = findings->n_errors;
	int rc;

	duet_shape_check(&file->document, findings);
	if (findings->n_errors > before)
		return DUET_OK;
	rc = load(file, err);
	if (rc != DUET_OK)
		return rc;
	rc = duet_settings_check(file, findings);
	return rc == DUET_OK ? DUET_OK : duet_error_nomem(err);
}

static int parse(struct duet_settings_file *file, struct duet_bytes text,
		 struct duet_findings *findings, struct duet_error *err)
{
	size_t before = findings->n_errors;
	const char *whose = duet_foreign_file(text);
	int rc;

	if (whose != NULL) {
		duet_findings_error(findings, (struct duet_place){ 1, 1 },
				    "this looks like a file of %s, and has to be YAML; the least there is: 'sites: [ { root: /srv/www } ]', and the rest is in duet.yaml(5)",
				    whose);
		return DUET_OK;
	}
	rc = duet_document_parse(&file->document, text, findings);
	if (rc != DUET_OK)
		return duet_error_nomem(err);
	return findings->n_errors > before ? DUET_OK
					   : make_sense(file, findings, err);
}

int duet_settings_read(const char *path, struct duet_findings *findings,
		       struct duet_settings_file **ret, struct duet_error *err)
{
	struct duet_settings_file *file = NULL;
	struct duet_buffer text = { NULL, 0 };
	int rc;

	rc = duet_file_read(path, FILE_MAX_BYTES, &text, err);
	if (rc != DUET_OK)
		return rc;
	file = duet_mem_zalloc(sizeof(*file));
	if (file != NULL)
		file->path = duet_mem_strdup(path);
	if (file == NULL || file->path == NULL)
		rc = duet_error_nomem(err);
	if (rc == DUET_OK)
		rc = parse(file, (struct duet_bytes){ text.data, text.len },
			   findings, err);
	duet_buffer_free(&text);
	if (rc == DUET_OK && findings->nomem)
		rc = duet_error_nomem(err);
	if (rc == DUET_OK)
		*ret = file;
	else
		duet_settings_free(file);
	return rc;
}

void duet_settings_free(struct duet_settings_file *file)
{
	if (file == NULL)
		return;
	duet_settings_unload(file->settings);
	duet_document_done(&file->document);
	duet_mem_free(file->path);
	duet_mem_free(file);
}

const struct duet_settings *duet_settings_of(
	const struct duet_settings_file *file)
{
	return file->settings;
}

struct duet_place duet_settings_place(const struct duet_settings_file *file,
				      const char *fmt, ...)
{
	struct duet_document document = file->document; /* lent, not changed */
	struct duet_place place;
	va_list args;

	va_start(args, fmt);
	place = duet_document_place(&document, fmt, args);
	va_end(args);
	return place;
}

char *duet_settings_path(const struct duet_settings_file *file,
			 const char *path)
{
	const char *slash = strrchr(file->path, '/');

	if (slash == NULL || *path == '/')
		return duet_mem_strdup(path);
	return duet_mem_printf("%.*s%s", (int)(slash + 1 - file->path),
			       file->path, path);
}

char *duet_settings_where(const struct duet_settings_file *file,
			  const char *where)
{
	static const char scheme[] = "unix:";
	char *path;
	char *here;

	/* Without a path: it is said elsewhere what is wrong with that. */
	if (!duet_str_starts(where, scheme) || where[strlen(scheme)] == '\0')
		return duet_mem_strdup(where);
	path = duet_settings_path(file, where + strlen(scheme));
	if (path == NULL)
		return NULL;
	here = duet_mem_printf("%s%s", scheme, path);
	duet_mem_free(path);
	return here;
}
