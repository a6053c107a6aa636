/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "mint/show.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "mint/command.h"
#include "mint/files.h"

enum {
	SHOWN_BYTES = 400,
};

static const struct duet_opt options_table[] = {
	{ "json", 'j', NULL, "one JSON object instead of words",
	  DUET_OPT_FLAG(struct duet_mint_options, json) },
	{ "cacert", 0, "FILE", "of a server: trust these, not the system's",
	  DUET_OPT_STRING(struct duet_mint_options, cacert) },
	{ "crl", 0, "FILE|DIR", "of a server: refuse what these lists revoke",
	  DUET_OPT_STRING(struct duet_mint_options, crl) },
	{ "name", 'n', "NAME", "of a server: ask for this name [HOST]",
	  DUET_OPT_STRING(struct duet_mint_options, server_name) },
	{ "max-time", 'm', "SECONDS", "of a server: wait no longer [30]",
	  DUET_OPT_SECONDS(struct duet_mint_options, max_ms, 1, 3600000),
	  .example = "5" },
	{ 0 },
};

static const struct duet_opt_command command = {
	.name = "duet cert show",
	.usage = "[OPTION]... FILE|HOST:PORT",
	.summary =
		"Say in words what is in a file (PEM or DER; - is standard input), or\n"
		"what certificates a server shows and whether they hold.",
	.options = options_table,
	.footer =
		"A server's certificates are shown also when they are refused; the exit\n"
		"code is then that of duet get, 60 for most reasons.",
	.min_operands = 1,
	.max_operands = 1,
	.operand = "FILE or HOST:PORT",
};

static int print_text(const struct duet_inspection *inspection,
		      struct duet_error *err)
{
	struct duet_buffer text = { NULL, 0 };
	int rc;

	rc = duet_inspection_text(inspection, duet_clock_wall(), &text, err);
	if (rc == DUET_OK)
		(void)fwrite(text.data, 1, text.len, stdout);
	duet_buffer_free(&text);
	return rc;
}

static void print_sight(const char *shown, const struct duet_mint_sight *sight)
{
	(void)printf("%s: %s, %s%s%s\n", shown, sight->version, sight->cipher,
		     sight->group[0] != '\0' ? ", " : "", sight->group);
	if (sight->verified)
		(void)printf("verified: yes\n\n");
	else
		(void)printf("verified: NO (%s)\n\n",
			     duet_status_word(sight->refusal.code));
}

static int print_all(const char *source, struct duet_bytes content,
		     const struct duet_mint_sight *sight, bool json,
		     struct duet_error *err)
{
	struct duet_inspection *inspection;
	char shown[SHOWN_BYTES];
	int rc;

	duet_str_printable(shown, sizeof(shown), duet_str(source));
	inspection = duet_inspect(content, err);
	if (inspection == NULL) {
		duet_error_prefix(err, "'%s': ", shown);
		return err->code;
	}
	if (json) {
		rc = duet_mint_show_json(source, inspection, sight, stdout,
					 err);
	} else {
		if (sight != NULL)
			print_sight(shown, sight);
		rc = print_text(inspection, err);
	}
	duet_inspection_free(inspection);
	return rc;
}

static int show_file(const struct duet_mint_options *options, const char *path,
		     struct duet_error *err)
{
	struct duet_buffer content = { NULL, 0 };
	int rc;

	rc = duet_mint_read(path, &content, err);
	if (rc == DUET_OK)
		rc = print_all(path,
			       (struct duet_bytes){ content.data, content.len },
			       NULL, options->json, err);
	duet_buffer_free(&content);
	return rc;
}

static int show_server(const struct duet_mint_options *options,
		       const char *source,
		       const struct duet_mint_target *target,
		       struct duet_error *err)
{
	struct duet_mint_sight sight;
	struct duet_bytes chain;
	int rc;

	rc = duet_mint_look(target, options, &sight, err);
	if (rc != DUET_OK)
		return rc;
	chain.data = sight.chain_pem.data;
	chain.len = sight.chain_pem.len;
	rc = print_all(source, chain, &sight, options->json, err);
	duet_buffer_free(&sight.chain_pem);
	if (rc == DUET_OK && !sight.verified)
		rc = duet_error_copy(err, &sight.refusal);
	return rc;
}

static int show(const struct duet_mint_options *options,
		const char *const *operands, int n, struct duet_error *err)
{
	const char *what = operands[0];
	struct duet_mint_target target;
	int rc;

	(void)n;
	if (strcmp(what, "-") != 0 && access(what, F_OK) != 0 &&
	    duet_mint_target_parse(what, &target))
		return show_server(options, what, &target, err);
	rc = show_file(options, what, err);
	if (rc == DUET_E_SYSTEM && strchr(what, '/') == NULL &&
	    strchr(what, '.') != NULL && access(what, F_OK) != 0)
		(void)duet_error_set(err, rc,
				     "there is no file '%.200s'; for a server give HOST:PORT",
				     what);
	return rc;
}

int duet_mint_show(int argc, char **argv)
{
	return duet_mint_run(&command, show, argc, argv);
}
