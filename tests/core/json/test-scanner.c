/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-json-private.h"

#include <string.h>

typedef struct
{
  WeirBufferPool *pool;
  WeirBatch *batch;
  WeirFieldSet *set;
  WeirScanner *scanner;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->pool = weir_buffer_pool_new (0);
  fixture->batch = weir_batch_new (fixture->pool);
  fixture->set = weir_field_set_new ();
  fixture->scanner = weir_scanner_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weir_batch_free (fixture->batch);
  weir_field_set_free (fixture->set);
  weir_scanner_free (fixture->scanner);
  weir_buffer_pool_unref (fixture->pool);
}

static WeirRecord *
append (Fixture *fixture, const char *text, gssize length)
{
  WeirRecord *record = weir_batch_append (fixture->batch);
  WeirBatch *batch = record->batch;

  *record = (WeirRecord){ .batch = batch, .deadline = WEIR_TIME_NEVER };
  weir_record_set_text (record, text, length);
  return record;
}

static WeirRecord *
scan (Fixture *fixture, const char *text, gssize length)
{
  weir_batch_clear (fixture->batch);
  append (fixture, text, length);
  weir_scanner_fill (fixture->scanner, fixture->batch, fixture->set);
  return &fixture->batch->records[0];
}

static char *
dup_field (const WeirRecord *record, guint slot)
{
  const WeirField *field = weir_record_get_field (record, slot);

  return field->type == WEIR_FIELD_ABSENT ? g_strdup ("absent")
                                          : g_strndup (field->text, field->length);
}

typedef struct
{
  const char *path;
  const char *text;
  const char *value;
} FieldCase;

static const FieldCase field_cases[] = {
  { ".a", "{\"a\":1}", "1" },
  { ".a", " { \"a\" : 1 } ", "1" },
  { ".a", "{\"a\":\"x y\" }", "\"x y\"" },
  { ".a", "{\"b\":1}", "absent" },
  { ".a", "{}", "absent" },
  { ".a", "[1]", "absent" },
  { ".a", "42", "absent" },
  { ".a", "{\"a\":null}", "null" },
  { ".a", "{\"a\":[1, 2] ,\"b\":{}}", "[1, 2]" },
  { ".a", "{\"a\":{\"b\":[{}]}}", "{\"b\":[{}]}" },
  { ".a", "{\"a\":1,\"a\":2}", "2" },
  { ".a", "{\"b\":{\"a\":1}}", "absent" },
  { ".a", "{\"a\":123456789012345678901234567890}", "123456789012345678901234567890" },
  { ".a", "{\"a\":\"\\ud800\"}", "\"\\ud800\"" },
  { ".a", "{\"x\":[],\"y\":{},\"z\":[1,\"2\",null],\"a\":1}", "1" },
  { ".a", "{\"x\":[[1]],\"y\":{\"a\":{}},\"z\":{\"a\":2,\"b\":3},\"a\":1}", "1" },
  { ".a", "{\"x\":{\"b\" :1},\"y\":[1 , 2],\"a\":1}", "1" },
  { ".a", "{\"x\\\"\":\"\\\\\",\"b\\u0061\":2,\"a\":1}", "1" },
  { ".a.b", "{\"a\":{\"b\":true}}", "true" },
  { ".a.b", "{\"a\":{\"b\":1},\"a\":{\"c\":2}}", "absent" },
  { ".a.b", "{\"a\":{\"b\":1},\"a\":3}", "absent" },
  { ".a.b", "{\"a\":{\"b\":1},\"a\":{\"b\":2}}", "2" },
  { ".status", "{\"st\\u0061tus\":200}", "200" },
  { ".status", "{\"status\":1,\"st\\u0061tus\":200}", "200" },
  { ".\"a b\"", "{\"a b\":1}", "1" },
  { ".\"a\\\\nb\"", "{\"a\\nb\":1}", "absent" },
  { ".\"a\\\\nb\"", "{\"a\\\\nb\":1}", "1" },
  { ".\"q\\\"\"", "{\"q\\\"\":1}", "1" },
  { ".\"\"", "{\"\":1}", "1" },
  { ".\"\\u20ac\"", "{\"€\":1}", "1" },
  { ".a[0]", "{\"a\":[7,8]}", "7" },
  { ".a[1]", "{\"a\":[7,8]}", "8" },
  { ".a[2]", "{\"a\":[7,8]}", "absent" },
  { ".a[-1]", "{\"a\":[7,[8]]}", "[8]" },
  { ".a[-3]", "{\"a\":[7,8]}", "absent" },
  { ".[1].x", "[{},{\"x\":\"y\"}]", "\"y\"" },
  { ".", " [1 , 2 ] ", "[1 , 2 ]" },
  { ".", "\"text\"", "\"text\"" },
};

