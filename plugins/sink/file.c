/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sink.file: appends records to a file, one a line.
 *
 * A record is accepted, and its deadline met or missed, when its bytes have reached the kernel:
 * after the compressor was flushed, which is done for each batch, and with `fsync=batch` after the
 * disk has them. A line is never cut: what could not be written whole is taken back. A file that
 * grows past `rotate-size`, or is older than `rotate-every`, is renamed with the time and a number
 * behind its stem (`out.ndjson` to `out-20260101T000000Z-000001.ndjson`); the path always holds the
 * newest records. A record larger than `rotate-size` gets a file of its own.
 *
 *   source.stdin ! sink.file path=out.ndjson.gz compress=gzip rotate-size=64MiB
 */
#include "weir-output-file.h"

#define WRITE_SIZE   (128 * 1024) /* compressed bytes that are held back to be written as one */
#define END_SIZE     256          /* what the end of a compressed file may take */
#define RETRY_AFTER  20000000     /* nanoseconds, to look for a reader of a FIFO */
#define SMALL_CHUNKS 32           /* a compressed file is full when this part of it is left */

typedef enum
{
  FSYNC_NEVER,
  FSYNC_ROTATE,
  FSYNC_BATCH,
} FsyncPolicy;

/* `position` counts the records of the batch in hand that were written or given to the compressor,
 * `unaccepted` the bytes that were written for those that are not accepted yet. */
typedef struct
{
  WeirSink parent;

  char *path; /* options */
  guint64 rotate_size;
  guint64 rotate_every;
  guint compress;
  guint fsync;

  WeirOutputFile *file;
  guint position;
  guint64 unaccepted;
  gboolean waiting; /* the batch in hand is one that was begun */
  gboolean broken;
  GError *failure; /* of an alarm, told with the next batch */

  WeirCompressor *compressor; /* or NULL */
  GByteArray *out;            /* compressed, not written */
  gsize out_done;             /* of it */
  guint64 unflushed;          /* bytes taken in since the last flush */
  gboolean in_member;         /* a member or frame has begun */
} WeirSinkFile;

static const char *const policies[] = { "never", "rotate", "batch", NULL };

static const WeirOption options[] = {
  { .name = "path",
    .kind = WEIR_OPTION_STRING,
    .offset = G_STRUCT_OFFSET (WeirSinkFile, path),
    .required = TRUE,
    .doc = "The file; it is made when it is not there, its folder is not" },
  WEIR_OPTION_SIZE ("rotate-size", WeirSinkFile, rotate_size, 1, 1LL << 50, NULL,
                    "Begin a new file when the next record would make it larger than this"),
  WEIR_OPTION_ROW ("rotate-every", WEIR_OPTION_DURATION, WeirSinkFile, rotate_every,
                   .minimum = 1000000, .maximum = G_MAXINT64,
                   .doc = "Begin a new file after this time, on the clock of the pipeline"),
  WEIR_OPTION_ENUM ("compress", WeirSinkFile, compress, weir_compress_names, "none",
                    "Compression of the file"),
  WEIR_OPTION_ENUM ("fsync", WeirSinkFile, fsync, policies, "never",
                    "When the disk is waited for: never, when a file is complete, or before the "
                    "records of each batch are accepted"),
};

static gboolean
accept_written (WeirSinkFile *self, GError **error)
{
  WeirSink *sink = WEIR_SINK (self);
  guint n = self->position - weir_sink_get_accepted (sink);

  if (n == 0)
    return TRUE;

  if (self->fsync == FSYNC_BATCH && !weir_output_file_sync (self->file, error))
    return FALSE;

  weir_sink_accept (sink, n, self->unaccepted);
  self->unaccepted = 0;
  return TRUE;
}

