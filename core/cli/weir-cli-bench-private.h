/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "cli/weir-cli-private.h"

G_BEGIN_DECLS

#define WEIR_BENCH_MAX_MODES  5
#define WEIR_BENCH_MAX_REPEAT 1000

/* What the access records are. */
typedef enum
{
  WEIR_BENCH_JSON, /* one a line */
  WEIR_BENCH_LOG,  /* the combined format of web servers */
  WEIR_BENCH_N_FORMATS,
} WeirBenchFormat;

/* Access records in a file without a name: it is gone when its last user is. */
typedef struct
{
  int fd; /* -1: not made yet */
  guint64 records;
  guint64 bytes;
} WeirBenchData;

/* The options of `latency`. */
typedef struct
{
  double rate;          /* records in a second; 0: a sweep */
  const char *arrivals; /* as given; NULL: constant */
  const char *duration;
  const char *deadline;
  const char *plot;  /* a file; or NULL */
  gboolean overload; /* instead of the ways: shed and block, with a stage of known cost */
} WeirBenchLatency;

/* One call of `weir bench`. The data is made for the first benchmark that needs it, and stays. */
typedef struct
{
  gint64 n_records; /* options */
  int n_repeats;
  int n_threads;
  char **plugin_paths; /* borrowed; or NULL */
  char *workers;       /* the folder of the example workers; NULL: not looked for yet */
  WeirBenchLatency latency;
  char *command; /* as it was typed, more or less */

  WeirBenchData data[WEIR_BENCH_N_FORMATS];
} WeirBench;

typedef struct _WeirBenchmark WeirBenchmark;

typedef struct
{
  double seconds;
  guint64 records; /* or starts of a process */
  guint64 bytes;   /* 0: it is not about bytes */
  gboolean has_latency;
  double latency_us[5]; /* p50 p90 p99 p999 max */
} WeirBenchRun;

/* Does the work once. */
typedef gboolean (*WeirBenchMeasure) (WeirBench *bench, const WeirBenchmark *benchmark,
                                      WeirBenchRun *run, GError **error);

typedef struct
{
  const char *name;
  WeirBenchMeasure measure;
} WeirBenchMode;

/* A benchmark is one row: the same work, done in one or several modes. The modes take turns, so
 * that a machine that drifts drifts for all of them; the first round is not counted.
 *
 *   round     warm-up     1         2         3
 *   modes     a b c       a b c     a b c     a b c
 *
 * What is told of a mode is its median run, with the slowest and the fastest beside it. */
struct _WeirBenchmark
{
  const char *name;
  const char *summary;
  const char *unit;                          /* what is counted: "records" */
  const char *stages;                        /* of a job: from behind the source to the sink */
  WeirBenchFormat format;                    /* of what a job reads */
  WeirBenchMode modes[WEIR_BENCH_MAX_MODES]; /* up to one without a name */
  gboolean (*find) (WeirBench *bench, GError **error); /* what else it needs; or NULL */
  /* Instead of modes: measures and tells, as text where @builder is NULL. It takes minutes, so it
   * is run only when named. */
  gboolean (*run) (WeirBench *bench, JsonBuilder *builder, GError **error);
};

/* The counted runs of each mode, from the slowest to the fastest. */
typedef struct
{
  const WeirBenchmark *benchmark;
  guint n_modes;
  GArray *runs[WEIR_BENCH_MAX_MODES]; /* WeirBenchRun */
} WeirBenchResult;

WeirBenchResult *weir_bench_measure (WeirBench *bench, const WeirBenchmark *benchmark,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weir_bench_result_free (WeirBenchResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirBenchResult, weir_bench_result_free)

/* The same number of records always makes the same bytes. Nothing is done when they are there. */
gboolean weir_bench_data_make (WeirBenchData *data, WeirBenchFormat format, gint64 n_records,
                               GError **error);
void weir_bench_data_clear (WeirBenchData *data);

/* Jobs: a pipeline over the data, in this process, and as a process of its own. */
gboolean weir_bench_job_in_process (WeirBench *bench, const WeirBenchmark *benchmark,
                                    WeirBenchRun *run, GError **error);
gboolean weir_bench_job_end_to_end (WeirBench *bench, const WeirBenchmark *benchmark,
                                    WeirBenchRun *run, GError **error);

/* Start and end of a process that does nothing. */
gboolean weir_bench_posix_spawn (WeirBench *bench, const WeirBenchmark *benchmark,
                                 WeirBenchRun *run, GError **error);
gboolean weir_bench_g_spawn_sync (WeirBench *bench, const WeirBenchmark *benchmark,
                                  WeirBenchRun *run, GError **error);
gboolean weir_bench_g_subprocess (WeirBench *bench, const WeirBenchmark *benchmark,
                                  WeirBenchRun *run, GError **error);
gboolean weir_bench_guard (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                           GError **error);
/* With much memory resident in this process. */
gboolean weir_bench_guard_large (WeirBench *bench, const WeirBenchmark *benchmark,
                                 WeirBenchRun *run, GError **error);

/* Room for the text of a record. */
gboolean weir_bench_memory_pool (WeirBench *bench, const WeirBenchmark *benchmark,
                                 WeirBenchRun *run, GError **error);
gboolean weir_bench_memory_malloc (WeirBench *bench, const WeirBenchmark *benchmark,
                                   WeirBenchRun *run, GError **error);

/* A record to a worker and back. */
gboolean weir_bench_workers_lines_one (WeirBench *bench, const WeirBenchmark *benchmark,
                                       WeirBenchRun *run, GError **error);
gboolean weir_bench_workers_lines (WeirBench *bench, const WeirBenchmark *benchmark,
                                   WeirBenchRun *run, GError **error);
gboolean weir_bench_workers_frames_c (WeirBench *bench, const WeirBenchmark *benchmark,
                                      WeirBenchRun *run, GError **error);
gboolean weir_bench_workers_frames_python (WeirBench *bench, const WeirBenchmark *benchmark,
                                           WeirBenchRun *run, GError **error);
gboolean weir_bench_workers_memory_one (WeirBench *bench, const WeirBenchmark *benchmark,
                                        WeirBenchRun *run, GError **error);
/* Whether the example workers are there. */
gboolean weir_bench_workers_find (WeirBench *bench, GError **error);

/* Latency against load, in each way that there is. */
gboolean weir_bench_latency (WeirBench *bench, JsonBuilder *builder, GError **error);
/* FALSE, and says so: an option is wrong. */
gboolean weir_bench_latency_check (const WeirBench *bench);

/* For people, and as a member of the array that @builder has open. */
void weir_bench_print (const WeirBench *bench, const WeirBenchResult *result);
void weir_bench_build (const WeirBench *bench, const WeirBenchResult *result, JsonBuilder *builder);
/* The member "machine". */
void weir_bench_build_machine (JsonBuilder *builder);
/* As the kernel calls the machine's processor. */
char *weir_bench_read_cpu_model (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
