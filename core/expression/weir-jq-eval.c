/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "expression/weir-jq-node-private.h"

/* Elements under collection at which an evaluation is left to libjq. */
#define MAX_STACK (8u << 20)

/* A sink of a node: what it needs to go on when a part of the node gives an output. */
typedef struct
{
  WeirJqSink sink;
  const WeirJqNode *node;
  const WeirJqValue *input;
  const WeirJqTrail *trail;
  WeirJqSink *outer;
  WeirJqValue value; /* what has been found so far */
  guint at;
  gboolean found;
} Step;

/* Constant paths ----------------------------------------------------------------------------- */

static inline const WeirField *
get_field (const WeirJqRun *run, guint path)
{
  return &run->fields[run->slots[path]];
}

/* The record's own type tells as much as a value: it is there. */
static WeirJqValue
get_root (const WeirJqRun *run)
{
  const char *text = run->record;
  gsize length = run->record_length;

  while (length > 0 && g_ascii_isspace (*text))
    {
      text++;
      length--;
    }
  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  return weir_jq_raw (length > 0 ? text : "null", length > 0 ? length : 4);
}

/* The field is absent: the deepest part of its path that is there decides what that means. @there: FALSE
 * when an optional step gives nothing. */
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
    above = get_root (run);
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
calculate_numbers (WeirJqOperator operator, double a, double b, WeirJqValue *output)
{
  switch (operator)
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

static inline WeirJqStatus
one_binary (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqValue *output)
{
  WeirJqValue a;
  WeirJqValue b;
  WeirJqStatus status = weir_jq_eval_one (run, node->b, input, &b);

  if (status == WEIR_JQ_GO)
    status = weir_jq_eval_one (run, node->a, input, &a);
  if (status != WEIR_JQ_GO)
    return status;
  if (a.kind == WEIR_JQ_NUMBER && b.kind == WEIR_JQ_NUMBER
      && calculate_numbers (node->operator, weir_jq_get_number (&a), weir_jq_get_number (&b),
                            output))
    return WEIR_JQ_GO;
  return weir_jq_calculate (run, node->operator, &a, &b, output);
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
static WeirJqStatus
put_member (WeirJqRun *run, const WeirJqValue *object, const WeirJqValue *key,
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
        status = put_member (run, &object, &key, &value, &object);
    }
  *output = object;
  return status;
}

/* The texts of a string joined. */
static void
join_texts (WeirJqRun *run, const WeirJqValue *texts, guint n_texts, WeirJqValue *output)
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

static WeirJqStatus
make_text (WeirJqRun *run, const WeirJqNode *node, guint part, WeirJqValue *value)
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
        status = make_text (run, node, i, &texts[i]);
    }
  if (status == WEIR_JQ_GO)
    join_texts (run, texts, node->n_list, output);
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
one_binding (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
             WeirJqValue *output)
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
static WeirJqStatus
catch_one (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  ((Step *)sink)->value = *value;
  return WEIR_JQ_GO;
}

