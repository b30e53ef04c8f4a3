/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-parse-private.h"

#include <string.h>
#include <weir/weir-error.h>

/* Deepest nesting of a program. */
#define MAX_DEPTH 3000

/* Mistakes ---------------------------------------------------------------------------------- */

gpointer
weir_jq_parser_fail_at (WeirJqParser *parser, gsize offset, const char *message)
{
  if (parser->error != NULL && *parser->error == NULL)
    {
      g_set_error_literal (parser->error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_SYNTAX,
                           message);
      parser->offset = offset;
    }
  return NULL;
}

gsize
weir_jq_parser_get_offset (const WeirJqParser *parser)
{
  return parser->token.text - parser->lexer.source;
}

gpointer
weir_jq_parser_fail_expected (WeirJqParser *parser, const char *expected)
{
  g_autofree char *found
      = parser->token.kind == WEIR_JQ_TOKEN_END
            ? g_strdup ("end of the expression")
            : g_strdup_printf ("'%.*s'", (int)parser->token.length, parser->token.text);
  g_autofree char *message
      = expected != NULL
            ? g_strdup_printf ("syntax error, unexpected %s, expecting %s", found, expected)
            : g_strdup_printf ("syntax error, unexpected %s", found);

  return weir_jq_parser_fail_at (parser, weir_jq_parser_get_offset (parser), message);
}

/* Tokens ------------------------------------------------------------------------------------ */

void
weir_jq_parser_advance (WeirJqParser *parser)
{
  weir_jq_lexer_next (&parser->lexer, &parser->token);
}

gboolean
weir_jq_parser_is_next (const WeirJqParser *parser, const char *text)
{
  return (parser->token.kind == WEIR_JQ_TOKEN_SIGN || parser->token.kind == WEIR_JQ_TOKEN_KEYWORD)
         && weir_jq_token_is (&parser->token, text);
}

gboolean
weir_jq_parser_accept (WeirJqParser *parser, const char *text)
{
  if (!weir_jq_parser_is_next (parser, text))
    return FALSE;
  weir_jq_parser_advance (parser);
  return TRUE;
}

gboolean
weir_jq_parser_expect (WeirJqParser *parser, const char *text)
{
  g_autofree char *quoted = NULL;

  if (weir_jq_parser_accept (parser, text))
    return TRUE;
  quoted = g_strdup_printf ("'%s'", text);
  weir_jq_parser_fail_expected (parser, quoted);
  return FALSE;
}

WeirJqAst *
weir_jq_parser_make (WeirJqParser *parser, WeirJqAstKind kind, gsize offset, WeirJqAst *a,
                     WeirJqAst *b)
{
  WeirJqAst *ast = weir_jq_ast_new (parser->tree, kind, offset);

  ast->a = a;
  ast->b = b;
  return ast;
}

WeirJqAst *
weir_jq_parser_make_text (WeirJqParser *parser, gsize offset, const char *text, gsize length)
{
  WeirJqAst *ast = weir_jq_parser_make (parser, WEIR_JQ_AST_TEXT, offset, NULL, NULL);

  weir_jq_ast_set_name (ast, text, length);
  return ast;
}

/* A name that stands for itself: of a function or parameter, behind a dollar. */
gboolean
weir_jq_parser_take_name (WeirJqParser *parser, WeirJqAst *ast, const char *what)
{
  if (parser->token.kind != WEIR_JQ_TOKEN_NAME)
    return weir_jq_parser_fail_expected (parser, what) != NULL;
  weir_jq_ast_set_name (ast, parser->token.text, parser->token.length);
  weir_jq_parser_advance (parser);
  return TRUE;
}

gboolean
weir_jq_parser_go_deeper (WeirJqParser *parser)
{
  if (++parser->depth <= MAX_DEPTH)
    return TRUE;
  weir_jq_parser_fail_at (parser, weir_jq_parser_get_offset (parser),
                          "the expression is nested too deep");
  return FALSE;
}
