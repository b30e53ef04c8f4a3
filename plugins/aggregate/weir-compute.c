/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-compute.h"

#include <math.h>
#include <string.h>

static const char *const functions[] = { "count", "sum", "min", "max", "mean", NULL };

static int
find_function (const char *name)
{
  for (int i = 0; functions[i] != NULL; i++)
    if (g_str_equal (functions[i], name))
      return i;
  return -1;
}

static char *
describe_unknown (const char *name)
{
  const char *near = weir_nearest_name (name, functions);

  if (near != NULL)
    return g_strdup_printf ("unknown function \"%s\" (did you mean \"%s\"?)", name, near);
  return g_strdup_printf ("unknown function \"%s\" (there are count, sum, min, max and mean)",
                          name);
}

static char *
parse_argument (WeirCompute *compute, const char *name, const char *argument)
{
  g_autoptr (GError) error = NULL;

  if (compute->function == WEIR_COMPUTE_COUNT)
    return *argument == '\0' ? NULL : g_strdup ("count() takes no expression");
  if (*argument == '\0')
    return g_strdup_printf ("%s() lacks an expression: %s(EXPR)", name, name);
  compute->expression = weir_expression_new (argument, &error);
  return compute->expression != NULL ? NULL : g_strdup (error->message);
}

char *
weir_compute_init (WeirCompute *compute, const char *text)
{
  g_autofree char *copy = g_strstrip (g_strdup (text));
  char *open = strchr (copy, '(');
  gsize length = strlen (copy);
  int function;

  if (open == NULL || copy[length - 1] != ')')
    return g_strdup_printf ("\"%s\" is not of the form NAME(EXPR)", text);
  *open = '\0';
  copy[length - 1] = '\0';
  g_strchomp (copy);
  function = find_function (copy);
  if (function < 0)
    return describe_unknown (copy);
  compute->function = (WeirComputeFunction)function;
  return parse_argument (compute, copy, g_strstrip (open + 1));
}

void
weir_compute_clear (WeirCompute *compute)
{
  g_clear_pointer (&compute->expression, weir_expression_unref);
}

/* Adds to a sum and keeps what rounding took away (Neumaier: Rundungsfehleranalyse einiger
 * Verfahren zur Summation endlicher Summen, ZAMM 54, 1974). */
static void
add_exactly (WeirComputeCell *cell, double number)
{
  double sum = cell->value + number;

  if (fabs (cell->value) >= fabs (number))
    cell->correction += (cell->value - sum) + number;
  else
    cell->correction += (number - sum) + cell->value;
  cell->value = sum;
}

static double
get_sum (const WeirComputeCell *cell)
{
  return isfinite (cell->value) ? cell->value + cell->correction : cell->value;
}

void
weir_compute_add (const WeirCompute *compute, WeirComputeCell *cell, double number)
{
  if (compute->function != WEIR_COMPUTE_COUNT && isnan (number))
    return;
  if (compute->function == WEIR_COMPUTE_MIN)
    cell->value = cell->n == 0 ? number : MIN (cell->value, number);
  else if (compute->function == WEIR_COMPUTE_MAX)
    cell->value = cell->n == 0 ? number : MAX (cell->value, number);
  else if (compute->function != WEIR_COMPUTE_COUNT)
    add_exactly (cell, number);
  cell->n++;
}

void
weir_compute_append_result (const WeirCompute *compute, const WeirComputeCell *cell, GString *json)
{
  if (compute->function == WEIR_COMPUTE_COUNT)
    g_string_append_printf (json, "%" G_GUINT64_FORMAT, cell->n);
  else if (compute->function == WEIR_COMPUTE_SUM)
    weir_json_append_double (json, get_sum (cell));
  else if (cell->n == 0)
    g_string_append (json, "null");
  else if (compute->function == WEIR_COMPUTE_MEAN)
    weir_json_append_double (json, get_sum (cell) / (double)cell->n);
  else
    weir_json_append_double (json, cell->value);
}
