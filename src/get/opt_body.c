/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "get/form.h"
#include "get/opt_tables.h"
#include "get/options.h"

/* To list, and beside it by which option it came. */
static int add_by(struct duet_opt_list *list, struct duet_opt_list *by,
		  const struct duet_opt *opt, const char *arg,
		  struct duet_error *err)
{
	int rc = duet_opt_list_add(list, arg);

	if (rc == DUET_OK)
		rc = duet_opt_list_add(by, opt->name);
	if (rc != DUET_OK)
		return duet_error_set(err, rc, "too many of them");
	return DUET_OK;
}

static int add_data(void *options, const struct duet_opt *opt, const char *arg,
		    struct duet_error *err)
{
	struct duet_get_options *get = options;

	return add_by(&get->data, &get->data_by, opt, arg, err);
}

static int add_form(void *options, const struct duet_opt *opt, const char *arg,
		    struct duet_error *err)
{
	struct duet_get_options *get = options;
	char shown[80];

	if (duet_get_form_is_field(arg))
		return add_by(&get->form, &get->form_by, opt, arg, err);
	duet_str_printable(shown, sizeof(shown), duet_str(arg));
	return duet_error_set(err, DUET_E_ARGUMENT,
			      arg[0] == '=' || arg[0] == '\0'
				      ? "'%s' has no name; try %s %s"
				      : "'%s' has a name and no =VALUE; try %s %s",
			      shown, opt->letter != 0 ? "-F" : "--form-string",
			      opt->example);
}

static int set_upload(void *options, const struct duet_opt *opt,
		      const char *arg, struct duet_error *err)
{
	struct duet_get_options *get = options;

	if (get->upload_file != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "one file a command, which goes to every URL; call duet get once for each");
	if (arg[0] == '\0')
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "no name of a file; try -T %s",
				      opt->example);
	get->upload_file = arg;
	return DUET_OK;
}

static int add_trailer(void *options, const struct duet_opt *opt,
		       const char *arg, struct duet_error *err)
{
	struct duet_get_options *get = options;
	char shown[80];

	if (strcspn(arg, ":") > 0 && strchr(arg, ':') != NULL) {
		if (duet_opt_list_add(&get->trailers, arg) == DUET_OK)
			return DUET_OK;
		return duet_error_set(err, DUET_E_NOMEM, "too many of them");
	}
	duet_str_printable(shown, sizeof(shown), duet_str(arg));
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "'%s' is not a field; try --trailer '%s'", shown,
			      opt->example);
}

const struct duet_opt duet_get_opt_body[] = {
	{ "data", 'd', "DATA|@FILE", "POST as a form, several joined by &",
	  DUET_OPT_CALL(add_data), .group = "Body", .example = "name=value",
	  .brief = true },
	{ "data-binary", 0, "DATA|@FILE", "the same, bytes as they are",
	  DUET_OPT_CALL(add_data), .example = "@file.bin" },
	{ "data-raw", 0, "DATA", "the same, @ is nothing special",
	  DUET_OPT_CALL(add_data), .example = "name=value" },
	{ "data-urlencode", 0, "TEXT",
	  "the same, encoded: DATA, NAME=DATA, NAME@FILE",
	  DUET_OPT_CALL(add_data), .example = "text='a & b'" },
	{ "get", 'G', NULL, "the data go into the query, with GET",
	  DUET_OPT_FLAG(struct duet_get_options, get) },
	{ "json-body", 0, "DATA|@FILE", "POST as JSON", DUET_OPT_CALL(add_data),
	  .example = "'{\"name\": 1}'" },
	{ "form", 'F', "NAME=VALUE|@FILE",
	  "POST a form with files; ;type= ;filename=", DUET_OPT_CALL(add_form),
	  .example = "file=@photo.jpg" },
	{ "form-string", 0, "NAME=VALUE", "the same, VALUE as it is",
	  DUET_OPT_CALL(add_form), .example = "name=@alice" },
	{ "upload-file", 'T', "FILE", "PUT a file; - is standard input",
	  DUET_OPT_CALL(set_upload), .example = "file.tar.gz" },
	{ "expect", 0, NULL, "ask before the body is sent, however small",
	  DUET_OPT_FLAG(struct duet_get_options, expect) },
	{ "trailer", 0, "LINE", "'Name: value' after the body",
	  DUET_OPT_CALL(add_trailer), .example = "X-Checksum: 1234" },
	{ 0 },
};
