/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "expression/weir-jq-node-private.h"

/* Constant paths ----------------------------------------------------------------------------- */

static inline const WeirField *
get_field (const WeirJqRun *run, guint path)
{
  return &run->fields[run->slots[path]];
}

/* The field is absent: the deepest part of its path that is there decides what that means. @there:
 * FALSE when an optional step gives nothing. */
static WeirJqStatus
miss_path (WeirJqRun *run, const WeirJqNode *node, gboolean *there, WeirJqValue *output)
{
  guint n = node->n_steps;
  WeirJqValue above;
  WeirJqStatus status;

  while (n > 0 && get_field (run, node->steps[n - 1].slot)->type == WEIR_FIELD_ABSENT)
    n--;
  if (n > 0)
    above = weir_jq_raw (get_field (run, node->steps[n - 1].slot)->text,
                         get_field (run, node->steps[n - 1].slot)->length);
  else
    above = weir_jq_get_record (run);
  *output = weir_jq_simple (WEIR_JQ_NULL);
  *there = TRUE;
  if (above.kind == WEIR_JQ_NULL
      || above.kind == (node->steps[n].key.kind == WEIR_JQ_STRING ? WEIR_JQ_OBJECT : WEIR_JQ_ARRAY))
    return WEIR_JQ_GO;
  status = weir_jq_get (run, &above, &node->steps[n].key, output);
  if (status != WEIR_JQ_ERROR || !node->steps[n].optional)
    return status;
  *there = FALSE;
  return WEIR_JQ_GO;
}

static inline WeirJqStatus
find_path (WeirJqRun *run, const WeirJqNode *node, gboolean *there, WeirJqValue *output)
{
  const WeirField *field = get_field (run, node->slot);

  *there = TRUE;
  if (G_UNLIKELY (field->type == WEIR_FIELD_ABSENT))
    return miss_path (run, node, there, output);
  output->kind = field->type - WEIR_FIELD_NULL;
  output->raw = TRUE;
  output->length = field->length;
  output->text = field->text;
  return WEIR_JQ_GO;
}

WeirJqStatus
weir_jq_find_path (WeirJqRun *run, const WeirJqNode *node, gboolean *there, WeirJqValue *output)
{
  return find_path (run, node, there, output);
}

G_STATIC_ASSERT (WEIR_FIELD_FALSE - WEIR_FIELD_NULL == WEIR_JQ_FALSE);
G_STATIC_ASSERT (WEIR_FIELD_TRUE - WEIR_FIELD_NULL == WEIR_JQ_TRUE);
G_STATIC_ASSERT (WEIR_FIELD_NUMBER - WEIR_FIELD_NULL == WEIR_JQ_NUMBER);
G_STATIC_ASSERT (WEIR_FIELD_STRING - WEIR_FIELD_NULL == WEIR_JQ_STRING);
G_STATIC_ASSERT (WEIR_FIELD_ARRAY - WEIR_FIELD_NULL == WEIR_JQ_ARRAY);
G_STATIC_ASSERT (WEIR_FIELD_OBJECT - WEIR_FIELD_NULL == WEIR_JQ_OBJECT);

/* One output ---------------------------------------------------------------------------------- */

static WeirJqStatus
one_index (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  WeirJqValue key;
  WeirJqValue value;
  WeirJqStatus status = weir_jq_eval_one (run, node->b, input, &key);

  if (status == WEIR_JQ_GO)
    status = weir_jq_eval_one (run, node->a, input, &value);
  return status == WEIR_JQ_GO ? weir_jq_get (run, &value, &key, output) : status;
}

static WeirJqStatus
one_slice (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  WeirJqValue from;
  WeirJqValue to;
  WeirJqValue value;
  WeirJqValue key;
  WeirJqStatus status = weir_jq_eval_one (run, node->b, input, &from);

  if (status == WEIR_JQ_GO)
    status = weir_jq_eval_one (run, node->c, input, &to);
  if (status == WEIR_JQ_GO)
    status = weir_jq_eval_one (run, node->a, input, &value);
  if (status != WEIR_JQ_GO)
    return status;
  key = weir_jq_slice_key (run, &from, &to);
  return weir_jq_get (run, &value, &key, output);
}

