/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Readers of many inputs: each input is a text that is cut where the test says. */

#include <string.h>
#include <weir/weir-line-reader.h>

#include "base/weir-emitter-private.h"

/* What a read gives, and then nothing until the next. */
typedef struct
{
  const char *bytes;
  gsize length;
} LineFeed;

static inline gssize
line_feed_read (gpointer data, char *buffer, gsize size, GError **error)
{
  LineFeed *feed = data;
  gsize n = MIN (feed->length, size);

  if (n == 0)
    return -1;
  memcpy (buffer, feed->bytes, n);
  feed->bytes += n;
  feed->length -= n;
  return n;
}

/* `seen` gets each record in brackets, a failed one in braces, `messages` what is wrong. */
typedef struct
{
  WeirBufferPool *pool;
  WeirEmitter *emitter;
  WeirLineReader *reader;
  GPtrArray *inputs;
  GString *seen;
  GString *messages;
  GHashTable *offsets; /* as a set */
  gboolean broken;
} LineFixture;

static inline LineFixture *
line_fixture_new (guint n_inputs, gsize max_record, WeirStreamFraming framing)
{
  LineFixture *fixture = g_new0 (LineFixture, 1);

  fixture->pool = weir_buffer_pool_new (0);
  fixture->emitter = weir_emitter_new ();
  fixture->reader = weir_line_reader_new (max_record, WEIR_CHECK_FIELDS);
  weir_line_reader_set_framing (fixture->reader, framing);
  fixture->inputs = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_line_input_free);
  for (guint i = 0; i < n_inputs; i++)
    {
      g_autofree char *name = g_strdup_printf ("peer-%u", i);

      g_ptr_array_add (fixture->inputs, weir_line_input_new (name));
    }
  fixture->seen = g_string_new (NULL);
  fixture->messages = g_string_new (NULL);
  fixture->offsets = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return fixture;
}

static inline void
line_fixture_free (LineFixture *fixture)
{
  weir_line_reader_free (fixture->reader);
  g_ptr_array_unref (fixture->inputs);
  weir_emitter_unref (fixture->emitter);
  g_assert_cmpuint (weir_buffer_pool_get_used (fixture->pool), ==, 0);
  weir_buffer_pool_unref (fixture->pool);
  g_string_free (fixture->seen, TRUE);
  g_string_free (fixture->messages, TRUE);
  g_hash_table_unref (fixture->offsets);
  g_free (fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LineFixture, line_fixture_free)

static inline void
line_fixture_note (LineFixture *fixture, WeirBatch *batch)
{
  for (guint i = 0; i < batch->n_records; i++)
    {
      const WeirRecord *record = &batch->records[i];
      const char *message = weir_batch_get_message (batch, record);
      gboolean failed = record->verdict == WEIR_VERDICT_FAILED;

      g_string_append_c (fixture->seen, failed ? '{' : '[');
      g_string_append_len (fixture->seen, record->text, record->length);
      g_string_append_c (fixture->seen, failed ? '}' : ']');
      if (message != NULL)
        g_string_append_printf (fixture->messages, "%s\n", message);
      g_assert_true (
          g_hash_table_add (fixture->offsets, g_memdup2 (&record->offset, sizeof record->offset)));
    }
}

/* Reads what has come from an input, in as many fills as it takes; @ended: how it has ended, or
 * NULL. */
static inline void
line_fixture_feed (LineFixture *fixture, guint i, const char *bytes, gsize length,
                   const char *ended)
{
  LineFeed feed = { bytes, length };
  WeirSourceStatus status;

  weir_line_reader_set_input (fixture->reader, g_ptr_array_index (fixture->inputs, i));
  do
    {
      g_autoptr (WeirBatch) batch = weir_batch_new (fixture->pool);

      weir_emitter_open (fixture->emitter, batch, 0);
      status
          = weir_line_reader_fill (fixture->reader, fixture->emitter, line_feed_read, &feed, NULL);
      if (status != WEIR_SOURCE_MORE && ended != NULL)
        weir_line_reader_end_input (fixture->reader, fixture->emitter, ended);
      weir_emitter_close (fixture->emitter);
      line_fixture_note (fixture, batch);
    }
  while (status == WEIR_SOURCE_MORE);
  fixture->broken |= status == WEIR_SOURCE_BROKEN;
}

static inline void
line_fixture_feed_text (LineFixture *fixture, guint i, const char *text)
{
  line_fixture_feed (fixture, i, text, strlen (text), NULL);
}
