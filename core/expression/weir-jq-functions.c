/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "expression/weir-jq-node-private.h"

#define FUNCTION(name)                                                                             \
  static WeirJqStatus name (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,      \
                            const WeirJqValue *arguments, WeirJqValue *output)

/* Functions of mathematics, by the same library that jq uses. */
#define MATH(name)                                                                                 \
  FUNCTION (math_##name)                                                                           \
  {                                                                                                \
    if (input->kind != WEIR_JQ_NUMBER)                                                             \
      return weir_jq_fail_value (run, input, "number required");                                   \
    *output = weir_jq_number (name (weir_jq_get_number (input)));                                  \
    return WEIR_JQ_GO;                                                                             \
  }

#define MATH_2(name)                                                                               \
  FUNCTION (math_##name)                                                                           \
  {                                                                                                \
    for (guint i = 0; i < 2; i++)                                                                  \
      if (arguments[i].kind != WEIR_JQ_NUMBER)                                                     \
        return weir_jq_fail_value (run, &arguments[i], "number required");                         \
    *output = weir_jq_number (                                                                     \
        name (weir_jq_get_number (&arguments[0]), weir_jq_get_number (&arguments[1])));            \
    return WEIR_JQ_GO;                                                                             \
  }

MATH (floor)
MATH (ceil)
MATH (round)
MATH (trunc)
MATH (rint)
MATH (nearbyint)
MATH (fabs)
MATH (sqrt)
MATH (cbrt)
MATH (exp)
MATH (exp2)
MATH (exp10)
MATH (expm1)
MATH (log)
MATH (log2)
MATH (log10)
MATH (log1p)
MATH (sin)
MATH (cos)
MATH (tan)
MATH (asin)
MATH (acos)
MATH (atan)
MATH (sinh)
MATH (cosh)
MATH (tanh)
MATH (asinh)
MATH (acosh)
MATH (atanh)
MATH_2 (pow)
MATH_2 (atan2)
MATH_2 (fmod)
MATH_2 (fmin)
MATH_2 (fmax)
MATH_2 (hypot)

/* What is no number is none of these. */
FUNCTION (is_nan)
{
  *output = weir_jq_boolean (input->kind == WEIR_JQ_NUMBER && isnan (weir_jq_get_number (input)));
  return WEIR_JQ_GO;
}

FUNCTION (is_infinite)
{
  *output = weir_jq_boolean (input->kind == WEIR_JQ_NUMBER && isinf (weir_jq_get_number (input)));
  return WEIR_JQ_GO;
}

FUNCTION (is_normal)
{
  *output
      = weir_jq_boolean (input->kind == WEIR_JQ_NUMBER && isnormal (weir_jq_get_number (input)));
  return WEIR_JQ_GO;
}

FUNCTION (make_nan)
{
  *output = weir_jq_number (NAN);
  return WEIR_JQ_GO;
}

FUNCTION (make_infinite)
{
  *output = weir_jq_number (INFINITY);
  return WEIR_JQ_GO;
}

typedef struct
{
  const char *name;
  guint arity;
  WeirJqFunction function;
} Entry;

#define ENTRY(name, arity)                                                                         \
  {                                                                                                \
#name, arity, math_##name                                                                      \
  }

static const Entry entries[] = {
  ENTRY (floor, 0),
  ENTRY (ceil, 0),
  ENTRY (round, 0),
  ENTRY (trunc, 0),
  ENTRY (rint, 0),
  ENTRY (fabs, 0),
  ENTRY (nearbyint, 0),
  ENTRY (sqrt, 0),
  ENTRY (cbrt, 0),
  ENTRY (exp, 0),
  ENTRY (exp2, 0),
  ENTRY (exp10, 0),
  ENTRY (expm1, 0),
  ENTRY (log, 0),
  ENTRY (log2, 0),
  ENTRY (log10, 0),
  ENTRY (log1p, 0),
  ENTRY (sin, 0),
  ENTRY (cos, 0),
  ENTRY (tan, 0),
  ENTRY (asin, 0),
  ENTRY (acos, 0),
  ENTRY (atan, 0),
  ENTRY (sinh, 0),
  ENTRY (cosh, 0),
  ENTRY (tanh, 0),
  ENTRY (asinh, 0),
  ENTRY (acosh, 0),
  ENTRY (atanh, 0),
  ENTRY (pow, 2),
  ENTRY (atan2, 2),
  ENTRY (fmod, 2),
  ENTRY (fmin, 2),
  ENTRY (fmax, 2),
  ENTRY (hypot, 2),
  { "isnan", 0, is_nan },
  { "isinfinite", 0, is_infinite },
  { "isnormal", 0, is_normal },
  { "nan", 0, make_nan },
  { "infinite", 0, make_infinite },
};

WeirJqFunction
weir_jq_find_entry (const WeirJqFunctionEntry *table, guint n_entries, const char *name,
                    guint arity)
{
  for (guint i = 0; i < n_entries; i++)
    if (table[i].arity == arity && strcmp (table[i].name, name) == 0)
      return table[i].function;
  return NULL;
}

WeirJqFunction
weir_jq_find_function (const char *name, guint arity)
{
  WeirJqFunction found = weir_jq_find_text_function (name, arity);

  if (found == NULL)
    found = weir_jq_find_list_function (name, arity);
  if (found == NULL)
    found = weir_jq_find_date_function (name, arity);
  for (guint i = 0; found == NULL && i < G_N_ELEMENTS (entries); i++)
    if (entries[i].arity == arity && strcmp (entries[i].name, name) == 0)
      found = entries[i].function;
  return found;
}
