/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "expression/weir-jq-node-private.h"

#define FUNCTION(name)                                                                             \
  static WeirJqStatus name (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,      \
                            const WeirJqValue *arguments, WeirJqValue *output)

static gboolean
are_strings (const WeirJqValue *a, const WeirJqValue *b)
{
  return a->kind == WEIR_JQ_STRING && b->kind == WEIR_JQ_STRING;
}

/* Pieces ------------------------------------------------------------------------------------- */

static gboolean
begins (WeirJqRun *run, const WeirJqValue *string, const WeirJqValue *part)
{
  gsize length;
  gsize width;
  const char *text = weir_jq_get_text (run, string, &length);
  const char *start = weir_jq_get_text (run, part, &width);

  return width <= length && memcmp (text, start, width) == 0;
}

static gboolean
ends (WeirJqRun *run, const WeirJqValue *string, const WeirJqValue *part)
{
  gsize length;
  gsize width;
  const char *text = weir_jq_get_text (run, string, &length);
  const char *end = weir_jq_get_text (run, part, &width);

  return width <= length && memcmp (text + length - width, end, width) == 0;
}

FUNCTION (starts_with)
{
  if (!are_strings (input, arguments))
    return weir_jq_fail (run, "startswith() requires string inputs");
  *output = weir_jq_boolean (begins (run, input, arguments));
  return WEIR_JQ_GO;
}

FUNCTION (ends_with)
{
  if (!are_strings (input, arguments))
    return weir_jq_fail (run, "endswith() requires string inputs");
  *output = weir_jq_boolean (ends (run, input, arguments));
  return WEIR_JQ_GO;
}

FUNCTION (trim_start)
{
  gsize length;
  gsize width;
  const char *text;

  *output = *input;
  if (!are_strings (input, arguments) || !begins (run, input, arguments))
    return WEIR_JQ_GO;
  text = weir_jq_get_text (run, input, &length);
  weir_jq_get_text (run, arguments, &width);
  *output = weir_jq_string (text + width, length - width);
  return WEIR_JQ_GO;
}

FUNCTION (trim_end)
{
  gsize length;
  gsize width;
  const char *text;

  *output = *input;
  if (!are_strings (input, arguments) || !ends (run, input, arguments))
    return WEIR_JQ_GO;
  text = weir_jq_get_text (run, input, &length);
  weir_jq_get_text (run, arguments, &width);
  *output = weir_jq_string (text, length - width);
  return WEIR_JQ_GO;
}

FUNCTION (split)
{
  if (!are_strings (input, arguments))
    return weir_jq_fail (run, "split input and separator must be strings");
  return weir_jq_split (run, input, arguments, output);
}

/* join --------------------------------------------------------------------------------------- */

static WeirJqStatus
append_element (WeirJqRun *run, const WeirJqValue *element, GString *text)
{
  WeirJqValue made;
  WeirJqValue before;
  gsize length;
  const char *from;

  if (element->kind == WEIR_JQ_NULL)
    return WEIR_JQ_GO;
  if (element->kind > WEIR_JQ_STRING)
    {
      before = weir_jq_take_string (run, text);
      return weir_jq_fail_values (run, &before, element, "cannot be added");
    }
  if (element->kind < WEIR_JQ_STRING)
    return weir_jq_dump (run, element, text);
  made = *element;
  from = weir_jq_get_text (run, &made, &length);
  g_string_append_len (text, from, length);
  return WEIR_JQ_GO;
}

static WeirJqStatus
append_separator (WeirJqRun *run, const WeirJqValue *separator, GString *text)
{
  WeirJqValue before;
  gsize length;
  const char *from;

  if (separator->kind == WEIR_JQ_NULL)
    return WEIR_JQ_GO;
  if (separator->kind != WEIR_JQ_STRING)
    {
      before = weir_jq_take_string (run, text);
      return weir_jq_fail_values (run, &before, separator, "cannot be added");
    }
  from = weir_jq_get_text (run, separator, &length);
  g_string_append_len (text, from, length);
  return WEIR_JQ_GO;
}

FUNCTION (join)
{
  WeirJqValue array;
  WeirJqStatus status = weir_jq_list_values (run, input, &array);

  g_string_truncate (run->text, 0);
  for (guint i = 0; status == WEIR_JQ_GO && i < array.length; i++)
    {
      if (i > 0)
        status = append_separator (run, arguments, run->text);
      if (status == WEIR_JQ_GO)
        status = append_element (run, &array.elements[i], run->text);
    }
  if (status == WEIR_JQ_GO)
    *output = weir_jq_take_string (run, run->text);
  return status;
}

/* Characters --------------------------------------------------------------------------------- */

FUNCTION (explode)
{
  guint from = run->stack->len;
  const char *text;
  const char *end;
  gsize length;

  if (input->kind != WEIR_JQ_STRING)
    return weir_jq_fail (run, "explode input must be a string");
  text = weir_jq_get_text (run, input, &length);
  for (end = text + length; text < end; text = g_utf8_next_char (text))
    {
      WeirJqValue character = weir_jq_number (g_utf8_get_char (text));

      weir_jq_push (run, &character);
    }
  *output = weir_jq_pop_array (run, from);
  return WEIR_JQ_GO;
}

