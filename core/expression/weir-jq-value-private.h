/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string.h>

#include "json/weir-json-index-private.h"
#include "json/weir-json-text-private.h"

G_BEGIN_DECLS

/* What an evaluation step comes to.
 *
 * GO: on with the next output. STOP: whoever asked has enough. ERROR: the error of jq in
 * run->error, which `try` catches. BREAK: to the label run->label. FAULT: the record is not JSON;
 * nothing catches it. DEFER: the native engine does not decide this; libjq shall, from the start.
 */
typedef enum
{
  WEIR_JQ_GO,
  WEIR_JQ_STOP,
  WEIR_JQ_ERROR,
  WEIR_JQ_BREAK,
  WEIR_JQ_FAULT,
  WEIR_JQ_DEFER,
} WeirJqStatus;

/* In the order in which jq sorts. */
typedef enum
{
  WEIR_JQ_NULL,
  WEIR_JQ_FALSE,
  WEIR_JQ_TRUE,
  WEIR_JQ_NUMBER,
  WEIR_JQ_STRING,
  WEIR_JQ_ARRAY,
  WEIR_JQ_OBJECT,
} WeirJqKind;

typedef struct _WeirJqValue WeirJqValue;
typedef struct _WeirJqMember WeirJqMember;

/* A value: raw, as it stands in JSON text, or made.
 *
 *            raw: text, length             made
 *   number   the token: exact              number
 *   string   the token, in quotes          text, length: what it says
 *   array    the text, of any depth        elements, length
 *   object   the text, of any depth        members, length; each key once
 *
 * Raw values are taken apart one level at a time when somebody looks in, and copied as they are
 * when nobody does. Everything a value points to lives in the record, the program or the run's
 * arena, and never changes. */
struct _WeirJqValue
{
  guint8 kind;
  gboolean raw : 8;
  guint32 length;
  union
  {
    const char *text;
    const WeirJqValue *elements;
    const WeirJqMember *members;
    double number;
  };
};

struct _WeirJqMember
{
  WeirJqValue key; /* a made string */
  WeirJqValue value;
};

/* Memory of one evaluation: it is given back as a whole when the next one begins. What one record
 * needed beyond the first block is freed then. */
typedef struct
{
  char *block;
  gsize size;
  gsize used;
  gsize total;       /* of all blocks */
  GPtrArray *filled; /* blocks before this one */
} WeirJqArena;

/* Bytes at which an evaluation is left to libjq, which frees what it no longer needs. */
#define WEIR_JQ_MAX_MEMORY ((gsize)256 * 1024 * 1024)
/* Calls of the evaluator within each other at which an evaluation is left to libjq, whose stack is
 * on the heap. */
#define WEIR_JQ_MAX_DEPTH 3000

/* The state of evaluations on one thread, used again and again; one evaluation at a time. */
typedef struct
{
  WeirJqArena arena;
  WeirJsonIndex *index;
  GArray *stack; /* of WeirJqValue: collects elements whose number is not known yet */
  GArray *keys;  /* of WeirField: those of the objects that a check is inside of */
  GString *text; /* scratch */

  const char *record; /* text of the record in hand */
  gsize record_length;
  const WeirField *fields;
  const guint *slots; /* of the program's paths in `fields` */
  WeirJqValue *variables;
  guint depth;

  WeirJqValue error;
  gconstpointer label;
  WeirJsonFault fault; /* offset from the start of the record */
} WeirJqRun;

gpointer weir_jq_allocate (WeirJqRun *run, gsize size);
char *weir_jq_copy_text (WeirJqRun *run, const char *text, gsize length);
void weir_jq_run_init (WeirJqRun *run);
void weir_jq_run_clear (WeirJqRun *run);
/* Begins an evaluation. */
void weir_jq_run_reset (WeirJqRun *run);

/* Making values ------------------------------------------------------------------------------- */

static inline WeirJqValue
weir_jq_simple (WeirJqKind kind)
{
  return (WeirJqValue){ .kind = kind };
}

static inline WeirJqValue
weir_jq_boolean (gboolean value)
{
  return (WeirJqValue){ .kind = value ? WEIR_JQ_TRUE : WEIR_JQ_FALSE };
}

static inline WeirJqValue
weir_jq_number (double number)
{
  return (WeirJqValue){ .kind = WEIR_JQ_NUMBER, .number = number };
}

/* Borrows the text. */
static inline WeirJqValue
weir_jq_string (const char *text, gsize length)
{
  return (WeirJqValue){ .kind = WEIR_JQ_STRING, .length = length, .text = text };
}

static inline WeirJqValue
weir_jq_array (const WeirJqValue *elements, guint length)
{
  return (WeirJqValue){ .kind = WEIR_JQ_ARRAY, .length = length, .elements = elements };
}

