/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-mistakes-private.h"

#include <string.h>

typedef struct
{
  guint line;
  guint column;
  guint number; /* of the mistake: those at one place stay in the order they were found in */
  char *pointer;
  char *message;
} Mistake;

/* A list of mistakes, each with its place, shared by all that check one description.
 *
 * Ownership: reference counted; it owns the data of the place function. Threads: control only. The
 * place of a mistake is looked up when it is added; the lines are put in the order of the text when
 * they are asked for. */
struct _WeirMistakes
{
  gint refs;
  char *file;
  char *prefix;
  guint n_before; /* mistakes that were there when the prefix was set */
  WeirPlaceFunc find;
  WeirInsideFunc inside; /* or NULL */
  gpointer data;
  GDestroyNotify destroy;
  GPtrArray *list; /* Mistake */
};

G_DEFINE_BOXED_TYPE (WeirMistakes, weir_mistakes, weir_mistakes_ref, weir_mistakes_unref)

static void
mistake_free (Mistake *mistake)
{
  g_free (mistake->pointer);
  g_free (mistake->message);
  g_free (mistake);
}

WeirMistakes *
weir_mistakes_new (const char *file, WeirPlaceFunc find, gpointer data, GDestroyNotify destroy)
{
  WeirMistakes *mistakes = g_new0 (WeirMistakes, 1);

  mistakes->refs = 1;
  mistakes->file = g_strdup (file);
  mistakes->prefix = g_strdup ("");
  mistakes->find = find;
  mistakes->data = data;
  mistakes->destroy = destroy;
  mistakes->list = g_ptr_array_new_with_free_func ((GDestroyNotify)mistake_free);
  return mistakes;
}

/**
 * weir_mistakes_ref:
 * @mistakes: a list of mistakes
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @mistakes
 */
WeirMistakes *
weir_mistakes_ref (WeirMistakes *mistakes)
{
  g_return_val_if_fail (mistakes != NULL, NULL);

  g_atomic_int_inc (&mistakes->refs);
  return mistakes;
}

/**
 * weir_mistakes_unref:
 * @mistakes: (transfer full): a list of mistakes
 *
 * Gives a reference back; the last one frees the list.
 */
void
weir_mistakes_unref (WeirMistakes *mistakes)
{
  g_return_if_fail (mistakes != NULL);

  if (!g_atomic_int_dec_and_test (&mistakes->refs))
    return;
  if (mistakes->destroy != NULL)
    mistakes->destroy (mistakes->data);
  g_ptr_array_unref (mistakes->list);
  g_free (mistakes->prefix);
  g_free (mistakes->file);
  g_free (mistakes);
}

void
weir_mistakes_set_prefix (WeirMistakes *mistakes, const char *prefix)
{
  g_assert (mistakes != NULL);

  g_free (mistakes->prefix);
  mistakes->prefix = g_strdup (prefix != NULL ? prefix : "");
  mistakes->n_before = prefix != NULL ? mistakes->list->len : 0;
}

/* Whether something was wrong with a value, or inside it, before its stage looked at it: what the
 * stage sees in its place is not what was meant. */
static gboolean
was_wrong_before (const WeirMistakes *mistakes, const char *pointer)
{
  gsize length = strlen (pointer);

  for (guint i = 0; i < mistakes->n_before; i++)
    {
      const Mistake *mistake = g_ptr_array_index (mistakes->list, i);
      char next;

      if (!g_str_has_prefix (mistake->pointer, pointer))
        continue;
      next = mistake->pointer[length];
      if (next == '\0' || next == '/')
        return TRUE;
    }
  return FALSE;
}

