/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-process-pool-private.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <weir/weir-error.h>

#include "base/weir-batch-private.h"

#define SECOND   G_GINT64_CONSTANT (1000000000)
#define WATCHDOG (20 * G_USEC_PER_SEC)

typedef struct
{
  WeirBufferPool *buffers;
  WeirProcessPoolOptions options;
  WeirClock *clock;
  WeirProcessPool *pool;
  guint n_available;
  guint n_ended;
  guint n_hopeless;
  char *message;
  GString *granted; /* the data of who was granted a process, or a '!' when it was refused */
  WeirProcess *last;
} Fixture;

static void
on_available (WeirProcessPool *pool, gpointer data)
{
  ((Fixture *)data)->n_available++;
}

static void
on_io (WeirProcess *process, gpointer data)
{
}

static void
on_ended (WeirProcess *process, gpointer data)
{
  ((Fixture *)data)->n_ended++;
}

static void
on_hopeless (WeirProcessPool *pool, const GError *error, gpointer data)
{
  Fixture *fixture = data;

  fixture->n_hopeless++;
  g_free (fixture->message);
  fixture->message = g_strdup (error->message);
  g_assert_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_START);
}

static const WeirProcessPoolEvents events = {
  .available = on_available,
  .readable = on_io,
  .writable = on_io,
  .ended = on_ended,
  .hopeless = on_hopeless,
};

static void
fixture_init (Fixture *fixture, guint min, guint max)
{
  *fixture = (Fixture){ 0 };
  fixture->buffers = weir_buffer_pool_new (1 << 20);
  fixture->clock = weir_test_clock_new ();
  fixture->granted = g_string_new (NULL);
  fixture->options = (WeirProcessPoolOptions){
    .min = min,
    .max = max,
    .idle_timeout = 60 * SECOND,
    .restart_delay = SECOND / 10,
    .start_timeout = 10 * SECOND,
    .patience = SECOND,
    .channel = { .max_reply = 1 << 20, .buffers = fixture->buffers },
  };
}

