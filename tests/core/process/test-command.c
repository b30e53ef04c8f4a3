/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-command-private.h"

#include <string.h>

static WeirCommand *
make (const char *words)
{
  g_auto (GStrv) argv = g_strsplit (words, ",", -1);

  return weir_command_new ((const char *const *)argv);
}

static char *
make_key (WeirCommand *owned)
{
  g_autoptr (WeirCommand) command = owned;

  weir_command_seal (command);
  return g_strdup (command->key);
}

static void
test_equal_commands_have_equal_keys (void)
{
  g_autofree char *one = make_key (make ("jq,-c,.a"));
  g_autofree char *other = make_key (make ("jq,-c,.a"));

  g_assert_cmpstr (one, ==, other);
}

static void
test_words_that_are_split_elsewhere_make_another_key (void)
{
  g_autofree char *one = make_key (make ("a,b c"));
  g_autofree char *other = make_key (make ("a b,c"));
  g_autofree char *third = make_key (make ("a;1:b,c"));

  g_assert_cmpstr (one, !=, other);
  g_assert_cmpstr (one, !=, third);
}

static void
test_surroundings_are_part_of_the_key (void)
{
  g_autofree char *plain = make_key (make ("cat"));
  WeirCommand *commands[4];
  guint cpu = 1;

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    commands[i] = make ("cat");
  commands[0]->directory = g_strdup ("/tmp");
  commands[1]->environment = g_strsplit ("A=b", ",", -1);
  commands[2]->limits[WEIR_LIMIT_MEMORY] = 1;
  commands[3]->affinity = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (commands[3]->affinity, cpu);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *key = make_key (commands[i]);
      g_assert_cmpstr (key, !=, plain);
    }
}

static void
assert_text (const char *words, const char *expected)
{
  g_autoptr (WeirCommand) command = make (words);
  g_autofree char *text = weir_command_to_text (command);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_the_text_is_as_a_person_would_type_it (void)
{
  assert_text ("jq,-c,--arg=x", "jq -c --arg=x");
  assert_text ("sh,-c,a b", "sh -c 'a b'");
  assert_text ("x,,it's", "x '' 'it'\\''s'");
  assert_text ("x,a\nb\tc", "x 'a\\nb c'");
}

static void
test_the_text_is_short_and_whole (void)
{
  for (guint length = 60; length < 80; length++)
    {
      GString *word = g_string_new (NULL);
      for (guint i = 0; i < length; i++)
        g_string_append (word, "äx€");
      g_autoptr (WeirCommand) command = make (word->str);
      g_autofree char *text = weir_command_to_text (command);
      g_assert_cmpuint (strlen (text), <=, 200);
      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_true (g_str_has_suffix (text, "…"));
      g_string_free (word, TRUE);
    }
}

static void
test_a_reference_keeps_it (void)
{
  g_autoptr (WeirCommand) command = make ("cat");
  WeirCommand *other = weir_command_ref (command);

  weir_command_unref (other);
  g_assert_cmpstr (command->argv[0], ==, "cat");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name) g_test_add_func ("/command/" #name, test_##name)
  TEST (equal_commands_have_equal_keys);
  TEST (words_that_are_split_elsewhere_make_another_key);
  TEST (surroundings_are_part_of_the_key);
  TEST (the_text_is_as_a_person_would_type_it);
  TEST (the_text_is_short_and_whole);
  TEST (a_reference_keeps_it);
  return g_test_run ();
}
