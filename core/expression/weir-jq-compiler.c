/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "expression/weir-jq-compiler-private.h"
#include "expression/weir-jq-resolver-private.h"

static const WeirJqMeaning *
find_meaning (const WeirJqPlace *place, const WeirJqAst *target, gboolean variable)
{
  const WeirJqMeaning *at = place->meanings;

  while (at->ast != target || at->variable != variable)
    at = at->outer;
  return at;
}

static WeirJqMeaning *
add_meaning (WeirJqCompiler *compiler, WeirJqPlace *place, const WeirJqAst *ast)
{
  WeirJqMeaning *meaning = weir_jq_compiler_allocate (compiler, sizeof (WeirJqMeaning));

  meaning->outer = place->meanings;
  meaning->ast = ast;
  place->meanings = meaning;
  return meaning;
}

/* Where a value is wanted whose path does not matter. */
static WeirJqPlace
beside (const WeirJqPlace *place)
{
  WeirJqPlace value = *place;

  value.path = FALSE;
  return value;
}

static const WeirJqNode *
compile_beside (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  WeirJqPlace value = beside (place);

  return weir_jq_compile (compiler, ast, &value);
}

/* Literals ------------------------------------------------------------------------------------- */

static const WeirJqNode *
compile_text (WeirJqCompiler *compiler, const WeirJqAst *ast)
{
  const char *copy = weir_jq_compiler_copy (compiler, ast->name, ast->length);

  return weir_jq_node_constant (compiler, weir_jq_string (copy, ast->length));
}

static const WeirJqNode *
compile_string (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  const char *format = ast->name != NULL ? ast->name : "text";
  guint n = MAX (weir_jq_ast_length (ast), 1);
  const WeirJqNode **parts;
  WeirJqNode *node;

  if (!weir_jq_has_format (format))
    return weir_jq_compiler_refuse (compiler, "format @%s is not native", format);
  parts = weir_jq_compiler_allocate (compiler, n * sizeof (const WeirJqNode *));
  parts[0] = weir_jq_node_identity (compiler, place);
  for (guint i = 0; i < weir_jq_ast_length (ast); i++)
    {
      const WeirJqAst *part = weir_jq_ast_at (ast, i);

      parts[i] = weir_jq_compile (compiler, part, place);
      if (parts[i] != NULL && part->kind == WEIR_JQ_AST_TEXT && part->optional)
        ((WeirJqNode *)parts[i])->optional = TRUE;
    }
  node = weir_jq_node_new (compiler, WEIR_JQ_NODE_STRING, NULL, NULL);
  if (node == NULL)
    return NULL;
  node->list = parts;
  node->n_list = n;
  node->name = weir_jq_compiler_copy (compiler, format, strlen (format));
  return weir_jq_node_finish (node);
}

static const WeirJqNode *
compile_array (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  if (ast->a == NULL)
    return weir_jq_node_constant (compiler, weir_jq_array (NULL, 0));
  return weir_jq_node_make (compiler, WEIR_JQ_NODE_ARRAY, weir_jq_compile (compiler, ast->a, place),
                            NULL);
}

/* Objects -------------------------------------------------------------------------------------- */

static gboolean
has_plain_keys (const WeirJqNode *node)
{
  for (guint i = 0; i < node->n_list; i += 2)
    {
      const WeirJqNode *key = node->list[i];

      if (key->kind != WEIR_JQ_NODE_CONSTANT || key->value.kind != WEIR_JQ_STRING
          || !node->list[i + 1]->single)
        return FALSE;
      for (guint j = 0; j < i; j += 2)
        if (weir_jq_compare_text (key->value.text, key->value.length, node->list[j]->value.text,
                                  node->list[j]->value.length)
            == 0)
          return FALSE;
    }
  return TRUE;
}

/* The texts before the values. */
static WeirJqValue
make_prefixes (WeirJqCompiler *compiler, const WeirJqNode *node)
{
  WeirJqValue *prefixes
      = weir_jq_compiler_allocate (compiler, node->n_list / 2 * sizeof (WeirJqValue));

  for (guint i = 0; i < node->n_list; i += 2)
    {
      g_autoptr (GString) text = g_string_new (i == 0 ? "{" : ",");

      weir_json_append_string (text, node->list[i]->value.text, node->list[i]->value.length);
      g_string_append_c (text, ':');
      prefixes[i / 2]
          = weir_jq_string (weir_jq_compiler_copy (compiler, text->str, text->len), text->len);
    }
  return weir_jq_array (prefixes, node->n_list / 2);
}

