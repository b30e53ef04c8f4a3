/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "expression/weir-jq-compiler-private.h"
#include "expression/weir-jq-regex-private.h"

#define FUNCTION(name)                                                                             \
  static WeirJqStatus name (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,      \
                            const WeirJqValue *arguments, WeirJqValue *output)

/* Running ---------------------------------------------------------------------------------------
 */

static WeirJqStatus
get_subject (WeirJqRun *run, const WeirJqValue *input, const char **text, gsize *length)
{
  if (input->kind != WEIR_JQ_STRING)
    return weir_jq_fail_value (run, input, "cannot be matched, as it is not a string");
  *text = weir_jq_get_text (run, input, length);
  return WEIR_JQ_GO;
}

FUNCTION (test)
{
  const char *text = NULL;
  gsize length = 0;
  gboolean found = FALSE;
  WeirJqStatus status = get_subject (run, input, &text, &length);

  if (status == WEIR_JQ_GO)
    status = weir_jq_regex_test (run, node->regex, text, length, &found);
  *output = weir_jq_boolean (found);
  return status;
}

/* node->slot: whether all matches are wanted */
FUNCTION (match)
{
  const char *text = NULL;
  gsize length = 0;
  WeirJqStatus status = get_subject (run, input, &text, &length);

  return status == WEIR_JQ_GO
             ? weir_jq_regex_match (run, node->regex, text, length, node->slot != 0, output)
             : status;
}

static const WeirJqValue *
get_member (const WeirJqValue *object, guint i)
{
  return &object->members[i].value;
}

static const WeirJqValue *
find_member (const WeirJqValue *object, const char *name)
{
  guint i = 0;

  while (strncmp (object->members[i].key.text, name, object->members[i].key.length) != 0)
    i++;
  return get_member (object, i);
}

/* The named groups of a match as an object. */
static WeirJqValue
make_captures (WeirJqRun *run, const WeirJqValue *found)
{
  const WeirJqValue *captures = get_member (found, 3);
  WeirJqMember *members = weir_jq_allocate (run, captures->length * sizeof (WeirJqMember));
  guint n = 0;

  for (guint i = 0; i < captures->length; i++)
    {
      const WeirJqValue *name = get_member (&captures->elements[i], 3);

      if (name->kind == WEIR_JQ_STRING)
        members[n++] = (WeirJqMember){ *name, *find_member (&captures->elements[i], "string") };
    }
  return weir_jq_object (members, n);
}

FUNCTION (capture)
{
  WeirJqStatus status = match (run, node, input, NULL, output);
  WeirJqValue *objects;

  if (status != WEIR_JQ_GO)
    return status;
  objects = weir_jq_allocate (run, output->length * sizeof (WeirJqValue));
  for (guint i = 0; i < output->length; i++)
    objects[i] = make_captures (run, &output->elements[i]);
  *output = weir_jq_array (objects, output->length);
  return WEIR_JQ_GO;
}

/* The text of a match, or the texts of its groups. */
static WeirJqValue
make_scanned (WeirJqRun *run, const WeirJqValue *found)
{
  const WeirJqValue *captures = get_member (found, 3);
  WeirJqValue *texts;

  if (captures->length == 0)
    return *get_member (found, 2);
  texts = weir_jq_allocate (run, captures->length * sizeof (WeirJqValue));
  for (guint i = 0; i < captures->length; i++)
    texts[i] = *find_member (&captures->elements[i], "string");
  return weir_jq_array (texts, captures->length);
}

FUNCTION (scan)
{
  WeirJqStatus status = match (run, node, input, NULL, output);
  WeirJqValue *values;

  if (status != WEIR_JQ_GO)
    return status;
  values = weir_jq_allocate (run, output->length * sizeof (WeirJqValue));
  for (guint i = 0; i < output->length; i++)
    values[i] = make_scanned (run, &output->elements[i]);
  *output = weir_jq_array (values, output->length);
  return WEIR_JQ_GO;
}

/* What lies between the matches. */
FUNCTION (split)
{
  const char *text = NULL;
  gsize length = 0;
  gsize from = 0;
  guint begin = run->stack->len;
  WeirJqValue found;
  WeirJqValue piece;
  WeirJqStatus status = get_subject (run, input, &text, &length);

  if (status == WEIR_JQ_GO)
    status = weir_jq_regex_match (run, node->regex, text, length, TRUE, &found);
  if (status != WEIR_JQ_GO)
    return status;
  for (guint i = 0; i < found.length; i++)
    {
      const WeirJqValue *matched = get_member (&found.elements[i], 2);
      gsize at = matched->text - text;

      piece = weir_jq_string (text + from, at > from ? at - from : 0);
      weir_jq_push (run, &piece);
      from = at + matched->length;
    }
  piece = weir_jq_string (text + from, length - from);
  weir_jq_push (run, &piece);
  *output = weir_jq_pop_array (run, begin);
  return WEIR_JQ_GO;
}

