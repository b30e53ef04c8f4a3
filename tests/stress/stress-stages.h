/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir.h>

#include "base/weir-buffer-private.h"

G_BEGIN_DECLS

/* Stages whose records tell what they are: "[source, number, output]". The key of one is `number`
 * and `output` in one word, so a source that is in order gives keys that grow. */

/* Gives records from 0 up to `count` (0: without end), `per_fill` at a time. */
typedef struct
{
  WeirSource parent;

  guint64 number; /* options: of the source */
  guint64 count;
  guint64 per_fill;

  guint64 next;
  gint begun;   /* atomic: it was filled */
  gint running; /* atomic: never on two threads */
} StressSource;

/* Keeps the keys of each source (a number below 8), in the order in which they came. While
 * `stalled` is set it takes nothing. What other threads read is atomic. */
typedef struct
{
  WeirSink parent;

  gint stalled; /* atomic: changed by any thread, which then wakes the sink */
  gint running; /* atomic: never on two threads */

  GArray *keys[8];      /* guint64 */
  guint n_seen;         /* atomic */
  WeirBufferPool *pool; /* atomic; of the run, or NULL before it gave anything */
} StressSink;

#define STRESS_KEY(number, output) ((guint64)(number) << 24 | (guint64)(output))

GType stress_source_get_type (void);
GType stress_sink_get_type (void);

/* source.stress, sink.stress, and what stands between, all stateless unless said:
 *
 *   filter.stress-some       drops every third record, by its key
 *   filter.stress-blocks     drops all of every second hundred, so that batches become empty
 *   transform.stress-none    gives nothing
 *   transform.stress-same    gives the record itself
 *   transform.stress-three   gives three
 *   transform.stress-burst   gives 3000 of every 250th record, else itself
 *   transform.stress-other   gives the record as one of the next source
 *   transform.stress-serial  gives the record itself; not stateless */
void stress_stages_register (void);

/* The keys that come out of a stage type for the keys that go in; what it was given is freed. */
GArray *stress_model (GArray *keys, const char *type) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
