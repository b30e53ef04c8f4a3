/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-node-private.h"

/* What runs through the outputs of a part and keeps a state. While the state is worked on it is
 * null, as in jq: an update that gives nothing leaves that. */
typedef struct
{
  WeirJqSink sink;
  const WeirJqNode *node;
  const WeirJqValue *input;
  const WeirJqTrail *trail;
  WeirJqSink *outer;
  WeirJqValue state;
  WeirJqValue before; /* of any(), in hand */
  guint count;
} Fold;

static WeirJqValue
take_state (Fold *fold)
{
  WeirJqValue state = fold->state;

  fold->state = weir_jq_simple (WEIR_JQ_NULL);
  return state;
}

/* A break to where the fold is. */
static WeirJqStatus
leave (WeirJqRun *run, const Fold *fold)
{
  run->label = fold;
  return WEIR_JQ_BREAK;
}

static WeirJqStatus
arrive (const WeirJqRun *run, const Fold *fold, WeirJqStatus status)
{
  return status == WEIR_JQ_BREAK && run->label == fold ? WEIR_JQ_GO : status;
}

/* reduce and foreach ------------------------------------------------------------------------- */

typedef struct
{
  WeirJqSink sink;
  Fold *fold;
} Update;

static WeirJqStatus
on_state (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Fold *fold = ((Update *)sink)->fold;

  fold->state = *value;
  if (fold->node->kind == WEIR_JQ_NODE_REDUCE)
    return WEIR_JQ_GO;
  if (fold->node->d != NULL)
    return weir_jq_eval (run, fold->node->d, value, NULL, fold->outer);
  return fold->outer->emit (fold->outer, run, value, NULL);
}

static WeirJqStatus
on_item (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Fold *fold = (Fold *)sink;
  Update update = { { on_state }, fold };
  WeirJqValue *variable = &run->variables[fold->node->slot];
  WeirJqValue before = *variable;
  WeirJqValue state = take_state (fold);
  WeirJqStatus status;

  *variable = *value;
  status = weir_jq_eval (run, fold->node->c, &state, NULL, &update.sink);
  *variable = before;
  return status;
}

/* One run for each output of the initial value. */
static WeirJqStatus
on_initial (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Fold fold = *(Fold *)sink;
  WeirJqStatus status;

  fold.sink.emit = on_item;
  fold.state = *value;
  status = weir_jq_eval (run, fold.node->a, fold.input, NULL, &fold.sink);
  if (status != WEIR_JQ_GO || fold.node->kind == WEIR_JQ_NODE_FOREACH)
    return status;
  return fold.outer->emit (fold.outer, run, &fold.state, NULL);
}

WeirJqStatus
weir_jq_eval_reduce (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                     WeirJqSink *sink)
{
  Fold fold = { .sink = { on_initial }, .node = node, .input = input, .outer = sink };

  return weir_jq_eval (run, node->b, input, NULL, &fold.sink);
}

WeirJqStatus
weir_jq_eval_foreach (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                      WeirJqSink *sink)
{
  return weir_jq_eval_reduce (run, node, input, sink);
}

/* last ----------------------------------------------------------------------------------------- */

static WeirJqStatus
on_last (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  ((Fold *)sink)->state = *value;
  return WEIR_JQ_GO;
}

WeirJqStatus
weir_jq_eval_last (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                   WeirJqSink *sink)
{
  Fold fold = { .sink = { on_last } };
  WeirJqStatus status = weir_jq_eval (run, node->a, input, NULL, &fold.sink);

  return status == WEIR_JQ_GO ? sink->emit (sink, run, &fold.state, NULL) : status;
}

/* range ---------------------------------------------------------------------------------------- */

static WeirJqStatus
on_end (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Fold *fold = (Fold *)sink;
  WeirJqStatus status = WEIR_JQ_GO;
  double end;

  if (value->kind != WEIR_JQ_NUMBER || fold->state.kind != WEIR_JQ_NUMBER)
    return weir_jq_fail (run, "Range bounds must be numeric");
  end = weir_jq_get_number (value);
  for (double at = weir_jq_get_number (&fold->state); status == WEIR_JQ_GO && at < end; at += 1)
    {
      WeirJqValue number = weir_jq_number (at);

      status = fold->outer->emit (fold->outer, run, &number, NULL);
    }
  return status;
}

static WeirJqStatus
on_start (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Fold fold = *(Fold *)sink;

  fold.sink.emit = on_end;
  fold.state = *value;
  return weir_jq_eval (run, fold.node->b, fold.input, NULL, &fold.sink);
}

WeirJqStatus
weir_jq_eval_range (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                    WeirJqSink *sink)
{
  Fold fold = { .sink = { on_start }, .node = node, .input = input, .outer = sink };

  return weir_jq_eval (run, node->a, input, NULL, &fold.sink);
}

/* first and limit ------------------------------------------------------------------------------ */

static WeirJqStatus
on_first (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Fold *fold = (Fold *)sink;
  WeirJqStatus status = fold->outer->emit (fold->outer, run, value, trail);

  return status == WEIR_JQ_GO ? leave (run, fold) : status;
}