static void
fixture_clear (Fixture *fixture)
{
  g_clear_pointer (&fixture->pool, weir_process_pool_free);
  g_object_unref (fixture->clock);
  weir_buffer_pool_unref (fixture->buffers);
  g_free (fixture->message);
  g_string_free (fixture->granted, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static WeirCommand *
make_command (const char *const *argv)
{
  WeirCommand *command = weir_command_new (argv);

  weir_command_seal (command);
  return command;
}

#define COMMAND(...) make_command ((const char *const[]){ __VA_ARGS__, NULL })

/* @command: taken over. */
static void
open_pool (Fixture *fixture, WeirCommand *command)
{
  g_autoptr (GError) error = NULL;

  fixture->pool = weir_process_pool_new (&fixture->options, command, fixture->clock, &events,
                                         fixture, &error);
  g_assert_no_error (error);
  weir_command_unref (command);
}

static void
turn (Fixture *fixture, gint64 nanoseconds)
{
  weir_test_clock_advance (WEIR_TEST_CLOCK (fixture->clock), nanoseconds);
}

/* Dispatches once when there is something to do, or after 10 ms. */
static void
step (Fixture *fixture)
{
  struct pollfd fd = { weir_process_pool_get_fd (fixture->pool), POLLIN, 0 };
  gboolean due
      = weir_process_pool_get_next_time (fixture->pool) <= weir_clock_get_time (fixture->clock);

  poll (&fd, 1, due ? 0 : 10);
  weir_process_pool_dispatch (fixture->pool);
}

static WeirProcessPoolStats
get_stats (Fixture *fixture)
{
  WeirProcessPoolStats stats;

  weir_process_pool_get_stats (fixture->pool, &stats);
  return stats;
}

#define run_until(fixture, condition)                                                              \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 give_up = g_get_monotonic_time () + WATCHDOG;                                           \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_assert_cmpint (g_get_monotonic_time (), <, give_up);                                     \
        step (fixture);                                                                            \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

static WeirProcess *
await_process (Fixture *fixture, WeirCommand *command)
{
  WeirProcess *process = NULL;

  run_until (fixture, (process = weir_process_pool_acquire (fixture->pool, command)) != NULL);
  return process;
}

static void
send_line (WeirProcess *process, const char *line)
{
  g_autofree char *padded = g_strconcat (line, "\n", NULL);
  WeirRequest request = { 1, WEIR_TIME_NEVER, padded, strlen (line) };

  weir_channel_send (process->channel, &request);
  g_assert_cmpint (weir_channel_flush (process->channel), ==, WEIR_CHANNEL_DONE);
}

/* A line goes to a process and comes back. */
static void
assert_echo (Fixture *fixture, WeirProcess *process, const char *line)
{
  WeirReply reply;

  send_line (process, line);
  run_until (fixture, weir_channel_receive (process->channel, &reply) == WEIR_CHANNEL_DONE);
  g_assert_cmpmem (reply.text, reply.length, line, strlen (line));
}

static void
test_the_least_are_ready_before_anybody_asks (void)
{
  g_auto (Fixture) fixture = { 0 };

  fixture_init (&fixture, 3, 4);
  open_pool (&fixture, COMMAND ("cat"));
  run_until (&fixture, get_stats (&fixture).n_idle == 3);
  g_assert_cmpuint (fixture.n_available, >, 0);
  for (guint i = 0; i < 3; i++)
    g_assert_nonnull (weir_process_pool_acquire (fixture.pool, NULL));
  g_assert_cmpuint (get_stats (&fixture).n_acquired, ==, 3);
}

static void
test_a_process_is_given_to_one_at_a_time (void)
{
  g_auto (Fixture) fixture = { 0 };
  WeirProcess *first, *second;

  fixture_init (&fixture, 0, 2);
  open_pool (&fixture, COMMAND ("cat"));
  first = await_process (&fixture, NULL);
  second = await_process (&fixture, NULL);
  g_assert_true (first != second);
  assert_echo (&fixture, first, "one");
  assert_echo (&fixture, second, "two");
  g_assert_null (weir_process_pool_acquire (fixture.pool, NULL));
  weir_process_pool_release (fixture.pool, first, 1);
  g_assert_true (weir_process_pool_acquire (fixture.pool, NULL) == first);
}

static void
test_who_asked_in_vain_is_told (void)
{
  g_auto (Fixture) fixture = { 0 };
  WeirProcess *process;

  fixture_init (&fixture, 0, 1);
  open_pool (&fixture, COMMAND ("cat"));
  process = await_process (&fixture, NULL);
  g_assert_null (weir_process_pool_acquire (fixture.pool, NULL));
  fixture.n_available = 0;
  weir_process_pool_release (fixture.pool, process, 1);
  g_assert_cmpint (weir_process_pool_get_next_time (fixture.pool), <=,
                   weir_clock_get_time (fixture.clock));
  weir_process_pool_dispatch (fixture.pool);
  g_assert_cmpuint (fixture.n_available, ==, 1);
  weir_process_pool_dispatch (fixture.pool);
  g_assert_cmpuint (fixture.n_available, ==, 1);
}

static void
test_a_missing_program_is_hopeless_and_named_once (void)
{
  g_auto (Fixture) fixture = { 0 };

  fixture_init (&fixture, 2, 4);
  open_pool (&fixture, COMMAND ("/no/such/program"));
  run_until (&fixture, fixture.n_hopeless > 0);
  g_assert_cmpstr (fixture.message, ==, "cannot start /no/such/program: No such file or directory");
  turn (&fixture, 100 * SECOND);
  run_until (&fixture, get_stats (&fixture).n_failed == 2);
  for (guint i = 0; i < 5; i++)
    step (&fixture);
  g_assert_cmpuint (fixture.n_hopeless, ==, 1);
  g_assert_cmpuint (get_stats (&fixture).n_processes, ==, 0);
  g_assert_cmpint (weir_process_pool_get_next_time (fixture.pool), ==, WEIR_TIME_NEVER);
}

/* Gone while its first process runs: nothing but a timer is left of it, and when it is back it
 * is found. */
static void
test_a_program_that_vanishes_is_tried_until_it_is_back (void)
{
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *folder = g_dir_make_tmp ("weir-pool-XXXXXX", NULL);
  g_autofree char *program = g_build_filename (folder, "worker", NULL);
  WeirProcess *process;

  g_assert_cmpint (symlink ("/bin/cat", program), ==, 0);
  fixture_init (&fixture, 1, 1);
  open_pool (&fixture, COMMAND (program));
  process = await_process (&fixture, NULL);
  g_assert_cmpint (g_unlink (program), ==, 0);
  weir_process_pool_discard (fixture.pool, process, "a test");
  for (guint i = 1; i <= 20; i++)
    {
      run_until (&fixture, get_stats (&fixture).n_processes == 0);
      turn (&fixture, 40 * SECOND);
      run_until (&fixture, get_stats (&fixture).n_failed >= i);
    }
  g_assert_cmpuint (get_stats (&fixture).n_failed, <=, 25);
  g_assert_cmpuint (fixture.n_hopeless, ==, 0);
  g_assert_cmpint (symlink ("/bin/cat", program), ==, 0);
  run_until (&fixture, (turn (&fixture, SECOND), get_stats (&fixture).n_idle == 1));
  assert_echo (&fixture, await_process (&fixture, NULL), "back");
  g_unlink (program);
  g_rmdir (folder);
}

/* Without time passing there is no second attempt after the jitter of the first crashes. */
static void
test_instant_ends_do_not_spin (void)
{
  g_auto (Fixture) fixture = { 0 };
  gint64 start;

  fixture_init (&fixture, 2, 2);
  open_pool (&fixture, COMMAND ("true"));
  run_until (&fixture, get_stats (&fixture).n_crashed >= 2);
  for (guint i = 0; i < 100; i++)
    weir_process_pool_dispatch (fixture.pool);
  g_assert_cmpuint (get_stats (&fixture).n_crashed, ==, 2);
  start = weir_clock_get_time (fixture.clock);
  run_until (&fixture, (turn (&fixture, SECOND / 2),
                        weir_clock_get_time (fixture.clock) > start + 120 * SECOND));
  g_assert_true (get_stats (&fixture).tripped);
  g_assert_cmpuint (get_stats (&fixture).n_crashed, <, 30);
  g_assert_cmpuint (fixture.n_hopeless, ==, 0);
}

static void
test_whoever_swallows_everything_is_quarantined (void)
{
  g_auto (Fixture) fixture = { 0 };
  guint n_started;

  fixture_init (&fixture, 4, 4);
  open_pool (&fixture, COMMAND ("cat"));
  run_until (&fixture, get_stats (&fixture).n_idle == 4);
  for (guint i = 0; i < 8; i++)
    {
      WeirProcess *process = NULL;

      run_until (&fixture,
                 (turn (&fixture, SECOND), process = weir_process_pool_acquire (fixture.pool, NULL))
                     != NULL);
      weir_process_pool_discard (fixture.pool, process, "it did not answer");
    }
  g_assert_true (get_stats (&fixture).tripped);
  n_started = get_stats (&fixture).n_started;
  run_until (&fixture, (turn (&fixture, SECOND), get_stats (&fixture).n_started > n_started));
  weir_process_pool_release (fixture.pool, await_process (&fixture, NULL), 1);
  g_assert_false (get_stats (&fixture).tripped);
  run_until (&fixture, get_stats (&fixture).n_idle == 4);
}

static void
test_an_idle_one_that_dies_is_replaced (void)
{
  g_auto (Fixture) fixture = { 0 };
  WeirProcess *process;
  pid_t pid;

  fixture_init (&fixture, 1, 1);
  open_pool (&fixture, COMMAND ("cat"));
  process = await_process (&fixture, NULL);
  pid = process->pid;
  weir_process_pool_release (fixture.pool, process, 1);
  kill (pid, SIGKILL);
  run_until (&fixture, get_stats (&fixture).n_crashed == 1);
  run_until (&fixture, (turn (&fixture, SECOND / 100), get_stats (&fixture).n_idle == 1));
  g_assert_cmpint (await_process (&fixture, NULL)->pid, !=, pid);
  g_assert_cmpuint (fixture.n_ended, ==, 0);
}

static void
test_one_that_is_done_is_replaced_without_delay (void)
{
  g_auto (Fixture) fixture = { 0 };

  fixture_init (&fixture, 1, 1);
  open_pool (&fixture, COMMAND ("sh", "-c", "read x; echo $x; read y; exit 0"));
  for (guint i = 0; i < 20; i++)
    {
      WeirProcess *process = await_process (&fixture, NULL);

      assert_echo (&fixture, process, "x");
      weir_process_pool_release (fixture.pool, process, 1);
      send_line (process, "that is all");
      run_until (&fixture, get_stats (&fixture).n_idle == 0);
    }
  run_until (&fixture, get_stats (&fixture).n_idle == 1);
  g_assert_cmpuint (get_stats (&fixture).n_crashed, ==, 0);
}

static void
test_a_drained_pool_empties_and_starts_nothing (void)
{
  g_auto (Fixture) fixture = { 0 };
  WeirProcess *process;

  fixture_init (&fixture, 2, 3);
  open_pool (&fixture, COMMAND ("cat"));
  process = await_process (&fixture, NULL);
  weir_process_pool_drain (fixture.pool);
  assert_echo (&fixture, process, "the last word");
  weir_process_pool_release (fixture.pool, process, 1);
  g_assert_null (weir_process_pool_acquire (fixture.pool, NULL));
  run_until (&fixture, weir_process_pool_is_empty (fixture.pool));
  step (&fixture);
  g_assert_true (weir_process_pool_is_empty (fixture.pool));
  g_assert_cmpuint (get_stats (&fixture).n_crashed, ==, 0);
}

static void
test_whoever_has_one_that_dies_is_told (void)
{
  g_auto (Fixture) fixture = { 0 };

  fixture_init (&fixture, 1, 1);
  open_pool (&fixture, COMMAND ("cat"));
  kill (await_process (&fixture, NULL)->pid, SIGKILL);
  run_until (&fixture, fixture.n_ended == 1);
  g_assert_cmpuint (get_stats (&fixture).n_acquired, ==, 0);
  g_assert_cmpuint (get_stats (&fixture).n_crashed, ==, 1);
}

static void
count_last_answer (WeirProcess *process, gpointer data)
{
  WeirReply reply;

  g_assert_cmpint (weir_channel_receive (process->channel, &reply), ==, WEIR_CHANNEL_DONE);
  weir_process_pool_add_uses (((Fixture *)data)->pool, process, 1);
  ((Fixture *)data)->n_ended++;
}

static void
test_answers_that_it_left_behind_count (void)
{
  g_auto (Fixture) fixture = { 0 };
  WeirProcessPoolEvents counting = events;
  g_autoptr (WeirCommand) command = COMMAND ("head", "-n1");

  fixture_init (&fixture, 1, 1);
  counting.ended = count_last_answer;
  fixture.pool
      = weir_process_pool_new (&fixture.options, command, fixture.clock, &counting, &fixture, NULL);
  send_line (await_process (&fixture, NULL), "x");
  run_until (&fixture, fixture.n_ended == 1);
  g_assert_cmpuint (get_stats (&fixture).n_crashed, ==, 0);
  run_until (&fixture, get_stats (&fixture).n_idle == 1);
}

static void
test_a_discarded_one_is_not_told_of (void)
{
  g_auto (Fixture) fixture = { 0 };

  fixture_init (&fixture, 1, 1);
  open_pool (&fixture, COMMAND ("cat"));
  weir_process_pool_discard (fixture.pool, await_process (&fixture, NULL), "a test");
  run_until (&fixture, (turn (&fixture, SECOND / 100), get_stats (&fixture).n_idle == 1));
  g_assert_cmpuint (fixture.n_ended, ==, 0);
  g_assert_cmpuint (get_stats (&fixture).n_crashed, ==, 1);
  g_assert_cmpuint (get_stats (&fixture).n_started, ==, 2);
}

static void
test_an_idle_one_that_speaks_unasked_is_ended (void)
{
  g_auto (Fixture) fixture = { 0 };
  WeirProcess *process;

  fixture_init (&fixture, 1, 1);
  open_pool (&fixture, COMMAND ("cat"));
  process = await_process (&fixture, NULL);
  weir_process_pool_release (fixture.pool, process, 1);
  send_line (process, "nobody waits for this");
  run_until (&fixture, get_stats (&fixture).n_crashed == 1);
  run_until (&fixture, (turn (&fixture, SECOND / 100), get_stats (&fixture).n_started == 2));
}

static void
test_nothing_is_given_out_before_it_is_ready (void)
{
  g_auto (Fixture) fixture = { 0 };

  fixture_init (&fixture, 1, 1);
  fixture.options.channel.waits_ready = TRUE;
  open_pool (&fixture, COMMAND ("sh", "-c", "kill -STOP $$; echo ready; cat"));
  for (guint i = 0; i < 5; i++)
    {
      step (&fixture);
      g_assert_null (weir_process_pool_acquire (fixture.pool, NULL));
    }
  turn (&fixture, 11 * SECOND);
  run_until (&fixture, get_stats (&fixture).n_crashed == 1);
}

static void
test_it_grows_with_the_demand_and_shrinks_on_time (void)
{
  g_auto (Fixture) fixture = { 0 };

  fixture_init (&fixture, 1, 8);
  open_pool (&fixture, COMMAND ("cat"));
  weir_process_pool_set_demand (fixture.pool, 5);
  run_until (&fixture, get_stats (&fixture).n_idle == 5);
  weir_process_pool_set_demand (fixture.pool, 0);
  turn (&fixture, 60 * SECOND - 1);
  weir_process_pool_dispatch (fixture.pool);
  g_assert_cmpuint (get_stats (&fixture).n_idle, ==, 5);
  turn (&fixture, 1);
  g_assert_cmpint (weir_process_pool_get_next_time (fixture.pool), <=,
                   weir_clock_get_time (fixture.clock));
  weir_process_pool_dispatch (fixture.pool);
  g_assert_cmpuint (get_stats (&fixture).n_idle, ==, 1);
  g_assert_cmpuint (get_stats (&fixture).n_retired, ==, 4);
  g_assert_cmpuint (get_stats (&fixture).n_crashed, ==, 0);
}

static void
test_a_worn_one_is_replaced_by_one_that_is_ready (void)
{
  g_auto (Fixture) fixture = { 0 };
  g_autoptr (GHashTable) pids = g_hash_table_new (NULL, NULL);

  fixture_init (&fixture, 1, 1);
  fixture.options.max_uses = 4;
  open_pool (&fixture, COMMAND ("cat"));
  for (guint i = 0; i < 40; i++)
    {
      WeirProcess *process = await_process (&fixture, NULL);

      g_hash_table_add (pids, GINT_TO_POINTER (process->pid));
      g_assert_cmpuint (weir_process_pool_get_uses_left (fixture.pool, process), >, 0);
      assert_echo (&fixture, process, "x");
      weir_process_pool_release (fixture.pool, process, 1);
      g_assert_cmpuint (get_stats (&fixture).n_processes, <=, 2);
    }
  g_assert_cmpuint (g_hash_table_size (pids), >=, 10);
  run_until (&fixture, get_stats (&fixture).n_recycled >= 10);
  g_assert_cmpuint (get_stats (&fixture).n_crashed, ==, 0);
}

static void
test_an_acquired_one_is_not_recycled (void)
{
  g_auto (Fixture) fixture = { 0 };
  WeirProcess *process;

  fixture_init (&fixture, 1, 1);
  fixture.options.max_uses = 4;
  open_pool (&fixture, COMMAND ("cat"));
  process = await_process (&fixture, NULL);
  weir_process_pool_add_uses (fixture.pool, process, 10);
  g_assert_cmpuint (weir_process_pool_get_uses_left (fixture.pool, process), ==, 0);
  run_until (&fixture, get_stats (&fixture).n_idle == 1);
  turn (&fixture, 600 * SECOND);
  step (&fixture);
  assert_echo (&fixture, process, "still here");
  weir_process_pool_release (fixture.pool, process, 1);
  g_assert_cmpuint (get_stats (&fixture).n_recycled, ==, 1);
  g_assert_cmpuint (get_stats (&fixture).n_idle, ==, 1);
}

static void
test_a_worn_one_serves_on_when_nothing_can_replace_it (void)
{
  g_auto (Fixture) fixture = { 0 };
  g_autofree char *folder = g_dir_make_tmp ("weir-pool-XXXXXX", NULL);
  g_autofree char *program = g_build_filename (folder, "worker", NULL);
  WeirProcess *process;

  g_assert_cmpint (symlink ("/bin/cat", program), ==, 0);
  fixture_init (&fixture, 1, 1);
  fixture.options.max_uses = 2;
  open_pool (&fixture, COMMAND (program));
  process = await_process (&fixture, NULL);
  g_assert_cmpint (g_unlink (program), ==, 0);
  weir_process_pool_release (fixture.pool, process, 2);
  g_assert_true (await_process (&fixture, NULL) == process);
  g_assert_cmpuint (get_stats (&fixture).n_failed, ==, 1);
  g_rmdir (folder);
}

static void
test_processes_of_other_commands_are_kept_and_give_way (void)
{
  g_auto (Fixture) fixture = { 0 };
  g_autoptr (WeirCommand) other = COMMAND ("cat", "-");
  g_autoptr (WeirCommand) third = COMMAND ("cat", "-", "-");
  WeirProcess *a, *b;

  fixture_init (&fixture, 0, 2);
  open_pool (&fixture, COMMAND ("cat"));
  a = await_process (&fixture, NULL);
  b = await_process (&fixture, other);
  weir_process_pool_release (fixture.pool, b, 1);
  g_assert_true (weir_process_pool_acquire (fixture.pool, other) == b);
  g_assert_null (weir_process_pool_acquire (fixture.pool, third));
  weir_process_pool_release (fixture.pool, b, 1);
  b = await_process (&fixture, third);
  g_assert_cmpuint (get_stats (&fixture).n_processes, ==, 2);
  g_assert_cmpuint (get_stats (&fixture).n_retired, ==, 1);
  assert_echo (&fixture, a, "the busy one is spared");
  weir_process_pool_release (fixture.pool, b, 1);
  turn (&fixture, 60 * SECOND);
  weir_process_pool_dispatch (fixture.pool);
  g_assert_cmpuint (get_stats (&fixture).n_retired, ==, 2);
}

static Fixture *waiting;

static void
on_granted (WeirProcessPool *pool, WeirProcess *process, const GError *error, gpointer data)
{
  g_assert_true ((process == NULL) == (error != NULL));
  g_string_append_c (waiting->granted, (char)GPOINTER_TO_INT (data));
  if (process == NULL)
    g_string_append_c (waiting->granted, '!');
  else
    weir_process_pool_release (pool, process, 1);
}

static WeirProcessRequest *
enqueue (Fixture *fixture, WeirCommand *command, char name, guint priority, gint64 deadline)
{
  waiting = fixture;
  return weir_process_pool_enqueue (fixture->pool, command, priority, deadline, on_granted,
                                    GINT_TO_POINTER (name));
}

static void
test_who_waits_is_served_by_priority (void)
{
  g_auto (Fixture) fixture = { 0 };
  WeirProcess *process;

  fixture_init (&fixture, 0, 1);
  open_pool (&fixture, COMMAND ("cat"));
  process = await_process (&fixture, NULL);
  enqueue (&fixture, NULL, 'a', 0, WEIR_TIME_NEVER);
  enqueue (&fixture, NULL, 'b', 9, WEIR_TIME_NEVER);
  weir_process_pool_cancel (fixture.pool, enqueue (&fixture, NULL, 'c', 5, WEIR_TIME_NEVER));
  enqueue (&fixture, NULL, 'd', 5, WEIR_TIME_NEVER);
  step (&fixture);
  g_assert_cmpstr (fixture.granted->str, ==, "");
  weir_process_pool_release (fixture.pool, process, 1);
  run_until (&fixture, fixture.granted->len >= 3);
  g_assert_cmpstr (fixture.granted->str, ==, "bda");
}

static void
test_expired_work_is_never_started (void)
{
  g_auto (Fixture) fixture = { 0 };
  gint64 now;
  WeirProcess *process;

  fixture_init (&fixture, 0, 1);
  open_pool (&fixture, COMMAND ("cat"));
  process = await_process (&fixture, NULL);
  now = weir_clock_get_time (fixture.clock);
  enqueue (&fixture, NULL, 'a', 9, now + SECOND);
  enqueue (&fixture, NULL, 'b', 0, WEIR_TIME_NEVER);
  step (&fixture);
  turn (&fixture, SECOND);
  weir_process_pool_release (fixture.pool, process, 1);
  run_until (&fixture, fixture.granted->len >= 3);
  g_assert_cmpstr (fixture.granted->str, ==, "a!b");
}

static void
test_who_waits_for_a_missing_program_is_refused (void)
{
  g_auto (Fixture) fixture = { 0 };
  g_autoptr (WeirCommand) missing = COMMAND ("/no/such/program");

  fixture_init (&fixture, 0, 2);
  open_pool (&fixture, COMMAND ("cat"));
  enqueue (&fixture, missing, 'a', 9, WEIR_TIME_NEVER);
  enqueue (&fixture, NULL, 'b', 0, WEIR_TIME_NEVER);
  enqueue (&fixture, missing, 'c', 0, WEIR_TIME_NEVER);
  run_until (&fixture, fixture.granted->len >= 5);
  g_assert_nonnull (strstr (fixture.granted->str, "a!"));
  g_assert_nonnull (strstr (fixture.granted->str, "c!"));
  g_assert_null (strstr (fixture.granted->str, "b!"));
  g_assert_cmpuint (fixture.n_hopeless, ==, 0);
}

static void
test_many_commands_share_the_room (void)
{
  g_auto (Fixture) fixture = { 0 };

  fixture_init (&fixture, 0, 3);
  open_pool (&fixture, COMMAND ("cat"));
  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i % 10);
      g_autoptr (WeirCommand) command = COMMAND ("sh", "-c", "cat", name);

      enqueue (&fixture, command, 'x', i % 10, WEIR_TIME_NEVER);
    }
  while (fixture.granted->len < 30)
    {
      step (&fixture);
      g_assert_cmpuint (get_stats (&fixture).n_processes, <=, 3);
    }
  g_assert_null (strchr (fixture.granted->str, '!'));
  g_assert_cmpuint (get_stats (&fixture).n_crashed, ==, 0);
}

