/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-parser-private.h"

#include <weir/weir-error.h>

#include "expression/weir-jq-parse-private.h"

typedef struct
{
  const char *sign;
  guint8 level;
  char associates; /* l, r, or n: does not */
  WeirJqAstKind kind;
  WeirJqOperator operation;
} Operator;

static const Operator operators[] = {
  { "|", 1, 'r', WEIR_JQ_AST_PIPE },
  { ",", 2, 'l', WEIR_JQ_AST_COMMA },
  { "//", 3, 'r', WEIR_JQ_AST_ALTERNATIVE },
  { "=", 4, 'n', WEIR_JQ_AST_ASSIGN },
  { "|=", 4, 'n', WEIR_JQ_AST_MODIFY },
  { "+=", 4, 'n', WEIR_JQ_AST_UPDATE, WEIR_JQ_ADD },
  { "-=", 4, 'n', WEIR_JQ_AST_UPDATE, WEIR_JQ_SUBTRACT },
  { "*=", 4, 'n', WEIR_JQ_AST_UPDATE, WEIR_JQ_MULTIPLY },
  { "/=", 4, 'n', WEIR_JQ_AST_UPDATE, WEIR_JQ_DIVIDE },
  { "%=", 4, 'n', WEIR_JQ_AST_UPDATE, WEIR_JQ_MODULO },
  { "//=", 4, 'n', WEIR_JQ_AST_UPDATE, WEIR_JQ_OTHERWISE },
  { "or", 5, 'l', WEIR_JQ_AST_OR },
  { "and", 6, 'l', WEIR_JQ_AST_AND },
  { "==", 7, 'n', WEIR_JQ_AST_BINARY, WEIR_JQ_EQUAL },
  { "!=", 7, 'n', WEIR_JQ_AST_BINARY, WEIR_JQ_UNEQUAL },
  { "<", 7, 'n', WEIR_JQ_AST_BINARY, WEIR_JQ_LESS },
  { "<=", 7, 'n', WEIR_JQ_AST_BINARY, WEIR_JQ_LESS_EQUAL },
  { ">", 7, 'n', WEIR_JQ_AST_BINARY, WEIR_JQ_GREATER },
  { ">=", 7, 'n', WEIR_JQ_AST_BINARY, WEIR_JQ_GREATER_EQUAL },
  { "+", 8, 'l', WEIR_JQ_AST_BINARY, WEIR_JQ_ADD },
  { "-", 8, 'l', WEIR_JQ_AST_BINARY, WEIR_JQ_SUBTRACT },
  { "*", WEIR_JQ_NEGATION_LEVEL, 'l', WEIR_JQ_AST_BINARY, WEIR_JQ_MULTIPLY },
  { "/", WEIR_JQ_NEGATION_LEVEL, 'l', WEIR_JQ_AST_BINARY, WEIR_JQ_DIVIDE },
  { "%", WEIR_JQ_NEGATION_LEVEL, 'l', WEIR_JQ_AST_BINARY, WEIR_JQ_MODULO },
};

static WeirJqAst *
parse_marks (WeirJqParser *parser, WeirJqAst *operand)
{
  gsize offset = weir_jq_parser_get_offset (parser);

  while (operand != NULL && weir_jq_parser_accept (parser, "?"))
    {
      operand = weir_jq_parser_make (parser, WEIR_JQ_AST_TRY, offset, operand, NULL);
      offset = weir_jq_parser_get_offset (parser);
    }
  return operand;
}

/* Expressions ------------------------------------------------------------------------------- */

static const Operator *
find_operator (const WeirJqParser *parser)
{
  for (guint i = 0; i < G_N_ELEMENTS (operators); i++)
    if (weir_jq_parser_is_next (parser, operators[i].sign))
      return &operators[i];
  return NULL;
}

static WeirJqAst *
parse_binary (WeirJqParser *parser, const Operator *operation, WeirJqAst *left)
{
  WeirJqAst *ast = weir_jq_parser_make (parser, operation->kind, weir_jq_parser_get_offset (parser),
                                        left, NULL);

  ast->operation = operation->operation;
  weir_jq_parser_advance (parser);
  ast->b = weir_jq_parse_expression (parser, operation->level + (operation->associates != 'r'));
  return ast->b != NULL ? ast : NULL;
}

/* @level: of the loosest operation that may be taken */
static WeirJqAst *
parse_operators (WeirJqParser *parser, guint level)
{
  WeirJqAst *left = parse_marks (parser, weir_jq_parse_operand (parser));
  const Operator *operation;
  guint closed = 0; /* a level whose operators do not associate, and one of which was just taken */

  while (left != NULL && (operation = find_operator (parser)) != NULL && operation->level >= level)
    {
      if (operation->level == closed)
        return weir_jq_parser_fail_expected (parser, NULL);
      closed = operation->associates == 'n' ? operation->level : 0;
      left = parse_binary (parser, operation, left);
    }
  return left;
}

WeirJqAst *
weir_jq_parse_expression (WeirJqParser *parser, guint level)
{
  WeirJqAst *ast;

  if (!weir_jq_parser_go_deeper (parser))
    return NULL;
  ast = parse_operators (parser, level);
  parser->depth--;
  return ast;
}

/* Programs ---------------------------------------------------------------------------------- */

static WeirJqAst *
refuse_modules (WeirJqParser *parser)
{
  g_autofree char *word = g_strndup (parser->token.text, parser->token.length);

  parser->offset = weir_jq_parser_get_offset (parser);
  g_set_error (parser->error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_REFUSED,
               "%s is refused: an expression may not load modules", word);
  return NULL;
}

/* Definitions without anything behind them are the identity. */
static WeirJqAst *
parse_program (WeirJqParser *parser)
{
  WeirJqAst *first = NULL;
  WeirJqAst **place = &first;

  while (weir_jq_parser_is_next (parser, "def"))
    {
      *place = weir_jq_parse_definition (parser);
      if (*place == NULL)
        return NULL;
      place = &(*place)->b;
    }
  if (parser->token.kind == WEIR_JQ_TOKEN_END)
    *place = weir_jq_parser_make (parser, WEIR_JQ_AST_IDENTITY, weir_jq_parser_get_offset (parser),
                                  NULL, NULL);
  else
    *place = weir_jq_parse_expression (parser, 0);
  return *place != NULL ? first : NULL;
}

static WeirJqAst *
parse_whole (WeirJqParser *parser)
{
  WeirJqAst *program;

  weir_jq_parser_advance (parser);
  if (weir_jq_parser_is_next (parser, "import") || weir_jq_parser_is_next (parser, "include")
      || weir_jq_parser_is_next (parser, "module"))
    return refuse_modules (parser);
  program = parse_program (parser);
  if (program != NULL && parser->token.kind != WEIR_JQ_TOKEN_END)
    return weir_jq_parser_fail_expected (parser, "end of the expression");
  return program;
}

WeirJqTree *
weir_jq_parse (const char *source, gsize *offset, GError **error)
{
  g_autoptr (WeirJqTree) tree = weir_jq_tree_new ();
  g_autoptr (GError) own = NULL;
  WeirJqParser parser = { .tree = tree, .lexer = { source, source }, .error = &own };

  tree->source = g_strdup (source);
  tree->root = parse_whole (&parser);
  if (tree->root != NULL)
    return g_steal_pointer (&tree);
  *offset = parser.offset;
  g_propagate_error (error, g_steal_pointer (&own));
  return NULL;
}
