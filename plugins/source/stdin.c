/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source.stdin: reads records from standard input, one a line.
 *
 * The deadline of a record runs from when it was read. Blank lines are no records; a byte-order
 * mark and a CR before the newline are not content. A record over `max-record` fails alone. When
 * the run is stopped, a line that has not ended yet is a failed record, because it cannot be read
 * again.
 *
 *   source.stdin check=full ! filter.match where='.status >= 500' ! sink.stdout
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <weir/weir-plugin.h>

#define PIPE_SIZE (1024 * 1024)

typedef struct
{
  WeirSource parent;

  guint64 max_record; /* options */
  guint check;

  WeirLineReader *reader;
} WeirSourceStdin;

static const char *const checks[] = { "fields", "full", NULL };

static const WeirOption options[] = {
  WEIR_OPTION_SIZE ("max-record", WeirSourceStdin, max_record, 1, 1 << 30, "1MiB",
                    "Longer records fail, and reading goes on"),
  WEIR_OPTION_ENUM ("check", WeirSourceStdin, check, checks, "fields",
                    "What is checked: records whose fields are read, or the full grammar of each"),
};

/* The descriptor is shared with other processes, so it stays blocking and is asked before. */
static gssize
read_stdin (gpointer input, char *buffer, gsize size, GError **error)
{
  struct pollfd ask = { .fd = STDIN_FILENO, .events = POLLIN };
  gssize n;

  do
    n = poll (&ask, 1, 0) <= 0 ? -1 : read (STDIN_FILENO, buffer, size);
  while (n < 0 && ask.revents != 0 && errno == EINTR);

  if (n >= 0)
    return n;

  if (ask.revents == 0 || errno == EAGAIN)
    {
      weir_stage_wait_fd (WEIR_STAGE (input), STDIN_FILENO, G_IO_IN);
      return -1;
    }

  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT, "standard input: %s",
               g_strerror (errno));
  return -2;
}

static WeirSourceStatus
weir_source_stdin_fill (WeirSource *source, WeirEmitter *out, GError **error)
{
  WeirSourceStdin *self = (WeirSourceStdin *)source;

  if (weir_source_is_halting (source))
    return weir_line_reader_halt (self->reader, out);

  return weir_line_reader_fill (self->reader, out, read_stdin, self, error);
}

static gboolean
weir_source_stdin_start (WeirStage *stage, GError **error)
{
  WeirSourceStdin *self = (WeirSourceStdin *)stage;
  int pipe_size = fcntl (STDIN_FILENO, F_GETPIPE_SZ);

  /* Fewer, larger reads; where the system does not allow it the pipe stays as it is. */
  if (pipe_size >= 0 && pipe_size < PIPE_SIZE)
    (void)fcntl (STDIN_FILENO, F_SETPIPE_SZ, PIPE_SIZE);

  self->reader = weir_line_reader_new (self->max_record, self->check);
  return TRUE;
}

static void
weir_source_stdin_stop (WeirStage *stage)
{
  g_clear_pointer (&((WeirSourceStdin *)stage)->reader, weir_line_reader_free);
}

static void
weir_source_stdin_class_init (WeirSourceClass *klass)
{
  WEIR_STAGE_CLASS (klass)->start = weir_source_stdin_start;
  WEIR_STAGE_CLASS (klass)->stop = weir_source_stdin_stop;
  klass->fill = weir_source_stdin_fill;
}

WEIR_DEFINE_SOURCE (WeirSourceStdin, weir_source_stdin, "source.stdin",
                    "Reads records from standard input, one a line",
                    "source.stdin check=full ! sink.stdout")
