/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-resolver-private.h"

#include <string.h>
#include <weir/weir-error.h>

#include "expression/weir-jq-names-private.h"

#define MAX_CHAIN 32

typedef struct _Scope Scope;
struct _Scope
{
  const Scope *outer;
  WeirJqAst *ast; /* DEFINE, PARAMETER, LABEL, or what binds a variable: VARIABLE or ENTRY */
};

/* Scopes outlive the walk: a definition is looked into when it is first called, in its own scope.
 */
typedef struct
{
  GPtrArray *scopes;
  GHashTable *bodies; /* DEFINE that has been met → its Scope; removed when looked into */
  gboolean *unsure;

  GString *undefined;
  gsize offset;
  gboolean failed;
  GError **error;
} Resolver;

static void resolve (Resolver *resolver, WeirJqAst *ast, const Scope *scope);

static const Scope *
open_scope (Resolver *resolver, const Scope *outer, WeirJqAst *ast)
{
  Scope *scope = g_new (Scope, 1);

  scope->outer = outer;
  scope->ast = ast;
  g_ptr_array_add (resolver->scopes, scope);
  return scope;
}

static void
fail (Resolver *resolver, const WeirJqAst *ast, WeirExpressionError code, char *message)
{
  if (!resolver->failed)
    g_set_error_literal (resolver->error, WEIR_EXPRESSION_ERROR, code, message);
  if (!resolver->failed)
    resolver->offset = ast->offset;
  resolver->failed = TRUE;
  g_free (message);
}

static void
miss (Resolver *resolver, const WeirJqAst *ast, char *message)
{
  if (resolver->undefined->len == 0)
    resolver->offset = ast->offset;
  g_string_append_printf (resolver->undefined, "%s%s", resolver->undefined->len > 0 ? "; " : "",
                          message);
  g_free (message);
}

/* Never ending calls ------------------------------------------------------------------------- */

static gboolean leads (const WeirJqAst *ast, const WeirJqAst *define, guint chain);

static gboolean
call_leads (const WeirJqAst *call, const WeirJqAst *define, guint chain)
{
  if (call->target == define)
    return TRUE;
  if (call->target != NULL)
    return call->target->kind == WEIR_JQ_AST_DEFINE && chain < MAX_CHAIN
           && leads (call->target->a, define, chain + 1);
  if (strcmp (call->name, "select") != 0 && strcmp (call->name, "first") != 0
      && strcmp (call->name, "path") != 0)
    return FALSE;
  return weir_jq_ast_length (call) == 1 && leads (weir_jq_ast_at (call, 0), define, chain);
}

static gboolean
any_leads (const WeirJqAst *ast, const WeirJqAst *define, guint chain)
{
  for (guint i = 0; i < weir_jq_ast_length (ast); i++)
    if (leads (weir_jq_ast_at (ast, i), define, chain))
      return TRUE;
  return FALSE;
}

/* Whether @ast calls @define on its own input before it does anything else. */
static gboolean
leads (const WeirJqAst *ast, const WeirJqAst *define, guint chain)
{
  if (ast == NULL)
    return FALSE;
  switch (ast->kind)
    {
    case WEIR_JQ_AST_CALL:
      return call_leads (ast, define, chain);
    case WEIR_JQ_AST_PIPE:
      return leads (ast->a, define, chain)
             || (ast->a->kind == WEIR_JQ_AST_IDENTITY && leads (ast->b, define, chain));
    case WEIR_JQ_AST_IF:
      return leads (ast->a, define, chain)
             || (leads (ast->b, define, chain) && leads (ast->c, define, chain));
    case WEIR_JQ_AST_BINARY:
    case WEIR_JQ_AST_INDEX:
    case WEIR_JQ_AST_SLICE:
      return leads (ast->b, define, chain)
             || ((ast->b == NULL || ast->b->kind <= WEIR_JQ_AST_TEXT)
                 && leads (ast->a, define, chain));
    case WEIR_JQ_AST_AS:
      return leads (ast->a, define, chain)
             || (ast->a->kind <= WEIR_JQ_AST_TEXT && leads (ast->b, define, chain));
    case WEIR_JQ_AST_DEFINE:
      return leads (ast->b, define, chain);
    case WEIR_JQ_AST_STRING:
      return any_leads (ast, define, chain);
    default:
      return leads (ast->a, define, chain);
    }
}

