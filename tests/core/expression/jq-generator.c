/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jq-generator.h"

#define PICK(rand, list) ((list)[g_rand_int_range (rand, 0, G_N_ELEMENTS (list))])

/* What an expression may use: how deep it may still go, and variables in sight. */
typedef struct
{
  GRand *rand;
  GString *out;
  guint n_variables;
} Writer;

static void write_expression (Writer *writer, int depth);
static void write_path (Writer *writer, int depth);

/* A template: E is an expression, P a path, T an expression in parentheses; others stand for
 * themselves. */
static void
write_template (Writer *writer, const char *template, int depth)
{
  for (const char *c = template; *c != '\0'; c++)
    if (*c == 'E')
      write_expression (writer, depth - 1);
    else if (*c == 'P')
      write_path (writer, depth - 1);
    else if (*c == 'T')
      {
        g_string_append_c (writer->out, '(');
        write_expression (writer, depth - 1);
        g_string_append_c (writer->out, ')');
      }
    else
      g_string_append_c (writer->out, *c);
}

static const char *const leaves[] = {
  ".",     ".",     ".a",    ".a",        ".b",      ".b.c",        ".a.b",      ".a?",
  ".b?.c", ".[0]",  ".[0]?", ".[-1]?",    ".a[0]?",  ".a[1:]?",     ".[\"c\"]?", ".[]?",
  ".a[]?", "..",    "null",  "true",      "false",   "0",           "1",         "-1",
  "2.5",   "10",    "\"\"",  "\"a\"",     "\"b c\"", "\"\\u00e9\"", "[]",        "{}",
  "empty", ".b[]?", ".c",    ".\"a b\"?", "1e3",     "[1,2,3]",     "{\"a\":1}", "\"x,y\"",
};

static const char *const filters[] = {
  "length",
  "type",
  "not",
  "keys",
  "keys_unsorted",
  "add",
  "sort",
  "unique",
  "min",
  "max",
  "reverse",
  "flatten",
  "to_entries",
  "from_entries",
  "tostring",
  "tojson",
  "tonumber",
  "ascii_downcase",
  "ascii_upcase",
  "explode",
  "floor",
  "round",
  "sqrt",
  "any",
  "all",
  "first",
  "last",
  "numbers",
  "strings",
  "arrays",
  "objects",
  "scalars",
  "iterables",
  "values",
  "nulls",
  "booleans",
  "utf8bytelength",
  "paths",
  "leaf_paths",
  "@text",
  "@json",
  "@base64",
  "@uri",
  "@html",
  "fabs",
  "isnan",
  "error",
  "fromjson",
  "todate",
  "gmtime",
  "@csv",
  "@tsv",
  "recurse",
  "implode",
  "fromdate",
  "ceil",
  "tojson",
  "mktime",
};

static const char *const templates[] = {
  "T | E",
  "T | E",
  "T, E",
  "T + T",
  "T - T",
  "T * T",
  "T / T",
  "T % T",
  "T == T",
  "T != T",
  "T < T",
  "T <= T",
  "T > T",
  "T >= T",
  "T and T",
  "T or T",
  "T // T",
  "-T",
  "[E]",
  "{a: T, b: T}",
  "{\"a\": T, \"c d\": 1}",
  "{(T): T}",
  "{a, b}",
  "if E then E else E end",
  "if E then E elif E then E else E end",
  "try T catch E",
  "try T",
  "T?",
  "select(E)",
  "map(E)",
  "map_values(E)",
  "with_entries(E)",
  "sort_by(E)",
  "group_by(E)",
  "unique_by(E)",
  "min_by(E)",
  "max_by(E)",
  "any(E)",
  "all(E)",
  "any(E; E)",
  "all(E; E)",
  "first(E)",
  "last(E)",
  "limit(2; E)",
  "limit(0; E)",
  "[limit(T | numbers | . % 5; E)]",
  "reduce T as $r (E; E)",
  "foreach T as $r (E; E)",
  "foreach T as $r (E; E; E)",
  "[foreach T as $r (0; . + 1; [$r, .])]",
  "reduce T as [$r] (0; . + 1)",
  "\"x\\(E)y\\(E)\"",
  "@base64 \"\\(E)-\"",
  "T as [$d, {a: $e}] | [$d, $e]",
  "T as {a: $d} | T",
  "path(P)",
  "[path(P)]",
  "P = T",
  "P |= T",
  "P |= empty",
  "P += T",
  "P -= T",
  "P *= T",
  "P //= T",
  "del(P)",
  "del(P, P)",
  "label $l | T, break $l",
  "label $l | T | if E then break $l else . end",
  "has(T)",
  "T | has(\"a\")",
  "in(T)",
  "contains(T)",
  "inside(T)",
  "startswith(T)",
  "endswith(T)",
  "ltrimstr(T)",
  "rtrimstr(T)",
  "T | split(\",\")",
  "T | split(\"\")",
  "join(T)",
  "T | join(\",\")",
  "T | index(\"a\")",
  "T | indices(\"a\", 1)",
  "T | rindex(\"a\")",
  "T | indices([1])",
  "getpath([\"a\", \"b\"])",
  "getpath(T)",
  "setpath([\"a\"]; E)",
  "setpath(T | arrays | map(select(type != \"number\")); E)",
  "delpaths([[\"a\"], [0]])",
  "paths(E)",
  "recurse(.[]?; E)",
  "flatten(1)",
  "[range(3)] | map(E)",
  "range(T | numbers | . % 7)",
  "[range(0, 1; 3, 2)]",
  "T | .[1:]",
  "T | .[:-1]",
  "T | .[T]",
  "T[]?",
  "T | nth(1)",
  "[.. | E]",
  "def f(g): g | g; f(E)",
  "def f($x; g): $x, g; f(E; E)",
  "def f: E; T | f",
  "[.[]? | E]",
  "test(\"[a-c]+\")",
  "T | test(\"B\"; \"i\")",
  "T | [match(\"a(b)?\"; \"g\")]",
  "T | [scan(\"[a-z]\")]",
  "T | sub(\"a\"; \"x\\(E)\")",
  "T | gsub(\"(?<l>[ab])\"; \"<\\(.l)>\")",
  "T | capture(\"(?<x>[a-z])(?<n>[0-9])?\")",
  "T | [splits(\", *\")]",
  "until(type != \"number\" or . > 3; . + 1)",
  "[while(type == \"number\" and . < 3; . + 1)]",
  "isempty(E)",
  "error(T)",
  "tojson | fromjson",
  "T | strftime(\"%Y-%m-%d\")",
  "pow(T; 2)",
};

