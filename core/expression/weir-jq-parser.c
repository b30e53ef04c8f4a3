/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-parser-private.h"

#include <string.h>
#include <weir/weir-error.h>

#include "expression/weir-jq-lexer-private.h"

/* Deepest nesting of a program. */
#define MAX_DEPTH 3000

/* A parser by recursive descent, with a table of binary operators:
 *
 *   expression  = operand (operator operand)*    by precedence, see `operators`
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
} Parser;

typedef struct
{
  const char *sign;
  guint8 level;
  char associates; /* l, r, or n: does not */
  WeirJqAstKind kind;
  WeirJqOperator operator;
} Operator;

#define NEGATION_LEVEL 9

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
  { "*", NEGATION_LEVEL, 'l', WEIR_JQ_AST_BINARY, WEIR_JQ_MULTIPLY },
  { "/", NEGATION_LEVEL, 'l', WEIR_JQ_AST_BINARY, WEIR_JQ_DIVIDE },
  { "%", NEGATION_LEVEL, 'l', WEIR_JQ_AST_BINARY, WEIR_JQ_MODULO },
};

static WeirJqAst *parse_expression (Parser *parser, guint level);
static WeirJqAst *parse_operand (Parser *parser);
static WeirJqAst *parse_term (Parser *parser);
static WeirJqAst *parse_pattern (Parser *parser);

/* Mistakes ---------------------------------------------------------------------------------- */

static gpointer
fail_at (Parser *parser, gsize offset, const char *message)
{
  if (parser->error != NULL && *parser->error == NULL)
    {
      g_set_error_literal (parser->error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_SYNTAX,
                           message);
      parser->offset = offset;
    }
  return NULL;
}

static gsize
get_offset (const Parser *parser)
{
  return parser->token.text - parser->lexer.source;
}

static gpointer
fail_expected (Parser *parser, const char *expected)
{
  g_autofree char *found = parser->token.kind == WEIR_JQ_TOKEN_END
                               ? g_strdup ("end of the expression")
                               : g_strdup_printf ("'%.*s'", (int)parser->token.length,
                                                  parser->token.text);
  g_autofree char *message
      = expected != NULL ? g_strdup_printf ("syntax error, unexpected %s, expecting %s", found,
                                            expected)
                         : g_strdup_printf ("syntax error, unexpected %s", found);

  return fail_at (parser, get_offset (parser), message);
}

/* Tokens ------------------------------------------------------------------------------------ */

static void
advance (Parser *parser)
{
  weir_jq_lexer_next (&parser->lexer, &parser->token);
}

static gboolean
is_next (const Parser *parser, const char *text)
{
  return (parser->token.kind == WEIR_JQ_TOKEN_SIGN || parser->token.kind == WEIR_JQ_TOKEN_KEYWORD)
         && weir_jq_token_is (&parser->token, text);
}

static gboolean
accept (Parser *parser, const char *text)
{
  if (!is_next (parser, text))
    return FALSE;
  advance (parser);
  return TRUE;
}

static gboolean
expect (Parser *parser, const char *text)
{
  g_autofree char *quoted = NULL;

  if (accept (parser, text))
    return TRUE;
  quoted = g_strdup_printf ("'%s'", text);
  fail_expected (parser, quoted);
  return FALSE;
}

static WeirJqAst *
make (Parser *parser, WeirJqAstKind kind, gsize offset, WeirJqAst *a, WeirJqAst *b)
{
  WeirJqAst *ast = weir_jq_ast_new (parser->tree, kind, offset);

  ast->a = a;
  ast->b = b;
  return ast;
}

static WeirJqAst *
make_text (Parser *parser, gsize offset, const char *text, gsize length)
{
  WeirJqAst *ast = make (parser, WEIR_JQ_AST_TEXT, offset, NULL, NULL);

  weir_jq_ast_set_name (ast, text, length);
  return ast;
}