/* Two numbers, when the operation is exact and cannot fail; FALSE for others. */
static inline gboolean
calculate_numbers (WeirJqOperator operation, double a, double b, WeirJqValue *output)
{
  switch (operation)
    {
    case WEIR_JQ_ADD:
      *output = weir_jq_number (a + b);
      return TRUE;
    case WEIR_JQ_SUBTRACT:
      *output = weir_jq_number (a - b);
      return TRUE;
    case WEIR_JQ_MULTIPLY:
      *output = weir_jq_number (a * b);
      return TRUE;
    case WEIR_JQ_EQUAL:
      *output = weir_jq_boolean (a == b);
      return TRUE;
    case WEIR_JQ_UNEQUAL:
      *output = weir_jq_boolean (a != b);
      return TRUE;
    case WEIR_JQ_LESS:
      *output = weir_jq_boolean (a < b);
      break;
    case WEIR_JQ_LESS_EQUAL:
      *output = weir_jq_boolean (a <= b);
      break;
    case WEIR_JQ_GREATER:
      *output = weir_jq_boolean (a > b);
      break;
    case WEIR_JQ_GREATER_EQUAL:
      *output = weir_jq_boolean (a >= b);
      break;
    default:
      return FALSE;
    }
  return a == a && b == b;
}

/* What most operands are is found without a call. */
static inline WeirJqStatus
one_operand (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  gboolean there;

  if (node->kind == WEIR_JQ_NODE_CONSTANT)
    *output = node->value;
  else if (node->kind == WEIR_JQ_NODE_PATH)
    return find_path (run, node, &there, output);
  else
    return weir_jq_eval_one (run, node, input, output);
  return WEIR_JQ_GO;
}

static inline WeirJqStatus
one_binary (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  WeirJqValue a;
  WeirJqValue b;
  WeirJqStatus status = one_operand (run, node->b, input, &b);

  if (status == WEIR_JQ_GO)
    status = one_operand (run, node->a, input, &a);
  if (status != WEIR_JQ_GO)
    return status;
  if (a.kind == WEIR_JQ_NUMBER && b.kind == WEIR_JQ_NUMBER
      && calculate_numbers (node->operation, weir_jq_get_number (&a), weir_jq_get_number (&b),
                            output))
    return WEIR_JQ_GO;
  return weir_jq_calculate (run, node->operation, &a, &b, output);
}

static WeirJqStatus
one_logic (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  gboolean any = node->kind == WEIR_JQ_NODE_OR;
  WeirJqStatus status = weir_jq_eval_one (run, node->a, input, output);

  if (status == WEIR_JQ_GO && weir_jq_is_true (output) != any)
    status = weir_jq_eval_one (run, node->b, input, output);
  if (status == WEIR_JQ_GO)
    *output = weir_jq_boolean (weir_jq_is_true (output));
  return status;
}

static WeirJqStatus
one_alternative (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                 WeirJqValue *output)
{
  WeirJqStatus status = weir_jq_eval_one (run, node->a, input, output);

  if (status != WEIR_JQ_GO || weir_jq_is_true (output))
    return status;
  return weir_jq_eval_one (run, node->b, input, output);
}

static WeirJqStatus
one_if (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  WeirJqValue condition;
  WeirJqStatus status = weir_jq_eval_one (run, node->a, input, &condition);

  if (status != WEIR_JQ_GO)
    return status;
  return weir_jq_eval_one (run, weir_jq_is_true (&condition) ? node->b : node->c, input, output);
}

/* What makes an object: a value, with a key that must be a string. */
WeirJqStatus
weir_jq_put_member (WeirJqRun *run, const WeirJqValue *object, const WeirJqValue *key,
                    const WeirJqValue *value, WeirJqValue *output)
{
  WeirJqValue name;
  gsize length;
  const char *text;
  g_autoptr (GString) shown = NULL;

  if (key->kind == WEIR_JQ_STRING)
    {
      text = weir_jq_get_text (run, key, &length);
      name = weir_jq_string (text, length);
      return weir_jq_put (run, *object, &name, value, output);
    }
  shown = g_string_new (NULL);
  weir_jq_dump (run, key, shown);
  if (shown->len > 14)
    g_string_overwrite (g_string_truncate (shown, 14), 11, "...");
  return weir_jq_fail (run, "Cannot use %s (%s) as object key", weir_jq_kind_name (key),
                       shown->str);
}

