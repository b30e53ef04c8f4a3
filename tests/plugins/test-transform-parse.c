/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-plugin.h"

#define TIME     "[17/May/2015:10:05:03 +0000]"
#define START    "10.0.0.1 - - " TIME
#define JSON     "{\"remote_addr\":\"10.0.0.1\",\"ident\":null,\"user\":null,"
#define AT       "\"time\":\"2015-05-17T10:05:03Z\","
#define GET      "\"method\":\"GET\",\"path\":\"/\",\"protocol\":\"HTTP/1.1\","
#define REQUEST  " \"GET / HTTP/1.1\""
#define RESPONSE "\"status\":200,\"bytes\":12"

typedef struct
{
  const char *line;
  const char *expected; /* the record; or the message */
} Row;

static WeirHarness *
make_parse (void)
{
  return make ("transform.parse", "{\"format\": \"combined\"}");
}

static void
assert_rows (const Row *rows, guint n_rows)
{
  g_autoptr (WeirHarness) harness = make_parse ();

  for (guint i = 0; i < n_rows; i++)
    {
      weir_harness_push (harness, rows[i].line);
      weir_harness_assert_pull (harness, "out", rows[i].expected);
    }
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, n_rows);
}

static void
assert_faults (const Row *rows, guint n_rows)
{
  g_autoptr (WeirHarness) harness = make_parse ();

  for (guint i = 0; i < n_rows; i++)
    {
      weir_harness_push (harness, rows[i].line);
      weir_harness_assert_pull (harness, "out", NULL);
      assert_letter (harness, "failed", rows[i].expected);
    }
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, n_rows);
}

static void
test_lines (void)
{
  const Row rows[] = {
    { START REQUEST " 200 12 \"http://a/?b\" \"curl/8.5.0\"",
      JSON AT GET RESPONSE ",\"referer\":\"http://a/?b\",\"user_agent\":\"curl/8.5.0\"}" },
    { START REQUEST " 200 12 \"-\" \"-\"",
      JSON AT GET RESPONSE ",\"referer\":null,\"user_agent\":null}" },
    { START REQUEST " 200 12 \"\" \"--\"",
      JSON AT GET RESPONSE ",\"referer\":\"\",\"user_agent\":\"--\"}" },
    { START REQUEST " 200 12", JSON AT GET RESPONSE "}" },
  };

  assert_rows (rows, G_N_ELEMENTS (rows));
}

static void
test_numbers (void)
{
  const Row rows[] = {
    { START REQUEST " 304 -", JSON AT GET "\"status\":304,\"bytes\":0}" },
    { START REQUEST " 000 0", JSON AT GET "\"status\":0,\"bytes\":0}" },
    { START REQUEST " 009 007", JSON AT GET "\"status\":9,\"bytes\":7}" },
    { START REQUEST " 200 18446744073709551616",
      JSON AT GET "\"status\":200,\"bytes\":18446744073709551616}" },
  };

  assert_rows (rows, G_N_ELEMENTS (rows));
}

#define TIMED(time) "h - - [" time "]" REQUEST " 200 12"
#define TIMED_JSON(time)                                                                           \
  "{\"remote_addr\":\"h\",\"ident\":null,\"user\":null,\"time\":\"" time "\"," GET RESPONSE "}"

static void
test_times (void)
{
  const Row rows[] = {
    { TIMED ("01/Jan/2026:00:00:00 +0000"), TIMED_JSON ("2026-01-01T00:00:00Z") },
    { TIMED ("31/Dec/1999:23:59:60 -0330"), TIMED_JSON ("1999-12-31T23:59:60-03:30") },
    { TIMED ("29/Feb/2024:12:00:00 +0545"), TIMED_JSON ("2024-02-29T12:00:00+05:45") },
    { TIMED ("05/Oct/2026:12:00:00 -0000"), TIMED_JSON ("2026-10-05T12:00:00-00:00") },
  };

  assert_rows (rows, G_N_ELEMENTS (rows));
}

#define USED(who)      who " " TIME REQUEST " 200 12"
#define USED_JSON(who) "{" who "," AT GET RESPONSE "}"

static void
test_who (void)
{
  const Row rows[] = {
    { USED ("::1 me frank"),
      USED_JSON ("\"remote_addr\":\"::1\",\"ident\":\"me\",\"user\":\"frank\"") },
    { USED ("h.example - a long name"),
      USED_JSON ("\"remote_addr\":\"h.example\",\"ident\":null,\"user\":\"a long name\"") },
    { USED ("h - \"\""), USED_JSON ("\"remote_addr\":\"h\",\"ident\":null,\"user\":\"\"") },
    { USED ("- - -"), USED_JSON ("\"remote_addr\":null,\"ident\":null,\"user\":null") },
    { USED ("h - a\\\"b"), USED_JSON ("\"remote_addr\":\"h\",\"ident\":null,\"user\":\"a\\\"b\"") },
  };

  assert_rows (rows, G_N_ELEMENTS (rows));
}

