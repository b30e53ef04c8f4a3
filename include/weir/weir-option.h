/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <weir/weir-expression.h>

G_BEGIN_DECLS

/**
 * WeirOptionKind:
 * @WEIR_OPTION_BOOLEAN: `gboolean`
 * @WEIR_OPTION_INT64: `gint64`
 * @WEIR_OPTION_UINT64: `guint64`
 * @WEIR_OPTION_DOUBLE: `double`
 * @WEIR_OPTION_STRING: `char *`
 * @WEIR_OPTION_ENUM: `guint`, the index of one of the choices
 * @WEIR_OPTION_DURATION: `guint64`, nanoseconds; written "50ms"
 * @WEIR_OPTION_SIZE: `guint64`, bytes; written "64KiB", or a number of bytes
 * @WEIR_OPTION_PERIOD: #WeirPeriod; written as a count (1000) or a duration ("10s")
 * @WEIR_OPTION_EXPRESSION: `WeirExpression *`
 * @WEIR_OPTION_STRINGS: `GStrv`; written as a list, or one string
 * @WEIR_OPTION_PATHS: `GStrv`, field paths; written as a list, or one string
 * @WEIR_OPTION_MAP: `GPtrArray *` of #WeirOptionEntry; written as an object
 * @WEIR_OPTION_JSON: `JsonNode *`; any JSON
 *
 * The kind of an option, and the C type of the struct member that holds it.
 * The stage owns the value; the core sets and frees it.
 */
typedef enum
{
  WEIR_OPTION_BOOLEAN,
  WEIR_OPTION_INT64,
  WEIR_OPTION_UINT64,
  WEIR_OPTION_DOUBLE,
  WEIR_OPTION_STRING,
  WEIR_OPTION_ENUM,
  WEIR_OPTION_DURATION,
  WEIR_OPTION_SIZE,
  WEIR_OPTION_PERIOD,
  WEIR_OPTION_EXPRESSION,
  WEIR_OPTION_STRINGS,
  WEIR_OPTION_PATHS,
  WEIR_OPTION_MAP,
  WEIR_OPTION_JSON,
} WeirOptionKind;

/**
 * WeirMapKind:
 * @WEIR_MAP_EXPRESSIONS: values are jq expressions
 * @WEIR_MAP_STRINGS: values are strings, of the option's choices when it has any
 * @WEIR_MAP_PATHS: values are field paths
 * @WEIR_MAP_RANGES: values are `[low, high]`; null leaves a side open
 *
 * What the values of a %WEIR_OPTION_MAP are; with %WEIR_MAP_PATH_KEYS the keys are field paths,
 * else they are names.
 */
typedef enum
{
  WEIR_MAP_EXPRESSIONS,
  WEIR_MAP_STRINGS,
  WEIR_MAP_PATHS,
  WEIR_MAP_RANGES,
  WEIR_MAP_PATH_KEYS = 1 << 8,
} WeirMapKind;

/**
 * WeirPeriod: (skip)
 * @count: records, or 0
 * @duration: nanoseconds, or 0
 *
 * A count or a duration; both are 0 when the option is not given.
 */
typedef struct
{
  guint64 count;
  guint64 duration;
} WeirPeriod;

/**
 * WeirOptionEntry: (skip)
 * @key: the key, a name or a field path
 * @text: the value of a string or path
 * @expression: the value of an expression
 * @low: lower bound of a range, -INFINITY when open
 * @high: upper bound of a range, INFINITY when open
 *
 * One entry of a %WEIR_OPTION_MAP, in the order of the file.
 */
typedef struct
{
  char *key;
  char *text;
  WeirExpression *expression;
  double low;
  double high;
} WeirOptionEntry;

/**
 * WeirOption:
 *
 * One row of a stage's option table. From it come the GObject property, the parser, the checker,
 * `weir inspect`, `weir schema` and the documentation. Ranges are inclusive. The default of a kind
 * without a macro parameter for it is in @fallback, written as in a launch line; %NULL: not set.
 */
