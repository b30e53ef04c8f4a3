/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-registry-private.h"

static const char *const names[] = { "where", "rate", "seed", "max-keys", "source.stdin", NULL };

static void
a_slip_of_the_hand_is_found (void)
{
  g_assert_cmpstr (weir_nearest_name ("wher", names), ==, "where");
  g_assert_cmpstr (weir_nearest_name ("whree", names), ==, "where");
  g_assert_cmpstr (weir_nearest_name ("raet", names), ==, "rate");
  g_assert_cmpstr (weir_nearest_name ("maxkeys", names), ==, "max-keys");
  g_assert_cmpstr (weir_nearest_name ("source.stdn", names), ==, "source.stdin");
}

static void
a_swap_of_neighbours_is_one_step (void)
{
  static const char *const pair[] = { "abcd", "bacd", NULL };

  g_assert_cmpstr (weir_nearest_name ("bacd", pair), ==, "bacd");
  g_assert_cmpstr (weir_nearest_name ("abdc", pair), ==, "abcd");
}

static void
what_is_far_from_all_names_gets_no_hint (void)
{
  g_assert_null (weir_nearest_name ("colour", names));
  g_assert_null (weir_nearest_name ("", names));
  g_assert_null (weir_nearest_name ("x", names));
}

static void
a_name_of_any_length_is_safe (void)
{
  g_autofree char *longer = g_strnfill (100000, 'w');
  const char *const one[] = { longer, NULL };

  g_assert_null (weir_nearest_name (longer, names));
  g_assert_null (weir_nearest_name ("where", one));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/nearest-name/" #name, name)
  ADD (a_slip_of_the_hand_is_found);
  ADD (a_swap_of_neighbours_is_one_step);
  ADD (what_is_far_from_all_names_gets_no_hint);
  ADD (a_name_of_any_length_is_safe);
  return g_test_run ();
}
