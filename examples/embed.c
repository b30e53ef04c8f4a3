/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Weir from C: a stage of our own, a pipeline that uses it, and its ledger. Run it in the
 * project's root; build it against an installed weir with
 *
 *     cc embed.c $(pkg-config --cflags --libs weir-1)
 */
#include <stdio.h>

#include <weir/weir.h>

/* Hides the last part of an address. */
struct _ExampleMask
{
  WeirTransform parent;
};

G_DECLARE_FINAL_TYPE (ExampleMask, example_mask, EXAMPLE, MASK, WeirTransform)
G_DEFINE_FINAL_TYPE (ExampleMask, example_mask, WEIR_TYPE_TRANSFORM)

static void
example_mask_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  g_autofree char *address = weir_record_get_string (record, ".remote_addr");
  char *dot = address != NULL ? strrchr (address, '.') : NULL;

  if (dot != NULL)
    {
      g_autofree char *masked = g_strdup_printf ("%.*s.x", (int)(dot - address), address);

      weir_record_set_string (record, ".remote_addr", masked);
    }

  weir_emitter_emit (out, record);
}

static void
example_mask_class_init (ExampleMaskClass *klass)
{
  WEIR_TRANSFORM_CLASS (klass)->transform = example_mask_transform;
}

static void
example_mask_init (ExampleMask *self)
{
}

static const char line[] = "source.file path=data/samples/access.ndjson"
                           " ! filter.match where='.status >= 500'"
                           " ! transform.mask"
                           " ! transform.map to='{ip: .remote_addr, path, status}'"
                           " ! sink.app";

static gboolean
run (GError **error)
{
  g_autoptr (WeirPipeline) pipeline = NULL;
  WeirAppSink *sink;
  WeirRecord *record;

  if (!weir_registry_add ("transform.mask", example_mask_get_type (), error))
    return FALSE;

  pipeline = weir_pipeline_new_from_launch (line, error);
  if (pipeline == NULL || !weir_pipeline_run (pipeline, NULL, error))
    return FALSE;

  sink = WEIR_APP_SINK (weir_pipeline_get_stage (pipeline, "app"));
  while ((record = weir_app_sink_pull (sink)) != NULL)
    {
      g_autofree char *text = weir_record_get_text (record);

      puts (text);
      weir_record_free (record);
    }

  g_autofree char *report = weir_pipeline_get_report (pipeline);

  fputs (report, stdout);
  return TRUE;
}

int
main (void)
{
  g_autoptr (GError) error = NULL;

  if (run (&error))
    return 0;

  fprintf (stderr, "embed: %s\n", error->message);
  return 1;
}