static gboolean
compile_entry (WeirJqCompiler *compiler, const WeirJqAst *entry, const WeirJqPlace *place,
               const WeirJqNode **pair)
{
  pair[0] = weir_jq_compile (compiler, entry->a, place);
  if (entry->b != NULL)
    pair[1] = weir_jq_compile (compiler, entry->b, place);
  else if (entry->a->kind == WEIR_JQ_AST_TEXT)
    pair[1]
        = weir_jq_node_index (compiler, weir_jq_node_identity (compiler, place), pair[0], FALSE);
  else
    weir_jq_compiler_refuse (compiler, "a key that is made and read at once is not native");
  return compiler->reason == NULL;
}

static const WeirJqNode *
compile_object (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  guint n = weir_jq_ast_length (ast);
  const WeirJqNode **list;
  WeirJqNode *node;

  if (n == 0)
    return weir_jq_node_constant (compiler, weir_jq_object (NULL, 0));
  list = weir_jq_compiler_allocate (compiler, 2 * n * sizeof (const WeirJqNode *));
  for (guint i = 0; i < n; i++)
    if (!compile_entry (compiler, weir_jq_ast_at (ast, i), place, &list[2 * i]))
      return NULL;
  node = weir_jq_node_new (compiler, WEIR_JQ_NODE_OBJECT, NULL, NULL);
  if (node == NULL)
    return NULL;
  node->list = list;
  node->n_list = 2 * n;
  if (has_plain_keys (node))
    node->value = make_prefixes (compiler, node);
  return weir_jq_node_finish (node);
}

/* Steps down ----------------------------------------------------------------------------------- */

static const WeirJqNode *
compile_index (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  const WeirJqNode *a = weir_jq_compile (compiler, ast->a, place);
  const WeirJqNode *b = compile_beside (compiler, ast->b, place);

  return weir_jq_node_index (compiler, a, b, ast->optional);
}

static const WeirJqNode *
compile_bound (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  if (ast == NULL)
    return weir_jq_node_constant (compiler, weir_jq_simple (WEIR_JQ_NULL));
  return compile_beside (compiler, ast, place);
}

static const WeirJqNode *
compile_slice (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  const WeirJqNode *a = weir_jq_compile (compiler, ast->a, place);
  const WeirJqNode *b = compile_bound (compiler, ast->b, place);
  const WeirJqNode *c = compile_bound (compiler, ast->c, place);
  WeirJqNode *node = weir_jq_node_new (compiler, WEIR_JQ_NODE_SLICE, a, b);

  if (node == NULL)
    return NULL;
  node->c = c;
  node->optional = ast->optional;
  return weir_jq_node_finish (node);
}

static const WeirJqNode *
compile_recurse (WeirJqCompiler *compiler, const WeirJqPlace *place)
{
  WeirJqPlace inner = *place;

  inner.base = NULL;
  return weir_jq_node_make (
      compiler, WEIR_JQ_NODE_RECURSE,
      weir_jq_node_iterate (compiler, weir_jq_node_identity (compiler, &inner), TRUE), NULL);
}

/* Combinations --------------------------------------------------------------------------------- */

static const WeirJqNode *
compile_pipe (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  const WeirJqNode *a = weir_jq_compile (compiler, ast->a, place);
  WeirJqPlace next = *place;
  WeirJqNode *node;
  const WeirJqNode *b;

  if (a == NULL)
    return NULL;
  next.base = a->base;
  b = weir_jq_compile (compiler, ast->b, &next);
  node = weir_jq_node_new (compiler, WEIR_JQ_NODE_PIPE, a, b);
  if (node != NULL)
    node->base = b->base;
  return weir_jq_node_finish (node);
}

static const WeirJqNode *
compile_binary (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  WeirJqNode *node;
  double number;

  if (weir_jq_fold_number (ast, &number))
    return weir_jq_node_constant (compiler, weir_jq_number (number));
  node = weir_jq_node_new (compiler, WEIR_JQ_NODE_BINARY, weir_jq_compile (compiler, ast->a, place),
                           weir_jq_compile (compiler, ast->b, place));
  if (node != NULL)
    node->operation = ast->operation;
  return weir_jq_node_finish (node);
}

static const WeirJqNode *
compile_negation (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  const WeirJqNode *a = weir_jq_compile (compiler, ast->a, place);

  if (a != NULL && a->kind == WEIR_JQ_NODE_CONSTANT && a->value.kind == WEIR_JQ_NUMBER)
    return weir_jq_node_constant (compiler, weir_jq_number (-a->value.number));
  return weir_jq_node_make (compiler, WEIR_JQ_NODE_NEGATE, a, NULL);
}