/* A mistake is one line whatever stands in keys and in messages of libraries. */
static char *
one_line (char *text)
{
  for (char *c = text; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return g_strchomp (text);
}

static void
add (WeirMistakes *mistakes, guint line, guint column, const char *pointer, const char *message)
{
  Mistake *mistake = g_new0 (Mistake, 1);

  mistake->line = line;
  mistake->column = column;
  mistake->number = mistakes->list->len;
  mistake->pointer = one_line (g_strdup (*pointer != '\0' ? pointer : "/"));
  mistake->message = one_line (g_strdup (message));
  g_ptr_array_add (mistakes->list, mistake);
}

void
weir_mistakes_add_at (WeirMistakes *mistakes, guint line, guint column, const char *pointer,
                      const char *message)
{
  g_autofree char *whole = g_strconcat (mistakes->prefix, pointer, NULL);

  add (mistakes, line, column, whole, message);
}

void
weir_mistakes_set_inside (WeirMistakes *mistakes, WeirInsideFunc inside)
{
  mistakes->inside = inside;
}

static WeirPlace
find_nearest (WeirMistakes *mistakes, const char *pointer)
{
  g_autofree char *above = g_strdup (pointer);
  WeirPlace place = { 0 };

  while (mistakes->find != NULL && !mistakes->find (mistakes->data, above, &place))
    {
      char *slash = strrchr (above, '/');
      if (slash == NULL)
        break;
      *slash = '\0';
    }
  return place;
}

/**
 * weir_mistakes_add:
 * @mistakes: a list of mistakes
 * @pointer: a JSON pointer to the value that is wrong; for a stage that checks itself, relative
 *   to the stage ("/fields/.a", or "" for the stage as a whole)
 * @message: what is wrong, with a hint in parentheses where there is one
 *
 * Adds a mistake. One about an option that could not be read at all is left out.
 */
void
weir_mistakes_add (WeirMistakes *mistakes, const char *pointer, const char *message)
{
  g_return_if_fail (mistakes != NULL);
  g_return_if_fail (pointer != NULL);
  g_return_if_fail (message != NULL);

  g_autofree char *whole = g_strconcat (mistakes->prefix, pointer, NULL);
  WeirPlace place = find_nearest (mistakes, whole);

  if (*pointer != '\0' && was_wrong_before (mistakes, whole))
    return;
  add (mistakes, place.line, place.column, whole, message);
}

void
weir_mistakes_add_inside (WeirMistakes *mistakes, const char *pointer, const char *text,
                          gsize offset, const char *message)
{
  g_autofree char *whole = g_strconcat (mistakes->prefix, pointer, NULL);
  WeirPlace place;

  if (mistakes->inside != NULL && mistakes->inside (mistakes->data, whole, text, offset, &place))
    add (mistakes, place.line, place.column, whole, message);
  else
    weir_mistakes_add (mistakes, pointer, message);
}

void
weir_mistakes_addf (WeirMistakes *mistakes, const char *pointer, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  weir_mistakes_add (mistakes, pointer, message);
}

/**
 * weir_mistakes_get_count:
 * @mistakes: a list of mistakes
 *
 * Returns: how many mistakes there are
 */
guint
weir_mistakes_get_count (const WeirMistakes *mistakes)
{
  g_return_val_if_fail (mistakes != NULL, 0);

  return mistakes->list->len;
}

char *
weir_pointer_join (const char *pointer, const char *key)
{
  GString *joined = g_string_new (pointer);

  g_string_append_c (joined, '/');
  for (const char *c = key; *c != '\0'; c++)
    if (*c == '~')
      g_string_append (joined, "~0");
    else if (*c == '/')
      g_string_append (joined, "~1");
    else
      g_string_append_c (joined, *c);
  return g_string_free (joined, FALSE);
}

/**
 * weir_mistakes_add_key:
 * @mistakes: a list of mistakes
 * @pointer: a JSON pointer to an object, as for weir_mistakes_add()
 * @key: the key of the value that is wrong; a field path or a name, as it stands in the file
 * @message: what is wrong, with a hint in parentheses where there is one
 *
 * Adds a mistake about one entry of an object.
 */
void
weir_mistakes_add_key (WeirMistakes *mistakes, const char *pointer, const char *key,
                       const char *message)
{
  g_return_if_fail (pointer != NULL);
  g_return_if_fail (key != NULL);

  g_autofree char *whole = weir_pointer_join (pointer, key);

  weir_mistakes_add (mistakes, whole, message);
}

char *
weir_pointer_join_index (const char *pointer, guint index)
{
  return g_strdup_printf ("%s/%u", pointer, index);
}

static gint
compare_places (gconstpointer a, gconstpointer b)
{
  const Mistake *first = *(const Mistake *const *)a;
  const Mistake *second = *(const Mistake *const *)b;

  if (first->line != second->line)
    return first->line < second->line ? -1 : 1;
  if (first->column != second->column)
    return first->column < second->column ? -1 : 1;
  return first->number < second->number ? -1 : 1;
}

char *
weir_mistakes_to_text (const WeirMistakes *mistakes)
{
  GString *text = g_string_new (NULL);

  g_ptr_array_sort (mistakes->list, compare_places);
  for (guint i = 0; i < mistakes->list->len; i++)
    {
      const Mistake *mistake = g_ptr_array_index (mistakes->list, i);
      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", mistakes->file);
      if (mistake->line > 0)
        g_string_append_printf (text, ":%u:%u", mistake->line, mistake->column);
      g_string_append_printf (text, ": %s: %s", mistake->pointer, mistake->message);
    }
  return g_string_free (text, FALSE);
}
