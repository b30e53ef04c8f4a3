/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "expression/weir-jq-compiler-private.h"

/* A call that is being compiled. */
typedef struct
{
  WeirJqCompiler *compiler;
  const WeirJqAst *call;
  const WeirJqPlace *place;
} Builtin;

typedef const WeirJqNode *(*CompileFunc) (const Builtin *builtin);

typedef struct
{
  const char *name;
  guint arity;
  gboolean path; /* also where paths are followed */
  CompileFunc compile;
} Entry;

/* Parts ---------------------------------------------------------------------------------------- */

/* An argument that sees what the function sees. */
static const WeirJqNode *
argument (const Builtin *builtin, guint i)
{
  return weir_jq_compile (builtin->compiler, weir_jq_ast_at (builtin->call, i), builtin->place);
}

/* The same, where paths do not matter. */
static const WeirJqNode *
argument_beside (const Builtin *builtin, guint i)
{
  WeirJqPlace place = *builtin->place;

  place.path = FALSE;
  return weir_jq_compile (builtin->compiler, weir_jq_ast_at (builtin->call, i), &place);
}

/* An argument that sees other values. */
static const WeirJqNode *
inner_argument (const Builtin *builtin, guint i)
{
  WeirJqPlace place = *builtin->place;

  place.base = NULL;
  return weir_jq_compile (builtin->compiler, weir_jq_ast_at (builtin->call, i), &place);
}

static const WeirJqNode *
path_argument (const Builtin *builtin, guint i)
{
  WeirJqPlace place = *builtin->place;

  place.base = NULL;
  place.path = TRUE;
  return weir_jq_compile (builtin->compiler, weir_jq_ast_at (builtin->call, i), &place);
}

static const WeirJqNode *
identity (const Builtin *builtin)
{
  return weir_jq_node_identity (builtin->compiler, builtin->place);
}

static const WeirJqNode *
inner_identity (const Builtin *builtin)
{
  WeirJqPlace place = *builtin->place;

  place.base = NULL;
  return weir_jq_node_identity (builtin->compiler, &place);
}

static const WeirJqNode *
make (const Builtin *builtin, WeirJqNodeKind kind, const WeirJqNode *a, const WeirJqNode *b)
{
  return weir_jq_node_make (builtin->compiler, kind, a, b);
}

static const WeirJqNode *
empty (const Builtin *builtin)
{
  return make (builtin, WEIR_JQ_NODE_EMPTY, NULL, NULL);
}

/* .[] */
static const WeirJqNode *
all_values (const Builtin *builtin)
{
  return weir_jq_node_iterate (builtin->compiler, identity (builtin), FALSE);
}

static const WeirJqNode *
pipe_to (const Builtin *builtin, const WeirJqNode *a, const WeirJqNode *b)
{
  return make (builtin, WEIR_JQ_NODE_PIPE, a, b);
}

static const WeirJqNode *
call_without (const Builtin *builtin, const char *name)
{
  return weir_jq_node_call (builtin->compiler, weir_jq_find_function (name, 0), NULL, 0);
}

static const WeirJqNode *
call_with (const Builtin *builtin, const char *name, const WeirJqNode *one)
{
  return weir_jq_node_call (builtin->compiler, weir_jq_find_function (name, 1), &one, 1);
}

static const WeirJqNode *
number (const Builtin *builtin, double value)
{
  return weir_jq_node_constant (builtin->compiler, weir_jq_number (value));
}

static const WeirJqNode *
compare (const Builtin *builtin, WeirJqOperator operation, const WeirJqNode *a, const WeirJqNode *b)
{
  WeirJqNode *node = weir_jq_node_new (builtin->compiler, WEIR_JQ_NODE_BINARY, a, b);

  if (node != NULL)
    node->operation = operation;
  return weir_jq_node_finish (node);
}

static const WeirJqNode *
keep_if (const Builtin *builtin, const WeirJqNode *condition)
{
  const WeirJqNode *kept = identity (builtin);
  const WeirJqNode *dropped = empty (builtin);

  return builtin->compiler->reason == NULL
             ? weir_jq_node_if (builtin->compiler, condition, kept, dropped)
             : NULL;
}

/* Choosing ------------------------------------------------------------------------------------- */

static const WeirJqNode *
compile_empty (const Builtin *builtin)
{
  return empty (builtin);
}

static const WeirJqNode *
compile_error (const Builtin *builtin)
{
  return make (builtin, WEIR_JQ_NODE_ERROR, inner_identity (builtin), NULL);
}

static const WeirJqNode *
compile_error_with (const Builtin *builtin)
{
  return make (builtin, WEIR_JQ_NODE_ERROR, argument_beside (builtin, 0), NULL);
}

static const WeirJqNode *
compile_select (const Builtin *builtin)
{
  return keep_if (builtin, argument_beside (builtin, 0));
}