static WeirStageStatus
write_bytes (WeirSinkFile *self, const char *bytes, gsize length, gsize *done, GError **error)
{
  gsize before = *done;
  WeirStageStatus status = weir_fd_writer_write_bytes (self->file->writer, WEIR_SINK (self), bytes,
                                                       length, done, error);

  self->file->size += *done - before;
  return status;
}

/* Writes what the compressor gave. */
static WeirStageStatus
write_out (WeirSinkFile *self, GError **error)
{
  gsize before = self->out_done;
  WeirStageStatus status
      = write_bytes (self, (char *)self->out->data, self->out->len, &self->out_done, error);

  self->unaccepted += self->out_done - before;
  if (status == WEIR_STAGE_DONE)
    {
      g_byte_array_set_size (self->out, 0);
      self->out_done = 0;
    }
  return status;
}

static void
flush (WeirSinkFile *self, WeirCompressorMode mode)
{
  weir_compressor_add (self->compressor, NULL, 0, mode, self->out);
  self->unflushed = 0;
  if (mode == WEIR_COMPRESSOR_FINISH)
    self->in_member = FALSE;
}

/* Makes the file a whole one: the compressed stream ends, and the disk has it where that is asked.
 */
static WeirStageStatus
finish_file (WeirSinkFile *self, GError **error)
{
  WeirStageStatus status = WEIR_STAGE_DONE;

  if (self->compressor != NULL)
    {
      if (self->in_member || (self->file->size == 0 && self->out->len == 0))
        flush (self, WEIR_COMPRESSOR_FINISH);
      status = write_out (self, error);
    }

  if (status == WEIR_STAGE_DONE && self->fsync != FSYNC_NEVER
      && !weir_output_file_sync (self->file, error))
    return WEIR_STAGE_BROKEN;

  return status;
}

static WeirStageStatus
rotate (WeirSinkFile *self, GError **error)
{
  WeirClock *clock = weir_stage_get_clock (WEIR_STAGE (self));
  WeirStageStatus status = finish_file (self, error);

  if (status != WEIR_STAGE_DONE)
    return status;

  if (!accept_written (self, error)
      || !weir_output_file_set_aside (self->file, weir_clock_get_real_time (clock), error))
    return WEIR_STAGE_BROKEN;

  return weir_output_file_open (self->file, error);
}

static gsize
line_size (WeirBatch *batch, guint position)
{
  gsize length;

  weir_record_peek (weir_batch_get_record (batch, position), &length);
  return length + 1;
}

/* The position behind the records that go to the file at hand: at least one when it is empty. */
static guint
find_stop (WeirSinkFile *self, WeirBatch *batch, guint end)
{
  guint64 size = self->file->size;
  guint stop = self->position;

  if (self->rotate_size == 0)
    return end;

  while (stop < end && (size == 0 || size + line_size (batch, stop) <= self->rotate_size))
    size += line_size (batch, stop++);

  return stop;
}

static WeirStageStatus
write_plain (WeirSinkFile *self, WeirBatch *batch, GError **error)
{
  WeirStageStatus status = WEIR_STAGE_DONE;
  guint end = weir_batch_get_length (batch);

  while (self->position < end && status == WEIR_STAGE_DONE)
    {
      guint64 n_bytes = 0;
      guint stop = find_stop (self, batch, end);

      if (stop > self->position)
        status = weir_fd_writer_write_lines (self->file->writer, WEIR_SINK (self), batch, stop,
                                             &self->position, &n_bytes, error);
      else
        status = rotate (self, error);

      self->file->size += self->file->regular ? n_bytes : 0;
      self->unaccepted += n_bytes;
    }

  if (!accept_written (self, status == WEIR_STAGE_BROKEN ? NULL : error))
    return WEIR_STAGE_BROKEN;
  return status;
}

/* What may be added to a compressed file, by a bound on what is not flushed: its own size. */
static gint64
compressed_room (WeirSinkFile *self)
{
  return (gint64)self->rotate_size
         - (gint64)(self->file->size + self->out->len - self->out_done + self->unflushed
                    + END_SIZE);
}

