/* SPDX-License-Identifier: MIT */
#include "settings/document.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum {
	PATH_BYTES = 256,
	/* Five would do. libyaml's time grows with the square of it. */
	DEPTH_MAX = 32,
};

static struct duet_place place_of(const yaml_mark_t *mark)
{
	return (struct duet_place){ mark->line + 1, mark->column + 1 };
}

struct duet_place duet_node_place(const yaml_node_t *node)
{
	return place_of(&node->start_mark);
}

struct duet_bytes duet_node_text(const yaml_node_t *node)
{
	if (node->type != YAML_SCALAR_NODE)
		return (struct duet_bytes){ NULL, 0 };
	return (struct duet_bytes){ node->data.scalar.value,
				    node->data.scalar.length };
}

/* ---- what is not YAML ---- */

/* libyaml counts characters, and not the mark of a byte order. */
static size_t first_character(struct duet_bytes text)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t n = sizeof(mark) - 1;

	return text.len >= n && memcmp(text.data, mark, n) == 0 ? n : 0;
}

static bool begins_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* The reader has looked at bytes only and counted no lines. */
static struct duet_place place_of_byte(struct duet_bytes text, size_t offset)
{
	const char *p = text.data;
	struct duet_place place = { 1, 1 };
	size_t i;

	for (i = first_character(text); i < offset && i < text.len; i++) {
		place.column += begins_character(p[i]);
		if (p[i] == '\n')
			place = (struct duet_place){ place.line + 1, 1 };
	}
	return place;
}

/* Its first byte; NUL: the text ends before it. */
static char character_at(struct duet_bytes text, size_t index)
{
	const char *p = text.data;
	size_t i;

	for (i = first_character(text); i < text.len; i++)
		if (begins_character(p[i]) && index-- == 0)
			return p[i];
	return '\0';
}

/* Of libyaml's words those that most mistakes end in. */
static const char *remedy_for(const char *problem)
{
	if (duet_str_starts(problem, "did not find expected ',' or"))
		return ": close it, and put what has a ':' and a blank, or a comma, in quotes";
	if (duet_str_starts(problem, "did not find expected '-'") ||
	    duet_str_starts(problem, "did not find expected key"))
		return ": check where this line begins, for keys of one mapping, and what belongs to one list, begin in one column";
	return "";
}

static int tell_problem(const yaml_parser_t *parser, struct duet_bytes text,
			struct duet_findings *findings)
{
	const char *problem =
		parser->problem != NULL ? parser->problem : "it cannot be read";
	struct duet_place place = place_of(&parser->problem_mark);
	const char *remedy = remedy_for(problem);

	if (parser->error == YAML_MEMORY_ERROR)
		return DUET_E_NOMEM;
	if (parser->error == YAML_READER_ERROR)
		duet_findings_error(findings,
				    place_of_byte(text, parser->problem_offset),
				    "this is not text in UTF-8: %s", problem);
	else if (character_at(text, parser->problem_mark.index) == '\t')
		duet_findings_error(findings, place,
				    "a tab cannot indent in YAML; use spaces");
	else if (parser->context != NULL &&
		 strstr(parser->context, "alias") != NULL)
		duet_findings_error(findings, place_of(&parser->context_mark),
				    "what begins with '*' has to be in quotes: \"*.example.org\"");
	else if (duet_str_starts(problem,
				 "did not find expected node content") &&
		 character_at(text, parser->problem_mark.index) == ':')
		duet_findings_error(findings, place,
				    "what begins with ':' has to be in quotes in a list like this: \":443\"");
	else if (duet_str_starts(problem, "mapping values are not allowed"))
		duet_findings_error(findings, place,
				    "a ':' begins no value here: what has one and a blank in it has to be in quotes, and keys of one mapping begin in one column");
	else if (parser->context != NULL &&
		 parser->context_mark.line != parser->problem_mark.line)
		duet_findings_error(findings, place,
				    "this is not YAML: %s, %s from line %zu on%s",
				    problem, parser->context,
				    parser->context_mark.line + 1, remedy);
	else if (parser->context != NULL)
		duet_findings_error(findings, place,
				    "this is not YAML: %s, %s%s", problem,
				    parser->context, remedy);
	else
		duet_findings_error(findings, place, "this is not YAML: %s",
				    problem);
	return DUET_OK;
}

/* ---- what is YAML and not for us ---- */

static void refuse_event(const yaml_event_t *event, size_t n_documents,
			 struct duet_findings *findings)
{
	struct duet_place place = place_of(&event->start_mark);
	const yaml_char_t *anchor = NULL;
	const yaml_char_t *tag = NULL;