static const WeirJqNode *
compile_values (const Builtin *builtin)
{
  return keep_if (
      builtin, compare (builtin, WEIR_JQ_UNEQUAL, identity (builtin),
                        weir_jq_node_constant (builtin->compiler, weir_jq_simple (WEIR_JQ_NULL))));
}

/* numbers, strings, …: select (type == "number"). */
static const WeirJqNode *
compile_type (const Builtin *builtin)
{
  g_autofree char *type = g_strndup (builtin->call->name, strlen (builtin->call->name) - 1);

  return keep_if (builtin, compare (builtin, WEIR_JQ_EQUAL, call_without (builtin, "type"),
                                    weir_jq_node_text (builtin->compiler, type)));
}

/* Scalars sort before arrays. */
static const WeirJqNode *
compile_scalars (const Builtin *builtin)
{
  gboolean scalars = strcmp (builtin->call->name, "scalars") == 0;

  return keep_if (
      builtin, compare (builtin, scalars ? WEIR_JQ_LESS : WEIR_JQ_GREATER_EQUAL, identity (builtin),
                        weir_jq_node_constant (builtin->compiler, weir_jq_array (NULL, 0))));
}

/* Many values ---------------------------------------------------------------------------------- */

static const WeirJqNode *
compile_map (const Builtin *builtin)
{
  return make (builtin, WEIR_JQ_NODE_ARRAY,
               pipe_to (builtin, all_values (builtin), inner_argument (builtin, 0)), NULL);
}

static const WeirJqNode *
compile_map_values (const Builtin *builtin)
{
  const WeirJqNode *all = weir_jq_node_iterate (builtin->compiler, inner_identity (builtin), FALSE);

  return make (builtin, WEIR_JQ_NODE_MODIFY, all, inner_argument (builtin, 0));
}

static const WeirJqNode *
compile_with_entries (const Builtin *builtin)
{
  const WeirJqNode *each
      = weir_jq_node_iterate (builtin->compiler, inner_identity (builtin), FALSE);
  const WeirJqNode *changed = make (builtin, WEIR_JQ_NODE_ARRAY,
                                    pipe_to (builtin, each, inner_argument (builtin, 0)), NULL);

  return pipe_to (builtin, call_without (builtin, "to_entries"),
                  pipe_to (builtin, changed, call_without (builtin, "from_entries")));
}

/* sort_by and its like: the function on the input and [.[] | [f]]. */
static const WeirJqNode *
make_by (const Builtin *builtin, const char *function, const WeirJqNode *key)
{
  const WeirJqNode *keys
      = pipe_to (builtin, all_values (builtin), make (builtin, WEIR_JQ_NODE_ARRAY, key, NULL));
  WeirJqNode *node = weir_jq_node_new (builtin->compiler, WEIR_JQ_NODE_BY, keys, NULL);

  if (node != NULL)
    node->function = weir_jq_find_function (function, 1);
  return weir_jq_node_finish (node);
}

static const WeirJqNode *
compile_by (const Builtin *builtin)
{
  g_autofree char *function = g_strconcat ("_", builtin->call->name, NULL);

  return make_by (builtin, function, inner_argument (builtin, 0));
}

static const WeirJqNode *
compile_unique (const Builtin *builtin)
{
  return make_by (builtin, "_unique_by", inner_identity (builtin));
}

static WeirJqNodeKind
any_or_all (const Builtin *builtin)
{
  return *builtin->call->name == 'a' && builtin->call->name[1] == 'n' ? WEIR_JQ_NODE_ANY
                                                                      : WEIR_JQ_NODE_ALL;
}

static const WeirJqNode *
compile_any (const Builtin *builtin)
{
  return make (builtin, any_or_all (builtin), all_values (builtin), inner_identity (builtin));
}

static const WeirJqNode *
compile_any_of (const Builtin *builtin)
{
  return make (builtin, any_or_all (builtin), all_values (builtin), inner_argument (builtin, 0));
}

static const WeirJqNode *
compile_any_in (const Builtin *builtin)
{
  return make (builtin, any_or_all (builtin), argument (builtin, 0), inner_argument (builtin, 1));
}

/* Generators ----------------------------------------------------------------------------------- */

static const WeirJqNode *
compile_range (const Builtin *builtin)
{
  return make (builtin, WEIR_JQ_NODE_RANGE, number (builtin, 0), argument (builtin, 0));
}

static const WeirJqNode *
compile_range_from (const Builtin *builtin)
{
  return make (builtin, WEIR_JQ_NODE_RANGE, argument (builtin, 0), argument (builtin, 1));
}

static const WeirJqNode *
compile_first (const Builtin *builtin)
{
  return weir_jq_node_index (builtin->compiler, identity (builtin), number (builtin, 0), FALSE);
}

