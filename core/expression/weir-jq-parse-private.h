/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "expression/weir-jq-ast-private.h"
#include "expression/weir-jq-lexer-private.h"

G_BEGIN_DECLS

/* A parser by recursive descent, with a table of binary operators:
 *
 *   expression  = operand (operation operand)*    by precedence, see `operators`
 *   operand     = "def" … ; expression | "if" … | "reduce" … | "-" operand | term ["as" …] | …,
 *                 each with any number of "?" behind it
 *   term        = "." | name | literal | "(" expression ")" | …, with any number of suffixes:
 *                 .name ."name" [index] [from:to] [] and ?
 *
 * What begins with a word and ends in an expression ("def", "as", "label") takes all that follows.
 * A mistake is told once, at the token where it shows. */
typedef struct
{
  WeirJqTree *tree;
  WeirJqLexer lexer;
  WeirJqToken token; /* the next one */
  guint depth;

  gsize offset; /* of the mistake */
  GError **error;
} WeirJqParser;

/* All that parse give NULL, or FALSE, when a mistake has been told. */

/* weir-jq-parse.c: mistakes and tokens */
gpointer weir_jq_parser_fail_at (WeirJqParser *parser, gsize offset, const char *message);
gpointer weir_jq_parser_fail_expected (WeirJqParser *parser, const char *expected);
gsize weir_jq_parser_get_offset (const WeirJqParser *parser);
void weir_jq_parser_advance (WeirJqParser *parser);
gboolean weir_jq_parser_is_next (const WeirJqParser *parser, const char *text);
gboolean weir_jq_parser_accept (WeirJqParser *parser, const char *text);
gboolean weir_jq_parser_expect (WeirJqParser *parser, const char *text);
gboolean weir_jq_parser_go_deeper (WeirJqParser *parser);
WeirJqAst *weir_jq_parser_make (WeirJqParser *parser, WeirJqAstKind kind, gsize offset,
                                WeirJqAst *a, WeirJqAst *b);
WeirJqAst *weir_jq_parser_make_text (WeirJqParser *parser, gsize offset, const char *text,
                                     gsize length);
gboolean weir_jq_parser_take_name (WeirJqParser *parser, WeirJqAst *ast, const char *what);

/* weir-jq-parse-term.c. @needs_value: a key that cannot stand alone. */
WeirJqAst *weir_jq_parse_term (WeirJqParser *parser);
WeirJqAst *weir_jq_parse_key (WeirJqParser *parser, gboolean *needs_value);

/* weir-jq-parse-pattern.c: "as" and what is behind it */
gboolean weir_jq_parse_patterns (WeirJqParser *parser, WeirJqAst *ast);

/* weir-jq-parse-operand.c: what stands between operators */
WeirJqAst *weir_jq_parse_operand (WeirJqParser *parser);
WeirJqAst *weir_jq_parse_definition (WeirJqParser *parser);

/* weir-jq-parser.c. @level: of the loosest operation that may be taken */
WeirJqAst *weir_jq_parse_expression (WeirJqParser *parser, guint level);

/* Of - in front of an operand. */
#define WEIR_JQ_NEGATION_LEVEL 9

G_END_DECLS
