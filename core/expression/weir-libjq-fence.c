/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "expression/weir-jq-regex-private.h"
#include "expression/weir-libjq-private.h"

/* Definitions in front of a program take the place of jq's own in it, but not in what jq defines by
 * them: so what stands on a fenced function is defined again too. */

/* libjq 1.6 ends the process where a year does not fit, or a format is no string. */
static const char date_fence[]
    = "def _weir_gmtime: gmtime; def _weir_localtime: localtime; "
      "def _weir_time: if type == \"number\" and (. > 6e16 or . < -6e16 or isnan) then "
      "error(\"error converting number of seconds since epoch to datetime\") else . end; "
      "def _weir_form(f): f | if type == \"string\" then . else "
      "error(\"strftime/1 requires a string format\") end; "
      "def _weir_strftime(f): strftime(f); def _weir_strflocaltime(f): strflocaltime(f); "
      "def gmtime: _weir_time | _weir_gmtime; def localtime: _weir_time | _weir_localtime; "
      "def strftime(f): _weir_form(f) as $f | _weir_time | _weir_strftime($f); "
      "def strflocaltime(f): _weir_form(f) as $f | _weir_time | _weir_strflocaltime($f); "
      "def todateiso8601: strftime(\"%Y-%m-%dT%H:%M:%SZ\"); def todate: todateiso8601; ";

/* A slice that begins at not-a-number ends the process, and to delete such an element never ends.
 */
static const char bracket_fence[]
    = "def _weir_nan: type == \"number\" and isnan; "
      "def _weir_wrong: if type == \"object\" then .start | _weir_nan else false end; "
      "def _weir_start: if _weir_nan then error(\"a slice cannot begin at nan\") else . end; "
      "def _weir_key: if _weir_wrong then error(\"a slice cannot begin at nan\") else . end; "
      "def _weir_steps: if type == \"array\" and any(.[]; _weir_wrong) then "
      "error(\"a slice cannot begin at nan\") else . end; "
      "def _weir_getpath(p): getpath(p); def getpath(p): _weir_getpath(p | _weir_steps); "
      "def _weir_delpaths(p): delpaths(p); def delpaths(p): _weir_delpaths(p | "
      "if type == \"array\" then map(if type == \"array\" then _weir_steps "
      "| map(if _weir_nan then 1e300 else . end) else . end) else . end); "
      "def del(f): delpaths([path(f)]); "
      "def _weir_truncate_stream(s): truncate_stream(s); "
      "def truncate_stream(s): _weir_start | _weir_truncate_stream(s); ";

/* libjq makes all elements before the one that is assigned. Needs the fence above. */
static const char path_fence[]
    = "def _weir_path: if type == \"array\" and any(.[]; type == \"number\" and . >= 1048576) then "
      "error(\"an array would have more than 1048576 elements\") else _weir_steps end; "
      "def _weir_setpath(p; v): setpath(p; v); def _weir_assign(p; v): _assign(p; v); "
      "def setpath(p; v): _weir_setpath(p | _weir_path; v); "
      "def _assign(p; v): _weir_assign(getpath(path(p) | _weir_path); v); "
      "def _modify(p; u): reduce path(p) as $p (.; label $done "
      "| (setpath($p; getpath($p) | u) | ., break $done), delpaths([$p])); "
      "def map_values(f): .[] |= f; ";

/* The smallest integer modulo -1 ends the process; modulo -1 is 0, as modulo 1. */
static const char modulo_fence[]
    = "def _weir_mod(a; b): _mod(a; b); "
      "def _mod(a; b): _weir_mod(a; b | if type == \"number\" and . > -2 and . <= -1 "
      "then 1 else . end); ";

/* The positions of the empty string never end. */
static const char index_fence[]
    = "def _weir_indices($i): indices($i); "
      "def indices($i): if type == \"string\" and $i == \"\" then "
      "error(\"the empty string is everywhere: indices of it have no end\") "
      "else _weir_indices($i) end; "
      "def index($i): indices($i) | .[0]; def rindex($i): indices($i) | .[-1:][0]; ";

/* Where matches may be empty: libjq looks for the next one a byte behind an empty one, and ends the
 * process where that is inside a character; here each search is one of its own, through a prefix
 * that leads to where it begins. And gsub finds an empty match at the start for ever: there, the
 * matches of the text are replaced in place, as natively. */
