/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stress-run.h"

/* Each record arrives exactly once and in the order of its source, however many threads worked. */

#define N_RECORDS 5000
#define SINK      "{\"id\":\"out\",\"type\":\"sink.stress\"}"

static const char *const chains[][6] = {
  { NULL },
  { "filter.stress-some" },
  { "transform.stress-none" },
  { "transform.stress-same", "filter.stress-some" },
  { "transform.stress-three", "filter.stress-some", "transform.stress-three" },
  { "filter.stress-blocks", "transform.stress-three", "filter.stress-some" },
  { "filter.stress-blocks", "transform.stress-serial", "filter.stress-some" },
  { "transform.stress-burst" },
  { "filter.stress-some", "transform.stress-burst", "filter.stress-some", "transform.stress-serial",
    "filter.stress-blocks" },
  { "transform.stress-serial", "transform.stress-burst", "transform.stress-serial" },
};

static GArray *
make_keys (guint n)
{
  GArray *keys = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint64 i = 0; i < n; i++)
    {
      guint64 key = STRESS_KEY (i, 0);

      g_array_append_val (keys, key);
    }
  return keys;
}

static GArray *
expect (guint n, const char *const *chain)
{
  GArray *keys = make_keys (n);

  for (guint i = 0; chain[i] != NULL; i++)
    keys = stress_model (keys, chain[i]);
  return keys;
}

static void
assert_same_keys (const GArray *seen, GArray *expected)
{
  g_assert_cmpmem (seen->data, (gsize)seen->len * sizeof (guint64), expected->data,
                   (gsize)expected->len * sizeof (guint64));
  g_array_unref (expected);
}

static void
append_chain (GString *stages, const char *const *chain)
{
  for (guint i = 0; chain[i] != NULL; i++)
    g_string_append_printf (stages, "{\"type\":\"%s\"},", chain[i]);
}

static void
run_chain (guint threads, const char *const *chain, guint per_fill)
{
  g_autoptr (GString) stages = g_string_new (NULL);
  g_autoptr (WeirPipeline) pipeline = NULL;
  const StressSink *sink;

  g_string_printf (stages, "{\"type\":\"source.stress\",\"count\":%u,\"per-fill\":%u},", N_RECORDS,
                   per_fill);
  append_chain (stages, chain);
  g_string_append (stages, SINK);
  pipeline = stress_pipeline_new (threads, stages->str);
  sink = stress_get (pipeline, "out");
  g_assert_cmpuint (stress_run (pipeline), ==, 0);
  assert_same_keys (sink->keys[0], expect (N_RECORDS, chain));
}

static void
test_chains_keep_the_order (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++)
    for (guint t = 0; t < G_N_ELEMENTS (stress_threads); t++)
      {
        run_chain (stress_threads[t], chains[i], 7);
        run_chain (stress_threads[t], chains[i], 100);
        run_chain (stress_threads[t], chains[i], 1024);
      }
}

static void
test_a_batch_of_one_record_ends_the_input_of_all_instances (void)
{
  for (guint i = 0; i < STRESS_TIMES (100); i++)
    for (guint t = 0; t < G_N_ELEMENTS (stress_threads); t++)
      {
        g_autoptr (WeirPipeline) pipeline = stress_pipeline_new (
            stress_threads[t], "{\"type\":\"source.stress\",\"count\":1},"
                               "{\"type\":\"transform.stress-three\"}," SINK);
        const StressSink *sink = stress_get (pipeline, "out");

        g_assert_cmpuint (stress_run (pipeline), ==, 0);
        g_assert_cmpuint (sink->n_seen, ==, 3);
      }
}

/* Sources a and b are merged before a parallel stage, whose output goes to a sink of its own and,
 * as the records of other sources, back together with it. */
#define DIAMOND                                                                                    \
  "{\"id\":\"a\",\"type\":\"source.stress\",\"count\":5000,\"per-fill\":50},"                      \
  "{\"id\":\"b\",\"type\":\"source.stress\",\"number\":2,\"count\":3000,\"per-fill\":33},"         \
  "{\"id\":\"some\",\"type\":\"filter.stress-some\",\"from\":[\"a\",\"b\"]},"                      \
  "{\"id\":\"other\",\"type\":\"transform.stress-other\",\"from\":\"some\"},"                      \
  "{\"id\":\"three\",\"type\":\"transform.stress-three\",\"from\":\"some.else\"},"                 \
  "{\"id\":\"side\",\"type\":\"sink.stress\",\"from\":\"some\"},"                                  \
  "{\"id\":\"out\",\"type\":\"sink.stress\",\"from\":[\"some\",\"other\"]},"                       \
  "{\"id\":\"rest\",\"type\":\"sink.stress\",\"from\":\"three\"}"

static void
run_diamond (guint threads)
{
  static const char *const some[] = { "filter.stress-some", NULL };
  g_autoptr (WeirPipeline) pipeline = stress_pipeline_new (threads, DIAMOND);
  const StressSink *side = stress_get (pipeline, "side");
  const StressSink *out = stress_get (pipeline, "out");
  const StressSink *rest = stress_get (pipeline, "rest");

  g_assert_cmpuint (stress_run (pipeline), ==, 0);
  for (guint source = 0; source < 4; source++)
    {
      guint n = source < 2 ? 5000 : 3000;

      assert_same_keys (out->keys[source], expect (n, some));
      if (source % 2 == 0)
        assert_same_keys (side->keys[source], expect (n, some));
    }
  g_assert_cmpuint (rest->keys[0]->len, ==, 3 * ((5000 + 2) / 3));
  for (guint i = 1; i < rest->keys[0]->len; i++)
    g_assert_cmpuint (g_array_index (rest->keys[0], guint64, i), >,
                      g_array_index (rest->keys[0], guint64, i - 1));
}

static void
test_fan_out_and_merge_keep_the_order_within_each_input (void)
{
  for (guint i = 0; i < STRESS_TIMES (10); i++)
    for (guint t = 0; t < G_N_ELEMENTS (stress_threads); t++)
      run_diamond (stress_threads[t]);
}

#define ADD(name, func) g_test_add_func ("/stress/order/" name, func)

int
main (int argc, char **argv)
{
  stress_init (&argc, &argv);
  ADD ("chains keep the order", test_chains_keep_the_order);
  ADD ("a batch of one record ends the input of all instances",
       test_a_batch_of_one_record_ends_the_input_of_all_instances);
  ADD ("fan out and merge keep the order within each input",
       test_fan_out_and_merge_keep_the_order_within_each_input);
  return g_test_run ();
}
