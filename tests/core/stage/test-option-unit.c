/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-option-private.h"

static void
durations_are_numbers_with_a_unit (void)
{
  static const struct
  {
    const char *text;
    guint64 value;
  } rows[] = { { "1ns", 1 },
               { "250us", 250000 },
               { "50ms", 50000000 },
               { "10s", G_GUINT64_CONSTANT (10000000000) },
               { "5m", G_GUINT64_CONSTANT (300000000000) },
               { "1h", G_GUINT64_CONSTANT (3600000000000) },
               { "0", 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint64 value = 1;
      g_assert_true (weir_duration_parse (rows[i].text, &value));
      g_assert_cmpuint (value, ==, rows[i].value);
    }
}

static void
what_is_no_duration_is_refused (void)
{
  static const char *const rows[]
      = { "", "50", "ms", "-1s", "+1s", " 1s", "1s ", "1 s", "1.5s", "1d", "1S", "9999999999999h" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint64 value;
      g_assert_false (weir_duration_parse (rows[i], &value));
    }
}

static void
sizes_are_bytes_or_binary_multiples (void)
{
  guint64 value;

  g_assert_true (weir_size_parse ("100", &value) && value == 100);
  g_assert_true (weir_size_parse ("100B", &value) && value == 100);
  g_assert_true (weir_size_parse ("64KiB", &value) && value == 65536);
  g_assert_true (weir_size_parse ("3MiB", &value) && value == 3 << 20);
  g_assert_true (weir_size_parse ("2GiB", &value) && value == G_GUINT64_CONSTANT (2147483648));
  g_assert_false (weir_size_parse ("64KB", &value));
  g_assert_false (weir_size_parse ("-1", &value));
  g_assert_false (weir_size_parse ("9223372036854775807KiB", &value));
}

static void
values_are_written_in_the_largest_whole_unit (void)
{
  g_autofree char *a = weir_duration_format (1500000000);
  g_autofree char *b = weir_duration_format (G_GUINT64_CONSTANT (3600000000000));
  g_autofree char *c = weir_duration_format (0);
  g_autofree char *d = weir_size_format (65536);
  g_autofree char *e = weir_size_format (65537);

  g_assert_cmpstr (a, ==, "1500ms");
  g_assert_cmpstr (b, ==, "1h");
  g_assert_cmpstr (c, ==, "0s");
  g_assert_cmpstr (d, ==, "64KiB");
  g_assert_cmpstr (e, ==, "65537B");
}

static char *
describe (WeirOptionKind kind, double minimum, double maximum)
{
  WeirOption option = { .kind = kind, .minimum = minimum, .maximum = maximum };

  return weir_option_describe_range (&option);
}

static void
ranges_are_told_where_they_end (void)
{
  g_autofree char *both = describe (WEIR_OPTION_DOUBLE, 0, 1);
  g_autofree char *low = describe (WEIR_OPTION_UINT64, 1, (double)G_MAXUINT64);
  g_autofree char *size = describe (WEIR_OPTION_SIZE, 1024, 1 << 20);

  g_assert_cmpstr (both, ==, "0 to 1");
  g_assert_cmpstr (low, ==, "1 or more");
  g_assert_cmpstr (size, ==, "1KiB to 1MiB");
  g_assert_null (describe (WEIR_OPTION_STRING, 0, 0));
  g_assert_null (describe (WEIR_OPTION_INT64, (double)G_MININT64, (double)G_MAXINT64));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/option-unit/" #name, name)
  ADD (durations_are_numbers_with_a_unit);
  ADD (what_is_no_duration_is_refused);
  ADD (sizes_are_bytes_or_binary_multiples);
  ADD (values_are_written_in_the_largest_whole_unit);
  ADD (ranges_are_told_where_they_end);
  return g_test_run ();
}
