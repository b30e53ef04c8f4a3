/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-lexer-private.h"

#include <string.h>

#include "json/weir-json-text-private.h"

/* Longest first. */
static const char *const signs[] = {
  "?//", "//=", "!=", "==", "//", "|=", "+=", "-=", "*=", "/=", "%=", "<=",
  ">=",  "..",  ".",  "?",  "=",  ";",  ",",  ":",  "|",  "+",  "-",  "*",
  "/",   "%",   "$",  "<",  ">",  "[",  "]",  "{",  "}",  "(",  ")",
};

static const char *const keywords[] = {
  "as", "import", "include", "module",  "def", "if",    "then",  "else",  "elif",    "and",
  "or", "end",    "reduce",  "foreach", "try", "catch", "label", "break", "__loc__", NULL,
};

static gboolean
starts_name (char c)
{
  return g_ascii_isalpha (c) || c == '_';
}

static gsize
plain_name_length (const char *at)
{
  gsize length = 0;

  if (starts_name (*at))
    while (g_ascii_isalnum (at[length]) || at[length] == '_')
      length++;
  return length;
}

static gsize
name_length (const char *at)
{
  gsize length = plain_name_length (at);

  while (length > 0 && at[length] == ':' && at[length + 1] == ':'
         && plain_name_length (at + length + 2) > 0)
    length += 2 + plain_name_length (at + length + 2);
  return length;
}

static gsize
number_length (const char *at)
{
  gsize length = strspn (at, "0123456789.");
  const char *exponent = at + length;

  if (length == 0 || (*exponent != 'e' && *exponent != 'E'))
    return length;
  exponent += 1 + (exponent[1] == '+' || exponent[1] == '-');
  if (!g_ascii_isdigit (*exponent))
    return length;
  return exponent - at + strspn (exponent, "0123456789");
}

static gsize
sign_length (const char *at)
{
  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    if (strncmp (at, signs[i], strlen (signs[i])) == 0)
      return strlen (signs[i]);
  return 0;
}

static void
skip_space (WeirJqLexer *lexer)
{
  for (;;)
    {
      lexer->at += strspn (lexer->at, " \n\t");
      if (*lexer->at != '#')
        return;
      lexer->at += strcspn (lexer->at, "\r\n");
    }
}

static gboolean
is_keyword (const WeirJqToken *token)
{
  for (guint i = 0; keywords[i] != NULL; i++)
    if (weir_jq_token_is (token, keywords[i]))
      return TRUE;
  return FALSE;
}

static void
take (WeirJqLexer *lexer, WeirJqToken *token, WeirJqTokenKind kind, gsize length)
{
  token->kind = kind;
  token->text = lexer->at;
  token->length = length;
  lexer->at += length;
}

/* A number may begin with dots, so it is what it is when it is longer than a sign. */
static gboolean
take_number (WeirJqLexer *lexer, WeirJqToken *token)
{
  gsize length = number_length (lexer->at);

  if (length <= (g_ascii_isdigit (*lexer->at) ? 0 : sign_length (lexer->at)))
    return FALSE;
  take (lexer, token, WEIR_JQ_TOKEN_NUMBER, length);
  return TRUE;
}

static gsize
format_length (const char *at)
{
  gsize length = 1;

  while (g_ascii_isalnum (at[length]) || at[length] == '_')
    length++;
  return length;
}

void
weir_jq_lexer_next (WeirJqLexer *lexer, WeirJqToken *token)
{
  const char *at;

  skip_space (lexer);
  at = lexer->at;
  if (*at == '\0')
    take (lexer, token, WEIR_JQ_TOKEN_END, 0);
  else if (*at == '"')
    take (lexer, token, WEIR_JQ_TOKEN_QUOTE, 1);
  else if (*at == '@' && format_length (at) > 1)
    take (lexer, token, WEIR_JQ_TOKEN_FORMAT, format_length (at));
  else if (*at == '.' && starts_name (at[1]) && number_length (at) <= plain_name_length (at + 1))
    take (lexer, token, WEIR_JQ_TOKEN_FIELD, 1 + plain_name_length (at + 1));
  else if (starts_name (*at))
    {
      take (lexer, token, WEIR_JQ_TOKEN_NAME, name_length (at));
      if (is_keyword (token))
        token->kind = WEIR_JQ_TOKEN_KEYWORD;
    }
  else if (!take_number (lexer, token))
    {
      gsize length = sign_length (at);

      if (length > 0)
        take (lexer, token, WEIR_JQ_TOKEN_SIGN, length);
      else
        take (lexer, token, WEIR_JQ_TOKEN_INVALID, g_utf8_next_char (at) - at);
    }
}

static gboolean
is_hex4 (const char *at)
{
  for (guint i = 0; i < 4; i++)
    if (!g_ascii_isxdigit (at[i]))
      return FALSE;
  return TRUE;
}

/* The length of one escape, both halves of a surrogate pair taken together; 0: it is none. */
static gsize
escape_length (const char *at)
{
  gunichar high;

  if (at[1] != 'u')
    return at[1] != '\0' && strchr ("\"\\/bfnrt", at[1]) != NULL ? 2 : 0;
  if (!is_hex4 (at + 2))
    return 0;
  high = (gunichar)g_ascii_xdigit_value (at[2]) << 4 | (gunichar)g_ascii_xdigit_value (at[3]);
  if (high < 0xd8 || high > 0xdb) /* the second half alone becomes U+FFFD */
    return 6;
  if (at[6] != '\\' || at[7] != 'u' || !is_hex4 (at + 8) || g_ascii_tolower (at[8]) != 'd'
      || g_ascii_xdigit_value (at[9]) < 0xc)
    return 0;
  return 12;
}

static gboolean
take_escape (WeirJqLexer *lexer, GString *text)
{
  gsize length = escape_length (lexer->at);
  gsize start = text->len;

  if (length == 0)
    return FALSE;
  g_string_set_size (text, start + length);
  g_string_truncate (text, start + weir_json_unescape (lexer->at, length, text->str + start));
  lexer->at += length;
  return TRUE;
}

WeirJqPiece
weir_jq_lexer_next_piece (WeirJqLexer *lexer, GString *text)
{
  const char *start = lexer->at;

  if (*start == '\0')
    return WEIR_JQ_PIECE_UNCLOSED;
  if (*start == '"')
    {
      lexer->at++;
      return WEIR_JQ_PIECE_CLOSE;
    }
  if (start[0] == '\\' && start[1] == '(')
    {
      lexer->at += 2;
      return WEIR_JQ_PIECE_OPEN;
    }
  if (*start == '\\')
    return take_escape (lexer, text) ? WEIR_JQ_PIECE_TEXT : WEIR_JQ_PIECE_WRONG;
  lexer->at += strcspn (start, "\\\"");
  g_string_append_len (text, start, lexer->at - start);
  return WEIR_JQ_PIECE_TEXT;
}

gboolean
weir_jq_token_is (const WeirJqToken *token, const char *text)
{
  return strlen (text) == token->length && memcmp (token->text, text, token->length) == 0;
}

gboolean
weir_jq_token_get_number (const WeirJqToken *token, double *number)
{
  g_autofree char *text = g_strndup (token->text, token->length);
  char *end;

  if (strpbrk (text, "0123456789") == NULL)
    return FALSE;
  *number = g_ascii_strtod (text, &end);
  return *end == '\0';
}
