/* SPDX-License-Identifier: MIT */
#include "settings/spell.h"

#include <string.h>

#include "base/str.h"
#include "settings/table.h"

struct spelling {
	struct duet_document *document;
	yaml_emitter_t emitter;
	bool failed; /* there is no memory */
};

/* ---- events ---- */

/* A yaml_write_handler_t. */
static int write_to(void *arg, unsigned char *bytes, size_t len)
{
	return duet_buf_add(arg, bytes, len) == DUET_OK;
}

/* made: whether the event could be. The emitter frees it in any case. */
static void emit(struct spelling *spelling, int made, yaml_event_t *event)
{
	if (made == 1 && spelling->failed)
		yaml_event_delete(event);
	else if (made != 1 || yaml_emitter_emit(&spelling->emitter, event) != 1)
		spelling->failed = true;
}

/* In quotes, so that it stays as long and as it is, whatever is in it. */
static void emit_text(struct spelling *spelling, struct duet_bytes text)
{
	yaml_event_t event;

	emit(spelling,
	     yaml_scalar_event_initialize(&event, NULL, NULL,
					  (yaml_char_t *)text.data,
					  (int)text.len, 1, 1,
					  YAML_DOUBLE_QUOTED_SCALAR_STYLE),
	     &event);
}

static void begin_list(struct spelling *spelling)
{
	yaml_event_t event;

	emit(spelling,
	     yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
						  YAML_FLOW_SEQUENCE_STYLE),
	     &event);
}

static void end_list(struct spelling *spelling)
{
	yaml_event_t event;

	emit(spelling, yaml_sequence_end_event_initialize(&event), &event);
}

/* ---- nodes ---- */

static void spell_map(struct spelling *spelling, const struct duet_table *table,
		      const yaml_node_t *node);

static void spell_list(struct spelling *spelling, const struct duet_row *row,
		       const yaml_node_t *node)
{
	const yaml_node_item_t *item;

	begin_list(spelling);
	if (node->type == YAML_SCALAR_NODE) {
		emit_text(spelling, duet_node_text(node));
		end_list(spelling);
		return;
	}
	for (item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		const yaml_node_t *child =
			duet_document_node(spelling->document, *item);

		if (row->kind == DUET_ROW_TEXTS)
			emit_text(spelling, duet_node_text(child));
		else
			spell_map(spelling, row->of, child);
	}
	end_list(spelling);
}

static void spell_value(struct spelling *spelling, const struct duet_row *row,
			const yaml_node_t *node)
{
	if (row->kind == DUET_ROW_MAP)
		spell_map(spelling, row->of, node);
	else if (row->kind == DUET_ROW_TEXTS || row->kind == DUET_ROW_MAPS)
		spell_list(spelling, row, node);
	else
		emit_text(spelling, duet_node_text(node));
}

static void spell_pair(struct spelling *spelling,
		       const struct duet_table *table,
		       const yaml_node_pair_t *pair)
{
	struct duet_bytes key = duet_node_text(
		duet_document_node(spelling->document, pair->key));
	const yaml_node_t *value =
		duet_document_node(spelling->document, pair->value);
	const struct duet_row *row = duet_table_find(table, key);

	if (duet_table_is_none(row, duet_node_text(value))) {
		emit_text(spelling, duet_str(row->none_key));
		emit_text(spelling, duet_str("true"));
	} else {
		emit_text(spelling, key);
		spell_value(spelling, row, value);
	}
}

static void spell_map(struct spelling *spelling, const struct duet_table *table,
		      const yaml_node_t *node)
{
	const yaml_node_pair_t *pair;
	yaml_event_t event;

	emit(spelling,
	     yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
						 YAML_FLOW_MAPPING_STYLE),
	     &event);
	for (pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++)
		spell_pair(spelling, table, pair);
	emit(spelling, yaml_mapping_end_event_initialize(&event), &event);
}

static void spell_all(struct spelling *spelling)
{
	yaml_event_t event;

	emit(spelling,
	     yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING),
	     &event);
	emit(spelling,
	     yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1),
	     &event);
	spell_map(spelling, &duet_table_top,
		  duet_document_root(spelling->document));
	emit(spelling, yaml_document_end_event_initialize(&event, 1), &event);
	emit(spelling, yaml_stream_end_event_initialize(&event), &event);
}

int duet_spell_out(struct duet_document *document, struct duet_buf *ret)
{
	struct spelling spelling = { .document = document };

	if (yaml_emitter_initialize(&spelling.emitter) != 1)
		return DUET_E_NOMEM;
	yaml_emitter_set_output(&spelling.emitter, write_to, ret);
	yaml_emitter_set_unicode(&spelling.emitter, 1);
	yaml_emitter_set_width(&spelling.emitter, -1);
	spell_all(&spelling);
	yaml_emitter_delete(&spelling.emitter);
	return spelling.failed ? DUET_E_NOMEM : DUET_OK;
}