static void
test_what_has_ended_is_accounted (void)
{
  g_auto (Fixture) fixture = { 0 };
  const char *burn = "read x; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo $x; read y";
  WeirProcess *process;

  fixture_init (&fixture, 0, 1);
  open_pool (&fixture, COMMAND ("sh", "-c", burn));
  process = await_process (&fixture, NULL);
  assert_echo (&fixture, process, "x");
  send_line (process, "that is all");
  run_until (&fixture, fixture.n_ended == 1);
  g_assert_cmpuint (get_stats (&fixture).usage.user + get_stats (&fixture).usage.system, >,
                    5 * SECOND / 1000);
  g_assert_cmpuint (get_stats (&fixture).usage.peak, >, 100 * 1024);
}

/* What may happen to the processes of a pool, in any order. */
static void
happen (Fixture *fixture, GPtrArray *held, guint event)
{
  WeirProcess *process = held->len > 0 ? g_ptr_array_index (held, held->len - 1) : NULL;

  if (event == 0 && (process = weir_process_pool_acquire (fixture->pool, NULL)) != NULL)
    g_ptr_array_add (held, process);
  else if (event == 1 && process != NULL)
    weir_process_pool_release (fixture->pool, g_ptr_array_steal_index (held, held->len - 1), 3);
  else if (event == 2 && process != NULL)
    weir_process_pool_discard (fixture->pool, g_ptr_array_steal_index (held, held->len - 1), "x");
  else if (event == 3 && process != NULL && process->pid > 1)
    kill (process->pid, SIGKILL);
  else if (event == 4)
    weir_process_pool_set_demand (fixture->pool, held->len % 4);
  else if (event == 5)
    turn (fixture, SECOND / 10);
}