static void
test_finds_fields (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (field_cases); i++)
    {
      const FieldCase *field = &field_cases[i];
      g_autoptr (WeirFieldSet) set = weir_field_set_new ();
      guint slot = weir_field_set_add (set, field->path);
      g_autofree char *value = NULL;
      WeirRecord *record;

      g_test_message ("%s of %s", field->path, field->text);
      weir_batch_clear (fixture->batch);
      record = append (fixture, field->text, -1);
      weir_scanner_fill (fixture->scanner, fixture->batch, set);
      value = dup_field (record, slot);
      g_assert_cmpstr (value, ==, field->value);
      g_assert_cmpint (record->verdict, ==, WEIR_VERDICT_PASS);
    }
}

static const char *const breaches[][2] = {
  { "", "offset 0: expected a value" },
  { "  ", "offset 0: expected a value" },
  { "{\"a\":1", "offset 6: expected ',' or '}'" },
  { "{\"a\":", "offset 5: expected a value" },
  { "{\"a\"", "offset 4: expected ':'" },
  { "{", "offset 1: expected a key or '}'" },
  { "[", "offset 1: expected a value or ']'" },
  { "[1", "offset 2: expected ',' or ']'" },
  { "{\"a\":1}{\"b\":2}", "offset 7: expected the end of the record" },
  { "{\"a\":1} x", "offset 8: expected the end of the record" },
  { "{\"a\":1}]", "offset 7: expected the end of the record" },
  { "{\"a\":1,}", "offset 7: expected a key" },
  { "{\"x\":[1,]}", "offset 8: expected a value" },
  { "{\"x\":[1 2]}", "offset 8: expected ',' or ']'" },
  { "{\"a\" 1}", "offset 5: expected ':'" },
  { "{a:1}", "offset 1: expected a key or '}'" },
  { "{\"x\":[1}", "offset 7: expected ',' or ']'" },
  { "{\"x\":{\"a\":1]}", "offset 11: expected ',' or '}'" },
  { "{\"x\":{\"a\":1,}}", "offset 12: expected a key" },
  { "{\"a\":01}", "offset 5: malformed number" },
  { "{\"a\":1.}", "offset 5: malformed number" },
  { "{\"a\":+1}", "offset 5: expected a value" },
  { "{\"a\":.5}", "offset 5: expected a value" },
  { "{\"a\":nul}", "offset 5: expected true, false, null, a number or a string" },
  { "{\"a\":\"\\x\"}", "offset 6: malformed escape" },
  { "{\"a\":\"b}", "offset 5: string is not closed" },
  { "{\"a\":\"b\tc\"}", "offset 7: control character in a string" },
  { "{\"a\":\"\xff\"}", "offset 6: not UTF-8" },
  { "garbage", "offset 0: expected a value" },
  { "nonsense", "offset 0: expected true, false, null, a number or a string" },
};

