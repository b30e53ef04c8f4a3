/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-document-private.h"

/* The document of a launch line as JSON, or its mistakes. */
static char *
parse (const char *line)
{
  g_autoptr (WeirDocument) document = weir_document_new (line, strlen (line));
  g_autoptr (WeirMistakes) mistakes = weir_document_new_mistakes (document, "-e");
  gboolean parsed = weir_document_parse_launch (document, mistakes);

  if (weir_mistakes_get_count (mistakes) > 0)
    return weir_mistakes_to_text (mistakes);
  g_assert_true (parsed);
  g_autoptr (JsonNode) root
      = json_node_init_object (json_node_alloc (), weir_document_get_root (document));
  return json_to_string (root, FALSE);
}

typedef struct
{
  const char *name;
  const char *line;
  const char *result;
} Row;

static const Row rows[] = {
  { "stages are joined by bangs", "a.b ! c.d x=1 y=z ! e.f",
    "{\"stages\":[{\"type\":\"a.b\"},{\"type\":\"c.d\",\"x\":\"1\",\"y\":\"z\"},"
    "{\"type\":\"e.f\"}]}" },
  { "pipeline keys may lead", "deadline=50ms late=drop ! a.b",
    "{\"deadline\":\"50ms\",\"late\":\"drop\",\"stages\":[{\"type\":\"a.b\"}]}" },
  { "quotes work as in a shell", "a.b x='.s >= 500 ! \"q\"' y=\"a \\\"b\\\" \\x \" z=a\\ b'c'",
    "{\"stages\":[{\"type\":\"a.b\",\"x\":\".s >= 500 ! \\\"q\\\"\",\"y\":\"a \\\"b\\\" \\\\x \","
    "\"z\":\"a bc\"}]}" },
  { "a whole option may be in quotes", "a.b \"x=. + 1\" 'y=a=b'",
    "{\"stages\":[{\"type\":\"a.b\",\"x\":\". + 1\",\"y\":\"a=b\"}]}" },
  { "only the first equals sign divides",
    "a.b x=.a==1 y=", "{\"stages\":[{\"type\":\"a.b\",\"x\":\".a==1\",\"y\":\"\"}]}" },
  { "a bang in a word or in quotes is no joint", "a.b x=.a!=1 y='!' z='a ! b'",
    "{\"stages\":[{\"type\":\"a.b\",\"x\":\".a!=1\",\"y\":\"!\",\"z\":\"a ! b\"}]}" },
  { "a line may be broken", "a.b \\\n x=1\n! c.d",
    "{\"stages\":[{\"type\":\"a.b\",\"x\":\"1\"},{\"type\":\"c.d\"}]}" },
  { "a dead letter is written in JSON", "dead-letter='{\"type\":\"sink.null\"}' ! a.b",
    "{\"dead-letter\":{\"type\":\"sink.null\"},\"stages\":[{\"type\":\"a.b\"}]}" },
  { "so is the sink of results", "results='{\"type\":\"sink.null\"}' ! a.b",
    "{\"results\":{\"type\":\"sink.null\"},\"stages\":[{\"type\":\"a.b\"}]}" },
  { "an empty line has no stages", "  ", "{\"stages\":[]}" },
  { "a quote without end", "a.b ! c.d x='abc", "-e:1:13: /: the quote has no end" },
  { "a bang without a stage", "a.b ! ! c.d !",
    "-e:1:7: /: there is no stage beside this \"!\"\n"
    "-e:1:13: /: there is no stage beside this \"!\"" },
  { "a word that is no option", "a.b where '.x'",
    "-e:1:5: /: \"where\" is no option (expected name=value; stages are joined by a \"!\" of its "
    "own)\n-e:1:11: /: \".x\" is no option (expected name=value; stages are joined by a \"!\" of "
    "its own)" },
  { "an option given twice", "a.b x=1 x=2", "-e:1:9: /: \"x\" is given twice" },
  { "stages by name", "stages=[] ! a.b",
    "-e:1:1: /: the stages of a launch line are joined by \"!\", not given by name" },
  { "not UTF-8", "a.b x=\xff", "-e:1:7: /: the launch line is not UTF-8" },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autofree char *result = parse (row->line);

  g_assert_cmpstr (result, ==, row->result);
}

static void
values_keep_their_columns_and_are_verbatim (void)
{
  static const char line[] = "a.b ! c.d x='.a' y=2";
  g_autoptr (WeirDocument) document = weir_document_new (line, strlen (line));
  g_autoptr (WeirMistakes) mistakes = weir_document_new_mistakes (document, "-e");
  WeirPlace place;

  g_assert_true (weir_document_parse_launch (document, mistakes));
  g_assert_true (weir_document_find (document, "/stages/1", &place) && place.column == 7);
  g_assert_true (weir_document_find (document, "/stages/1/type", &place) && place.column == 7);
  g_assert_true (weir_document_find (document, "/stages/1/x", &place) && place.column == 13);
  g_assert_true (weir_document_find_key (document, "/stages/1/y", &place) && place.column == 18);
  g_assert_true (weir_document_is_verbatim (document, "/stages/1/y"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/launch/%s", rows[i].name);
      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/launch/values_keep_their_columns_and_are_verbatim",
                   values_keep_their_columns_and_are_verbatim);
  return g_test_run ();
}
