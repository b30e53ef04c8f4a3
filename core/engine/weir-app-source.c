/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <string.h>

#include <weir/weir-app-source.h>

/* Texts that the application pushed wait in `pushed`; fill takes the whole queue over to `taken`
 * under one lock, and emits from there without one. `n_waiting` counts both, so that no more than
 * `capacity` records wait. What was pushed is always given out, also when the run is stopped. */
struct _WeirAppSource
{
  WeirSource parent;

  guint64 capacity; /* option */

  pthread_mutex_t lock; /* of pushed, n_waiting, ended */
  GQueue pushed;        /* GString */
  guint64 n_waiting;
  gboolean ended;

  GQueue taken; /* GString; of the thread that runs the stage */
};

static const WeirOption options[] = {
  WEIR_OPTION_UINT64 ("capacity", WeirAppSource, capacity, 1, G_MAXUINT32, "1024",
                      "Records that may wait to be taken in; more are refused"),
};

G_DEFINE_FINAL_TYPE (WeirAppSource, weir_app_source, WEIR_TYPE_SOURCE)

static void
free_text (gpointer text)
{
  g_string_free (text, TRUE);
}

/* A record is one line: a newline between the tokens of JSON is white space like any other. */
static GString *
make_line (const char *text, gssize length)
{
  gsize n = length < 0 ? strlen (text) : (gsize)length;

  while (n > 0 && g_ascii_isspace (text[n - 1]))
    n--;

  GString *line = g_string_new_len (text, n);

  for (gsize i = 0; i < n; i++)
    if (line->str[i] == '\n' || line->str[i] == '\r')
      line->str[i] = ' ';

  return line;
}

/**
 * weir_app_source_push:
 * @source: a source of an application
 * @text: a record; copied. Newlines in it become spaces
 * @length: its length in bytes, or -1 when @text ends with NUL
 *
 * Gives a record to the pipeline. Any thread, also before the run. A text of white space only is no
 * record, and nothing happens.
 *
 * Returns: %FALSE when as many records wait as the option `capacity` allows, or the source has
 *   ended: the record was not taken
 */
gboolean
weir_app_source_push (WeirAppSource *source, const char *text, gssize length)
{
  g_return_val_if_fail (WEIR_IS_APP_SOURCE (source) && text != NULL, FALSE);

  GString *line = make_line (text, length);
  gboolean blank = line->len == 0;

  pthread_mutex_lock (&source->lock);
  gboolean taken = !source->ended && (blank || source->n_waiting < source->capacity);
  if (taken && !blank)
    {
      g_queue_push_tail (&source->pushed, line);
      source->n_waiting++;
    }
  pthread_mutex_unlock (&source->lock);

  if (!taken || blank)
    free_text (line);
  else
    weir_stage_wake (WEIR_STAGE (source));

  return taken;
}

static void
end (WeirAppSource *source)
{
  pthread_mutex_lock (&source->lock);
  source->ended = TRUE;
  pthread_mutex_unlock (&source->lock);
}

/**
 * weir_app_source_end:
 * @source: a source of an application
 *
 * Ends the input: what was pushed still goes through, and nothing more is taken. Any thread.
 */
void
weir_app_source_end (WeirAppSource *source)
{
  g_return_if_fail (WEIR_IS_APP_SOURCE (source));

  end (source);
  weir_stage_wake (WEIR_STAGE (source));
}

/* Takes over what was pushed after @n_emitted records went out; TRUE: nothing will follow it. */
static gboolean
take_pushed (WeirAppSource *source, guint n_emitted)
{
  pthread_mutex_lock (&source->lock);
  source->n_waiting -= n_emitted;
  if (g_queue_is_empty (&source->taken))
    {
      source->taken = source->pushed;
      g_queue_init (&source->pushed);
    }
  gboolean ended = source->ended;
  pthread_mutex_unlock (&source->lock);

  return ended;
}

static guint
emit_taken (WeirAppSource *source, WeirEmitter *out)
{
  guint n = 0;

  for (; !g_queue_is_empty (&source->taken) && !weir_emitter_is_full (out); n++)
    {
      GString *line = g_queue_pop_head (&source->taken);

      weir_emitter_emit_text (out, line->str, line->len);
      free_text (line);
    }

  return n;
}

static WeirSourceStatus
weir_app_source_fill (WeirSource *base, WeirEmitter *out, GError **error)
{
  WeirAppSource *source = WEIR_APP_SOURCE (base);

  if (weir_source_is_halting (base))
    end (source);

  take_pushed (source, 0);
  gboolean ended = take_pushed (source, emit_taken (source, out));

  if (!g_queue_is_empty (&source->taken))
    return WEIR_SOURCE_MORE;

  return ended ? WEIR_SOURCE_END : WEIR_SOURCE_WAIT;
}

static void
weir_app_source_stop (WeirStage *stage)
{
  end (WEIR_APP_SOURCE (stage));
}

static void
weir_app_source_finalize (GObject *object)
{
  WeirAppSource *source = WEIR_APP_SOURCE (object);

  g_queue_clear_full (&source->pushed, free_text);
  g_queue_clear_full (&source->taken, free_text);
  pthread_mutex_destroy (&source->lock);
  G_OBJECT_CLASS (weir_app_source_parent_class)->finalize (object);
}

static void
weir_app_source_class_init (WeirAppSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weir_app_source_finalize;
  WEIR_STAGE_CLASS (klass)->stop = weir_app_source_stop;
  WEIR_SOURCE_CLASS (klass)->fill = weir_app_source_fill;
  weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), options, G_N_ELEMENTS (options));
}

static void
weir_app_source_init (WeirAppSource *source)
{
  pthread_mutex_init (&source->lock, NULL);
  g_queue_init (&source->pushed);
  g_queue_init (&source->taken);
}
