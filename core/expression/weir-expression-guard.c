/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-expression-private.h"

#include <string.h>

/* A lexer that knows just enough of jq to tell a function from everything else that is spelled like
 * one: strings, comments, fields, variables, formats and the keys of objects. */
typedef struct
{
  const char *at;
  GString *open;      /* brackets that are open: { [ ( and S for the ( of an interpolation */
  gboolean key_place; /* an identifier here is a key */
  gboolean unclosed;  /* the last string has no end */
} Lexer;

static const char *const refused[] = {
  "input",      "inputs",          "debug",          "stderr",
  "halt",       "halt_error",      "input_filename", "input_line_number",
  "modulemeta", "get_search_list", "import",         "include",
  NULL,
};

static gboolean
starts_name (char c)
{
  return g_ascii_isalpha (c) || c == '_';
}

/* With the modules in front of it: a::b. */
static gsize
name_length (const char *text)
{
  const char *at = text;

  while (g_ascii_isalnum (*at) || *at == '_' || (at[0] == ':' && at[1] == ':'))
    at += *at == ':' ? 2 : 1;
  return at - text;
}

static char
innermost (const Lexer *lexer)
{
  return lexer->open->len > 0 ? lexer->open->str[lexer->open->len - 1] : '\0';
}

/* From behind a quote, or behind an interpolation: to the end of the string, or into the next one.
 */
static void
skip_string (Lexer *lexer)
{
  while (*lexer->at != '\0' && *lexer->at != '"')
    {
      if (lexer->at[0] == '\\' && lexer->at[1] == '(')
        {
          g_string_append_c (lexer->open, 'S');
          lexer->at += 2;
          return;
        }
      lexer->at += lexer->at[0] == '\\' && lexer->at[1] != '\0' ? 2 : 1;
    }
  lexer->unclosed = *lexer->at == '\0';
  lexer->at += !lexer->unclosed;
}

static void
skip_bracket (Lexer *lexer, char c)
{
  gboolean interpolation = c == ')' && innermost (lexer) == 'S';

  lexer->at++;
  if (c == '{' || c == '[' || c == '(')
    g_string_append_c (lexer->open, c);
  else if (lexer->open->len > 0)
    g_string_truncate (lexer->open, lexer->open->len - 1);
  if (interpolation)
    skip_string (lexer);
}

static void
skip_other (Lexer *lexer, char c)
{
  if (c == '#')
    lexer->at += strcspn (lexer->at, "\n");
  else if (c == '"')
    {
      lexer->at++;
      skip_string (lexer);
    }
  else if (strchr ("{}[]()", c) != NULL)
    skip_bracket (lexer, c);
  else
    {
      lexer->at++;
      if (c == '.' || c == '$' || c == '@')
        lexer->at += starts_name (*lexer->at) ? name_length (lexer->at) : 0;
    }
}

/* The next name that is not one of the others; NULL at the end. */
static char *
next_function (Lexer *lexer)
{
  while (*lexer->at != '\0')
    {
      char c = *lexer->at;
      const char *start = lexer->at;

      if (g_ascii_isspace (c))
        {
          lexer->at++;
          continue;
        }
      if (!starts_name (c))
        {
          skip_other (lexer, c);
          lexer->key_place
              = c == '#' ? lexer->key_place : (c == '{' || c == ',') && innermost (lexer) == '{';
          continue;
        }
      lexer->at += name_length (start);
      if (!lexer->key_place)
        return g_strndup (start, lexer->at - start);
      lexer->key_place = FALSE;
    }
  return NULL;
}

static gboolean
refuse (const char *name, GError **error)
{
  g_set_error (error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_REFUSED,
               "%s is refused: an expression sees one record, and may not read further input, "
               "write, halt or load modules",
               name);
  return FALSE;
}

gboolean
weir_expression_guard (const char *source, GError **error)
{
  g_autoptr (GString) open = g_string_new (NULL);
  Lexer lexer = { .at = source, .open = open };
  char *name;
  gboolean good = TRUE;

  while (good && (name = next_function (&lexer)) != NULL)
    {
      good = !g_strv_contains (refused, name) || refuse (name, error);
      g_free (name);
    }
  lexer.unclosed |= strchr (open->str, 'S') != NULL;
  if (good && lexer.unclosed)
    g_set_error_literal (error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_SYNTAX,
                         "syntax error, a string is not closed");
  return good && !lexer.unclosed;
}