WeirJqStatus
weir_jq_eval_first (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                    const WeirJqTrail *trail, WeirJqSink *sink)
{
  Fold fold = { .sink = { on_first }, .outer = sink };
  WeirJqStatus status = weir_jq_eval (run, node->a, input, trail, &fold.sink);

  return arrive (run, &fold, status);
}

static int
compare_zero (const WeirJqValue *value)
{
  WeirJqValue zero = weir_jq_number (0);
  int order;

  if (value->kind != WEIR_JQ_NUMBER)
    return value->kind < WEIR_JQ_NUMBER ? -1 : 1;
  weir_jq_compare (NULL, value, &zero, &order);
  return order;
}

static WeirJqStatus
on_limited (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Fold *fold = (Fold *)sink;
  WeirJqValue left = take_state (fold);
  WeirJqValue one = weir_jq_number (1);
  WeirJqValue next;
  WeirJqStatus status = weir_jq_calculate (run, WEIR_JQ_SUBTRACT, &left, &one, &next);

  if (status != WEIR_JQ_GO)
    return status;
  fold->state = next;
  status = fold->outer->emit (fold->outer, run, value, trail);
  return status == WEIR_JQ_GO && compare_zero (&next) <= 0 ? leave (run, fold) : status;
}

static WeirJqStatus
on_number (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Fold fold = *(Fold *)sink;
  WeirJqStatus status;

  if (compare_zero (value) < 0)
    return weir_jq_eval (run, fold.node->b, fold.input, fold.trail, fold.outer);
  fold.sink.emit = on_limited;
  fold.state = *value;
  status = weir_jq_eval (run, fold.node->b, fold.input, fold.trail, &fold.sink);
  return arrive (run, &fold, status);
}

WeirJqStatus
weir_jq_eval_limit (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                    const WeirJqTrail *trail, WeirJqSink *sink)
{
  Fold fold
      = { .sink = { on_number }, .node = node, .input = input, .trail = trail, .outer = sink };

  return weir_jq_eval (run, node->a, input, NULL, &fold.sink);
}

/* until and while: their parts are single ------------------------------------------------------ */

WeirJqStatus
weir_jq_eval_until (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                    WeirJqSink *sink)
{
  WeirJqValue value = *input;
  WeirJqValue condition;
  WeirJqStatus status = weir_jq_eval_one (run, node->a, &value, &condition);

  while (status == WEIR_JQ_GO && !weir_jq_is_true (&condition))
    {
      WeirJqValue before = value;

      status = weir_jq_eval_one (run, node->b, &before, &value);
      if (status == WEIR_JQ_GO)
        status = weir_jq_eval_one (run, node->a, &value, &condition);
      if (run->arena.total > WEIR_JQ_MAX_MEMORY)
        return WEIR_JQ_DEFER;
    }
  return status == WEIR_JQ_GO ? sink->emit (sink, run, &value, NULL) : status;
}

WeirJqStatus
weir_jq_eval_while (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                    WeirJqSink *sink)
{
  WeirJqValue value = *input;
  WeirJqValue condition;
  WeirJqStatus status = weir_jq_eval_one (run, node->a, &value, &condition);

  while (status == WEIR_JQ_GO && weir_jq_is_true (&condition))
    {
      WeirJqValue before = value;

      status = sink->emit (sink, run, &value, NULL);
      if (status == WEIR_JQ_GO)
        status = weir_jq_eval_one (run, node->b, &before, &value);
      if (status == WEIR_JQ_GO)
        status = weir_jq_eval_one (run, node->a, &value, &condition);
      if (run->arena.total > WEIR_JQ_MAX_MEMORY)
        return WEIR_JQ_DEFER;
    }
  return status;
}

/* any and all ---------------------------------------------------------------------------------- */

static WeirJqStatus
on_judged (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Fold *fold = ((Update *)sink)->fold;
  gboolean any = fold->node->kind == WEIR_JQ_NODE_ANY;

  fold->state = weir_jq_is_true (value) == any ? weir_jq_boolean (any) : fold->before;
  fold->count += weir_jq_is_true (&fold->state) == any;
  return WEIR_JQ_GO;
}

/* The generator is asked once more when the answer is known already. */
static WeirJqStatus
on_candidate (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Fold *fold = (Fold *)sink;
  Update update = { { on_judged }, fold };

  fold->before = take_state (fold);
  if (weir_jq_is_true (&fold->before) == (fold->node->kind == WEIR_JQ_NODE_ANY))
    return leave (run, fold);
  return weir_jq_eval (run, fold->node->b, value, NULL, &update.sink);
}

WeirJqStatus
weir_jq_eval_any (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                  WeirJqValue *output)
{
  gboolean any = node->kind == WEIR_JQ_NODE_ANY;
  Fold fold = { .sink = { on_candidate }, .node = node, .state = weir_jq_boolean (!any) };
  WeirJqStatus status = weir_jq_eval (run, node->a, input, NULL, &fold.sink);

  *output = weir_jq_boolean (any ? fold.count == 1 : fold.count == 0);
  return arrive (run, &fold, status);
}