/* A name that stands for itself: of a function or parameter, behind a dollar. */
static gboolean
take_name (Parser *parser, WeirJqAst *ast, const char *what)
{
  if (parser->token.kind != WEIR_JQ_TOKEN_NAME)
    return fail_expected (parser, what) != NULL;
  weir_jq_ast_set_name (ast, parser->token.text, parser->token.length);
  advance (parser);
  return TRUE;
}

/* Strings ----------------------------------------------------------------------------------- */

static gboolean
parse_interpolation (Parser *parser, WeirJqAst *string)
{
  WeirJqAst *inside;

  advance (parser);
  inside = parse_expression (parser, 0);
  if (inside == NULL)
    return FALSE;
  if (!is_next (parser, ")"))
    return fail_expected (parser, "')'") != NULL;
  weir_jq_ast_append (string, inside);
  return TRUE;
}

static gboolean
take_text (Parser *parser, WeirJqAst *string, GString *text, gsize offset)
{
  if (text->len > 0)
    weir_jq_ast_append (string, make_text (parser, offset, text->str, text->len));
  g_string_truncate (text, 0);
  return TRUE;
}

static gboolean
parse_pieces (Parser *parser, WeirJqAst *string)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (;;)
    {
      const char *at = parser->lexer.at;

      switch (weir_jq_lexer_next_piece (&parser->lexer, text))
        {
        case WEIR_JQ_PIECE_TEXT:
          break;
        case WEIR_JQ_PIECE_OPEN:
          take_text (parser, string, text, string->offset);
          if (!parse_interpolation (parser, string))
            return FALSE;
          break;
        case WEIR_JQ_PIECE_CLOSE:
          return take_text (parser, string, text, string->offset);
        case WEIR_JQ_PIECE_WRONG:
          return fail_at (parser, at - parser->lexer.source, "syntax error, malformed escape")
                 != NULL;
        default:
          return fail_at (parser, string->offset, "syntax error, a string is not closed") != NULL;
        }
    }
}

/* The token is the quote. */
static WeirJqAst *
parse_string (Parser *parser, const WeirJqToken *format)
{
  WeirJqAst *string = make (parser, WEIR_JQ_AST_STRING, get_offset (parser), NULL, NULL);

  if (format != NULL)
    weir_jq_ast_set_name (string, format->text + 1, format->length - 1);
  if (!parse_pieces (parser, string))
    return NULL;
  advance (parser);
  if (weir_jq_ast_length (string) == 0)
    return make_text (parser, string->offset, "", 0);
  if (weir_jq_ast_length (string) == 1 && weir_jq_ast_at (string, 0)->kind == WEIR_JQ_AST_TEXT)
    {
      weir_jq_ast_at (string, 0)->offset = string->offset;
      return weir_jq_ast_at (string, 0);
    }
  return string;
}

static WeirJqAst *
parse_format (Parser *parser)
{
  WeirJqToken format = parser->token;
  WeirJqAst *ast;

  advance (parser);
  if (parser->token.kind == WEIR_JQ_TOKEN_QUOTE)
    return parse_string (parser, &format);
  ast = make (parser, WEIR_JQ_AST_FORMAT, format.text - parser->lexer.source, NULL, NULL);
  weir_jq_ast_set_name (ast, format.text + 1, format.length - 1);
  return ast;
}

static gboolean
is_string_next (const Parser *parser)
{
  return parser->token.kind == WEIR_JQ_TOKEN_QUOTE || parser->token.kind == WEIR_JQ_TOKEN_FORMAT;
}

/* In a place where only a string may stand. */
static WeirJqAst *
parse_only_string (Parser *parser)
{
  WeirJqAst *string;

  if (parser->token.kind == WEIR_JQ_TOKEN_QUOTE)
    return parse_string (parser, NULL);
  string = parse_format (parser);
  return string != NULL && string->kind == WEIR_JQ_AST_FORMAT ? fail_expected (parser, "a string")
                                                              : string;
}

/* Objects ----------------------------------------------------------------------------------- */

