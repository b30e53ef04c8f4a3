/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "flow-fixture.h"
#include "graph/weir-plan-private.h"
#include "net/weir-connect-sink-private.h"
#include "peer.h"

#define MS     G_GINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)

typedef struct
{
  WeirSink parent;

  WeirConnectSink connect;
} FlowConnect;

typedef WeirSinkClass FlowConnectClass;

static GType flow_connect_get_type (void);
G_DEFINE_FINAL_TYPE (FlowConnect, flow_connect, WEIR_TYPE_SINK)

static const WeirOption options[] = {
  WEIR_CONNECT_SINK_OPTIONS (FlowConnect, connect, "The peer"),
};

static void
flow_connect_class_init (FlowConnectClass *klass)
{
  weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), options, G_N_ELEMENTS (options));
  weir_connect_sink_class_init (WEIR_STAGE_CLASS (klass), G_STRUCT_OFFSET (FlowConnect, connect),
                                WEIR_CONNECT_TCP);
}

static void
flow_connect_init (FlowConnect *sink)
{
}

/* A sink behind a queue that stays open until the test closes it. */
typedef struct
{
  FlowFixture *flow;
  FlowConnect *sink;
  WeirSegment *segment;
  GSocket *peer;
  GSocket *accepted;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->flow = flow_fixture_new ();
  fixture->sink = g_object_new (flow_connect_get_type (), NULL);
  fixture->segment = flow_fixture_add_segment (fixture->flow, 8, fixture->sink, NULL);
  weir_queue_add_writer (fixture->segment->input, fixture->segment);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  WeirStage *stage = WEIR_STAGE (fixture->sink);

  WEIR_STAGE_GET_CLASS (stage)->stop (stage);
  g_clear_object (&fixture->accepted);
  g_clear_object (&fixture->peer);
  flow_fixture_free (fixture->flow);
}

static const WeirNode *
get_node (Fixture *fixture)
{
  return flow_fixture_node (fixture->flow, fixture->sink);
}

static const WeirConnectState *
get_state (Fixture *fixture)
{
  return fixture->sink->connect.state;
}

/* Starts the sink on that peer, and waits until there is an answer from it. */
static void
start (Fixture *fixture, GSocket *peer)
{
  WeirStage *stage = WEIR_STAGE (fixture->sink);

  fixture->peer = peer;
  fixture->sink->connect.connect = g_strdup_printf ("127.0.0.1:%u", peer_get_port (peer));
  g_assert_true (WEIR_STAGE_GET_CLASS (stage)->start (stage, NULL));
  flow_fixture_attach (fixture->flow);
  flow_fixture_settle (fixture->flow);
  while (get_state (fixture)->pool->n_up == 0 && get_state (fixture)->pool->trouble == NULL)
    g_main_context_iteration (fixture->flow->context, TRUE);
}

static void
start_connected (Fixture *fixture)
{
  start (fixture, peer_listen (0));
  fixture->accepted = peer_accept (fixture->peer);
}

static void
put (Fixture *fixture, const char *words)
{
  flow_fixture_put (fixture->flow, fixture->segment, words);
  weir_executor_notify (fixture->flow->executor, fixture->segment);
  flow_fixture_settle (fixture->flow);
}

static void
close_input (Fixture *fixture)
{
  weir_queue_close (fixture->segment->input);
  weir_executor_notify (fixture->flow->executor, fixture->segment);
  flow_fixture_settle (fixture->flow);
}

static void
turn_clock (Fixture *fixture, gint64 nanoseconds)
{
  flow_fixture_advance (fixture->flow, nanoseconds);
  flow_fixture_settle (fixture->flow);
}

#define assert_came(fixture, expected)                                                             \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *came = peer_read ((fixture)->accepted);                                       \
    g_assert_cmpstr (came, ==, expected);                                                          \
  }                                                                                                \
  G_STMT_END

/* Tests -------------------------------------------------------------------------------------- */

