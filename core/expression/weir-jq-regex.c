/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-regex-private.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

/* A match that goes on longer than this fails the record. */
#define MATCH_LIMIT     1000000
#define HEAP_LIMIT_KIB  20000
#define JIT_STACK_BYTES ((gsize)256 * 1024)

struct _WeirJqRegex
{
  pcre2_code *code;
  WeirJqRegexFlags flags;
  gboolean ascii_only; /* other subjects are libjq's */
  guint n_groups;
  const char **names; /* group from 1 on → name, or NULL */
  char *memory;
};

/* What a match needs that is not to be shared; one for each thread. */
typedef struct
{
  pcre2_match_data *data;
  pcre2_match_context *context;
  pcre2_jit_stack *stack;
} Matcher;

static void
matcher_free (gpointer data)
{
  Matcher *matcher = data;

  pcre2_match_data_free (matcher->data);
  pcre2_match_context_free (matcher->context);
  pcre2_jit_stack_free (matcher->stack);
  g_free (matcher);
}

static GPrivate thread_matcher = G_PRIVATE_INIT (matcher_free);

static Matcher *
get_matcher (void)
{
  Matcher *matcher = g_private_get (&thread_matcher);

  if (matcher != NULL)
    return matcher;
  matcher = g_new0 (Matcher, 1);
  matcher->data = pcre2_match_data_create (32, NULL);
  matcher->context = pcre2_match_context_create (NULL);
  matcher->stack = pcre2_jit_stack_create (4096, JIT_STACK_BYTES, NULL);
  pcre2_set_match_limit (matcher->context, MATCH_LIMIT);
  pcre2_set_heap_limit (matcher->context, HEAP_LIMIT_KIB);
  pcre2_jit_stack_assign (matcher->context, NULL, matcher->stack);
  g_private_set (&thread_matcher, matcher);
  return matcher;
}

