/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "expression/weir-jq-compiler-private.h"

/* Functions are put in the place of their calls: this is where that stops. */
#define MAX_NODES 20000

gpointer
weir_jq_compiler_refuse (WeirJqCompiler *compiler, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (compiler->reason == NULL)
    compiler->reason = g_strdup_vprintf (format, args);
  va_end (args);
  return NULL;
}

gpointer
weir_jq_compiler_allocate (WeirJqCompiler *compiler, gsize size)
{
  gpointer memory = g_malloc0 (MAX (size, 1));

  g_ptr_array_add (compiler->program->memory, memory);
  return memory;
}

const char *
weir_jq_compiler_copy (WeirJqCompiler *compiler, const char *text, gsize length)
{
  return memcpy (weir_jq_compiler_allocate (compiler, length + 1), text, length);
}

guint
weir_jq_compiler_new_slot (WeirJqCompiler *compiler)
{
  return compiler->program->n_variables++;
}

WeirJqNode *
weir_jq_node_new (WeirJqCompiler *compiler, WeirJqNodeKind kind, const WeirJqNode *a,
                  const WeirJqNode *b)
{
  WeirJqNode *node;

  if (compiler->reason != NULL)
    return NULL;
  if (++compiler->n_nodes > MAX_NODES)
    return weir_jq_compiler_refuse (compiler, "the expression is too large");
  node = weir_jq_compiler_allocate (compiler, sizeof (WeirJqNode));
  node->kind = kind;
  node->a = a;
  node->b = b;
  return node;
}

static gboolean
are_single (const WeirJqNode *const *list, guint n)
{
  for (guint i = 0; i < n; i++)
    if (!list[i]->single)
      return FALSE;
  return TRUE;
}

static gboolean
is_path_single (const WeirJqNode *node)
{
  for (guint i = 0; i < node->n_steps; i++)
    if (node->steps[i].optional)
      return FALSE;
  return TRUE;
}

static gboolean
is_single (const WeirJqNode *node)
{
  switch (node->kind)
    {
    case WEIR_JQ_NODE_IDENTITY:
    case WEIR_JQ_NODE_CONSTANT:
    case WEIR_JQ_NODE_VARIABLE:
    case WEIR_JQ_NODE_ARRAY:
    case WEIR_JQ_NODE_BY:
    case WEIR_JQ_NODE_LAST:
    case WEIR_JQ_NODE_UNTIL:
    case WEIR_JQ_NODE_ANY:
    case WEIR_JQ_NODE_ALL:
    case WEIR_JQ_NODE_MODIFY:
    case WEIR_JQ_NODE_DELETE:
      return TRUE;
    case WEIR_JQ_NODE_PATH:
      return is_path_single (node);
    case WEIR_JQ_NODE_INDEX:
      return !node->optional && node->a->single && node->b->single;
    case WEIR_JQ_NODE_SLICE:
      return !node->optional && node->a->single && node->b->single && node->c->single;
    case WEIR_JQ_NODE_PIPE:
    case WEIR_JQ_NODE_BINARY:
    case WEIR_JQ_NODE_AND:
    case WEIR_JQ_NODE_OR:
    case WEIR_JQ_NODE_ALTERNATIVE:
    case WEIR_JQ_NODE_AS:
      return node->a->single && node->b->single;
    case WEIR_JQ_NODE_IF:
      return node->a->single && node->b->single && node->c->single;
    case WEIR_JQ_NODE_NEGATE:
    case WEIR_JQ_NODE_SUBSTITUTE:
      return node->a->single;
    case WEIR_JQ_NODE_REDUCE:
    case WEIR_JQ_NODE_ASSIGN:
      return node->b->single;
    case WEIR_JQ_NODE_OBJECT:
    case WEIR_JQ_NODE_STRING:
    case WEIR_JQ_NODE_CALL:
      return are_single (node->list, node->n_list);
    default:
      return FALSE;
    }
}

