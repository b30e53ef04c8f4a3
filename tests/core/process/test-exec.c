/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-error.h>
#include <weir/weir-exec.h>

#include "process/weir-command-private.h"
#include "stage/weir-mistakes-private.h"

static JsonNode *
json (const char *text)
{
  return json_from_string (text, NULL);
}

static char *
check (const WeirExecOptions *options)
{
  g_autoptr (WeirMistakes) mistakes = weir_mistakes_new ("f", NULL, NULL, NULL);

  weir_exec_options_check (options, mistakes);
  return weir_mistakes_to_text (mistakes);
}

static char *
join (const WeirCommand *command)
{
  return g_strjoinv ("|", command->argv);
}

static void
test_words_are_the_command (void)
{
  char *words[] = { "a b", "-n", "", NULL };
  WeirExecOptions options = { .command = words };
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirCommand) command = weir_exec_options_get_command (&options, &error);
  g_autofree char *joined = join (command);

  g_assert_no_error (error);
  g_assert_cmpstr (joined, ==, "a b|-n|");
  g_assert_nonnull (command->key);
  g_assert_null (command->environment);
  g_assert_null (command->affinity);
  for (guint i = 0; i < WEIR_N_LIMITS; i++)
    g_assert_cmpuint (command->limits[i], ==, WEIR_LIMIT_NONE);
}

static void
test_a_script_is_run_by_sh (void)
{
  char *alone[] = { "exit 3", NULL };
  char *more[] = { "echo $1", "one", NULL };
  WeirExecOptions options = { .command = alone, .shell = TRUE };
  g_autoptr (WeirCommand) first = weir_exec_options_get_command (&options, NULL);
  g_autofree char *joined = join (first);

  options.command = more;
  g_autoptr (WeirCommand) second = weir_exec_options_get_command (&options, NULL);
  g_autofree char *joined_more = join (second);

  g_assert_cmpstr (joined, ==, "sh|-c|exit 3");
  g_assert_cmpstr (joined_more, ==, "sh|-c|echo $1|sh|one");
}

static void
test_surroundings_are_taken_over (void)
{
  char *words[] = { "a", NULL };
  WeirOptionEntry entry = { .key = "NAME", .text = "x=y" };
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  g_autoptr (JsonNode) affinity = json ("[0]");
  g_autoptr (JsonNode) limits
      = json ("{\"memory\": \"64MiB\", \"cpu\": \"1500ms\", \"files\": 64, \"core\": \"0\"}");
  WeirExecOptions options = { words, FALSE, entries, "/tmp", affinity, limits, 1 };

  g_ptr_array_add (entries, &entry);
  g_autoptr (WeirCommand) command = weir_exec_options_get_command (&options, NULL);

  g_assert_cmpstr (command->environment[0], ==, "NAME=x=y");
  g_assert_cmpstr (command->directory, ==, "/tmp");
  g_assert_cmpuint (g_array_index (command->affinity, guint, 0), ==, 0);
  g_assert_cmpuint (command->limits[WEIR_LIMIT_MEMORY], ==, 64 << 20);
  g_assert_cmpuint (command->limits[WEIR_LIMIT_CPU], ==, 2);
  g_assert_cmpuint (command->limits[WEIR_LIMIT_FILES], ==, 64);
  g_assert_cmpuint (command->limits[WEIR_LIMIT_CORE], ==, 0);
  g_assert_cmpuint (command->limits[WEIR_LIMIT_PROCESSES], ==, WEIR_LIMIT_NONE);
}

static void
test_without_a_program_there_is_no_command (void)
{
  char *nothing[] = { NULL };
  char *empty[] = { "", "x", NULL };
  char **lists[] = { NULL, nothing, empty };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      WeirExecOptions options = { .command = lists[i] };
      g_autoptr (GError) error = NULL;
      g_autofree char *text = check (&options);

      g_assert_nonnull (strstr (text, "/command: there is no program"));
      g_assert_null (weir_exec_options_get_command (&options, &error));
      g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE);
    }
}

static void
test_mistakes_are_told_together (void)
{
  char *words[] = { "a", NULL };
  WeirOptionEntry entry = { .key = "A=B", .text = "" };
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  g_autoptr (JsonNode) affinity = json ("[4096]");
  g_autoptr (JsonNode) limits
      = json ("{\"memory\": \"much\", \"cpu\": 3, \"files\": -1, \"memry\": 1}");
  WeirExecOptions options = { words, FALSE, entries, NULL, affinity, limits, 1 };

  g_ptr_array_add (entries, &entry);
  g_autofree char *text = check (&options);
  static const char *const wanted[]
      = { "/limits/memory: \"much\"", "/limits/cpu: 3",
          "/limits/files: -1",        "/limits/memry",
          "did you mean \"memory\"?", "/affinity: there is no CPU 4096",
          "/environment/A=B" };

  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    if (strstr (text, wanted[i]) == NULL)
      g_error ("no %s in %s", wanted[i], text);
}

static void
test_limits_are_an_object (void)
{
  char *words[] = { "a", NULL };
  g_autoptr (JsonNode) limits = json ("[1]");
  WeirExecOptions options = { .command = words, .limits = limits };
  g_autofree char *text = check (&options);

  g_assert_nonnull (strstr (text, "/limits: not an object"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add_func ("/process/exec/" name, test)
  ADD ("words are the command", test_words_are_the_command);
  ADD ("a script is run by sh", test_a_script_is_run_by_sh);
  ADD ("surroundings are taken over", test_surroundings_are_taken_over);
  ADD ("without a program there is no command", test_without_a_program_there_is_no_command);
  ADD ("mistakes are told together", test_mistakes_are_told_together);
  ADD ("limits are an object", test_limits_are_an_object);
  return g_test_run ();
}