static void
test_fails_what_is_not_json (Fixture *fixture, gconstpointer data)
{
  weir_field_set_add (fixture->set, ".a");
  for (guint i = 0; i < G_N_ELEMENTS (breaches); i++)
    {
      WeirRecord *record = scan (fixture, breaches[i][0], -1);
      g_autofree char *message = g_strconcat ("not JSON: ", breaches[i][1], NULL);

      g_test_message ("%s", breaches[i][0]);
      g_assert_cmpint (record->verdict, ==, WEIR_VERDICT_FAILED);
      g_assert_cmpstr (weir_batch_get_message (fixture->batch, record), ==, message);
      g_assert_cmpint (weir_record_get_field (record, 0)->type, ==, WEIR_FIELD_ABSENT);
    }
}

static void
test_fails_nul_bytes (Fixture *fixture, gconstpointer data)
{
  weir_field_set_add (fixture->set, ".a");
  g_assert_cmpint (scan (fixture, "{\"a\":\0}", 7)->verdict, ==, WEIR_VERDICT_FAILED);
  g_assert_cmpint (scan (fixture, "{\"a\":1}\0", 8)->verdict, ==, WEIR_VERDICT_FAILED);
  g_assert_cmpint (scan (fixture, "{\"a\":\"\0\"}", 9)->verdict, ==, WEIR_VERDICT_FAILED);
  g_assert_cmpint (scan (fixture, "\0", 1)->verdict, ==, WEIR_VERDICT_FAILED);
}

static void
test_fails_control_characters_behind_a_value (Fixture *fixture, gconstpointer data)
{
  weir_field_set_add (fixture->set, ".a");
  g_assert_cmpint (scan (fixture, "{\"a\":1\0}", 8)->verdict, ==, WEIR_VERDICT_FAILED);
  g_assert_cmpint (scan (fixture, "{\"a\":1\f}", 8)->verdict, ==, WEIR_VERDICT_FAILED);
  g_assert_cmpint (scan (fixture, "{\"a\":true\1}", 11)->verdict, ==, WEIR_VERDICT_FAILED);
  g_assert_cmpint (scan (fixture, "{\"a\":1 \t\r}", 10)->verdict, ==, WEIR_VERDICT_PASS);
}

static char *
nested (const char *prefix, guint depth, const char *suffix)
{
  GString *text = g_string_new (prefix);

  for (guint i = 0; i < depth; i++)
    g_string_append_c (text, '[');
  for (guint i = 0; i < depth; i++)
    g_string_append_c (text, ']');
  g_string_append (text, suffix);
  return g_string_free (text, FALSE);
}

static void
test_takes_256_levels_and_no_more (Fixture *fixture, gconstpointer data)
{
  g_autofree char *deep = nested ("{\"b\":", 255, "}");
  g_autofree char *deeper = nested ("{\"b\":", 256, "}");
  WeirRecord *record;

  weir_field_set_add (fixture->set, ".a");
  g_assert_cmpint (scan (fixture, deep, -1)->verdict, ==, WEIR_VERDICT_PASS);
  record = scan (fixture, deeper, -1);
  g_assert_cmpint (record->verdict, ==, WEIR_VERDICT_FAILED);
  g_assert_cmpstr (weir_batch_get_message (fixture->batch, record), ==,
                   "not JSON: offset 260: nested deeper than 256");
}

static void
test_fills_many_slots_in_one_pass (Fixture *fixture, gconstpointer data)
{
  guint city = weir_field_set_add (fixture->set, ".geo.city");
  guint geo = weir_field_set_add (fixture->set, ".geo");
  guint tag = weir_field_set_add (fixture->set, ".tags[0]");
  WeirRecord *record = scan (fixture, "{\"tags\":[\"x\"],\"geo\":{\"city\":\"K\",\"n\":1}}", -1);
  g_autofree char *city_text = dup_field (record, city);
  g_autofree char *geo_text = dup_field (record, geo);
  g_autofree char *tag_text = dup_field (record, tag);

  g_assert_cmpstr (city_text, ==, "\"K\"");
  g_assert_cmpstr (geo_text, ==, "{\"city\":\"K\",\"n\":1}");
  g_assert_cmpstr (tag_text, ==, "\"x\"");
}

