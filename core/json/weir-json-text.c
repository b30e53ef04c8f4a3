/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-json-text-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "json/weir-json-index-private.h"

gboolean
weir_json_fault_set (WeirJsonFault *fault, WeirJsonError code, gsize offset, const char *reason)
{
  fault->code = code;
  fault->offset = offset;
  fault->reason = reason;
  return FALSE;
}

char *
weir_json_fault_to_text (const WeirJsonFault *fault)
{
  return g_strdup_printf ("offset %" G_GSIZE_FORMAT ": %s", fault->offset, fault->reason);
}

WeirFieldType
weir_json_type_of (char first)
{
  switch (first)
    {
    case '{':
      return WEIR_FIELD_OBJECT;
    case '[':
      return WEIR_FIELD_ARRAY;
    case '"':
      return WEIR_FIELD_STRING;
    case 't':
      return WEIR_FIELD_TRUE;
    case 'f':
      return WEIR_FIELD_FALSE;
    case 'n':
      return WEIR_FIELD_NULL;
    default:
      return WEIR_FIELD_NUMBER;
    }
}

const char *
weir_json_type_name (WeirFieldType type)
{
  static const char *const names[] = {
    "absent", "null", "a boolean", "a boolean", "a number", "a string", "an array", "an object",
  };

  g_assert (type < G_N_ELEMENTS (names));
  return names[type];
}

static const char *
skip_digits (const char *at, const char *end)
{
  while (at < end && g_ascii_isdigit (*at))
    at++;
  return at;
}

static const char *
skip_fraction (const char *at, const char *end)
{
  return at < end && *at == '.' ? skip_digits (at + 1, end) : at;
}

static const char *
skip_exponent (const char *at, const char *end)
{
  if (at == end || (*at != 'e' && *at != 'E'))
    return at;
  at++;
  if (at < end && (*at == '+' || *at == '-'))
    at++;
  return skip_digits (at, end);
}

/* -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?; each part that is there ends in a digit.
 */
static gboolean
check_number (const char *text, gsize length, WeirJsonFault *fault)
{
  const char *end = text + length;
  const char *start = text + (*text == '-');
  const char *whole = skip_digits (start, end);
  const char *fraction = skip_fraction (whole, end);
  const char *exponent = skip_exponent (fraction, end);

  if (whole > start && (*start != '0' || whole == start + 1) && g_ascii_isdigit (fraction[-1])
      && g_ascii_isdigit (exponent[-1]) && exponent == end)
    return TRUE;
  return weir_json_fault_set (fault, WEIR_JSON_ERROR_SYNTAX, 0, "malformed number");
}

static gboolean
check_literal (const char *text, gsize length, const char *literal, WeirJsonFault *fault)
{
  if (strlen (literal) == length && memcmp (text, literal, length) == 0)
    return TRUE;
  return weir_json_fault_set (fault, WEIR_JSON_ERROR_SYNTAX, 0,
                              "expected true, false, null, a number or a string");
}

static gboolean
is_escape (const char *at, const char *end)
{
  if (at[1] != 'u')
    return strchr ("\"\\/bfnrt", at[1]) != NULL && at[1] != '\0';
  if (end - at < 6)
    return FALSE;
  for (guint i = 2; i < 6; i++)
    if (!g_ascii_isxdigit (at[i]))
      return FALSE;
  return TRUE;
}

static gboolean
check_string (const char *text, gsize length, WeirJsonFault *fault)
{
  const char *end = text + length - 1;
  const char *at = text + 1;

  if (length < 2 || *end != '"')
    return weir_json_fault_set (fault, WEIR_JSON_ERROR_SYNTAX, 0, "string is not closed");
  while ((at = memchr (at, '\\', end - at)) != NULL)
    {
      if (!is_escape (at, end))
        return weir_json_fault_set (fault, WEIR_JSON_ERROR_SYNTAX, at - text, "malformed escape");
      at += 2;
    }
  return TRUE;
}

gboolean
weir_json_check_scalar (const char *text, gsize length, WeirJsonFault *fault)
{
  switch (weir_json_type_of (*text))
    {
    case WEIR_FIELD_STRING:
      return check_string (text, length, fault);
    case WEIR_FIELD_NUMBER:
      return check_number (text, length, fault);
    case WEIR_FIELD_TRUE:
      return check_literal (text, length, "true", fault);
    case WEIR_FIELD_FALSE:
      return check_literal (text, length, "false", fault);
    case WEIR_FIELD_NULL:
      return check_literal (text, length, "null", fault);
    default:
      return TRUE;
    }
}

static gunichar
read_hex (const char *digits)
{
  gunichar value = 0;

  for (guint i = 0; i < 4; i++)
    value = value << 4 | (gunichar)g_ascii_xdigit_value (digits[i]);
  return value;
}