static void
test_records_are_written_at_once (Fixture *fixture, gconstpointer data)
{
  start_connected (fixture);
  put (fixture, "a b");
  assert_came (fixture, "a\nb\n");
  g_assert_cmpuint (get_node (fixture)->ledger.out, ==, 2);
  g_assert_cmpuint (weir_sink_get_bytes (WEIR_SINK (fixture->sink)), ==, 4);
  close_input (fixture);
  g_assert_true (fixture->flow->finished);
  flow_fixture_assert_balanced (fixture->flow);
}

static void
test_records_may_wait_for_others (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.flush_interval = SECOND;
  start_connected (fixture);
  put (fixture, "a");
  turn_clock (fixture, SECOND - 1);
  put (fixture, "b");
  assert_came (fixture, "");
  g_assert_cmpuint (get_node (fixture)->ledger.in_flight, ==, 2);
  turn_clock (fixture, 1);
  assert_came (fixture, "a\nb\n");
  put (fixture, "c");
  turn_clock (fixture, SECOND - 1);
  assert_came (fixture, "");
  close_input (fixture);
  assert_came (fixture, "c\n");
}

static void
test_enough_records_wait_no_longer (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.flush_interval = SECOND;
  fixture->sink->connect.batch_size = 3;
  start_connected (fixture);
  put (fixture, "a b");
  assert_came (fixture, "");
  put (fixture, "c d");
  assert_came (fixture, "a\nb\nc\nd\n");
}

static void
test_a_record_does_not_wait_into_its_deadline (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.flush_interval = SECOND;
  fixture->flow->flow->deadline = 100 * MS;
  start_connected (fixture);
  put (fixture, "a");
  turn_clock (fixture, 75 * MS - 1);
  assert_came (fixture, "");
  turn_clock (fixture, 1);
  assert_came (fixture, "a\n");
  g_assert_cmpuint (fixture->flow->flow->met, ==, 1);
}

static void
test_what_there_is_no_room_for_holds_back_the_stream (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.buffer = 8;
  start (fixture, peer_refuse ());
  put (fixture, "a bcd");
  put (fixture, "e f");
  put (fixture, "g");
  g_assert_cmpuint (get_state (fixture)->n_held, ==, 2);
  g_assert_true (get_node (fixture)->full);
  g_assert_cmpuint (fixture->segment->input->n_records, ==, 1);
  flow_fixture_assert_balanced (fixture->flow);
}

static void
test_at_the_end_it_waits_so_long_for_its_peer (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.drain_timeout = SECOND;
  fixture->sink->connect.retry_delay = 1000 * SECOND;
  start (fixture, peer_refuse ());
  put (fixture, "a b");
  turn_clock (fixture, 20 * SECOND);
  close_input (fixture);
  turn_clock (fixture, SECOND - 1);
  g_assert_cmpuint (fixture->flow->n_broken, ==, 0);
  turn_clock (fixture, 1);
  g_assert_cmpuint (fixture->flow->n_broken, ==, 1);
  g_assert_nonnull (strstr (fixture->flow->error->message, "; 2 records were not written"));
  g_assert_cmpuint (get_node (fixture)->ledger.failed, ==, 2);
  g_assert_true (fixture->flow->finished);
}

static void
test_a_stop_has_the_same_limit (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.drain_timeout = SECOND;
  fixture->sink->connect.retry_delay = 1000 * SECOND;
  start (fixture, peer_refuse ());
  put (fixture, "a");
  weir_executor_stop (fixture->flow->executor);
  flow_fixture_settle (fixture->flow);
  turn_clock (fixture, SECOND);
  g_assert_cmpuint (get_node (fixture)->ledger.failed, ==, 1);
}

static void
test_records_fail_when_the_peer_stays_away (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.retry_for = 3 * SECOND;
  fixture->sink->connect.retry_delay = 1000 * SECOND;
  start (fixture, peer_refuse ());
  turn_clock (fixture, 20 * SECOND);
  put (fixture, "a");
  turn_clock (fixture, 2 * SECOND);
  put (fixture, "b");
  turn_clock (fixture, SECOND - 1);
  g_assert_cmpuint (get_node (fixture)->ledger.failed, ==, 0);
  turn_clock (fixture, 1);
  g_assert_cmpuint (get_node (fixture)->ledger.failed, ==, 2);
}

