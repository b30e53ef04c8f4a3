/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow/weir-ledger-private.h"
#include "time/weir-histogram-private.h"

G_BEGIN_DECLS

typedef struct
{
  char *id;
  char *type;
  WeirLedger records;
  double busy_seconds;
  double process_us_p50; /* batch time over its records */
  double process_us_p99;
  char *workers; /* JSON of what its worker processes did; NULL: it has none */
} WeirStageReport;

/* What a run did so far: a snapshot. `balanced` is told of the graph, each stage and each edge. */
typedef struct
{
  char *pipeline;
  double seconds;
  WeirLedger records;
  gboolean balanced;
  guint64 dead_letters_written;
  guint64 dead_letters_lost;
  guint64 results_written;
  guint64 results_lost;
  guint64 bytes_in;
  guint64 bytes_out;
  guint64 deadline_met;
  guint64 deadline_missed;
  guint64 deadline_excused; /* of these, delivered by way of a late port; not told */
  double latency_us[5]; /* p50 p90 p99 p999 max */
  GPtrArray *stages;    /* WeirStageReport */
} WeirReport;

WeirReport *weir_report_new (const char *pipeline) G_GNUC_WARN_UNUSED_RESULT;
void weir_report_free (WeirReport *report);

/* The JSON of --report, with a newline. */
char *weir_report_to_json (const WeirReport *report) G_GNUC_WARN_UNUSED_RESULT;

/* The ledger for people: a table of the stages and the graph, the deadline and the latency. */
char *weir_report_to_text (const WeirReport *report) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirReport, weir_report_free)

G_END_DECLS