FUNCTION (implode)
{
  WeirJqValue array = *input;
  WeirJqStatus status;

  if (input->kind != WEIR_JQ_ARRAY)
    return weir_jq_fail (run, "implode input must be an array");
  status = weir_jq_open (run, &array);
  g_string_truncate (run->text, 0);
  for (guint i = 0; status == WEIR_JQ_GO && i < array.length; i++)
    {
      double number;

      if (array.elements[i].kind != WEIR_JQ_NUMBER)
        return weir_jq_fail_value (run, &array.elements[i],
                                   "can't be imploded, unicode codepoint needs to be numeric");
      number = weir_jq_get_number (&array.elements[i]);
      if (number > -1 && number < 0x110000 && !(number >= 0xd800 && number < 0xe000))
        g_string_append_unichar (run->text, (gunichar)(gint32)number);
      else
        g_string_append_unichar (run->text, 0xfffd);
    }
  if (status == WEIR_JQ_GO)
    *output = weir_jq_take_string (run, run->text);
  return status;
}

static WeirJqStatus
change_case (WeirJqRun *run, const WeirJqValue *input, char first, char last, WeirJqValue *output)
{
  gsize length;
  const char *text;
  char *changed;

  if (input->kind != WEIR_JQ_STRING)
    return weir_jq_fail (run, "explode input must be a string");
  text = weir_jq_get_text (run, input, &length);
  changed = weir_jq_allocate (run, MAX (length, 1));
  for (gsize i = 0; i < length; i++)
    changed[i] = (char)(text[i] >= first && text[i] <= last ? text[i] ^ 0x20 : text[i]);
  *output = weir_jq_string (changed, length);
  return WEIR_JQ_GO;
}

FUNCTION (downcase) { return change_case (run, input, 'A', 'Z', output); }

FUNCTION (upcase) { return change_case (run, input, 'a', 'z', output); }

FUNCTION (count_bytes)
{
  gsize length;

  if (input->kind != WEIR_JQ_STRING)
    return weir_jq_fail_value (run, input, "only strings have UTF-8 byte length");
  weir_jq_get_text (run, input, &length);
  *output = weir_jq_number (length);
  return WEIR_JQ_GO;
}

/* Positions ---------------------------------------------------------------------------------- */

/* Positions are bytes, and may overlap. */
static WeirJqStatus
find_text (WeirJqRun *run, const WeirJqValue *string, const WeirJqValue *part, WeirJqValue *output)
{
  gsize length;
  gsize width;
  const char *text = weir_jq_get_text (run, string, &length);
  const char *wanted = weir_jq_get_text (run, part, &width);
  const char *end = text + length;
  guint from = run->stack->len;

  if (width == 0)
    return weir_jq_fail (run, "the empty string is everywhere: indices of it have no end");
  for (const char *at = text; (at = memmem (at, end - at, wanted, width)) != NULL; at++)
    {
      WeirJqValue position = weir_jq_number (at - text);

      weir_jq_push (run, &position);
    }
  *output = weir_jq_pop_array (run, from);
  return WEIR_JQ_GO;
}

FUNCTION (indices)
{
  WeirJqValue part;

  if (are_strings (input, arguments))
    return find_text (run, input, arguments, output);
  part = input->kind == WEIR_JQ_ARRAY && arguments->kind != WEIR_JQ_ARRAY
             ? weir_jq_array (arguments, 1)
             : *arguments;
  return weir_jq_get (run, input, &part, output);
}

FUNCTION (first_index)
{
  WeirJqValue all;
  WeirJqValue first = weir_jq_number (0);
  WeirJqStatus status = indices (run, node, input, arguments, &all);

  return status == WEIR_JQ_GO ? weir_jq_get (run, &all, &first, output) : status;
}

FUNCTION (last_index)
{
  WeirJqValue all;
  WeirJqValue end;
  WeirJqValue first = weir_jq_number (0);
  WeirJqValue last = weir_jq_number (-1);
  WeirJqValue open = weir_jq_simple (WEIR_JQ_NULL);
  WeirJqValue key = weir_jq_slice_key (run, &last, &open);
  WeirJqStatus status = indices (run, node, input, arguments, &all);

  if (status == WEIR_JQ_GO)
    status = weir_jq_get (run, &all, &key, &end);
  return status == WEIR_JQ_GO ? weir_jq_get (run, &end, &first, output) : status;
}

/* JSON --------------------------------------------------------------------------------------- */

FUNCTION (to_text) { return weir_jq_to_text (run, input, output); }

FUNCTION (to_json)
{
  WeirJqStatus status;

  g_string_truncate (run->text, 0);
  status = weir_jq_dump (run, input, run->text);
  *output = weir_jq_take_string (run, run->text);
  return status;
}

static gsize
skip_digits (const char *text, gsize length, gsize at)
{
  while (at < length && g_ascii_isdigit (text[at]))
    at++;
  return at;
}

