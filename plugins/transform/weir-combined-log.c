/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-combined-log.h"

#include "weir-log-line.h"

/* What a server has no value for. */
static gboolean
write_null (WeirLogLine *line, char stop)
{
  if (!weir_log_line_is_at (line, '-') || line->end - line->at < 2 || line->at[1] != stop)
    return FALSE;
  line->at++;
  WEIR_LOG_LINE_WRITE (line, "null");
  return TRUE;
}

static gboolean
write_word (WeirLogLine *line, const char *expected)
{
  const char *start = line->at;

  if (write_null (line, ' '))
    return weir_log_line_skip (line, ' ', "a space");
  *line->to++ = '"';
  weir_log_line_write_until (line, ' ');
  *line->to++ = '"';
  return line->at > start ? weir_log_line_skip (line, ' ', "a space")
                          : weir_log_line_fail (line, expected);
}

/* A name may have spaces in it: the time ends it. A server writes "" where the name is empty. */
static gboolean
write_user (WeirLogLine *line)
{
  const char *start = line->at;

  if (write_null (line, ' '))
    return weir_log_line_skip (line, ' ', "a space");
  *line->to++ = '"';
  if (line->end - line->at >= 2 && line->at[0] == '"' && line->at[1] == '"')
    line->at += 2;
  for (weir_log_line_write_until (line, ' ');
       line->end - line->at >= 2 && line->at[0] == ' ' && line->at[1] != '[';
       weir_log_line_write_until (line, ' '))
    *line->to++ = *line->at++;
  *line->to++ = '"';
  return line->at > start ? weir_log_line_skip (line, ' ', "a space and a time in brackets")
                          : weir_log_line_fail (line, "a user");
}

/* @from: digits, as many as @n; -1 when they are not */
static int
read_digits (const char *from, guint n)
{
  int value = 0;

  for (guint i = 0; i < n; i++)
    {
      if (!g_ascii_isdigit (from[i]))
        return -1;
      value = value * 10 + (from[i] - '0');
    }
  return value;
}

static int
read_month (const char *from)
{
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

  for (int month = 1; month <= 12; month++)
    if (memcmp (names + 3 * (month - 1), from, 3) == 0)
      return month;
  return 0;
}

/* "17/May/2015:10:05:03 +0000" */
#define TIME_LENGTH 26

static gboolean
is_time (const char *t, int month)
{
  int day = read_digits (t, 2);
  int year = read_digits (t + 7, 4);
  int hour = read_digits (t + 12, 2);
  int minute = read_digits (t + 15, 2);
  int second = read_digits (t + 18, 2); /* 60: a leap second */
  int zone_hour = read_digits (t + 22, 2);
  int zone_minute = read_digits (t + 24, 2);

  return t[2] == '/' && t[6] == '/' && t[11] == ':' && t[14] == ':' && t[17] == ':' && t[20] == ' '
         && (t[21] == '+' || t[21] == '-') && month > 0 && day > 0 && year > 0
         && day <= g_date_get_days_in_month ((GDateMonth)month, (GDateYear)year) && hour >= 0
         && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60 && zone_hour >= 0
         && zone_hour < 24 && zone_minute >= 0 && zone_minute < 60;
}

/* RFC 3339, with the offset that the server wrote. */
static gboolean
write_time (WeirLogLine *line)
{
  const char *t = line->at + 1;
  int month;

  if (line->end - line->at < TIME_LENGTH + 2 || *line->at != '[')
    return weir_log_line_fail (line, "a time as [17/May/2015:10:05:03 +0000]");
  month = read_month (t + 3);
  if (!is_time (t, month))
    return weir_log_line_fail (line, "a time as [17/May/2015:10:05:03 +0000]");

  char text[] = "\"YYYY-MM-DDThh:mm:ss";
  memcpy (text + 1, t + 7, 4);
  text[6] = (char)('0' + month / 10);
  text[7] = (char)('0' + month % 10);
  memcpy (text + 9, t, 2);
  memcpy (text + 12, t + 12, 8);
  WEIR_LOG_LINE_WRITE (line, text);
  if (memcmp (t + 21, "+0000", 5) == 0)
    WEIR_LOG_LINE_WRITE (line, "Z\"");
  else
    {
      char offset[] = { t[21], t[22], t[23], ':', t[24], t[25], '"', '\0' };
      WEIR_LOG_LINE_WRITE (line, offset);
    }
  line->at += 1 + TIME_LENGTH;
  return weir_log_line_skip (line, ']', "]");
}

static gboolean
write_part (WeirLogLine *line, char stop)
{
  const char *start = line->at;

  weir_log_line_write_until (line, ' ');
  if (line->at == start || !weir_log_line_is_at (line, stop))
    return FALSE;
  line->at++;
  return TRUE;
}

/* From behind its quote through the other; FALSE, and nothing is done, when it is not a method, a
 * path and a protocol. */
