/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-responder-private.h"

#include <string.h>

#include <weir/weir-clock.h>

#include "process/weir-channel-private.h"
#include "process/weir-frame-private.h"

#define FIRST_SIZE   ((gsize)64 * 1024)
#define NOT_ANSWERED "the worker gave no answer"

/**
 * WeirResponder:
 *
 * The worker's side of `transform.exec` and its kin, for the framings `frames` and `shared-memory`:
 * one program serves both. It takes one record at a time and answers it, in that order:
 *
 * |[<!-- language="Python" -->
 * worker = Weir.Responder.new_from_environment()
 * while (text := worker.read()) is not None:
 *     worker.reply(text.upper(), -1)
 * ]|
 *
 * Each record gets one answer: weir_responder_reply(), or any number of weir_responder_emit() and a
 * weir_responder_finish(), or weir_responder_fail(). A record without one when the next is read has
 * failed. The first read says that the worker is ready. Replies are gathered for a moment while
 * further records wait, so a quick worker wakes weir once for many. One thread at a time.
 */
struct _WeirResponder
{
  GObject parent;

  WeirWorkerWire *wire;
  char *input; /* requests: those before start are done with */
  gsize start;
  gsize end;
  gsize size;
  gint64 arrival; /* nanoseconds: of the last bytes in input */
  gboolean is_ready;

  gboolean open;    /* a record is to be answered */
  gboolean emitted; /* it has an output already */
  guint64 id;
  guint32 deadline; /* milliseconds after arrival */
  char *text;       /* in input; the byte behind it is a NUL */
  gsize length;
  char covered; /* by that NUL */
};

G_DEFINE_FINAL_TYPE (WeirResponder, weir_responder, G_TYPE_OBJECT)

static gint64
get_time (void)
{
  return weir_clock_get_time (weir_clock_get_system ());
}

static void
weir_responder_finalize (GObject *object)
{
  WeirResponder *responder = WEIR_RESPONDER (object);

  g_clear_pointer (&responder->wire, weir_worker_wire_free);
  g_free (responder->input);
  G_OBJECT_CLASS (weir_responder_parent_class)->finalize (object);
}

static void
weir_responder_class_init (WeirResponderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weir_responder_finalize;
}

static void
weir_responder_init (WeirResponder *responder)
{
  responder->size = FIRST_SIZE;
  responder->input = g_malloc (FIRST_SIZE + 1);
}

WeirResponder *
weir_responder_new_for_wire (WeirWorkerWire *wire)
{
  WeirResponder *responder = g_object_new (WEIR_TYPE_RESPONDER, NULL);

  responder->wire = wire;
  return responder;
}

/**
 * weir_responder_new_from_environment:
 * @error: return location of an error of %G_IO_ERROR
 *
 * Makes the worker's side of whatever weir started this program with: the rings that the
 * environment variable `WEIR_RING` names, else frames on standard input and output. In the latter
 * case descriptor 1 then leads to standard error, so that what the program prints is no reply.
 *
 * Returns: (transfer full): a responder, or %NULL with @error set
 */
WeirResponder *
weir_responder_new_from_environment (GError **error)
{
  WeirWorkerWire *wire = weir_worker_wire_new_from_environment (error);

  return wire == NULL ? NULL : weir_responder_new_for_wire (wire);
}

static void
write_frame (WeirResponder *responder, WeirReplyKind kind, const char *text, gsize length)
{
  char head[WEIR_FRAME_HEAD];

  weir_frame_put_head (head, responder->id, kind, length);
  weir_worker_wire_write (responder->wire, head, sizeof head);
  weir_worker_wire_write (responder->wire, text, length);
}

static void
say_ready (WeirResponder *responder)
{
  responder->is_ready = TRUE;
  responder->id = 0;
  write_frame (responder, WEIR_REPLY_READY, "", 0);
}

static void
close_record (WeirResponder *responder)
{
  responder->open = FALSE;
  weir_worker_wire_mark (responder->wire, get_time ());
}

