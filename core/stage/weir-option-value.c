/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-option-private.h"

#include <math.h>

#include "expression/weir-expression-private.h"
#include "json/weir-json-private.h"
#include "stage/weir-mistakes-private.h"
#include "stage/weir-registry-private.h"

/* Longest piece of a value that a message repeats, in characters. */
#define SHOWN 40

/* One value on its way from JSON into a member. */
typedef struct
{
  const WeirOption *option;
  const char *pointer;
  WeirMistakes *mistakes;
  gboolean verbatim;
} Reading;

typedef gboolean (*ReadFunc) (const Reading *reading, JsonNode *node, gpointer member);

char *
weir_node_describe (JsonNode *node)
{
  g_autofree char *text = json_to_string (node, FALSE);

  if (g_utf8_strlen (text, -1) <= SHOWN)
    return g_steal_pointer (&text);
  g_autofree char *start = g_utf8_substring (text, 0, SHOWN);
  return g_strconcat (start, "…", NULL);
}

static gboolean
mistake (const Reading *reading, JsonNode *node, const char *what, const char *expected)
{
  g_autofree char *value = weir_node_describe (node);

  weir_mistakes_addf (reading->mistakes, reading->pointer, "%s is not %s (expected %s)", value,
                      what, expected);
  return FALSE;
}

static const char *
get_string (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static gboolean
is_number (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node)
         && (json_node_get_value_type (node) == G_TYPE_INT64
             || json_node_get_value_type (node) == G_TYPE_DOUBLE);
}

/* Text of a launch line or a substitution, read as JSON; NULL when it is none. */
static JsonNode *
parse_text (const char *text, GError **error)
{
  if (!weir_json_check (text, strlen (text), error))
    return NULL;
  return json_from_string (text, error);
}

static gboolean
in_range (const Reading *reading, JsonNode *node, double value)
{
  if (weir_option_in_range (reading->option, value))
    return TRUE;

  g_autofree char *shown = weir_node_describe (node);
  g_autofree char *range = weir_option_describe_range (reading->option);
  weir_mistakes_addf (reading->mistakes, reading->pointer, "%s is out of range (expected %s)",
                      shown, range != NULL ? range : "a value in range");
  return FALSE;
}

static gboolean
read_boolean (const Reading *reading, JsonNode *node, gpointer member)
{
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return mistake (reading, node, "a boolean", "true or false");
  *(gboolean *)member = json_node_get_boolean (node);
  return TRUE;
}

/* Doubles count whole numbers one by one up to 2^53 only. */
static gboolean
is_whole (JsonNode *node)
{
  if (!is_number (node))
    return FALSE;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return TRUE;

  const double value = json_node_get_double (node);
  return value == floor (value) && fabs (value) <= 9007199254740992.0;
}

static gboolean
read_int64 (const Reading *reading, JsonNode *node, gpointer member)
{
  if (!is_whole (node))
    return mistake (reading, node, "a whole number", "a number such as 10");
  if (!in_range (reading, node, json_node_get_double (node)))
    return FALSE;
  *(gint64 *)member = json_node_get_int (node);
  return TRUE;
}

/* A number past 2^63 is no JSON number that every reader keeps; it may stand in quotes. */
static gboolean
read_uint64 (const Reading *reading, JsonNode *node, gpointer member)
{
  const char *text = get_string (node);
  guint64 value;

  if (text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &value, NULL)
      && (reading->verbatim || value > G_MAXINT64))
    {
      if (!in_range (reading, node, (double)value))
        return FALSE;
      *(guint64 *)member = value;
      return TRUE;
    }
  if (!is_whole (node))
    return mistake (reading, node, "a whole number",
                    "a number such as 10; in quotes when it is past 2^63");
  if (json_node_get_int (node) < 0)
    return mistake (reading, node, "a whole number from 0 on", "a number such as 10");
  if (!in_range (reading, node, json_node_get_double (node)))
    return FALSE;
  *(guint64 *)member = (guint64)json_node_get_int (node);
  return TRUE;
}

