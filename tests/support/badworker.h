/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAME_HEAD  16
#define FRAME_FIXED 12 /* of the head, counted by the length */

/* What it can be told to do; @argument: behind the colon, or NULL. */
typedef struct
{
  const char *name;
  void (*func) (const char *argument);
} BadStep;

/* Each up to one without a name. */
extern const BadStep bad_replies[];
extern const BadStep bad_answers[];
extern const BadStep bad_deeds[];

/* What the command line asks for, and where the process stands. There is one of each. */
typedef struct
{
  bool frames;
  bool buffered;
  const char *start;
  const char *action;
  const char *otherwise;
  const char *end;
  long nth;
  long every;
  long chance;
  const char *match;
  const char *once;
  char **arguments; /* behind the -- */

  char *record;
  size_t length;
  size_t size; /* room in record */
  uint64_t id;
  long n_records;
} BadWorker;

extern BadWorker worker;

/* A reply of the record at hand. */
void bad_put_text (const char *text);