const WeirJqNode *
weir_jq_node_finish (WeirJqNode *node)
{
  if (node != NULL)
    node->single = is_single (node);
  return node;
}

const WeirJqNode *
weir_jq_node_make (WeirJqCompiler *compiler, WeirJqNodeKind kind, const WeirJqNode *a,
                   const WeirJqNode *b)
{
  return weir_jq_node_finish (weir_jq_node_new (compiler, kind, a, b));
}

const WeirJqNode *
weir_jq_node_constant (WeirJqCompiler *compiler, WeirJqValue value)
{
  WeirJqNode *node = weir_jq_node_new (compiler, WEIR_JQ_NODE_CONSTANT, NULL, NULL);

  if (node != NULL)
    node->value = value;
  return weir_jq_node_finish (node);
}

const WeirJqNode *
weir_jq_node_text (WeirJqCompiler *compiler, const char *text)
{
  gsize length = strlen (text);

  return weir_jq_node_constant (
      compiler, weir_jq_string (weir_jq_compiler_copy (compiler, text, length), length));
}

const WeirJqNode *
weir_jq_node_identity (WeirJqCompiler *compiler, const WeirJqPlace *place)
{
  WeirJqNode *node = weir_jq_node_new (compiler, WEIR_JQ_NODE_IDENTITY, NULL, NULL);

  if (node != NULL)
    node->base = place->base;
  return weir_jq_node_finish (node);
}

const WeirJqNode *
weir_jq_node_variable (WeirJqCompiler *compiler, guint slot, const WeirJqBase *base)
{
  WeirJqNode *node = weir_jq_node_new (compiler, WEIR_JQ_NODE_VARIABLE, NULL, NULL);

  if (node == NULL)
    return NULL;
  node->slot = slot;
  node->base = base;
  return weir_jq_node_finish (node);
}

const WeirJqNode *
weir_jq_node_iterate (WeirJqCompiler *compiler, const WeirJqNode *a, gboolean optional)
{
  WeirJqNode *node = weir_jq_node_new (compiler, WEIR_JQ_NODE_ITERATE, a, NULL);

  if (node != NULL)
    node->optional = optional;
  return weir_jq_node_finish (node);
}

const WeirJqNode *
weir_jq_node_if (WeirJqCompiler *compiler, const WeirJqNode *a, const WeirJqNode *b,
                 const WeirJqNode *c)
{
  WeirJqNode *node = weir_jq_node_new (compiler, WEIR_JQ_NODE_IF, a, b);

  if (node == NULL)
    return NULL;
  node->c = c;
  if (b->kind == WEIR_JQ_NODE_EMPTY || b->base == c->base)
    node->base = c->base;
  else if (c->kind == WEIR_JQ_NODE_EMPTY)
    node->base = b->base;
  return weir_jq_node_finish (node);
}

const WeirJqNode *
weir_jq_node_bind (WeirJqCompiler *compiler, guint slot, const WeirJqNode *a, const WeirJqNode *b)
{
  WeirJqNode *node = weir_jq_node_new (compiler, WEIR_JQ_NODE_AS, a, b);

  if (node == NULL)
    return NULL;
  node->slot = slot;
  node->base = b->base;
  return weir_jq_node_finish (node);
}

const WeirJqNode *
weir_jq_node_call (WeirJqCompiler *compiler, WeirJqFunction function,
                   const WeirJqNode *const *arguments, guint n_arguments)
{
  WeirJqNode *node = weir_jq_node_new (compiler, WEIR_JQ_NODE_CALL, NULL, NULL);
  const WeirJqNode **list;

  if (node == NULL)
    return NULL;
  list = weir_jq_compiler_allocate (compiler, n_arguments * sizeof (const WeirJqNode *));
  for (guint i = 0; i < n_arguments; i++)
    list[i] = arguments[i];
  node->function = function;
  node->list = list;
  node->n_list = n_arguments;
  return weir_jq_node_finish (node);
}