static WeirJqStatus
one_of_fold (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
             WeirJqValue *output)
{
  Step step = { .sink = { catch_one } };
  WeirJqStatus status;

  switch (node->kind)
    {
    case WEIR_JQ_NODE_REDUCE:
      status = weir_jq_eval_reduce (run, node, input, &step.sink);
      break;
    case WEIR_JQ_NODE_UNTIL:
      status = weir_jq_eval_until (run, node, input, &step.sink);
      break;
    case WEIR_JQ_NODE_LAST:
      status = weir_jq_eval_last (run, node, input, &step.sink);
      break;
    case WEIR_JQ_NODE_SUBSTITUTE:
      status = weir_jq_eval_substitute (run, node, input, &step.sink);
      break;
    default:
      status = weir_jq_eval_assign (run, node, input, &step.sink);
    }
  *output = step.value;
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

/* Any number of outputs ------------------------------------------------------------------------ */

static WeirJqStatus
give (WeirJqRun *run, WeirJqSink *sink, const WeirJqValue *value)
{
  return sink->emit (sink, run, value, NULL);
}

static WeirJqStatus
eval_path (WeirJqRun *run, const WeirJqNode *node, WeirJqSink *sink)
{
  WeirJqValue value;
  gboolean there;
  WeirJqStatus status = find_path (run, node, &there, &value);

  return status == WEIR_JQ_GO && there ? give (run, sink, &value) : status;
}

/* One step down; it gives nothing when it is optional and fails. */
static WeirJqStatus
give_inner (WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail,
            const WeirJqValue *key, gboolean optional, WeirJqSink *sink)
{
  WeirJqTrail *next = NULL;
  WeirJqValue inner;
  WeirJqStatus status = weir_jq_get (run, value, key, &inner);

  if (status == WEIR_JQ_ERROR && optional)
    return WEIR_JQ_GO;
  if (status != WEIR_JQ_GO)
    return status;
  if (trail != NULL)
    {
      next = weir_jq_allocate (run, sizeof (WeirJqTrail));
      *next = (WeirJqTrail){ trail, *key };
    }
  return sink->emit (sink, run, &inner, next);
}

static WeirJqStatus
on_indexed (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Step *step = (Step *)sink;

  return give_inner (run, value, trail, &step->value, step->node->optional, step->outer);
}

static WeirJqStatus
on_key (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Step *step = (Step *)sink;
  Step next = { .sink = { on_indexed }, .node = step->node, .outer = step->outer, .value = *value };

  return weir_jq_eval (run, step->node->a, step->input, step->trail, &next.sink);
}

static WeirJqStatus
on_slice_end (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value,
              const WeirJqTrail *trail)
{
  Step *step = (Step *)sink;
  WeirJqValue key = weir_jq_slice_key (run, &step->value, value);

  return on_key (sink, run, &key, NULL);
}

static WeirJqStatus
on_slice_start (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value,
                const WeirJqTrail *trail)
{
  Step next = *(Step *)sink;

  next.sink.emit = on_slice_end;
  next.value = *value;
  return weir_jq_eval (run, next.node->c, next.input, NULL, &next.sink);
}

static WeirJqStatus
give_elements (WeirJqRun *run, const WeirJqValue *array, const WeirJqTrail *trail,
               WeirJqSink *sink)
{
  WeirJqStatus status = WEIR_JQ_GO;

  for (guint i = 0; status == WEIR_JQ_GO && i < array->length; i++)
    {
      WeirJqTrail *next = NULL;

      if (trail != NULL)
        {
          next = weir_jq_allocate (run, sizeof (WeirJqTrail));
          *next = (WeirJqTrail){ trail, weir_jq_number (i) };
        }
      status = sink->emit (sink, run, &array->elements[i], next);
    }
  return status;
}

static WeirJqStatus
give_members (WeirJqRun *run, const WeirJqValue *object, const WeirJqTrail *trail,
              WeirJqSink *sink)
{
  WeirJqStatus status = WEIR_JQ_GO;

  for (guint i = 0; status == WEIR_JQ_GO && i < object->length; i++)
    {
      WeirJqTrail *next = NULL;

      if (trail != NULL)
        {
          next = weir_jq_allocate (run, sizeof (WeirJqTrail));
          *next = (WeirJqTrail){ trail, object->members[i].key };
        }
      status = sink->emit (sink, run, &object->members[i].value, next);
    }
  return status;
}

static WeirJqStatus
give_all (WeirJqRun *run, WeirJqValue value, const WeirJqTrail *trail, gboolean optional,
          WeirJqSink *sink)
{
  WeirJqStatus status;
  g_autoptr (GString) shown = NULL;

  if (value.kind >= WEIR_JQ_ARRAY)
    {
      status = weir_jq_open (run, &value);
      if (status != WEIR_JQ_GO)
        return status;
      return value.kind == WEIR_JQ_ARRAY ? give_elements (run, &value, trail, sink)
                                         : give_members (run, &value, trail, sink);
    }
  if (optional)
    return WEIR_JQ_GO;
  shown = g_string_new (NULL);
  weir_jq_dump (run, &value, shown);
  if (shown->len > 14)
    g_string_append (g_string_truncate (shown, 11), "...");
  return weir_jq_fail (run, "Cannot iterate over %s (%s)", weir_jq_kind_name (&value), shown->str);
}

static WeirJqStatus
on_iterated (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Step *step = (Step *)sink;

  return give_all (run, *value, trail, step->node->optional, step->outer);
}

static WeirJqStatus
on_piped (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Step *step = (Step *)sink;

  return weir_jq_eval (run, step->node->b, value, trail, step->outer);
}

static WeirJqStatus
on_negated (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  WeirJqValue output;
  WeirJqStatus status = weir_jq_negate (run, value, &output);

  return status == WEIR_JQ_GO ? give (run, ((Step *)sink)->outer, &output) : status;
}

static WeirJqStatus
on_left (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Step *step = (Step *)sink;
  WeirJqValue output;
  WeirJqStatus status
      = weir_jq_calculate (run, step->node->operator, value, &step->value, &output);

  return status == WEIR_JQ_GO ? give (run, step->outer, &output) : status;
}

/* jq runs through the right side first. */
static WeirJqStatus
on_right (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Step next = *(Step *)sink;

  next.sink.emit = on_left;
  next.value = *value;
  return weir_jq_eval (run, next.node->a, next.input, NULL, &next.sink);
}

static WeirJqStatus
on_truth (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  WeirJqValue output = weir_jq_boolean (weir_jq_is_true (value));

  return give (run, ((Step *)sink)->outer, &output);
}

static WeirJqStatus
on_logic (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Step *step = (Step *)sink;
  Step next = { .sink = { on_truth }, .outer = step->outer };

  if (weir_jq_is_true (value) == (step->node->kind == WEIR_JQ_NODE_OR))
    return on_truth (sink, run, value, NULL);
  return weir_jq_eval (run, step->node->b, step->input, NULL, &next.sink);
}

static WeirJqStatus
on_alternative (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value,
                const WeirJqTrail *trail)
{
  Step *step = (Step *)sink;

  if (!weir_jq_is_true (value))
    return WEIR_JQ_GO;
  step->found = TRUE;
  return step->outer->emit (step->outer, run, value, trail);
}

static WeirJqStatus
eval_alternative (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                  const WeirJqTrail *trail, WeirJqSink *sink)
{
  Step step = { .sink = { on_alternative }, .outer = sink };
  WeirJqStatus status = weir_jq_eval (run, node->a, input, trail, &step.sink);

  if (status != WEIR_JQ_GO || step.found)
    return status;
  return weir_jq_eval (run, node->b, input, trail, sink);
}

static WeirJqStatus
on_condition (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value,
              const WeirJqTrail *trail)
{
  Step *step = (Step *)sink;

  return weir_jq_eval (run, weir_jq_is_true (value) ? step->node->b : step->node->c, step->input,
                       step->trail, step->outer);
}

/* jq's break is an error that try catches; what the handler would see is left to libjq. */
static WeirJqStatus
eval_try (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
          const WeirJqTrail *trail, WeirJqSink *sink)
{
  WeirJqStatus status = weir_jq_eval (run, node->a, input, trail, sink);
  WeirJqValue error;

  if (status != WEIR_JQ_ERROR && status != WEIR_JQ_BREAK)
    return status;
  if (node->b == NULL)
    return WEIR_JQ_GO;
  if (status == WEIR_JQ_BREAK)
    return WEIR_JQ_DEFER;
  error = run->error;
  return weir_jq_eval (run, node->b, &error, NULL, sink);
}

static WeirJqStatus
on_bound (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Step *step = (Step *)sink;
  WeirJqValue before = run->variables[step->node->slot];
  WeirJqStatus status;

  run->variables[step->node->slot] = *value;
  status = weir_jq_eval (run, step->node->b, step->input, step->trail, step->outer);
  run->variables[step->node->slot] = before;
  return status;
}

/* A label is known by the node and by the sink behind it, which is new each time. */
static WeirJqStatus
eval_label (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
            const WeirJqTrail *trail, WeirJqSink *sink)
{
  WeirJqValue before = run->variables[node->slot];
  WeirJqStatus status;

  run->variables[node->slot].text = (const char *)&before;
  status = weir_jq_eval (run, node->a, input, trail, sink);
  run->variables[node->slot] = before;
  return status == WEIR_JQ_BREAK && run->label == &before ? WEIR_JQ_GO : status;
}

/* Keys and values, or arguments, run through one inside the other. */
typedef struct
{
  WeirJqSink sink;
  const WeirJqNode *node;
  const WeirJqValue *input;
  WeirJqSink *outer;
  WeirJqValue *values; /* one for each of the list */
  guint at;
} Product;

static WeirJqStatus
finish_object (WeirJqRun *run, const Product *product)
{
  WeirJqValue object = weir_jq_object (NULL, 0);
  WeirJqStatus status = WEIR_JQ_GO;

  for (guint i = 0; status == WEIR_JQ_GO && i < product->node->n_list; i += 2)
    status
        = put_member (run, &object, &product->values[i], &product->values[i + 1], &object);
  return status == WEIR_JQ_GO ? give (run, product->outer, &object) : status;
}

static WeirJqStatus
finish_product (WeirJqRun *run, const Product *product)
{
  const WeirJqNode *node = product->node;
  WeirJqValue output;
  WeirJqStatus status = WEIR_JQ_GO;

  if (node->kind == WEIR_JQ_NODE_OBJECT)
    return finish_object (run, product);
  if (node->kind == WEIR_JQ_NODE_CALL)
    status = node->function (run, node, product->input, product->values, &output);
  else
    join_texts (run, product->values, node->n_list, &output);
  return status == WEIR_JQ_GO ? give (run, product->outer, &output) : status;
}

static WeirJqStatus eval_factor (WeirJqRun *run, const Product *product);

/* An object is run through from its first member on; the others from their last part on. */
static WeirJqStatus
on_factor (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Product next = *(Product *)sink;
  gboolean forward = next.node->kind == WEIR_JQ_NODE_OBJECT;
  guint n = next.node->n_list;
  WeirJqStatus status = WEIR_JQ_GO;

  next.values[next.at] = *value;
  if (next.node->kind == WEIR_JQ_NODE_STRING)
    status = make_text (run, next.node, next.at, &next.values[next.at]);
  if (forward && next.at % 2 == 1 && next.values[next.at - 1].kind != WEIR_JQ_STRING)
    return put_member (run, value, &next.values[next.at - 1], value, &next.values[next.at]);
  if (status != WEIR_JQ_GO)
    return status;
  if (forward ? next.at + 1 == n : next.at == 0)
    return finish_product (run, &next);
  next.at += forward ? 1 : -1;
  return eval_factor (run, &next);
}

static WeirJqStatus
eval_factor (WeirJqRun *run, const Product *product)
{
  Product next = *product;

  next.sink.emit = on_factor;
  return weir_jq_eval (run, next.node->list[next.at], next.input, NULL, &next.sink);
}

static WeirJqStatus
eval_product (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, WeirJqSink *sink)
{
  Product product = { .node = node, .input = input, .outer = sink };

  product.values = weir_jq_allocate (run, node->n_list * sizeof (WeirJqValue));
  product.at = node->kind == WEIR_JQ_NODE_OBJECT ? 0 : node->n_list - 1;
  return eval_factor (run, &product);
}

/* To jq an error that is null is none: it gives nothing. */
static WeirJqStatus
on_error (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  run->error = *value;
  return value->kind == WEIR_JQ_NULL ? WEIR_JQ_GO : WEIR_JQ_ERROR;
}

/* Kinds that are run through the same way: a part is evaluated, and a sink goes on. */
static WeirJqStatus
eval_step (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
           const WeirJqTrail *trail, WeirJqSink *sink)
{
  Step step = { .node = node, .input = input, .trail = trail, .outer = sink };
  const WeirJqNode *part = node->a;

  switch (node->kind)
    {
    case WEIR_JQ_NODE_INDEX:
      step.sink.emit = on_key;
      part = node->b;
      trail = NULL;
      break;
    case WEIR_JQ_NODE_SLICE:
      step.sink.emit = on_slice_start;
      part = node->b;
      trail = NULL;
      break;
    case WEIR_JQ_NODE_ITERATE:
      step.sink.emit = on_iterated;
      break;
    case WEIR_JQ_NODE_PIPE:
      step.sink.emit = on_piped;
      break;
    case WEIR_JQ_NODE_NEGATE:
      step.sink.emit = on_negated;
      break;
    case WEIR_JQ_NODE_BINARY:
      step.sink.emit = on_right;
      part = node->b;
      break;
    case WEIR_JQ_NODE_AND:
    case WEIR_JQ_NODE_OR:
      step.sink.emit = on_logic;
      break;
    case WEIR_JQ_NODE_IF:
      step.sink.emit = on_condition;
      trail = NULL;
      break;
    case WEIR_JQ_NODE_AS:
      step.sink.emit = on_bound;
      trail = NULL;
      break;
    default:
      step.sink.emit = on_error;
      trail = NULL;
    }
  return weir_jq_eval (run, part, input, trail, &step.sink);
}

static WeirJqStatus
eval_comma (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
            const WeirJqTrail *trail, WeirJqSink *sink)
{
  WeirJqStatus status = weir_jq_eval (run, node->a, input, trail, sink);

  return status == WEIR_JQ_GO ? weir_jq_eval (run, node->b, input, trail, sink) : status;
}

static WeirJqStatus
eval_fold (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
           const WeirJqTrail *trail, WeirJqSink *sink)
{
  switch (node->kind)
    {
    case WEIR_JQ_NODE_REDUCE:
      return weir_jq_eval_reduce (run, node, input, sink);
    case WEIR_JQ_NODE_FOREACH:
      return weir_jq_eval_foreach (run, node, input, sink);
    case WEIR_JQ_NODE_RECURSE:
      return weir_jq_eval_recurse (run, node, input, trail, sink);
    case WEIR_JQ_NODE_RANGE:
      return weir_jq_eval_range (run, node, input, sink);
    case WEIR_JQ_NODE_FIRST:
      return weir_jq_eval_first (run, node, input, trail, sink);
    case WEIR_JQ_NODE_LAST:
      return weir_jq_eval_last (run, node, input, sink);
    case WEIR_JQ_NODE_LIMIT:
      return weir_jq_eval_limit (run, node, input, trail, sink);
    case WEIR_JQ_NODE_UNTIL:
      return weir_jq_eval_until (run, node, input, sink);
    case WEIR_JQ_NODE_WHILE:
      return weir_jq_eval_while (run, node, input, sink);
    case WEIR_JQ_NODE_PATH_OF:
      return weir_jq_eval_path_of (run, node, input, sink);
    case WEIR_JQ_NODE_ASSIGN:
      return weir_jq_eval_assign (run, node, input, sink);
    case WEIR_JQ_NODE_SUBSTITUTE:
      return weir_jq_eval_substitute (run, node, input, sink);
    default:
      return eval_step (run, node, input, trail, sink);
    }
}

static WeirJqStatus
eval_many (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
           const WeirJqTrail *trail, WeirJqSink *sink)
{
  switch (node->kind)
    {
    case WEIR_JQ_NODE_IDENTITY:
      return sink->emit (sink, run, input, trail);
    case WEIR_JQ_NODE_PATH:
      return eval_path (run, node, sink);
    case WEIR_JQ_NODE_EMPTY:
      return WEIR_JQ_GO;
    case WEIR_JQ_NODE_COMMA:
      return eval_comma (run, node, input, trail, sink);
    case WEIR_JQ_NODE_ALTERNATIVE:
      return eval_alternative (run, node, input, trail, sink);
    case WEIR_JQ_NODE_TRY:
      return eval_try (run, node, input, trail, sink);
    case WEIR_JQ_NODE_LABEL:
      return eval_label (run, node, input, trail, sink);
    case WEIR_JQ_NODE_BREAK:
      run->label = run->variables[node->slot].text;
      return WEIR_JQ_BREAK;
    case WEIR_JQ_NODE_OBJECT:
    case WEIR_JQ_NODE_STRING:
    case WEIR_JQ_NODE_CALL:
      return eval_product (run, node, input, sink);
    default:
      return eval_fold (run, node, input, trail, sink);
    }
}

WeirJqStatus
weir_jq_eval (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
              const WeirJqTrail *trail, WeirJqSink *sink)
{
  WeirJqStatus status;
  WeirJqValue value;

  if (G_UNLIKELY (run->depth >= WEIR_JQ_MAX_DEPTH || run->arena.total > WEIR_JQ_MAX_MEMORY))
    return WEIR_JQ_DEFER;
  run->depth++;
  if (node->single && trail == NULL)
    {
      status = weir_jq_eval_one (run, node, input, &value);
      if (status == WEIR_JQ_GO)
        status = sink->emit (sink, run, &value, NULL);
    }
  else
    status = eval_many (run, node, input, trail, sink);
  run->depth--;
  return status;
}

static WeirJqStatus
on_collected (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value,
              const WeirJqTrail *trail)
{
  weir_jq_push (run, value);
  return run->stack->len < MAX_STACK ? WEIR_JQ_GO : WEIR_JQ_DEFER;
}

WeirJqStatus
weir_jq_collect (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                 WeirJqValue *array)
{
  WeirJqSink sink = { on_collected };
  guint from = run->stack->len;
  WeirJqStatus status = weir_jq_eval (run, node, input, NULL, &sink);

  if (status == WEIR_JQ_GO)
    *array = weir_jq_pop_array (run, from);
  else
    g_array_set_size (run->stack, from);
  return status;
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
weir_jq_eval_write (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                    GString *json)
{
  WeirJqValue value;
  WeirJqStatus status;

  if (node->kind == WEIR_JQ_NODE_OBJECT && node->value.kind == WEIR_JQ_ARRAY)
    return write_object (run, node, input, json);
  status = weir_jq_eval_one (run, node, input, &value);
  return status == WEIR_JQ_GO ? weir_jq_write (run, &value, json) : status;
}
