/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-plugin.h"

#define N_RECORDS 2000

/* The numbers of the records that pass, joined. */
static char *
sample (const char *options, guint *n_passed)
{
  g_autoptr (WeirHarness) harness = make ("filter.sample", options);
  g_autoptr (GString) passed = g_string_new (NULL);
  char *text;

  for (guint i = 0; i < N_RECORDS; i++)
    {
      g_autofree char *record = g_strdup_printf ("{\"i\":%u,\"k\":%u}", i, i % 10);

      weir_harness_push (harness, record);
    }
  for (*n_passed = 0; (text = weir_harness_pull (harness, "out")) != NULL; (*n_passed)++)
    {
      g_string_append (passed, text);
      g_free (text);
    }
  g_assert_cmpint (end_and_count (harness, ".records.in"), ==, N_RECORDS);
  return g_string_free (g_steal_pointer (&passed), FALSE);
}

static void
test_rate (void)
{
  guint n;
  g_autofree char *passed = sample ("{\"rate\": 0.25}", &n);

  g_assert_cmpuint (n, >, N_RECORDS / 5);
  g_assert_cmpuint (n, <, N_RECORDS / 3);
}

static void
test_bounds (void)
{
  guint n;
  g_autofree char *all = sample ("{\"rate\": 1}", &n);

  g_assert_cmpuint (n, ==, N_RECORDS);
  g_free (g_steal_pointer (&all));
  all = sample ("{\"rate\": 0}", &n);
  g_assert_cmpuint (n, ==, 0);
}

static void
test_seed (void)
{
  guint n;
  g_autofree char *one = sample ("{\"seed\": 7}", &n);
  g_autofree char *same = sample ("{\"seed\": 7}", &n);
  g_autofree char *other = sample ("{\"seed\": 8}", &n);

  g_assert_cmpstr (one, ==, same);
  g_assert_cmpstr (one, !=, other);
}

static void
test_key (void)
{
  guint n;
  g_autofree char *passed = sample ("{\"rate\": 0.5, \"seed\": 3, \"key\": \".k\"}", &n);

  g_assert_cmpuint (n, >, 0);
  g_assert_cmpuint (n, <, N_RECORDS);
  for (guint k = 0; k < 10; k++)
    {
      g_autofree char *first = g_strdup_printf ("{\"i\":%u,", k);
      g_autofree char *last = g_strdup_printf ("{\"i\":%u,", N_RECORDS - 10 + k);

      g_assert_cmpint (strstr (passed, first) != NULL, ==, strstr (passed, last) != NULL);
    }
}

static void
test_no_key (void)
{
  g_autoptr (WeirHarness) harness = make ("filter.sample", "{\"key\": \"empty\"}");

  weir_harness_push (harness, "{}");

  assert_letter (harness, "failed", "key has no value");
}

static void
test_mistakes (void)
{
  assert_mistake ("filter.sample", "{\"rate\": 1.5}", "/rate", "1");
  assert_mistake ("filter.sample", "{\"rate\": \"much\"}", "/rate", "");
  assert_mistake ("filter.sample", "{\"seed\": -1}", "/seed", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filter/sample/keeps about the share it is told to", test_rate);
  g_test_add_func ("/filter/sample/keeps all at one and none at zero", test_bounds);
  g_test_add_func ("/filter/sample/keeps the same records for the same seed", test_seed);
  g_test_add_func ("/filter/sample/keeps all records of a key or none", test_key);
  g_test_add_func ("/filter/sample/fails a record that has no key", test_no_key);
  g_test_add_func ("/filter/sample/tells mistakes in its options", test_mistakes);
  return g_test_run ();
}
