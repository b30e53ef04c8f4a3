/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

/* Each place where a late record is found, under each policy. */

#define DEADLINE 100

/* Holds a batch until it answers; what is late by then is so found. */
typedef struct
{
  WeirTransform parent;

  WeirBatch *batch;
  gboolean answers;
} Answerer;

typedef WeirTransformClass AnswererClass;

static GType answerer_get_type (void);
G_DEFINE_FINAL_TYPE (Answerer, answerer, WEIR_TYPE_TRANSFORM)

static gboolean
hold (WeirStage *stage, WeirBatch *batch)
{
  ((Answerer *)stage)->batch = batch;
  return TRUE;
}

static gboolean
service (WeirStage *stage, gint64 late_after, gboolean ending, GError **error)
{
  Answerer *answerer = (Answerer *)stage;

  for (guint i = 0; answerer->answers && i < answerer->batch->n_selected; i++)
    {
      WeirRecord *record = weir_batch_record (answerer->batch, i);

      if (record->deadline < late_after)
        weir_record_set_verdict (record, WEIR_VERDICT_LATE, NULL);
    }
  return TRUE;
}

static gboolean
release (WeirStage *stage, WeirEmitter *out, WeirLot *lot)
{
  Answerer *answerer = (Answerer *)stage;

  if (!answerer->answers || answerer->batch == NULL)
    return FALSE;
  *lot = (WeirLot){ g_steal_pointer (&answerer->batch), 0, 0, TRUE };
  lot->to = lot->batch->n_selected;
  for (guint i = 0; i < lot->to; i++)
    {
      WeirRecord *record = weir_batch_record (lot->batch, i);

      if (record->verdict != WEIR_VERDICT_PASS)
        continue;
      weir_emitter_begin_origin (out, record);
      weir_emitter_emit (out, record);
    }
  return TRUE;
}

static void
wait (WeirStage *stage)
{
}

static gboolean
end (WeirStage *stage)
{
  return TRUE;
}

static guint
count (WeirStage *stage)
{
  WeirBatch *batch = ((Answerer *)stage)->batch;

  return batch != NULL ? batch->n_selected : 0;
}

static const WeirHolder answerer_view = {
  .hold = hold, .service = service, .release = release, .wait = wait, .end = end, .count = count
};

static void
answerer_class_init (AnswererClass *klass)
{
  WEIR_STAGE_CLASS (klass)->holder = &answerer_view;
}

static void
answerer_init (Answerer *answerer)
{
}

/* A case ---------------------------------------------------------------------------------------
 */

typedef enum
{
  AT_A_QUEUE,
  INSIDE_A_SEGMENT,
  AT_THE_SINK,
  AT_THE_ANSWERS,
} Place;

typedef enum
{
  GOES_ON,
  IS_DROPPED,
  IS_LETTERED,
  LEAVES_BY_LATE,
} Fate;

typedef struct
{
  const char *name;
  Place place;
  WeirLatePolicy late;
  gboolean read; /* the port late */
  Fate fate;
} Case;