#define ASKED(request)      START " \"" request "\" 200 12"
#define ASKED_JSON(request) JSON AT request "," RESPONSE "}"

static void
test_requests (void)
{
  const Row rows[] = {
    { ASKED ("POST /a?b=%20 HTTP/2.0"),
      ASKED_JSON ("\"method\":\"POST\",\"path\":\"/a?b=%20\",\"protocol\":\"HTTP/2.0\"") },
    { ASKED ("GET /a b HTTP/1.1"), ASKED_JSON ("\"request\":\"GET /a b HTTP/1.1\"") },
    { ASKED ("GET /"), ASKED_JSON ("\"request\":\"GET /\"") },
    { ASKED ("GET  HTTP/1.1"), ASKED_JSON ("\"request\":\"GET  HTTP/1.1\"") },
    { ASKED ("GET / "), ASKED_JSON ("\"request\":\"GET / \"") },
    { ASKED ("-"), ASKED_JSON ("\"request\":null") },
    { ASKED (""), ASKED_JSON ("\"request\":\"\"") },
    { ASKED ("GET /\\x20b\\\" HTTP/1.1"),
      ASKED_JSON ("\"method\":\"GET\",\"path\":\"/ b\\\"\",\"protocol\":\"HTTP/1.1\"") },
  };

  assert_rows (rows, G_N_ELEMENTS (rows));
}

static void
test_escapes (void)
{
  const Row rows[] = {
    { ASKED ("\\\"\\\\"), ASKED_JSON ("\"request\":\"\\\"\\\\\"") },
    { ASKED ("\\b\\n\\r\\t\\f"), ASKED_JSON ("\"request\":\"\\b\\n\\r\\t\\f\"") },
    { ASKED ("\\v\\x00\\x1F\\x7f"), ASKED_JSON ("\"request\":\"\\u000b\\u0000\\u001f\x7f\"") },
    { ASKED ("\\xC3\\xa9\\xf0\\x9f\\x98\\x80"), ASKED_JSON ("\"request\":\"é😀\"") },
    { ASKED ("a\\x16\\x03\\xfcb"), ASKED_JSON ("\"request\":\"a\\\\x16\\\\x03\\\\xfcb\"") },
    { ASKED ("\\xed\\xa0\\x80"), ASKED_JSON ("\"request\":\"\\\\xed\\\\xa0\\\\x80\"") },
    { ASKED ("\\xc3"), ASKED_JSON ("\"request\":\"\\\\xc3\"") },
    { ASKED ("\\x4\\d\\xzz"), ASKED_JSON ("\"request\":\"\\\\x4\\\\d\\\\xzz\"") },
    { ASKED ("é\t😀 012345678"), ASKED_JSON ("\"request\":\"é\\t😀 012345678\"") },
  };

  assert_rows (rows, G_N_ELEMENTS (rows));
}

/* The escape stands once at each place of a word that is looked at as a whole. */
static void
test_places (void)
{
  g_autoptr (WeirHarness) harness = make_parse ();

  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *padding = g_strnfill (i, 'x');
      g_autofree char *line = g_strdup_printf (ASKED ("%s\\\"%s"), padding, padding);
      g_autofree char *json
          = g_strdup_printf (ASKED_JSON ("\"request\":\"%s\\\"%s\""), padding, padding);

      weir_harness_push (harness, line);
      weir_harness_assert_pull (harness, "out", json);
    }
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 0);
}

static void
test_json_string (void)
{
  const Row rows[] = {
    { "\"" START " \\\"GET / HTTP/1.1\\\" 200 12\"", JSON AT GET RESPONSE "}" },
    { "\"" START " \\\"\\u00e9\\\\\\\"\\\" 200 12\"",
      JSON AT "\"request\":\"é\\\"\"," RESPONSE "}" },
  };

  assert_rows (rows, G_N_ELEMENTS (rows));
}

static void
test_faults_at_the_start (void)
{
  const Row rows[] = {
    { "x", "column 2: expected a space" },
    { " - - -", "column 1: expected an address" },
    { "h  -", "column 3: expected an identity" },
    { "h -", "column 4: expected a space" },
    { "\"h - \"", "column 5: expected a user" },
    { "h - frank", "column 10: expected a space and a time" },
    { "h - a b \"GET / HTTP/1.1\" 200 1", "column 9: expected a space and a time" },
    { "h - - 17/May/2015:10:05:03 +0000 more", "column 7: expected a time" },
    { "{\"json\": 1}", "column 2: expected a space" },
    { "\"not closed", "offset" },
    { "\" \"", "column 1: expected an address" },
  };

  assert_faults (rows, G_N_ELEMENTS (rows));
}

