/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-template-private.h"

#include <string.h>

void
weir_template_free (WeirTemplate *template)
{
  g_string_free (template->literals, TRUE);
  g_array_unref (template->pieces);
  g_free (template);
}

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014). */
static guint64
next_random (WeirTemplateState *state)
{
  guint64 z = state->random += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* 0 to @span: the high word of the product (Lemire: Fast random integer generation in an interval,
 * 2019), without the rejection: off by less than span / 2^64. */
static guint64
random_up_to (WeirTemplateState *state, guint64 span)
{
  guint64 random = next_random (state);

  return span == G_MAXUINT64 ? random : (guint64)(((unsigned __int128)random * (span + 1)) >> 64);
}

static void
append_unsigned (GString *text, guint64 value, int least_digits)
{
  char digits[24];
  char *start = digits + sizeof digits;

  for (int n = 0; value > 0 || n < least_digits; n++, value /= 10)
    *--start = '0' + value % 10;

  g_string_append_len (text, start, digits + sizeof digits - start);
}

static void
append_signed (GString *text, gint64 value)
{
  if (value < 0)
    g_string_append_c (text, '-');
  append_unsigned (text, value < 0 ? -(guint64)value : (guint64)value, 1);
}

static void
append_micros (GString *text, gint64 value)
{
  guint64 size = value < 0 ? -(guint64)value : (guint64)value;

  if (value < 0)
    g_string_append_c (text, '-');
  append_unsigned (text, size / MICROS, 1);
  g_string_append_c (text, '.');
  append_unsigned (text, size % MICROS, 6);
}

static void
append_double (GString *text, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (text, g_ascii_dtostr (digits, sizeof digits, value));
}

static void
append_iso_time (GString *text, WeirTemplateState *state)
{
  gint64 milliseconds = state->time / 1000000;
  gint64 second = milliseconds / 1000;

  if (second != state->second || state->date[0] == '\0')
    {
      g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (second);
      g_autofree char *shown = g_date_time_format (date, "\"%Y-%m-%dT%H:%M:%S.");

      g_strlcpy (state->date, shown, sizeof state->date);
      state->second = second;
    }

  g_string_append (text, state->date);
  append_unsigned (text, milliseconds % 1000, 3);
  g_string_append_len (text, "Z\"", 2);
}

static void
append_piece (const WeirTemplate *template, const WeirPiece *piece, GString *text,
              WeirTemplateState *state)
{
  switch (piece->kind)
    {
    case PIECE_TEXT:
      g_string_append_len (text, template->literals->str + piece->start, piece->length);
      break;
    case PIECE_SEQUENCE:
      append_signed (text, (gint64)((guint64)piece->first + state->sequence));
      break;
    case PIECE_ISO_TIME:
      append_iso_time (text, state);
      break;
    case PIECE_MILLISECONDS:
      append_signed (text, state->time / 1000000);
      break;
    case PIECE_SECONDS:
      append_micros (text, state->time / 1000);
      break;
    case PIECE_INTEGER:
      append_signed (text, (gint64)((guint64)piece->first + random_up_to (state, piece->span)));
      break;
    case PIECE_MICROS:
      append_micros (text, piece->first + (gint64)random_up_to (state, piece->span));
      break;
    case PIECE_DOUBLE:
      append_double (text, piece->low
                               + (piece->high - piece->low)
                                     * ((double)(next_random (state) >> 11) * 0x1p-53));
      break;
    case PIECE_CHOICE:
      weir_template_append (piece->choices->pdata[random_up_to (state, piece->choices->len - 1)],
                            text, state);
      break;
    }
}

void
weir_template_append (const WeirTemplate *template, GString *text, WeirTemplateState *state)
{
  const WeirPiece *pieces = (const WeirPiece *)template->pieces->data;

  for (guint i = 0; i < template->pieces->len; i++)
    append_piece (template, &pieces[i], text, state);
}