static gboolean
read_double (const Reading *reading, JsonNode *node, gpointer member)
{
  if (!is_number (node) || !isfinite (json_node_get_double (node)))
    return mistake (reading, node, "a number", "a number such as 0.5");
  if (!in_range (reading, node, json_node_get_double (node)))
    return FALSE;
  *(double *)member = json_node_get_double (node);
  return TRUE;
}

static gboolean
read_string (const Reading *reading, JsonNode *node, gpointer member)
{
  const char *text = get_string (node);

  if (text == NULL)
    return mistake (reading, node, "a string", "text in quotes");
  *(char **)member = g_strdup (text);
  return TRUE;
}

static gboolean
find_choice (const Reading *reading, const char *text, guint *index)
{
  const char *const *choices = reading->option->choices;

  for (guint i = 0; choices[i] != NULL; i++)
    if (strcmp (choices[i], text) == 0)
      {
        if (index != NULL)
          *index = i;
        return TRUE;
      }

  const char *nearest = weir_nearest_name (text, choices);
  g_autofree char *all = g_strjoinv (", ", (char **)choices);
  if (nearest != NULL)
    weir_mistakes_addf (reading->mistakes, reading->pointer,
                        "unknown value \"%s\" (did you mean \"%s\"? one of: %s)", text, nearest,
                        all);
  else
    weir_mistakes_addf (reading->mistakes, reading->pointer,
                        "unknown value \"%s\" (expected one of: %s)", text, all);
  return FALSE;
}

static gboolean
read_enum (const Reading *reading, JsonNode *node, gpointer member)
{
  const char *text = get_string (node);

  if (text == NULL)
    {
      g_autofree char *all = g_strjoinv (", ", (char **)reading->option->choices);
      g_autofree char *expected = g_strdup_printf ("one of: %s", all);
      return mistake (reading, node, "one of the choices", expected);
    }
  return find_choice (reading, text, member);
}

static gboolean
read_duration (const Reading *reading, JsonNode *node, gpointer member)
{
  const char *text = get_string (node);
  guint64 value;

  if (text == NULL || !weir_duration_parse (text, &value))
    return mistake (reading, node, "a duration", "a duration such as \"50ms\"");
  if (!in_range (reading, node, (double)value))
    return FALSE;
  *(guint64 *)member = value;
  return TRUE;
}

static gboolean
read_size (const Reading *reading, JsonNode *node, gpointer member)
{
  const char *text = get_string (node);
  guint64 value = 0;
  gboolean good = text != NULL ? weir_size_parse (text, &value)
                               : is_whole (node) && json_node_get_int (node) >= 0;

  if (!good)
    return mistake (reading, node, "a size", "a size such as \"64KiB\", or a number of bytes");
  if (text == NULL)
    value = (guint64)json_node_get_int (node);
  if (!in_range (reading, node, (double)value))
    return FALSE;
  *(guint64 *)member = value;
  return TRUE;
}

static gboolean
read_period (const Reading *reading, JsonNode *node, gpointer member)
{
  const char *text = get_string (node);
  WeirPeriod period = { 0 };
  gboolean good;

  if (text == NULL)
    {
      good = is_whole (node) && json_node_get_int (node) > 0;
      period.count = good ? (guint64)json_node_get_int (node) : 0;
    }
  else if (reading->verbatim
           && g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64, &period.count, NULL))
    good = TRUE;
  else
    good = weir_duration_parse (text, &period.duration) && period.duration > 0;

  if (!good)
    return mistake (reading, node, "a count or a duration",
                    "a count such as 1000, or a duration such as \"10s\"");
  *(WeirPeriod *)member = period;
  return TRUE;
}

static WeirExpression *
compile (const Reading *reading, const char *source)
{
  g_autoptr (GError) error = NULL;
  gsize offset;
  WeirExpression *expression = weir_expression_new_at (source, &offset, &error);

  if (expression == NULL)
    weir_mistakes_add_inside (reading->mistakes, reading->pointer, source, offset, error->message);
  return expression;
}

