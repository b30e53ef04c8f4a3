/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <weir/weir-error.h>
#include <weir/weir-fd-writer.h>

#include "base/weir-emitter-private.h"
#include "stage/weir-stage-private.h"

#define TEST_TYPE_SINK (test_sink_get_type ())
G_DECLARE_FINAL_TYPE (TestSink, test_sink, TEST, SINK, WeirSink)

struct _TestSink
{
  WeirSink parent;
};

G_DEFINE_FINAL_TYPE (TestSink, test_sink, WEIR_TYPE_SINK)

static void
test_sink_class_init (TestSinkClass *klass)
{
}

static void
test_sink_init (TestSink *sink)
{
}

typedef struct
{
  WeirBufferPool *pool;
  WeirEmitter *emitter;
  WeirBatch *batch;
  WeirSink *sink;
  GString *expected; /* what the batch is as lines */
  guint n_waits;
} Fixture;

static void
count_wait (gpointer fixture, WeirStage *stage, int fd, GIOCondition condition)
{
  g_assert_cmpint (condition, ==, G_IO_OUT);
  ((Fixture *)fixture)->n_waits++;
}

static const WeirStageHost host = { .wait_fd = count_wait };

/* Half of the records lie one behind the other as they were read, half stand alone. */
static Fixture *
fixture_new (guint n_records)
{
  Fixture *fixture = g_new0 (Fixture, 1);
  g_autoptr (WeirBuffer) buffer = NULL;
  char *end;

  fixture->pool = weir_buffer_pool_new (0);
  fixture->emitter = weir_emitter_new ();
  fixture->batch = weir_batch_new (fixture->pool);
  fixture->sink = g_object_new (TEST_TYPE_SINK, NULL);
  fixture->expected = g_string_new (NULL);
  weir_stage_attach (WEIR_STAGE (fixture->sink), "out", weir_clock_get_system (), &host, fixture);

  buffer = weir_buffer_new (fixture->pool, n_records * 400);
  end = buffer->data;
  weir_batch_take_buffer (fixture->batch, weir_buffer_ref (buffer));
  weir_emitter_open (fixture->emitter, fixture->batch, 0);
  for (guint i = 0; i < n_records; i++)
    {
      int length = sprintf (end, "{\"n\":%u,\"pad\":\"%0*u\"}", i, (int)(i % 300), 7);

      g_string_append_printf (fixture->expected, "%.*s\n", length, end);
      weir_emitter_append_slice (fixture->emitter, end, length, i);
      end += length;
      *end++ = i / 7 % 2 ? '\r' : '\n';
    }
  weir_emitter_close (fixture->emitter);
  return fixture;
}