/* What jq takes for a number: also with a plus, and without digits on one side of the point. */
static gboolean
is_number (const char *text, gsize length)
{
  gsize at = length > 0 && (*text == '-' || *text == '+');
  gsize whole = skip_digits (text, length, at);
  gsize fraction = whole;
  guint n_digits = whole - at;

  if (whole < length && text[whole] == '.')
    {
      fraction = skip_digits (text, length, whole + 1);
      n_digits += fraction - whole - 1;
    }
  if (n_digits == 0)
    return FALSE;
  if (fraction == length)
    return TRUE;
  if (text[fraction] != 'e' && text[fraction] != 'E')
    return FALSE;
  at = fraction + 1;
  at += at < length && (text[at] == '-' || text[at] == '+');
  return at < length && skip_digits (text, length, at) == length;
}

static void
strip (const char **text, gsize *length)
{
  while (*length > 0 && strchr (" \t\r\n", **text) != NULL && **text != '\0')
    {
      (*text)++;
      (*length)--;
    }
  while (*length > 0 && strchr (" \t\r\n", (*text)[*length - 1]) != NULL
         && (*text)[*length - 1] != '\0')
    (*length)--;
}

/* Only libjq knows what else its parser takes. */
static gboolean
is_odd (const char *text, gsize length)
{
  return memchr (text, '\0', length) != NULL
         || (length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
         || (length >= 3 && memcmp (text, "nan", 3) == 0);
}

FUNCTION (to_number)
{
  gsize length;
  gsize whole;
  const char *text;
  const char *start;
  g_autofree char *copy = NULL;

  *output = *input;
  if (input->kind == WEIR_JQ_NUMBER)
    return WEIR_JQ_GO;
  if (input->kind != WEIR_JQ_STRING)
    return weir_jq_fail_value (run, input, "cannot be parsed as a number");
  start = text = weir_jq_get_text (run, input, &length);
  whole = length;
  strip (&text, &length);
  if (is_odd (text, length))
    return WEIR_JQ_DEFER;
  copy = g_strndup (text, length);
  if (is_number (text, length))
    *output = weir_jq_number (g_ascii_strtod (copy, NULL));
  else if (length > 0 && strchr ("[{\"tfn", *text) != NULL && weir_json_check (text, length, NULL))
    return weir_jq_fail_value (run, input, "cannot be parsed as a number");
  else if (length == 0)
    return weir_jq_fail (run, "Expected JSON value (while parsing '%.*s')", (int)whole, start);
  else
    return weir_jq_fail (
        run, "Invalid numeric literal at EOF at line 1, column %d (while parsing '%.*s')",
        (int)whole, (int)whole, start);
  return WEIR_JQ_GO;
}

/* A line break can only be white space; output may have none. */
FUNCTION (from_json)
{
  gsize length;
  const char *text;
  char *copy;
  WeirJqValue raw;

  if (input->kind != WEIR_JQ_STRING)
    return weir_jq_fail_value (run, input, "only strings can be parsed");
  text = weir_jq_get_text (run, input, &length);
  strip (&text, &length);
  if (length == 0)
    return weir_jq_fail (run, "Expected JSON value (while parsing '')");
  if (!weir_json_check (text, length, NULL))
    return WEIR_JQ_DEFER;
  raw = weir_jq_raw (text, length);
  if (raw.kind >= WEIR_JQ_ARRAY && (memchr (text, '\n', length) || memchr (text, '\r', length)))
    {
      raw.text = copy = weir_jq_copy_text (run, text, length);
      for (gsize i = 0; i < length; i++)
        if (copy[i] == '\n' || copy[i] == '\r')
          copy[i] = ' ';
    }
  *output = raw;
  return WEIR_JQ_GO;
}

FUNCTION (format)
{
  gsize length;
  const char *text;
  g_autofree char *name = NULL;

  if (arguments->kind != WEIR_JQ_STRING)
    return weir_jq_fail_value (run, arguments, "is not a valid format");
  text = weir_jq_get_text (run, arguments, &length);
  name = g_strndup (text, length);
  return weir_jq_has_format (name) ? weir_jq_format (run, name, input, output) : WEIR_JQ_DEFER;
}

static const WeirJqFunctionEntry entries[] = {
  { "startswith", 1, starts_with },
  { "endswith", 1, ends_with },
  { "ltrimstr", 1, trim_start },
  { "rtrimstr", 1, trim_end },
  { "split", 1, split },
  { "join", 1, join },
  { "explode", 0, explode },
  { "implode", 0, implode },
  { "ascii_downcase", 0, downcase },
  { "ascii_upcase", 0, upcase },
  { "indices", 1, indices },
  { "index", 1, first_index },
  { "rindex", 1, last_index },
  { "tostring", 0, to_text },
  { "tojson", 0, to_json },
  { "tonumber", 0, to_number },
  { "fromjson", 0, from_json },
  { "format", 1, format },
  { "utf8bytelength", 0, count_bytes },
};

WeirJqFunction
weir_jq_find_text_function (const char *name, guint arity)
{
  return weir_jq_find_entry (entries, G_N_ELEMENTS (entries), name, arity);
}
