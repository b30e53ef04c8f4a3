/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-parse-private.h"

static WeirJqAst *parse_pattern (WeirJqParser *parser);

static WeirJqAst *
parse_array_pattern (WeirJqParser *parser)
{
  WeirJqAst *array = weir_jq_parser_make (parser, WEIR_JQ_AST_PATTERN_ARRAY,
                                          weir_jq_parser_get_offset (parser), NULL, NULL);

  weir_jq_parser_advance (parser);
  do
    {
      WeirJqAst *element = parse_pattern (parser);

      if (element == NULL)
        return NULL;
      weir_jq_ast_append (array, element);
    }
  while (weir_jq_parser_accept (parser, ","));
  return weir_jq_parser_expect (parser, "]") ? array : NULL;
}

static WeirJqAst *
parse_entry_pattern (WeirJqParser *parser)
{
  WeirJqAst *entry = weir_jq_parser_make (parser, WEIR_JQ_AST_ENTRY,
                                          weir_jq_parser_get_offset (parser), NULL, NULL);
  gboolean needs_value;

  if (weir_jq_parser_accept (parser, "$"))
    {
      if (!weir_jq_parser_take_name (parser, entry, "a name"))
        return NULL;
      entry->a = weir_jq_parser_make_text (parser, entry->offset, entry->name, entry->length);
      if (!weir_jq_parser_accept (parser, ":"))
        return entry;
    }
  else
    {
      entry->a = weir_jq_parse_key (parser, &needs_value);
      if (entry->a == NULL || !weir_jq_parser_expect (parser, ":"))
        return NULL;
    }
  entry->b = parse_pattern (parser);
  return entry->b != NULL ? entry : NULL;
}

static WeirJqAst *
parse_object_pattern (WeirJqParser *parser)
{
  WeirJqAst *object = weir_jq_parser_make (parser, WEIR_JQ_AST_PATTERN_OBJECT,
                                           weir_jq_parser_get_offset (parser), NULL, NULL);

  weir_jq_parser_advance (parser);
  do
    {
      WeirJqAst *entry = parse_entry_pattern (parser);

      if (entry == NULL)
        return NULL;
      weir_jq_ast_append (object, entry);
    }
  while (weir_jq_parser_accept (parser, ","));
  return weir_jq_parser_expect (parser, "}") ? object : NULL;
}

static WeirJqAst *
parse_any_pattern (WeirJqParser *parser)
{
  WeirJqAst *variable;

  if (weir_jq_parser_is_next (parser, "["))
    return parse_array_pattern (parser);
  if (weir_jq_parser_is_next (parser, "{"))
    return parse_object_pattern (parser);
  variable = weir_jq_parser_make (parser, WEIR_JQ_AST_VARIABLE, weir_jq_parser_get_offset (parser),
                                  NULL, NULL);
  if (!weir_jq_parser_accept (parser, "$"))
    return weir_jq_parser_fail_expected (parser, "'$', '[' or '{'");
  return weir_jq_parser_take_name (parser, variable, "a name") ? variable : NULL;
}

static WeirJqAst *
parse_pattern (WeirJqParser *parser)
{
  WeirJqAst *pattern;

  if (!weir_jq_parser_go_deeper (parser))
    return NULL;
  pattern = parse_any_pattern (parser);
  parser->depth--;
  return pattern;
}

/* "as" pattern ("?//" pattern)* */
gboolean
weir_jq_parse_patterns (WeirJqParser *parser, WeirJqAst *ast)
{
  if (!weir_jq_parser_expect (parser, "as"))
    return FALSE;
  ast->pattern = parse_pattern (parser);
  while (ast->pattern != NULL && weir_jq_parser_accept (parser, "?//"))
    {
      WeirJqAst *other = parse_pattern (parser);

      if (other == NULL)
        return FALSE;
      weir_jq_ast_append (ast, other);
    }
  return ast->pattern != NULL;
}
