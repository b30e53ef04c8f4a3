/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-mistakes.h>
#include <weir/weir-stage.h>

G_BEGIN_DECLS

/* The options of a stage type: the tables of its class and those above it; for a type without any
 * (written in another language) made from its GObject properties, with offset G_MAXSIZE. The array
 * is owned by the class and lives as long as the process. */
const WeirOption *weir_stage_class_get_options (WeirStageClass *klass, guint *n_options);
const WeirOption *weir_stage_class_find_option (WeirStageClass *klass, const char *name);

/* Reads a value into the stage's member (or property). @verbatim: the node is a string that came
 * from a launch line or a substitution, so the option's kind decides how it is read: strings,
 * expressions, paths, durations, sizes, choices as they are; lists when it starts with '[';
 * others as JSON. Adds mistakes with pointers below @pointer; FALSE when there was one. */
gboolean weir_option_read (const WeirOption *option, WeirStage *stage, JsonNode *node,
                           gboolean verbatim, const char *pointer, WeirMistakes *mistakes);
void weir_option_set_fallback (const WeirOption *option, WeirStage *stage);
void weir_option_clear (const WeirOption *option, WeirStage *stage);

/* The same for a struct that is no stage: the members lie at their offsets from @base. */
gboolean weir_option_read_member (const WeirOption *option, gpointer base, JsonNode *node,
                                  gboolean verbatim, const char *pointer, WeirMistakes *mistakes);
void weir_option_set_member_fallback (const WeirOption *option, gpointer base);
void weir_option_clear_member (const WeirOption *option, gpointer base);

/* Declares the fields that the expressions among the stage's options read; FALSE: there are none. */
gboolean weir_stage_plan_options (WeirStage *stage, WeirFieldSet *fields);

/* The member as text, as it would stand in a launch line; NULL when it is not set. */
char *weir_option_member_to_text (const WeirOption *option,
                                  gconstpointer base) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the option has a range to speak of, and whether a number is in it. */
gboolean weir_option_has_range (const WeirOption *option);
gboolean weir_option_in_range (const WeirOption *option, double value);

/* The value as JSON, cut when it is long, for messages. */
char *weir_node_describe (JsonNode *node) G_GNUC_WARN_UNUSED_RESULT;

/* For people: "duration", "list of paths", …; the range "0 to 1" or NULL. */
const char *weir_option_get_kind_name (const WeirOption *option);
char *weir_option_describe_range (const WeirOption *option) G_GNUC_WARN_UNUSED_RESULT;

/* "50ms" and "64KiB"; FALSE when the text is not one. Units: ns us ms s m h; B KiB MiB GiB. */
gboolean weir_duration_parse (const char *text, guint64 *nanoseconds);
gboolean weir_size_parse (const char *text, guint64 *bytes);
char *weir_duration_format (guint64 nanoseconds) G_GNUC_WARN_UNUSED_RESULT;
char *weir_size_format (guint64 bytes) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
