/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-parse-private.h"

#include <string.h>

/* Strings ----------------------------------------------------------------------------------- */

static gboolean
parse_interpolation (WeirJqParser *parser, WeirJqAst *string)
{
  WeirJqAst *inside;

  weir_jq_parser_advance (parser);
  inside = weir_jq_parse_expression (parser, 0);
  if (inside == NULL)
    return FALSE;
  if (parser->token.kind == WEIR_JQ_TOKEN_END)
    return weir_jq_parser_fail_at (parser, string->offset, "syntax error, a string is not closed")
           != NULL;
  if (!weir_jq_parser_is_next (parser, ")"))
    return weir_jq_parser_fail_expected (parser, "')'") != NULL;
  weir_jq_ast_append (string, inside);
  return TRUE;
}

static gboolean
take_text (WeirJqParser *parser, WeirJqAst *string, GString *text, gsize offset)
{
  WeirJqAst *piece;

  if (text->len == 0)
    return TRUE;
  piece = weir_jq_parser_make_text (parser, offset, text->str, text->len);
  piece->optional = TRUE;
  weir_jq_ast_append (string, piece);
  g_string_truncate (text, 0);
  return TRUE;
}

static gboolean
parse_pieces (WeirJqParser *parser, WeirJqAst *string)
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
          return weir_jq_parser_fail_at (parser, at - parser->lexer.source,
                                         "syntax error, malformed escape")
                 != NULL;
        default:
          return weir_jq_parser_fail_at (parser, string->offset,
                                         "syntax error, a string is not closed")
                 != NULL;
        }
    }
}

/* The token is the quote. */
static WeirJqAst *
parse_string (WeirJqParser *parser, const WeirJqToken *format)
{
  WeirJqAst *string = weir_jq_parser_make (parser, WEIR_JQ_AST_STRING,
                                           weir_jq_parser_get_offset (parser), NULL, NULL);
  WeirJqAst *only;

  if (format != NULL)
    weir_jq_ast_set_name (string, format->text + 1, format->length - 1);
  if (!parse_pieces (parser, string))
    return NULL;
  weir_jq_parser_advance (parser);
  if (weir_jq_ast_length (string) == 0)
    return weir_jq_parser_make_text (parser, string->offset, "", 0);
  only = weir_jq_ast_at (string, 0);
  if (weir_jq_ast_length (string) > 1 || only->kind != WEIR_JQ_AST_TEXT || !only->optional)
    return string;
  only->optional = FALSE;
  return only;
}

static WeirJqAst *
parse_format (WeirJqParser *parser)
{
  WeirJqToken format = parser->token;
  WeirJqAst *ast;

  weir_jq_parser_advance (parser);
  if (parser->token.kind == WEIR_JQ_TOKEN_QUOTE)
    return parse_string (parser, &format);
  ast = weir_jq_parser_make (parser, WEIR_JQ_AST_FORMAT, format.text - parser->lexer.source, NULL,
                             NULL);
  weir_jq_ast_set_name (ast, format.text + 1, format.length - 1);
  return ast;
}

static gboolean
is_string_next (const WeirJqParser *parser)
{
  return parser->token.kind == WEIR_JQ_TOKEN_QUOTE || parser->token.kind == WEIR_JQ_TOKEN_FORMAT;
}

/* In a place where only a string may stand. */
static WeirJqAst *
parse_only_string (WeirJqParser *parser)
{
  WeirJqAst *string;

  if (parser->token.kind == WEIR_JQ_TOKEN_QUOTE)
    return parse_string (parser, NULL);
  string = parse_format (parser);
  return string != NULL && string->kind == WEIR_JQ_AST_FORMAT
             ? weir_jq_parser_fail_expected (parser, "a string")
             : string;
}

/* Objects ----------------------------------------------------------------------------------- */

/* Values of an object: terms, with minus and pipes. */
static WeirJqAst *
parse_member_value (WeirJqParser *parser)
{
  gsize offset = weir_jq_parser_get_offset (parser);
  WeirJqAst *value;

  if (weir_jq_parser_accept (parser, "-"))
    {
      value = parse_member_value (parser);
      return value != NULL ? weir_jq_parser_make (parser, WEIR_JQ_AST_NEGATE, offset, value, NULL)
                           : NULL;
    }
  value = weir_jq_parse_term (parser);
  offset = weir_jq_parser_get_offset (parser);
  if (value == NULL || !weir_jq_parser_accept (parser, "|"))
    return value;
  WeirJqAst *rest = parse_member_value (parser);
  return rest != NULL ? weir_jq_parser_make (parser, WEIR_JQ_AST_PIPE, offset, value, rest) : NULL;
}

