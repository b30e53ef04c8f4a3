/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>
#include <time.h>

#include "expression/weir-jq-node-private.h"

#define FUNCTION(name)                                                                             \
  static WeirJqStatus name (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,      \
                            const WeirJqValue *arguments, WeirJqValue *output)

#define ISO_8601 "%Y-%m-%dT%H:%M:%SZ"

/* Numbers of a broken-down time: year, month from 0, day, hours, minutes, seconds, day of the week,
 * day of the year. */
#define N_FIELDS 8

/* Longest text of a time. */
#define LONGEST 4096

static int
to_int (double number)
{
  if (isnan (number) || number >= 2147483648.0 || number <= -2147483649.0)
    return G_MININT32;
  return (int)number;
}

static WeirJqValue
from_tm (WeirJqRun *run, const struct tm *tm, double seconds)
{
  WeirJqValue *fields = weir_jq_allocate (run, N_FIELDS * sizeof (WeirJqValue));

  fields[0] = weir_jq_number (tm->tm_year + 1900.0);
  fields[1] = weir_jq_number (tm->tm_mon);
  fields[2] = weir_jq_number (tm->tm_mday);
  fields[3] = weir_jq_number (tm->tm_hour);
  fields[4] = weir_jq_number (tm->tm_min);
  fields[5] = weir_jq_number (seconds);
  fields[6] = weir_jq_number (tm->tm_wday);
  fields[7] = weir_jq_number (tm->tm_yday);
  return weir_jq_array (fields, N_FIELDS);
}

static gboolean
to_tm (const WeirJqValue *array, struct tm *tm)
{
  int fields[N_FIELDS];

  for (guint i = 0; i < N_FIELDS; i++)
    {
      if (i >= array->length || array->elements[i].kind != WEIR_JQ_NUMBER)
        return FALSE;
      fields[i] = to_int (weir_jq_get_number (&array->elements[i]) - (i == 0 ? 1900 : 0));
    }
  memset (tm, 0, sizeof *tm);
  tm->tm_year = fields[0];
  tm->tm_mon = fields[1];
  tm->tm_mday = fields[2];
  tm->tm_hour = fields[3];
  tm->tm_min = fields[4];
  tm->tm_sec = fields[5];
  tm->tm_wday = fields[6];
  tm->tm_yday = fields[7];
  return TRUE;
}

/* libjq 1.6 ends the process where the year does not fit; here it is an error. */
static WeirJqStatus
break_down (WeirJqRun *run, const WeirJqValue *input, WeirJqValue *output)
{
  double seconds;
  time_t whole;
  struct tm tm;

  if (input->kind != WEIR_JQ_NUMBER)
    return weir_jq_fail (run, "gmtime() requires a number");
  seconds = weir_jq_get_number (input);
  if (!(fabs (seconds) < 1e17))
    return weir_jq_fail (run, "error converting number of seconds since epoch to datetime");
  whole = (time_t)seconds;
  if (gmtime_r (&whole, &tm) == NULL)
    return weir_jq_fail (run, "error converting number of seconds since epoch to datetime");
  *output = from_tm (run, &tm, tm.tm_sec + (seconds - floor (seconds)));
  return WEIR_JQ_GO;
}

FUNCTION (to_broken_down) { return break_down (run, input, output); }

static WeirJqStatus
print_time (WeirJqRun *run, WeirJqValue input, const char *form, WeirJqValue *output)
{
  char text[LONGEST];
  struct tm tm;
  gsize length;
  WeirJqStatus status = WEIR_JQ_GO;

  if (input.kind == WEIR_JQ_NUMBER)
    status = break_down (run, &input, &input);
  else if (input.kind != WEIR_JQ_ARRAY)
    return weir_jq_fail (run, "strftime/1 requires parsed datetime inputs");
  if (status == WEIR_JQ_GO)
    status = weir_jq_open (run, &input);
  if (status != WEIR_JQ_GO)
    return status;
  if (!to_tm (&input, &tm))
    return weir_jq_fail (run, "strftime/1 requires parsed datetime inputs");
  length = strftime (text, sizeof text, form, &tm);
  if (length == 0)
    return weir_jq_fail (run, "strftime/1: unknown system failure");
  *output = weir_jq_string (weir_jq_copy_text (run, text, length), length);
  return WEIR_JQ_GO;
}