static WeirJqStatus
one_object (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  WeirJqStatus status = WEIR_JQ_GO;
  WeirJqValue object = weir_jq_object (NULL, 0);

  for (guint i = 0; status == WEIR_JQ_GO && i < node->n_list; i += 2)
    {
      WeirJqValue key;
      WeirJqValue value;

      status = weir_jq_eval_one (run, node->list[i], input, &key);
      if (status == WEIR_JQ_GO)
        status = weir_jq_eval_one (run, node->list[i + 1], input, &value);
      if (status == WEIR_JQ_GO)
        status = weir_jq_put_member (run, &object, &key, &value, &object);
    }
  *output = object;
  return status;
}

/* The texts of a string joined. */
void
weir_jq_join_texts (WeirJqRun *run, const WeirJqValue *texts, guint n_texts, WeirJqValue *output)
{
  gsize length = 0;
  char *text;

  for (guint i = 0; i < n_texts; i++)
    length += texts[i].length;
  text = weir_jq_allocate (run, MAX (length, 1));
  *output = weir_jq_string (text, length);
  for (guint i = 0; i < n_texts; i++)
    {
      gsize part;
      const char *from = weir_jq_get_text (run, &texts[i], &part);

      memcpy (text, from, part);
      text += part;
    }
  output->length = text - output->text;
}

WeirJqStatus
weir_jq_make_text (WeirJqRun *run, const WeirJqNode *node, guint part, WeirJqValue *value)
{
  WeirJqValue made;
  WeirJqStatus status;

  if (node->list[part]->kind == WEIR_JQ_NODE_CONSTANT && node->list[part]->optional)
    return WEIR_JQ_GO; /* written between the interpolations */
  status = weir_jq_format (run, node->name, value, &made);
  *value = made;
  return status;
}

static WeirJqStatus
one_string (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  WeirJqValue *texts = weir_jq_allocate (run, node->n_list * sizeof (WeirJqValue));
  WeirJqStatus status = WEIR_JQ_GO;

  for (guint i = node->n_list; status == WEIR_JQ_GO && i-- > 0;)
    {
      status = weir_jq_eval_one (run, node->list[i], input, &texts[i]);
      if (status == WEIR_JQ_GO)
        status = weir_jq_make_text (run, node, i, &texts[i]);
    }
  if (status == WEIR_JQ_GO)
    weir_jq_join_texts (run, texts, node->n_list, output);
  return status;
}

static WeirJqStatus
one_call (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  WeirJqValue arguments[3];
  WeirJqStatus status = WEIR_JQ_GO;

  for (guint i = node->n_list; status == WEIR_JQ_GO && i-- > 0;)
    status = weir_jq_eval_one (run, node->list[i], input, &arguments[i]);
  return status == WEIR_JQ_GO ? node->function (run, node, input, arguments, output) : status;
}

static WeirJqStatus
one_pipe (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  WeirJqValue middle;
  WeirJqStatus status = weir_jq_eval_one (run, node->a, input, &middle);

  return status == WEIR_JQ_GO ? weir_jq_eval_one (run, node->b, &middle, output) : status;
}

static WeirJqStatus
one_binding (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  WeirJqValue before = run->variables[node->slot];
  WeirJqValue value;
  WeirJqStatus status = weir_jq_eval_one (run, node->a, input, &value);

  if (status != WEIR_JQ_GO)
    return status;
  run->variables[node->slot] = value;
  status = weir_jq_eval_one (run, node->b, input, output);
  run->variables[node->slot] = before;
  return status;
}

/* Kinds that are single though their parts are not: the one output is caught. */
typedef struct
{
  WeirJqSink sink;
  WeirJqValue value;
} Catcher;

static WeirJqStatus
catch_one (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  ((Catcher *)sink)->value = *value;
  return WEIR_JQ_GO;
}

static WeirJqStatus
one_of_fold (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  Catcher catcher = { .sink = { catch_one } };
  WeirJqStatus status;

  switch (node->kind)
    {
    case WEIR_JQ_NODE_REDUCE:
      status = weir_jq_eval_reduce (run, node, input, &catcher.sink);
      break;
    case WEIR_JQ_NODE_UNTIL:
      status = weir_jq_eval_until (run, node, input, &catcher.sink);
      break;
    case WEIR_JQ_NODE_LAST:
      status = weir_jq_eval_last (run, node, input, &catcher.sink);
      break;
    case WEIR_JQ_NODE_SUBSTITUTE:
      status = weir_jq_eval_substitute (run, node, input, &catcher.sink);
      break;
    default:
      status = weir_jq_eval_assign (run, node, input, &catcher.sink);
    }
  *output = catcher.value;
  return status;
}

