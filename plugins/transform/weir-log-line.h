/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string.h>

#include <weir/weir-plugin.h>

G_BEGIN_DECLS

/* What stands around the values of a line: names and punctuation, a time. */
#define WEIR_LOG_LINE_AROUND 256

/* A line is read once, from the left; what it says is written while it is read.
 *
 *   line    10.0.0.1 - - [01/Jan/2026:08:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "curl/8.5.0"
 *                                                      ^at                                    ^end
 *   record  {"remote_addr":"10.0.0.1","ident":null,"user":null,"time":"2026-01-01T08:00:00Z",
 *                                                                                            ^to
 * There is room for all that a line of its length can become: a byte becomes six at most, and what
 * stands around the values has a length that is known. */
typedef struct
{
  const char *start;
  const char *at;
  const char *end;
  char *to;
  const char *expected; /* at `at`, after a failure */
} WeirLogLine;

#define WEIR_LOG_LINE_WRITE(line, s)                                                               \
  ((line)->to = (char *)memcpy ((line)->to, s, sizeof (s) - 1) + sizeof (s) - 1)

/* Makes room in @json, whose content goes, for what the line becomes. */
void weir_log_line_init (WeirLogLine *line, const char *text, gsize length, GString *json);
gboolean weir_log_line_check_utf8 (WeirLogLine *line);

/* What is read is written as the content of a JSON string, the escapes of the server decoded: up
 * to @stop, to a quote that is not escaped, or to the end of the line. */
void weir_log_line_write_until (WeirLogLine *line, char stop);

static inline gboolean
weir_log_line_fail (WeirLogLine *line, const char *expected)
{
  line->expected = expected;
  return FALSE;
}

static inline gboolean
weir_log_line_is_at (const WeirLogLine *line, char c)
{
  return line->at < line->end && *line->at == c;
}

static inline gboolean
weir_log_line_skip (WeirLogLine *line, char c, const char *expected)
{
  if (!weir_log_line_is_at (line, c))
    return weir_log_line_fail (line, expected);
  line->at++;
  return TRUE;
}

G_END_DECLS