static const char *const path_leaves[] = {
  ".",     ".a", ".b",     ".b.c", ".a.b", ".[0]",  ".[]",   ".[]?",
  ".a[]?", "..", ".a[1:]", ".[1]", ".a?",  "empty", ".[-1]", "first",
};

static const char *const path_templates[] = {
  "P | P",  "P, P",        "select(E)", "P | select(E)", "if E then P else P end",
  "P // P", "first(P)",    "(P)?",      "limit(1; P)",   "recurse",
  "P | .a", "T as $x | P", "try P",     ".[T]?",         "label $p | P | ., break $p",
};

static void
write_variable (Writer *writer)
{
  g_string_append_printf (writer->out, "$v%d",
                          g_rand_int_range (writer->rand, 0, (gint32)writer->n_variables));
}

static void
write_binding (Writer *writer, int depth)
{
  write_template (writer, "T", depth);
  g_string_append_printf (writer->out, " as $v%u | ", writer->n_variables++);
  write_expression (writer, depth - 1);
  writer->n_variables--;
}

static void
write_expression (Writer *writer, int depth)
{
  guint kind = g_rand_int_range (writer->rand, 0, 20);

  if (writer->n_variables > 0 && kind == 0)
    write_variable (writer);
  else if (depth <= 0 || kind < 5)
    g_string_append (writer->out, PICK (writer->rand, leaves));
  else if (kind < 8)
    g_string_append (writer->out, PICK (writer->rand, filters));
  else if (kind == 8)
    write_binding (writer, depth);
  else
    write_template (writer, PICK (writer->rand, templates), depth);
}

static void
write_path (Writer *writer, int depth)
{
  if (depth <= 0 || g_rand_int_range (writer->rand, 0, 3) > 0)
    g_string_append (writer->out, PICK (writer->rand, path_leaves));
  else
    {
      g_string_append_c (writer->out, '(');
      write_template (writer, PICK (writer->rand, path_templates), depth);
      g_string_append_c (writer->out, ')');
    }
}

void
jq_generate_program (GRand *rand, GString *program)
{
  Writer writer = { rand, program, 0 };

  write_expression (&writer, g_rand_int_range (rand, 1, 6));
}

/* Records ------------------------------------------------------------------------------------- */

static const char *const scalars[] = {
  "null",
  "true",
  "false",
  "0",
  "1",
  "-0",
  "2.50",
  "-3",
  "1e2",
  "1E400",
  "5e-324",
  "12345678901234567890",
  "0.1",
  "\"\"",
  "\"a\"",
  "\"ab,b\"",
  "\"Ab1\"",
  "\"\\u00e9\"",
  "\"\\ud83d\\ude00\"",
  "\"\\ud800\"",
  "\"x\\\\y\\\"\\n\\u0000\"",
  "\"2024-02-29T12:34:56Z\"",
  "\"12\"",
  "\" 7 \"",
  "\"nan\"",
  "\"[1]\"",
  "1425599621",
  "\"\\u007f\"",
  "\"é€😀\"",
  "-1.5",
  "1e17",
  "3",
};

static const char *const names[] = {
  "\"a\"",   "\"a\"", "\"b\"",   "\"b\"",     "\"c\"",    "\"\\u0061\"", "\"\"",
  "\"a b\"", "\"é\"", "\"key\"", "\"value\"", "\"name\"", "\"a\\\"\"",
};

static const char *const spaces[] = { "", "", "", "", " ", "\t", "  " };

static void
write_json (GRand *rand, GString *json, int depth)
{
  guint kind = depth <= 0 ? 0 : g_rand_int_range (rand, 0, 5);
  gboolean object = kind >= 3;
  int n = g_rand_int_range (rand, 0, 5);

  if (kind < 2)
    {
      g_string_append (json, PICK (rand, scalars));
      return;
    }
  g_string_append_c (json, object ? '{' : '[');
  for (int i = 0; i < n; i++)
    {
      g_string_append_printf (json, "%s%s", i > 0 ? "," : "", PICK (rand, spaces));
      if (object)
        g_string_append_printf (json, "%s%s:%s", PICK (rand, names), PICK (rand, spaces),
                                PICK (rand, spaces));
      write_json (rand, json, depth - 1);
      g_string_append (json, PICK (rand, spaces));
    }
  g_string_append_c (json, object ? '}' : ']');
}

void
jq_generate_record (GRand *rand, GString *record)
{
  int depth = g_rand_int_range (rand, 0, 5);

  if (g_rand_int_range (rand, 0, 40) > 0)
    {
      write_json (rand, record, MAX (depth, 1));
      return;
    }
  for (int i = 0; i < 200; i++)
    g_string_append_c (record, '[');
  write_json (rand, record, 2);
  for (int i = 0; i < 200; i++)
    g_string_append_c (record, ']');
}
