/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-app-sink.h>

#include "base/weir-emitter-private.h"
#include "stage/weir-stage-private.h"

typedef struct
{
  WeirBufferPool *pool;
  WeirEmitter *emitter;
  WeirBatch *batch;
  WeirAppSink *sink;
  guint n_wakes;
} Fixture;

static void
count_wake (gpointer fixture, WeirStage *stage)
{
  ((Fixture *)fixture)->n_wakes++;
}

static const WeirStageHost host = { .wake = count_wake };

static Fixture *
fixture_new (guint64 capacity, guint n_records)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->pool = weir_buffer_pool_new (0);
  fixture->emitter = weir_emitter_new ();
  fixture->batch = weir_batch_new (fixture->pool);
  fixture->sink = g_object_new (WEIR_TYPE_APP_SINK, "capacity", capacity, NULL);
  weir_stage_attach (WEIR_STAGE (fixture->sink), "out", weir_clock_get_system (), &host, fixture);
  weir_emitter_open (fixture->emitter, fixture->batch, 0);
  for (guint i = 0; i < n_records; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      weir_emitter_emit_text (fixture->emitter, text, -1);
    }
  weir_emitter_close (fixture->emitter);
  return fixture;
}

static void
fixture_free (Fixture *fixture)
{
  g_clear_pointer (&fixture->batch, weir_batch_free);
  g_object_unref (fixture->sink);
  weir_emitter_unref (fixture->emitter);
  weir_buffer_pool_unref (fixture->pool);
  g_free (fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static WeirStageStatus
write_batch (Fixture *fixture)
{
  WeirSink *sink = WEIR_SINK (fixture->sink);

  return WEIR_SINK_GET_CLASS (sink)->write_batch (sink, fixture->batch, NULL);
}

static void
assert_pulled (WeirRecord *record, const char *expected)
{
  g_autoptr (WeirRecord) owned = record;
  g_autofree char *text = owned != NULL ? weir_record_get_text (owned) : NULL;

  g_assert_cmpstr (text, ==, expected);
}

static void
records_are_pulled_in_order_and_outlive_their_batch (void)
{
  g_autoptr (Fixture) fixture = fixture_new (10, 2);

  g_assert_cmpint (write_batch (fixture), ==, WEIR_STAGE_DONE);
  g_assert_cmpuint (weir_sink_get_accepted (WEIR_SINK (fixture->sink)), ==, 2);
  g_clear_pointer (&fixture->batch, weir_batch_free);
  assert_pulled (weir_app_sink_pull (fixture->sink), "0");
  assert_pulled (weir_app_sink_try_pull (fixture->sink), "1");
  assert_pulled (weir_app_sink_try_pull (fixture->sink), NULL);
}

static void
a_full_sink_waits_and_a_pull_wakes_it (void)
{
  g_autoptr (Fixture) fixture = fixture_new (2, 3);

  g_assert_cmpint (write_batch (fixture), ==, WEIR_STAGE_WAIT);
  g_assert_cmpuint (weir_sink_get_accepted (WEIR_SINK (fixture->sink)), ==, 2);
  assert_pulled (weir_app_sink_pull (fixture->sink), "0");
  g_assert_cmpuint (fixture->n_wakes, ==, 1);
  g_assert_cmpint (write_batch (fixture), ==, WEIR_STAGE_DONE);
  assert_pulled (weir_app_sink_pull (fixture->sink), "1");
  assert_pulled (weir_app_sink_pull (fixture->sink), "2");
  g_assert_cmpuint (fixture->n_wakes, ==, 1);
}

static void
after_the_end_the_rest_is_pulled_and_then_nothing (void)
{
  g_autoptr (Fixture) fixture = fixture_new (2, 1);
  WeirSink *sink = WEIR_SINK (fixture->sink);

  write_batch (fixture);
  g_assert_cmpint (WEIR_SINK_GET_CLASS (sink)->drain (sink, NULL), ==, WEIR_STAGE_DONE);
  assert_pulled (weir_app_sink_pull (fixture->sink), "0");
  assert_pulled (weir_app_sink_pull (fixture->sink), NULL);
}

static gpointer
pull_all (gpointer sink)
{
  guint n = 0;

  for (WeirRecord *record; (record = weir_app_sink_pull (sink)) != NULL; n++)
    weir_record_free (record);

  return GUINT_TO_POINTER (n);
}

static void
a_thread_that_pulls_gets_every_record (void)
{
  g_autoptr (Fixture) fixture = fixture_new (7, 1000);
  WeirSink *sink = WEIR_SINK (fixture->sink);
  GThread *thread = g_thread_new ("pull", pull_all, sink);

  weir_stage_attach (WEIR_STAGE (sink), "out", weir_clock_get_system (), NULL, NULL);
  for (guint i = 0; i < 10; i++)
    {
      weir_sink_begin_batch (sink);
      while (write_batch (fixture) == WEIR_STAGE_WAIT)
        g_thread_yield ();
    }
  WEIR_SINK_GET_CLASS (sink)->drain (sink, NULL);
  g_assert_cmpuint (GPOINTER_TO_UINT (g_thread_join (thread)), ==, 10000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(test) g_test_add_func ("/app-sink/" #test, test)
  ADD (records_are_pulled_in_order_and_outlive_their_batch);
  ADD (a_full_sink_waits_and_a_pull_wakes_it);
  ADD (after_the_end_the_rest_is_pulled_and_then_nothing);
  ADD (a_thread_that_pulls_gets_every_record);

  return g_test_run ();
}
