/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transform.parse: reads lines of a log, and makes a JSON object of each.
 *
 * `combined` is the format of that name in Apache and nginx, and the common log format, which ends
 * before the referer:
 *
 *   {"remote_addr", "ident", "user", "time", "method", "path", "protocol", "status", "bytes",
 *    "referer", "user_agent"}
 *
 * `time` is as in RFC 3339, with the offset that the server wrote; `status` and `bytes` are
 * numbers, the others strings, or null where the server wrote "-" (bytes: 0). A request that is no
 * method, path and protocol stays whole, as `request`. The escapes of the server are decoded; bytes
 * that make no UTF-8 stay escaped. A record that is a JSON string is read as the line that it says.
 * What is no such line is failed. The deadline stays.
 *
 *   source.stdin ! transform.parse format=combined ! filter.match where='.status >= 500' !
 * sink.stdout
 */
#include "weir-combined-log.h"

/* A longer record gives its room back. */
#define MAX_KEPT (64 * 1024)

typedef struct
{
  WeirTransform parent;

  guint format;
} WeirTransformParse;

static const char *const formats[] = { "combined", NULL };

static const WeirOption options[] = {
  WEIR_OPTION_ENUM (
      "format", WeirTransformParse, format, formats, "combined",
      "What the lines are; combined: the access log of a web server, common ones too"),
};

static void
free_text (gpointer data)
{
  g_string_free (data, TRUE);
}

static GString *
get_text_of_thread (void)
{
  static GPrivate text_of_thread = G_PRIVATE_INIT (free_text);
  GString *text = g_private_get (&text_of_thread);

  if (text == NULL || text->allocated_len > MAX_KEPT)
    g_private_replace (&text_of_thread, text = g_string_new (NULL));
  return text;
}

static void
fail (WeirRecord *record, const char *line, const WeirLogFault *fault)
{
  glong column = g_utf8_strlen (line, (gssize)fault->offset) + 1;
  g_autofree char *message = g_strdup_printf ("column %ld: expected %s", column, fault->expected);

  weir_record_fail (record, message);
}

static void
parse (WeirRecord *record, const char *line, gsize length, WeirEmitter *out)
{
  GString *text = get_text_of_thread ();
  WeirLogFault fault;

  if (weir_combined_log_to_json (line, length, text, &fault))
    weir_emitter_emit_text (out, text->str, (gssize)text->len);
  else
    fail (record, line, &fault);
}

static void
weir_transform_parse_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  gsize length;
  const char *line = weir_record_peek (record, &length);

  if (length == 0 || line[0] != '"')
    {
      parse (record, line, length, out);
      return;
    }

  g_autofree char *said = weir_record_get_string (record, ".");
  if (said != NULL)
    parse (record, said, strlen (said), out);
}

static void
weir_transform_parse_class_init (WeirTransformClass *klass)
{
  WEIR_STAGE_CLASS (klass)->stateless = TRUE;
  klass->transform = weir_transform_parse_transform;
}

WEIR_DEFINE_TRANSFORM (WeirTransformParse, weir_transform_parse, "transform.parse",
                       "Reads lines of a log, and makes a JSON object of each",
                       "source.stdin ! transform.parse format=combined ! filter.match "
                       "where='.status >= 500' ! sink.stdout")