static void
test_gives_a_field_one_slot (Fixture *fixture, gconstpointer data)
{
  guint slot = weir_field_set_add (fixture->set, ".a.b");

  g_assert_cmpuint (weir_field_set_add (fixture->set, ".c"), ==, 1);
  g_assert_cmpuint (weir_field_set_add (fixture->set, ".[\"a\"].\"b\""), ==, slot);
  g_assert_cmpuint (weir_field_set_get_size (fixture->set), ==, 2);
  g_assert_cmpstr (weir_field_set_get_path (fixture->set, slot), ==, ".a.b");
}

static void
test_leaves_what_is_not_selected (Fixture *fixture, gconstpointer data)
{
  weir_field_set_add (fixture->set, ".a");
  for (guint i = 0; i < 4; i++)
    append (fixture, i == 1 ? "broken" : "{\"a\":1}", -1);
  fixture->batch->selection[1] = 3;
  fixture->batch->n_selected = 2;
  fixture->batch->cursor = 1;
  weir_scanner_fill (fixture->scanner, fixture->batch, fixture->set);
  g_assert_cmpint (fixture->batch->records[1].verdict, ==, WEIR_VERDICT_PASS);
  g_assert_cmpint (weir_record_get_field (&fixture->batch->records[3], 0)->type, ==,
                   WEIR_FIELD_NUMBER);
}

static void
test_reads_a_record_without_room_behind_it (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_memdup2 ("{\"a\":12}", 8);
  WeirRecord *record = weir_batch_append (fixture->batch);
  double value = 0;

  *record = (WeirRecord){ .text = text, .length = 8, .batch = fixture->batch };
  weir_field_set_add (fixture->set, ".a");
  weir_scanner_fill (fixture->scanner, fixture->batch, fixture->set);
  g_assert_true (weir_field_get_double (weir_record_get_field (record, 0), &value));
  g_assert_cmpfloat (value, ==, 12);
}

/* Every cut of a good record is a bad one. */
static void
test_no_truncated_record_passes (Fixture *fixture, gconstpointer data)
{
  const char *text = "{\"a\":{\"b\":[1,{\"c\":\"\\u00e9\"}]},\"d\":[],\"e\":{},\"f\":-1.5e3}";

  weir_field_set_add (fixture->set, ".zzz");
  g_assert_cmpint (scan (fixture, text, -1)->verdict, ==, WEIR_VERDICT_PASS);
  for (gsize length = 0; length < strlen (text); length++)
    g_assert_cmpint (scan (fixture, text, length)->verdict, ==, WEIR_VERDICT_FAILED);
}

/* The characters of a key from @from on, each written as \\u00xx. */
static char *
escape_key (const char *key, gsize from)
{
  GString *escaped = g_string_new_len (key, (gssize)from);

  for (gsize i = from; key[i] != '\0'; i++)
    g_string_append_printf (escaped, "\\u%04x", (guint)key[i]);
  return g_string_free (escaped, FALSE);
}

static void
test_finds_keys_of_any_length_however_they_are_written (Fixture *fixture, gconstpointer data)
{
  for (gsize length = 1; length < 70; length++)
    for (gsize from = 0; from <= length; from++)
      {
        g_autoptr (WeirFieldSet) set = weir_field_set_new ();
        g_autofree char *key = g_strnfill (length, 'k');
        g_autofree char *path = g_strconcat (".", key, NULL);
        g_autofree char *escaped = escape_key (key, from);
        g_autofree char *text = g_strdup_printf ("{\"x\":0,\"%s\":1,\"y\":2}", escaped);
        guint slot = weir_field_set_add (set, path);
        g_autofree char *value = NULL;

        weir_batch_clear (fixture->batch);
        append (fixture, text, -1);
        weir_scanner_fill (fixture->scanner, fixture->batch, set);
        value = dup_field (&fixture->batch->records[0], slot);
        g_assert_cmpstr (value, ==, "1");
      }
}

