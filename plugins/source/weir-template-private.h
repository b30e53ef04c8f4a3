/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "weir-template.h"

G_BEGIN_DECLS

#define MICROS 1000000

typedef enum
{
  PIECE_TEXT,
  PIECE_SEQUENCE,
  PIECE_ISO_TIME,
  PIECE_MILLISECONDS,
  PIECE_SECONDS,
  PIECE_INTEGER,
  PIECE_MICROS, /* a number with six decimals, between two that are whole in units of 1e-6 */
  PIECE_DOUBLE,
  PIECE_CHOICE,
} WeirPieceKind;

typedef struct
{
  WeirPieceKind kind;
  gsize start; /* of the text in `literals` */
  gsize length;
  gint64 first; /* sequence, or lower bound */
  guint64 span; /* upper bound - lower bound */
  double low;
  double high;
  GPtrArray *choices; /* WeirTemplate */
} WeirPiece;

/* A template is a list of pieces: text that is copied, and directives, each an object with one key
 * that begins with '$'. Making a text is one walk over the list. Numbers between bounds that have
 * at most six decimals are made as integers, which is several times faster than printing doubles.
 */
struct _WeirTemplate
{
  GString *literals;
  GArray *pieces; /* WeirPiece */
};

G_END_DECLS
