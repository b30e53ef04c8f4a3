/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-dead-letter-private.h"

static const char *
get_reason (WeirVerdict verdict)
{
  switch (verdict)
    {
    case WEIR_VERDICT_LATE:
      return "late";
    case WEIR_VERDICT_SHED:
      return "shed";
    case WEIR_VERDICT_INVALID:
      return "invalid";
    case WEIR_VERDICT_PASS:
    case WEIR_VERDICT_ELSE:
    case WEIR_VERDICT_ABSORBED:
    case WEIR_VERDICT_FAILED:
    default:
      return "failed";
    }
}

static void
append_milliseconds (GString *json, gint64 nanoseconds)
{
  weir_json_append_double (json, (double)(nanoseconds / 1000) / 1000.0);
}

const char *
weir_dead_letter_explain (const WeirFlow *flow, const WeirRecord *record, const char *message,
                          WeirLateMessage *late)
{
  if (message != NULL || record->verdict != WEIR_VERDICT_LATE)
    return message;
  g_snprintf (*late, sizeof *late, "late by %.3f ms", (double)(flow->now - record->deadline) / 1e6);
  return *late;
}

static void
append_time (GString *json, const WeirFlow *flow)
{
  gint64 real = weir_clock_get_real_time (flow->clock);
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (real / 1000000000);
  g_autofree char *text = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");

  g_string_append_printf (json, "\"%s.%03dZ\"", text, (int)(real / 1000000 % 1000));
}

/* JSON has line breaks between its tokens only. */
static void
append_on_one_line (GString *json, const char *text, gsize length)
{
  gsize start = json->len;

  g_string_append_len (json, text, length);
  for (gsize i = start; i < json->len; i++)
    if (json->str[i] == '\n' || json->str[i] == '\r')
      json->str[i] = ' ';
}

/* NUL is a character too, which GLib does not take for one. */
static gboolean
is_utf8 (const char *text, gsize length)
{
  const char *end = text + length;

  while (!g_utf8_validate_len (text, end - text, &text))
    if (*text++ != '\0')
      return FALSE;
  return TRUE;
}

static void
append_record (GString *json, const WeirRecord *record)
{
  if (weir_json_check (record->text, record->length, NULL))
    append_on_one_line (json, record->text, record->length);
  else if (is_utf8 (record->text, record->length))
    weir_json_append_string (json, record->text, record->length);
  else
    {
      g_autofree char *base64 = g_base64_encode ((const guchar *)record->text, record->length);

      g_string_append_printf (json, "\"%s\",\"encoding\":\"base64\"", base64);
    }
}

void
weir_dead_letter_write (GString *json, const WeirFlow *flow, const char *stage_id,
                        const WeirRecord *record, const char *message)
{
  WeirLateMessage late;
  const char *why = weir_dead_letter_explain (flow, record, message, &late);

  g_string_append_printf (json, "{\"reason\":\"%s\",\"stage\":", get_reason (record->verdict));
  weir_json_append_string (json, stage_id, -1);
  g_string_append (json, ",\"message\":");
  weir_json_append_string (json, why != NULL ? why : "", -1);
  g_string_append (json, ",\"latency_ms\":");
  append_milliseconds (json, flow->now - record->ingest);
  g_string_append (json, ",\"deadline_ms\":");
  if (record->deadline == WEIR_TIME_NEVER)
    g_string_append (json, "null");
  else
    append_milliseconds (json, record->deadline - record->ingest);
  g_string_append_printf (json, ",\"attempts\":%u,\"time\":", record->attempts + 1u);
  append_time (json, flow);
  g_string_append (json, ",\"record\":");
  append_record (json, record);
  g_string_append_c (json, '}');
}
