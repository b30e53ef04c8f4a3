/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-ends.h"

static char *
generate (const char *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *source = g_strdup_printf ("{\"type\": \"source.generate\", %s}", options);
  char *lines = run_source (source, NULL, &error);

  g_assert_no_error (error);
  return lines;
}

static guint
count_lines (const char *lines)
{
  guint n = 0;

  for (; (lines = strchr (lines, '\n')) != NULL; lines++)
    n++;

  return n;
}

static void
test_seed (void)
{
  g_autofree char *one = generate ("\"count\": 3000, \"seed\": 3");
  g_autofree char *same = generate ("\"count\": 3000, \"seed\": 3");
  g_autofree char *other = generate ("\"count\": 3000, \"seed\": 4");

  g_assert_cmpuint (count_lines (one), ==, 3000);
  g_assert_cmpstr (one, ==, same);
  g_assert_cmpstr (one, !=, other);
}

static void
test_default_record (void)
{
  const char *const fields[] = { ".seq",  ".time",   ".remote_addr", ".method",
                                 ".path", ".status", ".bytes",       ".request_time" };
  g_autofree char *lines = generate ("\"count\": 500");
  g_auto (GStrv) texts = g_strsplit (lines, "\n", -1);

  for (guint i = 0; i < 500; i++)
    {
      g_autoptr (WeirRecord) record = weir_record_new (texts[i], -1);
      gint64 sequence;

      g_assert_true (weir_record_get_int64 (record, ".seq", &sequence));
      g_assert_cmpint (sequence, ==, i + 1);
      for (guint j = 0; j < G_N_ELEMENTS (fields); j++)
        g_assert_true (weir_record_has (record, fields[j]));
    }
}

static void
test_directives (void)
{
  g_autofree char *lines
      = generate ("\"count\": 3, \"record\": [{\"$seq\": 9}, {\"$time\": \"iso\"}, {\"$time\": "
                  "\"ms\"}, {\"$uniform\": [5, 5]}, {\"$choice\": [{\"a\": {\"$seq\": 0}}]}, "
                  "{\"$uniform\": [-0.5, -0.5]}, 0.1, \"q\\\"\", null, {\"a\": 1, \"$b\": 2}]");

  g_assert_cmpstr (lines, ==,
                   "[9,\"2026-01-01T00:00:00.000Z\",1767225600000,5,{\"a\":0},-0.500000,0.1,"
                   "\"q\\\"\",null,{\"a\":1,\"$b\":2}]\n"
                   "[10,\"2026-01-01T00:00:00.001Z\",1767225600001,5,{\"a\":1},-0.500000,0.1,"
                   "\"q\\\"\",null,{\"a\":1,\"$b\":2}]\n"
                   "[11,\"2026-01-01T00:00:00.002Z\",1767225600002,5,{\"a\":2},-0.500000,0.1,"
                   "\"q\\\"\",null,{\"a\":1,\"$b\":2}]\n");
}

static void
test_uniform (void)
{
  g_autofree char *lines = generate (
      "\"count\": 2000, \"record\": [{\"$uniform\": [1, 6]}, {\"$uniform\": [0, 0.5]}]");
  g_auto (GStrv) texts = g_strsplit (lines, "\n", -1);
  guint seen[7] = { 0 };

  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr (WeirRecord) record = weir_record_new (texts[i], -1);
      gint64 die = 0;
      double share = -1;

      g_assert_true (weir_record_get_int64 (record, ".[0]", &die));
      g_assert_true (weir_record_get_double (record, ".[1]", &share));
      g_assert_true (die >= 1 && die <= 6 && share >= 0 && share <= 0.5);
      seen[die]++;
    }
  for (guint die = 1; die <= 6; die++)
    g_assert_cmpuint (seen[die], >, 200);
}

static void
test_time_follows_the_rate (void)
{
  g_autofree char *lines
      = generate ("\"count\": 3, \"rate\": 250, \"record\": {\"$time\": \"iso\"}");

  g_assert_cmpstr (lines, ==,
                   "\"2026-01-01T00:00:00.000Z\"\n\"2026-01-01T00:00:00.004Z\"\n"
                   "\"2026-01-01T00:00:00.008Z\"\n");
}

static void
assert_pulled (WeirAppSink *sink, guint n, guint *total)
{
  WeirRecord *record;

  while (g_main_context_iteration (NULL, FALSE))
    continue;
  while ((record = weir_app_sink_try_pull (sink)) != NULL)
    {
      weir_record_free (record);
      (*total)++;
    }
  g_assert_cmpuint (*total, ==, n);
}

