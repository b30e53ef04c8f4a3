/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "expression/weir-jq-node-private.h"

typedef WeirJqStatus (*FormatFunc) (WeirJqRun *run, const WeirJqValue *value, GString *text);

typedef struct
{
  const char *name;
  FormatFunc format;
} Format;

static WeirJqStatus
append_text (WeirJqRun *run, const WeirJqValue *value, GString *text)
{
  gsize length;
  const char *from;

  if (value->kind != WEIR_JQ_STRING)
    return weir_jq_dump (run, value, text);
  from = weir_jq_get_text (run, value, &length);
  g_string_append_len (text, from, length);
  return WEIR_JQ_GO;
}

/* The bytes of a value's text one by one. */
static WeirJqStatus
append_bytes (WeirJqRun *run, const WeirJqValue *value, GString *text,
              void (*append) (GString *text, guchar c))
{
  g_autoptr (GString) plain = g_string_new (NULL);
  WeirJqStatus status = append_text (run, value, plain);

  for (gsize i = 0; status == WEIR_JQ_GO && i < plain->len; i++)
    append (text, plain->str[i]);
  return status;
}

static void
append_html (GString *text, guchar c)
{
  static const char *const escapes[128]
      = { ['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['\''] = "&apos;", ['"'] = "&quot;" };

  if (c < 128 && escapes[c] != NULL)
    g_string_append (text, escapes[c]);
  else
    g_string_append_c (text, (char)c);
}

static WeirJqStatus
format_html (WeirJqRun *run, const WeirJqValue *value, GString *text)
{
  return append_bytes (run, value, text, append_html);
}

static void
append_uri (GString *text, guchar c)
{
  if (g_ascii_isalnum (c) || (c != '\0' && strchr ("-_.~", c) != NULL))
    g_string_append_c (text, (char)c);
  else
    g_string_append_printf (text, "%%%02X", c);
}

static WeirJqStatus
format_uri (WeirJqRun *run, const WeirJqValue *value, GString *text)
{
  return append_bytes (run, value, text, append_uri);
}

static WeirJqStatus
format_base64 (WeirJqRun *run, const WeirJqValue *value, GString *text)
{
  g_autoptr (GString) plain = g_string_new (NULL);
  WeirJqStatus status = append_text (run, value, plain);
  g_autofree char *encoded = NULL;

  if (status != WEIR_JQ_GO)
    return status;
  encoded = g_base64_encode ((const guchar *)plain->str, plain->len);
  g_string_append (text, encoded);
  return WEIR_JQ_GO;
}

static WeirJqStatus
format_text (WeirJqRun *run, const WeirJqValue *value, GString *text)
{
  return append_text (run, value, text);
}

static WeirJqStatus
format_json (WeirJqRun *run, const WeirJqValue *value, GString *text)
{
  return weir_jq_dump (run, value, text);
}

/* Rows ----------------------------------------------------------------------------------------- */

static void
append_csv_string (GString *text, const char *from, gsize length)
{
  g_string_append_c (text, '"');
  for (gsize i = 0; i < length; i++)
    {
      if (from[i] == '"')
        g_string_append_c (text, '"');
      g_string_append_c (text, from[i]);
    }
  g_string_append_c (text, '"');
}

static void
append_tsv_string (GString *text, const char *from, gsize length)
{
  static const char escapes[128]
      = { ['\0'] = '0', ['\t'] = 't', ['\r'] = 'r', ['\n'] = 'n', ['\\'] = '\\' };

  for (gsize i = 0; i < length; i++)
    {
      guchar c = from[i];

      if (c < 128 && escapes[c] != '\0')
        g_string_append_printf (text, "\\%c", escapes[c]);
      else
        g_string_append_c (text, from[i]);
    }
}

static WeirJqStatus
append_cell (WeirJqRun *run, const WeirJqValue *value, const char *name, GString *text)
{
  gboolean csv = strcmp (name, "csv") == 0;
  gsize length;
  const char *from;
  g_autofree char *what = NULL;

  if (value->kind == WEIR_JQ_NULL)
    return WEIR_JQ_GO;
  if (value->kind < WEIR_JQ_STRING)
    return weir_jq_dump (run, value, text);
  if (value->kind > WEIR_JQ_STRING)
    {
      what = g_strdup_printf ("is not valid in a %s row", csv ? "csv" : "tsv");
      return weir_jq_fail_value (run, value, what);
    }
  from = weir_jq_get_text (run, value, &length);
  (csv ? append_csv_string : append_tsv_string) (text, from, length);
  return WEIR_JQ_GO;
}

static WeirJqStatus
append_row (WeirJqRun *run, const WeirJqValue *value, const char *name, GString *text)
{
  WeirJqValue row = *value;
  WeirJqStatus status;
  g_autofree char *what = NULL;

  if (value->kind != WEIR_JQ_ARRAY)
    {
      what = g_strdup_printf ("cannot be %s-formatted, only array", name);
      return weir_jq_fail_value (run, value, what);
    }
  status = weir_jq_open (run, &row);
  for (guint i = 0; status == WEIR_JQ_GO && i < row.length; i++)
    {
      if (i > 0)
        g_string_append_c (text, *name == 'c' ? ',' : '\t');
      status = append_cell (run, &row.elements[i], name, text);
    }
  return status;
}

static WeirJqStatus
format_csv (WeirJqRun *run, const WeirJqValue *value, GString *text)
{
  return append_row (run, value, "csv", text);
}

static WeirJqStatus
format_tsv (WeirJqRun *run, const WeirJqValue *value, GString *text)
{
  return append_row (run, value, "tsv", text);
}

/* ---------------------------------------------------------------------------------------------- */

static const Format formats[] = {
  { "text", format_text },     { "json", format_json }, { "html", format_html },
  { "uri", format_uri },       { "csv", format_csv },   { "tsv", format_tsv },
  { "base64", format_base64 },
};

static const Format *
find_format (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (strcmp (formats[i].name, name) == 0)
      return &formats[i];
  return NULL;
}

gboolean
weir_jq_has_format (const char *name)
{
  return find_format (name) != NULL;
}

WeirJqStatus
weir_jq_to_text (WeirJqRun *run, const WeirJqValue *value, WeirJqValue *output)
{
  WeirJqStatus status;

  if (value->kind == WEIR_JQ_STRING)
    {
      *output = *value;
      return WEIR_JQ_GO;
    }
  g_string_truncate (run->text, 0);
  status = weir_jq_dump (run, value, run->text);
  *output = weir_jq_take_string (run, run->text);
  return status;
}

WeirJqStatus
weir_jq_format (WeirJqRun *run, const char *name, const WeirJqValue *value, WeirJqValue *output)
{
  g_autoptr (GString) text = NULL;
  WeirJqStatus status;

  if (strcmp (name, "text") == 0)
    return weir_jq_to_text (run, value, output);
  text = g_string_new (NULL);
  status = find_format (name)->format (run, value, text);
  *output = weir_jq_take_string (run, text);
  return status;
}