/* (expression), or a word. NULL also for what cannot be a key. */
WeirJqAst *
weir_jq_parse_key (WeirJqParser *parser, gboolean *needs_value)
{
  gsize offset = weir_jq_parser_get_offset (parser);
  WeirJqToken token = parser->token;
  WeirJqAst *key;

  *needs_value = FALSE;
  if (is_string_next (parser))
    return parse_only_string (parser);
  if (token.kind == WEIR_JQ_TOKEN_NAME || token.kind == WEIR_JQ_TOKEN_KEYWORD)
    {
      *needs_value = token.kind == WEIR_JQ_TOKEN_KEYWORD;
      weir_jq_parser_advance (parser);
      return weir_jq_parser_make_text (parser, offset, token.text, token.length);
    }
  *needs_value = TRUE;
  if (!weir_jq_parser_accept (parser, "("))
    return weir_jq_parser_fail_expected (parser, "a key");
  key = weir_jq_parse_expression (parser, 0);
  return key != NULL && weir_jq_parser_expect (parser, ")") ? key : NULL;
}

/* {$name} is {name: $name}. */
static WeirJqAst *
parse_variable_member (WeirJqParser *parser)
{
  WeirJqAst *entry = weir_jq_parser_make (parser, WEIR_JQ_AST_ENTRY,
                                          weir_jq_parser_get_offset (parser), NULL, NULL);
  WeirJqAst *variable;

  weir_jq_parser_advance (parser);
  variable = weir_jq_parser_make (parser, WEIR_JQ_AST_VARIABLE, entry->offset, NULL, NULL);
  if (!weir_jq_parser_take_name (parser, variable, "a name"))
    return NULL;
  entry->a = weir_jq_parser_make_text (parser, entry->offset, variable->name, variable->length);
  entry->b = variable;
  return entry;
}

static WeirJqAst *
parse_member (WeirJqParser *parser)
{
  WeirJqAst *entry;
  gboolean needs_value;

  if (weir_jq_parser_is_next (parser, "$"))
    return parse_variable_member (parser);
  entry = weir_jq_parser_make (parser, WEIR_JQ_AST_ENTRY, weir_jq_parser_get_offset (parser), NULL,
                               NULL);
  entry->a = weir_jq_parse_key (parser, &needs_value);
  if (entry->a == NULL)
    return NULL;
  if (weir_jq_parser_accept (parser, ":"))
    {
      entry->b = parse_member_value (parser);
      return entry->b != NULL ? entry : NULL;
    }
  return needs_value ? weir_jq_parser_fail_expected (parser, "':'") : entry;
}

static WeirJqAst *
parse_object (WeirJqParser *parser)
{
  WeirJqAst *object = weir_jq_parser_make (parser, WEIR_JQ_AST_OBJECT,
                                           weir_jq_parser_get_offset (parser), NULL, NULL);

  weir_jq_parser_advance (parser);
  while (!weir_jq_parser_is_next (parser, "}"))
    {
      WeirJqAst *entry = parse_member (parser);

      if (entry == NULL)
        return NULL;
      weir_jq_ast_append (object, entry);
      if (!weir_jq_parser_is_next (parser, "}") && !weir_jq_parser_accept (parser, ","))
        return weir_jq_parser_fail_expected (parser, "',' or '}'");
    }
  weir_jq_parser_advance (parser);
  return object;
}

/* Terms ------------------------------------------------------------------------------------- */

static WeirJqAst *
parse_array (WeirJqParser *parser)
{
  WeirJqAst *array = weir_jq_parser_make (parser, WEIR_JQ_AST_ARRAY,
                                          weir_jq_parser_get_offset (parser), NULL, NULL);

  weir_jq_parser_advance (parser);
  if (weir_jq_parser_accept (parser, "]"))
    return array;
  array->a = weir_jq_parse_expression (parser, 0);
  return array->a != NULL && weir_jq_parser_expect (parser, "]") ? array : NULL;
}