#define TEST(name, function)                                                                       \
  g_test_add ("/json/scanner/" name, Fixture, NULL, set_up, function, tear_down)

/* A line that is good or, after some random damage, not. */
static char *
make_line (GRand *rand)
{
  static const char *const lines[] = {
    "{\"a\":1,\"b\":{\"c\":\"x\"},\"d\":[1,2]}",
    "{\"b\" : {\"c\":null} , \"a\":\"q\\u0041\"}",
    "{\"x\":{\"y\":[{}]},\"\\u0061\":2,\"d\":\"]}\"}",
    "[1,{\"a\":2}]",
    "17",
    "\"a\"",
    "{}",
    "{\"a\":[],\"b\":{\"z\":1,\"c\":2},\"a\":3.5e2}",
  };
  static const char damage[] = "{}[]\",:\\ 1x";
  char *line = g_strdup (lines[g_rand_int_range (rand, 0, G_N_ELEMENTS (lines))]);
  gsize length = strlen (line);

  if (g_rand_int_range (rand, 0, 3) == 0)
    line[g_rand_int_range (rand, 0, length)]
        = damage[g_rand_int_range (rand, 0, sizeof damage - 1)];
  if (g_rand_int_range (rand, 0, 8) == 0)
    line[g_rand_int_range (rand, 1, length + 1)] = '\0';
  return line;
}

static void
assert_same_outcome (Fixture *run, Fixture *alone, guint i)
{
  WeirRecord *record = &run->batch->records[i];
  WeirRecord *twin = scan (alone, record->text, record->length);

  g_assert_cmpint (record->verdict, ==, twin->verdict);
  g_assert_cmpstr (weir_batch_get_message (run->batch, record), ==,
                   weir_batch_get_message (alone->batch, twin));
  for (guint slot = 0; slot < 3; slot++)
    {
      g_autofree char *got = dup_field (record, slot);
      g_autofree char *expected = dup_field (twin, slot);

      g_assert_cmpstr (got, ==, expected);
    }
}

static void
test_records_of_a_run_fare_as_each_alone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  Fixture alone;

  set_up (&alone, NULL);
  for (guint slot = 0; slot < 3; slot++)
    {
      static const char *const paths[] = { ".a", ".b.c", ".d" };

      weir_field_set_add (fixture->set, paths[slot]);
      weir_field_set_add (alone.set, paths[slot]);
    }
  for (guint round = 0; round < 2000; round++)
    {
      guint n = g_rand_int_range (rand, 1, 12);

      weir_batch_clear (fixture->batch);
      for (guint i = 0; i < n; i++)
        {
          g_autofree char *line = make_line (rand);

          append (fixture, line, -1);
        }
      weir_scanner_fill (fixture->scanner, fixture->batch, fixture->set);
      for (guint i = 0; i < n; i++)
        assert_same_outcome (fixture, &alone, i);
    }
  tear_down (&alone, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("finds-keys-of-any-length-however-they-are-written",
        test_finds_keys_of_any_length_however_they_are_written);
  TEST ("finds-fields", test_finds_fields);
  TEST ("fails-what-is-not-json", test_fails_what_is_not_json);
  TEST ("fails-nul-bytes", test_fails_nul_bytes);
  TEST ("fails-control-characters-behind-a-value", test_fails_control_characters_behind_a_value);
  TEST ("takes-256-levels-and-no-more", test_takes_256_levels_and_no_more);
  TEST ("fills-many-slots-in-one-pass", test_fills_many_slots_in_one_pass);
  TEST ("gives-a-field-one-slot", test_gives_a_field_one_slot);
  TEST ("leaves-what-is-not-selected", test_leaves_what_is_not_selected);
  TEST ("reads-a-record-without-room-behind-it", test_reads_a_record_without_room_behind_it);
  TEST ("no-truncated-record-passes", test_no_truncated_record_passes);
  TEST ("records-of-a-run-fare-as-each-alone", test_records_of_a_run_fare_as_each_alone);
  return g_test_run ();
}
