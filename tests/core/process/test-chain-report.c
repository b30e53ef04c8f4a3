/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <weir/weir-record.h>

#include "process/weir-chain-report-private.h"

#define SECOND G_GINT64_CONSTANT (1000000000)

typedef struct
{
  GPtrArray *commands;
  WeirChainReport *report;
  WeirChainRun *run;
} Fixture;

static WeirCommand *
make_command (const char *line)
{
  g_auto (GStrv) argv = NULL;

  g_assert_true (g_shell_parse_argv (line, NULL, &argv, NULL));

  WeirCommand *command = weir_command_new ((const char *const *)argv);

  weir_command_seal (command);
  return command;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->commands = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_command_unref);
  g_ptr_array_add (fixture->commands, make_command ("sh -c 'echo why >&2; exit 3'"));
  g_ptr_array_add (fixture->commands, make_command ("sleep 1000"));
  fixture->report = weir_chain_report_new (fixture->commands);
}

static void
close_run (Fixture *fixture)
{
  weir_chain_report_close (fixture->report, fixture->run);
  g_clear_pointer (&fixture->run, weir_chain_run_free);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->run, weir_chain_run_free);
  weir_chain_report_free (fixture->report);
  g_ptr_array_unref (fixture->commands);
}

/* Runs the commands until the first one has ended, or both. */
static void
start (Fixture *fixture, gboolean both)
{
  g_autoptr (GError) error = NULL;
  WeirCommand *const *commands = (WeirCommand *const *)fixture->commands->pdata;

  fixture->run
      = weir_chain_run_new (weir_clock_get_system (), 0, commands, 2, WEIR_CHAIN_OUTPUT, 0, &error);
  g_assert_no_error (error);
  while (fixture->run->members[0].end == NULL || !fixture->run->members[1].started)
    weir_chain_run_dispatch (fixture->run);
  if (both)
    weir_chain_run_end (fixture->run, 0);
  while (both && fixture->run->n_alive > 0)
    weir_chain_run_dispatch (fixture->run);
}

static gint64
get (Fixture *fixture, const char *path)
{
  g_autofree char *text = weir_chain_report_describe (fixture->report);
  g_autoptr (WeirRecord) record = weir_record_new (text, -1);
  gint64 value = -1;

  g_assert_true (weir_record_get_int64 (record, path, &value));
  return value;
}

static void
assert_says (Fixture *fixture, const char *part)
{
  g_autofree char *text = weir_chain_report_describe (fixture->report);

  if (strstr (text, part) == NULL)
    g_error ("no %s in %s", part, text);
}

static void
test_commands_have_rows_before_they_run (Fixture *fixture, gconstpointer data)
{
  assert_says (fixture, "\"each\":[{\"command\":\"sh -c 'echo why >&2; exit 3'\",\"pid\":0,");
  assert_says (fixture, "{\"command\":\"sleep 1000\",\"pid\":0,\"restarts\":0,");
  g_assert_cmpint (get (fixture, ".started"), ==, 0);
}

static void
test_the_living_and_the_dead_are_told_of (Fixture *fixture, gconstpointer data)
{
  start (fixture, FALSE);
  weir_chain_report_take (fixture->report, fixture->run, 0);
  g_assert_cmpint (get (fixture, ".processes"), ==, 1);
  g_assert_cmpint (get (fixture, ".started"), ==, 2);
  g_assert_cmpint (get (fixture, ".each[0].stderr_bytes.in"), ==, 4);
  g_assert_cmpint (get (fixture, ".each[1].pid"), ==, fixture->run->members[1].process->pid);
  g_assert_cmpint (get (fixture, ".each[1].peak_bytes"), >, 0);
  assert_says (fixture, "\"end\":\"exit status 3: why\"");
  assert_says (fixture, "\"end\":null");
}

static void
test_runs_add_up (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    {
      start (fixture, TRUE);
      weir_chain_report_take (fixture->report, fixture->run, 0);
      close_run (fixture);
    }
  g_assert_cmpint (get (fixture, ".processes"), ==, 0);
  g_assert_cmpint (get (fixture, ".started"), ==, 6);
  g_assert_cmpint (get (fixture, ".restarts"), ==, 4);
  g_assert_cmpint (get (fixture, ".stderr_bytes.in"), ==, 12);
  g_assert_cmpint (get (fixture, ".each[0].restarts"), ==, 2);
  assert_says (fixture, "\"end\":\"signal 9 (Killed)\"");
}

static void
test_live_ones_are_looked_at_twice_a_second (Fixture *fixture, gconstpointer data)
{
  start (fixture, FALSE);
  weir_chain_report_take (fixture->report, fixture->run, 0);
  fixture->run->members[0].figures.n_said = 77;
  weir_chain_report_take (fixture->report, fixture->run, SECOND / 2 - 1);
  g_assert_cmpint (get (fixture, ".stderr_bytes.in"), ==, 4);
  weir_chain_report_take (fixture->report, fixture->run, SECOND / 2);
  g_assert_cmpint (get (fixture, ".stderr_bytes.in"), ==, 77);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test)                                                                            \
  g_test_add ("/process/chain-report/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("commands have rows before they run", test_commands_have_rows_before_they_run);
  ADD ("the living and the dead are told of", test_the_living_and_the_dead_are_told_of);
  ADD ("runs add up", test_runs_add_up);
  ADD ("live ones are looked at twice a second", test_live_ones_are_looked_at_twice_a_second);
  return g_test_run ();
}
