/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-option-private.h"

typedef struct
{
  const char *name;
  guint64 factor;
} Unit;

/* Largest first, so that a value is written in the largest unit that it is a whole number of. */
static const Unit duration_units[] = {
  { "h", 3600 * G_GUINT64_CONSTANT (1000000000) },
  { "m", 60 * G_GUINT64_CONSTANT (1000000000) },
  { "s", G_GUINT64_CONSTANT (1000000000) },
  { "ms", 1000000 },
  { "us", 1000 },
  { "ns", 1 },
  { NULL, 0 },
};

static const Unit size_units[] = {
  { "GiB", 1 << 30 }, { "MiB", 1 << 20 }, { "KiB", 1 << 10 }, { "B", 1 }, { NULL, 0 },
};

static const Unit *
find_unit (const Unit *units, const char *name)
{
  for (const Unit *unit = units; unit->name != NULL; unit++)
    if (strcmp (unit->name, name) == 0)
      return unit;
  return NULL;
}

/* Values end at G_MAXINT64, so that sums of a few do not wrap and times stay signed. */
static gboolean
parse (const char *text, const Unit *units, const char *bare, guint64 *value)
{
  gsize digits = strspn (text, "0123456789");
  const Unit *unit = find_unit (units, text[digits] != '\0' ? text + digits : bare);
  g_autofree char *number = g_strndup (text, digits);
  guint64 count;

  if (digits == 0 || unit == NULL
      || !g_ascii_string_to_unsigned (number, 10, 0, G_MAXINT64 / unit->factor, &count, NULL))
    return FALSE;
  *value = count * unit->factor;
  return TRUE;
}

static char *
format (const Unit *units, guint64 value)
{
  const Unit *unit = units;

  while (unit->factor > 1 && (value == 0 || value % unit->factor != 0))
    unit++;
  return g_strdup_printf ("%" G_GUINT64_FORMAT "%s", value / unit->factor, unit->name);
}

gboolean
weir_duration_parse (const char *text, guint64 *nanoseconds)
{
  return parse (text, duration_units, strcmp (text, "0") == 0 ? "ns" : "", nanoseconds);
}

gboolean
weir_size_parse (const char *text, guint64 *bytes)
{
  return parse (text, size_units, "B", bytes);
}

char *
weir_duration_format (guint64 nanoseconds)
{
  return nanoseconds == 0 ? g_strdup ("0s") : format (duration_units, nanoseconds);
}

char *
weir_size_format (guint64 bytes)
{
  return format (size_units, bytes);
}

const char *
weir_option_get_kind_name (const WeirOption *option)
{
  static const char *const names[] = {
    [WEIR_OPTION_BOOLEAN] = "boolean",
    [WEIR_OPTION_INT64] = "whole number",
    [WEIR_OPTION_UINT64] = "whole number",
    [WEIR_OPTION_DOUBLE] = "number",
    [WEIR_OPTION_STRING] = "string",
    [WEIR_OPTION_ENUM] = "choice",
    [WEIR_OPTION_DURATION] = "duration",
    [WEIR_OPTION_SIZE] = "size",
    [WEIR_OPTION_PERIOD] = "count or duration",
    [WEIR_OPTION_EXPRESSION] = "expression",
    [WEIR_OPTION_STRINGS] = "list of strings",
    [WEIR_OPTION_PATHS] = "list of paths",
    [WEIR_OPTION_JSON] = "JSON",
  };
  static const char *const maps[] = {
    [WEIR_MAP_EXPRESSIONS] = "map of names to expressions",
    [WEIR_MAP_STRINGS] = "map of names to strings",
    [WEIR_MAP_PATHS] = "map of names to paths",
    [WEIR_MAP_RANGES] = "map of names to ranges",
  };
  static const char *const path_maps[] = {
    [WEIR_MAP_EXPRESSIONS] = "map of paths to expressions",
    [WEIR_MAP_STRINGS] = "map of paths to strings",
    [WEIR_MAP_PATHS] = "map of paths to paths",
    [WEIR_MAP_RANGES] = "map of paths to ranges",
  };

  if (option->kind != WEIR_OPTION_MAP)
    return names[option->kind];
  return option->map & WEIR_MAP_PATH_KEYS ? path_maps[option->map & ~WEIR_MAP_PATH_KEYS]
                                          : maps[option->map];
}

gboolean
weir_option_has_range (const WeirOption *option)
{
  return option->minimum < option->maximum;
}

gboolean
weir_option_in_range (const WeirOption *option, double value)
{
  return !weir_option_has_range (option) || (value >= option->minimum && value <= option->maximum);
}

static char *
describe_bound (const WeirOption *option, double value)
{
  if (option->kind == WEIR_OPTION_SIZE)
    return weir_size_format ((guint64)value);
  if (option->kind == WEIR_OPTION_DURATION)
    return weir_duration_format ((guint64)value);
  return g_strdup_printf (ABS (value) < 1e15 ? "%.15g" : "%g", value);
}

char *
weir_option_describe_range (const WeirOption *option)
{
  /* A bound of the C type is no bound to speak of. */
  const gboolean low = option->minimum > (double)G_MININT64;
  const gboolean high = option->maximum < (double)G_MAXINT64;

  if (!weir_option_has_range (option) || (!low && !high))
    return NULL;

  g_autofree char *minimum = low ? describe_bound (option, option->minimum) : NULL;
  g_autofree char *maximum = high ? describe_bound (option, option->maximum) : NULL;
  if (low && high)
    return g_strdup_printf ("%s to %s", minimum, maximum);
  return low ? g_strdup_printf ("%s or more", minimum) : g_strdup_printf ("%s or less", maximum);
}
