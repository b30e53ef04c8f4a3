/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "expression/weir-jq-program-private.h"

G_BEGIN_DECLS

/* A constant path of the record; NULL stands for a value that is none. */
typedef struct _WeirJqBase WeirJqBase;
struct _WeirJqBase
{
  const WeirJqBase *before; /* NULL: this is the record */
  WeirJqValue key;
};

/* What a definition, a parameter, a label or a variable stands for where it is used. */
typedef struct _WeirJqMeaning WeirJqMeaning;

/* Functions whose bodies are being put in the place of a call. */
typedef struct _WeirJqCalls WeirJqCalls;

/* Where in the program the compiler is. */
typedef struct
{
  const WeirJqMeaning *meanings; /* innermost first */
  const WeirJqCalls *calls;
  const WeirJqBase *base; /* what "." is */
  gboolean path;          /* paths are followed here */
} WeirJqPlace;

struct _WeirJqMeaning
{
  const WeirJqMeaning *outer;
  const WeirJqAst *ast;
  gboolean variable;
  guint slot;             /* of a variable or label */
  const WeirJqBase *base; /* of a variable */
  const WeirJqAst *body;  /* of a parameter */
  WeirJqPlace place;      /* of a parameter's body, or of a definition */
};

struct _WeirJqCalls
{
  const WeirJqCalls *outer;
  const WeirJqAst *define;
};

typedef struct
{
  WeirJqProgram *program;
  guint n_nodes;
  char *reason; /* why the program is not native; NULL: it is so far */
} WeirJqCompiler;

/* All functions give NULL when the program turns out not to be native, and take NULL for parts. */

gpointer weir_jq_compiler_refuse (WeirJqCompiler *compiler, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
gpointer weir_jq_compiler_allocate (WeirJqCompiler *compiler, gsize size);
const char *weir_jq_compiler_copy (WeirJqCompiler *compiler, const char *text, gsize length);

const WeirJqNode *weir_jq_compile (WeirJqCompiler *compiler, const WeirJqAst *ast,
                                   const WeirJqPlace *place);
/* A function that jq has itself. */
const WeirJqNode *weir_jq_compile_builtin (WeirJqCompiler *compiler, const WeirJqAst *call,
                                           const WeirJqPlace *place);
/* Those that take a regular expression; NULL without a reason when the call is of none of them. */
const WeirJqNode *weir_jq_compile_regex (WeirJqCompiler *compiler, const WeirJqAst *call,
                                         const WeirJqPlace *place);

/* Nodes. */
WeirJqNode *weir_jq_node_new (WeirJqCompiler *compiler, WeirJqNodeKind kind, const WeirJqNode *a,
                              const WeirJqNode *b);
const WeirJqNode *weir_jq_node_finish (WeirJqNode *node);
const WeirJqNode *weir_jq_node_make (WeirJqCompiler *compiler, WeirJqNodeKind kind,
                                     const WeirJqNode *a, const WeirJqNode *b);
const WeirJqNode *weir_jq_node_constant (WeirJqCompiler *compiler, WeirJqValue value);
const WeirJqNode *weir_jq_node_text (WeirJqCompiler *compiler, const char *text);
const WeirJqNode *weir_jq_node_identity (WeirJqCompiler *compiler, const WeirJqPlace *place);
const WeirJqNode *weir_jq_node_variable (WeirJqCompiler *compiler, guint slot,
                                         const WeirJqBase *base);
const WeirJqNode *weir_jq_node_iterate (WeirJqCompiler *compiler, const WeirJqNode *a,
                                        gboolean optional);
const WeirJqNode *weir_jq_node_if (WeirJqCompiler *compiler, const WeirJqNode *a,
                                   const WeirJqNode *b, const WeirJqNode *c);
const WeirJqNode *weir_jq_node_bind (WeirJqCompiler *compiler, guint slot, const WeirJqNode *a,
                                     const WeirJqNode *b);
const WeirJqNode *weir_jq_node_call (WeirJqCompiler *compiler, WeirJqFunction function,
                                     const WeirJqNode *const *arguments, guint n_arguments);
/* a[b], or a longer constant path when it is one. */
const WeirJqNode *weir_jq_node_index (WeirJqCompiler *compiler, const WeirJqNode *a,
                                      const WeirJqNode *b, gboolean optional);
guint weir_jq_compiler_new_slot (WeirJqCompiler *compiler);

G_END_DECLS