static void
read_names (WeirJqRegex *regex)
{
  uint32_t n_names = 0;
  uint32_t size = 0;
  PCRE2_SPTR table = NULL;

  pcre2_pattern_info (regex->code, PCRE2_INFO_CAPTURECOUNT, &regex->n_groups);
  pcre2_pattern_info (regex->code, PCRE2_INFO_NAMECOUNT, &n_names);
  pcre2_pattern_info (regex->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
  pcre2_pattern_info (regex->code, PCRE2_INFO_NAMETABLE, &table);
  regex->names = g_new0 (const char *, regex->n_groups + 1);
  for (uint32_t i = 0; i < n_names; i++, table += size)
    regex->names[table[0] << 8 | table[1]] = (const char *)table + 2;
}

static pcre2_code *
compile (const char *pattern, WeirJqRegexFlags flags)
{
  pcre2_compile_context *context = pcre2_compile_context_create (NULL);
  uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C;
  PCRE2_SIZE offset;
  int error;
  pcre2_code *code;

  if (flags & WEIR_JQ_REGEX_CASELESS)
    options |= PCRE2_CASELESS;
  if (flags & WEIR_JQ_REGEX_DOT_ALL)
    options |= PCRE2_DOTALL;
  pcre2_set_newline (context, PCRE2_NEWLINE_LF);
  code = pcre2_compile ((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &error, &offset,
                        context);
  pcre2_compile_context_free (context);
  if (code != NULL)
    pcre2_jit_compile (code, PCRE2_JIT_COMPLETE);
  return code;
}

WeirJqRegex *
weir_jq_regex_new (const char *pattern, gsize length, WeirJqRegexFlags flags)
{
  gboolean ascii_only = FALSE;
  g_autofree char *translated = weir_jq_regex_translate (pattern, length, &ascii_only,
                                                         (flags & WEIR_JQ_REGEX_CASELESS) != 0);
  pcre2_code *code = translated != NULL ? compile (translated, flags) : NULL;
  WeirJqRegex *regex;

  if (code == NULL)
    return NULL;
  regex = g_new0 (WeirJqRegex, 1);
  regex->code = code;
  regex->flags = flags;
  regex->ascii_only = ascii_only;
  read_names (regex);
  return regex;
}

void
weir_jq_regex_free (WeirJqRegex *regex)
{
  pcre2_code_free (regex->code);
  g_free (regex->names);
  g_free (regex);
}

gboolean
weir_jq_regex_may_be_empty (const WeirJqRegex *regex)
{
  uint32_t may = 1;

  pcre2_pattern_info (regex->code, PCRE2_INFO_MATCHEMPTY, &may);
  return may != 0;
}

static gboolean
is_ascii (const char *text, gsize length)
{
  guchar bits = 0;

  for (gsize i = 0; i < length; i++)
    bits |= (guchar)text[i];
  return bits < 0x80;
}

/* @bounds: pairs of offsets, for the whole and each group; PCRE2_UNSET where a group has no part */
static WeirJqStatus
search (WeirJqRun *run, const WeirJqRegex *regex, const char *text, gsize length, gsize from,
        gboolean *found, const PCRE2_SIZE **bounds)
{
  Matcher *matcher = get_matcher ();
  uint32_t options = PCRE2_NO_UTF_CHECK;
  int n;

  if (regex->flags & WEIR_JQ_REGEX_NOT_EMPTY)
    options |= PCRE2_NOTEMPTY;
  n = pcre2_match (regex->code, (PCRE2_SPTR)text, length, from, options, matcher->data,
                   matcher->context);
  *found = n > 0;
  *bounds = pcre2_get_ovector_pointer (matcher->data);
  if (n >= 0 || n == PCRE2_ERROR_NOMATCH)
    return WEIR_JQ_GO;
  return weir_jq_fail (run, "Regex failure: the match takes too long");
}

WeirJqStatus
weir_jq_regex_test (WeirJqRun *run, const WeirJqRegex *regex, const char *text, gsize length,
                    gboolean *found)
{
  const PCRE2_SIZE *bounds;

  if (regex->ascii_only && !is_ascii (text, length))
    return WEIR_JQ_DEFER;
  return search (run, regex, text, length, 0, found, &bounds);
}

/* What match gives --------------------------------------------------------------------------- */

static WeirJqValue
make_name (const WeirJqRegex *regex, guint group)
{
  const char *name = regex->names[group];

  return name != NULL ? weir_jq_string (name, strlen (name)) : weir_jq_simple (WEIR_JQ_NULL);
}

/* The members of a group that matched nothing stand in another order. */
static WeirJqValue
make_capture (WeirJqRun *run, const WeirJqRegex *regex, const char *text, const PCRE2_SIZE *bounds,
              guint group)
{
  static const WeirJqValue offset = { .kind = WEIR_JQ_STRING, .length = 6, .text = "offset" };
  static const WeirJqValue size = { .kind = WEIR_JQ_STRING, .length = 6, .text = "length" };
  static const WeirJqValue string = { .kind = WEIR_JQ_STRING, .length = 6, .text = "string" };
  static const WeirJqValue name = { .kind = WEIR_JQ_STRING, .length = 4, .text = "name" };
  PCRE2_SIZE start = bounds[2 * group];
  PCRE2_SIZE end = bounds[2 * group + 1];
  WeirJqMember *members = weir_jq_allocate (run, 4 * sizeof (WeirJqMember));
  gboolean unset = start == PCRE2_UNSET;
  gboolean empty = start == end;
  gsize width = unset ? 0 : weir_jq_count_characters (text + start, end - start);

  members[0].key = offset;
  members[0].value = weir_jq_number (unset ? -1.0 : (double)weir_jq_count_characters (text, start));
  members[empty ? 2 : 1] = (WeirJqMember){ size, weir_jq_number ((double)width) };
  members[empty ? 1 : 2]
      = (WeirJqMember){ string, unset ? weir_jq_simple (WEIR_JQ_NULL)
                                      : weir_jq_string (text + start, end - start) };
  members[3] = (WeirJqMember){ name, make_name (regex, group) };
  return weir_jq_object (members, 4);
}

static WeirJqValue
make_match (WeirJqRun *run, const WeirJqRegex *regex, const char *text, const PCRE2_SIZE *bounds)
{
  gboolean empty = bounds[0] == bounds[1];
  WeirJqMember *members = weir_jq_allocate (run, 4 * sizeof (WeirJqMember));
  WeirJqValue *captures = weir_jq_allocate (run, regex->n_groups * sizeof (WeirJqValue));
  gsize width = weir_jq_count_characters (text + bounds[0], bounds[1] - bounds[0]);

  for (guint i = 0; i < regex->n_groups && !empty; i++)
    captures[i] = make_capture (run, regex, text, bounds, i + 1);
  members[0]
      = (WeirJqMember){ weir_jq_string ("offset", 6),
                        weir_jq_number ((double)weir_jq_count_characters (text, bounds[0])) };
  members[1] = (WeirJqMember){ weir_jq_string ("length", 6), weir_jq_number ((double)width) };
  members[2] = (WeirJqMember){ weir_jq_string ("string", 6),
                               weir_jq_string (text + bounds[0], bounds[1] - bounds[0]) };
  members[3] = (WeirJqMember){ weir_jq_string ("captures", 8),
                               weir_jq_array (captures, empty ? 0 : regex->n_groups) };
  return weir_jq_object (members, 4);
}

/* As in jq, the search goes on one character behind where it began when the match is empty, so that
 * one match may come more than once. jq 1.6 goes on one byte behind, and ends the process where
 * that is inside a character. */
WeirJqStatus
weir_jq_regex_match (WeirJqRun *run, const WeirJqRegex *regex, const char *text, gsize length,
                     gboolean global, WeirJqValue *output)
{
  guint begin = run->stack->len;
  WeirJqStatus status = WEIR_JQ_GO;
  gsize at = 0;

  if (regex->ascii_only && !is_ascii (text, length))
    return WEIR_JQ_DEFER;
  do
    {
      const PCRE2_SIZE *bounds;
      gboolean found;
      WeirJqValue match;

      status = search (run, regex, text, length, at, &found, &bounds);
      if (status != WEIR_JQ_GO || !found)
        break;
      match = make_match (run, regex, text, bounds);
      weir_jq_push (run, &match);
      at = bounds[0] == bounds[1] ? at + g_utf8_skip[(guchar)text[at]] : bounds[1];
    }
  while (status == WEIR_JQ_GO && global && at < length);
  *output = weir_jq_pop_array (run, begin);
  return status;
}