static gboolean
read_expression (const Reading *reading, JsonNode *node, gpointer member)
{
  const char *text = get_string (node);

  if (text == NULL)
    return mistake (reading, node, "an expression", "jq in a string, such as \".status >= 500\"");

  WeirExpression *expression = compile (reading, text);
  if (expression == NULL)
    return FALSE;
  *(WeirExpression **)member = expression;
  return TRUE;
}

static gboolean
check_path (const Reading *reading, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirPath) path = weir_path_new (text, &error);

  if (path != NULL)
    return TRUE;
  weir_mistakes_addf (reading->mistakes, reading->pointer, "%s (expected a path such as \".a.b\")",
                      error->message);
  return FALSE;
}

static gboolean
check_element (const Reading *reading, JsonNode *node)
{
  const gboolean paths = reading->option->kind == WEIR_OPTION_PATHS;
  const char *text = get_string (node);

  if (text == NULL)
    return mistake (reading, node, paths ? "a path" : "a string",
                    paths ? "a path such as \".a.b\"" : "text in quotes");
  if (paths)
    return check_path (reading, text);
  return reading->option->choices == NULL || find_choice (reading, text, NULL);
}

static gboolean
is_there (const Reading *reading, guint n_entries)
{
  if (n_entries > 0 || !reading->option->required)
    return TRUE;
  weir_mistakes_addf (reading->mistakes, reading->pointer, "\"%s\" is empty (expected a %s)",
                      reading->option->name, weir_option_get_kind_name (reading->option));
  return FALSE;
}

static gboolean
read_list (const Reading *reading, JsonArray *array, GStrvBuilder *list)
{
  gboolean good = is_there (reading, json_array_get_length (array));

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      g_autofree char *pointer = weir_pointer_join_index (reading->pointer, i);
      Reading element = *reading;
      element.pointer = pointer;
      if (check_element (&element, node))
        g_strv_builder_add (list, json_node_get_string (node));
      else
        good = FALSE;
    }
  return good;
}

static gboolean
read_strings (const Reading *reading, JsonNode *node, gpointer member)
{
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();

  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      if (!read_list (reading, json_node_get_array (node), list))
        return FALSE;
    }
  else if (get_string (node) == NULL)
    return mistake (reading, node, "a list of strings", "a string or a list of strings");
  else if (!check_element (reading, node))
    return FALSE;
  else
    g_strv_builder_add (list, get_string (node));
  *(GStrv *)member = g_strv_builder_end (list);
  return TRUE;
}

static void
entry_free (WeirOptionEntry *entry)
{
  g_free (entry->key);
  g_free (entry->text);
  g_clear_pointer (&entry->expression, weir_expression_unref);
  g_free (entry);
}

/* A bound that came out of a substitution is a number in a string. */
static gboolean
read_bound (const Reading *reading, JsonNode *node, double open, double *bound)
{
  const char *text = get_string (node);
  g_autoptr (JsonNode) parsed = text != NULL ? parse_text (text, NULL) : NULL;

  if (JSON_NODE_HOLDS_NULL (node))
    *bound = open;
  else if (is_number (parsed != NULL ? parsed : node))
    *bound = json_node_get_double (parsed != NULL ? parsed : node);
  else
    return mistake (reading, node, "a bound", "a number, or null for an open side");
  return TRUE;
}

static gboolean
read_range (const Reading *reading, JsonNode *node, WeirOptionEntry *entry)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL || json_array_get_length (array) != 2)
    return mistake (reading, node, "a range", "[low, high]; null leaves a side open");
  if (!read_bound (reading, json_array_get_element (array, 0), -INFINITY, &entry->low)
      || !read_bound (reading, json_array_get_element (array, 1), INFINITY, &entry->high))
    return FALSE;
  if (entry->low > entry->high)
    return mistake (reading, node, "a range", "the low bound first");
  return TRUE;
}

