/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-mistakes-private.h"

/* A text in which "/a" stands at 3:4, "/b" at 1:9, and the whole at 1:1. */
static gboolean
find (gpointer data, const char *pointer, WeirPlace *place)
{
  if (g_str_equal (pointer, ""))
    *place = (WeirPlace){ .line = 1, .column = 1 };
  else if (g_str_equal (pointer, "/a"))
    *place = (WeirPlace){ .line = 3, .column = 4 };
  else if (g_str_equal (pointer, "/b"))
    *place = (WeirPlace){ .line = 1, .column = 9 };
  else
    return FALSE;
  return TRUE;
}

static void
mistakes_come_in_the_order_of_the_text (void)
{
  g_autoptr (WeirMistakes) mistakes = weir_mistakes_new ("f", find, NULL, NULL);

  weir_mistakes_add (mistakes, "/a", "one");
  weir_mistakes_add (mistakes, "/b", "two");
  weir_mistakes_add (mistakes, "/a", "three");
  g_autofree char *text = weir_mistakes_to_text (mistakes);
  g_assert_cmpstr (text, ==, "f:1:9: /b: two\nf:3:4: /a: one\nf:3:4: /a: three");
  g_assert_cmpuint (weir_mistakes_get_count (mistakes), ==, 3);
}

static void
a_pointer_that_is_not_in_the_text_is_shown_at_what_is_above_it (void)
{
  g_autoptr (WeirMistakes) mistakes = weir_mistakes_new ("f", find, NULL, NULL);

  weir_mistakes_add (mistakes, "/a/x/y", "missing");
  weir_mistakes_add (mistakes, "/z", "missing");
  weir_mistakes_add (mistakes, "", "whole");
  g_autofree char *text = weir_mistakes_to_text (mistakes);
  g_assert_cmpstr (text, ==, "f:1:1: /z: missing\nf:1:1: /: whole\nf:3:4: /a/x/y: missing");
}

static void
the_prefix_leads_the_pointers_until_it_is_taken_away (void)
{
  g_autoptr (WeirMistakes) mistakes = weir_mistakes_new ("f", NULL, NULL, NULL);

  weir_mistakes_set_prefix (mistakes, "/stages/2");
  weir_mistakes_add (mistakes, "/where", "bad");
  weir_mistakes_add_at (mistakes, 0, 0, "", "all bad");
  weir_mistakes_set_prefix (mistakes, NULL);
  weir_mistakes_addf (mistakes, "/name", "%d bad", 3);
  g_autofree char *text = weir_mistakes_to_text (mistakes);
  g_assert_cmpstr (text, ==, "f: /stages/2/where: bad\nf: /stages/2: all bad\nf: /name: 3 bad");
}

static void
what_was_wrong_before_its_stage_looked_is_told_once (void)
{
  g_autoptr (WeirMistakes) mistakes = weir_mistakes_new ("f", NULL, NULL, NULL);

  weir_mistakes_add (mistakes, "/stages/2/command/1", "no text");
  weir_mistakes_set_prefix (mistakes, "/stages/2");
  weir_mistakes_add (mistakes, "/command", "nothing in it");
  weir_mistakes_add (mistakes, "/comma", "bad");
  weir_mistakes_add (mistakes, "/comma", "bad too");
  weir_mistakes_add (mistakes, "", "bad in all");
  weir_mistakes_set_prefix (mistakes, NULL);
  weir_mistakes_add (mistakes, "/stages/2/command", "late");
  g_autofree char *text = weir_mistakes_to_text (mistakes);
  g_assert_cmpstr (text, ==,
                   "f: /stages/2/command/1: no text\nf: /stages/2/comma: bad\n"
                   "f: /stages/2/comma: bad too\nf: /stages/2: bad in all\n"
                   "f: /stages/2/command: late");
}

static void
a_mistake_is_one_line_whatever_its_message_holds (void)
{
  g_autoptr (WeirMistakes) mistakes = weir_mistakes_new ("f", NULL, NULL, NULL);

  weir_mistakes_add (mistakes, "/a\nb", "one\ntwo\t\x1b[1m\n");
  g_autofree char *text = weir_mistakes_to_text (mistakes);
  g_assert_cmpstr (text, ==, "f: /a b: one two  [1m");
}

static void
pointers_escape_what_they_use_themselves (void)
{
  g_autofree char *key = weir_pointer_join ("/a", "b/c~d");
  g_autofree char *index = weir_pointer_join_index ("/a", 12);

  g_assert_cmpstr (key, ==, "/a/b~1c~0d");
  g_assert_cmpstr (index, ==, "/a/12");
}

static void
set_flag (gpointer flag)
{
  *(gboolean *)flag = TRUE;
}

static void
the_last_reference_frees_the_data (void)
{
  gboolean freed = FALSE;
  WeirMistakes *mistakes = weir_mistakes_new ("f", NULL, &freed, set_flag);

  weir_mistakes_unref (weir_mistakes_ref (mistakes));
  g_assert_false (freed);
  weir_mistakes_unref (mistakes);
  g_assert_true (freed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/mistakes/" #name, name)
  ADD (mistakes_come_in_the_order_of_the_text);
  ADD (a_pointer_that_is_not_in_the_text_is_shown_at_what_is_above_it);
  ADD (the_prefix_leads_the_pointers_until_it_is_taken_away);
  ADD (what_was_wrong_before_its_stage_looked_is_told_once);
  ADD (a_mistake_is_one_line_whatever_its_message_holds);
  ADD (pointers_escape_what_they_use_themselves);
  ADD (the_last_reference_frees_the_data);
  return g_test_run ();
}
