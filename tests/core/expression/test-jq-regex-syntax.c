/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-regex-private.h"

#include <string.h>

static const struct
{
  const char *pattern;
  const char *translated; /* NULL: not known to mean the same */
  gboolean ascii_only;
} patterns[] = {
  { "", "", FALSE },
  { "abc", "abc", FALSE },
  { "^a.c$", "^a.c$", FALSE },
  { "a*b+?c{2,3}", "a*b+?c{2,3}", FALSE },
  { "[a-z]+", "[a-z]+", FALSE },
  { "[^]-]", NULL, FALSE },
  { "[-a^]", "[\\-a\\^]", FALSE },
  { "[a-]", "[a\\-]", FALSE },
  { "\\d\\.", "\\p{Nd}\\.", FALSE },
  { "\\w\\b", "\\w\\b", TRUE },
  { "(a|b)(?:c)(?<n>d)", "(a|b)(?:c)(?<n>d)", FALSE },
  { "a(?=b)(?!c)", "a(?=b)(?!c)", FALSE },
  { "é+", "é+", FALSE },
  { "(?<=a)b", NULL, FALSE },
  { "(?i)a", NULL, FALSE },
  { "a++", NULL, FALSE },
  { "a**", NULL, FALSE },
  { "a{2}?", NULL, FALSE },
  { "a{,2}", NULL, FALSE },
  { "a{3,2}", NULL, FALSE },
  { "(a*)*", NULL, FALSE },
  { "(|a)+", NULL, FALSE },
  { "^*", NULL, FALSE },
  { "\\1", NULL, FALSE },
  { "\\h", NULL, FALSE },
  { "\\x41", NULL, FALSE },
  { "[[:alpha:]]", NULL, FALSE },
  { "[a&&b]", NULL, FALSE },
  { "(a", NULL, FALSE },
  { "a)", NULL, FALSE },
  { "[a", NULL, FALSE },
  { "a}", NULL, FALSE },
  { "(?<n>a)(?#c)", NULL, FALSE },
  { "(*ACCEPT)", NULL, FALSE },
};

static void
test_takes_only_what_means_the_same_in_both (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      gboolean ascii_only = FALSE;
      g_autofree char *translated = weir_jq_regex_translate (
          patterns[i].pattern, strlen (patterns[i].pattern), &ascii_only, FALSE);

      g_test_message ("%s", patterns[i].pattern);
      g_assert_cmpstr (translated, ==, patterns[i].translated);
      g_assert_cmpint (ascii_only, ==, patterns[i].ascii_only);
    }
}

static void
test_white_space_is_what_oniguruma_takes_for_it (void)
{
  WeirJqRun run;
  g_autoptr (WeirJqRegex) regex = weir_jq_regex_new ("^\\s+$", 5, 0);
  static const char space[] = " \t\v\f\xc2\x85\xc2\xa0\xe2\x80\xa8\xe3\x80\x80";
  gboolean found = FALSE;

  weir_jq_run_init (&run);
  g_assert_cmpint (weir_jq_regex_test (&run, regex, space, sizeof space - 1, &found), ==,
                   WEIR_JQ_GO);
  g_assert_true (found);
  weir_jq_run_clear (&run);
}

static void
test_without_case_only_ascii_is_native (void)
{
  gboolean ascii_only = FALSE;
  g_autofree char *plain = weir_jq_regex_translate ("ab", 2, &ascii_only, TRUE);
  g_autofree char *accent = weir_jq_regex_translate ("é", 2, &ascii_only, TRUE);

  g_assert_cmpstr (plain, ==, "ab");
  g_assert_true (ascii_only);
  g_assert_null (accent);
}

static void
test_a_match_without_end_is_an_error (void)
{
  WeirJqRun run;
  g_autoptr (WeirJqRegex) regex = weir_jq_regex_new ("(?:a+)+[bc]", 11, 0);
  g_autofree char *subject = g_strnfill (40, 'a');
  gboolean found = FALSE;

  weir_jq_run_init (&run);
  g_assert_nonnull (regex);
  g_assert_cmpint (weir_jq_regex_test (&run, regex, subject, 40, &found), ==, WEIR_JQ_ERROR);
  weir_jq_run_clear (&run);
}

static void
test_knows_the_flags_of_jq (void)
{
  WeirJqRegexFlags flags;

  g_assert_true (weir_jq_regex_read_flags ("gins", 4, &flags));
  g_assert_cmpint (flags, ==,
                   WEIR_JQ_REGEX_GLOBAL | WEIR_JQ_REGEX_CASELESS | WEIR_JQ_REGEX_NOT_EMPTY);
  g_assert_false (weir_jq_regex_read_flags ("x", 1, &flags));
  g_assert_false (weir_jq_regex_read_flags ("l", 1, &flags));
  g_assert_false (weir_jq_regex_read_flags ("q", 1, &flags));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jq-regex-syntax/takes-only-what-means-the-same-in-both",
                   test_takes_only_what_means_the_same_in_both);
  g_test_add_func ("/jq-regex-syntax/white-space-is-what-oniguruma-takes-for-it",
                   test_white_space_is_what_oniguruma_takes_for_it);
  g_test_add_func ("/jq-regex-syntax/without-case-only-ascii-is-native",
                   test_without_case_only_ascii_is_native);
  g_test_add_func ("/jq-regex-syntax/a-match-without-end-is-an-error",
                   test_a_match_without_end_is_an_error);
  g_test_add_func ("/jq-regex-syntax/knows-the-flags-of-jq", test_knows_the_flags_of_jq);
  return g_test_run ();
}