static gboolean
read_entry_value (const Reading *reading, JsonNode *node, WeirOptionEntry *entry)
{
  const WeirMapKind kind = reading->option->map & ~WEIR_MAP_PATH_KEYS;
  const char *text = get_string (node);

  if (kind == WEIR_MAP_RANGES)
    return read_range (reading, node, entry);
  if (text == NULL)
    return mistake (reading, node, kind == WEIR_MAP_EXPRESSIONS ? "an expression" : "a string",
                    kind == WEIR_MAP_EXPRESSIONS ? "jq in a string, such as \".a + .b\""
                                                 : "text in quotes");
  if (kind == WEIR_MAP_EXPRESSIONS)
    return (entry->expression = compile (reading, text)) != NULL;
  entry->text = g_strdup (text);
  if (kind == WEIR_MAP_PATHS)
    return check_path (reading, text);
  return reading->option->choices == NULL || find_choice (reading, text, NULL);
}

static WeirOptionEntry *
read_entry (const Reading *reading, const char *key, JsonNode *node)
{
  WeirOptionEntry *entry = g_new0 (WeirOptionEntry, 1);
  gboolean good = !(reading->option->map & WEIR_MAP_PATH_KEYS) || check_path (reading, key);

  entry->key = g_strdup (key);
  if (read_entry_value (reading, node, entry) && good)
    return entry;
  entry_free (entry);
  return NULL;
}

static gboolean
read_map (const Reading *reading, JsonNode *node, gpointer member)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify)entry_free);
  JsonObjectIter iter;
  const char *key;
  JsonNode *value;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return mistake (reading, node, "an object", weir_option_get_kind_name (reading->option));

  JsonObject *object = json_node_get_object (node);
  gboolean good = is_there (reading, json_object_get_size (object));
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &key, &value))
    {
      g_autofree char *pointer = weir_pointer_join (reading->pointer, key);
      Reading one = *reading;
      one.pointer = pointer;
      WeirOptionEntry *entry = read_entry (&one, key, value);
      if (entry != NULL)
        g_ptr_array_add (entries, entry);
      else
        good = FALSE;
    }
  if (good)
    *(GPtrArray **)member = g_steal_pointer (&entries);
  return good;
}

static gboolean
read_json (const Reading *reading, JsonNode *node, gpointer member)
{
  *(JsonNode **)member = json_node_copy (node);
  return TRUE;
}

static const ReadFunc read_funcs[] = {
  [WEIR_OPTION_BOOLEAN] = read_boolean,   [WEIR_OPTION_INT64] = read_int64,
  [WEIR_OPTION_UINT64] = read_uint64,     [WEIR_OPTION_DOUBLE] = read_double,
  [WEIR_OPTION_STRING] = read_string,     [WEIR_OPTION_ENUM] = read_enum,
  [WEIR_OPTION_DURATION] = read_duration, [WEIR_OPTION_SIZE] = read_size,
  [WEIR_OPTION_PERIOD] = read_period,     [WEIR_OPTION_EXPRESSION] = read_expression,
  [WEIR_OPTION_STRINGS] = read_strings,   [WEIR_OPTION_PATHS] = read_strings,
  [WEIR_OPTION_MAP] = read_map,           [WEIR_OPTION_JSON] = read_json,
};

/* Whether verbatim text of the option stands for JSON. */
static gboolean
is_json_text (const WeirOption *option, const char *text)
{
  switch (option->kind)
    {
    case WEIR_OPTION_BOOLEAN:
    case WEIR_OPTION_INT64:
    case WEIR_OPTION_DOUBLE:
    case WEIR_OPTION_MAP:
    case WEIR_OPTION_JSON:
      return TRUE;
    case WEIR_OPTION_STRINGS:
    case WEIR_OPTION_PATHS:
      return *text == '[';
    default:
      return FALSE;
    }
}

/* In a launch line the quotes of unquoted JSON are gone, as in a shell. */
static gboolean
has_lost_quotes (const char *text)
{
  return (*text == '{' || *text == '[') && strchr (text, '"') == NULL;
}

