/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/weir-cli-arguments-private.h"
#include "cli/weir-cli-log-private.h"

static const WeirCliCommand commands[] = {
  { "run", "FILE | -e LINE", "Runs a pipeline until its sources end, or until it is interrupted.",
    "SIGINT, SIGTERM or SIGHUP stops the sources and drains; a second one aborts.\n\n"
    "Exit status: 0 done, 1 the run failed or the ledger does not balance, 2 bad usage or\n"
    "pipeline file, 3 with --strict and records that were late, invalid, shed or failed,\n"
    "130 aborted.\n\n"
    "Example:\n"
    "  weir run -e \"source.stdin ! filter.match where='.status >= 500' ! sink.stdout\"",
    weir_command_run },
  { "check", "FILE… | -e LINE", "Tells all mistakes in pipeline files; nothing is run.",
    "Exit status: 0 no mistakes, 2 mistakes.", weir_command_check },
  { "test", "FILE|DIR…", "Runs the tests inside pipeline files on a virtual clock.",
    "A directory is searched for pipeline files.\n\n"
    "Exit status: 0 all passed, 1 a test failed, 2 a file has mistakes.",
    weir_command_test },
  { "list", "[KIND]", "Lists the stage types.",
    "KIND is source, transform, validate, aggregate, filter or sink.", weir_command_list },
  { "inspect", "TYPE", "Describes a stage type: its options, its ports, an example.", NULL,
    weir_command_inspect },
  { "graph", "FILE | -e LINE", "Draws the stream graph of a pipeline.",
    "Examples:\n"
    "  weir graph pipeline.json --format svg --output pipeline.svg\n"
    "  weir graph pipeline.json | dot -Tpng > pipeline.png",
    weir_command_graph },
  { "explain", "FILE | -e LINE", "Tells how a pipeline will be run; nothing is run.",
    "Segments and their queues, the fields that are taken out of each record, and which engine\n"
    "runs each expression: native, or libjq with the reason.",
    weir_command_explain },
  { "schema", "", "Prints the JSON Schema of pipeline files, for editors.", NULL,
    weir_command_schema },
  { "bench", "[NAME…]", "Runs the built-in benchmarks, all or those named.",
    "Each job runs in this process, and as a process of its own from start to end, on access\n"
    "records that are made once and are always the same.",
    weir_command_bench },
};

static void
print_help (FILE *file)
{
  fputs ("Usage:\n"
         "  weir COMMAND …\n"
         "  weir [--version | --help]\n\n"
         "Weir is a plugin-based realtime stream processor.\n\n"
         "Commands:\n",
         file);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (file, "  %-9s %s\n", commands[i].name, commands[i].summary);
  fputs ("\n'weir COMMAND --help' tells more about a command.\n", file);
}

static const WeirCliCommand *
find_command (const char *name)
{
  const char *names[G_N_ELEMENTS (commands) + 1] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      if (strcmp (commands[i].name, name) == 0)
        return &commands[i];
      names[i] = commands[i].name;
    }

  const char *nearest = weir_nearest_name (name, names);
  if (nearest)
    weir_complain ("unknown command \"%s\" (did you mean \"%s\"?)", name, nearest);
  else
    weir_complain ("unknown command \"%s\" (see 'weir --help')", name);
  return NULL;
}

static int
run_help (const char *name)
{
  const WeirCliCommand *command = name ? find_command (name) : NULL;
  char *argv[] = { (char *)name, (char *)"--help", NULL };

  if (command)
    return command->run (command, argv);
  if (!name)
    print_help (stdout);
  return name ? WEIR_EXIT_USAGE : WEIR_EXIT_DONE;
}

static int
run_command (char **argv)
{
  if (!argv[0])
    {
      print_help (stderr);
      return WEIR_EXIT_USAGE;
    }
  if (strcmp (argv[0], "--version") == 0)
    {
      fputs ("weir " WEIR_VERSION "\n", stdout);
      return WEIR_EXIT_DONE;
    }
  if (strcmp (argv[0], "--help") == 0 || strcmp (argv[0], "-h") == 0)
    return run_help (NULL);
  if (strcmp (argv[0], "help") == 0)
    return run_help (argv[1]);

  const WeirCliCommand *command = find_command (argv[0]);
  return command ? command->run (command, argv) : WEIR_EXIT_USAGE;
}

/* Else a file that is opened would become standard error, and get its lines. Opened the wrong way
 * round, so that to read or write what was closed fails as it should. */
static void
open_standard_files (void)
{
  static const int flags[] = { O_WRONLY, O_RDONLY, O_WRONLY };

  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0)
      (void)!open ("/dev/null", flags[fd]);
}

int
weir_cli_main (int argc, char **argv)
{
  open_standard_files ();
  g_set_prgname ("weir");
  g_log_writer_default_set_use_stderr (TRUE);
  weir_cli_log_install ();

  int status = run_command (argc > 0 ? argv + 1 : argv);
  errno = 0;
  if ((fflush (stdout) != 0 || ferror (stdout)) && status == WEIR_EXIT_DONE)
    {
      weir_complain ("cannot write to standard output: %s", g_strerror (errno));
      return WEIR_EXIT_FAILED;
    }

  return status;
}