/* function ([.[] | [a]]) */
static WeirJqStatus
one_by (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  WeirJqValue keys;
  WeirJqStatus status = weir_jq_collect (run, node->a, input, &keys);

  return status == WEIR_JQ_GO ? node->function (run, node, input, &keys, output) : status;
}

static WeirJqStatus
one_other (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  WeirJqStatus status;
  WeirJqValue value;

  switch (node->kind)
    {
    case WEIR_JQ_NODE_ARRAY:
      return weir_jq_collect (run, node->a, input, output);
    case WEIR_JQ_NODE_BY:
      return one_by (run, node, input, output);
    case WEIR_JQ_NODE_NEGATE:
      status = weir_jq_eval_one (run, node->a, input, &value);
      return status == WEIR_JQ_GO ? weir_jq_negate (run, &value, output) : status;
    case WEIR_JQ_NODE_ANY:
    case WEIR_JQ_NODE_ALL:
      return weir_jq_eval_any (run, node, input, output);
    case WEIR_JQ_NODE_MODIFY:
      return weir_jq_eval_modify (run, node, input, output);
    case WEIR_JQ_NODE_DELETE:
      return weir_jq_eval_delete (run, node, input, output);
    default:
      return one_of_fold (run, node, input, output);
    }
}

WeirJqStatus
weir_jq_eval_one (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                  WeirJqValue *output)
{
  gboolean there;

  switch (node->kind)
    {
    case WEIR_JQ_NODE_PATH:
      return find_path (run, node, &there, output);
    case WEIR_JQ_NODE_CONSTANT:
      *output = node->value;
      return WEIR_JQ_GO;
    case WEIR_JQ_NODE_BINARY:
      return one_binary (run, node, input, output);
    case WEIR_JQ_NODE_IDENTITY:
      *output = *input;
      return WEIR_JQ_GO;
    case WEIR_JQ_NODE_VARIABLE:
      *output = run->variables[node->slot];
      return WEIR_JQ_GO;
    case WEIR_JQ_NODE_INDEX:
      return one_index (run, node, input, output);
    case WEIR_JQ_NODE_SLICE:
      return one_slice (run, node, input, output);
    case WEIR_JQ_NODE_PIPE:
      return one_pipe (run, node, input, output);
    case WEIR_JQ_NODE_AND:
    case WEIR_JQ_NODE_OR:
      return one_logic (run, node, input, output);
    case WEIR_JQ_NODE_ALTERNATIVE:
      return one_alternative (run, node, input, output);
    case WEIR_JQ_NODE_IF:
      return one_if (run, node, input, output);
    case WEIR_JQ_NODE_OBJECT:
      return one_object (run, node, input, output);
    case WEIR_JQ_NODE_STRING:
      return one_string (run, node, input, output);
    case WEIR_JQ_NODE_CALL:
      return one_call (run, node, input, output);
    case WEIR_JQ_NODE_AS:
      return one_binding (run, node, input, output);
    default:
      return one_other (run, node, input, output);
    }
}

/* Writing ------------------------------------------------------------------------------------ */

/* The value of an object of constant keys goes straight to the text: node->value holds {"key": and
 * so on as made strings. */
static WeirJqStatus
write_object (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, GString *json)
{
  WeirJqStatus status = WEIR_JQ_GO;

  for (guint i = 0; status == WEIR_JQ_GO && i < node->n_list; i += 2)
    {
      const WeirJqValue *key = &node->value.elements[i / 2];

      weir_jq_append (json, key->text, key->length);
      status = weir_jq_eval_write (run, node->list[i + 1], input, json);
    }
  weir_jq_append (json, "}", 1);
  return status;
}

WeirJqStatus
weir_jq_eval_write (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, GString *json)
{
  WeirJqValue value;
  WeirJqStatus status;

  if (node->kind == WEIR_JQ_NODE_OBJECT && node->value.kind == WEIR_JQ_ARRAY)
    return write_object (run, node, input, json);
  status = weir_jq_eval_one (run, node, input, &value);
  return status == WEIR_JQ_GO ? weir_jq_write (run, &value, json) : status;
}
