/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "expression/weir-jq-ast-private.h"
#include "expression/weir-jq-value-private.h"

G_BEGIN_DECLS

typedef enum
{
  WEIR_JQ_NODE_IDENTITY,
  WEIR_JQ_NODE_CONSTANT,    /* value */
  WEIR_JQ_NODE_PATH,        /* a constant path of the record, see steps */
  WEIR_JQ_NODE_INDEX,       /* a[b]; optional */
  WEIR_JQ_NODE_SLICE,       /* a[b:c]; optional */
  WEIR_JQ_NODE_ITERATE,     /* a[]; optional */
  WEIR_JQ_NODE_PIPE,        /* a | b */
  WEIR_JQ_NODE_COMMA,       /* a, b */
  WEIR_JQ_NODE_ARRAY,       /* [a] */
  WEIR_JQ_NODE_OBJECT,      /* list: keys and values in turn */
  WEIR_JQ_NODE_NEGATE,      /* -a */
  WEIR_JQ_NODE_BINARY,      /* a operation b */
  WEIR_JQ_NODE_AND,         /* a and b */
  WEIR_JQ_NODE_OR,          /* a or b */
  WEIR_JQ_NODE_ALTERNATIVE, /* a // b */
  WEIR_JQ_NODE_IF,          /* if a then b else c end */
  WEIR_JQ_NODE_TRY,         /* try a catch b; b NULL: nothing */
  WEIR_JQ_NODE_REDUCE,      /* reduce a as slot (b; c) */
  WEIR_JQ_NODE_FOREACH,     /* foreach a as slot (b; c; d) */
  WEIR_JQ_NODE_AS,          /* a as slot | b */
  WEIR_JQ_NODE_VARIABLE,    /* slot */
  WEIR_JQ_NODE_LABEL,       /* label | a */
  WEIR_JQ_NODE_BREAK,       /* to the label a */
  WEIR_JQ_NODE_STRING,      /* list: each made text by format, joined */
  WEIR_JQ_NODE_CALL,        /* function (list) */
  WEIR_JQ_NODE_EMPTY,
  WEIR_JQ_NODE_ERROR,      /* error(a) */
  WEIR_JQ_NODE_RECURSE,    /* recurse(a); a NULL: .. */
  WEIR_JQ_NODE_RANGE,      /* range(a; b) */
  WEIR_JQ_NODE_FIRST,      /* first(a) */
  WEIR_JQ_NODE_LAST,       /* last(a) */
  WEIR_JQ_NODE_LIMIT,      /* limit(a; b) */
  WEIR_JQ_NODE_UNTIL,      /* until(a; b) */
  WEIR_JQ_NODE_WHILE,      /* while(a; b) */
  WEIR_JQ_NODE_ANY,        /* any(a; b) */
  WEIR_JQ_NODE_ALL,        /* all(a; b) */
  WEIR_JQ_NODE_PATH_OF,    /* path(a) */
  WEIR_JQ_NODE_ASSIGN,     /* a = b */
  WEIR_JQ_NODE_MODIFY,     /* a |= b */
  WEIR_JQ_NODE_DELETE,     /* del(a) */
  WEIR_JQ_NODE_SUBSTITUTE, /* sub or gsub with the replacement a */
  WEIR_JQ_NODE_BY,         /* function on the input and [.[] | [a]] */
} WeirJqNodeKind;

typedef struct _WeirJqNode WeirJqNode;
typedef struct _WeirJqRegex WeirJqRegex;

/* @arguments: as many as node->n_list */
typedef WeirJqStatus (*WeirJqFunction) (WeirJqRun *run, const WeirJqNode *node,
                                        const WeirJqValue *input, const WeirJqValue *arguments,
                                        WeirJqValue *output);

/* A step of a constant path. */
typedef struct
{
  WeirJqValue key; /* a made string, or a number */
  gboolean optional;
  guint slot; /* of the path up to here, in the program's list of paths */
} WeirJqStep;

/* A node of a compiled program. Function calls are put in their place while compiling, so a program
 * is a tree; each binding of a variable has a slot of its own. The program owns nodes and what they
 * point to; all is constant, and shared by the threads. */
struct _WeirJqNode
{
  WeirJqNodeKind kind;
  gboolean single; /* it gives one output or fails, and catches nothing that fails later */
  gboolean optional;
  WeirJqOperator operation;
  guint slot;
  const WeirJqNode *a;
  const WeirJqNode *b;
  const WeirJqNode *c;
  const WeirJqNode *d;
  const WeirJqNode *const *list;
  guint n_list;
  const WeirJqStep *steps;
  guint n_steps;
  WeirJqValue value;
  WeirJqFunction function;
  const char *name;         /* of a format */
  gconstpointer base;       /* for the compiler: the constant path that its outputs are */
  const WeirJqRegex *regex; /* of a constant pattern */
};

/* A path as it is followed by path(f): the last key, and the keys before it. */
typedef struct _WeirJqTrail WeirJqTrail;
struct _WeirJqTrail
{
  const WeirJqTrail *before; /* NULL: this is the beginning, and has no key */
  WeirJqValue key;
};

/* Where outputs go. @trail: NULL unless paths are followed. What it returns other than GO goes up
 * through all that is under way. */
typedef struct _WeirJqSink WeirJqSink;
struct _WeirJqSink
{
  WeirJqStatus (*emit) (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value,
                        const WeirJqTrail *trail);
};

/* Evaluates as jq 1.6 does: an error that comes back from the sink runs through the node, so that
 * a `try` in it catches what failed behind it. */
WeirJqStatus weir_jq_eval (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                           const WeirJqTrail *trail, WeirJqSink *sink);
/* A node that is single. */
WeirJqStatus weir_jq_eval_one (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                               WeirJqValue *output);
/* Writes the output of a node that is single. */
WeirJqStatus weir_jq_eval_write (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                 GString *json);