static gboolean
read_verbatim_json (const Reading *reading, JsonNode *node, gpointer member)
{
  const WeirOptionKind kind = reading->option->kind;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) parsed = parse_text (json_node_get_string (node), &error);

  if (parsed != NULL)
    return read_funcs[kind](reading, parsed, member);
  if (kind == WEIR_OPTION_MAP || kind == WEIR_OPTION_JSON || kind == WEIR_OPTION_STRINGS
      || kind == WEIR_OPTION_PATHS)
    {
      weir_mistakes_addf (reading->mistakes, reading->pointer, "not JSON: %s (expected %s%s)",
                          error->message, weir_option_get_kind_name (reading->option),
                          has_lost_quotes (json_node_get_string (node))
                              ? "; a launch line needs single quotes around it"
                              : "");
      return FALSE;
    }
  return read_funcs[kind](reading, node, member);
}

/* The new value is read beside the old one, which stays when there is a mistake. */
gboolean
weir_option_read_member (const WeirOption *option, gpointer base, JsonNode *node, gboolean verbatim,
                         const char *pointer, WeirMistakes *mistakes)
{
  const char *text = get_string (node);
  Reading reading = { option, pointer, mistakes, verbatim && text != NULL };
  gpointer member = G_STRUCT_MEMBER_P (base, option->offset);
  union
  {
    gboolean boolean;
    guint choice;
    guint64 number;
    double real;
    WeirPeriod period;
    gpointer pointer;
  } value = { .period = { 0 } };
  gboolean good;

  if (reading.verbatim && is_json_text (option, text))
    good = read_verbatim_json (&reading, node, &value);
  else
    good = read_funcs[option->kind](&reading, node, &value);
  if (!good)
    return FALSE;

  weir_option_clear_member (option, base);
  switch (option->kind)
    {
    case WEIR_OPTION_BOOLEAN:
      *(gboolean *)member = value.boolean;
      break;
    case WEIR_OPTION_ENUM:
      *(guint *)member = value.choice;
      break;
    case WEIR_OPTION_PERIOD:
      *(WeirPeriod *)member = value.period;
      break;
    case WEIR_OPTION_DOUBLE:
      *(double *)member = value.real;
      break;
    case WEIR_OPTION_INT64:
    case WEIR_OPTION_UINT64:
    case WEIR_OPTION_DURATION:
    case WEIR_OPTION_SIZE:
      *(guint64 *)member = value.number;
      break;
    default:
      *(gpointer *)member = value.pointer;
    }
  return TRUE;
}

void
weir_option_clear_member (const WeirOption *option, gpointer base)
{
  gpointer member = G_STRUCT_MEMBER_P (base, option->offset);

  switch (option->kind)
    {
    case WEIR_OPTION_STRING:
      g_clear_pointer ((char **)member, g_free);
      break;
    case WEIR_OPTION_EXPRESSION:
      g_clear_pointer ((WeirExpression **)member, weir_expression_unref);
      break;
    case WEIR_OPTION_STRINGS:
    case WEIR_OPTION_PATHS:
      g_clear_pointer ((GStrv *)member, g_strfreev);
      break;
    case WEIR_OPTION_MAP:
      g_clear_pointer ((GPtrArray **)member, g_ptr_array_unref);
      break;
    case WEIR_OPTION_JSON:
      g_clear_pointer ((JsonNode **)member, json_node_unref);
      break;
    default:
      break;
    }
}

void
weir_option_set_member_fallback (const WeirOption *option, gpointer base)
{
  if (option->fallback == NULL)
    return;

  g_autoptr (WeirMistakes) mistakes = weir_mistakes_new (option->name, NULL, NULL, NULL);
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), option->fallback);
  if (!weir_option_read_member (option, base, node, TRUE, "", mistakes))
    {
      g_autofree char *text = weir_mistakes_to_text (mistakes);
      g_error ("the default of an option is not good: %s", text);
    }
}
