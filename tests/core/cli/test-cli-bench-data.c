/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-bench-private.h"

#include <string.h>
#include <unistd.h>
#include <weir/weir-json.h>

#include "json/weir-json-private.h"

static char *
make_text (WeirBenchData *data, WeirBenchFormat format, gint64 n_records)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (weir_bench_data_make (data, format, n_records, &error));
  g_assert_no_error (error);

  char *text = g_malloc0 (data->bytes + 1);
  g_assert_cmpint (pread (data->fd, text, data->bytes, 0), ==, (gssize)data->bytes);
  return text;
}

static void
test_the_same_number_of_records_makes_the_same_bytes (void)
{
  WeirBenchData first = { .fd = -1 };
  WeirBenchData second = { .fd = -1 };
  g_autofree char *first_text = make_text (&first, WEIR_BENCH_JSON, 100);
  g_autofree char *second_text = make_text (&second, WEIR_BENCH_JSON, 100);

  g_assert_cmpuint (first.records, ==, 100);
  g_assert_cmpstr (first_text, ==, second_text);
  weir_bench_data_clear (&first);
  weir_bench_data_clear (&second);
}

static void
test_each_line_is_a_json_record_of_its_own (void)
{
  WeirBenchData data = { .fd = -1 };
  g_autofree char *text = make_text (&data, WEIR_BENCH_JSON, 1000);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (g_strv_length (lines), ==, 1001);
  g_assert_cmpstr (lines[1000], ==, "");
  for (guint i = 0; i < 1000; i++)
    g_assert_true (weir_json_check (lines[i], strlen (lines[i]), &error));
  weir_bench_data_clear (&data);
}

static void
test_each_line_of_a_log_has_its_parts (void)
{
  WeirBenchData data = { .fd = -1 };
  g_autofree char *text = make_text (&data, WEIR_BENCH_LOG, 1000);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 1001);
  for (guint i = 0; i < 1000; i++)
    g_assert_true (g_regex_match_simple ("^[0-9.]+ - - \\[../.../....:..:..:.. \\+0000\\] \"[A-Z]+ "
                                         "/\\S* HTTP/1.1\" [2-5][0-9]{2} [0-9]+ "
                                         "\"https://[^\"]+\" \"[^\"]+\"$",
                                         lines[i], 0, 0));
  weir_bench_data_clear (&data);
}

static void
test_one_record_in_twenty_is_a_server_error (void)
{
  WeirBenchData data = { .fd = -1 };
  g_autofree char *text = make_text (&data, WEIR_BENCH_JSON, 10000);
  guint n_errors = 0;

  for (const char *at = text; (at = strstr (at, "\"status\":5")); at++)
    n_errors++;
  g_assert_cmpuint (n_errors, >, 400);
  g_assert_cmpuint (n_errors, <, 600);
  weir_bench_data_clear (&data);
}

static void
test_data_is_made_once_and_can_be_cleared (void)
{
  WeirBenchData data = { .fd = -1 };
  g_autofree char *text = make_text (&data, WEIR_BENCH_JSON, 10);
  int fd = data.fd;

  g_assert_true (weir_bench_data_make (&data, WEIR_BENCH_JSON, 10, NULL));
  g_assert_cmpint (data.fd, ==, fd);
  weir_bench_data_clear (&data);
  g_assert_cmpint (data.fd, ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/bench-data/the same number of records makes the same bytes",
                   test_the_same_number_of_records_makes_the_same_bytes);
  g_test_add_func ("/cli/bench-data/each line is a JSON record of its own",
                   test_each_line_is_a_json_record_of_its_own);
  g_test_add_func ("/cli/bench-data/each line of a log has its parts",
                   test_each_line_of_a_log_has_its_parts);
  g_test_add_func ("/cli/bench-data/one record in twenty is a server error",
                   test_one_record_in_twenty_is_a_server_error);
  g_test_add_func ("/cli/bench-data/data is made once and can be cleared",
                   test_data_is_made_once_and_can_be_cleared);
  return g_test_run ();
}
