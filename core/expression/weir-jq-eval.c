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
  gboolean found;
} Step;

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
  WeirJqStatus status = weir_jq_find_path (run, node, &there, &value);

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
on_slice_end (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
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
give_elements (WeirJqRun *run, const WeirJqValue *array, const WeirJqTrail *trail, WeirJqSink *sink)
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
give_members (WeirJqRun *run, const WeirJqValue *object, const WeirJqTrail *trail, WeirJqSink *sink)
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
      = weir_jq_calculate (run, step->node->operation, value, &step->value, &output);

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
on_condition (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
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
        = weir_jq_put_member (run, &object, &product->values[i], &product->values[i + 1], &object);
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
    weir_jq_join_texts (run, product->values, node->n_list, &output);
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
    status = weir_jq_make_text (run, next.node, next.at, &next.values[next.at]);
  if (forward && next.at % 2 == 1 && next.values[next.at - 1].kind != WEIR_JQ_STRING)
    return weir_jq_put_member (run, value, &next.values[next.at - 1], value, &next.values[next.at]);
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
on_collected (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
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
