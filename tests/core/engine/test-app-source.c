/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-app-source.h>

#include "base/weir-emitter-private.h"
#include "stage/weir-stage-private.h"

typedef struct
{
  WeirBufferPool *pool;
  WeirEmitter *emitter;
  WeirAppSource *source;
  GString *seen;
  guint n_wakes;
} Fixture;

static void
count_wake (gpointer fixture, WeirStage *stage)
{
  ((Fixture *)fixture)->n_wakes++;
}

static const WeirStageHost host = { .wake = count_wake };

static Fixture *
fixture_new (guint64 capacity)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->pool = weir_buffer_pool_new (0);
  fixture->emitter = weir_emitter_new ();
  fixture->source = g_object_new (WEIR_TYPE_APP_SOURCE, "capacity", capacity, NULL);
  fixture->seen = g_string_new (NULL);
  weir_stage_attach (WEIR_STAGE (fixture->source), "in", weir_clock_get_system (), &host, fixture);
  return fixture;
}

static void
fixture_free (Fixture *fixture)
{
  g_object_unref (fixture->source);
  weir_emitter_unref (fixture->emitter);
  weir_buffer_pool_unref (fixture->pool);
  g_string_free (fixture->seen, TRUE);
  g_free (fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static WeirSourceStatus
fill (Fixture *fixture)
{
  g_autoptr (WeirBatch) batch = weir_batch_new (fixture->pool);
  WeirSourceStatus status;

  weir_emitter_open (fixture->emitter, batch, 0);
  status = weir_source_fill (WEIR_SOURCE (fixture->source), fixture->emitter, NULL);
  weir_emitter_close (fixture->emitter);
  for (guint i = 0; i < batch->n_records; i++)
    g_string_append_printf (fixture->seen, "[%.*s]", (int)batch->records[i].length,
                            batch->records[i].text);
  return status;
}

static void
what_is_pushed_comes_out_in_order_and_wakes_the_source (void)
{
  g_autoptr (Fixture) fixture = fixture_new (10);

  g_assert_cmpint (fill (fixture), ==, WEIR_SOURCE_WAIT);
  g_assert_true (weir_app_source_push (fixture->source, "{\"a\":1}", -1));
  g_assert_true (weir_app_source_push (fixture->source, "two and more", 3));
  g_assert_cmpuint (fixture->n_wakes, ==, 2);
  g_assert_cmpint (fill (fixture), ==, WEIR_SOURCE_WAIT);
  g_assert_cmpstr (fixture->seen->str, ==, "[{\"a\":1}][two]");
}

static void
a_full_source_refuses_and_takes_again_when_there_is_room (void)
{
  g_autoptr (Fixture) fixture = fixture_new (2);

  g_assert_true (weir_app_source_push (fixture->source, "1", -1));
  g_assert_true (weir_app_source_push (fixture->source, "2", -1));
  g_assert_false (weir_app_source_push (fixture->source, "3", -1));
  fill (fixture);
  g_assert_true (weir_app_source_push (fixture->source, "4", -1));
  fill (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "[1][2][4]");
}

static void
the_end_lets_through_what_was_pushed_and_refuses_the_rest (void)
{
  g_autoptr (Fixture) fixture = fixture_new (10);

  weir_app_source_push (fixture->source, "1", -1);
  weir_app_source_end (fixture->source);
  g_assert_false (weir_app_source_push (fixture->source, "2", -1));
  g_assert_cmpint (fill (fixture), ==, WEIR_SOURCE_END);
  g_assert_cmpstr (fixture->seen->str, ==, "[1]");
}

static void
a_halt_gives_out_all_that_was_taken (void)
{
  g_autoptr (Fixture) fixture = fixture_new (5000);

  for (guint i = 0; i < 3000; i++)
    g_assert_true (weir_app_source_push (fixture->source, "x", 1));
  weir_source_set_halting (WEIR_SOURCE (fixture->source));
  g_assert_cmpint (fill (fixture), ==, WEIR_SOURCE_MORE);
  g_assert_false (weir_app_source_push (fixture->source, "y", 1));
  g_assert_cmpint (fill (fixture), ==, WEIR_SOURCE_MORE);
  g_assert_cmpint (fill (fixture), ==, WEIR_SOURCE_END);
  g_assert_cmpuint (fixture->seen->len, ==, 3000 * 3);
}

static void
a_record_of_several_lines_becomes_one (void)
{
  g_autoptr (Fixture) fixture = fixture_new (10);

  g_assert_true (weir_app_source_push (fixture->source, "{\r\n\"a\":\n1}\n", -1));
  g_assert_true (weir_app_source_push (fixture->source, " \n", -1));
  fill (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, "[{  \"a\": 1}]");
}

static gpointer
push_many (gpointer source)
{
  for (guint i = 0; i < 20000; i++)
    while (!weir_app_source_push (source, "1", 1))
      g_thread_yield ();

  return NULL;
}

static void
threads_push_at_the_same_time_and_nothing_is_lost (void)
{
  g_autoptr (Fixture) fixture = fixture_new (64);
  GThread *threads[3];

  weir_stage_attach (WEIR_STAGE (fixture->source), "in", weir_clock_get_system (), NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("push", push_many, fixture->source);
  while (fixture->seen->len < 3 * 20000 * 3)
    fill (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  fill (fixture);
  g_assert_cmpuint (fixture->seen->len, ==, 3 * 20000 * 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(test) g_test_add_func ("/app-source/" #test, test)
  ADD (what_is_pushed_comes_out_in_order_and_wakes_the_source);
  ADD (a_full_source_refuses_and_takes_again_when_there_is_room);
  ADD (the_end_lets_through_what_was_pushed_and_refuses_the_rest);
  ADD (a_halt_gives_out_all_that_was_taken);
  ADD (a_record_of_several_lines_becomes_one);
  ADD (threads_push_at_the_same_time_and_nothing_is_lost);

  return g_test_run ();
}