static inline WeirJqValue
weir_jq_object (const WeirJqMember *members, guint length)
{
  return (WeirJqValue){ .kind = WEIR_JQ_OBJECT, .length = length, .members = members };
}

/* Borrows a token or container of checked JSON. */
WeirJqValue weir_jq_raw (const char *text, gsize length);
/* The record in hand, which has been scanned and so is not empty. */
WeirJqValue weir_jq_trim_record (const WeirJqRun *run);

static inline WeirJqValue
weir_jq_get_record (const WeirJqRun *run)
{
  const char *text = run->record;
  gsize length = run->record_length;

  if (G_LIKELY (text[0] == '{' && text[length - 1] == '}'))
    return (WeirJqValue){ .kind = WEIR_JQ_OBJECT, .raw = TRUE, .length = length, .text = text };
  return weir_jq_trim_record (run);
}

WeirJqValue weir_jq_take_string (WeirJqRun *run, const GString *text);

/* The elements that were pushed on run->stack since it was @from long. */
WeirJqValue weir_jq_pop_array (WeirJqRun *run, guint from);

static inline void
weir_jq_push (WeirJqRun *run, const WeirJqValue *value)
{
  g_array_append_vals (run->stack, value, 1);
}

/* Looking in ---------------------------------------------------------------------------------- */

static inline gboolean
weir_jq_is_true (const WeirJqValue *value)
{
  return value->kind > WEIR_JQ_FALSE;
}

double weir_jq_parse_number (const char *text, gsize length);

static inline double
weir_jq_get_number (const WeirJqValue *value)
{
  return value->raw ? weir_jq_parse_number (value->text, value->length) : value->number;
}

/* What a string says: UTF-8, maybe with NUL, not ended by it. */
const char *weir_jq_get_text (WeirJqRun *run, const WeirJqValue *value, gsize *length);
gsize weir_jq_count_characters (const char *text, gsize length);

/* Makes a raw array or object a made one; its own elements may be raw. GO or FAULT. */
WeirJqStatus weir_jq_open (WeirJqRun *run, WeirJqValue *value);

/* The value of a key, the last one; absent: FALSE. GO or FAULT. */
WeirJqStatus weir_jq_find_key (WeirJqRun *run, const WeirJqValue *object, const char *key,
                               gsize length, gboolean *found, WeirJqValue *value);

const char *weir_jq_kind_name (const WeirJqValue *value);

/* Keeps the fault of a walk over part of the record. */
WeirJqStatus weir_jq_keep_fault (WeirJqRun *run, const WeirJsonFault *fault, const char *text);

/* Comparing ----------------------------------------------------------------------------------- */

/* jq's order: below, equal or above 0. */
WeirJqStatus weir_jq_compare (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b,
                              int *order);
WeirJqStatus weir_jq_equals (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b,
                             gboolean *equal);
/* Positions of the elements of @keys in their order; equal ones stay as they were. */
WeirJqStatus weir_jq_sort (WeirJqRun *run, const WeirJqValue *keys, guint length, guint *positions);
/* The members of a made object by the bytes of their keys. */
const WeirJqMember **weir_jq_sort_members (WeirJqRun *run, const WeirJqValue *object);
int weir_jq_compare_text (const char *a, gsize a_length, const char *b, gsize b_length);

/* Writing ------------------------------------------------------------------------------------- */

/* As output: raw texts as they are where they read the same. A FAULT without a reason, and an
 * error, when nested deeper than 256. */
WeirJqStatus weir_jq_write (WeirJqRun *run, const WeirJqValue *value, GString *json);
/* As jq itself would print it. */
WeirJqStatus weir_jq_dump (WeirJqRun *run, const WeirJqValue *value, GString *json);
static inline void
weir_jq_append (GString *json, const char *text, gsize length)
{
  if (G_UNLIKELY (json->len + length >= json->allocated_len))
    g_string_append_len (json, text, (gssize)length);
  else
    {
      memcpy (json->str + json->len, text, length);
      json->len += length;
      json->str[json->len] = '\0';
    }
}

/* As jq prints it. */
void weir_jq_append_number (GString *json, double number);

/* Errors -------------------------------------------------------------------------------------- */

WeirJqStatus weir_jq_fail (WeirJqRun *run, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* "KIND (VALUE) WHAT", "KIND (VALUE) and KIND (VALUE) WHAT" */
WeirJqStatus weir_jq_fail_value (WeirJqRun *run, const WeirJqValue *value, const char *what);
WeirJqStatus weir_jq_fail_values (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b,
                                  const char *what);

G_END_DECLS