static const Case cases[] = {
  { "at a queue it goes on", AT_A_QUEUE, WEIR_LATE_DELIVER, FALSE, GOES_ON },
  { "at a queue it is dropped", AT_A_QUEUE, WEIR_LATE_DROP, FALSE, IS_DROPPED },
  { "at a queue it is a dead letter", AT_A_QUEUE, WEIR_LATE_DEAD_LETTER, FALSE, IS_LETTERED },
  { "at a queue the port precedes deliver", AT_A_QUEUE, WEIR_LATE_DELIVER, TRUE, LEAVES_BY_LATE },
  { "at a queue the port precedes drop", AT_A_QUEUE, WEIR_LATE_DROP, TRUE, LEAVES_BY_LATE },
  { "at a queue the port precedes dead-letter", AT_A_QUEUE, WEIR_LATE_DEAD_LETTER, TRUE,
    LEAVES_BY_LATE },
  { "inside a segment deliver looks at nothing", INSIDE_A_SEGMENT, WEIR_LATE_DELIVER, FALSE,
    GOES_ON },
  { "inside a segment drop looks at nothing", INSIDE_A_SEGMENT, WEIR_LATE_DROP, FALSE, GOES_ON },
  { "inside a segment dead-letter looks at nothing", INSIDE_A_SEGMENT, WEIR_LATE_DEAD_LETTER, FALSE,
    GOES_ON },
  { "inside a segment the port precedes deliver", INSIDE_A_SEGMENT, WEIR_LATE_DELIVER, TRUE,
    LEAVES_BY_LATE },
  { "inside a segment the port precedes drop", INSIDE_A_SEGMENT, WEIR_LATE_DROP, TRUE,
    LEAVES_BY_LATE },
  { "inside a segment the port precedes dead-letter", INSIDE_A_SEGMENT, WEIR_LATE_DEAD_LETTER, TRUE,
    LEAVES_BY_LATE },
  { "at the sink it goes on", AT_THE_SINK, WEIR_LATE_DELIVER, FALSE, GOES_ON },
  { "at the sink it is dropped", AT_THE_SINK, WEIR_LATE_DROP, FALSE, IS_DROPPED },
  { "at the sink it is a dead letter", AT_THE_SINK, WEIR_LATE_DEAD_LETTER, FALSE, IS_LETTERED },
  { "at the sink the port precedes deliver", AT_THE_SINK, WEIR_LATE_DELIVER, TRUE, LEAVES_BY_LATE },
  { "at the sink the port precedes drop", AT_THE_SINK, WEIR_LATE_DROP, TRUE, LEAVES_BY_LATE },
  { "at the sink the port precedes dead-letter", AT_THE_SINK, WEIR_LATE_DEAD_LETTER, TRUE,
    LEAVES_BY_LATE },
  { "at the answers it goes on", AT_THE_ANSWERS, WEIR_LATE_DELIVER, FALSE, GOES_ON },
  { "at the answers it is dropped", AT_THE_ANSWERS, WEIR_LATE_DROP, FALSE, IS_DROPPED },
  { "at the answers it is a dead letter", AT_THE_ANSWERS, WEIR_LATE_DEAD_LETTER, FALSE,
    IS_LETTERED },
  { "at the answers the port precedes deliver", AT_THE_ANSWERS, WEIR_LATE_DELIVER, TRUE,
    LEAVES_BY_LATE },
  { "at the answers the port precedes drop", AT_THE_ANSWERS, WEIR_LATE_DROP, TRUE, LEAVES_BY_LATE },
  { "at the answers the port precedes dead-letter", AT_THE_ANSWERS, WEIR_LATE_DEAD_LETTER, TRUE,
    LEAVES_BY_LATE },
};

static gpointer
make_stage (Place place)
{
  if (place == AT_THE_SINK)
    return flow_sink_new ();
  if (place == AT_THE_ANSWERS)
    return g_object_new (answerer_get_type (), NULL);
  return flow_map_new (1);
}

/* Two records that will be late, and two that will not. */
static WeirNode *
add_node (FlowFixture *fixture, const Case *given)
{
  WeirNode *node = flow_fixture_add_node (fixture, make_stage (given->place));
  WeirBatch *batch;

  fixture->flow->deadline = DEADLINE;
  fixture->flow->late = given->late;
  batch = flow_fixture_make_batch (fixture, "l0 l1 t2 t3");
  weir_batch_record (batch, 2)->deadline++;
  weir_batch_record (batch, 3)->deadline++;
  weir_node_give (node, batch);
  return node;
}

static void
run (FlowFixture *fixture, WeirNode *node, Place place)
{
  if (place == AT_THE_ANSWERS)
    {
      weir_node_run (node, fixture->flow, TRUE, NULL); /* asks, in time */
      ((Answerer *)node->stage)->answers = TRUE;
    }
  flow_fixture_advance (fixture, DEADLINE + 1);
  weir_node_run (node, fixture->flow, place == AT_A_QUEUE, NULL);
}

static void
assert_taken (FlowFixture *fixture, WeirQueue *queue, const char *expected)
{
  g_autofree char *taken = queue != NULL ? flow_fixture_take_all (fixture, queue) : g_strdup ("");

  g_assert_cmpstr (taken, ==, expected);
}

static void
test_case (gconstpointer data)
{
  const Case *given = data;
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirQueue *letters = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);
  WeirNode *node = add_node (fixture, given);
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  WeirQueue *late = given->read ? flow_fixture_read (fixture, node, WEIR_PORT_LATE) : NULL;
  gboolean ends = given->fate == IS_DROPPED || given->fate == IS_LETTERED;
  const char *passed = given->fate == GOES_ON ? "l0 l1 t2 t3" : "t2 t3";
  g_autofree char *expected = g_strdup_printf ("%1$s:l0:- %1$s:l1:-", node->id);

  fixture->flow->dead_letters.queue = letters;
  run (fixture, node, given->place);
  if (given->place == AT_THE_SINK)
    g_assert_cmpstr (g_strchomp (((FlowSink *)node->stage)->seen->str), ==, passed);
  else
    assert_taken (fixture, out, passed);
  assert_taken (fixture, late, given->fate == LEAVES_BY_LATE ? "l0 l1" : "");
  assert_taken (fixture, letters, given->fate == IS_LETTERED ? expected : "");
  g_assert_cmpuint (node->ledger.late, ==, ends ? 2 : 0);
  g_assert_true (weir_ledger_is_balanced (&node->ledger));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/flow/lateness/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
