/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-plugin.h"

#define SECOND G_GINT64_CONSTANT (1000000000)

static void
test_first (void)
{
  g_autoptr (WeirHarness) harness = make ("filter.dedupe", "{\"key\": \".k\"}");

  push_all (harness, (const char *[]){ "{\"k\":1,\"n\":1}", "{\"k\":\"1\"}", "{\"k\":1,\"n\":2}",
                                       "{}", "{\"k\":null}", NULL });

  weir_harness_assert_pull (harness, "out", "{\"k\":1,\"n\":1}");
  weir_harness_assert_pull (harness, "out", "{\"k\":\"1\"}");
  weir_harness_assert_pull (harness, "out", "{}");
  weir_harness_assert_pull (harness, "out", NULL);
  weir_harness_assert_pull (harness, "else", "{\"k\":1,\"n\":2}");
  weir_harness_assert_pull (harness, "else", "{\"k\":null}");
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 5);
}

static void
test_equal_keys (void)
{
  g_autoptr (WeirHarness) harness = make ("filter.dedupe", "{\"key\": \".k\"}");

  push_all (harness,
            (const char *[]){ "{\"k\":{\"a\":1,\"b\":[2]}}", "{\"k\":{\"b\":[2.0],\"a\":1}}",
                              "{\"k\":{\"a\":1,\"b\":[3]}}", NULL });

  weir_harness_assert_pull (harness, "else", "{\"k\":{\"b\":[2.0],\"a\":1}}");
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 3);
}

static void
test_ttl (void)
{
  g_autoptr (WeirHarness) harness = make ("filter.dedupe", "{\"key\": \".\", \"ttl\": \"10s\"}");

  weir_harness_push (harness, "1");
  weir_harness_advance (harness, 9 * SECOND);
  weir_harness_push (harness, "1");
  weir_harness_push (harness, "2");
  weir_harness_advance (harness, 1 * SECOND);
  weir_harness_push (harness, "1");
  weir_harness_push (harness, "2");

  weir_harness_assert_pull (harness, "out", "1");
  weir_harness_assert_pull (harness, "out", "2");
  weir_harness_assert_pull (harness, "out", "1");
  weir_harness_assert_pull (harness, "out", NULL);
}

static void
test_max_keys (void)
{
  g_autoptr (WeirHarness) harness = make ("filter.dedupe", "{\"key\": \".\", \"max-keys\": 2}");

  push_all (harness, (const char *[]){ "1", "2", "3", "2", "3", "1", NULL });

  weir_harness_assert_pull (harness, "out", "1");
  weir_harness_assert_pull (harness, "out", "2");
  weir_harness_assert_pull (harness, "out", "3");
  weir_harness_assert_pull (harness, "out", "1");
  weir_harness_assert_pull (harness, "out", NULL);
}

/* Against a plain model, with a bound that is reached again and again. */
static void
test_model (void)
{
  const guint max_keys = 300;
  g_autoptr (WeirHarness) harness = make ("filter.dedupe", "{\"key\": \".\", \"max-keys\": 300}");
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  guint order[20000];
  guint n = 0;

  for (guint i = 0; i < 20000; i++)
    {
      guint key = (guint)g_rand_int_range (random, 0, 1000);
      g_autofree char *text = g_strdup_printf ("%u", key);
      gboolean known = FALSE;

      for (guint j = n > max_keys ? n - max_keys : 0; j < n; j++)
        known = known || order[j] == key;
      if (!known)
        order[n++] = key;
      weir_harness_push (harness, text);
      weir_harness_assert_pull (harness, known ? "else" : "out", text);
    }
}

static void
test_no_key (void)
{
  g_autoptr (WeirHarness) harness = make ("filter.dedupe", "{\"key\": \".a | select(. != 0)\"}");

  push_all (harness, (const char *[]){ "{\"a\":0}", "{\"a\":1", NULL });

  assert_letter (harness, "failed", "key has no value");
  assert_letter (harness, "failed", "offset");
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 2);
}

static void
test_mistakes (void)
{
  assert_mistake ("filter.dedupe", "{}", "/key", "needs");
  assert_mistake ("filter.dedupe", "{\"key\": \".\", \"ttl\": \"soon\"}", "/ttl", "soon");
  assert_mistake ("filter.dedupe", "{\"key\": \".\", \"max-keys\": 0}", "/max-keys", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filter/dedupe/keeps the first record of each key", test_first);
  g_test_add_func ("/filter/dedupe/knows a key in another order", test_equal_keys);
  g_test_add_func ("/filter/dedupe/forgets a key when its time is over", test_ttl);
  g_test_add_func ("/filter/dedupe/forgets the oldest key when there are too many", test_max_keys);
  g_test_add_func ("/filter/dedupe/agrees with a list of keys", test_model);
  g_test_add_func ("/filter/dedupe/fails a record that has no key", test_no_key);
  g_test_add_func ("/filter/dedupe/tells mistakes in its options", test_mistakes);
  return g_test_run ();
}
