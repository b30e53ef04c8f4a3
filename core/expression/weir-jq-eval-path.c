/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-node-private.h"

/* Where paths begin. */
static const WeirJqTrail beginning;

static WeirJqValue
make_path (WeirJqRun *run, const WeirJqTrail *trail)
{
  WeirJqValue *keys;
  guint length = 0;

  for (const WeirJqTrail *at = trail; at->before != NULL; at = at->before)
    length++;
  keys = weir_jq_allocate (run, length * sizeof (WeirJqValue));
  for (guint i = length; i-- > 0; trail = trail->before)
    keys[i] = trail->key;
  return weir_jq_array (keys, length);
}

/* path ----------------------------------------------------------------------------------------- */

typedef struct
{
  WeirJqSink sink;
  const WeirJqNode *node;
  const WeirJqValue *input;
  WeirJqSink *outer;
  WeirJqValue state;
  WeirJqValue value;
} Walk;

static WeirJqStatus
on_path (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  WeirJqSink *outer = ((Walk *)sink)->outer;
  WeirJqValue path = make_path (run, trail);

  return outer->emit (outer, run, &path, NULL);
}

WeirJqStatus
weir_jq_eval_path_of (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                      WeirJqSink *sink)
{
  Walk walk = { .sink = { on_path }, .outer = sink };

  return weir_jq_eval (run, node->a, input, &beginning, &walk.sink);
}

/* recurse -------------------------------------------------------------------------------------- */

static WeirJqStatus
on_level (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Walk *walk = (Walk *)sink;

  return weir_jq_eval_recurse (run, walk->node, value, trail, walk->outer);
}

WeirJqStatus
weir_jq_eval_recurse (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                      const WeirJqTrail *trail, WeirJqSink *sink)
{
  Walk walk = { .sink = { on_level }, .node = node, .outer = sink };
  WeirJqStatus status = sink->emit (sink, run, input, trail);

  return status == WEIR_JQ_GO ? weir_jq_eval (run, node->a, input, trail, &walk.sink) : status;
}

/* = -------------------------------------------------------------------------------------------- */

static WeirJqStatus
on_assigned (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Walk *walk = (Walk *)sink;
  WeirJqValue path = make_path (run, trail);
  WeirJqValue state = walk->state;

  walk->state = weir_jq_simple (WEIR_JQ_NULL);
  return weir_jq_set_path (run, &state, &path, &walk->value, &walk->state);
}

static WeirJqStatus
on_value (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Walk walk = *(Walk *)sink;
  WeirJqStatus status;

  walk.sink.emit = on_assigned;
  walk.value = *value;
  walk.state = *walk.input;
  status = weir_jq_eval (run, walk.node->a, walk.input, &beginning, &walk.sink);
  return status == WEIR_JQ_GO ? walk.outer->emit (walk.outer, run, &walk.state, NULL) : status;
}

WeirJqStatus
weir_jq_eval_assign (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                     WeirJqSink *sink)
{
  Walk walk = { .sink = { on_value }, .node = node, .input = input, .outer = sink };

  return weir_jq_eval (run, node->b, input, NULL, &walk.sink);
}

/* |= ------------------------------------------------------------------------------------------- */

typedef struct
{
  WeirJqSink sink;
  Walk *walk;
  WeirJqValue state;
  WeirJqValue path;
} Change;

/* The first output counts: what follows is a break. */
static WeirJqStatus
on_changed (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Change *change = (Change *)sink;
  WeirJqStatus status
      = weir_jq_set_path (run, &change->state, &change->path, value, &change->walk->state);

  if (status != WEIR_JQ_GO)
    return status;
  run->label = change;
  return WEIR_JQ_BREAK;
}

/* Without any output, and also when a `?` takes the break, the path goes. */
static WeirJqStatus
on_modified (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Walk *walk = (Walk *)sink;
  Change change = { { on_changed }, walk, walk->state, make_path (run, trail) };
  WeirJqValue paths = weir_jq_array (&change.path, 1);
  WeirJqValue inner;
  WeirJqStatus status;

  walk->state = weir_jq_simple (WEIR_JQ_NULL);
  status = weir_jq_get_path (run, &change.state, &change.path, &inner);
  if (status == WEIR_JQ_GO)
    status = weir_jq_eval (run, walk->node->b, &inner, NULL, &change.sink);
  if (status == WEIR_JQ_BREAK && run->label == &change)
    return WEIR_JQ_GO;
  if (status != WEIR_JQ_GO)
    return status;
  return weir_jq_delete_paths (run, &change.state, &paths, &walk->state);
}

WeirJqStatus
weir_jq_eval_modify (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                     WeirJqValue *output)
{
  Walk walk = { .sink = { on_modified }, .node = node, .state = *input };
  WeirJqStatus status = weir_jq_eval (run, node->a, input, &beginning, &walk.sink);

  *output = walk.state;
  return status;
}

/* del ------------------------------------------------------------------------------------------ */

static WeirJqStatus
on_doomed (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  WeirJqValue path = make_path (run, trail);

  weir_jq_push (run, &path);
  return WEIR_JQ_GO;
}

WeirJqStatus
weir_jq_eval_delete (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                     WeirJqValue *output)
{
  WeirJqSink sink = { on_doomed };
  guint from = run->stack->len;
  WeirJqStatus status = weir_jq_eval (run, node->a, input, &beginning, &sink);
  WeirJqValue paths = weir_jq_pop_array (run, from);

  return status == WEIR_JQ_GO ? weir_jq_delete_paths (run, input, &paths, output) : status;
}
