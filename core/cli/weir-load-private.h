/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/weir-load-sender-private.h"
#include "cli/weir-load-tally-private.h"

G_BEGIN_DECLS

#define WEIR_LOAD_N_QUANTILES 5

/* What each record goes through, whichever way it takes. */
#define WEIR_LOAD_STAGES                                                                           \
  "filter.match where='.status >= 500' ! transform.map to='{t, status, path}'"

/* A load, and what it is measured by. */
typedef struct
{
  double rate; /* records in a second */
  WeirArrivals arrivals;
  guint64 seed;
  gint64 duration; /* nanoseconds; the warm-up comes before */
  gint64 deadline; /* nanoseconds */
  int n_threads;
  char **plugin_paths; /* borrowed; or NULL */
  gint64 cost;         /* in process: nanoseconds of work for each record, instead of the stages */
  gboolean sheds;      /* then: whether the pipeline sheds */
} WeirLoad;

/* What became of a load. Latency is counted from the intended time to the arrival, of what did
 * arrive; what did not has missed its deadline. */
typedef struct
{
  double rate;
  double seconds;
  double cost_us; /* of each record; 0: that of the stages */
  guint64 offered;
  guint64 arrived;
  guint64 met;
  double achieved;                          /* arrived in a second */
  double goodput;                           /* met in a second */
  double latency_us[WEIR_LOAD_N_QUANTILES]; /* p50 p90 p99 p999 max */
  double sender_lag_us;                     /* the worst: of the sender itself, so of the machine */
} WeirLoadPoint;

/* A way from the sender to the receiver. FALSE: something other than too much load was wrong. */
typedef gboolean (*WeirLoadWay) (const WeirLoad *load, WeirLoadPoint *point, GError **error);

/* Pushed into a pipeline of this process, and pulled out of it. */
gboolean weir_load_in_process (const WeirLoad *load, WeirLoadPoint *point, GError **error);
/* Over TCP into a process of its own, and back. */
gboolean weir_load_over_tcp (const WeirLoad *load, WeirLoadPoint *point, GError **error);
/* Over TCP to a thread that only reads and writes: what the machine itself costs. */
gboolean weir_load_over_relay (const WeirLoad *load, WeirLoadPoint *point, GError **error);

/* For the ways: a sender whose first record is due soon; what a tally and a sender have seen. */
WeirLoadSender *weir_load_start (const WeirLoad *load, WeirLoadTally *tally,
                                 const WeirLoadPeer *peer,
                                 gpointer peer_data) G_GNUC_WARN_UNUSED_RESULT;
gboolean weir_load_finish (const WeirLoad *load, const WeirLoadSender *sender,
                           const WeirLoadTally *tally, WeirLoadPoint *point, GError **error);

G_END_DECLS
