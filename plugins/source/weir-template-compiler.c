/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-template-private.h"

#include <math.h>
#include <string.h>

typedef struct
{
  WeirTemplate *template;
  WeirMistakes *mistakes; /* or NULL */
  gboolean wrong;
} Compiler;

static void compile (Compiler *compiler, JsonNode *node, const char *pointer);

static void
clear_piece (gpointer piece)
{
  g_clear_pointer (&((WeirPiece *)piece)->choices, g_ptr_array_unref);
}

static void
add_mistake (Compiler *compiler, const char *pointer, const char *message)
{
  compiler->wrong = TRUE;
  if (compiler->mistakes != NULL)
    weir_mistakes_add (compiler->mistakes, pointer, message);
}

static void
add_piece (Compiler *compiler, WeirPiece piece)
{
  g_array_append_val (compiler->template->pieces, piece);
}

static void
add_text (Compiler *compiler, const char *text)
{
  WeirTemplate *template = compiler->template;
  guint n = template->pieces->len;
  WeirPiece *last = n > 0 ? &g_array_index (template->pieces, WeirPiece, n - 1) : NULL;
  gsize length = strlen (text);

  if (last == NULL || last->kind != PIECE_TEXT)
    {
      add_piece (compiler, (WeirPiece){ .kind = PIECE_TEXT, .start = template->literals->len });
      last = &g_array_index (template->pieces, WeirPiece, n);
    }
  last->length += length;
  g_string_append_len (template->literals, text, length);
}

/* The shortest text that reads back as the same number. */
static char *
number_text (double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  for (int digits = 15; digits <= 17; digits++)
    {
      char format[] = { '%', '.', '1', '0' + digits - 10, 'g', '\0' };

      g_ascii_formatd (text, sizeof text, format, value);
      if (g_ascii_strtod (text, NULL) == value)
        break;
    }

  return g_strdup (text);
}

static void
add_scalar (Compiler *compiler, JsonNode *node)
{
  gboolean is_double
      = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_DOUBLE;
  g_autofree char *text
      = is_double ? number_text (json_node_get_double (node)) : json_to_string (node, FALSE);

  add_text (compiler, text);
}

static void
add_string (Compiler *compiler, const char *string)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), string);

  add_scalar (compiler, node);
}

static gboolean
is_integer (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64;
}

static gboolean
is_number (JsonNode *node)
{
  return is_integer (node)
         || (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_DOUBLE);
}

static gboolean
is_micros (double value)
{
  return fabs (value) < 1e9 && fabs (value * MICROS - rint (value * MICROS)) < 1e-3;
}

static void
compile_sequence (Compiler *compiler, JsonNode *node, const char *pointer)
{
  if (is_integer (node))
    add_piece (compiler, (WeirPiece){ .kind = PIECE_SEQUENCE, .first = json_node_get_int (node) });
  else
    add_mistake (compiler, pointer, "$seq takes the integer to begin with");
}

static void
compile_time (Compiler *compiler, JsonNode *node, const char *pointer)
{
  const char *form = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

  if (g_strcmp0 (form, "iso") == 0)
    add_piece (compiler, (WeirPiece){ .kind = PIECE_ISO_TIME });
  else if (g_strcmp0 (form, "ms") == 0)
    add_piece (compiler, (WeirPiece){ .kind = PIECE_MILLISECONDS });
  else if (g_strcmp0 (form, "s") == 0)
    add_piece (compiler, (WeirPiece){ .kind = PIECE_SECONDS });
  else
    add_mistake (compiler, pointer, "$time takes \"iso\", \"ms\" or \"s\"");
}

static WeirPiece
uniform_piece (JsonNode *low, JsonNode *high)
{
  WeirPiece piece = { .low = json_node_get_double (low), .high = json_node_get_double (high) };

  if (is_integer (low) && is_integer (high))
    {
      piece.kind = PIECE_INTEGER;
      piece.first = json_node_get_int (low);
      piece.span = (guint64)json_node_get_int (high) - (guint64)piece.first;
    }
  else if (is_micros (piece.low) && is_micros (piece.high))
    {
      piece.kind = PIECE_MICROS;
      piece.first = (gint64)rint (piece.low * MICROS);
      piece.span = (guint64)((gint64)rint (piece.high * MICROS) - piece.first);
    }
  else
    piece.kind = PIECE_DOUBLE;

  return piece;
}

