/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-connect-sink.h>

#include "base/weir-batch-private.h"
#include "engine/weir-line-pieces-private.h"
#include "net/weir-connection-pool-private.h"
#include "stage/weir-stage-private.h"

G_BEGIN_DECLS

typedef struct _WeirConnectState WeirConnectState;

/* A batch that the sink holds. Its records are accepted in order. */
typedef struct
{
  GList link; /* in one queue of the sink at a time */
  WeirBatch *batch;
  guint accepted; /* records, from the first on */
  guint released; /* of these */
  gsize size;     /* bytes to write */
  gsize bytes;    /* that it keeps from being used otherwise */
  gboolean compact;
} WeirHeld;

/* Who writes to a lane: what it has in work, and how far it is with that. */
typedef struct
{
  WeirConnectState *state;
  WeirLane *lane;
  GQueue work;   /* WeirHeld, of the connection at hand */
  gsize partial; /* bytes written of the first record that is not accepted */
  gboolean blocked;
  gint64 last_write; /* when the peer last took something, or was first asked to */

  WeirCompressor *compressor; /* of the connection; NULL: none has begun */
  GByteArray *out;            /* compressed: all that is in work; counts as held */
  gsize out_done;
  gboolean finished; /* the stream is complete */
} WeirConnectWriter;

/* What a sink holds, and what it writes to.
 *
 *   hold ──> waiting ──> work of a lane ──> settled ──> release
 *               ^              │
 *               └── lost ──────┘
 *
 * A lane whose peer takes what it is given is handed what waits: all of it when it is the only one,
 * else a batch at a time in turn. When the connection is lost, what was not accepted waits again,
 * in front. A record is accepted when its last byte has reached the kernel; so one that was cut is
 * written again as a whole.
 *
 * All of it belongs to the thread that runs the stage, but for `stopping`, and for the threads that
 * make connections. What is held is bounded by the option `buffer`, and by MAX_BATCHES. */
struct _WeirConnectState
{
  WeirStage *stage;
  const WeirConnectSink *options;
  WeirTarget *target;
  WeirConnectionPool *pool;
  WeirConnectWriter *writers; /* one a lane */
  guint next_writer;

  GQueue waiting; /* WeirHeld */
  GQueue settled;
  guint n_held; /* records */
  guint n_batches;
  gsize n_bytes;
  guint n_waiting; /* records */
  gsize waiting_size;
  gint64 flush_at; /* of what waits */
  gboolean full;   /* a batch was turned away */

  gint stopping; /* atomic */
  gboolean ending;
  gboolean wrote; /* something, in the service at hand */
  /* WEIR_TIME_NEVER: not so. */
  gint64 idle_since;    /* the end is near, and nothing is taken */
  gint64 alone_since;   /* something is held, and no peer was there to take any of it */
  gint64 closing_since; /* nothing is held any more, and streams are completed */
};

/* What the options say of the peer: weir-connect-sink-target.c */
GSocketConnectable *weir_connect_parse_address (const WeirConnectSink *options,
                                                WeirConnectFamily family, GError **error);
WeirTarget *weir_connect_make_target (const WeirConnectSink *options, WeirConnectFamily family,
                                      GError **error);

/* Records: weir-connect-sink-records.c */
gboolean weir_connect_state_hold (WeirConnectState *state, WeirBatch *batch);
/* The next batch that waits, or NULL. */
WeirHeld *weir_connect_state_take (WeirConnectState *state);
/* What is in work waits again. */
void weir_connect_state_take_back (WeirConnectState *state, GQueue *work);
/* All records of the batch are accepted or failed. */
void weir_connect_state_settle (WeirConnectState *state, WeirHeld *held);
gboolean weir_connect_state_release (WeirConnectState *state, WeirLot *lot);
void weir_connect_state_fail_all (WeirConnectState *state, const char *message);
/* What stays held pins no large buffers. */
void weir_connect_state_compact (WeirConnectState *state);
void weir_connect_state_drop_all (WeirConnectState *state);

/* Writing: weir-connect-sink-writer.c */
void weir_connect_writer_init (WeirConnectWriter *writer, WeirConnectState *state, WeirLane *lane);
void weir_connect_writer_clear (WeirConnectWriter *writer);
/* Begins anew, when the connection is lost. */
void weir_connect_writer_reset (WeirConnectWriter *writer);
/* Writes what is in work, as far as the peer takes it. */
void weir_connect_writer_write (WeirConnectWriter *writer, gint64 now);
/* Ends the stream; FALSE: not yet, the peer does not take it. */
gboolean weir_connect_writer_finish (WeirConnectWriter *writer, gint64 now);

/* What the engine asks for: weir-connect-sink-service.c */
gint64 weir_connect_state_get_now (const WeirConnectState *state);
gboolean weir_connect_state_service (WeirConnectState *state, gboolean ending, GError **error);
/* When it is to be serviced next, beside when a peer is ready or a connection was made. */
gint64 weir_connect_state_get_next_time (const WeirConnectState *state);
/* FALSE: a peer does not take the end of its stream yet. */
gboolean weir_connect_state_close (WeirConnectState *state);

G_END_DECLS