static GPtrArray *held_processes;

static void
forget (WeirProcess *process, gpointer data)
{
  g_ptr_array_remove_fast (held_processes, process);
}

static void
test_whatever_happens_the_least_are_ready_again (void)
{
  g_auto (Fixture) fixture = { 0 };
  g_autoptr (GPtrArray) held = g_ptr_array_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  WeirProcessPoolEvents with_forget = events;

  fixture_init (&fixture, 2, 4);
  fixture.options.max_uses = 10;
  g_autoptr (WeirCommand) command = COMMAND ("cat");
  held_processes = held;
  with_forget.ended = forget;
  fixture.pool = weir_process_pool_new (&fixture.options, command, fixture.clock, &with_forget,
                                        &fixture, NULL);
  for (guint i = 0; i < 3000; i++)
    {
      happen (&fixture, held, g_rand_int_range (rand, 0, 6));
      weir_process_pool_dispatch (fixture.pool);
      g_assert_cmpuint (get_stats (&fixture).n_processes, <=, 5);
      g_assert_cmpuint (get_stats (&fixture).n_acquired, ==, held->len);
    }
  while (held->len > 0)
    happen (&fixture, held, 1);
  run_until (&fixture, (turn (&fixture, SECOND), get_stats (&fixture).n_idle >= 2));
}