static gboolean
write_three (WeirLogLine *line)
{
  WeirLogLine whole = *line;

  WEIR_LOG_LINE_WRITE (line, "\"method\":\"");
  gboolean good = write_part (line, ' ');
  WEIR_LOG_LINE_WRITE (line, "\",\"path\":\"");
  good = good && write_part (line, ' ');
  WEIR_LOG_LINE_WRITE (line, "\",\"protocol\":\"");
  good = good && write_part (line, '"');
  WEIR_LOG_LINE_WRITE (line, "\"");
  if (!good)
    *line = whole;
  return good;
}

static gboolean
write_quoted (WeirLogLine *line, const char *expected)
{
  if (write_null (line, '"'))
    return weir_log_line_skip (line, '"', expected);
  *line->to++ = '"';
  weir_log_line_write_until (line, '"');
  *line->to++ = '"';
  return weir_log_line_skip (line, '"', expected);
}

static gboolean
write_request (WeirLogLine *line)
{
  if (!weir_log_line_skip (line, '"', "a request in quotes"))
    return FALSE;
  if (write_three (line))
    return TRUE;
  WEIR_LOG_LINE_WRITE (line, "\"request\":");
  return write_quoted (line, "the quote that ends the request");
}

/* Digits without the zeros in front of them; JSON has none there. */
static gboolean
write_digits (WeirLogLine *line, const char *expected)
{
  const char *start = line->at;
  const char *from = start;

  while (line->at < line->end && g_ascii_isdigit (*line->at))
    line->at++;
  if (line->at == start)
    return weir_log_line_fail (line, expected);
  while (from + 1 < line->at && *from == '0')
    from++;
  line->to = (char *)memcpy (line->to, from, line->at - from) + (line->at - from);
  return TRUE;
}

static gboolean
write_status (WeirLogLine *line)
{
  const char *start = line->at;

  if (!write_digits (line, "a status of three digits"))
    return FALSE;
  if (line->at - start == 3)
    return weir_log_line_skip (line, ' ', "a space");
  line->at = start;
  return weir_log_line_fail (line, "a status of three digits");
}

/* The common log format writes - for 0. */
static gboolean
write_bytes (WeirLogLine *line)
{
  if (!weir_log_line_is_at (line, '-'))
    return write_digits (line, "a number of bytes, or -");
  line->at++;
  *line->to++ = '0';
  return TRUE;
}

static gboolean
write_start (WeirLogLine *line)
{
  WEIR_LOG_LINE_WRITE (line, "{\"remote_addr\":");
  if (!write_word (line, "an address"))
    return FALSE;
  WEIR_LOG_LINE_WRITE (line, ",\"ident\":");
  if (!write_word (line, "an identity, or -"))
    return FALSE;
  WEIR_LOG_LINE_WRITE (line, ",\"user\":");
  if (!write_user (line))
    return FALSE;
  WEIR_LOG_LINE_WRITE (line, ",\"time\":");
  return write_time (line) && weir_log_line_skip (line, ' ', "a space");
}

static gboolean
write_response (WeirLogLine *line)
{
  *line->to++ = ',';
  if (!write_request (line) || !weir_log_line_skip (line, ' ', "a space"))
    return FALSE;
  WEIR_LOG_LINE_WRITE (line, ",\"status\":");
  if (!write_status (line))
    return FALSE;
  WEIR_LOG_LINE_WRITE (line, ",\"bytes\":");
  return write_bytes (line);
}

static gboolean
write_client (WeirLogLine *line)
{
  WEIR_LOG_LINE_WRITE (line, ",\"referer\":");
  if (!weir_log_line_skip (line, ' ', "a space")
      || !weir_log_line_skip (line, '"', "a referer in quotes")
      || !write_quoted (line, "the quote that ends the referer"))
    return FALSE;
  WEIR_LOG_LINE_WRITE (line, ",\"user_agent\":");
  return weir_log_line_skip (line, ' ', "a space and a user agent")
         && weir_log_line_skip (line, '"', "a user agent in quotes")
         && write_quoted (line, "the quote that ends the user agent");
}

static gboolean
write_record (WeirLogLine *line)
{
  if (!weir_log_line_check_utf8 (line) || !write_start (line) || !write_response (line))
    return FALSE;
  if (line->at < line->end && !write_client (line))
    return FALSE;
  WEIR_LOG_LINE_WRITE (line, "}");
  return line->at == line->end || weir_log_line_fail (line, "the end of the line");
}

gboolean
weir_combined_log_to_json (const char *text, gsize length, GString *json, WeirLogFault *fault)
{
  WeirLogLine line;
  gboolean done;

  weir_log_line_init (&line, text, length, json);
  done = write_record (&line);
  g_string_truncate (json, (gsize)(line.to - json->str));
  fault->offset = (gsize)(line.at - text);
  fault->expected = line.expected;
  return done;
}