static const char regex_fence[]
    = "def _weir_once: [explode[] | select(. != 103)] | implode; "
      "def _weir_global($re; $flags): . as $s | length as $n | ($flags | _weir_once) as $once "
      "| (if $flags | index(\"x\") then \"\\n)\" else \")\" end) as $stop "
      "| def _from($at): ($s | _match_impl(\"\\\\A[\\\\s\\\\S]{\\($at),}?\\\\K(?:\" + $re + $stop; "
      "$once; false)) | if length == 0 then empty else .[0] | ., "
      "((if .length == 0 then $at + 1 else .offset + .length end) | select(. < $n) | _from(.)) "
      "end; "
      "_from(0); "
      "def _weir_risky($re; $flags): type == \"string\" and ($re | type) == \"string\" "
      "and ($flags | type) == \"string\" and utf8bytelength != length "
      "and ($flags | index(\"g\") != null and index(\"n\") == null and index(\"l\") == null); "
      "def match(re; mode): mode as $mode | re as $re | if _weir_risky($re; $mode) "
      "then _weir_global($re; $mode) else _match_impl($re; $mode; false) | .[] end; "
      "def _weir_pattern: type as $vt | if $vt == \"string\" then [., null] "
      "elif $vt == \"array\" and length > 1 then .[0:2] "
      "elif $vt == \"array\" and length > 0 then [.[0], null] "
      "else error($vt + \" not a string or array\") end; "
      "def match($val): ($val | _weir_pattern) as $v | match($v[0]; $v[1]); "
      "def _weir_captures: reduce (.captures | .[] | select(.name != null) "
      "| {(.name): .string}) as $pair ({}; . + $pair); "
      "def capture(re; mods): match(re; mods) | _weir_captures; "
      "def capture($val): ($val | _weir_pattern) as $v | capture($v[0]; $v[1]); "
      "def scan(re): match(re; \"g\") | if (.captures | length > 0) "
      "then [.captures | .[] | .string] else .string end; "
      "def splits($re; flags): . as $s "
      "| [match($re; \"g\" + flags) | (.offset, .offset + .length)] | [0] + . + [$s | length] "
      "| _nwise(2) | $s[.[0]:.[1]]; "
      "def splits($re): splits($re; null); def split($re; flags): [splits($re; flags)]; "
      "def sub($re; s; flags): def _sub(once; gs): "
      "def _places($after): [match($re; once + \"g\")] | reduce .[] as $m ([]; "
      "if length > 0 and $m.length == 0 and .[-1].length == 0 and .[-1].offset == $m.offset "
      "then . else . + [$m] end) | if $after then .[1:] else . end; "
      "def _replace($in; $places; $from): if ($places | length) == 0 then $in[$from:] "
      "else $places[0] as $m | ($m | _weir_captures) | $in[$from:$m.offset] + s "
      "+ _replace($in; $places[1:]; $m.offset + $m.length) end; "
      "def _next($after): . as $in | [match($re; once)] | if length == 0 then $in "
      "else .[0] as $m | ($m.offset + $m.length) as $stop "
      "| if $stop == 0 and gs and ($in | length) > 0 "
      "then ($in | _places($after)) as $places | _replace($in; $places; 0) "
      "else ($m | _weir_captures) | $in[0:$m.offset] + s "
      "+ ($in[$stop:] | if length > 0 and gs then _next($m.length == 0) else . end) end end; "
      "_next(false); "
      "(flags | index(\"g\")) as $gs | (flags | if $gs then _weir_once else . end) as $once "
      "| _sub($once; $gs); "
      "def gsub($re; s; flags): sub($re; s; flags + \"g\"); "
      "def gsub($re; s): sub($re; s; \"g\"); ";

/* What a program has that is to be fenced. */
typedef struct
{
  gboolean dates;
  gboolean paths;
  gboolean brackets;
  gboolean modulo;
  gboolean indices;
  gboolean regexes;
} Risks;

static gboolean
is_one_of (const WeirJqAst *call, const char *const *names)
{
  return call->kind == WEIR_JQ_AST_CALL && call->target == NULL
         && g_strv_contains (names, call->name);
}

static gboolean
sets_path (const WeirJqAst *ast)
{
  static const char *const names[] = { "setpath", NULL };

  return ast->kind == WEIR_JQ_AST_ASSIGN || ast->kind == WEIR_JQ_AST_MODIFY
         || ast->kind == WEIR_JQ_AST_UPDATE || is_one_of (ast, names);
}

static gboolean
is_modulo (const WeirJqAst *ast)
{
  return (ast->kind == WEIR_JQ_AST_BINARY || ast->kind == WEIR_JQ_AST_UPDATE)
         && ast->operation == WEIR_JQ_MODULO;
}

