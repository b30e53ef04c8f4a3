/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/weir-batch-private.h"
#include "process/weir-chain-run-private.h"

#define PATIENCE 20000 /* milliseconds that no test needs */

typedef struct
{
  GPtrArray *commands;
  WeirChainRun *run;
  GString *output;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->commands = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_command_unref);
  fixture->output = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->run, weir_chain_run_free);
  g_ptr_array_unref (fixture->commands);
  g_string_free (fixture->output, TRUE);
}

static void
add (Fixture *fixture, const char *line)
{
  g_auto (GStrv) argv = NULL;
  WeirCommand *command;

  g_assert_true (g_shell_parse_argv (line, NULL, &argv, NULL));
  command = weir_command_new ((const char *const *)argv);
  weir_command_seal (command);
  g_ptr_array_add (fixture->commands, command);
}

static void
start (Fixture *fixture, WeirChainEnd end)
{
  g_autoptr (GError) error = NULL;

  fixture->run = weir_chain_run_new (weir_clock_get_system (), 0,
                                     (WeirCommand *const *)fixture->commands->pdata,
                                     fixture->commands->len, end, 1 << 20, &error);
  g_assert_no_error (error);
}

static void
wait_for_event (const Fixture *fixture)
{
  struct pollfd ask = { .fd = fixture->run->waiter, .events = POLLIN };

  g_assert_cmpint (poll (&ask, 1, PATIENCE), ==, 1);
}

/* Reads to the end of the run. */
static void
read_all (Fixture *fixture)
{
  char buffer[4096];
  gssize n;

  weir_chain_run_watch_pipe (fixture->run, TRUE);
  for (;;)
    {
      gboolean ended = weir_chain_run_dispatch (fixture->run) == WEIR_CHAIN_ENDED;

      while ((n = read (fixture->run->pipe, buffer, sizeof buffer)) > 0)
        g_string_append_len (fixture->output, buffer, n);
      if (n == 0)
        weir_chain_run_close_pipe (fixture->run);
      if (ended)
        return;
      wait_for_event (fixture);
    }
}

static void
test_the_output_of_the_last_is_read (Fixture *fixture, gconstpointer data)
{
  add (fixture, "printf '1\\n22\\n3\\n'");
  add (fixture, "grep 2");
  add (fixture, "tr 2 x");
  start (fixture, WEIR_CHAIN_OUTPUT);
  read_all (fixture);
  g_assert_cmpstr (fixture->output->str, ==, "xx\n");
  g_assert_null (fixture->run->failure);
}

static void
test_the_input_of_the_first_is_written (Fixture *fixture, gconstpointer data)
{
  add (fixture, "sh -c 'read a; exit $a'");
  start (fixture, WEIR_CHAIN_INPUT);
  g_assert_cmpint (write (fixture->run->pipe, "7\n", 2), ==, 2);
  while (weir_chain_run_dispatch (fixture->run) != WEIR_CHAIN_ENDED)
    wait_for_event (fixture);
  g_assert_nonnull (strstr (fixture->run->failure, "exit status 7"));
}

static void
test_who_is_cut_off_by_a_later_one_is_fine (Fixture *fixture, gconstpointer data)
{
  add (fixture, "yes");
  add (fixture, "head -1");
  start (fixture, WEIR_CHAIN_OUTPUT);
  read_all (fixture);
  g_assert_cmpstr (fixture->output->str, ==, "y\n");
  g_assert_null (fixture->run->failure);
}

static void
test_a_shell_that_tells_of_it_is_fine_too (Fixture *fixture, gconstpointer data)
{
  add (fixture, "sh -c 'exit 141'");
  add (fixture, "cat");
  start (fixture, WEIR_CHAIN_OUTPUT);
  read_all (fixture);
  g_assert_null (fixture->run->failure);
}

