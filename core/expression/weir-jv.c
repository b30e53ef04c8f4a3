/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jv-private.h"

#include <string.h>

#include "json/weir-json-walk-private.h"

/* A kept value is known by a copy of its text. An address would not do: batches and buffers are
 * used again. Comparing costs a fraction of building. */
typedef struct
{
  WeirJsonIndex *index;
  GString *scratch; /* unescaped strings */
  GString *text;
  jv value; /* invalid: none is kept */
} Builder;

static gboolean build_value (Builder *builder, WeirJsonWalk *walk, jv *value);

static void
builder_free (gpointer data)
{
  Builder *builder = data;

  jv_free (builder->value);
  weir_json_index_free (builder->index);
  g_string_free (builder->scratch, TRUE);
  g_string_free (builder->text, TRUE);
  g_free (builder);
}

static GPrivate thread_builder = G_PRIVATE_INIT (builder_free);

static Builder *
get_builder (void)
{
  Builder *builder = g_private_get (&thread_builder);

  if (builder != NULL)
    return builder;
  builder = g_new0 (Builder, 1);
  builder->index = weir_json_index_new ();
  builder->scratch = g_string_new (NULL);
  builder->text = g_string_new (NULL);
  builder->value = jv_invalid ();
  g_private_set (&thread_builder, builder);
  return builder;
}

/* @token: a checked string, in quotes */
static jv
build_string (Builder *builder, const WeirField *token)
{
  const char *text = token->text + 1;
  gsize length = token->length - 2;

  if (memchr (text, '\\', length) == NULL)
    return jv_string_sized (text, length);
  g_string_set_size (builder->scratch, length);
  length = weir_json_unescape (text, length, builder->scratch->str);
  return jv_string_sized (builder->scratch->str, length);
}

static gboolean
build_object (Builder *builder, WeirJsonWalk *walk, jv *value)
{
  jv object = jv_object ();
  WeirField key;
  jv member;

  *value = jv_null ();
  while (weir_json_walk_next_member (walk, &key))
    {
      if (!weir_json_walk_check_token (walk, walk->next - 2)
          || !build_value (builder, walk, &member))
        break;
      object = jv_object_set (object, build_string (builder, &key), member);
    }
  if (walk->fault.reason == NULL)
    *value = object;
  else
    jv_free (object);
  return walk->fault.reason == NULL;
}

static gboolean
build_array (Builder *builder, WeirJsonWalk *walk, jv *value)
{
  jv array = jv_array ();
  jv element;

  *value = jv_null ();
  while (weir_json_walk_next_element (walk))
    {
      if (!build_value (builder, walk, &element))
        break;
      array = jv_array_append (array, element);
    }
  if (walk->fault.reason == NULL)
    *value = array;
  else
    jv_free (array);
  return walk->fault.reason == NULL;
}

static jv
build_scalar (Builder *builder, const WeirField *token)
{
  switch (token->type)
    {
    case WEIR_FIELD_STRING:
      return build_string (builder, token);
    case WEIR_FIELD_NUMBER:
      return jv_number (weir_json_parse_double (token->text, token->length));
    case WEIR_FIELD_TRUE:
      return jv_true ();
    case WEIR_FIELD_FALSE:
      return jv_false ();
    default:
      return jv_null ();
    }
}

static gboolean
build_value (Builder *builder, WeirJsonWalk *walk, jv *value)
{
  WeirField token;
  char c = weir_json_walk_peek (walk);

  *value = jv_null ();
  if (c == '{')
    return weir_json_walk_enter (walk) && build_object (builder, walk, value);
  if (c == '[')
    return weir_json_walk_enter (walk) && build_array (builder, walk, value);
  if (!weir_json_walk_read (walk, &token))
    return FALSE;
  *value = build_scalar (builder, &token);
  return TRUE;
}

static gboolean
build_whole (Builder *builder, WeirJsonWalk *walk, const char *text, gsize length, jv *value)
{
  *value = jv_invalid ();
  if (!weir_json_walk_open (walk, builder->index, text, length))
    return FALSE;
  if (build_value (builder, walk, value) && weir_json_walk_finish (walk))
    return TRUE;
  jv_free (*value);
  return FALSE;
}

static void
fail_record (WeirRecord *record, const WeirJsonFault *fault)
{
  g_autofree char *text = weir_json_fault_to_text (fault);
  g_autofree char *message = g_strconcat ("not JSON: ", text, NULL);

  weir_record_fail (record, message);
}

static gboolean
is_kept (const Builder *builder, const char *text, gsize length)
{
  return jv_get_kind (builder->value) != JV_KIND_INVALID && builder->text->len == length
         && memcmp (builder->text->str, text, length) == 0;
}

gboolean
weir_jv_from_record (WeirRecord *record, jv *value)
{
  Builder *builder = get_builder ();
  WeirJsonWalk walk;
  gsize length;
  const char *text = weir_record_peek (record, &length);

  if (!is_kept (builder, text, length))
    {
      jv_free (builder->value);
      builder->value = jv_invalid ();
      if (!build_whole (builder, &walk, text, length, &builder->value))
        {
          builder->value = jv_invalid ();
          fail_record (record, &walk.fault);
          return FALSE;
        }
      g_string_truncate (builder->text, 0);
      g_string_append_len (builder->text, text, length);
    }
  *value = jv_copy (builder->value);
  return TRUE;
}