/* Constant paths ------------------------------------------------------------------------------ */

static void
append_step (GString *path, const WeirJqValue *key)
{
  gsize i = 0;

  if (key->kind == WEIR_JQ_NUMBER)
    {
      g_string_append_printf (path, "%s[%d]", path->len == 0 ? "." : "", (int)key->number);
      return;
    }
  while (i < key->length
         && (g_ascii_isalpha (key->text[i]) || key->text[i] == '_'
             || (i > 0 && g_ascii_isdigit (key->text[i]))))
    i++;
  g_string_append_c (path, '.');
  if (i == key->length && i > 0)
    g_string_append_len (path, key->text, key->length);
  else
    weir_json_append_string (path, key->text, key->length);
}

static guint
add_path (WeirJqProgram *program, const char *text)
{
  for (guint i = 0; i < program->paths->len; i++)
    if (strcmp (g_ptr_array_index (program->paths, i), text) == 0)
      return i;
  g_ptr_array_add (program->paths, g_strdup (text));
  return program->paths->len - 1;
}

static gboolean
can_be_step (const WeirJqNode *key)
{
  if (key->kind != WEIR_JQ_NODE_CONSTANT)
    return FALSE;
  if (key->value.kind == WEIR_JQ_STRING)
    return memchr (key->value.text, '\0', key->value.length) == NULL;
  return key->value.kind == WEIR_JQ_NUMBER && key->value.number == floor (key->value.number)
         && fabs (key->value.number) < G_MAXINT32;
}

static guint
count_steps (const WeirJqBase *base)
{
  guint n = 0;

  for (; base->before != NULL; base = base->before)
    n++;
  return n;
}

static const WeirJqNode *
make_path (WeirJqCompiler *compiler, const WeirJqNode *a, const WeirJqNode *b, gboolean optional)
{
  WeirJqNode *node = weir_jq_node_new (compiler, WEIR_JQ_NODE_PATH, NULL, NULL);
  const WeirJqBase *above = a->base;
  WeirJqBase *base = weir_jq_compiler_allocate (compiler, sizeof (WeirJqBase));
  guint n = count_steps (above) + 1;
  WeirJqStep *steps = weir_jq_compiler_allocate (compiler, n * sizeof (WeirJqStep));
  g_autoptr (GString) text = g_string_new (NULL);

  if (node == NULL)
    return NULL;
  *base = (WeirJqBase){ above, b->value };
  for (const WeirJqBase *at = base; at->before != NULL; at = at->before)
    steps[--n].key = at->key;
  node->steps = steps;
  node->n_steps = count_steps (base);
  for (guint i = 0; i < node->n_steps; i++)
    {
      append_step (text, &steps[i].key);
      steps[i].slot = add_path (compiler->program, text->str);
      if (a->kind == WEIR_JQ_NODE_PATH && i < a->n_steps)
        steps[i].optional = a->steps[i].optional;
    }
  steps[node->n_steps - 1].optional = optional;
  node->slot = steps[node->n_steps - 1].slot;
  node->base = base;
  return weir_jq_node_finish (node);
}

const WeirJqNode *
weir_jq_node_index (WeirJqCompiler *compiler, const WeirJqNode *a, const WeirJqNode *b,
                    gboolean optional)
{
  WeirJqNode *node;

  if (compiler->reason != NULL)
    return NULL;
  if (a->base != NULL && can_be_step (b)
      && (a->kind == WEIR_JQ_NODE_IDENTITY || a->kind == WEIR_JQ_NODE_PATH
          || a->kind == WEIR_JQ_NODE_VARIABLE))
    return make_path (compiler, a, b, optional);
  node = weir_jq_node_new (compiler, WEIR_JQ_NODE_INDEX, a, b);
  if (node != NULL)
    node->optional = optional;
  return weir_jq_node_finish (node);
}