/* Makes room for @needed bytes from start on. */
static void
make_room (WeirResponder *responder, gsize needed)
{
  gsize rest = responder->end - responder->start;

  memmove (responder->input, responder->input + responder->start, rest);
  responder->start = 0;
  responder->end = rest;
  if (needed <= responder->size)
    return;
  responder->size = needed;
  responder->input = g_realloc (responder->input, needed + 1);
}

/* Reads until @needed bytes are there. FALSE: the end or an error. */
static gboolean
fill (WeirResponder *responder, gsize needed, GError **error)
{
  if (responder->end - responder->start >= needed)
    return TRUE;
  if (responder->size - responder->start < needed || responder->start == responder->end)
    make_room (responder, needed);
  while (responder->end - responder->start < needed)
    {
      gssize n = weir_worker_wire_read (responder->wire, responder->input + responder->end,
                                        responder->size - responder->end, error);

      if (n > 0)
        responder->end += n;
      if (n == 0 && responder->end > responder->start)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "weir: half a record");
      if (n <= 0)
        return FALSE;
    }
  responder->arrival = get_time ();
  return TRUE;
}

/* What the last record left behind. */
static void
leave_record (WeirResponder *responder)
{
  if (responder->open)
    weir_responder_fail (responder, NOT_ANSWERED);
  if (responder->text != NULL)
    responder->text[responder->length] = responder->covered;
  responder->text = NULL;
  responder->length = 0;
}

static gboolean
take_head (WeirResponder *responder, WeirFrameHead *head, GError **error)
{
  if (!fill (responder, WEIR_FRAME_HEAD, error))
    return FALSE;
  *head = weir_frame_get_head (responder->input + responder->start);
  if (head->length >= WEIR_FRAME_MIN && head->length <= WEIR_FRAME_MAX)
    return fill (responder, WEIR_FRAME_HEAD - WEIR_FRAME_MIN + (gsize)head->length, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "weir: a record of an impossible length");
  return FALSE;
}

/**
 * weir_responder_read:
 * @responder: a responder
 * @error: return location of an error of %G_IO_ERROR
 *
 * Waits for the next record. Its text may hold any bytes; weir_responder_get_length() tells how
 * many, and a NUL stands behind them. It is valid until the next read. A binding that wants text in
 * UTF-8 fails on other text: there use weir_responder_read_bytes().
 *
 * Returns: (transfer none) (nullable): the record; %NULL at the end of the input, or with @error
 * set
 */
const char *
weir_responder_read (WeirResponder *responder, GError **error)
{
  WeirFrameHead head;

  g_return_val_if_fail (WEIR_IS_RESPONDER (responder), NULL);

  leave_record (responder);
  if (!responder->is_ready)
    say_ready (responder);
  if (!take_head (responder, &head, error))
    return NULL;

  responder->id = head.id;
  responder->deadline = head.info;
  responder->text = responder->input + responder->start + WEIR_FRAME_HEAD;
  responder->length = head.length - WEIR_FRAME_MIN;
  responder->covered = responder->text[responder->length];
  responder->text[responder->length] = '\0';
  responder->start += WEIR_FRAME_HEAD + responder->length;
  responder->open = TRUE;
  responder->emitted = FALSE;
  return responder->text;
}

/**
 * weir_responder_read_bytes:
 * @responder: a responder
 * @error: return location of an error of %G_IO_ERROR
 *
 * Like weir_responder_read(), for records that need not be text. The bytes are a copy.
 *
 * Returns: (transfer full) (nullable): the record; %NULL at the end of the input, or with @error
 * set
 */
GBytes *
weir_responder_read_bytes (WeirResponder *responder, GError **error)
{
  const char *text = weir_responder_read (responder, error);

  return text == NULL ? NULL : g_bytes_new (text, responder->length);
}

/**
 * weir_responder_get_length:
 * @responder: a responder
 *
 * Returns: bytes of the record that was read last; 0 at the end
 */
gsize
weir_responder_get_length (WeirResponder *responder)
{
  g_return_val_if_fail (WEIR_IS_RESPONDER (responder), 0);

  return responder->length;
}

