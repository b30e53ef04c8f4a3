/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-option-private.h"

#include "stage/weir-mistakes-private.h"

static G_DEFINE_QUARK (weir - stage - options, weir_stage_options)

    /* Types in other languages declare options as GObject properties; these kinds are understood.
     */
    static gboolean describe_property (GParamSpec *pspec, WeirOption *option)
{
  const GType type = pspec->value_type;

  option->name = g_intern_string (pspec->name);
  option->offset = G_MAXSIZE;
  option->doc = g_intern_string (g_param_spec_get_blurb (pspec));
  if (type == G_TYPE_BOOLEAN)
    option->kind = WEIR_OPTION_BOOLEAN;
  else if (type == G_TYPE_INT || type == G_TYPE_LONG || type == G_TYPE_INT64)
    option->kind = WEIR_OPTION_INT64;
  else if (type == G_TYPE_UINT || type == G_TYPE_ULONG || type == G_TYPE_UINT64)
    option->kind = WEIR_OPTION_UINT64;
  else if (type == G_TYPE_FLOAT || type == G_TYPE_DOUBLE)
    option->kind = WEIR_OPTION_DOUBLE;
  else if (type == G_TYPE_STRING)
    option->kind = WEIR_OPTION_STRING;
  else if (type == G_TYPE_STRV)
    option->kind = WEIR_OPTION_STRINGS;
  else
    return FALSE;
  return (pspec->flags & G_PARAM_WRITABLE) != 0;
}

static void
describe_range (GParamSpec *pspec, WeirOption *option)
{
#define RANGE(CHECK, Type)                                                                         \
  if (CHECK (pspec))                                                                               \
    {                                                                                              \
      option->minimum = (double)((Type *)pspec)->minimum;                                          \
      option->maximum = (double)((Type *)pspec)->maximum;                                          \
    }
  RANGE (G_IS_PARAM_SPEC_INT, GParamSpecInt)
  RANGE (G_IS_PARAM_SPEC_LONG, GParamSpecLong)
  RANGE (G_IS_PARAM_SPEC_INT64, GParamSpecInt64)
  RANGE (G_IS_PARAM_SPEC_UINT, GParamSpecUInt)
  RANGE (G_IS_PARAM_SPEC_ULONG, GParamSpecULong)
  RANGE (G_IS_PARAM_SPEC_UINT64, GParamSpecUInt64)
  RANGE (G_IS_PARAM_SPEC_FLOAT, GParamSpecFloat)
  RANGE (G_IS_PARAM_SPEC_DOUBLE, GParamSpecDouble)
#undef RANGE
}

static void
describe_default (GParamSpec *pspec, WeirOption *option)
{
  const GValue *value = g_param_spec_get_default_value (pspec);
  g_auto (GValue) text = G_VALUE_INIT;

  g_value_init (&text, G_TYPE_STRING);
  if (G_VALUE_HOLDS_BOOLEAN (value))
    option->fallback = g_value_get_boolean (value) ? "true" : "false";
  else if (!G_VALUE_HOLDS (value, G_TYPE_STRV) && g_value_transform (value, &text))
    option->fallback
        = g_value_get_string (&text) ? g_intern_string (g_value_get_string (&text)) : NULL;
}

static gboolean
has_option (GArray *options, const char *name)
{
  for (guint i = 0; i < options->len; i++)
    if (strcmp (g_array_index (options, WeirOption, i).name, name) == 0)
      return TRUE;
  return FALSE;
}

/* Whether the class itself, not one above it, installed a table. */
static gboolean
has_table (WeirStageClass *klass)
{
  WeirStageClass *above = g_type_class_peek_parent (klass);

  if (!g_type_is_a (G_TYPE_FROM_CLASS (above), WEIR_TYPE_STAGE))
    return klass->options != NULL;
  return klass->options != above->options;
}

/* The base classes are the stage itself and its children. */
static gboolean
is_base (GType type)
{
  return type == WEIR_TYPE_STAGE || g_type_parent (type) == WEIR_TYPE_STAGE;
}

static void
collect_properties (WeirStageClass *klass, GArray *options)
{
  guint n_properties;
  g_autofree GParamSpec **properties
      = g_object_class_list_properties (G_OBJECT_CLASS (klass), &n_properties);

  for (guint i = 0; i < n_properties; i++)
    {
      const GType owner = properties[i]->owner_type;
      WeirOption option = { 0 };

      if (!g_type_is_a (owner, WEIR_TYPE_STAGE) || is_base (owner)
          || has_table (g_type_class_peek (owner)) || has_option (options, properties[i]->name)
          || !describe_property (properties[i], &option))
        continue;
      describe_range (properties[i], &option);
      describe_default (properties[i], &option);
      g_array_append_val (options, option);
    }
}