static const WeirJqNode *
compile_if (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  const WeirJqNode *a = compile_beside (compiler, ast->a, place);
  const WeirJqNode *b = weir_jq_compile (compiler, ast->b, place);
  const WeirJqNode *c = weir_jq_compile (compiler, ast->c, place);

  return compiler->reason == NULL ? weir_jq_node_if (compiler, a, b, c) : NULL;
}

static const WeirJqNode *
compile_try (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  const WeirJqNode *a = weir_jq_compile (compiler, ast->a, place);
  WeirJqPlace caught = beside (place);
  WeirJqNode *node;

  if (ast->b != NULL && place->path)
    return weir_jq_compiler_refuse (compiler, "try with catch in a path is not native");
  caught.base = NULL;
  node = weir_jq_node_new (compiler, WEIR_JQ_NODE_TRY, a,
                           ast->b != NULL ? weir_jq_compile (compiler, ast->b, &caught) : NULL);
  if (node != NULL && ast->b == NULL)
    node->base = a->base;
  return weir_jq_node_finish (node);
}

/* Assignments ---------------------------------------------------------------------------------- */

static const WeirJqNode *
compile_target (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  WeirJqPlace path = *place;

  path.base = NULL;
  path.path = TRUE;
  return weir_jq_compile (compiler, ast, &path);
}

static const WeirJqNode *
compile_modify (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  WeirJqPlace inner = *place;

  inner.base = NULL;
  return weir_jq_node_make (compiler, WEIR_JQ_NODE_MODIFY, compile_target (compiler, ast->a, place),
                            weir_jq_compile (compiler, ast->b, &inner));
}

/* a operation= b is b as $new | a |= . operation $new. */
static const WeirJqNode *
compile_update (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  gboolean otherwise = ast->operation == WEIR_JQ_OTHERWISE;
  guint slot = weir_jq_compiler_new_slot (compiler);
  WeirJqPlace inner = *place;
  const WeirJqNode *old;
  WeirJqNode *change;

  inner.base = NULL;
  old = weir_jq_node_identity (compiler, &inner);
  change = weir_jq_node_new (compiler, otherwise ? WEIR_JQ_NODE_ALTERNATIVE : WEIR_JQ_NODE_BINARY,
                             old, weir_jq_node_variable (compiler, slot, NULL));
  if (change == NULL)
    return NULL;
  change->operation = ast->operation;
  weir_jq_node_finish (change);
  return weir_jq_node_bind (compiler, slot, weir_jq_compile (compiler, ast->b, place),
                            weir_jq_node_make (compiler, WEIR_JQ_NODE_MODIFY,
                                               compile_target (compiler, ast->a, place), change));
}

/* Bindings ------------------------------------------------------------------------------------- */

static const WeirJqBase *
get_pure_base (const WeirJqNode *node)
{
  return node->kind == WEIR_JQ_NODE_IDENTITY || node->kind == WEIR_JQ_NODE_PATH
                 || node->kind == WEIR_JQ_NODE_VARIABLE
             ? node->base
             : NULL;
}

static guint
bind_variable (WeirJqCompiler *compiler, WeirJqPlace *place, const WeirJqAst *ast,
               const WeirJqBase *base)
{
  WeirJqMeaning *meaning = add_meaning (compiler, place, ast);

  meaning->variable = TRUE;
  meaning->slot = weir_jq_compiler_new_slot (compiler);
  meaning->base = base;
  return meaning->slot;
}

/* The bindings of a pattern in their order: slots, and what they are bound to. */
typedef struct
{
  guint slot;
  const WeirJqNode *value;
} Binding;

static gboolean add_bindings (WeirJqCompiler *compiler, const WeirJqAst *pattern,
                              const WeirJqNode *value, WeirJqPlace *place, GArray *bindings);

static const WeirJqNode *
add_binding (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqNode *value,
             WeirJqPlace *place, GArray *bindings)
{
  const WeirJqBase *base = value != NULL ? get_pure_base (value) : NULL;
  Binding binding = { bind_variable (compiler, place, ast, base), value };

  g_array_append_val (bindings, binding);
  return weir_jq_node_variable (compiler, binding.slot, base);
}