/**
 * weir_responder_get_remaining:
 * @responder: a responder
 *
 * How long an answer to the record that was read last is still of use.
 *
 * Returns: nanoseconds until the deadline, not negative; %G_MAXINT64 when it has none
 */
gint64
weir_responder_get_remaining (WeirResponder *responder)
{
  g_return_val_if_fail (WEIR_IS_RESPONDER (responder), G_MAXINT64);

  if (!responder->open || responder->deadline == WEIR_FRAME_NO_DEADLINE)
    return G_MAXINT64;

  gint64 remaining = responder->arrival + (gint64)responder->deadline * 1000000 - get_time ();
  return MAX (remaining, 0);
}

static gboolean
check_length (gsize length)
{
  return length <= WEIR_FRAME_MAX - WEIR_FRAME_MIN;
}

static void
reply (WeirResponder *responder, const char *text, gsize length)
{
  if (responder->emitted)
    {
      write_frame (responder, WEIR_REPLY_MORE, text, length);
      write_frame (responder, WEIR_REPLY_END, "", 0);
    }
  else
    write_frame (responder, WEIR_REPLY_ONLY, text, length);
  close_record (responder);
}

/**
 * weir_responder_reply:
 * @responder: a responder that has read a record
 * @text: the output
 * @length: bytes of @text, up to 1 GiB; or -1 when @text ends with NUL
 *
 * Answers the record with one output, the last one if others were emitted.
 */
void
weir_responder_reply (WeirResponder *responder, const char *text, gssize length)
{
  gsize n = length < 0 && text != NULL ? strlen (text) : (gsize)length;

  g_return_if_fail (WEIR_IS_RESPONDER (responder));
  g_return_if_fail (text != NULL && check_length (n));
  g_return_if_fail (responder->open);

  reply (responder, text, n);
}

/**
 * weir_responder_reply_bytes:
 * @responder: a responder that has read a record
 * @bytes: the output, up to 1 GiB
 *
 * Like weir_responder_reply(), for outputs that need not be text.
 */
void
weir_responder_reply_bytes (WeirResponder *responder, GBytes *bytes)
{
  gsize length;
  const char *text;

  g_return_if_fail (bytes != NULL);

  text = g_bytes_get_data (bytes, &length);
  weir_responder_reply (responder, text != NULL ? text : "", (gssize)length);
}

/**
 * weir_responder_emit:
 * @responder: a responder that has read a record
 * @text: an output
 * @length: bytes of @text, up to 1 GiB; or -1 when @text ends with NUL
 *
 * Gives one of several outputs. weir_responder_finish() or weir_responder_reply() must follow.
 */
void
weir_responder_emit (WeirResponder *responder, const char *text, gssize length)
{
  gsize n = length < 0 && text != NULL ? strlen (text) : (gsize)length;

  g_return_if_fail (WEIR_IS_RESPONDER (responder));
  g_return_if_fail (text != NULL && check_length (n));
  g_return_if_fail (responder->open);

  responder->emitted = TRUE;
  write_frame (responder, WEIR_REPLY_MORE, text, n);
  weir_worker_wire_mark (responder->wire, get_time ());
}

/**
 * weir_responder_finish:
 * @responder: a responder that has read a record
 *
 * Answers the record: it has no further output, or none at all.
 */
void
weir_responder_finish (WeirResponder *responder)
{
  g_return_if_fail (WEIR_IS_RESPONDER (responder));
  g_return_if_fail (responder->open);

  write_frame (responder, WEIR_REPLY_END, "", 0);
  close_record (responder);
}

/**
 * weir_responder_fail:
 * @responder: a responder that has read a record
 * @message: why
 *
 * Answers the record: it could not be processed. Weir writes it to the dead letters with @message.
 */
void
weir_responder_fail (WeirResponder *responder, const char *message)
{
  g_return_if_fail (WEIR_IS_RESPONDER (responder));
  g_return_if_fail (message != NULL && responder->open);

  write_frame (responder, WEIR_REPLY_ERROR, message, strlen (message));
  close_record (responder);
}
