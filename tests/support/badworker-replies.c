/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "badworker.h"

/* The info of a reply in frames. */
enum
{
  REPLY_ONLY,
  REPLY_MORE,
  REPLY_END,
  REPLY_ERROR,
  REPLY_READY,
};

static void
put_number (unsigned char *bytes, uint64_t number, int n_bytes)
{
  for (int i = 0; i < n_bytes; i++)
    bytes[i] = (unsigned char)(number >> (8 * i));
}

/* Half a message: the first half of its bytes. */
static void
put_bytes (const void *bytes, size_t length, bool half)
{
  fwrite (bytes, 1, half ? length / 2 : length, stdout);
}

static void
put_frame (uint32_t kind, uint64_t id, const char *text, size_t length, bool half)
{
  unsigned char head[FRAME_HEAD];

  put_number (head, FRAME_FIXED + length, 4);
  put_number (head + 4, id, 8);
  put_number (head + 12, kind, 4);
  put_bytes (head, sizeof head, false);
  put_bytes (text, length, half);
}

static void
flush (void)
{
  if (!worker.buffered)
    fflush (stdout);
}

static void
put (uint32_t kind, uint64_t id, const char *text, size_t length, bool half)
{
  if (worker.frames)
    put_frame (kind, id, text, length, half);
  else
    {
      put_bytes (text, length, half);
      if (!half)
        putchar ('\n');
    }
  flush ();
}

void
bad_put_text (const char *text)
{
  put (REPLY_ONLY, worker.id, text, strlen (text), false);
}

static void
step_reply (const char *argument)
{
  if (argument)
    bad_put_text (argument);
  else
    put (REPLY_ONLY, worker.id, worker.record, worker.length, false);
}

static void
step_half (const char *argument)
{
  put (REPLY_ONLY, worker.id, worker.record, worker.length, true);
  fflush (stdout);
}

static void
step_more (const char *argument)
{
  put (REPLY_MORE, worker.id, worker.record, worker.length, false);
}

static void
step_done (const char *argument)
{
  put (REPLY_END, worker.id, "", 0, false);
}

static void
step_error (const char *argument)
{
  const char *text = argument ? argument : "cannot";

  put (REPLY_ERROR, worker.id, text, strlen (text), false);
}

static void
step_ready (const char *argument)
{
  put (REPLY_READY, 0, "ready", 5, false);
}

static void
step_wrong_id (const char *argument)
{
  put (REPLY_ONLY, worker.id + 1000000, worker.record, worker.length, false);
}

static void
step_garbage (const char *argument)
{
  for (int i = 0; i < 64; i++)
    putchar (0x80 | (i * 37));
  putchar ('\n');
  flush ();
}

/* Surplus that comes with the reply, in one write. */
static void
step_twice (const char *argument)
{
  size_t room = 2 * (FRAME_HEAD + worker.length + 1);
  char *both = malloc (room);
  FILE *file = fmemopen (both, room, "w");
  FILE *out = stdout;

  stdout = file;
  step_reply (NULL);
  step_reply (NULL);
  fflush (file);
  stdout = out;
  fflush (stdout);
  if (write (STDOUT_FILENO, both, (size_t)ftell (file)) < 0)
    _exit (1);
  fclose (file);
  free (both);
}

static void
step_long (const char *argument)
{
  size_t length = (size_t)atol (argument);
  char *text = malloc (length);

  memset (text, 'x', length);
  put (REPLY_ONLY, worker.id, text, length, false);
  free (text);
}

static void
step_flush (const char *argument)
{
  fflush (stdout);
}

const BadStep bad_replies[] = {
  { "reply", step_reply }, /* :TEXT instead of the record */
  { "half", step_half },   /* of the reply */
  { "more", step_more },   /* an output; others follow */
  { "done", step_done },   /* no further output */
  { "error", step_error }, /* :TEXT */
  { "ready", step_ready },     { "wrong-id", step_wrong_id },
  { "garbage", step_garbage }, { "twice", step_twice }, /* two replies in one write */
  { "long", step_long },                                /* :BYTES */
  { "flush", step_flush },     { NULL, NULL },
};