static gboolean
add_entry_bindings (WeirJqCompiler *compiler, const WeirJqAst *entry, const WeirJqNode *value,
                    WeirJqPlace *place, GArray *bindings)
{
  const WeirJqNode *inner;

  if (entry->a->kind != WEIR_JQ_AST_TEXT)
    return weir_jq_compiler_refuse (compiler, "a pattern with keys that are made is not native")
           != NULL;
  inner = weir_jq_node_index (compiler, value, compile_text (compiler, entry->a), FALSE);
  if (entry->name != NULL)
    inner = add_binding (compiler, entry, inner, place, bindings);
  return compiler->reason == NULL
         && (entry->b == NULL || add_bindings (compiler, entry->b, inner, place, bindings));
}

static gboolean
add_bindings (WeirJqCompiler *compiler, const WeirJqAst *pattern, const WeirJqNode *value,
              WeirJqPlace *place, GArray *bindings)
{
  if (pattern->kind == WEIR_JQ_AST_VARIABLE)
    return add_binding (compiler, pattern, value, place, bindings) != NULL;
  value = add_binding (compiler, pattern, value, place, bindings);
  for (guint i = 0; compiler->reason == NULL && i < weir_jq_ast_length (pattern); i++)
    {
      const WeirJqAst *child = weir_jq_ast_at (pattern, i);
      const WeirJqNode *index;

      if (pattern->kind == WEIR_JQ_AST_PATTERN_OBJECT)
        {
          add_entry_bindings (compiler, child, value, place, bindings);
          continue;
        }
      index = weir_jq_node_constant (compiler, weir_jq_number (i));
      add_bindings (compiler, child, weir_jq_node_index (compiler, value, index, FALSE), place,
                    bindings);
    }
  return compiler->reason == NULL;
}

/* @bindings around @body, from @from on */
static const WeirJqNode *
wrap (WeirJqCompiler *compiler, const GArray *bindings, guint from, const WeirJqNode *body)
{
  for (guint i = bindings->len; body != NULL && i-- > from;)
    {
      const Binding *binding = &g_array_index (bindings, Binding, i);

      body = weir_jq_node_bind (compiler, binding->slot, binding->value, body);
    }
  return body;
}

static const WeirJqNode *
compile_binding (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  g_autoptr (GArray) bindings = g_array_new (FALSE, FALSE, sizeof (Binding));
  WeirJqPlace inner = *place;

  if (ast->list != NULL)
    return weir_jq_compiler_refuse (compiler, "?// is not native");
  if (!add_bindings (compiler, ast->pattern, compile_beside (compiler, ast->a, place), &inner,
                     bindings))
    return NULL;
  return wrap (compiler, bindings, 0, weir_jq_compile (compiler, ast->b, &inner));
}

static const WeirJqNode *
compile_fold (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  gboolean reduce = ast->kind == WEIR_JQ_AST_REDUCE;
  g_autoptr (GArray) bindings = g_array_new (FALSE, FALSE, sizeof (Binding));
  const WeirJqNode *a = weir_jq_compile (compiler, ast->a, place);
  const WeirJqNode *b = weir_jq_compile (compiler, ast->b, place);
  WeirJqPlace inner = *place;
  guint slot = weir_jq_compiler_new_slot (compiler);
  WeirJqNode *node;

  if (ast->list != NULL)
    return weir_jq_compiler_refuse (compiler, "?// is not native");
  if (!reduce && ast->pattern->kind != WEIR_JQ_AST_VARIABLE)
    return weir_jq_compiler_refuse (compiler, "foreach with a pattern is not native");
  inner.base = NULL;
  if (!add_bindings (compiler, ast->pattern, weir_jq_node_variable (compiler, slot, NULL), &inner,
                     bindings))
    return NULL;
  node = weir_jq_node_new (compiler, reduce ? WEIR_JQ_NODE_REDUCE : WEIR_JQ_NODE_FOREACH, a, b);
  if (node == NULL)
    return NULL;
  node->slot = slot;
  node->c = wrap (compiler, bindings, 0, weir_jq_compile (compiler, ast->c, &inner));
  if (ast->d != NULL)
    node->d = wrap (compiler, bindings, 0, weir_jq_compile (compiler, ast->d, &inner));
  return compiler->reason == NULL ? weir_jq_node_finish (node) : NULL;
}

static const WeirJqNode *
compile_label (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  WeirJqPlace inner = *place;
  guint slot = bind_variable (compiler, &inner, ast, NULL);
  const WeirJqNode *a = weir_jq_compile (compiler, ast->a, &inner);
  WeirJqNode *node = weir_jq_node_new (compiler, WEIR_JQ_NODE_LABEL, a, NULL);

  if (node == NULL)
    return NULL;
  node->slot = slot;
  node->base = a->base;
  return weir_jq_node_finish (node);
}