static const WeirJqNode *
compile_last (const Builtin *builtin)
{
  return weir_jq_node_index (builtin->compiler, identity (builtin), number (builtin, -1), FALSE);
}

static const WeirJqNode *
compile_nth (const Builtin *builtin)
{
  return weir_jq_node_index (builtin->compiler, identity (builtin), argument_beside (builtin, 0),
                             FALSE);
}

static const WeirJqNode *
compile_first_of (const Builtin *builtin)
{
  const WeirJqNode *a = argument (builtin, 0);
  WeirJqNode *node = weir_jq_node_new (builtin->compiler, WEIR_JQ_NODE_FIRST, a, NULL);

  if (node != NULL)
    node->base = a->base;
  return weir_jq_node_finish (node);
}

static const WeirJqNode *
compile_last_of (const Builtin *builtin)
{
  return make (builtin, WEIR_JQ_NODE_LAST, argument (builtin, 0), NULL);
}

static const WeirJqNode *
compile_limit (const Builtin *builtin)
{
  return make (builtin, WEIR_JQ_NODE_LIMIT, argument_beside (builtin, 0), argument (builtin, 1));
}

/* Their loops do not nest when the parts give one output each. */
static const WeirJqNode *
compile_loop (const Builtin *builtin)
{
  gboolean until = *builtin->call->name == 'u';
  const WeirJqNode *a = inner_argument (builtin, 0);
  const WeirJqNode *b = inner_argument (builtin, 1);

  if (builtin->compiler->reason == NULL && (!a->single || !b->single))
    return weir_jq_compiler_refuse (builtin->compiler, "%s with many outputs is not native",
                                    builtin->call->name);
  return make (builtin, until ? WEIR_JQ_NODE_UNTIL : WEIR_JQ_NODE_WHILE, a, b);
}

static const WeirJqNode *
compile_recurse (const Builtin *builtin)
{
  return make (builtin, WEIR_JQ_NODE_RECURSE,
               weir_jq_node_iterate (builtin->compiler, inner_identity (builtin), TRUE), NULL);
}

static const WeirJqNode *
compile_recurse_with (const Builtin *builtin)
{
  return make (builtin, WEIR_JQ_NODE_RECURSE, inner_argument (builtin, 0), NULL);
}

static const WeirJqNode *
compile_recurse_while (const Builtin *builtin)
{
  WeirJqPlace place = *builtin->place;
  const WeirJqNode *condition;
  const WeirJqNode *kept;

  place.base = NULL;
  kept = weir_jq_node_identity (builtin->compiler, &place);
  place.path = FALSE;
  condition = weir_jq_compile (builtin->compiler, weir_jq_ast_at (builtin->call, 1), &place);
  if (builtin->compiler->reason != NULL)
    return NULL;
  return make (builtin, WEIR_JQ_NODE_RECURSE,
               pipe_to (builtin, inner_argument (builtin, 0),
                        weir_jq_node_if (builtin->compiler, condition, kept, empty (builtin))),
               NULL);
}

/* Paths ---------------------------------------------------------------------------------------- */

static const WeirJqNode *
compile_path (const Builtin *builtin)
{
  return make (builtin, WEIR_JQ_NODE_PATH_OF, path_argument (builtin, 0), NULL);
}

static const WeirJqNode *
compile_del (const Builtin *builtin)
{
  return make (builtin, WEIR_JQ_NODE_DELETE, path_argument (builtin, 0), NULL);
}

/* All but the empty one. */
static const WeirJqNode *
compile_paths (const Builtin *builtin)
{
  const WeirJqNode *all = make (builtin, WEIR_JQ_NODE_PATH_OF, compile_recurse (builtin), NULL);
  const WeirJqNode *condition
      = compare (builtin, WEIR_JQ_GREATER, call_without (builtin, "length"), number (builtin, 0));
  const WeirJqNode *kept = inner_identity (builtin);
  const WeirJqNode *dropped = empty (builtin);

  if (builtin->compiler->reason != NULL)
    return NULL;
  return pipe_to (builtin, all, weir_jq_node_if (builtin->compiler, condition, kept, dropped));
}

/* . as $whole | paths | select (. as $path | $whole | getpath ($path) | wanted) */
static const WeirJqNode *
make_paths_to (const Builtin *builtin, const WeirJqNode *wanted)
{
  guint whole = weir_jq_compiler_new_slot (builtin->compiler);
  guint path = weir_jq_compiler_new_slot (builtin->compiler);
  const WeirJqNode *value
      = call_with (builtin, "getpath", weir_jq_node_variable (builtin->compiler, path, NULL));
  const WeirJqNode *from_whole
      = pipe_to (builtin, weir_jq_node_variable (builtin->compiler, whole, NULL),
                 pipe_to (builtin, value, wanted));
  const WeirJqNode *self = inner_identity (builtin);
  const WeirJqNode *dropped = empty (builtin);

  if (builtin->compiler->reason != NULL)
    return NULL;
  return weir_jq_node_bind (
      builtin->compiler, whole, identity (builtin),
      pipe_to (builtin, compile_paths (builtin),
               weir_jq_node_if (builtin->compiler,
                                weir_jq_node_bind (builtin->compiler, path, self, from_whole), self,
                                dropped)));
}

