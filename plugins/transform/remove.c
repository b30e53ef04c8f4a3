/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transform.remove: removes fields.
 *
 * The fields go one after the other, in the order of the list; one that is missing changes nothing.
 * All other bytes of the record stay, and so does the deadline.
 *
 *   source.stdin ! transform.remove fields='[".password", ".headers.cookie"]' ! sink.stdout
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirTransform parent;

  GStrv fields;
} WeirTransformRemove;

static const WeirOption options[] = {
  WEIR_OPTION_PATHS ("fields", WeirTransformRemove, fields, TRUE, "Paths of the fields that go"),
};

static void
weir_transform_remove_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  WeirTransformRemove *self = (WeirTransformRemove *)transform;

  for (guint i = 0; self->fields[i] != NULL; i++)
    weir_record_remove (record, self->fields[i]);
  if (weir_record_get_verdict (record) == WEIR_VERDICT_PASS)
    weir_emitter_emit (out, record);
}

static void
weir_transform_remove_class_init (WeirTransformClass *klass)
{
  WEIR_STAGE_CLASS (klass)->stateless = TRUE;
  klass->transform = weir_transform_remove_transform;
}

WEIR_DEFINE_TRANSFORM (
    WeirTransformRemove, weir_transform_remove, "transform.remove", "Removes fields",
    "source.stdin ! transform.remove fields='[\".password\", \".headers.cookie\"]' ! sink.stdout")
