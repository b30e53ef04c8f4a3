/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "expression/weir-jq-value-private.h"

int
weir_jq_compare_text (const char *a, gsize a_length, const char *b, gsize b_length)
{
  int order = memcmp (a, b, MIN (a_length, b_length));

  if (order == 0 && a_length != b_length)
    order = a_length < b_length ? -1 : 1;
  return order;
}

static int
compare_strings (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b)
{
  gsize a_length;
  gsize b_length;
  const char *left = weir_jq_get_text (run, a, &a_length);
  const char *right = weir_jq_get_text (run, b, &b_length);

  return weir_jq_compare_text (left, a_length, right, b_length);
}

/* Not a number is below every number, itself too. */
static int
compare_numbers (double a, double b)
{
  if (isnan (a) || a < b)
    return -1;
  return a == b ? 0 : 1;
}

/* @equality: only whether it is 0 is asked for */
static WeirJqStatus compare (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b,
                             gboolean equality, int *order);

static int
compare_lengths (const WeirJqValue *a, const WeirJqValue *b)
{
  return a->length < b->length ? -1 : a->length > b->length;
}

static WeirJqStatus
compare_arrays (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, gboolean equality,
                int *order)
{
  WeirJqStatus status = WEIR_JQ_GO;

  *order = equality ? compare_lengths (a, b) : 0;
  for (guint i = 0; status == WEIR_JQ_GO && *order == 0 && i < MIN (a->length, b->length); i++)
    status = compare (run, &a->elements[i], &b->elements[i], equality, order);
  if (*order == 0)
    *order = compare_lengths (a, b);
  return status;
}

static int
compare_members (gconstpointer a, gconstpointer b, gpointer data)
{
  const WeirJqMember *left = *(const WeirJqMember *const *)a;
  const WeirJqMember *right = *(const WeirJqMember *const *)b;

  return weir_jq_compare_text (left->key.text, left->key.length, right->key.text,
                               right->key.length);
}

const WeirJqMember **
weir_jq_sort_members (WeirJqRun *run, const WeirJqValue *object)
{
  const WeirJqMember **members
      = weir_jq_allocate (run, object->length * sizeof (const WeirJqMember *));

  for (guint i = 0; i < object->length; i++)
    members[i] = &object->members[i];
  g_qsort_with_data (members, (gint)object->length, sizeof *members, compare_members, NULL);
  return members;
}

/* The keys, as sorted arrays, first; then the values in the order of the keys. */
static WeirJqStatus
compare_objects (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, gboolean equality,
                 int *order)
{
  const WeirJqMember **left;
  const WeirJqMember **right;
  WeirJqStatus status = WEIR_JQ_GO;

  *order = equality ? compare_lengths (a, b) : 0;
  if (*order != 0)
    return WEIR_JQ_GO;
  left = weir_jq_sort_members (run, a);
  right = weir_jq_sort_members (run, b);
  for (guint i = 0; *order == 0 && i < MIN (a->length, b->length); i++)
    *order = compare_members (&left[i], &right[i], NULL);
  if (*order == 0)
    *order = compare_lengths (a, b);
  for (guint i = 0; status == WEIR_JQ_GO && *order == 0 && i < a->length; i++)
    status = compare (run, &left[i]->value, &right[i]->value, equality, order);
  return status;
}

static WeirJqStatus
compare_containers (WeirJqRun *run, WeirJqValue a, WeirJqValue b, gboolean equality, int *order)
{
  WeirJqStatus status = weir_jq_open (run, &a);

  if (status == WEIR_JQ_GO)
    status = weir_jq_open (run, &b);
  if (status != WEIR_JQ_GO)
    return status;
  if (++run->depth > WEIR_JQ_MAX_DEPTH)
    return WEIR_JQ_DEFER;
  status = a.kind == WEIR_JQ_ARRAY ? compare_arrays (run, &a, &b, equality, order)
                                   : compare_objects (run, &a, &b, equality, order);
  run->depth--;
  return status;
}

static WeirJqStatus
compare (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, gboolean equality, int *order)
{
  if (a->kind != b->kind)
    {
      *order = a->kind < b->kind ? -1 : 1;
      return WEIR_JQ_GO;
    }
  if (a->kind >= WEIR_JQ_ARRAY)
    return compare_containers (run, *a, *b, equality, order);
  if (a->kind == WEIR_JQ_NUMBER)
    *order = compare_numbers (weir_jq_get_number (a), weir_jq_get_number (b));
  else
    *order = a->kind == WEIR_JQ_STRING ? compare_strings (run, a, b) : 0;
  return WEIR_JQ_GO;
}

WeirJqStatus
weir_jq_compare (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, int *order)
{
  return compare (run, a, b, FALSE, order);
}

WeirJqStatus
weir_jq_equals (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, gboolean *equal)
{
  int order = 1;
  WeirJqStatus status = compare (run, a, b, TRUE, &order);

  *equal = order == 0;
  return status;
}

typedef struct
{
  WeirJqRun *run;
  const WeirJqValue *keys;
  WeirJqStatus status;
} Sort;

static int
compare_positions (gconstpointer a, gconstpointer b, gpointer data)
{
  Sort *sort = data;
  guint left = *(const guint *)a;
  guint right = *(const guint *)b;
  int order = 0;

  if (sort->status == WEIR_JQ_GO)
    sort->status = weir_jq_compare (sort->run, &sort->keys[left], &sort->keys[right], &order);
  if (order == 0)
    order = left < right ? -1 : left > right;
  return order;
}

WeirJqStatus
weir_jq_sort (WeirJqRun *run, const WeirJqValue *keys, guint length, guint *positions)
{
  Sort sort = { run, keys, WEIR_JQ_GO };

  for (guint i = 0; i < length; i++)
    positions[i] = i;
  g_qsort_with_data (positions, (gint)length, sizeof *positions, compare_positions, &sort);
  return sort.status;
}