/* sub and gsub: the rest is done first, each of its outcomes with each replacement. */
typedef struct
{
  WeirJqSink sink;
  const WeirJqNode *node;
  WeirJqSink *outer;
  WeirJqValue before;
  WeirJqValue rest;
  WeirJqValue captures;
} Substitution;

static WeirJqStatus
on_replacement (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value,
                const WeirJqTrail *trail)
{
  Substitution *one = (Substitution *)sink;
  WeirJqValue joined;
  WeirJqStatus status = weir_jq_calculate (run, WEIR_JQ_ADD, &one->before, value, &joined);

  if (status == WEIR_JQ_GO)
    status = weir_jq_calculate (run, WEIR_JQ_ADD, &joined, &one->rest, &joined);
  return status == WEIR_JQ_GO ? one->outer->emit (one->outer, run, &joined, NULL) : status;
}

static WeirJqStatus
on_rest (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Substitution next = *(Substitution *)sink;

  next.sink.emit = on_replacement;
  next.rest = *value;
  return weir_jq_eval (run, next.node->a, &next.captures, NULL, &next.sink);
}

/* The matches that @found has from @i on are replaced where they stand; @from: behind the one
 * before. */
static WeirJqStatus
replace_in_place (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *subject,
                  const WeirJqValue *found, guint i, gsize from, WeirJqSink *sink)
{
  Substitution one = { .sink = { on_rest }, .node = node, .outer = sink };
  const WeirJqValue *matched;
  WeirJqStatus status;
  gsize at;

  if (i == found->length)
    {
      WeirJqValue rest = weir_jq_string (subject->text + from, subject->length - from);

      return sink->emit (sink, run, &rest, NULL);
    }
  matched = get_member (&found->elements[i], 2);
  at = matched->text - subject->text;
  one.before = weir_jq_string (subject->text + from, at - from);
  one.captures = make_captures (run, &found->elements[i]);
  if (++run->depth > WEIR_JQ_MAX_DEPTH)
    return WEIR_JQ_DEFER;
  status = replace_in_place (run, node, subject, found, i + 1, at + matched->length, &one.sink);
  run->depth--;
  return status;
}

/* The same empty match may have been found more than once. */
static WeirJqValue
drop_repeated (WeirJqRun *run, const WeirJqValue *found)
{
  WeirJqValue *once = weir_jq_allocate (run, found->length * sizeof (WeirJqValue));
  const WeirJqValue *before = NULL;
  guint n = 0;

  for (guint i = 0; i < found->length; i++)
    {
      const WeirJqValue *matched = get_member (&found->elements[i], 2);

      if (before == NULL || before->text != matched->text || before->length + matched->length > 0)
        once[n++] = found->elements[i];
      before = matched;
    }
  return weir_jq_array (once, n);
}

/* jq 1.6 would find the empty match at the start for ever; as in jq 1.7, the next one is looked for
 * behind it. @after: it has been replaced already, at the end of the text before. */
static WeirJqStatus
replace_empty (WeirJqRun *run, const WeirJqNode *node, const char *text, gsize length,
               gboolean after, WeirJqSink *sink)
{
  WeirJqValue subject = weir_jq_string (text, length);
  WeirJqValue found;
  WeirJqStatus status = weir_jq_regex_match (run, node->regex, text, length, TRUE, &found);

  if (status != WEIR_JQ_GO)
    return status;
  found = drop_repeated (run, &found);
  return replace_in_place (run, node, &subject, &found, after ? 1 : 0, 0, sink);
}

static WeirJqStatus
substitute (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input, gboolean after,
            WeirJqSink *sink)
{
  Substitution one = { .sink = { on_rest }, .node = node, .outer = sink };
  const char *text = NULL;
  gsize length = 0;
  gsize end;
  WeirJqValue found;
  const WeirJqValue *matched;
  WeirJqStatus status = get_subject (run, input, &text, &length);

  if (status == WEIR_JQ_GO)
    status = weir_jq_regex_match (run, node->regex, text, length, FALSE, &found);
  if (status != WEIR_JQ_GO)
    return status;
  if (found.length == 0)
    return sink->emit (sink, run, input, NULL);
  matched = get_member (found.elements, 2);
  end = matched->text + matched->length - text;
  if (node->slot != 0 && end == 0 && length > 0)
    return replace_empty (run, node, text, length, after, sink);
  one.before = weir_jq_string (text, matched->text - text);
  one.rest = weir_jq_string (text + end, length - end);
  one.captures = make_captures (run, found.elements);
  if (node->slot == 0 || end == length)
    return on_rest (&one.sink, run, &one.rest, NULL);
  if (++run->depth > WEIR_JQ_MAX_DEPTH)
    return WEIR_JQ_DEFER;
  status = substitute (run, node, &one.rest, matched->length == 0, &one.sink);
  run->depth--;
  return status;
}