/* Values of an object: terms, with minus and pipes. */
static WeirJqAst *
parse_member_value (Parser *parser)
{
  gsize offset = get_offset (parser);
  WeirJqAst *value;

  if (accept (parser, "-"))
    {
      value = parse_member_value (parser);
      return value != NULL ? make (parser, WEIR_JQ_AST_NEGATE, offset, value, NULL) : NULL;
    }
  value = parse_term (parser);
  offset = get_offset (parser);
  if (value == NULL || !accept (parser, "|"))
    return value;
  WeirJqAst *rest = parse_member_value (parser);
  return rest != NULL ? make (parser, WEIR_JQ_AST_PIPE, offset, value, rest) : NULL;
}

/* (expression), or a word. NULL also for what cannot be a key. */
static WeirJqAst *
parse_key (Parser *parser, gboolean *needs_value)
{
  gsize offset = get_offset (parser);
  WeirJqToken token = parser->token;
  WeirJqAst *key;

  *needs_value = FALSE;
  if (is_string_next (parser))
    return parse_only_string (parser);
  if (token.kind == WEIR_JQ_TOKEN_NAME || token.kind == WEIR_JQ_TOKEN_KEYWORD)
    {
      *needs_value = token.kind == WEIR_JQ_TOKEN_KEYWORD;
      advance (parser);
      return make_text (parser, offset, token.text, token.length);
    }
  *needs_value = TRUE;
  if (!accept (parser, "("))
    return fail_expected (parser, "a key");
  key = parse_expression (parser, 0);
  return key != NULL && expect (parser, ")") ? key : NULL;
}

/* {$name} is {name: $name}. */
static WeirJqAst *
parse_variable_member (Parser *parser)
{
  WeirJqAst *entry = make (parser, WEIR_JQ_AST_ENTRY, get_offset (parser), NULL, NULL);
  WeirJqAst *variable;

  advance (parser);
  variable = make (parser, WEIR_JQ_AST_VARIABLE, entry->offset, NULL, NULL);
  if (!take_name (parser, variable, "a name"))
    return NULL;
  entry->a = make_text (parser, entry->offset, variable->name, variable->length);
  entry->b = variable;
  return entry;
}

static WeirJqAst *
parse_member (Parser *parser)
{
  WeirJqAst *entry;
  gboolean needs_value;

  if (is_next (parser, "$"))
    return parse_variable_member (parser);
  entry = make (parser, WEIR_JQ_AST_ENTRY, get_offset (parser), NULL, NULL);
  entry->a = parse_key (parser, &needs_value);
  if (entry->a == NULL)
    return NULL;
  if (accept (parser, ":"))
    {
      entry->b = parse_member_value (parser);
      return entry->b != NULL ? entry : NULL;
    }
  return needs_value ? fail_expected (parser, "':'") : entry;
}

static WeirJqAst *
parse_object (Parser *parser)
{
  WeirJqAst *object = make (parser, WEIR_JQ_AST_OBJECT, get_offset (parser), NULL, NULL);

  advance (parser);
  while (!is_next (parser, "}"))
    {
      WeirJqAst *entry = parse_member (parser);

      if (entry == NULL)
        return NULL;
      weir_jq_ast_append (object, entry);
      if (!is_next (parser, "}") && !accept (parser, ","))
        return fail_expected (parser, "',' or '}'");
    }
  advance (parser);
  return object;
}

/* Terms ------------------------------------------------------------------------------------- */

static WeirJqAst *
parse_array (Parser *parser)
{
  WeirJqAst *array = make (parser, WEIR_JQ_AST_ARRAY, get_offset (parser), NULL, NULL);

  advance (parser);
  if (accept (parser, "]"))
    return array;
  array->a = parse_expression (parser, 0);
  return array->a != NULL && expect (parser, "]") ? array : NULL;
}

static WeirJqAst *
parse_parentheses (Parser *parser)
{
  WeirJqAst *inside;

  advance (parser);
  inside = parse_expression (parser, 0);
  return inside != NULL && expect (parser, ")") ? inside : NULL;
}

