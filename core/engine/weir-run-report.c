/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-run-report-private.h"

/* The graph takes in what its sources do, and holds what its stages, outboxes and queues hold; all
 * else is the sum of the stages. What it gives out is counted with the latencies: the `out` of a
 * sink is also what left by its ports. */
static void
add_node (WeirReport *report, const WeirNode *node)
{
  WeirLedger ledger = weir_ledger_read (&node->ledger);

  if (!WEIR_IS_SOURCE (node->stage))
    ledger.in = 0;
  if (WEIR_IS_SINK (node->stage))
    report->bytes_out += weir_sink_get_bytes (WEIR_SINK (node->stage));
  ledger.out = 0;
  ledger.in_flight += weir_count_read (&node->held);
  if (node->next != NULL)
    report->balanced
        &= weir_count_read (&node->sent_on)
           == weir_count_read (&node->next->ledger.in) + weir_count_read (&node->next->held);
  weir_ledger_add (&report->records, &ledger);
}

static void
add_aside (WeirReport *report, const WeirSegment *segment, const WeirFlow *flow)
{
  const WeirLedger *ledger = &segment->nodes[0]->ledger;
  gboolean is_results = segment->input == flow->results.queue;

  *(is_results ? &report->results_written : &report->dead_letters_written)
      = weir_count_read (&ledger->out);
  *(is_results ? &report->results_lost : &report->dead_letters_lost)
      = weir_count_read (&ledger->failed);
}

static void
add_segments (WeirReport *report, GPtrArray *segments, const WeirFlow *flow)
{
  for (guint i = 0; i < segments->len; i++)
    {
      const WeirSegment *segment = g_ptr_array_index (segments, i);

      if (segment->nodes[0]->aside)
        {
          add_aside (report, segment, flow);
          continue;
        }
      report->records.in_flight += weir_count_read (&segment->n_outbox);
      for (guint k = 0; k < segment->n_nodes; k++)
        add_node (report, segment->nodes[k]);
    }
}

/* Letters and results in flight are in no ledger but their own. */
static void
add_queues (WeirReport *report, GPtrArray *queues, const WeirFlow *flow)
{
  for (guint i = 0; i < queues->len; i++)
    {
      const WeirQueue *queue = g_ptr_array_index (queues, i);
      guint64 held = weir_count_read (&queue->n_records);

      if (queue != flow->dead_letters.queue && queue != flow->results.queue)
        report->records.in_flight += held;
      report->balanced &= weir_count_read (&queue->sent) == weir_count_read (&queue->taken) + held;
    }
}

/* One line for all instances of a stage. */
static void
report_stage (WeirReport *report, GPtrArray *segments, const WeirGraphNode *described)
{
  WeirStageReport *stage = g_new0 (WeirStageReport, 1);
  g_autoptr (WeirHistogram) process = weir_histogram_new ();

  for (guint i = 0; i < segments->len; i++)
    {
      const WeirSegment *segment = g_ptr_array_index (segments, i);

      for (guint k = 0; k < segment->n_nodes; k++)
        {
          const WeirNode *node = segment->nodes[k];
          WeirLedger ledger;

          if (node->stage != described->stage)
            continue;
          ledger = weir_ledger_read (&node->ledger);
          weir_ledger_add (&stage->records, &ledger);
          stage->busy_seconds += (double)weir_count_read (&node->busy) / 1e9;
          weir_histogram_merge (process, node->process);
        }
    }
  stage->id = g_strdup (described->id);
  stage->type = g_strdup (described->info != NULL ? described->info->name : "");
  stage->process_us_p50 = (double)weir_histogram_get_quantile (process, 0.5) / 1e3;
  stage->process_us_p99 = (double)weir_histogram_get_quantile (process, 0.99) / 1e3;
  g_object_get (described->stage, "workers-report", &stage->workers, NULL);
  report->balanced &= weir_ledger_is_balanced (&stage->records);
  g_ptr_array_add (report->stages, stage);
}

static void
add_flows (WeirReport *report, GPtrArray *flows)
{
  static const double quantiles[] = { 0.5, 0.9, 0.99, 0.999, 1.0 };
  g_autoptr (WeirHistogram) latency = weir_histogram_new ();

  for (guint i = 0; i < flows->len; i++)
    {
      const WeirFlow *flow = g_ptr_array_index (flows, i);

      report->bytes_in += weir_count_read (&flow->bytes_in);
      report->deadline_met += weir_count_read (&flow->met);
      report->deadline_missed += weir_count_read (&flow->missed);
      report->deadline_excused += weir_count_read (&flow->excused);
      weir_histogram_merge (latency, flow->latency);
    }
  report->records.out = latency->total;
  for (guint i = 0; i < G_N_ELEMENTS (quantiles); i++)
    report->latency_us[i] = (double)weir_histogram_get_quantile (latency, quantiles[i]) / 1e3;
}

WeirReport *
weir_run_report_new (const WeirGraph *graph, WeirExecutor *executor, double seconds)
{
  WeirReport *report = weir_report_new (graph->name);
  GPtrArray *segments = weir_executor_get_segments (executor);
  GPtrArray *flows = weir_executor_get_flows (executor);
  const WeirFlow *flow = g_ptr_array_index (flows, 0);

  report->seconds = seconds;
  report->balanced = TRUE;
  for (guint i = 0; i < graph->nodes->len; i++)
    report_stage (report, segments, g_ptr_array_index (graph->nodes, i));
  add_segments (report, segments, flow);
  add_queues (report, weir_executor_get_queues (executor), flow);
  add_flows (report, flows);
  report->balanced &= weir_ledger_is_balanced (&report->records);
  return report;
}