static void
compile_uniform (Compiler *compiler, JsonNode *node, const char *pointer)
{
  JsonArray *bounds = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  JsonNode *low, *high;

  if (bounds == NULL || json_array_get_length (bounds) != 2
      || !is_number (low = json_array_get_element (bounds, 0))
      || !is_number (high = json_array_get_element (bounds, 1)))
    add_mistake (compiler, pointer, "$uniform takes two numbers, [low, high]");
  else if (json_node_get_double (low) > json_node_get_double (high))
    add_mistake (compiler, pointer, "the lower bound of $uniform is above the upper one");
  else
    add_piece (compiler, uniform_piece (low, high));
}

static void
compile_choice (Compiler *compiler, JsonNode *node, const char *pointer)
{
  JsonArray *values = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = values != NULL ? json_array_get_length (values) : 0;
  GPtrArray *choices;

  if (n == 0)
    {
      add_mistake (compiler, pointer, "$choice takes a list of at least one value");
      return;
    }

  choices = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_template_free);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *inner = g_strdup_printf ("%s/%u", pointer, i);
      WeirTemplate *choice
          = weir_template_new (json_array_get_element (values, i), inner, compiler->mistakes);

      if (choice != NULL)
        g_ptr_array_add (choices, choice);
      else
        compiler->wrong = TRUE;
    }
  add_piece (compiler, (WeirPiece){ .kind = PIECE_CHOICE, .choices = choices });
}

static const struct
{
  const char *name;
  void (*compile) (Compiler *compiler, JsonNode *node, const char *pointer);
} directives[] = {
  { "$seq", compile_sequence },
  { "$time", compile_time },
  { "$uniform", compile_uniform },
  { "$choice", compile_choice },
};

static char *
member_pointer (const char *pointer, const char *key)
{
  g_auto (GStrv) tilde = g_strsplit (key, "~", -1);
  g_autofree char *once = g_strjoinv ("~0", tilde);
  g_auto (GStrv) slash = g_strsplit (once, "/", -1);
  g_autofree char *escaped = g_strjoinv ("~1", slash);

  return g_strconcat (pointer, "/", escaped, NULL);
}

/* An object of which the only key begins with '$' is a directive. */
static gboolean
compile_directive (Compiler *compiler, JsonObject *object, const char *pointer)
{
  g_autoptr (GList) keys = json_object_get_members (object);
  const char *key = keys != NULL && keys->next == NULL ? keys->data : NULL;
  g_autofree char *inner = key != NULL && key[0] == '$' ? member_pointer (pointer, key) : NULL;

  if (inner == NULL)
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (directives); i++)
    if (strcmp (key, directives[i].name) == 0)
      {
        directives[i].compile (compiler, json_object_get_member (object, key), inner);
        return TRUE;
      }

  g_autofree char *message = g_strdup_printf (
      "unknown directive \"%s\" (there are $seq, $time, $uniform and $choice)", key);
  add_mistake (compiler, inner, message);
  return TRUE;
}

static void
compile_object (Compiler *compiler, JsonObject *object, const char *pointer)
{
  g_autoptr (GList) keys = json_object_get_members (object);

  add_text (compiler, "{");
  for (GList *key = keys; key != NULL; key = key->next)
    {
      g_autofree char *inner = member_pointer (pointer, key->data);

      add_string (compiler, key->data);
      add_text (compiler, ":");
      compile (compiler, json_object_get_member (object, key->data), inner);
      if (key->next != NULL)
        add_text (compiler, ",");
    }
  add_text (compiler, "}");
}

static void
compile_array (Compiler *compiler, JsonArray *array, const char *pointer)
{
  guint n = json_array_get_length (array);

  add_text (compiler, "[");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *inner = g_strdup_printf ("%s/%u", pointer, i);

      if (i > 0)
        add_text (compiler, ",");
      compile (compiler, json_array_get_element (array, i), inner);
    }
  add_text (compiler, "]");
}

static void
compile (Compiler *compiler, JsonNode *node, const char *pointer)
{
  if (JSON_NODE_HOLDS_ARRAY (node))
    compile_array (compiler, json_node_get_array (node), pointer);
  else if (!JSON_NODE_HOLDS_OBJECT (node))
    add_scalar (compiler, node);
  else if (!compile_directive (compiler, json_node_get_object (node), pointer))
    compile_object (compiler, json_node_get_object (node), pointer);
}

WeirTemplate *
weir_template_new (JsonNode *node, const char *pointer, WeirMistakes *mistakes)
{
  g_autoptr (WeirTemplate) template = g_new0 (WeirTemplate, 1);
  Compiler compiler = { template, mistakes, FALSE };

  template->literals = g_string_new (NULL);
  template->pieces = g_array_new (FALSE, TRUE, sizeof (WeirPiece));
  g_array_set_clear_func (template->pieces, clear_piece);
  compile (&compiler, node, pointer);
  return compiler.wrong ? NULL : g_steal_pointer (&template);
}