/* Names ------------------------------------------------------------------------------------- */

static gboolean
is_callable (const WeirJqAst *ast, const char *name, guint arity)
{
  return ((ast->kind == WEIR_JQ_AST_DEFINE && weir_jq_ast_length (ast) == arity)
          || (ast->kind == WEIR_JQ_AST_PARAMETER && arity == 0))
         && strcmp (ast->name, name) == 0;
}

static void
resolve_body (Resolver *resolver, WeirJqAst *define)
{
  const Scope *scope = g_hash_table_lookup (resolver->bodies, define);

  if (scope == NULL)
    return;
  g_hash_table_remove (resolver->bodies, define);
  for (guint i = 0; i < weir_jq_ast_length (define); i++)
    scope = open_scope (resolver, scope, weir_jq_ast_at (define, i));
  resolve (resolver, define->a, scope);
  if (!resolver->failed && leads (define->a, define, 0))
    fail (resolver, define, WEIR_EXPRESSION_ERROR_REFUSED,
          g_strdup_printf ("%s is refused: it never ends, as it calls itself before anything else",
                           define->name));
}

static void
resolve_builtin (Resolver *resolver, const WeirJqAst *call)
{
  guint arity = weir_jq_ast_length (call);

  if (weir_jq_is_refused (call->name))
    fail (resolver, call, WEIR_EXPRESSION_ERROR_REFUSED,
          g_strdup_printf ("%s is refused: an expression sees one record, and may not read further "
                           "input, write, halt or load modules",
                           call->name));
  else if (*call->name == '_')
    fail (resolver, call, WEIR_EXPRESSION_ERROR_REFUSED,
          g_strdup_printf ("%s is refused: what begins with _ is jq's own", call->name));
  else if (!weir_jq_has_builtin (call->name, arity))
    miss (resolver, call, g_strdup_printf ("%s/%u is not defined", call->name, arity));
}

static void
resolve_call (Resolver *resolver, WeirJqAst *call, const Scope *scope)
{
  const Scope *at = scope;

  for (guint i = 0; i < weir_jq_ast_length (call); i++)
    resolve (resolver, weir_jq_ast_at (call, i), scope);
  while (at != NULL && !is_callable (at->ast, call->name, weir_jq_ast_length (call)))
    at = at->outer;
  if (at == NULL)
    {
      resolve_builtin (resolver, call);
      return;
    }
  call->target = at->ast;
  if (at->ast->kind == WEIR_JQ_AST_DEFINE)
    resolve_body (resolver, at->ast);
}

static gboolean
binds (const WeirJqAst *ast, const char *name)
{
  if (ast->kind == WEIR_JQ_AST_PARAMETER && !ast->optional)
    return FALSE;
  return (ast->kind == WEIR_JQ_AST_VARIABLE || ast->kind == WEIR_JQ_AST_ENTRY
          || ast->kind == WEIR_JQ_AST_PARAMETER)
         && strcmp (ast->name, name) == 0;
}

static void
resolve_variable (Resolver *resolver, WeirJqAst *variable, const Scope *scope)
{
  const Scope *at = scope;

  while (at != NULL && !binds (at->ast, variable->name))
    at = at->outer;
  if (at != NULL)
    variable->target = at->ast;
  else if (weir_jq_is_refused (variable->name))
    fail (resolver, variable, WEIR_EXPRESSION_ERROR_REFUSED,
          g_strdup_printf ("$%s is refused", variable->name));
  else if (strcmp (variable->name, "ENV") != 0)
    miss (resolver, variable, g_strdup_printf ("$%s is not defined", variable->name));
}