static gboolean
may_be_empty (const WeirJqAst *pattern)
{
  g_autoptr (WeirJqRegex) regex = NULL;

  if (pattern->kind == WEIR_JQ_AST_TEXT)
    regex = weir_jq_regex_new (pattern->name, pattern->length, 0);
  return regex == NULL || weir_jq_regex_may_be_empty (regex);
}

/* What stands in the place of flags does not change which characters the pattern asks for. */
static gboolean
are_plain (const WeirJqAst *flags)
{
  return flags->kind == WEIR_JQ_AST_TEXT && strchr (flags->name, 'x') == NULL;
}

static gboolean
is_risky_regex (const WeirJqAst *call)
{
  static const char *const with_flags[]
      = { "match", "capture", "split", "splits", "sub", "gsub", NULL };
  static const char *const names[]
      = { "match", "capture", "scan", "split", "splits", "sub", "gsub", NULL };
  guint n = weir_jq_ast_length (call);
  guint flags = n - 1;

  if (!is_one_of (call, names) || n == 0 || (n == 1 && strcmp (call->name, "split") == 0))
    return FALSE;
  if (n > (strstr (call->name, "sub") != NULL ? 2 : 1) && g_strv_contains (with_flags, call->name)
      && !are_plain (weir_jq_ast_at (call, flags)))
    return TRUE;
  return may_be_empty (weir_jq_ast_at (call, 0));
}

static void
find_risks (const WeirJqTree *tree, Risks *risks)
{
  static const char *const dates[]
      = { "gmtime", "localtime", "strftime", "strflocaltime", "todate", "todateiso8601", NULL };
  static const char *const brackets[] = { "getpath", "delpaths", "del", "truncate_stream", NULL };
  static const char *const indices[] = { "indices", "index", "rindex", NULL };

  for (guint i = 0; i < tree->nodes->len; i++)
    {
      const WeirJqAst *ast = g_ptr_array_index (tree->nodes, i);

      risks->dates |= is_one_of (ast, dates);
      risks->paths |= sets_path (ast);
      risks->brackets |= is_one_of (ast, brackets);
      risks->modulo |= is_modulo (ast);
      risks->indices |= is_one_of (ast, indices);
      risks->regexes |= is_risky_regex (ast);
    }
  risks->brackets |= risks->paths || tree->brackets->len > 0;
}

/* The fences of what stands in brackets ---------------------------------------------------------
 */

typedef struct
{
  gsize at;
  const char *words;
} Insertion;

static int
compare_insertions (gconstpointer a, gconstpointer b)
{
  const Insertion *left = a;
  const Insertion *right = b;

  return left->at < right->at ? -1 : left->at > right->at;
}

/* [x] becomes [(x|_weir_key)], and [x:y] becomes [(x|_weir_start):y]. */
static void
append_source (GString *program, const WeirJqTree *tree)
{
  g_autoptr (GArray) insertions = g_array_new (FALSE, FALSE, sizeof (Insertion));
  gsize from = 0;

  for (guint i = 0; i < tree->brackets->len; i++)
    {
      const WeirJqBracket *bracket = &g_array_index (tree->brackets, WeirJqBracket, i);
      const Insertion both[]
          = { { bracket->start, "(" },
              { bracket->end, bracket->slices ? "|_weir_start)" : "|_weir_key)" } };

      g_array_append_vals (insertions, both, G_N_ELEMENTS (both));
    }
  g_array_sort (insertions, compare_insertions);
  for (guint i = 0; i < insertions->len; i++)
    {
      const Insertion *insertion = &g_array_index (insertions, Insertion, i);

      g_string_append_len (program, tree->source + from, (gssize)(insertion->at - from));
      g_string_append (program, insertion->words);
      from = insertion->at;
    }
  g_string_append (program, tree->source + from);
}

char *
weir_libjq_make_fence (const WeirJqTree *tree)
{
  Risks risks = { 0 };
  GString *program = g_string_new (NULL);

  find_risks (tree, &risks);
  if (risks.dates)
    g_string_append (program, date_fence);
  if (risks.brackets)
    g_string_append (program, bracket_fence);
  if (risks.paths)
    g_string_append (program, path_fence);
  if (risks.modulo)
    g_string_append (program, modulo_fence);
  if (risks.indices)
    g_string_append (program, index_fence);
  if (risks.regexes)
    g_string_append (program, regex_fence);
  if (program->len > 0)
    append_source (program, tree);
  return g_string_free (program, FALSE);
}