/* Until the other end knows. */
static void
hang_up (GSocket *socket)
{
  int fd = g_socket_get_fd (socket);
  struct tcp_info info = { 0 };
  socklen_t size = sizeof info;

  g_socket_shutdown (socket, FALSE, TRUE, NULL);
  while (info.tcpi_state != TCP_FIN_WAIT2)
    g_assert_cmpint (getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &size), ==, 0);
}

/* A peer that takes one connection, and is gone before the sink sees that. */
static void
come_and_go (Fixture *fixture)
{
  const WeirConnectionPool *pool = get_state (fixture)->pool;

  flow_fixture_advance (fixture->flow, 400 * MS);
  while (!weir_connector_is_busy (pool->lanes[0].connector))
    g_main_context_iteration (fixture->flow->context, TRUE);
  g_clear_object (&fixture->accepted);
  fixture->accepted = peer_accept (fixture->peer);
  hang_up (fixture->accepted);
  while (weir_connector_is_busy (pool->lanes[0].connector))
    g_main_context_iteration (fixture->flow->context, TRUE);
}

static void
test_a_peer_that_comes_and_goes_is_not_there (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.retry_for = SECOND;
  fixture->sink->connect.retry_delay = MS;
  start (fixture, peer_refuse ());
  put (fixture, "a");
  g_assert_true (g_socket_listen (fixture->peer, NULL));
  come_and_go (fixture);
  come_and_go (fixture);
  g_assert_cmpuint (get_node (fixture)->ledger.failed, ==, 0);
  turn_clock (fixture, 200 * MS);
  g_assert_cmpuint (get_node (fixture)->ledger.out, ==, 0);
  g_assert_cmpuint (get_node (fixture)->ledger.failed, ==, 1);
}

static void
test_the_first_record_is_not_given_to_a_peer_that_has_gone (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.retry_delay = 1000 * SECOND;
  start_connected (fixture);
  hang_up (fixture->accepted);
  put (fixture, "a");
  g_assert_cmpuint (get_state (fixture)->pool->n_up, ==, 0);
  g_assert_cmpuint (get_node (fixture)->ledger.out, ==, 0);
  g_assert_cmpuint (get_state (fixture)->n_held, ==, 1);
}

/* More than the kernel takes for a peer that does not read. */
static void
fill_kernel (Fixture *fixture)
{
  g_autofree char *word = g_strnfill (4 << 20, 'x');

  put (fixture, word);
  while (!get_state (fixture)->writers[0].blocked)
    put (fixture, word);
}

static void
test_a_peer_that_takes_nothing_is_left (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.write_timeout = SECOND;
  fixture->sink->connect.retry_delay = 1000 * SECOND;
  start_connected (fixture);
  fill_kernel (fixture);
  turn_clock (fixture, SECOND - 1);
  g_assert_cmpuint (get_state (fixture)->pool->n_up, ==, 1);
  turn_clock (fixture, 1);
  g_assert_cmpuint (get_state (fixture)->pool->n_up, ==, 0);
  g_assert_cmpuint (get_state (fixture)->writers[0].partial, ==, 0);
  g_assert_cmpuint (get_state (fixture)->waiting.length, >, 0);
  flow_fixture_assert_balanced (fixture->flow);
}

