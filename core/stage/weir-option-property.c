/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-option-private.h"

#include <math.h>

#include "json/weir-json-private.h"
#include "stage/weir-mistakes-private.h"

/* The GObject properties of an option table. A property holds what the member holds when GObject
 * has a type for it, else the text of the option. */

static const WeirOption *
find_row (GParamSpec *pspec, guint id)
{
  WeirStageClass *klass = g_type_class_peek (pspec->owner_type);

  g_assert (id >= 1 && id <= klass->n_options);
  return &klass->options[id - 1];
}

static void
append_entry (GString *json, const WeirOptionEntry *entry, WeirMapKind kind)
{
  weir_json_append_string (json, entry->key, -1);
  g_string_append (json, ": ");
  if (kind == WEIR_MAP_EXPRESSIONS)
    weir_json_append_string (json, weir_expression_get_source (entry->expression), -1);
  else if (kind != WEIR_MAP_RANGES)
    weir_json_append_string (json, entry->text, -1);
  else
    {
      g_string_append_c (json, '[');
      if (entry->low == -INFINITY)
        g_string_append (json, "null");
      else
        weir_json_append_double (json, entry->low);
      g_string_append (json, ", ");
      if (entry->high == INFINITY)
        g_string_append (json, "null");
      else
        weir_json_append_double (json, entry->high);
      g_string_append_c (json, ']');
    }
}

static char *
map_to_text (const WeirOption *option, GPtrArray *entries)
{
  GString *json = g_string_new ("{");

  for (guint i = 0; i < entries->len; i++)
    {
      g_string_append (json, i > 0 ? ", " : "");
      append_entry (json, g_ptr_array_index (entries, i), option->map & ~WEIR_MAP_PATH_KEYS);
    }
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

static char *
period_to_text (const WeirPeriod *period)
{
  if (period->count > 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, period->count);
  return period->duration > 0 ? weir_duration_format (period->duration) : NULL;
}

char *
weir_option_member_to_text (const WeirOption *option, gconstpointer base)
{
  gconstpointer member = G_STRUCT_MEMBER_P (base, option->offset);

  switch (option->kind)
    {
    case WEIR_OPTION_STRING:
      return g_strdup (*(char *const *)member);
    case WEIR_OPTION_ENUM:
      return g_strdup (option->choices[*(const guint *)member]);
    case WEIR_OPTION_PERIOD:
      return period_to_text (member);
    default:
      break;
    }

  gpointer value = *(const gpointer *)member;
  if (value == NULL)
    return NULL;
  if (option->kind == WEIR_OPTION_EXPRESSION)
    return g_strdup (weir_expression_get_source (value));
  if (option->kind == WEIR_OPTION_MAP)
    return map_to_text (option, value);
  g_assert (option->kind == WEIR_OPTION_JSON);
  return json_to_string (value, FALSE);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  const WeirOption *option = find_row (pspec, id);
  gconstpointer member = G_STRUCT_MEMBER_P (object, option->offset);

  switch (option->kind)
    {
    case WEIR_OPTION_BOOLEAN:
      g_value_set_boolean (value, *(const gboolean *)member);
      break;
    case WEIR_OPTION_INT64:
      g_value_set_int64 (value, *(const gint64 *)member);
      break;
    case WEIR_OPTION_UINT64:
    case WEIR_OPTION_DURATION:
    case WEIR_OPTION_SIZE:
      g_value_set_uint64 (value, *(const guint64 *)member);
      break;
    case WEIR_OPTION_DOUBLE:
      g_value_set_double (value, *(const double *)member);
      break;
    case WEIR_OPTION_STRINGS:
    case WEIR_OPTION_PATHS:
      g_value_set_boxed (value, *(char **const *)member);
      break;
    default:
      g_value_take_string (value, weir_option_member_to_text (option, object));
    }
}

static void
set_from_node (const WeirOption *option, GObject *object, JsonNode *node)
{
  g_autoptr (WeirMistakes) mistakes
      = weir_mistakes_new (G_OBJECT_TYPE_NAME (object), NULL, NULL, NULL);
  g_autofree char *pointer = weir_pointer_join ("", option->name);

  if (!weir_option_read_member (option, object, node, TRUE, pointer, mistakes))
    {
      g_autofree char *text = weir_mistakes_to_text (mistakes);
      g_warning ("%s", text);
    }
}

static void
set_strings (const WeirOption *option, GObject *object, char **strings)
{
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), json_array_new ());

  json_array_unref (json_node_get_array (node));
  for (guint i = 0; strings != NULL && strings[i] != NULL; i++)
    json_array_add_string_element (json_node_get_array (node), strings[i]);
  set_from_node (option, object, node);
}

