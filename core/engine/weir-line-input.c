/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "engine/weir-line-reader-private.h"

/**
 * weir_line_input_new: (skip)
 * @name: how messages call it
 *
 * Makes an input of which nothing was read yet.
 *
 * Returns: (transfer full): the input
 */
WeirLineInput *
weir_line_input_new (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  WeirLineInput *input = g_new0 (WeirLineInput, 1);

  input->name = g_strdup (name);
  input->place.first = TRUE;
  return input;
}

/**
 * weir_line_input_free: (skip)
 * @input: (transfer full): an input that no reader has
 */
void
weir_line_input_free (WeirLineInput *input)
{
  g_free (input->name);
  g_free (input->kept);
  g_free (input);
}

/* Nothing more than it needs at first: many inputs end a read in the middle of a record and few of
 * these records are long. */
static void
append (WeirLineInput *input, const char *bytes, gsize length)
{
  gsize wanted = input->length + length;

  if (wanted > input->size)
    {
      input->size = input->size == 0 ? wanted : MAX (wanted, 2 * input->size);
      input->kept = g_realloc (input->kept, input->size);
    }
  memcpy (input->kept + input->length, bytes, length);
  input->length = wanted;
}

static void
save (WeirLineReader *reader)
{
  WeirLineInput *input = reader->input;
  gsize laid;

  g_assert (reader->scanned == reader->end);
  weir_line_reader_bound (reader);
  laid = reader->end - reader->start;
  if (laid > 0)
    {
      input->length = reader->gap;
      append (input, reader->buffer->data + reader->start + reader->gap, laid - reader->gap);
    }
  input->place = reader->place;
  reader->scanned = reader->end = reader->start;
  reader->gap = 0;
}

/**
 * weir_line_reader_set_input: (skip)
 * @reader: a reader that is not behind
 * @input: what is read next
 *
 * Reads one input among many: what the one before has of a record is kept by it. From the first
 * call on, weir_line_reader_end_input() ends inputs, and offsets count the bytes of all.
 */
void
weir_line_reader_set_input (WeirLineReader *reader, WeirLineInput *input)
{
  if (reader->input == input)
    return;
  if (reader->input != NULL)
    save (reader);
  reader->input = input;
  reader->place = input->place;
}

void
weir_line_reader_lay_gap (WeirLineReader *reader)
{
  gsize length = reader->input != NULL ? reader->input->length : 0;

  if (length == 0 || reader->end > reader->start)
    return;
  reader->gap = length;
  reader->end = reader->scanned = reader->start + length;
}

void
weir_line_reader_fill_gap (WeirLineReader *reader)
{
  WeirLineInput *input = reader->input;

  memcpy (reader->buffer->data + reader->start, input->kept, reader->gap);
  g_clear_pointer (&input->kept, g_free);
  input->length = input->size = 0;
  reader->gap = 0;
}
