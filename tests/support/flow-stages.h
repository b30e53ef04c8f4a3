/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir.h>

G_BEGIN_DECLS

/* Small stages for tests of the flow. Their members are set before they run. */

/* Gives records "r0", "r1", … up to `limit` (0: without end), `per_fill` at a time. It waits as
 * long as `held` is set (until it is woken), until the clock shows `not_before`, and for each
 * record until `fd`, unless that is -1, gives a byte. */
typedef struct
{
  WeirSource parent;

  guint64 limit;
  guint per_fill;
  gboolean held;
  gboolean breaks;
  gint64 not_before;
  int fd;

  guint64 made;
  guint n_fills;
} FlowSource;

/* Keeps what it is given in `seen`, with a space behind each record, and in `order`, which several
 * sinks may share, unless that is NULL. It waits while `stalled` is set, wakes itself just before
 * the first wait when `wakes` is set, and breaks when it has taken `capacity` records. */
typedef struct
{
  WeirSink parent;

  gboolean stalled;
  gboolean wakes;
  guint capacity;

  GString *seen;
  GString *order; /* borrowed */
  guint n_seen;
  guint n_waits;
} FlowSink;

/* Makes `outputs` records of each: none, itself, or "r1.0", "r1.1", …. */
typedef struct
{
  WeirTransform parent;

  guint outputs;
} FlowMap;

/* Lets records pass whose last character is an even digit. */
typedef struct
{
  WeirFilter parent;
} FlowEven;

/* Gives each record the verdict that it is called after: "pass", "else", "invalid", "late", "shed"
 * or "failed"; the message is "told so". */
typedef struct
{
  WeirValidate parent;
} FlowJudge;

/* Counts records; gives the number at the end, and when its alarm rings. */
typedef struct
{
  WeirAggregate parent;

  guint count;
  guint n_alarms;
} FlowCount;

GType flow_source_get_type (void);
GType flow_sink_get_type (void);
GType flow_map_get_type (void);
GType flow_even_get_type (void);
GType flow_judge_get_type (void);
GType flow_count_get_type (void);

FlowSource *flow_source_new (guint64 limit, guint per_fill) G_GNUC_WARN_UNUSED_RESULT;
FlowSink *flow_sink_new (void) G_GNUC_WARN_UNUSED_RESULT;
FlowMap *flow_map_new (guint outputs) G_GNUC_WARN_UNUSED_RESULT;
FlowEven *flow_even_new (void) G_GNUC_WARN_UNUSED_RESULT;
FlowJudge *flow_judge_new (void) G_GNUC_WARN_UNUSED_RESULT;
FlowCount *flow_count_new (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