static WeirJqAst *
parse_parentheses (WeirJqParser *parser)
{
  WeirJqAst *inside;

  weir_jq_parser_advance (parser);
  inside = weir_jq_parse_expression (parser, 0);
  return inside != NULL && weir_jq_parser_expect (parser, ")") ? inside : NULL;
}

static WeirJqAst *
parse_variable (WeirJqParser *parser)
{
  gsize offset = weir_jq_parser_get_offset (parser);
  WeirJqAst *variable;

  weir_jq_parser_advance (parser);
  if (weir_jq_parser_accept (parser, "__loc__"))
    return weir_jq_parser_make (parser, WEIR_JQ_AST_LOCATION, offset, NULL, NULL);
  variable = weir_jq_parser_make (parser, WEIR_JQ_AST_VARIABLE, offset, NULL, NULL);
  return weir_jq_parser_take_name (parser, variable, "a name") ? variable : NULL;
}

static gboolean
parse_arguments (WeirJqParser *parser, WeirJqAst *call)
{
  do
    {
      WeirJqAst *argument = weir_jq_parse_expression (parser, 0);

      if (argument == NULL)
        return FALSE;
      weir_jq_ast_append (call, argument);
    }
  while (weir_jq_parser_accept (parser, ";"));
  return weir_jq_parser_expect (parser, ")");
}

