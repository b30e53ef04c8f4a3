/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  WEIR_JQ_AST_IDENTITY, /* . */
  WEIR_JQ_AST_RECURSE,  /* .. */
  WEIR_JQ_AST_NULL,
  WEIR_JQ_AST_FALSE,
  WEIR_JQ_AST_TRUE,
  WEIR_JQ_AST_NUMBER,  /* number */
  WEIR_JQ_AST_TEXT,    /* name, length: a string without interpolation */
  WEIR_JQ_AST_STRING,  /* list: texts and expressions; name: format or NULL */
  WEIR_JQ_AST_FORMAT,  /* @name */
  WEIR_JQ_AST_INDEX,   /* a[b], a.name; optional */
  WEIR_JQ_AST_SLICE,   /* a[b:c], b or c may be NULL; optional */
  WEIR_JQ_AST_ITERATE, /* a[]; optional */
  WEIR_JQ_AST_ARRAY,   /* [a], a may be NULL */
  WEIR_JQ_AST_OBJECT,  /* list of ENTRY */
  WEIR_JQ_AST_ENTRY,   /* key a, value b; b NULL: the field of that name; in patterns b: pattern */
  WEIR_JQ_AST_NEGATE,  /* -a */
  WEIR_JQ_AST_PIPE,    /* a | b */
  WEIR_JQ_AST_COMMA,   /* a , b */
  WEIR_JQ_AST_BINARY,  /* a operation b: arithmetic and comparison */
  WEIR_JQ_AST_AND,
  WEIR_JQ_AST_OR,
  WEIR_JQ_AST_ALTERNATIVE,    /* a // b */
  WEIR_JQ_AST_ASSIGN,         /* a = b */
  WEIR_JQ_AST_MODIFY,         /* a |= b */
  WEIR_JQ_AST_UPDATE,         /* a operation= b; OTHERWISE: //= */
  WEIR_JQ_AST_IF,             /* if a then b else c end */
  WEIR_JQ_AST_TRY,            /* try a catch b, b may be NULL; a? */
  WEIR_JQ_AST_REDUCE,         /* reduce a as pattern (b; c) */
  WEIR_JQ_AST_FOREACH,        /* foreach a as pattern (b; c; d), d may be NULL */
  WEIR_JQ_AST_AS,             /* a as pattern | b; list: further patterns of ?// */
  WEIR_JQ_AST_LABEL,          /* label $name | a */
  WEIR_JQ_AST_BREAK,          /* break $name */
  WEIR_JQ_AST_DEFINE,         /* def name(list): a; b */
  WEIR_JQ_AST_PARAMETER,      /* name; optional: with a dollar */
  WEIR_JQ_AST_CALL,           /* name(list) */
  WEIR_JQ_AST_VARIABLE,       /* $name; as a pattern: binds it */
  WEIR_JQ_AST_LOCATION,       /* $__loc__ */
  WEIR_JQ_AST_PATTERN_ARRAY,  /* list of patterns */
  WEIR_JQ_AST_PATTERN_OBJECT, /* list of ENTRY; name: a variable that is bound too */
} WeirJqAstKind;

typedef enum
{
  WEIR_JQ_ADD,
  WEIR_JQ_SUBTRACT,
  WEIR_JQ_MULTIPLY,
  WEIR_JQ_DIVIDE,
  WEIR_JQ_MODULO,
  WEIR_JQ_EQUAL,
  WEIR_JQ_UNEQUAL,
  WEIR_JQ_LESS,
  WEIR_JQ_LESS_EQUAL,
  WEIR_JQ_GREATER,
  WEIR_JQ_GREATER_EQUAL,
  WEIR_JQ_OTHERWISE, /* // in //= */
} WeirJqOperator;

/* A node of a program as it was written. Its tree owns it; nodes are never shared by two parents,
 * and never change once the program is resolved. */
typedef struct _WeirJqAst WeirJqAst;
struct _WeirJqAst
{
  WeirJqAstKind kind;
  WeirJqOperator operation;
  gboolean optional;
  gsize offset; /* bytes from the start of the program */
  char *name;
  gsize length; /* of the name */
  double number;
  WeirJqAst *a;
  WeirJqAst *b;
  WeirJqAst *c;
  WeirJqAst *d;
  WeirJqAst *pattern;
  WeirJqAst
      *target;     /* of a call, variable or break, once resolved: what it names; NULL: built in */
  GPtrArray *list; /* WeirJqAst; NULL: empty */
};

/* An expression in brackets that is no constant. */
typedef struct
{
  gsize start; /* bytes from the start of the program */
  gsize end;
  gboolean slices; /* it is where a slice begins; else an index */
} WeirJqBracket;

typedef struct
{
  WeirJqAst *root;
  GPtrArray *nodes; /* owns them */
  char *source;
  GArray *brackets; /* WeirJqBracket, by their ends */
} WeirJqTree;

WeirJqTree *weir_jq_tree_new (void) G_GNUC_WARN_UNUSED_RESULT;
void weir_jq_tree_free (WeirJqTree *tree);

WeirJqAst *weir_jq_ast_new (WeirJqTree *tree, WeirJqAstKind kind, gsize offset);
void weir_jq_ast_set_name (WeirJqAst *ast, const char *name, gsize length);
void weir_jq_ast_append (WeirJqAst *ast, WeirJqAst *child);

static inline guint
weir_jq_ast_length (const WeirJqAst *ast)
{
  return ast->list != NULL ? ast->list->len : 0;
}

static inline WeirJqAst *
weir_jq_ast_at (const WeirJqAst *ast, guint i)
{
  return g_ptr_array_index (ast->list, i);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirJqTree, weir_jq_tree_free)

G_END_DECLS