static void
test_rate (void)
{
  g_autoptr (WeirClock) clock = weir_test_clock_new ();
  g_autoptr (WeirPipeline) pipeline = weir_pipeline_new_from_json (
      "{\"threads\": 0, \"stages\": [{\"type\": \"source.generate\", \"rate\": 1000}, "
      "{\"type\": \"sink.app\"}]}",
      NULL);
  WeirAppSink *sink = WEIR_APP_SINK (weir_pipeline_get_stage (pipeline, "app"));
  guint total = 0;

  weir_pipeline_set_clock (pipeline, clock);
  weir_pipeline_run_async (pipeline, NULL, NULL, NULL);
  assert_pulled (sink, 1, &total);
  for (guint i = 1; i <= 100; i++)
    {
      weir_test_clock_advance (WEIR_TEST_CLOCK (clock), 1000000);
      assert_pulled (sink, i + 1, &total);
    }
  weir_test_clock_advance (WEIR_TEST_CLOCK (clock), 50000000);
  assert_pulled (sink, 151, &total);
  weir_pipeline_abort (pipeline);
  assert_pulled (sink, 151, &total);
}

static void
test_exact_time (void)
{
  g_autoptr (WeirClock) clock = weir_test_clock_new ();
  g_autoptr (WeirPipeline) pipeline = weir_pipeline_new_from_json (
      "{\"threads\": 0, \"stages\": [{\"type\": \"source.generate\", \"rate\": 100000, "
      "\"record\": {\"$time\": \"s\"}}, {\"type\": \"sink.app\"}]}",
      NULL);
  WeirAppSink *sink = WEIR_APP_SINK (weir_pipeline_get_stage (pipeline, "app"));

  weir_pipeline_set_clock (pipeline, clock);
  weir_pipeline_run_async (pipeline, NULL, NULL, NULL);
  for (guint i = 0; i < 50; i++)
    {
      g_autofree char *expected = g_strdup_printf ("1767225600.000%u%u0", i / 10, i % 10);
      g_autoptr (WeirRecord) record = NULL;
      g_autofree char *text = NULL;

      while (g_main_context_iteration (NULL, FALSE))
        continue;
      record = weir_app_sink_try_pull (sink);
      text = record != NULL ? weir_record_get_text (record) : NULL;
      g_assert_cmpstr (text, ==, expected);
      weir_test_clock_advance (WEIR_TEST_CLOCK (clock), 10000);
    }
  weir_pipeline_abort (pipeline);
}

static void
assert_mistake (const char *record, const char *place)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdup_printf (
      "{\"stages\": [{\"type\": \"source.generate\", \"record\": %s}, {\"type\": \"sink.null\"}]}",
      record);
  g_autoptr (WeirPipeline) pipeline = weir_pipeline_new_from_json (text, &error);

  g_assert_null (pipeline);
  g_assert_error (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES);
  if (strstr (error->message, place) == NULL)
    g_error ("\"%s\" is not in \"%s\"", place, error->message);
}

static void
test_mistakes (void)
{
  assert_mistake ("{\"a\": {\"$sequ\": 1}}", "/stages/0/record/a/$sequ: unknown directive");
  assert_mistake ("[{\"$seq\": \"x\"}]", "/stages/0/record/0/$seq: ");
  assert_mistake ("{\"$uniform\": [2, 1]}", "/stages/0/record/$uniform: ");
  assert_mistake ("{\"$uniform\": 5}", "/stages/0/record/$uniform: ");
  assert_mistake ("{\"$choice\": []}", "/stages/0/record/$choice: ");
  assert_mistake ("{\"$choice\": [{\"$x\": 1}]}", "/stages/0/record/$choice/0/$x: ");
  assert_mistake ("{\"$time\": \"utc\"}", "/stages/0/record/$time: ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source/generate/makes the same bytes from the same seed", test_seed);
  g_test_add_func ("/source/generate/makes access log records by default", test_default_record);
  g_test_add_func ("/source/generate/fills in directives wherever they stand", test_directives);
  g_test_add_func ("/source/generate/draws numbers from all of a range", test_uniform);
  g_test_add_func ("/source/generate/counts the time by the rate", test_time_follows_the_rate);
  g_test_add_func ("/source/generate/makes each record when it is due", test_rate);
  g_test_add_func ("/source/generate/gives a record the time at which it is due", test_exact_time);
  g_test_add_func ("/source/generate/tells mistakes in the record", test_mistakes);
  return g_test_run ();
}