static WeirJqAst *
parse_variable (Parser *parser)
{
  gsize offset = get_offset (parser);
  WeirJqAst *variable;

  advance (parser);
  if (accept (parser, "__loc__"))
    return make (parser, WEIR_JQ_AST_LOCATION, offset, NULL, NULL);
  variable = make (parser, WEIR_JQ_AST_VARIABLE, offset, NULL, NULL);
  return take_name (parser, variable, "a name") ? variable : NULL;
}

static gboolean
parse_arguments (Parser *parser, WeirJqAst *call)
{
  do
    {
      WeirJqAst *argument = parse_expression (parser, 0);

      if (argument == NULL)
        return FALSE;
      weir_jq_ast_append (call, argument);
    }
  while (accept (parser, ";"));
  return expect (parser, ")");
}

static WeirJqAst *
parse_call (Parser *parser)
{
  WeirJqAst *call = make (parser, WEIR_JQ_AST_CALL, get_offset (parser), NULL, NULL);

  weir_jq_ast_set_name (call, parser->token.text, parser->token.length);
  advance (parser);
  if (accept (parser, "("))
    return parse_arguments (parser, call) ? call : NULL;
  if (strcmp (call->name, "null") == 0)
    call->kind = WEIR_JQ_AST_NULL;
  else if (strcmp (call->name, "true") == 0)
    call->kind = WEIR_JQ_AST_TRUE;
  else if (strcmp (call->name, "false") == 0)
    call->kind = WEIR_JQ_AST_FALSE;
  return call;
}

static WeirJqAst *
parse_number (Parser *parser)
{
  WeirJqAst *number = make (parser, WEIR_JQ_AST_NUMBER, get_offset (parser), NULL, NULL);

  if (!weir_jq_token_get_number (&parser->token, &number->number))
    return fail_at (parser, number->offset, "syntax error, malformed number");
  advance (parser);
  return number;
}

static WeirJqAst *
parse_break (Parser *parser)
{
  WeirJqAst *ast = make (parser, WEIR_JQ_AST_BREAK, get_offset (parser), NULL, NULL);

  advance (parser);
  return expect (parser, "$") && take_name (parser, ast, "the name of a label") ? ast : NULL;
}

static WeirJqAst *
make_index (Parser *parser, WeirJqAst *base, gsize offset, WeirJqAst *key)
{
  return key != NULL ? make (parser, WEIR_JQ_AST_INDEX, offset, base, key) : NULL;
}

/* .name: the token holds both. */
static WeirJqAst *
parse_field (Parser *parser, WeirJqAst *base)
{
  WeirJqToken token = parser->token;
  gsize offset = get_offset (parser);

  advance (parser);
  return make_index (parser, base, offset,
                     make_text (parser, offset + 1, token.text + 1, token.length - 1));
}

/* [], [index], [from:to], [from:], [:to] */
static WeirJqAst *
parse_brackets (Parser *parser, WeirJqAst *base)
{
  gsize offset = get_offset (parser);
  WeirJqAst *slice;
  WeirJqAst *from = NULL;

  advance (parser);
  if (accept (parser, "]"))
    return make (parser, WEIR_JQ_AST_ITERATE, offset, base, NULL);
  if (!is_next (parser, ":"))
    {
      from = parse_expression (parser, 0);
      if (from == NULL)
        return NULL;
      if (accept (parser, "]"))
        return make_index (parser, base, offset, from);
    }
  if (!expect (parser, ":"))
    return NULL;
  slice = make (parser, WEIR_JQ_AST_SLICE, offset, base, from);
  if (from != NULL && accept (parser, "]"))
    return slice;
  slice->c = parse_expression (parser, 0);
  return slice->c != NULL && expect (parser, "]") ? slice : NULL;
}

static WeirJqAst *
mark_optional (Parser *parser, WeirJqAst *ast)
{
  if (ast != NULL && accept (parser, "?"))
    ast->optional = TRUE;
  return ast;
}