WeirJqStatus
weir_jq_eval_substitute (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,
                         WeirJqSink *sink)
{
  return substitute (run, node, input, FALSE, sink);
}

/* Compiling -------------------------------------------------------------------------------------
 */

typedef struct
{
  const char *name;
  guint arity;
  gint flags;          /* the argument that the flags are, or -1 */
  const char *letters; /* flags that are always on */
  gboolean many;       /* each element of what the function gives is an output */
  WeirJqFunction function;
} Entry;

static const Entry entries[] = {
  { "test", 1, -1, "", FALSE, test },      { "test", 2, 1, "", FALSE, test },
  { "match", 1, -1, "", TRUE, match },     { "match", 2, 1, "", TRUE, match },
  { "capture", 1, -1, "", TRUE, capture }, { "capture", 2, 1, "", TRUE, capture },
  { "scan", 1, -1, "g", TRUE, scan },      { "split", 2, 1, "g", FALSE, split },
  { "splits", 1, -1, "g", TRUE, split },   { "splits", 2, 1, "g", TRUE, split },
  { "sub", 2, -1, "", FALSE, NULL },       { "sub", 3, 2, "", FALSE, NULL },
  { "gsub", 2, -1, "g", FALSE, NULL },     { "gsub", 3, 2, "g", FALSE, NULL },
};

static const Entry *
find_entry (const WeirJqAst *call)
{
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    if (entries[i].arity == weir_jq_ast_length (call) && strcmp (entries[i].name, call->name) == 0)
      return &entries[i];
  return NULL;
}

static gboolean
read_flags (WeirJqCompiler *compiler, const WeirJqAst *call, const Entry *entry,
            WeirJqRegexFlags *flags)
{
  const WeirJqAst *letters = entry->flags >= 0 ? weir_jq_ast_at (call, (guint)entry->flags) : NULL;
  WeirJqRegexFlags always;

  weir_jq_regex_read_flags (entry->letters, strlen (entry->letters), &always);
  *flags = 0;
  if (letters != NULL && letters->kind == WEIR_JQ_AST_TEXT)
    {
      if (!weir_jq_regex_read_flags (letters->name, letters->length, flags))
        return weir_jq_compiler_refuse (compiler, "flags \"%s\" of %s are not native",
                                        letters->name, call->name)
               != NULL;
    }
  else if (letters != NULL && (letters->kind != WEIR_JQ_AST_NULL || entry->function == NULL))
    return weir_jq_compiler_refuse (compiler, "flags of %s that are made are not native",
                                    call->name)
           != NULL;
  *flags |= always;
  return TRUE;
}

static const WeirJqRegex *
make_regex (WeirJqCompiler *compiler, const WeirJqAst *call, WeirJqRegexFlags flags)
{
  const WeirJqAst *pattern = weir_jq_ast_at (call, 0);
  WeirJqRegex *regex;

  if (pattern->kind != WEIR_JQ_AST_TEXT)
    return weir_jq_compiler_refuse (compiler, "a pattern of %s that is made is not native",
                                    call->name);
  regex = weir_jq_regex_new (pattern->name, pattern->length, flags);
  if (regex == NULL)
    return weir_jq_compiler_refuse (compiler, "the syntax of the pattern \"%s\" is not native",
                                    pattern->name);
  g_ptr_array_add (compiler->program->regexes, regex);
  return regex;
}

const WeirJqNode *
weir_jq_compile_regex (WeirJqCompiler *compiler, const WeirJqAst *call, const WeirJqPlace *place)
{
  const Entry *entry = find_entry (call);
  WeirJqPlace inner = *place;
  const WeirJqNode *a = NULL;
  WeirJqRegexFlags flags;
  WeirJqNode *node;

  if (entry == NULL || !read_flags (compiler, call, entry, &flags))
    return NULL;
  inner.base = NULL;
  if (entry->function == NULL)
    a = weir_jq_compile (compiler, weir_jq_ast_at (call, 1), &inner);
  node = weir_jq_node_new (
      compiler, entry->function != NULL ? WEIR_JQ_NODE_CALL : WEIR_JQ_NODE_SUBSTITUTE, a, NULL);
  if (node == NULL)
    return NULL;
  node->function = entry->function;
  node->slot = (flags & WEIR_JQ_REGEX_GLOBAL) != 0;
  node->regex = make_regex (compiler, call, flags);
  weir_jq_node_finish (node);
  return entry->many ? weir_jq_node_iterate (compiler, node, FALSE) : node;
}
