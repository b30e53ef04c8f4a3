/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-log-line.h"

#define MAX_GROWTH   6 /* a control character: \u0001 */
#define WORD         8 /* bytes that are looked at together */
#define NO_CHARACTER ((gunichar)-2)
#define EACH_BYTE(b) (G_GUINT64_CONSTANT (0x0101010101010101) * (guchar)(b))

static gboolean
is_special (char c, char stop)
{
  return c == stop || c == '"' || c == '\\' || (guchar)c < 0x20;
}

/* The top bit of each byte that is below @limit (at most 0x80); right up to the first such byte. */
static guint64
find_below (guint64 bytes, guchar limit)
{
  return (bytes - EACH_BYTE (limit)) & ~bytes & EACH_BYTE (0x80);
}

static guint64
find_special (guint64 bytes, char stop)
{
  return find_below (bytes, 0x20) | find_below (bytes ^ EACH_BYTE ('"'), 1)
         | find_below (bytes ^ EACH_BYTE ('\\'), 1) | find_below (bytes ^ EACH_BYTE (stop), 1);
}

/* Up to the first special character. */
static void
copy_plain (WeirLogLine *line, char stop)
{
  while (line->end - line->at >= WORD)
    {
      guint64 bytes;
      guint64 found;
      gsize n;

      memcpy (&bytes, line->at, WORD);
      memcpy (line->to, &bytes, WORD);
      found = find_special (GUINT64_FROM_LE (bytes), stop);
      n = found == 0 ? WORD : (gsize)__builtin_ctzll (found) / 8;
      line->at += n;
      line->to += n;
      if (n < WORD)
        return;
    }
  while (line->at < line->end && !is_special (*line->at, stop))
    *line->to++ = *line->at++;
}

static void
write_character (WeirLogLine *line, guchar c)
{
  static const char digits[] = "0123456789abcdef";
  static const char short_forms[] = {
    ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'
  };

  if (c < sizeof short_forms && short_forms[c] != '\0')
    {
      *line->to++ = '\\';
      *line->to++ = short_forms[c];
    }
  else if (c < 0x20)
    {
      WEIR_LOG_LINE_WRITE (line, "\\u00");
      *line->to++ = digits[c >> 4];
      *line->to++ = digits[c & 0xf];
    }
  else
    *line->to++ = (char)c;
}

static gboolean
read_hex_escape (const char *at, const char *end, char *byte)
{
  if (end - at < 4 || at[0] != '\\' || at[1] != 'x' || !g_ascii_isxdigit (at[2])
      || !g_ascii_isxdigit (at[3]))
    return FALSE;
  *byte = (char)(g_ascii_xdigit_value (at[2]) << 4 | g_ascii_xdigit_value (at[3]));
  return TRUE;
}

/* Bytes of the character that the escapes at @at say; 0: none. */
static gsize
read_character (const char *at, const char *end, char bytes[4])
{
  gsize n = 0;

  while (n < 4 && read_hex_escape (at + 4 * n, end, &bytes[n]))
    n++;
  if (n == 0 || (guchar)bytes[0] < 0x80)
    return MIN (n, 1);
  if (g_utf8_get_char_validated (bytes, (gssize)n) >= NO_CHARACTER)
    return 0;
  return (gsize)(g_utf8_next_char (bytes) - bytes);
}

static gboolean
is_hex_run_utf8 (const char *at, const char *end)
{
  char bytes[4];
  gsize n = 1;

  for (; n > 0 && at < end; at += 4 * n)
    n = read_character (at, end, bytes);
  return n > 0;
}

/* Escapes that are no UTF-8 together stay as they were written, all of them; a backslash that
 * begins no escape too. */
static void
write_hex_run (WeirLogLine *line)
{
  const char *end = line->at;
  char bytes[4];

  while (read_hex_escape (end, line->end, bytes))
    end += 4;
  if (end == line->at || !is_hex_run_utf8 (line->at, end))
    {
      for (end = MAX (end, line->at + 1); line->at < end; line->at++)
        write_character (line, (guchar)*line->at);
      return;
    }
  while (line->at < end)
    {
      gsize n = read_character (line->at, end, bytes);

      line->at += 4 * n;
      for (gsize i = 0; i < n; i++)
        write_character (line, (guchar)bytes[i]);
    }
}

static void
write_escape (WeirLogLine *line)
{
  static const char letters[] = "\"\\bnrtvf";
  static const char meanings[] = "\"\\\b\n\r\t\v\f";
  char letter = line->end - line->at > 1 ? line->at[1] : '\0';
  const char *found = letter != '\0' ? strchr (letters, letter) : NULL;

  if (found == NULL)
    {
      write_hex_run (line);
      return;
    }
  write_character (line, (guchar)meanings[found - letters]);
  line->at += 2;
}

void
weir_log_line_write_until (WeirLogLine *line, char stop)
{
  for (copy_plain (line, stop); line->at < line->end; copy_plain (line, stop))
    {
      if (*line->at == stop || *line->at == '"')
        return;
      if (*line->at == '\\')
        write_escape (line);
      else
        write_character (line, (guchar)*line->at++);
    }
}

static gboolean
is_ascii (const WeirLogLine *line)
{
  const char *at = line->start;
  guint64 all = 0;

  for (; line->end - at >= WORD; at += WORD)
    {
      guint64 bytes;

      memcpy (&bytes, at, WORD);
      all |= bytes;
    }
  for (; at < line->end; at++)
    all |= (guchar)*at;
  return (all & EACH_BYTE (0x80)) == 0;
}

/* For GLib a zero byte is none; here it is a character as others. */
gboolean
weir_log_line_check_utf8 (WeirLogLine *line)
{
  if (is_ascii (line))
    return TRUE;
  while (!g_utf8_validate_len (line->at, line->end - line->at, &line->at))
    if (*line->at++ != '\0')
      {
        line->at--;
        return weir_log_line_fail (line, "UTF-8");
      }
  line->at = line->start;
  return TRUE;
}

void
weir_log_line_init (WeirLogLine *line, const char *text, gsize length, GString *json)
{
  g_string_set_size (json, length * MAX_GROWTH + WORD + WEIR_LOG_LINE_AROUND);
  line->start = text;
  line->at = text;
  line->end = text + length;
  line->to = json->str;
  line->expected = NULL;
}
