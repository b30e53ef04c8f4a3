/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-parse-private.h"

static WeirJqAst *
parse_term_or_binding (WeirJqParser *parser)
{
  WeirJqAst *term = weir_jq_parse_term (parser);
  WeirJqAst *binding;

  if (term == NULL || !weir_jq_parser_is_next (parser, "as"))
    return term;
  binding = weir_jq_parser_make (parser, WEIR_JQ_AST_AS, weir_jq_parser_get_offset (parser), term,
                                 NULL);
  if (!weir_jq_parse_patterns (parser, binding) || !weir_jq_parser_expect (parser, "|"))
    return NULL;
  binding->b = weir_jq_parse_expression (parser, 0);
  return binding->b != NULL ? binding : NULL;
}

/* reduce and foreach. */
static WeirJqAst *
parse_fold (WeirJqParser *parser, WeirJqAstKind kind)
{
  WeirJqAst *fold
      = weir_jq_parser_make (parser, kind, weir_jq_parser_get_offset (parser), NULL, NULL);

  weir_jq_parser_advance (parser);
  fold->a = weir_jq_parse_term (parser);
  if (fold->a == NULL || !weir_jq_parse_patterns (parser, fold)
      || !weir_jq_parser_expect (parser, "("))
    return NULL;
  fold->b = weir_jq_parse_expression (parser, 0);
  if (fold->b == NULL || !weir_jq_parser_expect (parser, ";"))
    return NULL;
  fold->c = weir_jq_parse_expression (parser, 0);
  if (fold->c == NULL)
    return NULL;
  if (kind == WEIR_JQ_AST_FOREACH && weir_jq_parser_accept (parser, ";"))
    {
      fold->d = weir_jq_parse_expression (parser, 0);
      if (fold->d == NULL)
        return NULL;
    }
  return weir_jq_parser_expect (parser, ")") ? fold : NULL;
}

static WeirJqAst *
parse_if (WeirJqParser *parser)
{
  WeirJqAst *ast = weir_jq_parser_make (parser, WEIR_JQ_AST_IF, weir_jq_parser_get_offset (parser),
                                        NULL, NULL);

  weir_jq_parser_advance (parser);
  ast->a = weir_jq_parse_expression (parser, 0);
  if (ast->a == NULL || !weir_jq_parser_expect (parser, "then"))
    return NULL;
  ast->b = weir_jq_parse_expression (parser, 0);
  if (ast->b == NULL)
    return NULL;
  if (weir_jq_parser_is_next (parser, "elif"))
    {
      if (!weir_jq_parser_go_deeper (parser))
        return NULL;
      ast->c = parse_if (parser);
      parser->depth--;
      return ast->c != NULL ? ast : NULL;
    }
  if (!weir_jq_parser_accept (parser, "else"))
    return weir_jq_parser_fail_expected (parser, "'else' or 'elif'");
  ast->c = weir_jq_parse_expression (parser, 0);
  return ast->c != NULL && weir_jq_parser_expect (parser, "end") ? ast : NULL;
}

static WeirJqAst *
parse_try (WeirJqParser *parser)
{
  WeirJqAst *ast = weir_jq_parser_make (parser, WEIR_JQ_AST_TRY, weir_jq_parser_get_offset (parser),
                                        NULL, NULL);

  weir_jq_parser_advance (parser);
  ast->a = weir_jq_parse_operand (parser);
  if (ast->a == NULL || !weir_jq_parser_accept (parser, "catch"))
    return ast->a != NULL ? ast : NULL;
  ast->b = weir_jq_parse_operand (parser);
  return ast->b != NULL ? ast : NULL;
}

static WeirJqAst *
parse_label (WeirJqParser *parser)
{
  WeirJqAst *label = weir_jq_parser_make (parser, WEIR_JQ_AST_LABEL,
                                          weir_jq_parser_get_offset (parser), NULL, NULL);

  weir_jq_parser_advance (parser);
  if (!weir_jq_parser_expect (parser, "$") || !weir_jq_parser_take_name (parser, label, "a name")
      || !weir_jq_parser_expect (parser, "|"))
    return NULL;
  label->a = weir_jq_parse_expression (parser, 0);
  return label->a != NULL ? label : NULL;
}

static gboolean
parse_parameters (WeirJqParser *parser, WeirJqAst *define)
{
  if (!weir_jq_parser_accept (parser, "("))
    return TRUE;
  do
    {
      WeirJqAst *one = weir_jq_parser_make (parser, WEIR_JQ_AST_PARAMETER,
                                            weir_jq_parser_get_offset (parser), NULL, NULL);

      one->optional = weir_jq_parser_accept (parser, "$");
      if (!weir_jq_parser_take_name (parser, one, "the name of a parameter"))
        return FALSE;
      weir_jq_ast_append (define, one);
    }
  while (weir_jq_parser_accept (parser, ";"));
  return weir_jq_parser_expect (parser, ")");
}

/* Without what follows the definition. */
WeirJqAst *
weir_jq_parse_definition (WeirJqParser *parser)
{
  WeirJqAst *define = weir_jq_parser_make (parser, WEIR_JQ_AST_DEFINE,
                                           weir_jq_parser_get_offset (parser), NULL, NULL);

  weir_jq_parser_advance (parser);
  if (!weir_jq_parser_take_name (parser, define, "the name of a function")
      || !parse_parameters (parser, define) || !weir_jq_parser_expect (parser, ":"))
    return NULL;
  define->a = weir_jq_parse_expression (parser, 0);
  return define->a != NULL && weir_jq_parser_expect (parser, ";") ? define : NULL;
}

static WeirJqAst *
parse_defined (WeirJqParser *parser)
{
  WeirJqAst *define = weir_jq_parse_definition (parser);

  if (define == NULL)
    return NULL;
  define->b = weir_jq_parse_expression (parser, 0);
  return define->b != NULL ? define : NULL;
}

/* Binds tighter than + and less than "?". */
static WeirJqAst *
parse_negation (WeirJqParser *parser)
{
  gsize offset = weir_jq_parser_get_offset (parser);
  WeirJqAst *inside;

  weir_jq_parser_advance (parser);
  inside = weir_jq_parse_expression (parser, WEIR_JQ_NEGATION_LEVEL);
  return inside != NULL ? weir_jq_parser_make (parser, WEIR_JQ_AST_NEGATE, offset, inside, NULL)
                        : NULL;
}

static WeirJqAst *
parse_bare_operand (WeirJqParser *parser)
{
  if (weir_jq_parser_is_next (parser, "def"))
    return parse_defined (parser);
  if (weir_jq_parser_is_next (parser, "if"))
    return parse_if (parser);
  if (weir_jq_parser_is_next (parser, "try"))
    return parse_try (parser);
  if (weir_jq_parser_is_next (parser, "reduce"))
    return parse_fold (parser, WEIR_JQ_AST_REDUCE);
  if (weir_jq_parser_is_next (parser, "foreach"))
    return parse_fold (parser, WEIR_JQ_AST_FOREACH);
  if (weir_jq_parser_is_next (parser, "label"))
    return parse_label (parser);
  if (weir_jq_parser_is_next (parser, "-"))
    return parse_negation (parser);
  return parse_term_or_binding (parser);
}

WeirJqAst *
weir_jq_parse_operand (WeirJqParser *parser)
{
  WeirJqAst *operand;

  if (!weir_jq_parser_go_deeper (parser))
    return NULL;
  operand = parse_bare_operand (parser);
  parser->depth--;
  return operand;
}