typedef struct
{
  const char *name;
  WeirOptionKind kind;
  gsize offset;
  const char *doc;
  gboolean required;
  WeirMapKind map;
  double minimum;
  double maximum;
  const char *fallback;
  const char *const *choices;
} WeirOption;

#define WEIR_OPTION_ROW(name_, kind_, Type, member, ...)                                           \
  {                                                                                                \
    .name = name_, .kind = kind_, .offset = G_STRUCT_OFFSET (Type, member), __VA_ARGS__            \
  }
#define WEIR_OPTION_BOOLEAN(name, Type, member, fallback_, doc_)                                   \
  WEIR_OPTION_ROW (name, WEIR_OPTION_BOOLEAN, Type, member, .fallback = fallback_, .doc = doc_)
#define WEIR_OPTION_INT64(name, Type, member, min_, max_, fallback_, doc_)                         \
  WEIR_OPTION_ROW (name, WEIR_OPTION_INT64, Type, member, .minimum = min_, .maximum = max_,        \
                   .fallback = fallback_, .doc = doc_)
#define WEIR_OPTION_UINT64(name, Type, member, min_, max_, fallback_, doc_)                        \
  WEIR_OPTION_ROW (name, WEIR_OPTION_UINT64, Type, member, .minimum = min_, .maximum = max_,       \
                   .fallback = fallback_, .doc = doc_)
#define WEIR_OPTION_DOUBLE(name, Type, member, min_, max_, fallback_, doc_)                        \
  WEIR_OPTION_ROW (name, WEIR_OPTION_DOUBLE, Type, member, .minimum = min_, .maximum = max_,       \
                   .fallback = fallback_, .doc = doc_)
#define WEIR_OPTION_STRING(name, Type, member, fallback_, doc_)                                    \
  WEIR_OPTION_ROW (name, WEIR_OPTION_STRING, Type, member, .fallback = fallback_, .doc = doc_)
#define WEIR_OPTION_ENUM(name, Type, member, choices_, fallback_, doc_)                            \
  WEIR_OPTION_ROW (name, WEIR_OPTION_ENUM, Type, member, .choices = choices_,                      \
                   .fallback = fallback_, .doc = doc_)
#define WEIR_OPTION_DURATION(name, Type, member, fallback_, doc_)                                  \
  WEIR_OPTION_ROW (name, WEIR_OPTION_DURATION, Type, member, .fallback = fallback_, .doc = doc_)
#define WEIR_OPTION_SIZE(name, Type, member, min_, max_, fallback_, doc_)                          \
  WEIR_OPTION_ROW (name, WEIR_OPTION_SIZE, Type, member, .minimum = min_, .maximum = max_,         \
                   .fallback = fallback_, .doc = doc_)
#define WEIR_OPTION_PERIOD(name, Type, member, doc_)                                               \
  WEIR_OPTION_ROW (name, WEIR_OPTION_PERIOD, Type, member, .doc = doc_)
#define WEIR_OPTION_EXPRESSION(name, Type, member, required_, doc_)                                \
  WEIR_OPTION_ROW (name, WEIR_OPTION_EXPRESSION, Type, member, .required = required_, .doc = doc_)
#define WEIR_OPTION_STRINGS(name, Type, member, required_, doc_)                                   \
  WEIR_OPTION_ROW (name, WEIR_OPTION_STRINGS, Type, member, .required = required_, .doc = doc_)
#define WEIR_OPTION_PATHS(name, Type, member, required_, doc_)                                     \
  WEIR_OPTION_ROW (name, WEIR_OPTION_PATHS, Type, member, .required = required_, .doc = doc_)
#define WEIR_OPTION_MAP(name, Type, member, map_, choices_, required_, doc_)                       \
  WEIR_OPTION_ROW (name, WEIR_OPTION_MAP, Type, member, .map = map_, .choices = choices_,          \
                   .required = required_, .doc = doc_)
#define WEIR_OPTION_JSON(name, Type, member, doc_)                                                 \
  WEIR_OPTION_ROW (name, WEIR_OPTION_JSON, Type, member, .doc = doc_)

G_END_DECLS
