/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-format-private.h"

static char *
format_scaled (double value, const char *const *units)
{
  guint unit = 0;

  while (value >= 999.5 && units[unit + 1])
    {
      value /= 1000;
      unit++;
    }

  int decimals = value >= 99.95 || (unit == 0 && value == (int)value) ? 0 : value >= 9.995 ? 1 : 2;
  return g_strdup_printf ("%.*f%s", decimals, value, units[unit]);
}

char *
weir_format_count (double count)
{
  static const char *const units[] = { "", "k", "M", "G", "T", NULL };

  return format_scaled (count, units);
}

char *
weir_format_microseconds (double microseconds)
{
  static const char *const units[] = { "ns", "us", "ms", "s", NULL };

  return format_scaled (microseconds * 1000, units);
}

char *
weir_format_elapsed (double seconds)
{
  guint64 whole = (guint64)seconds;
  guint hours = whole / 3600;
  guint minutes = whole / 60 % 60;

  if (hours > 0)
    return g_strdup_printf ("%u:%02u:%02u", hours, minutes, (guint)(whole % 60));
  return g_strdup_printf ("%u:%02u", minutes, (guint)(whole % 60));
}