static void
resolve_break (Resolver *resolver, WeirJqAst *ast, const Scope *scope)
{
  const Scope *at = scope;

  while (at != NULL
         && (at->ast->kind != WEIR_JQ_AST_LABEL || strcmp (at->ast->name, ast->name) != 0))
    at = at->outer;
  if (at != NULL)
    ast->target = at->ast;
  else
    miss (resolver, ast, g_strdup_printf ("the label $%s is not defined", ast->name));
}

/* Patterns ----------------------------------------------------------------------------------- */

static const Scope *bind_pattern (Resolver *resolver, WeirJqAst *pattern, const Scope *scope,
                                  const Scope *keys);

static const Scope *
bind_entry (Resolver *resolver, WeirJqAst *entry, const Scope *scope, const Scope *keys)
{
  if (entry->name != NULL)
    scope = open_scope (resolver, scope, entry);
  resolve (resolver, entry->a, keys);
  return entry->b != NULL ? bind_pattern (resolver, entry->b, scope, keys) : scope;
}

/* @keys: what the expressions of keys see */
static const Scope *
bind_pattern (Resolver *resolver, WeirJqAst *pattern, const Scope *scope, const Scope *keys)
{
  if (pattern->kind == WEIR_JQ_AST_VARIABLE)
    return open_scope (resolver, scope, pattern);
  for (guint i = 0; i < weir_jq_ast_length (pattern); i++)
    {
      WeirJqAst *child = weir_jq_ast_at (pattern, i);

      scope = child->kind == WEIR_JQ_AST_ENTRY ? bind_entry (resolver, child, scope, keys)
                                               : bind_pattern (resolver, child, scope, keys);
    }
  return scope;
}

/* With ?//, every variable of any pattern is bound; libjq has the last word then. */
static const Scope *
bind_patterns (Resolver *resolver, WeirJqAst *ast, const Scope *scope)
{
  const Scope *inner = bind_pattern (resolver, ast->pattern, scope, scope);

  for (guint i = 0; i < weir_jq_ast_length (ast); i++)
    {
      *resolver->unsure = TRUE;
      inner = bind_pattern (resolver, weir_jq_ast_at (ast, i), inner, scope);
    }
  return inner;
}

/* Constants ---------------------------------------------------------------------------------- */

static gboolean
fold_arithmetic (WeirJqOperator operation, double a, double b, double *number)
{
  switch (operation)
    {
    case WEIR_JQ_ADD:
      *number = a + b;
      return TRUE;
    case WEIR_JQ_SUBTRACT:
      *number = a - b;
      return TRUE;
    case WEIR_JQ_MULTIPLY:
      *number = a * b;
      return TRUE;
    case WEIR_JQ_DIVIDE:
      *number = a / b;
      return b != 0;
    default:
      return FALSE;
    }
}

gboolean
weir_jq_fold_number (const WeirJqAst *ast, double *number)
{
  double a;
  double b;

  if (ast->kind == WEIR_JQ_AST_NUMBER)
    {
      *number = ast->number;
      return TRUE;
    }
  return ast->kind == WEIR_JQ_AST_BINARY && weir_jq_fold_number (ast->a, &a)
         && weir_jq_fold_number (ast->b, &b) && fold_arithmetic (ast->operation, a, b, number);
}

static void
check_division (Resolver *resolver, const WeirJqAst *ast)
{
  double a;
  double b;

  if (ast->operation == WEIR_JQ_DIVIDE && weir_jq_fold_number (ast->b, &b) && b == 0
      && weir_jq_fold_number (ast->a, &a))
    fail (resolver, ast, WEIR_EXPRESSION_ERROR_SYNTAX, g_strdup ("Division by zero"));
}

