/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-document-private.h"

#include "json/weir-json-private.h"

/* A recursive descent over RFC 8259 that notes where each value and key stands.
 *
 * The first breach of the grammar ends it, and is told with its place and the pointer of the value
 * that it was found in; a duplicate key is told and passed over. Recursion is bounded by
 * WEIR_JSON_MAX_DEPTH. */
typedef struct
{
  WeirDocument *document;
  WeirMistakes *mistakes;
  const char *text;
  const char *at;
  const char *end;
  GString *pointer; /* of the value in hand */
  guint depth;
} Parser;

static JsonNode *parse_value (Parser *parser);

static gpointer G_GNUC_PRINTF (2, 3) fail (Parser *parser, const char *format, ...)
{
  const gsize offset = parser->at - parser->text;
  const WeirPlace place = weir_document_get_place (parser->document, offset, offset);
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  weir_mistakes_add_at (parser->mistakes, place.line, place.column, parser->pointer->str, message);
  return NULL;
}

/* What stands at the parser, as messages show it. */
static char *
show_here (Parser *parser)
{
  const char *next;

  if (parser->at >= parser->end)
    return g_strdup ("the end of the text");
  next = g_utf8_next_char (parser->at);
  if ((guchar)*parser->at < 0x20)
    return g_strdup ("a control character");
  return g_strdup_printf ("'%.*s'", (int)(next - parser->at), parser->at);
}

static gpointer
fail_expected (Parser *parser, const char *expected, const char *hint)
{
  g_autofree char *here = show_here (parser);

  if (parser->at < parser->end && (*parser->at == '/' || *parser->at == '#'))
    hint = " (JSON has no comments)";
  else if (parser->at < parser->end && *parser->at == '\'')
    hint = " (strings stand in double quotes)";
  return fail (parser, "expected %s, found %s%s", expected, here, hint);
}

static gboolean
is_at (Parser *parser, char c)
{
  return parser->at < parser->end && *parser->at == c;
}

static gboolean
take (Parser *parser, char c)
{
  if (!is_at (parser, c))
    return FALSE;
  parser->at++;
  return TRUE;
}

static void
skip_space (Parser *parser)
{
  while (parser->at < parser->end && strchr (" \t\r\n", *parser->at) != NULL && *parser->at != '\0')
    parser->at++;
}

static gboolean
parse_hex (Parser *parser, gunichar *unit)
{
  *unit = 0;
  for (guint i = 0; i < 4; i++, parser->at++)
    {
      if (parser->at >= parser->end || !g_ascii_isxdigit (*parser->at))
        return fail_expected (parser, "four hexadecimal digits", "") != NULL;
      *unit = *unit * 16 + g_ascii_xdigit_value (*parser->at);
    }
  return TRUE;
}

/* The tree holds C strings. Only records in tests have use for a NUL, and those are taken from the
 * text as they stand. */
static gboolean
append_character (Parser *parser, gunichar c, GString *string)
{
  if (c == 0 && !g_str_has_prefix (parser->pointer->str, "/tests/"))
    return fail (parser, "a NUL character has no place in a pipeline") != NULL;
  g_string_append_unichar (string, c != 0 ? c : 0xfffd);
  return TRUE;
}

/* After "\u". A surrogate must be one half of a pair: RFC 8259, section 7. */
static gboolean
parse_unicode (Parser *parser, GString *string)
{
  gunichar high, low;

  if (!parse_hex (parser, &high))
    return FALSE;
  if (high < 0xd800 || high > 0xdfff)
    return append_character (parser, high, string);
  if (high > 0xdbff || !take (parser, '\\') || !take (parser, 'u'))
    return fail (parser, "half of a surrogate pair in a string") != NULL;
  if (!parse_hex (parser, &low))
    return FALSE;
  if (low < 0xdc00 || low > 0xdfff)
    return fail (parser, "half of a surrogate pair in a string") != NULL;
  return append_character (parser, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), string);
}

static gboolean
parse_escape (Parser *parser, GString *string)
{
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  const char *name
      = parser->at < parser->end && *parser->at != '\0' ? strchr (names, *parser->at) : NULL;

  if (take (parser, 'u'))
    return parse_unicode (parser, string);
  if (name == NULL)
    return fail_expected (parser, "an escape that JSON knows after the backslash", "") != NULL;
  g_string_append_c (string, values[name - names]);
  parser->at++;
  return TRUE;
}