static const WeirJqNode *
compile_break (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  WeirJqNode *node = weir_jq_node_new (compiler, WEIR_JQ_NODE_BREAK, NULL, NULL);

  if (node != NULL)
    node->slot = find_meaning (place, ast->target, TRUE)->slot;
  return weir_jq_node_finish (node);
}

static const WeirJqNode *
compile_variable (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  const WeirJqMeaning *meaning;

  if (ast->target == NULL)
    return weir_jq_compiler_refuse (compiler, "$%s is not native", ast->name);
  meaning = find_meaning (place, ast->target, TRUE);
  return weir_jq_node_variable (compiler, meaning->slot, meaning->base);
}

/* Functions ------------------------------------------------------------------------------------ */

static const WeirJqNode *
compile_definition (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  WeirJqPlace inner = *place;
  WeirJqMeaning *meaning = add_meaning (compiler, &inner, ast);

  meaning->place = inner;
  return weir_jq_compile (compiler, ast->b, &inner);
}

/* Its body, as it was written, where the call stands. */
static const WeirJqNode *
compile_parameter (WeirJqCompiler *compiler, const WeirJqAst *call, const WeirJqPlace *place)
{
  const WeirJqMeaning *meaning = find_meaning (place, call->target, FALSE);
  WeirJqPlace inner = meaning->place;

  inner.base = place->base;
  inner.path = place->path;
  return weir_jq_compile (compiler, meaning->body, &inner);
}

static gboolean
is_under_way (const WeirJqCalls *calls, const WeirJqAst *define)
{
  while (calls != NULL && calls->define != define)
    calls = calls->outer;
  return calls != NULL;
}

/* $name is bound to each output of name. */
static const WeirJqNode *
compile_body (WeirJqCompiler *compiler, const WeirJqAst *define, const WeirJqPlace *place)
{
  g_autoptr (GArray) bindings = g_array_new (FALSE, FALSE, sizeof (Binding));
  WeirJqPlace inner = *place;

  for (guint i = 0; i < weir_jq_ast_length (define); i++)
    {
      const WeirJqAst *parameter = weir_jq_ast_at (define, i);
      WeirJqAst call = { .kind = WEIR_JQ_AST_CALL, .target = (WeirJqAst *)parameter };
      WeirJqPlace value = beside (place);

      if (parameter->optional)
        add_binding (compiler, parameter, compile_parameter (compiler, &call, &value), &inner,
                     bindings);
    }
  return wrap (compiler, bindings, 0, weir_jq_compile (compiler, define->a, &inner));
}

static const WeirJqNode *
compile_user_call (WeirJqCompiler *compiler, const WeirJqAst *call, const WeirJqPlace *place)
{
  const WeirJqAst *define = call->target;
  const WeirJqMeaning *meaning = find_meaning (place, define, FALSE);
  WeirJqCalls *calls = weir_jq_compiler_allocate (compiler, sizeof (WeirJqCalls));
  WeirJqPlace inner = meaning->place;

  if (is_under_way (place->calls, define))
    return weir_jq_compiler_refuse (compiler, "function %s calls itself, which is not native",
                                    define->name);
  *calls = (WeirJqCalls){ place->calls, define };
  for (guint i = 0; i < weir_jq_ast_length (define); i++)
    {
      WeirJqMeaning *parameter = add_meaning (compiler, &inner, weir_jq_ast_at (define, i));

      parameter->body = weir_jq_ast_at (call, i);
      parameter->place = *place;
    }
  inner.calls = calls;
  inner.base = place->base;
  inner.path = place->path;
  return compile_body (compiler, define, &inner);
}

static const WeirJqNode *
compile_call (WeirJqCompiler *compiler, const WeirJqAst *call, const WeirJqPlace *place)
{
  const WeirJqNode *node;

  if (call->target == NULL)
    {
      node = weir_jq_compile_builtin (compiler, call, place);
      if (node == NULL)
        weir_jq_compiler_refuse (compiler, "function %s/%u is not native%s", call->name,
                                 weir_jq_ast_length (call), place->path ? " in a path" : "");
      return node;
    }
  return call->target->kind == WEIR_JQ_AST_PARAMETER ? compile_parameter (compiler, call, place)
                                                     : compile_user_call (compiler, call, place);
}

/* ---------------------------------------------------------------------------------------------- */