/* "." alone, or the field whose name a string is. */
static WeirJqAst *
parse_dot (Parser *parser)
{
  WeirJqAst *identity = make (parser, WEIR_JQ_AST_IDENTITY, get_offset (parser), NULL, NULL);

  advance (parser);
  if (!is_string_next (parser))
    return identity;
  return mark_optional (
      parser, make_index (parser, identity, identity->offset, parse_only_string (parser)));
}

static WeirJqAst *
parse_suffixes (Parser *parser, WeirJqAst *term)
{
  while (term != NULL)
    {
      gsize offset = get_offset (parser);

      if (parser->token.kind == WEIR_JQ_TOKEN_FIELD)
        term = parse_field (parser, term);
      else if (is_next (parser, "["))
        term = parse_brackets (parser, term);
      else if (accept (parser, "."))
        {
          if (!is_string_next (parser))
            return fail_expected (parser, "a string");
          term = make_index (parser, term, offset, parse_only_string (parser));
        }
      else
        break;
      term = mark_optional (parser, term);
    }
  return term;
}

static WeirJqAst *
parse_sign_term (Parser *parser)
{
  if (is_next (parser, "."))
    return parse_dot (parser);
  if (is_next (parser, "["))
    return parse_array (parser);
  if (is_next (parser, "{"))
    return parse_object (parser);
  if (is_next (parser, "("))
    return parse_parentheses (parser);
  if (is_next (parser, "$"))
    return parse_variable (parser);
  if (is_next (parser, "break"))
    return parse_break (parser);
  if (is_next (parser, ".."))
    {
      WeirJqAst *all = make (parser, WEIR_JQ_AST_RECURSE, get_offset (parser), NULL, NULL);

      advance (parser);
      return all;
    }
  return fail_expected (parser, NULL);
}

static WeirJqAst *
parse_first_term (Parser *parser)
{
  gsize offset = get_offset (parser);

  switch (parser->token.kind)
    {
    case WEIR_JQ_TOKEN_FIELD:
      return mark_optional (
          parser, parse_field (parser, make (parser, WEIR_JQ_AST_IDENTITY, offset, NULL, NULL)));
    case WEIR_JQ_TOKEN_NUMBER:
      return parse_number (parser);
    case WEIR_JQ_TOKEN_QUOTE:
      return parse_string (parser, NULL);
    case WEIR_JQ_TOKEN_FORMAT:
      return parse_format (parser);
    case WEIR_JQ_TOKEN_NAME:
      return parse_call (parser);
    default:
      return parse_sign_term (parser);
    }
}

static gboolean
go_deeper (Parser *parser)
{
  if (++parser->depth <= MAX_DEPTH)
    return TRUE;
  fail_at (parser, get_offset (parser), "the expression is nested too deep");
  return FALSE;
}

static WeirJqAst *
parse_term (Parser *parser)
{
  WeirJqAst *term;

  if (!go_deeper (parser))
    return NULL;
  term = parse_suffixes (parser, parse_first_term (parser));
  parser->depth--;
  return term;
}

/* Patterns ---------------------------------------------------------------------------------- */

static WeirJqAst *
parse_array_pattern (Parser *parser)
{
  WeirJqAst *array = make (parser, WEIR_JQ_AST_PATTERN_ARRAY, get_offset (parser), NULL, NULL);

  advance (parser);
  do
    {
      WeirJqAst *element = parse_pattern (parser);

      if (element == NULL)
        return NULL;
      weir_jq_ast_append (array, element);
    }
  while (accept (parser, ","));
  return expect (parser, "]") ? array : NULL;
}