static WeirJqAst *
parse_call (WeirJqParser *parser)
{
  WeirJqAst *call = weir_jq_parser_make (parser, WEIR_JQ_AST_CALL,
                                         weir_jq_parser_get_offset (parser), NULL, NULL);

  weir_jq_ast_set_name (call, parser->token.text, parser->token.length);
  weir_jq_parser_advance (parser);
  if (weir_jq_parser_accept (parser, "("))
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
parse_number (WeirJqParser *parser)
{
  WeirJqAst *number = weir_jq_parser_make (parser, WEIR_JQ_AST_NUMBER,
                                           weir_jq_parser_get_offset (parser), NULL, NULL);

  if (!weir_jq_token_get_number (&parser->token, &number->number))
    return weir_jq_parser_fail_at (parser, number->offset, "syntax error, malformed number");
  weir_jq_parser_advance (parser);
  return number;
}

static WeirJqAst *
parse_break (WeirJqParser *parser)
{
  WeirJqAst *ast = weir_jq_parser_make (parser, WEIR_JQ_AST_BREAK,
                                        weir_jq_parser_get_offset (parser), NULL, NULL);

  weir_jq_parser_advance (parser);
  return weir_jq_parser_expect (parser, "$")
                 && weir_jq_parser_take_name (parser, ast, "the name of a label")
             ? ast
             : NULL;
}

static WeirJqAst *
make_index (WeirJqParser *parser, WeirJqAst *base, gsize offset, WeirJqAst *key)
{
  return key != NULL ? weir_jq_parser_make (parser, WEIR_JQ_AST_INDEX, offset, base, key) : NULL;
}

/* .name: the token holds both. */
static WeirJqAst *
parse_field (WeirJqParser *parser, WeirJqAst *base)
{
  WeirJqToken token = parser->token;
  gsize offset = weir_jq_parser_get_offset (parser);

  weir_jq_parser_advance (parser);
  return make_index (
      parser, base, offset,
      weir_jq_parser_make_text (parser, offset + 1, token.text + 1, token.length - 1));
}

static gboolean
is_constant (const WeirJqAst *ast)
{
  return ast->kind == WEIR_JQ_AST_NUMBER || ast->kind == WEIR_JQ_AST_TEXT
         || (ast->kind == WEIR_JQ_AST_NEGATE && ast->a->kind == WEIR_JQ_AST_NUMBER);
}

/* The next token is the one behind @inside, which begins at @start. */
static void
note_bracket (WeirJqParser *parser, const WeirJqAst *inside, gsize start)
{
  WeirJqBracket bracket
      = { start, weir_jq_parser_get_offset (parser), weir_jq_parser_is_next (parser, ":") };

  if (!is_constant (inside))
    g_array_append_val (parser->tree->brackets, bracket);
}

/* [], [index], [from:to], [from:], [:to] */
static WeirJqAst *
parse_brackets (WeirJqParser *parser, WeirJqAst *base)
{
  gsize offset = weir_jq_parser_get_offset (parser);
  WeirJqAst *slice;
  WeirJqAst *from = NULL;

  weir_jq_parser_advance (parser);
  if (weir_jq_parser_accept (parser, "]"))
    return weir_jq_parser_make (parser, WEIR_JQ_AST_ITERATE, offset, base, NULL);
  if (!weir_jq_parser_is_next (parser, ":"))
    {
      from = weir_jq_parse_expression (parser, 0);
      if (from == NULL)
        return NULL;
      note_bracket (parser, from, offset + 1);
      if (weir_jq_parser_accept (parser, "]"))
        return make_index (parser, base, offset, from);
    }
  if (!weir_jq_parser_expect (parser, ":"))
    return NULL;
  slice = weir_jq_parser_make (parser, WEIR_JQ_AST_SLICE, offset, base, from);
  if (from != NULL && weir_jq_parser_accept (parser, "]"))
    return slice;
  slice->c = weir_jq_parse_expression (parser, 0);
  return slice->c != NULL && weir_jq_parser_expect (parser, "]") ? slice : NULL;
}

static WeirJqAst *
mark_optional (WeirJqParser *parser, WeirJqAst *ast)
{
  if (ast != NULL && weir_jq_parser_accept (parser, "?"))
    ast->optional = TRUE;
  return ast;
}

/* "." alone, or the field whose name a string is. */
static WeirJqAst *
parse_dot (WeirJqParser *parser)
{
  WeirJqAst *identity = weir_jq_parser_make (parser, WEIR_JQ_AST_IDENTITY,
                                             weir_jq_parser_get_offset (parser), NULL, NULL);

  weir_jq_parser_advance (parser);
  if (!is_string_next (parser))
    return identity;
  return mark_optional (
      parser, make_index (parser, identity, identity->offset, parse_only_string (parser)));
}

static WeirJqAst *
parse_suffixes (WeirJqParser *parser, WeirJqAst *term)
{
  while (term != NULL)
    {
      gsize offset = weir_jq_parser_get_offset (parser);

      if (parser->token.kind == WEIR_JQ_TOKEN_FIELD)
        term = parse_field (parser, term);
      else if (weir_jq_parser_is_next (parser, "["))
        term = parse_brackets (parser, term);
      else if (weir_jq_parser_accept (parser, "."))
        {
          if (!is_string_next (parser))
            return weir_jq_parser_fail_expected (parser, "a string");
          term = make_index (parser, term, offset, parse_only_string (parser));
        }
      else
        break;
      term = mark_optional (parser, term);
    }
  return term;
}

static WeirJqAst *
parse_sign_term (WeirJqParser *parser)
{
  if (weir_jq_parser_is_next (parser, "."))
    return parse_dot (parser);
  if (weir_jq_parser_is_next (parser, "["))
    return parse_array (parser);
  if (weir_jq_parser_is_next (parser, "{"))
    return parse_object (parser);
  if (weir_jq_parser_is_next (parser, "("))
    return parse_parentheses (parser);
  if (weir_jq_parser_is_next (parser, "$"))
    return parse_variable (parser);
  if (weir_jq_parser_is_next (parser, "break"))
    return parse_break (parser);
  if (weir_jq_parser_is_next (parser, ".."))
    {
      WeirJqAst *all = weir_jq_parser_make (parser, WEIR_JQ_AST_RECURSE,
                                            weir_jq_parser_get_offset (parser), NULL, NULL);

      weir_jq_parser_advance (parser);
      return all;
    }
  return weir_jq_parser_fail_expected (parser, NULL);
}

static WeirJqAst *
parse_first_term (WeirJqParser *parser)
{
  gsize offset = weir_jq_parser_get_offset (parser);

  switch (parser->token.kind)
    {
    case WEIR_JQ_TOKEN_FIELD:
      return mark_optional (parser,
                            parse_field (parser, weir_jq_parser_make (parser, WEIR_JQ_AST_IDENTITY,
                                                                      offset, NULL, NULL)));
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

WeirJqAst *
weir_jq_parse_term (WeirJqParser *parser)
{
  WeirJqAst *term;

  if (!weir_jq_parser_go_deeper (parser))
    return NULL;
  term = parse_suffixes (parser, parse_first_term (parser));
  parser->depth--;
  return term;
}