FUNCTION (print_iso) { return print_time (run, *input, ISO_8601, output); }

/* As C reads strings. */
static char *
dup_text (WeirJqRun *run, const WeirJqValue *string)
{
  gsize length;
  const char *text = weir_jq_get_text (run, string, &length);

  return memchr (text, '\0', length) == NULL ? g_strndup (text, length) : NULL;
}

FUNCTION (print_form)
{
  g_autofree char *form = NULL;

  if (arguments->kind != WEIR_JQ_STRING)
    return weir_jq_fail (run, "strftime/1 requires a string format");
  form = dup_text (run, arguments);
  return form != NULL ? print_time (run, *input, form, output) : WEIR_JQ_DEFER;
}

static WeirJqStatus
read_time (WeirJqRun *run, const WeirJqValue *input, const char *form, WeirJqValue *output)
{
  g_autofree char *text = NULL;
  struct tm tm = { .tm_wday = 8, .tm_yday = 367 };
  const char *end;

  if (input->kind != WEIR_JQ_STRING)
    return weir_jq_fail (run, "strptime/1 requires string inputs and arguments");
  text = dup_text (run, input);
  if (text == NULL)
    return WEIR_JQ_DEFER;
  end = strptime (text, form, &tm);
  if (end == NULL || (*end != '\0' && !g_ascii_isspace (*end)))
    return weir_jq_fail (run, "date \"%s\" does not match format \"%s\"", text, form);
  if (*end != '\0' || ((tm.tm_wday == 8 || tm.tm_yday == 367) && tm.tm_mday >= 1))
    return WEIR_JQ_DEFER;
  *output = from_tm (run, &tm, tm.tm_sec);
  return WEIR_JQ_GO;
}

FUNCTION (read_form)
{
  g_autofree char *form = NULL;

  if (arguments->kind != WEIR_JQ_STRING)
    return weir_jq_fail (run, "strptime/1 requires string inputs and arguments");
  form = dup_text (run, arguments);
  return form != NULL ? read_time (run, input, form, output) : WEIR_JQ_DEFER;
}

static WeirJqStatus
count_seconds (WeirJqRun *run, WeirJqValue input, WeirJqValue *output)
{
  struct tm tm;
  time_t seconds;
  WeirJqStatus status;

  if (input.kind != WEIR_JQ_ARRAY)
    return weir_jq_fail (run, "mktime requires array of 6 numbers");
  status = weir_jq_open (run, &input);
  if (status != WEIR_JQ_GO)
    return status;
  if (input.length < 6)
    return weir_jq_fail (run, "mktime requires array of 6 numbers");
  if (!to_tm (&input, &tm))
    return weir_jq_fail (run, "mktime requires parsed datetime inputs");
  seconds = timegm (&tm);
  if (seconds == (time_t)-1)
    return weir_jq_fail (run, "invalid gmtime representation");
  *output = weir_jq_number ((double)seconds);
  return WEIR_JQ_GO;
}

FUNCTION (to_seconds) { return count_seconds (run, *input, output); }

FUNCTION (read_iso)
{
  WeirJqValue fields;
  WeirJqStatus status = read_time (run, input, ISO_8601, &fields);

  return status == WEIR_JQ_GO ? count_seconds (run, fields, output) : status;
}

FUNCTION (now)
{
  *output = weir_jq_number ((double)g_get_real_time () / G_USEC_PER_SEC);
  return WEIR_JQ_GO;
}

static const WeirJqFunctionEntry entries[] = {
  { "gmtime", 0, to_broken_down },
  { "mktime", 0, to_seconds },
  { "strftime", 1, print_form },
  { "strptime", 1, read_form },
  { "todate", 0, print_iso },
  { "todateiso8601", 0, print_iso },
  { "fromdate", 0, read_iso },
  { "fromdateiso8601", 0, read_iso },
  { "now", 0, now },
};

WeirJqFunction
weir_jq_find_date_function (const char *name, guint arity)
{
  return weir_jq_find_entry (entries, G_N_ELEMENTS (entries), name, arity);
}