static WeirJqAst *
parse_entry_pattern (Parser *parser)
{
  WeirJqAst *entry = make (parser, WEIR_JQ_AST_ENTRY, get_offset (parser), NULL, NULL);
  gboolean needs_value;

  if (accept (parser, "$"))
    {
      if (!take_name (parser, entry, "a name"))
        return NULL;
      entry->a = make_text (parser, entry->offset, entry->name, entry->length);
      if (!accept (parser, ":"))
        return entry;
    }
  else
    {
      entry->a = parse_key (parser, &needs_value);
      if (entry->a == NULL || !expect (parser, ":"))
        return NULL;
    }
  entry->b = parse_pattern (parser);
  return entry->b != NULL ? entry : NULL;
}

static WeirJqAst *
parse_object_pattern (Parser *parser)
{
  WeirJqAst *object = make (parser, WEIR_JQ_AST_PATTERN_OBJECT, get_offset (parser), NULL, NULL);

  advance (parser);
  do
    {
      WeirJqAst *entry = parse_entry_pattern (parser);

      if (entry == NULL)
        return NULL;
      weir_jq_ast_append (object, entry);
    }
  while (accept (parser, ","));
  return expect (parser, "}") ? object : NULL;
}

static WeirJqAst *
parse_any_pattern (Parser *parser)
{
  WeirJqAst *variable;

  if (is_next (parser, "["))
    return parse_array_pattern (parser);
  if (is_next (parser, "{"))
    return parse_object_pattern (parser);
  variable = make (parser, WEIR_JQ_AST_VARIABLE, get_offset (parser), NULL, NULL);
  if (!accept (parser, "$"))
    return fail_expected (parser, "'$', '[' or '{'");
  return take_name (parser, variable, "a name") ? variable : NULL;
}

static WeirJqAst *
parse_pattern (Parser *parser)
{
  WeirJqAst *pattern;

  if (!go_deeper (parser))
    return NULL;
  pattern = parse_any_pattern (parser);
  parser->depth--;
  return pattern;
}

/* "as" pattern ("?//" pattern)* */
static gboolean
parse_patterns (Parser *parser, WeirJqAst *ast)
{
  if (!expect (parser, "as"))
    return FALSE;
  ast->pattern = parse_pattern (parser);
  while (ast->pattern != NULL && accept (parser, "?//"))
    {
      WeirJqAst *other = parse_pattern (parser);

      if (other == NULL)
        return FALSE;
      weir_jq_ast_append (ast, other);
    }
  return ast->pattern != NULL;
}

/* Operands ---------------------------------------------------------------------------------- */

static WeirJqAst *
parse_term_or_binding (Parser *parser)
{
  WeirJqAst *term = parse_term (parser);
  WeirJqAst *binding;

  if (term == NULL || !is_next (parser, "as"))
    return term;
  binding = make (parser, WEIR_JQ_AST_AS, get_offset (parser), term, NULL);
  if (!parse_patterns (parser, binding) || !expect (parser, "|"))
    return NULL;
  binding->b = parse_expression (parser, 0);
  return binding->b != NULL ? binding : NULL;
}

/* reduce and foreach. */
static WeirJqAst *
parse_fold (Parser *parser, WeirJqAstKind kind)
{
  WeirJqAst *fold = make (parser, kind, get_offset (parser), NULL, NULL);

  advance (parser);
  fold->a = parse_term (parser);
  if (fold->a == NULL || !parse_patterns (parser, fold) || !expect (parser, "("))
    return NULL;
  fold->b = parse_expression (parser, 0);
  if (fold->b == NULL || !expect (parser, ";"))
    return NULL;
  fold->c = parse_expression (parser, 0);
  if (fold->c == NULL)
    return NULL;
  if (kind == WEIR_JQ_AST_FOREACH && accept (parser, ";"))
    {
      fold->d = parse_expression (parser, 0);
      if (fold->d == NULL)
        return NULL;
    }
  return expect (parser, ")") ? fold : NULL;
}