static void
test_faults_of_times (void)
{
  static const char *const times[] = {
    "32/May/2015:10:05:03 +0000", "00/May/2015:10:05:03 +0000", "29/Feb/2015:10:05:03 +0000",
    "17/May/0000:10:05:03 +0000", "17/may/2015:10:05:03 +0000", "17/May/2015:24:05:03 +0000",
    "17/May/2015:10:60:03 +0000", "17/May/2015:10:05:61 +0000", "17/May/2015:10:05:03 +2400",
    "17/May/2015:10:05:03 +0060", "17/May/2015:10:05:03 00000", "1x/May/2015:10:05:03 +0000",
    "17-May-2015:10:05:03 +0000", "17/May/2015 10:05:03 +0000",
  };

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_autofree char *line = g_strdup_printf ("h - - [%s]" REQUEST " 200 12", times[i]);
      const Row row = { line, "column 7: expected a time as [17/May/2015:10:05:03 +0000]" };

      assert_faults (&row, 1);
    }
}

static void
test_faults_behind_the_time (void)
{
  const Row rows[] = {
    { "h - - [17/May/2015:10:05:03 +0000) x", "column 34: expected ]" },
    { "h - - " TIME, "column 35: expected a space" },
    { "h - - " TIME " GET", "column 36: expected a request in quotes" },
    { "h - - " TIME " \"GET / HTTP/1.1", "column 51: expected the quote that ends the request" },
    { "h - - " TIME " \"é\\\"", "column 40: expected the quote that ends the request" },
    { "h - - " TIME " \"\\", "column 38: expected the quote that ends the request" },
    { "h - - " TIME " \"\"", "column 38: expected a space" },
    { "h - - " TIME " \"\" 20 1", "column 39: expected a status of three digits" },
    { "h - - " TIME " \"\" 2000 1", "column 39: expected a status of three digits" },
    { "h - - " TIME " \"\" ok 1", "column 39: expected a status of three digits" },
    { "h - - " TIME " \"\" 200", "column 42: expected a space" },
    { "h - - " TIME " \"\" 200 many", "column 43: expected a number of bytes" },
  };

  assert_faults (rows, G_N_ELEMENTS (rows));
}

static void
test_faults_at_the_end (void)
{
  const Row rows[] = {
    { "h - - " TIME " \"\" 200 1x", "column 44: expected a space" },
    { "h - - " TIME " \"\" 200 1 -", "column 45: expected a referer" },
    { "h - - " TIME " \"\" 200 1 \"-\"", "column 48: expected a space and a user agent" },
    { "h - - " TIME " \"\" 200 1 \"-", "column 47: expected the quote that ends the referer" },
    { "h - - " TIME " \"\" 200 1 \"-\" -", "column 49: expected a user agent in quotes" },
    { "h - - " TIME " \"\" 200 1 \"-\" \"x", "column 51: expected the quote that ends the user" },
    { "h - - " TIME " \"\" 200 1 \"-\" \"x\" 7", "column 52: expected the end of the line" },
    { "h - - " TIME " \"\xff\" 200 1", "column 37: expected UTF-8" },
    { "h - - " TIME " \"é\xc3\" 200 1", "column 38: expected UTF-8" },
  };

  assert_faults (rows, G_N_ELEMENTS (rows));
}

static void
test_long (void)
{
  g_autoptr (WeirHarness) harness = make_parse ();
  g_autofree char *controls = g_strnfill (300000, '\x01');
  g_autofree char *line = g_strdup_printf (ASKED ("%s"), controls);
  g_autofree char *json = NULL;

  weir_harness_push (harness, line);
  weir_harness_push (harness, ASKED (""));

  json = weir_harness_pull (harness, "out");
  g_assert_nonnull (json);
  g_assert_cmpuint (strlen (json), ==, strlen (ASKED_JSON ("\"request\":\"\"")) + 6 * 300000);
  weir_harness_assert_pull (harness, "out", ASKED_JSON ("\"request\":\"\""));
}

static void
test_mistakes (void)
{
  assert_mistake ("transform.parse", "{\"format\": \"comined\"}", "/format", "combined");
  assert_mistake ("transform.parse", "{\"frmat\": \"combined\"}", "/frmat", "format");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transform/parse/makes objects of combined and common lines", test_lines);
  g_test_add_func ("/transform/parse/makes numbers that JSON has", test_numbers);
  g_test_add_func ("/transform/parse/writes times with their offset", test_times);
  g_test_add_func ("/transform/parse/tells who asked", test_who);
  g_test_add_func ("/transform/parse/takes requests apart, or leaves them whole", test_requests);
  g_test_add_func ("/transform/parse/decodes escapes that make UTF-8", test_escapes);
  g_test_add_func ("/transform/parse/finds an escape at each place of a word", test_places);
  g_test_add_func ("/transform/parse/reads the line that a JSON string says", test_json_string);
  g_test_add_func ("/transform/parse/tells faults at the start", test_faults_at_the_start);
  g_test_add_func ("/transform/parse/tells faults of times", test_faults_of_times);
  g_test_add_func ("/transform/parse/tells faults behind the time", test_faults_behind_the_time);
  g_test_add_func ("/transform/parse/tells faults at the end", test_faults_at_the_end);
  g_test_add_func ("/transform/parse/has room for what grows", test_long);
  g_test_add_func ("/transform/parse/tells mistakes in its options", test_mistakes);
  return g_test_run ();
}
