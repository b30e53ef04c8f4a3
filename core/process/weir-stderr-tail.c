/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-stderr-tail-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MOST_LINES  5
#define MOST_BYTES  200
#define MOST_READ   (1024 * 1024)
#define PER_SECOND  10
#define NANOSECONDS ((gint64)1000000000)

typedef struct
{
  gsize length; /* of the whole line; what is beyond MOST_BYTES is not kept */
  char text[MOST_BYTES];
} Line;

/* The lines are a ring: the one being read, and those before it that were not blank.
 *
 * The log is fed from a bucket of PER_SECOND lines that fills within a second, so a short traceback
 * is shown whole and a flood costs next to nothing. What is cut off a line or not logged at all is
 * told with the next line that is. Memory is this struct, whatever the worker says; the counters
 * are exact, since each byte that came either was logged or was not. */
struct _WeirStderrTail
{
  char *name;
  Line lines[MOST_LINES + 1];
  guint64 n_lines; /* that were finished */
  gboolean ended;

  guint64 bytes;
  guint64 logged;
  guint64 told; /* of those not logged: told */

  gint64 credit; /* nanoseconds */
  gint64 last;   /* when it was filled */
};

WeirStderrTail *
weir_stderr_tail_new (const char *name)
{
  WeirStderrTail *tail = g_new0 (WeirStderrTail, 1);

  tail->name = g_strdup (name);
  tail->credit = NANOSECONDS;
  tail->last = G_MININT64;
  return tail;
}

static Line *
get_line (WeirStderrTail *tail, guint64 number)
{
  return &tail->lines[number % G_N_ELEMENTS (tail->lines)];
}

/* How much of what was kept is shown: a character that was cut in two is not. */
static gsize
get_shown (const Line *line)
{
  const char *valid_end;
  gsize kept = MIN (line->length, MOST_BYTES);

  if (line->length <= MOST_BYTES || g_utf8_validate (line->text, kept, &valid_end))
    return kept;
  return line->text + kept - valid_end < 4 ? (gsize)(valid_end - line->text) : kept;
}

static char *
to_text (const Line *line)
{
  char *text = g_utf8_make_valid (line->text, get_shown (line));

  for (char *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
  return g_strchomp (text);
}

static gboolean
may_log (WeirStderrTail *tail, gint64 now)
{
  if (tail->last != G_MININT64)
    tail->credit = MIN (tail->credit + CLAMP (now - tail->last, 0, NANOSECONDS), NANOSECONDS);
  tail->last = now;

  if (tail->credit < NANOSECONDS / PER_SECOND)
    return FALSE;
  tail->credit -= NANOSECONDS / PER_SECOND;
  return TRUE;
}

static void
tell_dropped (WeirStderrTail *tail, guint64 dropped)
{
  if (dropped > tail->told)
    g_message ("%s: %" G_GUINT64_FORMAT " bytes more on stderr", tail->name, dropped - tail->told);
  tail->told = dropped;
}

static gboolean
is_blank (const Line *line)
{
  return line->length == 0 || (line->length == 1 && line->text[0] == '\r');
}

/* The line at hand is whole. @newline: bytes that end it. */
static void
finish_line (WeirStderrTail *tail, gsize newline, gint64 now)
{
  Line *line = get_line (tail, tail->n_lines);

  if (is_blank (line))
    {
      tail->logged += line->length + newline;
      line->length = 0;
      return;
    }

  if (may_log (tail, now))
    {
      g_autofree char *text = to_text (line);

      tell_dropped (tail, tail->bytes - tail->logged - line->length - newline);
      g_message ("%s: %s", tail->name, text);
      tail->logged += get_shown (line) + newline;
    }

  get_line (tail, ++tail->n_lines)->length = 0;
}

void
weir_stderr_tail_free (WeirStderrTail *tail)
{
  tell_dropped (tail, weir_stderr_tail_get_dropped (tail));
  g_free (tail->name);
  g_free (tail);
}

static void
extend_line (WeirStderrTail *tail, const char *bytes, gsize length)
{
  Line *line = get_line (tail, tail->n_lines);

  if (line->length < MOST_BYTES)
    memcpy (line->text + line->length, bytes, MIN (length, MOST_BYTES - line->length));
  line->length += length;
  tail->bytes += length;
}

void
weir_stderr_tail_add (WeirStderrTail *tail, const char *bytes, gsize length, gint64 now)
{
  const char *end = bytes + length;

  while (bytes < end)
    {
      const char *newline = memchr (bytes, '\n', end - bytes);

      extend_line (tail, bytes, (newline != NULL ? newline : end) - bytes);
      if (newline == NULL)
        return;
      tail->bytes++;
      finish_line (tail, 1, now);
      bytes = newline + 1;
    }
}

static void
finish (WeirStderrTail *tail, gint64 now)
{
  if (!tail->ended && get_line (tail, tail->n_lines)->length > 0)
    finish_line (tail, 0, now);
  tail->ended = TRUE;
}

gboolean
weir_stderr_tail_read (WeirStderrTail *tail, int fd, gint64 now)
{
  char bytes[32 * 1024];

  for (gsize sum = 0; sum < MOST_READ;)
    {
      gssize n = read (fd, bytes, sizeof bytes);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return TRUE;
      if (n <= 0)
        {
          finish (tail, now);
          return FALSE;
        }
      weir_stderr_tail_add (tail, bytes, n, now);
      sum += n;
    }

  return TRUE;
}

char *
weir_stderr_tail_get_lines (const WeirStderrTail *tail)
{
  const Line *at_hand = &tail->lines[tail->n_lines % G_N_ELEMENTS (tail->lines)];
  guint64 end = tail->n_lines + (is_blank (at_hand) ? 0 : 1);
  GString *all = g_string_new (NULL);

  for (guint64 i = end > MOST_LINES ? end - MOST_LINES : 0; i < end; i++)
    {
      g_autofree char *text = to_text (&tail->lines[i % G_N_ELEMENTS (tail->lines)]);

      if (all->len > 0)
        g_string_append (all, " | ");
      g_string_append (all, text);
    }

  return g_string_free (all, FALSE);
}

guint64
weir_stderr_tail_get_bytes (const WeirStderrTail *tail)
{
  return tail->bytes;
}

guint64
weir_stderr_tail_get_dropped (const WeirStderrTail *tail)
{
  return tail->bytes - tail->logged;
}