	if (event->type == YAML_DOCUMENT_START_EVENT && n_documents > 1)
		duet_findings_error(findings, place,
				    "a second document begins here; one file is one configuration");
	if (event->type == YAML_ALIAS_EVENT)
		duet_findings_error(findings, place,
				    "'*' refers to an anchor here, and there are none in this file; a name that begins with it has to be in quotes: \"*.example.org\"");
	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (anchor != NULL)
		duet_findings_error(findings, place,
				    "anchors ('&') are not for this file; write out what is meant");
	if (tag != NULL)
		duet_findings_error(findings, place,
				    "tags ('!') are not for this file; leave it out");
}

/* How many lists and mappings are open after an event. */
static size_t depth_after(size_t depth, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return depth + 1;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return depth - 1;
	default:
		return depth;
	}
}

static void refuse_depth(const yaml_event_t *event,
			 struct duet_findings *findings)
{
	duet_findings_error(findings, place_of(&event->start_mark),
			    "more than %d lists and mappings lie in each other here; nothing in this file needs that",
			    DEPTH_MAX);
}

/* Looks at all of it; the parser that makes nodes keeps none of this. */
static int look_through(struct duet_bytes text, struct duet_findings *findings)
{
	yaml_parser_t parser;
	yaml_event_t event;
	size_t n_documents = 0;
	size_t depth = 0;
	bool is_over = false;
	int rc = DUET_OK;

	if (yaml_parser_initialize(&parser) != 1)
		return DUET_E_NOMEM;
	yaml_parser_set_input_string(&parser, text.data, text.len);
	while (rc == DUET_OK && !is_over) {
		if (yaml_parser_parse(&parser, &event) != 1) {
			rc = tell_problem(&parser, text, findings);
			break;
		}
		n_documents += event.type == YAML_DOCUMENT_START_EVENT;
		refuse_event(&event, n_documents, findings);
		depth = depth_after(depth, &event);
		if (depth > DEPTH_MAX)
			refuse_depth(&event, findings);
		is_over = event.type == YAML_STREAM_END_EVENT ||
			  depth > DEPTH_MAX;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return rc;
}

int duet_document_parse(struct duet_document *ret, struct duet_bytes text,
			struct duet_findings *findings)
{
	size_t before = findings->n_errors;
	yaml_parser_t parser;
	int rc;

	*ret = (struct duet_document){ .is_made = false };
	rc = look_through(text, findings);
	if (rc != DUET_OK || findings->n_errors > before)
		return rc;
	if (yaml_parser_initialize(&parser) != 1)
		return DUET_E_NOMEM;
	yaml_parser_set_input_string(&parser, text.data, text.len);
	if (yaml_parser_load(&parser, &ret->yaml) == 1)
		ret->is_made = true;
	else
		rc = tell_problem(&parser, text, findings);
	yaml_parser_delete(&parser);
	return rc;
}

void duet_document_done(struct duet_document *document)
{
	if (document->is_made)
		yaml_document_delete(&document->yaml);
	document->is_made = false;
}

/* ---- nodes ---- */

yaml_node_t *duet_document_root(struct duet_document *document)
{
	return document->is_made ? yaml_document_get_root_node(&document->yaml)
				 : NULL;
}

yaml_node_t *duet_document_node(struct duet_document *document, int number)
{
	return yaml_document_get_node(&document->yaml, number);
}

static yaml_node_t *value_of(struct duet_document *document,
			     const yaml_node_t *map, const char *key)
{
	const yaml_node_pair_t *pair = map->data.mapping.pairs.start;

	for (; pair < map->data.mapping.pairs.top; pair++)
		if (duet_bytes_eq(duet_node_text(duet_document_node(document,
								    pair->key)),
				  key))
			return duet_document_node(document, pair->value);
	return NULL;
}

static yaml_node_t *step(struct duet_document *document,
			 const yaml_node_t *node, const char *word)
{
	const yaml_node_item_t *item;
	uint32_t i;

	if (node->type == YAML_MAPPING_NODE)
		return value_of(document, node, word);
	if (node->type != YAML_SEQUENCE_NODE ||
	    !duet_parse_u32(word, UINT32_MAX, &i))
		return NULL;
	item = node->data.sequence.items.start;
	if (i >= node->data.sequence.items.top - item)
		return NULL;
	return duet_document_node(document, item[i]);
}

struct duet_place duet_document_place(struct duet_document *document,
				      const char *fmt, va_list args)
{
	yaml_node_t *node = duet_document_root(document);
	char path[PATH_BYTES];
	char *rest = path;
	yaml_node_t *next;
	char *slash;

	if (node == NULL)
		return (struct duet_place){ 0, 0 };
	(void)vsnprintf(path, sizeof(path), fmt, args);
	do {
		slash = strchr(rest, '/');
		if (slash != NULL)
			*slash = '\0';
		next = step(document, node, rest);
		if (next != NULL)
			node = next;
		rest = slash != NULL ? slash + 1 : NULL;
	} while (next != NULL && rest != NULL);
	return duet_node_place(node);
}
