/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-outlook-private.h"

static gint64
load (const gint64 *place)
{
  return __atomic_load_n (place, __ATOMIC_RELAXED);
}

static void
store (gint64 *place, gint64 value)
{
  __atomic_store_n (place, value, __ATOMIC_RELAXED);
}

static guint64
count_in_node (const WeirNode *node)
{
  return weir_count_read (&node->held) + weir_count_read (&node->ledger.in_flight);
}

/* Which part of the records that enter the segment reach the node. */
static double
get_share (const WeirSegment *segment, const WeirNode *node)
{
  guint64 first = weir_count_read (&segment->nodes[0]->ledger.in);
  guint64 here = weir_count_read (&node->ledger.in);

  return first == 0 ? 1.0 : (double)here / (double)first;
}

/* Of the instances of a segment, of which this is one. */
static guint
count_servers (const WeirSegment *segment, guint n_workers)
{
  return segment->gate == NULL ? 1 : MAX (1, MIN (segment->gate->instances->len, n_workers));
}

static guint64
count_waiting (const WeirSegment *segment)
{
  guint64 n = segment->input != NULL ? weir_count_read (&segment->input->n_records) : 0;
  guint n_twins = segment->gate != NULL ? segment->gate->instances->len : 1;

  for (guint i = 0; i < n_twins; i++)
    {
      const WeirSegment *twin
          = segment->gate != NULL ? g_ptr_array_index (segment->gate->instances, i) : segment;

      for (guint k = 0; k < twin->n_nodes; k++)
        n += count_in_node (twin->nodes[k]);
    }
  return n;
}

/* What the segment adds by itself. */
static WeirOutlook
look_inside (const WeirSegment *segment, guint n_workers, gint64 *cost)
{
  WeirOutlook outlook = { 0 };
  double each = 0;

  for (guint i = 0; i < segment->n_nodes; i++)
    {
      const WeirNode *node = segment->nodes[i];
      double share = get_share (segment, node);

      outlook.work += weir_pace_get_p90 (&node->turn);
      each += share * (double)weir_pace_get_mean (&node->each);
      if (node->holder == NULL)
        continue;
      outlook.each = MAX (outlook.each, (gint64)(share * (double)weir_pace_get_mean (&node->drain)));
      if (node->holder->get_run_time != NULL)
        outlook.work += node->holder->get_run_time (node->stage);
    }
  *cost = (gint64)each;
  outlook.each = MAX (outlook.each, (gint64)(each / count_servers (segment, n_workers)));
  outlook.wait = (gint64)(count_waiting (segment) * (double)outlook.each);
  return outlook;
}

/* The longest way from one of the readers of the port. */
static void
look_behind_port (const GPtrArray *queues, WeirOutlook *behind, gint64 *cost)
{
  for (guint i = 0; queues != NULL && i < queues->len; i++)
    {
      const WeirQueue *queue = g_ptr_array_index (queues, i);
      const WeirSegment *reader = g_ptr_array_index (queue->readers, 0);
      WeirOutlook outlook = weir_outlook_get (reader);

      *cost = MAX (*cost, weir_outlook_get_cost (reader));
      behind->each = MAX (behind->each, outlook.each);
      if (outlook.wait + outlook.work <= behind->wait + behind->work)
        continue;
      behind->wait = outlook.wait;
      behind->work = outlook.work;
    }
}

static void
update_segment (WeirSegment *segment, guint n_workers)
{
  gint64 cost;
  gint64 cost_behind = 0;
  WeirOutlook behind = { 0 };
  WeirOutlook outlook = look_inside (segment, n_workers, &cost);

  for (guint i = 0; i < segment->n_nodes; i++)
    for (guint port = 0; port <= WEIR_PORT_INVALID; port++)
      look_behind_port (segment->nodes[i]->queues[port], &behind, &cost_behind);
  store (&segment->outlook.wait, outlook.wait + behind.wait);
  store (&segment->outlook.work, outlook.work + behind.work);
  store (&segment->outlook.each, MAX (outlook.each, behind.each));
  store (&segment->cost, cost + cost_behind);
}

void
weir_outlook_update (GPtrArray *segments, guint n_workers)
{
  for (guint i = segments->len; i > 0; i--)
    {
      WeirSegment *segment = g_ptr_array_index (segments, i - 1);

      if (segment->gate == NULL || g_ptr_array_index (segment->gate->instances, 0) == segment)
        update_segment (segment, n_workers);
    }
}

/* The first instance stands for all. */
static const WeirSegment *
get_first (const WeirSegment *segment)
{
  return segment->gate == NULL ? segment : g_ptr_array_index (segment->gate->instances, 0);
}

WeirOutlook
weir_outlook_get (const WeirSegment *segment)
{
  const WeirOutlook *outlook = &get_first (segment)->outlook;

  return (WeirOutlook){ load (&outlook->wait), load (&outlook->work), load (&outlook->each) };
}

gint64
weir_outlook_get_work (const WeirSegment *segment)
{
  return load (&get_first (segment)->outlook.work);
}

gint64
weir_outlook_get_cost (const WeirSegment *segment)
{
  return load (&get_first (segment)->cost);
}
