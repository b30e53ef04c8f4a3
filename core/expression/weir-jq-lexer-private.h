/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  WEIR_JQ_TOKEN_END,
  WEIR_JQ_TOKEN_INVALID,
  WEIR_JQ_TOKEN_NAME, /* with the modules in front of it: a::b */
  WEIR_JQ_TOKEN_KEYWORD,
  WEIR_JQ_TOKEN_FIELD,  /* .name */
  WEIR_JQ_TOKEN_FORMAT, /* @name */
  WEIR_JQ_TOKEN_NUMBER,
  WEIR_JQ_TOKEN_QUOTE, /* the lexer stands behind it */
  WEIR_JQ_TOKEN_SIGN,  /* an operation or a bracket */
} WeirJqTokenKind;

typedef struct
{
  WeirJqTokenKind kind;
  const char *text;
  gsize length;
} WeirJqToken;

/* Reads tokens as jq 1.6 does. Inside a string the parser asks for its pieces instead. */
typedef struct
{
  const char *source;
  const char *at;
} WeirJqLexer;

typedef enum
{
  WEIR_JQ_PIECE_TEXT,
  WEIR_JQ_PIECE_OPEN, /* \( */
  WEIR_JQ_PIECE_CLOSE,
  WEIR_JQ_PIECE_WRONG, /* an escape that is none, or half a surrogate pair */
  WEIR_JQ_PIECE_UNCLOSED,
} WeirJqPiece;

void weir_jq_lexer_next (WeirJqLexer *lexer, WeirJqToken *token);

/* The next piece of a string. @text: its decoded text is appended. WRONG leaves the lexer where the
 * mistake is. */
WeirJqPiece weir_jq_lexer_next_piece (WeirJqLexer *lexer, GString *text);

gboolean weir_jq_token_is (const WeirJqToken *token, const char *text);
/* The value of a number; FALSE when it is none, as 1.2.3. */
gboolean weir_jq_token_get_number (const WeirJqToken *token, double *number);

G_END_DECLS
