/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-outlook-private.h"

#include <math.h>

/* Records after which it is looked anew which part of them gets how far. */
#define SHARE_WINDOW 1000

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

/* The first instance stands for all. */
static const WeirWay *
get_way (const WeirSegment *segment)
{
  return segment->gate == NULL
             ? &segment->way
             : &((const WeirSegment *)g_ptr_array_index (segment->gate->instances, 0))->way;
}

static guint64
count_in_node (const WeirNode *node)
{
  return weir_count_read (&node->held) + weir_count_read (&node->ledger.in_flight);
}

/* Looks anew when the first node has taken in enough since the last time. */
static gint64
look_at_share (WeirShare *share, gint64 first, gint64 here)
{
  gint64 n = first - load (&share->first);
  gint64 part = load (&share->part);

  if (n < (part == 0 ? 1 : SHARE_WINDOW))
    return part == 0 ? WEIR_SHARE_ONE : part;
  part = CLAMP ((here - load (&share->here)) * WEIR_SHARE_ONE / n, 1, 1024 * WEIR_SHARE_ONE);
  store (&share->part, part);
  store (&share->first, first);
  store (&share->here, here);
  return part;
}

/* Which part of the records that enter the segment reach the node. */
static double
get_share (const WeirSegment *segment, WeirNode *node)
{
  gint64 first = (gint64)weir_count_read (&segment->nodes[0]->ledger.in);
  gint64 here = (gint64)weir_count_read (&node->ledger.in);

  return node == segment->nodes[0]
             ? 1.0
             : (double)look_at_share (&node->share, first, here) / WEIR_SHARE_ONE;
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

/* How far rows of @n values stray, when one value strays by @stray. */
static double
stray_of_row (double n, double stray)
{
  return sqrt (n) * stray;
}

static gint64
join_strays (double a, double b)
{
  return (gint64)hypot (a, b);
}

static void
add_work (WeirWay *way, const WeirPace *turn)
{
  way->mean += weir_pace_get_mean (turn);
  way->work += weir_pace_get_p90 (turn);
  way->stray = join_strays (way->stray, weir_pace_get_stray (turn));
}

/* A stage that holds records gives them back at a pace of its own. */
static void
add_holder (WeirWay *way, const WeirNode *node, double share, double *stray)
{
  gint64 run_time
      = node->holder->get_run_time != NULL ? node->holder->get_run_time (node->stage) : 0;
  gint64 drain = (gint64)(share * (double)weir_pace_get_mean (&node->drain));

  way->mean += run_time;
  way->work += run_time;
  if (drain < way->each)
    return;
  way->each = drain;
  *stray = share * (double)weir_pace_get_stray (&node->drain);
}

/* What the segment adds by itself. */
static WeirWay
look_inside (const WeirSegment *segment, guint n_workers)
{
  WeirWay way = { 0 };
  double servers = count_servers (segment, n_workers);
  double waiting = (double)count_waiting (segment);
  double stray = 0;

  for (guint i = 0; i < segment->n_nodes; i++)
    {
      WeirNode *node = segment->nodes[i];
      double share = get_share (segment, node);

      add_work (&way, &node->turn);
      way.cost += (gint64)(share * (double)weir_pace_get_mean (&node->each));
      stray = hypot (stray, share * (double)weir_pace_get_stray (&node->each) / servers);
    }
  way.each = (gint64)((double)way.cost / servers);
  for (guint i = 0; i < segment->n_nodes; i++)
    if (segment->nodes[i]->holder != NULL)
      add_holder (&way, segment->nodes[i], get_share (segment, segment->nodes[i]), &stray);
  way.wait = (gint64)(waiting * (double)way.each);
  way.stray = join_strays (way.stray, stray_of_row (waiting, stray));
  return way;
}

static WeirWay
load_way (const WeirWay *way)
{
  return (WeirWay){ load (&way->wait),  load (&way->mean), load (&way->work),
                    load (&way->stray), load (&way->each), load (&way->cost) };
}

/* The longest way from one of the readers of the port. */
static void
look_behind_port (const GPtrArray *queues, WeirWay *behind)
{
  for (guint i = 0; queues != NULL && i < queues->len; i++)
    {
      const WeirQueue *queue = g_ptr_array_index (queues, i);
      WeirWay way = load_way (get_way (g_ptr_array_index (queue->readers, 0)));
      gint64 each = MAX (behind->each, way.each);
      gint64 cost = MAX (behind->cost, way.cost);

      if (way.wait + way.work > behind->wait + behind->work)
        *behind = way;
      behind->each = each;
      behind->cost = cost;
    }
}

static void
update_segment (WeirSegment *segment, guint n_workers)
{
  WeirWay behind = { 0 };
  WeirWay way = look_inside (segment, n_workers);

  for (guint i = 0; i < segment->n_nodes; i++)
    for (guint port = 0; port <= WEIR_PORT_INVALID; port++)
      look_behind_port (segment->nodes[i]->queues[port], &behind);
  store (&segment->way.wait, way.wait + behind.wait);
  store (&segment->way.mean, way.mean + behind.mean);
  store (&segment->way.work, way.work + behind.work);
  store (&segment->way.stray, join_strays (way.stray, behind.stray));
  store (&segment->way.each, MAX (way.each, behind.each));
  store (&segment->way.cost, way.cost + behind.cost);
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

WeirOutlook
weir_outlook_get (const WeirSegment *segment)
{
  WeirWay way = load_way (get_way (segment));
  gint64 whole = way.wait + way.mean + way.stray;

  /* Nothing waits: that has to be told apart. */
  if (way.wait == 0)
    return (WeirOutlook){ 0, way.work, way.each };
  return (WeirOutlook){ MAX (way.wait, whole - way.work), way.work, way.each };
}

gint64
weir_outlook_get_work (const WeirSegment *segment)
{
  return load (&get_way (segment)->work);
}

gint64
weir_outlook_get_cost (const WeirSegment *segment)
{
  return load (&get_way (segment)->cost);
}