static WeirJqAst *
parse_if (Parser *parser)
{
  WeirJqAst *ast = make (parser, WEIR_JQ_AST_IF, get_offset (parser), NULL, NULL);

  advance (parser);
  ast->a = parse_expression (parser, 0);
  if (ast->a == NULL || !expect (parser, "then"))
    return NULL;
  ast->b = parse_expression (parser, 0);
  if (ast->b == NULL)
    return NULL;
  if (is_next (parser, "elif"))
    {
      if (!go_deeper (parser))
        return NULL;
      ast->c = parse_if (parser);
      parser->depth--;
      return ast->c != NULL ? ast : NULL;
    }
  if (!accept (parser, "else"))
    return fail_expected (parser, "'else' or 'elif'");
  ast->c = parse_expression (parser, 0);
  return ast->c != NULL && expect (parser, "end") ? ast : NULL;
}

static WeirJqAst *
parse_try (Parser *parser)
{
  WeirJqAst *ast = make (parser, WEIR_JQ_AST_TRY, get_offset (parser), NULL, NULL);

  advance (parser);
  ast->a = parse_operand (parser);
  if (ast->a == NULL || !accept (parser, "catch"))
    return ast->a != NULL ? ast : NULL;
  ast->b = parse_operand (parser);
  return ast->b != NULL ? ast : NULL;
}

static WeirJqAst *
parse_label (Parser *parser)
{
  WeirJqAst *label = make (parser, WEIR_JQ_AST_LABEL, get_offset (parser), NULL, NULL);

  advance (parser);
  if (!expect (parser, "$") || !take_name (parser, label, "a name") || !expect (parser, "|"))
    return NULL;
  label->a = parse_expression (parser, 0);
  return label->a != NULL ? label : NULL;
}

static gboolean
parse_parameters (Parser *parser, WeirJqAst *define)
{
  if (!accept (parser, "("))
    return TRUE;
  do
    {
      WeirJqAst *one = make (parser, WEIR_JQ_AST_PARAMETER, get_offset (parser), NULL, NULL);

      one->optional = accept (parser, "$");
      if (!take_name (parser, one, "the name of a parameter"))
        return FALSE;
      weir_jq_ast_append (define, one);
    }
  while (accept (parser, ";"));
  return expect (parser, ")");
}

/* Without what follows the definition. */
static WeirJqAst *
parse_definition (Parser *parser)
{
  WeirJqAst *define = make (parser, WEIR_JQ_AST_DEFINE, get_offset (parser), NULL, NULL);

  advance (parser);
  if (!take_name (parser, define, "the name of a function") || !parse_parameters (parser, define)
      || !expect (parser, ":"))
    return NULL;
  define->a = parse_expression (parser, 0);
  return define->a != NULL && expect (parser, ";") ? define : NULL;
}

static WeirJqAst *
parse_defined (Parser *parser)
{
  WeirJqAst *define = parse_definition (parser);

  if (define == NULL)
    return NULL;
  define->b = parse_expression (parser, 0);
  return define->b != NULL ? define : NULL;
}

/* Binds tighter than + and less than "?". */
static WeirJqAst *
parse_negation (Parser *parser)
{
  gsize offset = get_offset (parser);
  WeirJqAst *inside;

  advance (parser);
  inside = parse_expression (parser, NEGATION_LEVEL);
  return inside != NULL ? make (parser, WEIR_JQ_AST_NEGATE, offset, inside, NULL) : NULL;
}

static WeirJqAst *
parse_bare_operand (Parser *parser)
{
  if (is_next (parser, "def"))
    return parse_defined (parser);
  if (is_next (parser, "if"))
    return parse_if (parser);
  if (is_next (parser, "try"))
    return parse_try (parser);
  if (is_next (parser, "reduce"))
    return parse_fold (parser, WEIR_JQ_AST_REDUCE);
  if (is_next (parser, "foreach"))
    return parse_fold (parser, WEIR_JQ_AST_FOREACH);
  if (is_next (parser, "label"))
    return parse_label (parser);
  if (is_next (parser, "-"))
    return parse_negation (parser);
  return parse_term_or_binding (parser);
}

static WeirJqAst *
parse_operand (Parser *parser)
{
  WeirJqAst *operand;

  if (!go_deeper (parser))
    return NULL;
  operand = parse_bare_operand (parser);
  parser->depth--;
  return operand;
}