/* Rotates a compressed file when the next line might not fit. A flush tells how much room there is
 * really; when little is left the file counts as full. */
static WeirStageStatus
make_room (WeirSinkFile *self, gsize line, GError **error)
{
  if (self->rotate_size == 0 || compressed_room (self) >= (gint64)line)
    return WEIR_STAGE_DONE;

  if (self->unflushed > 0)
    flush (self, WEIR_COMPRESSOR_FLUSH);

  if (compressed_room (self) >= (gint64)MAX (line, self->rotate_size / SMALL_CHUNKS)
      || (self->file->size == 0 && !self->in_member))
    return WEIR_STAGE_DONE;

  return rotate (self, error);
}

static void
compress_record (WeirSinkFile *self, WeirBatch *batch, guint position)
{
  gsize length;
  const char *text = weir_record_peek (weir_batch_get_record (batch, position), &length);

  weir_compressor_add (self->compressor, text, length, WEIR_COMPRESSOR_GO_ON, self->out);
  weir_compressor_add (self->compressor, "\n", 1, WEIR_COMPRESSOR_GO_ON, self->out);
  self->unflushed += length + 1;
  self->in_member = TRUE;
}

static WeirStageStatus
write_compressed (WeirSinkFile *self, WeirBatch *batch, GError **error)
{
  WeirStageStatus status = WEIR_STAGE_DONE;

  while (self->position < weir_batch_get_length (batch))
    {
      if (self->out->len >= WRITE_SIZE)
        status = write_out (self, error);
      if (status == WEIR_STAGE_DONE)
        status = make_room (self, line_size (batch, self->position), error);
      if (status != WEIR_STAGE_DONE)
        return status;
      compress_record (self, batch, self->position++);
    }

  flush (self, WEIR_COMPRESSOR_FLUSH);
  status = write_out (self, error);
  if (status == WEIR_STAGE_DONE && !accept_written (self, error))
    return WEIR_STAGE_BROKEN;
  return status;
}

/* A line that a run before left without its end does not join the first of this one. */
static WeirStageStatus
end_torn_line (WeirSinkFile *self, GError **error)
{
  gsize done = 0;
  WeirStageStatus status = WEIR_STAGE_DONE;

  if (self->file->torn && self->compressor == NULL)
    status = write_bytes (self, "\n", 1, &done, error);
  if (status == WEIR_STAGE_DONE)
    self->file->torn = FALSE;
  return status;
}

static WeirStageStatus
weir_sink_file_write_batch (WeirSink *sink, WeirBatch *batch, GError **error)
{
  WeirSinkFile *self = (WeirSinkFile *)sink;
  WeirClock *clock = weir_stage_get_clock (WEIR_STAGE (self));
  WeirStageStatus status;

  if (self->failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->failure));
      return WEIR_STAGE_BROKEN;
    }

  if (!self->waiting)
    self->position = weir_sink_get_accepted (sink);

  status = weir_output_file_open (self->file, error);
  if (status == WEIR_STAGE_WAIT)
    weir_stage_wait_until (WEIR_STAGE (self), weir_clock_get_time (clock) + RETRY_AFTER);
  if (status == WEIR_STAGE_DONE)
    status = end_torn_line (self, error);
  if (status == WEIR_STAGE_DONE)
    status = self->compressor != NULL ? write_compressed (self, batch, error)
                                      : write_plain (self, batch, error);

  if (status == WEIR_STAGE_BROKEN)
    weir_output_file_cut (self->file, self->unaccepted);
  self->broken = status == WEIR_STAGE_BROKEN;
  self->waiting = status == WEIR_STAGE_WAIT;
  return status;
}

