/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-names-private.h"

#include <stdlib.h>
#include <string.h>

typedef struct
{
  const char *name;
  guint arities; /* bit n: a function of n arguments */
} Builtin;

/* Sorted by the bytes of the name. */
static const Builtin builtins[] = {
  { "IN", 0x6 }, { "INDEX", 0x6 }, { "JOIN", 0x1c }, { "acos", 0x1 }, { "acosh", 0x1 },
  { "add", 0x1 }, { "all", 0x7 }, { "any", 0x7 }, { "arrays", 0x1 }, { "ascii_downcase", 0x1 },
  { "ascii_upcase", 0x1 }, { "asin", 0x1 }, { "asinh", 0x1 }, { "atan", 0x1 }, { "atan2", 0x4 },
  { "atanh", 0x1 }, { "booleans", 0x1 }, { "bsearch", 0x2 }, { "builtins", 0x1 },
  { "capture", 0x6 }, { "cbrt", 0x1 }, { "ceil", 0x1 }, { "combinations", 0x3 },
  { "contains", 0x2 }, { "copysign", 0x4 }, { "cos", 0x1 }, { "cosh", 0x1 }, { "debug", 0x1 },
  { "del", 0x2 }, { "delpaths", 0x2 }, { "drem", 0x4 }, { "empty", 0x1 }, { "endswith", 0x2 },
  { "env", 0x1 }, { "erf", 0x1 }, { "erfc", 0x1 }, { "error", 0x3 }, { "exp", 0x1 },
  { "exp10", 0x1 }, { "exp2", 0x1 }, { "explode", 0x1 }, { "expm1", 0x1 }, { "fabs", 0x1 },
  { "fdim", 0x4 }, { "finites", 0x1 }, { "first", 0x3 }, { "flatten", 0x3 }, { "floor", 0x1 },
  { "fma", 0x8 }, { "fmax", 0x4 }, { "fmin", 0x4 }, { "fmod", 0x4 }, { "format", 0x2 },
  { "frexp", 0x1 }, { "from_entries", 0x1 }, { "fromdate", 0x1 }, { "fromdateiso8601", 0x1 },
  { "fromjson", 0x1 }, { "fromstream", 0x2 }, { "gamma", 0x1 }, { "get_jq_origin", 0x1 },
  { "get_prog_origin", 0x1 }, { "get_search_list", 0x1 }, { "getpath", 0x2 }, { "gmtime", 0x1 },
  { "group_by", 0x2 }, { "gsub", 0xc }, { "halt", 0x1 }, { "halt_error", 0x3 }, { "has", 0x2 },
  { "hypot", 0x4 }, { "implode", 0x1 }, { "in", 0x2 }, { "index", 0x2 }, { "indices", 0x2 },
  { "infinite", 0x1 }, { "input", 0x1 }, { "input_filename", 0x1 }, { "input_line_number", 0x1 },
  { "inputs", 0x1 }, { "inside", 0x2 }, { "isempty", 0x2 }, { "isfinite", 0x1 },
  { "isinfinite", 0x1 }, { "isnan", 0x1 }, { "isnormal", 0x1 }, { "iterables", 0x1 },
  { "j0", 0x1 }, { "j1", 0x1 }, { "jn", 0x4 }, { "join", 0x2 }, { "keys", 0x1 },
  { "keys_unsorted", 0x1 }, { "last", 0x3 }, { "ldexp", 0x4 }, { "leaf_paths", 0x1 },
  { "length", 0x1 }, { "lgamma", 0x1 }, { "lgamma_r", 0x1 }, { "limit", 0x4 },
  { "localtime", 0x1 }, { "log", 0x1 }, { "log10", 0x1 }, { "log1p", 0x1 }, { "log2", 0x1 },
  { "logb", 0x1 }, { "ltrimstr", 0x2 }, { "map", 0x2 }, { "map_values", 0x2 }, { "match", 0x6 },
  { "max", 0x1 }, { "max_by", 0x2 }, { "min", 0x1 }, { "min_by", 0x2 }, { "mktime", 0x1 },
  { "modf", 0x1 }, { "modulemeta", 0x1 }, { "nan", 0x1 }, { "nearbyint", 0x1 },
  { "nextafter", 0x4 }, { "nexttoward", 0x4 }, { "normals", 0x1 }, { "not", 0x1 },
  { "now", 0x1 }, { "nth", 0x6 }, { "nulls", 0x1 }, { "numbers", 0x1 }, { "objects", 0x1 },
  { "path", 0x2 }, { "paths", 0x3 }, { "pow", 0x4 }, { "pow10", 0x1 }, { "range", 0xe },
  { "recurse", 0x7 }, { "recurse_down", 0x1 }, { "remainder", 0x4 }, { "repeat", 0x2 },
  { "reverse", 0x1 }, { "rindex", 0x2 }, { "rint", 0x1 }, { "round", 0x1 }, { "rtrimstr", 0x2 },
  { "scalars", 0x1 }, { "scalars_or_empty", 0x1 }, { "scalb", 0x4 }, { "scalbln", 0x4 },
  { "scan", 0x2 }, { "select", 0x2 }, { "setpath", 0x4 }, { "significand", 0x1 }, { "sin", 0x1 },
  { "sinh", 0x1 }, { "sort", 0x1 }, { "sort_by", 0x2 }, { "split", 0x6 }, { "splits", 0x6 },
  { "sqrt", 0x1 }, { "startswith", 0x2 }, { "stderr", 0x1 }, { "strflocaltime", 0x2 },
  { "strftime", 0x2 }, { "strings", 0x1 }, { "strptime", 0x2 }, { "sub", 0xc }, { "tan", 0x1 },
  { "tanh", 0x1 }, { "test", 0x6 }, { "tgamma", 0x1 }, { "to_entries", 0x1 }, { "todate", 0x1 },
  { "todateiso8601", 0x1 }, { "tojson", 0x1 }, { "tonumber", 0x1 }, { "tostream", 0x1 },
  { "tostring", 0x1 }, { "transpose", 0x1 }, { "trunc", 0x1 }, { "truncate_stream", 0x2 },
  { "type", 0x1 }, { "unique", 0x1 }, { "unique_by", 0x2 }, { "until", 0x4 },
  { "utf8bytelength", 0x1 }, { "values", 0x1 }, { "walk", 0x2 }, { "while", 0x4 },
  { "with_entries", 0x2 }, { "y0", 0x1 }, { "y1", 0x1 }, { "yn", 0x4 },
};

static const char *const refused[] = {
  "_input",     "debug",             "get_search_list", "halt",   "halt_error",
  "input",      "input_filename",    "input_line_number", "inputs", "modulemeta",
  "stderr",     "__prog_args",       NULL,
};

static int
compare_names (const void *name, const void *builtin)
{
  return strcmp (name, ((const Builtin *)builtin)->name);
}

gboolean
weir_jq_has_builtin (const char *name, guint arity)
{
  const Builtin *found
      = bsearch (name, builtins, G_N_ELEMENTS (builtins), sizeof *builtins, compare_names);

  return found != NULL && arity < 32 && (found->arities >> arity & 1) != 0;
}

gboolean
weir_jq_is_refused (const char *name)
{
  return g_strv_contains (refused, name);
}