static char *
parse_string (Parser *parser)
{
  g_autoptr (GString) string = g_string_new (NULL);

  parser->at++;
  while (!take (parser, '"'))
    {
      const char *run = parser->at;
      while (parser->at < parser->end && *parser->at != '"' && *parser->at != '\\'
             && (guchar)*parser->at >= 0x20)
        parser->at++;
      g_string_append_len (string, run, parser->at - run);
      if (parser->at >= parser->end)
        return fail (parser, "the string has no end (expected '\"')");
      if ((guchar)*parser->at < 0x20)
        return fail (parser, "a control character in a string (write it as an escape: \\n, \\t)");
      if (take (parser, '\\') && !parse_escape (parser, string))
        return NULL;
    }
  return g_strdup (string->str);
}

static gboolean
take_digits (Parser *parser)
{
  const char *start = parser->at;

  while (parser->at < parser->end && g_ascii_isdigit (*parser->at))
    parser->at++;
  return parser->at > start;
}

static JsonNode *
make_number (const char *start, const char *end, gboolean whole)
{
  g_autofree char *text = g_strndup (start, end - start);
  gint64 value;

  if (whole && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &value, NULL))
    return json_node_init_int (json_node_alloc (), value);
  return json_node_init_double (json_node_alloc (), g_ascii_strtod (text, NULL));
}

static JsonNode *
parse_number (Parser *parser)
{
  const char *start = parser->at;
  gboolean whole = TRUE;

  take (parser, '-');
  if (take (parser, '0'))
    {
      if (parser->at < parser->end && g_ascii_isdigit (*parser->at))
        return fail (parser, "a number must not begin with 0");
    }
  else if (!take_digits (parser))
    return fail_expected (parser, "a digit", "");
  if (take (parser, '.'))
    {
      whole = FALSE;
      if (!take_digits (parser))
        return fail_expected (parser, "a digit after the decimal point", "");
    }
  if (take (parser, 'e') || take (parser, 'E'))
    {
      whole = FALSE;
      if (!take (parser, '+'))
        take (parser, '-');
      if (!take_digits (parser))
        return fail_expected (parser, "a digit in the exponent", "");
    }
  return make_number (start, parser->at, whole);
}

static JsonNode *
parse_word (Parser *parser)
{
  static const char *const words[] = { "true", "false", "null" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      const gsize length = strlen (words[i]);
      if ((gsize)(parser->end - parser->at) < length || strncmp (parser->at, words[i], length) != 0)
        continue;
      parser->at += length;
      return i == 2 ? json_node_init_null (json_node_alloc ())
                    : json_node_init_boolean (json_node_alloc (), i == 0);
    }
  return fail_expected (parser, "a value", "");
}

/* Appends a step to the pointer in hand; gives the length to go back to. */
static gsize
step_into (Parser *parser, const char *key)
{
  const gsize length = parser->pointer->len;
  g_autofree char *step = weir_pointer_join ("", key);

  g_string_append (parser->pointer, step);
  return length;
}

static gboolean
parse_element (Parser *parser, JsonArray *array)
{
  g_autofree char *index = g_strdup_printf ("%u", json_array_get_length (array));
  const gsize length = step_into (parser, index);
  JsonNode *value = parse_value (parser);

  if (value == NULL)
    return FALSE;
  g_string_truncate (parser->pointer, length);
  json_array_add_element (array, value);
  return TRUE;
}

static JsonNode *
parse_array (Parser *parser)
{
  g_autoptr (JsonArray) array = json_array_new ();

  parser->at++;
  skip_space (parser);
  if (!take (parser, ']'))
    for (;;)
      {
        if (!parse_element (parser, array))
          return NULL;
        skip_space (parser);
        if (take (parser, ']'))
          break;
        if (!take (parser, ','))
          return fail_expected (parser, "',' or ']'", "");
        skip_space (parser);
        if (is_at (parser, ']'))
          return fail (parser, "a comma with no value after it");
      }
  return json_node_init_array (json_node_alloc (), array);
}

static gboolean
parse_member_value (Parser *parser, JsonObject *object, const char *key, gsize key_start)
{
  const gsize key_end = parser->at - parser->text;

  if (!json_object_has_member (object, key))
    weir_document_mark_key (parser->document, parser->pointer->str, key_start, key_end);
  else
    {
      const WeirPlace place = weir_document_get_place (parser->document, key_start, key_end);
      g_autofree char *message = g_strdup_printf ("duplicate key \"%s\"", key);
      weir_mistakes_add_at (parser->mistakes, place.line, place.column, parser->pointer->str,
                            message);
    }
  skip_space (parser);
  if (!take (parser, ':'))
    return fail_expected (parser, "':' after the key", "") != NULL;

  JsonNode *value = parse_value (parser);
  if (value == NULL)
    return FALSE;
  if (json_object_has_member (object, key))
    json_node_unref (value);
  else
    json_object_set_member (object, key, value);
  return TRUE;
}