static gboolean
close_with_reset (GSocket *socket, GPollFD *other_end)
{
  struct linger linger = { .l_onoff = 1 };

  return setsockopt (g_socket_get_fd (socket), SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0
         && g_socket_close (socket, NULL) && g_poll (other_end, 1, -1) == 1;
}

static void
test_a_peer_that_takes_nothing_and_then_goes_is_left_once (Fixture *fixture, gconstpointer data)
{
  GPollFD end = { .events = G_IO_IN };

  fixture->sink->connect.write_timeout = SECOND;
  fixture->sink->connect.retry_delay = 1000 * SECOND;
  start_connected (fixture);
  fill_kernel (fixture);
  end.fd = weir_connection_get_fd (get_state (fixture)->pool->lanes[0].connection);
  g_assert_true (close_with_reset (fixture->accepted, &end));
  turn_clock (fixture, SECOND);
  g_assert_cmpuint (get_state (fixture)->pool->n_up, ==, 0);
  g_assert_false (get_state (fixture)->writers[0].blocked);
  g_assert_cmpuint (get_state (fixture)->waiting.length, >, 0);
}

static void
test_a_peer_that_takes_something_at_the_last_moment_stays (Fixture *fixture, gconstpointer data)
{
  static char bytes[64 * 1024];

  fixture->sink->connect.write_timeout = SECOND;
  start_connected (fixture);
  fill_kernel (fixture);
  while (g_socket_receive_with_blocking (fixture->accepted, bytes, sizeof bytes, FALSE, NULL, NULL)
         > 0)
    ;
  turn_clock (fixture, SECOND);
  g_assert_cmpuint (get_state (fixture)->pool->n_up, ==, 1);
  g_assert_cmpint (get_state (fixture)->writers[0].last_write, ==,
                   weir_clock_get_time (fixture->flow->clock));
}

/* Words that do not compress. */
static void
put_noise (Fixture *fixture, gsize size)
{
  g_autoptr (GRand) noise = g_rand_new_with_seed (3);
  g_autofree char *word = g_malloc0 (size + 1);

  for (gsize i = 0; i < size; i++)
    word[i] = (char)g_rand_int_range (noise, '0', 'z');
  put (fixture, word);
}

static void
test_what_was_compressed_counts_as_held (Fixture *fixture, gconstpointer data)
{
  const WeirConnectWriter *writer;

  fixture->sink->connect.compress = WEIR_COMPRESS_GZIP;
  start_connected (fixture);
  writer = get_state (fixture)->writers;
  while (!writer->blocked)
    put_noise (fixture, 4 << 20);
  g_assert_cmpuint (writer->out->len, >, 2 << 20);
  g_assert_cmpuint (get_state (fixture)->n_bytes, >=, (4 << 20) + writer->out->len);
  weir_lane_lose (writer->lane, "lost", 0);
  close_input (fixture);
  g_assert_cmpuint (get_state (fixture)->n_bytes, <, 5 << 20);
}

static guint n_warnings;

static GLogWriterOutput
count_warning (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  if (level != G_LOG_LEVEL_WARNING)
    return g_log_writer_default (level, fields, n_fields, data);
  n_warnings++;
  return G_LOG_WRITER_HANDLED;
}

/* A peer with a compressed stream, which takes nothing from now on. */
static void
start_compressed_and_stuffed (Fixture *fixture)
{
  static const char bytes[64 * 1024];
  int fd;

  fixture->sink->connect.compress = WEIR_COMPRESS_GZIP;
  start_connected (fixture);
  put (fixture, "a");
  g_assert_cmpuint (get_node (fixture)->ledger.out, ==, 1);
  fd = weir_connection_get_fd (get_state (fixture)->pool->lanes[0].connection);
  while (send (fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
    ;
  turn_clock (fixture, 20 * SECOND);
}

static void
test_the_end_of_a_stream_waits_so_long_for_its_peer (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.drain_timeout = SECOND;
  start_compressed_and_stuffed (fixture);
  close_input (fixture);
  turn_clock (fixture, SECOND - 1);
  g_assert_false (fixture->flow->finished);
  g_assert_cmpuint (n_warnings, ==, 0);
  turn_clock (fixture, 1);
  g_assert_true (fixture->flow->finished);
  g_assert_cmpuint (fixture->flow->n_broken, ==, 0);
  g_assert_cmpuint (n_warnings, ==, 1);
}

static void
test_the_end_of_a_stream_has_the_whole_write_timeout (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.drain_timeout = 10 * SECOND;
  fixture->sink->connect.write_timeout = SECOND;
  start_compressed_and_stuffed (fixture);
  close_input (fixture);
  turn_clock (fixture, SECOND - 1);
  g_assert_cmpuint (get_state (fixture)->pool->n_up, ==, 1);
  turn_clock (fixture, 1);
  g_assert_cmpuint (get_state (fixture)->pool->n_up, ==, 0);
  g_assert_true (fixture->flow->finished);
}

static void
assert_first_line_is_whole (Fixture *fixture)
{
  g_autofree char *line = g_malloc0 ((4 << 20) + 2);
  gsize n = 0;

  while (n < (4 << 20) + 1)
    {
      gssize more = g_socket_receive_with_blocking (fixture->accepted, line + n, (4 << 20) + 1 - n,
                                                    FALSE, NULL, NULL);

      n += more > 0 ? more : 0;
      flow_fixture_settle (fixture->flow);
    }
  g_assert_cmpuint (strspn (line, "x"), ==, 4 << 20);
  g_assert_cmpint (line[4 << 20], ==, '\n');
}

static void
test_what_was_cut_is_written_again_whole (Fixture *fixture, gconstpointer data)
{
  fixture->sink->connect.write_timeout = SECOND;
  fixture->sink->connect.retry_delay = MS;
  start_connected (fixture);
  put (fixture, "a");
  assert_came (fixture, "a\n");
  fill_kernel (fixture);
  g_assert_cmpuint (get_state (fixture)->writers[0].partial, >, 0);
  turn_clock (fixture, SECOND);
  g_clear_object (&fixture->accepted);
  turn_clock (fixture, SECOND);
  while (get_state (fixture)->pool->n_up == 0)
    g_main_context_iteration (fixture->flow->context, TRUE);
  fixture->accepted = peer_accept (fixture->peer);
  assert_first_line_is_whole (fixture);
}

/* A hand-over to another thread costs more than the write. */
static void
test_it_runs_in_the_segment_of_what_it_reads (void)
{
  static const char text[] = "{\"stages\":[{\"type\":\"source.flow\"},"
                             "{\"type\":\"sink.connect\",\"connect\":\"localhost:9\"}]}";
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirGraph) graph = NULL;
  g_autoptr (WeirPlan) plan = NULL;

  weir_registry_add ("source.flow", flow_source_get_type (), &error);
  weir_registry_add ("sink.connect", flow_connect_get_type (), &error);
  g_assert_no_error (error);
  graph = weir_graph_new_from_text ("test", text, -1, NULL, &error);
  g_assert_no_error (error);
  plan = weir_plan_new (graph, 4);
  g_assert_cmpuint (plan->segments->len, ==, 1);
}

#define ADD(name, func) g_test_add ("/connect-sink/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (count_warning, NULL, NULL);
  ADD ("records are written at once", test_records_are_written_at_once);
  ADD ("records may wait for others", test_records_may_wait_for_others);
  ADD ("enough records wait no longer", test_enough_records_wait_no_longer);
  ADD ("a record does not wait into its deadline", test_a_record_does_not_wait_into_its_deadline);
  ADD ("what there is no room for holds back the stream",
       test_what_there_is_no_room_for_holds_back_the_stream);
  ADD ("at the end it waits so long for its peer", test_at_the_end_it_waits_so_long_for_its_peer);
  ADD ("a stop has the same limit", test_a_stop_has_the_same_limit);
  ADD ("records fail when the peer stays away", test_records_fail_when_the_peer_stays_away);
  ADD ("a peer that comes and goes is not there", test_a_peer_that_comes_and_goes_is_not_there);
  ADD ("the first record is not given to a peer that has gone",
       test_the_first_record_is_not_given_to_a_peer_that_has_gone);
  ADD ("a peer that takes nothing is left", test_a_peer_that_takes_nothing_is_left);
  ADD ("a peer that takes nothing and then goes is left once",
       test_a_peer_that_takes_nothing_and_then_goes_is_left_once);
  ADD ("a peer that takes something at the last moment stays",
       test_a_peer_that_takes_something_at_the_last_moment_stays);
  ADD ("what was compressed counts as held", test_what_was_compressed_counts_as_held);
  ADD ("the end of a stream waits so long for its peer",
       test_the_end_of_a_stream_waits_so_long_for_its_peer);
  ADD ("the end of a stream has the whole write-timeout",
       test_the_end_of_a_stream_has_the_whole_write_timeout);
  ADD ("what was cut is written again, whole", test_what_was_cut_is_written_again_whole);
  g_test_add_func ("/connect-sink/it runs in the segment of what it reads",
                   test_it_runs_in_the_segment_of_what_it_reads);
  return g_test_run ();
}