/* weir-jq-eval-one.c: parts that both ways of evaluation use. @there: FALSE when an optional step
 * gives nothing. */
WeirJqStatus weir_jq_find_path (WeirJqRun *run, const WeirJqNode *node, gboolean *there,
                                WeirJqValue *output);
WeirJqStatus weir_jq_put_member (WeirJqRun *run, const WeirJqValue *object, const WeirJqValue *key,
                                 const WeirJqValue *value, WeirJqValue *output);
WeirJqStatus weir_jq_make_text (WeirJqRun *run, const WeirJqNode *node, guint part,
                                WeirJqValue *value);
void weir_jq_join_texts (WeirJqRun *run, const WeirJqValue *texts, guint n_texts,
                         WeirJqValue *output);

/* weir-jq-eval-fold.c, weir-jq-eval-path.c: kinds of nodes, by eval() only */
WeirJqStatus weir_jq_eval_reduce (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                  WeirJqSink *sink);
WeirJqStatus weir_jq_eval_foreach (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                   WeirJqSink *sink);
WeirJqStatus weir_jq_eval_range (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                 WeirJqSink *sink);
WeirJqStatus weir_jq_eval_first (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                 const WeirJqTrail *trail, WeirJqSink *sink);
WeirJqStatus weir_jq_eval_last (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                WeirJqSink *sink);
WeirJqStatus weir_jq_eval_limit (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                 const WeirJqTrail *trail, WeirJqSink *sink);
WeirJqStatus weir_jq_eval_until (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                 WeirJqSink *sink);
WeirJqStatus weir_jq_eval_while (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                 WeirJqSink *sink);
WeirJqStatus weir_jq_eval_any (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                               WeirJqValue *output);
WeirJqStatus weir_jq_eval_recurse (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                   const WeirJqTrail *trail, WeirJqSink *sink);
WeirJqStatus weir_jq_eval_path_of (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                   WeirJqSink *sink);
WeirJqStatus weir_jq_eval_assign (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                  WeirJqSink *sink);
WeirJqStatus weir_jq_eval_modify (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                  WeirJqValue *output);
WeirJqStatus weir_jq_eval_delete (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                                  WeirJqValue *output);

/* weir-jq-compile-regex.c */
WeirJqStatus weir_jq_eval_substitute (WeirJqRun *run, const WeirJqNode *node,
                                      const WeirJqValue *input, WeirJqSink *sink);

/* Collects all outputs as an array. */
WeirJqStatus weir_jq_collect (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                              WeirJqValue *array);

/* weir-jq-arithmetic.c */
WeirJqStatus weir_jq_calculate (WeirJqRun *run, WeirJqOperator operation, const WeirJqValue *a,
                                const WeirJqValue *b, WeirJqValue *output);
WeirJqStatus weir_jq_negate (WeirJqRun *run, const WeirJqValue *value, WeirJqValue *output);
WeirJqStatus weir_jq_split (WeirJqRun *run, const WeirJqValue *text, const WeirJqValue *separator,
                            WeirJqValue *output);
/* A new object with one more member, or another value for its key. */
WeirJqStatus weir_jq_put (WeirJqRun *run, WeirJqValue object, const WeirJqValue *key,
                          const WeirJqValue *value, WeirJqValue *output);

/* weir-jq-access.c: what jq's indexing, setting and deleting do */
WeirJqStatus weir_jq_get (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *key,
                          WeirJqValue *output);
WeirJqStatus weir_jq_set (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *key,
                          const WeirJqValue *inner, WeirJqValue *output);
WeirJqStatus weir_jq_has (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *key,
                          WeirJqValue *output);
WeirJqStatus weir_jq_get_path (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *path,
                               WeirJqValue *output);
WeirJqStatus weir_jq_set_path (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *path,
                               const WeirJqValue *inner, WeirJqValue *output);
WeirJqStatus weir_jq_delete_paths (WeirJqRun *run, const WeirJqValue *value,
                                   const WeirJqValue *paths, WeirJqValue *output);
/* {"start": …, "end": …}, the key of a slice */
WeirJqValue weir_jq_slice_key (WeirJqRun *run, const WeirJqValue *from, const WeirJqValue *to);
/* Bytes of the characters [from, to) of a text. */
WeirJqValue weir_jq_substring (const char *text, gsize length, gsize from, gsize to);

/* weir-jq-list-functions.c: the values of an array or object as an array; the error of .[] for
 * others */
WeirJqStatus weir_jq_list_values (WeirJqRun *run, const WeirJqValue *value, WeirJqValue *array);

/* weir-jq-format.c: @name of a value, as text */
WeirJqStatus weir_jq_format (WeirJqRun *run, const char *name, const WeirJqValue *value,
                             WeirJqValue *output);
gboolean weir_jq_has_format (const char *name);
/* What `tostring` gives. */
WeirJqStatus weir_jq_to_text (WeirJqRun *run, const WeirJqValue *value, WeirJqValue *output);

typedef struct
{
  const char *name;
  guint arity;
  WeirJqFunction function;
} WeirJqFunctionEntry;

/* weir-jq-functions.c: the function of that name and number of arguments that takes values only;
 * NULL when there is none here. */
WeirJqFunction weir_jq_find_function (const char *name, guint arity);
WeirJqFunction weir_jq_find_entry (const WeirJqFunctionEntry *table, guint n_entries,
                                   const char *name, guint arity);
WeirJqFunction weir_jq_find_text_function (const char *name, guint arity);
WeirJqFunction weir_jq_find_list_function (const char *name, guint arity);
WeirJqFunction weir_jq_find_date_function (const char *name, guint arity);

G_END_DECLS