static const WeirJqNode *
compile_paths_to (const Builtin *builtin)
{
  return make_paths_to (builtin, inner_argument (builtin, 0));
}

static const WeirJqNode *
compile_leaf_paths (const Builtin *builtin)
{
  WeirJqAst scalars = { .kind = WEIR_JQ_AST_CALL, .name = (char *)"scalars" };
  WeirJqPlace place = *builtin->place;

  place.base = NULL;
  return make_paths_to (builtin, weir_jq_compile (builtin->compiler, &scalars, &place));
}

/* ---------------------------------------------------------------------------------------------- */

static const Entry entries[] = {
  { "empty", 0, TRUE, compile_empty },
  { "error", 0, TRUE, compile_error },
  { "error", 1, TRUE, compile_error_with },
  { "select", 1, TRUE, compile_select },
  { "values", 0, TRUE, compile_values },
  { "nulls", 0, TRUE, compile_type },
  { "booleans", 0, TRUE, compile_type },
  { "numbers", 0, TRUE, compile_type },
  { "strings", 0, TRUE, compile_type },
  { "arrays", 0, TRUE, compile_type },
  { "objects", 0, TRUE, compile_type },
  { "scalars", 0, TRUE, compile_scalars },
  { "iterables", 0, TRUE, compile_scalars },
  { "map", 1, FALSE, compile_map },
  { "map_values", 1, FALSE, compile_map_values },
  { "with_entries", 1, FALSE, compile_with_entries },
  { "sort_by", 1, FALSE, compile_by },
  { "group_by", 1, FALSE, compile_by },
  { "unique_by", 1, FALSE, compile_by },
  { "min_by", 1, FALSE, compile_by },
  { "max_by", 1, FALSE, compile_by },
  { "unique", 0, FALSE, compile_unique },
  { "any", 0, FALSE, compile_any },
  { "all", 0, FALSE, compile_any },
  { "any", 1, FALSE, compile_any_of },
  { "all", 1, FALSE, compile_any_of },
  { "any", 2, FALSE, compile_any_in },
  { "all", 2, FALSE, compile_any_in },
  { "range", 1, FALSE, compile_range },
  { "range", 2, FALSE, compile_range_from },
  { "first", 0, TRUE, compile_first },
  { "last", 0, TRUE, compile_last },
  { "nth", 1, TRUE, compile_nth },
  { "first", 1, TRUE, compile_first_of },
  { "last", 1, FALSE, compile_last_of },
  { "limit", 2, TRUE, compile_limit },
  { "until", 2, FALSE, compile_loop },
  { "while", 2, FALSE, compile_loop },
  { "recurse", 0, TRUE, compile_recurse },
  { "recurse", 1, TRUE, compile_recurse_with },
  { "recurse", 2, TRUE, compile_recurse_while },
  { "path", 1, FALSE, compile_path },
  { "del", 1, FALSE, compile_del },
  { "paths", 0, FALSE, compile_paths },
  { "paths", 1, FALSE, compile_paths_to },
  { "leaf_paths", 0, FALSE, compile_leaf_paths },
};

/* A function of values. The names that begin with _ are only for this file. */
static const WeirJqNode *
compile_function (const Builtin *builtin)
{
  guint n = weir_jq_ast_length (builtin->call);
  WeirJqFunction function = *builtin->call->name != '_' && n <= 3
                                ? weir_jq_find_function (builtin->call->name, n)
                                : NULL;
  const WeirJqNode *arguments[3];

  if (function == NULL || builtin->place->path)
    return NULL;
  for (guint i = 0; i < n; i++)
    arguments[i] = argument (builtin, i);
  return weir_jq_node_call (builtin->compiler, function, arguments, n);
}

const WeirJqNode *
weir_jq_compile_builtin (WeirJqCompiler *compiler, const WeirJqAst *call, const WeirJqPlace *place)
{
  Builtin builtin = { compiler, call, place };
  const WeirJqNode *node;

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    if (entries[i].arity == weir_jq_ast_length (call) && strcmp (entries[i].name, call->name) == 0)
      return !place->path || entries[i].path ? entries[i].compile (&builtin) : NULL;
  node = compile_function (&builtin);
  return node != NULL || compiler->reason != NULL || place->path
             ? node
             : weir_jq_compile_regex (compiler, call, place);
}
