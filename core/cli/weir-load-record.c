/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-record-private.h"

#include <string.h>

#define DIGITS 19

#define HEAD "{\"t\":\""
#define BODY                                                                                       \
  "\",\"status\":503,\"remote_addr\":\"10.20.30.40\",\"method\":\"GET\",\"path\":\"/api/v2/users/"
#define TAIL                                                                                       \
  "\",\"bytes\":12345,\"request_time\":0.1234,\"user_agent\":\"Mozilla/5.0 (X11; Linux x86_64)\"," \
  "\"host\":\"api.example.org\",\"geo\":{\"country\":\"JP\"},\"tags\":[\"web\"],\"pad\":\""
#define END "\"}\n"

#define TIME_AT   (sizeof HEAD - 1)
#define NUMBER_AT (TIME_AT + DIGITS + sizeof BODY - 1)
#define TAIL_AT   (NUMBER_AT + DIGITS)
#define PAD_AT    (TAIL_AT + sizeof TAIL - 1)
#define END_AT    (WEIR_LOAD_RECORD_BYTES - (sizeof END - 1))

G_STATIC_ASSERT (PAD_AT <= END_AT);

static void
make_template (char *text)
{
  memset (text, 'x', WEIR_LOAD_RECORD_BYTES);
  memcpy (text, HEAD, sizeof HEAD - 1);
  memcpy (text + TIME_AT + DIGITS, BODY, sizeof BODY - 1);
  memcpy (text + TAIL_AT, TAIL, sizeof TAIL - 1);
  memcpy (text + END_AT, END, sizeof END - 1);
}

static void
write_digits (char *text, guint64 number)
{
  for (guint i = DIGITS; i-- > 0; number /= 10)
    text[i] = (char)('0' + number % 10);
}

void
weir_load_record_write (char *text, gint64 intended, guint64 number)
{
  static char template[WEIR_LOAD_RECORD_BYTES];
  static gsize made;

  if (g_once_init_enter (&made))
    {
      make_template (template);
      g_once_init_leave (&made, 1);
    }
  memcpy (text, template, WEIR_LOAD_RECORD_BYTES);
  write_digits (text + TIME_AT, (guint64)intended);
  write_digits (text + NUMBER_AT, number);
}

gint64
weir_load_record_read (const char *text, gsize length)
{
  gint64 time = 0;

  if (length < TIME_AT + DIGITS || memcmp (text, HEAD, TIME_AT) != 0)
    return -1;
  for (gsize i = TIME_AT; i < TIME_AT + DIGITS; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return -1;
      time = time * 10 + (text[i] - '0');
    }
  return time;
}
