/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-ast-private.h"

#include <string.h>

static void
ast_free (gpointer data)
{
  WeirJqAst *ast = data;

  g_clear_pointer (&ast->list, g_ptr_array_unref);
  g_free (ast->name);
  g_free (ast);
}

WeirJqTree *
weir_jq_tree_new (void)
{
  WeirJqTree *tree = g_new0 (WeirJqTree, 1);

  tree->nodes = g_ptr_array_new_with_free_func (ast_free);
  tree->brackets = g_array_new (FALSE, FALSE, sizeof (WeirJqBracket));
  return tree;
}

void
weir_jq_tree_free (WeirJqTree *tree)
{
  g_ptr_array_unref (tree->nodes);
  g_array_unref (tree->brackets);
  g_free (tree->source);
  g_free (tree);
}

WeirJqAst *
weir_jq_ast_new (WeirJqTree *tree, WeirJqAstKind kind, gsize offset)
{
  WeirJqAst *ast = g_new0 (WeirJqAst, 1);

  ast->kind = kind;
  ast->offset = offset;
  g_ptr_array_add (tree->nodes, ast);
  return ast;
}

void
weir_jq_ast_set_name (WeirJqAst *ast, const char *name, gsize length)
{
  g_free (ast->name);
  ast->name = g_malloc (length + 1);
  memcpy (ast->name, name, length);
  ast->name[length] = '\0';
  ast->length = length;
}

void
weir_jq_ast_append (WeirJqAst *ast, WeirJqAst *child)
{
  if (ast->list == NULL)
    ast->list = g_ptr_array_new ();
  g_ptr_array_add (ast->list, child);
}