static WeirStageStatus
weir_sink_file_drain (WeirSink *sink, GError **error)
{
  WeirSinkFile *self = (WeirSinkFile *)sink;

  if (self->failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->failure));
      return WEIR_STAGE_BROKEN;
    }

  if (self->file->fd < 0 || self->broken)
    return WEIR_STAGE_DONE;

  return finish_file (self, error);
}

static void
weir_sink_file_alarm (WeirStage *stage, WeirEmitter *out)
{
  WeirSinkFile *self = (WeirSinkFile *)stage;
  gint64 now = weir_clock_get_time (weir_stage_get_clock (stage));

  self->position = weir_sink_get_accepted (WEIR_SINK (self));
  if (self->file->fd >= 0 && self->file->size > 0 && !self->broken && self->failure == NULL)
    rotate (self, &self->failure);
  weir_stage_set_alarm (stage, now + (gint64)self->rotate_every);
}

/* A compressed stream that a crash left without its end cannot be appended to: it would hide what
 * follows. */
static gboolean
keep_unfinished (WeirSinkFile *self, GError **error)
{
  WeirClock *clock = weir_stage_get_clock (WEIR_STAGE (self));

  if (self->compressor == NULL || weir_compressor_may_append (self->compress, self->path))
    return TRUE;

  g_message ("%s is not a whole %s file; it is set aside", self->path,
             weir_compress_names[self->compress]);
  return weir_output_file_set_aside (self->file, weir_clock_get_real_time (clock), error)
         && weir_output_file_open (self->file, error) == WEIR_STAGE_DONE;
}

static gboolean
open_output (WeirSinkFile *self, GError **error)
{
  WeirStageStatus status = weir_output_file_open (self->file, error);

  if (status == WEIR_STAGE_BROKEN)
    return FALSE;

  if (status == WEIR_STAGE_DONE && self->file->regular)
    return keep_unfinished (self, error);

  if (self->rotate_size == 0 && self->rotate_every == 0)
    return TRUE;

  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT,
               "%s is not a regular file: it cannot be rotated", self->path);
  return FALSE;
}

static void
weir_sink_file_stop (WeirStage *stage)
{
  WeirSinkFile *self = (WeirSinkFile *)stage;

  if (self->file->fd >= 0 && self->file->regular && !self->broken && self->failure == NULL)
    finish_file (self, NULL);

  g_clear_pointer (&self->file, weir_output_file_free);
  g_clear_pointer (&self->compressor, weir_compressor_free);
  g_clear_pointer (&self->out, g_byte_array_unref);
  g_clear_error (&self->failure);
}

static gboolean
weir_sink_file_start (WeirStage *stage, GError **error)
{
  WeirSinkFile *self = (WeirSinkFile *)stage;

  self->file = weir_output_file_new (self->path, self->fsync != FSYNC_NEVER);
  if (self->compress != WEIR_COMPRESS_NONE)
    {
      self->compressor = weir_compressor_new (self->compress);
      self->out = g_byte_array_new ();
    }

  if (!open_output (self, error))
    {
      weir_output_file_close (self->file);
      weir_sink_file_stop (stage);
      return FALSE;
    }

  if (self->rotate_every > 0)
    weir_stage_set_alarm (stage, weir_clock_get_time (weir_stage_get_clock (stage))
                                     + (gint64)self->rotate_every);
  return TRUE;
}

static void
weir_sink_file_class_init (WeirSinkClass *klass)
{
  WEIR_STAGE_CLASS (klass)->start = weir_sink_file_start;
  WEIR_STAGE_CLASS (klass)->stop = weir_sink_file_stop;
  WEIR_STAGE_CLASS (klass)->alarm = weir_sink_file_alarm;
  klass->write_batch = weir_sink_file_write_batch;
  klass->drain = weir_sink_file_drain;
}

WEIR_DEFINE_SINK (WeirSinkFile, weir_sink_file, "sink.file",
                  "Appends records to a file, one a line",
                  "source.stdin ! sink.file path=out.ndjson.gz compress=gzip rotate-size=64MiB")