/* Kinds that give values without paths. */
static const WeirJqNode *
compile_value (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  if (place->path)
    return weir_jq_compiler_refuse (compiler, "this kind of path is not native");
  switch (ast->kind)
    {
    case WEIR_JQ_AST_NULL:
    case WEIR_JQ_AST_FALSE:
    case WEIR_JQ_AST_TRUE:
      return weir_jq_node_constant (compiler,
                                    weir_jq_simple ((WeirJqKind)(ast->kind - WEIR_JQ_AST_NULL)));
    case WEIR_JQ_AST_NUMBER:
      return weir_jq_node_constant (compiler, weir_jq_number (ast->number));
    case WEIR_JQ_AST_TEXT:
      return compile_text (compiler, ast);
    case WEIR_JQ_AST_STRING:
    case WEIR_JQ_AST_FORMAT:
      return compile_string (compiler, ast, place);
    case WEIR_JQ_AST_ARRAY:
      return compile_array (compiler, ast, place);
    case WEIR_JQ_AST_OBJECT:
      return compile_object (compiler, ast, place);
    case WEIR_JQ_AST_NEGATE:
      return compile_negation (compiler, ast, place);
    case WEIR_JQ_AST_BINARY:
      return compile_binary (compiler, ast, place);
    case WEIR_JQ_AST_AND:
    case WEIR_JQ_AST_OR:
      return weir_jq_node_make (
          compiler, ast->kind == WEIR_JQ_AST_AND ? WEIR_JQ_NODE_AND : WEIR_JQ_NODE_OR,
          weir_jq_compile (compiler, ast->a, place), weir_jq_compile (compiler, ast->b, place));
    case WEIR_JQ_AST_ASSIGN:
      return weir_jq_node_make (compiler, WEIR_JQ_NODE_ASSIGN,
                                compile_target (compiler, ast->a, place),
                                weir_jq_compile (compiler, ast->b, place));
    case WEIR_JQ_AST_MODIFY:
      return compile_modify (compiler, ast, place);
    case WEIR_JQ_AST_UPDATE:
      return compile_update (compiler, ast, place);
    case WEIR_JQ_AST_REDUCE:
    case WEIR_JQ_AST_FOREACH:
      return compile_fold (compiler, ast, place);
    case WEIR_JQ_AST_VARIABLE:
      return compile_variable (compiler, ast, place);
    default:
      return weir_jq_compiler_refuse (compiler, "$__loc__ is not native");
    }
}

const WeirJqNode *
weir_jq_compile (WeirJqCompiler *compiler, const WeirJqAst *ast, const WeirJqPlace *place)
{
  if (compiler->reason != NULL)
    return NULL;
  switch (ast->kind)
    {
    case WEIR_JQ_AST_IDENTITY:
      return weir_jq_node_identity (compiler, place);
    case WEIR_JQ_AST_RECURSE:
      return compile_recurse (compiler, place);
    case WEIR_JQ_AST_INDEX:
      return compile_index (compiler, ast, place);
    case WEIR_JQ_AST_SLICE:
      return compile_slice (compiler, ast, place);
    case WEIR_JQ_AST_ITERATE:
      return weir_jq_node_iterate (compiler, weir_jq_compile (compiler, ast->a, place),
                                   ast->optional);
    case WEIR_JQ_AST_PIPE:
      return compile_pipe (compiler, ast, place);
    case WEIR_JQ_AST_COMMA:
    case WEIR_JQ_AST_ALTERNATIVE:
      return weir_jq_node_make (
          compiler, ast->kind == WEIR_JQ_AST_COMMA ? WEIR_JQ_NODE_COMMA : WEIR_JQ_NODE_ALTERNATIVE,
          weir_jq_compile (compiler, ast->a, place), weir_jq_compile (compiler, ast->b, place));
    case WEIR_JQ_AST_IF:
      return compile_if (compiler, ast, place);
    case WEIR_JQ_AST_TRY:
      return compile_try (compiler, ast, place);
    case WEIR_JQ_AST_AS:
      return compile_binding (compiler, ast, place);
    case WEIR_JQ_AST_LABEL:
      return compile_label (compiler, ast, place);
    case WEIR_JQ_AST_BREAK:
      return compile_break (compiler, ast, place);
    case WEIR_JQ_AST_DEFINE:
      return compile_definition (compiler, ast, place);
    case WEIR_JQ_AST_CALL:
      return compile_call (compiler, ast, place);
    default:
      return compile_value (compiler, ast, place);
    }
}
