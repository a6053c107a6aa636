/* SPDX-License-Identifier: MIT */
/* settings/document.h - YAML as a tree of nodes that know their places. */
#ifndef DUET_SETTINGS_DOCUMENT_H
#define DUET_SETTINGS_DOCUMENT_H

#include <stdarg.h>
#include <yaml.h>

#include <duet/error.h>

#include "settings/findings.h"

struct duet_document {
	yaml_document_t yaml;
	bool is_made; /* yaml is to be deleted */
};

/*
 * Parse text. Anchors, aliases, tags and further documents are refused: none
 * of them is needed here, and each is a way to write what is not meant. With
 * a finding *ret is empty. DUET_OK, or DUET_E_NOMEM.
 */
DUET_CHECK int duet_document_parse(struct duet_document *ret,
				   struct duet_bytes text,
				   struct duet_findings *findings);
void duet_document_done(struct duet_document *document);

/* NULL: the document is empty. */
yaml_node_t *duet_document_root(struct duet_document *document);
yaml_node_t *duet_document_node(struct duet_document *document, int number);
struct duet_place duet_node_place(const yaml_node_t *node);
/* Of a scalar; empty for others. */
struct duet_bytes duet_node_text(const yaml_node_t *node);
/* As duet_settings_place(). */
struct duet_place duet_document_place(struct duet_document *document,
				      const char *fmt, va_list args)
	DUET_PRINTF(2, 0);

#endif