#define ADD(name, func) g_test_add_func ("/process/process-pool/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("the least are ready before anybody asks", test_the_least_are_ready_before_anybody_asks);
  ADD ("a process is given to one at a time", test_a_process_is_given_to_one_at_a_time);
  ADD ("who asked in vain is told", test_who_asked_in_vain_is_told);
  ADD ("a missing program is hopeless, and named once",
       test_a_missing_program_is_hopeless_and_named_once);
  ADD ("a program that vanishes is tried until it is back",
       test_a_program_that_vanishes_is_tried_until_it_is_back);
  ADD ("instant ends do not spin", test_instant_ends_do_not_spin);
  ADD ("whoever swallows everything is quarantined",
       test_whoever_swallows_everything_is_quarantined);
  ADD ("an idle one that dies is replaced", test_an_idle_one_that_dies_is_replaced);
  ADD ("one that is done is replaced without delay",
       test_one_that_is_done_is_replaced_without_delay);
  ADD ("a drained pool empties, and starts nothing",
       test_a_drained_pool_empties_and_starts_nothing);
  ADD ("whoever has one that dies is told", test_whoever_has_one_that_dies_is_told);
  ADD ("answers that it left behind count", test_answers_that_it_left_behind_count);
  ADD ("a discarded one is not told of", test_a_discarded_one_is_not_told_of);
  ADD ("an idle one that speaks unasked is ended", test_an_idle_one_that_speaks_unasked_is_ended);
  ADD ("nothing is given out before it is ready", test_nothing_is_given_out_before_it_is_ready);
  ADD ("it grows with the demand and shrinks on time",
       test_it_grows_with_the_demand_and_shrinks_on_time);
  ADD ("a worn one is replaced by one that is ready",
       test_a_worn_one_is_replaced_by_one_that_is_ready);
  ADD ("an acquired one is not recycled", test_an_acquired_one_is_not_recycled);
  ADD ("a worn one serves on when nothing can replace it",
       test_a_worn_one_serves_on_when_nothing_can_replace_it);
  ADD ("processes of other commands are kept, and give way",
       test_processes_of_other_commands_are_kept_and_give_way);
  ADD ("who waits is served by priority", test_who_waits_is_served_by_priority);
  ADD ("expired work is never started", test_expired_work_is_never_started);
  ADD ("who waits for a missing program is refused",
       test_who_waits_for_a_missing_program_is_refused);
  ADD ("many commands share the room", test_many_commands_share_the_room);
  ADD ("what has ended is accounted", test_what_has_ended_is_accounted);
  ADD ("whatever happens the least are ready again",
       test_whatever_happens_the_least_are_ready_again);
  return g_test_run ();
}