static void
set_text (const WeirOption *option, GObject *object, const char *text)
{
  g_autoptr (JsonNode) node = NULL;

  if (text == NULL)
    {
      weir_option_clear_member (option, object);
      return;
    }
  node = json_node_init_string (json_node_alloc (), text);
  set_from_node (option, object, node);
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  const WeirOption *option = find_row (pspec, id);
  gpointer member = G_STRUCT_MEMBER_P (object, option->offset);

  switch (option->kind)
    {
    case WEIR_OPTION_BOOLEAN:
      *(gboolean *)member = g_value_get_boolean (value);
      break;
    case WEIR_OPTION_INT64:
      *(gint64 *)member = g_value_get_int64 (value);
      break;
    case WEIR_OPTION_UINT64:
    case WEIR_OPTION_DURATION:
    case WEIR_OPTION_SIZE:
      *(guint64 *)member = g_value_get_uint64 (value);
      break;
    case WEIR_OPTION_DOUBLE:
      *(double *)member = g_value_get_double (value);
      break;
    case WEIR_OPTION_STRINGS:
    case WEIR_OPTION_PATHS:
      set_strings (option, object, g_value_get_boxed (value));
      break;
    default:
      set_text (option, object, g_value_get_string (value));
    }
}

/* G_MAXINT64 and G_MAXUINT64 have no double of their own: a bound at the end of a type is the end.
 */
static guint64
to_uint64 (double value)
{
  return value >= (double)G_MAXUINT64 ? G_MAXUINT64 : value <= 0 ? 0 : (guint64)value;
}

static gint64
to_int64 (double value)
{
  if (value >= (double)G_MAXINT64)
    return G_MAXINT64;
  return value <= (double)G_MININT64 ? G_MININT64 : (gint64)value;
}

typedef union
{
  gboolean boolean;
  gint64 whole;
  guint64 natural;
  double real;
  guint choice;
} Default;

static Default
read_default (const WeirOption *option)
{
  WeirOption row = *option;
  Default value = { 0 };

  row.offset = 0;
  weir_option_set_member_fallback (&row, &value);
  return value;
}

static GParamSpec *
make_number_spec (const WeirOption *o)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  const gboolean ranged = weir_option_has_range (o);
  const Default d = read_default (o);

  if (o->kind == WEIR_OPTION_BOOLEAN)
    return g_param_spec_boolean (o->name, o->name, o->doc, d.boolean, flags);
  if (o->kind == WEIR_OPTION_INT64)
    return g_param_spec_int64 (o->name, o->name, o->doc,
                               ranged ? to_int64 (o->minimum) : G_MININT64,
                               ranged ? to_int64 (o->maximum) : G_MAXINT64, d.whole, flags);
  if (o->kind == WEIR_OPTION_DOUBLE)
    return g_param_spec_double (o->name, o->name, o->doc, ranged ? o->minimum : -G_MAXDOUBLE,
                                ranged ? o->maximum : G_MAXDOUBLE, d.real, flags);
  /* 0 may stand for "not set", so the property takes it whatever the range is. */
  return g_param_spec_uint64 (o->name, o->name, o->doc,
                              ranged ? MIN (to_uint64 (o->minimum), d.natural) : 0,
                              ranged ? to_uint64 (o->maximum) : G_MAXUINT64, d.natural, flags);
}

static GParamSpec *
make_spec (const WeirOption *option)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  switch (option->kind)
    {
    case WEIR_OPTION_BOOLEAN:
    case WEIR_OPTION_INT64:
    case WEIR_OPTION_UINT64:
    case WEIR_OPTION_DOUBLE:
    case WEIR_OPTION_DURATION:
    case WEIR_OPTION_SIZE:
      return make_number_spec (option);
    case WEIR_OPTION_STRINGS:
    case WEIR_OPTION_PATHS:
      return g_param_spec_boxed (option->name, option->name, option->doc, G_TYPE_STRV, flags);
    default:
      return g_param_spec_string (option->name, option->name, option->doc, option->fallback, flags);
    }
}

/**
 * weir_stage_class_set_options: (skip)
 * @klass: the class of a stage type
 * @options: (array length=n_options): the option table, which must live as long as the process
 * @n_options: how many rows it has
 *
 * Gives a stage type its options: each row becomes a GObject property that reads and writes the
 * struct member of the row. To be called once, in the class's init function; a class that installs
 * a table has no other properties of its own. The names `type`, `id` and `from` are taken.
 */
void
weir_stage_class_set_options (WeirStageClass *klass, const WeirOption *options, guint n_options)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  g_return_if_fail (WEIR_IS_STAGE_CLASS (klass));
  g_return_if_fail (options != NULL || n_options == 0);

  klass->options = options;
  klass->n_options = n_options;
  object_class->get_property = get_property;
  object_class->set_property = set_property;
  for (guint i = 0; i < n_options; i++)
    g_object_class_install_property (object_class, i + 1, make_spec (&options[i]));
}
