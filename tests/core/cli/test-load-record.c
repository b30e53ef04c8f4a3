/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-record-private.h"

#include <string.h>
#include <weir/weir-json.h>

#include "json/weir-json-private.h"

static void
test_a_record_is_one_line_of_json_and_holds_its_time (void)
{
  char text[WEIR_LOAD_RECORD_BYTES];
  g_autoptr (GError) error = NULL;

  weir_load_record_write (text, 1234567890123, 42);
  g_assert_true (weir_json_check (text, sizeof text - 1, &error));
  g_assert_no_error (error);
  g_assert_true (memchr (text, '\n', sizeof text) == text + sizeof text - 1);
  g_assert_nonnull (
      g_strstr_len (text, sizeof text, "\"path\":\"/api/v2/users/0000000000000000042\""));
  g_assert_nonnull (g_strstr_len (text, sizeof text, "\"status\":503,"));
  g_assert_cmpint (weir_load_record_read (text, sizeof text), ==, 1234567890123);
}

static void
test_every_time_of_the_clock_has_room (void)
{
  char text[WEIR_LOAD_RECORD_BYTES];

  weir_load_record_write (text, G_MAXINT64, 0);
  g_assert_cmpint (weir_load_record_read (text, sizeof text), ==, G_MAXINT64);
  weir_load_record_write (text, 0, 0);
  g_assert_cmpint (weir_load_record_read (text, sizeof text), ==, 0);
}

static void
test_what_a_map_made_of_it_is_read_and_anything_else_is_not (void)
{
  static const char *const strange[] = { "",
                                         "\n",
                                         "{\"t\":\"00000000000000000",
                                         "{\"t\":\"000000000x000000017\"}",
                                         "{\"s\":\"0000000000000000017\"}",
                                         "{\"t\":17}" };
  const char *mapped = "{\"t\":\"0000000000000000017\",\"status\":503}";

  g_assert_cmpint (weir_load_record_read (mapped, strlen (mapped)), ==, 17);
  for (guint i = 0; i < G_N_ELEMENTS (strange); i++)
    g_assert_cmpint (weir_load_record_read (strange[i], strlen (strange[i])), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/load-record/a record is one line of JSON and holds its time",
                   test_a_record_is_one_line_of_json_and_holds_its_time);
  g_test_add_func ("/cli/load-record/every time of the clock has room",
                   test_every_time_of_the_clock_has_room);
  g_test_add_func ("/cli/load-record/what a map made of it is read and anything else is not",
                   test_what_a_map_made_of_it_is_read_and_anything_else_is_not);
  return g_test_run ();
}
