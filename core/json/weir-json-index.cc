/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-json-index-private.h"

#include <charconv>
#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>

namespace
{

using Parser = simdjson::internal::dom_parser_implementation;

constexpr gsize minimum_capacity = 4096;

/* The depth is of simdjson's second stage, which is not used. */
Parser *
make_parser (gsize capacity)
{
  std::unique_ptr<Parser> parser;
  auto error = simdjson::get_active_implementation ()->create_dom_parser_implementation (capacity,
                                                                                         1, parser);
  return error == simdjson::SUCCESS ? parser.release () : nullptr;
}

Parser *
get_parser (WeirJsonIndex *index, gsize length)
{
  auto parser = static_cast<Parser *> (index->parser);
  if (parser != nullptr && parser->capacity () >= length)
    return parser;

  gsize capacity = minimum_capacity;
  while (capacity < length)
    capacity *= 2;
  delete parser;
  index->parser = make_parser (MIN (capacity, gsize (G_MAXUINT32)));
  return static_cast<Parser *> (index->parser);
}

WeirJsonIndexStatus
status_of (simdjson::error_code error)
{
  switch (error)
    {
    case simdjson::SUCCESS:
      return WEIR_JSON_INDEX_GOOD;
    case simdjson::EMPTY:
      return WEIR_JSON_INDEX_EMPTY;
    case simdjson::UTF8_ERROR:
      return WEIR_JSON_INDEX_UTF8;
    case simdjson::UNCLOSED_STRING:
      return WEIR_JSON_INDEX_UNCLOSED;
    case simdjson::UNESCAPED_CHARS:
      return WEIR_JSON_INDEX_CONTROL;
    default:
      return WEIR_JSON_INDEX_SIZE;
    }
}

} // namespace

WeirJsonIndex *
weir_json_index_new (void)
{
  return g_new0 (WeirJsonIndex, 1);
}

void
weir_json_index_free (WeirJsonIndex *index)
{
  delete static_cast<Parser *> (index->parser);
  g_free (index);
}

WeirJsonIndexStatus
weir_json_index_build (WeirJsonIndex *index, const char *text, gsize length)
{
  index->positions = nullptr;
  index->n_positions = 0;
  if (length == 0)
    return WEIR_JSON_INDEX_EMPTY;
  if (length > simdjson::SIMDJSON_MAXSIZE_BYTES)
    return WEIR_JSON_INDEX_SIZE;
  Parser *parser = get_parser (index, length);
  if (parser == nullptr)
    return WEIR_JSON_INDEX_SIZE;

  auto error = parser->stage1 (reinterpret_cast<const uint8_t *> (text), length,
                               simdjson::stage1_mode::regular);
  if (error == simdjson::SUCCESS)
    {
      index->positions = parser->structural_indexes.get ();
      index->n_positions = parser->n_structural_indexes;
    }
  return status_of (error);
}

double
weir_json_parse_double (const char *text, gsize length)
{
  double value = 0;
  auto result = std::from_chars (text, text + length, value);
  if (G_LIKELY (result.ec == std::errc ()))
    return value;
  g_autofree char *copy = g_strndup (text, length);
  return g_ascii_strtod (copy, nullptr);
}

int
weir_json_shortest_digits (double value, char digits[WEIR_JSON_MAX_DIGITS], guint *n_digits)
{
  char text[64];
  auto result = std::to_chars (text, text + sizeof text, value, std::chars_format::scientific);
  char *e = result.ptr - 3;
  while (*e != 'e')
    e--;
  int exponent = 0;
  for (char *c = e + 2; c < result.ptr; c++)
    exponent = exponent * 10 + (*c - '0');
  digits[0] = text[0];
  gsize n = e - text > 2 ? e - text - 1 : 1;
  memcpy (digits + 1, text + 2, n - 1);
  *n_digits = n;
  return (e[1] == '-' ? -exponent : exponent) + 1;
}