static WeirJqAst *
parse_marks (Parser *parser, WeirJqAst *operand)
{
  gsize offset = get_offset (parser);

  while (operand != NULL && accept (parser, "?"))
    {
      operand = make (parser, WEIR_JQ_AST_TRY, offset, operand, NULL);
      offset = get_offset (parser);
    }
  return operand;
}

/* Expressions ------------------------------------------------------------------------------- */

static const Operator *
find_operator (const Parser *parser)
{
  for (guint i = 0; i < G_N_ELEMENTS (operators); i++)
    if (is_next (parser, operators[i].sign))
      return &operators[i];
  return NULL;
}

static WeirJqAst *
parse_binary (Parser *parser, const Operator *operator, WeirJqAst *left)
{
  WeirJqAst *ast = make (parser, operator->kind, get_offset (parser), left, NULL);

  ast->operator= operator->operator;
  advance (parser);
  ast->b = parse_expression (parser, operator->level + (operator->associates != 'r'));
  return ast->b != NULL ? ast : NULL;
}

/* @level: of the loosest operator that may be taken */
static WeirJqAst *
parse_operators (Parser *parser, guint level)
{
  WeirJqAst *left = parse_marks (parser, parse_operand (parser));
  const Operator *operator;
  guint closed = 0; /* a level whose operators do not associate, and one of which was just taken */

  while (left != NULL && (operator= find_operator (parser)) != NULL && operator->level >= level)
    {
      if (operator->level == closed)
        return fail_expected (parser, NULL);
      closed = operator->associates == 'n' ? operator->level : 0;
      left = parse_binary (parser, operator, left);
    }
  return left;
}

static WeirJqAst *
parse_expression (Parser *parser, guint level)
{
  WeirJqAst *ast;

  if (!go_deeper (parser))
    return NULL;
  ast = parse_operators (parser, level);
  parser->depth--;
  return ast;
}

/* Programs ---------------------------------------------------------------------------------- */

static WeirJqAst *
refuse_modules (Parser *parser)
{
  g_autofree char *word = g_strndup (parser->token.text, parser->token.length);

  parser->offset = get_offset (parser);
  g_set_error (parser->error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_REFUSED,
               "%s is refused: an expression may not load modules", word);
  return NULL;
}

/* Definitions without anything behind them are the identity. */
static WeirJqAst *
parse_program (Parser *parser)
{
  WeirJqAst *first = NULL;
  WeirJqAst **place = &first;

  while (is_next (parser, "def"))
    {
      *place = parse_definition (parser);
      if (*place == NULL)
        return NULL;
      place = &(*place)->b;
    }
  if (parser->token.kind == WEIR_JQ_TOKEN_END)
    *place = make (parser, WEIR_JQ_AST_IDENTITY, get_offset (parser), NULL, NULL);
  else
    *place = parse_expression (parser, 0);
  return *place != NULL ? first : NULL;
}

static WeirJqAst *
parse_whole (Parser *parser)
{
  WeirJqAst *program;

  advance (parser);
  if (is_next (parser, "import") || is_next (parser, "include") || is_next (parser, "module"))
    return refuse_modules (parser);
  program = parse_program (parser);
  if (program != NULL && parser->token.kind != WEIR_JQ_TOKEN_END)
    return fail_expected (parser, "end of the expression");
  return program;
}

WeirJqTree *
weir_jq_parse (const char *source, gsize *offset, GError **error)
{
  g_autoptr (WeirJqTree) tree = weir_jq_tree_new ();
  g_autoptr (GError) own = NULL;
  Parser parser = { .tree = tree, .lexer = { source, source }, .error = &own };

  tree->root = parse_whole (&parser);
  if (tree->root != NULL)
    return g_steal_pointer (&tree);
  *offset = parser.offset;
  g_propagate_error (error, g_steal_pointer (&own));
  return NULL;
}