static void
fixture_free (Fixture *fixture)
{
  weir_batch_free (fixture->batch);
  weir_emitter_unref (fixture->emitter);
  weir_buffer_pool_unref (fixture->pool);
  g_object_unref (fixture->sink);
  g_string_free (fixture->expected, TRUE);
  g_free (fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static void
read_some (int fd, gsize most, GString *seen)
{
  g_autofree char *bytes = g_malloc (most);
  gssize n = read (fd, bytes, most);

  g_assert_cmpint (n, >=, 0);
  g_string_append_len (seen, bytes, n);
}

/* How many bytes the accepted records have as lines. */
static gsize
accepted_bytes (Fixture *fixture)
{
  const char *end = fixture->expected->str;

  for (guint i = 0; i < weir_sink_get_accepted (fixture->sink); i++)
    end = strchr (end, '\n') + 1;

  return end - fixture->expected->str;
}

static void
write_slowly (Fixture *fixture, int write_fd, int read_fd)
{
  g_autoptr (WeirFdWriter) writer = weir_fd_writer_new (write_fd, "out");
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  WeirStageStatus status;

  while ((status = weir_fd_writer_write (writer, fixture->sink, fixture->batch, &error))
         == WEIR_STAGE_WAIT)
    {
      g_assert_cmpuint (weir_sink_get_bytes (fixture->sink), ==, accepted_bytes (fixture));
      read_some (read_fd, 5001, seen);
    }
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, WEIR_STAGE_DONE);
  g_assert_cmpuint (fixture->n_waits, >, 1);
  g_assert_cmpuint (weir_sink_get_bytes (fixture->sink), ==, fixture->expected->len);
  while (seen->len < fixture->expected->len)
    read_some (read_fd, 100000, seen);
  g_assert_true (g_string_equal (seen, fixture->expected));
}

static void
a_pipe_that_is_full_waits_and_goes_on_at_the_same_byte (void)
{
  g_autoptr (Fixture) fixture = fixture_new (2000);
  int fds[2];

  g_assert_cmpint (pipe (fds), ==, 0);
  write_slowly (fixture, fds[1], fds[0]);
  g_assert_cmpint (fcntl (fds[1], F_GETFL) & O_NONBLOCK, ==, 0);
  close (fds[0]);
  close (fds[1]);
}

static void
a_socket_that_is_full_waits_and_goes_on_at_the_same_byte (void)
{
  g_autoptr (Fixture) fixture = fixture_new (4000);
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  write_slowly (fixture, fds[1], fds[0]);
  g_assert_cmpint (fcntl (fds[1], F_GETFL) & O_NONBLOCK, ==, 0);
  close (fds[0]);
  close (fds[1]);
}

static void
assert_broken (Fixture *fixture, int fd, gint code, const char *message)
{
  g_autoptr (WeirFdWriter) writer = weir_fd_writer_new (fd, "out");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (weir_fd_writer_write (writer, fixture->sink, fixture->batch, &error), ==,
                   WEIR_STAGE_BROKEN);
  g_assert_error (error, WEIR_STAGE_ERROR, code);
  g_assert_cmpstr (error->message, ==, message);
}

static void
a_reader_that_went_away_is_an_error_and_not_a_signal (void)
{
  g_autoptr (Fixture) fixture = fixture_new (10);
  int fds[2];

  signal (SIGPIPE, SIG_DFL);
  g_assert_cmpint (pipe (fds), ==, 0);
  close (fds[0]);
  assert_broken (fixture, fds[1], WEIR_STAGE_ERROR_CLOSED, "out: Broken pipe");
  close (fds[1]);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  close (fds[0]);
  assert_broken (fixture, fds[1], WEIR_STAGE_ERROR_CLOSED, "out: Broken pipe");
  close (fds[1]);
  g_assert_cmpuint (weir_sink_get_accepted (fixture->sink), ==, 0);
}

static void
a_full_disk_accepts_nothing (void)
{
  g_autoptr (Fixture) fixture = fixture_new (10);
  int fd = open ("/dev/full", O_WRONLY);

  assert_broken (fixture, fd, WEIR_STAGE_ERROR_OUTPUT, "out: No space left on device");
  g_assert_cmpuint (weir_sink_get_accepted (fixture->sink), ==, 0);
  close (fd);
}

/* A limit on the size of files stands for a disk that fills up in the middle of a line. */
static void
write_up_to (Fixture *fixture, int fd, rlim_t size)
{
  struct rlimit before, limit;

  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &before);
  limit = before;
  limit.rlim_cur = size;
  setrlimit (RLIMIT_FSIZE, &limit);
  assert_broken (fixture, fd, WEIR_STAGE_ERROR_OUTPUT, "out: File too large");
  setrlimit (RLIMIT_FSIZE, &before);
}

static void
a_line_that_a_full_disk_tore_is_cut_off (void)
{
  g_autoptr (Fixture) fixture = fixture_new (100);
  g_autofree char *path = NULL;
  g_autofree char *content = NULL;
  gsize length;
  int fd = g_file_open_tmp ("weir-XXXXXX", &path, NULL);

  write_up_to (fixture, fd, 5000);
  close (fd);
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_cmpuint (length, >, 4500);
  g_assert_cmpuint (length, ==, accepted_bytes (fixture));
  g_assert_cmpuint (length, ==, weir_sink_get_bytes (fixture->sink));
  g_assert_true (strncmp (content, fixture->expected->str, length) == 0);
  unlink (path);
}

static void
lines_are_written_up_to_a_position_without_being_accepted (void)
{
  g_autoptr (Fixture) fixture = fixture_new (10);
  g_autoptr (GString) seen = g_string_new (NULL);
  guint position = 2;
  guint64 n_bytes = 0;
  int fds[2];

  g_assert_cmpint (pipe (fds), ==, 0);
  WeirFdWriter *writer = weir_fd_writer_new (fds[1], "out");
  weir_fd_writer_write_lines (writer, fixture->sink, fixture->batch, 4, &position, &n_bytes, NULL);
  weir_fd_writer_free (writer);
  read_some (fds[0], 1000, seen);
  g_assert_cmpstr (seen->str, ==, "{\"n\":2,\"pad\":\"07\"}\n{\"n\":3,\"pad\":\"007\"}\n");
  g_assert_cmpuint (n_bytes, ==, seen->len);
  g_assert_cmpuint (position, ==, 4);
  g_assert_cmpuint (weir_sink_get_accepted (fixture->sink), ==, 0);
  close (fds[0]);
  close (fds[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(test) g_test_add_func ("/fd-writer/" #test, test)
  ADD (a_pipe_that_is_full_waits_and_goes_on_at_the_same_byte);
  ADD (a_socket_that_is_full_waits_and_goes_on_at_the_same_byte);
  ADD (a_reader_that_went_away_is_an_error_and_not_a_signal);
  ADD (a_full_disk_accepts_nothing);
  ADD (a_line_that_a_full_disk_tore_is_cut_off);
  ADD (lines_are_written_up_to_a_position_without_being_accepted);

  return g_test_run ();
}
