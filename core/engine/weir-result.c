/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-result-private.h"

#include "engine/weir-dead-letter-private.h"

static const char *const outcomes[] = {
  [WEIR_VERDICT_PASS] = "out",          [WEIR_VERDICT_ELSE] = "filtered",
  [WEIR_VERDICT_ABSORBED] = "absorbed", [WEIR_VERDICT_INVALID] = "invalid",
  [WEIR_VERDICT_LATE] = "late",         [WEIR_VERDICT_SHED] = "shed",
  [WEIR_VERDICT_FAILED] = "failed",
};

/* Whether the stages did with it what they were asked for. */
static gboolean
is_success (WeirVerdict verdict)
{
  return verdict == WEIR_VERDICT_PASS || verdict == WEIR_VERDICT_ELSE
         || verdict == WEIR_VERDICT_ABSORBED;
}

static gboolean
is_met (const WeirFlow *flow, const WeirRecord *record)
{
  return flow->now <= record->deadline && record->verdict != WEIR_VERDICT_LATE
         && record->verdict != WEIR_VERDICT_SHED;
}

/* Each record has a result, so nothing here allocates, as printf would. */
static void
append_natural (GString *json, guint64 value)
{
  char digits[20];
  guint n = sizeof digits;

  do
    digits[--n] = (char)('0' + value % 10);
  while ((value /= 10) > 0);
  g_string_append_len (json, digits + n, (gssize)(sizeof digits - n));
}

/* An id has no character that JSON escapes. */
static void
append_id (GString *json, const WeirFlow *flow, const WeirRecord *record)
{
  const char *maker = flow->makers != NULL && record->source < flow->makers->len
                          ? g_ptr_array_index (flow->makers, record->source)
                          : "";

  g_string_append (json, maker);
  g_string_append_c (json, ':');
  append_natural (json, record->offset);
  if (record->output == 0)
    return;
  g_string_append_c (json, '.');
  append_natural (json, record->output);
}

static void
append_microseconds (GString *json, gint64 nanoseconds)
{
  guint64 n = (guint64)MAX (0, nanoseconds);
  char rest[]
      = { '.', (char)('0' + n / 100 % 10), (char)('0' + n / 10 % 10), (char)('0' + n % 10) };

  append_natural (json, n / 1000);
  g_string_append_len (json, rest, sizeof rest);
}

static void
append_met (GString *json, const WeirFlow *flow, const WeirRecord *record)
{
  if (record->deadline == WEIR_TIME_NEVER)
    g_string_append (json, "null");
  else
    g_string_append (json, is_met (flow, record) ? "true" : "false");
}

void
weir_result_write (GString *json, const WeirFlow *flow, const char *stage_id,
                   const WeirRecord *record, const char *message)
{
  WeirLateMessage late;
  const char *error = weir_dead_letter_explain (flow, record, message, &late);

  g_string_append (json, "{\"id\":\"");
  append_id (json, flow, record);
  g_string_append (json, "\",\"stage\":\"");
  g_string_append (json, stage_id);
  g_string_append (json, is_success (record->verdict) ? "\",\"success\":true,\"outcome\":\""
                                                      : "\",\"success\":false,\"outcome\":\"");
  g_string_append (json, outcomes[record->verdict]);
  g_string_append (json, "\",\"processing_us\":");
  append_microseconds (json, record->batch->worked);
  g_string_append (json, ",\"latency_us\":");
  append_microseconds (json, flow->now - record->ingest);
  g_string_append (json, ",\"deadline_met\":");
  append_met (json, flow, record);
  g_string_append (json, ",\"error\":");
  if (error != NULL)
    weir_json_append_string (json, error, -1);
  else
    g_string_append (json, "null");
  g_string_append_c (json, '}');
}