static void
check_key (Resolver *resolver, const WeirJqAst *key)
{
  static const char *const names[]
      = { [WEIR_JQ_AST_NULL] = "null", [WEIR_JQ_AST_FALSE] = "false", [WEIR_JQ_AST_TRUE] = "true" };
  double number;

  if (key->kind == WEIR_JQ_AST_NULL || key->kind == WEIR_JQ_AST_FALSE
      || key->kind == WEIR_JQ_AST_TRUE)
    fail (resolver, key, WEIR_EXPRESSION_ERROR_SYNTAX,
          g_strdup_printf ("Cannot use %s as object key", names[key->kind]));
  else if (weir_jq_fold_number (key, &number))
    fail (resolver, key, WEIR_EXPRESSION_ERROR_SYNTAX,
          g_strdup ("Cannot use a number as object key"));
  else if (key->kind == WEIR_JQ_AST_ARRAY || key->kind == WEIR_JQ_AST_OBJECT
           || (key->kind == WEIR_JQ_AST_BINARY && weir_jq_fold_number (key->a, &number)))
    *resolver->unsure = TRUE;
}

/* The walk ----------------------------------------------------------------------------------- */

static void
resolve_entry (Resolver *resolver, WeirJqAst *entry, const Scope *scope)
{
  check_key (resolver, entry->a);
  resolve (resolver, entry->a, scope);
  if (entry->b != NULL)
    resolve (resolver, entry->b, scope);
}

static void
resolve_fold (Resolver *resolver, WeirJqAst *ast, const Scope *scope)
{
  const Scope *inner;

  resolve (resolver, ast->a, scope);
  resolve (resolver, ast->b, scope);
  inner = bind_patterns (resolver, ast, scope);
  resolve (resolver, ast->c, inner);
  if (ast->d != NULL)
    resolve (resolver, ast->d, inner);
}

static void
resolve_children (Resolver *resolver, WeirJqAst *ast, const Scope *scope)
{
  if (ast->a != NULL)
    resolve (resolver, ast->a, scope);
  if (ast->b != NULL)
    resolve (resolver, ast->b, scope);
  if (ast->c != NULL)
    resolve (resolver, ast->c, scope);
  for (guint i = 0; i < weir_jq_ast_length (ast); i++)
    resolve (resolver, weir_jq_ast_at (ast, i), scope);
}

static void
resolve (Resolver *resolver, WeirJqAst *ast, const Scope *scope)
{
  switch (ast->kind)
    {
    case WEIR_JQ_AST_CALL:
      resolve_call (resolver, ast, scope);
      break;
    case WEIR_JQ_AST_VARIABLE:
      resolve_variable (resolver, ast, scope);
      break;
    case WEIR_JQ_AST_BREAK:
      resolve_break (resolver, ast, scope);
      break;
    case WEIR_JQ_AST_LABEL:
      resolve (resolver, ast->a, open_scope (resolver, scope, ast));
      break;
    case WEIR_JQ_AST_AS:
      resolve (resolver, ast->a, scope);
      resolve (resolver, ast->b, bind_patterns (resolver, ast, scope));
      break;
    case WEIR_JQ_AST_REDUCE:
    case WEIR_JQ_AST_FOREACH:
      resolve_fold (resolver, ast, scope);
      break;
    case WEIR_JQ_AST_DEFINE:
      scope = open_scope (resolver, scope, ast);
      g_hash_table_insert (resolver->bodies, ast, (gpointer)scope);
      resolve (resolver, ast->b, scope);
      break;
    case WEIR_JQ_AST_ENTRY:
      resolve_entry (resolver, ast, scope);
      break;
    case WEIR_JQ_AST_BINARY:
      check_division (resolver, ast);
      resolve_children (resolver, ast, scope);
      break;
    default:
      resolve_children (resolver, ast, scope);
    }
}

gboolean
weir_jq_resolve (WeirJqTree *tree, gboolean *unsure, gsize *offset, GError **error)
{
  g_autoptr (GPtrArray) scopes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) bodies = g_hash_table_new (NULL, NULL);
  g_autoptr (GString) undefined = g_string_new (NULL);
  Resolver resolver = { scopes, bodies, unsure, undefined, 0, FALSE, error };

  *unsure = FALSE;
  resolve (&resolver, tree->root, NULL);
  *offset = resolver.offset;
  if (resolver.failed)
    return FALSE;
  if (undefined->len > 0)
    g_set_error_literal (error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_SYNTAX,
                         undefined->str);
  return undefined->len == 0;
}