static gboolean
parse_member (Parser *parser, JsonObject *object)
{
  const gsize key_start = parser->at - parser->text;

  if (!is_at (parser, '"'))
    return fail_expected (parser, "a key in double quotes", "") != NULL;

  g_autofree char *key = parse_string (parser);
  if (key == NULL)
    return FALSE;
  const gsize length = step_into (parser, key);
  if (!parse_member_value (parser, object, key, key_start))
    return FALSE;
  g_string_truncate (parser->pointer, length);
  return TRUE;
}

static JsonNode *
parse_object (Parser *parser)
{
  g_autoptr (JsonObject) object = json_object_new ();

  parser->at++;
  skip_space (parser);
  if (!take (parser, '}'))
    for (;;)
      {
        if (!parse_member (parser, object))
          return NULL;
        skip_space (parser);
        if (take (parser, '}'))
          break;
        if (!take (parser, ','))
          return fail_expected (parser, "',' or '}'", "");
        skip_space (parser);
        if (is_at (parser, '}'))
          return fail (parser, "a comma with no member after it");
      }
  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
parse_nested (Parser *parser)
{
  JsonNode *node;

  if (++parser->depth > WEIR_JSON_MAX_DEPTH)
    return fail (parser, "arrays and objects nest deeper than %d", WEIR_JSON_MAX_DEPTH);
  node = is_at (parser, '{') ? parse_object (parser) : parse_array (parser);
  parser->depth--;
  return node;
}

static JsonNode *
parse_text (Parser *parser)
{
  g_autofree char *text = parse_string (parser);

  return text != NULL ? json_node_init_string (json_node_alloc (), text) : NULL;
}

/* The value of a duplicate key leaves no marks: the first one's stand. */
static JsonNode *
parse_value (Parser *parser)
{
  WeirPlace other;
  JsonNode *node;

  skip_space (parser);
  const gsize start = parser->at - parser->text;
  if (is_at (parser, '{') || is_at (parser, '['))
    node = parse_nested (parser);
  else if (is_at (parser, '"'))
    node = parse_text (parser);
  else if (is_at (parser, '-') || (parser->at < parser->end && g_ascii_isdigit (*parser->at)))
    node = parse_number (parser);
  else
    node = parse_word (parser);
  if (node != NULL && !weir_document_find (parser->document, parser->pointer->str, &other))
    weir_document_mark_value (parser->document, parser->pointer->str, start,
                              parser->at - parser->text);
  return node;
}

static gboolean
check_encoding (Parser *parser)
{
  const char *bad;

  if (g_utf8_validate (parser->at, parser->end - parser->at, &bad))
    return TRUE;
  parser->at = bad;
  fail (parser, *bad == '\0' ? "a NUL byte in the text" : "the text is not UTF-8");
  return FALSE;
}

/* RFC 8259, section 8.1: a byte-order mark may be ignored. */
static JsonNode *
parse_whole (Parser *parser)
{
  if (parser->end - parser->at >= 3 && memcmp (parser->at, "\xef\xbb\xbf", 3) == 0)
    parser->at += 3;
  skip_space (parser);
  if (parser->at == parser->end)
    return fail (parser, "there is nothing in it (expected a JSON object with \"stages\")");

  g_autoptr (JsonNode) root = parse_value (parser);
  if (root == NULL)
    return NULL;
  skip_space (parser);
  if (parser->at < parser->end)
    return fail_expected (parser, "the end of the text", "");
  if (JSON_NODE_HOLDS_OBJECT (root))
    return g_steal_pointer (&root);
  weir_mistakes_add (parser->mistakes, "",
                     "a pipeline is a JSON object (expected {\"stages\": …})");
  return NULL;
}

gboolean
weir_document_parse (WeirDocument *document, WeirMistakes *mistakes)
{
  g_autoptr (GString) pointer = g_string_new (NULL);
  Parser parser = { .document = document, .mistakes = mistakes, .pointer = pointer };
  gsize length;

  parser.text = parser.at = weir_document_get_text (document, &length);
  parser.end = parser.text + length;
  JsonNode *root = check_encoding (&parser) ? parse_whole (&parser) : NULL;
  if (root != NULL)
    weir_document_set_root (document, root);
  return root != NULL;
}