/* @at: behind the backslash and the u; moved behind what was read. */
static gunichar
read_code_point (const char **at, const char *end)
{
  gunichar high = read_hex (*at);
  gunichar low;

  *at += 4;
  if (high < 0xd800 || high > 0xdfff)
    return high;
  if (high > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
    return 0xfffd;
  low = read_hex (*at + 2);
  if (low < 0xdc00 || low > 0xdfff)
    return 0xfffd;
  *at += 6;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static char
simple_escape (char letter)
{
  switch (letter)
    {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
    }
}

gsize
weir_json_unescape (const char *text, gsize length, char *out)
{
  const char *at = text;
  const char *end = text + length;
  char *to = out;

  while (at < end)
    {
      const char *escape = memchr (at, '\\', end - at);
      gsize plain = (escape != NULL ? escape : end) - at;

      memmove (to, at, plain);
      to += plain;
      if (escape == NULL)
        break;
      at = escape + 2;
      if (escape[1] == 'u')
        to += g_unichar_to_utf8 (read_code_point (&at, end), to);
      else
        *to++ = simple_escape (escape[1]);
    }
  return to - out;
}

char *
weir_json_dup_line (const char *json, gsize length)
{
  char *copy = g_strndup (json, length);

  g_strdelimit (copy, "\r\n", ' ');
  return copy;
}

static void
append_escaped (GString *json, guchar c)
{
  static const char short_forms[] = {
    ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'
  };

  if (c < sizeof short_forms && short_forms[c] != '\0')
    {
      g_string_append_c (json, '\\');
      g_string_append_c (json, short_forms[c]);
    }
  else
    g_string_append_printf (json, "\\u%04x", c);
}

static void
append_valid (GString *json, const char *text, gsize length)
{
  gsize start = 0;

  for (gsize i = 0; i < length; i++)
    if ((guchar)text[i] < 0x20 || text[i] == '"' || text[i] == '\\')
      {
        g_string_append_len (json, text + start, i - start);
        append_escaped (json, text[i]);
        start = i + 1;
      }
  g_string_append_len (json, text + start, length - start);
}

/**
 * weir_json_append_string: (skip)
 * @json: where the text goes
 * @text: what the string says
 * @length: its length in bytes, or -1 when @text ends with NUL
 *
 * Appends a JSON string in quotes, escaped as RFC 8259 asks and no more. What is not UTF-8 becomes
 * U+FFFD.
 */
void
weir_json_append_string (GString *json, const char *text, gssize length)
{
  const char *at = text;
  const char *end;
  const char *valid_end;

  g_return_if_fail (json != NULL && text != NULL);

  end = text + (length < 0 ? strlen (text) : (gsize)length);
  g_string_append_c (json, '"');
  while (!g_utf8_validate_len (at, end - at, &valid_end))
    { /* NUL is not valid for GLib: it is told apart */
      append_valid (json, at, valid_end - at);
      g_string_append (json, *valid_end == '\0' ? "\\u0000" : "\xef\xbf\xbd");
      at = valid_end + 1;
    }
  append_valid (json, at, end - at);
  g_string_append_c (json, '"');
}

/* Longest: sign, "0.", three zeros, 17 digits; or 17 digits, point and exponent. */
#define MAX_NUMBER 40

/* 1.5e+300, 1e-05: an exponent has its sign and two digits at least. */
static char *
put_scientific (char *to, const char *digits, int n, int exponent)
{
  int power = ABS (exponent - 1);

  *to++ = digits[0];
  if (n > 1)
    {
      *to++ = '.';
      to = mempcpy (to, digits + 1, n - 1);
    }
  *to++ = 'e';
  *to++ = exponent > 0 ? '+' : '-';
  if (power >= 100)
    *to++ = (char)('0' + power / 100);
  *to++ = (char)('0' + power / 10 % 10);
  *to++ = (char)('0' + power % 10);
  return to;
}

static char *
put_plain (char *to, const char *digits, int n, int exponent)
{
  int whole = CLAMP (exponent, 0, n);

  if (exponent <= 0)
    {
      to = mempcpy (to, "0.", 2);
      memset (to, '0', -exponent);
      return mempcpy (to - exponent, digits, n);
    }
  to = mempcpy (to, digits, whole);
  memset (to, '0', exponent - whole);
  to += exponent - whole;
  if (n == whole)
    return to;
  *to++ = '.';
  return mempcpy (to, digits + whole, n - whole);
}

/**
 * weir_json_append_double: (skip)
 * @json: where the text goes
 * @value: the number
 *
 * Appends the shortest text that reads back as the same number, as jq prints it. NaN gives null,
 * infinity the largest number there is.
 */
void
weir_json_append_double (GString *json, double value)
{
  char digits[WEIR_JSON_MAX_DIGITS];
  char text[MAX_NUMBER];
  char *to = text;
  int exponent;
  guint n;

  g_return_if_fail (json != NULL);

  if (isnan (value))
    {
      g_string_append (json, "null");
      return;
    }
  if (signbit (value))
    *to++ = '-';
  exponent = weir_json_shortest_digits (MIN (fabs (value), DBL_MAX), digits, &n);
  if (exponent <= -4 || exponent > (int)n + 15)
    to = put_scientific (to, digits, n, exponent);
  else
    to = put_plain (to, digits, n, exponent);
  g_string_append_len (json, text, to - text);
}