static void
test_the_last_one_is_cut_off_by_nobody (Fixture *fixture, gconstpointer data)
{
  add (fixture, "true");
  add (fixture, "sh -c 'exit 141'");
  start (fixture, WEIR_CHAIN_OUTPUT);
  read_all (fixture);
  g_assert_nonnull (strstr (fixture->run->failure, "exit status 141"));
}

static void
test_the_first_failure_is_told (Fixture *fixture, gconstpointer data)
{
  add (fixture, "sh -c 'exit 3'");
  add (fixture, "sh -c 'cat; exit 4'");
  start (fixture, WEIR_CHAIN_OUTPUT);
  read_all (fixture);
  g_assert_nonnull (strstr (fixture->run->failure, "exit status 3"));
}

static void
test_one_that_cannot_be_started_ends_the_others (Fixture *fixture, gconstpointer data)
{
  add (fixture, "sleep 1000");
  add (fixture, "/no/such/program");
  start (fixture, WEIR_CHAIN_OUTPUT);
  read_all (fixture);
  g_assert_cmpint (fixture->run->start_error, ==, ENOENT);
  g_assert_nonnull (strstr (fixture->run->failure, "/no/such/program"));
}

static void
test_a_grandchild_with_the_pipe_holds_nobody (Fixture *fixture, gconstpointer data)
{
  add (fixture, "sh -c 'sleep 1000 & echo 1'");
  start (fixture, WEIR_CHAIN_OUTPUT);
  read_all (fixture);
  g_assert_cmpstr (fixture->output->str, ==, "1\n");
}

static void
test_lingering_ends_with_the_last (Fixture *fixture, gconstpointer data)
{
  add (fixture, "sleep 1000");
  add (fixture, "sh -c \"trap '' TERM; echo; exec sleep 1000\"");
  start (fixture, WEIR_CHAIN_OUTPUT);
  weir_chain_run_watch_pipe (fixture->run, TRUE);
  wait_for_event (fixture);
  weir_chain_run_end (fixture->run, G_GINT64_CONSTANT (50000000));
  weir_chain_run_linger (fixture->run);
  g_assert_cmpuint (fixture->run->n_alive, ==, 0);
}

static guint
count_descriptors (void)
{
  DIR *folder = opendir ("/proc/self/fd");
  guint n = 0;

  while (readdir (folder) != NULL)
    n++;
  closedir (folder);
  return n;
}

static void
test_runs_leave_no_descriptor_behind (Fixture *fixture, gconstpointer data)
{
  guint before = count_descriptors ();

  add (fixture, "true");
  add (fixture, "/no/such/program");
  for (guint i = 0; i < 20; i++)
    {
      start (fixture, i % 2 == 0 ? WEIR_CHAIN_OUTPUT : WEIR_CHAIN_INPUT);
      if (i % 3 > 0)
        weir_chain_run_linger (fixture->run);
      g_clear_pointer (&fixture->run, weir_chain_run_free);
    }
  g_assert_cmpuint (count_descriptors (), ==, before);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test)                                                                            \
  g_test_add ("/process/chain-run/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("the output of the last one is read", test_the_output_of_the_last_is_read);
  ADD ("the input of the first one is written", test_the_input_of_the_first_is_written);
  ADD ("who is cut off by a later one is fine", test_who_is_cut_off_by_a_later_one_is_fine);
  ADD ("a shell that tells of it is fine too", test_a_shell_that_tells_of_it_is_fine_too);
  ADD ("the last one is cut off by nobody", test_the_last_one_is_cut_off_by_nobody);
  ADD ("the first failure is told", test_the_first_failure_is_told);
  ADD ("one that cannot be started ends the others",
       test_one_that_cannot_be_started_ends_the_others);
  ADD ("a grandchild with the pipe in its hand holds nobody",
       test_a_grandchild_with_the_pipe_holds_nobody);
  ADD ("lingering ends with the last one", test_lingering_ends_with_the_last);
  ADD ("runs leave no descriptor behind", test_runs_leave_no_descriptor_behind);
  return g_test_run ();
}