static GArray *
collect_options (WeirStageClass *klass)
{
  GArray *options = g_array_new (FALSE, TRUE, sizeof (WeirOption));

  for (WeirStageClass *at = klass; G_TYPE_FROM_CLASS (at) != WEIR_TYPE_STAGE;
       at = g_type_class_peek_parent (at))
    if (has_table (at))
      for (guint i = 0; i < at->n_options; i++)
        if (!has_option (options, at->options[i].name))
          g_array_append_val (options, at->options[i]);
  collect_properties (klass, options);
  return options;
}

const WeirOption *
weir_stage_class_get_options (WeirStageClass *klass, guint *n_options)
{
  static GMutex mutex;
  const GType type = G_TYPE_FROM_CLASS (klass);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  GArray *options = g_type_get_qdata (type, weir_stage_options_quark ());

  if (options == NULL)
    {
      options = collect_options (klass);
      g_type_set_qdata (type, weir_stage_options_quark (), options);
    }
  if (n_options != NULL)
    *n_options = options->len;
  return (const WeirOption *)options->data;
}

const WeirOption *
weir_stage_class_find_option (WeirStageClass *klass, const char *name)
{
  guint n_options;
  const WeirOption *options = weir_stage_class_get_options (klass, &n_options);

  for (guint i = 0; i < n_options; i++)
    if (strcmp (options[i].name, name) == 0)
      return &options[i];
  return NULL;
}

static gboolean
is_property (const WeirOption *option)
{
  return option->offset == G_MAXSIZE;
}

/* A property of another language is read into a value of the kind, then handed over. */
static gboolean
read_property (const WeirOption *option, WeirStage *stage, JsonNode *node, gboolean verbatim,
               const char *pointer, WeirMistakes *mistakes)
{
  WeirOption row = *option;
  union
  {
    gboolean boolean;
    gint64 int64;
    guint64 uint64;
    double number;
    char *string;
    GStrv strings;
  } member = { .uint64 = 0 };
  g_auto (GValue) value = G_VALUE_INIT;
  static const GType types[] = {
    [WEIR_OPTION_BOOLEAN] = G_TYPE_BOOLEAN, [WEIR_OPTION_INT64] = G_TYPE_INT64,
    [WEIR_OPTION_UINT64] = G_TYPE_UINT64,   [WEIR_OPTION_DOUBLE] = G_TYPE_DOUBLE,
    [WEIR_OPTION_STRING] = G_TYPE_STRING,
  };

  row.offset = 0;
  if (!weir_option_read_member (&row, &member, node, verbatim, pointer, mistakes))
    return FALSE;
  g_value_init (&value, row.kind == WEIR_OPTION_STRINGS ? G_TYPE_STRV : types[row.kind]);
  switch (row.kind)
    {
    case WEIR_OPTION_BOOLEAN:
      g_value_set_boolean (&value, member.boolean);
      break;
    case WEIR_OPTION_INT64:
      g_value_set_int64 (&value, member.int64);
      break;
    case WEIR_OPTION_UINT64:
      g_value_set_uint64 (&value, member.uint64);
      break;
    case WEIR_OPTION_DOUBLE:
      g_value_set_double (&value, member.number);
      break;
    case WEIR_OPTION_STRING:
      g_value_set_string (&value, member.string);
      break;
    default:
      g_value_set_boxed (&value, member.strings);
    }
  g_object_set_property (G_OBJECT (stage), option->name, &value);
  weir_option_clear_member (&row, &member);
  return TRUE;
}

gboolean
weir_option_read (const WeirOption *option, WeirStage *stage, JsonNode *node, gboolean verbatim,
                  const char *pointer, WeirMistakes *mistakes)
{
  if (is_property (option))
    return read_property (option, stage, node, verbatim, pointer, mistakes);
  return weir_option_read_member (option, stage, node, verbatim, pointer, mistakes);
}

void
weir_option_set_fallback (const WeirOption *option, WeirStage *stage)
{
  if (!is_property (option))
    weir_option_set_member_fallback (option, stage);
}

void
weir_option_clear (const WeirOption *option, WeirStage *stage)
{
  if (!is_property (option))
    weir_option_clear_member (option, stage);
}
