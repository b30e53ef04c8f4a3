/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-value-private.h"

#include <float.h>
#include <math.h>

static char *
print (double number)
{
  GString *json = g_string_new (NULL);

  weir_jq_append_number (json, number);
  return g_string_free (json, FALSE);
}

static const struct
{
  double number;
  const char *text;
} numbers[] = {
  { 0, "0" },
  { -0.0, "-0" },
  { 7, "7" },
  { -100, "-100" },
  { 0.5, "0.5" },
  { -0.05, "-0.05" },
  { 0.0001, "0.0001" },
  { 0.00001, "1e-05" },
  { 345.6, "345.6" },
  { 10.01, "10.01" },
  { 0.1 + 0.2, "0.30000000000000004" },
  { 999999999999999, "999999999999999" },
  { 99999999999.9999, "99999999999.9999" },
  { 1e15, "1000000000000000" },
  { 1e16, "1e+16" },
  { 1e300, "1e+300" },
  { 5e-324, "5e-324" },
  { NAN, "null" },
  { INFINITY, "1.7976931348623157e+308" },
};

static void
test_prints_numbers_as_jq_does (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autofree char *text = print (numbers[i].number);

      g_assert_cmpstr (text, ==, numbers[i].text);
    }
}

/* Decimals of few places take a way of their own; they and their neighbours read back the same. */
static void
test_the_short_way_gives_the_shortest_text (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < 200000; i++)
    {
      double decimal = g_rand_int (rand) / pow (10, g_rand_int_range (rand, 0, 7));
      double number = i % 3 == 0   ? decimal
                      : i % 3 == 1 ? nextafter (decimal, -1)
                                   : decimal * g_rand_int_range (rand, -9999, 9999);
      g_autofree char *text = print (number);
      g_autoptr (GString) shortest = g_string_new (NULL);

      weir_json_append_double (shortest, number);
      g_assert_cmpstr (text, ==, shortest->str);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jq-write/prints-numbers-as-jq-does", test_prints_numbers_as_jq_does);
  g_test_add_func ("/jq-write/the-short-way-gives-the-shortest-text",
                   test_the_short_way_gives_the_shortest_text);
  return g_test_run ();
}
